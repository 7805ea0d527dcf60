//! `apply`: one fact changes the state. Total: a fact that does not fit the state is ignored and
//! reported as such, so that a damaged or foreign journal cannot bring a server down.

use codex32_flow::flow::{Flow, Op};
use codex32_model::codes;
use codex32_model::fact::{Choice, Fact, FactKind};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{Attempt, Current, Ending, NewFrame, Role, Started, State};

impl State {
    /// Folds one fact in; whether it fitted.
    pub fn apply(&mut self, flow: &Flow, run: codex32_model::ids::RunId, fact: &Fact) -> bool {
        self.facts += 1;
        self.bytes += fact.kind.weight() as u64;
        if self.ended.is_some() {
            return false;
        }
        let at = fact.at;
        match &fact.kind {
            FactKind::Started {
                input,
                trigger,
                event,
                env,
                deadline,
                origin,
                generations,
                hops,
            } => {
                if self.started.is_some() {
                    return false;
                }
                self.started = Some(Started {
                    at,
                    input: input.clone(),
                    trigger: trigger.clone(),
                    event: event.clone(),
                    env: env.clone(),
                    deadline: *deadline,
                    origin: origin.unwrap_or(run),
                    hops: *hops,
                    generations: generations.iter().cloned().collect(),
                });
                let (block, prefix) = (flow.root, "".into());
                let bindings = Vec::new();
                self.push(
                    flow,
                    NewFrame { parent: None, block, prefix, role: Role::Root, bindings, at },
                );
                true
            }
            FactKind::Ended { state, output, error } => {
                self.ended = Some((*state, output.clone(), error.clone()));
                self.clear();
                true
            }
            FactKind::CancelRequested { reason, .. } => {
                let error = StepError::new(codes::run::CANCELLED, reason.clone());
                self.cancel(flow, error, at)
            }
            FactKind::DeadlinePassed => {
                let error = StepError::new(codes::run::TIMED_OUT, codes::run::TIMED_OUT.title);
                if self.ending.is_some() {
                    return self.cut_on_error(flow, at);
                }
                self.close(flow, Ending::TimedOut(error), None, at);
                true
            }
            other => self.apply_step(flow, other, at),
        }
    }

