//! New things of one system that are put into another, in a sentence with a time of its own and one
//! verb: `neue Zeilen im Sheet x alle 10 Minuten als Kontakt in HubSpot anlegen` is read first, and
//! each is put there.

use super::made;
use crate::clauses::Vocabulary;
use crate::lexicon;
use crate::text::{Kind, Lang, Token};

pub fn carried(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary, timed: bool) {
    if lang != Lang::De {
        return;
    }
    let end = tokens
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(_)) || token.any(&["und", "dann"]))
        .unwrap_or(tokens.len());
    let from = tokens[..end]
        .iter()
        .position(|token| !token.any(&["bitte", "die", "alle", "jede"]))
        .unwrap_or(0);
    let fresh = tokens
        .get(from)
        .is_some_and(|token| token.any(&["neue", "neuen", "neu", "neues", "neuer"]));
    let verb = end > from + 4
        && lexicon::verb(&tokens[end - 1].low, lang).is_some()
        && !tokens[end - 1].is_capital();
    if !fresh || !verb {
        return;
    }
    let named = |at: usize| {
        let token = &tokens[at];
        token.is_word()
            && (known.is_name(&token.low)
                || token.low.split('-').any(|part| part == "google" || known.is_name(part)))
    };
    let Some(first) = (from..end).find(|at| named(*at)) else { return };
    let Some(second) = (first + 1..end).find(|at| {
        named(*at)
            && tokens[*at].low != tokens[first].low
            && tokens[first + 1..*at]
                .iter()
                .any(|token| token.any(&["als", "in", "ins", "nach", "an", "auf", "im", "zu"]))
    }) else {
        return;
    };
    let place = (from + 1..first)
        .find(|at| tokens[*at].any(&["in", "im", "aus", "vom", "von", "der", "des"]));
    // `als Aufgabe in Asana`, else the last word that leads somewhere.
    let leads = |at: &usize| {
        tokens[*at].any(&["als", "in", "ins", "nach", "an", "auf", "im", "zu", "auch"])
    };
    let split = (first + 1..second)
        .find(|at| tokens[*at].any(&["als", "auch"]))
        .or_else(|| (first + 1..second).rev().find(leads));
    let Some(split) = split else { return };
    let model = tokens[from].clone();
    // Without a time of its own, the system tells.
    if !timed {
        if known.happens(&tokens[from..split], tokens) {
            let words = [",", "es"].map(|word| made(&model, word));
            tokens.splice(split..split, words);
            tokens.insert(from, made(&model, "wenn"));
        }
        return;
    }
    let Some(place) = place else { return };
    let words = ["holen", ",", "jede", "einzeln"].map(|word| made(&model, word));
    tokens.splice(split..split, words);
    if tokens[place].any(&["in", "im"]) {
        tokens[place] = made(&model, if tokens[place].is("im") { "vom" } else { "aus" });
    }
}
