//! REST version 1, one file per resource. Handlers read the request, ask the engine or the store, and
//! shape the answer; nothing else.

pub mod approvals;
mod bindings;
pub mod bots;
pub mod budgets;
pub mod builder;
pub mod checks;
pub mod connections;
pub mod connectors;
pub mod costs;
pub mod dead_letters;
pub mod documents;
pub mod drafts;
pub mod env;
pub mod evaluations;
pub mod events;
pub mod knowledge;
pub mod live;
pub mod models;
pub mod nodes;
mod open_values;
pub mod outbox;
pub mod prices;
pub mod replays;
pub mod retention;
pub mod runs;
pub mod server;
pub mod shapes;
mod spelled;
pub mod suites;
pub mod templates;
pub mod tries;
pub mod triggers;
pub mod versions;
