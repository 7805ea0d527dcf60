//! What a run has on its way: attempts outside, and runs that it calls.

use codex32_model::Scope;
use tokio::task::JoinError;

use super::*;
use crate::executor::{ChunkOutcome, CodeChunk, CodeTurn, Task, TaskKind, TaskOutcome};
use crate::run::{Chunk, ChunkId, ChunkTurn, Computed, Failure, Wanted};

/// What a chunk may take besides the time of its turns.
const CHUNK_GRACE: Duration = Duration::from_secs(5);

impl Driver {
    /// Begins what may begin now.
    pub(super) fn send(&mut self) {
        let mut later = Vec::new();
        for command in std::mem::take(&mut self.work.commands) {
            if self.work.tasks.len() >= MAX_TASKS {
                later.push(command);
            } else {
                self.spawn(command);
            }
        }
        self.work.commands = later;
    }

    pub(super) fn spawn(&mut self, command: Command) {
        let inner = Arc::clone(&self.inner);
        let began = inner.now();
        let (address, attempt, key, timeout, shown, kind) = match command {
            Command::Action { address, attempt, key, action, connection, input, timeout } => {
                let connection = connection.map(|name| self.live.bound(&name));
                let shown = if key.is_none() { input.clone() } else { Value::Null };
                (
                    address,
                    attempt,
                    key,
                    timeout,
                    shown,
                    TaskKind::Action { action, connection, input },
                )
            }
            Command::Code { address, attempt, key, code, scope, now, timeout } => {
                let seed = seed(self.machine.run, &address);
                (
                    address,
                    attempt,
                    key,
                    timeout,
                    Value::Null,
                    TaskKind::Code { code, scope, now, seed },
                )
            }
            Command::Chunk(chunk) => return self.spawn_chunk(chunk),
            Command::Ask { address, attempt, key, ask, input, run_limit, timeout } => {
                let prompt = input.get("prompt").map(Value::to_text).unwrap_or_default();
                let kind = TaskKind::Ask { ask, system: None, prompt, run_limit };
                let timeout = timeout.or(Some(ASK_TIMEOUT));
                (address, attempt, Some(key), timeout, Value::Null, kind)
            }
            Command::Listing { address, attempt, wanted, timeout } => {
                let wanted = wanted.into_iter().map(|tool| self.bound(tool)).collect();
                let kind = TaskKind::Listing { tools: wanted };
                (address, attempt, None, timeout, Value::Null, kind)
            }
            Command::Turn { address, attempt, key, briefing, timeout } => {
                let timeout = timeout.map(|timeout| timeout.min(ASK_TIMEOUT));
                (address, attempt, Some(key), timeout, Value::Null, TaskKind::Turn { briefing })
            }
            Command::Call { .. } => return,
        };
        let write = key.is_some();
        let task = Task {
            scope: inner.scope(self.live.workspace),
            bot: self.live.bot,
            run: self.machine.run,
            address: address.clone(),
            attempt,
            key,
            kind,
            timeout: timeout.unwrap_or(TASK_TIMEOUT),
            evaluation: None,
        };
        let place = address.clone();
        let (owner, run) = (self.owner, self.machine.run);
        let task = self.work.tasks.spawn(async move {
            if !inner.lease.hold(owner).await {
                // The run is another server's; this attempt never began here.
                inner.abandon(run).await;
            }
            let limit = task.timeout;
            let executed = async {
                let mut task = task;
                if let TaskKind::Listing { tools } = &mut task.kind {
                    inner.know_bots(task.scope, tools).await;
                }
                inner.executor.execute(task).await
            };
            let outcome = tokio::time::timeout(limit, executed).await;
            let outcome = outcome.unwrap_or_else(|_| TaskOutcome::too_long(limit, write));
            match outcome {
                TaskOutcome::Done { output, logs } => {
                    Cause::Done { address, attempt, output, input: shown, began, logs }
                }
                TaskOutcome::Failed { error, retryable, retry_after, unknown, logs } => {
                    let failure = Failure { error, retryable, retry_after, unknown, logs };
                    Cause::Failed { address, attempt, failure }
                }
            }
        });
        let on_its_way = &mut self.work.on_its_way;
        if on_its_way.len() > 2 * MAX_TASKS {
            on_its_way.retain(|(_, _, task)| !task.is_finished());
        }
        on_its_way.push((place, attempt, task));
    }

    /// A tool with the workspace's connection in place of the definition's.
    fn bound(&self, tool: Wanted) -> Wanted {
        match tool {
            Wanted::Mcp { server, allow, approve, to } => {
                Wanted::Mcp { server: self.live.bound(&server), allow, approve, to }
            }
            other => other,
        }
    }

