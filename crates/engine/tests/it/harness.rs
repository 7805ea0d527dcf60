//! An engine on a SQLite store in a folder of its own, with an executor that does what tests tell.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::{HeaderName, HeaderValue};
use async_trait::async_trait;
use codex32_connectors::{Connectors, PollCall, Runtime, email, http};
use codex32_engine::{
    Deployed, Deployment, Engine, EngineError, HookAnswer, HookRequest, Limits, Look, LookFailure,
    Looked, Notice, Options, RunView, Signed, StepExecutor, Task, TaskKind, TaskOutcome, Unsent,
};
use codex32_model::action::{
    ActionSpec, BotSignature, Catalogue, ConnectionNeed, ConnectorSpec, Effect, OnUnknown,
};
use codex32_model::definition::Verify;
use codex32_model::ids::{ActorId, RunId, WorkspaceId};
use codex32_model::random::Random;
use codex32_model::schema::{Fields, Schema};
use codex32_model::time::{Clock, Timestamp};
use codex32_model::{Scope, StepError, Value, codes};
use codex32_store::Store;
use codex32_store::meta::Workspace;
use codex32_testkit::place::Place;
use indexmap::IndexMap;

pub struct Actions(Vec<ActionSpec>);

impl Catalogue for Actions {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.0.iter().find(|action| action.name == name)
    }
    fn actions(&self) -> &[ActionSpec] {
        &self.0
    }
    fn connectors(&self) -> &[ConnectorSpec] {
        &[]
    }
    fn bot(&self, _: &str) -> Option<&BotSignature> {
        None
    }
}

fn action(name: &str, effect: Effect, on_unknown: OnUnknown) -> ActionSpec {
    ActionSpec {
        name: name.to_owned(),
        connector: name.split('.').next().unwrap().to_owned(),
        title: name.to_owned(),
        description: String::new(),
        params: Fields::new(),
        output: Schema::Any,
        effect,
        on_unknown,
        destructive: false,
        connection: ConnectionNeed::None,
        synonyms: Vec::new(),
        examples: Vec::new(),
    }
}

pub fn actions() -> Actions {
    let mut all = vec![
        action("test.read", Effect::Read, OnUnknown::Repeat),
        action("test.write", Effect::Write, OnUnknown::Repeat),
        action("test.once", Effect::Write, OnUnknown::Fail),
    ];
    for name in ["state.get", "state.set", "state.add", "state.new_items", "log.write"] {
        all.push(action(name, Effect::Store, OnUnknown::Repeat));
    }
    Actions(all)
}

/// Moves with the real time, plus what a test adds.
#[derive(Default)]
pub struct TestClock {
    pub ahead: AtomicI64,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let real = std::time::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_micros(real.as_micros() as i64 + self.ahead.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        std::time::UNIX_EPOCH.elapsed().unwrap()
    }
}

impl TestClock {
    pub fn advance(&self, span: Duration) {
        self.ahead.fetch_add(span.as_micros() as i64, Ordering::SeqCst);
    }
}

pub struct Seeded(pub AtomicU32);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = (self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(2_654_435_761) >> 16) as u8;
        }
    }
}

type Script = Box<dyn Fn(&Task) -> TaskOutcome + Send + Sync>;

struct NoMail;

#[async_trait]
impl email::Outbox for NoMail {
    async fn keep(&self, _: Scope, _: email::Mail, _: &str) -> Result<(), String> {
        Err("no mail here".to_owned())
    }
}

/// Executes `test.*` by script; `{sleep: ms}` in the input takes that long. Looks are real ones.
pub struct Executor {
    pub connectors: Runtime,
    /// Looks see what is there, and do not come back.
    pub stuck: AtomicBool,
    /// Looks that saw what is there.
    pub looks: AtomicU32,
    pub script: Mutex<HashMap<String, Script>>,
    pub calls: Mutex<Vec<Task>>,
    pub notices: Mutex<Vec<Notice>>,
    /// How many notices are refused before one is taken.
    pub unwilling: AtomicU32,
    pub store: Mutex<Option<Store>>,
    pub unjournaled: AtomicU32,
}

