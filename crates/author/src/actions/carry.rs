//! What a clause carries: the data at hand, some of its fields, a text that was said.

use super::Intent;
use super::called::{named_field, titled};
use crate::conditions::{same_noun, subject_of};
use crate::lexicon::{ARTICLES, Op, PRONOUNS};
use crate::text::{Kind, Lang, Token};

#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    Nothing,
    /// `it`, `the result`: the data at hand.
    It,
    /// Some fields of the data at hand.
    Fields(Vec<String>),
    /// A text as it was said.
    Said(String),
    /// A noun phrase for data that nothing has brought yet.
    About(String),
    /// `new ones`: of a list, what was not seen before.
    New,
}

/// Words for whatever was brought last.
const REFERENTS: &[&str] = &[
    "result",
    "results",
    "response",
    "answer",
    "data",
    "body",
    "payload",
    "output",
    "summary",
    "translation",
    "list",
    "json",
    "content",
    "contents",
    "input",
    "whole",
    "full",
    "entire",
    "everything",
    "text",
    "reply",
    "value",
    "file",
    "ergebnis",
    "ergebnisse",
    "antwort",
    "daten",
    "inhalt",
    "zusammenfassung",
    "uebersetzung",
    "liste",
    "eingabe",
    "ganze",
    "ganzen",
    "komplette",
    "kompletten",
    "event",
    "details",
    "information",
    "info",
    "page",
    "row",
    "rows",
    "items",
    "records",
    "entry",
    "entries",
    "object",
    "same",
    "raw",
    "received",
    "complete",
    "returned",
    "number",
    "count",
    "sum",
    "average",
    "wert",
    "zahl",
    "summe",
    "nutzdaten",
    "request",
    "rest",
    "label",
    "category",
    "titles",
    "stuff",
    "verdict",
    "outcome",
    "sentiment",
    "rating",
    "class",
    "classification",
    "damit",
    "einordnung",
    "kategorie",
    "urteil",
];

/// Words for a message as such, which say nothing of what is in it.
const MESSAGE: &[&str] = &[
    "message",
    "alert",
    "notification",
    "note",
    "notice",
    "warning",
    "reminder",
    "ping",
    "nachricht",
    "meldung",
    "hinweis",
    "warnung",
    "benachrichtigung",
    "alarm",
    "info",
    "mail",
    "email",
    "word",
    "heads-up",
    "text",
    "bescheid",
    "short",
    "kurze",
    "quick",
    "e-mail",
    "slack",
    "message:",
    "kurz",
];

/// Things that are made of data: a message of that kind needs to know where from.
const REPORTS: &[&str] = &[
    "report",
    "reports",
    "summary",
    "list",
    "overview",
    "forecast",
    "statistics",
    "stats",
    "numbers",
    "status",
    "update",
    "updates",
    "digest",
    "figures",
    "sales",
    "weather",
    "results",
    "data",
    "table",
    "chart",
    "analysis",
    "count",
    "total",
    "zusammenfassung",
    "bericht",
    "uebersicht",
    "liste",
    "zahlen",
    "statistik",
    "wetter",
    "stand",
    "auswertung",
    "daten",
    "umsatz",
    "news",
    "prices",
    "price",
    "rates",
    "orders",
    "tickets",
    "invoices",
    "agenda",
    "backup",
    "file",
];

fn without_article(tokens: &[Token]) -> &[Token] {
    let skip = tokens.iter().take_while(|token| token.any(ARTICLES)).count();
    tokens.get(skip..).unwrap_or_default()
}

pub fn trim(rest: &mut Vec<Token>) {
    let loose = |token: &Token| {
        token.any(&[
            "to",
            "and",
            "und",
            "via",
            "in",
            "on",
            "an",
            "at",
            "from",
            "of",
            "by",
            "with",
            "please",
            "back",
            "also",
            "then",
            "mit",
            "per",
            "bitte",
            "von",
            "zu",
            "as",
            "well",
            "there",
            "auch",
            "als",
            "dort",
            "dorthin",
            "dann",
            "immediately",
            "sofort",
            "only",
        ]) || matches!(token.kind, Kind::Mark(_))
    };
    while rest.last().is_some_and(loose) {
        rest.pop();
    }
    let from = rest
        .iter()
        .take_while(|token| {
            token.any(&["and", "und", "please", "to", "bitte", "also", "an", "then", "back", "per"])
                && !is_remind(token, rest)
                || matches!(token.kind, Kind::Mark(_))
        })
        .count();
    rest.drain(..from);
}

