//! The reference servers of the Model Context Protocol, as `scripts/setup-test.sh` installs them: one as a
//! program, one by streamable HTTP.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use codex32_connectors::{Credentials, Programs};
use codex32_model::Value;
use codex32_testkit::sink::{Answer, Sink};

use crate::support::{World, guarded, json, scope, with_guard, world};

/// The program of one of the servers.
fn server(name: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/mcp-servers/node_modules");
    let program =
        PathBuf::from(root).join("@modelcontextprotocol").join(name).join("dist/index.js");
    assert!(program.is_file(), "scripts/setup-test.sh installs {}", program.display());
    program
}

/// A runtime that may start the server of files for one folder.
fn with_files() -> (World, Credentials, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = server("server-filesystem");
    let command = format!("files=node \"{}\" \"{}\"", program.display(), folder.path().display());
    let mut world = world();
    let programs = Programs::parse([&*command]).expect("a program");
    world.runtime = world.runtime.with_programs(programs);
    let credentials = world.connect("mcp", "program", r#"{"program": "files"}"#);
    (world, credentials, folder)
}

/// The server of everything, on a port of its own until it is dropped.
struct Everything {
    child: Child,
    url: String,
}

impl Everything {
    fn start() -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        let child = Command::new("node")
            .arg(server("server-everything"))
            .arg("streamableHttp")
            .env("PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let began = Instant::now();
        while TcpStream::connect(("localhost", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server does not listen");
            std::thread::yield_now();
        }
        Self { child, url: format!("http://localhost:{port}/mcp") }
    }
}

impl Drop for Everything {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const TIME: Duration = Duration::from_secs(60);

async fn call(
    world: &World,
    tool: &str,
    arguments: &str,
    to: &Credentials,
) -> Result<Value, (String, bool)> {
    let input = json(&format!(r#"{{"tool": "{tool}", "arguments": {arguments}}}"#));
    let result = world.call("mcp.call_tool", input, Some(to), TIME).await;
    result
        .map(|done| done.output)
        .map_err(|failure| (format!("{} {failure}", failure.code), failure.unknown))
}

#[tokio::test]
async fn a_program_that_is_allowed_serves_its_tools() {
    let (world, files, folder) = with_files();
    let note = folder.path().join("note.txt");
    std::fs::write(&note, "Buy milk.").expect("a file");
    let tested = world.runtime.test_connection(scope(), &files, TIME).await.expect("it works");
    assert!(tested.contains("tools."), "{tested}");
    let listed =
        world.call("mcp.list_tools", Value::Null, Some(&files), TIME).await.expect("a list");
    let tools = listed.output.get("tools").and_then(Value::as_list).expect("tools").to_vec();
    let tool = |name: &str| {
        let found = tools.iter().find(|tool| tool.get("name") == Some(&Value::from(name)));
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(tool("read_text_file").get("read_only"), Some(&Value::Bool(true)));
    assert_eq!(tool("write_file").get("destructive"), Some(&Value::Bool(true)));
    assert_eq!(tool("create_directory").get("destructive"), Some(&Value::Bool(false)));
    let schema = tool("read_text_file").get("input_schema").expect("a schema").to_json();
    assert!(schema.contains("\"path\""), "{schema}");

    let path = serde_json_text(&note.display().to_string());
    let read = call(&world, "read_text_file", &format!("{{\"path\": {path}}}"), &files).await;
    assert!(read.as_ref().is_ok_and(|read| read.to_text().contains("Buy milk.")), "{read:?}");
    let outside = call(&world, "read_text_file", "{\"path\": \"/etc/passwd\"}", &files).await;
    let (message, unknown) = outside.expect_err("refused");
    assert!(message.starts_with("E-CONN-028") && !unknown, "{message}");
}

fn serde_json_text(text: &str) -> String {
    Value::from(text).to_json()
}

#[tokio::test]
async fn nobody_runs_what_is_not_allowed() {
    let (world, _, _folder) = with_files();
    for program in ["sh", "node", "/bin/sh"] {
        let fields = format!(r#"{{"program": "{program}"}}"#);
        let other = world.connect("mcp", "program", &fields);
        let refused = call(&world, "x", "{}", &other).await.expect_err("refused");
        assert!(refused.0.starts_with("E-CONN-0"), "{refused:?}");
        assert!(!refused.1);
    }
}

#[tokio::test]
async fn what_a_program_started_ends_with_its_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("child");
    // It starts another program, tells its id, and never answers.
    let script = folder.path().join("stuck.sh");
    let text = format!("sleep 600 &\necho $! > {}\nwait\n", mark.display());
    std::fs::write(&script, text).expect("a script");
    let mut world = world();
    let programs = Programs::parse([&*format!("stuck=sh \"{}\"", script.display())]);
    world.runtime = world.runtime.with_programs(programs.expect("a program"));
    let stuck = world.connect("mcp", "program", r#"{"program": "stuck"}"#);
    let input = json(r#"{"tool": "x"}"#);
    let late = world.call("mcp.call_tool", input, Some(&stuck), Duration::from_secs(2)).await;
    let late = late.expect_err("late");
    assert_eq!(late.code.text, "E-CONN-004", "{late}");
    let child: i32 = std::fs::read_to_string(&mark).expect("its child").trim().parse().expect("id");
    let began = Instant::now();
    while PathBuf::from(format!("/proc/{child}")).exists() && !is_dead(child) {
        assert!(began.elapsed() < Duration::from_secs(20), "its child lives on");
        tokio::task::yield_now().await;
    }
}

/// Whether a process has ended and only waits to be looked after.
fn is_dead(process: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

#[tokio::test]
async fn a_server_is_reached_by_streamable_http_and_through_the_guard() {
    let everything = Everything::start();
    let fields = format!(r#"{{"url": "{}", "token": "t0k3n-of-mine"}}"#, everything.url);
    let world = world();
    let to = world.connect("mcp", "token", &fields);
    let listed = world.call("mcp.list_tools", Value::Null, Some(&to), TIME).await.expect("a list");
    assert!(listed.output.to_json().contains("\"echo\""), "{}", listed.output.to_json());
    let said = call(&world, "echo", "{\"message\": \"hello\"}", &to).await.expect("an answer");
    assert!(said.to_text().contains("hello"), "{said:?}");
    let sum = call(&world, "get-sum", "{\"a\": 2, \"b\": 40}", &to).await.expect("an answer");
    assert!(sum.to_text().contains("42"), "{sum:?}");
    let (message, unknown) = call(&world, "no-such-tool", "{}", &to).await.expect_err("refused");
    assert!(message.starts_with("E-CONN-028") && !unknown, "{message}");

    let closed = with_guard(guarded(false));
    let refused = call(&closed, "echo", "{\"message\": \"x\"}", &to).await.expect_err("refused");
    assert!(refused.0.starts_with("E-CONN-0"), "{refused:?}");
    assert!(!refused.1, "nothing was sent");
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_says_so_without_the_token() {
    let sink = Sink::start(|_| Answer::status(401)).await;
    let fields = format!(r#"{{"url": "{}", "token": "t0k3n-of-mine"}}"#, sink.url("/mcp"));
    let world = world();
    let to = world.connect("mcp", "token", &fields);
    let (message, unknown) = call(&world, "x", "{}", &to).await.expect_err("refused");
    assert!(message.starts_with("E-CONN-027") && !unknown, "{message}");
    assert!(!message.contains("t0k3n"), "{message}");
    let asked = sink.requests();
    assert_eq!(asked[0].header("authorization"), Some("Bearer t0k3n-of-mine"));
}
