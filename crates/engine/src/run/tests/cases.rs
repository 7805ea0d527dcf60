use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use codex32_flow::flow::Flow;
use codex32_model::definition::Verb;
use codex32_model::fact::FactKind;
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::simulation::{World, machine, started};
use crate::run::{Cause, Command};
use crate::testing::flow;

fn world(text: &str) -> World {
    World::begin(&Arc::new(flow(&format!("bot: b\nsteps:\n{text}"))))
}

fn cancel(world: &mut World) {
    world.take(Cause::Cancel { reason: "enough".to_owned(), by: "me".to_owned() });
}

fn output(world: &World) -> Value {
    world.machine.state.ended.as_ref().unwrap().1.clone()
}

#[test]
fn a_cancel_lets_a_running_finally_go_on() {
    let mut world = world(
        "  - id: t
    try:
      - { id: a, set: 1 }
    finally:
      - { id: one, do: test.write }
      - { id: two, do: test.write }
  - { id: after, do: test.write }
",
    );
    assert_eq!(world.on_its_way(), ["t.finally/one"]);
    cancel(&mut world);
    assert_eq!(world.on_its_way(), ["t.finally/one"]);
    world.done("t.finally/one", 1);
    assert_eq!(world.on_its_way(), ["t.finally/two"]);
    world.done("t.finally/two", 1);
    assert_eq!(world.ended(), Some(RunState::Cancelled));
}

#[test]
fn a_running_finally_has_thirty_seconds_after_a_cancel() {
    let mut world = world(
        "  - id: t
    try: [ { id: a, set: 1 } ]
    finally: [ { id: one, do: test.write } ]
",
    );
    cancel(&mut world);
    let before = world.now;
    world.tick();
    assert_eq!(world.now.since(before).as_secs(), 30);
    assert_eq!(world.ended(), Some(RunState::Cancelled));
}

#[test]
fn return_runs_the_finally_blocks_around_it_innermost_first() {
    let mut world = world(
        "  - id: outer
    try:
      - id: inner
        try:
          - { id: made, do: test.write }
          - { return: 7 }
        finally:
          - { id: unmake, do: test.write, with: { what: '{{ steps.made }}' } }
    finally:
      - { id: last, do: test.write }
  - { id: never, do: test.write }
",
    );
    world.done("outer.try/inner.try/made", 1);
    assert_eq!(world.on_its_way(), ["outer.try/inner.finally/unmake"]);
    // What the body made is known to its `finally`.
    let sent = format!("{:?}", world.commands.last().unwrap());
    assert!(sent.contains("made done"), "{sent}");
    world.done("outer.try/inner.finally/unmake", 1);
    assert_eq!(world.on_its_way(), ["outer.finally/last"]);
    world.done("outer.finally/last", 1);
    assert_eq!(world.ended(), Some(RunState::Succeeded));
    assert_eq!(output(&world), Value::Int(7));
}

#[test]
fn a_finally_that_fails_after_return_fails_the_run() {
    let mut world = world(
        "  - id: t
    try: [ { return: 7 } ]
    finally: [ { id: clean, do: test.write } ]
",
    );
    world.fails("t.finally/clean", 1, false, false);
    assert_eq!(world.ended(), Some(RunState::Failed));
}

#[test]
fn return_inside_a_closing_block_ends_only_that_block() {
    let mut world = world(
        "  - id: outer
    try:
      - id: inner
        try: [ { id: a, do: test.write } ]
        finally:
          - { return: 1 }
          - { id: never, do: test.write }
    finally: [ { id: last, do: test.write } ]
",
    );
    cancel(&mut world);
    assert_eq!(world.on_its_way(), ["outer.finally/last"]);
    world.done("outer.finally/last", 1);
    assert_eq!(world.ended(), Some(RunState::Cancelled));
}

