//! The store on a real database in a folder of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, too")]

mod approvals;
mod backup;
mod blobs;
mod committer;
mod cut;
mod entries;
mod evaluations;
mod queue;
mod retention;
mod schemas;
mod settings;
mod sleeping;
mod trouble;
