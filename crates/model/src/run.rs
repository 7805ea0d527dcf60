//! States of runs, and the error that a step or a run ends with.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Accepted and on disk, not begun: it waits for a slot.
    Queued,
    Running,
    /// Nothing to do until a time, an event, a child or a person.
    Waiting,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

impl RunState {
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::TimedOut,
    ];

    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::TimedOut)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a step or a run failed: `errors.<id>` and `error` in expressions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// A code of [`crate::codes`].
    pub code: String,
    pub message: String,
    /// The HTTP status of the other side, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many attempts were made; 0 where none was begun.
    #[serde(default)]
    pub attempts: u32,
    /// The address of the step that failed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

impl std::fmt::Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StepError {
    pub fn new(code: crate::Code, message: impl Into<String>) -> Self {
        let code = code.text.to_owned();
        Self { code, message: message.into(), status: None, attempts: 0, step: None }
    }

    /// As expressions see it: `{code, message, status, attempts, step}`.
    pub fn to_value(&self) -> crate::Value {
        use crate::Value;
        Value::object([
            ("code", Value::from(self.code.as_str())),
            ("message", Value::from(self.message.as_str())),
            ("status", self.status.map_or(Value::Null, |status| Value::Int(i64::from(status)))),
            ("attempts", Value::from(self.attempts)),
            ("step", self.step.as_deref().map_or(Value::Null, Value::from)),
        ])
    }
}
