//! Accepting a run: the commit after which it cannot be lost, and its first steps.

use std::sync::Arc;

use codex32_flow::expr::Expr;
use codex32_flow::schema::check_value;
use codex32_model::Scope;
use codex32_model::codes;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::bots::BotState;
use codex32_store::{Entry, NewRun, Outcome, Rows, ScheduleStep, Summary, Target};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};

use crate::answer::Answer;
use crate::driver::{Driver, NewChild, Work, summary};
use crate::engine::{Inner, Watching};
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::bounds::told;
use crate::run::{Cause, Decision, Machine, StartScope, State};
use crate::slots::{Held, Key, Wanted};

/// Bytes of a concurrency key; of a longer one its hash stands for it.
const MOST_CONCURRENCY_KEY: usize = 200;
/// How often the answer of a run that may be driven elsewhere is looked for.
const ANSWER_POLL: std::time::Duration = std::time::Duration::from_millis(100);

/// What a run is started with.
pub(crate) struct Start {
    pub live: Arc<Live>,
    /// The trigger's name; empty when started by hand.
    pub trigger: String,
    pub input: Value,
    /// `trigger` and `event` in expressions.
    pub about_trigger: Value,
    pub event: Value,
    pub hops: u32,
    pub key: Option<String>,
    pub schedule: Option<ScheduleStep>,
    /// Queue it even if a slot is free (`overlap: queue`).
    pub queue: bool,
    pub must_be_live: bool,
    /// Who waits for the answer; with it and no limits the whole run may be one commit.
    pub answer: Option<oneshot::Sender<Answer>>,
    pub retry: Option<(RunId, Vec<Fact>)>,
}

/// What became of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    Run(RunId),
    /// A start with the same key came before.
    Duplicate(RunId),
    /// The version is not live any more: look it up again.
    Gone,
}

impl Inner {
    /// The slots that a run of this version needs.
    pub fn wanted(&self, live: &Live) -> Wanted {
        // With a key it is counted in the store, where the keys are.
        let limit = live.flow.limits.concurrency.filter(|_| live.flow.concurrency_key.is_none());
        [
            Some((Key::Node, self.limits.active)),
            Some((Key::Workspace(live.workspace), u32::MAX)),
            limit.map(|limit| (Key::Bot(live.bot), limit)),
        ]
    }

    /// The workspace variables that a version refers to, as they are now.
    pub async fn env_of(&self, live: &Live) -> Result<Value, EngineError> {
        if live.flow.env.is_empty() {
            return Ok(Value::object::<&str>([]));
        }
        let all = Box::pin(self.store.env(live.workspace)).await?;
        let any = live.flow.env.contains("");
        Ok(Value::object(
            all.into_iter()
                .filter(|(name, _)| any || live.flow.env.contains(name))
                .map(|(name, value)| (name, Value::from(value))),
        ))
    }

    pub fn machine(&self, live: &Live, run: RunId) -> Machine {
        Machine {
            workspace: live.workspace,
            run,
            flow: Arc::clone(&live.flow),
            state: State::default(),
            version: live.version,
            zone: Arc::clone(&self.zone),
            looks_ahead: true,
            bounds: self.limits.run,
        }
    }

