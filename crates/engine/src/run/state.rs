//! The state of one run: what its facts add up to. Nothing in here looks at a clock or evaluates an
//! expression, so folding a journal gives the same state on any machine at any time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use codex32_flow::flow::{BlockId, StepId};
use codex32_model::fact::Address;
use codex32_model::ids::RunId;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

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
    Child {
        run: RunId,
        attempt: u32,
    },
    /// A block that contains frames of its own.
    Block(Progress),
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

pub type Exports = Vec<(Arc<str>, Value)>;

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

#[derive(Debug, Clone, Default)]
pub struct State {
    pub started: Option<Started>,
    pub frames: HashMap<FrameId, Frame>,
    pub by_prefix: HashMap<Arc<str>, FrameId>,
    pub next_frame: FrameId,
    /// Frames whose current step is to be begun.
    pub ready: VecDeque<FrameId>,
    pub responded: bool,
    /// Set once the run is to end: closing steps may still run.
    pub ending: Option<Ending>,
    /// `finally` blocks still to run, innermost last; each with the frame that it sees.
    pub closing: Vec<(FrameId, StepId, BlockId)>,
    /// When the closing steps must be done.
    pub closing_until: Option<Timestamp>,
    pub handled: bool,
    pub ended: Option<(RunState, Value, Option<StepError>)>,
    pub reserved_items: bool,
    pub facts: u64,
}

impl State {
    /// The frame and label that an address names, if that step is the frame's current one.
    pub fn frame_at(&self, address: &str) -> Option<FrameId> {
        let prefix = address.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        self.by_prefix.get(prefix).copied()
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
        std::iter::successors(self.frames.get(&id), |frame| {
            frame.parent.and_then(|parent| self.frames.get(&parent))
        })
    }

    /// The earliest time at which something has to happen by itself.
    pub fn next_timer(&self) -> Option<Timestamp> {
        let waits = self.frames.values().filter_map(|frame| match &frame.current {
            Current::Retry { at, .. } => Some(*at),
            Current::Waiting { until, .. } => *until,
            _ => None,
        });
        let deadline = match (&self.ending, &self.started) {
            (Some(_), _) => self.closing_until,
            (None, Some(started)) => Some(started.deadline),
            (None, None) => None,
        };
        waits.chain(deadline).min()
    }
}
