//! What words tell of when they tell of something that happens in a system of the catalogue: which
//! system, which of its triggers. The system need not be named where the words leave no other.

use std::ops::Range;

use codex32_model::action::{ConnectorSpec, TriggerSpec};

use super::{Index, changes, split, stem};
use crate::actions::slots::{self, Role};
use crate::text::{Kind, Token};

/// A score below this speaks for no trigger.
pub const SURE: f32 = 1.5;

#[derive(Debug, Clone)]
pub struct Occurrence<'a> {
    /// Where the system is named; empty where it follows from what happens.
    pub place: Range<usize>,
    pub connector: &'a ConnectorSpec,
    pub trigger: &'a TriggerSpec,
}

impl<'a> Index<'a> {
    /// What the words tell of. They order nothing; `around` is the whole sentence.
    pub fn occurrence(&self, tokens: &[Token], around: &[Token]) -> Option<Occurrence<'a>> {
        let mentions = self.mentions(tokens);
        let named = mentions.iter().find_map(|(place, connector)| {
            let trigger = self.told(tokens, connector)?;
            Some(Occurrence { place: place.clone(), connector, trigger })
        });
        if named.is_some() || !mentions.is_empty() {
            return named;
        }
        self.implied(tokens, around)
    }

    /// The trigger of one connector that the words tell of.
    fn told(&self, tokens: &[Token], connector: &ConnectorSpec) -> Option<&'a TriggerSpec> {
        let found = self.happenings(tokens, &connector.name);
        let (best, score) = found.first()?;
        // A system in which one thing only can happen: whatever it is called, that is meant.
        let sent = tokens.windows(2).any(|pair| {
            pair[0].any(&["from", "von"]) && matches!(pair[1].kind, Kind::Email | Kind::Dotted)
        });
        let only = found.len() == 1 && (changes::of(tokens).is_some() || sent);
        (*score >= SURE || only).then_some(*best)
    }

    /// The trigger of a connector that is not named: the words must be its own.
    fn spoken(&self, tokens: &[Token], connector: &ConnectorSpec) -> Option<&'a TriggerSpec> {
        let found = self.happenings(tokens, &connector.name);
        found.first().filter(|(_, score)| *score >= SURE + 1.0).map(|(trigger, _)| *trigger)
    }

    /// The system that goes without saying: that of a feed's address, of a pull request, of a
    /// repository's path.
    fn implied(&self, tokens: &[Token], around: &[Token]) -> Option<Occurrence<'a>> {
        let change = changes::of(tokens);
        let owner = |trigger: &TriggerSpec| {
            self.connectors.iter().find(|connector| connector.name == trigger.connector)
        };
        let occurrence = |trigger: &TriggerSpec| {
            let connector = owner(trigger)?;
            let trigger = self.spoken(tokens, connector)?;
            Some(Occurrence { place: 0..0, connector, trigger })
        };
        let address = tokens.iter().any(|token| token.kind == Kind::Url);
        if address {
            let feeds = self.triggers.iter().filter(|trigger| {
                trigger
                    .params
                    .iter()
                    .any(|(name, field)| field.required && slots::role(name, field) == Role::Url)
            });
            return feeds.filter(|_| change.is_some()).find_map(occurrence);
        }
        let named: Vec<&Token> = tokens.iter().filter(|token| token.is_word()).collect();
        let compound = self.triggers.iter().find(|trigger| {
            let own = trigger.name.split_once('.').map_or("", |(_, name)| name);
            // What is left of `merge_request_opened` without what happens to it.
            let mut nouns = split(own);
            if nouns.last().is_some_and(|word| super::tells_change(word)) {
                nouns.pop();
            } else if nouns.first().is_some_and(|word| word == "new") {
                nouns.remove(0);
            }
            let nouns: Vec<String> = nouns.iter().map(|word| stem(word)).collect();
            let whole = nouns.len() > 1
                && named.windows(nouns.len()).any(|window| {
                    window.iter().zip(&nouns).all(|(token, noun)| stem(&token.low) == *noun)
                });
            let short = trigger.synonyms.iter().flat_map(|text| text.split(' ')).any(|word| {
                word.len() == 2
                    && word.chars().all(|c| c.is_ascii_uppercase())
                    && named
                        .iter()
                        .any(|token| token.low.trim_end_matches('s').eq_ignore_ascii_case(word))
            });
            whole && self.is_alone(trigger, &nouns) || short
        });
        if let Some(found) = compound.and_then(occurrence) {
            return Some(found);
        }
        let path =
            tokens.iter().any(|token| token.kind == Kind::Path && !token.text.starts_with('/'));
        if !path || change.is_none() {
            return None;
        }
        let holds = self.triggers.iter().filter(|trigger| {
            trigger.params.values().any(|field| field.format.as_deref() == Some("repository"))
        });
        let elsewhere: Vec<&str> =
            self.mentions(around).iter().map(|(_, connector)| connector.name.as_str()).collect();
        let mut holds: Vec<&TriggerSpec> = holds.collect();
        holds.sort_by_key(|trigger| !elsewhere.contains(&trigger.connector.as_str()));
        holds.into_iter().find_map(occurrence)
    }

    /// Whether no other system speaks of these things in the name of a trigger.
    fn is_alone(&self, trigger: &TriggerSpec, nouns: &[String]) -> bool {
        self.triggers.iter().filter(|other| other.connector != trigger.connector).all(|other| {
            let own: Vec<String> = split(other.name.split_once('.').map_or("", |(_, name)| name))
                .into_iter()
                .map(|word| stem(&word))
                .collect();
            !own.windows(nouns.len()).any(|window| window == nouns)
        })
    }
}
