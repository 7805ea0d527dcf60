//! Agents, purely: what a model's answers come to, what bounds them, and that nothing that is on disk
//! is done again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use codex32_model::fact::FactKind;
use codex32_model::run::RunState;
use codex32_model::value::Value;
use proptest::prelude::*;

use super::simulation::agents::{answer, call};
use super::simulation::{RUN, World, check_keys};
use crate::run::transcript::transcript;
use crate::run::view::{StepState, tell};
use crate::run::{Briefing, Cause, Command, Turn, rerun};
use crate::testing::flow;

/// An agent whose model says this.
fn world(step: &str, saying: fn(&Briefing) -> Value) -> World {
    let flow = Arc::new(flow(&format!("bot: b\nsteps:\n  - {{ id: x, {step} }}\n")));
    let mut world = World::begin(&flow);
    world.saying = Some(saying);
    world
}

fn output(world: &World) -> String {
    world.machine.state.ended.as_ref().unwrap().1.to_json()
}

fn error(world: &World) -> (String, String) {
    let error = world.machine.state.ended.as_ref().unwrap().2.clone().unwrap();
    (error.code, error.message)
}

/// What the calls of a turn gave, as a later turn is told.
fn results(turn: &Turn) -> Vec<String> {
    let told = |result: &Result<Value, _>| match result {
        Ok(value) => value.to_json(),
        Err(error) => {
            let error: &codex32_model::run::StepError = error;
            format!("{}: {}", error.code, error.message)
        }
    };
    turn.results.iter().map(|result| told(result.as_ref().unwrap())).collect()
}

fn told(world: &World, turn: usize) -> Briefing {
    let of = |command: &Command| match command {
        Command::Turn { briefing, .. } if briefing.turns.len() == turn => {
            Some((**briefing).clone())
        }
        _ => None,
    };
    world.commands.iter().rev().find_map(of).unwrap()
}

const TOOLS: &str = "agent: 'Look at {{ inputs.n }}', tools: [ { do: test.read }, { do: test.write, with: { to: '{{ inputs.n }}' } }, { call: other, with: { a: 1 } } ]";

