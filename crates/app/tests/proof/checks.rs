//! What must hold whatever was killed: everything that was accepted has ended exactly once and well,
//! what had ended never changed, and the receiver of effects saw each once per idempotency key, none
//! before its `attempt_started` was on disk.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_model::fact::FactKind;
use codex32_model::ids::RunId;
use codex32_model::run::RunState;
use codex32_model::value::Value;
use codex32_testkit::sink::Sink;

use crate::bots;
use crate::journal::{Journal, Stored};
use crate::load::Accepted;
use crate::server::Server;

/// How often something is killed: `KILLS`, or as often as given.
pub fn kills(unless: u32) -> u32 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the number of kills is asked for by `make torture`"
    )]
    let asked = std::env::var("KILLS");
    asked.map_or(unless, |text| text.parse().expect("KILLS is a number"))
}

/// Kills on one folder or database: what every kill looks at grows with what was there before.
const ROUND: u32 = 50;

/// So many kills in rounds, each from an empty store; where there is more than one, two at a time.
pub fn in_rounds<F: Future<Output = ()>>(kills: u32, round: impl Fn(u32) -> F + Sync) {
    let rounds: Vec<u32> =
        (0..kills.div_ceil(ROUND)).map(|number| ROUND.min(kills - number * ROUND)).collect();
    let lane = |rounds: &[u32]| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        for kills in rounds {
            runtime.block_on(round(*kills));
        }
    };
    let (one, other) = rounds.split_at(rounds.len().div_ceil(2));
    std::thread::scope(|scope| {
        let others = scope.spawn(|| lane(other));
        lane(one);
        others.join().unwrap();
    });
}

/// What the sink saw.
#[derive(Default)]
pub struct Seen {
    /// By idempotency key: the run, the path, the body, and how often.
    keys: HashMap<String, (RunId, String, Vec<u8>, u32)>,
    faults: Vec<String>,
}

/// A sink that looks at each effect before it is answered; `began` asks the journal, on a connection of
/// its own, whether the attempt is on disk.
pub async fn watch(
    seen: &Arc<Mutex<Seen>>,
    began: impl Fn(RunId, &str) -> bool + Send + Sync + 'static,
) -> Sink {
    let seen = Arc::clone(seen);
    bots::sink(move |request| {
        let told =
            |name| request.header(name).expect("the run and the key travel along").to_owned();
        let (run, key): (RunId, _) = (told("x-run").parse().unwrap(), told("idempotency-key"));
        let began = began(run, &key);
        let mut seen = seen.lock().unwrap();
        if !began {
            seen.faults.push(format!("{run}: {} came before its attempt_started", request.path));
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
}

/// The runs that had ended when the journal was looked at last.
#[derive(Default)]
pub struct Finished(HashMap<RunId, Stored>);

impl Finished {
    /// What had ended is as it was; what has ended since is remembered.
    pub fn unchanged(&mut self, journal: &Journal, kill: u32) {
        let now = journal.ended();
        for (run, stored) in &self.0 {
            assert_eq!(
                now.get(run),
                Some(stored),
                "{run} had ended and changed, seen at kill {kill}"
            );
        }
        self.0 = now;
    }
}

/// Waits until every run has ended.
pub async fn settled(journal: &Journal) {
    tokio::time::timeout(Duration::from_secs(120), async {
        while journal.unfinished() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{} runs never end", journal.unfinished()));
}

/// All of it, once every run has ended; what was counted, for people.
pub fn all_is_well(
    journal: &Journal,
    server: &Server,
    (accepted, refused): &(Vec<Accepted>, u64),
    seen: &Mutex<Seen>,
) -> String {
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
    let seen = seen.lock().unwrap();
    effects_happened_once(&seen, journal, &runs);
    one_run_per_event(accepted, journal, &runs);
    // What people are shown is what the journal holds.
    let shown = runs.iter().rev().find(|(_, bot, _)| bot == "effects").unwrap();
    let view = server.run(&shown.0.to_string());
    assert_eq!((view.state.as_str(), view.output["n"].is_number()), ("succeeded", true));
    let repeated = seen.keys.values().filter(|entry| entry.3 > 1).count();
    format!(
        "{} accepted, {refused} refused, {} runs, {} effects, {repeated} of them sent again",
        accepted.len(),
        runs.len(),
        seen.keys.len(),
    )
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
fn one_run_per_event(accepted: &[Accepted], journal: &Journal, runs: &[(RunId, String, RunState)]) {
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