impl Executor {
    /// How many attempts have begun.
    pub fn begun(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

#[async_trait]
impl StepExecutor for Executor {
    async fn execute(&self, task: Task) -> TaskOutcome {
        if let Some(key) = &task.key {
            // The rule of rules: a write is on disk before it begins.
            let store = self.store.lock().unwrap().clone().unwrap();
            let attempts = store.attempts(task.scope, task.run).await.unwrap();
            let begun = attempts.iter().any(|(address, number, journaled)| {
                **address == *task.address && *number == task.attempt && journaled == key
            });
            if !begun {
                self.unjournaled.fetch_add(1, Ordering::SeqCst);
            }
        }
        self.calls.lock().unwrap().push(task.clone());
        let TaskKind::Action { action, input, .. } = &task.kind else {
            return TaskOutcome::Done { output: Value::Null, logs: Vec::new() };
        };
        if let Some(pause) = input.get("sleep").and_then(Value::as_i64) {
            tokio::time::sleep(Duration::from_millis(pause as u64)).await;
        }
        match self.script.lock().unwrap().get(action) {
            Some(script) => script(&task),
            None => TaskOutcome::Done { output: input.clone(), logs: Vec::new() },
        }
    }

    async fn look(&self, look: Look) -> Result<Looked, LookFailure> {
        let call = PollCall {
            scope: look.scope,
            trigger: &look.app,
            input: look.input.clone(),
            credentials: None,
            is_new: &|id| look.seen.is_new(id),
            most: look.most,
            timeout: look.timeout,
        };
        let polled = self.connectors.poll(call).await;
        self.looks.fetch_add(1, Ordering::SeqCst);
        if self.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        match polled.map(codex32_connectors::Polled::in_order) {
            Ok(polled) => Ok(Looked { there: polled.ids, new: polled.new, more: polled.more }),
            Err(failure) => Err(LookFailure {
                error: StepError::new(failure.code, failure.message),
                retry_after: failure.retry_after,
            }),
        }
    }

    async fn notify(&self, notice: Notice) -> Result<String, Unsent> {
        self.notices.lock().unwrap().push(notice);
        let left = self.unwilling.load(Ordering::SeqCst);
        if left > 0 {
            self.unwilling.store(left - 1, Ordering::SeqCst);
            return Err(Unsent { why: "busy".to_owned(), retryable: true, retry_after: None });
        }
        Ok("told".to_owned())
    }

    async fn verify(
        &self,
        _: Scope,
        _: &Verify,
        _: &str,
        request: Signed<'_>,
    ) -> Result<(), String> {
        let signed =
            request.headers.iter().any(|(name, value)| name == "x-signature" && value == "right");
        if signed { Ok(()) } else { Err("the signature is wrong".to_owned()) }
    }
}

pub fn failed(message: &str, retryable: bool, unknown: bool) -> TaskOutcome {
    TaskOutcome::Failed {
        error: StepError::new(codes::connector::HTTP_STATUS, message),
        retryable,
        retry_after: None,
        unknown,
        logs: Vec::new(),
    }
}

pub struct World {
    pub engine: Engine,
    pub executor: Arc<Executor>,
    pub clock: Arc<TestClock>,
    pub scope: Scope,
    pub place: Arc<Place>,
    pub connectors: Arc<Connectors>,
}

impl World {
    pub async fn new() -> Self {
        Self::at(Place::new()).await
    }

    pub async fn at(place: Place) -> Self {
        Self::with(Arc::new(place), Arc::clone(codex32_connectors::shared())).await
    }

    /// Whose runs may hold less than usual.
    pub async fn bounded(run: codex32_engine::Bounds) -> Self {
        let connectors = Arc::clone(codex32_connectors::shared());
        let identity = codex32_engine::Identity::default();
        let limits = Limits { run, depth: 3, ..Limits::default() };
        Self::build_with(Arc::new(Place::new()), connectors, identity, limits).await
    }

    /// With connectors of the test.
    pub async fn with(place: Arc<Place>, connectors: Arc<Connectors>) -> Self {
        Self::build(place, connectors, codex32_engine::Identity::default()).await
    }

    /// One of several servers on a place.
    pub async fn beside(place: Arc<Place>, identity: codex32_engine::Identity) -> Self {
        Self::build(place, Arc::clone(codex32_connectors::shared()), identity).await
    }

    /// With connectors of the test, on a server whose runs are free soon after it died.
    pub async fn short_lived(place: Arc<Place>, connectors: Arc<Connectors>) -> Self {
        let lease = Duration::from_secs(3);
        let identity = codex32_engine::Identity { lease, ..codex32_engine::Identity::default() };
        Self::build(place, connectors, identity).await
    }

    /// Runs of a workspace that `with_slots` lets wait.
    pub const QUEUED: u32 = 300;

    /// On which only so many runs go on at once.
    pub async fn with_slots(active: u32) -> Self {
        let limits = Limits { active, queued: Self::QUEUED, ..Limits::default() };
        let connectors = Arc::clone(codex32_connectors::shared());
        let identity = codex32_engine::Identity::default();
        Self::build_with(Arc::new(Place::new()), connectors, identity, limits).await
    }

    async fn build(
        place: Arc<Place>,
        connectors: Arc<Connectors>,
        identity: codex32_engine::Identity,
    ) -> Self {
        Self::build_with(place, connectors, identity, Limits::default()).await
    }

    async fn build_with(
        place: Arc<Place>,
        connectors: Arc<Connectors>,
        identity: codex32_engine::Identity,
        limits: Limits,
    ) -> Self {
        let store = place.open();
        let clock = Arc::new(TestClock::default());
        let new = Workspace {
            id: WorkspaceId::from_bytes([9; 16]),
            name: "main".to_owned(),
            timezone: "UTC".to_owned(),
            created_at: clock.now(),
        };
        let workspace = store.first_workspace(new).await.unwrap().id;
        let guarded =
            http::Guarded::new(http::Options { allow_private: true, ..http::Options::default() });
        let runtime = Runtime::new(guarded, Arc::new(NoMail), Arc::clone(&clock) as Arc<dyn Clock>);
        let executor = Arc::new(Executor {
            connectors: runtime.with_connectors(Arc::clone(&connectors)),
            stuck: AtomicBool::new(false),
            looks: AtomicU32::new(0),
            script: Mutex::default(),
            calls: Mutex::default(),
            notices: Mutex::default(),
            unwilling: AtomicU32::new(0),
            store: Mutex::new(Some(store.clone())),
            unjournaled: AtomicU32::new(0),
        });
        let seed = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        let engine = Engine::start(Options {
            store,
            executor: Arc::clone(&executor) as Arc<dyn StepExecutor>,
            catalogue: Arc::new(actions()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Seeded(AtomicU32::new(seed))),
            zone: "UTC".to_owned(),
            identity,
            limits: Limits { poll: Duration::from_millis(20), ..limits },
        })
        .await
        .unwrap();
        let scope = Scope::new(workspace, ActorId::from_bytes([1; 16]));
        Self { engine, executor, clock, scope, place, connectors }
    }

    pub fn on(&self, action: &str, script: impl Fn(&Task) -> TaskOutcome + Send + Sync + 'static) {
        self.executor.script.lock().unwrap().insert(action.to_owned(), Box::new(script));
    }

    pub async fn try_deploy(&self, text: &str) -> Result<Deployed, EngineError> {
        let parsed = codex32_flow::parse::bot(text);
        assert!(parsed.diagnostics.iter().all(|d| !d.is_error()), "{:?}", parsed.diagnostics);
        let bot = parsed.bot.unwrap();
        let deployment =
            Deployment { bot, source: text.to_owned(), bindings: IndexMap::new(), expected: None };
        self.engine.deploy(self.scope, deployment).await
    }

    pub async fn deploy(&self, text: &str) -> Deployed {
        self.try_deploy(text).await.unwrap()
    }

    pub async fn start(&self, bot: &str, input: &str) -> RunId {
        self.engine.start_run(self.scope, bot, Value::from_json(input).unwrap()).await.unwrap()
    }

    pub async fn ended(&self, run: RunId) -> RunView {
        self.engine
            .ended(self.scope, run, Duration::from_secs(20))
            .await
            .unwrap()
            .expect("ends in time")
    }

    /// Deploys, runs once by hand, gives the ended run.
    pub async fn run(&self, text: &str, input: &str) -> RunView {
        let deployed = self.deploy(text).await;
        let run = self.start(&deployed.bot.name, input).await;
        self.ended(run).await
    }

    pub async fn view(&self, run: RunId) -> RunView {
        self.engine.view(self.scope, run).await.unwrap()
    }

    /// Waits until a run is in a state that `good` accepts.
    pub async fn until(&self, run: RunId, good: impl Fn(&RunView) -> bool) -> RunView {
        for _ in 0..2_000 {
            let view = self.view(run).await;
            if good(&view) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never came to be: {:?}", self.view(run).await);
    }

    pub async fn post(&self, path: &str, body: &str) -> HookAnswer {
        self.request("POST", path, &[("content-type", "application/json")], body.as_bytes()).await
    }

    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> HookAnswer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let request = HookRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: headers
                .iter()
                .map(|(k, v)| (k.parse::<HeaderName>().unwrap(), v.parse::<HeaderValue>().unwrap()))
                .collect(),
            body: body.to_vec().into(),
        };
        match self.engine.hook_route(self.scope.workspace, method, &request.path) {
            Ok(route) => self.engine.webhook(route, request).await,
            Err(refusal) => refusal,
        }
    }

    pub fn calls(&self) -> Vec<Task> {
        self.executor.calls.lock().unwrap().clone()
    }

    /// Stops, and starts again on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_bounded(codex32_engine::Bounds::default()).await
    }

    /// As [`World::restart`], with runs that may hold less than usual.
    pub async fn restart_bounded(self, run: codex32_engine::Bounds) -> Self {
        let ahead = self.clock.ahead.load(Ordering::SeqCst);
        self.engine.shutdown().await;
        let Self { engine, executor, place, connectors, .. } = self;
        executor.store.lock().unwrap().take();
        drop(engine);
        drop(executor);
        // The loops let go of the store one by one.
        free(&place).await;
        let limits = Limits { run, ..Limits::default() };
        let identity = codex32_engine::Identity::default();
        let world = Self::build_with(place, connectors, identity, limits).await;
        world.clock.ahead.store(ahead, Ordering::SeqCst);
        world
    }
}

/// Waits until the store is nobody's.
pub async fn free(place: &Place) {
    for _ in 0..400 {
        if place.open_with(codex32_store::Options::default()).is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("somebody keeps the store");
}

pub fn text(answer: &HookAnswer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

pub fn json(answer: &HookAnswer) -> Value {
    Value::from_json(text(answer)).unwrap()
}
