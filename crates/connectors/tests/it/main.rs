//! The connectors against real servers on this machine.

mod catalogue;
mod connection;
mod email;
mod guard;
mod http_actions;
mod manifest;
mod slack;
mod support;
