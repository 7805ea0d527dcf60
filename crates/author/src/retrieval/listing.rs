//! A catalogue of bare ids: apps, and what starts and is done in each.

use indexmap::IndexMap;
use serde::Deserialize;

use super::features::{Candidate, Side};

/// Apps by id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Listing {
    pub apps: IndexMap<String, Offer>,
}

/// What an app offers.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Offer {
    #[serde(default)]
    pub triggers: Vec<String>,
    #[serde(default)]
    pub actions: Vec<String>,
}

impl Listing {
    /// All triggers or all actions, in the order of the catalogue, with their app and id.
    pub fn candidates(&self, side: Side) -> impl Iterator<Item = (Candidate, &str, &str)> {
        self.apps.iter().enumerate().flat_map(move |(at, (app, offer))| {
            let ids = match side {
                Side::Trigger => &offer.triggers,
                Side::Action => &offer.actions,
            };
            ids.iter().map(move |id| {
                (Candidate::new(at, app, side, id, ids.len()), app.as_str(), id.as_str())
            })
        })
    }
}
