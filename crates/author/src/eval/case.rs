//! Reading cases.

use codex32_model::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

/// A line that is not a case.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not a case: {reason}")]
pub struct CaseError {
    pub line: usize,
    pub reason: String,
}

/// What a sentence asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub id: String,
    pub text: String,
    /// One kind or several that are right; null or `manual`: none needed.
    #[serde(default)]
    pub trigger: Json,
    pub cron: Option<String>,
    pub rrule: Option<String>,
    pub once: Option<String>,
    pub every_seconds: Option<u64>,
    pub tz: Option<String>,
    /// When it is asked, for "tomorrow at 9".
    pub now: Option<Timestamp>,
    /// The first and the last day of the schedule.
    pub start: Option<String>,
    pub end: Option<String>,
    /// In this order unless `ordered` is false; each a list of prefixes.
    #[serde(default)]
    pub actions: Vec<Vec<String>>,
    #[serde(default = "yes")]
    pub ordered: bool,
    #[serde(default)]
    pub contains: Vec<String>,
    /// Numbers; a list means any of them.
    #[serde(default)]
    pub values: Vec<Json>,
    #[serde(default)]
    pub structure: Vec<String>,
    #[serde(default)]
    pub forbid: Vec<String>,
    #[serde(default)]
    pub ask: bool,
    #[serde(default)]
    pub may_ask: bool,
    /// Remarks of whoever wrote the case.
    #[serde(default)]
    pub note: Option<String>,
}

const fn yes() -> bool {
    true
}

impl Case {
    /// The trigger kinds that are right, `manual` for none.
    pub fn kinds(&self) -> Vec<&str> {
        let one = |value: &'_ Json| {
            value.as_str().map_or("manual", |text| match text {
                "schedule" | "every" | "once" | "cron" => "schedule",
                "poll" | "app" => "app",
                "webhook" => "webhook",
                "event" => "event",
                "email" => "email",
                "form" => "form",
                "chat" => "chat",
                _ => "manual",
            })
        };
        match &self.trigger {
            Json::Array(kinds) => kinds.iter().map(one).collect(),
            kind => vec![one(kind)],
        }
    }

    pub const fn has_times(&self) -> bool {
        self.cron.is_some()
            || self.rrule.is_some()
            || self.once.is_some()
            || self.every_seconds.is_some()
    }
}

/// Cases, one JSON object a line.
///
/// # Errors
/// The first line that is none.
pub fn read(text: &str) -> Result<Vec<Case>, CaseError> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|error| CaseError { line: at + 1, reason: error.to_string() })
        })
        .collect()
}
