//! The proof that nothing is lost: the real server is killed and cut off from power under load, and
//! what it answered is compared with what it knows afterwards.
//!
//! Apart from the other tests of the binary, because these take long and `make torture` runs them alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, too")]
#![expect(
    clippy::print_stdout,
    reason = "what was counted is for those who read the tests' output"
)]

mod bots;
mod checks;
mod full;
mod journal;
mod kill;
mod load;
mod nodes;
mod power;
mod server;
