//! Repetition: `every`, `daily`, `twice a day`.

use super::draft::Draft;
use super::reader::Reader;
use super::words::{self, Part, Unit};

impl Reader<'_> {
    pub(super) fn repetition(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        self.times_per(at, draft)
            .or_else(|| self.intervals(at, draft))
            .or_else(|| self.every(at, draft))
            .or_else(|| self.adverb(at, draft))
    }

    /// `im 5-Minuten-Takt`, `im Stundentakt`, `at 10 minute intervals`, `at intervals of 5 minutes`.
    fn intervals(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !self.any(at, &["im", "in", "at", "with"]) {
            return None;
        }
        let mut take = |count: u32, unit: Unit, end: usize| {
            (count > 0).then(|| {
                draft.every.push((count, unit));
                draft.repeats = true;
                end
            })
        };
        let number = |at: usize| self.num(at).or_else(|| words::number(self.word(at)?));
        if self.any(at + 1, &["intervals", "abständen", "abstand"])
            && self.any(at + 2, &["of", "von"])
        {
            let unit = words::unit(self.word(at + 4)?)?;
            return take(number(at + 3)?, unit, at + 5);
        }
        if let Some(count) = number(at + 1) {
            let unit_at = at + 2 + usize::from(self.sign(at + 2, '-'));
            let unit = words::unit(self.word(unit_at)?)?;
            let end = unit_at + 1 + usize::from(self.sign(unit_at + 1, '-'));
            return self
                .any(end, &["interval", "intervals", "takt", "rhythmus", "abstand", "abständen"])
                .then(|| take(count, unit, end + 1))?;
        }
        let stem = self.word(at + 1)?;
        let stem = stem.strip_suffix("takt").or_else(|| stem.strip_suffix("rhythmus"))?;
        let (count, stem) = ["zwei", "drei", "vier", "fünf", "zehn"]
            .iter()
            .find_map(|name| Some((words::number(name)?, stem.strip_prefix(name)?)))
            .unwrap_or((1, stem));
        let unit = words::unit(stem).or_else(|| words::unit(stem.strip_suffix('s')?))?;
        take(count, unit, at + 2)
    }

    /// `every 5 minutes`, `each sunday`, `alle zwei Stunden`, `every morning`.
    pub(super) fn every(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at
            + usize::from(self.any(
                at,
                &["on", "at", "in", "am", "an", "once", "einmal", "exactly", "repeat", "for"],
            ));
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
        if self.any(at, &["half", "halbe", "halben"])
            && self.any(at + 1, &["hour", "stunde", "an", "hourly"])
        {
            draft.every.push((30, Unit::Minute));
            return Some(at + 2 + usize::from(self.any(at + 1, &["an"])));
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

    /// `morning`, `evening`, `Morgen` behind `every`.
    pub(super) fn part_noun(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let part = words::part(self.word(at)?)?;
        if draft.part.is_none() {
            Self::settle_times(part, &mut draft.times);
        }
        draft.part = Some(part);
        Some(at + 1)
    }

    /// `in the morning`, `mornings`, `morgens`, `nightly`, behind other pieces.
    pub(super) fn part_of_day(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at;
        while self.any(next, &["in", "at", "am", "the", "zu", "während", "during", "der"])
            && next < at + 3
        {
            next += 1;
        }
        if draft.part.is_some() || draft.within_day() {
            return None;
        }
        let word = self.word(next)?;
        let part = words::part(word)?;
        let german_tomorrow = word == "morgen" && next == at && !draft.has_days();
        if german_tomorrow || matches!(word, "früh") && next == at && !draft.has_days() {
            return None;
        }
        draft.part = Some(part);
        Some(next + 1)
    }

    /// `daily`, `hourly`, `täglich`, `nightly`, `mornings`, `every-day`, `14-tägig`.
    pub(super) fn adverb(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let next = at + usize::from(self.any(at, &["once", "einmal"]));
        if self.num(next) == Some(14)
            && self.any(
                next + 1 + usize::from(self.sign(next + 1, '-')),
                &["tägig", "tägige", "tägigen", "täglich"],
            )
        {
            draft.every.push((2, Unit::Week));
            draft.repeats = true;
            return Some(next + 2 + usize::from(self.sign(next + 1, '-')));
        }
        let word = self.word(next)?;
        let bi = matches!(word, "bi" | "semi") && self.sign(next + 1, '-');
        let (word, end) = if bi { (self.word(next + 2)?, next + 3) } else { (word, next + 1) };
        if !draft.every.is_empty() {
            // `every day` said twice, or an adjective behind a schedule.
            return None;
        }
        let article = at > 0
            && self.any(
                at - 1,
                &[
                    "the", "my", "our", "your", "their", "its", "this", "a", "an", "his", "her",
                    "new", "der", "die", "das", "den", "ein", "eine", "einen", "meine", "unsere",
                    "dem",
                ],
            );
        let german_adjective = word.ends_with("liche")
            || word.ends_with("lichen")
            || word.ends_with("licher")
            || word.ends_with("liches");
        if let Some((count, unit)) = words::adverb(word) {
            if self.any(end, &["active", "limit", "limits", "budget"]) {
                return None;
            }
            match (bi, self.any(next, &["semi"]), unit) {
                (true, true, Unit::Month) => draft.month_days.extend([1, 15]),
                (true, true, Unit::Year) => draft.every.push((6, Unit::Month)),
                (true, true, _) => return None,
                (true, false, _) => draft.every.push((2, unit)),
                _ => draft.every.push((count, unit)),
            }
            draft.repeats = true;
            // "the daily report" is a name; in "a daily backup at 3" time speaks for itself.
            draft.adjective = article || german_adjective;
            return Some(end);
        }
        let part = match word {
            "nightly" => Part::Night,
            "mornings" | "morgens" | "vormittags" => Part::Morning,
            "evenings" | "abends" => Part::Evening,
            "afternoons" | "nachmittags" => Part::Afternoon,
            "nights" | "nachts" => Part::Night,
            "mittags" => Part::Noon,
            _ => return None,
        };
        if draft.part.is_some() {
            return None;
        }
        if !draft.has_days() {
            draft.every.push((1, Unit::Day));
        }
        draft.part = Some(part);
        draft.repeats = true;
        draft.adjective = article;
        Some(end)
    }

    /// `twice a day`, `3 times per week`, `zweimal täglich`, `once an hour`.
    pub(super) fn times_per(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let (count, mut next) = self.so_often(at)?;
        if self.sign(next, '-') {
            next += 1;
        }
        if let Some((1, unit)) = self.word(next).and_then(words::adverb) {
            draft.per = Some((count, unit));
            draft.repeats = true;
            return Some(next + 1);
        }
        let led = self.any(
            next,
            &["a", "an", "per", "each", "every", "am", "pro", "in", "die", "im", "jeden", "jede"],
        );
        if !led || self.any(next, &["in", "am", "im"]) && self.any(next + 1, &["a", "row"]) {
            return None;
        }
        next += 1;
        next += usize::from(self.any(next, &["the", "der"]));
        next += usize::from(self.sign(next, '-'));
        let unit =
            if self.any(next, &["night"]) { Unit::Day } else { words::unit(self.word(next)?)? };
        draft.per = Some((count, unit));
        draft.repeats = true;
        Some(next + 1)
    }

    /// `twice`, `3 times`, `10x`, `dreimal`.
    pub(super) fn so_often(&self, at: usize) -> Option<(u32, usize)> {
        if let Some(count) = self.word(at).and_then(words::times) {
            return Some((count, at + 1));
        }
        let count = self.num(at).or_else(|| words::number(self.word(at)?))?;
        let times = self.any(at + 1, &["times", "x", "mal", "time"])
            && (!self.any(at + 1, &["x"]) || self.glued(at + 1));
        (times && (1..=10_000).contains(&count)).then_some((count, at + 2))
    }

    /// `for 5 occurrences`, `10x`, `twice`: how often in all.
    pub(super) fn often(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.count.is_some() || !draft.repeats {
            return None;
        }
        let next = at + usize::from(self.any(at, &["for", "insgesamt", "only", "total"]));
        if let Some((count, end)) = self.so_often(next).filter(|(count, _)| *count > 1 || next > at)
        {
            if self.any(end, &["a", "per", "in", "am", "pro"]) {
                return None;
            }
            draft.count = Some(count);
            return Some(end);
        }
        let count = self.num(next).or_else(|| words::number(self.word(next)?))?;
        self.any(next + 1, &["occurrences", "occurrence", "repetitions", "runs", "occasions"]).then(
            || {
                draft.count = Some(count);
                next + 2
            },
        )
    }
}
