//! What differs from provider to provider: how a request is spelled, and how its answer is read.
//!
//! An adapter is pure: no clock, no network, no state. It turns a request in OpenAI's form into the
//! provider's, and the provider's answer, whole or in pieces, back.

mod anthropic;
mod bedrock;
pub(crate) mod frames;
mod gemini;
mod openai;
mod responses;
pub(crate) mod sign;

use codex32_connectors::Credentials;
use serde_json::{Map, Value};

use crate::chat::{ChatRequest, Reply, Usage};

/// Whom a request goes to.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    pub credentials: &'a Credentials,
    /// The provider's name of the model.
    pub model: &'a str,
    /// Fields that the workspace adds to every request of this kind.
    pub options: &'a Map<String, Value>,
}

impl To<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.credentials.get(name)
    }
}

/// A request as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Wire {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// Headers that hold a secret.
    pub credentials: Vec<(&'static str, String)>,
    pub body: Value,
    pub sign: Option<Sign>,
}

/// A signature over the whole request is wanted, which needs the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    pub region: String,
    pub service: &'static str,
}

/// How the pieces of a stream are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events,
    /// `application/vnd.amazon.eventstream`.
    Amazon,
}

/// The request asks for what this provider does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// An answer that is not what the provider documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// Reads a stream, piece by piece, into OpenAI's chunks.
pub trait Reader: Send {
    /// # Errors
    /// When the piece is not what the provider documents, or tells of a failure.
    fn piece(&mut self, name: &str, data: &str) -> Result<Vec<Value>, Malformed>;
}

pub trait Adapter: Send + Sync {
    /// # Errors
    /// When the provider has nothing of the kind.
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit>;

    /// # Errors
    /// When the answer is not what the provider documents.
    fn read(&self, request: &ChatRequest, body: Value) -> Result<Reply, Malformed>;

    fn reader(&self, request: &ChatRequest) -> Box<dyn Reader>;

    /// What an answer says that it counted, also where the rest of it cannot be read.
    fn usage(&self, body: &Value) -> Option<Usage> {
        Usage::of(&body["usage"])
    }

    fn framing(&self) -> Framing {
        Framing::Events
    }

    /// # Errors
    /// When the provider has no embeddings.
    fn embeddings(
        &self,
        _to: To<'_>,
        _texts: &[String],
        _rest: &Map<String, Value>,
    ) -> Result<Wire, Unfit> {
        Err(Unfit("this provider has no embeddings".to_owned()))
    }

    /// The vectors in the order of the texts, and what was read.
    ///
    /// # Errors
    /// When the answer is not what the provider documents.
    fn read_embeddings(&self, _body: &Value) -> Result<(Vec<Value>, Option<Usage>), Malformed> {
        Err(Malformed("this provider has no embeddings".to_owned()))
    }
}

/// The connectors whose connections the gateway can use.
pub const CONNECTORS: [&str; 8] = [
    "openai",
    "openai_compatible",
    "azure_openai",
    "anthropic",
    "gemini",
    "mistral",
    "bedrock",
    "replay",
];

/// The adapter for connections of a connector; `api` chooses among several.
pub fn adapter(connector: &str, api: Option<&str>) -> Option<&'static dyn Adapter> {
    Some(match (connector, api.unwrap_or("chat")) {
        ("openai", "chat") => &openai::OPENAI,
        ("openai", "responses") => &responses::Responses,
        // Files hold answers of OpenAI's form.
        ("openai_compatible" | "replay", "chat") => &openai::COMPATIBLE,
        ("azure_openai", "chat") => &openai::AZURE,
        ("mistral", "chat") => &openai::MISTRAL,
        ("anthropic", "chat") => &anthropic::Anthropic,
        ("gemini", "chat") => &gemini::Gemini,
        ("bedrock", "chat") => &bedrock::Bedrock,
        _ => return None,
    })
}

/// `base` and `path` with one slash between.
fn join(base: &str, path: &str) -> String {
    format!("{}/{path}", base.trim_end_matches('/'))
}

fn bearer(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}"))]
}

fn parsed(data: &str) -> Result<Value, Malformed> {
    serde_json::from_str(data)
        .map_err(|error| Malformed(format!("a piece of the answer is no JSON: {error}")))
}
