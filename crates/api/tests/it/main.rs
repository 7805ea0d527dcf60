//! The API over real HTTP on loopback: the real router, engine, store and keys in a folder of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod approvals;
mod authoring;
mod bots;
mod connections;
mod documents;
mod events;
mod hooks;
mod idempotency;
mod interface;
mod live;
mod oauth;
mod permissions;
mod polls;
mod problems;
mod runs;
mod server;
mod settings;
mod sign_in;
