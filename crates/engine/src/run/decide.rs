//! `decide`: an event becomes facts and commands. Pure: the time and the randomness come with the
//! event. The facts are applied as they are made, so the state always equals the folded journal.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::expr::{Budget, Compiled, EvalError, Expr, eval};
use codex32_flow::flow::{Flow, FlowStep, Op};
use codex32_model::action::{Effect, OnUnknown};
use codex32_model::codes;
use codex32_model::definition::{Ask, CodeStep};
use codex32_model::fact::{Address, Choice, Fact, FactKind, LogLevel, LogLine};
use codex32_model::ids::{EventId, RunId, WorkspaceId};
use codex32_model::run::{RunState, StepError};
use codex32_model::schema::Schema;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::{NewEvent, StateOp, StateOpKind};

use super::ahead::{ChunkId, Computed, Known};
use super::bounds::Bounds;
use super::key::key;
use super::retry::pause;
use super::scope::{About, StepScope};
use super::state::{Attempt, Current, Ending, FrameId, Progress, Role, State};
use super::when;

mod agent;
mod approve;
mod begin;
mod chunk;
mod command;
mod external;
mod outcome;

pub use agent::{Briefing, Wanted};
pub(crate) use approve::MOST_PEOPLE;
pub use command::{Cause, Chunk, ChunkTurn, Command, Decision, Failure};

/// Fuel for one expression, and bytes that it may build.
const FUEL: u64 = 2_000_000;
const MEMORY: usize = 32 << 20;
/// Fuel that one call of [`Machine::decide`] may use before it gives way (about a millisecond).
const SLICE: u64 = 50_000;
/// Most facts that one call makes before they are flushed.
const FACTS: usize = 256;
/// Most bytes of values in them.
const BYTES: u64 = 256 << 10;

/// A run in memory.
#[derive(Debug, Clone)]
pub struct Machine {
    pub workspace: WorkspaceId,
    pub run: RunId,
    pub flow: Arc<Flow>,
    pub state: State,
    /// The version of the bot that it runs.
    pub version: u32,
    /// The workspace's zone.
    pub zone: Arc<str>,
    /// Whether turns of loops that begin with code may be computed ahead, in chunks.
    pub looks_ahead: bool,
    pub bounds: Bounds,
}

/// Draws a number; the jitter and the ids that a decision needs.
pub type Draw<'a> = &'a mut dyn FnMut() -> u64;

struct Step<'a> {
    machine: &'a mut Machine,
    at: Timestamp,
    draw: Draw<'a>,
    out: Decision,
    fuel: u64,
    /// Bytes of the run's history before.
    before: u64,
}

/// An attempt without an outcome.
struct OnItsWay {
    frame: FrameId,
    address: Address,
    number: u32,
    writes: bool,
}

impl Machine {
    /// Folds journaled facts in.
    pub fn fold(&mut self, facts: &[Fact]) {
        for fact in facts {
            let flow = Arc::clone(&self.flow);
            self.state.apply(&flow, self.run, fact);
        }
        if self.state.asked {
            // What is journaled is known to the store.
            self.state.take_left_approvals();
        }
    }

    /// Takes an event at time `at` and says what follows.
    pub fn decide(&mut self, cause: Cause, at: Timestamp, draw: Draw<'_>) -> Decision {
        let before = self.state.bytes;
        let out = Decision::default();
        let mut step = Step { machine: self, at, draw, out, fuel: SLICE, before };
        step.take(cause);
        step.work();
        step.leave_chunks();
        if step.machine.state.asked {
            step.leave_approvals();
        }
        step.out.bytes = step.bytes();
        step.out
    }

