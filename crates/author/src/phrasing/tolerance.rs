//! What fails is passed over: `a failing one must not stop the others`, `do not stop when one fails`,
//! `carry on if one fails`, `bei Fehlern weitermachen`.

use super::made;
use crate::text::{Kind, Token};

const FAILS: &[&str] = &[
    "failing",
    "fails",
    "fail",
    "failure",
    "failures",
    "error",
    "errors",
    "failed",
    "broken",
    "fehler",
    "fehlern",
    "fehlschlag",
    "fehlgeschlagene",
    "fehlschlaegt",
    "scheitert",
    "misslingt",
    "schiefgeht",
];

const STOPS: &[&str] = &[
    "stop",
    "stops",
    "stopping",
    "block",
    "abort",
    "aborting",
    "halt",
    "quit",
    "break",
    "cancel",
    "stoppen",
    "aufhalten",
    "abbrechen",
    "anhalten",
    "aufhoeren",
    "abzubrechen",
];

/// Words that go on by themselves.
const GOES_ON: &[&str] =
    &["weitermachen", "fortfahren", "weiterlaufen", "weitergehen", "weiter", "continue", "proceed"];

fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | '!' | ':'))
}

/// Takes the remark out of a sentence with a loop; tells whether there was one.
pub(crate) fn passes_over(tokens: &mut Vec<Token>) -> bool {
    let every = tokens.windows(2).any(|pair| {
        pair[0].any(&["for", "fuer"])
            && pair[1].any(&["each", "every", "all", "jede", "jeden", "jedes", "jeder", "alle"])
    });
    let Some((start, end)) = find(tokens, 0).filter(|_| every) else { return false };
    let from = start
        - usize::from(
            start > 0
                && (ends(&tokens[start - 1]) || tokens[start - 1].any(&["and", "und", "but"])),
        );
    // `…, and carry on if one fails`
    let from = from - usize::from(from > 0 && from < start && ends(&tokens[from - 1]));
    let end = if from == 0 && tokens.get(end).is_some_and(ends) { end + 1 } else { end };
    tokens.drain(from..end);
    true
}

/// Where such a remark stands.
fn find(tokens: &[Token], from: usize) -> Option<(usize, usize)> {
    let mut from = from;
    while from < tokens.len() {
        let end = stop(tokens, from);
        // `nicht abbrechen, wenn eine fehlschlägt`: two parts of one remark.
        let next = tokens.get(end).filter(|mark| mark.is_mark(',')).map(|_| stop(tokens, end + 1));
        let wide = next.filter(|_| {
            tokens.get(end + 1).is_some_and(|token| {
                token.any(&[
                    "wenn",
                    "falls",
                    "if",
                    "when",
                    "weitermachen",
                    "fortfahren",
                    "keep",
                    "carry",
                    "auch",
                ])
            })
        });
        let found = [Some(end), wide].into_iter().flatten().find_map(|end| {
            let start = (from..end).find(|start| {
                (*start == from || tokens[start - 1].any(&["and", "und", "but", "aber"]))
                    && end - start <= 14
                    && says(&tokens[*start..end])
            })?;
            Some((start, end))
        });
        if found.is_some() {
            return found;
        }
        from = end + 1;
    }
    None
}

pub(super) fn tolerant(tokens: &mut Vec<Token>) {
    let mut from = 0;
    while let Some((start, end)) = find(tokens, from) {
        let german = tokens[start..end].iter().any(|token| {
            token.any(&["nicht", "ohne", "fehler", "fehlern", "wenn", "weitermachen", "falls"])
        });
        let words: &[&str] = if german {
            &["wenn", "es", "fehlschlaegt", "dann", "ignoriere"]
        } else {
            &["if", "it", "fails", "then", "skip"]
        };
        let model = tokens[start].clone();
        let made: Vec<Token> = words.iter().map(|word| made(&model, word)).collect();
        let length = made.len();
        // A clause of its own, not the last item of a list.
        let and = start > 0 && tokens[start - 1].any(&["and", "und", "but", "aber"]);
        tokens.splice(start..end, made);
        if and {
            tokens[start - 1] = super::made(&model, ",");
        }
        from = start + length + 1;
    }
}

fn stop(tokens: &[Token], from: usize) -> usize {
    tokens[from.min(tokens.len())..]
        .iter()
        .position(ends)
        .map_or(tokens.len(), |offset| from + offset)
}

/// Whether the words let a failure pass, and nothing else.
fn says(part: &[Token]) -> bool {
    let any = |words: &[&str]| part.iter().any(|token| token.any(words));
    if !part.iter().any(|token| token.any(FAILS)) {
        return false;
    }
    let address =
        part.iter().any(|token| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url));
    let not = any(&["not", "never", "nicht", "without", "ohne", "no"]);
    let stops = any(STOPS)
        && not
        && any(&[
            "others", "rest", "loop", "other", "anderen", "uebrigen", "whole", "when", "if", "on",
            "wenn", "falls", "bei", "one", "any", "eine", "einer", "eines",
        ]);
    let pair = |first: &[&str], second: &str| {
        part.windows(2).any(|pair| pair[0].any(first) && pair[1].is(second))
    };
    let on = any(GOES_ON)
        || pair(&["carry", "carrying", "go", "going", "move"], "on")
        || pair(&["keep", "keeps"], "going");
    let skips = part.first().is_some_and(|first| {
        first.any(&["skip", "ignore", "ueberspringe", "ignoriere", "tolerate"])
    }) || part
        .last()
        .is_some_and(|last| last.any(&["ueberspringen", "ignorieren", "hinnehmen"]));
    let bare = part.len() <= 6;
    !address && (stops || on && !any(&["not", "nicht"]) || skips && bare)
}
