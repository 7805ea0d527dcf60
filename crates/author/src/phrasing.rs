//! Stage 2a: free wording becomes the plainer wording that the later stages read: `could you
//! please …`, `X should be sent to`, `Y must get an email`, `everyone else`.
//!
//! Tokens are rewritten, never values: what stands in quotes, addresses, names and numbers is kept as
//! it was. Every rule is a way to say something in the language; nothing here knows any service.

use std::ops::Range;

use crate::lexicon::{self, ARTICLES, PLEASE};
use crate::text::{Kind, Lang, Token};

mod clause;
mod phrases;
#[cfg(test)]
mod tests;

pub use clause::plainer;

/// Rewrites set phrases of a whole text.
pub fn set_phrases(tokens: &mut Vec<Token>, lang: Lang) {
    let rows = match lang {
        Lang::En => phrases::EN,
        Lang::De => phrases::DE,
    };
    let mut at = 0;
    while at < tokens.len() {
        let found = rows.iter().find_map(|row| {
            let length = matches(&tokens[at..], row.0)?;
            (!row.2 || begins(tokens, at)).then_some((length, row.1))
        });
        match found {
            Some((length, words)) => {
                replace(tokens, at..at + length, words);
                at += words.split_whitespace().count();
            }
            None => at += 1,
        }
    }
}

/// Whether the phrase's words stand at the front.
fn matches(tokens: &[Token], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for word in phrase.split(' ') {
        let token = tokens.get(count)?;
        let same = match token.kind {
            Kind::Word => token.low == word,
            Kind::Mark(mark) => word.len() == 1 && word.starts_with(mark),
            _ => false,
        };
        if !same {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Whether a clause can begin here.
fn begins(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let before = &tokens[before];
        matches!(before.kind, Kind::Mark(_))
            || before.any(PLEASE)
            || before.any(&["and", "und", "but", "aber", "or", "oder"])
    })
}

/// Puts words where some tokens stand.
pub(crate) fn replace(tokens: &mut Vec<Token>, range: Range<usize>, words: &str) {
    let Some(model) = tokens.get(range.start).cloned() else { return };
    let made: Vec<Token> = words.split_whitespace().map(|word| made(&model, word)).collect();
    tokens.splice(range, made);
}

/// A token that nobody wrote, at the place of one that was.
pub(crate) fn made(model: &Token, word: &str) -> Token {
    let mark = word.chars().next().filter(|c| word.len() == 1 && c.is_ascii_punctuation());
    Token {
        kind: mark.map_or(Kind::Word, Kind::Mark),
        text: word.to_owned(),
        low: word.to_owned(),
        number: None,
        money: false,
        at: model.at.clone(),
    }
}

/// Splits `Shopify-Bestellung` and `Zendesk-Ticket` where the first part names a service.
pub fn split_compounds(tokens: &mut Vec<Token>, is_name: impl Fn(&str) -> bool) {
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let cut = (token.kind == Kind::Word && token.text.starts_with(char::is_uppercase))
            .then(|| token.text.find('-'))
            .flatten()
            .filter(|cut| is_name(&crate::text::fold(&token.text[..*cut])))
            .filter(|cut| token.text[cut + 1..].starts_with(char::is_alphabetic));
        if let Some(cut) = cut {
            let (head, tail) = (token.text[..cut].to_owned(), token.text[cut + 1..].to_owned());
            let mut first = token.clone();
            let mut second = token.clone();
            first.low = crate::text::fold(&head);
            first.at = token.at.start..token.at.start + cut;
            first.text = head;
            second.low = crate::text::fold(&tail);
            second.at = token.at.start + cut + 1..token.at.end;
            second.text = tail;
            tokens.splice(at..=at, [first, second]);
        }
        at += 1;
    }
}

/// Tells whether a word is a participle of a verb, and gives the verb: `sent`, `opened`.
pub(crate) fn participle(low: &str) -> Option<&'static str> {
    const IRREGULAR: &[(&str, &str)] = &[
        ("sent", "send"),
        ("told", "tell"),
        ("written", "write"),
        ("put", "put"),
        ("read", "read"),
        ("made", "make"),
        ("run", "run"),
        ("kept", "keep"),
        ("given", "give"),
        ("taken", "take"),
        ("asked", "ask"),
        ("let", "let"),
        ("set", "set"),
        ("gotten", "get"),
        ("shown", "show"),
        ("paid", "pay"),
        ("held", "hold"),
        ("hit", "hit"),
        ("dropped", "drop"),
    ];
    if let Some((_, base)) = IRREGULAR.iter().find(|(form, _)| *form == low) {
        return Some(base);
    }
    let stem = low.strip_suffix("ed")?;
    let with_e = format!("{stem}e");
    let doubled = stem.get(..stem.len().saturating_sub(1)).unwrap_or_default();
    let with_y = stem.strip_suffix('i').map(|stem| format!("{stem}y"));
    [Some(stem.to_owned()), Some(with_e), Some(doubled.to_owned()), with_y]
        .into_iter()
        .flatten()
        .find_map(|base| lexicon::base(&base))
}

pub(crate) fn is_article(token: &Token) -> bool {
    token.any(ARTICLES)
}
