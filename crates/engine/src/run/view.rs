//! A run as people see it: its journal told step by step.

use codex32_model::codes;
use codex32_model::fact::{Choice, Fact, FactKind, LogLine};
use codex32_model::ids::RunId;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use indexmap::IndexMap;
use serde::Serialize;

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

/// Tells a journal; steps in the order in which they began.
pub fn tell(facts: &[Fact]) -> Told {
    let mut told = Told::default();
    let mut steps: IndexMap<String, StepView> = IndexMap::new();
    let mut before = facts.first().map(|fact| fact.at);
    for fact in facts {
        if let FactKind::Started { input, .. } = &fact.kind {
            told.input = input.clone();
        }
        if let FactKind::Ended { output, error, .. } = &fact.kind {
            told.output = output.clone();
            told.error = error.clone();
        }
        if let Some(address) = super::rerun::address(&fact.kind) {
            let step = steps.entry(address.to_string()).or_insert_with(|| StepView {
                address: address.to_string(),
                state: StepState::Running,
                attempt: 1,
                input: Value::Null,
                output: Value::Null,
                error: None,
                started_at: before,
                ended_at: None,
                logs: Vec::new(),
                detail: None,
                key: None,
            });
            tell_step(step, fact, &mut told.answer);
            if step.ended_at.is_some() {
                close_blocks(&mut steps, address, fact.at);
            }
        }
        before = Some(fact.at);
    }
    let ended = facts.last().and_then(|fact| match &fact.kind {
        FactKind::Ended { state, .. } => Some((*state, fact.at)),
        _ => None,
    });
    told.steps = steps.into_values().collect();
    if let Some((state, at)) = ended {
        for step in &mut told.steps {
            if step.ended_at.is_none() {
                let done = is_block(step) && state == RunState::Succeeded;
                step.state = if done { StepState::Succeeded } else { StepState::Failed };
                step.ended_at = Some(at);
            }
        }
    }
    told
}

fn is_block(step: &StepView) -> bool {
    step.detail.is_some() && step.key.is_none()
}

/// A block goes on as long as anything inside does: its end is that of its last inner step.
fn close_blocks(steps: &mut IndexMap<String, StepView>, address: &str, at: Timestamp) {
    let mut rest = address;
    while let Some((outer, _)) = rest.rsplit_once('/') {
        let cut = outer.rfind(['.', '[']).unwrap_or(outer.len());
        let block = &outer[..cut];
        if let Some(step) = steps.get_mut(block) {
            if step.state == StepState::Running {
                step.state = StepState::Succeeded;
            }
            step.ended_at = Some(at);
        }
        rest = outer;
    }
}

fn tell_step(step: &mut StepView, fact: &Fact, answer: &mut Option<AnswerView>) {
    let at = fact.at;
    match &fact.kind {
        FactKind::Choice { c: Choice::Skip, .. } => {
            step.state = StepState::Skipped;
            step.ended_at = Some(at);
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
                Choice::Skip => String::new(),
            });
            let nothing = match c {
                Choice::Branch(None) => true,
                Choice::Items(items) => items.is_empty(),
                _ => false,
            };
            if nothing {
                step.state = StepState::Succeeded;
                step.ended_at = Some(at);
            }
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
        FactKind::TimerFired { .. } => {
            if step.state == StepState::Retrying {
                step.state = StepState::Running;
                step.attempt += 1;
            } else {
                step.state = StepState::Succeeded;
                step.ended_at = Some(at);
            }
        }
        FactKind::Signal { data, .. } => {
            step.state = StepState::Succeeded;
            step.output = data.clone();
            step.ended_at = Some(at);
        }
        FactKind::ChildStarted { run, .. } => {
            step.state = StepState::Waiting;
            step.detail = Some(run.to_string());
        }
        FactKind::ChildEnded { state, output, error, .. } => {
            let succeeded = *state == RunState::Succeeded;
            step.state = if succeeded { StepState::Succeeded } else { StepState::Failed };
            step.output = output.clone();
            step.error = error.clone().or_else(|| {
                (!succeeded).then(|| {
                    StepError::new(codes::run::CHILD_FAILED, codes::run::CHILD_FAILED.title)
                })
            });
            step.ended_at = Some(at);
        }
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
