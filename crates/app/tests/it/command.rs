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

/// The command without the environment's settings, in an empty folder, with nothing on its input.
pub fn codex32(folder: &Path, args: &[&str]) -> Ran {
    with_stdin(folder, args, b"")
}

pub fn with_stdin(folder: &Path, args: &[&str], stdin: &[u8]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex32"));
    command.args(args).current_dir(folder);
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CODEX32_"))
    {
        command.env_remove(name);
    }
    // An address where nothing listens: no test reaches a server that happens to run.
    if !args.contains(&"--url") {
        command.env("CODEX32_URL", "http://127.0.0.1:9");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
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
