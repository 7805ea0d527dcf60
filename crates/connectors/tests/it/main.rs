//! The connectors against real servers on this machine.

mod catalogue;
