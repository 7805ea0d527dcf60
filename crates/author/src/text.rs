//! Stage 1: a sentence becomes typed tokens.
//!
//! Values (addresses, channels, quoted texts, numbers, paths) are recognised here, once, so that no
//! later stage looks at characters. Nothing is interpreted: text that looks like an instruction to
//! the program is text.

use std::ops::Range;

mod normal;
mod scan;
mod short;
pub mod spelling;
#[cfg(test)]
mod tests;

pub(crate) use scan::read_as;
pub use scan::{number_word, read};

/// Longest sentence that is drafted, in characters; more is answered by a question.
pub const MAX_CHARS: usize = 8_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    En,
    De,
}

impl Lang {
    /// The wording in this language.
    pub const fn say<'a>(self, en: &'a str, de: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::De => de,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// The token's `number` is set.
    Number,
    Url,
    Email,
    /// `#name`, `@name`.
    Channel,
    /// `+4915112345678`, without blanks.
    Phone,
    /// Without its quotes.
    Quoted,
    /// `/lead`, `orders/new`.
    Path,
    /// `order.paid`: names with dots in them.
    Dotted,
    /// `{id}`: the field's name without braces.
    Placeholder,
    /// A word that names a field, whatever else it may be: `order` in `name, order and plan`.
    Field,
    Mark(char),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    /// As written; quoted texts without quotes.
    pub text: String,
    /// Lower case, with umlauts written out (`ä` as `ae`).
    pub low: String,
    /// What it counts: `1,000`, `three`.
    pub number: Option<f64>,
    /// Written with a currency sign.
    pub money: bool,
    /// Bytes in the normalised sentence.
    pub at: Range<usize>,
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.low == word
    }

    pub fn any(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.contains(&self.low.as_str())
    }

    /// Whether it is one of many words, which blanks divide.
    pub fn among(&self, words: &str) -> bool {
        self.kind == Kind::Word && words.split_ascii_whitespace().any(|word| word == self.low)
    }

    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    /// Written with a capital although it does not begin the sentence.
    pub fn is_capital(&self) -> bool {
        self.kind == Kind::Word && self.at.start > 0 && self.text.starts_with(char::is_uppercase)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The normalised sentence, to which all byte ranges refer.
    pub source: String,
    pub lang: Lang,
    pub tokens: Vec<Token>,
    /// Characters of the sentence as it came.
    pub chars: usize,
}

/// Lower case with German letters written out, the form in which words are compared.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'é' | 'è' | 'ê' => out.push('e'),
            'á' | 'à' | 'â' => out.push('a'),
            'ó' | 'ò' | 'ô' => out.push('o'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            c => out.push(c),
        }
    }
    out
}

/// A slug of `[a-z0-9]` words joined by `joiner`; empty when nothing is left.
pub fn slug(text: &str, joiner: char) -> String {
    let mut out = String::new();
    for c in fold(text).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(joiner) {
            out.push(joiner);
        }
    }
    out.trim_end_matches(joiner).to_owned()
}

/// An identifier `[a-z][a-z0-9_]*` of at most 40 characters; empty when nothing is left.
pub fn ident(text: &str) -> String {
    let slug = slug(text, '_');
    let from = slug.find(|c: char| c.is_ascii_lowercase()).unwrap_or(slug.len());
    let end = slug.len().min(from + 40);
    slug[from..end].trim_matches('_').to_owned()
}

/// Text as it may stand in a definition without being read as a template.
pub fn literal(text: &str) -> String {
    if text.contains("{{") { text.replace("{{", "{{ '{{' }}") } else { text.to_owned() }
}

/// The words of a stretch of tokens as written.
pub fn words(source: &str, tokens: &[Token]) -> String {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => {
            source.get(first.at.start..last.at.end).unwrap_or_default().trim().to_owned()
        }
        _ => String::new(),
    }
}
