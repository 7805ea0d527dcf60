//! For tests only: real servers on loopback that record what reaches them.

pub mod authority;
pub mod databases;
pub mod model;
pub mod place;
pub mod proxy;
pub mod sink;
pub mod smtp;
