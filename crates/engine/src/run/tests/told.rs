//! The told run, as JSON.

use std::sync::Arc;

use serde_json::json;

use super::simulation::World;
use crate::run::Cause;
use crate::run::view::tell;
use crate::testing::flow;

/// Each step as `[address, state, output, error's code, milliseconds from start to end]`.
fn told(world: &World) -> serde_json::Value {
    let told = tell(&world.machine.flow, &world.journal);
    let steps = told.steps.iter().map(|step| {
        let took =
            step.ended_at.zip(step.started_at).map(|(end, start)| end.since(start).as_millis());
        let code = step.error.as_ref().map(|error| error.code.clone());
        json!([step.address, step.state, step.output, code, took])
    });
    steps.collect()
}

fn begin(steps: &str) -> World {
    World::begin(&Arc::new(flow(&format!("bot: b\nsteps:\n{steps}"))))
}

fn lines(value: &serde_json::Value) -> String {
    value.as_array().unwrap().iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn blocks_have_outputs_and_times() {
    let mut world = begin(
        "  - id: size
    if: '{{ true }}'
    then: [ { id: big, do: test.read } ]
  - id: lines
    for_each: '{{ [1, 2] }}'
    as: n
    steps: [ { id: line, set: '{{ n * 2 }}', when: '{{ n > 1 }}' } ]
  - id: none
    for_each: '{{ [] }}'
    as: n
    steps: [ { id: no, set: 1 } ]
  - { id: paid, wait: { event: it.came, timeout: 1h } }
  - id: both
    parallel:
      a: [ { id: x, set: 1 } ]
      b: [ { id: y, wait: 10m } ]
",
    );
    insta::assert_snapshot!(lines(&told(&world)), @r#"
    ["size","running",null,null,null]
    "#);
    world.settle();
    insta::assert_snapshot!(lines(&told(&world)), @r#"
    ["size","succeeded","size.then/big done",null,10]
    ["size.then/big","succeeded","size.then/big done",null,0]
    ["lines","succeeded",[null,4],null,0]
    ["lines[0]/line","skipped",null,null,0]
    ["lines[1]/line","succeeded",4,null,0]
    ["none","succeeded",[],null,0]
    ["paid","succeeded",{"timed_out":true,"event":null},null,3600000]
    ["both","succeeded",{"a":1,"b":null},null,600000]
    ["both.a/x","succeeded",1,null,0]
    ["both.b/y","succeeded",null,null,600000]
    "#);
}

#[test]
fn failed_blocks_have_the_error_of_the_step_inside() {
    let mut world = begin(
        "  - id: lost
    on_error: continue
    for_each: '{{ [1] }}'
    as: n
    steps: [ { id: bad, do: test.read } ]
  - id: safe
    try: [ { id: worse, do: test.write } ]
    catch: [ { id: caught, set: '{{ error.step }}' } ]
  - id: outer
    if: '{{ true }}'
    then: [ { id: worst, do: test.write } ]
",
    );
    for address in ["lost[0]/bad", "safe.try/worse", "outer.then/worst"] {
        world.fails(address, 1, false, false);
    }
    insta::assert_snapshot!(lines(&told(&world)), @r#"
    ["lost","failed",null,"E-RUN-001",0]
    ["lost[0]/bad","failed",null,"E-RUN-001",0]
    ["safe","succeeded","safe.try/worse",null,0]
    ["safe.try/worse","failed",null,"E-RUN-001",0]
    ["safe.catch/caught","succeeded","safe.try/worse",null,0]
    ["outer","failed",null,"E-RUN-001",0]
    ["outer.then/worst","failed",null,"E-RUN-001",0]
    "#);
}

#[test]
fn what_a_cancel_and_a_return_leave() {
    let steps = "  - id: both
    parallel:
      a: [ { id: x, do: test.write }, { return: 5 } ]
      b: [ { id: y, wait: 10m } ]
";
    let mut world = begin(steps);
    world.take(Cause::Cancel { reason: "enough".to_owned(), by: "me".to_owned() });
    insta::assert_snapshot!(lines(&told(&world)), @r#"
    ["both","failed",null,"E-RUN-004",0]
    ["both.a/x","failed",null,"E-RUN-006",0]
    ["both.b/y","failed",null,"E-RUN-004",0]
    "#);
    let mut world = begin(steps);
    world.done("both.a/x", 1);
    insta::assert_snapshot!(lines(&told(&world)), @r#"
    ["both","succeeded",null,null,10]
    ["both.a/x","succeeded","both.a/x done",null,0]
    ["both.b/y","failed",null,"E-RUN-004",10]
    ["both.a/return#1","succeeded",5,null,0]
    "#);
}
