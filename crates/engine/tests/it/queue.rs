//! The queue: what waits is begun by the page, survives a server that dies between claim and end, and is
//! shared between workspaces.

use std::collections::HashMap;
use std::time::Duration;

use codex32_engine::{Deployment, RunView, TaskKind, TaskOutcome};
use codex32_model::ids::{NodeId, RunId, WorkspaceId};
use codex32_model::run::RunState;
use codex32_model::{Scope, Value};
use codex32_store::queue::Take;
use indexmap::IndexMap;

use crate::harness::World;

const STEPS: &str = r"
bot: steps
inputs: { n: integer }
steps:
  - { id: first, set: '{{ inputs.n + 1 }}' }
  - { id: second, set: '{{ steps.first * 2 }}' }
  - return: '{{ steps.second }}'
";

/// Starts `count` runs on a server that has no slots, so that all of them are queued.
async fn queued(count: u32) -> (World, Vec<RunId>) {
    let world = World::with_slots(0).await;
    world.deploy(STEPS).await;
    let mut runs = Vec::new();
    for n in 0..count {
        runs.push(world.start("steps", &format!("{{\"n\": {n}}}")).await);
    }
    assert_eq!(world.view(runs[0]).await.state, RunState::Queued);
    (world, runs)
}

async fn all_ended(world: &World, runs: &[RunId]) {
    for (n, run) in (0_i64..).zip(runs) {
        let ended = world.ended(*run).await;
        assert_eq!((ended.state, ended.output), (RunState::Succeeded, Value::from((n + 1) * 2)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_pure_runs_is_two_commits() {
    let (world, runs) = queued(100).await;
    let world = world.restart().await;
    all_ended(&world, &runs).await;
    // Claimed by one, ended by one; the lease, and what a start looks after, take a few more.
    let commits = world.engine.store().committer().commits();
    assert!(commits < 20, "{commits} commits for a page of runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_a_server_claimed_and_never_began_are_taken_over() {
    let (world, runs) = queued(20).await;
    let store = world.engine.store();
    let bot = store.bot(world.scope, "steps".into()).await.unwrap().unwrap().id;
    let take = Take { bot, count: 15, limit: None, limit_by_key: None, rate: None };
    let now = world.engine.clock().now();
    let claimed = store.take(NodeId::from_bytes([8; 16]), now, vec![take]).await.unwrap().runs;
    assert_eq!(claimed.len(), 15);
    let world = world.restart().await;
    all_ended(&world, &runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_queued_can_be_cancelled() {
    let (world, runs) = queued(3).await;
    world.engine.cancel(world.scope, runs[1], "enough".into()).await.unwrap();
    assert_eq!(world.ended(runs[1]).await.state, RunState::Cancelled);
    let world = world.restart().await;
    assert_eq!(world.ended(runs[0]).await.state, RunState::Succeeded);
    assert_eq!(world.ended(runs[2]).await.state, RunState::Succeeded);
}

const SLOW: &str = r"
bot: slow
inputs: { n: integer }
steps:
  - { do: test.read, with: { sleep: 30, n: '{{ inputs.n }}' } }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_does_not_wait_behind_the_queue_of_another() {
    let world = World::with_slots(2).await;
    world.deploy(SLOW).await;
    let other = WorkspaceId::from_bytes([5; 16]);
    let store = world.engine.store();
    store
        .write(move |tx| {
            tx.execute(
                "INSERT INTO workspaces (id, name, timezone, created_at) VALUES (?1, ?2, ?3, ?4)",
                codex32_store::params![other, "other", "UTC", 0_i64],
            )
        })
        .await
        .unwrap();
    let other = Scope::new(other, world.scope.actor);
    let bot = codex32_flow::parse::bot(SLOW).bot.unwrap();
    let bindings = IndexMap::new();
    let deployment = Deployment { bot, source: SLOW.into(), bindings, expected: None };
    world.engine.deploy(other, deployment).await.unwrap();

    let mut many = Vec::new();
    for n in 0..60 {
        many.push(world.start("slow", &format!("{{\"n\": {n}}}")).await);
    }
    let input = |n: u32| Value::object([("n", Value::from(n))]);
    for n in 100..104 {
        world.engine.start_run(other, "slow", input(n)).await.unwrap();
    }
    for run in many {
        assert_eq!(world.ended(run).await.state, RunState::Succeeded);
    }
    let order: Vec<i64> = world
        .calls()
        .iter()
        .filter_map(|task| match &task.kind {
            TaskKind::Action { input, .. } => input.get("n").and_then(Value::as_i64),
            _ => None,
        })
        .collect();
    let first = order.iter().position(|n| *n >= 100).unwrap();
    let last = order.iter().rposition(|n| *n >= 100).unwrap();
    assert!(last - first <= 8, "the other workspace's few runs took their turns: {order:?}");
    assert!(last < order.len() - 5, "and did not come last: {order:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_before_anything_is_accepted() {
    let (world, mut runs) = queued(World::QUEUED).await;
    let refused = loop {
        let input = Value::object([("n", Value::from(runs.len() as i64))]);
        match world.engine.start_run(world.scope, "steps", input).await {
            Ok(run) => runs.push(run),
            Err(error) => break error,
        }
        // What others queue is counted now and then only.
        assert!(!world.place.is_sqlite() && runs.len() < 2 * World::QUEUED as usize);
    };
    assert_eq!(refused.code().text, codex32_model::codes::run::QUEUE_FULL.text);
    let world = world.restart().await;
    all_ended(&world, &runs).await;
    tokio::time::timeout(Duration::from_secs(5), world.start("steps", r#"{"n": 1}"#))
        .await
        .unwrap();
}

/// How many attempts were on their way together, by the input's `key`, and of all keys.
fn together(world: &World) -> std::sync::Arc<std::sync::Mutex<HashMap<String, (usize, usize)>>> {
    let counts: std::sync::Arc<std::sync::Mutex<HashMap<String, (usize, usize)>>> =
        std::sync::Arc::default();
    let seen = std::sync::Arc::clone(&counts);
    let executor = std::sync::Arc::clone(&world.executor);
    // The script comes after the sleep: what has begun and not come here is on its way.
    world.on("test.read", move |task| {
        let key = |task: &codex32_engine::Task| match &task.kind {
            TaskKind::Action { input, .. } => input.get("key").unwrap().to_text(),
            _ => unreachable!(),
        };
        let mine = key(task);
        let begun = executor.calls.lock().unwrap().iter().filter(|task| key(task) == mine).count();
        let mut seen = seen.lock().unwrap();
        let (ended, most) = seen.entry(mine).or_default();
        *most = (*most).max(begun - *ended);
        *ended += 1;
        TaskOutcome::Done { output: Value::Null, logs: Vec::new() }
    });
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_with_the_same_key_go_on_one_after_the_other() {
    let world = World::new().await;
    let counts = together(&world);
    world
        .deploy(
            r"
bot: by-customer
inputs: { customer: string }
limits: { concurrency: 1, concurrency_key: '{{ inputs.customer }}' }
steps:
  - { do: test.read, with: { sleep: 300, key: '{{ inputs.customer }}' } }
",
        )
        .await;
    let mut runs = Vec::new();
    for customer in ["a", "a", "a", "b", "c"] {
        runs.push(world.start("by-customer", &format!("{{\"customer\": \"{customer}\"}}")).await);
    }
    let reason = "waits: 1 of 1 runs with the key `a` are going on";
    let says = |view: &RunView| view.reason.as_ref().is_some_and(|why| why.starts_with(reason));
    world.until(runs[2], says).await;
    for run in runs {
        assert_eq!(world.ended(run).await.state, RunState::Succeeded);
    }
    let order: Vec<String> = world
        .calls()
        .iter()
        .map(|task| match &task.kind {
            TaskKind::Action { input, .. } => input.get("key").unwrap().to_text(),
            _ => unreachable!(),
        })
        .collect();
    assert_eq!(
        order.last().unwrap(),
        "a",
        "the others did not wait for this customer's: {order:?}"
    );
    let counts = counts.lock().unwrap();
    assert_eq!([counts["a"], counts["b"], counts["c"]], [(3, 1), (1, 1), (1, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_beyond_the_rate_waits_for_its_time() {
    let world = World::new().await;
    world.deploy(&STEPS.replace("bot: steps", "bot: steps\nlimits: { rate: 2/1h }")).await;
    let mut runs = Vec::new();
    for n in 0..5 {
        runs.push(world.start("steps", &format!("{{\"n\": {n}}}")).await);
    }
    all_ended(&world, &runs[..2]).await;
    let waits = world.view(runs[2]).await;
    assert_eq!(waits.state, RunState::Queued);
    let reason = waits.reason.unwrap();
    assert!(reason.starts_with("waits until ") && reason.ends_with("at most 2/1h"), "{reason}");
    world.clock.advance(Duration::from_secs(3_601));
    for run in &runs[2..4] {
        assert_eq!(world.ended(*run).await.state, RunState::Succeeded);
    }
    assert_eq!(world.view(runs[4]).await.state, RunState::Queued);
    world.clock.advance(Duration::from_secs(3_601));
    assert_eq!(world.ended(runs[4]).await.state, RunState::Succeeded);
}
