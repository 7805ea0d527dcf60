//! Repetition: `daily`, `twice a day`, `in the mornings`, `at 10 minute intervals`.

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
        if !self.any(at, &["im", "in", "at", "with", "mit"]) {
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
        // `with a 10 minute interval`.
        let article = self.any(at + 1, &["a", "an", "einem", "an"]) && number(at + 2).is_some();
        let at = at + usize::from(article);
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
                .any(
                    end,
                    &[
                        "interval",
                        "intervals",
                        "intervall",
                        "takt",
                        "rhythmus",
                        "abstand",
                        "abständen",
                    ],
                )
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

    /// `morning`, `evening`, `Morgen` behind `every`.
    pub(super) fn part_noun(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let part = words::part(self.word(at)?)?;
        if let Some(first) = draft.part.filter(|first| *first != part) {
            draft.parts.push(first);
        } else if draft.part.is_none() {
            Self::settle_times(part, &mut draft.times);
        }
        draft.part = Some(part);
        Some(at + 1)
    }

    /// `in the morning`, `mornings`, `morgens`, `nightly`, behind other pieces.
    pub(super) fn part_of_day(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at;
        while self.any(next, &["in", "at", "am", "the", "zu", "zur", "während", "during", "der"])
            && next < at + 3
        {
            next += 1;
        }
        if draft.within_day() {
            return None;
        }
        next += usize::from(self.any(next, &["early", "late", "frühen", "späten"]));
        let word = self.word(next)?;
        let part = words::part(word)?;
        // `every morning and evening at 6`.
        if draft.part.is_some() {
            let also = at > 0 && self.and(at - 1) && draft.times.is_empty();
            return also.then(|| {
                draft.parts.push(part);
                next + 1
            });
        }
        let alone = next == at && !draft.has_days() && draft.on.is_none();
        if matches!(word, "morgen" | "früh") && alone {
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
        if !draft.every.is_empty() {
            // `daily` said twice, or a beat and its days (`hourly … daily`); else it is an adjective
            // behind a schedule.
            let (count, unit) =
                words::adverb(word).filter(|_| !(bi || article || german_adjective))?;
            let beat = unit <= Unit::Hour;
            let again = draft.every.contains(&(count, unit));
            if !again && beat == draft.within_day() {
                return None;
            }
            if !again {
                draft.every.push((count, unit));
            }
            return Some(end);
        }
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
        // `am 12. Mai 2027 morgens`.
        if draft.part.is_some() || draft.on.is_some() {
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
        // `once per weekday`, `twice per weekday`.
        if draft.weekdays == 0
            && let Some((set, end)) = self.weekday_set(next).filter(|(set, _)| set.sure)
        {
            draft.weekdays = set.bits;
            draft.per = (count > 1).then_some((count, Unit::Day));
            draft.repeats = true;
            return Some(end);
        }
        if count == 1 && self.any(next, &["fortnight"]) {
            draft.every.push((2, Unit::Week));
            draft.repeats = true;
            return Some(next + 1);
        }
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
