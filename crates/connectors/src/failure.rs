//! What comes of an action.

use std::time::Duration;

use codex32_model::codes::connector as codes;
use codex32_model::fact::LogLine;
use codex32_model::{Code, Value};

use crate::http::SendError;

/// The action was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    pub output: Value,
    pub logs: Vec<LogLine>,
}

impl Done {
    pub const fn new(output: Value) -> Self {
        Self { output, logs: Vec::new() }
    }
}

/// The action was not done, or nobody knows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    /// For people; holds no secret.
    pub message: String,
    /// Of the other side's answer.
    pub status: Option<u16>,
    /// Whether the same may succeed later.
    pub retryable: bool,
    /// How long the other side asks to wait; at most a day.
    pub retry_after: Option<Duration>,
    /// The other side may have taken the write. Never set for reads.
    pub unknown: bool,
}

impl Failure {
    /// A definite failure that trying again does not mend.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, status: None, retryable: false, retry_after: None, unknown: false }
    }

    pub fn params(message: impl Into<String>) -> Self {
        Self::new(codes::INVALID_PARAMS, message)
    }

    /// A request without an answer. `write` tells whether it could change anything.
    pub fn from_send(error: SendError, write: bool) -> Self {
        let retryable = [codes::UNREACHABLE, codes::TIMEOUT, codes::BROKEN].contains(&error.code);
        let unknown = write && error.began;
        Self { retryable, unknown, ..Self::new(error.code, error.message) }
    }

    #[must_use]
    pub const fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    #[must_use]
    pub const fn unknown_if(mut self, unknown: bool) -> Self {
        self.unknown = unknown;
        self
    }
}
