//! Words that stand for what was named before: `there` for the channel or the service said last, a relative clause
//! that only says in which field something comes.

use super::pattern::fits;
use super::put;
use crate::clauses::Vocabulary;
use crate::text::{Kind, Lang, Token};

pub fn places(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    fields(tokens);
    if lang == Lang::En {
        holds(tokens);
        about(tokens);
    }
    let here: &[&str] = match lang {
        Lang::En => &["there"],
        Lang::De => &["dort", "dorthin", "dahin"],
    };
    let mut at = 2;
    while at < tokens.len() {
        let is = tokens.get(at + 1).is_some_and(|next| {
            next.among("is are was were 's has should must will isn ist sind can be")
        });
        if !tokens[at].any(here)
            || is
            || tokens[at - 1].any(&["is", "are", "if", "when", "whether", "that"])
        {
            at += 1;
            continue;
        }
        let before = &tokens[..at];
        let channel = before.iter().rposition(|token| token.kind == Kind::Channel);
        let service = before.iter().rposition(|token| token.is_word() && known.is_name(&token.low));
        let range = match (channel, service) {
            (Some(channel), service) if service.is_none_or(|service| service <= channel + 2) => {
                let named = service.is_some_and(|service| service == channel + 2);
                channel..channel + if named { 3 } else { 1 }
            }
            (_, Some(service)) => service..service + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        let place: Vec<Token> = tokens[range.clone()].to_vec();
        let word = match (lang, range.len() > 1 || tokens[range.start].kind == Kind::Channel) {
            (Lang::En, true) => "to",
            (Lang::En, false) => "in",
            (Lang::De, _) => "in",
        };
        tokens.splice(at..=at, std::iter::once(super::said(word)).chain(place));
        at += 2;
    }
}

/// `the number, which comes in the field phone` → `the number from the field phone`.
fn fields(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at < tokens.len() {
        let english = fits(
            &tokens[at..],
            ", which|that comes|is|are|stands|arrives|comes along? in|from|as the? field",
        )
        .or_else(|| fits(&tokens[at..], ", which|that you|we|i can? find|get in the? field"));
        let german = fits(&tokens[at..], ", die|der|das im|aus|in dem? feld");
        if let Some(length) = english {
            put(tokens, at..at + length, "from the field");
        } else if let Some(length) = german
            && let Some(end) = tokens
                .get(at + length + 1)
                .filter(|token| token.any(&["steht", "kommt", "stehen", "mitkommt", "liegt"]))
        {
            let _ = end;
            tokens.remove(at + length + 1);
            put(tokens, at..at + length, "aus dem Feld");
            for token in &mut tokens[at..at + 3] {
                token.low = crate::text::fold(&token.text);
            }
        }
        at += 1;
    }
}

/// `that mentions the word refund` → `with the word refund`.
fn holds(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let length = fits(
            &tokens[at..],
            "that|which mention|mentions|contain|contains|include|includes the word|words|term|phrase",
        );
        if let Some(length) = length {
            put(tokens, at..at + length, "with the word");
        }
        at += 1;
    }
}

/// `whether it is about a refund` → `whether it is refund`, so that the model chooses between that and not.
fn about(tokens: &mut Vec<Token>) {
    let found = (0..tokens.len()).find_map(|at| {
        let length =
            fits(&tokens[at..], "whether|if it|this|that|he|she|they is|are about a|an|the?")?;
        let told = tokens[at.saturating_sub(4)..at]
            .iter()
            .any(|token| token.among("decide judge check determine tell say see assess find"));
        // A list of several names has a way of its own.
        let list = tokens[at + length..]
            .iter()
            .take(6)
            .any(|token| token.any(&["or"]) || token.is_mark(','));
        (told && !list).then_some((at, length))
    });
    if let Some((at, length)) = found {
        tokens.drain(at + 3..at + length);
    }
}
