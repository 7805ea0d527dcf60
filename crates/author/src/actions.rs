//! Stage 3b: what a clause wants done: the deed, where it goes, what it carries.

use codex32_model::action::ConnectorSpec;

use crate::clauses::Clause;
use crate::index::Index;
use crate::lexicon::{self, Ai, Op, people};
use crate::text::{Kind, Lang, Token};

mod called;
mod carry;
mod given;
mod manner;
mod places;
mod refine;
pub mod slots;
mod unknown;

pub use carry::{Payload, fields, payload, plain};
pub use given::Given;
pub use manner::Tries;
use places::{cut, destinations};
pub use unknown::{unknown_app, unknown_source};

/// A service that the clause names.
#[derive(Debug, Clone, PartialEq)]
pub enum App<'a> {
    None,
    Known(&'a ConnectorSpec),
    /// As written.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Intent<'a> {
    pub op: Op,
    /// `GET`, `POST`, … when the words tell.
    pub method: Option<&'static str>,
    pub urls: Vec<String>,
    /// Addresses that are read rather than written to: `the contents of https://…`.
    pub sources: Vec<String>,
    pub emails: Vec<String>,
    pub channels: Vec<String>,
    /// `by email`, `an email`.
    pub by_mail: bool,
    pub app: App<'a>,
    /// A person: `the buyer` (of the data), `the managers` (from outside).
    pub person: Option<Person>,
    pub payload: Payload,
    pub subject: Option<String>,
    pub tries: Option<Tries>,
    /// `ten at a time`.
    pub concurrency: Option<u32>,
    /// A language model that is named.
    pub model: Option<String>,
    pub ai: bool,
    /// All words of the clause, for retrieval and questions.
    pub tokens: Vec<Token>,
    /// The words that are not verb, destination or manner.
    pub content: Vec<Token>,
    pub parallel: bool,
    /// A service that is read from: `from our Postgres table`.
    pub source_app: Option<&'a ConnectorSpec>,
    /// The field that holds whom to write to: `the address in the field mail`.
    pub to_field: Option<String>,
    /// One message for each item.
    pub each: bool,
    /// What goes along by name: `with mode full`, `name, email and plan`.
    pub given: Vec<Given>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Person {
    InData(String),
    Outside(String),
}

/// Reads a clause. `nouns` are words for the data at hand.
pub fn read<'a>(clause: &Clause, index: &Index<'a>, lang: Lang, nouns: &[String]) -> Intent<'a> {
    let mut intent = Intent {
        op: clause.verb.map_or(Op::Other, |(_, op)| op),
        method: None,
        urls: Vec::new(),
        sources: Vec::new(),
        emails: Vec::new(),
        channels: Vec::new(),
        by_mail: false,
        app: App::None,
        person: None,
        payload: Payload::Nothing,
        subject: None,
        tries: None,
        concurrency: None,
        model: None,
        ai: false,
        tokens: clause.tokens.clone(),
        content: Vec::new(),
        parallel: clause.parallel,
        source_app: None,
        to_field: None,
        each: false,
        given: Vec::new(),
    };
    let mut rest: Vec<Token> = clause.tokens.clone();
    let verb = clause.verb.map(|(at, _)| rest[at].clone());
    if let Some((at, _)) = clause.verb {
        rest.remove(at);
    }
    manner::take(&mut rest, &mut intent);
    refine::op(&mut intent, verb.as_ref(), &mut rest, lang);
    subject(&mut rest, &mut intent);
    given::take(&mut rest, &mut intent, clause.verb.map(|(at, _)| at), index, lang);
    to_field(&mut rest, &mut intent);
    destinations(&mut rest, &mut intent, index);
    // `tweet a line from the sheet`: the verb is the service, what else is named is read.
    if let Some(verb) = &verb
        && let Some((_, own)) = index.named(std::slice::from_ref(verb))
    {
        match &intent.app {
            App::Known(other) if other.name != own.name && intent.source_app.is_none() => {
                intent.source_app = Some(*other);
                intent.app = App::Known(own);
            }
            App::None => intent.app = App::Known(own),
            _ => {}
        }
    }
    mail_words(&mut rest, &mut intent);
    person(&mut rest, &mut intent);
    carry::trim(&mut rest);
    let answers = matches!(intent.op, Op::Respond | Op::Return) || clause.verb.is_none();
    if answers && rest.len() > 1 && rest[0].any(&["with", "mit"]) {
        rest.remove(0);
    }
    intent.payload = carry::payload(&rest, &intent, nouns, lang);
    given::payload(&mut intent);
    intent.content = rest;
    intent
}

