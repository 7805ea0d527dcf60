//! The disk fills up under load and is emptied again. The server refuses with 503 and goes on by
//! itself; what it answered before, meanwhile and after is there and ends.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use codex32_model::run::RunState;
use serde_json::{Value, json};

use crate::bots;
use crate::journal::Journal;
use crate::load::Load;
use crate::power::shim;
use crate::server::Server;

/// Acceptances to wait for before the disk is full, and again once there is room.
const LOAD: usize = 200;

async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    tokio::time::timeout(Duration::from_secs(60), async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_refused_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let library = shim(home.path());
    let (data, log, full) =
        (home.path().join("data"), home.path().join("disk.log"), home.path().join("full"));
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let sink = bots::sink(|_| {}).await;
    let environment: [(&str, &Path); 4] = [
        ("LD_PRELOAD", &library),
        ("POWER_FOLDER", &data),
        ("POWER_LOG", &log),
        ("POWER_FULL", &full),
    ];
    let server = Server::start(&data, &[], &environment);
    server.deploy(bots::PURE);
    server.deploy(&bots::effects(&sink.url("")));
    let journal = Journal::open(&server.database());
    let mut load = Load::start(&["pure", "effects"], 4, |_| {});
    load.server_at(Some(&server.url));
    until("the load gets its answers", || load.accepted() >= LOAD).await;

    std::fs::write(&full, "").unwrap();
    let client =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
    let began = Instant::now();
    let refused = client
        .post(format!("{}/hooks/pure", server.url))
        .json(&json!({ "n": 1 }))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "E-STORE-001", "{problem}");
    assert!(problem["help"].as_str().is_some_and(|help| !help.is_empty()), "{problem}");
    // What is there can still be read.
    assert_eq!(server.command(&["bots"])["items"].as_array().unwrap().len(), 2);
    let before = load.accepted();
    let rows = journal.runs().len();

    std::fs::remove_file(&full).unwrap();
    until("it goes on by itself", || load.accepted() >= before + LOAD).await;
    load.server_at(None);
    let (accepted, turned_away) = load.stop().await;
    assert!(turned_away > 0, "the load was refused, too");
    until("every run ends, those that were under way included", || journal.unfinished() == 0).await;
    let runs = journal.runs();
    assert!(runs.len() > rows);
    let well: HashSet<_> =
        runs.iter().filter(|(.., state)| *state == RunState::Succeeded).map(|run| run.0).collect();
    let lost: Vec<_> = accepted.iter().filter(|accepted| !well.contains(&accepted.run)).collect();
    assert!(lost.is_empty(), "accepted, and lost or failed: {lost:?}");
    let odd: Vec<_> = runs.iter().filter(|(.., state)| *state != RunState::Succeeded).collect();
    assert!(odd.is_empty(), "ended otherwise: {odd:?}");
    server.kill();
    assert!(Journal::recover(&data.join("codex32.db")).is_sound());
    println!(
        "a full disk: {} accepted, {turned_away} refused, {} runs",
        accepted.len(),
        runs.len()
    );
}
