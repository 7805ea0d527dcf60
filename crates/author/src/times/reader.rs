//! The reader: the tokens of a text, looked at from a place.

use super::token::{Kind, Token};
use super::words;

pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

/// Words between two pieces of one phrase.
const CONNECTORS: &[&str] = &[
    "and",
    "at",
    "on",
    "the",
    "of",
    "in",
    "only",
    "or",
    "und",
    "um",
    "am",
    "im",
    "der",
    "des",
    "den",
    "jeweils",
    "each",
    "exactly",
    "always",
    "immer",
    "nur",
    "also",
    "but",
    "aber",
    "jedoch",
    "except",
    "zur",
    "then",
    "sharp",
    "a",
    "again",
    "but",
    "starting",
    "beginning",
    "zu",
    "dem",
];

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens }
    }

    pub(super) fn count(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match self.kind(at)? {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn num(&self, at: usize) -> Option<u32> {
        match self.kind(at)? {
            Kind::Num(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn sign(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(&Kind::Sign(sign))
    }

    pub(super) fn any(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|word| words.contains(&word))
    }

    pub(super) fn and(&self, at: usize) -> bool {
        self.word(at).is_some_and(words::is_and)
    }

    pub(super) fn glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued)
    }

    pub(super) fn capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.capital)
    }

    /// Length in bytes.
    pub(super) fn len(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(0, |token| token.range.len())
    }

    /// The token as written.
    pub(super) fn source(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    /// The text from one token up to another.
    pub(super) fn between(&self, from: usize, to: usize) -> &str {
        let start = self.tokens.get(from).map_or(self.text.len(), |token| token.range.start);
        let end = to.checked_sub(1).and_then(|last| self.tokens.get(last));
        let end = end.map_or(start, |token| token.range.end);
        self.text.get(start..end).unwrap_or_default()
    }

    /// At most the next 64 bytes of the text.
    pub(super) fn rest(&self, at: usize) -> &str {
        let Some(token) = self.tokens.get(at) else { return "" };
        let mut end = self.text.len().min(token.range.start + 64);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[token.range.start..end]
    }

    /// The first token that starts that many bytes behind one or later.
    pub(super) fn token_from(&self, at: usize, bytes: usize) -> usize {
        let end = self.tokens.get(at).map_or(0, |token| token.range.start) + bytes;
        (at..self.tokens.len())
            .find(|index| self.tokens[*index].range.start >= end)
            .unwrap_or(self.tokens.len())
    }

    pub(super) fn is_connector(&self, at: usize) -> bool {
        self.sign(at, ',')
            || self.sign(at, '(')
            || self.sign(at, ')')
            || (self.sign(at, '-') && !self.glued(at))
            || self.word(at).is_some_and(|word| CONNECTORS.contains(&word))
    }
}
