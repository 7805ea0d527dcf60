//! The engine on a real store, through its public interface.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod approvals;
mod bench_bot;
mod blobs;
mod control;
mod events;
mod flows;
mod harness;
mod hooks;
mod limits;
mod nodes;
mod polls;
mod queue;
mod replays;
mod simulation;
mod writes;
