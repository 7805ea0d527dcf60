//! Stage 3a: which action of the catalogue a clause speaks of: BM25 over words, plus overlap of
//! character trigrams, over names, titles, synonyms and examples.
//!
//! Built per sentence from the catalogue as it is; a few microseconds per action.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use codex32_model::action::{ActionSpec, Catalogue, ConnectorSpec, TriggerSpec};

use crate::text::{self, Token};
mod changes;
#[cfg(test)]
mod tests;

use changes::Change;

/// How strongly each part of an action speaks for it.
const NAME: f32 = 3.0;
const SYNONYM: f32 = 2.0;
const TITLE: f32 = 2.0;
const CONNECTOR: f32 = 1.5;
const PARAMETER: f32 = 0.7;
const PROSE: f32 = 0.5;

const K1: f32 = 1.2;
const B: f32 = 0.4;

pub struct Index<'a> {
    actions: Vec<&'a ActionSpec>,
    /// Word to (action, weight).
    words: HashMap<String, Vec<(usize, f32)>>,
    /// Weight of all words of an action.
    lengths: Vec<f32>,
    mean: f32,
    connectors: Vec<&'a ConnectorSpec>,
    /// First word to names: the folded words, whether it is a synonym, which connector.
    by_first: HashMap<String, Vec<(Vec<String>, bool, usize)>>,
    triggers: Vec<Happening<'a>>,
}

/// A trigger and the stems that speak for it.
struct Happening<'a> {
    spec: &'a TriggerSpec,
    stems: HashMap<String, f32>,
    change: Option<Change>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    pub action: &'a ActionSpec,
    pub score: f32,
}

impl<'a> Index<'a> {
    pub fn new(catalogue: &'a dyn Catalogue) -> Self {
        let connectors: Vec<&'a ConnectorSpec> = catalogue.connectors().iter().collect();
        let mut by_first: HashMap<String, Vec<(Vec<String>, bool, usize)>> = HashMap::new();
        for (at, spec) in connectors.iter().enumerate() {
            for (name, synonym) in names(spec) {
                if let Some(first) = name.first() {
                    by_first.entry(first.clone()).or_default().push((name, synonym, at));
                }
            }
        }
        let by_name: HashMap<&str, &ConnectorSpec> =
            catalogue.connectors().iter().map(|spec| (spec.name.as_str(), spec)).collect();
        let mut index = Self {
            actions: catalogue.actions().iter().collect(),
            words: HashMap::new(),
            lengths: Vec::new(),
            mean: 1.0,
            connectors,
            by_first,
            triggers: catalogue.triggers().iter().map(happening).collect(),
        };
        // The same few hundred words occur again and again.
        let mut stems: HashMap<String, String> = HashMap::new();
        for (at, action) in index.actions.clone().into_iter().enumerate() {
            let mut bag: HashMap<String, f32> = HashMap::new();
            let mut add = |text: &str, weight: f32| {
                for word in split(text) {
                    let stemmed = match stems.get(&word) {
                        Some(known) => known.clone(),
                        None => {
                            let stemmed = stem(&word);
                            stems.insert(word, stemmed.clone());
                            stemmed
                        }
                    };
                    let held = bag.entry(stemmed).or_default();
                    *held = held.max(weight);
                }
            };
            add(action.name.split_once('.').map_or("", |(_, name)| name), NAME);
            add(&action.title, TITLE);
            for synonym in &action.synonyms {
                add(synonym, SYNONYM);
            }
            add(&action.connector, CONNECTOR);
            if let Some(connector) = by_name.get(action.connector.as_str()) {
                add(&connector.title, CONNECTOR);
            }
            for name in action.params.keys() {
                add(name, PARAMETER);
            }
            for example in &action.examples {
                add(&example.title, PROSE);
            }
            add(&action.description, PROSE);
            index.lengths.push(bag.values().sum());
            for (word, weight) in bag {
                index.words.entry(word).or_default().push((at, weight));
            }
        }
        index.mean = index.lengths.iter().sum::<f32>().max(1.0) / index.lengths.len().max(1) as f32;
        index
    }

