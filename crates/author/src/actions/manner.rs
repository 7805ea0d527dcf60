//! How something is done: tries, pace, with which model. Taken out of the words, so that only what
//! and where are left.

use codex32_model::definition::Backoff;

use super::Intent;
use crate::text::Token;
use crate::values;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tries {
    /// In all, the first one included.
    pub attempts: u32,
    pub backoff: Backoff,
}

pub fn take(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    one_each(rest, intent);
    pace(rest, intent);
    retries(rest, intent);
    model(rest, intent);
}

/// `one by one`, `each of them`, `einzeln`.
fn one_each(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    const PHRASES: &[&[&str]] = &[
        &["one", "by", "one"],
        &["each", "in", "its", "own"],
        &["every", "one", "of", "them"],
        &["each", "one", "of", "them"],
        &["each", "of", "them"],
        &["each", "of", "those"],
        &["every", "one"],
        &["each", "one"],
        &["individually"],
        &["one", "at", "a", "time"],
        &["separately"],
        &["einzeln"],
        &["jede", "einzeln"],
        &["jeden", "davon"],
        &["jedes", "davon"],
        &["jede", "davon"],
        &["jeden", "einzelnen"],
        &["jedes", "einzelne"],
        &["jede", "einzelne"],
    ];
    for phrase in PHRASES {
        let at = (0..rest.len()).find(|at| {
            rest.get(*at..at + phrase.len()).is_some_and(|window| {
                window.iter().zip(*phrase).all(|(token, word)| token.is(word))
            })
        });
        if let Some(at) = at {
            rest.drain(at..at + phrase.len());
            intent.each = true;
        }
    }
    // `call the bot x for each, three at once`, `comment on each`, `an jede`
    let last = (1..rest.len()).find(|at| {
        rest[*at].any(&["each", "jede", "jeden", "jedes", "jedem", "jeder"])
            && rest[at - 1].any(&["for", "to", "on", "fuer", "an", "zu", "bei"])
            && rest.get(at + 1).is_none_or(|next| {
                matches!(next.kind, crate::text::Kind::Mark(_) | crate::text::Kind::Quoted)
                    || next.any(&["asking", "saying", "that", "with", "in", "and", "eine", "einen"])
            })
    });
    if let Some(at) = last {
        rest.drain(at - 1..=at);
        intent.each = true;
    }
}

/// `ten at a time`, `5 at once`, `jeweils 3 gleichzeitig`.
fn pace(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    if let Some((range, number)) = crate::phrasing::pace(rest) {
        intent.concurrency = Some(number);
        rest.drain(range);
        return;
    }
    let found = (0..rest.len()).find_map(|at| {
        let number = rest[at].number.or_else(|| rest[at].any(&["one", "eins"]).then_some(1.0))?;
        let words = |offset: usize, words: &[&str]| {
            rest.get(at + offset).is_some_and(|token| token.any(words))
        };
        let by = words(1, &["by"])
            && rest
                .get(at + 2)
                .is_some_and(|token| token.number == Some(number) || token.is("one"));
        let at_once =
            words(1, &["at"]) && words(2, &["once"]) || words(1, &["auf"]) && words(2, &["einmal"]);
        let length = if words(1, &["at"]) && words(2, &["a"]) && words(3, &["time"]) {
            4
        } else if at_once || by {
            3
        } else if words(1, &["zugleich"]) {
            2
        } else {
            return None;
        };
        Some((at, length, number))
    });
    if let Some((at, length, number)) = found {
        intent.concurrency = Some((number as u32).clamp(1, 100));
        let from =
            if at > 0 && rest[at - 1].any(&["jeweils", "maximal", "immer"]) { at - 1 } else { at };
        rest.drain(from..at + length);
    }
}

