//! Time phrases in English and German sentences: when something shall happen, and how long to wait.
//!
//! A sentence becomes tokens ([`token`]); from each place the grammar ([`grammar`], [`clock`],
//! [`days`], [`place`]) reads as many pieces of one phrase as stand together into a [`Draft`]; pieces
//! that stand apart in one sentence ("every weekday send … at 9") are joined; [`build`] makes the
//! shortest schedule of each. A text that describes a pattern field by field is read by [`fields`]. Everything that the text did not say is listed in `assumed`.
//!
//! Invariant: deterministic, no clock, and linear in the length of the text. Words inside quotes,
//! addresses and slugs are never read as times.

mod build;
mod clock;
mod dates;
mod days;
mod draft;
mod every;
mod fields;
mod grammar;
mod limits;
mod minutes;
mod month;
mod note;
mod nth;
mod place;
mod problem;
mod reader;
mod repetition;
mod restate;
mod span;
mod spoken;
mod token;
mod trouble;
mod whole;
mod window;
mod words;
mod zones;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::time::Duration;

use codex32_model::definition::ScheduleTrigger;
use jiff::civil::{Date, Time};

use draft::Draft;
pub use note::Note;
pub use problem::Problem;
use reader::Reader;
use token::{Kind, Token};
pub use whole::{NoTrigger, Whole, spelled, whole};
pub use words::{Part, Unit};

/// Text past this many bytes is not read.
pub const MOST_TEXT: usize = 200_000;

/// A piece of a sentence that says when or how long.
#[derive(Debug, Clone, PartialEq)]
pub struct TimePhrase {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Other places of the text that belong to it: the `at 9` of "every weekday send … at 9".
    pub more: Vec<Range<usize>>,
    pub meaning: Meaning,
    /// The IANA zone that the text names, if it names one.
    pub zone: Option<String>,
    /// What the text left open and was filled in.
    pub assumed: Vec<Note>,
    /// What is needed and was not said, or cannot be known without today's date.
    pub missing: Vec<Missing>,
    /// Why it cannot be used as it is.
    pub problem: Option<Problem>,
    /// It may be no schedule at all: "append it to a weekly digest", "on Monday", "at 9am" alone.
    pub weak: bool,
}

impl TimePhrase {
    fn plain(range: Range<usize>, meaning: Meaning) -> Self {
        let (more, assumed, missing) = (Vec::new(), Vec::new(), Vec::new());
        Self { range, more, meaning, zone: None, assumed, missing, problem: None, weak: false }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A trigger; its `timezone` is the phrase's zone.
    Schedule(Box<ScheduleTrigger>),
    /// "wait 3 days", "older than 90 days": the lead tells which.
    Duration { span: Duration, lead: Lead },
    /// "tomorrow at 9", "on 1 March 2027".
    Instant(Instant),
    /// Hours without a schedule: "between 9 and 17".
    Window { from: Time, to: Time },
    /// A time was meant, and there is none: see the phrase's problem.
    Nothing,
}

/// One point in time. `at` is there when the text, or the text and today's date, say all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Instant {
    pub date: Option<Date>,
    pub time: Option<Time>,
}

impl Instant {
    /// As `once:` and `wait: {until}` take it.
    pub fn civil(&self) -> Option<String> {
        let (date, time) = (self.date?, self.time?);
        Some(format!("{date}T{:02}:{:02}", time.hour(), time.minute()))
    }
}

/// The word before a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// "wait", "pause", "sleep", "delay": an order to wait.
    Wait,
    /// "after 15 minutes".
    After,
    /// "in 10 minutes".
    In,
    /// "within ten minutes", "innerhalb".
    Within,
    /// "for 3 days".
    For,
    /// "3 days before".
    Before,
    /// "3 days later".
    Later,
    /// "older than 90 days", "the last 7 days": a value, never a wait.
    Age,
    /// Nothing that tells.
    Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The text counts from today ("starting tomorrow") or leaves out a year.
    Today,
    /// An instant without a time of day.
    TimeOfDay,
}

/// All time phrases of a text, in its order. Relative dates stay open; see [`find_on`].
pub fn find(text: &str) -> Vec<TimePhrase> {
    find_on(text, None)
}

