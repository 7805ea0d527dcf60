//! Runs with large values: in memory as they are, in the journal by reference, and back.

use codex32_engine::TaskOutcome;
use codex32_model::Value;

use crate::harness::{World, json};

fn text(letter: &str) -> String {
    letter.repeat(100_000)
}

#[tokio::test]
async fn a_large_output_outlives_a_restart() {
    let world = World::new().await;
    let read = |_: &_| TaskOutcome::Done { output: Value::from(text("r")), logs: Vec::new() };
    world.on("test.read", read);
    world
        .deploy(
            r#"
bot: big
inputs: { list: array }
steps:
  - { id: got, do: test.read, with: { all: "{{ inputs.list }}" } }
  - id: each
    for_each: "{{ inputs.list }}"
    as: item
    steps:
      - { id: told, wait: { event: "go.{{ item.name }}", timeout: 1h } }
  - return: { got: "{{ steps.got }}", count: "{{ inputs.list.length }}" }
"#
            .replace("event: \"go.{{ item.name }}\"", "event: go")
            .as_str(),
        )
        .await;
    let item = |name: &str| format!(r#"{{"name":"{name}","text":"{}"}}"#, text(name));
    let input = format!(r#"{{"list":[{},{}]}}"#, item("a"), item("b"));
    let run = world.start("big", &input).await;
    let reason = |view: &codex32_engine::RunView| view.reason.is_some();
    let view = world.until(run, reason).await;
    assert_eq!(view.steps[0].output, Value::from(text("r")));

    let world = world.restart().await;
    for _ in 0..2 {
        world.until(run, |view| view.ended_at.is_some() || reason(view)).await;
        let scope = world.scope;
        world.engine.emit(scope, "go".to_owned(), Value::Null, None).await.unwrap();
    }
    let view = world.ended(run).await;
    assert_eq!(view.output.get("got"), Some(&Value::from(text("r"))));
    assert_eq!(view.output.get("count"), Some(&Value::from(2_i64)));
    assert!(view.large.is_empty());

    let told = world.engine.preview(world.scope, run).await.unwrap();
    assert_eq!((&told.input, &told.output), (&Value::Null, &Value::Null));
    let places: Vec<_> =
        told.large.iter().map(|large| (large.step.as_deref(), large.field)).collect();
    // The list of the loop is told by its items, and so it is there.
    let wanted = [
        (None, "input"),
        (Some("got"), "output"),
        (Some("got"), "input"),
        (Some("return#1"), "output"),
        (None, "output"),
    ];
    assert_eq!(places, wanted);
    assert_eq!(told.steps[1].detail.as_deref(), Some("2 items"));
}

#[tokio::test]
async fn a_large_answer_goes_out_and_a_called_run_gives_a_large_output() {
    let world = World::new().await;
    world
        .deploy(
            "bot: inner\ninputs: { text: string }\nsteps:\n  - wait: 10ms\n  - return: \"{{ inputs.text }}\"\n",
        )
        .await;
    world
        .deploy(
            r#"
bot: outer
inputs: { text: string }
triggers: { hook: { webhook: { path: outer, respond: run } } }
steps:
  - { id: called, call: inner, with: { text: "{{ inputs.text }}" } }
  - return: { text: "{{ steps.called }}" }
"#,
        )
        .await;
    let body = format!(r#"{{"text":"{}"}}"#, text("o"));
    let answer = world.post("outer", &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(json(&answer).get("text"), Some(&Value::from(text("o"))));
}

#[tokio::test]
async fn a_run_whose_value_is_lost_ends_with_the_error() {
    let world = World::new().await;
    world
        .deploy(
            "bot: waits\ninputs: { text: string }\nsteps:\n  - wait: { event: go, timeout: 1h }\n  - return: \"{{ inputs.text }}\"\n",
        )
        .await;
    let run = world.start("waits", &format!(r#"{{"text":"{}"}}"#, text("w"))).await;
    world.until(run, |view| view.reason.is_some()).await;
    let blobs = world.place.folder.path().join("blobs");
    for entry in std::fs::read_dir(blobs).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let world = world.restart().await;
    world.engine.emit(world.scope, "go".to_owned(), Value::Null, None).await.unwrap();
    let view = world.ended(run).await;
    assert_eq!(view.error.unwrap().code, "E-STORE-019");
}
