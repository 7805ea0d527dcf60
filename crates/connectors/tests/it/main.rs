//! The connectors against real servers on this machine.

mod catalogue;
mod email;
mod guard;
mod http_actions;
mod slack;
mod support;
