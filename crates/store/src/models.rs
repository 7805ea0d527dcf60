//! Named models, their prices and settings, and answers that are kept: what the gateway asks before a
//! call. Definitions are JSON that this module does not read.

use codex32_model::Scope;
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::spend::spent_by;
use crate::sql::{Reader, Row};

/// Most named models, and most prices of a workspace's own.
const MOST: u32 = 1_000;

/// A name under which bots and programs ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    /// JSON.
    pub definition: String,
    pub updated_at: Timestamp,
}

/// A price of the workspace's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub provider: String,
    pub model: String,
    pub since: Timestamp,
    /// JSON.
    pub price: String,
}

/// An answer that need not be paid again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub hash: String,
    /// Hash of what was asked.
    pub request: String,
    pub sealed: Vec<u8>,
    pub made_at: Timestamp,
}

/// What the gateway has to know before a call.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub settings: Option<String>,
    pub models: Vec<Model>,
    pub prices: Vec<Price>,
    /// Of those asked for, the ones that have not expired.
    pub kept: Vec<Kept>,
    /// Whether any budget applies to the workspace.
    pub budgeted: bool,
    /// By the run so far, what is reserved included.
    pub spent: i64,
}

fn read_model(row: &Row<'_>) -> Result<Model, StoreError> {
    Ok(Model { name: row.get(0)?, definition: row.get(1)?, updated_at: row.get(2)? })
}

fn read_price(row: &Row<'_>) -> Result<Price, StoreError> {
    Ok(Price { provider: row.get(0)?, model: row.get(1)?, since: row.get(2)?, price: row.get(3)? })
}

fn settings(reader: &Reader<'_>, workspace: WorkspaceId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT settings FROM model_settings WHERE workspace = ?1";
    reader.first(sql, params![workspace], |row| row.get(0))
}

fn prices(reader: &Reader<'_>, workspace: WorkspaceId) -> Result<Vec<Price>, StoreError> {
    reader.query(
        "SELECT provider, model, since, price FROM model_prices WHERE workspace = ?1
         ORDER BY provider, model, since",
        params![workspace],
        read_price,
    )
}

/// What a kept answer was asked, sealed, for whoever looks for what means the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub hash: String,
    pub meaning: Vec<u8>,
}

fn read_kept(row: &Row<'_>) -> Result<Kept, StoreError> {
    Ok(Kept { hash: row.get(0)?, request: row.get(1)?, sealed: row.get(2)?, made_at: row.get(3)? })
}

/// The answer under a hash (?2) that has not expired (?3).
const KEPT: &str = "SELECT hash, request, sealed, made_at FROM model_answers
    WHERE workspace = ?1 AND hash = ?2 AND expires_at > ?3";

