//! The gateway as others use it.

pub(crate) mod call;
pub(crate) mod plan;
mod vault;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use codex32_connectors::http::Guarded;
use codex32_connectors::{Credentials, Failure};
use codex32_identity::secrets::KeyFile;
use codex32_model::ids::{BotId, CallId, EvaluationId, RunId, WorkspaceId};
use codex32_model::{Clock, Scope, Timestamp};
use codex32_store::{Store, StoreError};
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::chat::{ChatRequest, Message, Reply, Usage, canonical_hash};
use crate::error::Error;
use crate::exchange::Ask;
use crate::health::{Health, View};
use crate::semantic::Embed;
use crate::structured;

/// Opens connections; the secrets in them are never kept here.
#[async_trait::async_trait]
pub trait Connections: Send + Sync + 'static {
    /// None when there is none of that name.
    async fn open(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Credentials>, Failure>;
}

pub struct Options {
    pub store: Store,
    /// Seals answers that are kept.
    pub keys: Arc<KeyFile>,
    pub http: Guarded,
    pub connections: Arc<dyn Connections>,
    pub clock: Arc<dyn Clock>,
    /// Where recorded answers are.
    pub replays: Option<PathBuf>,
    /// Says which questions mean the same; without it only the same request is the same.
    pub meaning: Option<Arc<dyn Embed>>,
}

/// Who asks, and for what.
#[derive(Debug, Clone)]
pub struct Caller {
    pub scope: Scope,
    pub bot: Option<BotId>,
    pub run: Option<RunId>,
    /// The step's address.
    pub step: Option<String>,
    /// The evaluation that asks: its calls are told apart from those of bots at work.
    pub evaluation: Option<EvaluationId>,
    /// The idempotency key: an answer that was paid under it is given again.
    pub key: Option<String>,
    /// Most that this call may cost, in micro-dollars.
    pub limit: Option<i64>,
    /// Most that the whole run may cost.
    pub run_limit: Option<i64>,
    pub timeout: Option<Duration>,
    /// Do not answer from the cache.
    pub fresh: bool,
}

impl Caller {
    pub const fn new(scope: Scope) -> Self {
        Self {
            scope,
            bot: None,
            run: None,
            step: None,
            evaluation: None,
            key: None,
            limit: None,
            run_limit: None,
            timeout: None,
            fresh: false,
        }
    }
}

/// One call inside: a request to a named model, once.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    /// The name asked for; empty for the workspace's default.
    pub(crate) name: String,
    pub(crate) ask: Ask,
    /// Which try at a fitting answer it is.
    pub(crate) round: u32,
}

/// Who gave the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Provider,
    Cache,
    /// The cache, for a question that means the same.
    Semantic,
    /// It was paid before, under the same key.
    Key,
}

impl By {
    /// As it is written down and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Cache => "cache",
            Self::Semantic => "semantic",
            Self::Key => "key",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub reply: Reply,
    pub call: CallId,
    pub connection: String,
    pub provider: String,
    pub model: String,
    pub usage: Usage,
    /// What it cost, in micro-dollars, failed attempts included; 0 from the cache.
    pub cost: i64,
    /// What its making cost, whenever that was; 0 for those that cost nothing.
    pub worth: i64,
    pub by: By,
    /// When it was made, if it comes from the cache.
    pub made_at: Option<Timestamp>,
}

/// What an `ask` step gets.
#[derive(Debug, Clone)]
pub struct Asked {
    /// A text, or what the schema describes.
    pub output: Value,
    pub answer: Answer,
}

/// A streamed answer.
#[derive(Debug)]
pub struct Streaming {
    /// Chunks of OpenAI's form, as they come.
    pub pieces: mpsc::UnboundedReceiver<Value>,
    /// What it came to.
    pub ended: oneshot::Receiver<Result<Answer, Error>>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

type KeyLocks = HashMap<(WorkspaceId, String), Weak<tokio::sync::Mutex<()>>>;

pub(crate) struct Inner {
    pub options: Options,
    pub health: Health,
    /// Turns in pools of connections.
    pub turn: AtomicUsize,
    /// Calls under a key, one at a time.
    keys: Mutex<KeyLocks>,
}

impl Inner {
    fn key_lock(&self, workspace: WorkspaceId, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, lock| lock.strong_count() > 0);
        let slot = keys.entry((workspace, key.to_owned())).or_default();
        slot.upgrade().unwrap_or_else(|| {
            let lock = Arc::default();
            *slot = Arc::downgrade(&lock);
            lock
        })
    }
}

