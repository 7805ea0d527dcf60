//! Opening a connection, with an OAuth 2 token that is good.
//!
//! Tokens that end are renewed before they are used, or when the other side refuses them. Invariants:
//! one renewal at a time for each connection, since a refresh token may serve once; what came is stored
//! before it is used; a renewal that has begun ends, also when the step that asked for it does not wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_connectors::oauth::{Return, sign_in_again};
use codex32_connectors::{ActionCall, Credentials, Done, Failure, PollCall, Polled, Runtime};
use codex32_identity::secrets::KeyFile;
use codex32_model::codes::connector as codes;
use codex32_model::ids::WorkspaceId;
use codex32_model::{Clock, Scope};
use codex32_store::Store;
use codex32_store::connections::Connection;
use tokio::time::Instant;

use crate::vault;

type Locks = HashMap<(WorkspaceId, String), Arc<tokio::sync::Mutex<()>>>;

/// Cheap to clone; share one, so that renewals do not meet.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    store: Store,
    keys: Arc<KeyFile>,
    connectors: Runtime,
    clock: Arc<dyn Clock>,
    locks: Mutex<Locks>,
}

#[async_trait::async_trait]
impl codex32_llm::Connections for Tokens {
    async fn open(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Credentials>, Failure> {
        Self::open(self, workspace, name).await
    }
}

impl Tokens {
    pub fn new(
        store: Store,
        keys: Arc<KeyFile>,
        connectors: Runtime,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner { store, keys, connectors, clock, locks: Mutex::default() }))
    }

    /// The credentials of a connection, ready to be used; `None` if there is none of that name.
    pub async fn open(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<Credentials>, Failure> {
        let Some((_, credentials)) = self.read(workspace, name).await? else { return Ok(None) };
        let stale = credentials.is_stale(self.0.clock.now());
        if !stale || !self.0.connectors.is_oauth(&credentials) {
            return Ok(Some(credentials));
        }
        if !credentials.can_renew() {
            return Err(sign_in_again());
        }
        self.renew(workspace, name, credentials.access_token()).await.map(Some)
    }

    /// Executes an action over the connection of that name. A request that was refused for its token did
    /// nothing: it is sent once more with a new one.
    pub async fn execute(&self, name: Option<&str>, call: ActionCall<'_>) -> Result<Done, Failure> {
        let deadline = Instant::now() + call.timeout;
        let result = self.0.connectors.execute(call.clone()).await;
        let (Err(failure), Some(name), Some(refused)) = (&result, name, call.credentials) else {
            return result;
        };
        let workspace = call.scope.workspace;
        match self.after_refusal(workspace, name, refused, failure).await? {
            Some(fresh) => {
                let timeout = deadline.saturating_duration_since(Instant::now());
                let credentials = Some(&fresh);
                self.0.connectors.execute(ActionCall { credentials, timeout, ..call }).await
            }
            None => result,
        }
    }

    /// Looks over the connection of that name, as [`Tokens::execute`] executes.
    pub async fn poll(&self, name: Option<&str>, call: PollCall<'_>) -> Result<Polled, Failure> {
        let deadline = Instant::now() + call.timeout;
        let result = self.0.connectors.poll(call.clone()).await;
        let (Err(failure), Some(name), Some(refused)) = (&result, name, call.credentials) else {
            return result;
        };
        let workspace = call.scope.workspace;
        match self.after_refusal(workspace, name, refused, failure).await? {
            Some(fresh) => {
                let timeout = deadline.saturating_duration_since(Instant::now());
                let credentials = Some(&fresh);
                self.0.connectors.poll(PollCall { credentials, timeout, ..call }).await
            }
            None => result,
        }
    }

    /// Credentials to try again with after the other side refused `refused`; `None` if there are none.
    pub async fn after_refusal(
        &self,
        workspace: WorkspaceId,
        name: &str,
        refused: &Credentials,
        failure: &Failure,
    ) -> Result<Option<Credentials>, Failure> {
        let renewable = refused.can_renew() && self.0.connectors.is_oauth(refused);
        if failure.status != Some(401) || !renewable {
            return Ok(None);
        }
        self.renew(workspace, name, refused.access_token()).await.map(Some)
    }

    /// Credentials with another access token than this one.
    async fn renew(
        &self,
        workspace: WorkspaceId,
        name: &str,
        old: Option<&str>,
    ) -> Result<Credentials, Failure> {
        let (this, name, old) = (self.clone(), name.to_owned(), old.map(str::to_owned));
        // A task of its own: once the other side has changed its tokens they have to be stored.
        let renewal = tokio::spawn(async move {
            let lock = this.lock(workspace, &name);
            let _alone = lock.lock().await;
            let gone = || {
                let message = format!("There is no connection `{name}` any more.");
                Failure::new(codes::NO_CONNECTION, message)
            };
            let (row, now) = this.read(workspace, &name).await?.ok_or_else(gone)?;
            // Somebody else has renewed it while this one waited.
            let changed = now.access_token() != old.as_deref();
            if changed && !now.is_stale(this.0.clock.now()) {
                return Ok(now);
            }
            let fresh = this.0.connectors.renew(&now).await?;
            if this.keep(workspace, row, &fresh).await? {
                return Ok(fresh);
            }
            // Changed by a person meanwhile: that is what counts.
            this.read(workspace, &name).await?.map(|(_, there)| there).ok_or_else(gone)
        });
        renewal.await.unwrap_or_else(|_| {
            Err(Failure::new(codes::BROKEN, "The renewal of the token was broken off.").retryable())
        })
    }

    /// Exchanges what the browser brought back for tokens, and stores them.
    pub async fn sign_in(&self, scope: Scope, name: &str, back: Back) -> Result<(), Failure> {
        let (this, name) = (self.clone(), name.to_owned());
        let workspace = scope.workspace;
        let exchange = tokio::spawn(async move {
            let lock = this.lock(workspace, &name);
            let _alone = lock.lock().await;
            let gone = || {
                let message = format!("The connection `{name}` was changed or removed meanwhile.");
                Failure::new(codes::NO_CONNECTION, message)
            };
            let (row, credentials) = this.read(workspace, &name).await?.ok_or_else(gone)?;
            let back =
                Return { redirect: &back.redirect, code: &back.code, verifier: &back.verifier };
            let fresh = this.0.connectors.sign_in(&credentials, back).await?;
            if this.keep(workspace, row, &fresh).await? { Ok(()) } else { Err(gone()) }
        });
        exchange.await.unwrap_or_else(|_| {
            Err(Failure::new(codes::BROKEN, "Signing in was broken off.").retryable())
        })
    }

    /// False when the row has changed since it was read.
    async fn keep(
        &self,
        workspace: WorkspaceId,
        row: Connection,
        fresh: &Credentials,
    ) -> Result<bool, Failure> {
        let seen = row.updated_at;
        // Later than before also when the clock stands still.
        let at = self.0.clock.now().max(seen.plus(Duration::from_micros(1)));
        let sealed = vault::seal(&self.0.keys, workspace, row.id, row.name, fresh, at);
        let mut sealed = sealed.map_err(|error| Failure::new(error.code(), error.to_string()))?;
        (sealed.created_at, sealed.tested_at) = (row.created_at, row.tested_at);
        let kept = self.0.store.replace_connection(workspace, sealed, seen).await;
        kept.map_err(|error| Failure::new(error.code(), error.to_string()).retryable())
    }

    async fn read(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<(Connection, Credentials)>, Failure> {
        let row = self.0.store.connection(workspace, name.to_owned()).await;
        let row = row.map_err(|error| Failure::new(error.code(), error.to_string()).retryable())?;
        let Some(row) = row else { return Ok(None) };
        let opened = vault::open(&self.0.keys, self.0.connectors.connectors(), workspace, &row);
        let opened = opened.map_err(|error| Failure::new(error.code(), error.to_string()))?;
        Ok(Some((row, opened)))
    }

    /// There are as many as connections that were ever renewed.
    fn lock(&self, workspace: WorkspaceId, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry((workspace, name.to_owned())).or_default())
    }
}

/// What the browser brought back, and what it has to fit.
pub struct Back {
    pub redirect: String,
    pub code: String,
    pub verifier: String,
}
