//! App triggers: looking for what happened in other systems, and starting a run for each new thing.
//!
//! One look at a time for each trigger. What a look found is recorded in one transaction together with
//! the runs that it starts, so that no item is lost and none starts twice; a look that dies on its way
//! is made again. The first look only notes what is there.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_flow::expr::Budget;
use codex32_flow::flow::FlowTrigger;
use codex32_flow::schema::check_value;
use codex32_model::codes::{self, connector};
use codex32_model::definition::TriggerKind;
use codex32_model::fact::{self, Fact, FactKind};
use codex32_model::ids::BotId;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::{Scope, Value};
use codex32_store::bots::{Due, TriggerRow};
use codex32_store::polls::{Look, Looking, NewStart, Recorded};
use codex32_store::{NewRun, Summary};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use crate::dispatch::merge;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::executor::{self, LookFailure, Looked, Seen, item_key};
use crate::flows::Live;
use crate::run::StartScope;

/// Looks at once.
const AT_ONCE: usize = 16;
const PAGE: u32 = 256;
/// Runs that one look starts at most, and bytes of what they are started with.
const MOST: usize = 200;
const MOST_BYTES: usize = 4 << 20;
/// For one look, with all of its pages.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest pause that failures alone lead to.
const LONGEST: Duration = Duration::from_secs(3_600);
/// After a failure of our own, such as a disk that takes no writes.
const OWN_PAUSE: Duration = Duration::from_secs(1);

/// Failures that a change of a connection may mend.
const MENDED_BY_CONNECTION: [codes::Code; 6] = [
    connector::NO_CONNECTION,
    connector::CONNECTION_FIELDS,
    connector::AUTH,
    connector::CONNECTION_KIND,
    connector::SIGN_IN_AGAIN,
    connector::SEALED,
];

/// Triggers that are being looked at.
type Busy = Arc<Mutex<HashSet<(BotId, String)>>>;

/// A look's place among them, given back however it ends.
struct Turn {
    busy: Busy,
    key: (BotId, String),
    inner: Arc<Inner>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.inner.polls.notify_one();
    }
}

impl Engine {
    /// Makes an app trigger look now instead of at its next time.
    ///
    /// # Errors
    /// When there is no such bot, it is not active, or has no such app trigger.
    pub async fn look_now(
        &self,
        scope: Scope,
        name: &str,
        trigger: &str,
    ) -> Result<(), EngineError> {
        let inner = &self.inner;
        let row = inner.store.bot(scope, name.to_owned()).await?;
        let row = row.ok_or_else(|| EngineError::NoBot(name.to_owned()))?;
        inner.refuse_held()?;
        let now = inner.now();
        if !inner.store.look_now(scope, row.id, trigger.to_owned(), now).await? {
            return Err(EngineError::NoLook(name.to_owned(), trigger.to_owned()));
        }
        inner.polls.notify_one();
        Ok(())
    }

    /// A connection of the workspace is another now: looks that failed for want of it are made again
    /// at once, not only at their next time.
    pub async fn connections_changed(&self, scope: Scope) {
        let codes = MENDED_BY_CONNECTION.map(|code| code.text.to_owned()).to_vec();
        match self.inner.store.look_again(scope, codes, self.inner.now()).await {
            Ok(()) => self.inner.polls.notify_one(),
            Err(error) => tracing::warn!(%error, "app triggers do not look before their time"),
        }
    }
}

