//! The reader, the pieces of repetition (`every`, `twice a day`, `until`, `except`), and how pieces
//! that stand together make one phrase.

use super::draft::{Draft, Except, When};
use super::token::{Kind, Token};
use super::words::{self, Part, Unit};

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

/// Words between two pieces of one phrase.
const CONNECTORS: &[&str] = &[
    "and",
    "at",
    "on",
    "the",
    "of",
    "in",
    "only",
    "or",
    "und",
    "um",
    "am",
    "im",
    "der",
    "des",
    "den",
    "jeweils",
    "each",
    "exactly",
    "always",
    "immer",
    "nur",
    "also",
    "but",
    "except",
    "zur",
    "then",
    "sharp",
    "a",
    "again",
    "but",
    "starting",
    "beginning",
    "zu",
];

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens }
    }

    pub(super) fn count(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match self.kind(at)? {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn num(&self, at: usize) -> Option<u32> {
        match self.kind(at)? {
            Kind::Num(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn sign(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(&Kind::Sign(sign))
    }

    pub(super) fn any(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|word| words.contains(&word))
    }

    pub(super) fn and(&self, at: usize) -> bool {
        self.word(at).is_some_and(words::is_and)
    }

    pub(super) fn glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued)
    }

    pub(super) fn capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.capital)
    }

    /// Length in bytes.
    pub(super) fn len(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(0, |token| token.range.len())
    }

    /// The token as written.
    pub(super) fn source(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    /// At most the next 64 bytes of the text.
    pub(super) fn rest(&self, at: usize) -> &str {
        let Some(token) = self.tokens.get(at) else { return "" };
        let mut end = self.text.len().min(token.range.start + 64);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[token.range.start..end]
    }

    /// The first token that starts that many bytes behind one or later.
    pub(super) fn token_from(&self, at: usize, bytes: usize) -> usize {
        let end = self.tokens.get(at).map_or(0, |token| token.range.start) + bytes;
        (at..self.tokens.len())
            .find(|index| self.tokens[*index].range.start >= end)
            .unwrap_or(self.tokens.len())
    }

    pub(super) fn is_connector(&self, at: usize) -> bool {
        self.sign(at, ',')
            || self.sign(at, '(')
            || self.word(at).is_some_and(|word| CONNECTORS.contains(&word))
    }

    /// As many pieces as stand together from here; where they end.
    pub(super) fn phrase(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut end = self.first_piece(at, draft)?;
        for _ in 0..40 {
            let mut next = end;
            let found = loop {
                if let Some(after) = self.piece(next, draft) {
                    break Some(after);
                }
                if next - end >= 3 || !self.is_connector(next) {
                    break None;
                }
                next += 1;
            };
            match found {
                Some(after) => end = after,
                None => break,
            }
        }
        Some(end)
    }

    fn first_piece(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        // Inside "at 9" a phrase begins with its preposition, never in the middle of a word group.
        if self.glued(at)
            && at > 0
            && !matches!(self.kind(at - 1), Some(Kind::Sign('(' | '[' | ',' | ':' | '/' | '-')))
        {
            return None;
        }
        self.repetition(at, draft)
            .or_else(|| self.minutes_past(at, draft))
            .or_else(|| self.window(at, draft))
            .or_else(|| self.nth(at, draft, false))
            .or_else(|| self.weekdays(at, draft, false))
            .or_else(|| self.month_first(at, draft, false))
            .or_else(|| if self.is_bounded(at) { None } else { self.times(at, draft) })
            .or_else(|| self.instant(at, draft))
            .or_else(|| self.begin_or_end(at, draft))
            .or_else(|| self.only_months(at, draft))
            .or_else(|| self.lone_zone(at, draft))
            .or_else(|| self.leading_exception(at, draft))
    }

    /// `until 9am`, `after 11pm`: a time that bounds something and starts nothing.
    fn is_bounded(&self, at: usize) -> bool {
        at > 0
            && self.any(
                at - 1,
                &["until", "till", "before", "after", "since", "by", "bis", "vor", "nach", "seit"],
            )
    }

    /// `until 9am`.
    pub(super) fn until_time(&self, at: usize) -> Option<(jiff::civil::Time, usize)> {
        let mut draft = Draft::default();
        let end =
            self.any(at, &["until", "till", "bis"]).then(|| self.times(at + 1, &mut draft))??;
        draft.times.first().map(|time| (*time, end))
    }

    /// `every Thursday at 2pm` behind a schedule that has its times: another one begins.
    fn begins_another(&self, at: usize, draft: &Draft) -> bool {
        if !(draft.repeats && draft.has_days() && !draft.times.is_empty()) {
            return false;
        }
        let mut trial = Draft::default();
        self.every(at, &mut trial).is_some()
            && (trial.weekdays != 0 || trial.every.iter().any(|every| every.1 <= Unit::Day))
    }

    /// `except on weekends, every day at 9`.
    fn leading_exception(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !self.any(at, &["except", "außer", "excluding"]) {
            return None;
        }
        let mut trial = Draft { repeats: true, ..Draft::default() };
        let end = self.exception(at, &mut trial)?;
        draft.except = trial.except;
        Some(end)
    }

    fn piece(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let within = draft.within_day();
        if self.begins_another(at, draft) {
            return None;
        }
        self.zone(at, draft)
            .or_else(|| self.begin_or_end(at, draft))
            .or_else(|| self.exception(at, draft))
            .or_else(|| self.often(at, draft))
            .or_else(|| self.repetition(at, draft))
            .or_else(|| self.minutes_past(at, draft))
            .or_else(|| self.window(at, draft))
            .or_else(|| self.nth(at, draft, false))
            .or_else(|| self.weekdays(at, draft, false))
            .or_else(|| self.month_first(at, draft, false))
            .or_else(|| self.week_number(at, draft))
            .or_else(|| if within { None } else { self.times(at, draft) })
            .or_else(|| self.part_of_day(at, draft))
            .or_else(|| self.months(at, draft, false))
            .or_else(|| if draft.has_days() { None } else { self.instant(at, draft) })
    }

    /// `only in March`, to be joined with the schedule elsewhere in the sentence.
    fn only_months(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if self.any(at, &["only", "nur"]) { self.months(at, draft, false) } else { None }
    }

    fn repetition(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        self.times_per(at, draft)
            .or_else(|| self.every(at, draft))
            .or_else(|| self.adverb(at, draft))
    }

    /// `every 5 minutes`, `each sunday`, `alle zwei Stunden`, `every morning`.
    fn every(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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

    fn every_what(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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

    /// `every 5 minutes`, `every five min`, `every 3 fridays`, `alle 14 Tage`, `every 1h30m`.
    fn every_number(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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
    fn part_noun(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let part = words::part(self.word(at)?)?;
        draft.part = Some(part);
        Some(at + 1)
    }

    /// `in the morning`, `mornings`, `morgens`, `nightly`, behind other pieces.
    fn part_of_day(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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
    fn adverb(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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
    fn times_per(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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
    fn so_often(&self, at: usize) -> Option<(u32, usize)> {
        if let Some(count) = self.word(at).and_then(words::times) {
            return Some((count, at + 1));
        }
        let count = self.num(at).or_else(|| words::number(self.word(at)?))?;
        let times = self.any(at + 1, &["times", "x", "mal", "time"])
            && (!self.any(at + 1, &["x"]) || self.glued(at + 1));
        (times && (1..=10_000).contains(&count)).then_some((count, at + 2))
    }

    /// `for 5 occurrences`, `10x`, `twice`: how often in all.
    fn often(&self, at: usize, draft: &mut Draft) -> Option<usize> {
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

    /// `starting tomorrow`, `from november`, `until march`, `for the next 3 weeks`, `ab 1. Mai`.
    fn begin_or_end(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let behind = |words: &[&str], more: &[&str]| {
            if !self.any(at, words) {
                return None;
            }
            let mut next = at + 1;
            while self.any(next, more) && next < at + 3 {
                next += 1;
            }
            Some(next)
        };
        if draft.start.is_none()
            && let Some(next) = behind(
                &[
                    "starting",
                    "beginning",
                    "from",
                    "since",
                    "ab",
                    "von",
                    "vom",
                    "begin",
                    "start",
                    "seit",
                    "beginnend",
                ],
                &["on", "from", "at", "in", "dem", "am", "im", "the"],
            )
        {
            // `starting at 5 minutes past the hour`.
            if draft.within_day()
                && let Some(end) =
                    self.minutes_past(next, draft).or_else(|| self.minutes_past(next - 1, draft))
            {
                return Some(end);
            }
            if let Some((when, end)) = self.date(next)
                && (draft.repeats || self.any(at, &["starting", "beginning", "ab"]))
                && !self
                    .word(next)
                    .and_then(words::weekday)
                    .is_some_and(|_| self.any(end, &["to", "bis", "through"]))
            {
                draft.start = Some(when);
                return Some(end);
            }
        }
        if draft.end.is_none() && draft.repeats {
            if let Some(next) = behind(
                &["until", "till", "til", "through", "bis", "to", "ending", "before"],
                &["the", "end", "of", "zum", "on"],
            ) && let Some((when, end)) = self.date(next)
            {
                draft.end = Some(when);
                return Some(end);
            }
            if let Some(next) =
                behind(&["for", "während", "für"], &["the", "next", "die", "nächsten"])
            {
                if self.any(next - 1, &["next"])
                    && let Some(unit) = self.word(next).and_then(words::unit)
                {
                    draft.end = Some(When::Next(unit));
                    return Some(next + 1);
                }
                let count = self.num(next).or_else(|| self.word(next).and_then(words::number));
                if let (Some(count), Some(unit)) =
                    (count, self.word(next + 1).and_then(words::unit))
                    && unit >= Unit::Day
                {
                    draft.end = Some(When::Span(count, unit));
                    return Some(next + 2);
                }
            }
        }
        None
    }

    /// `except in may`, `except on June 23rd and July 4th`, `außer sonntags`, `but not on mondays`.
    fn exception(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !draft.repeats {
            return None;
        }
        let mut next = if self
            .any(at, &["except", "excluding", "außer", "ausser", "without", "ausgenommen"])
        {
            at + 1
        } else if self.any(at, &["but", "aber", "and"])
            && self.any(at + 1, &["not", "nicht", "never"])
        {
            at + 2
        } else if self.any(at, &["not", "nicht"]) && self.any(at + 1, &["on", "in", "am", "im"]) {
            at + 1
        } else {
            return None;
        };
        while self.any(next, &["for", "in", "on", "during", "im", "am", "an", "the", "every"])
            && next < at + 5
        {
            next += 1;
        }
        let mut end = None;
        for _ in 0..30 {
            let Some((except, after)) = self.excepted(next) else { break };
            draft.except.push(except);
            end = Some(after);
            next = after;
            while (self.sign(next, ',')
                || self.and(next)
                || self.any(next, &["on", "in", "am", "im"]))
                && next < after + 3
            {
                next += 1;
            }
        }
        end
    }

    fn excepted(&self, at: usize) -> Option<(Except, usize)> {
        let date = self.date(at).filter(|(when, _)| !matches!(when, When::Weekday(_)));
        // A month alone is all of it.
        if let Some((bits, end)) = self.month_set(at)
            && self.num(end).is_none()
        {
            return Some((Except::Months(bits), end));
        }
        if let Some((when, end)) = date {
            // `tomorrow at 8am`: one fire of a day, which dates cannot say.
            if let Some(end) = self.times(end, &mut Draft::default()) {
                return Some((Except::Other, end));
            }
            return Some((Except::Date(when), end));
        }
        let mut draft = Draft::default();
        if let Some(end) = self.nth(at, &mut draft, false) {
            let end = self.months(end, &mut draft, false).unwrap_or(end);
            return Some((Except::Other, end));
        }
        draft.repeats = true;
        let end = self.weekdays(at, &mut draft, true)?;
        Some((Except::Weekdays(draft.weekdays), end))
    }

    /// `in week 12`.
    fn week_number(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !(self.any(at, &["in"]) && self.any(at + 1, &["week", "woche", "kw"])) {
            return None;
        }
        let week = self.num(at + 2).filter(|week| (1..=53).contains(week))?;
        draft.weeks.push(week as i32);
        Some(at + 3)
    }

    /// `tomorrow at 9`, `on 2027-03-01`, `next Tuesday`.
    fn instant(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.on.is_some() {
            return None;
        }
        let next = at + usize::from(self.any(at, &["on", "am"]));
        let (when, end) = self.date(next)?;
        let full = matches!(when, When::Date { year: Some(_), .. });
        let named = self.any(next, &["tomorrow", "today", "heute", "morgen", "übermorgen"])
            || (self.any(next, &["next", "nächsten", "kommenden"])
                && matches!(when, When::Weekday(_) | When::Next(_)));
        // A month alone, or `1/5`, is no date.
        let dated = matches!(when, When::Date { .. })
            && end > next + 1
            && (full || next > at)
            && !self.sign(next + 1, '/');
        // `today's sales`, `tomorrow's weather`.
        let owned =
            self.word(next).is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"));
        let mut trial = draft.clone();
        trial.on = Some(when);
        // A year and a month have no day.
        if owned
            || !(named || dated)
            || (full && end == next + 2 && self.word(next).and_then(words::month).is_some())
        {
            return None;
        }
        *draft = trial;
        Some(if self.iso_time(end, draft) { end + 4 } else { end })
    }

    /// The `T10:00` of `2027-03-01T10:00`.
    fn iso_time(&self, at: usize, draft: &mut Draft) -> bool {
        if !(self.any(at, &["t"]) && self.glued(at) && self.sign(at + 2, ':')) {
            return false;
        }
        let (Some(hour), Some(minute)) = (self.num(at + 1), self.num(at + 3)) else { return false };
        let Ok(time) = jiff::civil::Time::new(hour as i8, minute as i8, 0, 0) else { return false };
        draft.times.push(time);
        true
    }
}
