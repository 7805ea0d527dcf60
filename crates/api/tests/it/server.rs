//! A server for one test.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex32_api::tokens::Tokens;
use codex32_api::{Api, listen};
use codex32_connectors::{Connectors, Failure, PollCall, Polled, Runtime, email, http};
use codex32_engine::{
    Engine, Look, LookFailure, Looked, Signed, StepExecutor, Task, TaskKind, TaskOutcome,
};
use codex32_identity::random;
use codex32_identity::secrets::KeyFile;
use codex32_identity::token::OwnerToken;
use codex32_model::codes::run;
use codex32_model::definition::Verify;
use codex32_model::ids::WorkspaceId;
use codex32_model::random::Random;
use codex32_model::{Clock, Scope, StepError, Timestamp};
use codex32_sandbox::Pool;
use codex32_store::Store;
use codex32_store::meta::Workspace;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

pub struct Server {
    pub url: String,
    pub token: String,
    pub client: reqwest::Client,
    pub store: Store,
    pub engine: Engine,
    pub workspace: WorkspaceId,
    pub tokens: Tokens,
    closing: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else gets this clock by argument")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }

    fn elapsed(&self) -> Duration {
        UNIX_EPOCH.elapsed().unwrap()
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            [*byte] = random::bytes().unwrap();
        }
    }
}

/// Steps of these tests stay inside, looks are real; a webhook's signature is `good`.
struct Inside {
    tokens: Tokens,
}

impl Inside {
    async fn poll(&self, look: &Look) -> Result<Polled, Failure> {
        let name = look.connection.as_deref();
        let credentials = match name {
            Some(name) => self.tokens.open(look.scope.workspace, name).await?,
            None => None,
        };
        let call = PollCall {
            scope: look.scope,
            trigger: &look.app,
            input: look.input.clone(),
            credentials: credentials.as_ref(),
            is_new: &|id| look.seen.is_new(id),
            most: look.most,
            timeout: look.timeout,
        };
        self.tokens.poll(name, call).await
    }
}

#[async_trait::async_trait]
impl StepExecutor for Inside {
    async fn execute(&self, task: Task) -> TaskOutcome {
        let TaskKind::Action { action, .. } = &task.kind else {
            return std::future::pending().await;
        };
        TaskOutcome::Failed {
            error: StepError::new(run::STEP_FAILED, format!("{action} is outside")),
            retryable: false,
            retry_after: None,
            unknown: false,
            logs: Vec::new(),
        }
    }

    async fn look(&self, look: Look) -> Result<Looked, LookFailure> {
        match self.poll(&look).await.map(Polled::in_order) {
            Ok(polled) => Ok(Looked { there: polled.ids, new: polled.new, more: polled.more }),
            Err(failure) => Err(LookFailure {
                error: StepError::new(failure.code, failure.message),
                retry_after: failure.retry_after,
            }),
        }
    }

    async fn verify(
        &self,
        _: Scope,
        _: &Verify,
        _: &str,
        request: Signed<'_>,
    ) -> Result<(), String> {
        let signed = request.headers.contains(&("x-signature".to_owned(), "good".to_owned()));
        if signed { Ok(()) } else { Err("the signature does not fit".to_owned()) }
    }
}

/// Code does not run in these tests: there is no program for a child. `app` tests the rest.
fn no_sandbox() -> Pool {
    Pool::new(codex32_sandbox::Options {
        program: "/nonexistent".into(),
        args: Vec::new(),
        warm: 0,
        max_children: 1,
    })
}

struct NoMail;

#[async_trait::async_trait]
impl email::Outbox for NoMail {
    async fn keep(&self, _: Scope, _: email::Mail, _: &str) -> Result<(), String> {
        Err("no mail here".to_owned())
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(crate::interface::FILES).await
    }

    pub async fn start_with(interface: &'static [codex32_api::interface::File]) -> Self {
        Self::start_as(interface, Arc::clone(codex32_connectors::shared())).await
    }

    /// With connectors of the test.
    pub async fn connected(connectors: Arc<Connectors>) -> Self {
        Self::start_as(crate::interface::FILES, connectors).await
    }

