//! How a run reaches the world: actions through the connectors, code through the sandbox, with tokens
//! that are good.

mod agent;
mod ask;
mod knowledge;
mod listing;
mod notify;

use std::sync::Arc;
use std::time::Duration;

use codex32_api::tokens::Tokens;
use codex32_connectors::http::{Guarded, Method, Request, parse_url};
use codex32_connectors::{ActionCall, Credentials, Failure, PollCall, Polled, Runtime, verify};
use codex32_engine::{
    ChunkOutcome, CodeChunk, CodeTurn, Look, LookFailure, Looked, Notice, Signed, StepExecutor,
    Task, TaskKind, TaskOutcome, Unsent,
};
use codex32_flow::knowledge::SEARCH;
use codex32_identity::secrets::KeyFile;
use codex32_knowledge::Knowledge;
use codex32_llm::Gateway;
use codex32_model::codes::{connector as codes, sandbox};
use codex32_model::definition::{CodeStep, Verify};
use codex32_model::ids::WorkspaceId;
use codex32_model::{Scope, StepError, Timestamp, Value};
use codex32_sandbox::{
    Chunk, ChunkDone, ChunkItem, Done, Fetch, FetchRequest, FetchResponse, Job, Limits, Pool,
};

/// Processor time of a code step, whatever its timeout.
const MOST_CPU: Duration = Duration::from_secs(60);
/// How long turns of a loop may go on in one child before others get their turn.
const CHUNK_BUDGET: Duration = Duration::from_millis(20);
/// What `fetch` of a code step reads at most.
const MAX_FETCHED: usize = 8 << 20;

pub struct Executor {
    connectors: Runtime,
    tokens: Tokens,
    pool: Pool,
    http: Guarded,
    gateway: Gateway,
    knowledge: Knowledge,
    /// Sign the links that people are sent.
    keys: Arc<KeyFile>,
    public_url: String,
}

impl Executor {
    pub fn new(
        connectors: Runtime,
        tokens: Tokens,
        pool: Pool,
        http: Guarded,
        (gateway, knowledge): (Gateway, Knowledge),
        (keys, public_url): (Arc<KeyFile>, String),
    ) -> Self {
        Self { connectors, tokens, pool, http, gateway, knowledge, keys, public_url }
    }

    /// The credentials of a connection by its name in the workspace.
    async fn credentials(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Credentials, Failure> {
        self.known(workspace, name).await?.ok_or_else(|| {
            let message = format!("There is no connection `{name}`; add it.");
            Failure::new(codes::NO_CONNECTION, message)
        })
    }

    /// Those of a step that names no connection, where its connector has a default.
    async fn default_credentials(
        &self,
        workspace: WorkspaceId,
        action: &str,
    ) -> Result<Option<Credentials>, Failure> {
        let Some(name) = self.connectors.connectors().default_connection(action) else {
            return Ok(None);
        };
        // A connection of that name may be one of another connector: then it is not meant.
        let found = self.known(workspace, name).await?;
        Ok(found.filter(|credentials| credentials.connector() == name))
    }

    /// With a token that is good; a connection's secrets are opened there and nowhere else.
    async fn known(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Credentials>, Failure> {
        self.tokens.open(workspace, name).await
    }

    /// The credentials for an action or app trigger, with the name of the connection that they are of.
    async fn credentials_for<'a>(
        &'a self,
        workspace: WorkspaceId,
        connection: Option<&'a str>,
        action: &str,
    ) -> Result<(Option<&'a str>, Option<Credentials>), Failure> {
        match connection {
            Some(name) => Ok((Some(name), Some(self.credentials(workspace, name).await?))),
            None => {
                let name = self.connectors.connectors().default_connection(action);
                Ok((name, self.default_credentials(workspace, action).await?))
            }
        }
    }

    async fn poll(&self, look: &Look) -> Result<Looked, Failure> {
        let workspace = look.scope.workspace;
        let connection = look.connection.as_deref();
        let (name, credentials) = self.credentials_for(workspace, connection, &look.app).await?;
        let call = PollCall {
            scope: look.scope,
            trigger: &look.app,
            input: look.input.clone(),
            credentials: credentials.as_ref(),
            is_new: &|id| look.seen.is_new(id),
            most: look.most,
            timeout: look.timeout,
        };
        let Polled { ids, new, more, .. } = self.tokens.poll(name, call).await?.in_order();
        Ok(Looked { there: ids, new, more })
    }

    async fn action(
        &self,
        task: &Task,
        action: &str,
        connection: Option<&str>,
        input: Value,
    ) -> TaskOutcome {
        let workspace = task.scope.workspace;
        let (name, credentials) = match self.credentials_for(workspace, connection, action).await {
            Ok(found) => found,
            Err(failure) => return failed(failure),
        };
        let call = ActionCall {
            scope: task.scope,
            action,
            input,
            credentials: credentials.as_ref(),
            key: task.key.as_deref(),
            timeout: task.timeout,
        };
        let result = self.tokens.execute(name, call).await;
        match result {
            Ok(done) => TaskOutcome::Done { output: done.output, logs: done.logs },
            Err(failure) => failed(failure),
        }
    }

    async fn code(
        &self,
        task: &Task,
        step: CodeStep,
        scope: Value,
        now: Timestamp,
        seed: [u8; 32],
    ) -> TaskOutcome {
        let reaches_out = !step.network.is_empty();
        let fetch = reaches_out.then(|| {
            Arc::new(GuardedFetch { http: self.http.clone(), timeout: task.timeout })
                as Arc<dyn Fetch>
        });
        let job = Job {
            language: step.language,
            code: step.code,
            scope,
            now,
            seed,
            limits: limits(task.timeout),
            network: step.network,
        };
        computed(self.pool.run(job, fetch).await, reaches_out)
    }
}

fn limits(timeout: Duration) -> Limits {
    Limits { wall: timeout, cpu: timeout.min(MOST_CPU), ..Limits::default() }
}

fn computed(result: Result<Done, codex32_sandbox::Failure>, reaches_out: bool) -> TaskOutcome {
    match result {
        Ok(done) => TaskOutcome::Done { output: done.value, logs: done.logs },
        Err(failure) => TaskOutcome::Failed {
            error: failure.to_step_error(),
            // The same text is never read differently.
            retryable: failure.code != sandbox::SYNTAX,
            retry_after: None,
            unknown: reaches_out,
            logs: failure.logs,
        },
    }
}

fn failed(failure: Failure) -> TaskOutcome {
    let Failure { retryable, retry_after, unknown, .. } = failure;
    let error = step_error(failure);
    TaskOutcome::Failed { error, retryable, retry_after, unknown, logs: Vec::new() }
}

fn step_error(failure: Failure) -> StepError {
    let mut error = StepError::new(failure.code, failure.message);
    error.status = failure.status;
    error
}

#[async_trait::async_trait]
impl StepExecutor for Executor {
    async fn execute(&self, task: Task) -> TaskOutcome {
        match task.kind.clone() {
            TaskKind::Action { action, input, .. } if action == SEARCH => {
                knowledge::search(&self.knowledge, &task, &input).await
            }
            TaskKind::Action { action, connection, input } => {
                self.action(&task, &action, connection.as_deref(), input).await
            }
            TaskKind::Code { code, scope, now, seed } => {
                self.code(&task, code, scope, now, seed).await
            }
            TaskKind::Listing { tools } => self.list_tools(&task, tools).await,
            TaskKind::Turn { briefing } => agent::turn(&self.gateway, &task, &briefing).await,
            TaskKind::Ask { ask, system, prompt, run_limit } => {
                let doors = (&self.gateway, &self.knowledge);
                ask::ask(doors, &task, ask, (system, prompt), run_limit).await
            }
        }
    }

