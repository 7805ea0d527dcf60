//! What the engine refuses, with the code and the HTTP status that belong to it.

use codex32_model::Code;
use codex32_model::codes::run as codes;
use codex32_model::ids::RunId;
use codex32_store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    #[error("there is no bot `{0}`")]
    NoBot(String),
    #[error("the bot `{0}` is {1}")]
    NotLive(String, &'static str),
    #[error("the bot `{0}` is not active, or has no app trigger `{1}`")]
    NoLook(String, String),
    #[error("there is no run {0}")]
    NoRun(RunId),
    #[error("the run {0} has ended")]
    Ended(RunId),
    #[error("{0}")]
    NoStep(String),
    #[error("there is no approval {0}")]
    NoApproval(codex32_model::ids::ApprovalId),
    /// How it was.
    #[error("{0}")]
    Decided(String),
    #[error("the answer does not fit the form: {}", list(.0))]
    Form(Vec<(String, String)>),
    #[error("{0}")]
    HandOn(String),
    #[error("the input does not fit: {}", list(.0))]
    Input(Vec<(String, String)>),
    #[error("the run would be started with more than {0}")]
    InputSize(String),
    #[error("too many runs of this workspace are waiting")]
    QueueFull,
    #[error("more than {0} events caused each other: bots seem to start each other in a circle")]
    Hops(u32),
    #[error("{0}")]
    Deaf(String),
    #[error("{0}")]
    Forgotten(String),
    #[error("{0} replays go on already")]
    Replays(u32),
    #[error("the server is stopping")]
    ShuttingDown,
    #[error("the store was restored or copied, and is held until somebody releases it")]
    Held,
    #[error("{0}")]
    Later(String),
    #[error("the definition cannot be run: {0}")]
    Definition(String),
    #[error("{0}")]
    Expression(codex32_model::StepError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(problems: &[(String, String)]) -> String {
    let parts: Vec<String> =
        problems.iter().map(|(path, message)| format!("{path}: {message}")).collect();
    parts.join("; ")
}

impl EngineError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoBot(_) => codes::NO_BOT,
            Self::NotLive(..) => codes::PAUSED,
            Self::NoRun(_) => codes::NO_RUN,
            Self::NoLook(..) => codes::NO_LOOK,
            Self::Ended(_) => codes::ENDED,
            Self::NoStep(_) => codes::NO_STEP,
            Self::NoApproval(_) => codes::NO_APPROVAL,
            Self::Decided(_) => codes::DECIDED,
            Self::Form(_) => codes::FORM,
            Self::HandOn(_) => codes::DELEGATE,
            Self::Input(_) => codes::INPUT,
            Self::InputSize(_) => codes::INPUT_SIZE,
            Self::QueueFull => codes::QUEUE_FULL,
            Self::Hops(_) => codes::HOPS,
            Self::Deaf(_) => codes::DEAF,
            Self::Forgotten(_) => codes::FORGOTTEN,
            Self::Replays(_) => codes::REPLAYS,
            Self::ShuttingDown => codes::SHUTTING_DOWN,
            Self::Held => codex32_model::codes::store::HELD,
            Self::Later(_) | Self::Definition(_) => codes::LATER,
            Self::Expression(error) => {
                codex32_model::codes::find(&error.code).unwrap_or(codes::STEP_FAILED)
            }
            Self::Store(error) => error.code(),
        }
    }

    /// Whether what is refused now may be taken later.
    pub(crate) const fn passes(&self) -> bool {
        matches!(self, Self::Store(_) | Self::ShuttingDown | Self::QueueFull | Self::Held)
    }

    /// Whether the store did not answer, and may later.
    pub(crate) const fn is_away(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_)))
    }

    /// The HTTP status that this is at the edge.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NoBot(_)
            | Self::NoRun(_)
            | Self::NoApproval(_)
            | Self::Store(StoreError::NotFound(_)) => 404,
            Self::NotLive(..)
            | Self::Decided(_)
            | Self::NoLook(..)
            | Self::Ended(_)
            | Self::Hops(_)
            | Self::Deaf(_)
            | Self::Replays(_)
            | Self::Store(StoreError::Conflict(_)) => 409,
            Self::NoStep(_)
            | Self::Input(_)
            | Self::Form(_)
            | Self::HandOn(_)
            | Self::Expression(_) => 400,
            Self::Later(_) | Self::Definition(_) | Self::Forgotten(_) => 422,
            Self::InputSize(_) => 413,
            Self::QueueFull => 429,
            Self::Store(StoreError::Stale(_)) => 412,
            Self::ShuttingDown | Self::Held | Self::Store(StoreError::Unavailable(_)) => 503,
            Self::Store(_) => 500,
        }
    }
}
