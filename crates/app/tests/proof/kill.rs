//! `kill -9` at random moments under load, again and again on the same folder (see `checks.rs` for what
//! must hold).
//!
//! `KILLS=200 cargo test -p codex32-app --test proof kill` kills more often (`make torture`).

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rand::Rng;

use crate::journal::Journal;
use crate::load::Load;
use crate::server::Server;
use crate::{bots, checks};

/// Unless `KILLS` says otherwise.
const KILLS: u32 = 20;
/// Callers of each bot. Few: it is the moments that count, not the amount.
const CALLERS: usize = 3;

#[test]
fn kill_after_kill_nothing_is_lost_and_nothing_happens_twice() {
    checks::in_rounds(checks::kills(KILLS), round);
}

async fn round(kills: u32) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let database: Arc<OnceLock<PathBuf>> = Arc::default();
    let seen = Arc::default();
    let look = Arc::clone(&database);
    // Opened for each look: a connection that stays would spare the server a part of its recovery.
    let sink =
        checks::watch(&seen, move |run, key| Journal::open(look.get().unwrap()).began(run, key))
            .await;

    let mut server = Server::start(&data, &[], &[]);
    for definition in [bots::PURE, &bots::effects(&sink.url("")), bots::WAITS] {
        server.deploy(definition);
    }
    database.set(server.database()).unwrap();
    let load = Load::start(&["pure", "effects", "waits"], CALLERS, |_| {});
    let mut finished = checks::Finished::default();
    for kill in 0..kills {
        load.server_at(Some(&server.url));
        // A kill during the start and the recovery counts as well as one under load.
        let moment = rand::rng().random_range(0..600);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        load.server_at(None);
        server.kill();
        finished.unchanged(&Journal::open(database.get().unwrap()), kill);
        server = Server::start(&data, &[], &[]);
    }
    load.server_at(Some(&server.url));
    let answered = load.stop().await;
    let journal = Journal::open(database.get().unwrap());
    checks::settled(&journal).await;
    finished.unchanged(&journal, kills);
    let counted = checks::all_is_well(&journal, &server, &answered, &seen);
    println!("{kills} kills: {counted}");
}
