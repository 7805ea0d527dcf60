//! Rehearsals: a bot runs, and nothing leaves the machine. The engine's own `decide` carries the run;
//! what it would ask of the world is answered here ([`Answers`]), and the time jumps over waits
//! ([`Stage`]). Also here: reading the code of code steps where it would run ([`code_steps`]).
//!
//! Invariant: a rehearsal touches no store, sends nothing unless it was given a [`Live`] world, and
//! ends: its facts are counted.

mod answers;
mod begin;
pub mod code_steps;
mod memory;
mod stage;

pub use answers::{Agents, Answers, By, Came, Live, Need, World};
pub use begin::{Given, Refused, Request, begin, only_trigger, with_example};
pub use stage::Stage;
