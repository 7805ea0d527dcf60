//! Stage 3, times: which time phrases of the sentence start the bot.

use std::ops::Range;

use codex32_model::Timestamp;
use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};

use crate::text::Text;
use crate::times::{self, Meaning, Missing, Note, Problem, TimePhrase};

/// What the time phrases of a sentence give.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timed {
    /// Bytes of the sentence that are about when.
    pub taken: Vec<Range<usize>>,
    pub triggers: Vec<ScheduleTrigger>,
    /// The words of each trigger.
    pub words: Vec<String>,
    pub assumed: Vec<Note>,
    /// Several that can hardly all be meant.
    pub contradiction: bool,
    /// Why a time cannot be used.
    pub problem: Option<Problem>,
    /// Something is needed that was not said.
    pub open: Option<Missing>,
}

/// `now` gives "tomorrow" its date.
pub fn find(text: &Text, zone: &str, now: Option<Timestamp>) -> Timed {
    let mut timed = Timed::default();
    let today = now.and_then(|now| {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        Some(now.to_jiff().to_zoned(zone).date())
    });
    let phrases = times::find_on(&masked(text), today);
    // `on 5 March at 9 … that the office moves today`: a day in a sentence whose time was said.
    let said = phrases.iter().any(|phrase| match &phrase.meaning {
        Meaning::Schedule(_) => !phrase.weak,
        Meaning::Instant(instant) => instant.civil().is_some(),
        _ => false,
    });
    let told = |phrase: &TimePhrase| {
        said && phrase.problem.is_none()
            && matches!(&phrase.meaning, Meaning::Instant(instant) if instant.time.is_none())
            && text.source.get(phrase.range.clone()).is_some_and(|words| {
                ["today", "heute", "tomorrow", "morgen", "tonight"]
                    .contains(&words.trim().to_lowercase().as_str())
            })
    };
    for phrase in phrases.iter().filter(|phrase| !told(phrase)) {
        take(text, phrase, zone, &mut timed);
    }
    timed.contradiction = contradicts(text, &timed);
    // "the Monday of the first week at 9": a day was named and not understood, so none is assumed.
    if timed.assumed.contains(&Note::EveryDay) && names_a_day(text, &timed) {
        timed.open.get_or_insert(Missing::Today);
    }
    // "check it regularly, every 5 minutes" says how often after all.
    if matches!(timed.problem, Some(Problem::Vague(_))) && !timed.triggers.is_empty() {
        timed.problem = None;
    }
    timed
}

/// The sentence with names that hold words of time blotted out: `the card Weekly review`, `the bot
/// nightly`. Bytes stand where they stood.
fn masked(text: &Text) -> String {
    let mut source = text.source.clone();
    // `at most once an hour` bounds the starts and is no schedule.
    if let Some((range, _)) = super::rates::find(&text.tokens) {
        for token in &text.tokens[range] {
            source.replace_range(token.at.clone(), &"x".repeat(token.at.len()));
        }
    }
    // Nor are pauses between tries and time limits.
    for (range, _, _) in super::spans::find(&text.tokens) {
        for token in &text.tokens[range] {
            source.replace_range(token.at.clone(), &"x".repeat(token.at.len()));
        }
    }
    // `on 1 May at 9 and on 3 June at 10`: each date has its own time.
    for at in two_dates(&text.tokens) {
        let range = text.tokens[at].at.clone();
        let length = range.len().saturating_sub(1);
        source.replace_range(range, &format!(";{}", " ".repeat(length)));
    }
    // `Mondays at 8: …`
    let bytes = source.as_bytes();
    let colons: Vec<usize> = (1..bytes.len())
        .filter(|at| {
            bytes[*at] == b':'
                && bytes[at - 1].is_ascii_digit()
                && bytes.get(at + 1).is_none_or(|next| *next == b' ')
        })
        .collect();
    for at in colons {
        source.replace_range(at..=at, ",");
    }
    // `on the next working day`, `within one working day`: of what is done, and no schedule.
    for at in 0..text.tokens.len().saturating_sub(2) {
        let [before, kind, day] = &text.tokens[at..at + 3] else { continue };
        let single = before.any(&["next", "one"])
            && kind.any(&["working", "business"])
            && day.any(&["day", "days"]);
        if single {
            for token in [before, kind, day] {
                source.replace_range(token.at.clone(), &"x".repeat(token.at.len()));
            }
        }
    }
    let end = text.tokens.last().map(|last| crate::phrasing::made(last, "."));
    let tokens: Vec<_> = text.tokens.iter().cloned().chain(end).collect();
    for pair in tokens.windows(3) {
        let [before, token, after] = pair else { continue };
        let often = token.any(&[
            "weekly",
            "daily",
            "monthly",
            "hourly",
            "nightly",
            "yearly",
            "quarterly",
            "annual",
            "biweekly",
            "morning",
            "evening",
        ]);
        let title = token.is_capital()
            && before.is_word()
            && after.is_word()
            && !crate::lexicon::is_empty_word(before)
            && !before.any(crate::lexicon::ARTICLES)
            && !after.any(&["at", "on", "at", "by", "around"]);
        let bot = before.any(&["bot", "webhook", "branch", "workflow", "tag", "label"])
            && token.is_word();
        if often && (title || bot) {
            source.replace_range(token.at.clone(), &"x".repeat(token.at.len()));
        }
    }
    source
}

