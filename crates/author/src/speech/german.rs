//! German wishes and questions as orders. Behind `dass` and `wenn` the verb stands at the end, and what
//! helps it there (`würde`, `werden könnte`, `könntest`) says nothing of the deed.

use super::pattern::fits;
use super::wishes::{DEED_DE, STATE_DE};
use super::{opens, put, stops};
use crate::text::{Kind, Token};

/// Rewrites them; tells whether there was one.
pub fn orders(tokens: &mut Vec<Token>) -> bool {
    let mut done = gains(tokens);
    let mut at = 0;
    while at < tokens.len() {
        let opening = opens(tokens, at);
        let rest = &tokens[at..];
        let longest = |patterns: &[&str]| {
            patterns.iter().filter_map(|pattern| fits(rest, pattern.trim_end())).max()
        };
        let state = opening.then(|| longest(STATE_DE)).flatten();
        let deed = opening.then(|| longest(DEED_DE)).flatten();
        match (state, deed) {
            (Some(length), deed) if deed.is_none_or(|deed| deed <= length) => {
                wish(tokens, at, length);
                done = true;
            }
            (_, Some(length)) => {
                tokens.drain(at..at + length);
                done = true;
            }
            _ => {}
        }
        at += 1;
    }
    if done {
        zu(tokens);
    }
    relatives(tokens);
    done
}

/// What a wish wishes for becomes `ich möchte, dass …`, with the verb in plain form.
fn wish(tokens: &mut Vec<Token>, at: usize, length: usize) {
    let end = tokens[at + length..]
        .iter()
        .position(stops)
        .map_or(tokens.len(), |offset| at + length + offset);
    let mut next = at + length;
    let mut end = end;
    let mut doer = false;
    while next < end {
        let verb_end = next + 1 >= end
            || matches!(tokens[next + 1].kind, Kind::Mark(_))
            || tokens[next + 1].any(&["und", "oder", "aber"]);
        let (from, words) =
            if verb_end && tokens[next].any(&["koennte", "koennten", "wuerde", "wuerden"]) {
                let helped = tokens[next - 1].any(&["werden", "wird"]);
                let doing = tokens[next - 1].low.ends_with("en")
                    && !tokens[next - 1].low.starts_with("ge")
                    && !helped;
                let from = next - usize::from(helped);
                (from, if doing && doer { "" } else { "wird" })
            } else if verb_end
                && tokens[next]
                    .among("koenntest kannst wuerdest koennt koenntet wuerdet kann sollst wirst")
            {
                (next, "")
            } else if next == at + length
                && tokens[next].any(&["du", "ihr", "sie", "man", "wir", "jemand"])
            {
                doer = tokens[next].any(&["du", "ihr", "man", "sie", "wir", "jemand"]);
                (next, "")
            } else {
                next += 1;
                continue;
            };
        let was = tokens.len();
        put(tokens, from..next + 1, words);
        end = end + tokens.len() - was;
        next = from + words.split_whitespace().count();
    }
    put(tokens, at..at + length, if doer { "bitte" } else { "ich möchte , dass" });
    for token in &mut tokens[at..at + if doer { 1 } else { 4 }] {
        token.low = crate::text::fold(&token.text);
    }
}

/// `… , die Liste zu posten`: the infinitive behind a wish stands without its `zu`.
fn zu(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let ends = tokens
            .get(at + 2)
            .is_none_or(|next| matches!(next.kind, Kind::Mark(_)) || next.any(&["und"]));
        let infinitive = tokens[at + 1].is_word()
            && tokens[at + 1].low.ends_with('n')
            && !tokens[at + 1].is_capital();
        if tokens[at].is("zu") && infinitive && ends {
            tokens.remove(at);
        }
        at += 1;
    }
}

