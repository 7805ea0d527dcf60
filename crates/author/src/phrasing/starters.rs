//! Sentences that begin with what comes: `Purchases over 750 dollars that come by the webhook …`,
//! `a failed payment shall open a ticket`, `I have a list at https://…`.

use super::sentences::{ends, is_hook};
use super::{made, participle, replace};
use crate::lexicon;
use crate::text::{Kind, Token};

/// `Purchases over 750 dollars that come by the webhook purchase need an ok from …`: a subject with
/// its source becomes the trigger, the rest the deed.
pub(super) fn subject_hook(tokens: &mut Vec<Token>) {
    let opens = tokens.first().is_some_and(|token| {
        token.any(&[
            "when", "if", "whenever", "on", "after", "for", "every", "each", "once", "as", "before",
        ]) || token.is_word() && lexicon::is_base(&token.low) && !lexicon::is_noun_too(&token.low)
    });
    let end = tokens
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | ':')))
        .unwrap_or(tokens.len());
    let hook = tokens[..end].iter().enumerate().position(|(at, token)| {
        token.any(&["webhook", "event"])
            || token.kind == Kind::Path
                && token.text.starts_with('/')
                && at > 1
                && tokens[at - 1].any(&["to", "at", "on"])
                && tokens[..at].iter().any(|token| {
                    token.any(&[
                        "sent",
                        "posted",
                        "coming",
                        "requests",
                        "calls",
                        "call",
                        "request",
                        "submitted",
                    ])
                })
    });
    let Some(hook) = hook.filter(|_| !opens) else { return };
    if tokens[..hook].iter().any(|token| token.is_mark(',') || token.any(&["then"])) {
        return;
    }
    let verb = (hook + 1..end).find(|at| {
        let next = |offset: usize| tokens.get(at + offset);
        tokens[*at].any(&["need", "needs", "require", "requires"])
            || tokens[*at]
                .any(&["should", "must", "shall", "are", "is", "get", "gets", "has", "have"])
                && (next(1).is_some_and(|token| token.any(&["be", "to", "go"]))
                    || next(1).is_some_and(|token| {
                        participle(&token.low).is_some() && !token.is("called")
                    }))
    });
    let verb =
        verb.filter(|verb| *verb > hook + 1 || tokens[hook].kind == Kind::Path && *verb > hook);
    let Some(verb) = verb else { return };
    let model = tokens[verb].clone();
    let it =
        tokens[verb].any(&["should", "must", "shall", "are", "is", "get", "gets", "has", "have"]);
    let mut words = vec![made(&model, ",")];
    if it {
        words.push(made(&model, "it"));
    } else {
        words.push(made(&model, "we"));
    }
    tokens.splice(verb..verb, words);
    tokens.insert(0, made(&model, "when"));
}

/// `a failed payment shall open a ticket`: what is new starts the bot, the rest is the deed.
pub(super) fn subject_new(tokens: &mut Vec<Token>) {
    let first = tokens.first().is_some_and(|token| {
        token.any(&["a", "an", "every", "each", "any", "new", "failed", "incoming"])
    });
    if !first {
        return;
    }
    let modal = tokens.iter().take(14).take_while(|token| !ends(token)).position(|token| {
        token.any(&["shall", "should", "must", "will", "creates", "triggers", "has", "needs"])
    });
    let Some(modal) = modal.filter(|modal| *modal > 1) else { return };
    let fresh = tokens[..modal]
        .iter()
        .any(|token| token.any(&["new", "incoming", "failed", "every", "each", "any", "fresh"]));
    let next = modal + 1 + usize::from(tokens.get(modal + 1).is_some_and(|token| token.is("to")));
    let base =
        tokens.get(next).is_some_and(|token| token.is_word() && lexicon::is_base(&token.low));
    // `… over 300 needs the approval of …`
    let asks = tokens[modal].any(&["needs", "has", "must", "should"])
        && tokens[modal + 1..].iter().take(4).any(|token| {
            token.any(&["approval", "approved", "ok", "okay", "permission", "sign-off", "go-ahead"])
        });
    if fresh && asks {
        let model = tokens[modal].clone();
        tokens.splice(modal..modal, [made(&model, ","), made(&model, "it")]);
        tokens.insert(0, made(&model, "when"));
        return;
    }
    if !fresh || !base || tokens[modal].any(&["creates", "triggers"]) {
        return;
    }
    let model = tokens[modal].clone();
    tokens.splice(modal..next, [made(&model, ",")]);
    tokens.insert(0, made(&model, "when"));
}

/// `I have a list at https://…` → `get https://…`.
pub(super) fn have_at(tokens: &mut Vec<Token>) {
    let at = tokens.windows(2).position(|pair| {
        pair[0].any(&["i", "we"])
            && pair[1].any(&["have", "publish", "keep", "maintain", "host", "run"])
    });
    let Some(at) = at else { return };
    let end = tokens[at..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | ',' | '!')))
        .map_or(tokens.len(), |offset| at + offset);
    let url = tokens[at..end].iter().any(|token| token.kind == Kind::Url);
    let hook = tokens[at..end].iter().any(is_hook);
    if url && !hook {
        replace(tokens, at..at + 2, "get");
    }
}
