//! A text that says the fields of a pattern one after the other, as describers of cron patterns
//! write it: `At 30 minutes past the hour, every 2 hours, only on Monday`. It is read whole or not
//! at all.

use super::reader::Reader;
use super::words;

/// One field of a pattern.
#[derive(Debug, Default)]
struct Field {
    /// `every minute`.
    any: bool,
    /// `every 5 minutes`.
    step: Option<u32>,
    items: Vec<(u32, u32)>,
    /// What only the pattern can say: `L`, `15W`, `1#3`.
    said: Vec<String>,
}

impl Field {
    fn is_open(&self) -> bool {
        !self.any && self.step.is_none() && self.items.is_empty() && self.said.is_empty()
    }

    /// As a pattern has it, the largest value being `most`; `open` where nothing was said.
    fn text(&self, most: u32, open: &str) -> String {
        let range = |(from, to): &(u32, u32)| match from == to {
            true => from.to_string(),
            false => format!("{from}-{to}"),
        };
        let parts: Vec<String> = match (self.step, self.items.as_slice()) {
            (Some(step), [(from, to)]) if from < to => {
                vec![format!("{from}-{}/{step}", to.min(&most))]
            }
            (step, items) => {
                let step = step.map(|step| format!("*/{step}"));
                step.into_iter()
                    .chain(items.iter().map(range))
                    .chain(self.said.iter().cloned())
                    .collect()
            }
        };
        match parts.is_empty() {
            true if self.any => "*".to_owned(),
            true => open.to_owned(),
            false => parts.join(","),
        }
    }
}

/// No describer writes more words and signs.
const MOST: usize = 120;

/// A time of day: hour, minute, second.
type Clock = (u32, u32, u32);

#[derive(Debug, Default)]
struct Fields {
    second: Field,
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
    commas: usize,
    /// `past the hour`: nobody but a describer says it.
    sure: bool,
}