/// `jede Bewerbung, die per Mail eingeht, soll eingetragen werden` → `wenn Bewerbung per Mail eingeht, soll es
/// eingetragen werden`.
fn relatives(tokens: &mut Vec<Token>) {
    let wish = fits(tokens, "ich moechte , dass").unwrap_or_default();
    let Some(every) = fits(
        &tokens[wish..],
        "jede|jeder|jedes|jeden|alle|saemtliche|ein|eine neue|neuen|neuer|neues?",
    ) else {
        return;
    };
    let comma = |from: usize, tokens: &[Token]| {
        tokens[from..].iter().position(|token| token.is_mark(',')).map(|offset| from + offset)
    };
    let thing = wish + every;
    let Some(first) = comma(thing, tokens).filter(|first| first - thing < 6) else { return };
    let relative = tokens.get(first + 1).is_some_and(|token| {
        token.any(&["die", "der", "das", "den", "welche", "welches", "welcher"])
    });
    let Some(second) = comma(first + 1, tokens).filter(|_| relative) else { return };
    let comes = tokens[second - 1].among(
        "eingeht eingehen kommt kommen ankommt ankommen eintrifft eintreffen erscheint landet reinkommt hereinkommt wird werden auftaucht",
    );
    if !comes {
        return;
    }
    // What is done with it.
    let rest = second + 1;
    let modal = tokens
        .get(rest)
        .is_some_and(|token| token.any(&["soll", "sollen", "wird", "werden", "muss", "muessen"]));
    if modal {
        put(tokens, rest..rest + 1, "soll es");
    } else if wish > 0 {
        put(tokens, rest..rest, "soll es");
        let end =
            tokens[rest..].iter().position(stops).map_or(tokens.len(), |offset| rest + offset);
        if tokens[end - 1].any(&["wird"]) {
            put(tokens, end - 1..end, "werden");
        }
    } else {
        return;
    }
    tokens.drain(first..first + 2);
    put(tokens, 0..thing, "wenn");
}

/// `ich hätte gern eine SMS und eine Notiz in Notion` → `sende mir eine SMS und erstelle eine Notiz in Notion`.
fn gains(tokens: &mut Vec<Token>) -> bool {
    const WANTS: &str = "ich|wir haette|haetten|moechte|moechten|brauche|brauchen|will|wollen|wuensche|wuenschen mir|uns? gern|gerne|bitte|auch?";
    let found = (0..tokens.len()).find_map(|at| {
        let length = opens(tokens, at).then(|| fits(&tokens[at..], WANTS)).flatten()?;
        Some((at, at + length, thing(tokens, at + length)?))
    });
    let Some((at, first, deed)) = found else { return false };
    // Every further thing, each with its deed.
    let mut next = first + 1;
    while next < tokens.len() {
        let ends = stops(&tokens[next]) || tokens[next].any(&["wenn", "sobald", "falls"]);
        if ends {
            break;
        }
        if tokens[next].is("und")
            && let Some(deed) = thing(tokens, next + 1)
        {
            put(tokens, next + 1..next + 1, deed);
        }
        next += 1;
    }
    put(tokens, at..first, deed);
    true
}

/// What is done for the thing that begins here.
fn thing(tokens: &[Token], at: usize) -> Option<&'static str> {
    const TOLD: &[&str] = &["sms", "mail", "nachricht", "meldung", "erinnerung", "hinweis", "info"];
    const MADE: &[&str] = &[
        "notiz", "aufgabe", "karte", "ticket", "zeile", "eintrag", "termin", "seite", "vorgang",
        "kontakt", "issue",
    ];
    let article = tokens.get(at)?.any(&["eine", "einen", "ein"]);
    let noun = (at + 1..tokens.len().min(at + 4)).find_map(|next| {
        let low = tokens[next].is_word().then_some(tokens[next].low.as_str())?;
        if TOLD.iter().any(|noun| low.ends_with(noun)) {
            return Some("sende mir");
        }
        MADE.iter().any(|noun| low.ends_with(noun)).then_some("erstelle")
    });
    noun.filter(|_| article)
}
