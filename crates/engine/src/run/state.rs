//! The state of one run: what its facts add up to. Nothing in here looks at a clock or evaluates an
//! expression, so folding a journal gives the same state on any machine at any time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use codex32_flow::flow::{BlockId, StepId};
use codex32_model::fact::Address;
use codex32_model::ids::RunId;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::agent::AgentRun;
use super::ahead::Ahead;

pub type FrameId = u32;

/// A block in execution: one place in its steps, and what they gave so far.
#[derive(Debug, Clone)]
pub struct Frame {
    pub parent: Option<FrameId>,
    pub block: BlockId,
    /// The address of its steps without the last part: `lines[3]`, `size.then`; empty for the root.
    pub prefix: Arc<str>,
    pub role: Role,
    /// Index of the current step in the block.
    pub position: usize,
    pub current: Current,
    /// Outputs by id, and errors of steps that failed with `on_error: continue`.
    pub outputs: Vec<(Arc<str>, Value)>,
    pub errors: Vec<(Arc<str>, Value)>,
    /// Loop variables, `loop`, `error`.
    pub bindings: Vec<(Arc<str>, Value)>,
    /// Output of the step before.
    pub last: Value,
    /// The time of the fact that made the current step ready: `now` in its expressions.
    pub ready_at: Timestamp,
    /// Its turn among the frames that are ready.
    turn: u64,
}

/// What a new frame begins with.
pub struct NewFrame {
    pub parent: Option<FrameId>,
    pub block: BlockId,
    pub prefix: Arc<str>,
    pub role: Role,
    pub bindings: Vec<(Arc<str>, Value)>,
    pub at: Timestamp,
}

/// What a frame is to the step that contains it.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    Root,
    /// `on_error` of the bot.
    OnError,
    /// A branch of `if` or `switch`.
    Branch,
    /// One turn of a `for_each`.
    Item(usize),
    /// A branch of `parallel`.
    Parallel(Arc<str>),
    Try,
    Catch,
    Finally,
    /// What finds out the tools of an agent.
    Listing,
    /// A turn of an agent's model.
    Turn,
    /// A use of a tool, by its place among the calls of the turn.
    ToolCall(usize),
    /// `finally` of a block that a cancel, a time-out or a `return` has left.
    Closing,
}

/// How far the current step of a frame is.
#[derive(Debug, Clone)]
pub enum Current {
    /// To be begun.
    Ready,
    /// An attempt is on its way, or a state operation in a commit.
    Running(Attempt),
    /// To be begun with this attempt.
    Again(Attempt),
    /// To be tried again at this time.
    Retry {
        attempt: Attempt,
        at: Timestamp,
    },
    Waiting {
        until: Option<Timestamp>,
        event: Option<String>,
        since: Timestamp,
    },
    /// People are asked.
    Asking {
        until: Option<Timestamp>,
        address: Address,
    },
    Child {
        run: RunId,
        attempt: u32,
    },
    /// A block that contains frames of its own.
    Block(Progress),
    /// An agent works; its turns and tools are frames of their own.
    Agent(Box<AgentRun>),
    /// The block failed or was left; nothing more begins here.
    Stopped,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The idempotency key, of a journaled write.
    pub key: Option<String>,
    /// How often an outcome of this step was definite: part of the key.
    pub generation: u32,
    /// What a journaled write was begun with; kept as long as its outcome is unknown.
    pub input: Option<Value>,
}

#[derive(Debug, Clone)]
pub enum Progress {
    /// One frame inside.
    One,
    ForEach {
        items: Arc<Vec<Value>>,
        next: usize,
        running: usize,
        results: Vec<Option<(Value, Exports)>>,
        failed: Option<StepError>,
    },
    Parallel {
        running: usize,
        results: Vec<(Arc<str>, Value)>,
        failed: Option<StepError>,
    },
    /// The body or catch of a `try`, and with what `finally` has to end.
    Try {
        pending: Option<Result<Value, StepError>>,
    },
}

