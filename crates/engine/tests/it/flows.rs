//! What the verbs do.

use codex32_model::RunState;
use codex32_model::Value;

use crate::harness::{World, failed};

fn at<'a>(
    run: &'a codex32_engine::RunView,
    address: &str,
) -> &'a codex32_engine::run::view::StepView {
    run.steps.iter().find(|step| step.address == address).unwrap_or_else(|| {
        panic!("no {address} in {:?}", run.steps.iter().map(|s| &s.address).collect::<Vec<_>>())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_conditions_and_return() {
    let world = World::new().await;
    let bot = r#"
bot: sum
inputs: { total: number, limit: { type: number, default: 100 } }
steps:
  - { id: double, set: "{{ inputs.total * 2 }}" }
  - { id: size, if: "{{ steps.double > inputs.limit }}", then: [ { id: route, set: big } ], else: [ { id: route, set: small }, { id: extra, set: 1 } ] }
  - { id: pick, switch: "{{ steps.route }}", cases: { big: [ { id: team, set: "{{ 'team ' + steps.route }}" } ] }, default: [ { id: team, set: none } ] }
  - return: { route: "{{ steps.route }}", team: "{{ steps.team }}", extra: "{{ steps.extra }}" }
"#;
    let run = world.run(bot, r#"{"total": 80}"#).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.output.to_json(), r#"{"route":"big","team":"team big","extra":null}"#);
    assert_eq!(at(&run, "size.then/route").output, Value::from("big"));
    assert_eq!(run.input.to_json(), r#"{"total":80,"limit":100}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loops_give_lists_in_input_order() {
    let world = World::new().await;
    let bot = r#"
bot: loops
inputs: { items: { type: array } }
steps:
  - id: outer
    for_each: "{{ inputs.items }}"
    as: row
    concurrency: 3
    steps:
      - { id: slow, do: test.read, with: { sleep: "{{ 30 - row * 10 }}", row: "{{ row }}" } }
      - { id: inner, for_each: "{{ [1, 2] }}", as: n, steps: [ { id: cell, set: "{{ row * 10 + n }}" } ] }
  - return: { outer: "{{ steps.outer }}", cells: "{{ steps.cell }}", rows: "{{ steps.slow.map(s => s.row) }}" }
"#;
    let run = world.run(bot, r#"{"items": [0, 1, 2]}"#).await;
    assert_eq!(
        run.output.to_json(),
        r#"{"outer":[[1,2],[11,12],[21,22]],"cells":[[1,2],[11,12],[21,22]],"rows":[0,1,2]}"#
    );
    assert_eq!(at(&run, "outer[2]/inner[1]/cell").output, Value::from(22_i64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_failure_of_a_loop_starts_nothing_new() {
    let world = World::new().await;
    world.on("test.read", |task| {
        let codex32_engine::TaskKind::Action { input, .. } = &task.kind else { unreachable!() };
        if input.get("n") == Some(&Value::from(2_i64)) {
            failed("two is bad", false, false)
        } else {
            codex32_engine::TaskOutcome::Done { output: input.clone(), logs: Vec::new() }
        }
    });
    let bot = r#"
bot: failing
steps:
  - { id: all, for_each: "{{ [1, 2, 3, 4] }}", as: n, steps: [ { do: test.read, with: { n: "{{ n }}" } } ] }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(run.state, RunState::Failed);
    let error = run.error.unwrap();
    assert_eq!(error.message, "two is bad");
    assert_eq!(error.step.as_deref(), Some("all[1]/do#1"));
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_branches_join() {
    let world = World::new().await;
    let bot = r#"
bot: both
steps:
  - { id: both, parallel: { a: [ { id: x, do: test.read, with: { v: 1 } } ], b: [ { id: y, set: 2 } ] } }
  - return: { both: "{{ steps.both }}", sum: "{{ steps.x.v + steps.y }}" }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(run.output.to_json(), r#"{"both":{"a":{"v":1},"b":2},"sum":3}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn try_catches_and_finally_always_runs() {
    let world = World::new().await;
    world.on("test.read", |_| failed("down", false, false));
    let bot = r#"
bot: careful
steps:
  - id: safe
    try: [ { id: fetch, do: test.read, with: {} } ]
    catch: [ { id: why, set: "{{ error.message + ' at ' + error.step }}" } ]
    finally: [ { id: tidy, set: done } ]
  - { id: soft, do: test.read, with: {}, on_error: continue }
  - return: { safe: "{{ steps.safe }}", tidy: "{{ steps.tidy }}", soft: "{{ steps.soft }}", code: "{{ errors.soft.code }}" }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(
        run.output.to_json(),
        r#"{"safe":"down at safe.try/fetch","tidy":"done","soft":null,"code":"E-CONN-001"}"#
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_error_runs_with_the_error_in_scope() {
    let world = World::new().await;
    world.on("test.read", |_| failed("down", false, false));
    let bot = r#"
bot: alarmed
steps: [ { id: fetch, do: test.read, with: {} } ]
on_error: [ { do: test.write, with: { text: "{{ error.message }}" } } ]
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(at(&run, "on_error/do#1").input.to_json(), r#"{"text":"down"}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn return_in_a_branch_ends_the_run_and_its_siblings() {
    let world = World::new().await;
    let bot = r#"
bot: early
steps:
  - id: both
    parallel:
      slow: [ { do: test.read, with: { sleep: 60000 } } ]
      quick: [ { return: "first" } ]
  - { id: never, set: 1 }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!((run.state, run.output.to_text().as_str()), (RunState::Succeeded, "first"));
    assert!(run.steps.iter().all(|step| step.address != "never"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_lives_between_runs_and_fails_with_them() {
    let world = World::new().await;
    world.on("test.read", |_| failed("down", false, false));
    let bot = r#"
bot: memory
inputs: { items: { type: array }, fail: { type: boolean, default: false } }
steps:
  - { id: count, do: state.add, with: { key: runs, by: 1 } }
  - { id: fresh, do: state.new_items, with: { key: seen, items: "{{ inputs.items }}", id: n } }
  - { if: "{{ inputs.fail }}", then: [ { do: test.read, with: {} } ] }
  - { do: state.set, with: { key: last, value: "{{ steps.fresh }}" } }
  - { id: last, do: state.get, with: { key: last } }
  - { do: log.write, with: { message: "saw {{ steps.fresh.length }}", level: warn } }
  - return: { count: "{{ steps.count }}", fresh: "{{ steps.fresh.map(i => i.n) }}", last: "{{ steps.last.length }}" }
"#;
    let failed = world.run(bot, r#"{"items": [{"n": 1}, {"n": 2}], "fail": true}"#).await;
    assert_eq!(failed.state, RunState::Failed);
    // What a failed run reserved is seen again.
    let run = world.start("memory", r#"{"items": [{"n": 1}, {"n": 2}]}"#).await;
    assert_eq!(world.ended(run).await.output.to_json(), r#"{"count":2,"fresh":[1,2],"last":2}"#);
    let run = world.start("memory", r#"{"items": [{"n": 2}, {"n": 3}]}"#).await;
    let run = world.ended(run).await;
    assert_eq!(run.output.to_json(), r#"{"count":3,"fresh":[3],"last":1}"#);
    assert_eq!(at(&run, "do#5").logs[0].message, "saw 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_gives_the_childs_output_or_its_failure() {
    let world = World::new().await;
    world
        .deploy("bot: double\ninputs: { n: number }\nsteps: [ { return: \"{{ inputs.n * 2 }}\" } ]")
        .await;
    let bot = r#"
bot: parent
steps:
  - { id: ok, call: double, with: { n: 21 } }
  - { id: bad, call: double, with: { n: text }, on_error: continue }
  - { id: none, call: nobody, with: {}, on_error: continue }
  - { id: away, call: double, with: { n: 1 }, detach: true }
  - return: { ok: "{{ steps.ok }}", bad: "{{ errors.bad.code }}", none: "{{ errors.none.code }}", away: "{{ steps.away.run.startsWith('run_') }}" }
"#;
    let run = world.run(bot, "{}").await;
    assert_eq!(
        run.output.to_json(),
        r#"{"ok":42,"bad":"E-RUN-005","none":"E-RUN-010","away":true}"#
    );
}
