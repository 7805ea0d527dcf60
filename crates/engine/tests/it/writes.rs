//! Writes: journaled before they begin, with one key as long as their outcome is unknown.

use std::sync::atomic::{AtomicU32, Ordering};

use codex32_engine::TaskOutcome;
use codex32_model::{RunState, Value};

use crate::harness::{World, failed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_is_on_disk_before_it_begins() {
    let world = World::new().await;
    let bot = r#"
bot: writer
steps:
  - { id: a, do: test.write, with: { n: 1 } }
  - { id: all, for_each: "{{ [1, 2, 3, 4, 5] }}", as: n, concurrency: 5, steps: [ { do: test.write, with: { n: "{{ n }}" } } ] }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(world.calls().len(), 6);
    assert_eq!(world.executor.unjournaled.load(Ordering::SeqCst), 0);
    let mut keys: Vec<_> = world.calls().into_iter().map(|task| task.key.unwrap()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6);
    assert!(keys.iter().all(|key| key.len() <= 64 && key.is_ascii()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_a_model_is_a_write() {
    let world = World::new().await;
    let bot = "bot: asks\nsteps:\n  - { id: q, ask: \"What is {{ 1 + 1 }}?\", model: fast }\n  - { return: \"{{ steps.q }}\" }";
    let run = world.run(bot, "{}").await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(world.executor.unjournaled.load(Ordering::SeqCst), 0);
    let calls = world.calls();
    let codex32_engine::TaskKind::Ask { prompt, ask, .. } = &calls[0].kind else { panic!() };
    assert_eq!((prompt.as_str(), ask.model.as_deref()), ("What is 2?", Some("fast")));
    assert!(calls[0].key.is_some());
    let step = &run.steps[0];
    assert_eq!((&step.key, step.input.get("model")), (&calls[0].key, Some(&Value::from("fast"))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_stays_while_the_outcome_is_unknown_and_changes_after_a_definite_one() {
    for (unknown, same) in [(true, true), (false, false)] {
        let world = World::new().await;
        let count = AtomicU32::new(0);
        world.on("test.write", move |_| {
            if count.fetch_add(1, Ordering::SeqCst) < 2 {
                failed("503", true, unknown)
            } else {
                TaskOutcome::Done { output: Value::from("ok"), logs: Vec::new() }
            }
        });
        let bot = r#"
bot: retrying
steps: [ { id: w, do: test.write, with: { at: "{{ now }}" }, retry: { attempts: 3, first: 10ms, most: 20ms } } ]
"#;
        let run = world.run(bot, "{}").await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        let calls = world.calls();
        assert_eq!(calls.len(), 3);
        assert_eq!(calls[0].key == calls[1].key && calls[1].key == calls[2].key, same);
        assert_eq!(run.steps[0].attempt, 3);
        assert_eq!(world.executor.unjournaled.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_in_flight_at_the_stop_goes_out_again_with_its_key() {
    let world = World::new().await;
    world.deploy("bot: slow\nsteps: [ { id: w, do: test.write, with: { sleep: 60000 } } ]").await;
    let run = world.start("slow", "{}").await;
    world.until(run, |_| !world.calls().is_empty()).await;
    let before = world.calls()[0].key.clone();
    let world = world.restart().await;
    // The input is the journaled one: sleeping again is what it says, so only the call is looked at.
    for _ in 0..1_000 {
        if !world.calls().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let again = world.calls();
    assert_eq!((again[0].attempt, &again[0].key), (1, &before));
    world.engine.cancel(world.scope, run, "test over".to_owned()).await.unwrap();
    assert_eq!(world.ended(run).await.state, RunState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_must_not_repeat_fails_after_a_crash() {
    let world = World::new().await;
    world.deploy("bot: once\nsteps: [ { id: w, do: test.once, with: { sleep: 60000 } } ]").await;
    let run = world.start("once", "{}").await;
    world.until(run, |run| run.steps.iter().any(|step| step.key.is_some())).await;
    let world = world.restart().await;
    let run = world.ended(run).await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(run.error.unwrap().code, "E-RUN-006");
    assert!(world.calls().is_empty());
}
