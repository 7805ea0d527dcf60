//! Text as words, numbers and signs, with what cannot be a time phrase (addresses, quoted text,
//! slugs, templates) closed off as one opaque token each.

use std::ops::Range;

use super::words;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lower case, without a trailing dot.
    Word(String),
    /// At most nine digits.
    Num(u32),
    Sign(char),
    /// Not ours to read.
    Opaque,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
    /// Nothing but the previous token stands before it.
    pub glued: bool,
    /// The word begins with a capital.
    pub capital: bool,
}

const QUOTES: [(char, char); 4] = [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»')];

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut glued = false;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            glued = false;
            continue;
        }
        let inside = text[..at].ends_with(['(', '[']);
        if let Some(end) = opaque(text, at, glued && !inside) {
            out.push(Token { kind: Kind::Opaque, range: at..end, glued, capital: false });
            (at, glued) = (end, true);
            continue;
        }
        let rest = &text[at..];
        let run = |keep: fn(char) -> bool| rest.find(|c| !keep(c)).unwrap_or(rest.len());
        let (kind, length) = if first.is_ascii_digit() {
            let length = run(|c| c.is_ascii_digit());
            match rest[..length].parse::<u32>() {
                Ok(number) if length <= 9 => (Kind::Num(number), length),
                _ => (Kind::Opaque, length),
            }
        } else if first.is_alphabetic() {
            let length = run(|c| c.is_alphabetic() || c == '\'' || c == '’');
            (Kind::Word(rest[..length].to_lowercase()), length)
        } else {
            (Kind::Sign(if first == '–' || first == '—' { '-' } else { first }), first.len_utf8())
        };
        let capital = first.is_uppercase();
        out.push(Token { kind, range: at..at + length, glued, capital });
        (at, glued) = (at + length, true);
    }
    out
}

/// The end of an opaque piece that begins here.
fn opaque(text: &str, at: usize, glued: bool) -> Option<usize> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    if rest.starts_with("{{") {
        return bounded(rest, "}}").map(|end| at + end + 2);
    }
    if let Some((open, close)) = QUOTES.iter().find(|(open, _)| *open == first) {
        let inner = open.len_utf8();
        return bounded(&rest[inner..], close.encode_utf8(&mut [0; 4]))
            .map(|end| at + inner + end + close.len_utf8());
    }
    if glued {
        return None;
    }
    let whole = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let chunk = rest[..whole].trim_end_matches([',', ';', '.', '!', '?', ')', ':', '"', '”', '“']);
    let bracket = chunk.starts_with(['(', '[']);
    (!chunk.is_empty() && !bracket && is_opaque(chunk)).then_some(at + chunk.len())
}

/// Where the closing sign stands, if that is near and in the same line.
fn bounded(rest: &str, close: &str) -> Option<usize> {
    let mut most = rest.len().min(2_000);
    while !rest.is_char_boundary(most) {
        most -= 1;
    }
    let line = rest[..most].lines().next()?;
    line.find(close)
}

fn is_opaque(chunk: &str) -> bool {
    if chunk.contains("://") || chunk.contains(['@', '{', '}', '\\', '<', '>', '=']) {
        return true;
    }
    if chunk.starts_with(['#', '/', '$', '`']) {
        return true;
    }
    let letters = |text: &str| text.starts_with(char::is_alphabetic);
    // `order.paid`, `report.csv`, but not `a.m.` or `Uhr.Danach`.
    if let Some((before, after)) = chunk.split_once('.')
        && before.len() > 1
        && before.ends_with(char::is_alphabetic)
        && letters(after)
    {
        return true;
    }
    if chunk.contains('_') && super::zones::iana(chunk).is_none() {
        return true;
    }
    // `Atlantis-Zeit`.
    if ["-zeit", "-time"].iter().any(|tail| chunk.to_lowercase().ends_with(tail)) {
        return chunk.matches('-').count() > 2;
    }
    // `payroll-export`, but not `mon-fri` or `bi-weekly`.
    let parts: Vec<&str> = chunk.split(['-', '–']).take(6).collect();
    parts.len() > 1
        && parts.iter().all(|part| letters(part))
        && !parts.iter().all(|part| words::in_hyphens(&part.to_lowercase()))
        && super::zones::iana(chunk).is_none()
}
