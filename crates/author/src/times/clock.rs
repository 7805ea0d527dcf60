//! Times of day: `9am`, `7:30`, `at 9, 12 and 17`, `8 Uhr 15`.

use jiff::civil::Time;

use super::draft::Draft;
use super::problem::Problem;
use super::reader::Reader;
use super::token::Kind;
use super::words::{self, Part};

/// A time as read, before its half of the day is settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    /// `am` is false, `pm` true.
    pub(super) pm: Option<bool>,
    /// A colon, `am`, `Uhr`, `noon`: surely a time.
    pub(super) sure: bool,
}

impl Reading {
    pub(super) fn new(hour: u32, minute: u32) -> Self {
        Self { hour, minute, second: 0, pm: None, sure: true }
    }

    pub(super) fn time(self) -> Option<Time> {
        let hour = match self.pm {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ if self.hour == 24 && self.minute == 0 => 0,
            _ => self.hour,
        };
        Time::new(hour as i8, self.minute as i8, self.second as i8, 0).ok()
    }
}

pub(super) fn half(part: Part, hour: u32) -> Option<bool> {
    match part {
        Part::Morning => Some(false),
        Part::Afternoon | Part::Evening => Some(true),
        // `12 Uhr nachts` is midnight.
        Part::Night => Some((6..12).contains(&hour)),
        Part::Noon | Part::Midnight => None,
    }
}

/// The same where 12 may be noon or midnight.
fn half_at(part: Part, hour: u32) -> Option<bool> {
    half(part, hour).filter(|pm| *pm || hour < 12 || part == Part::Night)
}

