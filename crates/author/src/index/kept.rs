//! What is read out of a catalogue once: the words of each action, the names of each connector, the
//! words of each trigger. All of its text would be read for every sentence otherwise.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use codex32_model::action::{Catalogue, ConnectorSpec, TriggerSpec};

use super::changes::{self, Change};
use super::{split, stem};
use crate::text;

/// How strongly each part of an action speaks for it.
const NAME: f32 = 3.0;
const SYNONYM: f32 = 2.0;
const TITLE: f32 = 2.0;
const CONNECTOR: f32 = 1.5;
const PARAMETER: f32 = 0.7;
const PROSE: f32 = 0.5;

/// Catalogues that are remembered at a time; a process has one or two.
const MOST: usize = 4;

static KEPT: Mutex<Vec<(u64, Arc<Kept>)>> = Mutex::new(Vec::new());

pub struct Kept {
    /// Word to (action, weight).
    pub words: HashMap<String, Vec<(usize, f32)>>,
    /// Weight of all words of an action.
    pub lengths: Vec<f32>,
    pub mean: f32,
    /// First word to names: the folded words, whether it is a synonym, which connector.
    pub by_first: HashMap<String, Vec<(Vec<String>, bool, usize)>>,
    /// Names of one word that are a connector's own.
    pub single: Vec<String>,
    /// Of each connector the stems of what its actions and triggers are about.
    pub things: Vec<HashSet<String>>,
    /// Of each trigger the stems that speak for it.
    pub happenings: Vec<Happening>,
}

pub struct Happening {
    pub stems: HashMap<String, f32>,
    pub change: Option<Change>,
    /// Synonyms of several words that end in what happens.
    pub phrases: Vec<Vec<String>>,
}

/// What is known of the catalogue, read anew when any text of it has changed.
pub fn of(catalogue: &dyn Catalogue) -> Arc<Kept> {
    let key = fingerprint(catalogue);
    // Nothing in there can be left half done.
    let known = |kept: &[(u64, Arc<Kept>)]| {
        kept.iter().find(|(known, _)| *known == key).map(|(_, kept)| Arc::clone(kept))
    };
    if let Some(found) = known(&KEPT.lock().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    let made = Arc::new(read(catalogue));
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= MOST {
        kept.remove(0);
    }
    kept.push((key, Arc::clone(&made)));
    made
}

/// Of all that is read below.
fn fingerprint(catalogue: &dyn Catalogue) -> u64 {
    let mut hash = DefaultHasher::new();
    for action in catalogue.actions() {
        (&action.name, &action.title, &action.synonyms, &action.connector).hash(&mut hash);
        action.description.hash(&mut hash);
        action.params.keys().for_each(|name| name.hash(&mut hash));
        action.examples.iter().for_each(|example| example.title.hash(&mut hash));
    }
    for connector in catalogue.connectors() {
        (&connector.name, &connector.title, &connector.synonyms).hash(&mut hash);
    }
    for trigger in catalogue.triggers() {
        (&trigger.name, &trigger.title, &trigger.synonyms, &trigger.description).hash(&mut hash);
        trigger.params.iter().for_each(|(name, field)| (name, field.required).hash(&mut hash));
    }
    hash.finish()
}

fn read(catalogue: &dyn Catalogue) -> Kept {
    let by_name: HashMap<&str, &ConnectorSpec> =
        catalogue.connectors().iter().map(|spec| (spec.name.as_str(), spec)).collect();
    let mut kept = Kept {
        words: HashMap::new(),
        lengths: Vec::new(),
        mean: 1.0,
        by_first: HashMap::new(),
        single: Vec::new(),
        things: catalogue.connectors().iter().map(|spec| things(catalogue, spec)).collect(),
        happenings: catalogue.triggers().iter().map(happening).collect(),
    };
    for (at, spec) in catalogue.connectors().iter().enumerate() {
        for (name, synonym) in names(spec) {
            if let [only] = name.as_slice()
                && !synonym
                && only.len() > 3
                && !kept.single.contains(only)
            {
                kept.single.push(only.clone());
            }
            if let Some(first) = name.first() {
                kept.by_first.entry(first.clone()).or_default().push((name, synonym, at));
            }
        }
    }
    // The same few hundred words occur again and again.
    let mut stems: HashMap<String, String> = HashMap::new();
    for (at, action) in catalogue.actions().iter().enumerate() {
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
        kept.lengths.push(bag.values().sum());
        for (word, weight) in bag {
            kept.words.entry(word).or_default().push((at, weight));
        }
    }
    kept.mean = kept.lengths.iter().sum::<f32>().max(1.0) / kept.lengths.len().max(1) as f32;
    kept
}

/// Stems that say nothing of what a trigger is about.
static SILENT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    changes::WORDS
        .iter()
        .flat_map(|(_, words)| words.split_whitespace())
        .chain(crate::lexicon::EMPTY.iter().copied())
        .filter(|word| !changes::THINGS.contains(word))
        .map(stem)
        .collect()
});

/// The nouns of the names of a connector's actions and triggers, and what titles call them in both
/// languages.
fn things(catalogue: &dyn Catalogue, spec: &ConnectorSpec) -> HashSet<String> {
    let own =
        |name: &str| name.split_once('.').map(|(_, name)| name.to_owned()).unwrap_or_default();
    let actions = catalogue.actions().iter().filter(|action| action.connector == spec.name);
    let triggers = catalogue.triggers().iter().filter(|trigger| trigger.connector == spec.name);
    let params = actions.clone().flat_map(|action| action.params.keys().cloned());
    let params = params.chain(triggers.clone().flat_map(|trigger| trigger.params.keys().cloned()));
    let params: Vec<String> = params.collect();
    actions
        .map(|action| own(&action.name))
        .chain(params)
        .chain(triggers.flat_map(|trigger| {
            std::iter::once(own(&trigger.name)).chain(trigger.synonyms.iter().cloned())
        }))
        .flat_map(|name| split(&name))
        .filter(|word| {
            crate::lexicon::verb(word, text::Lang::En)
                .is_none_or(|_| crate::lexicon::is_noun_too(word))
        })
        .map(|word| stem(&word))
        .filter(|stem| !SILENT.contains(stem))
        .collect()
}

fn happening(spec: &TriggerSpec) -> Happening {
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
    // The name tells it; where it does not, the title.
    let request = own.contains("merge_request");
    let words = split(own);
    let named = words.iter().map(String::as_str).filter(|word| !(request && *word == "merge"));
    let titled = split(&spec.title);
    let change =
        changes::of_words(named).or_else(|| changes::of_words(titled.iter().map(String::as_str)));
    let phrases = spec.synonyms.iter().map(|text| split(text));
    let phrases = phrases
        .filter(|words| {
            words.len() > 1 && words.last().is_some_and(|word| super::tells_change(word))
        })
        .map(|words| words.iter().map(|word| stem(word)).collect())
        .collect();
    Happening { stems, change, phrases }
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