/// `retry up to 5 times with exponential backoff`, `with 3 retries`, `three attempts`.
fn retries(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let backoff = rest.iter().enumerate().position(|(at, token)| {
        let named = rest.get(at + 1).is_some_and(|next| {
            next.any(&["backoff", "back-off", "delay", "delays", "pauses", "pausen", "abstand"])
        });
        token.any(&["exponential", "exponentiell", "exponentiellem", "backoff", "back-off"])
            || named
                && token.any(&[
                    "linear",
                    "constant",
                    "growing",
                    "increasing",
                    "wachsenden",
                    "steigenden",
                ])
    });
    let mut kind = Backoff::Exponential;
    if let Some(at) = backoff {
        if rest[at].is("linear") {
            kind = Backoff::Linear;
        } else if rest[at].is("constant") {
            kind = Backoff::Constant;
        }
        let from =
            if at > 0 && rest[at - 1].any(&["with", "using", "mit", "an"]) { at - 1 } else { at };
        let end = at
            + 1
            + usize::from(
                rest.get(at + 1).is_some_and(|token| token.any(&["backoff", "back-off", "delay"])),
            );
        rest.drain(from..end.min(rest.len()));
    }
    let word = rest.iter().position(|token| {
        token.any(&[
            "retry",
            "retries",
            "retrying",
            "attempts",
            "tries",
            "wiederholungen",
            "versuche",
            "versuchen",
            "versuch",
            "wiederhole",
            "wiederholen",
            "again",
            "erneut",
        ])
    });
    let is_retry = intent.op == crate::lexicon::Op::Retry;
    // `call https://… at most 5 times`, `5 times at most`
    let word = word.or_else(|| {
        (1..rest.len()).find(|at| {
            let most = |at: usize| rest.get(at).is_some_and(|token| token.any(&["most", "max"]));
            rest[*at].any(&["times", "mal"])
                && rest[*at - 1].number.is_some()
                && (at.checked_sub(2).is_some_and(|before| {
                    most(before) || rest[before].any(&["maximal", "hoechstens"])
                }) || most(*at + 1)
                    || most(*at + 2))
        })
    });
    if word.is_none() && !is_retry {
        return;
    }
    let count = rest.iter().position(|token| values::count(std::slice::from_ref(token)).is_some());
    let Some(at) = count else {
        if is_retry {
            intent.tries = Some(Tries { attempts: 3, backoff: kind });
        }
        return;
    };
    let Some(number) = values::count(&rest[at..=at]) else { return };
    let attempts_said =
        rest.iter().any(|token| token.any(&["attempts", "tries", "try", "versuche", "versuchen"]))
            && !is_retry;
    // `try up to six times` counts the first one, `retry six times` does not.
    let more = intent.tokens.iter().any(|token| {
        token.low.starts_with("retr")
            || token.low.starts_with("wiederhol")
            || token.any(&["again", "erneut", "more"])
    });
    let attempts = if attempts_said || !more { number } else { number + 1 };
    intent.tries = Some(Tries { attempts: attempts.clamp(1, 100), backoff: kind });
    let mut from = word.map_or(at, |word| word.min(at));
    while from > 0
        && rest[from - 1].any(&[
            "with", "up", "to", "and", "mit", "bis", "zu", "at", "most", "max", "maximal", "es",
            "it", "bei", "try", "do",
        ])
    {
        from -= 1;
    }
    let mut end = word.map_or(at, |word| word.max(at)) + 1;
    while rest.get(end).is_some_and(|token| {
        token.any(&[
            "times", "mal", "more", "on", "failure", "failures", "if", "error", "errors", "fehler",
            "times",
        ])
    }) {
        end += 1;
    }
    rest.drain(from..end);
}

/// `with AI`, `using claude`, `per KI`.
fn model(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let named = rest.iter().position(crate::lexicon::is_model_name);
    let general =
        || rest.iter().position(|token| token.any(&["ai", "ki", "llm", "künstlicher", "gpt"]));
    let Some(at) = named.or_else(general) else { return };
    intent.ai = true;
    if named.is_some() {
        intent.model = Some(rest[at].low.clone());
    }
    let mut from = at;
    while from > 0
        && rest[from - 1].any(&[
            "with", "using", "by", "via", "mit", "per", "the", "an", "a", "der", "die", "use",
            "let", "lass", "ask", "help", "of", "have",
        ])
    {
        from -= 1;
    }
    let end = at
        + 1
        + usize::from(
            rest.get(at + 1).is_some_and(|token| token.any(&["model", "modell", "to", "help"])),
        );
    rest.drain(from..end);
}
