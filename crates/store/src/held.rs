//! What a store says of itself as a whole, in `meta`: whether it is held, whether it is sealed, and
//! which incarnation it is.
//!
//! A store that was restored or copied is held: its original may still run, and two stores that run
//! the same bots would do everything twice. A person releases it. A store that was copied elsewhere is
//! sealed: it is not opened any more.

use codex32_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Tx};

pub(crate) const HELD: &str = "held";
pub(crate) const SEALED: &str = "sealed";
pub(crate) const INCARNATION: &str = "incarnation";

/// Why nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub since: Timestamp,
    /// For people: what it was restored or copied from.
    pub why: String,
}

/// Where the data went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seal {
    pub at: Timestamp,
    pub to: String,
}

pub(crate) fn value(reader: &Reader<'_>, key: &str) -> Result<Option<String>, StoreError> {
    reader.first("SELECT value FROM meta WHERE key = ?1", params![key], |row| row.get(0))
}

pub(crate) fn set(tx: &Tx<'_>, key: &str, value: Option<&str>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM meta WHERE key = ?1", params![key])?;
    if let Some(value) = value {
        tx.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    }
    Ok(())
}

/// # Errors
/// [`StoreError::Sealed`] when the data went elsewhere.
pub(crate) fn refuse_sealed(reader: &Reader<'_>) -> Result<(), StoreError> {
    match value(reader, SEALED)? {
        Some(seal) => {
            let Seal { at, to } = serde_json::from_str(&seal)?;
            Err(StoreError::Sealed { to, at: at.to_string() })
        }
        None => Ok(()),
    }
}

impl Store {
    /// Whether the store is held, and why.
    pub async fn held(&self) -> Result<Option<Held>, StoreError> {
        let held = self.read(|reader| value(reader, HELD)).await?;
        Ok(held.map(|held| serde_json::from_str(&held)).transpose()?)
    }

    /// Lets it run; whether it was held.
    pub async fn release_hold(&self) -> Result<bool, StoreError> {
        self.write(|tx| {
            let gone = tx.execute("DELETE FROM meta WHERE key = ?1", params![HELD])?;
            Ok(gone > 0)
        })
        .await
    }
}
