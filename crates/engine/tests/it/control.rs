//! Cancel, deadlines, waits, retries, limits, restarts.

use std::time::Duration;

use codex32_engine::{EngineError, TaskOutcome};
use codex32_model::{RunState, Value};

use crate::harness::{World, failed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_the_run_and_runs_finally() {
    let world = World::new().await;
    let bot = r#"
bot: long
steps:
  - id: safe
    try: [ { id: w, do: test.write, with: { sleep: 60000 } } ]
    catch: [ { id: never, set: 1 } ]
    finally: [ { id: tidy, do: test.read, with: { ok: true } } ]
on_error: [ { id: alarm, set: 1 } ]
"#;
    world.deploy(bot).await;
    let run = world.start("long", "{}").await;
    world.until(run, |run| run.steps.iter().any(|step| step.key.is_some())).await;
    world.engine.cancel(world.scope, run, "not needed".to_owned()).await.unwrap();
    let run = world.ended(run).await;
    assert_eq!(run.state, RunState::Cancelled);
    let names: Vec<_> = run.steps.iter().map(|step| step.address.as_str()).collect();
    assert_eq!(names, ["safe", "safe.try/w", "safe.finally/tidy"]);
    assert_eq!(run.steps[1].error.as_ref().unwrap().code, "E-RUN-006");
    let again = world.engine.cancel(world.scope, run.id, String::new()).await;
    assert!(matches!(again, Err(EngineError::Ended(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_does_not_cut_off_a_finally_that_is_running() {
    let world = World::new().await;
    let bot = r#"
bot: tidy
steps:
  - id: safe
    try: [ { id: a, set: 1 } ]
    finally: [ { id: tidy, do: test.write, with: { sleep: 300 } } ]
  - { id: never, set: 1 }
"#;
    world.deploy(bot).await;
    let run = world.start("tidy", "{}").await;
    world.until(run, |run| run.steps.iter().any(|step| step.key.is_some())).await;
    world.engine.cancel(world.scope, run, "not needed".to_owned()).await.unwrap();
    let run = world.ended(run).await;
    assert_eq!(run.state, RunState::Cancelled);
    let tidy = run.steps.iter().find(|step| step.address == "safe.finally/tidy").unwrap();
    assert_eq!(tidy.state, codex32_engine::run::view::StepState::Succeeded);
    assert!(run.steps.iter().all(|step| step.address != "never"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_of_a_run_whose_child_failed_goes_on_at_the_call() {
    let world = World::new().await;
    world.deploy("bot: child\nsteps: [ { set: '{{ null.x.y }}' } ]").await;
    let bot = "bot: parent\nsteps:\n  - { id: w, do: test.write }\n  - { id: c, call: child }\n";
    world.deploy(bot).await;
    let run = world.start("parent", "{}").await;
    assert_eq!(world.ended(run).await.state, RunState::Failed);
    let again = world.engine.retry(world.scope, run, None).await.unwrap();
    assert!(again.again.is_empty(), "the write before the call is taken over");
    assert_eq!(world.ended(again.run).await.state, RunState::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_a_parent_cancels_its_children() {
    let world = World::new().await;
    world.deploy("bot: child\nsteps: [ { wait: 1d } ]").await;
    world.deploy("bot: parent\nsteps: [ { id: c, call: child, with: {} } ]").await;
    let parent = world.start("parent", "{}").await;
    let view = world.until(parent, |run| run.steps.iter().any(|s| s.detail.is_some())).await;
    let child = view.steps[0].detail.clone().unwrap().parse().unwrap();
    world.until(child, |run| run.state == RunState::Waiting).await;
    world.engine.cancel(world.scope, parent, "enough".to_owned()).await.unwrap();
    assert_eq!(world.ended(parent).await.state, RunState::Cancelled);
    assert_eq!(world.ended(child).await.state, RunState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deadline_ends_what_waits_and_what_works() {
    let world = World::new().await;
    world.deploy("bot: patient\nsteps: [ { wait: 30d } ]\nlimits: { timeout: 1h }").await;
    world.deploy("bot: busy\nsteps: [ { do: test.read, with: { sleep: 600000 }, timeout: 2h } ]\nlimits: { timeout: 1h }").await;
    let waiting = world.start("patient", "{}").await;
    let working = world.start("busy", "{}").await;
    world.until(waiting, |run| run.state == RunState::Waiting).await;
    world.until(working, |run| run.state == RunState::Running).await;
    world.clock.advance(Duration::from_secs(3_601));
    assert_eq!(world.ended(waiting).await.state, RunState::TimedOut);
    assert_eq!(world.ended(working).await.state, RunState::TimedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_runs_leave_memory_and_come_back_after_a_restart() {
    let world = World::new().await;
    world.deploy("bot: sleeper\nsteps: [ { wait: 2h }, { return: \"{{ 'awake' }}\" } ]").await;
    let run = world.start("sleeper", "{}").await;
    let view = world.until(run, |run| run.state == RunState::Waiting).await;
    assert!(view.reason.unwrap().starts_with("waits until"));
    for _ in 0..1_000 {
        if world.engine.active() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(world.engine.active(), 0);
    let world = world.restart().await;
    assert_eq!(world.view(run).await.state, RunState::Waiting);
    world.clock.advance(Duration::from_secs(7_201));
    let run = world.ended(run).await;
    assert_eq!(run.output, Value::from("awake"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_goes_on_at_the_failed_step_with_what_was_recorded() {
    let world = World::new().await;
    world.on("test.read", |_| failed("down", false, false));
    let bot = r#"
bot: half
steps:
  - { id: paid, do: test.write, with: { n: 1 } }
  - { id: rows, for_each: "{{ [1, 2] }}", as: n, steps: [ { id: row, do: test.write, with: { n: "{{ n }}" } } ] }
  - { id: fetch, do: test.read, with: { n: 2 } }
  - return: "{{ steps.paid.n + steps.fetch.n + steps.row.length }}"
"#;
    let first = world.run(bot, "{}").await;
    assert_eq!(first.state, RunState::Failed);
    world.on("test.read", |_| TaskOutcome::Done {
        output: Value::object([("n", Value::from(10_i64))]),
        logs: Vec::new(),
    });
    let retried = world.engine.retry(world.scope, first.id, None).await.unwrap();
    assert!(retried.again.is_empty());
    let second = world.ended(retried.run).await;
    assert_eq!((second.state, second.output.clone()), (RunState::Succeeded, Value::from(13_i64)));
    assert_eq!(second.retry_of, Some(first.id));
    assert_eq!(world.calls().len(), 5);

    // From a step inside the loop: the other turn is taken over, the write is told of and has a new key.
    let again =
        world.engine.retry(world.scope, first.id, Some("rows[1]/row".to_owned())).await.unwrap();
    assert_eq!(again.again, ["rows[1]/row"]);
    let third = world.ended(again.run).await;
    assert_eq!(third.output, Value::from(13_i64));
    let calls = world.calls();
    let of = |address: &str| {
        calls.iter().filter(|c| *c.address == *address).map(|c| c.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("rows[0]/row").len(), 1);
    let twice = of("rows[1]/row");
    assert!(twice.len() == 2 && twice[0] != twice[1]);
    let none = world.engine.retry(world.scope, first.id, Some("nothing".to_owned())).await;
    assert!(matches!(none, Err(EngineError::NoStep(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrency_queues_the_rest_in_order() {
    let world = World::new().await;
    world.deploy("bot: narrow\ninputs: { n: number }\nsteps: [ { do: test.read, with: { sleep: 20, n: \"{{ inputs.n }}\" } } ]\nlimits: { concurrency: 1 }").await;
    let mut runs = Vec::new();
    for n in 0..8 {
        runs.push(world.start("narrow", &format!("{{\"n\": {n}}}")).await);
    }
    for run in &runs {
        assert_eq!(world.ended(*run).await.state, RunState::Succeeded);
    }
    let order: Vec<i64> = world
        .calls()
        .iter()
        .map(|task| match &task.kind {
            codex32_engine::TaskKind::Action { input, .. } => {
                input.get("n").unwrap().as_i64().unwrap()
            }
            _ => unreachable!(),
        })
        .collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_this_server_cannot_run_is_refused_at_deploy() {
    let world = World::new().await;
    let error = world
        .try_deploy(
            "bot: asks\ntriggers: { contact: { form: { path: contact } } }\nsteps: [ { return: 1 } ]",
        )
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "this server cannot run the bot `asks` yet: it needs `form`");
    assert_eq!(error.code().text, "E-RUN-016");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_many_loops_is_bounded() {
    let world = World::new().await;
    let bot = r#"
bot: wide
steps:
  - { id: all, for_each: "{{ range(0, 20000) }}", as: n, steps: [ { set: "{{ n + 1 }}" } ] }
  - return: "{{ steps.all.length }}"
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(
        (run.state, run.output.clone()),
        (RunState::Succeeded, Value::from(20_000_i64)),
        "{:?}",
        run.error
    );
}
