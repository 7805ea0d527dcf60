//! `approve`, purely: what the step gives, and that the first answer in the journal counts.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::run::RunState;
use codex32_model::value::Value;

use super::simulation::World;
use crate::run::Cause;
use crate::run::view::{StepState, tell};
use crate::testing::flow;

fn world(steps: &str) -> World {
    World::begin(&Arc::new(flow(&format!("bot: b\nsteps:\n{steps}"))))
}

fn output(world: &World) -> String {
    world.machine.state.ended.as_ref().unwrap().1.to_json()
}

fn error(world: &World) -> (String, String) {
    let error = world.machine.state.ended.as_ref().unwrap().2.clone().unwrap();
    (error.code, error.message)
}

const DAY: &str = "  - { id: ok, approve: 'Pay {{ inputs.n }}?', to: [a@x.example, '#ops'], expires: 1d, on_reject: continue }
  - return: '{{ steps.ok }}'
";

#[test]
fn a_yes_in_time_is_what_the_step_gives() {
    let mut world = world(DAY);
    assert_eq!(world.machine.why().unwrap(), "waits for an approval until 1970-01-02T00:00:00Z");
    let told = tell(&world.machine.flow, &world.journal);
    assert_eq!(told.steps[0].state, StepState::Waiting);
    assert_eq!(
        told.steps[0].input.to_json(),
        r##"{"question":"Pay 1?","to":["a@x.example","#ops"]}"##
    );
    world.answer("ok", true);
    assert_eq!(
        output(&world),
        r#"{"approved":true,"by":"boss@example.com","at":"1970-01-01T00:00:00Z","expired":false,"form":null}"#
    );
    // Whoever comes later changes nothing: the run has ended.
    assert_eq!(world.ended(), Some(RunState::Succeeded));
}

#[test]
fn of_answer_and_end_of_time_the_first_in_the_journal_counts() {
    let mut early = world(DAY);
    early.answer("ok", false);
    early.now = early.now.plus(Duration::from_secs(90_000));
    early.take(Cause::Tick);
    assert!(output(&early).contains(r#""approved":false,"by":"boss@example.com""#));
    let mut late = world(DAY);
    late.tick();
    assert_eq!(
        output(&late),
        r#"{"approved":false,"by":null,"at":"1970-01-02T00:00:00Z","expired":true,"form":null}"#
    );
    // One that comes between the end of the time and the end of the run.
    let steps = DAY.replace("  - return", "  - do: test.write\n  - return");
    let mut between = world(&steps);
    between.tick();
    between.answer("ok", true);
    between.settle();
    assert!(output(&between).contains(r#""expired":true"#));
}

#[test]
fn of_answer_and_cancel_the_first_in_the_journal_counts() {
    let cancel = || Cause::Cancel { reason: "enough".to_owned(), by: "me".to_owned() };
    let mut world = world(&DAY.replace("  - return", "  - do: test.write\n  - return"));
    world.answer("ok", true);
    world.take(cancel());
    assert_eq!(world.ended(), Some(RunState::Cancelled));
    let told = tell(&world.machine.flow, &world.journal);
    assert_eq!(told.steps[0].output.get("approved"), Some(&Value::Bool(true)));

    let mut world = self::world(DAY);
    world.take(cancel());
    world.answer("ok", true);
    assert_eq!(world.ended(), Some(RunState::Cancelled));
    assert_eq!(error(&world).0, "E-RUN-004");
}

#[test]
fn a_no_ends_the_run_after_its_finally_and_without_its_catch() {
    let mut world = world(
        "  - id: t
    try:
      - parallel:
          a: [ { id: ok, approve: 'Go?', to: [a@x.example] } ]
          b: [ { id: other, do: test.write } ]
          c: [ { id: second, approve: 'And?', to: [a@x.example] } ]
    catch: [ { id: never, do: test.write } ]
    finally: [ { id: last, do: test.write, with: { said: '{{ steps.ok.by }}' } } ]
",
    );
    world.answer("t.try/parallel#1.a/ok", false);
    assert_eq!(world.on_its_way(), ["t.finally/last"]);
    world.settle();
    assert_eq!(world.ended(), Some(RunState::Cancelled));
    let (code, message) = error(&world);
    assert_eq!((&*code, &*message), ("E-RUN-013", "rejected by boss@example.com: so be it"));
    let told = tell(&world.machine.flow, &world.journal);
    let step = |end: &str| told.steps.iter().find(|step| step.address.ends_with(end)).unwrap();
    assert_eq!(step("/ok").state, StepState::Succeeded);
    assert_eq!(step("/ok").output.get("approved"), Some(&Value::Bool(false)));
    assert_eq!(step("/second").state, StepState::Failed);
    assert_eq!(step("/last").input.get("said"), Some(&Value::from("boss@example.com")));
}

#[test]
fn silence_is_a_no_unless_the_step_says_otherwise() {
    let steps = |more: &str| {
        format!(
            "  - {{ id: ok, approve: 'Go?', to: [a@x.example], expires: 1h{more} }}\n  - set: 1\n"
        )
    };
    let mut no = world(&steps(""));
    no.tick();
    assert_eq!(no.ended(), Some(RunState::Cancelled));
    assert_eq!(error(&no).1, "nobody answered in time");
    let mut yes = world(&steps(", default: approve"));
    yes.tick();
    assert_eq!(yes.ended(), Some(RunState::Succeeded));
}

#[test]
fn what_cannot_be_asked_fails_the_step() {
    let refused = |question: &str, to: &str| {
        let steps = format!("  - {{ id: ok, approve: \"{question}\", to: [\"{to}\"] }}\n");
        let mut world = world(&steps);
        world.settle();
        error(&world)
    };
    for (question, to, why) in [
        ("{{ inputs.none }} ", "a@x.example", "the question is empty"),
        ("{{ 'x'.repeat(10001) }}", "a@x.example", "the question has 10001 characters"),
        ("Go?", "{{ inputs.n }}", "`to` gave number in place of an address"),
        (
            "Go?",
            "{{ 'a@x.example,'.repeat(51).split(',').map((m, i) => m + i) }}",
            "`to` gave 52 people",
        ),
    ] {
        assert_eq!(refused(question, to), ("E-RUN-050".to_owned(), why.to_owned()));
    }
}
