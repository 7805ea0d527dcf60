//! Runs the binary.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }
}

/// The binary without the environment's settings, in that folder. No server is reached unless the test
/// names one: nothing listens at the address that it is given.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex32"));
    command.current_dir(folder).env("CODEX32_URL", "http://127.0.0.1:9");
    let ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("CODEX32_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name) && name != "CODEX32_URL") {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn finish(mut command: Command, stdin: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    // The program may end without reading its input.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let done = child.wait_with_output().unwrap();
    Ran {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

pub fn codex32(folder: &Path, args: &[&str]) -> Ran {
    with_stdin(folder, args, b"")
}

pub fn with_stdin(folder: &Path, args: &[&str], stdin: &[u8]) -> Ran {
    let mut command = command(folder);
    command.args(args);
    finish(command, stdin)
}
