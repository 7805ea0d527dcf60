//! Workspaces, the answers kept for `Idempotency-Key`, and figures about the database itself.

use std::time::Duration;

use codex32_model::Scope;
use codex32_model::ids::WorkspaceId;
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    /// An IANA zone: for schedules that name none.
    pub timezone: String,
    pub created_at: Timestamp,
}

/// How long an answer is kept for its `Idempotency-Key`.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The stored answer to a write of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u32,
    pub body: String,
}

/// What is known of an `Idempotency-Key` when a request with it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Never seen; it is reserved for this request now.
    New,
    /// The same request was answered before.
    Answered(Answer),
    /// The same request began and its answer was never stored: it goes on, or a server died in it.
    Begun,
    /// Another request used this key.
    Other,
}

/// Figures about the database, for people and metrics.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Size of the database, in bytes, without the write-ahead log.
    pub bytes: u64,
    pub wal_pages: u64,
    /// Transactions since the start.
    pub commits: u64,
    pub waiting_writes: u64,
}

const WORKSPACE: &str = "id, name, timezone, created_at";

fn read_workspace(row: &Row<'_>) -> Result<Workspace, StoreError> {
    Ok(Workspace {
        id: row.get(0)?,
        name: row.get(1)?,
        timezone: row.get(2)?,
        created_at: row.get(3)?,
    })
}

fn first(reader: &Reader<'_>) -> Result<Option<Workspace>, StoreError> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces ORDER BY id LIMIT 1");
    reader.first(&sql, &[], read_workspace)
}

impl Store {
    /// Forgets the value under a key.
    pub async fn all_forget(&self, key: &'static str) -> Result<(), StoreError> {
        self.write(move |tx| tx.execute("DELETE FROM meta WHERE key = ?1", params![key]).map(drop))
            .await
    }

    /// Keeps a value under a key unless there is one; the one that is there then.
    pub async fn all_once(&self, key: &'static str, value: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        self.write(move |tx| {
            let text: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING",
                params![key, text],
            )?;
            let kept: Option<String> = tx.reader().first(
                "SELECT value FROM meta WHERE key = ?1",
                params![key],
                |row| row.get(0),
            )?;
            let kept = kept.unwrap_or_default();
            let byte = |at: usize| u8::from_str_radix(kept.get(at..at + 2)?, 16).ok();
            (0..kept.len())
                .step_by(2)
                .map(byte)
                .collect::<Option<Vec<u8>>>()
                .ok_or_else(|| StoreError::Damaged(format!("the value of {key} in meta")))
        })
        .await
    }

    /// The first workspace; made of `new` when there is none yet.
    pub async fn first_workspace(&self, new: Workspace) -> Result<Workspace, StoreError> {
        if let Some(workspace) = self.read(first).await? {
            return Ok(workspace);
        }
        self.write(move |tx| {
            if let Some(workspace) = first(&tx.reader())? {
                return Ok(workspace);
            }
            tx.execute(
                "INSERT INTO workspaces (id, name, timezone, created_at) VALUES (?1, ?2, ?3, ?4)",
                params![new.id, &new.name, &new.timezone, new.created_at],
            )?;
            Ok(new.clone())
        })
        .await
    }

    pub async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        self.read(move |reader| {
            let sql = format!("SELECT {WORKSPACE} FROM workspaces WHERE id = ?1");
            reader.first(&sql, params![id], read_workspace)
        })
        .await
    }

    /// Reserves an `Idempotency-Key` for a request, known by its hash, or tells what became of it.
    /// Committed before the request is carried out: a key never carries out two requests, not even
    /// when the server dies in between. Keys older than [`ANSWERS_KEPT`] are forgotten.
    pub async fn begin_answer(
        &self,
        scope: Scope,
        key: String,
        request: Vec<u8>,
        at: Timestamp,
    ) -> Result<Known, StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM api_answers WHERE at < ?1", params![at.minus(ANSWERS_KEPT)])?;
            let kept = tx.reader().first(
                "SELECT request, status, body FROM api_answers WHERE workspace = ?1 AND key = ?2",
                params![scope.workspace, &key],
                |row| Ok((row.get::<Vec<u8>>(0)?, row.get::<u32>(1)?, row.get::<String>(2)?)),
            )?;
            match kept {
                Some((other, ..)) if other != request => Ok(Known::Other),
                Some((_, 0, _)) => Ok(Known::Begun),
                Some((_, status, body)) => Ok(Known::Answered(Answer { status, body })),
                None => {
                    tx.execute(
                        "INSERT INTO api_answers (workspace, key, request, status, body, at)
                         VALUES (?1, ?2, ?3, 0, '', ?4)",
                        params![scope.workspace, &key, request.clone(), at],
                    )?;
                    Ok(Known::New)
                }
            }
        })
        .await
    }

    /// Keeps the answer of a request that [`Store::begin_answer`] let through; without one (the
    /// request was refused and did nothing) the key becomes free again.
    pub async fn end_answer(
        &self,
        scope: Scope,
        key: String,
        answer: Option<Answer>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            match &answer {
                Some(answer) => tx.execute(
                    "UPDATE api_answers SET status = ?3, body = ?4 WHERE workspace = ?1 AND key = ?2",
                    params![scope.workspace, &key, answer.status, &answer.body],
                ),
                None => tx.execute(
                    "DELETE FROM api_answers WHERE workspace = ?1 AND key = ?2",
                    params![scope.workspace, &key],
                ),
            }
            .map(drop)
        })
        .await
    }

    /// Figures about the whole database; also shows that it can be read.
    pub async fn all_figures(&self) -> Result<Figures, StoreError> {
        let bytes = self
            .read(|reader| {
                let size = reader.dialect().choose(
                    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                    "SELECT pg_database_size(current_database())",
                );
                let bytes: Option<i64> = reader.first(size, &[], |row| row.get(0))?;
                Ok(u64::try_from(bytes.unwrap_or(0)).unwrap_or(0))
            })
            .await?;
        let committer = self.committer();
        Ok(Figures {
            bytes,
            wal_pages: committer.wal_pages(),
            commits: committer.commits(),
            waiting_writes: committer.waiting() as u64,
        })
    }
}
