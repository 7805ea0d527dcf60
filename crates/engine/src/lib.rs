//! Durable execution. [`run`] is pure: facts, `apply`, `decide`. Around it: the driver of one run,
//! acceptance, the queue, timers, schedules, polls, the dispatcher of events, recovery.
//!
//! Invariants: nothing is answered, shown or sent to a vendor as a write before its facts are
//! committed; a run in memory is a copy of its journal and may be dropped at any moment; the world
//! is reached through [`StepExecutor`] only.

mod accept;
mod answer;
mod approvals;
mod control;
mod deploy;
mod dispatch;
mod driver;
mod engine;
mod error;
mod executor;
mod flows;
mod held;
mod hooks;
mod nodes;
mod notices;
mod polls;
mod queue;
mod recovery;
mod replays;
mod routes;
pub mod run;
mod schedules;
mod slots;
mod standing;
#[cfg(test)]
mod testing;
mod tidying;
mod view;

pub use approvals::{Verdict, told};
pub use control::Retried;
pub use deploy::{Deployed, DeployedTrigger, Deployment};
pub use engine::{Committed, Engine, Limits, Options, Watching};
pub use error::EngineError;
pub use executor::{
    ChunkOutcome, CodeChunk, CodeTurn, Look, LookFailure, Looked, Notice, Seen, Signed,
    StepExecutor, Task, TaskKind, TaskOutcome, Unsent,
};
pub use hooks::{HookAnswer, HookRequest, HookRoute, Listener, Refusal, hook_inputs};
pub use nodes::{Identity, Roles, leader};
pub use replays::{Ask, Replayed};
pub use run::{Bounds, Briefing, LargeView, RunView, Transcript, Turn, Wanted};
pub use view::Moment;
