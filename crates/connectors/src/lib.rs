//! What bots can do in the outside world.
//!
//! A connector is a YAML manifest in the folder `connectors/` ([`manifest`]); a few actions are Rust
//! ([`email`]) or rows of the engine (`state`, `log`), and say so there. [`builtin`] is the catalogue
//! that everybody asks; [`Runtime`] executes an action; [`http::Guarded`] is the only way out.
//!
//! Invariants: no request leaves except through the guard against private addresses; no secret of a
//! connection is in any output, message, log or `Debug`; a [`Failure`] says exactly whether the other
//! side may have taken a write.

mod catalogue;
mod credentials;
pub mod email;
mod failure;
pub mod http;
pub mod manifest;
mod native;
pub mod oauth;
mod params;
mod plan;
mod redact;
mod runtime;
mod search;
pub mod verify;

pub use catalogue::{Connectors, builtin, shared};
pub use credentials::{
    Credentials, FieldProblem, change_connection, fields_of, validate_connection,
};
pub use failure::{Done, Failure};
pub use native::mcp::Programs;
pub use params::prepare;
pub use runtime::{ActionCall, MOST_ITEMS, PollCall, Polled, Runtime};
pub use search::search;