    fn apply_step(&mut self, flow: &Flow, fact: &FactKind, at: Timestamp) -> bool {
        let (FactKind::Choice { a, .. }
        | FactKind::StepDone { a, .. }
        | FactKind::AttemptStarted { a, .. }
        | FactKind::AttemptFailed { a, .. }
        | FactKind::WaitSet { a, .. }
        | FactKind::Asked { a, .. }
        | FactKind::TimerFired { a }
        | FactKind::Signal { a, .. }
        | FactKind::ChildStarted { a, .. }
        | FactKind::ChildEnded { a, .. }
        | FactKind::Responded { a, .. }) = fact
        else {
            return false;
        };
        let Some((id, frame)) = self.frame_at(a).and_then(|id| Some((id, self.frame(id)?))) else {
            // A write that was cut off is marked as such after its agent has ended.
            let marks =
                matches!(fact, FactKind::AttemptFailed { unknown: true, retry_at: None, .. });
            return marks && self.left_writes.remove(a);
        };
        let Some(&step) = flow.blocks[frame.block].steps.get(frame.position) else { return false };
        let step = &flow.steps[step];
        if State::address(frame, &step.label) != *a {
            return false;
        }
        let open =
            matches!(frame.current, Current::Ready | Current::Again(_) | Current::Running(_));
        let answered = matches!(&frame.current, Current::Agent(agent) if agent.has_answered());
        if matches!(frame.current, Current::Stopped) {
            // A write that was cut off is marked as such after the run has left it.
            return matches!(fact, FactKind::AttemptFailed { unknown: true, .. });
        }
        // What has outcomes has begun and is not over: no outcome counts twice.
        let fits = match fact {
            FactKind::Choice { c: Choice::Calls(_) | Choice::Again(_), .. } => answered,
            FactKind::StepDone { .. } => open || answered,
            FactKind::Choice { .. }
            | FactKind::AttemptStarted { .. }
            | FactKind::WaitSet { .. }
            | FactKind::Asked { .. }
            | FactKind::ChildStarted { .. }
            | FactKind::Responded { .. } => open,
            FactKind::AttemptFailed { .. } => !matches!(frame.current, Current::Block(_)),
            _ => true,
        };
        if !fits {
            return false;
        }
        match fact {
            FactKind::Choice { c, .. } => return self.choose(flow, id, c, at),
            FactKind::StepDone { o, .. } => {
                if let Op::Action { action, .. } = &step.op
                    && action == "state.new_items"
                {
                    self.reserved_items = true;
                }
                if matches!(step.op, Op::Return(_)) {
                    self.close(flow, Ending::Returned(o.clone()), Some(id), at);
                } else {
                    self.complete_step(flow, id, o.clone(), at);
                }
            }
            FactKind::AttemptStarted { n, key, input, .. } => {
                let attempt = Attempt {
                    number: *n,
                    key: Some(key.clone()),
                    generation: frame.generation(),
                    input: Some(input.clone()),
                };
                self.set(id, Current::Running(attempt));
            }
            FactKind::AttemptFailed { n, error, retry_at, unknown, .. } => match retry_at {
                Some(retry_at) => {
                    let generation = frame.generation() + u32::from(!unknown);
                    let begun = frame.begun().filter(|_| *unknown).cloned();
                    let (key, input) = begun.map_or((None, None), |begun| (begun.key, begun.input));
                    let attempt = Attempt { number: *n, key, generation, input };
                    let at = Timestamp::from_micros(*retry_at);
                    self.set(id, Current::Retry { attempt, at });
                }
                None => {
                    let mut error = error.clone();
                    error.step.get_or_insert_with(|| a.to_string());
                    self.fail_step(flow, id, error, at);
                }
            },
            FactKind::WaitSet { until, event, since, .. } => {
                let until = until.map(Timestamp::from_micros);
                let began = self.started.as_ref().map_or(at, |started| started.at);
                let since = since.map_or(began, Timestamp::from_micros);
                self.set(id, Current::Waiting { until, event: event.clone(), since });
            }
            FactKind::Asked { a, until, .. } => {
                let until = until.map(Timestamp::from_micros);
                self.asked = true;
                self.agent_asks(id, true, at);
                self.set(id, Current::Asking { until, address: a.clone() });
            }
            FactKind::TimerFired { .. } => match &frame.current {
                Current::Retry { attempt, .. } => {
                    let next = Attempt { number: attempt.number + 1, ..attempt.clone() };
                    if let Some(frame) = self.frame_mut(id) {
                        frame.ready_at = at;
                    }
                    self.set(id, Current::Again(next));
                }
                Current::Waiting { event, .. } => {
                    let output = match event {
                        Some(_) => Value::object([
                            ("timed_out", Value::Bool(true)),
                            ("event", Value::Null),
                        ]),
                        None => Value::Null,
                    };
                    self.complete_step(flow, id, output, at);
                }
                Current::Asking { .. } => self.expired(flow, id, at),
                _ => return false,
            },
            FactKind::Signal { data, .. } => match frame.current {
                Current::Waiting { .. } => {
                    let output =
                        Value::object([("timed_out", Value::Bool(false)), ("event", data.clone())]);
                    self.complete_step(flow, id, output, at);
                }
                Current::Asking { .. } => self.answered(flow, id, data, at),
                _ => return false,
            },
            FactKind::ChildStarted { run, .. } => {
                let attempt = frame.attempt();
                let detached = matches!(step.op, Op::Call { detach: true, .. });
                if detached {
                    let output = Value::object([("run", Value::from(run.to_string()))]);
                    self.complete_step(flow, id, output, at);
                } else {
                    self.set(id, Current::Child { run: *run, attempt });
                }
            }
            FactKind::ChildEnded { run, state, output, error, .. } => {
                if !matches!(&frame.current, Current::Child { run: current, .. } if current == run)
                {
                    return false;
                }
                if *state == RunState::Succeeded {
                    self.complete_step(flow, id, output.clone(), at);
                } else {
                    let why = error
                        .as_ref()
                        .map_or_else(|| state.as_str().to_owned(), |e| e.message.clone());
                    let mut failed = StepError::new(
                        codes::run::CHILD_FAILED,
                        format!("the called run {run} ended {}: {why}", state.as_str()),
                    );
                    failed.attempts = frame.attempt();
                    failed.step = Some(a.to_string());
                    self.fail_step(flow, id, failed, at);
                }
            }
            FactKind::Responded { .. } => {
                self.responded = true;
                self.complete_step(flow, id, Value::Null, at);
            }
            _ => return false,
        }
        true
    }
}