#[test]
fn tools_of_a_turn_run_side_by_side_and_the_next_turn_knows_what_they_gave() {
    let mut world = world(TOOLS, |briefing| match briefing.turns.len() {
        0 => answer(
            "",
            [
                call("test_read", r#"{"n":1}"#),
                call("test_write", r#"{"n":2,"to":"evil"}"#),
                call("other", r#"{"n":3}"#),
            ],
        ),
        _ => answer("all is well", []),
    });
    assert_eq!(world.on_its_way(), ["x.tools/list"]);
    world.done("x.tools/list", 1);
    world.done("x[0]/model", 1);
    assert_eq!(world.on_its_way(), ["x[0].test_read.0/do", "x[0].test_write.1/do"]);
    let input = |end: &str| {
        let of = |command: &Command| match command {
            Command::Action { address, input, .. } if address.ends_with(end) => {
                Some(input.to_json())
            }
            Command::Call { address, input, .. } if address.ends_with(end) => Some(input.to_json()),
            _ => None,
        };
        world.commands.iter().find_map(of).unwrap()
    };
    // What the definition fixes is not the model's to choose.
    assert_eq!(input("test_write.1/do"), r#"{"to":1,"n":2}"#);
    assert_eq!(input("other.2/call"), r#"{"a":1,"n":3}"#);
    world.settle();
    assert_eq!(output(&world), "null");
    let told = told(&world, 1);
    assert_eq!(told.task, "Look at 1");
    assert_eq!(
        results(&told.turns[0]),
        [r#""x[0].test_read.0/do done""#, r#""x[0].test_write.1/do done""#, r#""a child's""#]
    );
    let seen = tell(&world.machine.flow, &world.journal);
    let addresses: Vec<_> = seen.steps.iter().map(|step| &*step.address).collect();
    assert_eq!(
        addresses,
        [
            "x",
            "x.tools/list",
            "x[0]/model",
            "x[0].test_write.1/do",
            "x[0].other.2/call",
            "x[0].test_read.0/do",
            "x[1]/model"
        ]
    );
    assert!(seen.steps.iter().all(|step| step.state == StepState::Succeeded));
    assert_eq!(seen.steps[0].output, Value::from("all is well"));
}

#[test]
fn what_cannot_be_meant_is_told_to_the_model_and_not_sent() {
    let mut world = world(TOOLS, |briefing| match briefing.turns.len() {
        0 => answer("", [call("test_reed", "{}"), call("test_read", r#"{"n":"#)]),
        1 => answer("", [call("test_read", r#"{"n":"one"}"#), call("test_read", "[1]")]),
        2 => answer("", []),
        _ => answer("found", []),
    });
    world.settle();
    assert_eq!(world.ended(), Some(RunState::Succeeded));
    let told = told(&world, 3);
    let first = results(&told.turns[0]);
    assert_eq!(
        first[0],
        "E-RUN-062: there is no tool `test_reed`; did you mean `test_read`? There are: test_read, test_write, other"
    );
    assert!(first[1].starts_with("E-RUN-062: the arguments are no JSON: "), "{first:?}");
    assert_eq!(
        results(&told.turns[1]),
        [
            r#"E-RUN-062: the arguments do not fit: /n: "one" is not of type "integer""#,
            "E-RUN-062: the arguments are an object, and not array"
        ]
    );
    assert_eq!(
        told.turns[2].note.as_deref(),
        Some("Your answer was empty. Use a tool, or answer with the result.")
    );
    assert!(!world.commands.iter().any(|command| matches!(command, Command::Action { .. })));
    let seen = tell(&world.machine.flow, &world.journal);
    let read = transcript(&world.journal, &seen.steps, "x").unwrap();
    assert_eq!((read.task.as_str(), read.turns.len(), read.tools.len()), ("Look at 1", 4, 3));
    let call = &read.turns[0].calls[1];
    assert_eq!((call.tool.as_str(), &call.arguments), ("test_read", &Value::from(r#"{"n":"#)));
    assert_eq!((call.state, &call.address), (StepState::Failed, &None));
    assert_eq!(call.error.as_ref().unwrap().code, "E-RUN-062");
    assert!(read.turns[2].note.is_some() && read.turns[3].note.is_none());
    assert_eq!(read.turns[3].text, "found");
    assert_eq!((read.tokens.input, read.cost_usd), (40, 0.0004));
    assert!(transcript(&world.journal, &seen.steps, "x[0]/model").is_none());
}

#[test]
fn a_model_that_does_not_find_back_ends_the_step() {
    let mut world = world(TOOLS, |_| answer("", [call("invented", "{}")]));
    world.settle();
    let (code, message) = error(&world);
    assert_eq!(code, "E-RUN-061");
    assert!(message.starts_with("nothing of what the model said in 4 turns in a row could be meant; at last: there is no tool `invented`"), "{message}");
    assert_eq!(world.paid.len(), 4);
}

#[test]
fn the_answer_fits_its_schema_or_is_asked_for_again() {
    let typed = "agent: Count, output: { count: integer }";
    let mut right = world(typed, |briefing| match briefing.turns.len() {
        0 => answer("three", []),
        1 => answer(r#"{"count":"three"}"#, []),
        _ => answer("```json\n{\"count\": 3}\n```", []),
    });
    right.settle();
    let seen = tell(&right.machine.flow, &right.journal);
    assert_eq!(seen.steps[0].output.to_json(), r#"{"count":3}"#);
    let told = told(&right, 2);
    assert!(told.turns[1].note.as_deref().unwrap().contains("count"), "{:?}", told.turns[1].note);
    let mut wrong = world(typed, |_| answer("three", []));
    wrong.settle();
    assert_eq!(error(&wrong).0, "E-RUN-061");
}

#[test]
fn limits_end_the_step_and_say_what_was_done() {
    let endless = |_: &Briefing| answer("", [call("test_read", r#"{"n":1}"#)]);
    let mut turns = world(&format!("{TOOLS}, limits: {{ turns: 2 }}"), endless);
    turns.settle();
    let (code, message) = error(&turns);
    assert_eq!(code, "E-RUN-060");
    assert_eq!(
        message,
        format!(
            "the agent reached its limit of 2 turns. It asked its model 2 times, used test_read once, and cost $0.000200. `codex32 run show {RUN} --step x` shows what was said"
        )
    );
    let mut cost = world(&format!("{TOOLS}, limits: {{ cost_usd: 0.0003 }}"), endless);
    cost.settle();
    assert_eq!(cost.paid.len(), 3);
    assert!(error(&cost).1.contains("limit of $0.0003"), "{:?}", error(&cost));
    // What is left for a turn is what its gateway is told.
    assert_eq!(told(&cost, 1).left, Some(200));
    let mut tokens = world(&format!("{TOOLS}, limits: {{ tokens: 1000 }}"), |_| {
        let mut said = answer("", [call("test_read", r#"{"n":1}"#)]);
        if let Value::Object(fields) = &mut said {
            let tokens = Value::object([("input", Value::Int(990)), ("output", Value::Int(10))]);
            Arc::make_mut(fields).insert("tokens".into(), tokens);
        }
        said
    });
    tokens.settle();
    assert_eq!(tokens.paid.len(), 1);
    assert_eq!(error(&tokens).0, "E-RUN-060");
}

#[test]
fn at_the_end_of_its_time_what_is_on_its_way_is_left() {
    let mut world = world(
        "agent: Go, on_error: continue, limits: { timeout: 1m }, tools: [ { do: test.write }, { do: test.read }, { call: other } ]",
        |_| answer("", ["test_write", "test_read", "other"].map(|name| call(name, r#"{"n":1}"#))),
    );
    world.done("x.tools/list", 1);
    world.done("x[0]/model", 1);
    assert_eq!(world.on_its_way().len(), 2);
    world.tick();
    assert_eq!(world.ended(), Some(RunState::Succeeded));
    let seen = tell(&world.machine.flow, &world.journal);
    let step = |end: &str| seen.steps.iter().find(|step| step.address.ends_with(end)).unwrap();
    assert_eq!(step("x").error.as_ref().unwrap().code, "E-RUN-060");
    assert_eq!(step("test_write.0/do").error.as_ref().unwrap().code, "E-RUN-006");
}

const ASKS: &str =
    "agent: Go, limits: { timeout: 1h }, tools: [ { do: test.write, approve: true } ]";

fn writes_once(briefing: &Briefing) -> Value {
    match briefing.turns.len() {
        0 => answer("", [call("test_write", r#"{"n":1}"#)]),
        _ => answer("so be it", []),
    }
}

#[test]
fn people_are_asked_before_a_dangerous_tool_is_used() {
    let mut yes = world(ASKS, writes_once);
    yes.done("x.tools/list", 1);
    yes.done("x[0]/model", 1);
    assert!(yes.on_its_way().is_empty());
    let seen = tell(&yes.machine.flow, &yes.journal);
    let asked = seen.steps.last().unwrap();
    assert_eq!(asked.address, "x[0].test_write.0/approve");
    assert_eq!(
        asked.input.get("question").unwrap(),
        &Value::from("An agent wants to use test.write:\n{\"n\":1}")
    );
    let read = transcript(&yes.journal, &seen.steps, "x").unwrap();
    let call = &read.turns[0].calls[0];
    assert_eq!(
        (call.state, &call.approval),
        (StepState::Waiting, &Some(Value::object([("approved", Value::Null)])))
    );
    // What people take is not the agent's time.
    yes.now = yes.now.plus(Duration::from_secs(86_400));
    yes.take(Cause::Tick);
    yes.answer("x[0].test_write.0/approve", true);
    assert_eq!(yes.on_its_way(), ["x[0].test_write.0/do"]);
    yes.settle();
    assert_eq!(yes.ended(), Some(RunState::Succeeded));

    let mut no = world(ASKS, writes_once);
    no.done("x.tools/list", 1);
    no.done("x[0]/model", 1);
    no.answer("x[0].test_write.0/approve", false);
    assert_eq!(
        results(&told(&no, 1).turns[0]),
        ["E-RUN-013: rejected by boss@example.com: so be it"]
    );
    no.settle();
    assert_eq!(no.ended(), Some(RunState::Succeeded));
    let seen = tell(&no.machine.flow, &no.journal);
    let read = transcript(&no.journal, &seen.steps, "x").unwrap();
    let call = &read.turns[0].calls[0];
    assert_eq!(call.state, StepState::Skipped);
    let said = call.approval.as_ref().unwrap();
    assert_eq!(said.get("by"), Some(&Value::from("boss@example.com")));
    assert!(!no.commands.iter().any(|command| matches!(command, Command::Action { .. })));
}

#[test]
fn a_retry_from_a_turn_keeps_the_turns_before_it() {
    let mut world = world(TOOLS, |briefing| match briefing.turns.len() {
        0 | 1 => answer("", [call("test_read", r#"{"n":1}"#), call("test_write", r#"{"n":1}"#)]),
        _ => answer("done", []),
    });
    world.settle();
    let at = world.now.plus(Duration::from_secs(1));
    let again = rerun(&world.machine.flow, RUN, &world.journal, Some("x[1]/model"), at).unwrap();
    let flow = Arc::clone(&world.machine.flow);
    let mut again = World::new(&flow, again.facts);
    assert_eq!(again.on_its_way(), ["x[1]/model"]);
    again.settle();
    assert!(!again.paid.contains(&"x[0]/model".to_owned()));
    let from = Some("x[1].test_write.1/do");
    let beside = rerun(&flow, RUN, &world.journal, from, at).unwrap();
    let beside = World::new(&flow, beside.facts);
    assert_eq!(beside.on_its_way(), ["x[1].test_write.1/do"]);
}

/// Two agents side by side, with everything that an agent can have.
const PAIR: &str = "bot: b
steps:
  - parallel:
      a:
        - id: x
          agent: Go
          on_error: continue
          retry: { attempts: 2, first: 1s }
          limits: { turns: 8, timeout: 1h }
          tools: [ { do: test.read }, { do: test.write, approve: true }, { do: test.once }, { mcp: files }, { search: handbook } ]
      b:
        - id: y
          agent: Go
          output: string
          tools: [ { do: test.write }, { call: other, approve: true }, { do: state.add, with: { key: k } } ]
";

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order, and wherever servers die: what is folded equals what is live,
    /// no turn and no tool is issued whose outcome is on disk, the same key carries the same
    /// transcript, and the run ends. See [`World`] for what is checked after each event.
    #[test]
    fn agents_go_on_after_crashes_after_any_commit(
        schedule in prop::collection::vec(any::<u8>(), 0..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let flow = Arc::new(flow(PAIR));
        let mut world = World::begin(&flow);
        for byte in schedule {
            if world.ended().is_some() {
                break;
            }
            world.happen(byte);
        }
        world.settle();
        check_keys(&world.journal);
        let ends: Vec<usize> = world.ends.iter().copied().collect();
        for cut in cuts {
            let length = *cut.get(&ends);
            let before = world.journal[..length].to_vec();
            let paid: BTreeSet<String> = before
                .iter()
                .filter_map(|fact| match &fact.kind {
                    FactKind::StepDone { a, .. } if a.ends_with("/model") => Some(a.to_string()),
                    _ => None,
                })
                .collect();
            let mut again = World::recovered(&flow, before);
            again.settle();
            check_keys(&again.journal);
            prop_assert!(again.paid.iter().all(|turn| !paid.contains(turn)), "{:?}", again.paid);
        }
    }
}
