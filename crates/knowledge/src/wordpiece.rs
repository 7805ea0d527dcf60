//! Words into the pieces of BERT's vocabulary, as the model's own tokenizer (uncased) makes them: the
//! algorithm of `BasicTokenizer` and `WordpieceTokenizer` of the original BERT.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longer words have no pieces.
const LONGEST: usize = 100;

pub struct Vocabulary {
    ids: HashMap<&'static str, u32>,
}

impl Vocabulary {
    pub fn new(tokens: impl Iterator<Item = &'static str>) -> Self {
        Self { ids: (0..).zip(tokens).map(|(id, token)| (token, id)).collect() }
    }

    /// Calls `each` with the pieces of a text, in order; words without pieces are left out.
    pub fn pieces(&self, text: &str, mut each: impl FnMut(u32)) {
        let mut word = String::new();
        for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
            if is_mark(c) || is_ideograph(c) {
                self.word(&word, &mut each);
                word.clear();
                let mut alone = [0; 4];
                self.word(c.encode_utf8(&mut alone), &mut each);
            } else if c.is_whitespace() {
                self.word(&word, &mut each);
                word.clear();
            } else if !c.is_control() && c != '\u{fffd}' {
                word.push(c);
            }
        }
        self.word(&word, &mut each);
    }

    /// The longest piece that the rest begins with, again and again; all of a word or nothing.
    fn word(&self, word: &str, each: &mut impl FnMut(u32)) {
        if word.is_empty() || word.chars().count() > LONGEST {
            return;
        }
        let (mut from, mut found) = (0, Vec::new());
        let mut piece = String::new();
        while from < word.len() {
            let mut to = word.len();
            let id = loop {
                let Some(rest) = word.get(from..to) else {
                    to -= 1;
                    continue;
                };
                if rest.is_empty() {
                    return;
                }
                piece.clear();
                if from > 0 {
                    piece.push_str("##");
                }
                piece.push_str(rest);
                if let Some(id) = self.ids.get(piece.as_str()) {
                    break *id;
                }
                to -= 1;
            };
            found.push(id);
            from = to;
        }
        found.into_iter().for_each(each);
    }
}

/// What BERT takes for punctuation: every mark of ASCII, and Unicode's.
fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}'
            | '\u{3008}'..='\u{3011}' | '\u{ff01}'..='\u{ff0f}')
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x2_0000..=0x2_A6DF | 0xF900..=0xFAFF)
}