/// Where an `and` stands between two dates that have a time each.
fn two_dates(tokens: &[crate::text::Token]) -> Vec<usize> {
    let month = |at: usize| {
        tokens.get(at).is_some_and(|token| token.is_word() && times::is_month(&token.low))
    };
    let timed = |from: usize, to: usize| {
        tokens[from..to.min(tokens.len())]
            .iter()
            .any(|token| token.any(&["at", "um"]) || token.text.contains(':'))
    };
    (1..tokens.len())
        .filter(|at| tokens[*at].any(&["and", "und", "then", "dann"]))
        .filter(|at| {
            let before = (at.saturating_sub(7)..*at).rev().find(|place| month(*place));
            let after = (at + 1..at + 6).find(|place| month(*place));
            let dated = |place: usize| {
                tokens[place.saturating_sub(2)..(place + 2).min(tokens.len())].iter().any(|token| {
                    token.number.is_some() || token.text.starts_with(|c: char| c.is_ascii_digit())
                })
            };
            match (before, after) {
                (Some(before), Some(after)) => {
                    timed(before, *at) && timed(after, after + 6) && dated(before) && dated(after)
                }
                _ => false,
            }
        })
        .collect()
}

fn take(text: &Text, phrase: &TimePhrase, zone: &str, timed: &mut Timed) {
    if let Some(problem) = &phrase.problem {
        timed.taken.push(phrase.range.clone());
        timed.taken.extend(phrase.more.iter().cloned());
        // Of several the first, and a vague word is the least.
        if timed.problem.is_none() || matches!(timed.problem, Some(Problem::Vague(_))) {
            timed.problem = Some(problem.clone());
        }
        if !matches!(problem, Problem::Zone { .. }) {
            return;
        }
    }
    let trigger = match &phrase.meaning {
        Meaning::Schedule(trigger) => (**trigger).clone(),
        Meaning::Instant(instant) if !waits(text, phrase.range.start) => {
            timed.open = phrase.missing.first().copied();
            let Some(at) = instant.civil() else {
                timed.taken.push(phrase.range.clone());
                timed.open.get_or_insert(Missing::Today);
                return;
            };
            once(at, phrase.zone.clone())
        }
        // What workdays are was said.
        Meaning::Nothing => {
            timed.taken.push(phrase.range.clone());
            return;
        }
        _ => return,
    };
    // Part of a name: `the bot month-end`.
    let inside = |token: &crate::text::Token| {
        token.at.start <= phrase.range.start
            && token.at.end >= phrase.range.end
            && token.text.contains(['-', '.', '/', '_'])
    };
    let named = text.tokens.iter().zip(text.tokens.iter().skip(1)).any(|(before, token)| {
        before.any(&["bot", "webhook", "event"]) && token.at.start == phrase.range.start
    });
    if phrase.weak && text.tokens.iter().any(inside) || named {
        return;
    }
    if phrase.weak && trigger_words_before(text, phrase.range.start) {
        return;
    }
    let words = text.source.get(phrase.range.clone()).unwrap_or_default().to_owned();
    timed.taken.push(phrase.range.clone());
    timed.taken.extend(phrase.more.iter().cloned());
    if codex32_flow::schedule::parse(&trigger, zone).is_err() {
        timed.problem.get_or_insert(Problem::Date(words));
        return;
    }
    if !timed.triggers.contains(&trigger) {
        timed.triggers.push(trigger);
        timed.words.push(words);
    }
    timed.assumed.extend(phrase.assumed.iter().cloned());
    if timed.open.is_none() {
        timed.open = phrase.missing.first().copied();
    }
}

