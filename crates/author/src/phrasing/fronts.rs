//! What starts the bot, said behind the deed: `ask x@y to approve whenever the webhook z comes in, and …`.
//! It is put in front, so that all deeds follow it.

use super::made;
use crate::text::{Kind, Lang, Token};

pub fn fronts(tokens: &mut Vec<Token>, lang: Lang) {
    let (opens, does): (&[&str], &[&str]) = match lang {
        Lang::En => (&["when", "whenever"], ARRIVES),
        Lang::De => (&["wenn", "sobald"], ARRIVES_DE),
    };
    let started = tokens.iter().take(3).any(|token| token.any(opens) || token.any(&["on", "bei"]));
    let Some(at) = (2..tokens.len()).find(|at| tokens[*at].any(opens)) else { return };
    if started || !tokens[at - 1].is_word() && !named(&tokens[at - 1]) {
        return;
    }
    let hook =
        tokens[at + 1..].iter().take(3).any(|token| token.any(&["webhook", "event", "ereignis"]));
    let end = (at + 1..tokens.len()).find(|end| {
        matches!(tokens[*end].kind, Kind::Mark(_)) || tokens[*end].any(&["and", "und", "then"])
    });
    let end = end.unwrap_or(tokens.len());
    // Only that it comes, and nothing that is compared.
    let bare = end - at <= 7 && tokens[at..end].iter().any(|token| token.any(does));
    let goes_on = end < tokens.len();
    if !hook || !bare || !goes_on {
        return;
    }
    let mut start: Vec<Token> = tokens.drain(at..end).collect();
    let model = start[0].clone();
    start.push(made(&model, ","));
    tokens.splice(0..0, start);
}

fn named(token: &Token) -> bool {
    matches!(token.kind, Kind::Email | Kind::Channel | Kind::Quoted)
}

const ARRIVES: &[&str] = &[
    "comes",
    "arrives",
    "fires",
    "called",
    "happens",
    "triggered",
    "hit",
    "received",
    "posts",
    "runs",
];
const ARRIVES_DE: &[&str] = &[
    "kommt",
    "eintrifft",
    "eingeht",
    "ankommt",
    "aufgerufen",
    "hereinkommt",
    "reinkommt",
    "ausgeloest",
];
