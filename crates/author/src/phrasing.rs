//! Stage 2a: free wording becomes the plainer wording that the later stages read: `could you
//! please …`, `X should be sent to`, `Y must get an email`, `everyone else`.
//!
//! Tokens are rewritten, never values: what stands in quotes, addresses, names and numbers is kept as
//! it was. Every rule is a way to say something in the language; nothing here knows any service.

use std::ops::Range;

use crate::lexicon::{self, ARTICLES, PLEASE};
use crate::text::{Kind, Lang, Token};

mod absences;
mod agents;
mod amounts;
mod answers;
mod arrivals;
mod arriving;
mod asides;
mod batches;
mod becomes;
mod bounds;
mod carried;
mod choices;
mod clause;
mod consent;
mod counts;
mod enumerations;
mod exceptions;
mod feeds;
mod fielded;
mod fronts;
mod further;
mod labels;
mod logged;
mod loops;
mod manners;
mod mirrors;
mod models;
mod notes;
mod occurrences;
mod phrases;
mod preambles;
mod reports;
mod routes;
mod sentences;
mod shares;
mod starters;
mod statements;
mod subjects;
mod terse;
#[cfg(test)]
mod tests;
mod tolerance;
mod turns;
mod verdicts;
mod vetoes;
mod watches;
mod weather;
mod worded;

pub use absences::absences;
pub use amounts::amounts;
pub use answers::answers;
pub use arriving::arriving;
pub use becomes::becomes;
pub use carried::carried;
pub use clause::plainer;
pub use counts::counts;
pub use exceptions::exceptions;
pub use feeds::{every_thing, feeds};
pub use fronts::fronts;
pub use further::further;
pub use logged::logged;
pub use models::{models, unite};
pub use notes::notes;
pub use occurrences::occurrences;
pub use preambles::preambles;
pub use reports::reports;
pub use routes::routes;
pub use sentences::sentences;
pub use statements::statements;
pub use terse::terse;
pub(crate) use tolerance::passes_over;
pub use verdicts::verdicts;
pub use watches::watches;
pub use weather::weather;
pub use worded::{Worded, worded, wordings};

/// Rewrites set phrases of a whole text.
pub fn set_phrases(tokens: &mut Vec<Token>, lang: Lang) {
    let rows = match lang {
        Lang::En => phrases::EN,
        Lang::De => phrases::DE,
    };
    let mut at = 0;
    while at < tokens.len() {
        let found = rows.iter().find_map(|row| {
            let length = matches(&tokens[at..], row.0)?;
            (!row.2 || begins(tokens, at)).then_some((length, row.1))
        });
        match found {
            Some((length, words)) => {
                replace(tokens, at..at + length, words);
                at += words.split_whitespace().count();
            }
            None => at += 1,
        }
    }
}

/// `the boss (boss@example.com)`, `in #x (Slack)`: brackets around one thing only add it.
pub fn open_brackets(tokens: &mut Vec<Token>, is_name: impl Fn(&str) -> bool) {
    tokens.retain(|token| {
        !(token.kind == Kind::Dotted
            && ["i.e", "e.g", "z.b", "d.h", "u.a"].contains(&token.low.as_str()))
    });
    let mut at = 0;
    while at < tokens.len() {
        let close = tokens[at]
            .is_mark('(')
            .then(|| tokens[at..].iter().take(5).position(|token| token.is_mark(')')))
            .flatten();
        // `(31.3., 30.6.)`: a remark of numbers only.
        let far = tokens[at]
            .is_mark('(')
            .then(|| tokens[at..].iter().take(20).position(|token| token.is_mark(')')))
            .flatten();
        // `the department (sales, tech, hr)`: a choice.
        if let Some(length) = far
            && tokens[at + 1..at + length]
                .iter()
                .filter(|token| {
                    token.is_mark(',') || token.is_mark('/') || token.any(&["or", "oder"])
                })
                .count()
                > 0
            && tokens[at + 1..at + length].iter().all(|token| {
                matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Mark(',' | '/'))
                    && token.number.is_none()
            })
        {
            let model = tokens[at].clone();
            tokens.remove(at + length);
            tokens[at] = made(&model, "as");
            at += 1;
            continue;
        }
        if let Some(length) = far
            && tokens[at + 1..at + length].iter().all(|token| {
                matches!(token.kind, Kind::Number | Kind::Mark(_))
                    || token.text.starts_with(|c: char| c.is_ascii_digit())
            })
        {
            tokens.drain(at..=at + length);
            continue;
        }
        if let Some(length) = close {
            let inside = &tokens[at + 1..at + length];
            let one = inside.iter().any(|token| {
                matches!(token.kind, Kind::Email | Kind::Channel | Kind::Phone | Kind::Url)
                    || token.is_word() && is_name(&token.low)
            });
            if one {
                let in_it = inside.iter().any(|token| token.is_word() && is_name(&token.low));
                let model = tokens[at].clone();
                tokens.remove(at + length);
                tokens.remove(at);
                if in_it {
                    tokens.insert(at, made(&model, "in"));
                }
            }
        }
        at += 1;
    }
}

