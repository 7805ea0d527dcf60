//! How often the first choice and the first five are right, over cases with known answers.

use serde::Deserialize;

use super::{Choice, Found, Matcher};

/// A line of the cases. What is right may be missing: then only the lists are made.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    event_channel: Option<String>,
    event: Option<String>,
    action_channel: Option<String>,
    action: Option<String>,
}

/// A line that is no case.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is no case: {error}")]
pub struct RowError {
    line: usize,
    error: serde_json::Error,
}

/// What was found for each case, and how often that is right.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    pub items: Vec<(String, Found)>,
    /// By title and description.
    pub both: Share,
    /// By the description alone.
    pub description: Share,
}

/// Cases that are right, of those that say what is right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    pub cases: usize,
    /// The apps of the first trigger and of the first action.
    pub apps: usize,
    /// First trigger and first action.
    pub first: usize,
    /// Trigger and action stand in their lists.
    pub listed: usize,
}

impl Share {
    fn count(&mut self, found: &Found, trigger: &Choice, action: &Choice) {
        let app = |list: &[Choice], right: &Choice| {
            list.first().is_some_and(|first| first.app == right.app)
        };
        let (triggers, actions) = (&found.trigger, &found.action);
        self.cases += 1;
        self.apps += usize::from(app(triggers, trigger) && app(actions, action));
        self.first +=
            usize::from(triggers.first() == Some(trigger) && actions.first() == Some(action));
        self.listed += usize::from(triggers.contains(trigger) && actions.contains(action));
    }
}

/// Matches every case of a file of JSON lines.
pub fn measure(cases: &str, matcher: &Matcher) -> Result<Measured, RowError> {
    let mut out = Measured::default();
    for (at, line) in cases.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let row: Row =
            serde_json::from_str(line).map_err(|error| RowError { line: at + 1, error })?;
        let found = matcher.find(&row.title, &row.description);
        let right = |app: Option<String>, id: Option<String>| Some(Choice { app: app?, id: id? });
        let trigger = right(row.event_channel, row.event);
        let action = right(row.action_channel, row.action);
        if let (Some(trigger), Some(action)) = (trigger, action) {
            out.both.count(&found, &trigger, &action);
            let alone = matcher.find("", &row.description);
            out.description.count(&alone, &trigger, &action);
        }
        out.items.push((row.title, found));
    }
    Ok(out)
}
