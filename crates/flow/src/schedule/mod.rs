//! When a schedule trigger fires.
