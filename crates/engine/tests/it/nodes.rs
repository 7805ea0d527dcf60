//! Several servers on one PostgreSQL database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use codex32_engine::{Identity, Roles, TaskOutcome};
use codex32_model::run::RunState;
use codex32_model::value::Value;
use codex32_store::runs::Filter;
use codex32_testkit::place::Place;

use crate::harness::{World, text};

fn lease(lease: Duration) -> Identity {
    Identity { name: "test".into(), version: "1", lease, ..Identity::default() }
}

async fn two() -> Option<(World, World)> {
    let place = Arc::new(Place::postgres()?);
    let identity = || lease(Duration::from_secs(60));
    let first = World::beside(Arc::clone(&place), identity()).await;
    let second = World::beside(place, identity()).await;
    Some((first, second))
}

async fn until(what: &str, mut good: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if good().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came to be: {what}");
}

const HELLO: &str = r"
bot: hello
triggers:
  hook: { webhook: { path: hello, respond: run } }
steps:
  - id: answer
    return: hi
";

const SLOW: &str = r"
bot: slow
inputs: { ms: integer }
steps:
  - id: send
    do: test.write
    with: { sleep: '{{ inputs.ms }}' }
";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_deploys_the_other_serves() {
    let Some((first, second)) = two().await else { return };
    first.deploy(HELLO).await;
    until("the route", async || second.post("hello", "{}").await.status == 200).await;
    first.deploy(&HELLO.replace("hi", "ho")).await;
    until("the new version", async || text(&second.post("hello", "{}").await).contains("ho")).await;
    first.engine.delete(first.scope, "hello").await.unwrap();
    until("its end", async || second.post("hello", "{}").await.status == 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_serves_answers_by_the_work_of_another() {
    let Some(place) = Place::postgres().map(Arc::new) else { return };
    let roles = Roles { api: true, worker: false, scheduler: false };
    let door = Identity { roles, ..lease(Duration::from_secs(60)) };
    let door = World::beside(Arc::clone(&place), door).await;
    door.deploy(HELLO).await;
    let worker = World::beside(place, lease(Duration::from_secs(60))).await;
    let answer = door.post("hello", "{}").await;
    assert_eq!((answer.status, text(&answer)), (200, "hi"));
    assert_eq!(worker.engine.nodes().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_reaches_a_run_in_the_memory_of_another_server() {
    let Some((first, second)) = two().await else { return };
    first.deploy(SLOW).await;
    let run = first.start("slow", r#"{"ms": 60000}"#).await;
    until("its beginning", async || !first.calls().is_empty()).await;
    second.engine.cancel(second.scope, run, "enough".into()).await.unwrap();
    assert_eq!(second.ended(run).await.state, RunState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_wakes_a_run_that_waits_at_another_server() {
    let Some((first, second)) = two().await else { return };
    let bot = r"
bot: patient
steps:
  - id: both
    parallel:
      heard:
        - id: heard
          wait: { event: order.paid, timeout: 1h }
      slow:
        - id: slow
          do: test.write
          with: { sleep: 1500 }
  - id: answer
    return: '{{ steps.heard.event.data.total }}'
";
    let deployed = first.try_deploy(bot).await;
    let deployed = deployed.unwrap_or_else(|error| panic!("{error}"));
    let run = first.start(&deployed.bot.name, "{}").await;
    // In the first one's memory, since a step is on its way, while the second one hears the event.
    until("its beginning", async || !first.calls().is_empty()).await;
    let data = Value::from_json(r#"{"total": 12}"#).unwrap();
    second.engine.emit(second.scope, "order.paid".into(), data, None).await.unwrap();
    let ended = second.ended(run).await;
    assert_eq!(
        (ended.state, ended.output),
        (RunState::Succeeded, Value::from(12_u32)),
        "{:?}",
        ended.error
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_a_bot_holds_on_all_servers_together() {
    let Some((first, second)) = two().await else { return };
    let executors = [Arc::clone(&first.executor), Arc::clone(&second.executor)];
    let (ended, crowded) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for world in [&first, &second] {
        let (executors, ended) = (executors.clone(), Arc::clone(&ended));
        let crowded = Arc::clone(&crowded);
        world.on("test.write", move |_| {
            let begun: usize = executors.iter().map(|executor| executor.begun()).sum();
            let before = ended.fetch_add(1, Ordering::SeqCst);
            crowded.fetch_max(begun - before, Ordering::SeqCst);
            TaskOutcome::Done { output: Value::Null, logs: Vec::new() }
        });
    }
    let bot = SLOW.replace("bot: slow", "bot: alone\nlimits: { concurrency: 1 }");
    first.deploy(&bot).await;
    let mut runs = Vec::new();
    for number in 0..8 {
        let world = if number % 2 == 0 { &first } else { &second };
        runs.push(world.start("alone", r#"{"ms": 30}"#).await);
    }
    for run in runs {
        assert_eq!(first.ended(run).await.state, RunState::Succeeded);
    }
    assert_eq!(first.calls().len() + second.calls().len(), 8);
    assert_eq!(crowded.load(Ordering::SeqCst), 1, "never two at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_goes_on_elsewhere() {
    let Some(place) = Place::postgres().map(Arc::new) else { return };
    let short = Duration::from_millis(1_500);
    let second = World::beside(Arc::clone(&place), lease(short)).await;
    // A runtime of its own: dropping it ends everything that is in memory, as a kill does.
    let memory = std::thread::spawn({
        let place = Arc::clone(&place);
        move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let (run, key, world) = runtime.block_on(async {
                let world = World::beside(place, lease(short)).await;
                world.deploy(SLOW).await;
                let run = world.start("slow", r#"{"ms": 600}"#).await;
                until("its beginning", async || !world.calls().is_empty()).await;
                let key = world.calls().first().and_then(|task| task.key.clone());
                (run, key, world)
            });
            runtime.shutdown_background();
            std::mem::forget(world);
            (run, key)
        }
    });
    let (run, key) = memory.join().unwrap();
    let ended = second.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let calls = second.calls();
    assert_eq!(calls.len(), 1, "sent again once");
    assert_eq!(calls.first().and_then(|task| task.key.clone()), key, "with the same key");
    until("the end of its lease", async || second.engine.nodes().await.unwrap().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_lease_has_ended_lets_go_and_begins_anew() {
    let Some(place) = Place::postgres().map(Arc::new) else { return };
    let frozen = World::beside(Arc::clone(&place), lease(Duration::from_secs(12))).await;
    let other = World::beside(place, lease(Duration::from_secs(60))).await;
    frozen.deploy(SLOW).await;
    let run = frozen.start("slow", r#"{"ms": 4000}"#).await;
    until("its beginning", async || !frozen.calls().is_empty()).await;
    let before = frozen.engine.node();
    // As if it had been frozen: the others have ended its lease.
    other.engine.store().end_node(before).await.unwrap();
    let ended = other.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    assert_eq!(other.calls().len(), 1, "taken over");
    until("its new name", async || frozen.engine.node() != before).await;
    let again = frozen.start("slow", r#"{"ms": 1}"#).await;
    assert_eq!(frozen.ended(again).await.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_key_start_runs_in_order_while_the_dispatcher_moves_to_another_server() {
    let Some((first, second)) = two().await else { return };
    let bot = r"
bot: ledger
limits: { concurrency: 1 }
triggers: { booked: { event: booked } }
inputs: { number: integer }
steps: [ { do: test.write, with: { number: '{{ inputs.number }}' } } ]
";
    first.deploy(bot).await;
    let book = async |world: &World, number: i64| {
        let data = Value::object([("number", Value::from(number))]);
        let key = Some("account".to_owned());
        world.engine.emit(world.scope, "booked".into(), data, key).await.unwrap();
    };
    for number in 0..40_i64 {
        book(if number % 2 == 0 { &first } else { &second }, number).await;
    }
    // The first one fires schedules and dispatches; it goes in the midst of it.
    until("the first runs", async || first.calls().len() + second.calls().len() >= 3).await;
    first.engine.shutdown().await;
    for number in 40..60 {
        book(&second, number).await;
    }
    let runs = async || {
        let bot = second.engine.store().bot(second.scope, "ledger".into()).await.unwrap().unwrap();
        let filter = Filter { bot: Some(bot.id), limit: 200, ..Filter::default() };
        second.engine.store().runs(second.scope, filter).await.unwrap()
    };
    until("all runs", async || {
        let runs = runs().await;
        runs.len() == 60 && runs.iter().all(|run| run.state == RunState::Succeeded)
    })
    .await;
    // The runs were accepted in the order of the events, each once.
    let mut started = runs().await;
    started.sort_by_key(|run| (run.created_at, run.id));
    let mut numbers = Vec::new();
    for run in started {
        let view = second.view(run.id).await;
        numbers.push(view.input.get("number").and_then(Value::as_i64).unwrap());
    }
    assert_eq!(numbers, (0..60).collect::<Vec<_>>());
}

const LONG: &str = r"
bot: long
triggers:
  hook: { webhook: { path: long, respond: run, timeout: 60s } }
steps:
  - id: numbers
    for_each: '{{ range(0, 30) }}'
    as: n
    steps:
      - { id: one, do: test.read, with: { sleep: 100, n: '{{ n }}' } }
  - { id: pause, wait: 1s }
  - return: '{{ steps.numbers.length }}'
";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stopping_server_has_goes_on_at_once_elsewhere_and_is_answered() {
    let Some((first, second)) = two().await else { return };
    let deployed = first.deploy(LONG).await;
    let asked = async { first.post("long", "{}").await };
    let stopping = async {
        until("its beginning", async || first.calls().len() > 3).await;
        let began = std::time::Instant::now();
        first.engine.hand_over().await;
        assert_eq!(first.engine.active(), 0);
        until("its going on", async || !second.calls().is_empty()).await;
        began.elapsed()
    };
    let (answer, took) = tokio::join!(asked, stopping);
    assert_eq!(
        (answer.status, text(&answer)),
        (200, "30"),
        "the answer comes from the other's work"
    );
    // Far less than the lease of 60 s: nobody waited for its end.
    assert!(took < Duration::from_secs(20), "{took:?}");
    let calls = first.calls().len() + second.calls().len();
    assert!((30..=31).contains(&calls), "at most the step on its way is done again: {calls}");

    // What is asked of it now is begun by the other.
    let late = first.start(&deployed.bot.name, "{}").await;
    assert_eq!(second.ended(late).await.state, RunState::Succeeded);
    let nodes = second.engine.nodes().await.unwrap();
    let leaving: Vec<_> = nodes.iter().filter(|node| node.roles.is_empty()).collect();
    assert_eq!(leaving.iter().map(|node| node.id).collect::<Vec<_>>(), [first.engine.node()]);
    first.engine.shutdown().await;
    until("its end", async || second.engine.nodes().await.unwrap().len() == 1).await;
}