#[test]
fn a_cancel_cuts_on_error_short_and_the_run_has_failed() {
    let mut world = World::begin(&Arc::new(flow(
        "bot: b
steps:
  - { id: a, do: test.read }
on_error:
  - id: t
    try: [ { id: tell, do: test.write } ]
    finally: [ { id: clean, do: test.write } ]
  - { id: more, do: test.write }
",
    )));
    world.fails("a", 1, false, false);
    assert_eq!(world.on_its_way(), ["on_error/t.try/tell"]);
    cancel(&mut world);
    assert_eq!(world.on_its_way(), ["on_error/t.finally/clean"]);
    world.done("on_error/t.finally/clean", 1);
    assert_eq!(world.ended(), Some(RunState::Failed));
}

#[test]
fn on_error_past_its_time_still_runs_the_finally_inside_it() {
    let mut world = World::begin(&Arc::new(flow(
        "bot: b
steps:
  - { id: a, do: test.read }
on_error:
  - id: t
    try: [ { id: tell, do: test.write } ]
    finally: [ { id: clean, do: test.write } ]
  - { id: more, do: test.write }
",
    )));
    world.fails("a", 1, false, false);
    let before = world.now;
    world.tick();
    assert_eq!(world.now.since(before).as_secs(), 300);
    assert_eq!(world.on_its_way(), ["on_error/t.finally/clean"]);
    let before = world.now;
    world.tick();
    assert_eq!(world.now.since(before).as_secs(), 30, "and no longer than that");
    assert_eq!(world.ended(), Some(RunState::Failed));
}

#[test]
fn blocks_that_fail_go_on_with_null_and_an_error() {
    let world = world(
        "  - id: loop_
    for_each: '{{ [1, 2] }}'
    on_error: continue
    steps: [ { id: x, set: '{{ item.a.b }}' } ]
  - id: both
    on_error: continue
    parallel:
      a: [ { id: ok, set: 1 } ]
      b: [ { id: bad, set: '{{ item.a.b }}' } ]
  - id: safe
    on_error: continue
    try: [ { id: y, set: '{{ item.a.b }}' } ]
    finally: [ { id: z, set: 3 } ]
  - return: '{{ [steps.loop_, steps.x, steps.both, steps.ok, steps.bad, steps.safe, steps.y, steps.z, errors.loop_ != null, errors.both != null, errors.safe != null] }}'
",
    );
    assert_eq!(
        output(&world).to_json(),
        "[null,null,null,1,null,null,null,3,true,true,true]",
        "{:?}",
        world.journal
    );
}

#[test]
fn errors_are_visible_after_the_blocks_around_them() {
    let world = world(
        "  - if: '{{ true }}'
    then: [ { id: x, set: '{{ null.a.b }}', on_error: continue } ]
    else: [ { id: x, set: 1 } ]
  - id: turns
    for_each: '{{ [1, null, 3] }}'
    as: n
    steps: [ { id: y, set: '{{ n + null.b.c }}', when: '{{ n }}', on_error: continue } ]
  - return: '{{ [errors.x != null, steps.x, errors.y.map(e => e != null), steps.y] }}'
",
    );
    assert_eq!(
        output(&world).to_json(),
        "[true,null,[true,false,true],[null,null,null]]",
        "{:?}",
        world.journal
    );
}

#[test]
fn ids_of_branches_not_taken_are_null_and_of_nested_loops_lists_of_lists() {
    let world = world(
        "  - switch: '{{ 2 }}'
    cases: { '1': [ { id: a, set: 1 } ], '2': [ { id: b, set: 2 } ] }
  - id: outer
    for_each: '{{ [1, 2] }}'
    as: n
    steps:
      - for_each: '{{ [10, 20] }}'
        as: m
        steps: [ { id: c, set: '{{ [loop.index, n + m] }}' } ]
      - { id: d, set: '{{ loop.index }}' }
  - return: '{{ [steps.a, steps.b, steps.c, steps.d, steps.outer] }}'
",
    );
    assert_eq!(
        output(&world).to_json(),
        "[null,2,[[[0,11],[1,21]],[[0,12],[1,22]]],[0,1],[0,1]]",
        "{:?}",
        world.journal
    );
}

