use std::collections::HashMap;

use codex32_model::Scope;
use codex32_model::definition::Verify;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::{By, Live, Rehearsal, Script, rehearse};
use crate::executor::{Signed, StepExecutor, Task, TaskOutcome};
use crate::testing::{actions, flow};

struct Echo;

#[async_trait::async_trait]
impl StepExecutor for Echo {
    async fn execute(&self, task: Task) -> TaskOutcome {
        let output = Value::from(format!("{} really ran", task.address));
        TaskOutcome::Done { output, logs: Vec::new() }
    }
    async fn verify(&self, _: Scope, _: &Verify, _: &str, _: Signed<'_>) -> Result<(), String> {
        Err("there are no connections".to_owned())
    }
}

async fn play(steps: &str, samples: &[(&str, Value)], live: Live) -> Rehearsal {
    let now = Timestamp::EPOCH;
    let kind = FactKind::Started {
        input: Value::Null,
        trigger: Value::Null,
        event: Value::Null,
        env: Value::Null,
        deadline: Timestamp::from_millis(86_400_000),
        origin: None,
        generations: Vec::new(),
        hops: 0,
    };
    let script = Script {
        flow: flow(&format!("bot: b\nsteps:\n{steps}")),
        started: Fact { at: now, kind },
        zone: "UTC",
        samples: samples.iter().map(|(step, value)| ((*step).to_owned(), value.clone())).collect(),
        recorded: HashMap::from([("recorded".to_owned(), Value::from("as in the run"))]),
        live,
        catalogue: &actions(),
        check: &|_, _| Ok(()),
        executor: &Echo,
    };
    rehearse(script, now).await
}

fn by(rehearsal: &Rehearsal, address: &str) -> Option<By> {
    rehearsal.steps.iter().find(|step| step.step.address == address).unwrap().answered_by
}

#[tokio::test]
async fn reads_are_answered_and_writes_are_shown() {
    let steps = "
  - { id: given, do: test.read }
  - { id: recorded, do: test.read }
  - { id: example, do: test.sample }
  - { id: write, do: test.write, with: { text: '{{ steps.given }}' } }
  - { id: code, code: 'return 1' }
  - { id: count, do: state.add, with: { key: k, by: 2 } }
  - { wait: 15m }
  - { emit: it.happened, data: { n: '{{ steps.count }}' } }
  - { respond: { status: 201, body: '{{ steps.example }}' } }
  - return: '{{ [steps.recorded, steps.write, steps.code, steps.count] }}'
";
    let told = play(steps, &[("given", Value::from("a sample"))], Live::Nothing).await;
    assert_eq!(told.state, Some(RunState::Succeeded), "{:?}", told.error);
    assert_eq!(told.output.to_json(), r#"["as in the run",null,"code really ran",2]"#);
    assert_eq!(by(&told, "given"), Some(By::Sample));
    assert_eq!(by(&told, "recorded"), Some(By::Run));
    assert_eq!(by(&told, "example"), Some(By::Example));
    assert_eq!(by(&told, "write"), Some(By::Shown));
    let write = told.steps.iter().find(|step| step.step.address == "write").unwrap();
    assert_eq!(write.step.input.to_json(), r#"{"text":"a sample"}"#);
    assert_eq!(told.events.len(), 1);
    assert_eq!(told.answer.unwrap().status, 201);
}

#[tokio::test]
async fn without_an_answer_it_stops_and_says_which_step_needs_one() {
    for steps in [
        "  - { id: x, do: test.read }",
        "  - { id: x, call: other }",
        "  - { id: x, search: handbook, query: why }",
        "  - { id: x, wait: { event: it.came } }",
        "  - { id: x, code: 'return 1', network: [a.example] }",
    ] {
        let told = play(steps, &[], Live::Nothing).await;
        assert_eq!(told.needs.map(|need| need.step).as_deref(), Some("x"), "{steps}");
        assert_eq!(told.state, None);
        let told = play(steps, &[("x", Value::from("this"))], Live::Nothing).await;
        assert_eq!(told.state, Some(RunState::Succeeded), "{steps}: {:?}", told.needs);
        assert_eq!(by(&told, "x"), Some(By::Sample), "{steps}");
    }
}

#[tokio::test]
async fn a_sample_that_does_not_match_a_wait_is_said_to() {
    let steps = "  - { id: x, wait: { event: it.came, match: '{{ event.data == 1 }}' } }";
    let told = play(steps, &[("x", Value::Int(2))], Live::Nothing).await;
    assert!(told.needs.unwrap().why.contains("does not match"));
    let steps = "  - { id: x, wait: { event: it.came, timeout: 1h } }";
    let told = play(steps, &[], Live::Nothing).await;
    assert_eq!(told.state, Some(RunState::Succeeded));
}

#[tokio::test]
async fn live_reads_are_done_and_writes_are_not() {
    let steps = "  - { id: r, do: test.read }\n  - { id: w, do: test.write }\n";
    let told = play(steps, &[], Live::Reads).await;
    assert_eq!((by(&told, "r"), by(&told, "w")), (Some(By::Live), Some(By::Shown)));
    let told = play(steps, &[], Live::All).await;
    assert_eq!((by(&told, "r"), by(&told, "w")), (Some(By::Live), Some(By::Live)));
}
