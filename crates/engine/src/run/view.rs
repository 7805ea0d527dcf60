//! A run as people see it: its journal told step by step.

use codex32_flow::flow::Flow;
use codex32_model::fact::{Address, Choice, Fact, FactKind, LogLine};
use codex32_model::ids::RunId;
use codex32_model::large::{BlobHash, Kept, Slot};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use indexmap::IndexMap;
use serde::Serialize;

use super::closing::cut_off;
use super::state::State;

/// Most items of a loop's list shown in full; more are counted.
const SHOWN_ITEMS: usize = 1_000;

/// `run show --json`; the fields up to `steps` are stable.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    pub id: RunId,
    pub bot: String,
    pub version: u32,
    pub state: RunState,
    pub input: Value,
    pub output: Value,
    pub error: Option<StepError>,
    pub steps: Vec<StepView>,
    pub trigger: String,
    /// Why it waits.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub deadline: Timestamp,
    pub parent: Option<RunId>,
    pub retry_of: Option<RunId>,
    pub answer: Option<AnswerView>,
    /// Values that are too large to be shown here; `null` stands in their places.
    pub large: Vec<LargeView>,
}

/// A value that is not shown as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct LargeView {
    /// The step that it belongs to; none: the run.
    pub step: Option<String>,
    /// `input`, `output`, `trigger`, `event`, `env`, or `answer`.
    pub field: &'static str,
    /// Bytes of its JSON.
    pub size: u64,
    /// The beginning of its JSON.
    pub preview: String,
    /// Its name: `GET /runs/{id}/values/{sha256}` gives it as a whole.
    pub sha256: BlobHash,
}

impl LargeView {
    /// Of a value that a fact refers to.
    pub fn of(fact: &FactKind, kept: &Kept) -> Self {
        let field = match (fact, kept.slot) {
            (FactKind::Responded { .. }, _) => "answer",
            (_, Slot::Input | Slot::Shown | Slot::Items) => "input",
            (_, Slot::Trigger) => "trigger",
            (_, Slot::Event) => "event",
            (_, Slot::Env) => "env",
            (_, Slot::Output | Slot::Data | Slot::Headers | Slot::Body) => "output",
        };
        Self {
            step: super::rerun::address(fact).map(ToString::to_string),
            field,
            size: kept.size,
            preview: kept.preview.clone(),
            sha256: kept.hash,
        }
    }
}

/// What the waiting webhook was answered.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerView {
    pub status: u16,
    pub headers: Value,
    pub body: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct StepView {
    pub address: String,
    pub state: StepState,
    pub attempt: u32,
    pub input: Value,
    pub output: Value,
    pub error: Option<StepError>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub logs: Vec<LogLine>,
    /// The branch taken, the number of items, the child run, the time waited for.
    pub detail: Option<String>,
    /// The idempotency key of a write.
    pub key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Running,
    Waiting,
    Retrying,
    Succeeded,
    Failed,
    Skipped,
}

/// What the journal tells of a run.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub input: Value,
    pub output: Value,
    pub error: Option<StepError>,
    pub steps: Vec<StepView>,
    pub answer: Option<AnswerView>,
}

/// Tells a journal of a run of `flow`; steps in the order in which they began. Blocks are told as
/// the state sees them: a loop's output is its list, an `if`'s the last value of its branch.
pub fn tell(flow: &Flow, facts: &[Fact]) -> Told {
    let mut told = Told::default();
    let mut steps: IndexMap<Address, StepView> = IndexMap::new();
    let mut state = State::default();
    state.told = Some(Vec::new());
    for fact in facts {
        if let FactKind::Started { input, .. } = &fact.kind {
            told.input = input.clone();
        }
        if let FactKind::Ended { output, error, .. } = &fact.kind {
            told.output = output.clone();
            told.error = error.clone();
        }
        if let Some(address) = super::rerun::address(&fact.kind) {
            let ready_at = state.frame_at(address).and_then(|id| state.frame(id));
            let ready_at = ready_at.map_or(fact.at, |frame| frame.ready_at);
            let step = steps.entry(address.clone()).or_insert_with(|| StepView {
                address: address.to_string(),
                state: StepState::Running,
                attempt: 1,
                input: Value::Null,
                output: Value::Null,
                error: None,
                started_at: Some(ready_at),
                ended_at: None,
                logs: Vec::new(),
                detail: None,
                key: None,
            });
            tell_step(step, fact, &mut told.answer);
        }
        // What is told is the same in any run.
        state.apply(flow, RunId::from_bytes([0; 16]), fact);
        for (address, outcome) in state.told.iter_mut().flat_map(std::mem::take) {
            if let Some(step) = steps.get_mut(&address) {
                over(step, outcome, fact.at);
            }
        }
    }
    told.steps = steps.into_values().collect();
    if let Some(Fact { at, kind: FactKind::Ended { state, .. } }) = facts.last() {
        for step in told.steps.iter_mut().filter(|step| step.ended_at.is_none()) {
            // A `return` inside ends the blocks around it well.
            if *state == RunState::Succeeded {
                over(step, Ok(Value::Null), *at);
            } else {
                over(step, Err(cut_off()), *at);
            }
        }
    }
    told
}

