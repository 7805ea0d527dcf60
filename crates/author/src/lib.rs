//! See ARCHITECTURE.md.
pub mod times;
