//! How often an AI step is right. A [`suite`] names a step and cases with checks; a [`plan`] is a suite with
//! the models and prompts that are compared; [`work`] carries it out, question by question, and
//! [`figures`] says what came of it.
//!
//! Invariants: a question is asked through the same door as a step asks it ([`codex32_engine::StepExecutor`]), so that
//! budgets, prices and guardrails hold and what is measured is what runs; nothing but models is reached; each
//! result is a row before the next claim on it ends, so that whoever comes after a death asks only what is
//! left; prompts and answers are sealed on the disk.

mod agent;
mod asking;
pub mod case;
mod check;
mod error;
pub mod figures;
pub mod plan;
mod scope;
mod subject;
pub mod suite;
pub mod work;

pub use agent::Use;
pub use asking::Told;
pub use check::Fault;
pub use error::Error;
pub use plan::{NewPlan, Plan, PlanBot, Question, Variant};
pub use suite::{Case, Check, Suite};
pub use work::{Evaluations, Kept, Options};
