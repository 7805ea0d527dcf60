//! The pool of children for code steps, started from this very binary.

use std::ffi::{OsStr, OsString};

use codex32_sandbox::{Options, Pool};

/// The hidden first argument that makes the program a child.
const CHILD: &str = "code-child";

/// Whether this process was started as a child.
pub fn is_child() -> bool {
    std::env::args_os().nth(1).as_deref() == Some(OsStr::new(CHILD))
}

/// A pool that keeps `warm` children ready. Starts nothing yet.
pub fn pool(warm: usize) -> std::io::Result<Pool> {
    let program = std::env::current_exe()?;
    Ok(Pool::new(Options { program, args: vec![OsString::from(CHILD)], warm, max_children: 0 }))
}
