//! All SQL. One file per aggregate; migrations in `migrations/`; the group committer in
//! [`committer`].
//!
//! Invariants: every call names its workspace (a [`codex32_model::Scope`] or the id itself), or says
//! `all_` in its name; every write goes through the one committer; nothing is answered before its
//! commit is flushed to the disk, always.

pub mod apply;
pub mod approvals;
pub mod backup;
pub mod blobs;
pub mod bots;
pub mod budgets;
pub mod builder_sessions;
pub mod committer;
pub mod connections;
pub mod copy;
pub mod dead_letters;
pub mod entry;
pub mod env;
mod error;
pub mod evaluations;
pub mod events;
pub mod held;
pub mod knowledge;
mod location;
pub mod meta;
pub mod migrate;
pub mod model_calls;
pub mod models;
pub mod nodes;
pub mod open;
pub mod outbox;
pub mod overview;
pub mod polls;
pub mod queue;
pub mod recover;
pub mod replays;
pub mod retention;
pub mod runs;
mod server;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod spend;
pub mod sql;
pub mod state;
mod transfer;

pub use blobs::{BlobPlace, Blobs, LARGE};
pub use committer::{Committer, Flushing, Options};
pub use entry::{
    Child, Entry, NewEvent, NewRun, Outcome, Rows, ScheduleStep, StateOp, StateOpKind, Summary,
    Target,
};
pub use error::StoreError;
pub use location::Location;
pub use open::Store;
pub use server::Server;
pub use transfer::arrival::{Arrival, Counted};
pub use transfer::blobs::Carried;
