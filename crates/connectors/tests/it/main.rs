//! The connectors against real servers on this machine.

mod catalogue;
mod connection;
mod email;
mod exchanges;
mod guard;
mod http_actions;
mod lookups;
mod manifest;
mod mcp;
mod rss;
mod sql;
mod storage;
mod support;
