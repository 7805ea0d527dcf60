//! The outbox: mail kept in the store, and the connection of that name which every workspace has.

use std::sync::Arc;

use codex32_connectors::email::{Mail, Outbox};
use codex32_connectors::{Runtime, validate_connection};
use codex32_identity::random;
use codex32_identity::secrets::KeyFile;
use codex32_model::ids::{ActorId, ConnectionId, MailId, WorkspaceId};
use codex32_model::{Clock, Code, Object, Scope, Timestamp, Value};
use codex32_store::{Store, StoreError, outbox};

pub const NAME: &str = "outbox";

pub struct KeptMail {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl KeptMail {
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait::async_trait]
impl Outbox for KeptMail {
    async fn keep(&self, scope: Scope, mail: Mail, key: &str) -> Result<(), String> {
        let at = self.clock.now();
        let random = random::bytes().map_err(|error| error.to_string())?;
        let id = MailId::new(at, random);
        let row = outbox::Mail { id, key: key.to_owned(), mail: as_value(mail), at };
        let kept = self.store.keep_mail(scope.workspace, row).await;
        kept.map(drop).map_err(|error| error.to_string())
    }
}

fn as_value(mail: Mail) -> Value {
    let list = |all: Vec<String>| Value::list(all.into_iter().map(Value::from));
    Value::object([
        ("message_id", Value::from(mail.message_id)),
        ("from", Value::from(mail.from)),
        ("to", list(mail.to)),
        ("cc", list(mail.cc)),
        ("bcc", list(mail.bcc)),
        ("reply_to", list(mail.reply_to)),
        ("subject", Value::from(mail.subject)),
        ("text", Value::from(mail.text)),
        ("html", Value::from(mail.html)),
    ])
}

/// Gives the workspace the connection [`NAME`], unless it has one.
pub async fn ensure_connection(
    store: &Store,
    keys: &KeyFile,
    connectors: &Runtime,
    workspace: WorkspaceId,
    at: Timestamp,
) -> Result<(), (Code, String)> {
    let failed = |error: StoreError| (error.code(), error.to_string());
    if store.connection(workspace, NAME.to_owned()).await.map_err(failed)?.is_some() {
        return Ok(());
    }
    let credentials =
        validate_connection(connectors.connectors(), "email", "outbox", &Object::default())
            .map_err(|problems| {
                let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
                (codex32_model::codes::connector::CONNECTION_FIELDS, texts.join("; "))
            })?;
    let secrets = |error: codex32_identity::SecretsError| (error.code(), error.to_string());
    let id = ConnectionId::new(at, random::bytes().map_err(secrets)?);
    let row = codex32_api::vault::seal(keys, workspace, id, NAME.to_owned(), &credentials, at)
        .map_err(secrets)?;
    let scope = Scope::new(workspace, ActorId::from_bytes([0; 16]));
    store.add_connection(scope, row).await.map_err(failed)
}
