//! The two sides of a comparison: which field is meant, and what it is compared with.

use super::words::unit_field;
use super::{Operand, Subject};
use crate::text::{self, Kind, Lang, Token};

pub(super) fn strip_tail(tokens: &[Token]) -> &[Token] {
    const TAIL: &[&str] = &[
        "ist",
        "sind",
        "liegt",
        "liegen",
        "betraegt",
        "hat",
        "haben",
        "kommt",
        "eintrifft",
        "wird",
        "arrives",
        "comes",
        "in",
        "war",
        "wurde",
        "steigt",
        "faellt",
        "sinkt",
        "enthaelt",
        "exactly",
        "please",
        "eingeht",
        "ankommt",
    ];
    let mut tokens = tokens;
    while let Some((last, head)) = tokens.split_last() {
        if !(last.any(TAIL) || matches!(last.kind, Kind::Mark(_))) {
            break;
        }
        tokens = head;
    }
    tokens
}

pub(super) fn join(tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens {
        if token.any(&["the", "a", "an", "der", "die", "das", "den", "to", "'s"]) {
            continue;
        }
        if !out.is_empty() && !token.is_mark(',') {
            out.push(' ');
        }
        out.push_str(&token.text);
    }
    out
}

pub(super) fn operand_of(tokens: &[Token]) -> Option<Operand> {
    let tokens = tokens.strip_prefix_words(&[
        "the", "a", "an", "to", "exactly", "equal", "mit", "auf", "von", "value", "genau", "only",
        "gleich", "as",
    ]);
    let first = tokens.first()?;
    if let Some(quoted) = tokens.iter().find(|token| token.kind == Kind::Quoted) {
        return Some(Operand::Text(quoted.text.clone()));
    }
    // `older than a week`
    if tokens.len() < 3
        && let Some(days) = days_in(&first.low)
        && first.is_word()
    {
        return Some(Operand::Days(days));
    }
    if let Some((_, number)) = crate::values::number(tokens) {
        let unit = tokens.get(1).or_else(|| tokens.get(2));
        let days = unit.and_then(|unit| days_in(&unit.low));
        return Some(match days {
            Some(days) => Operand::Days(number * days),
            None => Operand::Number(number),
        });
    }
    Some(match first.low.as_str() {
        "true" | "yes" | "ja" | "wahr" => Operand::Bool(true),
        "false" | "no" | "nein" | "falsch" => Operand::Bool(false),
        _ => Operand::Text(join(&tokens[..tokens.len().min(6)])),
    })
}

fn days_in(unit: &str) -> Option<f64> {
    Some(match unit {
        "day" | "days" | "tag" | "tage" | "tagen" => 1.0,
        "week" | "weeks" | "woche" | "wochen" => 7.0,
        "month" | "months" | "monat" | "monate" | "monaten" => 30.0,
        "year" | "years" | "jahr" | "jahre" | "jahren" => 365.0,
        _ => return None,
    })
}

pub(super) fn as_text(operand: Operand) -> Operand {
    match operand {
        Operand::Number(number) | Operand::Days(number) => {
            Operand::Text(codex32_model::Value::number(number).to_text())
        }
        Operand::Bool(flag) => Operand::Text(flag.to_string()),
        Operand::Field(text) => Operand::Text(text),
        text @ Operand::Text(_) => text,
    }
}

/// A number without a subject: its unit tells what is counted.
pub(super) fn about_number(subject: &mut Subject, operand: &Operand, right: &[Token], lang: Lang) {
    if !matches!(operand, Operand::Number(_)) {
        return;
    }
    let money = right.first().is_some_and(|token| token.money);
    let after = right.iter().skip(1).find(|token| token.is_word() && token.number.is_none());
    let unit = after.map_or("", |token| token.low.as_str());
    let percent = right.first().is_some_and(|token| token.at.len() > token.text.len());
    match unit_field(unit, money, percent, lang) {
        Some(field) => subject.field = field.to_owned(),
        None if unit.is_empty() => {}
        None => {
            subject.field = text::ident(unit);
            subject.count = true;
        }
    }
}