impl Reader<'_> {
    /// The pattern that the whole text describes.
    pub(super) fn fields(&self) -> Option<String> {
        if self.count() > MOST {
            return None;
        }
        let mut fields = Fields::default();
        let mut at = 0;
        while at < self.count() {
            if self.sign(at, '.') && at + 1 == self.count() {
                break;
            }
            if at > 0 {
                at = self.next_clause(at, &mut fields)?;
            }
            at = self.field(at, &mut fields)?;
        }
        let described = fields.commas > 0 || fields.sure;
        described.then(|| fields.pattern()).flatten()
    }

    /// Clauses are divided by commas, `and` or nothing where hours follow.
    fn next_clause(&self, at: usize, fields: &mut Fields) -> Option<usize> {
        let comma = usize::from(self.sign(at, ','));
        fields.commas += comma;
        let and = at + comma;
        if self.any(and, &["and"]) && self.any(and + 1, &["on", "at", "only"]) {
            return Some(and + 1);
        }
        (comma > 0 || self.any(at, &["between"])).then_some(and)
    }

    fn field(&self, at: usize, to: &mut Fields) -> Option<usize> {
        self.steps(at, to)
            .or_else(|| self.past(at, to))
            .or_else(|| self.clocks(at, to))
            .or_else(|| self.described_days(at, to))
            .or_else(|| self.described_weekdays(at, to))
            .or_else(|| self.described_months(at, to))
    }

    /// `every 5 minutes, starting at 2 minutes past the hour`, `every day`, `every 2 months`.
    fn steps(&self, at: usize, to: &mut Fields) -> Option<usize> {
        if !self.any(at, &["every"]) {
            return None;
        }
        let (step, next) = match self.num(at + 1) {
            Some(0) => return None,
            Some(step) => (Some(step), at + 2),
            None => (None, at + 1),
        };
        let mut end = next + 1;
        let behind_time =
            self.sign(at.checked_sub(1).unwrap_or(usize::MAX), ',') && !to.hour.is_open();
        let mut start = end + usize::from(self.sign(end, ','));
        let starts = self.any(start, &["starting"]).then_some(start + 2);
        let (field, most) = match self.word(next)?.trim_end_matches('s') {
            "second" => (&mut to.second, 59),
            "minute" => {
                if let Some(from) = starts.and_then(|at| self.num(at)) {
                    to.minute.items.push((from, 59));
                    end = self.phrase_end(start + 3, &["minutes", "past", "the", "hour"])?;
                }
                (&mut to.minute, 59)
            }
            "hour" => {
                if let Some((clock, after)) = starts.and_then(|at| self.clock(at)) {
                    to.hour.items.push((clock.0, 23));
                    end = after;
                }
                (&mut to.hour, 23)
            }
            "day" if step.is_none() => return Some(end),
            "day" if self.phrase_end(end, &["of", "the", "week"]).is_some() => {
                end += 3;
                start = end + usize::from(self.sign(end, ','));
                if self.any(start, &["starting"]) {
                    let day = words::weekday(self.word(start + 2)?)?;
                    to.weekday.items.push((day.day, 6));
                    end = start + 3;
                }
                (&mut to.weekday, 6)
            }
            // Said of people's days it counts on over the end of the month.
            "day" if behind_time || starts.is_some() => {
                if let Some(after) = self.phrase_end(end, &["in", "a", "month"]) {
                    end = after;
                } else if let Some(at) = starts {
                    to.day.items.push((self.num(at + 1)?, 31));
                    end = self.phrase_end(at + 2, &["of", "the", "month"])?;
                }
                (&mut to.day, 31)
            }
            "month" => {
                if let Some(at) = starts {
                    to.month.items.push((words::month(self.word(at)?)?, 12));
                    end = at + 1;
                }
                (&mut to.month, 12)
            }
            _ => return None,
        };
        let fits = field.step.is_none() && step.is_none_or(|step| step <= most);
        match step.filter(|step| *step > 1) {
            Some(step) => field.step = Some(step),
            None => field.any = true,
        }
        fits.then_some(end)
    }

    /// `at 5 and 10 minutes past the hour`, `seconds 5 through 10 past the minute`, `on the hour`.
    fn past(&self, at: usize, to: &mut Fields) -> Option<usize> {
        if let Some(end) = self.phrase_end(at, &["on", "the", "hour"]) {
            to.minute.items.push((0, 0));
            return Some(end);
        }
        let mut next = at + usize::from(self.any(at, &["at"]));
        let mut unit = self.word(next).filter(|word| is_unit(word));
        next += usize::from(unit.is_some());
        let (items, mut next) = self.listed(next, &|at| Some((self.num(at)?, at + 1)))?;
        if unit.is_none() {
            unit = self.word(next).filter(|word| is_unit(word));
            next += 1;
        }
        let second = unit?.starts_with("second");
        let end =
            self.phrase_end(next, &["past", "the", if second { "minute" } else { "hour" }])?;
        if items.iter().any(|(from, to)| from > to || *to > 59) {
            return None;
        }
        let field = if second { &mut to.second } else { &mut to.minute };
        field.items.extend(items);
        to.sure = true;
        Some(end)
    }

    /// `at 01:00 AM and 03:00 AM through 04:59 AM`, `between 11:00 AM and 11:10 AM`.
    fn clocks(&self, at: usize, to: &mut Fields) -> Option<usize> {
        let clock = |at: usize| self.clock(at);
        let (items, end) = if self.any(at, &["between"]) {
            let (from, next) = clock(at + 1)?;
            let next = self.phrase_end(next, &["and"])?;
            let (to, end) = clock(next)?;
            (vec![(from, to)], end)
        } else {
            let next = at + usize::from(self.any(at, &["at"]));
            self.listed(next, &clock)?
        };
        let one = |(from, to): &(Clock, Clock)| from == to;
        let (first, last) = *items.first()?;
        if items.iter().any(|(from, to)| from > to) {
            return None;
        }
        // `every minute between 11:00 AM and 11:10 AM`.
        if items.len() == 1 && first.0 == last.0 && first != last && to.minute.items.is_empty() {
            to.minute.items.push((first.1, last.1));
        } else if to.minute.is_open() && to.second.is_open() && to.hour.is_open() {
            if !items.iter().all(one)
                || items.iter().any(|(from, _)| (from.1, from.2) != (first.1, first.2))
            {
                return None;
            }
            to.minute.items.push((first.1, first.1));
            if first.2 > 0 {
                to.second.items.push((first.2, first.2));
            }
        } else if items
            .iter()
            .any(|(from, to)| from.1 != 0 || from != to && to.1 != 59 && to.1 != 0)
        {
            return None;
        }
        to.hour.items.extend(items.iter().map(|(from, to)| (from.0, to.0)));
        Some(end)
    }

    /// `on day 1, 8, and 15 of the month`, `on the last day of the month`, `between day 7 and 14 of
    /// the month`.
    fn described_days(&self, at: usize, to: &mut Fields) -> Option<usize> {
        const END: [&str; 3] = ["of", "the", "month"];
        let at = at + usize::from(self.any(at, &["only"]));
        if let Some(next) = self.phrase_end(at, &["between", "day"]) {
            let (from, next) = (self.num(next)?, self.phrase_end(next + 1, &["and"])?);
            let next = next + usize::from(self.any(next, &["day"]));
            to.day.items.push((from, self.num(next)?));
            return self.phrase_end(next + 1, &END);
        }
        if let Some(days) = self.num(at)
            && let Some(next) = self.phrase_end(at + 1, &["days", "before", "the", "last", "day"])
        {
            to.day.said.push(format!("L-{days}"));
            return self.phrase_end(next, &END);
        }
        if let Some(next) = self.phrase_end(at, &["on", "the", "weekday", "nearest", "day"]) {
            to.day.said.push(format!("{}W", self.num(next)?));
            return self.phrase_end(next + 1, &END);
        }
        for (word, said) in [("first", "1W"), ("last", "LW")] {
            if let Some(next) = self.phrase_end(at, &["on", "the", word, "weekday"]) {
                to.day.said.push(said.to_owned());
                return self.phrase_end(next, &END);
            }
        }
        const LAST: u32 = 99;
        let next = self.phrase_end(at, &["on"])?;
        let day = |at: usize| {
            let last = self.phrase_end(at, &["the", "last", "day"]).map(|end| (LAST, end));
            last.or_else(|| {
                let at = at + usize::from(self.any(at, &["day"]));
                let led = self.any(at.checked_sub(1)?, &["day", "and", "through"])
                    || self.sign(at - 1, ',');
                self.num(at).filter(|day| led && (1..=31).contains(day)).map(|day| (day, at + 1))
            })
        };
        let (items, end) = self.listed(next, &day)?;
        for item in items {
            match item {
                (LAST, LAST) => to.day.said.push("L".to_owned()),
                (from, LAST) => to.day.items.push((from, 31)),
                (from, last) if from <= last => to.day.items.push((from, last)),
                _ => return None,
            }
        }
        self.phrase_end(end, &END)
    }

    /// `only on Monday and Friday`, `Monday through Friday`, `on the third Monday of the month`.
    fn described_weekdays(&self, at: usize, to: &mut Fields) -> Option<usize> {
        let at = at + usize::from(self.any(at, &["only"]));
        let on = at + usize::from(self.any(at, &["on"]));
        let name = |at: usize| Some((words::weekday(self.word(at)?)?.day, at + 1));
        if self.any(on, &["the"]) {
            let nth = |at: usize| {
                let at = at + usize::from(self.any(at, &["the"]));
                let (nth, next) = self.ordinal(at)?;
                let (day, end) = name(next)?;
                let said = match nth {
                    -1 => format!("{day}L"),
                    1..=5 => format!("{day}#{nth}"),
                    _ => return None,
                };
                Some((said, end))
            };
            let (items, end) = self.listed(on, &nth)?;
            if items.iter().any(|(from, to)| from != to) {
                return None;
            }
            to.weekday.said.extend(items.into_iter().map(|(said, _)| said));
            return self.phrase_end(end, &["of", "the", "month"]);
        }
        let (items, end) = self.listed(on, &name)?;
        for (from, last) in items {
            // `Friday through Monday` goes over the end of the week.
            if from <= last {
                to.weekday.items.push((from, last));
            } else {
                to.weekday.items.extend([(from, 6), (0, last)]);
            }
        }
        Some(end)
    }

    /// `only in January and March`, `January through March`.
    fn described_months(&self, at: usize, to: &mut Fields) -> Option<usize> {
        let at = at + usize::from(self.any(at, &["only"]));
        let at = at + usize::from(self.any(at, &["in"]));
        let (items, end) = self.listed(at, &|at| Some((words::month(self.word(at)?)?, at + 1)))?;
        if items.iter().any(|(from, to)| from > to) {
            return None;
        }
        to.month.items.extend(items);
        Some(end)
    }

    /// `1, 3 through 5, and 9`.
    fn listed<T: Clone>(
        &self,
        at: usize,
        item: &dyn Fn(usize) -> Option<(T, usize)>,
    ) -> Option<(Vec<(T, T)>, usize)> {
        let range = |at: usize| {
            let (from, end) = item(at)?;
            let through = self.any(end, &["through"]).then(|| item(end + 1)).flatten();
            Some(match through {
                Some((to, end)) => ((from, to), end),
                None => ((from.clone(), from), end),
            })
        };
        let (first, mut end) = range(at)?;
        let mut items = vec![first];
        loop {
            let next = end + usize::from(self.sign(end, ','));
            let next = next + usize::from(self.any(next, &["and"]));
            let Some((more, after)) = (next > end).then(|| range(next)).flatten() else { break };
            items.push(more);
            end = after;
        }
        Some((items, end))
    }

    /// `01:30 PM`, `13:30`, `01:30:05 PM`.
    fn clock(&self, at: usize) -> Option<(Clock, usize)> {
        let part = |at: usize| self.num(at).filter(|_| self.sign(at - 1, ':'));
        let (mut hour, minute) = (self.num(at)?, part(at + 2)?);
        let (second, end) = match part(at + 4) {
            Some(second) => (second, at + 5),
            None => (0, at + 3),
        };
        let half = self.word(end).filter(|word| ["am", "pm"].contains(word));
        if let Some(half) = half {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        }
        let fits = hour < 24 && minute < 60 && second < 60;
        fits.then_some(((hour, minute, second), end + usize::from(half.is_some())))
    }

    /// Where these words end, if they stand here.
    fn phrase_end(&self, at: usize, words: &[&str]) -> Option<usize> {
        let here =
            words.iter().enumerate().all(|(index, word)| self.word(at + index) == Some(*word));
        here.then_some(at + words.len())
    }
}

impl Fields {
    /// What was not said below the finest field is the beginning, above it all.
    fn pattern(&self) -> Option<String> {
        if self.second.is_open() && self.minute.is_open() && self.hour.is_open() {
            return None;
        }
        let minute = match self.second.is_open() {
            true => "0",
            false => "*",
        };
        let five = format!(
            "{} {} {} {} {}",
            self.minute.text(59, minute),
            self.hour.text(23, "*"),
            self.day.text(31, "*"),
            self.month.text(12, "*"),
            self.weekday.text(6, "*"),
        );
        Some(match self.second.is_open() {
            true => five,
            false => format!("{} {five}", self.second.text(59, "0")),
        })
    }
}

fn is_unit(word: &str) -> bool {
    ["minute", "minutes", "second", "seconds"].contains(&word)
}
