//! Notes rather than sentences: `Stripe customer created -> …`, `score under 50: …`, `only once, on
//! …`; and what was not there before said as what is new.

use super::made;
use crate::conditions;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// What has happened to a thing that is named before it.
const HAPPENED: &[&str] = &[
    "created",
    "paid",
    "opened",
    "closed",
    "comments",
    "commented",
    "moved",
    "updated",
    "deleted",
    "comes",
    "arrives",
    "added",
    "merged",
    "received",
    "submitted",
    "published",
    "cancelled",
    "canceled",
    "failed",
    "uploaded",
    "completed",
    "resolved",
    "solved",
    "signed",
    "booked",
    "refunded",
    "shipped",
    "placed",
    "assigned",
    "mentioned",
    "replies",
    "posts",
    "uploads",
    "subscribes",
    "joins",
    "erstellt",
    "angelegt",
    "bezahlt",
    "eingegangen",
    "kommt",
    "geschlossen",
    "kommentiert",
    "verschoben",
    "geloescht",
    "storniert",
    "hochgeladen",
    "gebucht",
    "eroeffnet",
    "hinzugefuegt",
];

/// Words that open a clause of another kind.
const LEADS: &[&str] = &[
    "when",
    "whenever",
    "if",
    "once",
    "on",
    "after",
    "as",
    "unless",
    "otherwise",
    "else",
    "for",
    "every",
    "each",
    "wenn",
    "falls",
    "sobald",
    "bei",
    "nach",
    "sonst",
    "andernfalls",
    "jeden",
    "jede",
    "jedes",
    "alle",
    "ist",
    "wird",
    "kommt",
    "should",
    "sollte",
    "while",
    "before",
    "until",
];

pub fn turns(tokens: &mut Vec<Token>, lang: Lang) {
    only_once(tokens);
    unseen(tokens, lang);
    headlines(tokens, lang);
    exposes(tokens);
    as_answer(tokens, lang);
}

/// `use the field eur from https://… as the answer` → `answer with the field …`.
fn as_answer(tokens: &mut Vec<Token>, lang: Lang) {
    let (with, answers): (&[&str], &[&str]) = match lang {
        Lang::En => (&["as"], &["answer", "response", "reply"]),
        Lang::De => (&["als"], &["antwort", "rueckgabe"]),
    };
    let found = (0..tokens.len()).find(|at| {
        tokens[*at].any(with) && tokens[at + 1..].iter().take(2).any(|token| token.any(answers))
    });
    let Some(at) = found else { return };
    let start = tokens[..at]
        .iter()
        .rposition(|token| {
            matches!(token.kind, Kind::Mark('.' | ';' | ':' | ',')) || token.any(&["and", "then"])
        })
        .map_or(0, |mark| mark + 1);
    let uses = tokens.get(start).is_some_and(|first| {
        first.any(&["use", "take", "give", "return", "send", "nimm", "nutze", "verwende", "gib"])
    });
    if !uses {
        return;
    }
    let end =
        at + 1 + tokens[at + 1..].iter().take(2).position(|token| token.any(answers)).unwrap_or(0);
    let model = tokens[start].clone();
    tokens.drain(at..=end);
    let words =
        [made(&model, lang.say("answer", "antworte")), made(&model, lang.say("with", "mit"))];
    tokens.splice(start..=start, words);
}

/// `Only once: …`, `one time on …`: said by the date already.
fn only_once(tokens: &mut Vec<Token>) {
    const ROWS: &[&[&str]] = &[
        &["just", "one", "time"],
        &["only", "one", "time"],
        &["one", "single", "time"],
        &["ein", "einziges", "mal"],
        &["nur", "ein", "mal"],
        &["one", "time"],
        &["only", "once"],
        &["just", "once"],
        &["nur", "einmal"],
        &["einmalig"],
    ];
    let found = ROWS.iter().find(|row| {
        row.len() < tokens.len()
            && row.iter().zip(tokens.iter()).all(|(word, token)| token.is(word))
    });
    let Some(row) = found else { return };
    tokens.drain(..row.len());
    while tokens.first().is_some_and(|token| {
        matches!(token.kind, Kind::Mark(',' | ':' | ';' | '.')) || token.any(&["on", "at", "am"])
    }) {
        tokens.remove(0);
    }
}

/// Words for something that a list had before.
const THERE: &[&str] = &[
    "there",
    "seen",
    "present",
    "listed",
    "known",
    "yet",
    "da",
    "dabei",
    "drin",
    "vorhanden",
    "bekannt",
    "gesehen",
];

