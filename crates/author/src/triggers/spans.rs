//! Spans of time that steer a deed and start nothing: the pause between tries (`10 seconds apart`, `im
//! Abstand von 20 Sekunden`), how long an answer may take (`with a timeout of 5s`), how long somebody
//! may take to agree (`within 12 hours`).

use std::ops::Range;
use std::time::Duration;

use crate::text::{Kind, Token};
use crate::values;

/// What a span is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    Pause,
    Timeout,
    Approval,
}

/// Words for trying again.
const TRIES: &[&str] = &[
    "retry",
    "retries",
    "retrying",
    "try",
    "tries",
    "trying",
    "attempt",
    "attempts",
    "times",
    "versuche",
    "versuch",
    "versuchen",
    "wiederhole",
    "wiederholen",
    "wiederholungen",
    "mal",
    "erneut",
];

/// Words for agreeing to something.
const AGREES: &[&str] = &[
    "approve",
    "approves",
    "approval",
    "approved",
    "agree",
    "agrees",
    "agreed",
    "confirm",
    "confirms",
    "confirmation",
    "ok",
    "okay",
    "okays",
    "consent",
    "consents",
    "permission",
    "yes",
    "no",
    "sign-off",
    "objects",
    "object",
    "reject",
    "rejects",
    "declines",
    "freigabe",
    "freigibt",
    "zustimmung",
    "zustimmt",
    "zustimmen",
    "genehmigt",
    "genehmigung",
    "genehmigen",
    "freigeben",
    "frei",
    "einverstanden",
    "bestaetigt",
    "go-ahead",
    "answer",
    "answers",
    "replies",
    "reply",
    "antwortet",
    "widerspricht",
];

const LEFT: &[&str] = &[
    "with",
    "a",
    "an",
    "waiting",
    "wait",
    "waits",
    "pausing",
    "pause",
    "pauses",
    "delay",
    "delays",
    "of",
    "at",
    "each",
    "every",
    "im",
    "abstand",
    "abstaenden",
    "von",
    "mit",
    "einer",
    "einem",
    "jeweils",
    "je",
    "nach",
    "alle",
    "gap",
    "interval",
    "spaced",
    "sleeping",
    "sleep",
    "in",
    "and",
    "zeitlimit",
    "timeout",
    "time-out",
    "zeitueberschreitung",
    "limit",
    "time",
    "give",
    "it",
    "most",
    "using",
    "und",
    "the",
];

const RIGHT: &[&str] = &[
    "apart",
    "between",
    "in",
    "after",
    "each",
    "every",
    "failure",
    "try",
    "attempt",
    "retry",
    "tries",
    "attempts",
    "retries",
    "them",
    "the",
    "pause",
    "pauses",
    "delay",
    "delays",
    "gap",
    "abstand",
    "dazwischen",
    "zwischen",
    "den",
    "versuchen",
    "wait",
    "intervals",
    "interval",
    "warten",
    "time",
    "before",
    "another",
    "next",
    "failed",
    "timeout",
    "zeitlimit",
    "jedem",
    "versuch",
    "fehlversuch",
];

/// The spans of a sentence that steer, where they stand and what they say.
pub(crate) fn find(tokens: &[Token]) -> Vec<(Range<usize>, For, Duration)> {
    let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    let tries = says(TRIES) || tokens.iter().any(|token| token.low.ends_with("mal"));
    let agrees = says(AGREES)
        && tokens
            .iter()
            .any(|token| token.kind == Kind::Email || token.any(crate::lexicon::people::OUTSIDE));
    let awaits = tokens.iter().any(|token| token.any(&["wait", "warte", "warten", "waits"]));
    let event = tokens.iter().any(|token| token.kind == Kind::Dotted);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let span = (tokens[at].number.is_some() || tokens[at].is_word())
            .then(|| values::duration_length(&tokens[at..]))
            .flatten()
            .and_then(|(used, text)| {
                Some((used, codex32_model::time::parse_duration(&text).ok()?))
            });
        let Some((used, span)) = span else {
            at += 1;
            continue;
        };
        let end = at + used;
        let found = around(tokens, at, end, tries).or_else(|| {
            (agrees && !(awaits && event))
                .then(|| within(tokens, at))
                .flatten()
                .map(|from| (from..end, For::Approval))
        });
        if let Some((range, what)) = found {
            out.push((range, what, span));
        }
        at = end;
    }
    out
}

