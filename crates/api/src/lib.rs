//! The HTTP interface: REST under `/api/v1`, webhooks under `/hooks`, live events of runs, the
//! OpenAPI document and its page, health.
//!
//! One file per resource in [`v1`]; every route is in [`routes`]. Invariants: a handler that reaches a
//! workspace's data names its permission in its signature ([`auth::Allowed`]); every refusal is a
//! [`problem::Problem`] with a stable code; nothing is answered before its commit.

pub mod auth;
mod compatible;
mod decide;
mod docs;
mod edge;
mod health;
mod hooks;
mod idempotency;
pub mod interface;
pub mod listen;
mod oauth;
mod page;
mod problem;
mod request;
mod routes;
mod sign_in;
mod state;
pub mod templates;
pub mod tokens;
mod v1;
pub mod vault;

pub use docs::text as openapi_text;
pub use problem::Problem;
pub use routes::{Service, health_service, openapi, service};
pub use state::{Api, Options};
