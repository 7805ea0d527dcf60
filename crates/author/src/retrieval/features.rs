//! What speaks for a trigger or an action of an app: hashed features, each of which has a learned
//! weight.

use super::names::{Mention, Names};
use super::roles::{self, Role};
use super::words::{self, Word, hash, mix};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Trigger,
    Action,
}

/// Most words that are read of a title and of a description.
const TITLE: usize = 40;
const DESCRIPTION: usize = 80;

/// Words of ids that people do not say.
const EMPTY: [&str; 7] = ["new", "create", "action", "trigger", "v2", "api", "hook"];
/// Words of ids that say what is done and not to what.
const DEEDS: [&str; 7] = ["add", "send", "post", "push", "update", "submit", "get"];

/// A trigger or action that may be meant.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub app: usize,
    pub side: Side,
    app_hash: u64,
    id_hash: u64,
    id_words: Vec<Word>,
    /// How many of its kind the app has.
    siblings: usize,
}

impl Candidate {
    pub fn new(app: usize, name: &str, side: Side, id: &str, siblings: usize) -> Self {
        let said = words::id_words(id);
        let telling = |word: &&String| !EMPTY.contains(&word.as_str());
        let mut kept: Vec<&String> = said.iter().filter(telling).collect();
        // `send` tells nothing beside `send_message`, and is all that `send` has.
        if kept.iter().any(|word| !DEEDS.contains(&word.as_str())) {
            kept.retain(|word| !DEEDS.contains(&word.as_str()));
        }
        let id_words = kept.iter().flat_map(|word| words::words(spoken(word), 4)).collect();
        Self {
            app,
            side,
            app_hash: hash(name.as_bytes()),
            id_hash: hash(id.as_bytes()),
            id_words,
            siblings,
        }
    }
}

/// Id words that people say otherwise.
fn spoken(word: &str) -> &str {
    match word {
        "member" => "subscriber",
        "newtxtfile" | "newtxtdocument" => "text file",
        "newtxtline" => "append text",
        "directory" => "folder",
        "smsv2" => "sms",
        "callv2" => "call",
        "org" => "organization",
        "kase" => "case",
        "outbound" => "send outbound email",
        "inbound" => "inbound email",
        "goesdown" => "down",
        "changeset" => "commit",
        other => other,
    }
}

struct Part {
    words: Vec<Word>,
    roles: Vec<Role>,
    mentions: Vec<Mention>,
    /// Runs of words, and the role of the first.
    grams: Vec<(u64, Role)>,
    /// All words that speak of what starts, and all of what is done.
    segments: [u64; 2],
}

/// A title and its description, read once for all candidates.
pub struct Reading {
    title: Part,
    description: Part,
}

fn part(text: &str, most: usize, longest: usize, names: &Names) -> Part {
    let words = words::words(text, most);
    let roles = roles::roles(&words);
    let mentions = names.mentions(&words);
    let mut grams = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let mut gram = 0;
        for word in words[at..].iter().take(longest) {
            gram = mix(gram, word.hash);
            grams.push((gram, *role));
        }
    }
    grams.sort_unstable_by_key(|(gram, role)| (*gram, *role as u8));
    grams.dedup();
    let segment = |role: Role| {
        let of = words.iter().zip(&roles).filter(|(_, is)| **is == role);
        of.fold(0, |all, (word, _)| mix(all, word.hash))
    };
    let segments = [segment(Role::Trigger), segment(Role::Action)];
    Part { words, roles, mentions, grams, segments }
}

impl Reading {
    pub fn new(title: &str, description: &str, names: &Names) -> Self {
        Self {
            title: part(title, TITLE, 3, names),
            description: part(description, DESCRIPTION, 2, names),
        }
    }

    /// The features of one candidate that hold of any app, appended to `out`.
    pub fn general(&self, of: &Candidate, out: &mut Vec<u64>) {
        lexical(20, &self.title, of, out);
        lexical(40, &self.description, of, out);
    }

