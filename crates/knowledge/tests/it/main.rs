//! Knowledge with a real store: SQLite, and with `CODEX32_TEST_DATABASE=postgres` PostgreSQL.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, too")]

mod documents;
mod indexing;
mod meaning;
mod recall;
mod searching;
mod world;
