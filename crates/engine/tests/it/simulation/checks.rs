//! What must hold, looked at behind the servers' backs.

use std::collections::BTreeMap;

use codex32_model::fact::{self, Fact, FactKind};
use codex32_model::ids::{EventId, RunId};
use codex32_model::run::RunState;
use codex32_model::{Value, codes};
use codex32_store::params;
use codex32_store::simulation::Database;

use super::outside::Seen;

/// A run as it lies in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub bot: String,
    pub state: RunState,
    pub error: Option<String>,
    row: String,
    pub facts: Vec<Fact>,
}

impl Run {
    pub fn output(&self) -> Option<&Value> {
        self.facts.iter().rev().find_map(|fact| match &fact.kind {
            FactKind::Ended { output, .. } => Some(output),
            _ => None,
        })
    }

    fn started(&self) -> Option<(&Value, &Value)> {
        self.facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Started { input, event, .. } => Some((input, event)),
            _ => None,
        })
    }
}

pub fn journal(database: &Database, run: RunId) -> Vec<Fact> {
    let rows = database.look(|reader| {
        reader.query("SELECT facts FROM journal WHERE run = ?1 ORDER BY seq", params![run], |row| {
            row.get::<Vec<u8>>(0)
        })
    });
    rows.unwrap().iter().flat_map(|blob| fact::decode(blob).unwrap().facts).collect()
}

/// Runs that have ended (or all) and are not among those known.
pub fn runs(database: &Database, only_ended: bool) -> Vec<RunId> {
    let sql = if only_ended {
        "SELECT id FROM runs WHERE ended_at IS NOT NULL ORDER BY id"
    } else {
        "SELECT id FROM runs ORDER BY id"
    };
    database.look(|reader| reader.query(sql, &[], |row| row.get(0))).unwrap()
}

pub fn run(database: &Database, id: RunId) -> Run {
    let sql = "SELECT b.name, r.state, r.error, r.epoch || ' ' || r.seq || ' ' || r.nonce || ' ' || r.ended_at
               || ' ' || coalesce(r.reason, '') || ' ' || coalesce(hex(r.owner), '')
               FROM runs r JOIN bots b ON b.id = r.bot WHERE r.id = ?1";
    let row = database.look(|reader| {
        reader.first(sql, params![id], |row| {
            let error: Option<String> = row.get(2)?;
            let row_text: Option<String> = row.get(3)?;
            let state = RunState::parse(&row.get::<String>(1)?).unwrap();
            Ok((row.get::<String>(0)?, state, error, row_text.unwrap_or_default()))
        })
    });
    let (bot, state, error, row) = row.unwrap().unwrap();
    Run { bot, state, error, row, facts: journal(database, id) }
}

/// What is left of runs that have all ended; empty when nothing is held for ever.
pub fn left_over(database: &Database) -> Vec<String> {
    let count = |what: &str, sql: &str| {
        let count = database.look(|reader| reader.first(sql, &[], |row| row.get::<u32>(0)));
        let count = count.unwrap().unwrap_or(0);
        (count > 0).then(|| format!("{count} {what}"))
    };
    [
        count("runs that have not ended", "SELECT count(*) FROM runs WHERE ended_at IS NULL"),
        count("in the queue", "SELECT count(*) FROM queue"),
        count("timers", "SELECT count(*) FROM timers"),
        count("waits for events", "SELECT count(*) FROM waits"),
        count("news", "SELECT count(*) FROM inbox"),
        count("suspects", "SELECT count(*) FROM meta WHERE key LIKE 'suspect:%'"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the callers were told.
#[derive(Default)]
pub struct Known {
    /// Accepted, by the bot's name.
    pub accepted: Vec<(&'static str, RunId)>,
    /// The events that were taken, with the webhook's own ids and the runs that answered.
    pub events: Vec<EventId>,
    pub by_key: Vec<(u64, RunId)>,
}

/// All of it, when everything has come to rest.
pub fn all_is_well(database: &Database, known: &Known, seen: &Seen, jumps: bool) -> usize {
    let runs: BTreeMap<RunId, Run> =
        runs(database, false).into_iter().map(|id| (id, run(database, id))).collect();
    for (bot, id) in &known.accepted {
        let run = runs.get(id).unwrap_or_else(|| panic!("{id} of {bot} was accepted and is gone"));
        assert_eq!(run.bot, *bot);
    }
    for (id, run) in &runs {
        ended_as_it_should(*id, run, jumps);
        effects_happened_once(*id, run, seen);
    }
    let of = |bot: &'static str| runs.values().filter(move |run| run.bot == bot);
    let mut counts: Vec<i64> =
        of("effects").map(|run| run.output().and_then(Value::as_i64).unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..).take(counts.len()).collect::<Vec<_>>(), "each run counted once");
    unique("webhook", of("effects").map(|run| run.started().unwrap().0.get("n").cloned()));
    unique("event", of("listener").map(|run| run.started().unwrap().1.get("id").cloned()));
    for event in &known.events {
        let id = Value::from(event.to_string());
        let heard = of("listener").any(|run| run.started().unwrap().1.get("id") == Some(&id));
        assert!(heard, "the event {event} was taken and started nothing");
    }
    for (key, id) in &known.by_key {
        let n = runs[id].started().unwrap().0.get("n").and_then(Value::as_i64);
        assert_eq!(n, i64::try_from(*key).ok(), "answered with another run");
    }
    runs.len()
}

fn unique(what: &str, values: impl Iterator<Item = Option<Value>>) {
    let mut all: Vec<String> = values.map(|value| value.unwrap().to_json()).collect();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count, "a {what} started two runs");
}

fn ended_as_it_should(id: RunId, run: &Run, jumps: bool) {
    let ends = run.facts.iter().filter(|fact| matches!(fact.kind, FactKind::Ended { .. })).count();
    assert_eq!(ends, 1, "{id} of {} ended {ends} times", run.bot);
    let state = match run.bot.as_str() {
        "cancelled" => RunState::Cancelled,
        "poison" => RunState::Failed,
        _ => RunState::Succeeded,
    };
    assert_eq!(run.state, state, "{id} of {}: {:?}\n{:#?}", run.bot, run.error, run.facts);
    let output = run.output().map(Value::to_json).unwrap_or_default();
    match run.bot.as_str() {
        "parent" => assert_eq!(output, "[10,20,30]"),
        // A clock that was set forward may end a wait.
        "waiter" if !jumps => assert_eq!(output, "false", "{id} never heard its event"),
        "poison" => {
            let error = run.error.as_deref().unwrap_or_default();
            assert!(error.contains(codes::run::POISON.text), "{error}");
        }
        _ => {}
    }
}

/// Each write that the journal knows as done took effect under one key, and no other did under two.
fn effects_happened_once(id: RunId, run: &Run, seen: &Seen) {
    let mut applied: BTreeMap<&str, u32> = BTreeMap::new();
    for effect in seen.effects.values().filter(|effect| effect.run == id && effect.applied) {
        *applied.entry(&effect.address).or_default() += 1;
    }
    for (address, times) in &applied {
        assert_eq!(*times, 1, "{id}: {address} took effect {times} times");
    }
    let mut begun: Vec<&str> = Vec::new();
    for fact in &run.facts {
        if let FactKind::AttemptStarted { a, .. } = &fact.kind {
            begun.push(a);
        }
        if let FactKind::StepDone { a, .. } = &fact.kind
            && begun.contains(&&**a)
        {
            assert!(applied.contains_key(&**a), "{id}: {a} is done and took no effect");
        }
    }
}