pub(crate) fn once(at: String, timezone: Option<String>) -> ScheduleTrigger {
    ScheduleTrigger {
        rule: Rule::Once(at),
        timezone,
        start: None,
        end: None,
        count: None,
        except: Vec::new(),
        missed: Missed::default(),
        overlap: Overlap::default(),
    }
}

/// A weekday before the phrase that no phrase has taken.
fn names_a_day(text: &Text, timed: &Timed) -> bool {
    let taken = |token: &crate::text::Token| {
        timed.taken.iter().any(|range| token.at.start >= range.start && token.at.end <= range.end)
    };
    let start = timed.taken.iter().map(|range| range.start).min().unwrap_or_default();
    let near = |token: &crate::text::Token| token.at.end + 60 > start && token.at.start < start;
    text.tokens.iter().any(|token| {
        token.is_word() && near(token) && !taken(token) && times::is_weekday(&token.low)
    })
}

/// `wait until tomorrow at 9` starts nothing.
fn waits(text: &Text, start: usize) -> bool {
    // `the events of today` are data.
    let last = text.tokens.iter().rfind(|token| token.at.end <= start);
    if last.is_some_and(|token| token.any(&["of", "von", "vom", "'s"])) {
        return true;
    }
    // `the forecast for tomorrow`, in a sentence that says how often.
    let often = text.tokens.iter().any(|token| {
        token.any(&[
            "every",
            "each",
            "daily",
            "weekly",
            "jeden",
            "jede",
            "jedes",
            "taeglich",
            "morgens",
            "abends",
            "woechentlich",
        ])
    });
    if often && last.is_some_and(|token| token.any(&["for", "fuer"])) {
        return true;
    }
    let before: Vec<_> = text.tokens.iter().filter(|token| token.at.end <= start).collect();
    before.iter().rev().take(3).any(|token| {
        token.any(&["wait", "until", "till", "by", "before", "warte", "bis", "since", "seit"])
    })
}

/// A doubtful phrase in a sentence that has another trigger is part of what is said.
fn trigger_words_before(text: &Text, _start: usize) -> bool {
    text.tokens.iter().any(|token| {
        token.any(&["webhook", "event", "ereignis", "whenever"]) || token.low.ends_with("webhook")
    })
}

/// Two schedules are fine when they are listed (`and`, a comma); otherwise one of them is a slip.
fn contradicts(text: &Text, timed: &Timed) -> bool {
    if timed.triggers.len() < 2 {
        return false;
    }
    let dates = timed.triggers.iter().all(|trigger| matches!(trigger.rule, Rule::Once(_)));
    let listed = timed.taken.windows(2).all(|pair| {
        // One phrase that names several dates.
        if pair[0] == pair[1] {
            return true;
        }
        let between =
            text.source.get(pair[0].end..pair[1].start).unwrap_or_default().to_lowercase();
        [" and ", " und ", "also", "auch", " plus ", "&"].iter().any(|word| between.contains(word))
            || between.trim() == ","
            || dates && between.trim().trim_end_matches("on").trim_end_matches("am").trim() == ";"
            || dates && between.contains("then")
    });
    !listed
}
