//! Keeping a log: `write the field x of https://… into the run log` is read and logged, `log every new order
//! in the sheet x` is put there.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

pub fn logged(tokens: &mut Vec<Token>) {
    into_the_log(tokens);
    elsewhere(tokens);
}

/// `write X of https://… into the (run) log` → `get X of https://… and log it`.
fn into_the_log(tokens: &mut Vec<Token>) {
    let Some(log) = tokens.iter().position(|token| token.any(&["log", "protokoll"])) else {
        return;
    };
    let mut from = log;
    while from > 0
        && (tokens[from - 1].any(ARTICLES) || tokens[from - 1].any(&["run", "own", "its", "bot"]))
    {
        from -= 1;
    }
    let Some(into) = from.checked_sub(1).filter(|at| tokens[*at].any(&["into", "to", "in"])) else {
        return;
    };
    let divides = |token: &Token| matches!(token.kind, Kind::Mark(_));
    let begin = tokens[..into].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let verb = (begin..into).find(|at| tokens[*at].any(&["write", "put", "save", "add", "dump"]));
    let read = tokens[begin..into].iter().any(|token| token.kind == Kind::Url);
    let Some(verb) = verb.filter(|verb| read && *verb <= begin + 1) else { return };
    let model = tokens[verb].clone();
    tokens.splice(into..=log, ["and", "log", "it"].map(|word| made(&model, word)));
    tokens[verb] = made(&model, "get");
}

/// `log every payment in the Google Sheet x`: put there, and not into the log.
fn elsewhere(tokens: &mut [Token]) {
    let Some(at) = tokens.iter().position(|token| token.is("log")) else { return };
    let opens = at == 0 || matches!(tokens[at - 1].kind, Kind::Mark(_)) || tokens[at - 1].is("and");
    let end = tokens[at..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(_)))
        .map_or(tokens.len(), |offset| at + offset);
    let place = (at + 1..end).find(|at| {
        let at = *at;
        tokens[at].any(&["in", "into", "to"])
            && tokens[at + 1..end.min(at + 5)].iter().any(|token| {
                token.any(&[
                    "sheet",
                    "spreadsheet",
                    "table",
                    "database",
                    "airtable",
                    "notion",
                    "supabase",
                    "postgres",
                    "mysql",
                ])
            })
    });
    if let Some(place) = place.filter(|_| opens) {
        tokens[at] = made(&tokens[at].clone(), "add");
        tokens[place] = made(&tokens[place].clone(), "to");
    }
}
