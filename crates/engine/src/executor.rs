//! The one door through which runs and triggers reach the world: actions, code, looks. Wired in `app`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use codex32_model::Scope;
use codex32_model::definition::{CodeStep, Verify};
use codex32_model::fact::{Address, LogLine};
use codex32_model::ids::{BotId, RunId};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use sha2::{Digest, Sha256};

/// Longest id, in bytes, that an item is remembered by as it is.
const MOST_KEY: usize = 200;

/// One attempt of one step.
#[derive(Debug, Clone)]
pub struct Task {
    pub scope: Scope,
    pub bot: BotId,
    pub run: RunId,
    pub address: Address,
    pub attempt: u32,
    /// The idempotency key, of a write.
    pub key: Option<String>,
    pub kind: TaskKind,
    pub timeout: Duration,
}

#[derive(Debug, Clone)]
pub enum TaskKind {
    Action {
        action: String,
        /// The workspace's connection, by its name.
        connection: Option<String>,
        input: Value,
    },
    Code {
        code: CodeStep,
        /// What is in scope, as one object.
        scope: Value,
        now: Timestamp,
        /// Seeds `Math.random`, so that running it again gives the same.
        seed: [u8; 32],
    },
}

#[derive(Debug, Clone)]
pub enum TaskOutcome {
    Done {
        output: Value,
        logs: Vec<LogLine>,
    },
    Failed {
        error: StepError,
        retryable: bool,
        retry_after: Option<Duration>,
        /// The receiver may have taken it.
        unknown: bool,
        logs: Vec<LogLine>,
    },
}

/// One look for what happened in another system.
#[derive(Debug, Clone)]
pub struct Look {
    pub scope: Scope,
    /// `connector.trigger`.
    pub app: String,
    /// The workspace's connection, by its name.
    pub connection: Option<String>,
    pub input: Value,
    pub seen: Seen,
    /// Most new items to bring; where there are more, those that happened first.
    pub most: usize,
    pub timeout: Duration,
}

/// What was there before.
#[derive(Debug, Clone)]
pub enum Seen {
    /// This look only tells what is there.
    Everything,
    /// Items by their keys.
    Items(Arc<HashSet<String>>),
}

impl Seen {
    /// Whether what is known by this id was not there before.
    pub fn is_new(&self, id: &str) -> bool {
        match self {
            Self::Everything => false,
            Self::Items(keys) => !keys.contains(&*item_key(id)),
        }
    }
}

/// What an item is remembered by: its id, or a hash in place of one that is long or odd.
pub(crate) fn item_key(id: &str) -> Cow<'_, str> {
    if id.len() <= MOST_KEY && !id.contains(char::is_control) {
        return Cow::Borrowed(id);
    }
    let hash = Sha256::digest(id.as_bytes());
    Cow::Owned(hash.iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}")))
}

/// What a look found, in the order in which it happened.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// Ids of everything that is there.
    pub there: Vec<String>,
    /// Ids and `event.data` of what was not there before.
    pub new: Vec<(String, Value)>,
    /// How many more are new.
    pub more: usize,
}

/// Why a look found out nothing.
#[derive(Debug, Clone)]
pub struct LookFailure {
    pub error: StepError,
    /// How long the other side asks to wait.
    pub retry_after: Option<Duration>,
}

/// A webhook request whose signature is to be checked.
#[derive(Debug)]
pub struct Signed<'a> {
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
    pub now: Timestamp,
}

#[async_trait::async_trait]
pub trait StepExecutor: Send + Sync + 'static {
    /// Runs one attempt to its end. Dropping the future aborts it.
    async fn execute(&self, task: Task) -> TaskOutcome;

    /// Looks once. Dropping the future aborts it.
    async fn look(&self, look: Look) -> Result<Looked, LookFailure>;

    /// Checks the signature of a webhook against the named connection's secret.
    ///
    /// # Errors
    /// Why it does not verify, for the caller; without the secret.
    async fn verify(
        &self,
        scope: Scope,
        verify: &Verify,
        connection: &str,
        request: Signed<'_>,
    ) -> Result<(), String>;
}