#[test]
fn the_attempts_of_a_call_are_counted() {
    let mut world = world("  - { id: c, call: other, retry: { attempts: 2, first: 1s } }\n");
    world.child_ends(false);
    world.tick();
    world.child_ends(false);
    assert_eq!(world.ended(), Some(RunState::Failed));
    let error = world.machine.state.ended.as_ref().unwrap().2.clone().unwrap();
    assert_eq!(error.attempts, 2);
}

#[test]
fn what_must_not_happen_twice_is_not_repeated_when_unknown() {
    let mut world = world("  - { id: w, do: test.once, retry: { attempts: 3, first: 1s } }\n");
    world.fails("w", 1, true, true);
    assert_eq!(world.ended(), Some(RunState::Failed));
}

#[test]
fn a_cancel_cancels_called_runs_and_cuts_off_attempts() {
    let mut world = world(
        "  - parallel:
      a: [ { id: c, call: other } ]
      b: [ { id: r, do: test.read } ]
      w: [ { id: w, do: test.write } ]
",
    );
    // `World` checks that nothing is left alone.
    cancel(&mut world);
    assert_eq!(world.ended(), Some(RunState::Cancelled));
    let marked = world.journal.iter().any(|fact| format!("{fact:?}").contains("unknown: true"));
    assert!(marked);
}

/// Far deeper than a text can be nested: nothing recurses so that a stack could end.
#[test]
fn sixty_four_levels_deep() {
    let blocks = [
        "if: '{{ true }}'\n    then: [ { set: 1 } ]",
        "try: [ { set: 1 } ]\n    finally: [ { set: 2 } ]",
        "for_each: '{{ [1] }}'\n    steps: [ { set: 1 } ]",
        "parallel: { a: [ { set: 1 } ] }",
    ];
    let read = |text: &str| codex32_flow::parse::bot(text).bot.unwrap();
    for last in ["set: 7", "set: '{{ null.x.y }}'"] {
        let mut bot = read(&format!("bot: b\nsteps:\n  - {last}\n"));
        for level in 0..64 {
            let block = blocks[level % blocks.len()];
            let mut around = read(&format!("bot: b\nsteps:\n  - {block}\n")).steps.remove(0);
            let inside = match &mut around.verb {
                Verb::If { then, .. } => then,
                Verb::Try { body, .. } => body,
                Verb::ForEach { steps, .. } => steps,
                Verb::Parallel(branches) => &mut branches[0],
                other => panic!("{other:?}"),
            };
            *inside = std::mem::take(&mut bot.steps);
            bot.steps = vec![around];
        }
        let flow = Flow::compile(&bot, &crate::testing::actions()).unwrap();
        let world = World::begin(&Arc::new(flow));
        let state = if last == "set: 7" { RunState::Succeeded } else { RunState::Failed };
        assert_eq!(world.ended(), Some(state));
    }
}

/// Work per event does not grow with the length of the list.
#[test]
fn a_loop_over_a_hundred_thousand_items() {
    let mut world = machine(&Arc::new(flow(
        "bot: b
steps:
  - id: all
    for_each: '{{ inputs.items }}'
    concurrency: 1000
    steps: [ { id: x, do: test.read } ]
",
    )));
    let mut begun = started(Timestamp::EPOCH, Duration::from_secs(86_400));
    if let FactKind::Started { input, .. } = &mut begun.kind {
        let items = Value::list((0..100_000_i64).map(Value::from));
        *input = Value::object([("items", items)]);
    }
    world.fold(&[begun]);
    let mut commands = VecDeque::new();
    let mut cause = Cause::Begin;
    loop {
        let decision = world.decide(cause, Timestamp::EPOCH, &mut || 1);
        commands.extend(decision.commands);
        if decision.more {
            cause = Cause::Continue;
            continue;
        }
        let Some(Command::Action { address, attempt, .. }) = commands.pop_front() else { break };
        let (output, input, began) = (Value::Null, Value::Null, Timestamp::EPOCH);
        cause = Cause::Done { address, attempt, output, input, began, logs: Vec::new() };
        // Asked by the driver after every event.
        assert!(!world.is_waiting() && world.state.next_timer().is_some());
    }
    let (state, ..) = world.state.ended.unwrap();
    assert_eq!(state, RunState::Succeeded);
}
