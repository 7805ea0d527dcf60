//! Code at the beginning of a loop's turns: computed in chunks, and the same facts by it.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::fact::{Fact, FactKind};
use codex32_model::run::RunState;
use codex32_model::value::Value;

use super::simulation::World;
use crate::run::{Cause, Command};
use crate::testing::flow;

const QUICK: Duration = Duration::from_micros(200);

fn world(items: usize, concurrency: usize, steps: &str) -> World {
    World::begin(&Arc::new(flow(&format!(
        "bot: b
steps:
  - id: all
    for_each: '{{{{ range({items}) }}}}'
    as: n
    concurrency: {concurrency}
    steps:
{steps}
"
    ))))
}

fn code(items: usize, concurrency: usize) -> World {
    world(items, concurrency, "      - { id: one, code: return n }")
}

/// Addresses of steps that are done, in the order of the journal.
fn done(world: &World) -> Vec<String> {
    let of = |fact: &Fact| match &fact.kind {
        FactKind::StepDone { a, .. } => Some(a.to_string()),
        _ => None,
    };
    world.journal.iter().filter_map(of).collect()
}

/// How many turns each chunk had that was ever issued.
fn sizes(world: &World) -> Vec<usize> {
    let of = |command: &Command| match command {
        Command::Chunk(chunk) => Some(chunk.turns.len()),
        _ => None,
    };
    world.commands.iter().filter_map(of).collect()
}

fn end_all(world: &mut World, took: Duration) {
    while let Some(&id) = world.chunks.keys().next() {
        world.chunk_ends(id, usize::MAX, false, took);
    }
}

#[test]
fn quick_turns_go_in_few_chunks_and_in_their_order() {
    for concurrency in [1, 64] {
        let mut world = code(1_000, concurrency);
        assert_eq!(sizes(&world)[0], 1, "it is not known yet how long one takes");
        end_all(&mut world, QUICK);
        assert_eq!(world.ended(), Some(RunState::Succeeded));
        let expected: Vec<String> = (0..1_000).map(|n| format!("all[{n}]/one")).collect();
        assert_eq!(done(&world), expected);
        let sizes = sizes(&world);
        assert!(sizes.len() < 70 && sizes.iter().max() > Some(&30), "{sizes:?}");
        assert_eq!(sizes.iter().sum::<usize>(), 1_000, "each turn once: {sizes:?}");
    }
}

#[test]
fn what_code_sees_as_the_time_is_the_recorded_start() {
    let mut world = code(30, 1);
    let mut seen = Vec::new();
    while let Some((&id, chunk)) = world.chunks.first_key_value() {
        seen.extend(chunk.turns.iter().map(|turn| (turn.address.clone(), turn.now.micros())));
        world.chunk_ends(id, usize::MAX, false, QUICK);
    }
    let recorded: Vec<_> = world
        .journal
        .iter()
        .filter_map(|fact| match &fact.kind {
            FactKind::StepDone { a, s, .. } => Some((a.clone(), s.unwrap())),
            _ => None,
        })
        .collect();
    seen.sort();
    let mut sorted = recorded.clone();
    sorted.sort();
    assert_eq!(seen, sorted);
}

#[test]
fn slow_turns_are_not_computed_before_their_turn() {
    let mut world = code(20, 3);
    while let Some(&id) = world.chunks.keys().next() {
        let turns: usize = world.chunks.values().map(|chunk| chunk.turns.len()).sum();
        assert!(turns <= 3, "{turns} turns are on their way");
        world.chunk_ends(id, usize::MAX, false, Duration::from_secs(1));
    }
    assert_eq!(world.ended(), Some(RunState::Succeeded));
}

#[test]
fn a_chunk_that_ends_early_is_gone_on_with() {
    let mut world = code(200, 1);
    world.chunk_ends(0, 1, false, QUICK);
    while let Some((&id, chunk)) = world.chunks.first_key_value() {
        let half = chunk.turns.len().div_ceil(2);
        world.chunk_ends(id, half, false, QUICK);
    }
    assert_eq!(world.ended(), Some(RunState::Succeeded));
    assert_eq!(done(&world).len(), 200);
}

#[test]
fn a_crash_inside_a_chunk_computes_what_has_no_outcome() {
    let mut world = code(300, 1);
    while done(&world).len() < 40 {
        let (&id, chunk) = world.chunks.first_key_value().unwrap();
        let turns = chunk.turns.len().min(20);
        world.chunk_ends(id, turns, false, QUICK);
    }
    let before = done(&world);
    let issued = world.commands.len();
    world.crash(false);
    // `World` refuses a chunk with a turn that has an outcome; and each of the others is in one.
    end_all(&mut world, QUICK);
    assert_eq!(world.ended(), Some(RunState::Succeeded));
    let again: usize = world.commands[issued..]
        .iter()
        .map(|command| match command {
            Command::Chunk(chunk) => chunk.turns.len(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(again, 300 - before.len());
    assert_eq!(done(&world).len(), 300);
}

#[test]
fn the_first_failure_ends_a_loop_as_if_nothing_after_it_had_been_computed() {
    let mut world = code(500, 1);
    world.chunk_ends(0, 1, false, QUICK);
    let (&id, chunk) = world.chunks.first_key_value().unwrap();
    let turns = chunk.turns.len();
    assert!(turns > 2);
    world.chunk_ends(id, 3, true, QUICK);
    assert_eq!(world.ended(), Some(RunState::Failed));
    assert_eq!(done(&world), ["all[0]/one", "all[1]/one", "all[2]/one"]);
    let error = world.machine.state.ended.as_ref().unwrap().2.clone().unwrap();
    assert_eq!(error.step.as_deref(), Some("all[3]/one"));
    // `World` checks that no chunk is left.
}

#[test]
fn a_turn_that_failed_is_tried_again_by_itself() {
    let step = "      - { id: one, code: return n, retry: { attempts: 2, first: 1s } }";
    let mut world = world(100, 1, step);
    world.chunk_ends(0, 1, true, QUICK);
    assert!(world.on_its_way().is_empty());
    world.tick();
    assert_eq!(world.on_its_way(), ["all[0]/one"]);
    world.done("all[0]/one", 2);
    end_all(&mut world, QUICK);
    assert_eq!(world.ended(), Some(RunState::Succeeded));
}

#[test]
fn a_cancel_and_a_return_leave_the_chunks() {
    let mut cancelled = code(100, 10);
    assert!(!cancelled.chunks.is_empty());
    cancelled.take(Cause::Cancel { reason: "enough".to_owned(), by: "me".to_owned() });
    assert_eq!(cancelled.ended(), Some(RunState::Cancelled));
    assert!(cancelled.chunks.is_empty());
    let steps = "      - { id: one, code: return n }\n      - { when: '{{ n == 5 }}', return: 7 }";
    let mut returned = world(1_000, 1, steps);
    end_all(&mut returned, QUICK);
    assert_eq!(returned.ended(), Some(RunState::Succeeded));
    assert_eq!(returned.machine.state.ended.as_ref().unwrap().1, Value::Int(7));
    assert_eq!(done(&returned).len(), 7);
}

#[test]
fn only_code_that_every_turn_begins_with_is_computed_ahead() {
    for step in [
        "      - { id: one, code: return n, when: '{{ n > 1 }}' }",
        "      - { id: one, code: return n, network: [a.example] }",
        "      - { id: zero, set: 1 }\n      - { id: one, code: return n }",
    ] {
        let world = world(10, 2, step);
        assert!(world.chunks.is_empty() && sizes(&world).is_empty(), "{step}");
    }
    assert!(code(1, 1).chunks.is_empty(), "one turn is no chunk");
}
