//! What a deed is given along, by name: `with mode full`, `with its email and name`, `name, email
//! and plan`; fields of the data at hand and values as they were said.

use codex32_model::Value;

use super::{Intent, Payload};
use crate::index::Index;
use crate::lexicon::{self, ARTICLES, Op, PRONOUNS, people};
use crate::text::{self, Kind, Lang, Token};

/// One thing that is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    pub name: String,
    /// None: the field of that name of the data at hand.
    pub value: Option<Value>,
}

/// Words that make one field of the word before: `first name`, `order number`.
const COMPOUND: &[&str] = &[
    "name", "names", "id", "number", "email", "address", "date", "code", "url", "link", "time",
    "total", "amount", "price", "count", "title", "text", "phone", "key", "nummer", "adresse",
    "datum", "preis", "betrag",
];

/// Nouns that stand behind their value: `high priority`.
const QUALITIES: &[&str] =
    &["priority", "urgency", "severity", "mode", "level", "prioritaet", "modus", "dringlichkeit"];

/// Whether a word tells how something is done, of whom or by what, and is no field.
fn is_none(low: &str) -> bool {
    NONE.contains(&low) || crate::lexicon::names_model(low)
}

/// Words that tell how something is done, of whom or by what, and are no field.
const NONE: &[&str] = &[
    "ai",
    "ki",
    "claude",
    "gpt",
    "openai",
    "chatgpt",
    "gemini",
    "llm",
    "approval",
    "permission",
    "freigabe",
    "backoff",
    "back-off",
    "retries",
    "retry",
    "delay",
    "delays",
    "pauses",
    "pause",
    "attempts",
    "tries",
    "help",
    "hilfe",
    "care",
    "everything",
    "all",
    "alles",
    "one",
    "body",
    "it",
    "same",
    "following",
    "rest",
    "json",
    "data",
    "daten",
    "result",
    "ergebnis",
    "message",
    "nachricht",
    "words",
    "wortlaut",
    "worten",
    "hinweis",
    "note",
    "link",
    "reason",
    "summary",
    "attachment",
    "anhang",
    "response",
    "answer",
    "antwort",
    "payload",
    "event",
    "input",
    "list",
    "content",
    "contents",
    "inhalt",
    "details",
    "information",
    "info",
    "sound",
    "caption",
    "file",
    "inputs",
    "eingabe",
    "that",
    "parallel",
    "today",
    "now",
    "concurrency",
    "whatever",
    "prefix",
];

/// Takes `with …` out of the words, or reads the list that is the object.
pub fn take(
    rest: &mut Vec<Token>,
    intent: &mut Intent<'_>,
    verb: Option<usize>,
    index: &Index<'_>,
    lang: Lang,
) {
    if matches!(intent.op, Op::Fetch | Op::Wait | Op::Approve | Op::Ai(_) | Op::Retry) {
        return;
    }
    let with = rest.iter().position(|token| {
        token.any(&["with", "mit", "containing", "including", "passing", "samt", "inklusive"])
    });
    if let Some(with) = with {
        let end = tail_end(rest, with + 1, lang);
        let told = verb.is_some();
        let found = read(&rest[with + 1..end], index, lang).filter(|found| {
            suits(intent.op, found) && (told || found.iter().any(|given| given.value.is_some()))
        });
        if let Some(found) = found {
            intent.given = found;
            rest.drain(with..end);
            return;
        }
    }
    // `append name, email and plan to …`: the object itself is a list of fields.
    let carries = matches!(intent.op, Op::Send | Op::Put | Op::Patch | Op::Other | Op::Emit);
    let from = match lang {
        Lang::En => verb.filter(|verb| *verb <= rest.len()).unwrap_or(0),
        Lang::De => 0,
    };
    if !carries || from >= rest.len() {
        return;
    }
    let end = tail_end(rest, from, lang);
    let listed = rest[from..end].iter().any(|token| token.any(&["and", "und", "sowie"]))
        || rest[from..end].iter().filter(|token| token.is_mark(',')).count() > 1;
    // `PUT its content to …`
    let brought = rest[from..end].iter().any(|token| {
        token.any(&[
            "output", "result", "results", "answer", "response", "body", "data", "summary", "reply",
        ])
    });
    let own = rest[from].any(&["its", "their"]) && (2..=3).contains(&(end - from)) && !brought;
    let listed = listed || own;
    let plain = rest[from..end].iter().all(|token| {
        token.kind == Kind::Field
            || token.is_mark(',')
            || token.any(&["and", "und", "sowie", "the", "its", "their", "den", "die", "das"])
            || token.is_word()
                && (lang == Lang::De && !token.any(people::OUTSIDE)
                    || !token.text.starts_with(char::is_uppercase))
                && !token.any(people::OUTSIDE)
                && !token.any(people::IN_DATA)
    });
    if listed
        && plain
        && let Some(found) = read(&rest[from..end], index, lang)
        && found.iter().all(|given| given.value.is_none())
    {
        intent.given = found;
        rest.drain(from..end);
    }
}

/// Whether a deed of that kind takes things by name, as they were said here.
fn suits(op: Op, found: &[Given]) -> bool {
    let valued = found.iter().any(|given| given.value.is_some());
    match op {
        Op::Respond | Op::Return => valued,
        Op::Notify | Op::Email | Op::Log => !valued && found.len() > 1,
        _ => true,
    }
}