    async fn execute_chunk(&self, chunk: CodeChunk) -> ChunkOutcome {
        let CodeChunk { code, shared, turns, timeout, .. } = chunk;
        let item = |turn: CodeTurn| ChunkItem { scope: turn.own, now: turn.now, seed: turn.seed };
        let chunk = Chunk {
            language: code.language,
            code: code.code,
            scope: shared,
            items: turns.into_iter().map(item).collect(),
            limits: limits(timeout),
            budget: CHUNK_BUDGET,
        };
        let ChunkDone { outcomes, elapsed } = self.pool.run_chunk(chunk).await;
        let outcomes = outcomes.into_iter().map(|result| computed(result, false)).collect();
        ChunkOutcome { outcomes, took: elapsed }
    }

    async fn look(&self, look: Look) -> Result<Looked, LookFailure> {
        self.poll(&look).await.map_err(|failure| {
            let retry_after = failure.retry_after;
            LookFailure { error: step_error(failure), retry_after }
        })
    }

    async fn notify(&self, notice: Notice) -> Result<String, Unsent> {
        self.tell(&notice).await
    }

    async fn verify(
        &self,
        scope: Scope,
        verify: &Verify,
        connection: &str,
        request: Signed<'_>,
    ) -> Result<(), String> {
        let credentials =
            self.credentials(scope.workspace, connection).await.map_err(|error| error.message)?;
        let secret = ["secret", "signing_secret"].iter().find_map(|name| credentials.get(name));
        let secret = secret
            .ok_or_else(|| format!("the connection `{connection}` holds no signing secret"))?;
        let signed = verify::Signed {
            scheme: verify.scheme,
            secret,
            header: verify.header.as_deref(),
            body: request.body,
        };
        let header = |name: &str| {
            let found = request.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        };
        let tolerance = verify.tolerance.unwrap_or(verify::TOLERANCE);
        verify::check(&signed, header, request.now, tolerance).map_err(|error| error.to_string())
    }
}

/// `fetch` of code steps, through the guarded client. The sandbox has checked the host against the
/// step's `network`; redirects are answers here, so that they are checked too.
struct GuardedFetch {
    http: Guarded,
    timeout: Duration,
}

#[async_trait::async_trait]
impl Fetch for GuardedFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, String> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| format!("`{}` is not an HTTP method", request.method))?;
        let url = parse_url(&request.url).map_err(|error| error.message)?;
        let mut headers = reqwest::header::HeaderMap::new();
        for (name, value) in &request.headers {
            let name = reqwest::header::HeaderName::try_from(name.as_str());
            let value = reqwest::header::HeaderValue::try_from(value.as_str());
            let (Ok(name), Ok(value)) = (name, value) else {
                return Err("a header has a name or value that HTTP does not allow".to_owned());
            };
            headers.append(name, value);
        }
        let sent = self.http.send_once(Request {
            method,
            url,
            headers,
            credentials: reqwest::header::HeaderMap::new(),
            body: request.body.map(Into::into),
            timeout: self.timeout,
            max_bytes: MAX_FETCHED,
        });
        let response = sent.await.map_err(|error| error.message)?;
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = response.headers.iter();
        Ok(FetchResponse {
            status: response.status,
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: response.body,
        })
    }
}
