//! What ended a job without a value, and how people are told.

use codex32_model::codes::sandbox as codes;
use rquickjs::CaughtError;

use super::super::strip::Source;
use super::opening;
use crate::Failure;

/// What ended a job without a value.
pub(super) enum Fault {
    Syntax(Thrown),
    Thrown(Thrown),
    Result(Thrown),
    Pending,
    Time,
}

impl From<CaughtError<'_>> for Fault {
    fn from(error: CaughtError<'_>) -> Self {
        Self::Thrown(Thrown::of(&error))
    }
}

#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub interrupted: bool,
    pub full: bool,
}

impl Fault {
    pub(super) fn failure(self, source: &Source, seen: Seen) -> Failure {
        if seen.interrupted {
            return Failure::new(codes::TIME, "the code ran longer than its time limit");
        }
        let (code, thrown) = match self {
            Self::Time => {
                return Failure::new(codes::TIME, "the code ran longer than its time limit");
            }
            Self::Pending => {
                let message = "the code awaits a promise that nothing can settle";
                return Failure::new(codes::PENDING, message);
            }
            Self::Syntax(thrown) => (codes::SYNTAX, thrown),
            Self::Thrown(thrown) => (codes::THREW, thrown),
            Self::Result(thrown) => (codes::RESULT, thrown),
        };
        let Thrown { name, message, mut line, mut column } = thrown;
        if line == Some(1) {
            let opening = u32::try_from(opening(source.is_async).len()).unwrap_or(0);
            column = column.and_then(|column| column.checked_sub(opening)).filter(|&at| at > 0);
            // Before the code: the interpreter names the function where it has no closer place.
            line = column.map(|_| 1);
        }
        let too_large = matches!(message.as_str(), "out of memory" | "string too long");
        if too_large || (seen.full && message == "null") {
            return Failure::new(codes::MEMORY, "the code needed more memory than its limit");
        }
        let code = match (code, message.as_str()) {
            (codes::THREW, "fetch is not defined") => codes::NETWORK,
            (codes::THREW, message) if message.ends_with(crate::network::NOT_LISTED) => {
                codes::NETWORK
            }
            _ => code,
        };
        let message = match (&name, code) {
            (Some(name), codes::THREW) => format!("{name}: {message}"),
            _ => message,
        };
        Failure { line, column, ..Failure::new(code, message) }
    }
}

/// An exception, as text.
pub(super) struct Thrown {
    pub name: Option<String>,
    message: String,
    line: Option<u32>,
    column: Option<u32>,
}

impl Thrown {
    pub(super) fn of(error: &CaughtError<'_>) -> Self {
        match error {
            CaughtError::Exception(exception) => {
                let name = exception.as_object().get::<_, String>("name").ok();
                let message = exception.message().unwrap_or_default();
                let place = exception.stack().as_deref().and_then(place);
                let (line, column) = place.unzip();
                Self { name, message, line, column }
            }
            CaughtError::Value(value) => {
                let json = value.ctx().json_stringify(value.clone()).ok().flatten();
                let text = json.and_then(|json| json.to_string().ok());
                let message = text.unwrap_or_else(|| "a value that cannot be shown".to_owned());
                Self { name: None, message, line: None, column: None }
            }
            CaughtError::Error(error) => {
                Self { name: None, message: error.to_string(), line: None, column: None }
            }
        }
    }
}

/// The first place in the step's own code: `at name (step:3:5)` or `at step:3:5`.
fn place(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|frame| {
        let (before, after) = frame.rsplit_once("step:")?;
        if !before.ends_with(['(', ' ']) {
            return None;
        }
        let (line, column) = after.trim_end_matches(')').split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    })
}

/// `JSON.stringify` writes half a surrogate pair as an escape, which is no text in UTF-8: it becomes
/// the replacement character. Whole pairs are never escaped.
pub(super) fn well_formed(mut json: Vec<u8>) -> Vec<u8> {
    let mut at = 0;
    while at + 1 < json.len() {
        if json[at] != b'\\' {
            at += 1;
            continue;
        }
        let lone = json[at + 1] == b'u'
            && matches!(json.get(at + 2), Some(b'd' | b'D'))
            && matches!(json.get(at + 3), Some(b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'));
        if lone && at + 6 <= json.len() {
            json[at + 2..at + 6].copy_from_slice(b"fffd");
        }
        at += 2;
    }
    json
}