/// Fields that are the only thing said to be carried are what is carried.
pub fn payload(intent: &mut Intent<'_>) {
    let fields: Vec<String> = intent.given.iter().map(|given| given.name.clone()).collect();
    let plain = intent.given.iter().all(|given| given.value.is_none());
    if plain
        && !fields.is_empty()
        && matches!(intent.payload, Payload::Nothing | Payload::It | Payload::About(_))
    {
        intent.payload = Payload::Fields(fields);
    }
}

/// Where the things that are given end: before the next preposition or a verb at the end.
fn tail_end(tokens: &[Token], from: usize, lang: Lang) -> usize {
    tokens[from.min(tokens.len())..]
        .iter()
        .position(|token| {
            token.any(&[
                "to", "into", "in", "on", "at", "from", "via", "per", "for", "using", "as", "of",
                "nach", "aus", "vom", "von", "an", "auf", "im", "als", "fuer", "ins", "am", "ein",
                "when", "if", "every", "ab", "hinzu", "auf", "zu", "zur", "zum", "over", "above",
                "ueber", "unter", "under", "below",
            ]) || matches!(token.kind, Kind::Mark(mark) if mark != ',' && mark != '=' && mark != ':')
                || matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url | Kind::Phone)
                || lang == Lang::De
                    && token.is_word()
                    && !token.is_capital()
                    && lexicon::verb(&token.low, lang).is_some()
        })
        .map_or(tokens.len(), |offset| from + offset)
}

/// The items of a list; none when one of them is something else.
fn read(tokens: &[Token], index: &Index<'_>, lang: Lang) -> Option<Vec<Given>> {
    let divides = |token: &Token| token.any(&["and", "und", "sowie", "plus"]) || token.is_mark(',');
    let mut out: Vec<Given> = Vec::new();
    let mut definite = false;
    for part in tokens.split(divides) {
        let skip = part
            .iter()
            .take_while(|token| {
                token.any(ARTICLES)
                    || token.any(PRONOUNS)
                    || token.any(&["field", "fields", "feld", "felder", "dem", "den"])
            })
            .count();
        definite |= part[..skip].iter().any(|token| {
            token.any(&["its", "their", "field", "fields", "feld", "felder", "seine", "ihre"])
        });
        let part: Vec<&Token> = part[skip..]
            .iter()
            .filter(|token| {
                !matches!(token.kind, Kind::Mark('=' | ':'))
                    && !token.any(&["set", "equal", "is", "ist", "gleich", "being"])
            })
            .collect();
        let part = match part.as_slice() {
            [head @ .., last] if !head.is_empty() && last.any(PRONOUNS) => head,
            whole => whole,
        };
        if part.is_empty() {
            continue;
        }
        out.push(one(part, index, lang)?);
    }
    if out.is_empty() || out.len() > 12 {
        return None;
    }
    // One word of those that may be anything says nothing; beside other fields it is one.
    let vague = |given: &Given| given.value.is_none() && is_none(&given.name);
    let plain = out.iter().filter(|given| !vague(given)).count();
    (plain > 0 && (plain == out.len() || plain + 1 >= out.len() && out.len() > 1) || definite)
        .then_some(out)
}

fn one(part: &[&Token], index: &Index<'_>, lang: Lang) -> Option<Given> {
    let name = |token: &Token| {
        let fits = match token.kind {
            Kind::Field | Kind::Placeholder => true,
            Kind::Word => {
                token.number.is_none()
                    && !lexicon::is_empty_word(token)
                    && !token.any(people::OUTSIDE)
                    && !index.is_name(&token.low)
                    && !token.low.starts_with(|c: char| c.is_ascii_digit())
            }
            _ => false,
        };
        Some(text::ident(&token.low)).filter(|name| fits && !name.is_empty())
    };
    let literal = |token: &Token| match token.kind {
        Kind::Number => token.number.map(Value::number),
        Kind::Quoted | Kind::Path | Kind::Dotted => Some(Value::str(text::literal(&token.text))),
        Kind::Placeholder => None,
        Kind::Word if token.any(&["true", "wahr"]) => Some(Value::Bool(true)),
        Kind::Word if token.any(&["false", "falsch"]) => Some(Value::Bool(false)),
        Kind::Word => match token.number {
            Some(number) => Some(Value::number(number)),
            None => Some(Value::str(text::literal(&token.text))),
        },
        _ => None,
    };
    match part {
        [only] => {
            if only.kind == Kind::Word
                && only.text.starts_with(char::is_uppercase)
                && lang == Lang::En
            {
                return None;
            }
            Some(Given { name: name(only)?, value: None })
        }
        [first, second] => {
            let (a, b) = (name(first), name(second));
            if second.any(COMPOUND)
                && let (Some(a), Some(b)) = (&a, &b)
            {
                return Some(Given { name: format!("{a}_{b}"), value: None });
            }
            if second.any(QUALITIES)
                && let Some(b) = b
            {
                return Some(Given { name: b, value: literal(first) });
            }
            // An adjective or a part of a phrase is no name of a field.
            let valued = matches!(second.kind, Kind::Quoted) && first.kind == Kind::Field;
            let phrase = !valued
                && first.kind == Kind::Word
                && (first.text.starts_with(char::is_uppercase) && lang == Lang::En
                    || is_none(&first.low)
                    || ["ed", "ing", "al", "ful", "ive", "ous", "ic"]
                        .iter()
                        .any(|end| first.low.len() > 4 && first.low.ends_with(end)));
            if phrase || second.kind == Kind::Word && is_none(&second.low) {
                return None;
            }
            Some(Given { name: a?, value: Some(literal(second)?) })
        }
        _ => None,
    }
}