impl Inner {
    pub async fn run_polls(self: Arc<Self>) {
        let busy = Busy::default();
        // Dropped at the stop, with the looks that are under way.
        let mut looks = JoinSet::new();
        loop {
            while looks.try_join_next().is_some() {}
            if !self.lease.leads() {
                if !self.sleep(None, &self.polls).await {
                    return;
                }
                continue;
            }
            let now = self.now();
            match self.store.all_due_looks(now, PAGE).await {
                Ok(due) => {
                    for due in due {
                        if let Some(turn) = self.turn_to_look(&busy, &due) {
                            looks.spawn(Arc::clone(&self).look_once(due, turn));
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "app triggers cannot be read"),
            }
            // Those that are due now are being looked at, and tell when they are done.
            let next = self.store.all_next_look(now).await.ok().flatten();
            if !self.sleep(next, &self.polls).await {
                return;
            }
        }
    }

    /// `None` when the trigger is being looked at, or enough others are.
    fn turn_to_look(self: &Arc<Self>, busy: &Busy, due: &Due) -> Option<Turn> {
        let key = (due.1, due.3.name.clone());
        let mut now = busy.lock().unwrap_or_else(PoisonError::into_inner);
        let free = now.len() < AT_ONCE && now.insert(key.clone());
        free.then(|| Turn { busy: Arc::clone(busy), key, inner: Arc::clone(self) })
    }

    async fn look_once(self: Arc<Self>, due: Due, turn: Turn) {
        if let Err(error) = self.look(due).await {
            let (bot, trigger) = &turn.key;
            tracing::warn!(%bot, trigger, %error, "a look could not be recorded; it is made again");
            tokio::time::sleep(OWN_PAUSE).await;
        }
    }

    async fn look(self: &Arc<Self>, due: Due) -> Result<(), EngineError> {
        let (workspace, bot, version, row) = due;
        let Some(at_due) = row.next_fire else { return Ok(()) };
        let live = self.flows.load(workspace, bot, version).await?;
        let trigger = live.flow.triggers.get(&row.name);
        let Some((trigger, about)) =
            trigger.and_then(|found| Some((found, About::of(&live, found)?)))
        else {
            return Ok(());
        };
        let looking =
            Looking { bot, version, trigger: row.name.clone(), due: at_due, at: self.now() };
        let env = self.env_of(&live).await?;
        let looked = match parameters(trigger, &env, looking.at) {
            Ok(input) => {
                let source = about.source(&input);
                let anew = row.poll.as_ref().and_then(|poll| poll.source.as_ref()) != Some(&source);
                let seen = if anew {
                    Seen::Everything
                } else {
                    Seen::Items(Arc::new(self.store.seen_items(bot, row.name.clone()).await?))
                };
                let look = executor::Look {
                    scope: self.scope(workspace),
                    app: about.app.clone(),
                    connection: about.connection.clone(),
                    input,
                    seen,
                    most: MOST,
                    timeout: PATIENCE,
                };
                self.executor.look(look).await.map(|looked| (looked, source, anew))
            }
            Err(error) => Err(LookFailure { error, retry_after: None }),
        };
        // Recorded at the time at which the answer was there.
        let looking = Looking { at: self.now(), ..looking };
        match looked {
            Ok((looked, source, anew)) => {
                let found = Found { looking, source, anew, looked };
                self.record(&live, trigger, &about, &row, found, &env).await
            }
            Err(failure) => self.note_failure(&row, looking, failure).await,
        }
    }

    /// Records what a look found, with a run for each new item.
    async fn record(
        self: &Arc<Self>,
        live: &Live,
        trigger: &FlowTrigger,
        about: &About,
        row: &TriggerRow,
        found: Found,
        env: &Value,
    ) -> Result<(), EngineError> {
        let Found { looking, source, anew, looked } = found;
        let Looked { there, new, more } = looked;
        let key = |id: &String| item_key(id).into_owned();
        let there: Vec<String> = there.iter().map(key).collect();
        let mut noted = if anew { there.clone() } else { Vec::new() };
        let (mut starts, mut bytes, count) = (Vec::new(), 0, new.len());
        let mut gone_through = 0;
        for (id, data) in new {
            if bytes > MOST_BYTES {
                break;
            }
            gone_through += 1;
            let item = key(&id);
            let brought = about.bring(&row.name, &id, data, looking.at);
            match self.start_of(live, trigger, brought, env, &row.name, looking.at) {
                Some((run, facts, summary)) => {
                    bytes += fact::encode(&facts).len();
                    let nonce = self.nonce();
                    starts.push(NewStart { item, run, facts, summary, nonce });
                }
                None => noted.push(item),
            }
        }
        in_order(&mut starts);
        let more = u32::try_from(more + count - gone_through).unwrap_or(u32::MAX);
        let every = row.poll.as_ref().map_or(LONGEST, |poll| poll.every);
        let next = looking.at.plus(every);
        let wanted = count_queued(&starts);
        // Who comes now must not pass these.
        self.slots.add_queued(live.workspace, live.bot, wanted);
        let again = looking.clone();
        let queue_limit = self.limits.queued;
        let look = Look { looking, source, anew, next, there, noted, starts, more, queue_limit };
        let recorded = self.store.record_look(look).await;
        let queued = match recorded {
            Ok(Recorded::Done { queued }) => queued,
            _ => 0,
        };
        self.slots.remove_queued(live.workspace, live.bot, wanted - queued.min(wanted));
        if queued > 0 {
            self.queue.notify_one();
        }
        match recorded? {
            Recorded::Done { .. } | Recorded::Gone => Ok(()),
            Recorded::Full => {
                let error = EngineError::QueueFull;
                let error = StepError::new(error.code(), error.to_string());
                self.note_failure(row, again, LookFailure { error, retry_after: None }).await
            }
        }
    }

    async fn note_failure(
        &self,
        row: &TriggerRow,
        looking: Looking,
        failure: LookFailure,
    ) -> Result<(), EngineError> {
        let LookFailure { error, retry_after } = failure;
        let (every, failures) =
            row.poll.as_ref().map_or((LONGEST, 0), |poll| (poll.every, poll.failures));
        let next = looking.at.plus(pause(every, failures, retry_after));
        tracing::warn!(bot = %looking.bot, trigger = row.name, code = error.code, error = error.message, "an app could not be looked at");
        self.store.fail_look(looking, next, error.code, error.message).await?;
        Ok(())
    }

    /// The run that an item starts; none when the trigger's `when` says no. One whose inputs cannot be
    /// made of the item is a run that failed, so that the item is seen.
    fn start_of(
        &self,
        live: &Live,
        trigger: &FlowTrigger,
        brought: Brought,
        env: &Value,
        name: &str,
        now: Timestamp,
    ) -> Option<(NewRun, Vec<Fact>, Summary)> {
        let Brought { trigger: about, event, data } = brought;
        let scope = StartScope { inputs: &data, trigger: &about, event: &event, env, now };
        let (input, error) = match self.input_of(live, trigger, &scope) {
            Ok(Some(input)) => (input, None),
            Ok(None) => return None,
            Err(error) => {
                let code = error.code();
                (Value::object::<&str>([]), Some(StepError::new(code, error.to_string())))
            }
        };
        let scope = StartScope { inputs: &input, trigger: &about, event: &event, env, now };
        let concurrency_key = self.concurrency_key(live, &scope);
        let deadline = now.plus(live.flow.run_timeout());
        let kind = FactKind::Started {
            input,
            trigger: about,
            event,
            env: env.clone(),
            deadline,
            origin: None,
            generations: Vec::new(),
            hops: 0,
        };
        let mut facts = vec![Fact { at: now, kind }];
        if let Some(error) = &error {
            let (state, output) = (RunState::Failed, Value::Null);
            let kind = FactKind::Ended { state, output, error: Some(error.clone()) };
            facts.push(Fact { at: now, kind });
        }
        let state = if error.is_some() { RunState::Failed } else { RunState::Queued };
        let summary = Summary {
            state,
            ended_at: error.is_some().then_some(now),
            reason: error.is_none().then(|| "waits for a free slot".to_owned()),
            error,
            wake_at: None,
            release: false,
        };
        let run = NewRun {
            workspace: live.workspace,
            id: self.new_run_id(),
            bot: live.bot,
            version: live.version,
            trigger: name.to_owned(),
            state,
            owner: None,
            created_at: now,
            deadline,
            parent: None,
            retry_of: None,
            depth: 0,
            key: None,
            must_be_live: true,
            schedule: None,
            concurrency_key,
        };
        Some((run, facts, summary))
    }

    fn input_of(
        &self,
        live: &Live,
        trigger: &FlowTrigger,
        scope: &StartScope<'_>,
    ) -> Result<Option<Value>, EngineError> {
        if let Some(when) = &trigger.when
            && !self.evaluate(when, scope).map_err(EngineError::Expression)?.truthy()
        {
            return Ok(None);
        }
        let mapped = self.inputs_of(live, trigger, scope)?;
        let given = merge(scope.inputs, &mapped);
        let input = check_value(&live.flow.bot.inputs, given, false).map_err(|problems| {
            EngineError::Input(problems.into_iter().map(|p| (p.path, p.message)).collect())
        })?;
        Ok(Some(input))
    }
}

struct Found {
    looking: Looking,
    source: String,
    anew: bool,
    looked: Looked,
}

/// `trigger`, `event` and its data in expressions.
struct Brought {
    trigger: Value,
    event: Value,
    data: Value,
}

/// What a trigger looks at.
struct About {
    app: String,
    connection: Option<String>,
}

impl About {
    fn of(live: &Live, trigger: &FlowTrigger) -> Option<Self> {
        let TriggerKind::App { event, connection, .. } = &trigger.definition.kind else {
            return None;
        };
        let connection = connection.as_deref().map(|name| live.bound(name));
        Some(Self { app: event.clone(), connection })
    }

    /// Stands for app, connection and parameters: with another of these nothing was seen.
    fn source(&self, input: &Value) -> String {
        let all = Value::list([
            Value::from(self.app.as_str()),
            Value::from(self.connection.as_deref()),
            input.clone(),
        ]);
        let hash = Sha256::digest(all.to_json().as_bytes());
        hash.iter().take(16).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    fn bring(&self, name: &str, id: &str, data: Value, now: Timestamp) -> Brought {
        let connector = self.app.split('.').next().unwrap_or_default();
        let trigger = Value::object([
            ("name", Value::from(name)),
            ("kind", Value::from("app")),
            ("time", Value::from(now.to_string())),
        ]);
        let event = Value::object([
            ("id", Value::from(id)),
            ("type", Value::from(self.app.as_str())),
            ("time", Value::from(now.to_string())),
            ("source", Value::from(self.connection.as_deref().unwrap_or(connector))),
            ("data", data.clone()),
        ]);
        Brought { trigger, event, data }
    }
}

/// The trigger's parameters, with their templates filled in.
fn parameters(trigger: &FlowTrigger, env: &Value, now: Timestamp) -> Result<Value, StepError> {
    let Some(with) = &trigger.with else { return Ok(Value::Null) };
    let nothing = Value::Null;
    let scope = StartScope { inputs: &nothing, trigger: &nothing, event: &nothing, env, now };
    let mut budget = Budget::new(1_000_000, 16 << 20);
    with.eval(&scope, &mut budget).map_err(|error| StepError::new(error.code, error.message))
}

/// Ids are random within a millisecond; lists of runs are to show them in the order of the items.
fn in_order(starts: &mut [NewStart]) {
    let mut ids: Vec<_> = starts.iter().map(|start| start.run.id).collect();
    ids.sort_unstable();
    for (start, id) in starts.iter_mut().zip(ids) {
        start.run.id = id;
    }
}

fn count_queued(starts: &[NewStart]) -> u32 {
    let queued = starts.iter().filter(|start| start.summary.state == RunState::Queued).count();
    u32::try_from(queued).unwrap_or(u32::MAX)
}

/// Until the next look after one more failure: the interval, doubled with each failure before, up to
/// an hour; longer where the interval is, or where the other side asks for it.
fn pause(every: Duration, failures: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = every.saturating_mul(1 << failures.min(16));
    doubled.min(LONGEST.max(every)).max(retry_after.unwrap_or_default())
}

#[cfg(test)]
mod tests;
