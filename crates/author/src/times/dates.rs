//! Months and dates: `in may and june`, `1 March`, `03.05.2027`.

use super::draft::{Draft, When};
use super::reader::Reader;
use super::token::Kind;
use super::words;

impl Reader<'_> {
    /// `july 4th`, `december 21st and 31st`, `Jan 1 2010`.
    pub(super) fn month_first(&self, at: usize, draft: &mut Draft, led: bool) -> Option<usize> {
        let next = at + usize::from(self.any(at, &["on", "am"]));
        let feast_at = at + usize::from(self.any(at, &["on", "am", "an", "zu", "at"]));
        let yearly = draft.every.iter().any(|every| every.1 == words::Unit::Year);
        let feast: Vec<&str> = (feast_at..feast_at + 3).map_while(|at| self.word(at)).collect();
        if yearly && let Some((month, day, length)) = words::feast(&feast) {
            return self.date_or_yearly(&[day as i32], month, feast_at + length, draft, led);
        }
        // `1 January`, `24 of December`.
        if let Some(day) = self.num(next).filter(|day| (1..=31).contains(day)) {
            return self.month_names(&[day as i32], next + 1, draft, led);
        }
        let month = words::month(self.word(next)?)?;
        let dot = usize::from(self.sign(next + 1, '.') && self.glued(next + 1));
        let (days, end) = self.ordinals(next + 1 + dot, true)?;
        // `March 2027` has no day.
        if !days.iter().all(|day| (1..=31).contains(day)) {
            return None;
        }
        self.date_or_yearly(&days, month, end, draft, led)
    }

    /// `in march and june`, `only in july`, `im Januar`, `january through march`.
    pub(super) fn months(&self, at: usize, draft: &mut Draft, led: bool) -> Option<usize> {
        if let Some((bits, end)) = self.quarter_named(at) {
            draft.months |= bits;
            draft.repeats |= led;
            return Some(end);
        }
        let mut next = at;
        while self.any(
            next,
            &[
                "only", "in", "during", "of", "von", "nur", "im", "jeden", "the", "month",
                "months", "summer", "winter", "den", "monaten", "während", "der", "monate",
                "always",
            ],
        ) && next < at + 5
        {
            next += 1;
        }
        // `may`, `march` are verbs too.
        if next == at && !led {
            return None;
        }
        let (bits, end) = self.month_set(next)?;
        // `in March 2027`, `of march 3rd`.
        if self.num(end).is_some_and(|year| year > 31) {
            return None;
        }
        draft.months |= bits;
        draft.repeats |= led;
        Some(end)
    }

    /// `from March to October`, `von Juni bis August`, `between May and July`: in every year; `from November until
    /// June`: once.
    pub(super) fn month_range(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at + usize::from(self.any(at, &["only", "nur"]));
        let between = self.any(next, &["between", "zwischen"]);
        let led = between || self.any(next, &["from", "von", "vom"]);
        next += usize::from(led);
        let first = words::month(self.word(next)?)?;
        // `march to the shop`.
        let joint = self.sign(next + 1, '-')
            || self.any(next + 1, &["to", "through", "thru", "till", "until", "bis"])
            || between && self.and(next + 1);
        let last = words::month(self.word(next + 2)?)?;
        let end = next + 3;
        let ordinal = self.num(end).is_some() && !self.sign(end + 1, ':');
        if !joint || ordinal || draft.months != 0 {
            return None;
        }
        // `from November until June` is once.
        if led && !between && self.any(next + 1, &["until", "till"]) {
            let day = |month| When::Date { year: None, month, day: 1 };
            draft.start = Some(day(first));
            draft.end = Some(day(last));
            return Some(end);
        }
        let steps = (last + 12 - first) % 12;
        draft.months = (0..=steps).fold(0, |bits, step| bits | 1 << ((first - 1 + step) % 12 + 1));
        Some(end)
    }

    pub(super) fn month_set(&self, at: usize) -> Option<(u16, usize)> {
        let mut last = words::month(self.word(at)?)?;
        let mut bits = 1_u16 << last;
        let mut end = at + 1;
        for _ in 0..12 {
            if self.sign(end, '-') || self.any(end, &["to", "through", "thru", "until", "bis"]) {
                let Some(to) = self.word(end + 1).and_then(words::month) else { break };
                let steps = (to + 12 - last) % 12;
                bits |= (0..=steps).fold(0, |bits, step| bits | 1 << ((last - 1 + step) % 12 + 1));
                (last, end) = (to, end + 2);
                continue;
            }
            let mut more = end;
            while self.sign(more, ',')
                || self.and(more)
                || self.any(more, &["or", "oder", "in", "im"])
            {
                more += 1;
            }
            let Some(month) = self.word(more).and_then(words::month).filter(|_| more > end) else {
                break;
            };
            bits |= 1 << month;
            (last, end) = (month, more + 1);
        }
        Some((bits, end))
    }

    /// One date: `2027-03-01`, `01.03.2027`, `march 3rd`, `3 March 2027`, `tomorrow`, `next tuesday`.
    pub(super) fn date(&self, at: usize) -> Option<(When, usize)> {
        let at = at + usize::from(self.any(at, &["the", "dem", "den", "am"]));
        if let Some(found) = self.numeric_date(at).or_else(|| self.end_of(at)) {
            return Some(found);
        }
        let mut draft = Draft::default();
        if let Some(end) = self.month_first(at, &mut draft, false).or_else(|| {
            let (days, end) = self.ordinals(at, true)?;
            self.month_names(&days, end, &mut draft, false)
        }) && let Some(when) = draft.on
        {
            return Some((when, end));
        }
        let word = self.word(at)?;
        let feast: Vec<&str> = (at..at + 3).map_while(|at| self.word(at)).collect();
        if let Some((month, day, length)) = words::feast(&feast) {
            return Some((When::Date { year: None, month, day }, at + length));
        }
        Some(match word {
            "today" | "heute" | "tonight" => (When::Days(0), at + 1),
            "tomorrow" | "morgen" => (When::Days(1), at + 1),
            "übermorgen" => (When::Days(2), at + 1),
            "day" if self.any(at + 1, &["after"]) && self.any(at + 2, &["tomorrow"]) => {
                (When::Days(2), at + 3)
            }
            "this" | "diesen" | "dieser" => {
                let day = self.word(at + 1).and_then(words::weekday).filter(|day| !day.short)?;
                (When::Weekday(day.day), at + 2)
            }
            "next" | "nächsten" | "nächster" | "nächste" | "nächstes" | "kommenden" | "coming" => {
                if let Some(day) = self.word(at + 1).and_then(words::weekday) {
                    (When::Weekday(day.day), at + 2)
                } else if let Some(month) = self.word(at + 1).and_then(words::month) {
                    (When::Date { year: None, month, day: 1 }, at + 2)
                } else if let Some(unit) = self.word(at + 1).and_then(words::unit) {
                    (When::Next(unit), at + 2)
                } else {
                    return None;
                }
            }
            _ => {
                if let Some(month) = words::month(word) {
                    let year = self.num(at + 1).filter(|year| (1970..2200).contains(year));
                    let end = at + 1 + usize::from(year.is_some());
                    (When::Date { year: year.map(|year| year as i32), month, day: 1 }, end)
                } else {
                    let day = words::weekday(word).filter(|day| !day.short)?;
                    (When::Weekday(day.day), at + 1)
                }
            }
        })
    }

    /// `the end of 2027`, `Ende März 2027`, `end of May`.
    fn end_of(&self, at: usize) -> Option<(When, usize)> {
        if !self.any(at, &["end", "ende"]) {
            return None;
        }
        let mut next = at + 1;
        while self.any(next, &["of", "the", "year", "month", "des", "jahres", "monats"])
            && next < at + 4
        {
            next += 1;
        }
        let year_at = |at: usize| self.num(at).filter(|year| (1970..2200).contains(year));
        if let Some(year) = year_at(next) {
            return Some((When::Date { year: Some(year as i32), month: 12, day: 31 }, next + 1));
        }
        let month = words::month(self.word(next)?)?;
        let year = year_at(next + 1).map(|year| year as i32);
        let day = last_day(year, month);
        Some((When::Date { year, month, day }, next + 1 + usize::from(year.is_some())))
    }

    pub(super) fn numeric_date(&self, at: usize) -> Option<(When, usize)> {
        let first = self.num(at)?;
        let separator = match self.kind(at + 1)? {
            Kind::Sign(sign @ ('-' | '/' | '.')) if self.glued(at + 1) => *sign,
            _ => return None,
        };
        let second = self.num(at + 2).filter(|_| self.glued(at + 2) || separator == '.')?;
        let third =
            || self.num(at + 4).filter(|_| self.sign(at + 3, separator) && self.glued(at + 3));
        let date = |year: u32, month: u32, day: u32, end: usize| {
            let valid = (1..=12).contains(&month)
                && (1..=31).contains(&day)
                && (1970..2200).contains(&year);
            valid.then_some((When::Date { year: Some(year as i32), month, day }, end))
        };
        match separator {
            '-' | '/' if self.len(at) == 4 => date(first, second, third()?, at + 5),
            '.' => match third() {
                Some(year) => {
                    date(if year < 100 { year + 2000 } else { year }, second, first, at + 5)
                }
                None if self.sign(at + 3, '.') && first <= 31 && (1..=12).contains(&second) => {
                    Some((When::Date { year: None, month: second, day: first }, at + 4))
                }
                None => None,
            },
            '/' => match third() {
                Some(year) => {
                    let year = if year < 100 { year + 2000 } else { year };
                    let both = (1..=12).contains(&first) && (1..=12).contains(&second);
                    if both && first != second && (1970..2200).contains(&year) {
                        let year = year as i32;
                        return Some((When::Slashed { year, first, second }, at + 5));
                    }
                    let month_first = first <= 12;
                    let (month, day) = if month_first { (first, second) } else { (second, first) };
                    date(year, month, day, at + 5)
                }
                None if (1..=12).contains(&first) && (1..=31).contains(&second) => {
                    Some((When::Date { year: None, month: first, day: second }, at + 3))
                }
                None => None,
            },
            _ => None,
        }
    }
}

/// The last day of a month; of a February whose year was not said the 28th.
pub(super) const fn last_day(year: Option<i32>, month: u32) -> u32 {
    match (month, year) {
        (2, Some(year)) if year % 4 == 0 && year != 2100 => 29,
        (2, _) => 28,
        (4 | 6 | 9 | 11, _) => 30,
        _ => 31,
    }
}
