//! Stage 6a: what must hold, from words to a small tree that assembly turns into an expression.

use crate::text::{self, Kind, Lang, Token};

mod moved;
mod parts;
#[cfg(test)]
mod tests;
mod words;

use parts::{about_number, as_text, join, operand_of, strip_tail};
pub use parts::{same_noun, subject_of};
use words::{COMPARATORS, FAILED, WORKED};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmp {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Contains,
    Starts,
    Ends,
    Empty,
    Filled,
}

impl Cmp {
    const fn negated(self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Empty => Self::Filled,
            Self::Filled => Self::Empty,
            Self::Contains | Self::Starts | Self::Ends => return None,
        })
    }

    pub const fn is_order(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

/// What is compared: a field of the data at hand, or something about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The field's name as an identifier; empty: the data itself.
    pub field: String,
    /// How many entries it has.
    pub count: bool,
    /// The HTTP status of the last request.
    pub status: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Number(f64),
    Text(String),
    Bool(bool),
    /// Another field of the same data.
    Field(String),
    /// So many days ago or from now.
    Days(f64),
}

/// Which way a number moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Any,
    Up,
    Down,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    Compare {
        subject: Subject,
        cmp: Cmp,
        not: bool,
        operand: Operand,
    },
    Between {
        subject: Subject,
        low: f64,
        high: f64,
    },
    OneOf {
        subject: Subject,
        values: Vec<String>,
        not: bool,
    },
    Truthy {
        subject: Subject,
        not: bool,
    },
    /// The step before failed (or did not).
    Failed {
        not: bool,
    },
    FailuresInRow(f64),
    /// More than so many times in a span.
    Often {
        cmp: Cmp,
        times: f64,
        within: Option<String>,
    },
    Changed(String),
    /// A number moved by more than so much since the last run.
    Moved {
        field: String,
        by: f64,
        percent: bool,
        way: Way,
    },
    /// Every so many times.
    Nth(f64),
    /// There is something that was not seen before.
    New,
    Approved {
        not: bool,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// Reads a condition. `nouns` are words for the data itself, which are no field names.
pub fn parse(tokens: &[Token], lang: Lang, nouns: &[String]) -> Option<Condition> {
    if tokens.is_empty() || tokens.len() > 60 {
        return None;
    }
    if let Some(special) = special(tokens, lang) {
        return Some(special);
    }
    if let Some(split) = alternatives(tokens, lang, nouns) {
        return Some(split);
    }
    simple(tokens, lang, nouns)
}

/// Whether the tokens compare something; used to tell conditions from triggers.
pub fn compares(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().any(|(at, _)| {
        COMPARATORS.iter().any(|row| row.weight > 0 && row.matches(&tokens[at..]).is_some())
    }) || tokens.iter().any(|token| matches!(token.kind, Kind::Mark('<' | '>' | '=')))
}

fn alternatives(tokens: &[Token], lang: Lang, nouns: &[String]) -> Option<Condition> {
    for (words, all) in [(["or", "oder"], false), (["and", "und"], true)] {
        let Some(at) = tokens.iter().position(|token| token.any(&words)) else { continue };
        let (left, right) = (&tokens[..at], &tokens[at + 1..]);
        if words::is_postfix(&tokens[at..]) || between(tokens).is_some() {
            continue;
        }
        let first = simple(left, lang, nouns)?;
        let whole = compares(right)
            || right.iter().any(|token| token.any(&["is", "are", "ist", "sind", "liegt"]));
        if whole && right.len() > 1 {
            let second = parse(right, lang, nouns)?;
            let both = vec![first, second];
            return Some(if all { Condition::All(both) } else { Condition::Any(both) });
        }
        // `country is DE, AT or CH`
        if let Condition::Compare {
            subject,
            cmp: Cmp::Eq | Cmp::Ne,
            not,
            operand: Operand::Text(text),
        } = first
        {
            let mut values: Vec<String> =
                text.split(',').map(|value| value.trim().to_owned()).collect();
            let rest = strip_tail(right);
            values.push(join(rest));
            values.retain(|value| !value.is_empty());
            return Some(Condition::OneOf { subject, values, not });
        }
        if let Condition::Compare { subject, cmp, not, operand } = first {
            // `contains urgent or asap`
            let other = operand_of(strip_tail(right))?;
            let second = Condition::Compare { subject: subject.clone(), cmp, not, operand: other };
            let both = vec![Condition::Compare { subject, cmp, not, operand }, second];
            return Some(if all { Condition::All(both) } else { Condition::Any(both) });
        }
        return None;
    }
    None
}

fn special(tokens: &[Token], lang: Lang) -> Option<Condition> {
    let any = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    // `with 200 twice in a row`: how often it is stands last before the words for it.
    let counted = tokens.iter().position(|token| {
        token.any(&[
            "row",
            "times",
            "mal",
            "hintereinander",
            "consecutive",
            "consecutively",
            "folge",
        ])
    });
    let number = counted
        .and_then(|end| tokens[..end].iter().rev().find_map(|token| token.number))
        .or_else(|| tokens.iter().find_map(|token| token.number));
    if let Some(number) =
        tokens.iter().find(|token| token.is("everynth")).and_then(|token| token.number)
    {
        return Some(Condition::Nth(number));
    }
    if let Some(moved) = moved::moved(tokens, lang) {
        return Some(moved);
    }
    // `answers with 200 and if it does not, …`
    if let [it, does, not] = tokens
        && it.any(&["it", "that", "es"])
        && does.any(&["does", "tut", "is", "did"])
        && not.any(&["not", "nicht"])
    {
        return Some(Condition::Failed { not: false });
    }
    let failed = FAILED.iter().any(|words| words::contains(tokens, words));
    let state = any(&[
        "status", "state", "field", "zustand", "event", "rate", "level", "outcome", "type",
        "severity", "kind", "code", "stufe", "feld", "typ", "art",
    ]);
    if failed && !state && !(any(&["number", "count", "anzahl", "contains", "enthaelt"])) {
        let row = any(&[
            "row",
            "consecutive",
            "consecutively",
            "successive",
            "running",
            "hintereinander",
            "folge",
        ]) || number.is_some_and(|number| number > 1.0 && number < 100.0)
            && any(&[
                "times",
                "time",
                "failures",
                "failed",
                "mal",
                "fehlern",
                "errors",
                "fehlschlaegen",
                "fehlversuchen",
                "attempts",
            ]);
        let still = any(&["still", "immer", "weiterhin", "trotzdem", "retries", "attempts", "all"]);
        return Some(match number.filter(|_| row && !still) {
            Some(number) => Condition::FailuresInRow(number),
            None => Condition::Failed { not: false },
        });
    }
    if WORKED.iter().any(|words| words::contains(tokens, words)) && !state && number.is_none() {
        return Some(Condition::Failed { not: true });
    }
    if any(&[
        "approved",
        "approves",
        "accepted",
        "accepts",
        "agrees",
        "genehmigt",
        "freigegeben",
        "zustimmt",
        "zugestimmt",
    ]) && !state
    {
        return Some(Condition::Approved { not: any(&["not", "nicht"]) });
    }
    if any(&[
        "rejected",
        "rejects",
        "declined",
        "declines",
        "refuses",
        "refused",
        "denied",
        "abgelehnt",
        "ablehnt",
    ]) && !state
    {
        return Some(Condition::Approved { not: true });
    }
    let none =
        tokens.iter().position(|token| token.any(&["no", "kein", "keine", "keinen", "lacks"]));
    if let Some(none) = none.filter(|none| number.is_none() && none + 1 < tokens.len()) {
        let named: Vec<Token> = tokens[none + 1..]
            .iter()
            .filter(|token| {
                !token.any(&[
                    "contains",
                    "enthaelt",
                    "hat",
                    "gibt",
                    "vorhanden",
                    "given",
                    "mitbringt",
                ])
            })
            .cloned()
            .collect();
        let subject = subject_of(&named, &[]);
        if !subject.field.is_empty() && named.len() <= 3 {
            let operand = Operand::Bool(true);
            return Some(Condition::Compare { subject, cmp: Cmp::Empty, not: false, operand });
        }
    }
    if any(&["changed", "changes", "change", "differs", "geaendert", "aendert", "anders"])
        && number.is_none()
    {
        let subject: Vec<Token> = tokens
            .iter()
            .filter(|token| {
                !token.any(&[
                    "changed",
                    "changes",
                    "change",
                    "has",
                    "have",
                    "is",
                    "different",
                    "hat",
                    "sich",
                    "geaendert",
                    "aendert",
                    "since",
                    "last",
                    "time",
                    "the",
                    "seit",
                    "dem",
                    "letzten",
                    "mal",
                    "abruf",
                    "run",
                    "check",
                    "previous",
                    "compared",
                    "to",
                ])
            })
            .cloned()
            .collect();
        let _ = lang;
        return Some(Condition::Changed(subject_of(&subject, &[]).field));
    }
    if any(&[
        "times", "twice", "thrice", "mal", "zweimal", "dreimal", "viermal", "fuenfmal", "zehnmal",
        "once",
    ]) || any(&["within", "innerhalb", "binnen"]) && number.is_some()
    {
        return often(tokens);
    }
    let fresh = any(&["new", "neue", "neuen", "neues"])
        && (any(&["there", "es", "any"]) || tokens.len() < 3)
        && number.is_none();
    fresh.then_some(Condition::New)
}

/// `more than twice within ten minutes`
fn often(tokens: &[Token]) -> Option<Condition> {
    let span = tokens
        .iter()
        .position(|token| token.any(&["within", "in", "innerhalb", "binnen", "per", "pro"]));
    let within = span.and_then(|at| crate::values::duration(&tokens[at + 1..]));
    let head = &tokens[..span.filter(|_| within.is_some()).unwrap_or(tokens.len())];
    let times = head
        .iter()
        .find_map(|token| token.number)
        .or_else(|| head.iter().any(|token| token.any(&["once", "einmal"])).then_some(1.0))?;
    let cmp = head.iter().enumerate().find_map(|(at, _)| {
        COMPARATORS
            .iter()
            .find(|row| row.weight > 0 && row.matches(&head[at..]).is_some())
            .map(|row| row.cmp)
    });
    Some(Condition::Often {
        cmp: cmp.filter(|cmp| cmp.is_order()).unwrap_or(Cmp::Ge),
        times,
        within,
    })
}

/// The two sides of a German comparison whose verb comes last: `der Betreff | Rechnung`.
fn verb_last(left: &[Token]) -> Option<(Vec<Token>, Vec<Token>)> {
    let words: Vec<Token> = left
        .iter()
        .filter(|token| {
            !token.any(crate::lexicon::ARTICLES)
                && !token.any(&["nicht", "kein", "keine", "keinen", "wort"])
        })
        .cloned()
        .collect();
    let value = words.iter().position(|token| token.kind == Kind::Quoted).unwrap_or(1);
    if words.len() < 2 || value == 0 {
        return None;
    }
    Some((words[..value].to_vec(), words[value..].to_vec()))
}

fn simple(tokens: &[Token], lang: Lang, nouns: &[String]) -> Option<Condition> {
    if let Some((at, low, high)) = between(tokens) {
        return Some(Condition::Between { subject: subject_of(&tokens[..at], nouns), low, high });
    }
    let mut found: Option<(usize, usize, &words::Row)> = None;
    for at in 0..tokens.len() {
        for row in COMPARATORS {
            let Some(length) = row.matches(&tokens[at..]) else { continue };
            // `order over 500`, but not `over` as the verb of nothing.
            let better = found
                .is_none_or(|(_, longest, best)| (row.weight, length) > (best.weight, longest));
            if better {
                found = Some((at, length, row));
            }
        }
    }
    let (at, length, row) = found.or_else(|| symbol(tokens))?;
    let (left, right) = (&tokens[..at], strip_tail(&tokens[at + length..]));
    let mut not = left.last().is_some_and(|token| token.any(&["not", "nicht"]))
        || right.first().is_some_and(|token| token.any(&["not", "nicht"]));
    let right: &[Token] = if right.first().is_some_and(|token| token.any(&["not", "nicht"])) {
        &right[1..]
    } else {
        right
    };
    let mut cmp = row.cmp;
    // `der Betreff Rechnung enthält`, as German puts it.
    if right.is_empty() && cmp == Cmp::Contains && lang == Lang::De {
        let (field, value) = verb_last(left)?;
        let (subject, operand) = (subject_of(&field, nouns), operand_of(&value)?);
        not |= left.iter().any(|token| token.any(&["nicht", "kein", "keine", "keinen"]));
        return Some(Condition::Compare { subject, cmp, not, operand });
    }
    // `the status open is`, as German puts it, or `status: open`.
    if right.is_empty() && matches!(cmp, Cmp::Eq | Cmp::Ne) {
        return german_end(left, nouns);
    }
    if matches!(cmp, Cmp::Empty | Cmp::Filled) {
        if not && let Some(other) = cmp.negated() {
            cmp = other;
        }
        let subject = subject_of(if left.is_empty() { right } else { left }, nouns);
        return Some(Condition::Compare { subject, cmp, not: false, operand: Operand::Bool(true) });
    }
    let mut subject = subject_of(left, nouns);
    // `has status failed`
    let mut right = right;
    if row.words == "has"
        && subject.field.is_empty()
        && right.len() > 1
        && right[0].number.is_none()
    {
        subject = subject_of(&right[..1], nouns);
        right = &right[1..];
    }
    let operand = operand_of(right)?;
    // `is too high`: nobody said how high that is.
    if matches!(&operand, Operand::Text(text) if text.starts_with("too ") || text.starts_with("zu "))
        || right.first().is_some_and(|token| token.any(&["too", "zu"]))
    {
        return None;
    }
    // `1000 or more`
    if let Some(postfix) = words::postfix(&tokens[at..]) {
        cmp = postfix;
    }
    if subject.field.is_empty() && !subject.status {
        about_number(&mut subject, &operand, right, lang);
    }
    if !cmp.is_order() && cmp != Cmp::Eq && cmp != Cmp::Ne {
        return Some(Condition::Compare { subject, cmp, not, operand: as_text(operand) });
    }
    if not && let Some(other) = cmp.negated() {
        cmp = other;
        not = false;
    }
    // `is paid`, `is true`: an adjective of the thing itself.
    let adjective = matches!(&operand, Operand::Text(_))
        && subject.field.is_empty()
        && matches!(cmp, Cmp::Eq | Cmp::Ne);
    if let (true, Operand::Text(text)) = (adjective, &operand) {
        let subject = Subject { field: text::ident(text), count: false, status: false };
        return (!subject.field.is_empty())
            .then_some(Condition::Truthy { subject, not: cmp == Cmp::Ne });
    }
    let operand = match operand {
        Operand::Text(text) if cmp.is_order() => Operand::Field(text::ident(&text)),
        other => other,
    };
    Some(Condition::Compare { subject, cmp, not, operand })
}

fn symbol(tokens: &[Token]) -> Option<(usize, usize, &'static words::Row)> {
    let at =
        tokens.iter().position(|token| matches!(token.kind, Kind::Mark('<' | '>' | '=' | '!')))?;
    let text: String = tokens[at..]
        .iter()
        .take(3)
        .map_while(|token| match token.kind {
            Kind::Mark(mark @ ('<' | '>' | '=' | '!')) => Some(mark),
            _ => None,
        })
        .collect();
    words::SYMBOLS.iter().find(|row| row.words == text).map(|row| (at, text.chars().count(), row))
}

fn german_end(left: &[Token], nouns: &[String]) -> Option<Condition> {
    let (last, head) = left.split_last()?;
    if head.last().is_some_and(|token| token.any(&["zu", "too"])) {
        return None;
    }
    let not = head.last().is_some_and(|token| token.any(&["not", "nicht"]));
    let head = if not { &head[..head.len() - 1] } else { head };
    let operand = operand_of(std::slice::from_ref(last))?;
    let subject = subject_of(head, nouns);
    if subject.field.is_empty()
        && !subject.status
        && let Operand::Text(text) = &operand
    {
        let subject = Subject { field: text::ident(text), count: false, status: false };
        return Some(Condition::Truthy { subject, not });
    }
    let cmp = if not { Cmp::Ne } else { Cmp::Eq };
    Some(Condition::Compare { subject, cmp, not: false, operand })
}

/// `between 5 and 10`, `zwischen 5 und 10`: where it stands and its bounds.
fn between(tokens: &[Token]) -> Option<(usize, f64, f64)> {
    let at = tokens.iter().position(|token| token.any(&["between", "zwischen"]))?;
    let mut numbers = tokens[at..].iter().filter_map(|token| token.number);
    Some((at, numbers.next()?, numbers.next()?))
}