/// Whether the phrase's words stand at the front.
fn matches(tokens: &[Token], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for word in phrase.split(' ') {
        let token = tokens.get(count)?;
        let same = match token.kind {
            Kind::Word => token.low == word,
            Kind::Mark(mark) => word.len() == 1 && word.starts_with(mark),
            _ => false,
        };
        if !same {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Whether a clause can begin here.
fn begins(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let before = &tokens[before];
        matches!(before.kind, Kind::Mark(_))
            || before.any(PLEASE)
            || before.any(&["and", "und", "but", "aber", "or", "oder"])
    })
}

/// Puts words where some tokens stand.
pub(crate) fn replace(tokens: &mut Vec<Token>, range: Range<usize>, words: &str) {
    let Some(model) = tokens.get(range.start).cloned() else { return };
    let made: Vec<Token> = words.split_whitespace().map(|word| made(&model, word)).collect();
    tokens.splice(range, made);
}

/// A token that nobody wrote, at the place of one that was.
pub(crate) fn made(model: &Token, word: &str) -> Token {
    let mark = word.chars().next().filter(|c| word.len() == 1 && c.is_ascii_punctuation());
    Token {
        kind: mark.map_or(Kind::Word, Kind::Mark),
        text: word.to_owned(),
        low: word.to_owned(),
        number: None,
        money: false,
        at: model.at.clone(),
    }
}

/// Splits `Shopify-Bestellung` and `Zendesk-Ticket` where the first part names a service.
pub fn split_compounds(tokens: &mut Vec<Token>, is_name: impl Fn(&str) -> bool) {
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        // `Google-Drive-Ordner`: the maker's name, its thing, and what is meant of it.
        let parts: Vec<String> = token.text.split('-').map(str::to_owned).collect();
        if parts.len() > 1
            && parts.iter().all(|part| !part.is_empty())
            && token.kind == Kind::Word
            && ["google", "microsoft", "ms"].contains(&crate::text::fold(&parts[0]).as_str())
        {
            let model = token.clone();
            let mut from = model.at.start;
            let made = parts.into_iter().map(|part| {
                let mut token = model.clone();
                token.low = crate::text::fold(&part);
                token.at = from..from + part.len();
                from += part.len() + 1;
                token.text = part;
                token
            });
            let made: Vec<Token> = made.collect();
            let length = made.len();
            tokens.splice(at..=at, made);
            at += length;
            continue;
        }
        let cut = (token.kind == Kind::Word && token.text.starts_with(char::is_uppercase))
            .then(|| token.text.find('-'))
            .flatten()
            .filter(|cut| is_name(&crate::text::fold(&token.text[..*cut])))
            .filter(|cut| token.text[cut + 1..].starts_with(char::is_alphabetic));
        if let Some(cut) = cut {
            let (head, tail) = (token.text[..cut].to_owned(), token.text[cut + 1..].to_owned());
            let mut first = token.clone();
            let mut second = token.clone();
            first.low = crate::text::fold(&head);
            first.at = token.at.start..token.at.start + cut;
            first.text = head;
            second.low = crate::text::fold(&tail);
            second.at = token.at.start + cut + 1..token.at.end;
            second.text = tail;
            tokens.splice(at..=at, [first, second]);
        }
        at += 1;
    }
}

