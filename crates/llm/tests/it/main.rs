//! The gateway against a provider that does what it is told, over real connections and a real store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, too")]

mod adapters;
mod calls;
mod money;
mod savings;
mod world;
