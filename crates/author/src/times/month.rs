//! Days of months and quarters: `of every month`, `two days before the end`, `4th of July`.

use super::draft::{Draft, When};
use super::reader::Reader;
use super::words;

/// The step that stands for "of the quarter".
const QUARTER: u32 = u32::MAX;

impl Reader<'_> {
    /// `of every month`, `of the month`, `im Monat`, `des Monats`, `of every 3rd month`: the step.
    pub(super) fn of_month(&self, at: usize) -> Option<(u32, usize)> {
        let mut next = at;
        let led = self.any(
            at,
            &[
                "of", "in", "im", "des", "on", "eines", "jeden", "jedes", "every", "each", "a",
                "per", "pro", "the",
            ],
        );
        if !led {
            return None;
        }
        while self.any(
            next,
            &[
                "of", "in", "im", "des", "on", "eines", "the", "each", "every", "jeden", "jedes",
                "a", "per", "pro", "any", "calendar",
            ],
        ) && next < at + 4
        {
            next += 1;
        }
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
        if self.any(next, &["quarter", "quartal", "quartals"]) && step == 1 {
            return Some((QUARTER, next + 1));
        }
        self.any(next, &["month", "months", "monat", "monats", "monate"])
            .then_some((step, next + 1))
    }

    pub(super) fn take_of_month(&self, at: usize, draft: &mut Draft) -> usize {
        match self.of_month(at) {
            // Its first month, or its last when days are counted from the end.
            Some((QUARTER, end)) => {
                let last = draft.month_days.last().is_some_and(|day| *day < 0)
                    || draft.nth.last().is_some_and(|nth| nth.0 < 0)
                    || draft.workdays.last().is_some_and(|nth| *nth < 0);
                draft.months = if last { 0b1_0010_0100_1000 } else { 0b0100_1001_0010 };
                draft.repeats = true;
                end
            }
            Some((step, end)) => {
                if !draft.every.iter().any(|every| every.1 == words::Unit::Month) {
                    draft.every.push((step, words::Unit::Month));
                }
                draft.repeats = true;
                end
            }
            None => at,
        }
    }

    /// `two days before the end of each month`, `3 Tage vor Monatsende`.
    pub(super) fn before_month_end(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let count = self.num(at).or_else(|| words::number(self.word(at)?))?;
        let days = self.any(at + 1, &["day", "days", "tag", "tage"]);
        let before = self.any(at + 2, &["before", "vor"]);
        if !(days && before && (1..=27).contains(&count)) {
            return None;
        }
        let next = at + 3 + usize::from(self.any(at + 3, &["the", "dem"]));
        let end = self.month_edge(next, draft)?;
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
                draft.months = if last { 0b1_0010_0100_1000 } else { 0b0100_1001_0010 };
                draft.repeats = true;
                return Some(at + 1);
            }
            "month"
                if self.any(at + 1, &["end"])
                    || (self.sign(at + 1, '-') && self.any(at + 2, &["end"])) =>
            {
                (-1, at + 2 + usize::from(self.sign(at + 1, '-')))
            }
            _ => return None,
        };
        let whole = self.word(at)?.starts_with("monat") || self.any(at, &["ultimo", "month"]);
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
        let comma = usize::from(self.sign(end, ','));
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
