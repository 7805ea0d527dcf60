//! A running server, as a person has one: its own folder, a port of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::command::{Ran, command, finish};

pub struct Server {
    child: Child,
    pub url: String,
    pub folder: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), &[])
    }

    /// Starts in a folder that may have been used before; `./data` in it is the data folder.
    pub fn start_in(folder: tempfile::TempDir, args: &[&str]) -> Self {
        // What it logs would fill a pipe that nobody reads.
        Self::start_logging(folder, args, Stdio::null())
    }

    /// As [`Server::start_in`], with its log where `log` says.
    pub fn start_logging(folder: tempfile::TempDir, args: &[&str], log: Stdio) -> Self {
        let mut command = command(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0", "--json"]).args(args);
        let mut child = command.stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let greeting: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = greeting["url"].as_str().unwrap().to_owned();
        Self { child, url, folder }
    }

    /// A command on the same machine: it finds the token in the data folder.
    pub fn cli(&self, args: &[&str]) -> Ran {
        self.cli_with(args, b"")
    }

    pub fn cli_with(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let mut command: Command = command(self.folder.path());
        command.env("CODEX32_URL", &self.url).args(args);
        finish(command, stdin)
    }

    /// A file in the server's folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Pulls the plug; the folder stays.
    pub fn kill(mut self) -> tempfile::TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        drop(self);
        folder
    }

    /// Asks it to stop, as a service manager does.
    pub fn stop(&mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// POSTs JSON; the status and the body.
pub fn post(url: &str, body: &str) -> (u16, String) {
    post_as(url, body, None)
}

/// POSTs JSON with a token.
pub fn post_as(url: &str, body: &str, token: Option<&str>) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}connection: close\r\n\r\n{body}",
        body.len(),
        token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.to_owned())
}

/// Whether others than the owner may read the file.
#[cfg(unix)]
pub fn open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o077 != 0
}