    /// Accepts a run. Returns after the commit; the run goes on by itself.
    ///
    /// # Errors
    /// When the store does not take it, the queue is full, or the server stops. Nothing was
    /// accepted then.
    pub async fn accept(self: &Arc<Self>, start: Start) -> Result<Accepted, EngineError> {
        if self.is_stopping() {
            return Err(EngineError::ShuttingDown);
        }
        self.refuse_held()?;
        let most = self.limits.run.input;
        if !start.input.is_within(most) {
            return Err(EngineError::InputSize(told(most as u64)));
        }
        let env = self.env_of(&start.live).await?;
        let now = self.now();
        let scope = StartScope {
            inputs: &start.input,
            trigger: &start.about_trigger,
            event: &start.event,
            env: &env,
            now,
        };
        let concurrency_key = match &start.retry {
            None => self.concurrency_key(&start.live, &scope),
            // Its inputs are in its facts.
            Some((_, facts)) => self.concurrency_key_of(&start.live, facts),
        };
        let id = self.new_run_id();
        let deadline = now.plus(start.live.flow.run_timeout());
        let (retry_of, facts) = match start.retry {
            Some((of, facts)) => (Some(of), facts),
            None => {
                let kind = FactKind::Started {
                    input: start.input,
                    trigger: start.about_trigger,
                    event: start.event,
                    env,
                    deadline,
                    origin: None,
                    generations: Vec::new(),
                    hops: start.hops,
                };
                (None, vec![Fact { at: now, kind }])
            }
        };
        // How many runs of the bot go on elsewhere is only known when a run is claimed.
        let elsewhere =
            self.is_shared() && (start.live.flow.limits.concurrency.is_some() || !self.is_worker());
        let queue = start.queue || elsewhere || self.must_queue(&start.live);
        let slot = if queue { None } else { self.slots.take(&self.wanted(&start.live)).ok() };
        let state = if slot.is_some() { RunState::Running } else { RunState::Queued };
        let new = NewRun {
            workspace: start.live.workspace,
            id,
            bot: start.live.bot,
            version: start.live.version,
            trigger: start.trigger,
            state,
            owner: slot.is_some().then(|| self.node()),
            created_at: now,
            deadline,
            parent: None,
            retry_of,
            depth: 0,
            key: start.key,
            must_be_live: start.must_be_live,
            schedule: start.schedule,
            concurrency_key,
        };
        let Some(slot) = slot else {
            // Futures of ways that are rarely gone do not make this one larger, which is moved.
            return Box::pin(self.accept_queued(new, facts, start.answer)).await;
        };
        let mut machine = self.machine(&start.live, id);
        machine.fold(&facts);
        // The run first goes as far as it can by pure steps, so that one that needs nothing else is
        // accepted and ended by one commit.
        let at_once = start.answer.is_some() && start.live.flow.limits.concurrency.is_none();
        let decided = at_once.then(|| self.decide(&mut machine, Cause::Begin));
        match decided {
            Some(decided) if machine.is_over_by(&decided) => {
                let mut facts = facts;
                facts.extend(decided.facts);
                self.accept_whole(&machine, new, facts, slot, start.answer).await
            }
            decided => {
                let driver = self.driver(start.live, machine, new, slot, start.answer);
                Box::pin(driver.accept(facts, decided)).await
            }
        }
    }

    /// Commits a run that has ended before anybody else could know of it.
    async fn accept_whole(
        &self,
        machine: &Machine,
        new: NewRun,
        facts: Vec<Fact>,
        slot: Held,
        answer: Option<oneshot::Sender<Answer>>,
    ) -> Result<Accepted, EngineError> {
        let run = new.id;
        let entry = Arc::new(Entry {
            bot: new.bot,
            target: Target::New(Box::new(new)),
            nonce: self.nonce(),
            facts,
            summary: summary(machine, self.now(), false),
            rows: Rows { reserved_items: machine.state.reserved_items, ..Rows::default() },
        });
        let outcome = self.store.committer().commit(Arc::clone(&entry)).await?;
        let accepted = accepted(run, outcome)?;
        drop(slot);
        if let Accepted::Run(_) = accepted {
            if let (Some(waiting), Some(answer)) = (answer, Answer::of(run, &entry.facts)) {
                let _ = waiting.send(answer);
            }
            self.publish(run, 1, &entry.facts, true);
        }
        Ok(accepted)
    }

    async fn accept_queued(
        self: &Arc<Self>,
        new: NewRun,
        facts: Vec<Fact>,
        answer: Option<oneshot::Sender<Answer>>,
    ) -> Result<Accepted, EngineError> {
        let id = new.id;
        let scope = self.scope(new.workspace);
        let watching = answer.map(|answer| (answer, self.watcher(id)));
        let summary = Summary {
            state: RunState::Queued,
            ended_at: None,
            error: None,
            reason: Some("waits for a free slot".to_owned()),
            wake_at: None,
            release: false,
        };
        let (workspace, bot) = (new.workspace, new.bot);
        if self.slots.queued_in(workspace) >= self.limits.queued {
            return Err(EngineError::QueueFull);
        }
        let target = Target::New(Box::new(new));
        let entry =
            Entry { target, bot, nonce: self.nonce(), facts, summary, rows: Rows::default() };
        self.slots.add_queued(workspace, bot, 1);
        let committed = self.store.committer().commit(entry).await;
        let accepted =
            committed.map_err(EngineError::from).and_then(|outcome| accepted(id, outcome));
        if !matches!(accepted, Ok(Accepted::Run(_))) {
            self.slots.remove_queued(workspace, bot, 1);
        }
        let accepted = accepted?;
        self.queue.notify_one();
        if let (Some((answer, watching)), Accepted::Run(_)) = (watching, accepted) {
            tokio::spawn(Arc::clone(self).answer_later(scope, id, answer, watching));
        }
        Ok(accepted)
    }

