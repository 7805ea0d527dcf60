//! Counted days: `1st`, `the first Friday of the month`, `the 1st and 15th`, `day 15`.

use super::days::{Set, WORKDAYS};
use super::draft::{Draft, When};
use super::reader::Reader;
use super::words;

impl Reader<'_> {
    /// `1st`, `first`, `2nd to the last`, `last`, `1.`, `15th`; never plain numbers.
    pub(super) fn ordinal(&self, at: usize) -> Option<(i32, usize)> {
        let (number, mut end) = if let Some(number) = self.num(at) {
            let suffix = self.any(at + 1, &["st", "nd", "rd", "th", "ter", "ten"]);
            let point = self.sign(at + 1, '.') && (!self.glued(at + 2) || self.sign(at + 2, ','));
            if !self.glued(at + 1) || !(suffix || point) {
                return None;
            }
            (number as i32, at + 2)
        } else if let Some(tens) = self.word(at).and_then(words::tens)
            && self.sign(at + 1, '-')
            && let Some(ones) = self.word(at + 2).and_then(words::ordinal)
            && (1..10).contains(&ones)
        {
            (tens as i32 + ones, at + 3)
        } else {
            (words::ordinal(self.word(at)?)?, at + 1)
        };
        if !(-3..=366).contains(&number) || number == 0 {
            return None;
        }
        // `2nd to last`, `2nd to the last`, `second last`, `next to last`.
        let mut last = end;
        last += usize::from(self.sign(last, '-'));
        if self.any(last, &["to"]) {
            last += 1 + usize::from(self.sign(last + 1, '-'));
            last += usize::from(self.any(last, &["the"]));
        }
        if number > 0 && self.any(last, &["last", "letzten", "letzter"]) {
            end = last + 1;
            return Some((-number, end));
        }
        Some((number, end))
    }

    /// A list of ordinals; after the first, plain numbers and ranges are allowed (`1, 8 and 15`).
    pub(super) fn ordinals(&self, at: usize, plain: bool) -> Option<(Vec<i32>, usize)> {
        let one = |at: usize, plain: bool| {
            let number = || {
                let number = self.num(at).filter(|n| plain && (1..=366).contains(n))?;
                Some((number as i32, at + 1))
            };
            self.ordinal(at).or_else(number)
        };
        let (first, mut end) = one(at, plain)?;
        let mut all = vec![first];
        while all.len() < 40 {
            let mut more = end;
            let range = self.sign(more, '-') || self.any(more, &["to", "through", "thru", "bis"]);
            if range {
                more += 1 + usize::from(self.any(more + 1, &["the", "zum"]));
                if let Some((to, after)) = one(more, true)
                    && let Some(&from) = all.last()
                    && from > 0
                    && (to > from || to == -1)
                {
                    let to = if to == -1 { 31 } else { to.min(366) };
                    all.extend(from + 1..=to);
                    end = after;
                    continue;
                }
                break;
            }
            while self.sign(more, ',') || self.and(more) || self.sign(more, '&') {
                more += 1;
            }
            if more == end {
                break;
            }
            more += usize::from(self.any(more, &["the", "am", "den", "on"]));
            let before_time =
                |at: usize| self.sign(at + 1, ':') || self.any(at + 1, &["am", "pm", "uhr"]);
            match one(more, plain || self.num(at).is_some()) {
                Some((next, after))
                    if !before_time(more)
                        && self
                            .word(after)
                            .and_then(words::unit)
                            .is_none_or(|unit| unit == words::Unit::Day) =>
                {
                    all.push(next);
                    end = after;
                }
                _ => break,
            }
        }
        Some((all, end))
    }

    /// `first friday of the month`, `the 1st and 15th`, `last day of each month`, `day 15`.
    /// `led`: `every` stands before.
    pub(super) fn nth(&self, at: usize, draft: &mut Draft, led: bool) -> Option<usize> {
        let mut next = at;
        let mut prefixed = led;
        while self.any(
            next,
            &[
                "on", "the", "am", "an", "zum", "den", "dem", "der", "jeweils", "only", "by", "to",
                "first", "immer", "its",
            ],
        ) && next < at + 4
        {
            if self.any(next, &["first"]) {
                break;
            }
            prefixed |= self.any(next, &["on", "am", "zum", "the", "jeweils"]);
            next += 1;
        }
        if matches!(self.numeric_date(next), Some((When::Date { year: Some(_), .. }, _))) {
            return None;
        }
        if let Some(end) = self.odd_or_even(next, draft) {
            return Some(end);
        }
        if let Some(end) =
            self.before_month_end(next, draft).or_else(|| self.month_edge(next, draft))
        {
            return Some(end);
        }
        // `on day 15`, `day 1, 8 and 22 of the month`, `days 1 and 15`.
        if self.any(next, &["day", "days", "tag", "tage", "tagen"])
            && self.num(next + 1).is_some()
            && !(self.sign(next + 2, ':')
                || self.any(next + 2, &["am", "pm", "uhr", "a", "p", "h"]))
        {
            let (days, end) = self.ordinals(next + 1, true)?;
            if !days.iter().all(|day| (1..=31).contains(day) || (-3..0).contains(day)) {
                return None;
            }
            let end = end + usize::from(self.any(end, &["day", "tag"]));
            let of = self.of_month(end);
            if of.is_none()
                && self.any(end, &["of"])
                && self.any(end + 1, &["the", "each", "every"])
                && self.any(end + 2, &["year"])
                || draft.every.iter().any(|every| every.1 == words::Unit::Year)
            {
                draft.year_days.extend(days);
                return Some(if self.any(end, &["of"]) { end + 3 } else { end });
            }
            if !(prefixed || of.is_some() || draft.has_days()) {
                return None;
            }
            draft.month_days.extend(days);
            return Some(self.take_of_month(end, draft));
        }
        let (numbers, end) = self.ordinals(next, false)?;
        // `Friday the 13th` is both at once.
        let day_before = at - usize::from(at > 0 && self.any(at - 1, &["the", "den", "dem"]));
        let day_before = day_before - usize::from(day_before > 0 && self.sign(day_before - 1, ','));
        let both = draft.weekdays != 0
            && day_before > 0
            && self.word(day_before - 1).and_then(words::weekday).is_some()
            && !self.any(at, &["on", "am"]);
        let mut after = end + usize::from(self.any(end, &["instance", "instances"]));
        after += usize::from(after > end && self.any(after, &["of"]));
        // `last friday`.
        if let Some((set, stop)) = self.weekday_set(after) {
            let on = self.any(at, &["on", "am"]);
            return self.nth_weekday(&numbers, &set, after > end, stop, draft, (led, on));
        }
        // `1st day of the month`, `last day`.
        let day = self.any(end, &["day", "days", "tag", "tage"]);
        let stop = end + usize::from(day);
        // `on Friday, on the 3rd day instance`: the third Friday.
        if day && draft.weekdays != 0 && self.any(stop, &["instance", "instances"]) {
            let weekdays = (0..7).filter(|weekday| draft.weekdays >> weekday & 1 == 1);
            draft.nth.extend(weekdays.flat_map(|day| numbers.iter().map(move |nth| (*nth, day))));
            draft.weekdays = 0;
            return Some(self.take_of_month(stop + 1, draft));
        }
        // `every 4th day` is an interval, and the `2nd day of the week` no day of the month.
        if day && led && self.of_month(stop).is_none() {
            return None;
        }
        if self.any(stop, &["of"]) && self.any(stop + 2, &["week", "year", "hour", "day"]) {
            return None;
        }
        if let Some(end) = self.month_names(&numbers, stop, draft, led) {
            return Some(end);
        }
        // `every year on the 100th day`.
        if day && draft.months == 0 && draft.every.contains(&(1, words::Unit::Year)) {
            draft.year_days.extend(numbers);
            return Some(stop);
        }
        // `at month end, that is on its last day`.
        if day && numbers.iter().all(|n| draft.month_days.contains(n)) {
            let named = self.months(stop, &mut Draft::default(), false);
            return Some(named.filter(|_| draft.months != 0).unwrap_or(stop));
        }
        let of = self.of_month(stop);
        let in_month = day
            && self.any(stop, &["of", "in", "im", "von", "vom"])
            && self.word(stop + 1).and_then(words::month).is_some();
        // `every quarter, on the 2nd`, `once a quarter, on the first day`.
        let monthly = draft
            .every
            .iter()
            .chain(&draft.per)
            .any(|every| matches!(every.1, words::Unit::Month | words::Unit::Quarter));
        let counted = !day && self.word(stop).and_then(words::unit).is_some();
        let german_dot =
            self.sign(end.wrapping_sub(1), '.') && self.num(end.wrapping_sub(2)).is_some();
        let number_form = self.num(end.wrapping_sub(2)).is_some() && end >= 2;
        let valid = numbers.iter().all(|n| (-31..=31).contains(n));
        let certain = of.is_some()
            || monthly
            || in_month
            || (both && numbers == [13])
            || (prefixed && number_form && !german_dot)
            || (prefixed && german_dot && self.any(at, &["am", "zum", "jeden", "on"])
                || led && number_form);
        if counted
            || !valid
            || !certain
            || (numbers == [-1] && of.is_none() && !monthly && !in_month)
        {
            return None;
        }
        // `the first item`: a noun follows that is no time.
        if of.is_none() && !number_form && !day {
            return None;
        }
        draft.month_days.extend(numbers);
        draft.both |= both;
        draft.repeats |= led || of.is_some() || in_month;
        // `am letzten Tag von März und Juni`: no beginning in March.
        if let Some(end) = self.months(stop, draft, false).filter(|_| in_month) {
            return Some(end);
        }
        Some(self.take_of_month(stop, draft))
    }

    /// `odd days of the month`, `an geraden Tagen`, `in even weeks`, `in ungeraden Kalenderwochen`.
    fn odd_or_even(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let at = at + usize::from(self.any(at, &["in"]));
        let odd = self.any(at, &["odd", "ungeraden", "ungerader", "ungerade"]);
        if !odd && !self.any(at, &["even", "geraden", "gerader", "gerade"]) {
            return None;
        }
        let next = at + 1;
        let numbered = self.sign(next, '-') && self.any(next + 1, &["numbered"]);
        let next = next + if numbered { 2 } else { usize::from(self.any(next, &["numbered"])) };
        let first = if odd { 1 } else { 2 };
        if self.any(next, &["days", "day", "dates", "tagen", "tage", "kalendertagen"]) {
            draft.month_days.extend((first..=31).step_by(2));
            draft.repeats = true;
            return Some(self.take_of_month(next + 1, draft));
        }
        let weeks = ["weeks", "week", "wochen", "woche", "kalenderwochen", "kalenderwoche", "kw"];
        self.any(next, &weeks).then(|| {
            draft.weeks.extend((first..=53).step_by(2));
            draft.repeats = true;
            next + 1
        })
    }

    fn nth_weekday(
        &self,
        numbers: &[i32],
        set: &Set,
        instance: bool,
        end: usize,
        draft: &mut Draft,
        (every, on): (bool, bool),
    ) -> Option<usize> {
        let of = self.of_month(end);
        let monthly = draft.every.iter().any(|every| every.1 == words::Unit::Month);
        let in_month =
            self.any(end, &["in", "of"]) && self.word(end + 1).and_then(words::month).is_some();
        if of.is_none() && !monthly && !in_month {
            // `every second friday`, `jeden zweiten Montag`.
            if let [step @ 2..=12] = numbers[..]
                && every
                && !instance
            {
                draft.every.push((step as u32, words::Unit::Week));
                draft.weekdays |= set.bits;
                draft.repeats = true;
                return Some(end);
            }
            // `on the third monday and first thursday of the month`.
            let more = end + usize::from(self.sign(end, ','));
            let more = more + usize::from(self.and(more));
            let shared = more > end && {
                let mut trial = Draft::default();
                self.nth(more, &mut trial, false).is_some()
                    && !trial.nth.is_empty()
                    && trial.repeats
            };
            let plain = numbers.iter().all(|n| (-2..=5).contains(n));
            if !(shared || plain && (every || on)) {
                return None;
            }
        }
        if numbers.iter().any(|n| !(-5..=5).contains(n)) {
            return None;
        }
        if set.bits == WORKDAYS {
            draft.workdays.extend(numbers);
        } else if instance {
            draft.weekdays |= set.bits;
            draft.positions.extend(numbers);
        } else {
            for day in (0..7).filter(|day| set.bits & (1 << day) != 0) {
                draft.nth.extend(numbers.iter().map(|n| (*n, day)));
            }
        }
        draft.repeats |= every || of.is_some() || monthly || in_month;
        Some(self.take_of_month(end, draft))
    }
}
