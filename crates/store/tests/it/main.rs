//! The store on a real database in a folder of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, too")]

mod backup;
mod committer;
mod cut;
mod entries;
mod queue;
mod schemas;
mod settings;
mod trouble;