    /// Answers once a queued run has; another server may be the one that drives it.
    pub(crate) async fn answer_later(
        self: Arc<Self>,
        scope: Scope,
        run: RunId,
        answer: oneshot::Sender<Answer>,
        mut watching: Watching,
    ) {
        while !answer.is_closed() {
            let facts = match tokio::time::timeout(ANSWER_POLL, watching.recv()).await {
                Ok(Ok(committed)) => committed.facts.clone(),
                Ok(Err(RecvError::Closed)) if !self.is_shared() => return,
                Err(_) if !self.is_shared() => continue,
                heard => {
                    if heard.is_ok() {
                        watching = self.watcher(run);
                    }
                    self.store.journal(scope, run).await.unwrap_or_default()
                }
            };
            if let Some(found) = Answer::of(run, &facts) {
                let _ = answer.send(found);
                return;
            }
        }
    }

    /// A driver for a run that is not committed yet; it can be reached from now on.
    fn driver(
        self: &Arc<Self>,
        live: Arc<Live>,
        machine: Machine,
        new: NewRun,
        slot: Held,
        answer: Option<oneshot::Sender<Answer>>,
    ) -> Driver {
        let (sender, mailbox) = mpsc::unbounded_channel();
        self.runs().insert(new.id, sender);
        Driver {
            owner: new.owner.unwrap_or_else(|| self.node()),
            machine,
            live,
            epoch: 1,
            seq: 0,
            depth: new.depth,
            parent: new.parent,
            new: Some(Box::new(new)),
            mailbox,
            slot: Some(slot),
            answer,
            has_rows: false,
            handed_over: false,
            work: Work::default(),
            inner: Arc::clone(self),
        }
    }

    /// Makes a child run of the named bot, to be committed by its parent; or why there is none.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn child(
        self: &Arc<Self>,
        parent: &Live,
        machine: &Machine,
        depth: u32,
        bot: &str,
        input: Value,
    ) -> Result<Result<NewChild, StepError>, EngineError> {
        let refused =
            |code: codex32_model::Code, message: String| Ok(Err(StepError::new(code, message)));
        if depth >= self.limits.depth {
            let message = format!("calls are nested deeper than {}", self.limits.depth);
            return refused(codes::run::DEPTH, message);
        }
        let missing = |error: EngineError| {
            if error.is_away() {
                Err(error)
            } else {
                refused(codes::run::NO_BOT, error.to_string())
            }
        };
        let scope = self.scope(parent.workspace);
        let row = match self.store.bot(scope, bot.to_owned()).await {
            Ok(Some(row)) => row,
            Ok(None) => {
                return refused(codes::run::NO_BOT, format!("there is no bot `{bot}` to call"));
            }
            Err(error) => return missing(error.into()),
        };
        if row.state != BotState::Active {
            let message = format!("the bot `{bot}` is {}", row.state.as_str());
            return refused(codes::run::PAUSED, message);
        }
        let live = match self.flows.load(parent.workspace, row.id, row.version).await {
            Ok(live) => live,
            Err(error) => return missing(error),
        };
        let input = match check_value(&live.flow.bot.inputs, input, false) {
            Ok(input) => input,
            Err(problems) => {
                let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let message = format!("the input of `{bot}` does not fit: {}", list.join("; "));
                return refused(codes::run::INPUT, message);
            }
        };
        let env = match self.env_of(&live).await {
            Ok(env) => env,
            Err(error) => return missing(error),
        };
        let now = self.now();
        let null = Value::Null;
        let start = StartScope { inputs: &input, trigger: &null, event: &null, env: &env, now };
        let concurrency_key = self.concurrency_key(&live, &start);
        let id = self.new_run_id();
        let deadline = now.plus(live.flow.run_timeout());
        let elsewhere =
            self.is_shared() && (live.flow.limits.concurrency.is_some() || !self.is_worker());
        let held = if elsewhere || self.must_queue(&live) {
            None
        } else {
            self.slots.take(&self.wanted(&live)).ok()
        };
        let about = Value::object([
            ("name", Value::Null),
            ("kind", Value::from("call")),
            ("time", Value::from(now.to_string())),
            ("run", Value::from(machine.run.to_string())),
        ]);
        let hops = machine.state.started.as_ref().map_or(0, |started| started.hops);
        let kind = FactKind::Started {
            input,
            trigger: about,
            event: Value::Null,
            env,
            deadline,
            origin: None,
            generations: Vec::new(),
            hops,
        };
        let run = NewRun {
            workspace: live.workspace,
            id,
            bot: live.bot,
            version: live.version,
            trigger: String::new(),
            state: if held.is_some() { RunState::Running } else { RunState::Queued },
            owner: held.is_some().then(|| self.node()),
            created_at: now,
            deadline,
            parent: Some(machine.run),
            retry_of: None,
            depth: depth + 1,
            key: None,
            must_be_live: false,
            schedule: None,
            concurrency_key,
        };
        Ok(Ok(NewChild { live, run, facts: vec![Fact { at: now, kind }], held }))
    }

    /// Which runs of the bot its limit counts together with this one: those whose keys cannot be
    /// evaluated are counted together, too.
    pub fn concurrency_key(&self, live: &Live, scope: &StartScope<'_>) -> Option<String> {
        let expr = live.flow.concurrency_key.as_ref()?;
        let key = match self.evaluate(expr, scope) {
            Ok(key) => key.to_text(),
            Err(error) => {
                tracing::warn!(bot = %live.bot, error = error.message, "a concurrency key is empty");
                return Some(String::new());
            }
        };
        if key.len() <= MOST_CONCURRENCY_KEY {
            // PostgreSQL's text does not take this one.
            return Some(key.replace('\0', " "));
        }
        let hash = Sha256::digest(key.as_bytes());
        Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn concurrency_key_of(&self, live: &Live, facts: &[Fact]) -> Option<String> {
        let started = facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Started { input, trigger, event, env, .. } => {
                Some(StartScope { inputs: input, trigger, event, env, now: fact.at })
            }
            _ => None,
        });
        self.concurrency_key(live, &started?)
    }

    /// Drives a child whose row its parent has committed.
    pub fn start_child(self: &Arc<Self>, live: Arc<Live>, run: NewRun, facts: &[Fact], held: Held) {
        let mut machine = self.machine(&live, run.id);
        machine.fold(facts);
        let mut driver = self.driver(live, machine, run, held, None);
        driver.new = None;
        driver.seq = 1;
        tokio::spawn(driver.drive(vec![Cause::Begin]));
    }

    /// Evaluates an expression over what a trigger brought, before there is a run.
    pub fn evaluate(
        &self,
        expr: &Expr,
        scope: &crate::run::StartScope<'_>,
    ) -> Result<Value, StepError> {
        let mut budget = codex32_flow::expr::Budget::new(1_000_000, 16 << 20);
        codex32_flow::expr::eval(expr, scope, &mut budget)
            .map_err(|error| StepError::new(error.code, error.message))
    }
}

