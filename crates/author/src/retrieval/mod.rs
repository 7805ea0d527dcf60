//! Which trigger and which action of which app a title and a description mean, in a catalogue of
//! bare ids.
//!
//! A text becomes words ([`words`]), each of which speaks of what starts or of what is done
//! ([`roles`]); names of apps are found in it ([`names`]). Each trigger and action of the catalogue
//! is then weighed by what of it the text says ([`features`]): by learned [`weights`] for words of
//! apps that are known, and by features that hold of any app, so that a catalogue never seen is
//! matched by its names and ids. How the weights are learned: docs/builder-accuracy.md.
//!
//! Invariants: the same text and catalogue give the same lists; what is not in the catalogue is
//! never in them.

mod features;
mod listing;
mod measure;
mod names;
mod roles;
mod weights;
mod words;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use features::{Candidate, Reading, Side};
pub use listing::{Listing, Offer};
pub use measure::{Measured, RowError, Share, measure};
pub use names::Names;
use serde::Serialize;
pub use weights::{Weights, key};

/// How many of each are named.
pub const MOST: usize = 5;

static LEARNED: LazyLock<Weights> =
    LazyLock::new(|| Weights::read(include_bytes!("weights.bin")).unwrap_or_default());

/// A trigger or an action of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub app: String,
    pub id: String,
}

/// What a text may mean, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    pub trigger: Vec<Choice>,
    pub action: Vec<Choice>,
}

/// A catalogue, made ready for many texts.
pub struct Matcher {
    names: Names,
    triggers: Vec<(Candidate, Choice)>,
    actions: Vec<(Candidate, Choice)>,
}

impl Matcher {
    pub fn new(listing: &Listing) -> Self {
        let names = Names::new(listing.apps.keys().map(String::as_str), &|_| false);
        let all = |side: Side| {
            let candidate = |(candidate, app, id): (Candidate, &str, &str)| {
                (candidate, Choice { app: app.to_owned(), id: id.to_owned() })
            };
            listing.candidates(side).map(candidate).collect()
        };
        Self { names, triggers: all(Side::Trigger), actions: all(Side::Action) }
    }

    /// What a title and a description mean; one of them may be empty.
    pub fn find(&self, title: &str, description: &str) -> Found {
        let reading = Reading::new(title, description, &self.names);
        Found { trigger: best(&reading, &self.triggers), action: best(&reading, &self.actions) }
    }
}

fn best(reading: &Reading, of: &[(Candidate, Choice)]) -> Vec<Choice> {
    let weights = &*LEARNED;
    let mut features = Vec::new();
    let mut scores: Vec<(f32, usize)> = of
        .iter()
        .enumerate()
        .map(|(at, (candidate, _))| {
            features.clear();
            reading.own(candidate, &mut features);
            reading.general(candidate, &mut features);
            (features.iter().map(|feature| weights.of(*feature)).sum(), at)
        })
        .collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scores.iter().take(MOST).map(|(_, at)| of[*at].1.clone()).collect()
}
