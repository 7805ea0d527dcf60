//! Whether two questions mean the same, so that one answer serves both.
//!
//! Vectors tell what texts are about; they hardly tell 2024 from 2025, Paris from Lyon, or "with" from
//! "without". So what must not differ is compared as it stands: numbers, names, what is quoted, words that
//! turn a meaning over ([`marks`]), and the order of what both say. Only then does nearness decide. It is made
//! to miss rather than to be wrong: an answer that was not given again costs little, a wrong one much.

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chat::{ChatRequest, canonical_hash};
use crate::definition::Target;

mod words;

/// From which nearness on two questions are the same, unless a model says otherwise.
pub const THRESHOLD: f64 = 0.93;
/// Longest text that is looked at, in bytes: in a long one a small difference moves nothing.
const LONGEST: usize = 600;
/// Answers that are compared for one question, the newest.
pub(crate) const MOST: u32 = 200;

/// Makes vectors of texts.
pub trait Embed: Send + Sync + 'static {
    /// Of the model; vectors of another are never compared.
    fn name(&self) -> &str;
    /// None where it cannot say anything.
    fn embed(&self, text: &str) -> Option<Vec<i8>>;
}

/// What a question is, for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    pub text: String,
    pub vector: Vec<i8>,
}

impl Meaning {
    /// None for a text that is too long, or says nothing that the model knows.
    pub fn of(text: &str, embed: &dyn Embed) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let vector = embed.embed(text)?;
        vector.iter().any(|part| *part != 0).then(|| Self { text: text.to_owned(), vector })
    }

    /// How near another question is whose [`marks`] are the same; none where the words say that it is
    /// another one.
    pub fn nearness(&self, other: &Self) -> Option<f64> {
        let (mine, others) = (content(&self.text), content(&other.text));
        let (of_mine, of_others) =
            (mine.iter().collect::<HashSet<_>>(), others.iter().collect::<HashSet<_>>());
        let both = mine.iter().filter(|word| of_others.contains(word));
        if !both.eq(others.iter().filter(|word| of_mine.contains(word))) {
            return None;
        }
        // One word in the place of another is a synonym or another matter; vectors cannot tell which.
        let says_more = |words: &[String], than: &HashSet<&String>| {
            words.iter().any(|word| !than.contains(word))
        };
        if says_more(&mine, &of_others) && says_more(&others, &of_mine) {
            return None;
        }
        Some(cosine(&self.vector, &other.vector))
    }
}

/// Of two vectors of one model.
fn cosine(one: &[i8], other: &[i8]) -> f64 {
    let product = |a: &[i8], b: &[i8]| {
        a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum::<i64>() as f64
    };
    let lengths = (product(one, one) * product(other, other)).sqrt();
    if one.len() == other.len() && lengths > 0.0 { product(one, other) / lengths } else { 0.0 }
}

/// A question of a request: what has to be equal, as a hash, and what may differ.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub alike: String,
    pub meaning: Meaning,
    pub threshold: f64,
}

impl Question {
    /// None where nothing but the same request is the same question: its last message is no text of the
    /// user, or too long a one.
    pub fn of(
        request: &ChatRequest,
        targets: &[Target],
        threshold: f64,
        embed: &dyn Embed,
    ) -> Option<Self> {
        let mut rest = request.clone();
        let last = rest.messages.last_mut().filter(|message| message.role == "user")?;
        let Value::String(text) = std::mem::take(&mut last.content) else { return None };
        let meaning = Meaning::of(&text, embed)?;
        let alike = canonical_hash(&json!([rest.hash(), targets, embed.name(), marks(&text)]));
        Some(Self { alike, meaning, threshold })
    }
}

/// What has to be equal in two texts that mean the same, in the order in which it stands there.
pub fn marks(text: &str) -> Vec<String> {
    let (mut marks, plain) = quoted(text);
    let mut begins = true;
    for token in plain.split_whitespace() {
        let word = trimmed(token);
        let ends = token.ends_with(['.', '!', '?', ':', ';']);
        if let Some(mark) = mark(word, begins) {
            marks.push(mark);
        }
        begins = ends || (begins && word.is_empty());
    }
    marks
}

/// What stands in quotes, and the text without it.
fn quoted(text: &str) -> (Vec<String>, String) {
    const PAIRS: [(char, &str); 7] =
        [('"', "\""), ('“', "”“"), ('„', "“”"), ('«', "»"), ('‘', "’"), ('`', "`"), ('\'', "'")];
    let (mut marks, mut plain, mut rest) = (Vec::new(), String::new(), text);
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let pair = PAIRS.iter().find(|(open, _)| *open == c);
        // Within a word it is an apostrophe.
        let pair = pair.filter(|_| !before.is_alphanumeric());
        let end = pair.and_then(|(_, close)| after.find(|c| close.contains(c)));
        if let Some(end) = end {
            marks.push(format!("quote {}", after[..end].trim()));
            plain.push(' ');
            let close = after[end..].chars().next().map_or(0, char::len_utf8);
            rest = &after[end + close..];
            before = ' ';
        } else {
            plain.push(c);
            rest = after;
            before = c;
        }
    }
    (marks, plain)
}

/// Without what punctuation is around it.
fn trimmed(token: &str) -> &str {
    let around = |c: char| ".,;:!?()[]{}…–—\"'’‘“”„«»`*".contains(c);
    token.trim_matches(around)
}

/// Why a word has to stand in the other text, too.
fn mark(word: &str, begins: bool) -> Option<String> {
    if word.is_empty() {
        return None;
    }
    let low = word.to_lowercase().replace('’', "'");
    let inside = |c: char| !c.is_alphanumeric() && !"-'’".contains(c);
    if word.chars().any(|c| c.is_numeric() || inside(c)) {
        // A number, a sum, a sign, an address.
        return Some(format!("sign {low}"));
    }
    let low = low.strip_suffix("'s").unwrap_or(&low);
    if let Some(turn) = words::turn(low) {
        return Some(format!("turn {turn}"));
    }
    let upper = word.chars().next().is_some_and(char::is_uppercase);
    let within = word.chars().skip(1).any(char::is_uppercase);
    let common = low == "i" || low.starts_with("i'");
    let opens = begins && words::opens(low);
    let named = within || (upper && !opens);
    (named && !common).then(|| format!("name {low}"))
}

/// The stems of the words that carry what a text is about.
fn content(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    let words = words.map(|word| word.to_lowercase().replace('’', "'"));
    let words = words.map(|word| word.strip_suffix("'s").map_or(word.clone(), str::to_owned));
    let words = words.filter(|word| !word.is_empty() && !words::is_filler(word));
    words.map(|word| stemmer.stem(&word).into_owned()).collect()
}

#[cfg(test)]
mod tests;
