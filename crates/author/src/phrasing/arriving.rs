//! Mails by what becomes of them: `mails with invoice in the subject that reach our Gmail: note …` → `when
//! a mail with invoice in the subject arrives in our Gmail , note …`.

use super::made;
use crate::text::{Kind, Lang, Token};

const MAILS: &[&str] = &["mails", "mail", "emails", "email", "e-mails", "messages", "e-mail"];

pub fn arriving(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::En {
        return;
    }
    let Some(mail) = tokens.iter().take(4).position(|token| token.any(MAILS)) else { return };
    let Some(colon) =
        tokens.iter().take(20).position(|token| token.is_mark(':') || token.is_mark(','))
    else {
        return;
    };
    let comes = (mail + 1..colon).find(|at| {
        tokens[*at].any(&[
            "reach", "reaching", "reaches", "enter", "hit", "land", "landing", "arrive",
            "arriving", "come", "coming", "get",
        ])
    });
    let Some(comes) = comes.filter(|_| {
        tokens[0].kind == Kind::Word && !tokens[0].any(&["when", "if", "whenever", "on"])
    }) else {
        return;
    };
    let rest = &tokens[comes + 1..colon];
    let place = rest.iter().any(|token| {
        token.any(&["inbox", "mailbox", "gmail"]) || token.is_capital() || token.kind == Kind::Email
    });
    if !place || tokens[..comes].iter().any(|token| token.kind == Kind::Url) {
        return;
    }
    let model = tokens[mail].clone();
    let mut what: Vec<Token> = tokens[mail + 1..comes].to_vec();
    while what.last().is_some_and(|token| token.any(&["that", "which"])) {
        what.pop();
    }
    let where_to: Vec<Token> = rest
        .iter()
        .skip_while(|token| token.any(&["in", "to", "into", "at", "on"]))
        .cloned()
        .collect();
    let mut words: Vec<Token> = ["when", "a", "mail"].map(|word| made(&model, word)).to_vec();
    words.extend(what);
    words.extend(["arrives", "in"].map(|word| made(&model, word)));
    words.extend(where_to);
    words.push(made(&model, ","));
    tokens.splice(..=colon, words);
}
