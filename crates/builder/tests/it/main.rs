//! The builder as its callers meet it, with models that do what a script says.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, too")]

mod accounts;
mod cases;
mod conversations;
mod damage;
mod honest;
mod models;
mod oracle;
mod prompts;
