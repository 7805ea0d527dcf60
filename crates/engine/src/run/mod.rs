//! One run, purely: its state, `apply`, `decide`. No clock, no I/O, no async.

pub(crate) mod agent;
mod ahead;
mod apply;
mod approval;
mod blocks;
pub(crate) mod bounds;
mod closing;
mod decide;
mod key;
mod rerun;
mod retry;
mod scope;
mod state;
#[cfg(test)]
mod tests;
pub mod transcript;
pub mod view;
mod when;

pub use agent::{AgentRun, ToolCall, Turn};
pub use ahead::{ChunkId, Computed};
pub use bounds::Bounds;
pub(crate) use decide::MOST_PEOPLE;
pub use decide::{Briefing, Cause, Chunk, ChunkTurn, Command, Decision, Failure, Machine, Wanted};
pub use rerun::{Rerun, rerun};
pub(crate) use rerun::{address, op_at};
pub use scope::{About, StartScope, StepScope};
pub use state::{Current, Ending, State};
pub use transcript::Transcript;
pub use view::{LargeView, RunView};