fn accepted(id: RunId, outcome: Outcome) -> Result<Accepted, EngineError> {
    match outcome {
        Outcome::Done { .. } | Outcome::Again => Ok(Accepted::Run(id)),
        Outcome::Duplicate(first) => Ok(Accepted::Duplicate(first)),
        Outcome::Gone | Outcome::Fenced | Outcome::Whole => Ok(Accepted::Gone),
        Outcome::Bad(error) => Err(error.into()),
    }
}

impl Driver {
    /// Commits the acceptance; what was decided already goes on after it.
    async fn accept(
        mut self,
        facts: Vec<Fact>,
        decision: Option<Decision>,
    ) -> Result<Accepted, EngineError> {
        let id = self.machine.run;
        let inner = Arc::clone(&self.inner);
        let Some(new) = self.new.take() else { return Ok(Accepted::Gone) };
        // Whatever was decided, nothing of it is written yet.
        let summary = Summary {
            state: RunState::Running,
            ended_at: None,
            error: None,
            reason: None,
            wake_at: None,
            release: false,
        };
        let entry = Arc::new(Entry {
            bot: new.bot,
            target: Target::New(new),
            nonce: inner.nonce(),
            facts,
            summary,
            rows: Rows { reserved_items: self.machine.state.reserved_items, ..Rows::default() },
        });
        let committed = inner.store.committer().commit(Arc::clone(&entry)).await;
        let accepted =
            committed.map_err(EngineError::from).and_then(|outcome| accepted(id, outcome));
        if !matches!(accepted, Ok(Accepted::Run(_))) {
            inner.runs().remove(&id);
            inner.idle.notify_waiters();
            return accepted;
        }
        self.seq = 1;
        inner.publish(id, 1, &entry.facts, false);
        let first = match decision {
            Some(decision) => {
                self.take(decision);
                Cause::Continue
            }
            None => Cause::Begin,
        };
        tokio::spawn(self.drive(vec![first]));
        accepted
    }
}

/// `trigger` in expressions of a run started by hand.
pub(crate) fn by_hand(now: Timestamp) -> Value {
    Value::object([
        ("name", Value::Null),
        ("kind", Value::from("manual")),
        ("time", Value::from(now.to_string())),
    ])
}