impl Gateway {
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Inner {
            options,
            health: Health::default(),
            turn: AtomicUsize::new(0),
            keys: Mutex::default(),
        }))
    }

    /// One call, carried out to its end even when nobody waits for it any more: what was spent has to
    /// be known.
    async fn once(&self, call: Call) -> Result<Answer, Error> {
        let inner = Arc::clone(&self.0);
        let task = tokio::spawn(async move { call::run(inner, call, None).await });
        task.await.unwrap_or_else(|error| {
            Err(Error::Other(codex32_model::codes::server::INTERNAL, error.to_string()))
        })
    }

    /// Asks; where the request has a schema, the answer fits it.
    ///
    /// # Errors
    /// Every reason not to answer.
    pub async fn chat(&self, caller: Caller, request: ChatRequest) -> Result<Answer, Error> {
        check(&request)?;
        let schema = request.schema().cloned();
        let Some(schema) = schema else {
            let name = request.model.clone();
            return self
                .once(Call { caller, name, ask: Ask::Chat(Box::new(request)), round: 0 })
                .await;
        };
        structured::ask(self, caller, request, &schema).await.map(|(answer, _)| answer)
    }

    /// Asks once, whatever the request's schema: for callers that look at the answer themselves and know
    /// better what to ask again.
    ///
    /// # Errors
    /// Every reason not to answer.
    pub async fn complete(&self, caller: Caller, request: ChatRequest) -> Result<Answer, Error> {
        check(&request)?;
        self.round(&caller, &request, 0).await
    }

    pub(crate) async fn round(
        &self,
        caller: &Caller,
        request: &ChatRequest,
        round: u32,
    ) -> Result<Answer, Error> {
        let (caller, name) = (caller.clone(), request.model.clone());
        self.once(Call { caller, name, ask: Ask::Chat(Box::new(request.clone())), round }).await
    }

    /// Asks, and gives the answer as it comes. Whether it fits a schema is not looked at: what was
    /// shown cannot be taken back.
    ///
    /// # Errors
    /// What can be said before anything is sent; the rest is in [`Streaming::ended`].
    pub fn stream(&self, caller: Caller, request: ChatRequest) -> Result<Streaming, Error> {
        check(&request)?;
        let (show, pieces) = mpsc::unbounded_channel();
        let (tell, ended) = oneshot::channel();
        let inner = Arc::clone(&self.0);
        let name = request.model.clone();
        let call = Call { caller, name, ask: Ask::Chat(Box::new(request)), round: 0 };
        tokio::spawn(async move {
            let answer = call::run(inner, call, Some(show)).await;
            let _ = tell.send(answer);
        });
        Ok(Streaming { pieces, ended })
    }

    /// Turns texts into vectors: a list of OpenAI's form.
    ///
    /// # Errors
    /// Every reason not to answer.
    pub async fn embed(
        &self,
        caller: Caller,
        name: String,
        texts: Vec<String>,
        rest: Map<String, Value>,
    ) -> Result<Answer, Error> {
        if texts.is_empty() || texts.len() > 2_048 {
            return Err(Error::BadRequest("`input` is 1 to 2048 texts".to_owned()));
        }
        self.once(Call { caller, name, ask: Ask::Embed { texts, rest }, round: 0 }).await
    }

    /// What makes the vectors under a name, as a word: another one where those of before cannot be compared
    /// with those to come.
    ///
    /// # Errors
    /// [`Error::NoModel`], and when the store cannot be read.
    pub async fn embeds_by(&self, scope: Scope, name: &str) -> Result<String, Error> {
        let Options { store, clock, .. } = &self.0.options;
        let known = store.before_call(scope.workspace, None, Vec::new(), clock.now()).await?;
        let (name, definition) = plan::find(&known, name)?;
        let models = definition.targets.iter().map(|target| json!([target.model, target.options]));
        let hash = canonical_hash(&models.collect());
        Ok(format!("{name}@{}", hash.get(..12).unwrap_or_default()))
    }

    /// An `ask` step: a prompt with or without a system message, and a typed output where there is a schema.
    ///
    /// # Errors
    /// Every reason not to answer.
    pub async fn ask(
        &self,
        caller: Caller,
        model: String,
        (system, prompt): (Option<String>, String),
        schema: Option<Value>,
    ) -> Result<Asked, Error> {
        let mut messages = vec![Message::new("user", prompt)];
        if let Some(system) = system {
            messages.insert(0, Message::new("system", system));
        }
        let mut request = ChatRequest { model, messages, ..ChatRequest::default() };
        let Some(schema) = schema else {
            let answer = self.chat(caller, request).await?;
            return Ok(Asked { output: Value::from(answer.reply.text().trim()), answer });
        };
        let wrapped = structured::Wrapped::new(&schema);
        request.response_format = Some(wrapped.format());
        let (answer, value) = structured::ask(self, caller, request, &wrapped.schema).await?;
        Ok(Asked { output: wrapped.unwrap(value), answer })
    }

    /// Prompt and answer of a call, redacted, where the workspace's settings had them kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn log(
        &self,
        scope: Scope,
        call: CallId,
    ) -> Result<Option<(Value, Value)>, StoreError> {
        let sealed = self.0.options.store.model_call_log(scope, call).await?;
        let opened = sealed.and_then(|sealed| {
            vault::open_log(&self.0.options.keys, scope.workspace, call, &sealed)
        });
        Ok(opened.map(|mut log| (log["request"].take(), log["reply"].take())))
    }

    /// How the providers do, as this server sees it.
    pub fn health(&self, workspace: WorkspaceId) -> Vec<View> {
        self.0.health.view(workspace, Instant::now())
    }

    /// A connection was changed: it is tried again at once.
    pub fn connection_changed(&self, workspace: WorkspaceId, connection: &str) {
        self.0.health.forget(workspace, connection);
    }
}

fn check(request: &ChatRequest) -> Result<(), Error> {
    let bad = |message: &str| Err(Error::BadRequest(message.to_owned()));
    if request.messages.is_empty() {
        return bad("`messages` is empty");
    }
    let roles = ["system", "developer", "user", "assistant", "tool"];
    for message in &request.messages {
        if !roles.contains(&message.role.as_str()) {
            return bad(&format!("there is no role `{}`", message.role));
        }
        if message.role == "tool" && message.tool_call_id.is_none() {
            return bad("a message of the role `tool` has no `tool_call_id`");
        }
    }
    Ok(())
}
