//! `codex32 serve` as a process: its start, its story over loopback, its stop, and what it refuses.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::command::codex32;
use crate::server::{Server, post_as};

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

#[test]
fn a_bot_is_deployed_started_and_shown_and_the_server_stops_when_told() {
    let mut server = Server::start();
    server.write("hello.yaml", HELLO);
    for (name, mode) in [("", 0o700), ("owner-token", 0o600), ("secrets.key", 0o600)] {
        let path = server.data().join(name);
        let found = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    let deployed = server.cli(&["deploy", "hello.yaml", "--json"]).json();
    assert_eq!(deployed["triggers"][0]["url"], format!("{}/hooks/hello", server.url));
    let args = ["trigger", "hello", "--input", r#"{"name": "Ada"}"#, "--wait", "--json"];
    let run = server.cli(&args).json();
    assert_eq!(run["output"], "hello Ada", "{run}");
    let connections = server.cli(&["connections", "list", "--json"]).json();
    assert_eq!(connections["items"][0]["name"], "outbox");
    let id = run["id"].as_str().unwrap();

    let began = Instant::now();
    assert_eq!(server.stop(), 0);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(server.cli(&["bots"]).code, 3);
    let again = Server::start_in(server.kill(), &[]);
    let shown = again.cli(&["run", "show", id, "--json"]).json();
    assert_eq!(shown["steps"], run["steps"], "the journal tells the same after a restart");
}

/// Starts a server that cannot run; what it says.
fn refused(folder: &Path, listen: &str) -> String {
    let ran = codex32(folder, &["serve", "--listen", listen]);
    assert_eq!(ran.code, 1);
    ran.err
}

#[test]
fn a_busy_port_a_second_server_and_a_damaged_key_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let said = refused(folder.path(), &address);
    assert!(said.contains("E-SERVE-001") && said.contains(&address), "{said}");

    let mut server = Server::start_in(folder, &[]);
    let said = refused(server.folder.path(), "127.0.0.1:0");
    assert!(said.contains("E-STORE-006") && said.contains("--data"), "{said}");
    server.stop();

    let key = server.data().join("secrets.key");
    std::fs::write(&key, "nonsense\n").unwrap();
    let said = refused(server.folder.path(), "127.0.0.1:0");
    assert!(said.contains("E-CONN-041") && said.contains("secrets.key"), "{said}");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "nonsense\n", "never replaced silently");
}

#[test]
fn code_runs_in_rehearsals_and_is_read_at_deploy() {
    let server = Server::start();
    let token = std::fs::read_to_string(server.data().join("owner-token")).unwrap();
    let definition = "bot: a\ninputs: { n: integer }\nsteps:\n  - id: twice\n    code: return inputs.n * 2;\n  - return: '{{ steps.twice }}'\n";
    let body = serde_json::json!({ "definition": definition, "input": { "n": 21 } }).to_string();
    let url = format!("{}/api/v1/tries", server.url);
    let (status, answer) = post_as(&url, &body, Some(token.trim()));
    let tried: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, &tried["output"]), (200, &serde_json::json!(42)), "{tried}");

    server.write("broken.yaml", &definition.replace("inputs.n * 2;", "inputs.n *;"));
    let refused = server.cli(&["deploy", "broken.yaml"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.err.contains("E-CODE-") && refused.err.contains(":5:"), "{}", refused.err);
    assert_eq!(server.cli(&["bots", "--json"]).json()["items"], serde_json::json!([]));
}
