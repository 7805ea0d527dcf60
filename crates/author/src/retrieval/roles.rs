//! Which words of a text speak of what starts, and which of what is done.

use super::words::Word;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Trigger,
    Action,
    /// The text does not tell.
    Open,
}

const TO: [&str; 7] = ["to", "into", ">", "in", "onto", "nach", "zu"];
const FROM: [&str; 12] =
    ["from", "for", "of", "via", "based", "through", "by", "aus", "von", "für", "on", "upon"];
const WHEN: [&str; 12] = [
    "when", "whenever", "if", "once", "every", "wenn", "sobald", "each", "after", "cuando",
    "quand", "trigger",
];
/// A text that begins with one of these says first what is done.
const DEEDS: [&str; 39] = [
    "create",
    "add",
    "send",
    "post",
    "save",
    "copy",
    "make",
    "get",
    "update",
    "upload",
    "put",
    "turn",
    "convert",
    "log",
    "track",
    "archive",
    "append",
    "start",
    "tag",
    "share",
    "publish",
    "notify",
    "receive",
    "automatically",
    "store",
    "import",
    "push",
    "move",
    "use",
    "tweet",
    "sync",
    "collect",
    "email",
    "backup",
    "subscribe",
    "trigger",
    "build",
    "assign",
    "record",
];

/// A role for each word; sentences count alone.
pub fn roles(words: &[Word]) -> Vec<Role> {
    let mut out = Vec::with_capacity(words.len());
    for sentence in words.split_inclusive(Word::ends) {
        one(sentence, &mut out);
    }
    out
}

fn one(words: &[Word], out: &mut Vec<Role>) {
    let find = |any: &[&str], from: usize| (from..words.len()).find(|at| words[*at].is(any));
    let base = out.len();
    out.resize(base + words.len(), Role::Open);
    let out = &mut out[base..];
    let mut fill = |range: std::ops::Range<usize>, role: Role| out[range].fill(role);
    let all = words.len();
    let strict = &TO[..3];
    let from = find(&FROM, 1);
    // `a message for low stock in the hub`: `in` leads nowhere beside `for`.
    let to = find(strict, 1).or_else(|| find(&TO, 1).filter(|_| from.is_none()));
    if let Some(when) = find(&WHEN[..7], 0) {
        if when == 0 {
            let end = find(&[",", "then", "dann"], 1).or(to).unwrap_or(all);
            fill(0..end, Role::Trigger);
            fill(end..all, Role::Action);
        } else {
            fill(0..when, Role::Action);
            fill(when..all, Role::Trigger);
        }
        return;
    }
    let orders = words.iter().find(|word| !word.sign).is_some_and(|word| word.is(&DEEDS));
    match (from, to) {
        (Some(from), Some(to)) if from < to => {
            // `Send tweets from Twitter to Facebook`, but `Create a note from mail to me`.
            fill(0..from, if orders { Role::Open } else { Role::Action });
            fill(from..to, Role::Trigger);
            fill(to..all, Role::Action);
        }
        (Some(from), Some(_)) if orders => {
            fill(0..from, Role::Action);
            fill(from..all, Role::Trigger);
        }
        (_, Some(to)) => {
            fill(0..to, Role::Trigger);
            fill(to..all, Role::Action);
        }
        (Some(from), None) => {
            fill(0..from, Role::Action);
            fill(from..all, Role::Trigger);
        }
        (None, None) => {}
    }
}