    /// `run` in expressions.
    fn about(&self) -> About<'_> {
        About { id: self.run, bot: &self.flow.bot.bot, version: self.version }
    }

    /// Whether any step waits for an event of this type.
    pub fn waits_for(&self, event: &str) -> bool {
        self.state.waits_for(event)
    }

    /// Whether nothing can happen before a timer, an event or a child.
    pub fn is_waiting(&self) -> bool {
        self.state.is_waiting()
    }

    /// Whether a first decision was the whole run: it has ended, and nothing but its facts is to be
    /// written.
    pub fn is_over_by(&self, decided: &Decision) -> bool {
        self.state.ended.is_some()
            && decided.commands.is_empty()
            && decided.ops.is_empty()
            && decided.events.is_empty()
            && decided.waits.is_empty()
            && decided.approvals.is_empty()
    }

    /// The current step of a frame, and its address.
    fn current(&self, id: FrameId) -> Option<(&FlowStep, Address)> {
        let frame = self.state.frame(id)?;
        let step = &self.flow.steps[*self.flow.blocks[frame.block].steps.get(frame.position)?];
        Some((step, State::address(frame, &step.label)))
    }

    /// Whether a wait of the run keeps its slot.
    pub fn holds_slot(&self) -> bool {
        self.state.waiting().any(|id| {
            let step = self.current(id);
            step.is_some_and(|(step, _)| matches!(step.op, Op::WaitEvent { hold: true, .. }))
        })
    }

    /// Why the run waits, for people: the oldest reason, and how many more there are.
    pub fn why(&self) -> Option<String> {
        let waits = self.state.frames().filter(|(_, frame)| {
            matches!(
                frame.current,
                Current::Waiting { .. }
                    | Current::Asking { .. }
                    | Current::Retry { .. }
                    | Current::Child { .. }
            )
        });
        let mut count = 0_usize;
        let first = waits.inspect(|_| count += 1).min_by_key(|(id, _)| *id);
        let reason = match &first?.1.current {
            Current::Waiting { event: Some(event), .. } => format!("waits for the event {event}"),
            Current::Waiting { until: Some(until), .. } => format!("waits until {until}"),
            Current::Asking { until: Some(until), .. } => {
                format!("waits for an approval until {until}")
            }
            Current::Asking { .. } => "waits for an approval".to_owned(),
            Current::Retry { at, .. } => format!("tries again at {at}"),
            Current::Child { run, .. } => format!("waits for the called run {run}"),
            _ => return None,
        };
        Some(if count <= 1 { reason } else { format!("{reason}, and {} more", count - 1) })
    }

    /// Children that the run waits for.
    pub fn children(&self) -> Vec<(Address, RunId)> {
        let of = |(run, id)| self.current(id).map(|(_, address)| (address, run));
        self.state.children().filter_map(of).collect()
    }

    /// The step that waits for this child.
    pub fn child(&self, run: RunId) -> Option<Address> {
        Some(self.current(self.state.child(run)?)?.1)
    }

    /// Steps that wait for an event, in the order in which they came to it: (address, event type).
    pub fn waits(&self) -> Vec<(Address, String)> {
        let mut ids: Vec<FrameId> = self.state.waiting().collect();
        ids.sort_unstable();
        let of = |id: FrameId| match &self.state.frame(id)?.current {
            Current::Waiting { event: Some(event), .. } => {
                Some((self.current(id)?.1, event.clone()))
            }
            _ => None,
        };
        ids.into_iter().filter_map(of).collect()
    }

    /// Steps that wait for an event, with since when: (event type, since), each type once.
    pub fn event_waits(&self) -> Vec<(String, Timestamp)> {
        let mut waits: Vec<(String, Timestamp)> = Vec::new();
        for id in self.state.waiting() {
            let Some(Current::Waiting { event: Some(event), since, .. }) =
                self.state.frame(id).map(|frame| &frame.current)
            else {
                continue;
            };
            // Waits come in order of the event's type.
            match waits.last_mut() {
                Some((known, earliest)) if known == event => *earliest = (*earliest).min(*since),
                _ => waits.push((event.clone(), *since)),
            }
        }
        waits
    }
}

