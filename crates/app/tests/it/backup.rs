//! The data of a server: backed up while it takes load, restored, held, released, moved to PostgreSQL.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use codex32_testkit::databases;

use crate::command::{Ran, codex32};
use crate::server::{Server, post};

const INTAKE: &str = "\
bot: intake
triggers: { call: { webhook: { path: intake } } }
steps:
  - id: told
    wait: { event: go, timeout: 1h }
  - return: done
";
const BEAT: &str = "\
bot: beat
triggers: { often: { every: 1s } }
steps:
  - return: done
";

fn runs(server: &Server, args: &[&str]) -> Vec<serde_json::Value> {
    let listed = server.cli(&[&["runs", "--limit", "1000", "--json"], args].concat()).json();
    listed["items"].as_array().unwrap().clone()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

fn well(ran: &Ran) -> &Ran {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    ran
}

/// Nothing runs there until it is released, and then everything does.
fn is_held_and_then_released(server: &Server) {
    let before = runs(server, &[]);
    assert!(before.iter().any(|run| run["state"] == "waiting"), "{before:?}");
    let (status, said) = post(&format!("{}/hooks/intake", server.url), "{}");
    assert!(status == 503 && said.contains("E-STORE-017"), "{status} {said}");
    for args in [&["trigger", "beat"][..], &["emit", "go", "--data", "{}"]] {
        let refused = server.cli(args);
        assert!(refused.code == 1 && refused.err.contains("codex32 release"), "{}", refused.err);
    }
    let doctor = server.cli(&["doctor", "--listen", "127.0.0.1:0"]).out;
    assert!(doctor.contains("its store is held"), "{doctor}");
    // A schedule of every second was due long ago.
    assert_eq!(runs(server, &[]), before);

    assert!(server.cli(&["release"]).err.contains("is released"));
    assert!(server.cli(&["release"]).err.contains("was not held"));
    until("the schedule fires", || runs(server, &["--bot", "beat"]).len() > beats(&before));
    assert_eq!(post(&format!("{}/hooks/intake", server.url), "{}").0, 202);
    well(&server.cli(&["emit", "go", "--data", "{}"]));
    let waiting = || runs(server, &["--bot", "intake"]);
    until("what waited goes on", || waiting().iter().all(|run| run["state"] == "succeeded"));
}

fn beats(runs: &[serde_json::Value]) -> usize {
    runs.iter().filter(|run| run["bot"] == "beat").count()
}

fn deployed(server: &Server) {
    for (name, text) in [("intake.yaml", INTAKE), ("beat.yaml", BEAT)] {
        server.write(name, text);
        well(&server.cli(&["deploy", name]));
    }
}

#[test]
fn a_backup_under_load_is_restored_and_held_until_it_is_released() {
    let server = Server::start();
    deployed(&server);
    let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load = {
        let (stop, accepted) = (Arc::clone(&stop), Arc::clone(&accepted));
        let url = format!("{}/hooks/intake", server.url);
        std::thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                assert_eq!(post(&url, "{}").0, 202);
                accepted.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    until("some load", || accepted.load(Ordering::SeqCst) > 5);
    until("a schedule has fired", || !runs(&server, &["--bot", "beat"]).is_empty());
    let least = accepted.load(Ordering::SeqCst);
    let made = server.cli(&["backup", "one.backup", "--json"]).json();
    stop.store(true, Ordering::SeqCst);
    load.join().unwrap();
    assert_eq!(server.cli(&["backup", "one.backup"]).code, 1, "nothing is written over");
    let checked = server.cli(&["restore", "--check", "one.backup", "--json"]).json();
    assert_eq!(checked["manifest"], made["manifest"]);
    let said = server.cli(&["backup", "two.backup"]);
    assert!(well(&said).err.contains("secrets.key"), "{}", said.err);

    // Not into a folder that a server has, nor over data without being told.
    let refused = server.cli(&["restore", "--replace", "one.backup"]);
    assert!(refused.err.contains("E-STORE-006"), "{}", refused.err);
    let folder = server.kill();
    let refused = codex32(folder.path(), &["restore", "one.backup"]);
    assert!(refused.code == 1 && refused.err.contains("E-STORE-013"), "{}", refused.err);

    well(&codex32(folder.path(), &["restore", "--data", "new", "one.backup"]));
    let key = |data: &str| folder.path().join(data).join("secrets.key");
    std::fs::copy(key("data"), key("new")).unwrap();
    let restored = Server::start_in(folder, &["--data", "new"]);
    std::fs::rename(restored.data(), restored.folder.path().join("old")).unwrap();
    // Commands find the token in ./data.
    std::os::unix::fs::symlink("new", restored.data()).unwrap();
    let intake = runs(&restored, &["--bot", "intake"]).len() as u64;
    assert!(intake >= least && intake <= accepted.load(Ordering::SeqCst), "{least} {intake}");
    is_held_and_then_released(&restored);
}

#[test]
fn a_store_moves_to_postgresql_and_its_backup_back() {
    let Some(database) = databases::postgres() else { return };
    let url = database.url();
    let server = Server::start();
    deployed(&server);
    assert_eq!(post(&format!("{}/hooks/intake", server.url), "{}").0, 202);
    until("a schedule has fired", || !runs(&server, &["--bot", "beat"]).is_empty());
    until("it waits", || {
        runs(&server, &["--bot", "intake"]).iter().all(|run| run["state"] == "waiting")
    });
    let folder = server.kill();
    let at = |args: &[&str], path: &Path| codex32(path, args);
    let check = ["migrate", "--check", "--database-url", &url];
    assert_eq!(at(&check, folder.path()).code, 1, "an empty database is to be migrated");
    let copied = at(&["copy", "--from", "sqlite:data", "--to", &url], folder.path());
    assert!(well(&copied).out.contains("journal"), "{}", copied.out);
    assert!(!copied.out.contains("pa%3A") && !copied.err.contains("pa%3A"), "no password");
    assert_eq!(at(&check, folder.path()).code, 0);
    let refused = at(&["serve", "--listen", "127.0.0.1:0"], folder.path());
    assert!(refused.err.contains("E-STORE-016") && refused.err.contains("/postgres"));

    let server = Server::start_in(folder, &["--database-url", &url]);
    is_held_and_then_released(&server);
    assert_eq!(post(&format!("{}/hooks/intake", server.url), "{}").0, 202);
    well(&server.cli(&["backup", "pg.backup", "--database-url", &url]));
    let back = server.cli(&["restore", "pg.backup"]);
    assert!(back.err.contains("E-STORE-013"), "{}", back.err);
    let folder = server.kill();
    let back = at(&["restore", "--replace", "pg.backup"], folder.path());
    assert!(well(&back).out.contains("codex32.db.before-"), "{}", back.out);
    let server = Server::start_in(folder, &[]);
    is_held_and_then_released(&server);
}
