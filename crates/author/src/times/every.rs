//! `every 5 minutes`, `each sunday`, `alle zwei Stunden`, `every other week`.

use super::draft::Draft;
use super::problem::Problem;
use super::reader::Reader;
use super::words::{self, Unit};

impl Reader<'_> {
    /// `every 5 minutes`, `each sunday`, `alle zwei Stunden`, `every morning`.
    pub(super) fn every(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at
            + usize::from(self.any(
                at,
                &["on", "at", "in", "am", "an", "once", "einmal", "exactly", "repeat", "for"],
            ));
        if self.any(at, &["mindestens", "wenigstens"]) || self.all(at, &["at", "least"]) {
            next = at + 1 + usize::from(self.any(at, &["at"]));
            next += usize::from(self.any(next, &["once", "einmal"]));
        }
        if !self.word(next).is_some_and(words::is_every) {
            return None;
        }
        next += 1;
        while self.any(next, &["single", "einzelnen", "full", "volle", "successive"]) {
            next += 1;
        }
        next += usize::from(
            self.any(next, &["and"]) && self.word(next + 1).is_some_and(words::is_every),
        ) * 2;
        // `each of the weekdays`.
        let of = if self.all(next, &["of", "the"]) { 2 } else { 0 };
        next += if of > 0 && self.weekday_set(next + of).is_some() { of } else { 0 };
        let fresh = draft.clone();
        draft.repeats = true;
        let end = self.every_what(next, draft);
        if end.is_none() {
            *draft = fresh;
        }
        end
    }

    pub(super) fn every_what(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        // `every other week`, `every second day`, `jede zweite Woche`.
        let other = self.any(
            at,
            &[
                "other",
                "alternate",
                "alternating",
                "zweite",
                "zweiten",
                "zweiter",
                "zweites",
                "andere",
                "anderen",
            ],
        ) || (self.any(at, &["second"])
            && (self.word(at + 1).and_then(words::unit).is_some()));
        if other {
            if let Some(unit) = self.word(at + 1).and_then(words::unit) {
                draft.every.push((2, unit));
                return Some(at + 2);
            }
            if let Some(end) = self.part_noun(at + 1, draft) {
                draft.every.push((2, Unit::Day));
                return Some(end);
            }
            if (!self.any(at, &["zweite", "zweiten", "zweiter", "zweites"])
                || self.of_month(at + 2).is_none())
                && let Some(end) = self.weekdays(at + 1, draft, true)
            {
                // `every other weekday` counts days, not weeks; it is read as such days of every
                // other week.
                draft.every.push((2, Unit::Week));
                return Some(end);
            }
        }
        // `every month's second Tuesday`.
        if self.any(at, &["month's", "month’s"]) {
            draft.every.push((1, Unit::Month));
            return self.nth(at + 1, draft, false);
        }
        let hyphen = usize::from(self.sign(at + 1, '-') && self.any(at, &["half", "quarter"]));
        if hyphen == 1 && self.any(at + 2, &["hour"]) {
            draft.every.push((if self.any(at, &["half"]) { 30 } else { 15 }, Unit::Minute));
            return Some(at + 3);
        }
        if self.any(at, &["half", "halbe", "halben"])
            && self.any(at + 1, &["hour", "stunde", "an", "hourly"])
        {
            draft.every.push((30, Unit::Minute));
            return Some(at + 2 + usize::from(self.any(at + 1, &["an"])));
        }
        // `every 1/2 hour`.
        let half = self.num(at) == Some(1) && self.sign(at + 1, '/') && self.num(at + 2) == Some(2);
        let unit_at = at + if half { 3 } else { 1 };
        if (half || self.sign(at, '½')) && self.any(unit_at, &["hour", "stunde", "hours"]) {
            draft.every.push((30, Unit::Minute));
            return Some(unit_at + 1);
        }
        if self.any(at, &["quarter"]) && (self.any(at + 1, &["hour"]) || self.any(at + 2, &["an"]))
        {
            draft.every.push((15, Unit::Minute));
            return Some(if self.any(at + 1, &["hour"]) { at + 2 } else { at + 4 });
        }
        if self.any(at, &["viertelstunde"]) {
            draft.every.push((15, Unit::Minute));
            return Some(at + 1);
        }
        let feast: Vec<&str> = (at..at + 3).map_while(|at| self.word(at)).collect();
        if let Some((month, day, length)) = words::feast(&feast) {
            draft.month_days.push(day as i32);
            draft.months |= 1 << month;
            return Some(at + length);
        }
        // `every hour and a half`, `alle anderthalb Stunden`, `every two and a half hours`.
        if let Some((seconds, end)) = self.with_half(at) {
            draft.every.push((u32::try_from(seconds).ok()?, Unit::Second));
            return Some(end);
        }
        // `every couple of hours`.
        if self.any(at, &["couple"])
            && let of = at + 1 + usize::from(self.any(at + 1, &["of"]))
            && let Some(unit) = self.word(of).and_then(words::unit)
        {
            draft.every.push((2, unit));
            return Some(of + 1);
        }
        if let Some(end) = self.nth(at, draft, true) {
            return Some(end);
        }
        // `every 4th day`, `every 3rd month`.
        if let Some(number) = self.num(at)
            && (1..=1000).contains(&number)
            && (self.any(at + 1, &["st", "nd", "rd", "th"])
                || (self.sign(at + 1, '.') && self.glued(at + 1)))
            && let Some(unit) = self.word(at + 2).and_then(words::unit)
        {
            draft.every.push((number, unit));
            return Some(at + 3);
        }
        if let Some(ordinal) = self.word(at).and_then(words::ordinal).filter(|n| *n > 1)
            && let Some(unit) = self.word(at + 1).and_then(words::unit)
        {
            draft.every.push((ordinal as u32, unit));
            return Some(at + 2);
        }
        if let Some(end) = self.every_number(at, draft) {
            return Some(end);
        }
        if let Some(end) = self.month_first(at, draft, true) {
            return Some(end);
        }
        if let Some(end) = self.weekdays(at, draft, true) {
            return Some(end);
        }
        if self.any(at, &["fortnight", "fortnights"]) {
            draft.every.push((2, Unit::Week));
            return Some(at + 1);
        }
        let word = self.word(at)?;
        if let Some(unit) = words::unit(word).filter(|_| word.len() > 1) {
            // `every day of the week`, `every minute of the hour`, but `every first day`.
            draft.every.push((1, unit));
            let mut end = at + 1;
            if self.any(end, &["of"])
                && self.any(end + 1, &["the", "every", "each"])
                && self.any(end + 2, &["week", "day", "hour", "year"])
            {
                end += 3;
            }
            return Some(end);
        }
        if let Some(end) = self.part_noun(at, draft) {
            draft.every.push((1, Unit::Day));
            return Some(end);
        }
        if words::month(word).is_some() {
            let (bits, end) = self.month_set(at)?;
            draft.months |= bits;
            draft.every.push((1, Unit::Year));
            return Some(end);
        }
        None
    }

    /// Seconds of `hour and a half`, `two and a half hours`, `anderthalb Stunden`.
    fn with_half(&self, at: usize) -> Option<(u64, usize)> {
        let half =
            |at: usize| self.and(at) && self.any(at + 1, &["a"]) && self.any(at + 2, &["half"]);
        let seconds = |at: usize| match words::unit(self.word(at)?)? {
            Unit::Minute => Some(30),
            Unit::Hour => Some(1_800),
            Unit::Day => Some(43_200),
            _ => None,
        };
        if half(at + 1) {
            if let Some(seconds) = seconds(at) {
                return Some((seconds * 3, at + 4));
            }
            let count = self.num(at).or_else(|| words::number(self.word(at)?))?;
            return Some((seconds(at + 4)? * (u64::from(count) * 2 + 1), at + 5));
        }
        let halves = words::and_a_half(self.word(at)?)?;
        Some((seconds(at + 1)? * u64::from(halves), at + 2))
    }

    /// `every 5 minutes`, `every five min`, `every 3 fridays`, `alle 14 Tage`, `every 1h30m`.
    pub(super) fn every_number(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at;
        let number = if let Some(number) = self.num(at) {
            number
        } else {
            let word = self.word(at)?;
            let tens = words::number(word).filter(|_| !matches!(word, "a" | "an"))?;
            if tens >= 20
                && self
                    .word(at + 1 + usize::from(self.sign(at + 1, '-')))
                    .and_then(words::number)
                    .is_some_and(|n| n < 10)
            {
                next += 1 + usize::from(self.sign(at + 1, '-'));
                tens + self.word(next).and_then(words::number).unwrap_or(0)
            } else {
                tens
            }
        };
        if !(1..=100_000).contains(&number) {
            return None;
        }
        next += 1;
        // `every 5 to 10 minutes`: how often?
        if (self.any(next, &["to", "bis", "or", "oder"]) || self.sign(next, '-'))
            && self.num(next + 1).or_else(|| words::number(self.word(next + 1)?)).is_some()
            && self.word(next + 2).and_then(words::unit).is_some()
        {
            draft.problem = Some(Problem::Vague(self.words(at, next + 3)));
            draft.every.push((number, Unit::Day));
            return Some(next + 3);
        }
        next += usize::from(self.sign(next, '-') && self.glued(next));
        if let Some(unit) = self.word(next).and_then(words::unit)
            && (self.len(next) > 1 || self.glued(next) || self.any(next, &["h", "m", "s"]))
        {
            // `every 1h30m`, `every 1 hour and 30 minutes`.
            if unit < Unit::Day
                && let Some((seconds, end)) = self.amount(at, false)
                && end > next + 1
                && seconds % 60 == 0
                && let Ok(minutes) = u32::try_from(seconds / 60)
            {
                draft.every.push((minutes, Unit::Minute));
                return Some(end);
            }
            let dot = usize::from(
                self.sign(next + 1, '.')
                    && self.glued(next + 1)
                    && self.any(next, &["min", "std", "sek", "sec", "hr", "hrs", "mins"]),
            );
            draft.every.push((number, unit));
            return Some(next + 1 + dot);
        }
        // `every 1.5 hours`.
        if self.sign(next, '.') || self.sign(next, ',') {
            let (seconds, end) = self.amount(at, false)?;
            draft.every.push((u32::try_from(seconds / 60).ok().filter(|m| *m > 0)?, Unit::Minute));
            return Some(end);
        }
        if self.any(next, &["weekday", "weekdays", "business", "working", "werktage"]) {
            return None;
        }
        let end = self.weekdays(next, draft, true)?;
        draft.every.push((number, Unit::Week));
        Some(end)
    }
}