    /// The actions that speak most for these words, best first; at most `most`. With `connector`
    /// only its own.
    pub fn find(&self, tokens: &[Token], connector: Option<&str>, most: usize) -> Vec<Hit<'a>> {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        let count = self.actions.len() as f32;
        let query: Vec<String> = tokens
            .iter()
            .filter(|token| token.is_word() && !crate::lexicon::is_empty_word(token))
            .flat_map(|token| split(&token.low))
            .flat_map(|word| self.parts(&word))
            .take(40)
            .collect();
        for word in &query {
            let Some(rows) = self.words.get(word) else { continue };
            let rarity = (1.0 + (count - rows.len() as f32 + 0.5) / (rows.len() as f32 + 0.5)).ln();
            for (at, weight) in rows {
                let norm = 1.0 - B + B * self.lengths[*at] / self.mean;
                *scores.entry(*at).or_default() +=
                    rarity * weight * (K1 + 1.0) / (weight + K1 * norm);
            }
        }
        if let Some(connector) = connector {
            scores.retain(|at, _| self.actions[*at].connector == connector);
            for (at, action) in self.actions.iter().enumerate() {
                if action.connector == connector {
                    scores.entry(at).or_default();
                }
            }
            // Trigrams decide between the few that are left: `Nachrichten` and `Nachricht`.
            for (at, score) in &mut scores {
                *score += trigrams(&query, self.actions[*at]);
            }
        }
        let mut hits: Vec<(usize, f32)> = scores.into_iter().collect();
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        hits.truncate(most);
        hits.into_iter().map(|(at, score)| Hit { action: self.actions[at], score }).collect()
    }

    /// The stem of a word; of a German compound that nothing has, the stems of its parts.
    fn parts(&self, word: &str) -> Vec<String> {
        let whole = stem(word);
        if word.len() < 9 || self.words.contains_key(&whole) {
            return vec![whole];
        }
        for cut in (4..word.len() - 3).filter(|cut| word.is_char_boundary(*cut)) {
            let (head, tail) = (stem(&word[..cut]), stem(&word[cut..]));
            let joint = head.strip_suffix('s').map(str::to_owned).unwrap_or_else(|| head.clone());
            let known = |stem: &str| stem.len() > 3 && self.words.contains_key(stem);
            if known(&tail) && (known(&head) || known(&joint)) {
                return vec![if known(&head) { head } else { joint }, tail];
            }
        }
        vec![whole]
    }

    /// What can happen in `connector`, the best fit for these words first. A score of 0 speaks for
    /// nothing; below that, the words tell of another kind of change.
    pub fn happenings(&self, tokens: &[Token], connector: &str) -> Vec<(&'a TriggerSpec, f32)> {
        let stems: Vec<String> = tokens
            .iter()
            .filter(|token| token.is_word() && !crate::lexicon::is_empty_word(token))
            .flat_map(|token| split(&token.low))
            .map(|word| stem(&word))
            .collect();
        let change = changes::of(tokens);
        let mut found: Vec<(&'a TriggerSpec, f32)> = self
            .triggers
            .iter()
            .filter(|happening| happening.spec.connector == connector)
            .map(|happening| {
                let words: f32 = stems.iter().filter_map(|stem| happening.stems.get(stem)).sum();
                let fits = match (change, happening.change) {
                    (Some(said), Some(own)) if said == own => 2.0,
                    (Some(Change::Created) | None, Some(Change::Created)) => 1.0,
                    (Some(said), Some(own)) if said.is_part_of(own) => 1.0,
                    (Some(_), Some(_)) => -2.0,
                    _ => 0.0,
                };
                (happening.spec, if words > 0.0 { words + fits } else { 0.0 })
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }

    /// Whether all nouns of the action's name are among the words; none when it has no noun.
    pub fn nouns_named(&self, action: &ActionSpec, tokens: &[Token]) -> Option<bool> {
        const VERBS: &[&str] = &[
            "send", "post", "add", "create", "get", "list", "find", "update", "delete", "set",
            "make", "write", "append", "insert", "put", "upload", "change", "move", "open",
            "trigger", "upsert", "to", "of", "a", "the",
        ];
        let own: Vec<String> = split(action.name.split_once('.').map_or("", |(_, name)| name))
            .into_iter()
            .filter(|word| !VERBS.contains(&word.as_str()))
            .map(|word| stem(&word))
            .collect();
        if own.is_empty() {
            return None;
        }
        Some(
            own.iter().all(|noun| {
                tokens.iter().any(|token| token.is_word() && stem(&token.low) == *noun)
            }),
        )
    }

    /// Whether the words hold the noun of the action's own name: `comment` for `add_comment`.
    pub fn names_action(&self, action: &ActionSpec, tokens: &[Token]) -> bool {
        const VERBS: &[&str] = &[
            "send", "post", "add", "create", "get", "list", "find", "update", "delete", "set",
            "make", "write", "append", "insert", "message", "text",
        ];
        let own: Vec<String> = split(action.name.split_once('.').map_or("", |(_, name)| name))
            .into_iter()
            .chain(split(&action.title))
            .filter(|word| word.len() > 2 && !VERBS.contains(&word.as_str()))
            .filter(|word| !crate::lexicon::EMPTY.contains(&word.as_str()))
            .map(|word| stem(&word))
            .collect();
        tokens.iter().any(|token| token.is_word() && own.contains(&stem(&token.low)))
    }

    /// Whether the words tell of something that the trigger only includes: `won` of `changed`.
    pub fn is_special(&self, trigger: &TriggerSpec, tokens: &[Token]) -> bool {
        let own = self
            .triggers
            .iter()
            .find(|happening| happening.spec.name == trigger.name)
            .and_then(|happening| happening.change);
        match (changes::of(tokens), own) {
            (Some(said), Some(own)) => said.is_part_of(own),
            _ => false,
        }
    }

    /// All connectors that are named in the words, from left to right; the longest name at a place.
    pub fn mentions(&self, tokens: &[Token]) -> Vec<(std::ops::Range<usize>, &'a ConnectorSpec)> {
        let mut out: Vec<(std::ops::Range<usize>, &'a ConnectorSpec)> = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let here = self
                .keys(&tokens[at])
                .flat_map(|key| self.by_first.get(key).into_iter().flatten())
                .filter(|(name, _, _)| {
                    tokens.get(at..at + name.len()).is_some_and(|window| {
                        window.iter().zip(name).all(|(token, word)| same_word(token, word))
                    })
                })
                .filter(|(name, _, _)| is_name(tokens, at, name))
                // The longest name; of two that share it, the one whose own it is, then the first.
                .min_by_key(|(name, rank, at)| (std::cmp::Reverse(name.len()), *rank, *at))
                .map(|(name, _, at)| (name, self.connectors[*at]));
            match here {
                Some((name, spec)) => {
                    out.push((at..at + name.len(), spec));
                    at += name.len();
                }
                None => at += 1,
            }
        }
        out
    }

    /// The words under which a name may begin with this token.
    fn keys<'t>(&self, token: &'t Token) -> impl Iterator<Item = &'t str> {
        let low = token.low.as_str();
        let word = token.is_word();
        [Some(low), low.strip_suffix('s'), low.split_once('-').map(|(head, _)| head)]
            .into_iter()
            .flatten()
            .filter(move |_| word)
    }

    /// Whether a word alone names a connector.
    pub fn is_name(&self, low: &str) -> bool {
        self.by_first.get(low).is_some_and(|names| names.iter().any(|(name, _, _)| name.len() == 1))
    }

    /// The first connector that is named in the words, with where.
    pub fn named(&self, tokens: &[Token]) -> Option<(std::ops::Range<usize>, &'a ConnectorSpec)> {
        self.mentions(tokens).into_iter().next()
    }
}