/// `remind #team to submit …`: the `to` belongs to what is said.
fn is_remind(_token: &Token, rest: &[Token]) -> bool {
    rest.len() > 2
        && rest[0].is("to")
        && rest[1].is_word()
        && !rest[1].any(ARTICLES)
        && crate::lexicon::verb(&rest[1].low, Lang::En).is_some()
}

pub fn payload(rest: &[Token], intent: &Intent<'_>, nouns: &[String], lang: Lang) -> Payload {
    // `the body as a file`: how it is kept.
    if let Some(at) = rest.iter().position(|token| token.any(&["as", "als"]))
        && at > 0
        && let skip = usize::from(rest.get(at + 1).is_some_and(|next| next.any(ARTICLES)))
        && rest.get(at + 1 + skip).is_some_and(|next| next.any(&["file", "datei", "attachment"]))
    {
        return payload(&rest[..at], intent, nouns, lang);
    }
    if let Some(at) = rest.iter().position(|token| token.kind == Kind::Quoted) {
        return Payload::Said(rest[at].text.clone());
    }
    if let Some(title) = titled(rest) {
        return Payload::Said(title);
    }
    if matches!(intent.op, Op::Respond | Op::Return)
        && let Some(text) = rest.iter().position(|token| token.any(&["text", "words", "wort"]))
        && rest[..text]
            .iter()
            .all(|token| token.any(ARTICLES) || token.any(&["with", "mit", "dem"]))
        && rest.get(text + 1).is_some_and(|next| {
            matches!(next.kind, Kind::Dotted | Kind::Number)
                || next.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        })
    {
        return Payload::Said(plain(&rest[text + 1..]));
    }
    let words: Vec<&Token> = rest
        .iter()
        .filter(|token| {
            !token.any(ARTICLES) || token.any(&["new", "neue", "neuen", "this", "that", "all"])
        })
        .collect();
    if words.is_empty() {
        return if rest.iter().any(|token| token.any(PRONOUNS)) {
            Payload::It
        } else {
            Payload::Nothing
        };
    }
    let seen = rest.iter().any(|token| {
        token.any(&[
            "seen",
            "saw",
            "see",
            "known",
            "gesehen",
            "bekannt",
            "bekannten",
            "gesehenen",
            "sent",
            "reported",
            "posted",
        ])
    }) && rest.iter().any(|token| {
        token.any(&["not", "never", "noch", "nicht", "before", "yet", "already", "unseen"])
    });
    if seen && !matches!(intent.op, Op::Other) {
        return Payload::New;
    }
    if words.iter().any(|token| token.any(&["new", "neue", "neuen", "unseen"]))
        && words.len() <= 3
        && (!matches!(intent.op, Op::Other) || intent.app != super::App::None)
        && rest.iter().any(|token| {
            token.any(&[
                "ones",
                "one",
                "rows",
                "row",
                "items",
                "entries",
                "records",
                "articles",
                "posts",
                "titles",
                "neue",
                "neuen",
                "orders",
                "issues",
                "results",
                "headlines",
                "tickets",
                "messages",
                "links",
                "releases",
            ])
        })
    {
        return Payload::New;
    }
    if let Some(field) = named_field(rest) {
        return field;
    }
    let referent = |token: &&&Token| {
        token.any(REFERENTS)
            || token.any(PRONOUNS)
            || nouns.iter().any(|noun| same_noun(noun, &token.low))
            || token.any(&[
                "of", "the", "as", "from", "json", "von", "als", "in", "with", "mit", "to", "and",
                "'s", "a",
            ])
    };
    if words.iter().filter(referent).count() == words.len() {
        return Payload::It;
    }
    if let Some(said) = said(rest, intent, lang) {
        return said;
    }
    let definite = rest.first().is_some_and(|token| {
        token.any(&[
            "the", "its", "their", "his", "her", "der", "die", "das", "den", "dem", "seine",
            "ihre", "deren", "dessen",
        ])
    }) || rest.windows(2).any(|pair| {
        pair[1].is("'s")
            && (nouns.iter().any(|noun| same_noun(noun, &pair[0].low))
                || pair[0].any(crate::lexicon::people::IN_DATA))
    });
    let outer = rest.iter().any(|token| {
        token.any(&[
            "for",
            "about",
            "yesterday",
            "today",
            "last",
            "this",
            "fuer",
            "gestern",
            "heute",
            "who",
            "was",
        ])
    });
    if definite && !outer && words.len() <= 8 {
        let fields = fields(rest, nouns);
        if !fields.is_empty() {
            return Payload::Fields(fields);
        }
    }
    let phrase = plain(rest);
    match intent.op {
        Op::Notify | Op::Email | Op::Respond | Op::Log | Op::Return | Op::Emit if !definite => {
            Payload::Said(phrase)
        }
        _ if intent.channels.is_empty() && intent.emails.is_empty() && !intent.by_mail
            || definite =>
        {
            Payload::About(phrase)
        }
        _ if !definite && !outer && !rest.iter().any(|token| token.any(REPORTS)) => {
            Payload::Said(sentence(&plain(without_article(rest))))
        }
        _ if rest.iter().any(|token| token.any(ARTICLES)) || outer => Payload::About(phrase),
        _ => Payload::Said(phrase),
    }
}