/// What a block makes visible in the one around it: outputs and errors by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exports {
    pub outputs: Vec<(Arc<str>, Value)>,
    pub errors: Vec<(Arc<str>, Value)>,
}

/// How a run is to end once its closing steps are done.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    Returned(Value),
    Failed(StepError),
    Cancelled(StepError),
    TimedOut(StepError),
}

impl Ending {
    pub const fn state(&self) -> RunState {
        match self {
            Self::Returned(_) => RunState::Succeeded,
            Self::Failed(_) => RunState::Failed,
            Self::Cancelled(_) => RunState::Cancelled,
            Self::TimedOut(_) => RunState::TimedOut,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Started {
    pub at: Timestamp,
    pub input: Value,
    pub trigger: Value,
    pub event: Value,
    pub env: Value,
    pub deadline: Timestamp,
    pub origin: RunId,
    pub hops: u32,
    pub generations: HashMap<Address, u32>,
}

/// What the frames of a run are at, found without looking at all of them: a loop may have a thousand.
/// Kept by [`State::set`] alone.
#[derive(Debug, Clone, Default)]
struct Index {
    /// Frames whose current step is to be begun, by turn.
    ready: BTreeMap<u64, FrameId>,
    running: BTreeSet<FrameId>,
    timers: BTreeSet<(Timestamp, FrameId)>,
    /// Frames that wait for an event, by its type.
    events: BTreeMap<String, BTreeSet<FrameId>>,
    children: BTreeMap<RunId, FrameId>,
    /// Steps that asked people and do so no more, since the last look.
    left_approvals: Vec<Address>,
}

#[derive(Debug, Clone, Default)]
pub struct State {
    pub started: Option<Started>,
    frames: HashMap<FrameId, Frame>,
    by_prefix: HashMap<Arc<str>, FrameId>,
    next_frame: FrameId,
    next_turn: u64,
    index: Index,
    pub responded: bool,
    /// Set once the run is to end: closing steps may still run.
    pub ending: Option<Ending>,
    /// `finally` blocks still to run, innermost last; each with the frame that it sees.
    pub closing: Vec<(FrameId, StepId, BlockId)>,
    /// `finally` blocks of a run that is to end which are running.
    pub closing_running: usize,
    /// When the closing steps must be done.
    pub closing_until: Option<Timestamp>,
    /// Whether `on_error` has begun, and whether a cancel or a `return` has left it.
    pub on_error: OnErrorBlock,
    pub handled: bool,
    pub ended: Option<(RunState, Value, Option<StepError>)>,
    pub reserved_items: bool,
    /// Whether people were ever asked.
    pub asked: bool,
    /// Writes that an agent left when it ended, until they are marked as such.
    pub(super) left_writes: BTreeSet<Address>,
    pub facts: u64,
    /// What is known of loops ahead of their turns; not of the facts, so a folded state has none.
    pub(super) ahead: Ahead,
    /// What the values of all facts came to, and what of it has been added up ([`State::held`]).
    pub bytes: u64,
    pub measured: u64,
    /// Steps that are over, in order, for whoever tells the run to people; `None`: nobody listens.
    pub told: Option<Vec<(Address, Result<Value, StepError>)>>,
}

/// How far `on_error` of the bot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnErrorBlock {
    #[default]
    Before,
    Running,
    Left,
}

impl State {
    /// The frame whose steps have this address.
    pub fn frame_at(&self, address: &str) -> Option<FrameId> {
        let prefix = address.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        self.by_prefix.get(prefix).copied()
    }

    pub fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(&id)
    }

    /// For everything but `current`, which [`State::set`] changes.
    pub(super) fn frame_mut(&mut self, id: FrameId) -> Option<&mut Frame> {
        self.frames.get_mut(&id)
    }

    pub fn frames(&self) -> impl Iterator<Item = (FrameId, &Frame)> {
        self.frames.iter().map(|(id, frame)| (*id, frame))
    }

    pub fn root(&self) -> Option<FrameId> {
        self.by_prefix.get("").copied()
    }

    /// The address of a step in a frame.
    pub fn address(frame: &Frame, label: &str) -> Address {
        if frame.prefix.is_empty() {
            label.into()
        } else {
            format!("{}/{label}", frame.prefix).into()
        }
    }

    /// Frames from `id` outwards.
    pub fn ancestors(&self, id: FrameId) -> impl Iterator<Item = &Frame> {
        self.lineage(id).filter_map(|id| self.frames.get(&id))
    }

    /// Ids of the frames from `id` outwards.
    pub fn lineage(&self, id: FrameId) -> impl Iterator<Item = FrameId> {
        std::iter::successors(Some(id), |id| self.frames.get(id)?.parent)
    }

    /// Moves a frame on. Every change of [`Frame::current`] goes through here.
    pub fn set(&mut self, id: FrameId, current: Current) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        let before = std::mem::replace(&mut frame.current, current);
        if matches!(before, Current::Block(Progress::ForEach { .. })) {
            self.ahead.leave(id);
        }
        self.index.leave(id, frame.turn, &before);
        frame.turn = self.next_turn;
        self.next_turn += 1;
        self.index.enter(id, frame.turn, &frame.current);
    }

