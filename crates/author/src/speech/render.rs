//! Tokens become a sentence again.

use crate::lexicon;
use crate::text::{Kind, Lang, Text, Token};

/// Marks that nothing stands between any more.
pub fn tidy(tokens: &mut Vec<Token>, wished: bool) {
    let comma = |token: &Token| token.is_mark(',');
    let mut at = 0;
    while at < tokens.len() {
        let first =
            at == 0 || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | ':' | '!' | '?'));
        let twice = at > 0 && comma(&tokens[at - 1]);
        let last =
            tokens.get(at + 1).is_none_or(|next| matches!(next.kind, Kind::Mark('.' | '!' | '?')));
        if comma(&tokens[at]) && (first || twice || last) {
            tokens.remove(at);
            at = at.saturating_sub(1);
            continue;
        }
        let stop = matches!(tokens[at].kind, Kind::Mark('.' | '!' | '?'));
        if stop && first {
            tokens.remove(at);
            continue;
        }
        if wished && tokens[at].is_mark('?') {
            tokens[at] = super::said(".");
        }
        at += 1;
    }
}

/// The sentence that the tokens say.
pub fn render(tokens: &[Token], text: &Text) -> String {
    let source = text.source.as_str();
    let mut out = String::with_capacity(source.len());
    let mut before: Option<&Token> = None;
    for token in tokens {
        let written = !token.at.is_empty();
        let gap = before.filter(|before| written && !before.at.is_empty()).and_then(|before| {
            let gap = source.get(before.at.end..token.at.start)?;
            gap.chars().all(|c| c == ' ' || "€$£".contains(c)).then_some(gap)
        });
        match gap {
            Some(gap) => out.push_str(gap),
            None => {
                let close =
                    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!' | '?' | ')'))
                        || token.low.starts_with('\'') && token.is_word();
                if !out.is_empty() && !out.ends_with('(') && !close {
                    out.push(' ');
                }
                if token.money && written {
                    out.push_str(currency(source, token));
                }
            }
        }
        let words = if written { source.get(token.at.clone()) } else { None };
        let words = words.unwrap_or(&token.text);
        let moved = written && token.at.start == 0 && !out.is_empty();
        if moved && common(token, text.lang) {
            out.push_str(&token.low);
        } else {
            out.push_str(words);
        }
        before = Some(token);
    }
    out
}

/// The sign of an amount that has left its place.
fn currency(source: &str, token: &Token) -> &'static str {
    let after = source[token.at.end..].trim_start();
    let before = source[..token.at.start].trim_end();
    ["€", "$", "£"]
        .into_iter()
        .find(|sign| before.ends_with(sign) || after.starts_with(sign))
        .unwrap_or_default()
}

/// A word that has a capital only because it began the sentence.
fn common(token: &Token, lang: Lang) -> bool {
    let small = token.text.chars().skip(1).all(char::is_lowercase);
    let verb = lexicon::verb(&token.low, lang).is_some();
    token.is_word() && small && (verb || lexicon::is_empty_word(token) || token.low.len() < 5)
}
