//! What is said beside a deed and steers it: after how long, with which model, that every entry
//! counts once; and the passive that goes on behind an `and`.

use super::sentences::{ends, is_hook};
use super::{made, participle};
use crate::lexicon;
use crate::text::{Lang, Token};

/// `after 5 days send …`, `nach 5 Tagen …`: a wait, where a clause begins.
pub(super) fn after_a_while(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at < tokens.len() {
        let opens =
            at == 0 || ends(&tokens[at - 1]) || tokens[at - 1].any(&["and", "und", "then", "dann"]);
        let span = (opens && tokens[at].any(&["after", "nach"]))
            .then(|| crate::values::duration_length(&tokens[at + 1..]))
            .flatten()
            .map(|(used, _)| at + 1 + used);
        let Some(end) = span else {
            at += 1;
            continue;
        };
        let of = tokens.get(end).is_some_and(|next| {
            next.any(&["of", "von", "without", "ohne", "the", "dem", "der", "event", "ereignis"])
        });
        if !of && end < tokens.len() {
            let model = tokens[at].clone();
            tokens[at] = made(&model, lang.say("wait", "warte"));
            let then = made(&model, lang.say("then", "dann"));
            if ends(&tokens[end]) {
                tokens[end] = then;
            } else {
                tokens.insert(end, then);
            }
        }
        at = end;
    }
}

/// `Using AI, sort …` → `sort using AI …`.
pub(super) fn by_model(tokens: &mut Vec<Token>, lang: Lang) {
    // `have Claude sum it up`, `get an AI to sort it`: it is let do so.
    for at in 0..tokens.len().saturating_sub(2) {
        let opens = at == 0
            || ends(&tokens[at - 1])
            || tokens[at - 1].any(&["and", "then", "please", "first"]);
        let model = at + 1 + usize::from(tokens[at + 1].any(lexicon::ARTICLES));
        let does = tokens
            .get(model + 1)
            .is_some_and(|next| next.is_word() && lexicon::verb(&next.low, lang).is_some());
        if opens
            && tokens[at].any(&["have", "get"])
            && tokens.get(model).is_some_and(|token| {
                lexicon::is_model(token) || token.any(&["openai", "anthropic", "model"])
            })
            && does
        {
            tokens[at] = made(&tokens[at].clone(), "let");
        }
    }
    let mut at = 0;
    while at + 3 < tokens.len() {
        let opens = at == 0 || ends(&tokens[at - 1]);
        let by = tokens[at].any(&["using", "with", "mit", "per", "by", "via"])
            && (lexicon::is_model(&tokens[at + 1])
                || tokens[at + 1].any(&["openai", "anthropic", "chatgpt"]))
            && tokens[at + 2].is_mark(',');
        let verb = tokens[at + 3].is_word() && lexicon::verb(&tokens[at + 3].low, lang).is_some();
        if opens && by && verb {
            let verb = tokens.remove(at + 3);
            tokens.remove(at + 2);
            tokens.insert(at, verb);
        }
        at += 1;
    }
}

/// `auf das Ereignis x hin …` → `wenn Ereignis x kommt, …`.
pub(super) fn upon(tokens: &mut Vec<Token>) {
    let Some(at) = tokens.iter().position(|token| token.is("hin")) else { return };
    let from = tokens[..at].iter().rposition(|token| token.is("auf"));
    let Some(from) = from.filter(|from| at - from <= 5) else { return };
    if !tokens[from..at].iter().any(|token| token.any(&["ereignis", "event"]) || is_hook(token)) {
        return;
    }
    let model = tokens[from].clone();
    tokens[from] = made(&model, "wenn");
    tokens.splice(at..=at, [made(&model, "kommt"), made(&model, ",")]);
}

/// `labelled x and is saved to …` → `… and save it to …`.
pub(super) fn passive_goes_on(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 2 < tokens.len() {
        let and = tokens[at].any(&["and", "then"]) || tokens[at].is_mark(',');
        let is = tokens[at + 1].any(&["is", "are", "gets", "get", "be", "being"]);
        let base = participle(&tokens[at + 2].low);
        let passive = tokens[..at].windows(2).any(|pair| {
            pair[0].any(&["is", "are", "gets", "get", "be"]) && participle(&pair[1].low).is_some()
        });
        if let (true, true, Some(base), true) = (and, is, base, passive) {
            let opening = tokens[..at]
                .iter()
                .rev()
                .take_while(|token| !ends(token))
                .any(|token| token.any(&["when", "if", "whenever", "once", "that", "which"]));
            if !opening {
                let model = tokens[at].clone();
                tokens.splice(at + 1..at + 3, [made(&model, base), made(&model, "it")]);
            }
        }
        at += 1;
    }
}

/// `…, looked up`, `every entry only one time`: said by the times, or by `new`.
pub(super) fn remarks(tokens: &mut Vec<Token>) {
    let mut from = 0;
    while from < tokens.len() {
        let end = tokens[from..].iter().position(ends).map_or(tokens.len(), |offset| from + offset);
        let part = &tokens[from..end];
        let only = |words: &[&str]| !part.is_empty() && part.iter().all(|token| token.any(words));
        let remark = only(&["looked", "up", "checked", "polled", "it", "is", "fetched", "and"])
            && part.iter().any(|token| token.any(&["looked", "checked", "polled", "fetched"]))
            || part.len() > 2
                && only(&[
                    "every", "each", "entry", "item", "one", "only", "one", "time", "once", "just",
                    "a", "single", "of", "them", "jeder", "jeden", "jedes", "eintrag", "nur",
                    "einmal",
                ])
                && part.iter().any(|token| token.any(&["once", "time", "einmal"]));
        if remark && from > 0 {
            tokens.drain(from - 1..end);
            continue;
        }
        from = end + 1;
    }
}
