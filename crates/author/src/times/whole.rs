//! A text that is nothing but a time phrase: the one trigger that it means, or why there is none.

use codex32_model::Timestamp;
use codex32_model::definition::{Rule, ScheduleTrigger};
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::token::{self, Kind};
use super::{Lead, Meaning, Note, Problem, TimePhrase, build, find_on, words};
use crate::text::Lang;

/// The trigger of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    pub trigger: ScheduleTrigger,
    /// What the phrase left open and was filled in.
    pub assumed: Vec<Note>,
}

/// Why a phrase gives no trigger.
#[derive(Debug, Clone, PartialEq)]
pub enum NoTrigger {
    /// It says no time, or a span of time that nothing is counted from.
    Nothing,
    /// A time was meant that does not exist or that a schedule cannot say.
    Problem(Problem),
    /// Times that need a trigger each.
    Several(usize),
    /// Part of it was not understood, so that the rest may mean something else.
    Unread(String),
}

impl NoTrigger {
    /// One sentence without the final point.
    pub fn text(&self) -> String {
        match self {
            Self::Nothing => "There is no time in it at which something could start".to_owned(),
            Self::Problem(problem) => problem.text(Lang::En),
            Self::Several(count) => {
                format!("It takes {count} triggers to say this; parse one phrase after the other")
            }
            Self::Unread(part) => format!("What “{part}” means here is not clear"),
        }
    }
}

/// Reads a phrase as a whole; `now` and `zone` give relative dates their day.
pub fn whole(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Whole, NoTrigger> {
    let today = now.to_jiff().to_zoned(zone.clone()).date();
    let phrases = find_on(text, Some(today));
    if let Some(problem) = phrases.iter().find_map(|phrase| phrase.problem.clone()) {
        return Err(NoTrigger::Problem(problem));
    }
    let mut found: Vec<Whole> = Vec::new();
    let mut other: Option<&TimePhrase> = None;
    for phrase in &phrases {
        match trigger(phrase, now) {
            Some(whole) if found.iter().any(|known| known.trigger == whole.trigger) => {}
            Some(whole) => found.push(whole),
            None => other = Some(phrase),
        }
    }
    let count = found.len();
    let Some(whole) = found.pop() else { return Err(NoTrigger::Nothing) };
    if count > 1 {
        return Err(NoTrigger::Several(count));
    }
    let part = other.and_then(|phrase| text.get(phrase.range.clone()));
    match part.map(ToOwned::to_owned).or_else(|| unread(text, &phrases)) {
        Some(part) => Err(NoTrigger::Unread(part)),
        None => Ok(whole),
    }
}

fn trigger(phrase: &TimePhrase, now: Timestamp) -> Option<Whole> {
    let mut assumed = phrase.assumed.clone();
    let trigger = match &phrase.meaning {
        Meaning::Schedule(trigger) => (**trigger).clone(),
        Meaning::Instant(instant) => {
            let mut instant = instant.clone();
            if instant.time.is_none() {
                instant.time = Some(Time::midnight());
                assumed.push(Note::At(vec![Time::midnight()]));
            }
            build::once(instant.civil()?, phrase.zone.clone())
        }
        // `in 4 hours`, and no other span: nothing says what that is counted from.
        Meaning::Duration { span, lead: Lead::In } => {
            let at = now.to_jiff().checked_add(*span).ok()?;
            build::once(at.to_string(), None)
        }
        _ => return None,
    };
    Some(Whole { trigger, assumed })
}

/// A number or a word of time that belongs to no phrase.
fn unread(text: &str, phrases: &[TimePhrase]) -> Option<String> {
    let read = |at: usize| {
        let all = |phrase: &TimePhrase| {
            phrase.range.contains(&at) || phrase.more.iter().any(|range| range.contains(&at))
        };
        phrases.iter().any(all)
    };
    let tells = |kind: &Kind| match kind {
        Kind::Num(_) => true,
        Kind::Word(word) => {
            words::weekday(word).is_some_and(|day| !day.short)
                || (word.len() > 2 && words::unit(word).is_some())
                || words::month(word).is_some_and(|_| word != "may")
        }
        _ => false,
    };
    let tokens = token::tokens(text);
    // What follows a quote is a remark.
    let quote = |token: &&token::Token| {
        let said = &text[token.range.clone()];
        said.starts_with(['"', '“', '„', '«'])
    };
    let mut phrase = tokens.iter().take_while(|token| !quote(token));
    let open = phrase.find(|token| tells(&token.kind) && !read(token.range.start))?;
    text.get(open.range.clone()).map(ToOwned::to_owned)
}

/// The rule as a definition says it: `schedule`, `every` or `once`, and its value.
pub fn spelled(rule: &Rule) -> (&'static str, String) {
    match rule {
        Rule::Calendar(text) => ("schedule", text.clone()),
        Rule::Every(span) => ("every", codex32_model::time::format_duration(*span)),
        Rule::Once(at) => ("once", at.clone()),
    }
}