/// Whether a word tells of a change: `opened`, `neue`, `paid`.
pub fn tells_change(low: &str) -> bool {
    changes::of_words(std::iter::once(low)).is_some()
}

/// Stems that say nothing of what a trigger is about.
static SILENT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    changes::WORDS
        .iter()
        .flat_map(|(_, words)| words.split_whitespace())
        .chain(crate::lexicon::EMPTY.iter().copied())
        .map(stem)
        .collect()
});

fn happening(spec: &TriggerSpec) -> Happening<'_> {
    let mut stems: HashMap<String, f32> = HashMap::new();
    let mut add = |text: &str, weight: f32| {
        for word in split(text) {
            let held = stems.entry(stem(&word)).or_default();
            *held = held.max(weight);
        }
    };
    let own = spec.name.split_once('.').map_or("", |(_, name)| name);
    add(own, NAME);
    add(&spec.title, TITLE);
    for synonym in &spec.synonyms {
        add(synonym, SYNONYM);
    }
    add(&spec.description, PROSE);
    for (name, field) in &spec.params {
        if field.required {
            for noun in crate::actions::slots::nouns(name) {
                add(noun, CONNECTOR);
            }
        }
    }
    stems.retain(|stem, _| !SILENT.contains(stem));
    let words: Vec<String> = split(own).into_iter().chain(split(&spec.title)).collect();
    let change = changes::of_words(words.iter().map(String::as_str));
    Happening { spec, stems, change }
}

/// Names that are also everyday words (`linear`, `x`, `notion`) count with a capital or where a
/// place is said.
fn is_name(tokens: &[Token], at: usize, name: &[String]) -> bool {
    let [word] = name else { return true };
    let token = &tokens[at];
    if word.len() == 1 {
        let placed = at.checked_sub(1).is_some_and(|before| {
            tokens[before].any(&["on", "to", "auf", "bei", "in", "via", "an"])
        });
        let ends = tokens.get(at + 1).is_none_or(|next| {
            !next.is_word() || next.any(&["and", "und", "with", "mit", "post", "posten", "when"])
        });
        return token.text.starts_with(char::is_uppercase) && (placed || ends);
    }
    const EVERYDAY: &[&str] = &[
        "linear", "notion", "teams", "storage", "drive", "base", "stripe", "box", "signal", "line",
        "square", "matrix", "ghost", "monday", "feed", "discord",
    ];
    let everyday = EVERYDAY.contains(&word.as_str());
    if !everyday || token.text.starts_with(char::is_uppercase) {
        return true;
    }
    // `exponential or linear backoff`
    let placed = at.checked_sub(1).is_some_and(|before| {
        tokens[before].any(&[
            "in", "on", "to", "via", "into", "from", "using", "with", "through", "our", "a", "the",
            "an", "per", "nach", "aus", "mit", "ueber", "bei", "new", "our", "failed",
        ])
    });
    let barred = tokens
        .get(at + 1)
        .is_some_and(|next| next.any(&["backoff", "back-off", "members", "of", "increase"]));
    placed && !barred
}