/// `the name and the total`, `name, email and phone`.
pub fn fields(rest: &[Token], nouns: &[String]) -> Vec<String> {
    let divides = |token: &Token| token.any(&["and", "und", "or"]) || token.is_mark(',');
    rest.split(divides)
        .map(|part| subject_of(part, nouns).field)
        .filter(|field| !field.is_empty())
        .take(12)
        .collect()
}

/// A text that is introduced as one: `saying …`, `that …`, `a message: …`.
fn said(rest: &[Token], intent: &Intent<'_>, lang: Lang) -> Option<Payload> {
    const INTRO: &[&str] = &[
        "saying", "says", "that", "dass", "reading", "stating", "sagt", "daran", "darum",
        "darueber", "namely",
    ];
    let message_word = |token: &Token| {
        token.any(MESSAGE)
            || token.any(ARTICLES)
            || token.any(&[
                "with", "mit", "the", "dem", "text", "wortlaut", "body", "content", "inhalt",
            ])
    };
    let tells = matches!(
        intent.op,
        Op::Notify | Op::Email | Op::Send | Op::Respond | Op::Log | Op::Return | Op::Approve
    );
    if !tells {
        return None;
    }
    if let Some(at) = rest
        .iter()
        .position(|token| token.any(INTRO))
        .filter(|at| rest[..*at].iter().all(message_word))
    {
        let text = plain(&rest[at + 1..]);
        return (!text.is_empty()).then_some(Payload::Said(sentence(&text)));
    }
    let lead = rest.iter().take_while(|token| message_word(token)).count();
    let has_message = rest[..lead].iter().any(|token| token.any(MESSAGE) || token.any(&["text"]));
    if lead == rest.len() && has_message {
        return Some(Payload::Nothing);
    }
    if has_message
        && lead > 0
        && rest[lead].any(&[
            "about",
            "ueber",
            "with",
            "mit",
            "of",
            "for",
            "to",
            "zu",
            "containing",
            "an",
        ])
    {
        let tail = &rest[lead + 1..];
        let definite = tail.first().is_some_and(|token| {
            token.any(&["the", "its", "their", "der", "die", "das", "den", "dem"])
        });
        if !definite {
            return Some(Payload::Said(sentence(&plain(tail))));
        }
        return None;
    }
    if has_message && lead > 0 && lead < rest.len() && !rest[lead].any(&["and", "und"]) {
        return Some(Payload::Said(sentence(&plain(&rest[lead..]))));
    }
    let asks = rest.first().is_some_and(|token| {
        token.any(&[
            "asking",
            "requesting",
            "inviting",
            "thanking",
            "reminding",
            "telling",
            "who",
            "whether",
            "if",
            "wer",
            "ob",
            "about",
            "to",
            "what",
            "how",
            "why",
            "where",
            "when",
            "um",
        ])
    });
    if asks {
        let first = &rest[0];
        let text = match first.low.as_str() {
            "asking" | "requesting" => {
                format!("{} {}", lang.say("We would like to ask", "Wir bitten"), plain(&rest[1..]))
            }
            "about" => plain(&rest[1..]),
            "to" => plain(&rest[1..]),
            "inviting" | "thanking" | "reminding" | "telling" => {
                format!("{} {}", first.text, plain(&rest[1..]))
            }
            "who" | "what" | "how" | "why" | "where" | "when" | "wer" => {
                format!("{}?", plain(rest))
            }
            _ => plain(rest),
        };
        return Some(Payload::Said(sentence(&text)));
    }
    None
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The words with single spaces.
pub fn plain(tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens {
        let tight =
            matches!(token.kind, Kind::Mark(',' | '.' | '!' | '?' | ':' | ';')) || token.is("'s");
        if !out.is_empty() && !tight {
            out.push(' ');
        }
        match token.kind {
            Kind::Placeholder => {
                out.push('{');
                out.push_str(&token.text);
                out.push('}');
            }
            _ => out.push_str(&token.text),
        }
    }
    out
}
