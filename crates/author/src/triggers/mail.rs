//! Where a mailbox is named: `a mail arrives`, `incoming emails`, `every mail from x@y.de`.

use codex32_model::definition::TriggerKind;

use super::names::Found;
use crate::clauses::{Clause, Lead};
use crate::lexicon::{self, ARRIVES, ARTICLES, Op};
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

const INBOX: &[&str] = &["inbox", "postfach", "posteingang", "mailbox"];

/// Words that say that what is spoken of is yet to come.
const COMING: &[&str] = &[
    "incoming",
    "eingehende",
    "eingehenden",
    "eingehender",
    "neue",
    "neuen",
    "neuer",
    "unread",
    "new",
];

const EACH: &[&str] =
    &["every", "each", "any", "all", "jede", "jeder", "jeden", "alle", "saemtliche"];

fn is_mail(token: &Token) -> bool {
    token.any(MAIL)
        || token.is_word()
            && (token.low.ends_with("-mails")
                || token.low.ends_with("-mail") && token.low != "e-mail"
                || token.low.ends_with("emails") && token.low.len() > 6)
}

fn incoming(clause: &Clause, opening: bool, lang: Lang) -> Option<Found> {
    let tokens = &clause.tokens;
    let at = tokens.iter().position(is_mail)?;
    let arrives = tokens.iter().any(|token| token.any(ARRIVES) || token.any(&["mailed"]));
    let each = tokens[..at].iter().any(|token| token.any(EACH));
    // `every mail from x@y.de`: told apart by who sent it.
    let from_whom = tokens.get(at + 1).is_some_and(|next| next.any(&["from", "von"]))
        && tokens.get(at + 2).is_some_and(|next| next.kind == Kind::Email || next.any(ARTICLES));
    let incoming = tokens[..at]
        .iter()
        .any(|token| token.any(COMING) && !token.any(&["new", "neuen", "neuer"]))
        || each
            && (tokens[..at].iter().any(|token| token.any(&["support", "incoming"])) || from_whom)
        // `Mails mit dem Betreff X … posten`
        || at == 0
            && clause.before == crate::clauses::Join::Start
            && tokens[at].any(&["mails", "emails", "e-mails"])
            && tokens.get(at + 1).is_some_and(|next| next.any(&["from", "von", "mit", "with"]))
        || tokens[at].any(INBOX) && clause.verb.is_some_and(|(_, op)| op == Op::Fetch);
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
    let opened = opening
        && (arrives
            || from_whom
            || tokens[..at].iter().any(|token| token.any(COMING) || token.any(EACH)));
    let comes = (headline || opened)
        && !tokens.iter().enumerate().any(|(at, token)| {
            let whose = at > 0
                && (tokens[at - 1].any(&["from", "von"])
                    || arrives && tokens[at - 1].any(&["to", "an", "at", "bei", "auf"]));
            token.kind == Kind::Email && !whose
        });
    let named = incoming && clause.lead == Lead::None;
    if !comes && !named {
        return None;
    }
    let inbox = tokens[at].any(INBOX);
    let taken = if headline {
        0..tokens.len()
    } else if opening {
        at..at + 1
    } else if inbox && clause.verb.is_some_and(|(verb, _)| verb < at) {
        clause.verb.map_or(at, |(verb, _)| verb)..at + 1
    } else {
        phrase(tokens, at, lang)
    };
    let doubt = None;
    let nouns =
        ["email", "mail", "message", lang.say("inbox", "postfach")].map(str::to_owned).to_vec();
    Some(Found {
        kind: TriggerKind::Email { connection: None, folder: None },
        conditions: mail_conditions(
            &tokens[..taken.end.max(at + 1).max(if opening { tokens.len() } else { 0 })],
        ),
        taken,
        nouns,
        doubt,
    })
}