fn same_word(token: &Token, word: &str) -> bool {
    token.is_word() && (token.low == word || token.low.strip_suffix('s') == Some(word))
        || token.is_word() && token.low.split_once('-').is_some_and(|(head, _)| head == word)
}

/// The built-in connectors' names are everyday words, so they are recognised by what is said
/// instead.
const EVERYDAY: &[&str] = &["http", "email", "state", "log", "webhook"];

/// Names that are ordinary nouns.
const NOUNS: &[&str] = &[
    "file",
    "files",
    "storage",
    "folder",
    "folders",
    "feed",
    "feeds",
    "table",
    "tables",
    "database",
    "databases",
    "payment",
    "payments",
    "calendar",
    "weather",
    "chat",
    "message",
    "messages",
    "object",
    "objects",
];

/// The names of a connector, and whether each is only a synonym.
fn names(spec: &ConnectorSpec) -> Vec<(Vec<String>, bool)> {
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut own = 0;
    if !EVERYDAY.contains(&spec.name.as_str()) {
        let long = spec.title.trim_end_matches(')').split(['(', '/']);
        for text in std::iter::once(spec.name.as_str()).chain(long) {
            let words = split(text);
            // A connector called `Files` is meant by its services' names, not by every file.
            let noun = matches!(words.as_slice(), [word] if NOUNS.contains(&word.as_str()));
            if !noun && !words.is_empty() && !names.contains(&words) {
                names.push(words);
            }
        }
        // `Google Sheets` is also called `Google Sheet`.
        let singular: Vec<Vec<String>> = names
            .iter()
            .filter_map(|name| {
                let (last, head) = name.split_last().filter(|(_, head)| !head.is_empty())?;
                let last = last.strip_suffix('s').filter(|stem| stem.len() > 3)?;
                Some(head.iter().cloned().chain(std::iter::once(last.to_owned())).collect())
            })
            .collect();
        names.extend(singular);
        own = names.len();
        // `Google Kalender`: the maker's name with another word for the thing.
        let title = split(&spec.title);
        if let [maker, _, ..] = title.as_slice() {
            for synonym in spec.synonyms.iter().filter(|synonym| !synonym.contains(' ')) {
                let name = vec![maker.clone(), text::fold(synonym)];
                if !NOUNS.contains(&maker.as_str()) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        // A synonym counts as a name only when it looks like one.
        for synonym in &spec.synonyms {
            let words = split(synonym);
            let branded = words.len() > 1 && names.iter().any(|name| name.first() == words.first());
            if (branded || crate::lexicon::known_app(&text::fold(synonym)))
                && !names.contains(&words)
            {
                names.push(words);
            }
        }
    }
    names.into_iter().enumerate().map(|(at, name)| (name, at >= own)).collect()
}

fn split(text: &str) -> Vec<String> {
    text::fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A crude stem that serves both languages: plural and verb endings off.
fn stem(word: &str) -> String {
    let mut word = word.to_owned();
    loop {
        let shorter = stem_once(&word);
        if shorter == word {
            return word;
        }
        word = shorter;
    }
}

fn stem_once(word: &str) -> String {
    let cut = |suffix: &str| word.strip_suffix(suffix).filter(|stem| stem.len() > 3);
    for suffix in ["ungen", "ing", "ung", "ies", "es", "en", "ed", "er", "st", "s", "e", "n", "t"] {
        if let Some(stem) = cut(suffix) {
            return stem.trim_end_matches('e').to_owned();
        }
    }
    word.to_owned()
}

/// Share of the query's trigrams that the action's name, title and synonyms have, 0 to 1.
fn trigrams(query: &[String], action: &ActionSpec) -> f32 {
    let grams = |word: &str| -> Vec<[char; 3]> {
        let chars: Vec<char> = word.chars().collect();
        chars.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
    };
    let texts = [&action.name, &action.title].into_iter().chain(&action.synonyms);
    let held: std::collections::HashSet<[char; 3]> =
        texts.flat_map(|text| split(text)).flat_map(|word| grams(&word)).collect();
    let wanted: Vec<[char; 3]> = query.iter().flat_map(|word| grams(word)).collect();
    if wanted.is_empty() {
        return 0.0;
    }
    wanted.iter().filter(|gram| held.contains(*gram)).count() as f32 / wanted.len() as f32
}
