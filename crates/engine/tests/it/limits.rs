//! What a run may hold: each bound ends it with a code of its own, and what is below goes through.

use codex32_engine::{Bounds, EngineError, RunView, TaskOutcome};
use codex32_model::{RunState, Value};
use codex32_store::dead_letters::Which;

use crate::harness::World;

const SMALL: usize = 100_000;

/// `test.read` gives a text of `n` bytes.
async fn world(bounds: Bounds) -> World {
    let world = World::bounded(bounds).await;
    world.on("test.read", |task| {
        let codex32_engine::TaskKind::Action { input, .. } = &task.kind else {
            panic!("an action")
        };
        let length = input.get("n").and_then(Value::as_i64).unwrap();
        TaskOutcome::Done { output: Value::from("x".repeat(length as usize)), logs: Vec::new() }
    });
    world
}

fn code(view: &RunView) -> Option<&str> {
    view.error.as_ref().map(|error| error.code.as_str())
}

#[tokio::test]
async fn a_value_has_a_size() {
    let world = world(Bounds { output: SMALL, ..Bounds::default() }).await;
    let bot = |steps: &str| format!("bot: one\ninputs: {{ n: number }}\nsteps:\n{steps}");
    let read = "  - { id: got, do: test.read, with: { n: \"{{ inputs.n }}\" } }\n";
    let view = world.run(&bot(read), r#"{"n":90000}"#).await;
    assert_eq!(view.state, RunState::Succeeded);
    let view = world.run(&bot(read), r#"{"n":110000}"#).await;
    assert_eq!(code(&view), Some("E-RUN-040"), "an output");
    let pure =
        format!("{read}  - {{ id: many, set: \"{{{{ [steps.got, steps.got, steps.got] }}}}\" }}\n");
    let view = world.run(&bot(&pure), r#"{"n":40000}"#).await;
    assert_eq!(code(&view), Some("E-RUN-040"), "what is shared counts as often as it is written");
    assert_eq!(view.error.unwrap().step.as_deref(), Some("many"));
    let caught = "  - try: [ { do: test.read, with: { n: \"{{ inputs.n }}\" } } ]\n    catch: [ { return: caught } ]\n";
    let view = world.run(&bot(caught), r#"{"n":110000}"#).await;
    assert_eq!(view.output, Value::from("caught"));
}

#[tokio::test]
async fn a_loop_has_a_width() {
    let world = world(Bounds { items: 10, ..Bounds::default() }).await;
    let bot = "bot: wide\ninputs: { list: array }\nsteps:\n  - for_each: \"{{ inputs.list }}\"\n    as: item\n    steps:\n      - set: 1\n";
    assert_eq!(
        world.run(bot, r#"{"list":[1,2,3,4,5,6,7,8,9,10]}"#).await.state,
        RunState::Succeeded
    );
    let view = world.run(bot, r#"{"list":[1,2,3,4,5,6,7,8,9,10,11]}"#).await;
    assert_eq!(code(&view), Some("E-RUN-043"));
}

#[tokio::test]
async fn calls_have_a_depth() {
    let world = world(Bounds::default()).await;
    world.deploy("bot: again\nsteps:\n  - { id: next, call: again }\n").await;
    let run = world.start("again", "{}").await;
    let view = world.ended(run).await;
    assert_eq!(code(&view), Some("E-RUN-009"), "the called run failed");
    let runs = world.engine.store().runs(
        world.scope,
        codex32_store::runs::Filter { limit: 100, ..codex32_store::runs::Filter::default() },
    );
    let runs = runs.await.unwrap();
    assert_eq!(runs.len(), 4, "three calls, and the one that was not made");
    let deepest = runs.iter().max_by_key(|run| run.depth).unwrap();
    assert_eq!(deepest.error.as_ref().unwrap().code, "E-RUN-044");
}

#[tokio::test]
async fn a_start_has_a_size() {
    let world = world(Bounds { input: SMALL, ..Bounds::default() }).await;
    world
        .deploy(
            "bot: takes\ninputs: { text: string }\ntriggers:\n  hook: { webhook: { path: takes, respond: run } }\n  told: { event: told }\nsteps:\n  - return: \"{{ inputs.text }}\"\n",
        )
        .await;
    let body = |length: usize| format!(r#"{{"text":"{}"}}"#, "x".repeat(length));
    assert_eq!(world.post("takes", &body(90_000)).await.status, 200);
    let refused = world.post("takes", &body(110_000)).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.refusal.unwrap().code.text, "E-RUN-042");
    let input = Value::from_json(&body(110_000)).unwrap();
    let by_hand = world.engine.start_run(world.scope, "takes", input.clone()).await;
    assert!(matches!(by_hand, Err(EngineError::InputSize(_))), "{by_hand:?}");

    world.engine.emit(world.scope, "told".to_owned(), input, None).await.unwrap();
    for _ in 0..2_000 {
        let letters = world
            .engine
            .store()
            .dead_letters(world.scope, Which::default(), None, 10)
            .await
            .unwrap();
        if let Some(letter) = letters.first() {
            assert_eq!(letter.code, "E-RUN-042", "{}", letter.error);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the event is no dead letter");
}

#[tokio::test]
async fn a_run_has_a_memory() {
    let world = world(Bounds { memory: 1 << 20, ..Bounds::default() }).await;
    let list: Vec<String> = (0..40).map(|_| "60000".to_owned()).collect();
    let input = format!(r#"{{"list":[{}]}}"#, list.join(","));
    let bot = |id: &str| {
        format!(
            "bot: loop\ninputs: {{ list: array }}\nsteps:\n  - for_each: \"{{{{ inputs.list }}}}\"\n    as: n\n    steps:\n      - {{ {id}do: test.read, with: {{ n: \"{{{{ n }}}}\" }} }}\n      - set: 1\n  - return: well\n"
        )
    };
    // 2.4 MB pass through; what nobody can refer to is let go.
    let view = world.run(&bot(""), &input).await;
    assert_eq!(view.output, Value::from("well"));
    let view = world.run(&bot("id: got, "), &input).await;
    assert_eq!(code(&view), Some("E-RUN-045"));
    assert_eq!(view.state, RunState::Failed);
}

#[tokio::test]
async fn a_run_that_holds_too_much_when_it_is_taken_up_ends() {
    let world = world(Bounds { memory: 4 << 20, ..Bounds::default() }).await;
    let bot = "bot: waits\nsteps:\n  - { id: a, do: test.read, with: { n: 900000 } }\n  - { id: b, do: test.read, with: { n: 900001 } }\n  - { wait: { event: go, timeout: 1h } }\n  - return: \"{{ steps.a }}\"\n";
    world.deploy(bot).await;
    let run = world.start("waits", "{}").await;
    world.until(run, |view| view.reason.is_some()).await;
    // The next server allows less.
    let world = world.restart_bounded(Bounds { memory: 1 << 20, ..Bounds::default() }).await;
    world.engine.emit(world.scope, "go".to_owned(), Value::Null, None).await.unwrap();
    let view = world.ended(run).await;
    assert_eq!(code(&view), Some("E-RUN-045"));
}

#[tokio::test]
async fn a_run_has_a_history() {
    let list: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let input = format!(r#"{{"list":[{}]}}"#, list.join(","));
    let bot = "bot: long\ninputs: { list: array }\nsteps:\n  - for_each: \"{{ inputs.list }}\"\n    as: n\n    steps:\n      - { do: test.read, with: { n: 1000 } }\n      - set: 1\n";
    let by_facts = world(Bounds { facts: 300, ..Bounds::default() }).await;
    let view = by_facts.run(bot, &input).await;
    assert_eq!(code(&view), Some("E-RUN-041"), "by facts");
    let by_bytes = world(Bounds { history: 100_000, ..Bounds::default() }).await;
    let view = by_bytes.run(bot, &input).await;
    assert_eq!(code(&view), Some("E-RUN-041"), "by bytes");

    // Pure work that gives way every now and then is stopped, too.
    let pure = "bot: pure\ninputs: { list: array }\nsteps:\n  - for_each: \"{{ inputs.list }}\"\n    as: n\n    steps:\n      - for_each: \"{{ inputs.list }}\"\n        as: m\n        steps:\n          - set: \"{{ n * m }}\"\n";
    let bounded = world(Bounds { facts: 5_000, ..Bounds::default() }).await;
    let view = bounded.run(pure, &input).await;
    assert_eq!(code(&view), Some("E-RUN-041"), "pure");
}
