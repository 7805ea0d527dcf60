//! What a run has on its way: attempts outside, and runs that it calls.

use super::*;

pub(crate) struct TaskEnd {
    address: Address,
    attempt: u32,
    input: Value,
    began: Timestamp,
    outcome: TaskOutcome,
}

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
        };
        let place = address.clone();
        let owner = self.owner;
        let task = self.work.tasks.spawn(async move {
            if !inner.lease.hold(owner).await {
                // The run is another server's; this attempt never began here.
                std::future::pending::<()>().await;
            }
            let limit = task.timeout;
            let outcome = tokio::time::timeout(limit, inner.executor.execute(task)).await;
            let outcome = outcome.unwrap_or_else(|_| {
                let message = format!(
                    "the attempt took longer than {}",
                    codex32_model::time::format_duration(limit)
                );
                TaskOutcome::Failed {
                    error: StepError::new(codes::run::STEP_TIMEOUT, message),
                    retryable: true,
                    retry_after: None,
                    unknown: write,
                    logs: Vec::new(),
                }
            });
            TaskEnd { address, attempt, input: shown, began, outcome }
        });
        let on_its_way = &mut self.work.on_its_way;
        if on_its_way.len() > 2 * MAX_TASKS {
            on_its_way.retain(|(_, _, task)| !task.is_finished());
        }
        on_its_way.push((place, attempt, task));
    }

    /// Turns calls into child runs, to be committed with the fact that they began.
    pub(super) async fn resolve_calls(&mut self) -> bool {
        let mut more = false;
        let commands = std::mem::take(&mut self.work.commands);
        for command in commands {
            let Command::Call { address, attempt, bot, input, .. } = command else {
                self.work.commands.push(command);
                continue;
            };
            let begun = self.inner.child(&self.live, &self.machine, self.depth, &bot, input).await;
            let decision = match begun {
                Ok(child) => {
                    let id = child.run.id;
                    self.work.children.push(child);
                    self.decide(Cause::ChildStarted { address, run: id })
                }
                Err(error) => {
                    let failure = crate::run::Failure {
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
        more
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

impl TaskEnd {
    pub(super) fn cause(self) -> Cause {
        let Self { address, attempt, input, began, outcome } = self;
        match outcome {
            TaskOutcome::Done { output, logs } => {
                Cause::Done { address, attempt, output, input, began, logs }
            }
            TaskOutcome::Failed { error, retryable, retry_after, unknown, logs } => Cause::Failed {
                address,
                attempt,
                failure: crate::run::Failure { error, retryable, retry_after, unknown, logs },
            },
        }
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
