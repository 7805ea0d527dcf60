//! Whole stores, read from one database and written to another: what backups, restores and copies
//! share.
//!
//! Rows are streamed, table by table, from one snapshot. Each row is added to a checksum on the way,
//! and what was written is read again and has to give the same ([`sum`]). Which tables and columns
//! there are is asked of the migrations themselves ([`catalogue`]).

pub mod arrival;
pub mod blobs;
pub mod catalogue;
pub mod file;
pub mod source;
pub mod sum;
pub mod target;
