//! Large values of a server that is killed: before their commit nothing was accepted, after it nothing
//! is lost.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::server::{Server, post};

const KEEPS: &str = "\
bot: keeps
inputs: { text: string }
triggers: { call: { webhook: { path: keeps } } }
steps:
  - { id: twice, set: \"{{ inputs.text + inputs.text }}\" }
  - id: told
    wait: { event: go, timeout: 1h }
  - return: \"{{ steps.twice }}\"
";

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

/// The blobs that have their names.
fn blobs(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.len() == 64 {
                found.push(path);
            }
        }
    }
    found
}

fn deployed(server: &Server) {
    server.write("keeps.yaml", KEEPS);
    let ran = server.cli(&["deploy", "keeps.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

fn listed(server: &Server) -> Vec<serde_json::Value> {
    server.cli(&["runs", "--json"]).json()["items"].as_array().unwrap().clone()
}

#[test]
fn a_kill_between_a_large_value_and_its_commit_accepts_nothing_and_one_after_it_loses_nothing() {
    let server = Server::start();
    deployed(&server);
    let text = "a".repeat(200_000);
    let body = serde_json::json!({ "text": text }).to_string();

    // The database takes no writes, so the server stands between the two.
    let lock = rusqlite::Connection::open(server.data().join("codex32.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (url, sent) = (format!("{}/hooks/keeps", server.url), body.clone());
    let sending = std::thread::spawn(move || post(&url, &sent));
    until("the value is written", || !blobs(&server.data()).is_empty());
    let folder = server.kill();
    // The line is cut, or the server had given up before.
    let answer = sending.join();
    assert!(
        answer.is_err() || answer.is_ok_and(|(status, _)| status >= 500),
        "nothing was accepted"
    );
    drop(lock);

    let server = Server::start_in(folder, &[]);
    assert_eq!(listed(&server), Vec::<serde_json::Value>::new());
    let (status, said) = post(&format!("{}/hooks/keeps", server.url), &body);
    assert_eq!(status, 202, "{said}");
    let run = listed(&server)[0]["id"].as_str().unwrap().to_owned();
    until("it waits", || listed(&server)[0]["state"] == "waiting");
    // What was written before the kill is the same content, and the doubled text is another.
    assert_eq!(blobs(&server.data()).len(), 2);

    let server = Server::start_in(server.kill(), &[]);
    assert_eq!(server.cli(&["emit", "go", "--data", "{}"]).code, 0);
    until("it has ended", || listed(&server)[0]["state"] == "succeeded");
    let shown = server.cli(&["run", "show", &run, "--json"]).json();
    assert_eq!(shown["output"].as_str().unwrap().len(), 400_000);
    assert_eq!(shown["input"]["text"], text.as_str());
    assert_eq!(shown["large"], serde_json::json!([]));
    // People see how large it is, and how it begins.
    let said = server.cli(&["run", "show", &run]).out;
    assert!(said.contains("output: 0.4 MB, begins \"aaaa"), "{said}");

    // Without its storage the server does not go on as if nothing were.
    let folder = server.kill();
    std::fs::rename(folder.path().join("data/blobs"), folder.path().join("gone")).unwrap();
    let refused = crate::command::codex32(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(refused.code == 1 && refused.err.contains("E-STORE-018"), "{}", refused.err);
    let server = Server::start_in(folder, &["--new-blobs"]);
    let shown = server.cli(&["run", "show", &run, "--json"]).json();
    assert_eq!(shown["output"], serde_json::Value::Null);
    assert_eq!(shown["large"].as_array().unwrap().len(), 4, "{}", shown["large"]);
}
