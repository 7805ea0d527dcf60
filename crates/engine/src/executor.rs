//! The one door through which a run reaches the world: actions and code. Wired in `app`.

use std::time::Duration;

use codex32_model::Scope;
use codex32_model::definition::{CodeStep, Verify};
use codex32_model::fact::{Address, LogLine};
use codex32_model::ids::{BotId, RunId};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

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
