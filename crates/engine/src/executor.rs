//! The one door through which runs and triggers reach the world: actions, code, looks. Wired in `app`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use codex32_model::Scope;
use codex32_model::codes;
use codex32_model::definition::{Ask, CodeStep, Verify};
use codex32_model::fact::{Address, LogLine};
use codex32_model::ids::{ApprovalId, BotId, EvaluationId, RunId};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use sha2::{Digest, Sha256};

use crate::run::{Briefing, Wanted};

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
    /// It belongs to no run: an evaluation asks what a step would ask.
    pub evaluation: Option<EvaluationId>,
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
    /// What an agent's tools are: a list of `{name, description, parameters, to, tool?}`.
    Listing { tools: Vec<Wanted> },
    /// A turn of an agent's model: `{message, finish, model, tokens: {input, output}, cost_micros}`.
    Turn { briefing: Box<Briefing> },
    /// A question to a language model.
    Ask {
        /// Model, output and limits.
        ask: Ask,
        /// What stands before the prompt; steps have none.
        system: Option<String>,
        prompt: String,
        /// Most that the run may cost, in dollars.
        run_limit: Option<f64>,
    },
}

/// Attempts at a code step without a network in turns of a loop, which may run one after the other
/// and know nothing of each other.
#[derive(Debug, Clone)]
pub struct CodeChunk {
    pub scope: Scope,
    pub bot: BotId,
    pub run: RunId,
    pub code: CodeStep,
    /// What is in scope in all of them, as one object.
    pub shared: Value,
    pub turns: Vec<CodeTurn>,
    /// Of each turn.
    pub timeout: Duration,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct CodeTurn {
    pub address: Address,
    /// What is in scope besides, as one object; no name of it is one of what is shared.
    pub own: Value,
    pub now: Timestamp,
    pub seed: [u8; 32],
}

/// What became of a chunk.
#[derive(Debug, Clone)]
pub struct ChunkOutcome {
    /// Of the first turns, in order; at least one. The others are asked for again.
    pub outcomes: Vec<TaskOutcome>,
    /// How long they took, not counting the time that they waited to begin.
    pub took: Duration,
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

impl CodeChunk {
    /// A turn as an attempt of its own.
    pub fn task(&self, turn: &CodeTurn) -> Task {
        let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let mut scope = fields(&self.shared);
        scope.extend(fields(&turn.own));
        Task {
            scope: self.scope,
            bot: self.bot,
            run: self.run,
            address: turn.address.clone(),
            attempt: 1,
            key: None,
            kind: TaskKind::Code {
                code: self.code.clone(),
                scope: Value::from(scope),
                now: turn.now,
                seed: turn.seed,
            },
            timeout: self.timeout,
            evaluation: None,
        }
    }
}

impl TaskOutcome {
    /// Of an attempt that took longer than it may.
    pub(crate) fn too_long(limit: Duration, unknown: bool) -> Self {
        let limit = codex32_model::time::format_duration(limit);
        let message = format!("the attempt took longer than {limit}");
        Self::Failed {
            error: StepError::new(codes::run::STEP_TIMEOUT, message),
            retryable: true,
            retry_after: None,
            unknown,
            logs: Vec::new(),
        }
    }
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

/// Somebody to be told of an approval.
#[derive(Debug, Clone)]
pub struct Notice {
    pub scope: Scope,
    pub approval: ApprovalId,
    /// Which of those who are told; the link names it.
    pub number: u32,
    /// An email address, or a channel that begins with `#`.
    pub recipient: String,
    /// Who handed it on to them.
    pub named_by: Option<String>,
    pub question: String,
    /// The bot's name.
    pub bot: String,
    pub run: RunId,
    pub expires_at: Option<Timestamp>,
    /// Whether silence until then is a yes.
    pub silence: bool,
    /// Until when the link serves.
    pub link_until: Timestamp,
    /// The same in every attempt.
    pub key: String,
    pub timeout: Duration,
}

/// Why somebody could not be told.
#[derive(Debug, Clone)]
pub struct Unsent {
    pub why: String,
    /// It may go better later.
    pub retryable: bool,
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

    /// Runs turns of a chunk for some milliseconds, at least the first to its end. Dropping the
    /// future aborts it. Without a better way the first is an attempt like others.
    async fn execute_chunk(&self, chunk: CodeChunk) -> ChunkOutcome {
        let begun = Instant::now();
        let mut outcomes = Vec::new();
        if let Some(first) = chunk.turns.first() {
            let task = chunk.task(first);
            let limit = task.timeout;
            let ended = tokio::time::timeout(limit, self.execute(task)).await;
            outcomes.push(ended.unwrap_or_else(|_| TaskOutcome::too_long(limit, false)));
        }
        ChunkOutcome { outcomes, took: begun.elapsed() }
    }

    /// Looks once. Dropping the future aborts it.
    async fn look(&self, look: Look) -> Result<Looked, LookFailure>;

    /// Tells somebody of an approval, with a link of their own; how it was sent.
    /// Without a way to tell people, they find it where approvals are listed.
    async fn notify(&self, _: Notice) -> Result<String, Unsent> {
        let why = "this server has no way to tell people".to_owned();
        Err(Unsent { why, retryable: false, retry_after: None })
    }

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
