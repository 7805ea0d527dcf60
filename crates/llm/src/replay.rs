//! Answers out of files, one for each request: what a model said once becomes a regression test.
//!
//! A connection of the connector `replay` names a folder in the server's folder of replays. A file is
//! named by the hash of the request, whatever the order of its keys, and holds request and answer. Where
//! the connection names another one to `record`, what is not there yet is asked there and written down.

use std::path::{Path, PathBuf};

use codex32_connectors::Credentials;
use codex32_model::Timestamp;
use codex32_model::codes::llm as codes;
use codex32_model::ids::WorkspaceId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::chat::{Reply, Usage, canonical_hash};
use crate::exchange::{self, Ask, Done, Failed, Patience, Why};
use crate::gateway::Inner;
use crate::provider::{self, To};

#[derive(Serialize, Deserialize)]
struct Recorded {
    request: Value,
    reply: Value,
}

/// The request as it is compared: with the provider's name of the model, without how it is answered.
fn request(ask: &Ask, model: &str) -> (Value, String) {
    match ask {
        Ask::Chat(chat) => {
            let mut chat = chat.clone();
            model.clone_into(&mut chat.model);
            (chat.stream, chat.stream_options) = (false, None);
            let hash = chat.hash();
            (json!(chat), hash)
        }
        Ask::Embed { texts, rest } => {
            let request = json!({ "model": model, "input": texts, "rest": rest });
            let hash = canonical_hash(&request);
            (request, hash)
        }
    }
}

/// The connection that is asked for what is not there yet.
pub fn records(credentials: &Credentials) -> Option<&str> {
    credentials.get("record").filter(|name| !name.is_empty())
}

fn folder(root: Option<&Path>, credentials: &Credentials) -> Result<PathBuf, String> {
    let root = root.ok_or("this server has no folder of replays")?;
    let set = credentials.get("set").unwrap_or("default");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if set.is_empty() || set.len() > 64 || !set.bytes().all(plain) {
        return Err("the name of a set has 1 to 64 letters, digits, - and _".to_owned());
    }
    Ok(root.join(set))
}

fn unfit(message: impl Into<String>) -> Failed {
    Failed::new(Why::Unfit, message)
}

/// The recorded answer, or the one that is recorded now; and whether it came from a file.
pub async fn send(
    inner: &Inner,
    workspace: WorkspaceId,
    to: To<'_>,
    ask: &Ask,
    patience: Patience,
    at: Timestamp,
) -> Result<(Done, bool), Failed> {
    let folder = folder(inner.options.replays.as_deref(), to.credentials).map_err(unfit)?;
    let (request, hash) = request(ask, to.model);
    let file = folder.join(format!("{hash}.json"));
    match tokio::fs::read(&file).await {
        Ok(bytes) => {
            let recorded: Recorded = serde_json::from_slice(&bytes)
                .map_err(|error| unfit(format!("{hash}.json cannot be read: {error}")))?;
            if canonical_hash(&recorded.request) != canonical_hash(&request) {
                return Err(unfit(format!("{hash}.json is of another request")));
            }
            let usage = Usage::of(&recorded.reply["usage"]);
            let reply = Reply { body: recorded.reply, usage };
            return Ok((Done { reply, first: None }, true));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(unfit(format!("{hash}.json: {error}"))),
    }
    let Some(name) = records(to.credentials) else {
        let code = codes::REPLAY.text;
        return Err(unfit(format!("{code}: no answer is recorded: {hash}.json")));
    };
    let opened = inner.options.connections.open(workspace, name).await;
    let credentials = opened.map_err(|failure| unfit(failure.message))?;
    let credentials = credentials.ok_or_else(|| unfit(format!("there is no `{name}`")))?;
    let adapter = provider::adapter(credentials.connector(), None)
        .filter(|_| credentials.connector() != "replay")
        .ok_or_else(|| unfit(format!("`{name}` is no connection to a language model")))?;
    let options = Map::new();
    let to = To { credentials: &credentials, model: to.model, options: &options };
    let done = exchange::send(&inner.options.http, adapter, to, ask, patience, None, at).await?;
    let recorded = Recorded { request, reply: done.reply.body.clone() };
    let text = serde_json::to_vec_pretty(&recorded).unwrap_or_default();
    let written = async {
        tokio::fs::create_dir_all(&folder).await?;
        // Another call may read it at any moment: it is there whole, or not at all.
        let beside = folder.join(format!("{hash}.{}", std::process::id()));
        tokio::fs::write(&beside, text).await?;
        tokio::fs::rename(&beside, &file).await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "an answer was not recorded");
    }
    Ok((done, false))
}
