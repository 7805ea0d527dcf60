//! The same days again in other words: `weekdays (Mon-Fri)`, `am Wochenende, also Samstag und
//! Sonntag`; and words that take nothing away: `including weekends`, `around the clock`.

use super::days::WORKDAYS;
use super::draft::Draft;
use super::reader::Reader;
use super::words::{self, Unit};

/// All of the week.
const ALL: u8 = 0b111_1111;

/// All day long.
const ROUND: &[&[&str]] = &[
    &["around", "the", "clock"],
    &["round", "the", "clock"],
    &["all", "day", "long"],
    &["all", "day"],
    &["day", "and", "night"],
    &["the", "whole", "day"],
    &["all", "year", "round"],
    &["all", "year"],
    &["rund", "um", "die", "uhr"],
    &["den", "ganzen", "tag", "lang"],
    &["den", "ganzen", "tag", "über"],
    &["den", "ganzen", "tag"],
    &["tag", "und", "nacht"],
    &["ganztägig"],
    &["ganzjährig"],
    &["das", "ganze", "jahr"],
    &["das", "ganze", "jahr", "über"],
];

/// Parts of a day that hours make exact.
const DURING: &[&[&str]] = &[
    &["during", "the", "day"],
    &["during", "the", "night"],
    &["during", "daytime"],
    &["at", "night"],
    &["overnight"],
    &["tagsüber"],
    &["nachts"],
    &["in", "der", "nacht"],
    &["am", "tag"],
    &["am", "tage"],
    &["über", "nacht"],
];

/// Words before days that belong as well.
const WITH: &[&[&str]] = &[
    &["including"],
    &["incl"],
    &["inclusive", "of"],
    &["even"],
    &["also"],
    &["as", "well", "as"],
    &["einschließlich"],
    &["inklusive"],
    &["inkl"],
    &["auch"],
    &["selbst"],
    &["sogar"],
];

