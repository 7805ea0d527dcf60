//! English clauses behind a wish: what could or would be done should be done.

use super::pattern::fits;
use super::{opens, put};
use crate::lexicon;
use crate::phrasing::participle;
use crate::text::{Kind, Token};

/// Participles of deeds that go by a plainer name.
const PLAINER: &[(&str, &str, &str)] = &[
    ("mentioned", "posted", "post"),
    ("celebrated", "posted", "post"),
    ("announced", "posted", "post"),
    ("dropped", "posted", "post"),
    ("flagged", "posted", "post"),
    ("listed", "added", "add"),
    ("entered", "added", "add"),
    ("noted", "added", "add"),
    ("inserted", "added", "add"),
    ("raised", "created", "create"),
];

/// The deed that a participle tells of.
pub fn deed(low: &str) -> Option<&'static str> {
    let plainer = PLAINER.iter().find(|(word, ..)| *word == low).map(|(.., base)| *base);
    plainer.or_else(|| participle(low))
}

/// Rewrites them. `wished`: there was a wish in front.
pub fn states(tokens: &mut Vec<Token>, wished: bool) {
    if wished {
        helped(tokens);
        infinitives(tokens);
        told(tokens);
    }
    gone(tokens, wished);
    named(tokens);
    done(tokens);
}

/// Whether a clause of its own begins at `at`, which is no deed's: `when`, `if`, `every`.
pub fn leads(token: &Token) -> bool {
    token.among(
        "when whenever if once unless until while where who that which because whose \
                everytime before after",
    )
}

/// `X could be posted`, `X were posted` behind a wish → `X should be posted`.
fn helped(tokens: &mut Vec<Token>) {
    let mut at = 0;
    let mut led = false;
    while at < tokens.len() {
        let token = &tokens[at];
        if matches!(token.kind, Kind::Mark(_)) || token.any(&["and", "but"]) && !led {
            led = false;
        }
        led |= leads(token)
            || token.any(&["each", "every", "any"])
                && tokens.get(at + 1).is_some_and(|next| next.is("time"))
            || token.any(&["moment", "soon", "case"]);
        // `you could post X`
        let doer = opens(tokens, at)
            .then(|| {
                fits(
                    &tokens[at..],
                    "you|it|we|the|our|my|this|that|somebody|someone bot|automation? could|can|would|will|should|might|may also|then|always|please|just?",
                )
            })
            .flatten()
            .filter(|length| tokens.get(at + length).is_some_and(|next| next.is_word() && lexicon::is_base(&next.low)));
        if let Some(length) = doer {
            tokens.drain(at..at + length);
            continue;
        }
        let modal = tokens[at].among("could would can might may will to shall")
            && tokens.get(at + 1).is_some_and(|next| next.any(&["be", "get"]));
        let was = tokens[at].among("were was is are gets get got being");
        if (modal || was) && !led && at > 0 {
            let mut verb = at + 1 + usize::from(modal);
            while tokens.get(verb).is_some_and(|next| {
                next.among("then also immediately automatically always being first not")
            }) {
                verb += 1;
            }
            let done =
                tokens.get(verb).is_some_and(|next| next.is_word() && deed(&next.low).is_some());
            let became = tokens[at].any(&["to"]) && !done;
            if done && !became {
                put(tokens, at..at + 1 + usize::from(modal), "should be");
            }
        }
        at += 1;
    }
}

/// `a card should go on the board`: added there.
fn gone(tokens: &mut Vec<Token>, wished: bool) {
    for at in 1..tokens.len().saturating_sub(1) {
        let goes = tokens[at].any(&["go", "goes", "land", "lands", "appear", "appears"])
            && tokens[at + 1].any(&["on", "onto"])
            && (wished || tokens[at - 1].any(&["should", "must"]));
        let thing = tokens[..at]
            .iter()
            .rev()
            .take(5)
            .any(|token| token.any(&["card", "item", "task", "row"]));
        if goes && thing {
            let modal = tokens[at - 1].any(&["should", "must", "could", "would", "can", "to"]);
            let from = at - usize::from(modal);
            put(tokens, from..at + 1, "should be added");
            return;
        }
    }
}

/// `the event x should be emitted`: what is named is no start of the bot.
fn named(tokens: &mut Vec<Token>) {
    for at in 0..tokens.len() {
        let thing = opens(tokens, at)
            .then(|| fits(&tokens[at..], "the|an|a? event|bot called|named?"))
            .flatten();
        let Some(verb) = thing.and_then(|length| {
            let end = at + length + 1;
            fits(tokens.get(end..)?, "should|must|shall be").map(|used| end + used)
        }) else {
            continue;
        };
        let base =
            tokens.get(verb).filter(|next| next.is_word()).and_then(|next| participle(&next.low));
        if let Some(base) = base {
            put(tokens, verb - 2..verb + 1, "");
            put(tokens, at..at, base);
            return;
        }
    }
}

/// `should be mentioned in X`, `should be listed in Y`: the plainer word for what is done.
fn done(tokens: &mut [Token]) {
    for at in 2..tokens.len() {
        let should =
            tokens[at - 1].is("be") && tokens[at - 2].any(&["should", "must", "shall", "to"]);
        let place = tokens.get(at + 1).is_some_and(|next| next.any(&["in", "into", "on", "to"]));
        let plainer = PLAINER.iter().find(|(word, ..)| tokens[at].is(word));
        if let (true, true, Some((_, plainer, _))) = (should, place, plainer) {
            tokens[at] = super::said(plainer);
        }
    }
}

/// `the moment X arrives` → `when X arrives`; `when X gets added` → `when X is added`.
pub fn moments(tokens: &mut Vec<Token>) {
    let mut led = false;
    for at in 0..tokens.len().saturating_sub(1) {
        if matches!(tokens[at].kind, Kind::Mark(_)) {
            led = false;
        }
        led |= tokens[at].any(&["when", "whenever", "time", "once", "soon"]);
        if led && tokens[at].any(&["gets", "get"]) && participle(&tokens[at + 1].low).is_some() {
            tokens[at] = super::said("is");
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let length = fits(&tokens[at..], "the very? moment|second|instant|minute that?")
            .filter(|length| {
                tokens
                    .get(at + length)
                    .is_some_and(|next| !next.any(&["of", "when"]) && next.is_word())
            })
            .filter(|_| {
                at == 0 || !tokens[at - 1].any(&["at", "in", "of", "for", "to", "on", "from"])
            });
        if let Some(length) = length {
            put(tokens, at..at + length, "when");
        }
        at += 1;
    }
}

/// `it'd be nice to text X and also to open Y`: the second infinitive is an order as well.
fn infinitives(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let also = tokens[at - 1].any(&["and", "also", "then"]);
        if also && tokens[at].is("to") && lexicon::is_base(&tokens[at + 1].low) {
            tokens.remove(at);
        }
        at += 1;
    }
}

/// `I'd like to be told when …` → `tell me when …`.
fn told(tokens: &mut Vec<Token>) {
    const TOLD: &str =
        "told notified informed alerted warned reminded pinged emailed texted messaged";
    for at in 0..tokens.len().saturating_sub(1) {
        let be = tokens[at].any(&["be", "get"]) && opens(tokens, at);
        let base = tokens[at + 1].among(TOLD).then(|| participle(&tokens[at + 1].low)).flatten();
        if let (true, Some(base)) = (be, base) {
            put(tokens, at..at + 2, &format!("{base} me"));
        }
    }
}
