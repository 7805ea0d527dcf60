//! Zones in a phrase: `Berlin time`, `UTC`, `(CET)`, `in Tokyo` behind a time, `Berliner Zeit`.

use super::draft::Draft;
use super::reader::Reader;
use super::token::Kind;
use super::words;
use super::zones;

/// Words before which a city is no zone: "at 9 London weather".
const NOUNS: &[&str] = &[
    "weather",
    "news",
    "office",
    "stock",
    "stocks",
    "team",
    "traffic",
    "rate",
    "rates",
    "store",
    "market",
    "wetter",
    "börse",
    "nachrichten",
    "filiale",
    "warehouse",
    "server",
    "sales",
    "branch",
    "underground",
    "marathon",
    "report",
];

impl Reader<'_> {
    /// `draft` has read times, days or an interval just before here.
    pub(super) fn zone(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.zone.is_some() {
            return None;
        }
        let (zone, end) = self.zone_at(at, !draft.times.is_empty() || draft.window.is_some())?;
        draft.zone = zone;
        Some(end)
    }

    /// The zone and where it ends; no zone for "local time", which is the workspace's.
    fn zone_at(&self, at: usize, after_time: bool) -> Option<(Option<String>, usize)> {
        let mut next = at;
        let bracket = self.sign(next, '(') || self.sign(next, '[');
        next += usize::from(bracket);
        let comma = at > 0 && self.sign(at - 1, ',');
        let mut led = bracket || comma;
        while self.any(
            next,
            &["in", "the", "nach", "timezone", "tz", "zone", "zeitzone", "at", "zeit", "time"],
        ) && next < at + 4
        {
            led |= self.any(next, &["nach", "timezone", "tz", "zone", "zeitzone"]);
            next += 1;
            next += usize::from(self.sign(next, ':'));
        }
        let preposition = next > at
            && self.any(next - 1, &["in", "the", "nach", "zeitzone", "timezone", "tz", "zone"]);
        let close = |end: usize| {
            let end = end + usize::from(self.any(end, &["time", "timezone", "zeit", "uhrzeit"]));
            if bracket {
                (self.sign(end, ')') || self.sign(end, ']')).then_some(end + 1)
            } else {
                Some(end)
            }
        };
        if let Some((zone, end)) = self.iana_at(next) {
            return Some((Some(zone.to_owned()), close(end)?));
        }
        if let Some((zone, end)) = self.offset(next) {
            return Some((Some(zone), close(end)?));
        }
        if self.any(next, &["local", "lokaler", "ortszeit", "our", "my", "server"])
            && (self.any(next, &["ortszeit"]) || self.any(next + 1, &["time", "zeit", "timezone"]))
        {
            let end = if self.any(next, &["ortszeit"]) { next + 1 } else { next + 2 };
            return Some((None, if bracket { close(end)? } else { end }));
        }
        if let Some(zone) = self.word(next).and_then(zones::whole) {
            return Some((Some(zone.to_owned()), close(next + 1)?));
        }
        for length in (1..=zones::MOST_WORDS).rev() {
            let Some(name) = self.name(next, length) else { continue };
            let end = next + length;
            let mut behind = end;
            if self.any(behind, &["standard", "daylight", "summer", "winter"]) {
                behind += 1;
            }
            let says_time = self.any(behind, &["time", "timezone", "zeit", "uhrzeit", "tz"]);
            if says_time
                && let Some(zone) = zones::named(&name)
                    .or_else(|| zones::place(&name))
                    .or_else(|| zones::of_inhabitant(&name))
            {
                return Some((Some(zone.to_owned()), close(behind)?));
            }
            // `9am Eastern`, `8:00 US Pacific`.
            let clause = matches!(
                self.kind(end),
                None | Some(Kind::Sign(',' | ';' | '.' | ')' | ':' | '-'))
            );
            if after_time
                && (name.ends_with("eastern")
                    || name.ends_with("pacific")
                    || name.starts_with("us ")
                    || (clause && (name.ends_with("central") || name.ends_with("mountain"))))
                && let Some(zone) = zones::named(&name)
            {
                return Some((Some(zone.to_owned()), close(end)?));
            }
            // `UTC`, `CET`: an abbreviation says that itself, in capitals when it could be a word.
            if length == 1
                && let Some(zone) = zones::named(&name)
                && name.len() <= 4
                && (self.upper(next)
                    || matches!(
                        name.as_str(),
                        "utc"
                            | "gmt"
                            | "cet"
                            | "cest"
                            | "mez"
                            | "mesz"
                            | "edt"
                            | "pst"
                            | "pdt"
                            | "jst"
                    ))
                && (after_time || led || name.len() >= 3)
            {
                return Some((Some(zone.to_owned()), close(end)?));
            }
            if let Some(zone) = zones::place(&name) {
                let after = self.kind(end);
                let noun = self.word(end).is_some_and(|word| NOUNS.contains(&word))
                    || self.any(end, &["'s"]);
                let glued = end < self.count()
                    && self.glued(end)
                    && matches!(after, Some(Kind::Sign('.' | '-' | '/' | '\'')) if self.glued(end + 1));
                // `, Tokyo,` beside days or a time; a name in lower case only right behind a time.
                let ends = matches!(
                    after,
                    None | Some(Kind::Sign(',' | ';' | '.' | ')' | ':' | '-' | ']') | Kind::Opaque)
                );
                let cased = self.capital(next) || length > 1 || name.len() > 3;
                let position = bracket
                    || (after_time && !comma)
                    || (comma && ends)
                    || (preposition && after_time);
                if position
                    && cased
                    && !noun
                    && !glued
                    && name != "nice"
                    && (name.len() > 2 || self.upper(next))
                {
                    return Some((Some(zone.to_owned()), close(end)?));
                }
            }
        }
        None
    }

    /// That many words as a name in lower case.
    fn name(&self, at: usize, length: usize) -> Option<String> {
        let mut name = String::new();
        for index in at..at + length {
            if index > at {
                name.push(' ');
            }
            name.push_str(self.word(index)?);
        }
        Some(name)
    }

    /// `Europe/Berlin`, which the tokens have in pieces.
    fn iana_at(&self, at: usize) -> Option<(&'static str, usize)> {
        self.word(at)?;
        if !self.sign(at + 1, '/') {
            return None;
        }
        let text = self.rest(at);
        let length = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+')))
            .unwrap_or(text.len());
        let zone = zones::iana(&text[..length])?;
        Some((zone, self.token_from(at, length)))
    }

    /// `UTC+2`, `GMT-5`, `UTC+05:30`.
    fn offset(&self, at: usize) -> Option<(String, usize)> {
        if !self.any(at, &["utc", "gmt"]) {
            return None;
        }
        let east = match self.kind(at + 1)? {
            Kind::Sign('+') => true,
            Kind::Sign('-') => false,
            _ => return None,
        };
        let hours = self.num(at + 2).filter(|hours| *hours <= 14 && self.glued(at + 2))?;
        let more = self.num(at + 4).filter(|_| self.sign(at + 3, ':') && self.glued(at + 4));
        let end = at + if more.is_some() { 5 } else { 3 };
        let minutes = more.unwrap_or(0);
        if minutes != 0 {
            return Some((zones::of_offset(east, hours, minutes)?.to_owned(), end));
        }
        // The signs of these names are turned round.
        let sign = if east { '-' } else { '+' };
        let zone = if hours == 0 { "UTC".to_owned() } else { format!("Etc/GMT{sign}{hours}") };
        Some((zone, end))
    }

    /// Whether the word has no small letter.
    fn upper(&self, at: usize) -> bool {
        self.source(at).chars().all(char::is_uppercase)
    }

    /// `In Tokyo at 9:00`, `In Berlin täglich um 9` at the beginning of a clause.
    pub(super) fn leading_zone(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let begins = at == 0
            || matches!(self.kind(at - 1), Some(Kind::Sign('.' | ';' | ':') | Kind::Opaque));
        if !begins || !self.any(at, &["in"]) {
            return None;
        }
        let (zone, end) = self.zone_at(at, true)?;
        let next = end + usize::from(self.sign(end, ','));
        let mut trial = Draft::default();
        let follows = self
            .times(next, &mut trial)
            .or_else(|| self.repetition(next, &mut trial))
            .or_else(|| self.weekdays(next, &mut trial, false))
            .is_some();
        if !follows || trial.adjective {
            return None;
        }
        draft.zone = zone;
        Some(end)
    }

    /// Whether a zone stands here on its own: for pieces apart from their time.
    pub(super) fn lone_zone(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let says = (1..=zones::MOST_WORDS).any(|length| self.any(at + length, &["time", "zeit"]))
            || (self.upper(at) && self.word(at).and_then(zones::named).is_some())
            || self.any(at, &["timezone", "tz", "zeitzone"])
            || self.iana_at(at).is_some();
        let lone = says && words::unit(self.word(at)?).is_none();
        if !lone {
            return None;
        }
        // Without a time before it, a city alone is not enough: only names that say `time`.
        self.zone(at, draft)
    }
}