/// The same when today's date in the workspace's zone is known.
pub fn find_on(text: &str, today: Option<Date>) -> Vec<TimePhrase> {
    let mut most = text.len().min(MOST_TEXT);
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    let text = &text[..most];
    let tokens = token::tokens(text);
    let reader = Reader::new(text, &tokens);
    if let Some(rule) = reader.fields() {
        return vec![TimePhrase::plain(0..text.len(), build::described(rule))];
    }
    let mut drafts: Vec<Draft> = Vec::new();
    let mut out = Vec::new();
    let mut at = 0;
    let mut sentence = 0;
    // Where the last schedule ended, and whether it repeats: "each Monday at 8 and Wednesday at 9".
    let mut before = (0, false);
    while at < tokens.len() {
        if ends_sentence(&tokens, at) {
            sentence += 1;
        }
        let behind = at > 0 && before.0 == at;
        if let Some((problem, end)) = reader.trouble(at, behind) {
            let range = tokens[at].range.start..tokens[end - 1].range.end;
            let mut phrase = TimePhrase::plain(range, Meaning::Nothing);
            phrase.problem = Some(problem);
            out.push(phrase);
            at = end;
            continue;
        }
        // "Werktage sind Montag bis Freitag": said, and no schedule.
        if let Some((usual, end)) = reader.workdays_said(at) {
            let range = tokens[at].range.start..tokens[end - 1].range.end;
            let mut phrase = TimePhrase::plain(range, Meaning::Nothing);
            phrase.problem = (!usual).then_some(Problem::Exception);
            out.push(phrase);
            at = end;
            continue;
        }
        let mut draft = Draft { sentence, ..Draft::default() };
        if let Some(end) = reader.phrase(at, &mut draft) {
            draft.range = tokens[at].range.start..tokens[end - 1].range.end;
            let joined = at > 0 && reader.and(at - 1) && before == (at - 1, true);
            draft.repeats |= joined && draft.weekdays != 0;
            before = (end, draft.repeats);
            drafts.push(draft);
            at = end;
        } else if let Some((time, end)) = reader.until_time(at) {
            let range = tokens[at].range.start..tokens[end - 1].range.end;
            let meaning = Meaning::Instant(Instant { date: None, time: Some(time) });
            out.push(TimePhrase::plain(range, meaning));
            at = end;
        } else if let Some((span, end)) = reader.duration(at) {
            let range = tokens[at].range.start..tokens[end - 1].range.end;
            let meaning = Meaning::Duration { span: span.span, lead: span.lead };
            out.push(TimePhrase::plain(range, meaning));
            at = end;
        } else {
            at += 1;
        }
    }
    let drafts = draft::join(drafts).into_iter().flat_map(draft::each_date);
    out.extend(drafts.filter_map(|draft| build::phrase(draft, today)));
    let sure = |phrase: &TimePhrase| !phrase.weak && matches!(phrase.meaning, Meaning::Schedule(_));
    if out.iter().any(sure) {
        out.retain(|phrase| !phrase.weak || !matches!(phrase.meaning, Meaning::Schedule(_)));
    }
    out.sort_by_key(|phrase| phrase.range.start);
    out
}

/// Whether the word, in lower case, names a month.
pub fn is_month(word: &str) -> bool {
    words::month(word).is_some()
}

/// The zone of that name: an IANA name, a city, an abbreviation.
pub fn zone(name: &str) -> Option<String> {
    let low = name.trim().to_lowercase();
    let known = zones::iana(&low).or_else(|| zones::place(&low)).or_else(|| zones::named(&low));
    known.map(ToOwned::to_owned)
}

/// Whether the word is a weekday's full name.
pub fn is_weekday(word: &str) -> bool {
    words::weekday(word).is_some_and(|day| !day.short)
}

fn ends_sentence(tokens: &[Token], at: usize) -> bool {
    match tokens[at].kind {
        Kind::Sign(';' | '!' | '?') => true,
        Kind::Sign('.') => tokens.get(at + 1).is_none_or(|next| !next.glued && next.capital),
        _ => false,
    }
}
