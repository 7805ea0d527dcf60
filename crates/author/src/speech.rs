//! Stage 1b: manners of speaking become one. `It would be lovely if X could be posted`, `could you go
//! ahead and post X`, `I was wondering if you could post X` all ask for the same, so they all become
//! `X should be posted` or `post X` before any later stage looks.
//!
//! Greetings, thanks, reasons and little words are left out; wishes and questions become orders; what is
//! wanted as a thing becomes a deed; two sentences of which the second says `when that happens`
//! become one. What is rewritten is the sentence itself, so that times, starts and deeds are all
//! found in the plainer one. Values are never touched, and nothing here knows any service.

mod digests;
mod english;
pub mod exceptions;
mod fillers;
mod gains;
mod german;
mod joined;
mod labels;
mod notes;
mod offdays;
mod pattern;
mod places;
mod reasons;
mod render;
mod states;
mod subjects;
#[cfg(test)]
mod tests;
mod vague;
mod wishes;

use crate::clauses::Vocabulary;
use crate::text::{Kind, Lang, Text, Token, read_as};

pub use vague::vague;

/// The text in plain manner; itself if it was said plainly.
pub fn plain(text: Text, known: &dyn Vocabulary) -> Text {
    let mut tokens = text.tokens.clone();
    joined::joined(&mut tokens, text.lang);
    fillers::fillers(&mut tokens, text.lang, known);
    let wished = match text.lang {
        Lang::En => english::orders(&mut tokens),
        Lang::De => german::orders(&mut tokens),
    };
    if text.lang == Lang::En {
        digests::digests(&mut tokens);
        subjects::subjects(&mut tokens, known);
        labels::labels(&mut tokens);
    }
    notes::notes(&mut tokens, text.lang, known);
    places::places(&mut tokens, text.lang, known);
    offdays::offdays(&mut tokens, text.lang);
    render::tidy(&mut tokens, wished);
    if tokens == text.tokens || tokens.is_empty() {
        return text;
    }
    let sentence = render::render(&tokens, &text);
    Text { chars: text.chars, ..read_as(&sentence, text.lang) }
}

/// Whether a clause can begin at `at`.
fn opens(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let before = &tokens[before];
        matches!(before.kind, Kind::Mark(',' | '.' | ';' | ':' | '!' | '?' | '('))
            || before.any(&[
                "and", "but", "so", "then", "und", "aber", "also", "dann", "or", "oder", "now",
            ])
    })
}

/// Whether a sentence ends with the token.
fn stops(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | '!' | '?' | ';'))
}

/// Whether the token says something of its own that must not be lost.
fn is_value(token: &Token) -> bool {
    token.number.is_some() || !matches!(token.kind, Kind::Word | Kind::Mark(_))
}

/// A word that nobody wrote.
fn said(word: &str) -> Token {
    let mark = word.chars().next().filter(|c| word.len() == 1 && c.is_ascii_punctuation());
    Token {
        kind: mark.map_or(Kind::Word, Kind::Mark),
        text: word.to_owned(),
        low: word.to_owned(),
        number: None,
        money: false,
        at: 0..0,
    }
}

/// Puts words where some tokens stand.
fn put(tokens: &mut Vec<Token>, range: std::ops::Range<usize>, words: &str) {
    tokens.splice(range, words.split_whitespace().map(said));
}
