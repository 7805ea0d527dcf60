//! For tests only: real servers on loopback that record what reaches them.

pub mod sink;
pub mod smtp;
