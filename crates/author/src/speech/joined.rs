//! Two sentences of which the second takes up the first: `Sometimes X happens. When it does, do Y` says
//! what `when X happens, do Y` says.

use super::pattern::fits;
use super::{put, said};
use crate::text::{Kind, Lang, Token};

/// Before what happens.
const NOW_AND_THEN: &[&str] = &[
    "sometimes|occasionally|often|usually ,?",
    "every now and then ,?",
    "every so often ,?",
    "from time to time ,?",
    "now and then|again ,?",
    "it happens that",
    "it sometimes|often happens that",
    "manchmal|gelegentlich|oefter|oft|haeufig kommt es vor , dass",
    "es kommt manchmal|oefter|immer? wieder? vor , dass",
    "ab und zu|an kommt es vor , dass",
    "hin und wieder kommt es vor , dass",
    "es passiert manchmal|oft|oefter? , dass",
    "imagine that?",
    "suppose|say|assume that?",
    "angenommen|gesetzt ,",
];
/// What takes it up.
const TAKEN_UP: &[&str] = &[
    "when|whenever|if|once|as|in soon? as? that|this|it case? happens|occurs|does|comes|is|arrives up|in|the|so? case? ,?",
    "in that|this|such a? case|moment|event ,?",
    "then|so ,?",
    "each|every time that|this|it? happens? ,?",
    "wenn|sobald|falls das|dies passiert|geschieht|eintritt|vorkommt|ist so? ist? ,?",
    "in dem|diesem|so fall|einem fall? ,?",
    "dann ,?",
    "at that point ,?",
    "passiert das ,?",
];

pub fn joined(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at < tokens.len() {
        let starts = at == 0 || matches!(tokens[at - 1].kind, Kind::Mark('.' | '!' | ';'));
        let length = starts
            .then(|| NOW_AND_THEN.iter().find_map(|pattern| fits(&tokens[at..], pattern)))
            .flatten();
        if let Some(length) = length
            && let Some(stop) = tokens[at..]
                .iter()
                .position(|token| matches!(token.kind, Kind::Mark('.' | '!' | ';')))
                .map(|offset| at + offset)
            && let Some(used) =
                TAKEN_UP.iter().find_map(|pattern| fits(&tokens[stop + 1..], pattern))
        {
            put(tokens, stop..stop + 1 + used, ",");
            put(tokens, at..at + length, lang.say("when", "wenn"));
        }
        at += 1;
    }
    checked(tokens);
    feed(tokens);
    nothing(tokens);
    if tokens.is_empty() {
        tokens.push(said("."));
    }
}

/// `Our supplier has a feed at https://…, and whenever there is something new in it, …` → `when a new article in
/// https://… appears, …`.
fn feed(tokens: &mut Vec<Token>) {
    let Some(address) = tokens.iter().take(12).position(|token| token.kind == Kind::Url) else {
        return;
    };
    let feed = tokens[..address].iter().any(|token| token.any(&["feed", "blog", "rss"]));
    let opens = tokens[..address]
        .iter()
        .any(|token| token.any(&["has", "have", "is", "publishes", "runs"]));
    let rest = &tokens[address + 1..];
    let length = fits(
        rest,
        ",|.|; and? when|whenever|if|once there|something|anything is|new|appears something|anything|a|there|in|on? new|it|post|item|entry? in|on|there? it|there? ,",
    );
    if let (true, true, Some(length)) = (feed, opens, length) {
        let place = tokens[address].clone();
        put(tokens, 0..address + 1 + length, "when a new article in X appears ,");
        tokens[5] = place;
    }
}

/// `…; for DE, do nothing`: nothing is done then anyway.
fn nothing(tokens: &mut Vec<Token>) {
    let found = (2..tokens.len()).find_map(|at| {
        let begins = matches!(tokens[at - 1].kind, Kind::Mark(';' | '.' | ','))
            && tokens[at].any(&["for", "with", "on", "in", "bei", "fuer"]);
        let comma = begins
            .then(|| (at + 2..tokens.len().min(at + 5)).find(|next| tokens[*next].is_mark(',')))
            .flatten()?;
        let length = fits(
            &tokens[comma + 1..],
            "well? ,? please? do? nothing at? all? needs|has|is? to? be? done? happens?",
        )
        .or_else(|| fits(&tokens[comma + 1..], "bitte? nichts tun|machen?"))?;
        let end = comma + 1 + length;
        tokens
            .get(end)
            .is_none_or(|next| matches!(next.kind, Kind::Mark('.' | ';' | '!')))
            .then_some((at - 1, end))
    });
    if let Some((from, end)) = found {
        tokens.drain(from..end);
    }
}

/// `Checking at 18:00 every day would be enough`, `Probiere es täglich um 5`: only the time is said by it.
fn checked(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at < tokens.len() {
        let starts = matches!(tokens[at - 1].kind, Kind::Mark('.' | '!' | ';'));
        let length = starts
            .then(|| {
                fits(&tokens[at..], "checking|trying|looking|doing|running it|that|this?")
                    .or_else(|| fits(&tokens[at..], "please? check|try|do|run|repeat it|that|this"))
                    .or_else(|| {
                        fits(
                            &tokens[at..],
                            "bitte? probiere|pruefe|versuche|mach|mache|tu|tue|wiederhole es|das",
                        )
                    })
            })
            .flatten();
        let Some(length) = length else {
            at += 1;
            continue;
        };
        let end = tokens[at..]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark('.' | '!' | ';')))
            .map_or(tokens.len(), |offset| at + offset);
        let timed = tokens[at..end].iter().any(|token| {
            token.among(
                "every each daily hourly weekly taeglich stuendlich jeden jede alle day hour um",
            )
        });
        let tail = (at + length..end).find(|next| {
            fits(&tokens[*next..], "would|is|will be? enough|fine|sufficient|do|ok|okay")
                .is_some_and(|used| next + used == end)
        });
        if timed {
            tokens.drain(tail.unwrap_or(end)..end);
            tokens.drain(at..at + length);
        }
        at += 1;
    }
}
