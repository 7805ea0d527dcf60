//! Words that mean a time but give none: impossible clocks, the past, unknown zones, vague words.

use super::draft::Draft;
use super::problem::Problem;
use super::reader::Reader;
use super::token::Kind;
use super::{words, zones};

/// Words before `time` that name no zone.
const NO_ZONE: &[&str] = &[
    "every", "this", "next", "first", "same", "one", "another", "real", "full", "part", "any",
    "each", "all", "last", "long", "the", "a", "of", "that", "at", "in", "and", "local", "server",
    "current", "run", "no", "our", "my", "your", "second", "third", "some", "response", "start",
    "end", "it", "to", "on", "or", "jede", "jeder", "erste", "letzte", "gleicher", "selben",
    "dieser", "langer", "kurzer", "einiger", "aller", "seiner", "ihrer", "unserer", "their", "his",
    "her", "which", "what",
];

const VAGUE: &[&[&str]] = &[
    &["sometimes"],
    &["occasionally"],
    &["sometime"],
    &["at", "any", "time"],
    &["at", "random", "times"],
    &["zu", "zufälligen", "zeiten"],
    &["irgendwann", "mal"],
    &["regularly"],
    &["periodically"],
    &["from", "time", "to", "time"],
    &["every", "now", "and", "then"],
    &["now", "and", "then"],
    &["every", "so", "often"],
    &["once", "in", "a", "while"],
    &["every", "once", "in", "a", "while"],
    &["every", "few", "minutes"],
    &["every", "few", "hours"],
    &["every", "few", "days"],
    &["alle", "paar", "minuten"],
    &["alle", "paar", "stunden"],
    &["alle", "paar", "tage"],
    &["ab", "und", "zu"],
    &["ab", "und", "an"],
    &["hin", "und", "wieder"],
    &["von", "zeit", "zu", "zeit"],
    &["gelegentlich"],
    &["regelmäßig"],
    &["regelmässig"],
    &["manchmal"],
    &["irgendwann"],
    &["demnächst"],
    &["at", "some", "point"],
    &["alle", "jubeljahre"],
    &["in", "regelmäßigen", "abständen"],
];

