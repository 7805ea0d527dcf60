//! Where a mailbox is named: `a mail arrives`, `incoming emails`.

use codex32_model::definition::TriggerKind;

use super::names::Found;
use crate::clauses::{Clause, Lead};
use crate::lexicon::{ARRIVES, ARTICLES, Op};
use crate::text::{Kind, Lang, Token};

/// A mailbox; looked for after other systems, so that `a mail in Gmail` is theirs.
pub fn mailbox(clause: &Clause, lang: Lang) -> Option<Found> {
    let opening = clause.lead == Lead::When || clause.lead == Lead::If;
    incoming(clause, opening, lang)
}

const MAIL: &[&str] = &[
    "email",
    "emails",
    "mail",
    "mails",
    "e-mail",
    "e-mails",
    "inbox",
    "postfach",
    "posteingang",
    "mailbox",
];

fn incoming(clause: &Clause, opening: bool, lang: Lang) -> Option<Found> {
    let tokens = &clause.tokens;
    let at = tokens.iter().position(|token| {
        token.any(MAIL)
            || token.is_word()
                && (token.low.ends_with("-mails")
                    || token.low.ends_with("-mail") && token.low != "e-mail"
                    || token.low.ends_with("emails") && token.low.len() > 6)
    })?;
    let arrives = tokens.iter().any(|token| token.any(ARRIVES) || token.any(&["mailed"]));
    let incoming = tokens[..at].iter().any(|token| {
        token.any(&["incoming", "eingehende", "eingehenden", "eingehender", "neue", "unread"])
    }) || tokens[..at].iter().any(|token| token.any(&["every", "each", "jede"]))
        && tokens[..at].iter().any(|token| token.any(&["support", "incoming"]))
        || tokens[at].any(&["inbox", "postfach", "posteingang", "mailbox"])
            && clause.verb.is_some_and(|(_, op)| op == Op::Fetch);
    let headline = clause.lead == Lead::None
        && clause.verb.is_none_or(|(verb, _)| verb == at)
        && clause.before == crate::clauses::Join::Start
        && at <= 2
        && tokens[..at].iter().all(|token| token.any(ARTICLES))
        && tokens.get(at + 1).is_some_and(|next| {
            next.any(ARRIVES) || next.any(&["with", "from", "mit", "von", "whose", "containing"])
        })
        && !tokens
            .iter()
            .any(|token| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url));
    let comes = (headline || opening && arrives)
        && !tokens.iter().enumerate().any(|(at, token)| {
            token.kind == Kind::Email && !(at > 0 && tokens[at - 1].any(&["from", "von"]))
        });
    let named = incoming && clause.lead == Lead::None;
    if !comes && !named {
        return None;
    }
    let inbox = tokens[at].any(&["inbox", "postfach", "posteingang", "mailbox"]);
    let taken = if headline {
        0..tokens.len()
    } else if opening {
        at..at + 1
    } else if inbox && clause.verb.is_some_and(|(verb, _)| verb < at) {
        clause.verb.map_or(at, |(verb, _)| verb)..at + 1
    } else {
        at..at
    };
    let doubt = None;
    let nouns =
        ["email", "mail", "message", lang.say("inbox", "postfach")].map(str::to_owned).to_vec();
    Some(Found {
        kind: TriggerKind::Email { connection: None, folder: None },
        taken,
        nouns,
        doubt,
        conditions: mail_conditions(tokens),
    })
}

/// `with "urgent" in the subject`, `von chef@example.de`.
fn mail_conditions(tokens: &[Token]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let quoted = tokens.iter().find(|token| token.kind == Kind::Quoted);
    let about = tokens.iter().any(|token| token.any(&["subject", "betreff", "titled"]));
    let body = tokens
        .iter()
        .any(|token| token.any(&["body", "text", "containing", "contains", "enthaelt", "inhalt"]));
    if let Some(quoted) = quoted {
        let field = if about || !body { "subject" } else { "text" };
        out.push((field.to_owned(), quoted.text.clone()));
    }
    let from =
        tokens.windows(2).find(|pair| pair[0].any(&["from", "von"]) && pair[1].kind == Kind::Email);
    if let Some(pair) = from {
        out.push(("from".to_owned(), pair[1].text.clone()));
    }
    out
}
