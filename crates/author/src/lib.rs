//! From a sentence to a bot definition, without a network and without a language model.
//!
//! The stages, each a module that can be looked at and tested alone: [`text`] (tokens),
//! [`speech`] (one manner of speaking for all), [`phrasing`] (free wording in plainer words), [`clauses`]
//! (what starts, what must hold, what is done), [`triggers`], [`actions`] with [`index`] (which
//! deed, found in the catalogue), [`values`], [`conditions`], [`structure`] (the tree),
//! [`assembly`] (slots filled, steps built, questions asked), [`review`] (the checker's word on it)
//! and [`explain`]. [`retrieval`] stands beside them: it finds trigger and action in a catalogue of
//! hundreds of apps of which only the ids are known.
//!
//! Invariants: the same request gives the same draft; an action that is not in the catalogue never
//! stands in one; what is essential and missing is asked, not guessed; sentences are data, whatever
//! they say.

pub mod actions;
pub mod assembly;
pub mod clauses;
pub mod conditions;
pub mod eval;
pub mod explain;
pub mod index;
pub mod lexicon;
pub mod phrasing;
pub mod retrieval;
pub mod review;
pub mod speech;
pub mod structure;
pub mod text;
pub mod times;
pub mod triggers;
pub mod values;

use codex32_model::definition::Bot;
use codex32_model::{Catalogue, Diagnostic, Timestamp};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use assembly::draft;

/// What is asked of the author.
pub struct Request<'a> {
    /// English or German.
    pub sentence: &'a str,
    /// Answers to questions of an earlier draft of the same sentence, by question id.
    pub answers: IndexMap<String, String>,
    pub catalogue: &'a dyn Catalogue,
    /// The workspace's zone, an IANA name.
    pub zone: &'a str,
    /// Connections that exist: name and connector.
    pub connections: &'a [(String, String)],
    /// When it is asked, so that "tomorrow at 9" has a date; without it the date is asked for.
    pub now: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Draft {
    /// Passes the checker without errors, or is not there. What a required question asks for stands
    /// in it as a harmless placeholder.
    pub definition: Option<Bot>,
    pub questions: Vec<Question>,
    pub connections: Vec<ConnectionUse>,
    pub diagnostics: Vec<Diagnostic>,
    /// Plain sentences: what starts the bot, each step, what was assumed.
    pub explanation: String,
    /// 0 to 1.
    pub confidence: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Stays the same from call to call, whatever else is answered.
    pub id: String,
    pub kind: QuestionKind,
    /// Where in the definition the answer goes; empty when it is about the whole.
    pub path: String,
    pub text: String,
    pub required: bool,
    pub default: Option<String>,
    pub choices: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// A value to fill in.
    Value,
    /// One of `choices`.
    Choice,
    /// Say it in other words: the answer is a sentence.
    Clarify,
}

/// A connection that the definition uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionUse {
    pub name: String,
    pub connector: String,
    /// Whether a connection of that name and connector exists already.
    pub bound: bool,
}
