//! The built binary as its users meet it, and rules about the workspace as a whole.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, too")]

mod agents;
mod approvals;
mod arrows;
mod backup;
mod blobs;
mod build;
mod check;
mod command;
mod draft;
mod evaluations;
mod help;
mod knowledge;
mod models;
mod online;
mod polls;
mod reference;
mod rehearse;
mod schedule;
mod serve;
mod server;
mod story;
mod templates;
