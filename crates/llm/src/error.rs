//! Why there is no answer.

use std::time::Duration;

use codex32_model::Code;
use codex32_model::codes::{connector, llm as codes, store};
use codex32_store::StoreError;

/// Why one provider gave none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub connection: String,
    pub model: String,
    pub message: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NoModel(String),
    #[error("{message}")]
    Budget { message: String },
    #[error("{}", failed(.model, .reasons))]
    AllFailed {
        model: String,
        reasons: Vec<Reason>,
        /// How long the last one asks to wait.
        retry_after: Option<Duration>,
        /// All of them say that the request itself is wrong.
        refused: bool,
    },
    #[error("{0}")]
    Guardrail(String),
    #[error("the answer does not fit the schema: {0}")]
    Output(String),
    #[error("{0}")]
    Limit(String),
    #[error("{0}")]
    NoPrice(String),
    #[error("the workspace does not allow {0}")]
    NotAllowed(String),
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    Definition(String),
    #[error("this key was used for another request")]
    KeyReused,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{1}")]
    Other(Code, String),
}

fn failed(model: &str, reasons: &[Reason]) -> String {
    let told: Vec<_> = reasons
        .iter()
        .map(|Reason { connection, model, message }| format!("{connection}/{model}: {message}"))
        .collect();
    format!("no provider of `{model}` answered. {}", told.join("; "))
}

impl Error {
    pub const fn code(&self) -> Code {
        match self {
            Self::NoModel(_) => codes::NO_MODEL,
            Self::Budget { .. } => codes::BUDGET,
            Self::AllFailed { .. } => codes::ALL_FAILED,
            Self::Guardrail(_) => codes::REFUSED,
            Self::Output(_) => codes::OUTPUT,
            Self::Limit(_) => codes::LIMIT,
            Self::NoPrice(_) => codes::NO_PRICE,
            Self::NotAllowed(_) => codes::NOT_ALLOWED,
            Self::BadRequest(_) => codes::BAD_REQUEST,
            Self::Definition(_) => codes::DEFINITION,
            Self::KeyReused => codes::KEY_REUSED,
            Self::Store(error) => error.code(),
            Self::Other(code, _) => *code,
        }
    }

    /// Whether the same may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::AllFailed { refused, .. } => !refused,
            Self::Output(_) => true,
            Self::Store(_) => self.code() == store::UNAVAILABLE,
            Self::Other(code, _) => {
                [connector::TIMEOUT, connector::UNREACHABLE, connector::BROKEN].contains(code)
            }
            _ => false,
        }
    }

    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoModel(_) => 404,
            Self::Budget { .. } | Self::Limit(_) => 402,
            Self::AllFailed { refused: true, .. } | Self::BadRequest(_) => 400,
            Self::AllFailed { .. } => 502,
            Self::Guardrail(_) | Self::NotAllowed(_) => 403,
            Self::Output(_) => 502,
            Self::NoPrice(_) | Self::Definition(_) | Self::KeyReused => 422,
            Self::Store(_) => 503,
            Self::Other(..) => 500,
        }
    }
}
