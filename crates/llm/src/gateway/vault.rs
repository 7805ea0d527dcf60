//! Answers that are kept: sealed for the workspace and the hash that they stand under.

use codex32_identity::secrets::KeyFile;
use codex32_model::ids::{CallId, WorkspaceId};
use codex32_store::models::{Alike, Kept};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::Usage;
use crate::error::Error;
use crate::semantic::Meaning;

#[derive(Debug, Serialize, Deserialize)]
pub struct Stored {
    pub body: Value,
    pub usage: Option<Usage>,
    pub connection: String,
    pub provider: String,
    pub model: String,
    pub cost: i64,
}

fn context(workspace: WorkspaceId, hash: &str) -> Vec<u8> {
    format!("answer {workspace} {hash}").into_bytes()
}

pub fn seal(
    keys: &KeyFile,
    workspace: WorkspaceId,
    hash: &str,
    stored: &impl Serialize,
) -> Result<Vec<u8>, Error> {
    let plain = serde_json::to_vec(stored).unwrap_or_default();
    keys.seal(&context(workspace, hash), &plain)
        .map_err(|error| Error::Other(error.code(), error.to_string()))
}

/// None when it was sealed with a key that is gone: then it is as if it were not there.
pub fn open(keys: &KeyFile, workspace: WorkspaceId, kept: &Kept) -> Option<Stored> {
    let plain = keys.open(&context(workspace, &kept.hash), &kept.sealed).ok()?;
    serde_json::from_slice(plain.expose_secret()).ok()
}

fn meaning_name(hash: &str) -> String {
    format!("meaning:{hash}")
}

/// What an answer under a hash was asked.
pub fn seal_meaning(
    keys: &KeyFile,
    workspace: WorkspaceId,
    hash: &str,
    meaning: &Meaning,
) -> Result<Vec<u8>, Error> {
    seal(keys, workspace, &meaning_name(hash), meaning)
}

pub fn open_meaning(keys: &KeyFile, workspace: WorkspaceId, alike: &Alike) -> Option<Meaning> {
    let context = context(workspace, &meaning_name(&alike.hash));
    let plain = keys.open(&context, &alike.meaning).ok()?;
    serde_json::from_slice(plain.expose_secret()).ok()
}

fn log_name(call: CallId) -> String {
    format!("log:{call}")
}

/// Prompt and answer of a call.
pub fn seal_log(
    keys: &KeyFile,
    workspace: WorkspaceId,
    call: CallId,
    log: &Value,
) -> Result<Vec<u8>, Error> {
    seal(keys, workspace, &log_name(call), log)
}

pub fn open_log(
    keys: &KeyFile,
    workspace: WorkspaceId,
    call: CallId,
    sealed: &[u8],
) -> Option<Value> {
    let plain = keys.open(&context(workspace, &log_name(call)), sealed).ok()?;
    serde_json::from_slice(plain.expose_secret()).ok()
}