/// The field that words name: `the order's total`, `its total`, `der Betrag`.
pub fn subject_of(tokens: &[Token], nouns: &[String]) -> Subject {
    const DROP: &[&str] = &[
        "the",
        "a",
        "an",
        "its",
        "it",
        "their",
        "his",
        "her",
        "of",
        "is",
        "are",
        "was",
        "'s",
        "if",
        "every",
        "each",
        "any",
        "all",
        "jede",
        "jeder",
        "jedes",
        "field",
        "json",
        "value",
        "has",
        "have",
        "there",
        "that",
        "this",
        "der",
        "die",
        "das",
        "des",
        "den",
        "dem",
        "ein",
        "eine",
        "einer",
        "ist",
        "sind",
        "feld",
        "wert",
        "es",
        "hat",
        "sein",
        "seine",
        "ihr",
        "ihre",
        "von",
        "from",
        "in",
        "goes",
        "says",
        "reports",
        "shows",
        "tells",
        "sagt",
        "meldet",
        "zeigt",
        "reads",
        "gets",
        "drops",
        "falls",
        "rises",
        "with",
        "mit",
        "and",
        "und",
        "whose",
        "deren",
        "dessen",
        "not",
        "nicht",
        "where",
        "which",
        "any",
        "also",
        "current",
        "currently",
        "auch",
        "im",
        "for",
        "at",
        "each",
        "liegt",
        "comes",
        "arrives",
        "new",
        "my",
        "our",
        "your",
        "overall",
        "bei",
        "order's",
        "einen",
        "keine",
        "wenn",
        "when",
        "whenever",
        "incoming",
        "does",
        "be",
        "will",
        "neue",
        "neuer",
        "jede",
        "jeder",
        "then",
        "response",
        "body",
        "returned",
        "data",
        "input",
        "antwort",
        "daten",
        "eingabe",
        "here",
        "payload",
        "result",
        "received",
        "item",
    ];
    let count = tokens.iter().any(|token| token.any(&["number", "anzahl", "count"]))
        && tokens.iter().any(|token| token.any(&["of", "der", "an", "von"]))
        || tokens.iter().any(|token| token.is("there"));
    let status =
        tokens.iter().any(|token| token.any(&["code", "statuscode", "http-status", "status-code"]))
            || tokens.iter().any(|token| token.any(&["status"]))
                && tokens.iter().any(|token| token.any(&["http", "response", "antwort"]));
    let mut kept: Vec<&Token> = Vec::new();
    for token in tokens {
        let noun = nouns.iter().any(|noun| same_noun(noun, &token.low));
        let keep = match token.kind {
            Kind::Word => {
                let counting = count && token.any(&["number", "anzahl", "count", "an"]);
                !token.any(DROP) && !counting && !noun
            }
            Kind::Dotted | Kind::Quoted | Kind::Placeholder => true,
            _ => false,
        };
        if keep {
            kept.push(token);
        }
    }
    let value = tokens.iter().find(|token| token.any(&["value", "wert"]));
    if kept.is_empty()
        && let Some(value) = value
    {
        return Subject { field: value.low.clone(), count, status };
    }
    // `event.data.total`: the path's end.
    if let [path] = kept.as_slice()
        && path.kind == Kind::Dotted
    {
        const ROOTS: &[&str] =
            &["event", "data", "body", "input", "inputs", "payload", "trigger", "json", "response"];
        let segments: Vec<&str> =
            path.text.split('.').skip_while(|segment| ROOTS.contains(segment)).collect();
        return Subject { field: text::ident(&segments.join("_")), count, status };
    }
    if kept.is_empty()
        && let [only] = tokens
        && only.any(&["result", "ergebnis", "item", "data", "input"])
    {
        return Subject { field: only.low.clone(), count, status };
    }
    // Long subjects: the last words name the field.
    let from = kept.len().saturating_sub(3);
    let field = kept[from..].iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ");
    Subject { field: text::ident(&field), count, status }
}

/// Singular or plural of one noun.
pub fn same_noun(a: &str, b: &str) -> bool {
    let stem = |word: &str| {
        let word = word.strip_suffix("ies").map_or(word.to_owned(), |stem| format!("{stem}y"));
        word.trim_end_matches('s').to_owned()
    };
    a == b
        || a.len() > 2
            && b.len() > 2
            && (stem(a) == stem(b)
                || a.strip_suffix("en") == Some(b)
                || b.strip_suffix("en") == Some(a))
}

trait StripWords {
    fn strip_prefix_words(&self, words: &[&str]) -> &[Token];
}

impl StripWords for [Token] {
    fn strip_prefix_words(&self, words: &[&str]) -> &[Token] {
        let count = self.iter().take_while(|token| token.any(words)).count();
        if count < self.len() { &self[count..] } else { self }
    }
}