impl Intent<'_> {
    pub fn word(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|token| token.any(words))
    }

    /// Whether a place or person to send to is given.
    pub fn has_target(&self) -> bool {
        !self.urls.is_empty()
            || !self.sources.is_empty()
            || !self.emails.is_empty()
            || !self.channels.is_empty()
            || self.by_mail
            || self.app != App::None
            || self.to_field.is_some()
            || self.person.is_some()
    }
}

/// `to the address in the field mail`, `an die Adresse im Feld email`.
fn to_field(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let address = rest.iter().position(|token| {
        token.any(&[
            "address",
            "adresse",
            "mailadresse",
            "e-mail-adresse",
            "recipient",
            "empfaenger",
            "email-adresse",
            "mail-adresse",
        ])
    });
    let Some(at) = address else { return };
    let field = rest[at..]
        .iter()
        .take(5)
        .position(|token| token.any(&["field", "feld", "key", "property"]))
        .map(|offset| at + offset);
    let plain = |token: &&Token| {
        matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
            && !lexicon::is_empty_word(token)
            && !token.any(lexicon::ARTICLES)
    };
    let name = field.and_then(|field| {
        let skip = usize::from(
            rest.get(field + 1).is_some_and(|next| next.any(&["called", "named", "namens"])),
        );
        rest.get(field + 1 + skip).filter(plain).map(|token| (field + 1 + skip, token))
    });
    // `the address event.data.requester`
    let name = name.or_else(|| {
        rest.get(at + 1).filter(|token| token.kind == Kind::Dotted).map(|token| (at + 1, token))
    });
    let (end, name) = match name {
        Some((end, token)) => {
            (end, crate::text::ident(token.low.rsplit('.').next().unwrap_or_default()))
        }
        // `to the address in the event`, `an die mitgeschickte Adresse`
        None => {
            let within = rest
                .get(at + 1)
                .is_some_and(|next| next.any(&["in", "from", "of", "im", "aus", "der", "des"]));
            let last = if within {
                (at + 1..rest.len()).find(|at| plain(&&rest[*at])).unwrap_or(at)
            } else {
                at
            };
            (last, "email".to_owned())
        }
    };
    let mut to = end + 1;
    while rest.get(to).is_some_and(|token| {
        token.any(&["of", "the", "event", "from", "des", "body", "im", "in", "ereignisses"])
    }) {
        to += 1;
    }
    let mut from = at;
    while from > 0
        && rest[from - 1].any(&[
            "to",
            "the",
            "an",
            "die",
            "der",
            "den",
            "mail",
            "email",
            "e-mail",
            "contained",
            "given",
            "jeweilige",
            "zu",
            "mitgeschickte",
            "angegebene",
            "at",
            "its",
            "their",
            "customer",
            "customers",
            "'s",
        ])
    {
        from -= 1;
    }
    intent.to_field = Some(name);
    rest.drain(from..to.min(rest.len()));
}

const MAIL: &[&str] = &["email", "mail", "e-mail", "emails", "mails", "e-mails"];

/// `by email`, `an email to`, `per E-Mail`.
fn mail_words(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let sends = matches!(
        intent.op,
        Op::Send | Op::Notify | Op::Email | Op::Other | Op::Ai(Ai::Write) | Op::Approve
    );
    let Some(at) = rest.iter().position(|token| token.any(MAIL)) else { return };
    let before = at.checked_sub(1).map(|before| &rest[before]);
    let means = before.is_some_and(|before| {
        before.any(&[
            "by",
            "via",
            "per",
            "an",
            "a",
            "eine",
            "through",
            "the",
            "as",
            "als",
            "follow-up",
            "reminder",
            "welcome",
        ])
    }) || rest.len() == 1
        || intent.op == Op::Send && before.is_none();
    if sends && means {
        intent.by_mail = true;
        if intent.op == Op::Other && !intent.emails.is_empty() {
            intent.op = Op::Send;
        }
        let follows_text =
            before.is_some_and(|before| before.any(&["reminder", "welcome", "follow-up"]));
        if follows_text {
            rest.remove(at);
        } else {
            cut(rest, at, 1);
        }
    }
}