/// `entries which were not there the last time` are new entries.
fn unseen(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(not) = tokens.iter().position(|token| token.any(&["not", "nicht"])) else { return };
    let there = tokens.iter().skip(not + 1).take(2).any(|token| token.any(THERE));
    let from = (not.saturating_sub(7)..not).rev().find(|at| {
        tokens[*at].any(&["which", "that", "whitch", "wich", "die", "welche", "der", "das"])
            && tokens[*at..not].iter().all(|token| {
                token.any(&[
                    "which", "that", "whitch", "wich", "were", "was", "are", "have", "has", "had",
                    "die", "welche", "der", "das", "beim", "letzten", "mal", "noch", "zuvor",
                    "vorher", "bisher", "been",
                ])
            })
    });
    let (true, Some(from)) = (there, from) else { return };
    let noun = from
        .checked_sub(1)
        .map(|at| if tokens[at].is_mark(',') { at.saturating_sub(1) } else { at });
    let Some(noun) = noun.filter(|at| tokens[*at].is_word() && !tokens[*at].any(ARTICLES)) else {
        return;
    };
    let mut to = not + 1;
    while tokens.get(to).is_some_and(|token| {
        token.any(THERE)
            || token.any(&[
                "waren",
                "war",
                "wurden",
                "sind",
                "the",
                "last",
                "time",
                "before",
                "previously",
                "been",
                "run",
                "in",
                "ist",
            ])
    }) {
        to += 1;
    }
    if tokens.get(to).is_some_and(|token| token.is_mark(',')) && tokens[from - 1].is_mark(',') {
        to += 1;
    }
    let model = tokens[noun].clone();
    tokens.drain(noun + 1..to);
    // `only the entries` are these.
    let article = noun
        .checked_sub(1)
        .filter(|at| tokens[*at].any(&["the", "die", "those", "jene", "diejenigen"]));
    let new = made(&model, lang.say("new", "neue"));
    match article {
        Some(at) => tokens[at] = new,
        None => tokens.insert(noun, new),
    }
}

/// A part before an arrow, a colon or a question mark that tells what happened or what must hold.
fn headlines(tokens: &mut Vec<Token>, lang: Lang) {
    let mut from = 0;
    let mut at = 0;
    while at < tokens.len() {
        let Kind::Mark(mark) = tokens[at].kind else {
            at += 1;
            continue;
        };
        if !matches!(mark, ';' | ':' | '?' | '.' | '!' | ',') {
            at += 1;
            continue;
        }
        let ends = matches!(mark, ';' | ':' | '?') && at + 1 < tokens.len();
        let lead = ends.then(|| lead(&tokens[from..at], from == 0, mark, lang)).flatten();
        if let Some(word) = lead {
            let model = tokens[at].clone();
            tokens[at] = made(&model, ",");
            if tokens[at - 1].any(&["means", "mean", "heisst", "bedeutet"]) {
                tokens.remove(at - 1);
                at -= 1;
            }
            let model = tokens[from].clone();
            tokens.insert(from, made(&model, word));
            at += 1;
        }
        at += 1;
        from = at;
    }
}

/// The word that opens the part as a clause: `when`, `if`; none: it is something else.
fn lead(part: &[Token], first: bool, mark: char, lang: Lang) -> Option<&'static str> {
    let head = part.first()?;
    let plain = (2..=14).contains(&part.len())
        && !head.any(LEADS)
        && !part.iter().any(|token| {
            matches!(token.kind, Kind::Url | Kind::Quoted | Kind::Email | Kind::Channel)
                || token.any(&["webhook", "hook", "endpoint", "bot", "event", "ereignis", "not"])
                || token.low.ends_with("webhook")
        });
    let deed = lexicon::verb(&head.low, lang).is_some() && !lexicon::is_noun_too(&head.low);
    if !plain || deed {
        return None;
    }
    let row = |words: &[&str]| {
        part.windows(words.len())
            .any(|window| window.iter().zip(words).all(|(token, word)| token.is(word)))
    };
    let in_a_row = row(&["in", "a", "row"]) || row(&["in", "folge"]) || row(&["hintereinander"]);
    let states = conditions::compares(part)
        && part.iter().any(|token| token.number.is_some())
        && mark != '?'
        && !part.iter().any(|token| {
            lexicon::verb(&token.low, lang).is_some() && !lexicon::is_noun_too(&token.low)
        });
    if in_a_row || states {
        return Some(lang.say("if", "wenn"));
    }
    let happened = part.iter().any(|token| token.any(HAPPENED));
    (first && happened).then(|| lang.say("when", "wenn"))
}

/// `Expose a webhook named x`: a webhook is there by being named.
fn exposes(tokens: &mut Vec<Token>) {
    let opens =
        tokens.first().is_some_and(|token| token.any(&["expose", "offer", "provide", "host"]))
            && tokens.iter().take(4).any(|token| token.any(&["webhook", "hook", "endpoint"]));
    if opens {
        tokens.remove(0);
    }
    // `a webhook named lookup: it takes zip`: what it brings is told behind.
    let hook = tokens.iter().take(6).position(|token| token.any(&["webhook", "hook", "endpoint"]));
    let Some(hook) = hook else { return };
    let mark = (hook + 1..tokens.len().min(hook + 4))
        .find(|at| matches!(tokens[*at].kind, Kind::Mark(':' | ',' | '.' | ';')));
    let Some(mark) = mark else { return };
    let takes = tokens.get(mark + 1).is_some_and(|next| next.any(&["it", "which", "that"]))
        && tokens
            .get(mark + 2)
            .is_some_and(|next| next.any(&["takes", "gets", "receives", "expects", "accepts"]));
    if takes {
        tokens.drain(mark..mark + 2);
    }
}
