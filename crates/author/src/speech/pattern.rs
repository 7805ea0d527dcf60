//! Runs of words as patterns: `it would|'d be so? @good if`. A bar divides words of which one stands
//! there, a question mark follows what may be missing, an at sign names a group.

use crate::text::{Kind, Token};

/// What a wish calls its fulfilment.
const GOOD: &str = "lovely nice great good helpful handy useful fantastic wonderful awesome cool perfect \
    ideal brilliant best super neat amazing convenient practical better grateful thankful \
    glad happy delighted pleased obliged appreciated kind excellent sweet terrific important \
    schoen toll prima gut klasse hilfreich praktisch nett perfekt wunderbar dankbar froh \
    grossartig spitze hervorragend lieb fein angenehm besser gluecklich verbunden wichtig \
    sinnvoll fantastisch wuenschenswert genial freundlich";

/// How many tokens the pattern takes at the front.
pub fn fits(tokens: &[Token], pattern: &str) -> Option<usize> {
    let parts: Vec<&str> = pattern.split(' ').collect();
    from(tokens, &parts)
}

fn from(tokens: &[Token], parts: &[&str]) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(0) };
    let (words, optional) = match part.strip_suffix('?') {
        Some(words) if !words.is_empty() => (words, true),
        _ => (*part, false),
    };
    let here = tokens.first().is_some_and(|token| one_of(token, words));
    here.then(|| from(&tokens[1..], rest).map(|used| used + 1))
        .flatten()
        .or_else(|| optional.then(|| from(tokens, rest)).flatten())
}

fn one_of(token: &Token, words: &str) -> bool {
    words.split('|').any(|word| match (word, token.kind) {
        ("@good", Kind::Word) => token.among(GOOD),
        (word, Kind::Word) => token.low == word,
        (word, Kind::Mark(mark)) => word.len() == 1 && word.starts_with(mark),
        _ => false,
    })
}