/// A pause or a time limit, by the words around the span at `at..end`.
fn around(tokens: &[Token], at: usize, end: usize, tries: bool) -> Option<(Range<usize>, For)> {
    let mut from = at;
    while from > 0 && tokens[from - 1].any(LEFT) && at - from < 6 {
        from -= 1;
    }
    let mut to = end;
    while tokens.get(to).is_some_and(|token| token.any(RIGHT)) && to - end < 5 {
        to += 1;
    }
    let left = &tokens[from..at];
    // What goes on behind the span belongs to it as far as the last word that tells.
    const TELL: &[&str] = &[
        "apart",
        "between",
        "dazwischen",
        "zwischen",
        "abstand",
        "intervals",
        "interval",
        "pause",
        "delay",
        "failure",
        "try",
        "attempt",
        "retry",
        "tries",
        "attempts",
        "retries",
        "them",
        "versuchen",
        "timeout",
        "zeitlimit",
        "time",
        "versuch",
        "fehlversuch",
        "gap",
        "warten",
    ];
    let last = (end..to).rev().find(|at| tokens[*at].any(TELL));
    let right = &tokens[end..last.map_or(end, |last| last + 1)];
    let says = |part: &[Token], words: &[&str]| part.iter().any(|token| token.any(words));
    let stop = end + right.len();
    let limits = &["timeout", "time-out", "zeitlimit", "zeitueberschreitung"];
    if says(left, limits) || says(right, limits) {
        return Some((from..stop, For::Timeout));
    }
    if !tries {
        return None;
    }
    let pauses = says(
        left,
        &["waiting", "wait", "waits", "pausing", "pause", "pauses", "sleeping", "jeweils", "je"],
    );
    let spaced = says(
        right,
        &["apart", "between", "dazwischen", "zwischen", "intervals", "interval", "abstand", "gap"],
    ) || says(left, &["abstand", "abstaenden", "spaced", "gap"])
        || pauses
            && says(
                right,
                &[
                    "failure",
                    "try",
                    "attempt",
                    "retry",
                    "attempts",
                    "tries",
                    "time",
                    "versuch",
                    "fehlversuch",
                    "warten",
                ],
            )
        || says(left, &["pause", "pauses", "delay", "delays"]) && says(left, &["of", "von"]);
    // `3 times every 10 seconds`: right behind how often.
    let counted = from > 0
        && tokens[from..at].last().is_some_and(|last| last.any(&["every", "alle"]))
        && (tokens[from - 1].any(&[
            "times",
            "tries",
            "attempts",
            "retries",
            "mal",
            "versuche",
            "wiederholungen",
        ]) || tokens[from - 1].low.ends_with("mal"));
    (spaced || counted).then_some((from..stop, For::Pause))
}

/// Where `within` before a span begins.
fn within(tokens: &[Token], at: usize) -> Option<usize> {
    let before =
        |back: usize, words: &[&str]| at.checked_sub(back).is_some_and(|at| tokens[at].any(words));
    if before(1, &["within", "binnen", "innerhalb", "inside"]) {
        return Some(at - 1);
    }
    if before(1, &["von"]) && before(2, &["innerhalb", "binnen"]) {
        return Some(at - 2);
    }
    let most = before(1, &["to"]) && before(2, &["up"])
        || before(1, &["zu"]) && before(2, &["bis"])
        || before(1, &["most"]) && before(2, &["at"]);
    if most {
        return Some(at - 2 - usize::from(before(3, &["for"])));
    }
    // The span reads `up to` itself: `for up to 6 hours`.
    let itself = tokens[at].any(&["up"]) && tokens.get(at + 1).is_some_and(|next| next.is("to"));
    (itself || tokens[at].is("for") && tokens.get(at + 1).is_some_and(|next| next.is("up")))
        .then(|| at - usize::from(before(1, &["for"])))
}