    /// Changes the agent that frame `id` is in the middle of, if it is.
    pub(super) fn change_agent(&mut self, id: FrameId, change: impl FnOnce(&mut AgentRun)) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        if !matches!(frame.current, Current::Agent(_)) {
            return;
        }
        let mut current = std::mem::replace(&mut frame.current, Current::Stopped);
        self.index.leave(id, frame.turn, &current);
        if let Current::Agent(agent) = &mut current {
            change(agent);
        }
        frame.current = current;
        frame.turn = self.next_turn;
        self.next_turn += 1;
        self.index.enter(id, frame.turn, &frame.current);
    }

    pub(super) fn insert(&mut self, new: NewFrame) -> FrameId {
        let id = self.next_frame;
        self.next_frame += 1;
        let turn = self.next_turn;
        self.next_turn += 1;
        let NewFrame { parent, block, prefix, role, bindings, at } = new;
        self.by_prefix.insert(prefix.clone(), id);
        self.index.enter(id, turn, &Current::Ready);
        let frame = Frame {
            parent,
            block,
            prefix,
            role,
            position: 0,
            current: Current::Ready,
            outputs: Vec::new(),
            errors: Vec::new(),
            bindings,
            last: Value::Null,
            ready_at: at,
            turn,
        };
        self.frames.insert(id, frame);
        id
    }

    pub(super) fn remove(&mut self, id: FrameId) -> Option<Frame> {
        let frame = self.frames.remove(&id)?;
        self.by_prefix.remove(&frame.prefix);
        self.ahead.leave(id);
        self.index.leave(id, frame.turn, &frame.current);
        Some(frame)
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.by_prefix.clear();
        self.ahead.leave_all();
        self.index = Index::default();
    }

    /// Notes that a step is over, if somebody listens.
    pub(super) fn tell(
        &mut self,
        id: FrameId,
        label: &str,
        outcome: impl FnOnce() -> Result<Value, StepError>,
    ) {
        if let (Some(told), Some(frame)) = (&mut self.told, self.frames.get(&id)) {
            told.push((Self::address(frame, label), outcome()));
        }
    }

    /// The frame that has been ready for longest.
    pub fn next_ready(&self) -> Option<FrameId> {
        self.index.ready.first_key_value().map(|(_, id)| *id)
    }

    pub fn running(&self) -> impl Iterator<Item = FrameId> {
        self.index.running.iter().copied()
    }

    pub fn is_waiting(&self) -> bool {
        self.index.ready.is_empty() && self.index.running.is_empty()
    }

    /// Frames whose retry or wait is due, in order of time.
    pub fn due(&self, now: Timestamp) -> Vec<FrameId> {
        self.index.timers.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect()
    }

    pub fn waits_for(&self, event: &str) -> bool {
        self.index.events.contains_key(event)
    }

    /// Frames that wait for an event of this type, the first to wait first.
    pub fn waiting_for(&self, event: &str) -> Vec<FrameId> {
        self.index.events.get(event).into_iter().flatten().copied().collect()
    }

    /// Frames that wait for any event.
    pub fn waiting(&self) -> impl Iterator<Item = FrameId> {
        self.index.events.values().flatten().copied()
    }

    pub fn child(&self, run: RunId) -> Option<FrameId> {
        self.index.children.get(&run).copied()
    }

    pub fn children(&self) -> impl Iterator<Item = (RunId, FrameId)> {
        self.index.children.iter().map(|(run, id)| (*run, *id))
    }

    /// Steps that ask people no more; each is told once.
    pub(super) fn take_left_approvals(&mut self) -> Vec<Address> {
        std::mem::take(&mut self.index.left_approvals)
    }

    /// The earliest time at which something has to happen by itself.
    pub fn next_timer(&self) -> Option<Timestamp> {
        let deadline = match (&self.ending, &self.started) {
            (Some(_), _) => self.closing_until,
            (None, Some(started)) => Some(started.deadline),
            (None, None) => None,
        };
        let first = self.index.timers.first().map(|(at, _)| *at);
        first.into_iter().chain(deadline).min()
    }
}

