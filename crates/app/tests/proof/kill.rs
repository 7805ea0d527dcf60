//! `kill -9` at random moments under load, again and again on the same folder. In the end everything
//! that was accepted has ended exactly once, with the right state; what had ended never changed; and
//! the receiver of effects saw each once per idempotency key, none before its `attempt_started` was on
//! disk.
//!
//! `KILLS=200 cargo test -p codex32-app --test proof kill` kills more often (`make torture`).

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use codex32_model::fact::FactKind;
use codex32_model::ids::RunId;
use codex32_model::run::RunState;
use codex32_model::value::Value;
use rand::Rng;

use crate::bots;
use crate::journal::{Journal, Stored};
use crate::load::Load;
use crate::server::Server;

/// Unless `KILLS` says otherwise.
const KILLS: u32 = 20;
/// Callers of each bot. Few: it is the moments that count, not the amount.
const CALLERS: usize = 3;

/// What the sink saw.
#[derive(Default)]
struct Seen {
    /// By idempotency key: the run, the path, the body, and how often.
    keys: HashMap<String, (RunId, String, Vec<u8>, u32)>,
    faults: Vec<String>,
}

fn kills() -> u32 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the number of kills is asked for by `make torture`"
    )]
    let asked = std::env::var("KILLS");
    asked.map_or(KILLS, |text| text.parse().expect("KILLS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_after_kill_nothing_is_lost_and_nothing_happens_twice() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let database: Arc<OnceLock<PathBuf>> = Arc::default();
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let sink = {
        let (database, seen) = (Arc::clone(&database), Arc::clone(&seen));
        bots::sink(move |request| {
            let told =
                |name| request.header(name).expect("the run and the key travel along").to_owned();
            let (run, key): (RunId, _) = (told("x-run").parse().unwrap(), told("idempotency-key"));
            // On a connection of its own: what it sees is committed.
            let began = Journal::open(database.get().unwrap()).began(run, &key);
            let mut seen = seen.lock().unwrap();
            if !began {
                seen.faults
                    .push(format!("{run}: {} came before its attempt_started", request.path));
            }
            let first = (run, request.path.clone(), request.body.clone(), 0);
            let entry = seen.keys.entry(key).or_insert(first);
            entry.3 += 1;
            if (entry.0, &entry.1, &entry.2) != (run, &request.path, &request.body) {
                let fault = format!("{run}: one key, two requests: {entry:?}, {request:?}");
                seen.faults.push(fault);
            }
        })
        .await
    };

    let mut server = Server::start(&data, &[], &[]);
    for definition in [bots::PURE, &bots::effects(&sink.url("")), bots::WAITS] {
        server.deploy(definition);
    }
    database.set(server.database()).unwrap();
    let load = Load::start(&["pure", "effects", "waits"], CALLERS, |_| {});
    let mut finished: HashMap<RunId, Stored> = HashMap::new();
    for kill in 0..kills() {
        load.server_at(Some(&server.url));
        // A kill during the start and the recovery counts as well as one under load.
        let moment = rand::rng().random_range(0..600);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        load.server_at(None);
        server.kill();
        unchanged(&mut finished, &Journal::open(database.get().unwrap()), kill);
        server = Server::start(&data, &[], &[]);
    }
    load.server_at(Some(&server.url));
    let (accepted, refused) = load.stop().await;
    let journal = Journal::open(database.get().unwrap());
    tokio::time::timeout(Duration::from_secs(120), async {
        while journal.unfinished() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{} runs never end", journal.unfinished()));
    unchanged(&mut finished, &journal, kills());

    // Accepted is there, and all that is there has ended well.
    let runs = journal.runs();
    let ids: HashSet<RunId> = runs.iter().map(|(id, ..)| *id).collect();
    let lost: Vec<_> = accepted.iter().filter(|accepted| !ids.contains(&accepted.run)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
    let odd: Vec<_> = runs.iter().filter(|(_, _, state)| *state != RunState::Succeeded).collect();
    assert!(odd.is_empty(), "ended otherwise: {odd:?}");
    for (run, ..) in &runs {
        let facts = journal.facts(*run);
        let ends = facts.iter().filter(|fact| matches!(fact.kind, FactKind::Ended { .. })).count();
        assert_eq!(ends, 1, "{run} ended {ends} times");
        let last = facts.last().map(|fact| &fact.kind);
        assert!(matches!(last, Some(FactKind::Ended { .. })), "{run} went on after its end");
    }
    effects_happened_once(&seen.lock().unwrap(), &journal, &runs);
    one_run_per_event(&accepted, &journal, &runs);
    // What people are shown is what the journal holds.
    let shown = runs.iter().rev().find(|(_, bot, _)| bot == "effects").unwrap();
    let view = server.run(&shown.0.to_string());
    assert_eq!((view.state.as_str(), view.output["n"].is_number()), ("succeeded", true));

    let repeated = seen.lock().unwrap().keys.values().filter(|entry| entry.3 > 1).count();
    println!(
        "{} kills: {} accepted, {} refused, {} runs, {} effects, {repeated} of them sent again",
        kills(),
        accepted.len(),
        refused,
        runs.len(),
        seen.lock().unwrap().keys.len(),
    );
}

/// What had ended is as it was; what has ended since is remembered.
fn unchanged(finished: &mut HashMap<RunId, Stored>, journal: &Journal, kill: u32) {
    let now = journal.ended();
    for (run, stored) in finished.iter() {
        assert_eq!(now.get(run), Some(stored), "{run} had ended and changed, seen at kill {kill}");
    }
    *finished = now;
}

/// Two writes per run of the bot, each under one key; each count of its memory given once.
fn effects_happened_once(seen: &Seen, journal: &Journal, runs: &[(RunId, String, RunState)]) {
    assert!(seen.faults.is_empty(), "{:#?}", seen.faults);
    let of_bot: Vec<RunId> =
        runs.iter().filter(|(_, bot, _)| bot == "effects").map(|(id, ..)| *id).collect();
    assert!(!of_bot.is_empty(), "the load made runs");
    let mut by_run: HashMap<RunId, Vec<&str>> = HashMap::new();
    for (run, path, ..) in seen.keys.values() {
        by_run.entry(*run).or_default().push(path);
    }
    let mut counts = Vec::new();
    for run in &of_bot {
        let mut paths = by_run.remove(run).unwrap_or_default();
        paths.sort_unstable();
        assert_eq!(paths, ["/first", "/second"], "{run}: once per step under one key");
        counts.extend(journal.facts(*run).iter().filter_map(|fact| match &fact.kind {
            FactKind::Ended { output, .. } => output.get("count").and_then(Value::as_i64),
            _ => None,
        }));
    }
    assert!(by_run.is_empty(), "effects of runs that are not there: {by_run:?}");
    counts.sort_unstable();
    let expected: Vec<i64> = (1..).take(of_bot.len()).collect();
    assert_eq!(counts, expected, "every run was counted once");
}

/// Callers sent an event again until it was answered: one run each, and that one answered.
fn one_run_per_event(
    accepted: &[crate::load::Accepted],
    journal: &Journal,
    runs: &[(RunId, String, RunState)],
) {
    let mut by_event: HashMap<i64, RunId> = HashMap::new();
    for (run, ..) in runs.iter().filter(|(_, bot, _)| bot == "effects") {
        let n = journal.facts(*run).iter().find_map(|fact| match &fact.kind {
            FactKind::Started { input, .. } => input.get("n").and_then(Value::as_i64),
            _ => None,
        });
        let before = by_event.insert(n.unwrap(), *run);
        assert_eq!(before, None, "event {n:?} started two runs");
    }
    for accepted in accepted.iter().filter(|accepted| accepted.bot == "effects") {
        let n = i64::try_from(accepted.n).unwrap();
        assert_eq!(by_event.get(&n), Some(&accepted.run), "event {n}");
    }
}
