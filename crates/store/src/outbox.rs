//! Mail that the built-in `outbox` connection keeps instead of sending.

use codex32_model::Scope;
use codex32_model::ids::{MailId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::Row;

/// A kept mail.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: MailId,
    /// The idempotency key of the step that sent it.
    pub key: String,
    /// `{from, to, cc, subject, text, html, …}` as the step gave it.
    pub mail: Value,
    pub at: Timestamp,
}

const COLUMNS: &str = "id, key, mail, at";

fn read(row: &Row<'_>) -> Result<Mail, StoreError> {
    Ok(Mail { id: row.get(0)?, key: row.get(1)?, mail: row.json(2)?, at: row.get(3)? })
}

impl Store {
    /// Keeps a mail. A key that was kept before changes nothing and gives the mail's id of then.
    pub async fn keep_mail(
        &self,
        workspace: WorkspaceId,
        mail: Mail,
    ) -> Result<MailId, StoreError> {
        self.write(move |tx| {
            let kept: Option<MailId> = tx.reader().first(
                "SELECT id FROM outbox WHERE workspace = ?1 AND key = ?2",
                params![workspace, &mail.key],
                |row| row.get(0),
            )?;
            if let Some(id) = kept {
                return Ok(id);
            }
            tx.execute(
                "INSERT INTO outbox (id, workspace, key, mail, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![mail.id, workspace, &mail.key, mail.mail.to_json(), mail.at],
            )?;
            Ok(mail.id)
        })
        .await
    }

    /// A page of kept mail, newest first.
    pub async fn mails(
        &self,
        scope: Scope,
        before: Option<MailId>,
        limit: u32,
    ) -> Result<Vec<Mail>, StoreError> {
        self.read(move |reader| {
            let mut sql = format!("SELECT {COLUMNS} FROM outbox WHERE workspace = ?1");
            if before.is_some() {
                sql.push_str(" AND id < ?2");
            }
            sql.push_str(" ORDER BY id DESC LIMIT ?3");
            reader.query(&sql, params![scope.workspace, before, limit.clamp(1, 201)], read)
        })
        .await
    }

    pub async fn mail(&self, scope: Scope, id: MailId) -> Result<Option<Mail>, StoreError> {
        self.read(move |reader| {
            let sql = format!("SELECT {COLUMNS} FROM outbox WHERE workspace = ?1 AND id = ?2");
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }
}
