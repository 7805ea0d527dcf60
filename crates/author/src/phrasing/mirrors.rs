//! One thing is made of each of another: `turn each new ticket into a card`, `mach aus jeder neuen
//! Mail eine Aufgabe`. What comes starts the bot, what is made of it is the deed.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Lang, Token};

const EACH: &[&str] = &[
    "each",
    "every",
    "new",
    "any",
    "all",
    "incoming",
    "jeden",
    "jede",
    "jedes",
    "jedem",
    "jeder",
    "neue",
    "neuen",
    "neuem",
    "neuer",
    "alle",
    "allen",
    "eingehende",
    "eingehenden",
];

pub fn mirrors(tokens: &mut Vec<Token>, lang: Lang) {
    match lang {
        Lang::En => {
            into(tokens);
            out_of(tokens);
        }
        Lang::De => german(tokens),
    }
}

/// Where the sentence that holds `at` ends.
fn end_of(tokens: &[Token], at: usize) -> usize {
    tokens[at..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?' | ',')))
        .map_or(tokens.len(), |offset| at + offset)
}

/// `when X , create Y` instead of what stands from `from` to `to`.
fn rewrite(
    tokens: &mut Vec<Token>,
    from: usize,
    to: usize,
    what: Vec<Token>,
    thing: Vec<Token>,
    lang: Lang,
) {
    let model = tokens[from].clone();
    let mut words = vec![made(&model, lang.say("when", "wenn"))];
    words.extend(what);
    if lang == Lang::De {
        words.push(made(&model, "kommt"));
    }
    words.extend([made(&model, ","), made(&model, lang.say("create", "erstelle"))]);
    words.extend(thing);
    tokens.splice(from..to, words);
}

/// `turn each X into a Y`.
fn into(tokens: &mut Vec<Token>) {
    let Some(verb) = tokens.iter().position(|token| {
        token.any(&["turn", "turns", "convert", "transform", "change", "mirror", "make"])
    }) else {
        return;
    };
    let end = end_of(tokens, verb);
    let Some(into) = (verb + 2..end).find(|at| tokens[*at].any(&["into"])) else { return };
    let thing = tokens.get(into + 1).is_some_and(|next| next.any(ARTICLES) || next.is_capital());
    let each = tokens[verb + 1..into].iter().take(2).any(|token| token.any(EACH));
    if !each || !thing {
        return;
    }
    let what = tokens[verb + 1..into].to_vec();
    let made_of = tokens[into + 1..end].to_vec();
    rewrite(tokens, verb, end, what, made_of, Lang::En);
}

/// `make a Y out of each X`.
fn out_of(tokens: &mut Vec<Token>) {
    let Some(verb) = tokens.iter().position(|token| token.any(&["make", "create", "build"])) else {
        return;
    };
    let end = end_of(tokens, verb);
    let of = (verb + 2..end).find(|at| {
        tokens[*at].is("out")
            && tokens.get(at + 1).is_some_and(|next| next.is("of"))
            && tokens[at + 2..].iter().take(2).any(|token| token.any(EACH))
    });
    let Some(of) = of else { return };
    let what = tokens[of + 2..end].to_vec();
    let thing = tokens[verb + 1..of].to_vec();
    rewrite(tokens, verb, end, what, thing, Lang::En);
}

/// `mach aus jedem X ein Y`, `wandle jedes X in ein Y um`.
fn german(tokens: &mut Vec<Token>) {
    let Some(verb) = tokens.iter().position(|token| {
        token.any(&[
            "mach",
            "mache",
            "wandle",
            "wandele",
            "verwandle",
            "verwandele",
            "forme",
            "erzeuge",
            "erstelle",
        ])
    }) else {
        return;
    };
    let end = end_of(tokens, verb);
    let from = verb + 1;
    let aus = tokens.get(from).is_some_and(|token| token.any(&["aus", "von"]));
    let first = from + usize::from(aus);
    if !tokens[first.min(end)..end].iter().take(2).any(|token| token.any(EACH)) {
        return;
    }
    let begins = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.any(&["ein", "eine", "einen", "einer", "eines", "einem"]))
    };
    let place = if aus {
        (first + 1..end).find(|at| begins(*at))
    } else if tokens[verb].any(&["erzeuge", "erstelle"]) {
        None
    } else {
        (first + 1..end).find(|at| tokens[*at].is("in") && begins(at + 1))
    };
    let Some(place) = place else { return };
    let what = tokens[first..place].to_vec();
    let mut thing = tokens[place + usize::from(!aus)..end].to_vec();
    if thing.last().is_some_and(|last| last.any(&["um", "an"])) {
        thing.pop();
    }
    rewrite(tokens, verb, end, what, thing, Lang::De);
}