/// The mail with all that tells which one, inside a deed: `jede Mail von x@y.de`.
fn phrase(tokens: &[Token], at: usize, lang: Lang) -> std::ops::Range<usize> {
    let mut from = at;
    while from > 0
        && (tokens[from - 1].any(ARTICLES)
            || tokens[from - 1].any(COMING)
            || tokens[from - 1].any(EACH)
            || tokens[from - 1].any(&["support", "customer"]))
    {
        from -= 1;
    }
    let mut end = at + 1;
    while let Some(token) = tokens.get(end) {
        let telling = token.any(&[
            "from",
            "von",
            "with",
            "mit",
            "about",
            "containing",
            "whose",
            "that",
            "arriving",
            "in",
            "im",
            "subject",
            "betreff",
            "titled",
            "the",
            "word",
            "words",
            "dem",
            "der",
            "wort",
            "comes",
            "arrives",
            "come",
            "arrive",
            "which",
            "our",
            "support",
            "inbox",
            "postfach",
        ]) || matches!(token.kind, Kind::Quoted)
            || token.kind == Kind::Email && tokens[end - 1].any(&["from", "von"])
            || tokens[end - 1].any(&[
                "wort",
                "word",
                "betreff",
                "subject",
                "titled",
                "containing",
                "mit",
                "with",
                "about",
            ]) && token.is_word()
                && !lexicon::is_empty_word(token)
                && !token.any(lexicon::PLEASE)
                && lexicon::verb(&token.low, lang).is_none();
        // `in Slack`, `mit KI`: the deed's own.
        let ends = token.any(&["in", "with", "mit"])
            && !tokens[end + 1..].iter().take(4).any(|next| {
                next.any(&[
                    "subject", "betreff", "inbox", "postfach", "wort", "word", "titel", "title",
                ])
            });
        if !telling || ends {
            break;
        }
        end += 1;
    }
    from..end
}

/// `with "urgent" in the subject`, `von chef@example.de`, `mit dem Betreff Störung`.
pub(super) fn mail_conditions(tokens: &[Token]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let about = tokens.iter().any(|token| token.any(&["subject", "betreff", "titled", "title"]));
    let body = tokens
        .iter()
        .any(|token| token.any(&["body", "text", "containing", "contains", "enthaelt", "inhalt"]));
    let field = if about || !body { "subject" } else { "text" };
    match tokens.iter().find(|token| token.kind == Kind::Quoted) {
        Some(quoted) => out.push((field.to_owned(), quoted.text.clone())),
        None => {
            if let Some(words) = words_of_subject(tokens) {
                out.push((field.to_owned(), words));
            }
        }
    }
    let from =
        tokens.windows(2).find(|pair| pair[0].any(&["from", "von"]) && pair[1].kind == Kind::Email);
    if let Some(pair) = from {
        out.push(("from".to_owned(), pair[1].text.clone()));
    }
    let domain = tokens.windows(2).find(|pair| {
        pair[0].any(&["from", "von"])
            && pair[1].kind == Kind::Dotted
            && !tokens.iter().any(|token| token.kind == Kind::Email)
    });
    if let Some(pair) = domain {
        out.push(("from".to_owned(), pair[1].text.clone()));
    }
    let to = tokens
        .windows(2)
        .find(|pair| pair[0].any(&["to", "an", "at", "bei", "auf"]) && pair[1].kind == Kind::Email);
    if let Some(pair) = to {
        out.push(("to".to_owned(), pair[1].text.clone()));
    }
    out
}

/// The words that a subject holds, said without quotes.
fn words_of_subject(tokens: &[Token]) -> Option<String> {
    const LITTLE: &[&str] = &[
        "the",
        "word",
        "words",
        "with",
        "containing",
        "contains",
        "mit",
        "dem",
        "den",
        "wort",
        "in",
        "im",
        "is",
        "ist",
        "of",
        "its",
        "line",
        "whose",
        "that",
        "has",
        "mentions",
        "includes",
        "lautet",
        "enthaelt",
        "deren",
        "a",
        "an",
        "says",
        "reads",
        "having",
        "sein",
        "hat",
        "das",
        "whith",
    ];
    let subject = tokens
        .iter()
        .position(|token| token.any(&["subject", "betreff", "titled", "titel", "title"]));
    let containing = || {
        tokens
            .iter()
            .position(|token| token.any(&["containing", "contains", "enthaelt", "mentions"]))
    };
    let at = subject.or_else(containing)?;
    let names = |token: &Token| {
        (token.is_word() || matches!(token.kind, Kind::Number | Kind::Dotted))
            && !token.any(LITTLE)
            && !token.any(lexicon::PLEASE)
            && !token.any(ARRIVES)
            && !is_mail(token)
    };
    let run = |from: usize| -> Vec<String> {
        tokens[from..]
            .iter()
            .skip_while(|token| token.any(LITTLE))
            .take_while(|token| names(token))
            .take(4)
            .map(|token| token.text.clone())
            .collect()
    };
    let after = run(at + 1);
    if !after.is_empty() {
        return Some(after.join(" "));
    }
    // `with outage in the subject`
    let with = tokens[..at].iter().rposition(|token| {
        token.any(&["with", "mit", "containing", "whose", "having", "has", "that", "wort", "word"])
    })?;
    let before = run(with + 1);
    (!before.is_empty()).then(|| before.join(" "))
}
