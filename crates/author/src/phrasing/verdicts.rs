//! One of several names that is to be found out: `decide whether it is about noise, cleaning or heating`,
//! `entscheiden, ob es um Lärm, Reinigung oder Heizung geht` → `classify it as noise, cleaning or heating`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

const FINDS: &[&str] = &[
    "decide",
    "decides",
    "judge",
    "tell",
    "determine",
    "say",
    "check",
    "find",
    "work",
    "figure",
    "entscheide",
    "entscheiden",
    "bestimme",
    "bestimmen",
    "beurteile",
    "beurteilen",
    "pruefe",
    "pruefen",
    "entscheidet",
    "see",
    "guess",
];

pub fn verdicts(tokens: &mut Vec<Token>, lang: Lang) {
    let judged = tokens.iter().any(|token| {
        lexicon::is_model(token)
            || token.any(&[
                "ai",
                "ki",
                "claude",
                "gpt",
                "llm",
                "openai",
                "anthropic",
                "gemini",
                "model",
            ])
    });
    let found = (1..tokens.len()).find_map(|at| {
        if !tokens[at].any(&["whether", "if", "ob"]) {
            return None;
        }
        let verb = (at.saturating_sub(3)..at).find(|verb| tokens[*verb].any(FINDS))?;
        let names = names(tokens, at + 1, lang)?;
        Some((verb, names))
    });
    let Some((verb, names)) = found.filter(|_| judged) else { return };
    let model = tokens[verb].clone();
    let mut words = match lang {
        Lang::En => vec![made(&model, "classify"), made(&model, "it"), made(&model, "as")],
        Lang::De => vec![made(&model, "klassifiziere"), made(&model, "es"), made(&model, "als")],
    };
    let last = names.values.len().saturating_sub(1);
    for (at, value) in names.values.into_iter().enumerate() {
        if at == last {
            words.push(made(&model, lang.say("or", "oder")));
        } else if at > 0 {
            words.push(made(&model, ","));
        }
        words.push(value);
    }
    tokens.splice(verb..names.end, words);
}

struct Names {
    values: Vec<Token>,
    end: usize,
}

/// `it is about a, b or c`: at least three, with commas between all but the last two.
fn names(tokens: &[Token], from: usize, lang: Lang) -> Option<Names> {
    let little = |token: &Token| {
        token.any(ARTICLES)
            || token.any(&[
                "about",
                "concerns",
                "is",
                "are",
                "it",
                "its",
                "they",
                "regards",
                "um",
                "es",
                "sich",
                "mail",
                "email",
                "message",
                "ticket",
                "text",
                "request",
                "sie",
                "ist",
                "handelt",
                "belongs",
                "to",
                "this",
                "that",
                "review",
                "feedback",
                "anfrage",
                "nachricht",
            ])
    };
    let mut at = from;
    while tokens.get(at).is_some_and(little) {
        at += 1;
    }
    let mut values = Vec::new();
    let mut joined = false;
    loop {
        while tokens.get(at).is_some_and(|token| token.any(ARTICLES) || token.is("about")) {
            at += 1;
        }
        let value = tokens.get(at).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted) && !lexicon::is_empty_word(token)
        })?;
        let mut value = value.clone();
        value.kind = Kind::Quoted;
        values.push(value);
        at += 1;
        if joined {
            break;
        }
        let comma = tokens.get(at).is_some_and(|token| token.is_mark(','));
        at += usize::from(comma);
        joined = tokens.get(at).is_some_and(|token| token.any(&["or", "oder"]));
        at += usize::from(joined);
        if !comma && !joined {
            return None;
        }
    }
    if lang == Lang::De
        && tokens.get(at).is_some_and(|token| {
            token.any(&["geht", "ist", "handelt", "betrifft", "sind", "gehoert"])
        })
    {
        at += 1;
    }
    (values.len() > 2).then_some(Names { values, end: at })
}
