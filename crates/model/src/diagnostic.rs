//! One thing that is wrong, or doubtful, in a definition: the same list serves the editor, the CLI,
//! the API and the repair loop of a language model.

use serde::{Deserialize, Serialize};

use crate::codes::Code;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

/// Where: a path into the definition and, when it came from text, a position there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Such as `steps[2].with.text`; empty for the whole definition.
    pub path: String,
    /// From 1; 0 when there is no text.
    pub line: u32,
    /// From 1, in characters; 0 when there is no text.
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    #[serde(serialize_with = "code_text")]
    pub code: Code,
    pub severity: Severity,
    /// One sentence: what is wrong and what was expected.
    pub message: String,
    #[serde(flatten, serialize_with = "place_fields")]
    pub place: Place,
    /// What to do: the nearest right name, the corrected spelling.
    pub suggestion: Option<String>,
}

fn code_text<S: serde::Serializer>(code: &Code, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(code.text)
}

fn place_fields<S: serde::Serializer>(place: &Place, s: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Fields<'a> {
        path: &'a str,
        line: Option<u32>,
        column: Option<u32>,
    }
    let some = |number: u32| (number > 0).then_some(number);
    Fields { path: &place.path, line: some(place.line), column: some(place.column) }.serialize(s)
}

impl Diagnostic {
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        let severity = Severity::Error;
        Self { code, severity, message: message.into(), place, suggestion: None }
    }

    pub fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        let severity = Severity::Warning;
        Self { code, severity, message: message.into(), place, suggestion: None }
    }

    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