fn tools(count: usize) -> String {
    if count == 1 { "one tool".to_owned() } else { format!("{count} tools") }
}

/// A step is over. One that was skipped, or failed and let the run go on, gives `null` after that.
fn over(step: &mut StepView, outcome: Result<Value, StepError>, at: Timestamp) {
    match outcome {
        Ok(_) if matches!(step.state, StepState::Skipped | StepState::Failed) => {}
        Ok(output) => {
            step.state = StepState::Succeeded;
            step.error = None;
            if !output.is_null() {
                step.output = output;
            }
        }
        Err(error) => {
            step.state = StepState::Failed;
            step.error = Some(error);
        }
    }
    step.ended_at = step.ended_at.or(Some(at));
}

fn tell_step(step: &mut StepView, fact: &Fact, answer: &mut Option<AnswerView>) {
    let at = fact.at;
    match &fact.kind {
        FactKind::Choice { c: Choice::Skip, .. } => {
            step.state = StepState::Skipped;
            step.ended_at = Some(at);
        }
        FactKind::Choice { c: Choice::Calls(calls), .. } => {
            step.detail = Some(format!("agent uses {}", tools(calls.len())));
        }
        FactKind::Choice { c: Choice::Again(_), .. } => {
            step.detail = Some("agent answers again".to_owned());
        }
        FactKind::Choice { c, .. } => {
            step.started_at = Some(at);
            step.detail = Some(match c {
                Choice::Branch(Some(name)) => name.clone(),
                Choice::Branch(None) => "no branch".to_owned(),
                Choice::Items(items) => {
                    if items.len() <= SHOWN_ITEMS {
                        step.input = Value::from(items.clone());
                    }
                    format!("{} items", items.len())
                }
                Choice::All => "all branches".to_owned(),
                Choice::Agent(task) => {
                    step.input = Value::object([("task", task.clone())]);
                    "agent at work".to_owned()
                }
                Choice::Calls(_) | Choice::Again(_) | Choice::Skip => String::new(),
            });
        }
        FactKind::StepDone { o, i, s, logs, .. } => {
            step.state = StepState::Succeeded;
            step.output = o.clone();
            if !i.is_null() {
                step.input = i.clone();
            }
            if let Some(began) = s {
                step.started_at = Some(Timestamp::from_micros(*began));
            }
            step.error = None;
            step.ended_at = Some(at);
            step.logs.extend(logs.iter().cloned());
        }
        FactKind::AttemptStarted { n, key, input, .. } => {
            step.state = StepState::Running;
            step.attempt = *n;
            step.started_at = if *n == 1 { Some(at) } else { step.started_at };
            step.key = Some(key.clone());
            step.input = input.clone();
        }
        FactKind::AttemptFailed { n, error, retry_at, logs, .. } => {
            step.attempt = *n;
            step.error = Some(error.clone());
            step.logs.extend(logs.iter().cloned());
            match retry_at {
                Some(_) => step.state = StepState::Retrying,
                None => {
                    step.state = StepState::Failed;
                    step.ended_at = Some(at);
                }
            }
        }
        FactKind::WaitSet { until, event, .. } => {
            step.state = StepState::Waiting;
            step.started_at = Some(at);
            let until = until.map(|until| format!("until {}", Timestamp::from_micros(until)));
            let event = event.as_ref().map(|event| format!("for the event {event}"));
            step.detail = Some([event, until].into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
        FactKind::Asked { q, to, until, .. } => {
            step.state = StepState::Waiting;
            step.started_at = Some(at);
            let people = Value::list(to.iter().map(|person| Value::from(person.as_str())));
            step.input = Value::object([("question", Value::from(q.as_str())), ("to", people)]);
            let until = until.map(|until| format!(", until {}", Timestamp::from_micros(until)));
            step.detail = Some(format!("for an approval{}", until.unwrap_or_default()));
        }
        FactKind::TimerFired { .. } => {
            if step.state == StepState::Retrying {
                step.state = StepState::Running;
                step.attempt += 1;
            }
        }
        FactKind::ChildStarted { run, .. } => {
            step.state = StepState::Waiting;
            step.detail = Some(run.to_string());
        }
        // What these come to is the state's to say.
        FactKind::Signal { .. } | FactKind::ChildEnded { .. } => {}
        FactKind::Responded { status, headers, body, .. } => {
            step.state = StepState::Succeeded;
            step.output = body.clone();
            step.ended_at = Some(at);
            answer.get_or_insert_with(|| AnswerView {
                status: *status,
                headers: headers.clone(),
                body: body.clone(),
            });
        }
        FactKind::Started { .. }
        | FactKind::CancelRequested { .. }
        | FactKind::DeadlinePassed
        | FactKind::Ended { .. } => {}
    }
}
