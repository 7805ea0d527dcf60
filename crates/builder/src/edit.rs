//! Changes in words that need no model: another time, another receiver, a step less, a step more, another
//! order, another name; and what is said about the conversation itself. English and German.
//!
//! What is not surely one of these is left to others ([`Wish::Other`]): a change is never guessed.

use codex32_author::Request;
use codex32_author::text::{self, Kind, Token};
use codex32_author::triggers::schedules;
use codex32_model::definition::ScheduleTrigger;

mod apply;

pub(crate) use apply::users;
pub use apply::{Applied, Origin, apply};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    Undo,
    /// All pieces of the proposal, or some.
    Accept(Vec<usize>),
    Discard,
    /// Why a step is there, in the words that name it.
    Why(String),
    Explain,
    /// These schedules in place of those that there are.
    Schedule(Vec<ScheduleTrigger>),
    /// A step less.
    Remove(String),
    /// A step elsewhere: which, before or after, which other; none for the end or the beginning.
    Move {
        step: String,
        after: bool,
        other: Option<String>,
    },
    Rename(String),
    /// A receiver or address in place of another; without the other where there is only one of the kind.
    Receiver {
        from: Option<String>,
        to: String,
        kind: Kind,
    },
    /// A deed more, as a sentence.
    Add(String),
    Other,
}

/// Reads a wish.
pub fn read(request: &Request<'_>) -> Wish {
    let words = request.sentence.trim().trim_end_matches(['.', '!']);
    let read = text::read(words);
    let tokens = &read.tokens;
    let Some(first) = tokens.first() else { return Wish::Other };
    let low: Vec<&str> = tokens.iter().map(|token| token.low.as_str()).collect();
    let joined = low.join(" ");
    if let Some(wish) = about_talk(&low, &joined) {
        return wish;
    }
    if first.any(&["why", "warum", "wieso", "weshalb", "wozu"]) {
        return Wish::Why(words.to_owned());
    }
    if first.any(&["explain", "erklaere", "erklaer", "erlaeutere"])
        || ["what does it do", "what does the bot do", "was macht er", "was macht der bot"]
            .iter()
            .any(|said| joined.starts_with(said))
    {
        return Wish::Explain;
    }
    if first.any(&["rename", "nenne", "nenn", "benenne"]) || joined.starts_with("call it ") {
        return rename(tokens);
    }
    if let Some(wish) = receiver(tokens, &low) {
        return wish;
    }
    if first
        .any(&["remove", "delete", "drop", "skip", "entferne", "loesche", "streiche", "streich"])
    {
        return Wish::Remove(rest(&read.source, tokens, 1));
    }
    if first.any(&["move", "verschiebe", "verschieb"]) {
        return moved(&read.source, tokens);
    }
    if let Some(schedules) = schedule(request, &read) {
        return Wish::Schedule(schedules);
    }
    if first.any(&[
        "also",
        "additionally",
        "then",
        "afterwards",
        "and",
        "auch",
        "zusaetzlich",
        "ausserdem",
        "dann",
        "danach",
        "und",
    ]) {
        let from =
            if tokens.get(1).is_some_and(|second| second.any(&["also", "then", "auch", "dann"])) {
                2
            } else {
                1
            };
        return Wish::Add(rest(&read.source, tokens, from));
    }
    if first.any(&["add", "fuege"]) && tokens.len() > 3 {
        let from = tokens.iter().position(|token| token.any(&["that", "to", "which", "hinzu"]));
        return from.map_or(Wish::Other, |from| Wish::Add(rest(&read.source, tokens, from + 1)));
    }
    if let Some(also) = tokens
        .iter()
        .position(|token| token.any(&["also", "auch", "zusaetzlich", "ausserdem", "too"]))
    {
        let said: Vec<String> = [&tokens[..also], &tokens[also + 1..]]
            .into_iter()
            .map(|part| text::words(&read.source, part))
            .filter(|part| !part.is_empty())
            .collect();
        return Wish::Add(said.join(" "));
    }
    Wish::Other
}

/// Yes, no, back.
fn about_talk(low: &[&str], joined: &str) -> Option<Wish> {
    const UNDO: &[&str] = &[
        "undo",
        "undo that",
        "undo it",
        "revert",
        "revert that",
        "go back",
        "rueckgaengig",
        "mach das rueckgaengig",
        "mache das rueckgaengig",
        "zurueck",
    ];
    const YES: &[&str] = &[
        "yes",
        "ok",
        "okay",
        "accept",
        "accept it",
        "accept all",
        "apply",
        "apply it",
        "take it",
        "do it",
        "looks good",
        "yes please",
        "ja",
        "uebernehmen",
        "uebernimm es",
        "passt",
        "ja bitte",
    ];
    const NO: &[&str] = &[
        "no",
        "discard",
        "discard it",
        "reject",
        "cancel",
        "leave it",
        "no thanks",
        "nein",
        "verwerfen",
        "verwirf es",
        "lass es",
        "abbrechen",
    ];
    if UNDO.contains(&joined) {
        return Some(Wish::Undo);
    }
    if YES.contains(&joined) {
        return Some(Wish::Accept(Vec::new()));
    }
    if NO.contains(&joined) {
        return Some(Wish::Discard);
    }
    // `accept 1 and 3`
    if ["accept", "apply", "take", "uebernimm"].contains(low.first()?) {
        let numbers: Vec<usize> = low.iter().filter_map(|word| word.parse().ok()).collect();
        let only = low[1..].iter().all(|word| {
            word.parse::<usize>().is_ok()
                || [
                    "and", "und", ",", "only", "nur", "part", "parts", "piece", "pieces", "teil",
                    "teile",
                ]
                .contains(word)
        });
        if !numbers.is_empty() && only {
            return Some(Wish::Accept(numbers));
        }
    }
    None
}

