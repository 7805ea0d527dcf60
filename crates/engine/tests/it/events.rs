//! Events between bots, waits for them, schedules.

use std::time::Duration;

use codex32_model::{RunState, Value};
use codex32_store::dead_letters::{DeadLetter, Which};
use codex32_store::runs::Filter;

use crate::harness::World;

async fn runs_of(world: &World, bot: &str) -> Vec<codex32_store::runs::Run> {
    let bot = world.engine.store().bot(world.scope, bot.to_owned()).await.unwrap().unwrap();
    let filter = Filter { bot: Some(bot.id), limit: 100, ..Filter::default() };
    world.engine.store().runs(world.scope, filter).await.unwrap()
}

async fn until_runs(world: &World, bot: &str, count: usize) -> Vec<codex32_store::runs::Run> {
    for _ in 0..2_000 {
        let runs = runs_of(world, bot).await;
        if runs.len() >= count && runs.iter().all(|run| run.state.is_terminal()) {
            return runs;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{bot} has {:?}", runs_of(world, bot).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emit_starts_the_bots_that_listen() {
    let world = World::new().await;
    let listener = r#"
bot: listener
inputs: { amount: number }
triggers: { paid: { event: invoice.paid, when: "{{ event.data.amount > 10 }}" } }
steps: [ { return: "{{ inputs.amount + 1 }}" } ]
"#;
    world.deploy(listener).await;
    world.deploy("bot: emitter\ninputs: { amount: number }\nsteps: [ { emit: invoice.paid, data: { amount: \"{{ inputs.amount }}\" } } ]").await;
    for amount in [5, 20] {
        let run = world.start("emitter", &format!("{{\"amount\": {amount}}}")).await;
        assert_eq!(world.ended(run).await.state, RunState::Succeeded);
    }
    let runs = until_runs(&world, "listener", 1).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(world.view(runs[0].id).await.output, Value::from(21_i64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_when_that_errors_is_a_dead_letter() {
    let world = World::new().await;
    world.deploy("bot: listener\ntriggers: { x: { event: odd, when: \"{{ event.data.deep.field > 1 }}\" } }\nsteps: [ { set: 1 } ]").await;
    world
        .engine
        .emit(world.scope, "odd".to_owned(), Value::object([("deep", Value::Null)]), None)
        .await
        .unwrap();
    for _ in 0..1_000 {
        if let Some(letter) = letters(&world).await.first() {
            assert!(letter.code.starts_with("E-EXPR-"), "{letter:?}");
            assert_eq!(
                (letter.attempts, &*letter.event.kind, &*letter.bot_name),
                (1, "odd", "listener")
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no dead letter");
}

async fn letters(world: &World) -> Vec<DeadLetter> {
    let store = world.engine.store();
    store.dead_letters(world.scope, Which::default(), None, 100).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_bots_that_start_each_other_end_with_a_dead_letter() {
    let world = World::new().await;
    for (bot, hears, says) in
        [("ping", "pong.came", "ping.came"), ("pong", "ping.came", "pong.came")]
    {
        world
            .deploy(&format!("bot: {bot}\ntriggers: {{ x: {{ event: {hears} }} }}\nsteps: [ {{ emit: {says}, data: 1 }} ]"))
            .await;
    }
    world.engine.emit(world.scope, "ping.came".to_owned(), Value::Null, None).await.unwrap();
    // The first event is no hop; each of the 32 that follow starts a run, and the last one none.
    let pings = until_runs(&world, "ping", 16).await;
    let pongs = until_runs(&world, "pong", 17).await;
    assert!(pings.iter().chain(&pongs).all(|run| run.state == RunState::Succeeded));
    let letter = loop {
        if let Some(letter) = letters(&world).await.pop() {
            break letter;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((&*letter.code, letter.event.hops, &*letter.bot_name), ("E-RUN-024", 33, "ping"));
    assert!(letter.error.contains("in a circle"), "{}", letter.error);
    assert_eq!(
        (runs_of(&world, "ping").await.len(), runs_of(&world, "pong").await.len()),
        (16, 17)
    );
}

const WAITER: &str = r#"
bot: waiter
inputs: { user: string }
steps:
  - { id: go, if: "{{ inputs.user == 'late' }}", then: [ { do: test.read, with: { sleep: 300 } } ] }
  - { id: paid, wait: { event: invoice.paid, match: "{{ event.data.user == inputs.user }}", timeout: 2d } }
  - return: "{{ steps.paid.timed_out ? 'no' : steps.paid.event.data.sum }}"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_takes_the_event_that_matches_in_either_order() {
    let world = World::new().await;
    world.deploy(WAITER).await;
    let paid = |user: &str, sum: i64| {
        let data = Value::object([("user", Value::from(user)), ("sum", Value::from(sum))]);
        world.engine.emit(world.scope, "invoice.paid".to_owned(), data, None)
    };
    // The wait first, parked and out of memory.
    let early = world.start("waiter", r#"{"user": "early"}"#).await;
    world.until(early, |run| run.state == RunState::Waiting).await;
    paid("somebody", 1).await.unwrap();
    paid("early", 2).await.unwrap();
    assert_eq!(world.ended(early).await.output, Value::from(2_i64));
    // The event first: it came after the run began, before its wait was set.
    let late = world.start("waiter", r#"{"user": "late"}"#).await;
    paid("late", 3).await.unwrap();
    assert_eq!(world.ended(late).await.output, Value::from(3_i64));
    // Neither.
    let never = world.start("waiter", r#"{"user": "never"}"#).await;
    world.until(never, |run| run.state == RunState::Waiting).await;
    world.clock.advance(Duration::from_secs(2 * 86_400 + 1));
    assert_eq!(world.ended(never).await.output, Value::from("no"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_fires_each_time_once_also_over_a_restart() {
    let world = World::new().await;
    world.deploy("bot: hourly\ntriggers: { t: { schedule: \"0 * * * *\", missed: all } }\nsteps: [ { return: \"{{ trigger.time }}\" } ]").await;
    world.clock.advance(Duration::from_secs(3_600));
    until_runs(&world, "hourly", 1).await;
    let world = world.restart().await;
    world.clock.advance(Duration::from_secs(2 * 3_600));
    let runs = until_runs(&world, "hourly", 3).await;
    let mut times = Vec::new();
    for run in &runs {
        times.push(world.view(run.id).await.output.to_text());
    }
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 3);
    assert!(times.iter().all(|time| time.ends_with(":00:00Z")), "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlap_decides_what_the_next_fire_does() {
    for (policy, states) in [
        ("queue", vec![RunState::Queued, RunState::Waiting]),
        ("cancel", vec![RunState::Waiting, RunState::Cancelled]),
    ] {
        let world = World::new().await;
        world.deploy(&format!("bot: slow\ntriggers: {{ t: {{ every: 1h, overlap: {policy} }} }}\nsteps: [ {{ wait: 1d }} ]")).await;
        for count in 1..=2 {
            world.clock.advance(Duration::from_secs(3_600));
            let mut found = Vec::new();
            for _ in 0..1_000 {
                found = runs_of(&world, "slow").await;
                let settled = count == 1 && found.iter().all(|run| run.state == RunState::Waiting)
                    || count == 2 && found.iter().map(|run| run.state).eq(states.iter().copied());
                if found.len() == count && settled {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(found.len(), count, "{policy}");
        }
        let found: Vec<_> =
            runs_of(&world, "slow").await.into_iter().map(|run| run.state).collect();
        assert_eq!(found, states, "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_bot_starts_nothing_and_makes_up_for_nothing() {
    let world = World::new().await;
    world.deploy("bot: hourly\ntriggers: { t: { every: 1h } }\nsteps: [ { set: 1 } ]").await;
    world.engine.pause(world.scope, "hourly").await.unwrap();
    world.clock.advance(Duration::from_secs(7_200));
    assert!(world.engine.start_run(world.scope, "hourly", Value::Null).await.is_err());
    world.engine.resume(world.scope, "hourly").await.unwrap();
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(until_runs(&world, "hourly", 1).await.len(), 1);
}