impl Reader<'_> {
    /// `at 9, 12 and 17`, `9am`, `um 8 Uhr`, `noon`.
    pub(super) fn times(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !draft.times.is_empty() && !self.any(at, &["at", "um", "@"]) {
            return None;
        }
        let mut next = at;
        let mut led = false;
        while self.any(
            next,
            &[
                "at",
                "um",
                "gegen",
                "by",
                "around",
                "ab",
                "exactly",
                "jeweils",
                "immer",
                "punkt",
                "genau",
                "exakt",
                "pünktlich",
                "precisely",
                "promptly",
                "both",
                "je",
                "about",
                "etwa",
                "ca",
                "circa",
                "spätestens",
                "schlag",
            ],
        ) && next < at + 4
        {
            led |= self.any(next, &["at", "um", "gegen", "punkt", "schlag"]);
            next += usize::from(self.any(next, &["ca"]) && self.sign(next + 1, '.'));
            next += 1;
        }
        if self.sign(next, '@') {
            (led, next) = (true, next + 1);
        }
        // `3x täglich (8, 14, 20 Uhr)`, `twice a day: 9 and 17`.
        let listed = at > 0 && (self.opens(at - 1) || self.sign(at - 1, ':'));
        led |= listed && draft.per.is_some();
        let (first, mut end) = self.time(next, led)?;
        if !led && !first.sure {
            return None;
        }
        let mut all = vec![first];
        self.settle(&mut all, &mut end);
        while all.len() < 24 {
            let mut more = end;
            while self.sign(more, ',')
                || self.sign(more, '&')
                || self.sign(more, '/')
                || self.and(more)
            {
                more += 1;
            }
            if more == end || more > end + 2 {
                break;
            }
            let again = more;
            while self.any(
                more,
                &[
                    "at", "um", "again", "nochmals", "nochmal", "erneut", "noch", "einmal",
                    "wieder", "then", "dann",
                ],
            ) && more < again + 3
            {
                more += 1;
            }
            if let Some((time, after)) = self.part_then_time(more) {
                all.push(time);
                end = after;
                continue;
            }
            match self.time(more, true) {
                // `at 9 and 15 minutes later`, `um 8 Uhr, 3 Mails`.
                Some((time, after)) if time.sure || self.bare_list_goes_on(more, after) => {
                    all.push(time);
                    end = after;
                    self.settle(&mut all, &mut end);
                }
                _ => break,
            }
        }
        // `at 9am or maybe 10am`: which one?
        let or = end + usize::from(self.sign(end, ','));
        if self.any(or, &["or", "oder"]) {
            let maybe = self.any(or + 1, &["maybe", "perhaps", "vielleicht", "at", "um", "even"]);
            if let Some((_, after)) = self.time(or + 1 + usize::from(maybe), led) {
                draft.problem = Some(Problem::Either);
                end = after;
            }
        }
        // `2 and 4 pm`: the half of the day stands at the end for all before it that are smaller.
        let last = all[all.len() - 1];
        for index in 0..all.len() - 1 {
            if all[index].pm.is_none()
                && last.pm == Some(true)
                && all[index].hour < last.hour
                && !all[index].sure
            {
                all[index].pm = Some(true);
            }
        }
        let mut times = Vec::new();
        for reading in &all {
            let open = reading.pm.is_none() && reading.hour <= 12;
            // `morning and evening at 6`; of several times each says its own half.
            let parts = draft.part.iter().chain(&draft.parts).filter(|_| open);
            let parts: Vec<Part> = if draft.parts.is_empty() || all.len() == 1 {
                parts.copied().collect()
            } else {
                Vec::new()
            };
            for part in &parts {
                let pm = half_at(*part, reading.hour);
                times.push(Reading { pm, ..*reading }.time()?);
            }
            if parts.is_empty() {
                times.push(reading.time()?);
            }
        }
        draft.bare = all.iter().all(|reading| !reading.sure);
        draft.times.append(&mut times);
        Some(end)
    }

    /// `nachmittags um 5` behind `morgens um 5 und`.
    fn part_then_time(&self, at: usize) -> Option<(Reading, usize)> {
        let part = self.word(at).filter(|word| word.ends_with('s')).and_then(words::part)?;
        let next = at + 1 + usize::from(self.any(at + 1, &["um", "gegen", "at"]));
        let (mut reading, end) = self.time(next, true).filter(|_| next > at + 1)?;
        if reading.pm.is_none() && reading.hour <= 12 {
            // Noon is neither, and must not take another part of the day.
            (reading.pm, reading.sure) = (half_at(part, reading.hour).or(Some(true)), true);
        }
        Some((reading, end))
    }

    /// `6 in the morning and 10 at night`: a part of the day settles all times before it.
    fn settle(&self, all: &mut [Reading], end: &mut usize) {
        let part = self.part_of_times(end);
        // `7 a.m. sharp`, `9:00 on the dot`.
        let sharp = ["sharp", "precisely", "exactly", "pünktlich"];
        *end += usize::from(self.any(*end, &sharp));
        *end += if self.all(*end, &["on", "the", "dot"]) { 3 } else { 0 };
        let Some(part) = part else { return };
        for reading in all.iter_mut().filter(|reading| reading.pm.is_none() && reading.hour <= 12) {
            reading.pm = half_at(part, reading.hour);
            reading.sure = true;
        }
    }

    /// `at seven every evening`: the part of the day that comes after the times.
    pub(super) fn settle_times(part: Part, times: &mut [Time]) {
        for time in times.iter_mut().filter(|time| (1..12).contains(&time.hour())) {
            if half(part, time.hour().unsigned_abs().into()) == Some(true)
                && let Ok(later) = time.with().hour(time.hour() + 12).build()
            {
                *time = later;
            }
        }
    }

    /// `in the evening`, `at night`, `abends`, `am Nachmittag` behind a time.
    pub(super) fn part_of_times(&self, end: &mut usize) -> Option<Part> {
        let mut at = *end;
        if self.any(at, &["in", "at", "am"]) {
            at += 1;
            if self.any(at, &["the", "der"]) {
                at += 1;
            }
        }
        let part = words::part(self.word(at)?)?;
        if matches!(part, Part::Noon | Part::Midnight) {
            return None;
        }
        *end = at + 1;
        Some(part)
    }

    fn bare_list_goes_on(&self, at: usize, after: usize) -> bool {
        // A number that counts something is no time: the next word is a noun we do not know.
        let counted = matches!(self.kind(after), Some(Kind::Word(_)))
            && !self.is_connector(after)
            && super::zones::named(self.word(after).unwrap_or_default()).is_none()
            && self.word(after).is_some_and(|word| word.len() < 4 || words::unit(word).is_some());
        !counted && self.num(at).is_some()
    }

    /// One time. `led`: a word such as `at` stands before, so that a bare number will do.
    pub(super) fn time(&self, at: usize, led: bool) -> Option<(Reading, usize)> {
        if let Some(found) = self.spoken(at, led).or_else(|| self.four_digits(at)) {
            return Some(found);
        }
        // `12 midnight`, `12 noon`, `null Uhr`.
        let twelve = self.num(at) == Some(12) || self.any(at, &["twelve", "zwölf"]);
        let same = at + 1 + usize::from(self.any(at + 1, &["o'clock", "o’clock", "uhr"]));
        match self.word(same).and_then(words::part).filter(|_| twelve) {
            Some(Part::Noon) => return Some((Reading::new(12, 0), same + 1)),
            Some(Part::Midnight) => return Some((Reading::new(0, 0), same + 1)),
            _ => {}
        }
        let zero = self.any(at, &["null", "zero"]) && self.any(at + 1, &["uhr", "hundred"]);
        let hour = self.num(at).or_else(|| {
            let word = self.word(at).filter(|_| led)?;
            if zero {
                return Some(0);
            }
            words::number(word).filter(|_| {
                self.any(at + 1, &["uhr"])
                    || word.len() > 2 && word != "ein" && !word.starts_with("eine")
            })
        })?;
        if hour > 24 {
            return None;
        }
        let mut end = at + 1;
        let mut reading = Reading { hour, minute: 0, second: 0, pm: None, sure: false };
        let minute =
            |at: usize| self.num(at).filter(|n| *n < 60 && self.glued(at) && self.len(at) == 2);
        if self.sign(end, ':') && self.glued(end) {
            reading.minute = minute(end + 1)?;
            reading.sure = true;
            end += 2;
            if self.sign(end, ':')
                && self.glued(end)
                && let Some(second) = minute(end + 1)
            {
                reading.second = second;
                end += 2;
            }
        } else if self.sign(end, '.')
            && self.glued(end)
            && let Some(minutes) = minute(end + 1)
            && (self.any(end + 2, &["uhr", "am", "pm", "h"]) || (led && !self.sign(end + 2, '.')))
        {
            reading.minute = minutes;
            reading.sure = true;
            end += 2;
        } else if self.any(end, &["h"])
            && self.glued(end)
            && let Some(minutes) = minute(end + 1)
        {
            reading.minute = minutes;
            reading.sure = true;
            return Some((reading, end + 2));
        }
        // `nine thirty`.
        if !reading.sure
            && self.num(at).is_none()
            && let Some((minutes, after)) = self.minute_words(end)
        {
            (reading.minute, reading.sure, end) = (minutes, true, after);
        }
        if let Some((pm, after)) = self.half_of_day(end)
            && hour <= 12 + u32::from(reading.minute > 0) * 11
        {
            reading.pm = (hour <= 12).then_some(pm);
            reading.sure = true;
            end = after;
        } else if self.any(end, &["uhr", "o'clock", "o’clock", "oclock", "hrs", "hours"])
            && (self.any(end, &["uhr", "o'clock", "o’clock", "oclock"]) || reading.sure)
        {
            let uhr = self.any(end, &["uhr"]);
            reading.sure = true;
            end += 1;
            if reading.minute == 0
                && uhr
                && let Some((minutes, after)) = self.minute_words(end)
            {
                (reading.minute, end) = (minutes, after);
            }
            if let Some(minutes) = self.num(end).filter(|n| *n < 60 && self.len(end) == 2)
                && reading.minute == 0
                && self.text_before_is(end, "uhr")
                && !self.sign(end + 1, '.')
                && self.word(end + 1).is_none_or(|word| words::unit(word).is_none())
            {
                reading.minute = minutes;
                end += 1;
            }
        } else if self.any(end, &["h"]) && led {
            reading.sure = true;
            end += 1;
        }
        if !reading.sure && !self.may_be_bare(at, end) {
            return None;
        }
        Some((reading, end))
    }

    /// `thirty`, `forty-five`, `fünfundvierzig`: minutes behind an hour.
    fn minute_words(&self, at: usize) -> Option<(u32, usize)> {
        let word = self.word(at)?;
        let mut minutes = words::number(word).filter(|n| (10..60).contains(n))?;
        let mut end = at + 1;
        let hyphen = usize::from(self.sign(end, '-'));
        if words::tens(word).is_some()
            && let Some(ones) = self.word(end + hyphen).and_then(words::number)
            && ones < 10
            && self.len(end + hyphen) > 2
        {
            minutes += ones;
            end += hyphen + 1;
        }
        let counts = self.word(end).is_some_and(|word| {
            words::unit(word).is_some() || words::month(word).is_some() || word == "times"
        });
        (!counts).then_some((minutes, end))
    }

    fn text_before_is(&self, at: usize, word: &str) -> bool {
        at > 0 && self.any(at - 1, &[word])
    }

    /// A bare number that nothing after it makes something else.
    fn may_be_bare(&self, at: usize, end: usize) -> bool {
        let unit = self.word(end).is_some_and(|word| {
            words::unit(word).is_some()
                || words::month(word).is_some()
                || matches!(
                    word,
                    "st" | "nd" | "rd" | "th" | "x" | "times" | "mal" | "percent" | "prozent" | "k"
                )
        });
        let glued = end < self.count()
            && self.glued(end)
            && !matches!(
                self.kind(end),
                Some(Kind::Sign(',' | ';' | '.' | ')' | '-' | '/' | '!' | '?'))
            );
        let decimal = self.sign(end, '.')
            && self.glued(end)
            && self.num(end + 1).is_some()
            && self.glued(end + 1);
        let ratio = self.sign(end, '%')
            || self.sign(end, '€')
            || self.sign(end, '$')
            || self.sign(end, '°');
        let ordinal = self.sign(end, '.') && self.glued(end) && self.and(end + 1);
        !(unit || glued || decimal || ratio || ordinal) && self.len(at) <= 6
    }

    /// `am`, `p.m.`, glued `a` and `p`. The German `am` needs a look at what follows.
    pub(super) fn half_of_day(&self, at: usize) -> Option<(bool, usize)> {
        let word = self.word(at)?;
        let german = |at: usize| {
            self.num(at).is_some()
                || self.word(at).is_some_and(|word| {
                    word.ends_with("tag")
                        || word.ends_with("tage")
                        || word.ends_with("abend")
                        || word.ends_with("en")
                        || words::part(word).is_some() && !matches!(word, "noon" | "midnight")
                })
        };
        match word {
            "am" if self.glued(at) || !german(at + 1) => Some((false, at + 1)),
            "pm" => Some((true, at + 1)),
            "a" | "p"
                if self.sign(at + 1, '.') && self.any(at + 2, &["m"]) && self.glued(at + 2) =>
            {
                let end = at + 3 + usize::from(self.sign(at + 3, '.') && self.glued(at + 3));
                Some((word == "p", end))
            }
            "a" | "p" if self.glued(at) => Some((word == "p", at + 1)),
            _ => None,
        }
    }

    /// `0600 hours`, `at 1800`.
    fn four_digits(&self, at: usize) -> Option<(Reading, usize)> {
        let number = self.num(at).filter(|_| self.len(at) == 4)?;
        let (hour, minute) = (number / 100, number % 100);
        let says = self.any(at + 1, &["hours", "hrs", "h", "uhr"]);
        // `at 2027` is no time.
        let year = (1970..2100).contains(&number) && minute != 0;
        let led = at > 0 && self.any(at - 1, &["at", "um"]) && self.may_be_bare(at, at + 1);
        ((says || led && !year) && hour < 24 && minute < 60)
            .then(|| (Reading::new(hour, minute), at + 1 + usize::from(says)))
    }
}
