//! Statements of a database that are written out: `on postgres: delete from sessions where …`. They are
//! one text, whatever words stand in them.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Text, Token, fold};

/// Makes a statement one quoted text.
pub fn statements(text: &mut Text) {
    let tokens = &text.tokens;
    let Some(from) = (0..tokens.len()).find(|at| begins(&tokens[*at..])) else { return };
    let end = (from + 1..tokens.len())
        .find(|at| {
            let closes = tokens[*at].is_mark(';')
                || tokens[*at].is_mark('.')
                || tokens[*at].is_mark(',')
                    && tokens
                        .get(at + 1)
                        .is_some_and(|next| next.any(&["then", "and", "dann", "und"]));
            let goes_on = tokens[*at].any(&["and", "then"])
                && tokens.get(at + 1).is_some_and(|next| {
                    next.is_word()
                        && crate::lexicon::is_base(&next.low)
                        && !tokens
                            .get(at + 2)
                            .is_some_and(|next| matches!(next.kind, Kind::Mark(_)))
                });
            closes || goes_on
        })
        .unwrap_or(tokens.len());
    let last = tokens.get(end).map_or(text.source.len(), |token| token.at.start);
    let Some(said) = text.source.get(tokens[from].at.start..last) else { return };
    let said = said.trim().trim_end_matches(['.', ';', ',']).to_owned();
    let model = tokens[from].clone();
    let quoted = Token {
        kind: Kind::Quoted,
        low: fold(&said),
        text: said,
        number: None,
        money: false,
        at: model.at.start..last,
    };
    let colon = from.checked_sub(1).filter(|at| tokens[*at].is_mark(':'));
    text.tokens.splice(from..end, [made(&model, "run"), quoted]);
    // `on postgres: …` says where.
    if let Some(colon) = colon {
        text.tokens.remove(colon);
    }
}

/// Whether a statement begins here: no sentence has its words in this order.
fn begins(tokens: &[Token]) -> bool {
    let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    let name = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Dotted) && !token.any(ARTICLES)
        })
    };
    let marks = tokens
        .iter()
        .take(30)
        .take_while(|token| !token.is_mark(';'))
        .any(|token| matches!(token.kind, Kind::Mark('<' | '>' | '=' | '(' | '*')));
    let condition = word(3, "where") && marks;
    if word(0, "delete") && word(1, "from") && name(2) {
        return condition || tokens.len() == 3;
    }
    if word(0, "update") && name(1) && word(2, "set") && name(3) {
        return marks;
    }
    if word(0, "insert") && word(1, "into") && name(2) {
        return tokens.iter().take(24).any(|token| token.is("values")) && marks;
    }
    word(0, "select")
        && !tokens.get(1).is_some_and(|token| token.any(ARTICLES))
        && tokens.iter().take(16).position(|token| token.is("from")).is_some_and(|from| {
            from > 1
                && name(from + 1)
                && (marks || tokens[1..from].iter().any(|token| token.is_mark(',')))
        })
}