/// `with subject "…"`.
fn subject(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let Some(at) = rest.iter().position(|token| token.any(&["subject", "betreff"])) else { return };
    let mut next = at + 1;
    while rest.get(next).is_some_and(|token| token.any(&["line", "is", "of"]) || token.is_mark(':'))
    {
        next += 1;
    }
    let Some(first) = rest.get(next) else { return };
    let end = if first.kind == Kind::Quoted {
        next + 1
    } else {
        rest[next..]
            .iter()
            .position(|token| {
                token.any(&["and", "with", "to", "und", "mit", "an", "saying"])
                    || token.is_mark(',')
                    || token.kind == Kind::Email
            })
            .map_or(rest.len(), |offset| next + offset)
    };
    if end > next {
        let words: Vec<&str> = rest[next..end].iter().map(|token| token.text.as_str()).collect();
        intent.subject = Some(words.join(" "));
        cut(rest, at, end - at);
    }
}

/// `the buyer`, `to the managers`.
fn person(rest: &mut Vec<Token>, intent: &mut Intent<'_>) {
    let tells =
        matches!(intent.op, Op::Notify | Op::Email | Op::Send | Op::Approve) || intent.by_mail;
    if !tells || !intent.emails.is_empty() {
        drop_me(rest);
        return;
    }
    let at = rest.iter().enumerate().position(|(at, token)| {
        let first = at == 0 || rest[..at].iter().all(|token| token.any(lexicon::ARTICLES));
        let to = at.checked_sub(1).is_some_and(|_| {
            let before = rest[..at].iter().rposition(|token| !token.any(lexicon::ARTICLES));
            before.is_some_and(|before| {
                rest[before].any(&["to", "an", "for", "ask", "fuer", "from", "von", "bei"])
            })
        });
        let them = token.any(&["them", "her", "ihm", "ihnen"])
            && (matches!(intent.op, Op::Email | Op::Notify)
                || rest.get(at + 1).is_some_and(|next| next.any(&["a", "an", "eine", "einen"])));
        let known = them || token.any(people::IN_DATA) || token.any(people::OUTSIDE);
        let compound = rest.get(at + 1).is_some_and(|next| next.any(people::OUTSIDE));
        let listed = (!intent.channels.is_empty() || !intent.urls.is_empty())
            && rest.get(at + 1).is_some_and(|next| next.any(&["and", "und"]) || next.is_mark(','));
        let owner = listed || rest.get(at + 1).is_some_and(|next| next.is("'s"));
        token.is_word() && (known || compound) && (first || to) && !owner
    });
    let Some(at) = at else { return };
    let length = if rest
        .get(at + 1)
        .is_some_and(|next| next.any(people::OUTSIDE) && !next.any(&["me", "us"]))
    {
        2
    } else {
        1
    };
    let name =
        rest[at..at + length].iter().map(|token| token.low.as_str()).collect::<Vec<_>>().join(" ");
    let data = rest[at].any(people::IN_DATA) || rest[at].any(&["them", "her", "ihm", "ihnen"]);
    intent.person =
        Some(if data && length == 1 { Person::InData(name) } else { Person::Outside(name) });
    let mut from = at;
    while from > 0
        && (rest[from - 1].any(lexicon::ARTICLES)
            || rest[from - 1].any(&["to", "an", "for", "fuer", "from"]))
    {
        from -= 1;
    }
    rest.drain(from..at + length);
}

fn drop_me(rest: &mut Vec<Token>) {
    if rest.first().is_some_and(|token| token.any(&["me", "us", "mir", "mich", "uns"])) {
        rest.remove(0);
    }
}
