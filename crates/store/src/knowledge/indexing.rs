//! Work on documents: claimed, done in batches, resumed by whoever comes after a death.

use std::time::Duration;

use codex32_model::ids::{DocumentId, KnowledgeBaseId, NodeId, WorkspaceId};
use codex32_model::time::Timestamp;

use super::documents::{self, Document};
use super::{Base, read, revise};
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Param, Tx};

/// A document that is worked on, under its epoch.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub workspace: WorkspaceId,
    pub base: Base,
    pub document: Document,
}

/// A passage that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    pub number: i64,
    pub position: u32,
    pub hash: Vec<u8>,
    pub model: String,
}

/// A passage that is new, embedded.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub position: u32,
    pub hash: Vec<u8>,
    pub model: String,
    pub vector: Vec<u8>,
    pub heading: String,
    pub text: String,
    pub terms: String,
}

/// What came of the work on a document.
#[derive(Debug, Clone)]
pub enum Ended {
    Ready {
        title: String,
        kind: String,
    },
    /// It is tried again.
    Later {
        at: Timestamp,
        code: String,
        message: String,
    },
    Failed {
        code: String,
        message: String,
    },
}

/// Extends the claim; whether it still holds.
fn hold(
    tx: &Tx<'_>,
    of: &Document,
    until: Timestamp,
    (done, total, embedded): (u32, u32, u32),
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE knowledge_documents SET due_at = ?3, done = ?4, total = ?5, embedded = embedded + ?6
         WHERE id = ?1 AND epoch = ?2 AND state = 'indexing'",
        params![of.id, of.epoch, until, done, total, embedded],
    )?;
    Ok(changed == 1)
}

impl Store {
    /// What a server of this folder left in the middle is free. Others' claims on PostgreSQL end by
    /// themselves.
    pub async fn all_release_documents(&self) -> Result<(), StoreError> {
        if self.is_shared() {
            return Ok(());
        }
        self.write(|tx| {
            tx.execute(
                "UPDATE knowledge_documents SET state = 'queued', due_at = 0, epoch = epoch + 1
                 WHERE state = 'indexing'",
                &[],
            )
            .map(drop)
        })
        .await
    }

    /// Claims the next document, for `lease`.
    pub async fn all_claim_document(
        &self,
        node: NodeId,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Claimed>, StoreError> {
        let clock = self.lease_clock(now);
        self.write(move |tx| {
            let now = clock.now(&tx.reader())?;
            let skip = tx.dialect().choose("", " FOR UPDATE SKIP LOCKED");
            let due: Option<DocumentId> = tx.reader().first(
                &format!(
                    "SELECT id FROM knowledge_documents
                     WHERE state IN ('queued', 'indexing') AND due_at <= ?1
                     ORDER BY due_at, id LIMIT 1{skip}"
                ),
                params![now],
                |row| row.get(0),
            )?;
            let Some(id) = due else { return Ok(None) };
            tx.execute(
                "UPDATE knowledge_documents SET state = 'indexing', epoch = epoch + 1, owner = ?2,
                   due_at = ?3 WHERE id = ?1",
                params![id, node, now.plus(lease)],
            )?;
            let sql =
                format!("SELECT {} FROM knowledge_documents d WHERE d.id = ?1", documents::COLUMNS);
            let document = tx.reader().first(&sql, params![id], documents::read)?;
            let Some(document) = document else { return Ok(None) };
            let sql =
                format!("SELECT {}, workspace FROM knowledge_bases WHERE id = ?1", super::COLUMNS);
            let found = tx
                .reader()
                .first(&sql, params![document.base], |row| Ok((read(row)?, row.get(7)?)))?;
            let Some((base, workspace)) = found else {
                // Its base is being removed.
                tx.execute(
                    "UPDATE knowledge_documents SET state = 'cancelled' WHERE id = ?1",
                    params![id],
                )?;
                return Ok(None);
            };
            Ok(Some(Claimed { workspace, base, document }))
        })
        .await
    }

    /// When the next document is due.
    pub async fn all_next_document(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|reader| {
            reader.first(
                "SELECT min(due_at) FROM knowledge_documents WHERE state IN ('queued', 'indexing')",
                &[],
                |row| row.get(0),
            )
        })
        .await
        .map(Option::flatten)
    }

