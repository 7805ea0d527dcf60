//! The real server as a child process, to be killed.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_codex32");

pub struct Server {
    child: Child,
    pub url: String,
    data: PathBuf,
}

impl Server {
    /// Starts it on the folder; returns when it listens. What it logs goes to `FOLDER.log`.
    pub fn start(data: &Path, flags: &[&str], environment: &[(&str, &Path)]) -> Self {
        let log = data.with_extension("log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(flags)
            .env("CODEX32_ALLOW_PRIVATE_NETWORKS", "true")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut documents = serde_json::Deserializer::from_reader(&mut out).into_iter::<Value>();
        let Some(Ok(ready)) = documents.next() else {
            let _ = child.kill();
            let log = std::fs::read_to_string(data.with_extension("log")).unwrap_or_default();
            panic!("the server did not start:\n{}", tail(&log));
        };
        let url = ready["url"].as_str().unwrap().to_owned();
        // Whatever it prints later must not fill the pipe.
        std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _ = out.read_to_end(&mut rest);
        });
        Self { child, url, data: data.to_owned() }
    }

    /// SIGKILL; returns when the process is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.code().is_none(), "it had ended by itself before: {status}");
    }

    /// SIGSTOP: it does nothing more and its connections stay open.
    pub fn freeze(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub fn thaw(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// A command of the same binary against this server; its JSON.
    pub fn command(&self, args: &[&str]) -> Value {
        let out = Command::new(PROGRAM)
            .args(args)
            .args(["--json", "--url", &self.url, "--data"])
            .arg(&self.data)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{args:?}: {error}{}", String::from_utf8_lossy(&out.stdout));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    pub fn deploy(&self, definition: &str) {
        let file = self.data.with_extension("yaml");
        std::fs::write(&file, definition).unwrap();
        self.command(&["deploy", file.to_str().unwrap()]);
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("codex32.db")
    }

    pub fn run(&self, id: &str) -> Run {
        serde_json::from_value(self.command(&["run", "show", id])).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// As `run show` tells it.
#[derive(Debug, Deserialize)]
pub struct Run {
    pub state: String,
    pub output: Value,
}