    /// Begins turns of a loop that are computed together.
    fn spawn_chunk(&mut self, chunk: Chunk) {
        let Chunk { id, code, scope, turns, timeout } = chunk;
        let inner = Arc::clone(&self.inner);
        let owner = self.owner;
        let run = self.machine.run;
        let limit = timeout.unwrap_or(TASK_TIMEOUT);
        let chunk = CodeChunk {
            scope: inner.scope(self.live.workspace),
            bot: self.live.bot,
            run,
            code,
            shared: scope,
            turns: turns
                .into_iter()
                .map(|ChunkTurn { address, scope: own, now }| {
                    let seed = seed(run, &address);
                    CodeTurn { address, own, now, seed }
                })
                .collect(),
            timeout: limit,
        };
        let task = self.work.tasks.spawn(async move {
            if !inner.lease.hold(owner).await {
                inner.abandon(run).await;
            }
            // The executor bounds each turn. This bounds the wait for its beginning, and the turn
            // that has to be run again by itself, since it is not known whether it was at fault.
            let most = limit.saturating_mul(2).saturating_add(CHUNK_GRACE);
            let ended = tokio::time::timeout(most, inner.executor.execute_chunk(chunk)).await;
            let ChunkOutcome { outcomes, took } = ended.unwrap_or_else(|_| ChunkOutcome {
                outcomes: vec![TaskOutcome::too_long(limit, false)],
                took: most,
            });
            let computed = |outcome| match outcome {
                TaskOutcome::Done { output, logs } => Computed::Done { output, logs },
                TaskOutcome::Failed { error, retryable, retry_after, unknown, logs } => {
                    let failure = Failure { error, retryable, retry_after, unknown, logs };
                    Computed::Failed(failure)
                }
            };
            let outcomes = outcomes.into_iter().map(computed).collect();
            Cause::Computed { chunk: id, outcomes, took }
        });
        self.work.chunks.retain(|(_, task)| !task.is_finished());
        self.work.chunks.push((id, task));
    }

    /// Stops chunks that nobody waits for any more.
    pub(super) fn cut_chunks(&mut self, cut: &[ChunkId]) {
        self.work
            .commands
            .retain(|command| !matches!(command, Command::Chunk(chunk) if cut.contains(&chunk.id)));
        self.work.chunks.retain(|(id, task)| {
            let gone = cut.contains(id);
            if gone {
                task.abort();
            }
            !gone
        });
    }

    /// What has ended by now, for the commit that is to be made: bounded by it.
    pub(super) fn take_ended(&mut self) -> bool {
        let mut more = false;
        while self.work.facts.len() < FLUSH_FACTS
            && let Some(end) = self.work.tasks.try_join_next()
        {
            if let Some(cause) = cause(end) {
                let decision = self.decide(cause);
                more |= decision.more;
                self.take(decision);
            }
        }
        more
    }

    /// Turns calls into child runs, to be committed with the fact that they began.
    pub(super) async fn resolve_calls(&mut self) -> Result<bool, Lost> {
        let mut more = false;
        let commands = std::mem::take(&mut self.work.commands);
        for command in commands {
            let Command::Call { address, attempt, bot, input, .. } = command else {
                self.work.commands.push(command);
                continue;
            };
            let (inner, depth) = (Arc::clone(&self.inner), self.depth);
            let make = || inner.child(&self.live, &self.machine, depth, &bot, input.clone());
            let begun = inner.patiently(make).await.map_err(|_| Lost::Taken)?;
            let decision = match begun {
                Ok(child) => {
                    let id = child.run.id;
                    self.work.children.push(child);
                    self.decide(Cause::ChildStarted { address, run: id })
                }
                Err(error) => {
                    let failure = Failure {
                        error,
                        retryable: false,
                        retry_after: None,
                        unknown: false,
                        logs: Vec::new(),
                    };
                    self.decide(Cause::Failed { address, attempt, failure })
                }
            };
            more |= decision.more;
            self.take(decision);
        }
        Ok(more)
    }

    pub(super) fn start_children(&mut self) {
        for NewChild { live, run, facts, held } in std::mem::take(&mut self.work.children) {
            match held {
                Some(held) => self.inner.start_child(live, run, &facts, held),
                None => {
                    self.inner.slots.add_queued(run.workspace, run.bot, 1);
                    self.inner.queue.notify_one();
                }
            }
        }
    }
}

impl Inner {
    /// What the live versions of bots take that an agent may call.
    async fn know_bots(&self, scope: Scope, tools: &mut [Wanted]) {
        for tool in tools {
            let Wanted::Bot { bot, about, .. } = tool else { continue };
            let Ok(Some(row)) = self.store.bot(scope, bot.clone()).await else { continue };
            if let Ok(live) = self.flows.load(scope.workspace, row.id, row.version).await {
                let bot = &live.flow.bot;
                *about = Some((bot.description.clone(), bot.inputs.clone()));
            }
        }
    }

    /// Tells the driver of a run that it is another server's, and never comes back.
    async fn abandon(&self, run: RunId) {
        if let Some(mailbox) = self.runs().get(&run) {
            let _ = mailbox.send(Message::Abandon);
        }
        std::future::pending().await
    }
}

/// What the end of a task means.
pub(super) fn cause(end: Result<Cause, JoinError>) -> Option<Cause> {
    match end {
        Ok(cause) => Some(cause),
        // A task that panicked is a mistake of ours; a task that was aborted has no outcome.
        Err(error) if error.is_panic() => {
            Some(Cause::Abort(StepError::new(codes::run::PANIC, codes::run::PANIC.title)))
        }
        Err(_) => None,
    }
}

/// The seed of `Math.random` in a code step: from run and address, so that running it again gives
/// the same.
fn seed(run: RunId, address: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(run.as_bytes());
    hash.update(address.as_bytes());
    hash.finalize().into()
}