    /// The passages of a document that are there.
    pub async fn chunks_there(&self, document: DocumentId) -> Result<Vec<There>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT number, position, hash, model FROM knowledge_chunks WHERE document = ?1
                 ORDER BY position, number",
                params![document],
                |row| {
                    Ok(There {
                        number: row.get(0)?,
                        position: row.get(1)?,
                        hash: row.get(2)?,
                        model: row.get(3)?,
                    })
                },
            )
        })
        .await
    }

    /// What was fetched of a document: its bytes are kept before. Whether the claim still holds.
    pub async fn document_fetched(
        &self,
        of: Document,
        (version, hash, size): (i64, Vec<u8>, i64),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE knowledge_documents SET version = ?3, hash = ?4, size = ?5, updated_at = ?6,
                   dated_at = ?6 WHERE id = ?1 AND epoch = ?2 AND state = 'indexing'",
                params![of.id, of.epoch, version, &hash, size, at],
            )?;
            tx.execute(
                "DELETE FROM knowledge_parts WHERE document = ?1 AND version < ?2",
                params![of.id, version],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// Adds passages with how far it is, in one transaction; whether the claim still holds. `lease` goes
    /// on from `now`.
    pub async fn add_chunks(
        &self,
        of: Document,
        chunks: Vec<Chunk>,
        (done, total): (u32, u32),
        lease: Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let clock = self.lease_clock(now);
        self.write(move |tx| {
            let until = clock.now(&tx.reader())?.plus(lease);
            let new = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
            if !hold(tx, &of, until, (done, total, new))? {
                return Ok(false);
            }
            for chunk in &chunks {
                tx.execute(
                    "DELETE FROM knowledge_chunks WHERE document = ?1 AND hash = ?2",
                    params![of.id, &chunk.hash],
                )?;
                tx.execute(
                    "INSERT INTO knowledge_chunks (base, document, position, hash, model, vector,
                       heading, text, terms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    params![
                        of.base,
                        of.id,
                        chunk.position,
                        &chunk.hash,
                        &chunk.model,
                        &chunk.vector,
                        &chunk.heading,
                        &chunk.text,
                        &chunk.terms
                    ],
                )?;
            }
            if !chunks.is_empty() {
                revise(tx, of.base)?;
            }
            Ok(true)
        })
        .await
    }

    /// Puts passages that stayed where they are now, and removes those that are gone; whether the claim
    /// still holds.
    pub async fn move_chunks(
        &self,
        of: Document,
        moved: Vec<(i64, u32)>,
        gone: Vec<i64>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let clock = self.lease_clock(now);
        self.write(move |tx| {
            let until = clock.now(&tx.reader())?.plus(lease);
            if !hold(tx, &of, until, (of.done, of.total, 0))? {
                return Ok(false);
            }
            for (number, position) in &moved {
                tx.execute(
                    "UPDATE knowledge_chunks SET position = ?3 WHERE document = ?1 AND number = ?2",
                    params![of.id, *number, *position],
                )?;
            }
            for number in &gone {
                tx.execute(
                    "DELETE FROM knowledge_chunks WHERE document = ?1 AND number = ?2",
                    params![of.id, *number],
                )?;
            }
            revise(tx, of.base)?;
            Ok(true)
        })
        .await
    }

    /// Ends the work on a document; whether the claim still held.
    pub async fn end_document(
        &self,
        of: Document,
        ended: Ended,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = match &ended {
                Ended::Ready { title, kind } => tx.execute(
                    "UPDATE knowledge_documents SET state = 'ready', owner = NULL, indexed_at = ?3,
                       attempts = 0, code = NULL, message = NULL, kind = ?5,
                       title = CASE WHEN title = '' THEN ?4 ELSE title END
                     WHERE id = ?1 AND epoch = ?2 AND state = 'indexing'",
                    params![of.id, of.epoch, at, title, kind],
                )?,
                Ended::Later { at, code, message } => tx.execute(
                    "UPDATE knowledge_documents SET state = 'queued', owner = NULL, due_at = ?3,
                       attempts = attempts + 1, code = ?4, message = ?5
                     WHERE id = ?1 AND epoch = ?2 AND state = 'indexing'",
                    params![of.id, of.epoch, *at, code, message],
                )?,
                Ended::Failed { code, message } => tx.execute(
                    "UPDATE knowledge_documents SET state = 'failed', owner = NULL,
                       attempts = attempts + 1, code = ?3, message = ?4
                     WHERE id = ?1 AND epoch = ?2 AND state = 'indexing'",
                    params![of.id, of.epoch, code, message],
                )?,
            };
            Ok(changed == 1)
        })
        .await
    }

    /// Removes pieces of documents that never came to be.
    pub async fn all_tidy_parts(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "DELETE FROM knowledge_parts WHERE at < ?1 AND NOT EXISTS (
                   SELECT 1 FROM knowledge_documents d
                   WHERE d.id = knowledge_parts.document AND d.version = knowledge_parts.version)",
                params![before],
            )
            .map(drop)
        })
        .await
    }

    /// How many passages a base has, and how many of them are one document's twice: none, ever.
    pub async fn count_chunks(&self, base: KnowledgeBaseId) -> Result<(u32, u32), StoreError> {
        self.read(move |reader| {
            let found = reader.first(
                "SELECT count(*), count(*) - (SELECT count(*) FROM
                   (SELECT DISTINCT document, position FROM knowledge_chunks WHERE base = ?1) p)
                 FROM knowledge_chunks WHERE base = ?1",
                &[Param::from(base)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(found.unwrap_or((0, 0)))
        })
        .await
    }
}
