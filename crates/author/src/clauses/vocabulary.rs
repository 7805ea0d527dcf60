//! What the splitter asks of a catalogue: which words are names, which words are at all, and which
//! tell of something that happens.

use crate::text::Token;

/// The words that a catalogue adds to those of the language.
pub trait Vocabulary {
    /// Whether a word alone names a connector.
    fn is_name(&self, low: &str) -> bool;
    /// Whether a word occurs in what the catalogue says of its actions.
    fn is_word(&self, low: &str) -> bool;
    /// Words that alone name a connector, for slips of the keyboard.
    fn names(&self) -> &[String];
    /// Whether words that order nothing tell of something that can start a bot. `around` is the whole
    /// sentence, which may name the system that is meant.
    fn happens(&self, tokens: &[Token], around: &[Token]) -> bool;
}

/// No catalogue at all.
#[cfg(test)]
pub(crate) struct Bare;

#[cfg(test)]
impl Vocabulary for Bare {
    fn is_name(&self, _low: &str) -> bool {
        false
    }

    fn is_word(&self, _low: &str) -> bool {
        false
    }

    fn names(&self) -> &[String] {
        &[]
    }

    fn happens(&self, _tokens: &[Token], _around: &[Token]) -> bool {
        false
    }
}
