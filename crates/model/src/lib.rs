//! The words that every other crate speaks: ids, values, time, the bot definition, facts, errors.
//!
//! Invariant: no I/O, no async, no SQL, no clock of its own. Whatever needs the outside takes it by
//! argument (see [`time::Clock`]).

pub mod action;
pub mod codes;
pub mod definition;
pub mod diagnostic;
pub mod fact;
pub mod ids;
pub mod large;
pub mod random;
pub mod run;
pub mod schema;
pub mod scope;
pub mod time;
pub mod value;

pub use action::{ActionSpec, Catalogue, Effect};
pub use codes::Code;
pub use diagnostic::{Diagnostic, Place, Severity};
pub use run::{RunState, StepError};
pub use schema::{Field, Fields, Schema};
pub use scope::Scope;
pub use time::{Clock, Timestamp};
pub use value::{Object, Value};
