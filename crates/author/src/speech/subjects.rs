//! What starts the bot, said as a thing: `every new order over 300 should be posted to X`, `add every new order to Y`,
//! `the photos that are dropped into Z should be listed`. All become `when there is a new order, …`.

use super::pattern::fits;
use super::states::deed as deed_of;
use super::{put, said};
use crate::clauses::Vocabulary;
use crate::lexicon;
use crate::text::{Kind, Token};

/// Words that say what starts it already, or when.
const STARTED: &str = "when whenever webhook event once daily hourly weekly monthly day hour week month minute \
    minutes hours second seconds quarter year other morning evening night monday tuesday \
    wednesday thursday friday saturday sunday weekday weekdays time form weekend input";

pub fn subjects(tokens: &mut Vec<Token>, known: &dyn Vocabulary) {
    caused(tokens);
    let soon = as_they_come(tokens);
    if !soon
        && (tokens.iter().any(|token| token.among(STARTED))
            || tokens.windows(2).any(|pair| pair[0].is("at") && pair[1].number.is_some()))
    {
        return;
    }
    if dropped(tokens) || thing(tokens, soon, known) {
        return;
    }
    object(tokens);
}

/// `… as they come in`: left out, what it speaks of is new.
fn as_they_come(tokens: &mut Vec<Token>) -> bool {
    let found = (2..tokens.len()).find_map(|at| {
        let length = fits(
            &tokens[at..],
            "as|when|whenever soon? as? they|it come|comes|arrive|arrives|appear|appears in|up?",
        )?;
        let ends = tokens.get(at + length).is_none_or(|next| matches!(next.kind, Kind::Mark(_)));
        ends.then_some((at, length))
    });
    if let Some((at, length)) = found {
        tokens.drain(at..at + length);
    }
    found.is_some()
}

fn stop(tokens: &[Token], from: usize) -> usize {
    tokens[from..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | ':' | ',' | '!' | '?')))
        .map_or(tokens.len(), |offset| from + offset)
}

/// The thing that begins at `at`, without the words that say it is new.
fn fresh(tokens: &[Token], at: usize) -> Option<usize> {
    fits(&tokens[at..], "every|each|any|all|a|our|the new|incoming|fresh")
        .or_else(|| fits(&tokens[at..], "new|incoming"))
        .or_else(|| {
            fits(&tokens[at..], "the|all|any mails|emails|messages").map(|length| length - 1)
        })
        .or_else(|| {
            fits(&tokens[at..], "every|each").filter(|_| {
                tokens.get(at + 1).is_some_and(|next| next.is_word() && next.number.is_none())
            })
        })
}

/// `new X should be posted to …`, `every new X gets a mail`, `each X becomes a card`.
fn thing(tokens: &mut Vec<Token>, soon: bool, known: &dyn Vocabulary) -> bool {
    let Some(length) = fresh(tokens, 0)
        .or_else(|| soon.then(|| fits(tokens, "the|all|our|my the|our|new?")).flatten())
    else {
        return false;
    };
    let end = stop(tokens, 0);
    let verb = (length + 1..end).find_map(|at| {
        let rest = &tokens[at..];
        if let Some(used) = fits(rest, "should|must|shall|is|are|to|has|have|needs|need|gets|get to? be? also|then|always|immediately|automatically?") {
            let done = rest.get(used).filter(|next| next.is_word()).and_then(|next| deed_of(&next.low));
            if let Some(base) = done.filter(|base| !base.is_empty() && *base != "get") {
                let after = rest.get(used + 1).is_some_and(|next| !next.any(&["by"]));
                return after.then(|| (at, used + 1, format!("{base} it")));
            }
        }
        fits(rest, "should|must? gets|get|receives|receive also?")
            .map(|used| (at, used, "send them".to_owned()))
            .filter(|_| rest.iter().skip(1).take(4).any(|token| token.any(&["a", "an", "our", "the"])))
            .or_else(|| {
                fits(rest, "should|must|to? becomes|become|turns|turn into?").map(|used| (at, used, "create".to_owned()))
            })
    });
    let Some((at, used, deed)) = verb else { return false };
    put(tokens, at..at + used, &format!(", {deed}"));
    let mut at = at;
    let country = (length + 1..at).find(|from| {
        tokens[*from].is("from")
            && *from + 2 == at
            && tokens[from + 1].is_capital()
            && !known.is_name(&tokens[from + 1].low)
    });
    if let Some(from) = country {
        put(tokens, from..from + 1, "and the country is");
        at = from;
    }
    arrives(tokens, length, at);
    put(tokens, 0..length, "when a new");
    true
}