/// Tells whether a word is a participle of a verb, and gives the verb: `sent`, `opened`.
pub(crate) fn participle(low: &str) -> Option<&'static str> {
    const IRREGULAR: &[(&str, &str)] = &[
        ("sent", "send"),
        ("told", "tell"),
        ("written", "write"),
        ("put", "put"),
        ("read", "read"),
        ("made", "make"),
        ("run", "run"),
        ("kept", "keep"),
        ("given", "give"),
        ("taken", "take"),
        ("asked", "ask"),
        ("let", "let"),
        ("set", "set"),
        ("gotten", "get"),
        ("shown", "show"),
        ("paid", "pay"),
        ("held", "hold"),
        ("hit", "hit"),
        ("dropped", "drop"),
    ];
    if let Some((_, base)) = IRREGULAR.iter().find(|(form, _)| *form == low) {
        return Some(base);
    }
    let stem = low.strip_suffix("ed")?;
    let with_e = format!("{stem}e");
    let doubled = stem.get(..stem.len().saturating_sub(1)).unwrap_or_default();
    let with_y = stem.strip_suffix('i').map(|stem| format!("{stem}y"));
    [Some(stem.to_owned()), Some(with_e), Some(doubled.to_owned()), with_y]
        .into_iter()
        .flatten()
        .find_map(|base| lexicon::base(&base))
}

/// What is said to go on together, between a number and `at once`: `two batches at once`.
const UNITS: &[&str] = &[
    "batches",
    "chunks",
    "requests",
    "calls",
    "items",
    "workers",
    "groups",
    "packets",
    "packages",
    "blocks",
    "pages",
    "rows",
    "records",
    "entries",
    "pakete",
    "pakete",
    "stapel",
    "anfragen",
    "aufrufe",
    "gruppen",
    "bloecke",
    "zeilen",
    "eintraege",
    "paeckchen",
    "threads",
    "files",
    "dateien",
    "urls",
    "orders",
    "tasks",
    "messages",
    "jobs",
];

/// `ten at a time`, `at most 5 at once`, `with a concurrency of 8`, `je vier parallel`: where it
/// stands and how many.
pub(crate) fn pace(tokens: &[Token]) -> Option<(Range<usize>, u32)> {
    let found = (0..tokens.len()).find_map(|at| {
        let number = tokens[at]
            .number
            .or_else(|| tokens[at].any(&["one", "eins", "einer"]).then_some(1.0))?;
        let words = |offset: usize, words: &[&str]| {
            tokens.get(at + offset).is_some_and(|token| token.any(words))
        };
        let same = |offset: usize| {
            tokens
                .get(at + offset)
                .is_some_and(|token| token.number == Some(number) || token.is("one"))
        };
        let many = &[
            "parallel",
            "simultaneously",
            "concurrently",
            "gleichzeitig",
            "zugleich",
            "zeitgleich",
            "nebeneinander",
        ];
        // `two batches at once`
        let unit = usize::from(words(1, UNITS));
        let at_a_time =
            words(unit + 1, &["at"]) && words(unit + 2, &["a"]) && words(unit + 3, &["time"]);
        let at_once = words(unit + 1, &["at"]) && words(unit + 2, &["once"])
            || words(unit + 1, &["in"]) && words(unit + 2, many);
        let length = if at_a_time {
            unit + 4
        } else if words(1, &["at"]) && words(2, &["the"]) && words(3, &["same"]) {
            5
        } else if at_once {
            unit + 3
        } else if unit == 1 && words(2, many)
            || words(1, &["auf"]) && words(2, &["einmal"])
            || words(1, &["by"]) && same(2)
            || words(1, &["zur"]) && words(2, &["zeit"])
        {
            3
        } else if words(1, many) {
            2
        } else if at > 1
            && tokens[at - 1].any(&["of", "von"])
            && tokens[at - 2].any(&[
                "concurrency",
                "parallelism",
                "nebenlaeufigkeit",
                "parallelitaet",
            ])
        {
            1
        } else {
            return None;
        };
        Some((at, length, number))
    });
    let (at, length, number) = found?;
    let mut from = at;
    while from > 0
        && tokens[from - 1].any(&[
            "at",
            "most",
            "not",
            "never",
            "nie",
            "no",
            "more",
            "than",
            "up",
            "to",
            "maximal",
            "hoechstens",
            "jeweils",
            "je",
            "immer",
            "max",
            "maximum",
            "of",
            "concurrency",
            "a",
            "with",
            "parallelism",
            "always",
            "nicht",
            "mehr",
            "als",
            "bis",
            "zu",
            "only",
            "nur",
            "mit",
            "einer",
            "von",
            "nebenlaeufigkeit",
            "parallelitaet",
        ])
    {
        from -= 1;
    }
    Some((from..(at + length).min(tokens.len()), (number as u32).clamp(1, 100)))
}

pub(crate) fn is_article(token: &Token) -> bool {
    token.any(ARTICLES)
}
