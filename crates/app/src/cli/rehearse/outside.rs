//! What really happens in a rehearsal: code in the sandbox, and with `--live` actions over the guarded
//! client.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_connectors::email::{Mail, Outbox};
use codex32_connectors::http::{Guarded, Options};
use codex32_connectors::{ActionCall, Runtime};
use codex32_engine::run::Failure as StepFailure;
use codex32_model::definition::CodeStep;
use codex32_model::fact::LogLine;
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::{Scope, StepError, Timestamp, Value};
use codex32_sandbox::{Job, Limits, Pool};

use crate::clock::SystemClock;
use crate::failure::Failure;
use crate::sandboxed;

const TIMEOUT: Duration = Duration::from_secs(60);

/// What came of a step.
#[derive(Debug, Clone)]
pub enum Came {
    Done { output: Value, logs: Vec<LogLine> },
    Failed(StepFailure),
}

impl Came {
    pub const fn done(output: Value) -> Self {
        Self::Done { output, logs: Vec::new() }
    }
}

pub struct Outside {
    runtime: tokio::runtime::Runtime,
    actions: Runtime,
    pool: Pool,
    now: Timestamp,
}

/// There is no server whose outbox could keep a mail: it is only counted as kept.
#[derive(Default)]
struct Kept(Mutex<usize>);

#[async_trait::async_trait]
impl Outbox for Kept {
    async fn keep(&self, _: Scope, _: Mail, _: &str) -> Result<(), String> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Ok(())
    }
}

impl Outside {
    pub fn new(allow_private: bool, now: Timestamp) -> Result<Self, Failure> {
        let broken = |error: std::io::Error| Failure::no(format!("this cannot start: {error}"));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(broken)?;
        let pool = sandboxed::pool(0).map_err(broken)?;
        // A second installation is refused, and then the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Guarded::new(Options { allow_private, ..Options::default() });
        let actions = Runtime::new(http, Arc::new(Kept::default()), Arc::new(SystemClock));
        Ok(Self { runtime, actions, pool, now })
    }

    pub fn action(&self, action: &str, input: &Value, key: Option<&str>) -> Came {
        let nobody = Scope::new(WorkspaceId::from_bytes([0; 16]), ActorId::from_bytes([0; 16]));
        let call = ActionCall {
            scope: nobody,
            action,
            input: input.clone(),
            credentials: None,
            key,
            timeout: TIMEOUT,
        };
        match self.runtime.block_on(self.actions.execute(call)) {
            Ok(done) => Came::Done { output: done.output, logs: done.logs },
            Err(failure) => {
                let mut error = StepError::new(failure.code, failure.message);
                error.status = failure.status;
                Came::Failed(StepFailure {
                    error,
                    retryable: failure.retryable,
                    retry_after: failure.retry_after,
                    unknown: failure.unknown,
                    logs: Vec::new(),
                })
            }
        }
    }

    pub fn code(&self, step: &CodeStep, scope: Value, now: Timestamp) -> Came {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.now.micros().to_le_bytes());
        let job = Job {
            language: step.language,
            code: step.code.clone(),
            scope,
            now,
            seed,
            limits: Limits::default(),
            network: Vec::new(),
        };
        match self.runtime.block_on(self.pool.run(job, None)) {
            Ok(done) => Came::Done { output: done.value, logs: done.logs },
            Err(failure) => Came::Failed(StepFailure {
                error: failure.to_step_error(),
                retryable: false,
                retry_after: None,
                unknown: false,
                logs: failure.logs,
            }),
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.runtime.block_on(self.pool.shutdown());
    }
}
