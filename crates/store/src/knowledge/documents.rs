//! The documents of a base: their bytes, their state, who may see them.

use codex32_model::Scope;
use codex32_model::ids::{DocumentId, KnowledgeBaseId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row, Tx};

/// Most documents of a base.
const MOST: u32 = 100_000;
/// Bytes of a piece.
const PIECE: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Queued,
    Indexing,
    Ready,
    Failed,
    Cancelled,
}

impl State {
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::Indexing, Self::Ready, Self::Failed, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Indexing => "indexing",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is known of a document beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Unique in its base: a file's path, an address.
    pub name: String,
    pub title: String,
    /// Empty: not known yet.
    pub kind: String,
    pub source: String,
    pub tags: Vec<String>,
    /// Ids of actors and bots; none: everybody in the workspace.
    pub readers: Option<Vec<String>>,
    pub dated_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub id: DocumentId,
    pub base: KnowledgeBaseId,
    pub name: String,
    pub title: String,
    pub kind: String,
    pub source: String,
    pub tags: Vec<String>,
    pub restricted: bool,
    pub dated_at: Timestamp,
    /// SHA-256 of its bytes; none until they are fetched.
    pub hash: Option<Vec<u8>>,
    pub version: i64,
    pub size: i64,
    pub state: State,
    pub epoch: i64,
    pub attempts: u32,
    /// Passages that are ready, and all.
    pub done: u32,
    pub total: u32,
    /// Passages embedded since ever: shows that no work is done twice.
    pub embedded: i64,
    pub code: Option<String>,
    pub message: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub indexed_at: Option<Timestamp>,
}

pub(super) const COLUMNS: &str =
    "d.id, d.base, d.name, d.title, d.kind, d.source, d.tags, d.restricted,
  d.dated_at, d.hash, d.version, d.size, d.state, d.epoch, d.attempts, d.done, d.total, d.embedded, d.code,
  d.message, d.created_at, d.updated_at, d.indexed_at";

pub(super) fn read(row: &Row<'_>) -> Result<Document, StoreError> {
    let state: String = row.get(12)?;
    Ok(Document {
        id: row.get(0)?,
        base: row.get(1)?,
        name: row.get(2)?,
        title: row.get(3)?,
        kind: row.get(4)?,
        source: row.get(5)?,
        tags: split(&row.get::<String>(6)?),
        restricted: row.get(7)?,
        dated_at: row.get(8)?,
        hash: row.get(9)?,
        version: row.get(10)?,
        size: row.get(11)?,
        state: State::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| StoreError::Damaged(format!("document state {state}")))?,
        epoch: row.get(13)?,
        attempts: row.get(14)?,
        done: row.get(15)?,
        total: row.get(16)?,
        embedded: row.get(17)?,
        code: row.get(18)?,
        message: row.get(19)?,
        created_at: row.get(20)?,
        updated_at: row.get(21)?,
        indexed_at: row.get(22)?,
    })
}

/// Tags in one column: `|one|other|`.
fn join(tags: &[String]) -> String {
    if tags.is_empty() { String::new() } else { format!("|{}|", tags.join("|")) }
}

fn split(tags: &str) -> Vec<String> {
    tags.split('|').filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// When what is due at once is due: claims go by the database's clock, which may be behind a server's.
const AT_ONCE: Timestamp = Timestamp::from_micros(0);

/// Everything in a base is to be looked at again.
pub(super) fn queue_all(tx: &Tx<'_>, base: KnowledgeBaseId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE knowledge_documents SET state = 'queued', epoch = epoch + 1, owner = NULL, due_at = ?2,
           attempts = 0, code = NULL, message = NULL WHERE base = ?1",
        params![base, AT_ONCE],
    )?;
    tx.notify()
}

/// Who may see a document, replaced.
fn set_readers(
    tx: &Tx<'_>,
    document: DocumentId,
    readers: Option<&[String]>,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM knowledge_readers WHERE document = ?1", params![document])?;
    for reader in readers.unwrap_or_default() {
        tx.execute(
            "INSERT INTO knowledge_readers (document, reader) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![document, reader],
        )?;
    }
    Ok(())
}

