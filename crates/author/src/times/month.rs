//! Days of months and quarters: `of every month`, `two days before the end`, `4th of July`.

use super::draft::{Draft, When};
use super::reader::Reader;
use super::words;

/// What days are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// Every month, every second, every third.
    Months(u32),
    /// A quarter, from its beginning or its end.
    Quarter,
    /// That month of each quarter, -1 is its last.
    QuarterMonth(i32),
}

const MONTHS: &[&str] = &["month", "months", "monat", "monats", "monate", "monaten"];
const QUARTERS: &[&str] = &["quarter", "quarters", "quartal", "quartals", "quartale"];

/// That month of each quarter as bits, counted from its end when negative.
fn of_quarters(month: i32) -> u16 {
    let first = if month > 0 { month } else { 4 + month };
    (0..4).fold(0, |bits, quarter| bits | 1 << (first + quarter * 3))
}

impl Reader<'_> {
    /// `of every month`, `of the month`, `im Monat`, `des Monats`, `of every 3rd month`, `of the last
    /// month of each quarter`: what days are counted in, and where the words end.
    pub(super) fn of_month(&self, at: usize) -> Option<(Period, usize)> {
        if let Some((month, end)) = self.quarter_month(at) {
            return Some((Period::QuarterMonth(month), end));
        }
        let mut next = self.determiners(at)?;
        let step = if self.any(next, &["other", "second", "zweiten"]) {
            next += 1;
            2
        } else if let Some((step, after)) = self.ordinal(next).filter(|(n, _)| *n > 0) {
            next = after;
            step as u32
        } else if let Some(step) = self.num(next).filter(|n| (2..=24).contains(n)) {
            next += 1;
            step
        } else {
            1
        };
        if self.any(next, QUARTERS) && step == 1 {
            return Some((Period::Quarter, next + 1));
        }
        self.any(next, MONTHS).then_some((Period::Months(step), next + 1))
    }

    /// `of the`, `des`, `jedes`: where they end.
    fn determiners(&self, at: usize) -> Option<usize> {
        const WORDS: &[&str] = &[
            "of", "in", "im", "des", "on", "eines", "the", "each", "every", "jeden", "jedes", "a",
            "per", "pro", "any", "calendar", "von", "its", "their", "am", "jedem", "einem", "this",
        ];
        let mut next = at;
        while self.any(next, WORDS) && next < at + 4 {
            next += 1;
        }
        (next > at).then_some(next)
    }

    /// `of the first month of each quarter`, `im letzten Monat jedes Quartals`.
    pub(super) fn quarter_month(&self, at: usize) -> Option<(i32, usize)> {
        let next = self.determiners(at).unwrap_or(at);
        let (nth, end) = self.ordinal(next)?;
        if !self.any(end, MONTHS) || !matches!(nth, 1..=3 | -3..=-1) {
            return None;
        }
        let quarter = self.determiners(end + 1)?;
        self.any(quarter, QUARTERS).then_some((nth, quarter + 1))
    }

    /// `the first month of each quarter, on the 15th`: the months before their days.
    pub(super) fn quarter_months(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let (month, end) = self.quarter_month(at).filter(|_| draft.months == 0)?;
        draft.months = of_quarters(month);
        draft.every.push((1, words::Unit::Month));
        draft.repeats = true;
        Some(end)
    }

    /// `every quarter, on the last day`: that of its last month.
    pub(super) fn end_of_quarter(draft: &mut Draft) {
        let back = draft.month_days.iter().chain(&draft.workdays).any(|day| *day < 0)
            || draft.nth.iter().any(|nth| nth.0 < 0);
        let quarter = draft.every.iter().position(|every| *every == (1, words::Unit::Quarter));
        if let Some(at) = quarter.filter(|_| back && draft.months == 0) {
            draft.every[at] = (1, words::Unit::Month);
            draft.months = of_quarters(-1);
        }
    }

    pub(super) fn take_of_month(&self, at: usize, draft: &mut Draft) -> usize {
        Self::end_of_quarter(draft);
        if let Some(end) = self.month_of_it(at, draft) {
            return end;
        }
        let Some((period, mut end)) = self.of_month(at) else { return at };
        match period {
            // Its first month, or its last when days are counted from the end.
            Period::Quarter => {
                let last = draft.month_days.last().is_some_and(|day| *day < 0)
                    || draft.nth.last().is_some_and(|nth| nth.0 < 0)
                    || draft.workdays.last().is_some_and(|nth| *nth < 0);
                draft.months = of_quarters(if last { -1 } else { 1 });
            }
            Period::QuarterMonth(month) => draft.months = of_quarters(month),
            Period::Months(step) => {
                if !draft.every.iter().any(|every| every.1 == words::Unit::Month) {
                    draft.every.push((step, words::Unit::Month));
                }
                // `of each month of the first quarter` says nothing that months would not say.
                end = self.quarter_named(end).map_or(end, |(months, end)| {
                    draft.months = months;
                    end
                });
            }
        }
        draft.repeats = true;
        end
    }

    /// `every quarter, on the 20th day of its second month`.
    fn month_of_it(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let quarterly = |every: &(u32, words::Unit)| {
            matches!(every, (3, words::Unit::Month) | (1, words::Unit::Quarter))
        };
        let at_every = draft.every.iter().position(quarterly)?;
        let next = self.determiners(at)?;
        let (nth, end) = self.ordinal(next)?;
        if !self.any(end, MONTHS) || !matches!(nth, 1..=3 | -3..=-1) {
            return None;
        }
        draft.every[at_every] = (1, words::Unit::Month);
        draft.months = of_quarters(nth);
        Some(end + 1)
    }

    /// `in the first quarter`, `im 2. Quartal`, `in Q4`: its months.
    pub(super) fn quarter_named(&self, at: usize) -> Option<(u16, usize)> {
        let next = self.determiners(at)?;
        let (nth, end) = if self.any(next, &["q"]) && self.glued(next + 1) {
            (self.num(next + 1)? as i32, next + 2)
        } else {
            let (nth, end) = self.ordinal(next)?;
            self.any(end, QUARTERS).then_some((nth, end + 1))?
        };
        let first = match nth {
            1..=4 => nth * 3 - 2,
            -1 => 10,
            _ => return None,
        };
        let year = self.determiners(end).filter(|at| self.any(*at, &["year", "jahres", "jahr"]));
        Some((0b111 << first, year.map_or(end, |at| at + 1)))
    }

    /// `two days before the end of each month`, `3 Tage vor Monatsende`.
    pub(super) fn before_month_end(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let one = usize::from(self.any(at, &["day", "tag"]));
        let number = || self.num(at).or_else(|| words::number(self.word(at)?));
        let count = if one == 1 { 1 } else { number()? };
        let days = one == 1 || self.any(at + 1, &["day", "days", "tag", "tage", "tagen"]);
        let before = self.any(at + 2 - one, &["before", "vor"]);
        if !(days && before && (1..=27).contains(&count)) {
            return None;
        }
        let next = at + 3 - one;
        let next = next + usize::from(self.any(next, &["the", "dem", "den"]));
        let end = self.month_edge(next, draft).or_else(|| {
            // `the day before the last day of the month`.
            let (_, last) = self.ordinal(next).filter(|(nth, _)| *nth == -1)?;
            let last = last + usize::from(self.any(last, &["day", "tag"]));
            draft.month_days.push(-1);
            Some(self.take_of_month(self.of_month(last).map(|_| last)?, draft))
        })?;
        if let Some(last) = draft.month_days.last_mut().filter(|day| **day == -1) {
            *last -= count as i32;
        }
        Some(end)
    }

    /// `end of the month`, `start of each month`, `month end`, `am Monatsende`.
    pub(super) fn month_edge(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let (day, end) = match self.word(at)? {
            "start" | "beginning" | "begin" | "anfang" | "beginn" => (1, at + 1),
            "end" | "ende" => (-1, at + 1),
            "monatsende" | "monatsletzten" | "ultimo" => (-1, at + 1),
            "monatsanfang" | "monatsersten" | "monatsbeginn" => (1, at + 1),
            "quartalsende" | "quartalsanfang" | "quartalsbeginn" => {
                let last = self.any(at, &["quartalsende"]);
                draft.month_days.push(if last { -1 } else { 1 });
                draft.months = of_quarters(if last { -1 } else { 1 });
                draft.repeats = true;
                return Some(at + 1);
            }
            // `before the month ends`, `bevor der Monat endet`.
            "when" | "before" | "wenn" | "bevor"
                if self.any(at + 1, &["the", "each", "every", "der", "ein", "jeder"])
                    && self.any(at + 2, &["month", "monat"])
                    && self.any(at + 3, &["ends", "endet", "closes"]) =>
            {
                (-1, at + 4)
            }
            "month"
                if self.any(at + 1, &["end"])
                    || (self.sign(at + 1, '-') && self.any(at + 2, &["end"])) =>
            {
                (-1, at + 2 + usize::from(self.sign(at + 1, '-')))
            }
            _ => return None,
        };
        let ends = self.any(at, &["when", "before", "wenn", "bevor"]);
        let whole =
            ends || self.word(at)?.starts_with("monat") || self.any(at, &["ultimo", "month"]);
        let of = self.of_month(end);
        let monthly = draft.every.iter().any(|every| every.1 == words::Unit::Month);
        if !(whole || of.is_some() || monthly) {
            return None;
        }
        draft.month_days.push(day);
        draft.repeats = true;
        Some(self.take_of_month(end, draft))
    }

    /// A month behind ordinals: `4th of july`, `1. März`; a year makes it one date.
    pub(super) fn month_names(
        &self,
        days: &[i32],
        at: usize,
        draft: &mut Draft,
        led: bool,
    ) -> Option<usize> {
        let next = at + usize::from(self.any(at, &["of", "in", "im"]));
        let month = words::month(self.word(next)?)?;
        if !days.iter().all(|day| (1..=31).contains(day)) {
            return None;
        }
        if let Some((bits, end)) = self.month_set(next)
            && bits.count_ones() > 1
        {
            draft.month_days.extend(days);
            draft.months |= bits;
            draft.repeats = true;
            return Some(end);
        }
        let end = next + 1;
        self.date_or_yearly(days, month, end, draft, led)
    }

    pub(super) fn date_or_yearly(
        &self,
        days: &[i32],
        month: u32,
        end: usize,
        draft: &mut Draft,
        led: bool,
    ) -> Option<usize> {
        let point = self.sign(end, '.') && self.glued(end) && self.num(end + 1).is_some();
        let comma = usize::from(self.sign(end, ',') || point);
        let year = self.num(end + comma).filter(|year| (1970..2200).contains(year));
        if let (Some(year), [day]) = (year, days) {
            draft.on = Some(When::Date { year: Some(year as i32), month, day: *day as u32 });
            return Some(end + comma + 1);
        }
        // `on 1 April and 15 October`: two dates of each year.
        if let (Some(When::Date { year: None, month: first, day: on }), [_]) = (&draft.on, days) {
            draft.month_days.push(*on as i32);
            draft.months |= 1 << *first;
            draft.on = None;
        }
        if let ([known], [day]) = (&draft.month_days[..], days)
            && draft.months.count_ones() == 1
        {
            if known == day {
                draft.months |= 1 << month;
            } else {
                draft.also.push((month, *day as u32));
            }
            draft.repeats = true;
            return Some(end);
        }
        if led || draft.has_days() || days.len() > 1 || draft.repeats {
            draft.month_days.extend(days);
            draft.months |= 1 << month;
            draft.repeats = true;
            return Some(end);
        }
        draft.on = Some(When::Date { year: None, month, day: days[0] as u32 });
        Some(end)
    }
}
