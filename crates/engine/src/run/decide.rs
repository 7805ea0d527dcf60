//! `decide`: an event becomes facts and commands. Pure: the time and the randomness come with the
//! event. The facts are applied as they are made, so the state always equals the folded journal.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::expr::{Budget, Compiled, EvalError, Expr, eval};
use codex32_flow::flow::{Flow, FlowStep, Op};
use codex32_model::action::{Effect, OnUnknown};
use codex32_model::codes;
use codex32_model::definition::CodeStep;
use codex32_model::fact::{Address, Choice, Fact, FactKind, LogLevel, LogLine};
use codex32_model::ids::{EventId, RunId, WorkspaceId};
use codex32_model::run::{RunState, StepError};
use codex32_model::schema::Schema;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::{NewEvent, StateOp, StateOpKind};

use super::key::key;
use super::retry::pause;
use super::scope::StepScope;
use super::state::{Attempt, Current, Ending, FrameId, State};
use super::when;

/// Fuel for one expression, and bytes that it may build.
const FUEL: u64 = 2_000_000;
const MEMORY: usize = 32 << 20;
/// Fuel that one call of [`Machine::decide`] may use before it gives way (about a millisecond).
const SLICE: u64 = 50_000;
/// Most facts that one call makes before they are flushed.
const FACTS: usize = 256;
/// Widest loop, and most facts in a run.
const MAX_ITEMS: usize = 100_000;
const MAX_FACTS: u64 = 1_000_000;
/// Most bytes of one step's output.
const MAX_OUTPUT: usize = 16 << 20;
/// Longest chain of events and runs that cause each other.
const MAX_HOPS: u32 = 32;

/// What reached the run.
#[derive(Debug, Clone)]
pub enum Cause {
    /// The facts that begin the run are folded in: go on.
    Begin,
    /// The run was taken over from a server that is gone: what was begun is issued again.
    Recovered,
    Done {
        address: Address,
        attempt: u32,
        output: Value,
        input: Value,
        began: Timestamp,
        logs: Vec<LogLine>,
    },
    Failed {
        address: Address,
        attempt: u32,
        failure: Failure,
    },
    /// Facts that the commit added for state operations.
    Committed(Vec<Fact>),
    /// The time has come for whatever is due.
    Tick,
    /// An event that a step may wait for.
    Event(Value, String),
    ChildStarted {
        address: Address,
        run: RunId,
    },
    ChildEnded {
        address: Address,
        run: RunId,
        state: RunState,
        output: Value,
        error: Option<StepError>,
    },
    Cancel {
        reason: String,
        by: String,
    },
    /// The run cannot go on at all; ends it failed.
    Abort(StepError),
    /// Go on after giving way.
    Continue,
}

#[derive(Debug, Clone)]
pub struct Failure {
    pub error: StepError,
    pub retryable: bool,
    pub retry_after: Option<Duration>,
    /// The receiver may have taken it.
    pub unknown: bool,
    pub logs: Vec<LogLine>,
}

/// What has to be done outside.
#[derive(Debug, Clone)]
pub enum Command {
    Action {
        address: Address,
        attempt: u32,
        /// Of a write, whose `attempt_started` must be on disk before it begins.
        key: Option<String>,
        action: String,
        connection: Option<String>,
        input: Value,
        timeout: Option<Duration>,
    },
    Code {
        address: Address,
        attempt: u32,
        key: Option<String>,
        code: CodeStep,
        scope: Value,
        now: Timestamp,
        timeout: Option<Duration>,
    },
    Call {
        address: Address,
        attempt: u32,
        bot: String,
        input: Value,
        detach: bool,
    },
}

impl Command {
    pub const fn address(&self) -> &Address {
        match self {
            Self::Action { address, .. }
            | Self::Code { address, .. }
            | Self::Call { address, .. } => address,
        }
    }

    /// Whether the facts before it must be on disk before it may begin.
    pub const fn needs_commit(&self) -> bool {
        match self {
            Self::Action { key, .. } | Self::Code { key, .. } => key.is_some(),
            Self::Call { .. } => true,
        }
    }
}

