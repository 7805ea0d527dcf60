//! What the journal holds: facts, and nothing that can be derived from them.
//!
//! A journal row is what one commit adds to one run. Its blob is one format byte and the facts as a
//! JSON array, after a line with references if large values are kept elsewhere ([`crate::large`]); the
//! formats of the two releases before are read. Keys are short because every run writes them.

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::large::JournalRow;
use crate::run::{RunState, StepError};
use crate::time::Timestamp;
use crate::value::Value;

/// The address of a step in its run, such as `lines[3]/line`.
pub type Address = std::sync::Arc<str>;

/// Something that happened to a run, with when it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The time of the event that caused it, in microseconds; `now` in expressions.
    #[serde(rename = "t", with = "micros")]
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: FactKind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

mod micros {
    use crate::time::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(at.micros())
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(d).map(Timestamp::from_micros)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum FactKind {
    #[serde(rename = "started")]
    Started {
        input: Value,
        /// `trigger` in expressions: `{name, kind, time, …}`.
        trigger: Value,
        /// `event` in expressions; `null` where there is none.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        event: Value,
        /// The workspace variables that the bot refers to, as they were.
        env: Value,
        /// When the run times out.
        #[serde(with = "micros")]
        deadline: Timestamp,
        /// The first run of a chain of retries: idempotency keys are made from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<RunId>,
        /// Where a retry goes on counting generations of idempotency keys, by address.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        generations: Vec<(Address, u32)>,
        /// How many events led to this run, one from another; bounds loops between bots.
        #[serde(default, skip_serializing_if = "is_zero")]
        hops: u32,
    },
    /// A block was entered, or a step skipped.
    #[serde(rename = "choice")]
    Choice { a: Address, c: Choice },
    #[serde(rename = "done")]
    StepDone {
        a: Address,
        o: Value,
        /// The resolved input of a read, without secrets.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        i: Value,
        /// When it began, in microseconds, where it took time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        s: Option<i64>,
        /// Lines that the step logged.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        logs: Vec<LogLine>,
    },
    /// What an external attempt was begun with; committed before the first byte of a write leaves.
    #[serde(rename = "attempt")]
    AttemptStarted {
        a: Address,
        n: u32,
        /// The idempotency key.
        key: String,
        /// The resolved input, without secrets.
        input: Value,
    },
    /// An attempt failed; without `retry_at` the step failed.
    #[serde(rename = "failed")]
    AttemptFailed {
        a: Address,
        n: u32,
        error: StepError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<i64>,
        /// Whether the receiver may have taken it: then the idempotency key stays the same.
        #[serde(default)]
        unknown: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        logs: Vec<LogLine>,
    },
    #[serde(rename = "wait")]
    WaitSet {
        a: Address,
        /// Microseconds; when the wait ends by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
        /// The event waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        /// From when on events count, in microseconds; since the run began unless set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<i64>,
    },
    /// An `approve` step asks people; what they say is a `signal`, that they said nothing a `timer`.
    #[serde(rename = "asked")]
    Asked {
        a: Address,
        /// The question, and whom it goes to.
        q: String,
        to: Vec<String>,
        /// Microseconds; when its default is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
    },
    #[serde(rename = "timer")]
    TimerFired { a: Address },
    /// An event, a decision or another message reached a waiting step.
    #[serde(rename = "signal")]
    Signal { a: Address, data: Value },
    #[serde(rename = "child")]
    ChildStarted { a: Address, run: RunId },
    #[serde(rename = "child_ended")]
    ChildEnded { a: Address, run: RunId, state: RunState, output: Value, error: Option<StepError> },
    /// The answer to the waiting webhook; only the first counts.
    #[serde(rename = "responded")]
    Responded { a: Address, status: u16, headers: Value, body: Value },
    #[serde(rename = "cancel")]
    CancelRequested { reason: String, by: String },
    /// `limits.timeout` of the bot is over; closing steps may still run.
    #[serde(rename = "deadline")]
    DeadlinePassed,
    #[serde(rename = "ended")]
    Ended { state: RunState, output: Value, error: Option<StepError> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// `when` was false.
    Skip,
    /// The branch of an `if` (`then`, `else`), `switch` (case or `default`) or `try` taken; none of
    /// them: no branch matched.
    Branch(Option<String>),
    /// The list that a `for_each` goes through.
    Items(Vec<Value>),
    /// All branches of a `parallel`.
    All,
    /// The task that an agent begins with.
    Agent(Value),
    /// What becomes of the calls in an agent's last turn, in their order.
    Calls(Vec<CallChoice>),
    /// An agent's last answer does not do; why, as its model is told.
    Again(String),
}

/// What becomes of one use of a tool that an agent's model asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallChoice {
    /// It is carried out: under this name, with this tool of an MCP server.
    To {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<String>,
    },
    /// It cannot be meant; why, as the model is told.
    No { why: String },
}

/// A line that a step logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub level: LogLevel,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// The format byte of a journal row that holds all of its values, and of one that names some by
/// reference.
pub const WHOLE: u8 = 1;
pub const REFERRING: u8 = 2;

/// A journal blob that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("journal format {0} is not known to this version")]
    Format(u8),
    #[error("the journal is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    #[error("the journal row is empty")]
    Empty,
}

/// Facts as one compact journal blob.
pub fn encode(facts: &[Fact]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(64 + facts.len() * 64);
    blob.push(WHOLE);
    // Facts have string keys and finite numbers only, so serialising into memory cannot fail.
    let _ = serde_json::to_writer(&mut blob, facts);
    blob
}

/// A row that names values by reference: what is kept elsewhere on the first line, then the facts.
pub fn encode_row(row: &JournalRow) -> Vec<u8> {
    if row.kept.is_empty() {
        return encode(&row.facts);
    }
    let mut blob = vec![REFERRING];
    let _ = serde_json::to_writer(&mut blob, &row.kept);
    blob.push(b'\n');
    let _ = serde_json::to_writer(&mut blob, &row.facts);
    blob
}

/// Adds facts to an encoded row.
pub fn append(blob: &mut Vec<u8>, facts: &[Fact]) {
    let mut more = encode(facts);
    if blob.pop() == Some(b']') && !facts.is_empty() {
        if blob.last() != Some(&b'[') {
            blob.push(b',');
        }
        // Without the format byte and the bracket.
        blob.extend(more.drain(2..));
    } else {
        blob.push(b']');
    }
}

/// Reads what [`encode`] and [`encode_row`] wrote.
pub fn decode(blob: &[u8]) -> Result<JournalRow, JournalError> {
    match blob.split_first() {
        None => Err(JournalError::Empty),
        Some((&WHOLE, json)) => {
            Ok(JournalRow { facts: serde_json::from_slice(json)?, kept: Vec::new() })
        }
        Some((&REFERRING, lines)) => {
            // JSON as it is written here has no line breaks.
            let end = lines.iter().position(|byte| *byte == b'\n').unwrap_or(lines.len());
            let (kept, facts) = lines.split_at(end);
            let kept = serde_json::from_slice(kept)?;
            let facts = serde_json::from_slice(facts.get(1..).unwrap_or_default())?;
            Ok(JournalRow { facts, kept })
        }
        Some((&other, _)) => Err(JournalError::Format(other)),
    }
}
