//! Stage 3a: which action of the catalogue a clause speaks of: BM25 over words, plus overlap of
//! character trigrams, over names, titles, synonyms and examples.
//!
//! What is read out of a catalogue is kept for the next sentence over the same one.

use std::collections::HashMap;
use std::sync::Arc;

use codex32_model::action::{ActionSpec, Catalogue, ConnectorSpec, TriggerSpec};

use crate::text::{self, Token};
mod changes;
mod kept;
mod occurrences;
#[cfg(test)]
mod tests;

use changes::Change;
use kept::Kept;
pub use occurrences::{Occurrence, SURE};

const K1: f32 = 1.2;
const B: f32 = 0.4;

pub struct Index<'a> {
    actions: &'a [ActionSpec],
    connectors: &'a [ConnectorSpec],
    triggers: &'a [TriggerSpec],
    kept: Arc<Kept>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    pub action: &'a ActionSpec,
    pub score: f32,
}

impl<'a> Index<'a> {
    pub fn new(catalogue: &'a dyn Catalogue) -> Self {
        Self {
            actions: catalogue.actions(),
            connectors: catalogue.connectors(),
            triggers: catalogue.triggers(),
            kept: kept::of(catalogue),
        }
    }

    /// A connector by its name.
    pub fn connector(&self, name: &str) -> Option<&'a ConnectorSpec> {
        self.connectors.iter().find(|connector| connector.name == name)
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
            let Some(rows) = self.kept.words.get(word) else { continue };
            let rarity = (1.0 + (count - rows.len() as f32 + 0.5) / (rows.len() as f32 + 0.5)).ln();
            for (at, weight) in rows {
                let norm = 1.0 - B + B * self.kept.lengths[*at] / self.kept.mean;
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
                *score += trigrams(&query, &self.actions[*at]);
            }
        }
        let mut hits: Vec<(usize, f32)> = scores.into_iter().collect();
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        hits.truncate(most);
        hits.into_iter().map(|(at, score)| Hit { action: &self.actions[at], score }).collect()
    }

    /// The stem of a word; of a German compound that nothing has, the stems of its parts.
    fn parts(&self, word: &str) -> Vec<String> {
        let whole = stem(word);
        if word.len() < 9 || self.kept.words.contains_key(&whole) {
            return vec![whole];
        }
        for cut in (4..word.len() - 3).filter(|cut| word.is_char_boundary(*cut)) {
            let (head, tail) = (stem(&word[..cut]), stem(&word[cut..]));
            let joint = head.strip_suffix('s').map(str::to_owned).unwrap_or_else(|| head.clone());
            let known = |stem: &str| stem.len() > 3 && self.kept.words.contains_key(stem);
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
        let all: Vec<String> =
            tokens.iter().filter(|token| token.is_word()).map(|token| stem(&token.low)).collect();
        let change = changes::of(tokens);
        let mut found: Vec<(&'a TriggerSpec, f32)> = self
            .triggers
            .iter()
            .zip(&self.kept.happenings)
            .filter(|(spec, _)| spec.connector == connector)
            .map(|(spec, happening)| {
                let words: f32 = stems.iter().filter_map(|stem| happening.stems.get(stem)).sum();
                let fits = match (change, happening.change) {
                    (Some(said), Some(own)) if said == own => 2.0,
                    (Some(Change::Created) | None, Some(Change::Created)) => 1.0,
                    (Some(said), Some(own)) if said.is_part_of(own) => 1.0,
                    // A payment that comes in has been made.
                    (Some(Change::Created), Some(Change::Paid)) => 0.0,
                    (Some(_), Some(_)) => -2.0,
                    _ => 0.0,
                };
                // Said just as the trigger says it.
                let phrase = happening
                    .phrases
                    .iter()
                    .any(|phrase| phrase.iter().all(|word| all.contains(word)));
                let fits = if phrase { f32::max(fits, 2.0) } else { fits };
                (spec, if words > 0.0 { words + fits } else { 0.0 })
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
            "trigger", "upsert", "to", "of", "a", "the", "read",
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

    /// Nouns for what an action makes or changes, folded: `card`, `Karte`.
    pub fn action_nouns(&self, action: &ActionSpec) -> Vec<String> {
        const VERBS: &[&str] = &[
            "send", "post", "add", "create", "get", "list", "find", "update", "delete", "set",
            "make", "write", "append", "insert", "put", "upload", "change", "move", "open", "new",
            "trigger", "upsert", "quick", "email", "mail", "message", "row", "comment", "reply",
        ];
        let own = split(action.name.split_once('.').map_or("", |(_, name)| name));
        let german = action
            .synonyms
            .iter()
            .flat_map(|synonym| synonym.split_whitespace())
            .filter(|word| word.starts_with(char::is_uppercase))
            .map(text::fold);
        let english = action.synonyms.iter().filter(|synonym| !synonym.contains(' ')).cloned();
        own.into_iter()
            .chain(german)
            .chain(english)
            .filter(|word| word.len() > 2 && !VERBS.contains(&word.as_str()))
            .filter(|word| {
                let verb = crate::lexicon::is_base(word) && !crate::lexicon::is_noun_too(word);
                !verb
            })
            .collect()
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

    /// Whether a word is what the trigger is about or tells of a change, so that it names nothing.
    pub fn speaks_of(&self, trigger: &TriggerSpec, low: &str) -> bool {
        tells_change(low) || self.is_about(trigger, low)
    }

    /// Whether the word is one of the trigger's own, and not only one for any change.
    pub fn is_about(&self, trigger: &TriggerSpec, low: &str) -> bool {
        let happening = self
            .triggers
            .iter()
            .zip(&self.kept.happenings)
            .find(|(spec, _)| spec.name == trigger.name)
            .map(|(_, happening)| happening);
        happening.is_some_and(|own| own.stems.contains_key(&stem(low)))
    }

    /// Whether a connector sends to addresses of that kind: `email`, `channel`.
    pub fn sends(&self, connector: &str, kind: &str) -> bool {
        self.actions.iter().filter(|action| action.connector == connector).any(|action| {
            action.effect == codex32_model::Effect::Write
                && action.params.iter().any(|(name, field)| {
                    field.format.as_deref() == Some(kind) || field.required && name == kind
                })
                && (kind != "email" || action.name.contains("send"))
        })
    }

    /// Whether the words tell of something that the trigger only includes: `won` of `changed`.
    pub fn is_special(&self, trigger: &TriggerSpec, tokens: &[Token]) -> bool {
        let own = self
            .triggers
            .iter()
            .zip(&self.kept.happenings)
            .find(|(spec, _)| spec.name == trigger.name)
            .and_then(|(_, happening)| happening.change);
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
                .flat_map(|key| self.kept.by_first.get(key).into_iter().flatten())
                .filter(|(name, _, _)| {
                    tokens.get(at..at + name.len()).is_some_and(|window| {
                        window.iter().zip(name).all(|(token, word)| same_word(token, word))
                    })
                })
                .filter(|(name, _, owner)| {
                    is_name(tokens, at, name, &|word| self.is_own(*owner, word))
                })
                // The longest name; of two that share it, the one whose own it is, then the first.
                .min_by_key(|(name, rank, at)| (std::cmp::Reverse(name.len()), *rank, *at))
                .map(|(name, _, at)| (name, &self.connectors[*at]));
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

    /// Whether a word is a thing of the connector's: `invoice` of Stripe's.
    fn is_own(&self, connector: usize, word: &str) -> bool {
        self.kept.things.get(connector).is_some_and(|things| things.contains(&stem(word)))
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
        self.kept
            .by_first
            .get(low)
            .is_some_and(|names| names.iter().any(|(name, _, _)| name.len() == 1))
    }

    /// The first connector that is named in the words, with where.
    pub fn named(&self, tokens: &[Token]) -> Option<(std::ops::Range<usize>, &'a ConnectorSpec)> {
        self.mentions(tokens).into_iter().next()
    }
}

impl crate::clauses::Vocabulary for Index<'_> {
    fn is_name(&self, low: &str) -> bool {
        Index::is_name(self, low)
    }

    fn is_word(&self, low: &str) -> bool {
        self.kept.words.contains_key(&stem(low))
    }

    fn names(&self) -> &[String] {
        &self.kept.single
    }

    fn happens(&self, tokens: &[Token], around: &[Token]) -> bool {
        self.occurrence(tokens, around).is_some()
    }
}

/// Whether a word tells of a change: `opened`, `neue`, `paid`.
pub fn tells_change(low: &str) -> bool {
    changes::of_words(std::iter::once(low)).is_some()
}

/// Names that are also everyday words (`linear`, `x`, `notion`) count with a capital or where a
/// place is said.
fn is_name(tokens: &[Token], at: usize, name: &[String], own: &dyn Fn(&str) -> bool) -> bool {
    let [word] = name else { return true };
    let token = &tokens[at];
    if word.len() == 1 {
        let placed = at.checked_sub(1).is_some_and(|before| {
            tokens[before].any(&["on", "to", "auf", "bei", "in", "via", "an"])
        });
        let ends = tokens.get(at + 1).is_none_or(|next| {
            !next.is_word()
                || next.any(&["and", "und", "with", "mit", "post", "posten", "when", "for", "nach"])
        });
        return token.text.starts_with(char::is_uppercase) && (placed || ends);
    }
    const EVERYDAY: &[&str] = &[
        "linear", "notion", "teams", "storage", "drive", "base", "stripe", "box", "signal", "line",
        "square", "matrix", "ghost", "monday", "feed",
    ];
    let everyday = EVERYDAY.contains(&word.as_str());
    if !everyday || token.text.starts_with(char::is_uppercase) {
        return true;
    }
    // `exponential or linear backoff`
    let placed = at.checked_sub(1).is_some_and(|before| {
        tokens[before].any(&[
            "in", "on", "to", "via", "into", "from", "using", "with", "through", "our", "a", "the",
            "an", "per", "nach", "aus", "mit", "ueber", "bei", "new", "our", "failed", "by", "von",
        ])
    });
    let barred = tokens
        .get(at + 1)
        .is_some_and(|next| next.any(&["backoff", "back-off", "members", "of", "increase"]));
    // `stripe payment failed`, `the linear issue`: a thing of theirs stands beside it.
    let beside = tokens.get(at + 1).is_some_and(|next| next.is_word() && own(&next.low));
    (placed || beside) && !barred
}

fn same_word(token: &Token, word: &str) -> bool {
    token.is_word() && (token.low == word || token.low.strip_suffix('s') == Some(word))
        || token.is_word() && token.low.split_once('-').is_some_and(|(head, _)| head == word)
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
