//! Statements of a database that are written out: `on postgres: delete from sessions where …`. They are
//! one text, whatever words stand in them.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Text, Token, fold};

/// Makes a statement one quoted text.
pub fn statements(text: &mut Text) {
    let tokens = &text.tokens;
    let Some(from) = (0..tokens.len()).find(|at| begins(&tokens[*at..])) else { return };
    let result = result_of(tokens, from);
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
            // `the result of SELECT … to a file`
            let goal = result.is_some()
                && (["to", "into", "as"].contains(&tokens[*at].text.as_str())
                    || ["in", "nach", "als", "per", "an"].contains(&tokens[*at].text.as_str())
                        && tokens.get(at + 1).is_some_and(|next| !next.is_mark('(')));
            closes || goes_on || goal
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
    if let Some(at) = result {
        // Run first, and what came of it is what the deed is done with.
        let lang = text.lang;
        let known = text.tokens.iter().any(|token| {
            token.any(&["sql", "postgres", "postgresql", "mysql", "mariadb", "sqlite", "supabase"])
        });
        let before = (0..at)
            .rev()
            .find(|at| matches!(text.tokens[*at].kind, Kind::Mark(',' | ':' | ';' | '.')))
            .map_or(0, |mark| mark + 1);
        // What is said in front of the verb stays there: when it is done.
        let verb = (before..at)
            .find(|at| crate::lexicon::verb(&text.tokens[*at].low, lang).is_some())
            .unwrap_or(at);
        let reads = quoted.low.starts_with("select");
        let run = if reads { lang.say("query", "lies") } else { "run" };
        let mut words = vec![made(&model, run), quoted];
        if !known {
            let from = if reads { lang.say("from", "aus") } else { "on" };
            words.extend([made(&model, from), made(&model, "sql")]);
        }
        words.push(made(&model, lang.say("and", "und")));
        words.extend(text.tokens[verb..at].iter().cloned());
        words.extend([
            made(&model, lang.say("the", "das")),
            made(&model, lang.say("result", "ergebnis")),
        ]);
        text.tokens.splice(verb..end, words);
        return;
    }
    text.tokens.splice(from..end, [made(&model, "run"), quoted]);
    // `on postgres: …` says where.
    if let Some(colon) = colon {
        text.tokens.remove(colon);
    }
}

/// Where `the result of` stands before a statement.
fn result_of(tokens: &[Token], from: usize) -> Option<usize> {
    let of = from.checked_sub(1).filter(|at| tokens[*at].any(&["of", "von", "from"]))?;
    let noun = of.checked_sub(1).filter(|at| {
        tokens[*at].any(&["result", "results", "output", "rows", "ergebnis", "ergebnisse"])
    })?;
    let article = noun.checked_sub(1).filter(|at| tokens[*at].any(ARTICLES));
    Some(article.unwrap_or(noun))
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
