//! The children that this very binary is started as: for code steps, and to read documents.

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

/// The hidden first argument that makes the program read a document.
const DOCUMENT: &str = "document-child";

/// The kind of document that this process was started to read.
pub fn document() -> Option<String> {
    let mut args = std::env::args_os().skip(1);
    let wanted = args.next().is_some_and(|first| first == OsStr::new(DOCUMENT));
    wanted.then(|| args.next()?.into_string().ok()).flatten()
}

/// Reads documents in children.
pub fn extractor() -> std::io::Result<codex32_knowledge::Extractor> {
    let program = std::env::current_exe()?;
    Ok(codex32_knowledge::Extractor::Child { program, args: vec![OsString::from(DOCUMENT)] })
}
