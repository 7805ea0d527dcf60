//! Why there is no evaluation.

use codex32_model::Code;
use codex32_model::codes::evaluation as codes;
use codex32_store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The suite is written wrongly: where, and why.
    #[error("{path}: {message}")]
    Suite { path: String, message: String },
    #[error("{0}")]
    Subject(String),
    #[error("{0}")]
    Values(String),
    #[error("{0}")]
    Case(String),
    #[error("{0} questions are more than {most}", most = crate::plan::MOST_QUESTIONS)]
    Size(usize),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{1}")]
    Other(Code, String),
}

impl Error {
    pub(crate) fn suite(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Suite { path: path.into(), message: message.into() }
    }

    pub const fn code(&self) -> Code {
        match self {
            Self::Suite { .. } => codes::SUITE,
            Self::Subject(_) => codes::SUBJECT,
            Self::Values(_) => codes::VALUES,
            Self::Case(_) => codes::CASE,
            Self::Size(_) => codes::SIZE,
            Self::Store(error) => error.code(),
            Self::Other(code, _) => *code,
        }
    }
}
