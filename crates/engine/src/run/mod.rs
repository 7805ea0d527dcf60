//! One run, purely: its state, `apply`, `decide`. No clock, no I/O, no async.

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
pub mod view;
mod when;

pub use ahead::{ChunkId, Computed};
pub use bounds::Bounds;
pub(crate) use decide::MOST_PEOPLE;
pub use decide::{Cause, Chunk, ChunkTurn, Command, Decision, Failure, Machine};
pub use rerun::{Rerun, rerun};
pub(crate) use rerun::{address, op_at};
pub use scope::StartScope;
pub use state::{Current, Ending, State};
pub use view::{LargeView, RunView};
