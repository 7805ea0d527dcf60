//! What goes in and what comes out: a job, its limits, its result.

use std::time::Duration;

use codex32_model::definition::Language;
use codex32_model::fact::LogLine;
use codex32_model::{Code, StepError, Timestamp, Value};

/// One execution of one code step.
#[derive(Clone)]
pub struct Job {
    pub language: Language,
    /// The body of a function; what it returns is the output.
    pub code: String,
    /// An object; each field is a deep-frozen global in JavaScript and a variable in Python. Fields
    /// that the code does not name are not sent.
    pub scope: Value,
    /// What the code sees as the time; it stands still.
    pub now: Timestamp,
    /// Seeds `Math.random`, so that a repeated job gives the same result.
    pub seed: [u8; 32],
    pub limits: Limits,
    /// Hosts that `fetch` may reach (`api.example.com`, `*.example.com`, `host:8443`); none means
    /// that there is no `fetch`.
    pub network: Vec<String>,
}

/// Scopes hold people's data and code may hold anything: neither is shown.
impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("language", &self.language)
            .field("limits", &self.limits)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

/// Many executions of one code step, without a network: those of the turns of a loop.
#[derive(Clone)]
pub struct Chunk {
    pub language: Language,
    /// As in [`Job`].
    pub code: String,
    /// What all items see: as in [`Job`].
    pub scope: Value,
    pub items: Vec<ChunkItem>,
    /// Of each item.
    pub limits: Limits,
    /// After this time no further item begins.
    pub budget: Duration,
}

/// One execution of a chunk.
#[derive(Clone)]
pub struct ChunkItem {
    /// What this one sees besides; no field of it is one of the chunk's scope.
    pub scope: Value,
    pub now: Timestamp,
    pub seed: [u8; 32],
}

/// What a chunk came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkDone {
    /// Of the first items, in order; at least one. The others have not begun, or are as if they had
    /// not: nothing is left of them.
    pub outcomes: Vec<Result<Done, Failure>>,
    /// From sending the chunk to its end.
    pub elapsed: Duration,
}

/// What one job may use. Every limit is enforced from outside the interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the start in the child to the result, waiting for `fetch` included.
    pub wall: Duration,
    /// Processor time; rounded up to whole seconds.
    pub cpu: Duration,
    /// Bytes that the code may hold; at most 1 GiB.
    pub memory: usize,
    /// Bytes of the returned value as JSON; at most 32 MiB.
    pub output: usize,
    /// Bytes of log text; what comes after is dropped, and a last line says so.
    pub log_bytes: usize,
    pub log_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            cpu: Duration::from_secs(10),
            memory: 128 << 20,
            output: 4 << 20,
            log_bytes: 64 << 10,
            log_lines: 1_000,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    pub value: Value,
    pub logs: Vec<LogLine>,
    /// From sending the job to its result.
    pub elapsed: Duration,
}

/// Why a job gave no value. `line` and `column` count from 1, in the step's own code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    pub message: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// What the code logged before it failed.
    pub logs: Vec<LogLine>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), line: None, column: None, logs: Vec::new() }
    }

    /// For the journal: the place becomes part of the message.
    pub fn to_step_error(&self) -> StepError {
        let message = match (self.line, self.column) {
            (Some(line), Some(column)) => {
                format!("{} (line {line}, column {column})", self.message)
            }
            (Some(line), None) => format!("{} (line {line})", self.message),
            _ => self.message.clone(),
        };
        StepError::new(self.code, message)
    }
}
