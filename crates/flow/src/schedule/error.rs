//! What can be wrong with a schedule, each with what to write instead.

use codex32_model::codes::{Code, bot};

/// A schedule that cannot be used. `Display` gives the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    pub code: Code,
    /// Which key of the trigger is wrong: `schedule`, `every`, `once`, `timezone`, `start`, `end`,
    /// `count` or `except`.
    pub key: &'static str,
    /// One sentence.
    pub message: String,
    pub suggestion: Option<String>,
}

impl ScheduleError {
    pub(super) fn new(code: Code, key: &'static str, message: impl Into<String>) -> Self {
        Self { code, key, message: message.into(), suggestion: None }
    }

    pub(super) fn cron(message: impl Into<String>) -> Self {
        Self::new(bot::CRON, "schedule", message)
    }

    pub(super) fn rrule(message: impl Into<String>) -> Self {
        Self::new(bot::RRULE, "schedule", message)
    }

    #[must_use]
    pub(super) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

/// What people typed, short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}