impl Store {
    /// The newest answers in which everything is equal that has to be, `most` of them.
    pub async fn answers_alike(
        &self,
        workspace: WorkspaceId,
        alike: String,
        at: Timestamp,
        most: u32,
    ) -> Result<Vec<Alike>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT hash, meaning FROM model_answers
                 WHERE workspace = ?1 AND alike = ?2 AND expires_at > ?3
                 ORDER BY made_at DESC LIMIT ?4",
                params![workspace, &alike, at, most],
                |row| Ok(Alike { hash: row.get(0)?, meaning: row.get(1)? }),
            )
        })
        .await
    }

    /// An answer that has not expired.
    pub async fn kept_answer(
        &self,
        workspace: WorkspaceId,
        hash: String,
        at: Timestamp,
    ) -> Result<Option<Kept>, StoreError> {
        self.read(move |reader| reader.first(KEPT, params![workspace, &hash, at], read_kept)).await
    }

    /// What there is for a call: models, prices, settings, what its run has spent, and the answers kept
    /// under these hashes.
    pub async fn before_call(
        &self,
        workspace: WorkspaceId,
        run: Option<RunId>,
        hashes: Vec<String>,
        at: Timestamp,
    ) -> Result<Known, StoreError> {
        self.read(move |reader| {
            let mut kept = Vec::new();
            for hash in &hashes {
                kept.extend(reader.first(KEPT, params![workspace, hash, at], read_kept)?);
            }
            Ok(Known {
                settings: settings(reader, workspace)?,
                models: reader.query(
                    "SELECT name, definition, updated_at FROM models WHERE workspace = ?1
                     ORDER BY name",
                    params![workspace],
                    read_model,
                )?,
                prices: prices(reader, workspace)?,
                kept,
                spent: run.map_or(Ok(0), |run| spent_by(reader, workspace, run))?,
                budgeted: reader
                    .exists("SELECT 1 FROM budgets WHERE workspace = ?1", params![workspace])?,
            })
        })
        .await
    }

    /// A page of named models, by name.
    pub async fn models(
        &self,
        scope: Scope,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<Model>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT name, definition, updated_at FROM models WHERE workspace = ?1 AND name > ?2
                 ORDER BY name LIMIT ?3",
                params![scope.workspace, after.clone().unwrap_or_default(), limit.clamp(1, MOST)],
                read_model,
            )
        })
        .await
    }

    pub async fn model(&self, scope: Scope, name: String) -> Result<Option<Model>, StoreError> {
        self.read(move |reader| {
            reader.first(
                "SELECT name, definition, updated_at FROM models WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
                read_model,
            )
        })
        .await
    }

    /// Sets a named model; whether it is new.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has too many already.
    pub async fn set_model(&self, scope: Scope, model: Model) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE models SET definition = ?3, updated_at = ?4
                 WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &model.name, &model.definition, model.updated_at],
            )?;
            if changed == 1 {
                return Ok(false);
            }
            let count: Option<u32> = tx.reader().first(
                "SELECT count(*) FROM models WHERE workspace = ?1",
                params![scope.workspace],
                |row| row.get(0),
            )?;
            if count.unwrap_or(0) >= MOST {
                let text = format!("a workspace has at most {MOST} models; remove one first");
                return Err(StoreError::Conflict(text));
            }
            tx.execute(
                "INSERT INTO models (workspace, name, definition, updated_at)
                 VALUES (?1, ?2, ?3, ?4)",
                params![scope.workspace, &model.name, &model.definition, model.updated_at],
            )?;
            Ok(true)
        })
        .await
    }

    /// Removes a named model; whether there was one.
    pub async fn remove_model(&self, scope: Scope, name: String) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "DELETE FROM models WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// The workspace's settings for models, as JSON.
    pub async fn model_settings(&self, scope: Scope) -> Result<Option<String>, StoreError> {
        self.read(move |reader| settings(reader, scope.workspace)).await
    }

    pub async fn set_model_settings(&self, scope: Scope, text: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO model_settings (workspace, settings) VALUES (?1, ?2)
                 ON CONFLICT (workspace) DO UPDATE SET settings = excluded.settings",
                params![scope.workspace, &text],
            )
            .map(drop)
        })
        .await
    }

    /// All prices of the workspace's own.
    pub async fn model_prices(&self, scope: Scope) -> Result<Vec<Price>, StoreError> {
        self.read(move |reader| prices(reader, scope.workspace)).await
    }

    /// Sets a price from a time on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has too many already.
    pub async fn set_model_price(&self, scope: Scope, price: Price) -> Result<(), StoreError> {
        self.write(move |tx| {
            let others = prices(&tx.reader(), scope.workspace)?;
            let key = |of: &Price| (of.provider.clone(), of.model.clone(), of.since);
            let is_new = others.iter().all(|other| key(other) != key(&price));
            if is_new && others.len() >= MOST as usize {
                let text = format!("a workspace has at most {MOST} prices; remove one first");
                return Err(StoreError::Conflict(text));
            }
            tx.execute(
                "INSERT INTO model_prices (workspace, provider, model, since, price)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (workspace, provider, model, since)
                 DO UPDATE SET price = excluded.price",
                params![scope.workspace, &price.provider, &price.model, price.since, &price.price],
            )
            .map(drop)
        })
        .await
    }

    /// Removes all prices of a model; how many there were.
    pub async fn remove_model_prices(
        &self,
        scope: Scope,
        provider: String,
        model: String,
    ) -> Result<usize, StoreError> {
        self.write(move |tx| {
            tx.execute(
                "DELETE FROM model_prices WHERE workspace = ?1 AND provider = ?2 AND model = ?3",
                params![scope.workspace, &provider, &model],
            )
        })
        .await
    }

    /// Forgets answers whose time is over; how many.
    pub async fn all_forget_answers(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM model_answers WHERE expires_at <= ?1", params![before])
        })
        .await
    }

    /// Forgets the cached answers of a workspace, not those under idempotency keys; how many.
    pub async fn clear_model_cache(&self, scope: Scope) -> Result<usize, StoreError> {
        self.write(move |tx| {
            tx.execute(
                "DELETE FROM model_answers WHERE workspace = ?1 AND hash LIKE 'cache:%'",
                params![scope.workspace],
            )
        })
        .await
    }
}