    /// The features of one candidate that tell of its own words, appended to `out`.
    pub fn own(&self, of: &Candidate, out: &mut Vec<u64>) {
        let side = of.side as u64 + 1;
        let pair = mix(mix(side, of.app_hash), of.id_hash);
        let app = mix(side, of.app_hash);
        let id = mix(side, of.id_hash);
        let mut add = |tag: u64, one: u64, two: u64| out.push(mix(mix(tag, one), two));
        add(10, pair, 0);
        add(11, app, 0);
        add(12, id, 0);
        for (gram, role) in &self.title.grams {
            let fit = fit(*role, of.side);
            add(1, pair, *gram);
            add(2, mix(pair, fit), *gram);
            add(3, mix(app, fit), *gram);
            add(5, mix(id, fit), *gram);
        }
        for (gram, role) in &self.description.grams {
            let fit = fit(*role, of.side);
            add(6, pair, *gram);
            add(7, mix(app, fit), *gram);
            add(8, mix(id, fit), *gram);
        }
        add(9, pair, self.title.segments[of.side as usize]);
    }
}

/// 0: the other side's words, 1: it is not told, 2: its own.
fn fit(role: Role, side: Side) -> u64 {
    match (role, side) {
        (Role::Open, _) => 1,
        (Role::Trigger, Side::Trigger) | (Role::Action, Side::Action) => 2,
        _ => 0,
    }
}

/// What holds of any app: whether its name was said, and where; how much of the id was said.
fn lexical(tag: u64, part: &Part, of: &Candidate, out: &mut Vec<u64>) {
    let side = of.side as u64 + 1;
    let mut add = |kind: u64, values: &[u64]| {
        out.push(values.iter().fold(mix(tag + kind, side), |all, value| mix(all, *value)));
    };
    let fit_at = |at: usize| fit(part.roles[at], of.side);
    let best = part
        .mentions
        .iter()
        .filter(|mention| mention.app == of.app)
        .max_by_key(|mention| (mention.sure, fit_at(mention.start)));
    // Other apps that are named where this one should be.
    let rivals = part
        .mentions
        .iter()
        .filter(|mention| mention.sure && mention.app != of.app && fit_at(mention.start) == 2)
        .count() as u64;
    let sure_places = {
        let mut starts: Vec<usize> =
            part.mentions.iter().filter(|m| m.sure).map(|m| m.start).collect();
        starts.dedup();
        starts
    };
    match best {
        Some(mention) => {
            let sure = u64::from(mention.sure);
            let fit = fit_at(mention.start);
            add(0, &[1, sure, fit]);
            add(0, &[2, sure, fit, rivals.min(2)]);
            let before = mention.start.checked_sub(1).map_or(1, |at| part.words[at].hash);
            let after = part.words.get(mention.end).map_or(1, |word| word.hash);
            add(1, &[sure, fit, before]);
            add(2, &[sure, fit, after]);
            let order = sure_places.iter().filter(|start| **start < mention.start).count() as u64;
            add(3, &[sure, order.min(3), (sure_places.len() as u64).min(4)]);
        }
        None => {
            add(0, &[3, rivals.min(2)]);
            add(0, &[4, (sure_places.len() as u64).min(3)]);
        }
    }
    if of.id_words.is_empty() {
        return;
    }
    let share = |range: std::ops::Range<usize>, own: bool| {
        let said = of.id_words.iter().filter(|word| {
            range.clone().any(|at| {
                let there = &part.words[at];
                (!own || fit_at(at) == 2) && there.hash == word.hash
            })
        });
        said.count() as u64 * 3 / of.id_words.len() as u64
    };
    let all = part.words.len();
    add(5, &[share(0..all, true), share(0..all, false)]);
    let near = best.map_or(9, |mention| share(mention.start..(mention.end + 5).min(all), false));
    add(6, &[near]);
    add(7, &[near, share(0..all, true), (of.siblings as u64).min(3)]);
}