/// What one event came to.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    pub facts: Vec<Fact>,
    pub commands: Vec<Command>,
    pub ops: Vec<StateOp>,
    pub events: Vec<NewEvent>,
    pub waits: Vec<(Address, String)>,
    pub waits_over: Vec<(Address, String)>,
    /// Attempts on their way that the run has left: their outcome does not count any more.
    pub cut: Vec<(Address, u32)>,
    /// Called runs that the run does not wait for any more.
    pub left: Vec<RunId>,
    /// There is more to do at once: call again with [`Cause::Continue`].
    pub more: bool,
}

/// A run in memory.
#[derive(Debug, Clone)]
pub struct Machine {
    pub workspace: WorkspaceId,
    pub run: RunId,
    pub flow: Arc<Flow>,
    pub state: State,
    /// `run` in expressions: `{id, bot, version}`.
    pub about: Value,
    /// The workspace's zone.
    pub zone: Arc<str>,
}

/// Draws a number; the jitter and the ids that a decision needs.
pub type Draw<'a> = &'a mut dyn FnMut() -> u64;

struct Step<'a> {
    machine: &'a mut Machine,
    at: Timestamp,
    draw: Draw<'a>,
    out: Decision,
    fuel: u64,
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
    }

    /// Takes an event at time `at` and says what follows.
    pub fn decide(&mut self, cause: Cause, at: Timestamp, draw: Draw<'_>) -> Decision {
        let mut step = Step { machine: self, at, draw, out: Decision::default(), fuel: SLICE };
        step.take(cause);
        step.work();
        step.out
    }

    /// Whether any step waits for an event of this type.
    pub fn waits_for(&self, event: &str) -> bool {
        self.state.waits_for(event)
    }

    /// Whether nothing can happen before a timer, an event or a child.
    pub fn is_waiting(&self) -> bool {
        self.state.is_waiting()
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
                Current::Waiting { .. } | Current::Retry { .. } | Current::Child { .. }
            )
        });
        let mut count = 0_usize;
        let first = waits.inspect(|_| count += 1).min_by_key(|(id, _)| *id);
        let reason = match &first?.1.current {
            Current::Waiting { event: Some(event), .. } => format!("waits for the event {event}"),
            Current::Waiting { until: Some(until), .. } => format!("waits until {until}"),
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
            Cause::Committed(facts) => {
                // These are on disk already: they change the state, not the journal.
                self.machine.fold(&facts);
            }
            Cause::Tick => self.tick(),
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

    /// What is on its way: attempts, whether they write, and called runs.
    fn on_its_way(&self) -> (Vec<OnItsWay>, Vec<(RunId, FrameId)>) {
        let machine = &self.machine;
        let of = |id| {
            let attempt = machine.state.frame(id)?.begun()?;
            let (_, address) = machine.current(id)?;
            let (number, writes) = (attempt.number, attempt.key.is_some());
            Some(OnItsWay { frame: id, address, number, writes })
        };
        (machine.state.running().filter_map(of).collect(), machine.state.children().collect())
    }

    /// A fact after which the run may leave steps that are on their way.
    fn leaving(&mut self, kind: FactKind) {
        let (attempts, children) = self.on_its_way();
        self.fact(kind);
        let state = &self.machine.state;
        let gone = |id: &FrameId| {
            let current = state.frame(*id).map(|frame| &frame.current);
            !matches!(current, Some(Current::Running(_) | Current::Child { .. }))
        };
        let attempts: Vec<_> =
            attempts.into_iter().filter(|attempt| gone(&attempt.frame)).collect();
        self.out.left.extend(children.iter().filter(|(_, id)| gone(id)).map(|(run, _)| *run));
        self.cut_off(attempts);
    }

    fn cut_off(&mut self, attempts: Vec<OnItsWay>) {
        let mut writes = Vec::new();
        for OnItsWay { address, number, writes: write, .. } in attempts {
            self.out.commands.retain(|command| *command.address() != address);
            if write {
                writes.push((address.clone(), number));
            }
            self.out.cut.push((address, number));
        }
        self.abandon(writes);
    }

    /// Marks writes that are cut off: nobody knows whether they took effect.
    fn abandon(&mut self, running: Vec<(Address, u32)>) {
        for (a, n) in running {
            let mut error = StepError::new(
                codes::run::UNKNOWN_OUTCOME,
                "the run ended while this was on its way; look at the other side",
            );
            error.attempts = n;
            self.fact(FactKind::AttemptFailed {
                a,
                n,
                error,
                retry_at: None,
                unknown: true,
                logs: Vec::new(),
            });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of an outcome")]
    fn done(
        &mut self,
        id: FrameId,
        address: Address,
        attempt: u32,
        output: Value,
        input: Value,
        began: Timestamp,
        logs: Vec<LogLine>,
    ) {
        if output.weight() > MAX_OUTPUT {
            let error = StepError::new(
                codes::run::LIMIT,
                format!("the output has more than {} MiB", MAX_OUTPUT >> 20),
            );
            return self.fail(address, attempt, error, logs);
        }
        let Some(step) = self.step_of(id) else { return };
        if let Op::Code(CodeStep { output: Some(schema), .. }) = &self.machine.flow.steps[step].op
            && let Err(problem) = fits(schema, &output)
        {
            return self.fail(address, attempt, StepError::new(codes::run::OUTPUT, problem), logs);
        }
        self.fact(FactKind::StepDone {
            a: address,
            o: output,
            i: input,
            s: Some(began.micros()),
            logs,
        });
    }

    fn failed(&mut self, id: FrameId, address: Address, attempt: u32, failure: Failure) {
        let Some(step) = self.step_of(id) else { return };
        let mut error = failure.error;
        error.attempts = attempt;
        let jitter = ((self.draw)() >> 11) as f64 / (1_u64 << 53) as f64;
        let retry = self.machine.flow.steps[step].retry.clone();
        // What must not happen twice is not sent again while nobody knows whether it happened.
        let once = failure.unknown
            && matches!(
                self.machine.flow.steps[step].op,
                Op::Action { on_unknown: OnUnknown::Fail, .. }
            );
        let wait = if failure.retryable && !once {
            pause(retry.as_ref(), attempt + 1, jitter, failure.retry_after)
        } else {
            None
        };
        let retry_at = wait.map(|wait| self.at.plus(wait).micros());
        let unknown = failure.unknown;
        self.fact(FactKind::AttemptFailed {
            a: address,
            n: attempt,
            error,
            retry_at,
            unknown,
            logs: failure.logs,
        });
    }

    /// A step failed for good, without an attempt outside.
    fn fail(&mut self, address: Address, attempt: u32, error: StepError, logs: Vec<LogLine>) {
        self.fact(FactKind::AttemptFailed {
            a: address,
            n: attempt,
            error,
            retry_at: None,
            unknown: false,
            logs,
        });
    }

    fn child_ended(
        &mut self,
        id: FrameId,
        address: Address,
        run: RunId,
        state: RunState,
        output: Value,
        error: Option<StepError>,
    ) {
        let Some(step) = self.step_of(id) else { return };
        let Some(Current::Child { run: current, attempt }) =
            self.machine.state.frame(id).map(|frame| frame.current.clone())
        else {
            return;
        };
        if current != run {
            return;
        }
        let retry = self.machine.flow.steps[step].retry.clone();
        let jitter = ((self.draw)() >> 11) as f64 / (1_u64 << 53) as f64;
        if state != RunState::Succeeded
            && state != RunState::Cancelled
            && let Some(wait) = pause(retry.as_ref(), attempt + 1, jitter, None)
        {
            let mut failed = StepError::new(
                codes::run::CHILD_FAILED,
                format!("the called run {run} ended {}", state.as_str()),
            );
            failed.attempts = attempt;
            let retry_at = Some(self.at.plus(wait).micros());
            self.fact(FactKind::AttemptFailed {
                a: address,
                n: attempt,
                error: failed,
                retry_at,
                unknown: false,
                logs: Vec::new(),
            });
        } else {
            self.fact(FactKind::ChildEnded { a: address, run, state, output, error });
        }
    }

    fn tick(&mut self) {
        let state = &self.machine.state;
        if state.ended.is_some() {
            return;
        }
        if let Some(until) = state.closing_until
            && state.ending.is_some()
            && until <= self.at
        {
            return self.end_now();
        }
        if state.ending.is_none()
            && state.started.as_ref().is_some_and(|started| started.deadline <= self.at)
        {
            return self.leaving(FactKind::DeadlinePassed);
        }
        for id in state.due(self.at) {
            let Some((_, address)) = self.machine.current(id) else { continue };
            match self.machine.state.frame(id).map(|frame| &frame.current) {
                Some(Current::Waiting { event: Some(event), .. }) => {
                    self.out.waits_over.push((address.clone(), event.clone()));
                }
                Some(Current::Waiting { .. } | Current::Retry { .. }) => {}
                _ => continue,
            }
            self.fact(FactKind::TimerFired { a: address });
        }
    }

    fn event(&mut self, event: &Value, kind: &str) {
        let flow = Arc::clone(&self.machine.flow);
        for id in self.machine.state.waiting_for(kind) {
            let Some(step) = self.step_of(id) else { continue };
            let Op::WaitEvent { matching, .. } = &flow.steps[step].op else { continue };
            let Some(frame) = self.machine.state.frame(id) else { continue };
            let address = State::address(frame, &flow.steps[step].label);
            let matches = match matching {
                None => Ok(true),
                Some(expr) => {
                    let mut budget = Budget::new(FUEL, MEMORY);
                    let scope = StepScope {
                        state: &self.machine.state,
                        frame: id,
                        now: self.at,
                        run: &self.machine.about,
                        extra: Some(("event", event)),
                    };
                    eval(expr, &scope, &mut budget).map(|value| value.truthy())
                }
            };
            match matches {
                Ok(true) => {
                    self.out.waits_over.push((address.clone(), kind.to_owned()));
                    self.fact(FactKind::Signal { a: address, data: event.clone() });
                }
                Ok(false) => {}
                Err(error) => {
                    self.out.waits_over.push((address.clone(), kind.to_owned()));
                    self.fail(address, 1, expression_error(&error), Vec::new());
                }
            }
        }
    }

    /// Issues again what was begun without an outcome.
    fn recover(&mut self) {
        let begun: Vec<FrameId> = self.machine.state.running().collect();
        let flow = Arc::clone(&self.machine.flow);
        for id in begun {
            let Some(step) = self.step_of(id) else { continue };
            let Some(frame) = self.machine.state.frame(id) else { continue };
            let Some(attempt) = frame.begun().cloned() else { continue };
            let step = &flow.steps[step];
            let address = State::address(frame, &step.label);
            if let Op::Action { on_unknown: OnUnknown::Fail, .. } = &step.op {
                let mut error =
                    StepError::new(codes::run::UNKNOWN_OUTCOME, codes::run::UNKNOWN_OUTCOME.title);
                error.attempts = attempt.number;
                self.fact(FactKind::AttemptFailed {
                    a: address,
                    n: attempt.number,
                    error,
                    retry_at: None,
                    unknown: true,
                    logs: Vec::new(),
                });
                continue;
            }
            self.external(id, step, address, attempt, true);
        }
    }

    /// Begins what is ready until nothing is, or until it is time to give way.
    fn work(&mut self) {
        while let Some(id) = self.machine.state.next_ready() {
            if self.out.facts.len() >= FACTS || self.fuel == 0 {
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
        } else if self.machine.state.facts > MAX_FACTS && self.machine.state.ended.is_none() {
            let error = StepError::new(
                codes::run::LIMIT,
                format!("the run has more than {MAX_FACTS} facts"),
            );
            self.end(RunState::Failed, Value::Null, Some(error));
        }
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
        let scope = StepScope { state, frame: id, now, run: &self.machine.about, extra: None };
        let mut budget = Budget::new(FUEL, MEMORY);
        let value = evaluate(&scope, &mut budget);
        self.fuel = self.fuel.saturating_sub(1 + (FUEL - budget.fuel_left()));
        value.map_err(|error| expression_error(&error))
    }

    fn value(&mut self, id: FrameId, compiled: &Compiled) -> Result<Value, StepError> {
        self.evaluate(id, |scope, budget| compiled.eval(scope, budget))
    }

    fn expr(&mut self, id: FrameId, expr: &Expr) -> Result<Value, StepError> {
        self.evaluate(id, |scope, budget| eval(expr, scope, budget))
    }

    fn begin(&mut self, id: FrameId) {
        let Some(step) = self.step_of(id) else { return };
        let Some(frame) = self.machine.state.frame(id) else { return };
        let attempt = match &frame.current {
            Current::Ready => Attempt { number: 1, key: None, generation: 0, input: None },
            Current::Again(attempt) => attempt.clone(),
            _ => return,
        };
        let flow = Arc::clone(&self.machine.flow);
        let step = &flow.steps[step];
        let address = State::address(frame, &step.label);
        if attempt.number == 1
            && let Some(when) = &step.when
        {
            match self.expr(id, when) {
                Ok(value) if !value.truthy() => {
                    self.fact(FactKind::Choice { a: address, c: Choice::Skip });
                    return;
                }
                Ok(_) => {}
                Err(error) => return self.fail(address, 1, error, Vec::new()),
            }
        }
        let number = attempt.number;
        if let Err(error) = self.begin_op(id, step, &address, attempt) {
            self.fail(address, number, error, Vec::new());
        }
    }

    fn begin_op(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: Attempt,
    ) -> Result<(), StepError> {
        let a = address.clone();
        match &step.op {
            Op::Set(value) => {
                let o = self.value(id, value)?;
                self.fact(FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() });
            }
            Op::Return(value) => {
                let o = self.value(id, value)?;
                let (i, logs) = (Value::Null, Vec::new());
                self.leaving(FactKind::StepDone { a, o, i, s: None, logs });
            }
            Op::If { condition, .. } => {
                let name = if self.expr(id, condition)?.truthy() { "then" } else { "else" };
                self.fact(FactKind::Choice { a, c: Choice::Branch(Some(name.to_owned())) });
            }
            Op::Switch { on, cases, default } => {
                let text = self.expr(id, on)?.to_text();
                let branch = if cases.contains_key(&text) {
                    Some(text)
                } else {
                    default.map(|_| "default".to_owned())
                };
                self.fact(FactKind::Choice { a, c: Choice::Branch(branch) });
            }
            Op::ForEach { items, .. } => {
                let value = self.expr(id, items)?;
                let list = match &value {
                    Value::List(list) => list.to_vec(),
                    Value::Null => Vec::new(),
                    other => {
                        return Err(StepError::new(
                            codes::expr::TYPE,
                            format!("`for_each` needs a list and got {}", other.kind()),
                        ));
                    }
                };
                if list.len() > MAX_ITEMS {
                    return Err(StepError::new(
                        codes::run::LIMIT,
                        format!(
                            "`for_each` goes through at most {MAX_ITEMS} items and got {}",
                            list.len()
                        ),
                    ));
                }
                self.fact(FactKind::Choice { a, c: Choice::Items(list) });
            }
            Op::Parallel(_) => {
                self.fact(FactKind::Choice { a, c: Choice::All });
            }
            Op::Try { .. } => {
                self.fact(FactKind::Choice { a, c: Choice::Branch(Some("try".to_owned())) });
            }
            Op::WaitFor(value) => {
                let value = self.value(id, value)?;
                let span = when::duration(&value)
                    .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                let from = self.ready_at(id);
                self.fact(FactKind::WaitSet {
                    a,
                    until: Some(from.plus(span).micros()),
                    event: None,
                    since: None,
                });
            }
            Op::WaitUntil { at, timezone } => {
                let value = self.value(id, at)?;
                let zone = timezone.clone().unwrap_or_else(|| self.machine.zone.to_string());
                let until = when::moment(&value, &zone)
                    .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                self.fact(FactKind::WaitSet {
                    a,
                    until: Some(until.micros()),
                    event: None,
                    since: None,
                });
            }
            Op::WaitEvent { event, timeout, since, .. } => {
                let from = self.ready_at(id);
                let since = match since {
                    Some(since) => {
                        let value = self.value(id, since)?;
                        let since = when::moment(&value, &self.machine.zone)
                            .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?;
                        Some(since.micros())
                    }
                    None => None,
                };
                let until = timeout.map(|timeout| from.plus(timeout).micros());
                self.out.waits.push((a.clone(), event.clone()));
                self.fact(FactKind::WaitSet { a, until, event: Some(event.clone()), since });
            }
            Op::Emit { event, data, key } => self.emit(id, a, event, data, key.as_ref())?,
            Op::Respond { status, headers, body } => {
                let status = self.value(id, status)?;
                let headers = self.value(id, headers)?;
                let body = self.value(id, body)?;
                let status = match &status {
                    Value::Null => 200,
                    other => other
                        .as_f64()
                        .filter(|code| (100.0..=599.0).contains(code))
                        .map(|code| code as u16)
                        .ok_or_else(|| {
                            StepError::new(
                                codes::expr::TYPE,
                                format!("{} is not an HTTP status", other.to_json()),
                            )
                        })?,
                };
                self.fact(FactKind::Responded { a, status, headers, body });
            }
            Op::Later(verb) => {
                return Err(StepError::new(
                    codes::run::LATER,
                    format!("`{verb}` cannot run on this server yet"),
                ));
            }
            Op::Action { .. } | Op::Code(_) | Op::Call { .. } => {
                self.external(id, step, a, attempt, false);
            }
        }
        Ok(())
    }

    fn emit(
        &mut self,
        id: FrameId,
        a: Address,
        event: &str,
        data: &Compiled,
        key: Option<&Compiled>,
    ) -> Result<(), StepError> {
        let data = self.value(id, data)?;
        let key = key.map(|key| self.value(id, key)).transpose()?.map(|key| key.to_text());
        let hops = self.machine.state.started.as_ref().map_or(0, |started| started.hops) + 1;
        if hops > MAX_HOPS {
            return Err(StepError::new(
                codes::run::LIMIT,
                format!(
                    "more than {MAX_HOPS} events caused each other: bots seem to start each other in a circle"
                ),
            ));
        }
        let event_id = self.event_id();
        let source = self.machine.about.get("bot").map(Value::to_text).unwrap_or_default();
        self.out.events.push(NewEvent {
            id: event_id,
            kind: event.to_owned(),
            source,
            data,
            key,
            hops,
            at: self.at,
        });
        let o = Value::object([("event", Value::from(event_id.to_string()))]);
        self.fact(FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() });
        Ok(())
    }

    fn event_id(&mut self) -> EventId {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&(self.draw)().to_le_bytes());
        random[8..].copy_from_slice(&(self.draw)().to_le_bytes()[..2]);
        EventId::new(self.at, random)
    }

    /// Begins an attempt of a step that leaves the run: an action, code, a call, the bot's memory.
    fn external(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: Address,
        attempt: Attempt,
        again: bool,
    ) {
        let command = match self.command(id, step, &address, &attempt) {
            Ok(command) => command,
            Err(error) => return self.fail(address, attempt.number, error, Vec::new()),
        };
        let Some(command) = command else { return };
        match &command {
            Command::Action { key: Some(key), input, .. } if !again => {
                let (key, input) = (key.clone(), input.clone());
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            Command::Code { key: Some(key), .. } if !again => {
                let key = key.clone();
                let input = Value::Null;
                self.fact(FactKind::AttemptStarted { a: address, n: attempt.number, key, input });
            }
            _ => {
                self.machine.state.set(id, Current::Running(attempt));
            }
        }
        self.out.commands.push(command);
    }

    fn command(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: &Attempt,
    ) -> Result<Option<Command>, StepError> {
        let number = attempt.number;
        Ok(match &step.op {
            Op::Action { action, effect, connection, with, .. } => {
                // The same key must carry the same request, whatever the time is now.
                let input = match &attempt.input {
                    Some(input) => input.clone(),
                    None => self.value(id, with)?,
                };
                if *effect == Effect::Store {
                    self.remember(id, action, &input, address, attempt)?;
                    return Ok(None);
                }
                let key = (*effect == Effect::Write).then(|| self.key(address, attempt));
                Some(Command::Action {
                    address: address.clone(),
                    attempt: number,
                    key,
                    action: action.clone(),
                    connection: connection.clone(),
                    input,
                    timeout: step.timeout,
                })
            }
            Op::Code(code) => {
                let now = self.ready_at(id);
                let scope = StepScope {
                    state: &self.machine.state,
                    frame: id,
                    now,
                    run: &self.machine.about,
                    extra: None,
                }
                .snapshot();
                let key = (!code.network.is_empty()).then(|| self.key(address, attempt));
                Some(Command::Code {
                    address: address.clone(),
                    attempt: number,
                    key,
                    code: code.clone(),
                    scope,
                    now,
                    timeout: step.timeout,
                })
            }
            Op::Call { bot, with, detach } => {
                let input = self.value(id, with)?;
                Some(Command::Call {
                    address: address.clone(),
                    attempt: number,
                    bot: bot.clone(),
                    input,
                    detach: *detach,
                })
            }
            _ => None,
        })
    }

    fn key(&self, address: &str, attempt: &Attempt) -> String {
        if let Some(key) = &attempt.key {
            return key.clone();
        }
        let (origin, earlier) = match &self.machine.state.started {
            Some(started) => {
                (started.origin, started.generations.get(address).copied().unwrap_or(0))
            }
            None => (self.machine.run, 0),
        };
        key(origin, address, earlier + attempt.generation)
    }

    /// `state.*` and `log.*`.
    fn remember(
        &mut self,
        id: FrameId,
        action: &str,
        input: &Value,
        address: &Address,
        attempt: &Attempt,
    ) -> Result<(), StepError> {
        let text = |name: &str| input.get(name).map(Value::to_text).unwrap_or_default();
        let kind = match action {
            "state.get" => StateOpKind::Get { key: text("key") },
            "state.set" => StateOpKind::Set {
                key: text("key"),
                value: input.get("value").cloned().unwrap_or_default(),
            },
            "state.add" => StateOpKind::Add {
                key: text("key"),
                by: input.get("by").map_or(Some(1.0), Value::as_f64).unwrap_or(1.0),
                within: match input.get("within") {
                    None | Some(Value::Null) => None,
                    Some(within) => Some(
                        when::duration(within)
                            .map_err(|message| StepError::new(codes::run::WAIT_TIME, message))?,
                    ),
                },
            },
            "state.new_items" => {
                let items = match input.get("items") {
                    Some(Value::List(items)) => items.to_vec(),
                    None | Some(Value::Null) => Vec::new(),
                    Some(other) => {
                        return Err(StepError::new(
                            codes::expr::TYPE,
                            format!("`items` must be a list and is {}", other.kind()),
                        ));
                    }
                };
                StateOpKind::NewItems {
                    key: text("key"),
                    items,
                    id: input.get("id").and_then(Value::as_str).map(str::to_owned),
                }
            }
            "log.write" => {
                let level = match text("level").as_str() {
                    "debug" => LogLevel::Debug,
                    "warn" | "warning" => LogLevel::Warn,
                    "error" => LogLevel::Error,
                    _ => LogLevel::Info,
                };
                let logs = vec![LogLine {
                    level,
                    message: text("message").chars().take(10_000).collect(),
                }];
                let a = address.clone();
                self.fact(FactKind::StepDone { a, o: Value::Null, i: Value::Null, s: None, logs });
                return Ok(());
            }
            other => {
                return Err(StepError::new(
                    codes::run::LATER,
                    format!("`{other}` is not known to the engine"),
                ));
            }
        };
        self.machine.state.set(id, Current::Running(attempt.clone()));
        self.out.ops.push(StateOp {
            address: address.clone(),
            at: self.at,
            attempt: attempt.number,
            kind,
        });
        Ok(())
    }
}

fn expression_error(error: &EvalError) -> StepError {
    StepError::new(error.code, error.message.clone())
}

fn fits(schema: &Schema, value: &Value) -> Result<(), String> {
    codex32_flow::schema::fits(schema, value).map_err(|problem| problem.to_string())
}
