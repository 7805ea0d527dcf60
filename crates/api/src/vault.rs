//! Between a connection's row and its credentials: sealing and opening.
//!
//! All fields are sealed; those that are no secret stand beside it in the open. A sealed blob opens
//! only for the workspace, name and connector that it was made for.

use codex32_connectors::{Connectors, Credentials};
use codex32_identity::SecretsError;
use codex32_identity::secrets::KeyFile;
use codex32_model::ids::{ConnectionId, WorkspaceId};
use codex32_model::{Timestamp, Value};
use codex32_store::connections::Connection;
use secrecy::ExposeSecret;

fn context(workspace: WorkspaceId, name: &str, connector: &str) -> Vec<u8> {
    format!("connection {workspace} {name} {connector}").into_bytes()
}

/// The row of a new connection.
///
/// # Errors
/// When the operating system gives no random numbers.
pub fn seal(
    keys: &KeyFile,
    workspace: WorkspaceId,
    id: ConnectionId,
    name: String,
    credentials: &Credentials,
    at: Timestamp,
) -> Result<Connection, SecretsError> {
    let (connector, kind) = (credentials.connector().to_owned(), credentials.kind().to_owned());
    let plaintext = credentials.to_plaintext();
    let context = context(workspace, &name, &connector);
    let sealed = keys.seal(&context, plaintext.expose_secret().as_bytes())?;
    let public = credentials.public_fields().into_iter();
    let public = public.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let (created_at, updated_at, tested_at) = (at, at, None);
    Ok(Connection { id, name, connector, kind, public, sealed, created_at, updated_at, tested_at })
}

/// The credentials in a row.
///
/// # Errors
/// When they were sealed with another key file, or changed.
pub fn open(
    keys: &KeyFile,
    connectors: &Connectors,
    workspace: WorkspaceId,
    row: &Connection,
) -> Result<Credentials, SecretsError> {
    let plaintext = keys.open(&context(workspace, &row.name, &row.connector), &row.sealed)?;
    Credentials::from_stored(connectors, &row.connector, &row.kind, plaintext.expose_secret())
        .ok_or(SecretsError::Tampered)
}