impl Index {
    fn enter(&mut self, id: FrameId, turn: u64, current: &Current) {
        match current {
            Current::Ready | Current::Again(_) => {
                self.ready.insert(turn, id);
            }
            Current::Running(_) => {
                self.running.insert(id);
            }
            Current::Retry { at, .. } => {
                self.timers.insert((*at, id));
            }
            Current::Waiting { until, event, .. } => {
                self.timers.extend(until.map(|at| (at, id)));
                if let Some(event) = event {
                    self.events.entry(event.clone()).or_default().insert(id);
                }
            }
            Current::Asking { until, .. } => {
                self.timers.extend(until.map(|at| (at, id)));
            }
            Current::Child { run, .. } => {
                self.children.insert(*run, id);
            }
            Current::Agent(agent) => {
                if agent.has_answered() {
                    self.ready.insert(turn, id);
                }
                self.timers.extend(agent.timer().map(|at| (at, id)));
            }
            Current::Block(_) | Current::Stopped => {}
        }
    }

    fn leave(&mut self, id: FrameId, turn: u64, current: &Current) {
        match current {
            Current::Ready | Current::Again(_) => {
                self.ready.remove(&turn);
            }
            Current::Running(_) => {
                self.running.remove(&id);
            }
            Current::Retry { at, .. } => {
                self.timers.remove(&(*at, id));
            }
            Current::Waiting { until, event, .. } => {
                if let Some(at) = until {
                    self.timers.remove(&(*at, id));
                }
                if let Some(event) = event
                    && let Some(waiting) = self.events.get_mut(event)
                {
                    waiting.remove(&id);
                    if waiting.is_empty() {
                        self.events.remove(event);
                    }
                }
            }
            Current::Asking { until, address } => {
                if let Some(at) = until {
                    self.timers.remove(&(*at, id));
                }
                self.left_approvals.push(address.clone());
            }
            Current::Child { run, .. } => {
                self.children.remove(run);
            }
            Current::Agent(agent) => {
                if agent.has_answered() {
                    self.ready.remove(&turn);
                }
                if let Some(at) = agent.timer() {
                    self.timers.remove(&(at, id));
                }
            }
            Current::Block(_) | Current::Stopped => {}
        }
    }
}

impl Frame {
    /// What is known of the current attempt.
    pub fn begun(&self) -> Option<&Attempt> {
        match &self.current {
            Current::Running(attempt)
            | Current::Again(attempt)
            | Current::Retry { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// The number of the current attempt; 1 for a step that has not begun.
    pub fn attempt(&self) -> u32 {
        match self.current {
            Current::Child { attempt, .. } => attempt,
            _ => self.begun().map_or(1, |attempt| attempt.number),
        }
    }

    pub fn generation(&self) -> u32 {
        self.begun().map_or(0, |attempt| attempt.generation)
    }
}
