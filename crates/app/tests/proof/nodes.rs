//! Two servers on one PostgreSQL under load: one of them is killed at random moments, now and then the
//! database itself crashes, and in long runs a server is frozen until its lease has ended, while the other
//! is killed on and on (see `checks.rs` for what must hold).
//!
//! `KILLS=200 cargo test -p codex32-app --test proof nodes` kills more often (`make torture`).

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use codex32_testkit::databases;
use rand::Rng;

use crate::journal::Journal;
use crate::load::Load;
use crate::server::Server;
use crate::{bots, checks};

/// Unless `KILLS` says otherwise.
const KILLS: u32 = 8;
/// Callers of each bot.
const CALLERS: usize = 3;
/// From so many kills on a server is frozen now and then, longer than its lease.
const LONG: u32 = 50;
const FROZEN: Duration = Duration::from_secs(20);

fn start(data: &Path, address: &str) -> Server {
    // Both have large values in one place, beside their folders.
    let blobs = data.with_file_name("blobs");
    let blobs = blobs.to_str().unwrap();
    Server::start(data, &["--database-url", address, "--blobs", blobs], &[])
}

/// A folder for the second server, with the key and the token of the first.
fn second(first: &Path, folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for file in ["secrets.key", "owner-token"] {
        std::fs::copy(first.join(file), folder.join(file)).unwrap();
    }
}

/// What happens at a moment under load.
#[derive(Debug, Clone, Copy)]
enum Blow {
    Kill,
    Crash,
    /// Of the database, and a server is killed before it is back.
    CrashAndKill,
    Freeze,
}

/// The database crashes at two of ten, in long runs a server freezes at another.
fn blow(number: u32, all: u32) -> Blow {
    match number % 10 {
        9 if all >= LONG => Blow::Freeze,
        3 => Blow::Crash,
        6 => Blow::CrashAndKill,
        _ => Blow::Kill,
    }
}

#[test]
fn servers_and_their_database_die_and_nothing_is_lost_and_nothing_happens_twice() {
    checks::in_rounds(checks::kills(KILLS), round);
}

async fn round(kills: u32) {
    let Some(mut database) = databases::postgres() else { return };
    let address = database.url();
    let home = tempfile::tempdir().unwrap();
    let folders = [home.path().join("one"), home.path().join("two")];
    let seen = Arc::default();
    let look = Mutex::new(Journal::connect(&address));
    let sink = checks::watch(&seen, move |run, key| {
        // While the database is away this waits, and must not keep the load and the clock waiting.
        tokio::task::block_in_place(|| look.lock().unwrap().began(run, key))
    })
    .await;

    let mut servers = vec![start(&folders[0], &address)];
    for definition in [bots::PURE, &bots::effects(&sink.url("")), bots::WAITS] {
        servers[0].deploy(definition);
    }
    second(&folders[0], &folders[1]);
    servers.push(start(&folders[1], &address));
    let journal = Journal::connect(&address);
    let load = Load::start(&["pure", "effects", "waits"], CALLERS, |_| {});
    let mut finished = checks::Finished::default();
    let (mut crashes, mut freezes) = (0, 0);
    let mut frozen: Option<(usize, Instant)> = None;
    for kill in 0..kills {
        if let Some((one, since)) = frozen
            && since.elapsed() >= FROZEN
        {
            servers[one].thaw();
            frozen = None;
        }
        for (number, server) in servers.iter().enumerate() {
            let there = frozen.is_none_or(|(one, _)| one != number);
            load.node_at(number, there.then_some(&*server.url));
        }
        let moment = rand::rng().random_range(0..600);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        // A frozen one stays so, while everything else goes on.
        let one = match frozen {
            Some((one, _)) => 1 - one,
            None => rand::rng().random_range(0..servers.len()),
        };
        match blow(kill, kills) {
            // The other goes on serving.
            Blow::Kill => {
                load.node_at(one, None);
                servers.remove(one).kill();
                servers.insert(one, start(&folders[one], &address));
            }
            Blow::Crash => {
                database.crash_and_restart();
                crashes += 1;
            }
            Blow::CrashAndKill => {
                database.crash();
                tokio::time::sleep(Duration::from_millis(moment)).await;
                load.node_at(one, None);
                servers.remove(one).kill();
                database.start_again();
                servers.insert(one, start(&folders[one], &address));
                crashes += 1;
            }
            Blow::Freeze if frozen.is_none() => {
                load.node_at(one, None);
                servers[one].freeze();
                frozen = Some((one, Instant::now()));
                freezes += 1;
            }
            Blow::Freeze => {}
        }
        finished.unchanged(&journal, kill);
    }
    if let Some((one, since)) = frozen {
        tokio::time::sleep(FROZEN.saturating_sub(since.elapsed())).await;
        servers[one].thaw();
    }
    let answered = load.stop().await;
    checks::settled(&journal).await;
    finished.unchanged(&journal, kills);
    let counted = checks::all_is_well(&journal, &servers[1], &answered, &seen);
    println!(
        "two servers, {kills} blows ({crashes} to the database, {freezes} freezes): {counted}"
    );
}