impl Step<'_> {
    fn fact(&mut self, kind: FactKind) -> bool {
        let fact = Fact { at: self.at, kind };
        let flow = Arc::clone(&self.machine.flow);
        let fitted = self.machine.state.apply(&flow, self.machine.run, &fact);
        self.out.facts.push(fact);
        fitted
    }

    /// The frame whose current step has this address and is in an attempt of this number.
    fn attempt_at(&self, address: &str, attempt: u32) -> Option<FrameId> {
        let id = self.current_at(address)?;
        let frame = self.machine.state.frame(id)?;
        matches!(&frame.current, Current::Running(running) if running.number == attempt)
            .then_some(id)
    }

    fn current_at(&self, address: &str) -> Option<FrameId> {
        let id = self.machine.state.frame_at(address)?;
        (&*self.machine.current(id)?.1 == address).then_some(id)
    }

    fn step_of(&self, id: FrameId) -> Option<usize> {
        let frame = self.machine.state.frame(id)?;
        self.machine.flow.blocks[frame.block].steps.get(frame.position).copied()
    }

    fn take(&mut self, cause: Cause) {
        match cause {
            Cause::Begin | Cause::Continue => {}
            Cause::Recovered => self.recover(),
            Cause::Done { address, attempt, output, input, began, logs } => {
                if let Some(id) = self.attempt_at(&address, attempt) {
                    self.done(id, address, attempt, output, input, began, logs);
                }
            }
            Cause::Failed { address, attempt, failure } => {
                if let Some(id) = self.attempt_at(&address, attempt) {
                    self.failed(id, address, attempt, failure);
                }
            }
            Cause::Computed { chunk, outcomes, took } => self.computed(chunk, outcomes, took),
            Cause::Committed(facts) => {
                // These are on disk already: they change the state, not the journal.
                self.machine.fold(&facts);
            }
            Cause::Tick => self.tick(),
            Cause::Answered { address, said } => self.answered(&address, said),
            Cause::Event(event, kind) => self.event(&event, &kind),
            Cause::ChildStarted { address, run } => {
                let waits = self.current_at(&address).is_some_and(|id| {
                    let current = self.machine.state.frame(id).map(|frame| &frame.current);
                    matches!(current, Some(Current::Running(_)))
                });
                if waits {
                    self.fact(FactKind::ChildStarted { a: address, run });
                }
            }
            Cause::ChildEnded { address, run, state, output, error } => {
                if let Some(id) = self.current_at(&address) {
                    self.child_ended(id, address, run, state, output, error);
                }
            }
            Cause::Cancel { reason, by } => {
                if self.machine.state.can_cancel() {
                    self.leaving(FactKind::CancelRequested { reason, by });
                }
            }
            Cause::Abort(error) => {
                if self.machine.state.ended.is_none() {
                    self.end(RunState::Failed, Value::Null, Some(error));
                }
            }
        }
    }

    /// Begins what is ready until nothing is, or until it is time to give way.
    fn work(&mut self) {
        while let Some(id) = self.machine.state.next_ready() {
            if let Some(error) = self.machine.bounds.passed(&mut self.machine.state) {
                return self.end(RunState::Failed, Value::Null, Some(error));
            }
            if self.out.facts.len() >= FACTS || self.fuel == 0 || self.bytes() > BYTES {
                self.out.more = true;
                return;
            }
            let facts = self.out.facts.len();
            self.begin(id);
            if self.out.facts.len() == facts && self.machine.state.next_ready() == Some(id) {
                // A mistake of ours; better an end than a run that turns on the spot.
                let error = StepError::new(codes::run::PANIC, codes::run::PANIC.title);
                return self.end(RunState::Failed, Value::Null, Some(error));
            }
        }
        if let Some(ending) = self.machine.state.finished() {
            self.finish(ending);
        } else if self.machine.state.ended.is_none()
            && let Some(error) = self.machine.bounds.passed(&mut self.machine.state)
        {
            self.end(RunState::Failed, Value::Null, Some(error));
        }
    }

    /// What this decision has added to the run's history.
    const fn bytes(&self) -> u64 {
        self.machine.state.bytes - self.before
    }

    fn finish(&mut self, ending: Ending) {
        let state = ending.state();
        match ending {
            Ending::Returned(value) => {
                if let Some(schema) = &self.machine.flow.bot.output
                    && let Err(problem) = fits(schema, &value)
                {
                    let error = StepError::new(codes::run::OUTPUT, problem);
                    return self.end(RunState::Failed, value, Some(error));
                }
                self.end(state, value, None);
            }
            Ending::Failed(error) | Ending::Cancelled(error) | Ending::TimedOut(error) => {
                self.end(state, Value::Null, Some(error));
            }
        }
    }

    /// The closing steps have had their time.
    fn end_now(&mut self) {
        let Some(ending) = self.machine.state.ending.clone() else { return };
        self.finish(ending);
    }

    fn end(&mut self, state: RunState, output: Value, error: Option<StepError>) {
        let (attempts, children) = self.on_its_way();
        self.out.left.extend(children.into_iter().map(|(run, _)| run));
        self.cut_off(attempts);
        self.fact(FactKind::Ended { state, output, error });
    }

    fn ready_at(&self, id: FrameId) -> Timestamp {
        self.machine.state.frame(id).map_or(self.at, |frame| frame.ready_at)
    }

    fn evaluate<T>(
        &mut self,
        id: FrameId,
        evaluate: impl FnOnce(&StepScope<'_>, &mut Budget) -> Result<T, EvalError>,
    ) -> Result<T, StepError> {
        let state = &self.machine.state;
        let now = state.frame(id).map_or(self.at, |frame| frame.ready_at);
        let scope = StepScope { state, frame: id, now, run: self.machine.about(), extra: None };
        let mut budget = Budget::new(FUEL, MEMORY);
        let value = evaluate(&scope, &mut budget);
        self.fuel = self.fuel.saturating_sub(1 + (FUEL - budget.fuel_left()));
        value.map_err(|error| expression_error(&error))
    }

    fn value(&mut self, id: FrameId, compiled: &Compiled) -> Result<Value, StepError> {
        let value = self.evaluate(id, |scope, budget| compiled.eval(scope, budget))?;
        self.machine.bounds.fits(&value)?;
        Ok(value)
    }

    fn expr(&mut self, id: FrameId, expr: &Expr) -> Result<Value, StepError> {
        self.evaluate(id, |scope, budget| eval(expr, scope, budget))
    }
}

fn expression_error(error: &EvalError) -> StepError {
    StepError::new(error.code, error.message.clone())
}

fn fits(schema: &Schema, value: &Value) -> Result<(), String> {
    codex32_flow::schema::fits(schema, value).map_err(|problem| problem.to_string())
}
