//! `codex32 serve` as a process: its start, its story over loopback, its stop, and what it refuses.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const HELLO: &str = "\
bot: hello
inputs: { name: { type: string, default: you } }
triggers: { call: { webhook: { path: hello, respond: run } } }
steps:
  - id: text
    code: |
      return `hello ${inputs.name}`;
  - do: email.send
    with: { to: ops@example.com, subject: '{{ steps.text }}', text: sent }
  - return: '{{ steps.text }}'
";

/// A server on a port of its own; killed when the test ends.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codex32"));
    command.env_clear().current_dir(folder).arg("--json").args(["--data", "data"]);
    command
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = command(folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The greeting may be one line or many: it ends with its brace.
        let mut greeting = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let facts: Value = loop {
            greeting.push_str(&lines.next().expect("the server ended").unwrap());
            if let Ok(facts) = serde_json::from_str(&greeting) {
                break facts;
            }
        };
        Self { process, url: facts["url"].as_str().unwrap().to_owned() }
    }

    /// A command against it: exit code and output.
    fn run(&self, folder: &Path, args: &[&str]) -> (i32, Value) {
        let ran = command(folder).env("CODEX32_URL", &self.url).args(args).output().unwrap();
        let text = String::from_utf8(ran.stdout).unwrap();
        (ran.status.code().unwrap(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Sends SIGTERM; how long it took to stop, and its exit code.
    fn stop(mut self) -> (Duration, Option<i32>) {
        let began = Instant::now();
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.process.wait().unwrap();
        (began.elapsed(), status.code())
    }
}

#[test]
fn a_bot_is_deployed_started_and_shown_and_the_server_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("hello.yaml"), HELLO).unwrap();
    let server = Server::start(at);
    for (name, mode) in [("", 0o700), ("owner-token", 0o600), ("secrets.key", 0o600)] {
        let path = at.join("data").join(name);
        let found = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    let (exit, deployed) = server.run(at, &["deploy", "hello.yaml"]);
    assert_eq!(exit, 0, "{deployed}");
    assert_eq!(deployed["triggers"][0]["url"], format!("{}/hooks/hello", server.url));
    let (exit, run) =
        server.run(at, &["trigger", "hello", "--input", r#"{"name": "Ada"}"#, "--wait"]);
    assert_eq!((exit, &run["output"]), (0, &Value::from("hello Ada")), "{run}");
    let (_, connections) = server.run(at, &["connections", "list"]);
    assert_eq!(connections["items"][0]["name"], "outbox");
    let id = run["id"].as_str().unwrap().to_owned();

    let (took, code) = server.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    let again = Server::start(at);
    let (_, shown) = again.run(at, &["run", "show", &id]);
    assert_eq!(shown["steps"], run["steps"], "the journal tells the same after a restart");
}

/// Starts a server that cannot run; what it says.
fn refused(folder: &Path, listen: &str) -> String {
    let ran = command(folder).args(["serve", "--listen", listen]).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    String::from_utf8(ran.stderr).unwrap()
}

#[test]
fn a_busy_port_a_second_server_and_a_damaged_key_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let said = refused(at, &address);
    assert!(said.contains("E-SERVE-001") && said.contains(&address), "{said}");

    let server = Server::start(at);
    let said = refused(at, "127.0.0.1:0");
    assert!(said.contains("E-STORE-006") && said.contains("--data"), "{said}");
    server.stop();

    let key = at.join("data/secrets.key");
    std::fs::write(&key, "nonsense\n").unwrap();
    let said = refused(at, "127.0.0.1:0");
    assert!(said.contains("E-CONN-041") && said.contains("secrets.key"), "{said}");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "nonsense\n", "never replaced silently");
}