fn rest(source: &str, tokens: &[Token], from: usize) -> String {
    text::words(source, tokens.get(from..).unwrap_or_default())
}

fn rename(tokens: &[Token]) -> Wish {
    let quoted = tokens.iter().find(|token| token.kind == Kind::Quoted);
    let after = tokens.iter().rposition(|token| token.any(&["to", "it", "in", "ihn", "es", "um"]));
    let name = quoted.map(|token| token.text.clone()).or_else(|| {
        let words = tokens.get(after? + 1..)?.iter().filter(|token| token.is_word());
        let words: Vec<&str> =
            words.map(|token| token.text.as_str()).filter(|word| *word != "um").collect();
        (!words.is_empty()).then(|| words.join(" "))
    });
    let slug = name.map(|name| text::slug(&name, '-')).unwrap_or_default();
    if codex32_flow::parse::is_slug(&slug) { Wish::Rename(slug) } else { Wish::Other }
}

/// `send it to #ops instead`, `use #a instead of #b`, `change a@x to b@x`.
fn receiver(tokens: &[Token], low: &[&str]) -> Option<Wish> {
    let says = |words: &[&str]| low.iter().any(|word| words.contains(word));
    let changes = says(&["instead", "stattdessen", "statt", "anstatt", "anstelle"])
        || ["change", "replace", "switch", "aendere", "ersetze", "use", "nimm", "nutze"]
            .contains(low.first()?);
    if !changes {
        return None;
    }
    let values: Vec<(usize, &Token)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url))
        .collect();
    match values.as_slice() {
        [(_, to)] => Some(Wish::Receiver { from: None, to: to.text.clone(), kind: to.kind }),
        [(at, one), (other_at, two)] if one.kind == two.kind => {
            let between = &low[*at..*other_at];
            // `#new instead of #old`; else the old one comes first.
            let backwards = ["instead", "statt", "anstatt", "anstelle", "rather"]
                .iter()
                .any(|word| between.contains(word));
            let (from, to) = if backwards { (two, one) } else { (one, two) };
            Some(Wish::Receiver {
                from: Some(from.text.clone()),
                to: to.text.clone(),
                kind: to.kind,
            })
        }
        _ => None,
    }
}

fn moved(source: &str, tokens: &[Token]) -> Wish {
    let place = tokens.iter().position(|token| {
        token.any(&[
            "before", "after", "vor", "nach", "behind", "hinter", "to", "an", "ans", "above",
            "below", "up", "down",
        ])
    });
    let Some(place) = place.filter(|place| *place > 1) else { return Wish::Other };
    let step = text::words(source, &tokens[1..place]);
    let said = |words: &[&str]| tokens[place..].iter().any(|token| token.any(words));
    if said(&["end", "bottom", "ende", "schluss"]) {
        return Wish::Move { step, after: true, other: None };
    }
    if said(&["top", "beginning", "start", "front", "anfang"]) {
        return Wish::Move { step, after: false, other: None };
    }
    let after = tokens[place].any(&["after", "nach", "behind", "hinter", "below"]);
    let before = tokens[place].any(&["before", "vor", "above"]);
    if !after && !before {
        return Wish::Other;
    }
    Wish::Move { step, after, other: Some(rest(source, tokens, place + 1)) }
}

/// Words around a time that only say that it is the time that changes.
const AROUND: &[&str] = &[
    "make",
    "it",
    "run",
    "runs",
    "change",
    "schedule",
    "the",
    "time",
    "set",
    "start",
    "instead",
    "bot",
    "please",
    "do",
    "this",
    "to",
    "should",
    "let",
    "only",
    "at",
    "on",
    "rather",
    "now",
    "mach",
    "mache",
    "es",
    "ihn",
    "lass",
    "lasse",
    "laufen",
    "zeitplan",
    "den",
    "aendere",
    "statt",
    "stattdessen",
    "lieber",
    "bitte",
    "soll",
    "er",
    "starte",
    "auf",
    "um",
    "das",
    "jetzt",
    "nur",
    "of",
    "for",
    "und",
    "and",
    "happen",
    "be",
    "daily",
    "hourly",
];

fn schedule(request: &Request<'_>, read: &text::Text) -> Option<Vec<ScheduleTrigger>> {
    let timed = schedules::find(read, request.zone, request.now);
    if timed.triggers.is_empty() || timed.problem.is_some() || timed.open.is_some() {
        return None;
    }
    let inside = |token: &Token| {
        timed.taken.iter().any(|range| token.at.start >= range.start && token.at.end <= range.end)
    };
    let only_time = read
        .tokens
        .iter()
        .filter(|token| !inside(token))
        .all(|token| matches!(token.kind, Kind::Mark(_)) || token.any(AROUND));
    only_time.then_some(timed.triggers)
}
