//! The format of a file of exchanges.

use std::path::Path;

use codex32_model::{Object, Value};
use indexmap::IndexMap;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub connector: String,
    pub exchanges: Vec<Exchange>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub title: String,
    /// With neither of the two the connection is tested.
    pub action: Option<String>,
    /// One look; the output is `[{id, data}]` of what is not in `seen`.
    pub trigger: Option<String>,
    #[serde(default)]
    pub seen: Vec<String>,
    pub connection: Option<Connection>,
    #[serde(default)]
    pub with: Value,
    /// In order.
    #[serde(default)]
    pub http: Vec<Http>,
    /// One of these two.
    #[serde(default, deserialize_with = "given")]
    pub output: Option<Value>,
    pub error: Option<Error>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub kind: String,
    #[serde(default)]
    pub fields: Object,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub request: Request,
    pub answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// One of these three, or no body.
    #[serde(default, deserialize_with = "given")]
    pub json: Option<Value>,
    pub form: Option<Value>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub status: u16,
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    #[serde(default, deserialize_with = "given")]
    pub json: Option<Value>,
    pub text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    pub code: String,
    /// A part of it.
    pub message: Option<String>,
    pub retryable: Option<bool>,
    /// Whether a write may have happened.
    pub unknown: Option<bool>,
    /// In seconds.
    pub retry_after: Option<u64>,
}

/// A `null` that is written is a value.
fn given<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(d).map(Some)
}

impl File {
    pub fn read(name: &str, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let file =
            Self::parse(name, &text).map_err(|problem| format!("{}: {problem}", path.display()));
        file.expect("a good file")
    }

    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let file: Self = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        if file.connector != name {
            return Err(format!("the file is about `{}`, named `{name}`", file.connector));
        }
        for exchange in &file.exchanges {
            if exchange.output.is_some() == exchange.error.is_some() {
                return Err(format!("`{}` has either `output` or `error`", exchange.title));
            }
        }
        Ok(file)
    }
}
