//! Why knowledge could not be had.

use codex32_model::Code;
use codex32_model::codes::knowledge as codes;
use codex32_store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("there is no knowledge base `{0}`")]
    NoBase(String),
    /// What was given does not fit: which field, and why.
    #[error("`{field}` {detail}")]
    Unfit { field: &'static str, detail: String },
    #[error(
        "`{0}` is no kind of document that can be read: text, Markdown, HTML, PDF, DOCX or CSV"
    )]
    Kind(String),
    #[error("the document has {0} bytes; 33554432 are the most")]
    TooLarge(usize),
    /// The document is not what it says it is, or broken.
    #[error("{0}")]
    Unreadable(String),
    #[error("the document takes too much to read: {0}")]
    Bounds(String),
    /// The address did not give it.
    #[error("it was not fetched: {message}")]
    Fetch { message: String, again: bool },
    /// The model did not embed.
    #[error("the model did not embed it: {message}")]
    Model { message: String, again: bool },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    pub fn unfit(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Unfit { field, detail: detail.into() }
    }

    pub const fn code(&self) -> Code {
        match self {
            Self::NoBase(_) => codes::NO_BASE,
            Self::Unfit { .. } => codes::UNFIT,
            Self::Kind(_) => codes::KIND,
            Self::TooLarge(_) | Self::Bounds(_) => codes::TOO_LARGE,
            Self::Unreadable(_) => codes::UNREADABLE,
            Self::Fetch { .. } => codes::FETCH,
            Self::Model { .. } => codes::EMBED,
            Self::Store(error) => error.code(),
        }
    }

    /// Whether it may go well another time.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Fetch { again, .. } | Self::Model { again, .. } => *again,
            Self::Store(error) => matches!(error, StoreError::Unavailable(_)),
            _ => false,
        }
    }
}
