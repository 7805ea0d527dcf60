//! Events: written in the transaction that causes them, read in order by the dispatcher.

use codex32_model::Scope;
use codex32_model::ids::{EventId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use crate::entry::NewEvent;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;
use crate::sql::{Reader, Row, Tx};

/// A stored event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its number. Those of two servers may be committed in another order: see [`Cursor`].
    pub seq: i64,
    pub tx: i64,
    pub id: EventId,
    pub workspace: WorkspaceId,
    pub kind: String,
    pub source: String,
    pub data: Value,
    pub key: Option<String>,
    pub hops: u32,
    pub at: Timestamp,
}

impl Event {
    /// As expressions see it: `{id, type, time, source, data}`.
    pub fn to_value(&self) -> Value {
        Value::object([
            ("id", Value::from(self.id.to_string())),
            ("type", Value::from(self.kind.as_str())),
            ("time", Value::from(self.at.to_string())),
            ("source", Value::from(self.source.as_str())),
            ("key", Value::from(self.key.as_deref())),
            ("data", self.data.clone()),
        ])
    }
}

/// A place in the order in which events are dispatched: the transaction that wrote the event, then the
/// event's number. On SQLite all transactions are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cursor {
    pub tx: i64,
    pub seq: i64,
}

pub(crate) const COLUMNS: &str =
    "e.seq, e.id, e.workspace, e.type, e.source, e.data, e.key, e.hops, e.at, e.tx";

pub(crate) fn read(row: &Row<'_>) -> Result<Event, StoreError> {
    Ok(Event {
        seq: row.get(0)?,
        id: row.get(1)?,
        workspace: row.get(2)?,
        kind: row.get(3)?,
        source: row.get(4)?,
        data: row.json(5)?,
        key: row.get(6)?,
        hops: row.get(7)?,
        at: row.get(8)?,
        tx: row.get(9)?,
    })
}

pub(crate) fn by_number(
    reader: &Reader<'_>,
    workspace: WorkspaceId,
    seq: i64,
) -> Result<Option<Event>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events e WHERE workspace = ?1 AND seq = ?2");
    reader.first(&sql, params![workspace, seq], read)
}

pub(crate) fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    event: &NewEvent,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO events (id, workspace, type, source, data, key, hops, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            event.id,
            workspace,
            &event.kind,
            &event.source,
            event.data.to_json(),
            event.key.clone(),
            event.hops,
            event.at
        ],
    )?;
    tx.notify()
}

impl Store {
    /// Records an event that comes from outside.
    pub async fn emit(&self, scope: Scope, event: NewEvent) -> Result<(), StoreError> {
        self.write(move |tx| insert(tx, scope.workspace, &event)).await
    }

    /// Events after a place, in order, of all workspaces: the dispatcher's page. None of them can be
    /// followed by one that comes before it.
    pub async fn all_events_after(
        &self,
        after: Cursor,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.read(move |reader| {
            // Transactions below the oldest that still runs: those above may be overtaken.
            let settled = reader
                .dialect()
                .choose("", "AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
            reader.query(
                &format!(
                    "SELECT {COLUMNS} FROM events e WHERE (tx, seq) > (?1, ?2) {settled}
                     ORDER BY tx, seq LIMIT ?3"
                ),
                params![after.tx, after.seq, limit],
                read,
            )
        })
        .await
    }

    /// Events of one type since a time and after a number, oldest first: for a wait that has just been
    /// set.
    pub async fn events_since(
        &self,
        workspace: WorkspaceId,
        kind: String,
        since: Timestamp,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.read(move |reader| {
            reader.query(
                &format!(
                    "SELECT {COLUMNS} FROM events e WHERE workspace = ?1 AND type = ?2 AND at >= ?3
                       AND seq > ?4 ORDER BY seq LIMIT ?5"
                ),
                params![workspace, &kind, since, after, limit],
                read,
            )
        })
        .await
    }

    /// A page of a workspace's events, newest first.
    pub async fn events(
        &self,
        scope: Scope,
        kind: Option<String>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        self.read(move |reader| {
            let mut sql = format!("SELECT {COLUMNS} FROM events e WHERE workspace = ?1");
            if kind.is_some() {
                sql.push_str(" AND type = ?2");
            }
            if before.is_some() {
                sql.push_str(" AND seq < ?3");
            }
            sql.push_str(" ORDER BY seq DESC LIMIT ?4");
            reader.query(
                &sql,
                params![scope.workspace, kind.clone(), before, limit.clamp(1, 201)],
                read,
            )
        })
        .await
    }

    /// An event by its id.
    pub async fn event(&self, scope: Scope, id: EventId) -> Result<Option<Event>, StoreError> {
        self.read(move |reader| {
            let sql =
                format!("SELECT {COLUMNS} FROM events e WHERE e.workspace = ?1 AND e.id = ?2");
            reader.first(&sql, params![scope.workspace, id], read)
        })
        .await
    }

    /// Runs that wait for events of a type: (run, address).
    pub async fn waits(
        &self,
        workspace: WorkspaceId,
        kind: String,
    ) -> Result<Vec<(RunId, String)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT run, address FROM waits WHERE workspace = ?1 AND event = ?2 ORDER BY run",
                params![workspace, &kind],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
        .await
    }

    /// Up to which event the named reader has come.
    pub async fn cursor(&self, name: &'static str) -> Result<Cursor, StoreError> {
        let cursor = self
            .read(move |reader| {
                reader.first("SELECT tx, seq FROM cursors WHERE name = ?1", params![name], |row| {
                    Ok(Cursor { tx: row.get(0)?, seq: row.get(1)? })
                })
            })
            .await?;
        Ok(cursor.unwrap_or_default())
    }

    /// Moves the named reader on. It never goes back.
    pub async fn set_cursor(&self, name: &'static str, to: Cursor) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO cursors (name, tx, seq) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET tx = excluded.tx, seq = excluded.seq
                   WHERE (cursors.tx, cursors.seq) < (excluded.tx, excluded.seq)",
                params![name, to.tx, to.seq],
            )
            .map(drop)
        })
        .await
    }
}