impl Reader<'_> {
    /// `i.e.`, `that is`, `d. h.`, `das heißt`: the same again in other words.
    pub(super) fn restating(&self, at: usize) -> Option<usize> {
        let dotted = |first: &str, second: &str| {
            self.any(at, &[first])
                && self.sign(at + 1, '.')
                && self.any(at + 2, &[second])
                && self.sign(at + 3, '.')
        };
        let end = if dotted("i", "e") || dotted("d", "h") {
            at + 4
        } else if self.any(
            at,
            &["namely", "nämlich", "also", "ie", "meaning", "sprich", "so", "that's", "that’s"],
        ) {
            at + 1
        } else if self.any(at, &["that", "which", "das", "und", "and"])
            && self.any(at + 1, &["is", "means", "heißt", "heisst", "zwar", "sind", "so"])
        {
            at + 2
        } else if self.any(at, &["in"]) && self.any(at + 1, &["other"]) {
            self.any(at + 2, &["words"]).then_some(at + 3)?
        } else {
            return None;
        };
        Some(end + usize::from(self.sign(end, ',') || self.sign(end, ':')))
    }

    /// `(Mon-Fri)`, `, that is Monday to Friday,`, `von Montag bis Freitag` behind `weekdays`.
    pub(super) fn restated(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let counted = !draft.workdays.is_empty();
        let known = if counted { WORKDAYS } else { draft.weekdays };
        if known == 0 {
            return None;
        }
        let mut next = at + usize::from(self.sign(at, ',') || self.sign(at, '-'));
        let bracket = self.opens(next);
        next += usize::from(bracket);
        let said = self.restating(next);
        next = said.unwrap_or(next);
        let led = next;
        while self.any(next, &["from", "von", "on", "am", "an", "both", "the", "jeweils", "immer"])
            && next < led + 2
        {
            next += 1;
        }
        let (set, mut end) = self.weekday_set(next).filter(|_| next > at)?;
        let surely = bracket && self.closes(end) || said.is_some();
        // Behind a name that people understand in several ways the days themselves count.
        let named = known == WORKDAYS || known == 0b100_0001;
        if set.bits != known && !(surely && named && !self.any(end, &["to", "bis"])) {
            return None;
        }
        if set.bits != known && counted {
            draft.weekdays = set.bits;
            draft.positions.append(&mut draft.workdays);
        } else if set.bits != known {
            draft.weekdays = set.bits;
        }
        end += usize::from(bracket && self.closes(end));
        Some(end)
    }

    /// `including weekends`, `auch am Wochenende`, `holidays included`, `around the clock`.
    pub(super) fn with_all(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if !draft.repeats {
            return None;
        }
        let bracket = self.opens(at);
        let next = at + usize::from(bracket);
        let close = |end: usize| end + usize::from(bracket && self.closes(end));
        let listed = |list: &&[&[&str]]| {
            let found = list.iter().filter(|words| self.all(next, words));
            found.map(|words| next + words.len()).max()
        };
        if let Some(end) = listed(&ROUND) {
            return Some(close(end));
        }
        if self.num(next) == Some(24) && self.sign(next + 1, '/') && self.num(next + 2) == Some(7) {
            return Some(close(next + 3));
        }
        // `during the night from 23:00 to 5:00`.
        if let Some(end) = listed(&DURING) {
            let window = end + usize::from(self.sign(end, ','));
            let mut trial = Draft { every: vec![(1, Unit::Hour)], ..Draft::default() };
            let said = draft.window.is_some() || self.window(window, &mut trial).is_some();
            return (said && draft.within_day()).then_some(close(end));
        }
        let led = listed(&WITH);
        let mut days = led.unwrap_or(next);
        days += usize::from(self.sign(days, '.'));
        while self.any(days, &["on", "at", "am", "an", "the", "den", "of"]) && days < next + 5 {
            days += 1;
        }
        let (bits, mut end) = match self.holidays(days) {
            Some(end) => (0, end),
            None => {
                let (set, end) = self.weekday_set(days)?;
                (set.bits, end)
            }
        };
        let behind = self.any(
            end,
            &["included", "inbegriffen", "eingeschlossen", "inklusive", "inclusive", "too"],
        );
        end += usize::from(behind);
        if !(led.is_some() || behind) {
            return None;
        }
        if draft.weekdays != 0 {
            draft.weekdays |= bits;
            // All of them is every day.
            if draft.weekdays == ALL && draft.every.is_empty() {
                draft.weekdays = 0;
                draft.every.push((1, Unit::Day));
            }
        }
        Some(close(end))
    }

    /// `seven days a week`, `day after day`, `Tag für Tag`.
    pub(super) fn all_days(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        const ALWAYS: &[&[&str]] = &[
            &["day", "after", "day"],
            &["day", "by", "day"],
            &["day", "in", "day", "out"],
            &["day", "in", "and", "day", "out"],
            &["tag", "für", "tag"],
            &["tag", "ein", "tag", "aus"],
            &["all", "days", "of", "the", "week"],
            &["an", "allen", "tagen"],
            &["an", "allen", "tagen", "der", "woche"],
            &["an", "allen", "sieben", "tagen", "der", "woche"],
            &["on", "all", "seven", "days"],
            &["on", "all", "days"],
        ];
        let mut end = ALWAYS.iter().filter(|words| self.all(at, words)).map(|w| at + w.len()).max();
        let count = self.num(at).or_else(|| words::number(self.word(at)?));
        if count == Some(7) && self.any(at + 1, &["days", "tage"]) {
            let week = at + 3 + usize::from(self.any(at + 3, &["der"]));
            let led = self.any(at + 2, &["a", "per", "in", "die", "pro", "each", "every"]);
            end = (led && self.any(week, &["week", "woche"])).then_some(week + 1);
        }
        if count == Some(365) && self.any(at + 1, &["days", "tage"]) {
            let led = self.any(at + 2, &["a", "per", "im", "pro"]);
            end = (led && self.any(at + 3, &["year", "jahr"])).then_some(at + 4);
        }
        let months = self.any(at, &["in"])
            && self.any(at + 1, &["all", "allen"])
            && self.any(at + 2, &["months", "monaten"]);
        if months && draft.every.is_empty() {
            draft.every.push((1, Unit::Month));
            draft.repeats = true;
            return Some(at + 3);
        }
        let end = end?;
        if draft.every.is_empty() && draft.weekdays == 0 {
            draft.every.push((1, Unit::Day));
        }
        draft.repeats = true;
        Some(end)
    }

    pub(super) fn opens(&self, at: usize) -> bool {
        self.sign(at, '(') || self.sign(at, '[')
    }

    pub(super) fn closes(&self, at: usize) -> bool {
        self.sign(at, ')') || self.sign(at, ']')
    }
}
