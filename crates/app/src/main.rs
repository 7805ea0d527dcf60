//! The `codex32` binary.
fn main() {}