    async fn start_as(
        interface: &'static [codex32_api::interface::File],
        known: Arc<Connectors>,
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let now = clock.now();
        let id = WorkspaceId::new(now, random::bytes().unwrap());
        let new = Workspace { id, name: "main".into(), timezone: "UTC".into(), created_at: now };
        let workspace = store.first_workspace(new).await.unwrap().id;
        let guarded =
            http::Guarded::new(http::Options { allow_private: true, ..http::Options::default() });
        let connectors = Runtime::new(guarded.clone(), Arc::new(NoMail), Arc::clone(&clock))
            .with_connectors(known);
        let keys = KeyFile::open_or_create(&folder.path().join("secrets.key")).unwrap();
        let keys = Arc::new(keys);
        let tokens =
            Tokens::new(store.clone(), Arc::clone(&keys), connectors.clone(), Arc::clone(&clock));
        let executor: Arc<dyn StepExecutor> = Arc::new(Inside { tokens: tokens.clone() });
        let catalogue =
            Arc::clone(codex32_connectors::shared()) as Arc<dyn codex32_model::Catalogue>;
        let evaluations = codex32_evaluation::Evaluations::new(codex32_evaluation::Options {
            store: store.clone(),
            keys: Arc::clone(&keys),
            executor: Arc::clone(&executor),
            catalogue: Arc::clone(&catalogue),
            pool: no_sandbox(),
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
            node: codex32_model::ids::NodeId::from_bytes([7; 16]),
        });
        let engine = Engine::start(codex32_engine::Options {
            store: store.clone(),
            executor,
            catalogue,
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
            identity: codex32_engine::Identity::default(),
            zone: "UTC".into(),
            limits: codex32_engine::Limits::default(),
        })
        .await
        .unwrap();
        let gateway = codex32_llm::Gateway::new(codex32_llm::Options {
            store: store.clone(),
            keys: Arc::clone(&keys),
            http: guarded.clone(),
            connections: Arc::new(tokens.clone()),
            clock: Arc::clone(&clock),
            replays: None,
            meaning: None,
        });
        let knowledge = codex32_knowledge::Knowledge::new(codex32_knowledge::Options {
            store: store.clone(),
            gateway: gateway.clone(),
            http: guarded,
            clock: Arc::clone(&clock),
            random: Arc::new(SystemRandom),
            extractor: codex32_knowledge::Extractor::Here,
            node: codex32_model::ids::NodeId::from_bytes([7; 16]),
            lease: codex32_knowledge::indexing::LEASE,
        });
        let token = OwnerToken::open_or_create(&folder.path().join("owner-token")).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (closing, closed) = watch::channel(false);
        let api = Api::new(codex32_api::Options {
            store: store.clone(),
            engine: engine.clone(),
            connectors: Arc::new(connectors),
            sandbox: no_sandbox(),
            keys,
            tokens: tokens.clone(),
            gateway,
            knowledge: knowledge.clone(),
            evaluations: evaluations.clone(),
            token: token.clone(),
            workspace,
            clock,
            public_url: url.clone(),
            version: "0.0.0",
            closing: closed.clone(),
            interface,
        });
        tokio::spawn(knowledge.index(closed.clone()));
        tokio::spawn(evaluations.work(closed.clone()));
        tokio::spawn(listen::serve(listener, codex32_api::service(api), closed));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let token = token.expose().to_owned();
        Self { url, token, client, store, engine, workspace, tokens, closing, _folder: folder }
    }

    /// A request without a token.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A request of the owner under `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, &format!("/api/v1{path}")).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// Deploys a definition, which must be good.
    pub async fn deploy(&self, definition: &str) -> Value {
        let answer = self.post("/bots", json!({ "definition": definition })).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.body
    }

    /// Starts a run and waits for its end.
    pub async fn run(&self, bot: &str, input: Value) -> Value {
        let body = json!({ "input": input, "wait": 20 });
        let answer = self.post(&format!("/bots/{bot}/runs"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }

    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    /// JSON, or text where it is none.
    pub body: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Asserts that it is a problem of this status and code, with everything that a problem has.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("/docs/errors/{code}"));
        for field in ["title", "detail", "help"] {
            assert!(
                self.body[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}: {self:?}"
            );
        }
        assert_eq!(self.body["trace_id"].as_str(), self.header("x-request-id"));
        self
    }
}