impl Reader<'_> {
    /// A piece of text that means a time and gives none. `behind`: a time phrase ends just before.
    pub(super) fn trouble(&self, at: usize, behind: bool) -> Option<(Problem, usize)> {
        self.impossible_clock(at, behind)
            .or_else(|| self.impossible_date(at))
            .or_else(|| self.yesterday(at))
            .or_else(|| self.sun(at))
            .or_else(|| self.zero(at))
            .or_else(|| self.several_times(at))
            .or_else(|| self.near_time(at))
            .or_else(|| self.fiscal(at))
            .or_else(|| {
                let words = VAGUE.iter().filter(|words| self.all(at, words));
                let end = at + words.map(|words| words.len()).max()?;
                Some((Problem::Vague(self.words(at, end)), end))
            })
    }

    pub(super) fn all(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.any(at + offset, &[word]))
    }

    /// The text of these tokens.
    pub(super) fn words(&self, from: usize, to: usize) -> String {
        self.between(from, to).to_owned()
    }

    /// `25:00`, `at 12:75`, `13pm`, `25 Uhr`.
    fn impossible_clock(&self, at: usize, behind: bool) -> Option<(Problem, usize)> {
        let led = self.any(at, &["at", "um", "gegen"]) || self.sign(at, '@');
        let next = at + usize::from(led);
        let hour = self.num(next).filter(|_| self.len(next) <= 2)?;
        if self.glued(next) && !self.sign(next.wrapping_sub(1), '@') {
            return None;
        }
        let mut end = next + 1;
        let mut wrong = false;
        let mut sure = led || behind;
        if self.sign(end, ':') && self.glued(end) {
            let minute = self.num(end + 1).filter(|_| self.glued(end + 1))?;
            if self.len(end + 1) != 2 {
                return None;
            }
            wrong = minute > 59 || hour > 24 || (hour == 24 && minute > 0);
            end += 2;
        }
        if self.any(end, &["uhr", "o'clock", "o’clock"]) {
            (wrong, sure, end) = (wrong || hour > 24, true, end + 1);
            if let Some(minute) = self.num(end).filter(|minute| (60..100).contains(minute)) {
                wrong |= minute > 59 && self.len(end) == 2;
                end += usize::from(wrong);
            }
        } else if self.any(end, &["am", "pm"]) && (self.glued(end) || led) {
            (wrong, sure, end) =
                (wrong || hour > 23 || (hour > 12 && end == next + 1), true, end + 1);
        }
        (wrong && sure).then(|| (Problem::Clock(self.words(next, end)), end))
    }

    /// `32 January`, `January 45th`, `40. Mai`.
    fn impossible_date(&self, at: usize) -> Option<(Problem, usize)> {
        let next = at + usize::from(self.any(at, &["on", "am", "the"]));
        let day = |at: usize| self.num(at).filter(|day| (32..100).contains(day));
        if day(next).is_some() {
            let mut month = next + 1;
            month +=
                usize::from(self.any(month, &["st", "nd", "rd", "th"]) || self.sign(month, '.'));
            month += usize::from(self.any(month, &["of"]));
            if let Some((_, end)) = self.of_month(next + 2).filter(|_| month > next + 1) {
                return Some((Problem::Date(self.words(next, end)), end));
            }
            words::month(self.word(month)?)?;
            // `45 May flowers` counts.
            if month == next + 1 && next == at {
                return None;
            }
            return Some((Problem::Date(self.words(next, month + 1)), month + 1));
        }
        words::month(self.word(next)?)?;
        let led = next > at && day(next + 1).is_some();
        let ordinal = self.any(next + 2, &["st", "nd", "rd", "th"]) && day(next + 1).is_some();
        (led || ordinal).then(|| {
            let end = next + 2 + usize::from(ordinal);
            (Problem::Date(self.words(next, end)), end)
        })
    }

    /// `yesterday at 9`, `last Monday at 9`.
    fn yesterday(&self, at: usize) -> Option<(Problem, usize)> {
        if !self.any(at, &["yesterday", "gestern", "vorgestern"]) {
            return None;
        }
        let end = self.times(at + 1, &mut Draft::default())?;
        Some((Problem::Past(self.words(at, end)), end))
    }

    /// `at sunrise`, `bei Sonnenuntergang`.
    fn sun(&self, at: usize) -> Option<(Problem, usize)> {
        let led = self.any(at, &["at", "bei", "zum", "before", "after", "vor", "nach", "every"]);
        let next = at + usize::from(led);
        let next = next + usize::from(self.any(next, &["every", "the", "jedem"]));
        (led && self
            .any(next, &["sunrise", "sunset", "dawn", "dusk", "sonnenaufgang", "sonnenuntergang"]))
        .then(|| (Problem::Sun(self.words(next, next + 1)), next + 1))
    }

    /// `several times a day`, `mehrmals pro Woche`.
    fn several_times(&self, at: usize) -> Option<(Problem, usize)> {
        let next = if self.any(at, &["mehrmals", "öfter"]) {
            at + 1
        } else {
            let many = at + usize::from(self.any(at, &["a"]));
            let times = self.any(many, &["several", "few", "many", "multiple"])
                && self.any(many + 1, &["times"]);
            times.then_some(many + 2)?
        };
        if self.word(next).and_then(words::adverb).is_some() {
            return Some((Problem::Vague(self.words(at, next + 1)), next + 1));
        }
        let led = self.any(next, &["a", "per", "pro", "am", "im", "in", "die", "each", "every"]);
        let unit = next + 1 + usize::from(self.any(next + 1, &["der", "the"]));
        (led && self.word(unit).and_then(words::unit).is_some())
            .then(|| (Problem::Vague(self.words(at, unit + 1)), unit + 1))
    }

    /// `shortly before midnight`, `kurz nach acht`: no clock can be read off that.
    fn near_time(&self, at: usize) -> Option<(Problem, usize)> {
        let next = at + usize::from(self.any(at, &["at", "um"]));
        let near = self.any(next, &["shortly", "just", "right", "kurz", "knapp", "gleich"])
            && self.any(next + 1, &["before", "after", "vor", "nach"]);
        if !near {
            return None;
        }
        let (time, end) = self.time(next + 2, true)?;
        let german = self.any(next, &["kurz", "knapp", "gleich"]) && !self.capital(end);
        (time.sure || german || self.is_closed(end))
            .then(|| (Problem::Near(self.words(next, end)), end))
    }

    /// `fiscal quarter`, `Geschäftsjahr`.
    fn fiscal(&self, at: usize) -> Option<(Problem, usize)> {
        let two = self.any(at, &["fiscal", "financial", "tax"])
            && self.any(at + 1, &["year", "quarter", "month", "years", "quarters"]);
        let german = [
            "geschäftsjahr",
            "geschäftsjahres",
            "wirtschaftsjahr",
            "wirtschaftsjahres",
            "geschäftsquartal",
            "geschäftsquartals",
            "fiskalquartal",
            "fiskaljahres",
        ];
        let before = ["of", "every", "each", "des", "jedes", "jeden", "im", "the", "per", "in"];
        let led = at > 0 && self.any(at - 1, &before);
        let end = at + if two { 2 } else { 1 };
        ((two || self.any(at, &german)) && led).then(|| (Problem::Fiscal(self.words(at, end)), end))
    }

    /// `every 0 minutes`.
    fn zero(&self, at: usize) -> Option<(Problem, usize)> {
        let every = self.word(at).is_some_and(words::is_every);
        if every
            && self.sign(at + 1, '-')
            && self.num(at + 2).is_some()
            && self.word(at + 3).and_then(words::unit).is_some()
        {
            return Some((Problem::Zero, at + 4));
        }
        let zero = self.num(at + 1) == Some(0) || self.any(at + 1, &["zero", "null"]);
        (every && zero && self.word(at + 2).and_then(words::unit).is_some())
            .then_some((Problem::Zero, at + 3))
    }

    /// `9am Atlantis time`, `um 9 Uhr Schlumpfhausener Zeit`, `, Zeitzone Europe/Berlni`.
    pub(super) fn unknown_zone(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let timed = !draft.times.is_empty() || draft.window.is_some();
        if draft.zone.is_some() || draft.problem.is_some() || !(timed || draft.repeats) {
            return None;
        }
        let bracket = self.sign(at, '(');
        let mut next = at + usize::from(bracket);
        let says = &["timezone", "tz", "zone", "zeitzone"];
        while self.any(next, &["in", "the", "der", "time"]) && next < at + 4 {
            next += 1;
        }
        let led = self.any(next, says);
        next += usize::from(led);
        next += usize::from(led && self.sign(next, ':'));
        let first = next;
        if let Some(end) = self.slashed(first) {
            let end = end + usize::from(self.any(end, says) || self.any(end, &["time"]));
            return self.no_zone(first, end, bracket, draft);
        }
        if led && matches!(self.kind(first), Some(Kind::Word(_))) && !self.is_connector(first) {
            return self.no_zone(first, first + 1, bracket, draft);
        }
        // `Middle-earth time`.
        if self.kind(first) == Some(&Kind::Opaque)
            && timed
            && self.any(first + 1, &["time", "timezone", "zeit"])
            && self.source(first).starts_with(char::is_uppercase)
        {
            return self.no_zone(first, first + 2, bracket, draft);
        }
        // `9 Uhr Mondzeit`.
        if timed
            && self.capital(first)
            && self.word(first).is_some_and(|word| {
                let stem = word.strip_suffix("zeit").unwrap_or_default();
                stem.len() > 2
                    && !matches!(
                        stem,
                        "uhr"
                            | "orts"
                            | "lauf"
                            | "warte"
                            | "sommer"
                            | "winter"
                            | "mittags"
                            | "frei"
                            | "mahl"
                            | "arbeits"
                            | "geschäfts"
                            | "tages"
                            | "normal"
                            | "jahres"
                            | "haupt"
                            | "neben"
                            | "schul"
                            | "ferien"
                            | "saison"
                    )
            })
        {
            return self.no_zone(first, first + 1, bracket, draft);
        }
        for length in 1..=3 {
            let last = first + length - 1;
            let Some(word) = self.word(last) else { break };
            if NO_ZONE.contains(&word)
                || words::is_every(word)
                || words::unit(word).is_some()
                || self.weekday_set(last).is_some()
                || words::part(word).is_some()
                || words::adverb(word).is_some()
            {
                break;
            }
            let hyphen = usize::from(self.sign(last + 1, '-'));
            let clock = self.any(last + 1 + hyphen, &["time", "timezone", "zeit"])
                || self.word(last + 1).is_some_and(|next| {
                    next.len() > 6
                        && next.ends_with("zeit")
                        && word.ends_with("er")
                        && !matches!(next, "uhrzeit" | "ortszeit" | "laufzeit" | "wartezeit")
                });
            let named = self.capital(first) || length == 1 || word.ends_with("er");
            if clock && named && (timed || self.capital(first)) {
                return self.no_zone(first, last + 2 + hyphen, bracket, draft);
            }
        }
        None
    }

    fn no_zone(&self, from: usize, to: usize, bracket: bool, draft: &mut Draft) -> Option<usize> {
        let said = self.words(from, to);
        let bare = ["time", "timezone", "zeit", "zone", "zeitzone", "tz"].iter().find_map(|tail| {
            let low = said.to_lowercase();
            let kept = low.strip_suffix(tail)?.trim_end_matches([' ', '-']).len();
            said.get(..kept)
        });
        let bare = bare.unwrap_or(&said).to_owned();
        let near = zones::near(&bare);
        draft.problem = Some(Problem::Zone { said: bare, near });
        Some(to + usize::from(bracket && self.sign(to, ')')))
    }

    /// `Europe/Berlni`: two capitalised words and a slash.
    fn slashed(&self, at: usize) -> Option<usize> {
        let region = matches!(
            self.word(at)?,
            "africa"
                | "america"
                | "antarctica"
                | "asia"
                | "atlantic"
                | "australia"
                | "europe"
                | "indian"
                | "pacific"
                | "etc"
        );
        if !(region && self.sign(at + 1, '/') && self.glued(at + 1) && self.glued(at + 2)) {
            return None;
        }
        self.word(at + 2)?;
        let mut end = at + 3;
        while self.glued(end)
            && (self.sign(end, '_') || self.sign(end, '/') || self.sign(end, '-'))
            && self.glued(end + 1)
        {
            end += 2;
        }
        Some(end)
    }
}
