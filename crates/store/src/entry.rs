//! What one commit adds to one run, and what becomes of it.

use codex32_model::fact::{Address, Fact};
use codex32_model::ids::{BotId, EventId, NodeId, RunId, WorkspaceId};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use crate::approvals::ApprovalChange;
use crate::error::StoreError;

/// A run that is accepted by the commit it is part of.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub workspace: WorkspaceId,
    pub id: RunId,
    pub bot: BotId,
    pub version: u32,
    /// The trigger's name; empty for a run started by hand, by a call or by a retry.
    pub trigger: String,
    pub state: RunState,
    pub owner: Option<NodeId>,
    pub created_at: Timestamp,
    pub deadline: Timestamp,
    pub parent: Option<RunId>,
    pub retry_of: Option<RunId>,
    /// Nesting of calls; 0 for a run that no run started.
    pub depth: u32,
    /// Makes the start unique per (bot, trigger): see the table `starts`.
    pub key: Option<String>,
    /// Accept only while the bot is active and this is its live version.
    pub must_be_live: bool,
    /// Advance this schedule in the same commit.
    pub schedule: Option<ScheduleStep>,
    /// Which runs of the bot its limit counts together; only looked at for `Queued`.
    pub concurrency_key: Option<String>,
}

/// A schedule trigger's progress; applied only if `next_fire` still is `expected`.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleStep {
    pub expected: Timestamp,
    pub next_fire: Option<Timestamp>,
    /// Fires to count: 1, or 0 for one that is skipped.
    pub count: u32,
}

#[derive(Debug, Clone)]
pub enum Target {
    New(Box<NewRun>),
    /// An accepted run; applies only at this epoch and sequence, and if it has not ended.
    Existing {
        workspace: WorkspaceId,
        id: RunId,
        epoch: u32,
        seq: u32,
    },
}

impl Target {
    pub fn run(&self) -> RunId {
        match self {
            Self::New(run) => run.id,
            Self::Existing { id, .. } => *id,
        }
    }
}

/// The run row after the commit.
#[derive(Debug, Clone)]
pub struct Summary {
    pub state: RunState,
    pub ended_at: Option<Timestamp>,
    pub error: Option<StepError>,
    /// Why it waits, for people.
    pub reason: Option<String>,
    /// When it must be woken if nobody holds it in memory.
    pub wake_at: Option<Timestamp>,
    /// Nobody holds it in memory after this commit.
    pub release: bool,
}

impl Summary {
    /// Of a run that has just begun.
    pub(crate) const fn begun(state: RunState) -> Self {
        Self { state, ended_at: None, error: None, reason: None, wake_at: None, release: false }
    }
}

/// An operation on the bot's memory, executed inside the commit; its result becomes a fact there.
#[derive(Debug, Clone)]
pub struct StateOp {
    pub address: Address,
    pub at: Timestamp,
    pub attempt: u32,
    pub kind: StateOpKind,
}

#[derive(Debug, Clone)]
pub enum StateOpKind {
    Get {
        key: String,
    },
    Set {
        key: String,
        value: Value,
    },
    /// Adds `by` and gives the sum, over the last `within` if given.
    Add {
        key: String,
        by: f64,
        within: Option<std::time::Duration>,
    },
    /// Those of `items` whose text under `id` (or whose own text) was not seen before.
    NewItems {
        key: String,
        items: Vec<Value>,
        id: Option<String>,
    },
}

/// Longest key, and largest value under one key, in bytes.
const MAX_KEY: usize = 512;
const MAX_VALUE: usize = 1 << 20;

impl StateOpKind {
    /// Why the bot's memory does not take it.
    pub fn refusal(&self) -> Option<String> {
        let (Self::Get { key }
        | Self::Set { key, .. }
        | Self::Add { key, .. }
        | Self::NewItems { key, .. }) = self;
        if key.is_empty() || key.len() > MAX_KEY {
            return Some(format!("the key of `state` must have 1 to {MAX_KEY} bytes"));
        }
        match self {
            Self::Set { value, .. } if value.weight() > MAX_VALUE => {
                Some(format!("a value in `state` holds at most {MAX_VALUE} bytes"))
            }
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct NewEvent {
    pub id: EventId,
    pub kind: String,
    pub source: String,
    pub data: Value,
    pub key: Option<String>,
    pub hops: u32,
    pub at: Timestamp,
}

/// A child run with the facts that begin its journal.
#[derive(Debug, Clone)]
pub struct Child {
    pub run: NewRun,
    pub facts: Vec<Fact>,
}

/// One commit's addition to one run.
#[derive(Debug, Clone)]
pub struct Entry {
    pub target: Target,
    pub bot: BotId,
    pub nonce: i64,
    pub facts: Vec<Fact>,
    pub summary: Summary,
    pub rows: Rows,
}

/// The rows besides the run's own that go into the same commit.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub ops: Vec<StateOp>,
    pub events: Vec<NewEvent>,
    pub children: Vec<Child>,
    /// Waits for events that begin, and those that are over.
    pub waits: Vec<(Address, String)>,
    pub waits_over: Vec<(Address, String)>,
    /// Approvals that begin, and those that are over, in order.
    pub approvals: Vec<ApprovalChange>,
    /// Whether the run ever asked for an approval: its end closes those that are open.
    pub asked: bool,
    /// Whether the run has reserved items that its end must confirm or release.
    pub reserved_items: bool,
    /// Whether a timer row may exist that has to go.
    pub clear_timer: bool,
    /// The run leaves this server for the others, who are told.
    pub hand_over: bool,
}

impl Rows {
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
            && self.events.is_empty()
            && self.children.is_empty()
            && self.waits.is_empty()
            && self.waits_over.is_empty()
            && self.approvals.is_empty()
    }
}

/// What became of an entry.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// On disk. `facts` are those that state operations added, in order.
    Done { facts: Vec<Fact> },
    /// This very entry was committed before its outcome was lost; the journal has what it added.
    Again,
    /// A start with the same key was accepted before: that run.
    Duplicate(RunId),
    /// The bot is not live in that version any more.
    Gone,
    /// Somebody else drives the run, or it has ended.
    Fenced,
    /// A blob that it refers to is being removed: it has to be written with all of its values. Never
    /// seen outside the committer.
    Whole,
    /// A data error of this entry alone.
    Bad(StoreError),
}
