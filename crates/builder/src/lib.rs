//! From what a person says, in one sentence or many, to a bot: the offline compiler ([`codex32_author`])
//! first, a language model where the compiler is uncertain or somebody asks for it, and under both the
//! same checker.
//!
//! [`compile`] is the loop: a prompt ([`prompt`]) of what may matter ([`relevant`]), an answer read
//! ([`answer`]), looked at by the checker, by trying ([`trial`]) and against what the sentence asks for
//! ([`demands`]), and asked for again with the faults named. [`conversation`] is what a person has with
//! it over many sentences: questions, edits ([`edit`]), differences ([`diff`]), undo.
//!
//! Invariants: what the compiler was sure of stays; nothing outside the catalogue and nothing that the
//! checker refuses is ever shown as ready; what a person says goes to a model as data and no secret
//! with it; the same request gives the same prompt; a definition changes only when a person accepts it.

pub mod account;
pub mod answer;
pub mod compile;
pub mod conversation;
pub mod demands;
pub mod diff;
pub mod edit;
mod memory;
pub mod model;
pub mod needs;
pub mod prompt;
pub mod relevant;
mod revise;
pub mod said;
mod seen;
pub mod steps;
pub mod trial;
mod why;

pub use compile::{Built, By, Depth, Options, build};
pub use conversation::{Conversation, World};
pub use model::{Completion, Model, ModelError, Through};
pub use trial::{NoTrial, Sandboxed, Trial};
