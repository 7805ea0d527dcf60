//! Connections: who we are to another service. The secret fields come sealed and leave sealed; this
//! module cannot read them.

use codex32_model::Scope;
use codex32_model::ids::{ConnectionId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use indexmap::IndexMap;

use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row};

#[derive(Clone, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    pub name: String,
    pub connector: String,
    /// Which of the connector's kinds of credentials it holds.
    pub kind: String,
    /// The fields that are no secret.
    pub public: IndexMap<String, Value>,
    /// The others, encrypted.
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When a test of it last succeeded.
    pub tested_at: Option<Timestamp>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("connector", &self.connector)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str =
    "id, name, connector, kind, public, sealed, created_at, updated_at, tested_at";

fn read(row: &Row<'_>) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: row.get(0)?,
        name: row.get(1)?,
        connector: row.get(2)?,
        kind: row.get(3)?,
        public: row.json(4)?,
        sealed: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        tested_at: row.get(8)?,
    })
}

fn missing(name: &str) -> StoreError {
    StoreError::NotFound(format!("the connection `{name}`"))
}

impl Store {
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub async fn add_connection(
        &self,
        scope: Scope,
        connection: Connection,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let taken: Option<i64> = tx.reader().first(
                "SELECT 1 FROM connections WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &connection.name],
                |row| row.get(0),
            )?;
            if taken.is_some() {
                return Err(StoreError::Conflict(format!(
                    "there is a connection `{}` already; remove it first, or choose another name",
                    connection.name
                )));
            }
            tx.execute(
                "INSERT INTO connections (id, workspace, name, connector, kind, public, sealed,
                   created_at, updated_at, tested_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    connection.id,
                    scope.workspace,
                    &connection.name,
                    &connection.connector,
                    &connection.kind,
                    serde_json::to_string(&connection.public)?,
                    connection.sealed.clone(),
                    connection.created_at,
                    connection.updated_at,
                    connection.tested_at
                ],
            )
            .map(drop)
        })
        .await
    }

    /// A page of connections, by name.
    pub async fn connections(
        &self,
        scope: Scope,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<Connection>, StoreError> {
        self.read(move |reader| {
            let sql = format!(
                "SELECT {COLUMNS} FROM connections WHERE workspace = ?1 AND name > ?2
                 ORDER BY name LIMIT ?3"
            );
            let after = after.clone().unwrap_or_default();
            reader.query(&sql, params![scope.workspace, after, limit.clamp(1, 1_000)], read)
        })
        .await
    }

    pub async fn connection(
        &self,
        workspace: WorkspaceId,
        name: String,
    ) -> Result<Option<Connection>, StoreError> {
        self.read(move |reader| {
            let sql =
                format!("SELECT {COLUMNS} FROM connections WHERE workspace = ?1 AND name = ?2");
            reader.first(&sql, params![workspace, &name], read)
        })
        .await
    }

    /// Puts the connection in place of the one of that name, if that is still as it was at `seen`.
    /// False when somebody else has changed or removed it since.
    pub async fn replace_connection(
        &self,
        workspace: WorkspaceId,
        connection: Connection,
        seen: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE connections SET public = ?4, sealed = ?5, updated_at = ?6, tested_at = ?7
                 WHERE workspace = ?1 AND id = ?2 AND updated_at = ?3",
                params![
                    workspace,
                    connection.id,
                    seen,
                    serde_json::to_string(&connection.public)?,
                    connection.sealed.clone(),
                    connection.updated_at,
                    connection.tested_at
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }

    /// Records that a test of the connection succeeded.
    pub async fn connection_tested(
        &self,
        scope: Scope,
        name: String,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            let changed = tx.execute(
                "UPDATE connections SET tested_at = ?3 WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name, at],
            )?;
            if changed == 1 { Ok(()) } else { Err(missing(&name)) }
        })
        .await
    }

    /// # Errors
    /// [`StoreError::Conflict`] while the live version of a bot is bound to it.
    pub async fn remove_connection(&self, scope: Scope, name: String) -> Result<(), StoreError> {
        self.write(move |tx| {
            let users = bound_to(&tx.reader(), scope.workspace, &name)?;
            if !users.is_empty() {
                return Err(StoreError::Conflict(format!(
                    "the connection `{name}` is used by {}; deploy them without it, or withdraw \
                     them, first",
                    users.join(", ")
                )));
            }
            let changed = tx.execute(
                "DELETE FROM connections WHERE workspace = ?1 AND name = ?2",
                params![scope.workspace, &name],
            )?;
            if changed == 1 { Ok(()) } else { Err(missing(&name)) }
        })
        .await
    }
}

/// Names of the bots whose live version is bound to the connection.
fn bound_to(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    connection: &str,
) -> Result<Vec<String>, StoreError> {
    let bots = reader.query(
        "SELECT b.name, v.bindings FROM bots b JOIN versions v ON v.bot = b.id AND v.version = b.version
         WHERE b.workspace = ?1 AND b.state <> 'withdrawn' ORDER BY b.name",
        params![workspace],
        |row| Ok((row.get::<String>(0)?, row.json::<IndexMap<String, String>>(1)?)),
    )?;
    Ok(bots
        .into_iter()
        .filter(|(_, bindings)| bindings.values().any(|bound| bound == connection))
        .map(|(name, _)| format!("`{name}`"))
        .collect())
}
