//! A definition becomes a checked flow: reading, schemas, types, expressions, schedules. Pure: no
//! tokio, no SQL, no HTTP, no clock of its own.

#[cfg(test)]
mod corpus;

pub mod check;
pub mod expr;
pub mod flow;
pub mod knowledge;
pub mod parse;
pub mod print;
pub mod schedule;
pub mod schema;
pub mod source;
