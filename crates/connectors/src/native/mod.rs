//! Actions in Rust: feeds, databases and files, where a manifest's request would not do.
//!
//! They keep the rules of the others: addresses come from the guard, answers are bounded, a
//! [`Failure`] says whether a write may have been taken.

mod files;
pub mod mcp;
mod rss;
mod sql;
mod storage;

use std::path::Path;
use std::time::Duration;

use codex32_model::codes::connector as codes;
use codex32_model::time::parse_duration;
use codex32_model::{Scope, Timestamp, Value};
use tokio::time::Instant;

use crate::credentials::Credentials;
use crate::failure::{Done, Failure};
use crate::http::Guarded;
use crate::runtime::{Polled, brought};

/// Largest sum of what a query or file gives, in bytes.
const MOST_BYTES: usize = 10 << 20;

/// What one attempt may use.
pub(crate) struct Native<'a> {
    pub http: &'a Guarded,
    /// The folder of files of all workspaces; none where the server has none.
    pub files: Option<&'a Path>,
    /// What whoever runs the server lets connections start.
    pub programs: &'a mcp::Programs,
    pub scope: Scope,
    pub credentials: Option<&'a Credentials>,
    pub now: Timestamp,
    pub deadline: Instant,
}

/// Whether the connector's actions are here.
pub(crate) fn has(connector: &str) -> bool {
    matches!(connector, "mcp" | "rss" | "sql" | "storage")
}

impl Native<'_> {
    /// `action` is `connector.action`; `params` are prepared.
    pub async fn run(&self, action: &str, params: &Value) -> Result<Done, Failure> {
        let output = match action.split_once('.') {
            Some(("mcp", name)) => mcp::run(self, name, params).await,
            Some(("rss", _)) => rss::read(self, params).await,
            Some(("sql", name)) => sql::run(self, name, params).await,
            Some(("storage", name)) => storage::run(self, name, params).await,
            _ => Err(unknown(action)),
        };
        output.map(Done::new)
    }

    /// One look for what a trigger waits for; the newest comes first.
    pub async fn look(
        &self,
        trigger: &str,
        params: &Value,
        is_new: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Result<Polled, Failure> {
        let (found, grows) = match trigger {
            "rss.new_item" => (rss::read(self, params).await?, None),
            "sql.new_row" => {
                let column = params.get("column").map(Value::to_text).unwrap_or_default();
                (sql::newest(self, params, &column).await?, Some(column))
            }
            other => return Err(unknown(other)),
        };
        let mut polled = Polled::new(false);
        let mut known = false;
        for item in found.as_list().unwrap_or_default() {
            let id = item.get(grows.as_deref().unwrap_or("id"));
            let id = id.map(Value::to_text).unwrap_or_default();
            if id.is_empty() {
                continue;
            }
            // What grows is known from the first one that is: older rows that come into view because
            // others were deleted are not new.
            known = !is_new(&id) || (known && grows.is_some());
            if !known {
                polled.new.push((id.clone(), item.clone()));
            }
            polled.ids.push(id);
        }
        let brought = brought(polled.new.len(), most, polled.oldest_first);
        polled.more = polled.new.len() - brought.len();
        polled.new = polled.new.drain(brought).collect();
        Ok(polled)
    }

    /// Whether the connection works; the text says with what.
    pub async fn test(&self) -> Result<String, Failure> {
        match self.credentials.map(Credentials::connector) {
            Some("mcp") => mcp::test(self).await,
            Some("sql") => sql::test(self).await,
            Some("storage") => storage::test(self).await,
            _ => Ok("Nothing to test: it is used as it is.".to_owned()),
        }
    }

    fn credentials(&self) -> Result<&Credentials, Failure> {
        let missing = || Failure::new(codes::NO_CONNECTION, "The action needs a connection.");
        self.credentials.ok_or_else(missing)
    }

    /// The attempt's deadline, or an earlier one that `timeout` in the parameters asks for.
    fn deadline(&self, params: &Value) -> Result<Instant, Failure> {
        let Some(own) = params.get("timeout") else { return Ok(self.deadline) };
        let own: Duration = parse_duration(&own.to_text())
            .map_err(|error| Failure::params(format!("`timeout`: {error}.")))?;
        Ok(self.deadline.min(Instant::now() + own))
    }
}

fn unknown(action: &str) -> Failure {
    Failure::new(codes::UNKNOWN_ACTION, format!("There is no action `{action}`."))
}

fn field<'a>(credentials: &'a Credentials, name: &str) -> Result<&'a str, Failure> {
    credentials.get(name).ok_or_else(|| {
        Failure::new(codes::CONNECTION_FIELDS, format!("The connection lacks `{name}`."))
    })
}

/// Work that blocks a thread, until the deadline.
async fn blocking<T: Send + 'static>(
    deadline: Instant,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::time::timeout_at(deadline, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::new(codes::BROKEN, "The work was broken off.")),
        Err(_) => Err(late()),
    }
}

fn late() -> Failure {
    Failure::new(codes::TIMEOUT, "It was not done in time.").retryable()
}