/// `the photos that are dropped into X should be listed in Y`.
fn dropped(tokens: &mut Vec<Token>) -> bool {
    let Some(length) = fits(tokens, "the|all|every|each|any|our new?") else { return false };
    let end = stop(tokens, 0);
    let Some(that) = (length..end.min(length + 4)).find(|at| tokens[*at].any(&["that", "which"]))
    else {
        return false;
    };
    let comes = tokens.get(that + 1).is_some_and(|token| {
        token.among("are is were was get gets come comes arrive arrives land lands")
    });
    let modal = (that + 2..end).find_map(|at| {
        let used = fits(&tokens[at..], "should|must|shall|to be also|always?")?;
        let base = deed_of(&tokens.get(at + used)?.low)?;
        Some((at, used, base))
    });
    let (Some((at, used, base)), true) = (modal, comes) else { return false };
    let base = if base == "list" { "add" } else { base };
    put(tokens, at..at + used + 1, &format!(", {base} them"));
    // `are dropped into X`: they come there.
    let into = tokens.get(that + 3).is_some_and(|token| token.any(&["into", "in", "to"]));
    let way = if into { "come into" } else { "" };
    if into {
        put(tokens, that..that + 4, way);
    } else {
        tokens.remove(that);
    }
    put(tokens, 0..length, "when new");
    true
}

/// `Add every new X to Y` → `when there is a new X, add it to Y`.
fn object(tokens: &mut Vec<Token>) {
    let Some(first) = tokens.first() else { return };
    let verb = first.is_word()
        && lexicon::is_base(&first.low)
        && !first.among("get fetch read check watch list find search count monitor");
    if !verb {
        return;
    }
    let Some(length) =
        fits(&tokens[1..], "every|each|any|all new|incoming").or_else(|| fits(&tokens[1..], "new"))
    else {
        return;
    };
    let end = stop(tokens, 1);
    let to = (length + 2..end)
        .find(|at| tokens[*at].any(&["to", "into", "onto", "as"]) && at - length < 9);
    let Some(to) = to else { return };
    let deed = first.low.clone();
    let mut thing: Vec<Token> = tokens[1 + length..to].to_vec();
    let last = thing.len();
    arrives(&mut thing, 0, last);
    let mut out: Vec<Token> = "when a new".split(' ').map(said).collect();
    out.extend(thing);
    out.extend([said(","), said(&deed), said("it")]);
    tokens.splice(0..to, out);
}

/// Says that it comes: before the words for where, `a new row arrives in the table X`.
fn arrives(tokens: &mut Vec<Token>, from: usize, end: usize) {
    let place =
        (from..end).find(|at| *at > from && tokens[*at].any(&["in", "on", "at"])).filter(|at| {
            tokens[from..*at]
                .iter()
                .all(|token| token.is_word() && !token.any(&["that", "which", "with", "from"]))
        });
    put(tokens, place.unwrap_or(end)..place.unwrap_or(end), "arrives");
}

/// `make the webhook ping answer with pong` → `when the webhook ping is called, answer with pong`.
fn caused(tokens: &mut Vec<Token>) {
    let Some(length) = fits(tokens, "make|let|have the|my|our? webhook|endpoint called|named?")
    else {
        return;
    };
    let name = tokens
        .get(length)
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Path | Kind::Quoted));
    let verb =
        tokens.get(length + 1).is_some_and(|next| next.is_word() && lexicon::is_base(&next.low));
    if let (Some(name), true) = (name.cloned(), verb) {
        put(tokens, 0..length + 1, "when the webhook X is called ,");
        tokens[3] = name;
    }
}
