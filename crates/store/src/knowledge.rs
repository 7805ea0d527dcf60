//! Knowledge: bases of documents, their passages, and what is to be done with them. What a passage is
//! and how it is embedded is decided in the crate `knowledge`; here it is kept, claimed and found.
//!
//! Invariant: whoever works on a document has claimed it, and every change names the claim's epoch; one
//! that was claimed by somebody else meanwhile is changed no more by the first.

pub mod documents;
pub mod indexing;
pub mod search;

use codex32_model::Scope;
use codex32_model::ids::{DocumentId, KnowledgeBaseId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

/// Most bases of a workspace.
const MOST: u32 = 1_000;
/// Passages that are deleted in one transaction.
const ROWS: u32 = 500;

/// Documents that are searched together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    pub id: KnowledgeBaseId,
    pub name: String,
    pub description: String,
    /// Whose words are stemmed; `none` for none.
    pub language: String,
    /// Who embeds: `built-in`, or a named model.
    pub model: String,
    /// Rises with every change of its passages.
    pub revision: i64,
    pub created_at: Timestamp,
}

/// What a base holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holds {
    pub documents: u32,
    pub ready: u32,
    pub failed: u32,
    pub chunks: u32,
}

const COLUMNS: &str = "id, name, description, language, model, revision, created_at";

fn read(row: &Row<'_>) -> Result<Base, StoreError> {
    Ok(Base {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        language: row.get(3)?,
        model: row.get(4)?,
        revision: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// The passages of a base are others now.
fn revise(tx: &Tx<'_>, base: KnowledgeBaseId) -> Result<(), StoreError> {
    let sql = "UPDATE knowledge_bases SET revision = revision + 1 WHERE id = ?1";
    tx.execute(sql, params![base]).map(drop)
}

impl Store {
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken or there are too many.
    pub async fn add_base(&self, scope: Scope, base: Base) -> Result<(), StoreError> {
        self.write(move |tx| {
            let workspace = scope.workspace;
            tx.lock(&format!("knowledge:{workspace}"))?;
            let count: Option<u32> = tx.reader().first(
                "SELECT count(*) FROM knowledge_bases WHERE workspace = ?1",
                params![workspace],
                |row| row.get(0),
            )?;
            if count.unwrap_or(0) >= MOST {
                let text = format!("a workspace has at most {MOST} knowledge bases");
                return Err(StoreError::Conflict(text));
            }
            let added = tx.execute(
                "INSERT INTO knowledge_bases (id, workspace, name, description, language, model,
                   revision, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)
                 ON CONFLICT (workspace, name) DO NOTHING",
                params![
                    base.id,
                    workspace,
                    &base.name,
                    &base.description,
                    &base.language,
                    &base.model,
                    base.created_at
                ],
            )?;
            if added == 0 {
                let text = format!("there is a knowledge base `{}` already", base.name);
                return Err(StoreError::Conflict(text));
            }
            Ok(())
        })
        .await
    }

    /// All bases with what they hold, by name.
    pub async fn bases(&self, scope: Scope) -> Result<Vec<(Base, Holds)>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {COLUMNS},
                   (SELECT count(*) FROM knowledge_documents d WHERE d.base = b.id),
                   (SELECT count(*) FROM knowledge_documents d WHERE d.base = b.id
                      AND d.state = 'ready'),
                   (SELECT count(*) FROM knowledge_documents d WHERE d.base = b.id
                      AND d.state = 'failed'),
                   (SELECT CAST(coalesce(sum(d.done), 0) AS bigint) FROM knowledge_documents d
                      WHERE d.base = b.id)
                 FROM knowledge_bases b WHERE workspace = ?1 ORDER BY name"
            );
            reader.query(&sql, params![scope.workspace], |row| {
                let holds = Holds {
                    documents: row.get(7)?,
                    ready: row.get(8)?,
                    failed: row.get(9)?,
                    chunks: row.get(10)?,
                };
                Ok((read(row)?, holds))
            })
        })
        .await
    }

    pub async fn base(&self, scope: Scope, name: String) -> Result<Option<Base>, StoreError> {
        self.read(move |reader| {
            let sql =
                format!("SELECT {COLUMNS} FROM knowledge_bases WHERE workspace = ?1 AND name = ?2");
            reader.first(&sql, params![scope.workspace, &name], read)
        })
        .await
    }

    /// Changes what a base is called for and who embeds; a change of language or model has everything
    /// indexed anew.
    pub async fn change_base(&self, scope: Scope, base: Base) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE knowledge_bases SET description = ?3, language = ?4, model = ?5
                 WHERE workspace = ?1 AND id = ?2",
                params![scope.workspace, base.id, &base.description, &base.language, &base.model],
            )?;
            if changed == 1 {
                documents::queue_all(tx, base.id)?;
            }
            Ok(changed == 1)
        })
        .await
    }

    /// Has every document of a base looked at anew.
    pub async fn reindex_base(
        &self,
        scope: Scope,
        base: KnowledgeBaseId,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let sql = "SELECT 1 FROM knowledge_bases WHERE workspace = ?1 AND id = ?2";
            if tx.reader().exists(sql, params![scope.workspace, base])? {
                documents::queue_all(tx, base)?;
            }
            Ok(())
        })
        .await
    }

    /// Removes a base with all that is in it; whether there was one. Its name is gone at once, its
    /// documents a little at a time.
    pub async fn remove_base(&self, scope: Scope, name: String) -> Result<bool, StoreError> {
        let Some(base) = self.base(scope, name).await? else { return Ok(false) };
        let documents = self
            .write(move |tx| {
                let sql = "DELETE FROM knowledge_bases WHERE workspace = ?1 AND id = ?2";
                tx.execute(sql, params![scope.workspace, base.id])?;
                tx.reader().query(
                    "SELECT id FROM knowledge_documents WHERE base = ?1",
                    params![base.id],
                    |row| row.get::<DocumentId>(0),
                )
            })
            .await?;
        for document in documents {
            self.clear_document(base.id, document).await?;
        }
        Ok(true)
    }

    /// Removes a document's passages and pieces in small transactions, then itself.
    pub(crate) async fn clear_document(
        &self,
        base: KnowledgeBaseId,
        document: DocumentId,
    ) -> Result<(), StoreError> {
        // Nobody works on it from here on.
        self.write(move |tx| {
            tx.execute(
                "UPDATE knowledge_documents SET state = 'cancelled', epoch = epoch + 1, owner = NULL
                 WHERE base = ?1 AND id = ?2",
                params![base, document],
            )
        })
        .await?;
        loop {
            let gone = self
                .write(move |tx| {
                    let gone = tx.execute(
                        "DELETE FROM knowledge_chunks WHERE number IN
                           (SELECT number FROM knowledge_chunks WHERE document = ?1 LIMIT ?2)",
                        params![document, ROWS],
                    )?;
                    if gone == 0 {
                        for table in ["knowledge_readers", "knowledge_parts"] {
                            let sql = format!("DELETE FROM {table} WHERE document = ?1");
                            tx.execute(&sql, params![document])?;
                        }
                        let sql = "DELETE FROM knowledge_documents WHERE base = ?1 AND id = ?2";
                        tx.execute(sql, params![base, document])?;
                    }
                    revise(tx, base)?;
                    Ok(gone)
                })
                .await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }
}
