//! What goes into a decision and what comes out of it.

use codex32_store::approvals::ApprovalChange;

use super::agent::{Briefing, Wanted};
use super::*;

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
    /// A chunk has ended: the outcomes of its first turns, and how long they took.
    Computed {
        chunk: ChunkId,
        outcomes: Vec<Computed>,
        took: Duration,
    },
    /// Facts that the commit added for state operations.
    Committed(Vec<Fact>),
    /// The time has come for whatever is due.
    Tick,
    /// An event that a step may wait for.
    Event(Value, String),
    /// Somebody answered an approval: `{approved, by, via, at, comment, form}`.
    Answered {
        address: Address,
        said: Value,
    },
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
    Chunk(Chunk),
    /// A question to a language model: it costs money, so it is a write.
    Ask {
        address: Address,
        attempt: u32,
        key: String,
        ask: Ask,
        /// `{prompt, model}`.
        input: Value,
        /// Most that the run may cost, in dollars.
        run_limit: Option<f64>,
        timeout: Option<Duration>,
    },
    /// What tools an agent has.
    Listing {
        address: Address,
        attempt: u32,
        wanted: Vec<Wanted>,
        timeout: Option<Duration>,
    },
    /// A turn of an agent's model: it costs money, so it is a write.
    Turn {
        address: Address,
        attempt: u32,
        key: String,
        briefing: Box<Briefing>,
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

/// Turns of a loop whose next step is this code, one after the other; attempt 1 of each.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub id: ChunkId,
    pub code: CodeStep,
    /// What all of them see.
    pub scope: Value,
    pub turns: Vec<ChunkTurn>,
    /// Of each turn.
    pub timeout: Option<Duration>,
}

#[derive(Debug, Clone)]
pub struct ChunkTurn {
    pub address: Address,
    /// What it sees besides.
    pub scope: Value,
    pub now: Timestamp,
}

impl Command {
    /// The step that it is an attempt of; a chunk is of many.
    pub const fn address(&self) -> Option<&Address> {
        match self {
            Self::Action { address, .. }
            | Self::Code { address, .. }
            | Self::Ask { address, .. }
            | Self::Listing { address, .. }
            | Self::Turn { address, .. }
            | Self::Call { address, .. } => Some(address),
            Self::Chunk(_) => None,
        }
    }

    pub fn is_of(&self, step: &str) -> bool {
        self.address().is_some_and(|address| **address == *step)
    }

    /// Whether the facts before it must be on disk before it may begin.
    pub const fn needs_commit(&self) -> bool {
        match self {
            Self::Action { key, .. } | Self::Code { key, .. } => key.is_some(),
            Self::Ask { .. } | Self::Turn { .. } | Self::Call { .. } => true,
            Self::Listing { .. } | Self::Chunk(_) => false,
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
    /// Approvals that begin, and those that are over.
    pub approvals: Vec<ApprovalChange>,
    /// Attempts on their way that the run has left: their outcome does not count any more.
    pub cut: Vec<(Address, u32)>,
    /// Chunks on their way whose outcomes nobody waits for any more.
    pub cut_chunks: Vec<ChunkId>,
    /// Called runs that the run does not wait for any more.
    pub left: Vec<RunId>,
    /// What the values of the facts come to.
    pub bytes: u64,
    /// There is more to do at once: call again with [`Cause::Continue`].
    pub more: bool,
}
