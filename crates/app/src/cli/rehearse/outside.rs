//! `--live`: actions done for real, over the guarded client and without a server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_connectors::email::{Mail, Outbox};
use codex32_connectors::http::{Guarded, Options};
use codex32_connectors::{ActionCall, Runtime};
use codex32_engine::run::Failure as StepFailure;
use codex32_model::codes::llm;
use codex32_model::definition::Ask;
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::{Scope, StepError, Value};
use codex32_rehearsal::{Came, World};

use crate::clock::SystemClock;

const TIMEOUT: Duration = Duration::from_secs(60);

pub struct Outside(Runtime);

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
    pub fn new(allow_private: bool) -> Self {
        // A second installation is refused, and then the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Guarded::new(Options { allow_private, ..Options::default() });
        Self(Runtime::new(http, Arc::new(Kept::default()), Arc::new(SystemClock)))
    }
}

#[async_trait::async_trait]
impl World for Outside {
    async fn ask(&self, _: &Ask, _: &str) -> Came {
        // Connections, and with them models, are the server's.
        let message = "the models are the server's: deploy the bot, or give a sample";
        Came::Failed(StepFailure {
            error: StepError::new(llm::NO_MODEL, message),
            retryable: false,
            retry_after: None,
            unknown: false,
            logs: Vec::new(),
        })
    }

    async fn action(&self, action: &str, input: &Value, key: Option<&str>) -> Came {
        let nobody = Scope::new(WorkspaceId::from_bytes([0; 16]), ActorId::from_bytes([0; 16]));
        let call = ActionCall {
            scope: nobody,
            action,
            input: input.clone(),
            credentials: None,
            key,
            timeout: TIMEOUT,
        };
        match self.0.execute(call).await {
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
}
