//! `email.send`: over the connection's mail server, or into the outbox.

mod message;
mod smtp;

use codex32_model::codes::connector as codes;
use codex32_model::{Scope, Timestamp, Value};
use tokio::time::Instant;

use crate::credentials::Credentials;
use crate::failure::{Done, Failure};
use crate::http::Guarded;

/// The one action of this connector.
pub const SEND: &str = "email.send";

/// The kind of connection that keeps mail inside.
pub const OUTBOX: &str = "outbox";

/// Who mail in the outbox comes from unless the step says so.
const NOBODY: &str = "codex32@localhost";

/// A mail for the outbox. Addresses are as in a header: `Name <name@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub bcc: Vec<String>,
    pub reply_to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub message_id: String,
}

/// Keeps mail inside Codex-32, to be read there. A second mail with the same key is the first again.
#[async_trait::async_trait]
pub trait Outbox: Send + Sync {
    async fn keep(&self, scope: Scope, mail: Mail, key: &str) -> Result<(), String>;
}

/// One attempt of `email.send`.
pub(crate) struct Sending<'a> {
    pub http: &'a Guarded,
    pub outbox: &'a dyn Outbox,
    pub scope: Scope,
    pub credentials: Option<&'a Credentials>,
    pub key: Option<&'a str>,
    pub now: Timestamp,
    pub deadline: Instant,
}

impl Sending<'_> {
    pub async fn send(&self, params: &Value) -> Result<Done, Failure> {
        let server = self.credentials.filter(|credentials| credentials.kind() != OUTBOX);
        let sender = match server {
            Some(credentials) => credentials
                .get("from")
                .or_else(|| credentials.get("username").filter(|user| user.contains('@'))),
            None => Some(NOBODY),
        };
        let draft = message::Draft::read(params, sender)?;
        let message_id = draft.message_id(self.key, self.now);
        let accepted = draft.recipients();
        match server {
            Some(credentials) => {
                let message = draft.build(&message_id, self.now)?;
                let sending = smtp::send(self.http, credentials, &message, self.deadline);
                sending.await?;
            }
            None => {
                let mail = draft.into_mail(message_id.clone());
                let key = self.key.unwrap_or(&message_id);
                let kept = self.outbox.keep(self.scope, mail, key).await;
                kept.map_err(|problem| Failure::new(codes::OUTBOX, problem).retryable())?;
            }
        }
        Ok(Done::new(Value::object([
            ("message_id", Value::from(message_id)),
            ("accepted", Value::list(accepted.into_iter().map(Value::from))),
            ("outbox", Value::from(server.is_none())),
        ])))
    }
}

/// Connects and signs in, without sending.
pub(crate) async fn test(
    http: &Guarded,
    credentials: &Credentials,
    deadline: Instant,
) -> Result<String, Failure> {
    smtp::test(http, credentials, deadline).await
}