fn by_name(
    reader: &Reader<'_>,
    base: KnowledgeBaseId,
    name: &str,
) -> Result<Option<Document>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM knowledge_documents d WHERE d.base = ?1 AND d.name = ?2");
    reader.first(&sql, params![base, name], read)
}

impl Store {
    /// Adds a document or replaces the one of its name, and queues it; with bytes that it has already and
    /// the same about it, nothing is done. Gives the document, and whether anything is to be done.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the base is gone, [`StoreError::Conflict`] when it is full.
    pub async fn put_document(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        new: DocumentId,
        about: About,
        bytes: Option<(Vec<u8>, Vec<u8>)>,
        at: Timestamp,
    ) -> Result<(Document, bool), StoreError> {
        let name = about.name.clone();
        let there = self.read(move |reader| by_name(reader, base, &name)).await?;
        let unchanged = there.as_ref().is_some_and(|there| {
            bytes.as_ref().is_some_and(|(hash, _)| there.hash.as_ref() == Some(hash))
                && matches!(there.state, State::Ready | State::Indexing | State::Queued)
        });
        let id = there.as_ref().map_or(new, |there| there.id);
        let version = there.as_ref().map_or(0, |there| there.version) + i64::from(!unchanged);
        let (hash, size) = match (&bytes, &there) {
            (Some((hash, bytes)), _) => (Some(hash.clone()), bytes.len()),
            (None, _) => (None, 0),
        };
        if let Some((_, bytes)) = bytes.filter(|_| !unchanged) {
            self.keep_parts(id, version, bytes, at).await?;
        }
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        self.write(move |tx| {
            let reader = tx.reader();
            let sql = "SELECT 1 FROM knowledge_bases WHERE workspace = ?1 AND id = ?2";
            if !reader.exists(sql, params![scope.workspace, base])? {
                return Err(StoreError::NotFound("the knowledge base".to_owned()));
            }
            let dated = about.dated_at.unwrap_or(at);
            let (tags, restricted) = (join(&about.tags), about.readers.is_some());
            if unchanged {
                tx.execute(
                    "UPDATE knowledge_documents SET title = ?2, source = ?3, tags = ?4, restricted = ?5,
                       dated_at = coalesce(?6, dated_at) WHERE id = ?1",
                    params![id, &about.title, &about.source, tags, restricted, about.dated_at],
                )?;
            } else {
                let count: Option<u32> = reader.first(
                    "SELECT count(*) FROM knowledge_documents WHERE base = ?1",
                    params![base],
                    |row| row.get(0),
                )?;
                if count.unwrap_or(0) >= MOST {
                    let text = format!("a knowledge base has at most {MOST} documents");
                    return Err(StoreError::Conflict(text));
                }
                tx.execute(
                    "INSERT INTO knowledge_documents (id, workspace, base, name, title, kind, source,
                       tags, restricted, dated_at, hash, version, size, state, epoch, due_at, attempts,
                       done, total, embedded, created_at, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'queued', 0, ?15, 0,
                       0, 0, 0, ?14, ?14)
                     ON CONFLICT (base, name) DO UPDATE SET title = excluded.title,
                       kind = excluded.kind, source = excluded.source, tags = excluded.tags,
                       restricted = excluded.restricted, dated_at = excluded.dated_at,
                       hash = excluded.hash, version = excluded.version, size = excluded.size,
                       state = 'queued', epoch = knowledge_documents.epoch + 1, owner = NULL,
                       due_at = excluded.due_at, attempts = 0, code = NULL, message = NULL,
                       updated_at = excluded.updated_at",
                    params![
                        id,
                        scope.workspace,
                        base,
                        &about.name,
                        &about.title,
                        &about.kind,
                        &about.source,
                        tags,
                        restricted,
                        dated,
                        hash.as_ref(),
                        version,
                        size,
                        at,
                        AT_ONCE
                    ],
                )?;
                tx.execute(
                    "DELETE FROM knowledge_parts WHERE document = ?1 AND version < ?2",
                    params![id, version],
                )?;
            }
            set_readers(tx, id, about.readers.as_deref())?;
            tx.notify()?;
            let there = by_name(&tx.reader(), base, &about.name)?;
            let there = there.ok_or_else(|| StoreError::NotFound("the document".to_owned()))?;
            if there.id != id {
                // Its bytes are under the other id: undone, with all of this.
                let text = format!("`{}` is being added by somebody else at this moment", about.name);
                return Err(StoreError::Conflict(text));
            }
            Ok((there, !unchanged))
        })
        .await
    }

    /// Writes the bytes of a version, a piece at a time.
    pub async fn keep_parts(
        &self,
        document: DocumentId,
        version: i64,
        bytes: Vec<u8>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for (part, piece) in (0_u32..).zip(bytes.chunks(PIECE)) {
            let piece = piece.to_vec();
            self.write(move |tx| {
                tx.execute(
                    "INSERT INTO knowledge_parts (document, version, part, bytes, at)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (document, version, part) DO UPDATE SET bytes = excluded.bytes",
                    params![document, version, part, &piece, at],
                )
                .map(drop)
            })
            .await?;
        }
        Ok(())
    }

    /// A document's bytes.
    pub async fn document_bytes(
        &self,
        document: DocumentId,
        version: i64,
    ) -> Result<Vec<u8>, StoreError> {
        self.read(move |reader| {
            let parts = reader.query(
                "SELECT bytes FROM knowledge_parts WHERE document = ?1 AND version = ?2 ORDER BY part",
                params![document, version],
                |row| row.get::<Vec<u8>>(0),
            )?;
            Ok(parts.concat())
        })
        .await
    }

    /// A page of documents, by id.
    pub async fn documents(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
        after: Option<DocumentId>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {COLUMNS} FROM knowledge_documents d
                 WHERE d.workspace = ?1 AND d.base = ?2 AND d.id > ?3 ORDER BY d.id LIMIT ?4"
            );
            let after = after.unwrap_or(DocumentId::from_bytes([0; 16]));
            reader.query(&sql, params![scope.workspace, base, after, limit], read)
        })
        .await
    }

    pub async fn document(
        &self,
        scope: Scope,
        id: DocumentId,
    ) -> Result<Option<Document>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {COLUMNS} FROM knowledge_documents d WHERE d.workspace = ?1 AND d.id = ?2"
            );
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }

    /// Who may see a restricted document.
    pub async fn document_readers(&self, id: DocumentId) -> Result<Vec<String>, StoreError> {
        self.read(move |reader| {
            let sql = "SELECT reader FROM knowledge_readers WHERE document = ?1 ORDER BY reader";
            reader.query(sql, params![id], |row| row.get(0))
        })
        .await
    }

    /// Removes a document with its passages; whether there was one.
    pub async fn remove_document(&self, scope: Scope, id: DocumentId) -> Result<bool, StoreError> {
        let Some(there) = self.document(scope, id).await? else { return Ok(false) };
        self.clear_document(there.base, id).await?;
        Ok(true)
    }

    /// Stops the work on a document; what is indexed of it stays. Whether there was work.
    pub async fn cancel_document(&self, scope: Scope, id: DocumentId) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE knowledge_documents SET state = 'cancelled', epoch = epoch + 1, owner = NULL
                 WHERE workspace = ?1 AND id = ?2 AND state IN ('queued', 'indexing')",
                params![scope.workspace, id],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// Has a document looked at anew; whether there is one.
    pub async fn reindex_document(&self, scope: Scope, id: DocumentId) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE knowledge_documents SET state = 'queued', epoch = epoch + 1, owner = NULL,
                   due_at = ?3, attempts = 0, code = NULL, message = NULL
                 WHERE workspace = ?1 AND id = ?2",
                params![scope.workspace, id, AT_ONCE],
            )?;
            tx.notify()?;
            Ok(changed == 1)
        })
        .await
    }
}
