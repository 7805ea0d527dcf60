//! The systems outside: what reaches them, whether it may, and how each attempt ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use codex32_engine::{
    Look, LookFailure, Looked, Signed, StepExecutor, Task, TaskKind, TaskOutcome,
};
use codex32_model::definition::Verify;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::{Scope, StepError, Value, codes};
use codex32_store::simulation::Database;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::checks;
use crate::harness::failed;

/// After so many failures of a step nothing goes wrong with it any more: a run may then be expected
/// to succeed.
const MOST_FAILURES: u32 = 4;

/// What was done under an idempotency key.
#[derive(Debug, Clone)]
pub struct Effect {
    pub run: RunId,
    pub address: String,
    input: String,
    /// Whether it took effect at the receiver, which knows keys and does nothing twice.
    pub applied: bool,
}

#[derive(Default)]
pub struct Seen {
    pub effects: BTreeMap<String, Effect>,
    failures: BTreeMap<(RunId, String), u32>,
    /// Servers that a run has killed, for the world to see.
    pub killed: Vec<usize>,
    pub arrivals: Vec<String>,
}

pub struct Outside {
    database: Database,
    random: Mutex<StdRng>,
    seen: Mutex<Seen>,
    /// Whether anything fails, and whether what a server does once its lease was lost is a fault.
    calm: Mutex<bool>,
}

/// How an attempt ends, and after which time.
struct End {
    after: Duration,
    outcome: TaskOutcome,
}

impl Outside {
    pub fn new(database: Database, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            database,
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            seen: Mutex::default(),
            calm: Mutex::new(false),
        })
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn calm_down(&self) {
        *self.calm.lock().unwrap() = true;
    }

    /// An attempt arrives.
    fn arrive(&self, node: usize, task: &Task) -> End {
        let facts = checks::journal(&self.database, task.run);
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = self.seen();
        let told = format!("{} {} attempt {}", task.run, task.address, task.attempt);
        seen.arrivals.push(format!("server {node} sends {told} {:?}", task.key));
        let after = match random.random_range(0..10) {
            0 => random.random_range(1_000..5_000),
            1..5 => random.random_range(20..300),
            _ => random.random_range(0..20),
        };
        let after = Duration::from_millis(after);
        let (TaskKind::Action { input, .. }, Some(key)) = (&task.kind, &task.key) else {
            return End { after, outcome: TaskOutcome::Done { output: Value::Null, logs: vec![] } };
        };
        may_leave(task, key, &facts);
        let effect = Effect {
            run: task.run,
            address: task.address.to_string(),
            input: input.to_json(),
            applied: false,
        };
        let effect = seen.effects.entry(key.clone()).or_insert(effect);
        assert_eq!(
            (effect.run, effect.address.as_str(), &effect.input),
            (task.run, &*task.address, &input.to_json()),
            "one key, two requests"
        );
        if input.get("kill").is_some() {
            seen.killed.push(node);
            return End { after: Duration::from_secs(3_600), outcome: done(key) };
        }
        let known = effect.applied;
        let failures = seen.failures.entry((task.run, task.address.to_string())).or_default();
        let calm = *self.calm.lock().unwrap() || *failures >= MOST_FAILURES;
        let (applied, outcome) = match random.random_range(0..10) {
            // A receiver that has done it says so again, whatever else goes wrong.
            0 if !calm && !known => (false, failed("refused", true, false)),
            1 if !calm => (false, failed("lost on the way there", true, true)),
            2 if !calm => (true, failed("lost on the way back", true, true)),
            _ => (true, done(key)),
        };
        *failures += u32::from(matches!(outcome, TaskOutcome::Failed { .. }));
        if applied && let Some(effect) = seen.effects.get_mut(key) {
            effect.applied = true;
        }
        End { after, outcome }
    }
}

fn done(key: &str) -> TaskOutcome {
    TaskOutcome::Done { output: Value::from(key), logs: Vec::new() }
}

/// The rule of rules: what led to a write is on disk, and no outcome of it is.
fn may_leave(task: &Task, key: &str, facts: &[Fact]) {
    let begun = facts.iter().any(|fact| {
        matches!(&fact.kind, FactKind::AttemptStarted { a, n, key: journaled, .. }
            if *a == task.address && *n == task.attempt && journaled == key)
    });
    assert!(begun, "{task:?} was sent before its attempt_started: {facts:#?}");
    let over = facts.iter().any(|fact| match &fact.kind {
        FactKind::StepDone { a, .. } => *a == task.address,
        FactKind::AttemptFailed { a, n, .. } => *a == task.address && *n == task.attempt,
        FactKind::Ended { .. } => true,
        _ => false,
    });
    assert!(!over, "{task:?} was sent after its outcome was on disk: {facts:#?}");
}

/// The systems outside, as one server reaches them.
pub struct Reach {
    pub node: usize,
    pub outside: Arc<Outside>,
}

#[async_trait]
impl StepExecutor for Reach {
    async fn execute(&self, task: Task) -> TaskOutcome {
        let End { after, outcome } = self.outside.arrive(self.node, &task);
        tokio::time::sleep(after).await;
        outcome
    }

    async fn look(&self, _: Look) -> Result<Looked, LookFailure> {
        let error = StepError::new(codes::connector::HTTP_STATUS, "nobody looks here");
        Err(LookFailure { error, retry_after: None })
    }

    async fn verify(&self, _: Scope, _: &Verify, _: &str, _: Signed<'_>) -> Result<(), String> {
        Ok(())
    }
}
