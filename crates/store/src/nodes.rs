//! Servers on one database: their leases, what they tell each other, and who takes what a gone one left.
//!
//! On SQLite there is one server: opening the folder ends the leases of those before it, and nobody
//! else is ever told anything.

use std::time::Duration;

use codex32_model::ids::{NodeId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;

use crate::error::StoreError;
use crate::events::Event;
use crate::open::Store;
use crate::params;
use crate::sql::{Row, Tx};

/// A server, as the others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    /// Of the machine, for people.
    pub name: String,
    pub version: String,
    /// `api`, `worker`, `scheduler`, with commas.
    pub roles: String,
    /// Runs in its memory.
    pub active: u32,
    pub started_at: Timestamp,
    /// When it renewed its lease last, by the database's clock.
    pub seen_at: Timestamp,
}

/// News for a run that this server has, or may take.
#[derive(Debug, Clone)]
pub struct News {
    pub number: i64,
    pub workspace: WorkspaceId,
    pub run: RunId,
    /// The event that happened; none: a child ended, somebody cancels, a timer is due.
    pub event: Option<Event>,
}

const NODE: &str = "id, name, version, roles, active, started_at, seen_at";

fn read(row: &Row<'_>) -> Result<Node, StoreError> {
    Ok(Node {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        roles: row.get(3)?,
        active: row.get(4)?,
        started_at: row.get(5)?,
        seen_at: row.get(6)?,
    })
}

/// Who changed a bot says so to the other servers.
pub(crate) fn bots_changed(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE changes SET number = number + 1 WHERE name = 'bots'", &[])?;
    tx.notify()
}

impl Store {
    /// Begins a lease.
    pub async fn register_node(&self, node: Node) -> Result<(), StoreError> {
        let (clock, shared) = (self.lease_clock(node.seen_at), self.is_shared());
        self.write(move |tx| {
            if !shared {
                tx.execute("DELETE FROM nodes", &[])?;
            }
            let seen_at = clock.now(&tx.reader())?;
            tx.execute(
                "INSERT INTO nodes (id, name, version, roles, active, started_at, seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    node.id,
                    &node.name,
                    &node.version,
                    &node.roles,
                    node.active,
                    node.started_at,
                    seen_at
                ],
            )
            .map(drop)
        })
        .await
    }

    /// Renews a lease, and ends those that were not renewed within `lease`. Whether this one still
    /// was there: otherwise others may have taken its runs.
    pub async fn renew_node(
        &self,
        node: NodeId,
        active: u32,
        lease: Duration,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (clock, shared) = (self.lease_clock(now), self.is_shared());
        self.write(move |tx| {
            let seen_at = clock.now(&tx.reader())?;
            let renewed = tx.execute(
                "UPDATE nodes SET seen_at = ?2, active = ?3 WHERE id = ?1",
                params![node, seen_at, active],
            )?;
            if shared {
                tx.execute("DELETE FROM nodes WHERE seen_at < ?1", params![seen_at.minus(lease)])?;
            }
            Ok(renewed == 1)
        })
        .await
    }

    /// Takes a server's roles from it, whose lease goes on: it is about to stop.
    pub async fn retire_node(&self, node: NodeId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("UPDATE nodes SET roles = '' WHERE id = ?1", params![node])?;
            tx.notify()
        })
        .await
    }

    /// Ends a lease: others may take the runs at once.
    pub async fn end_node(&self, node: NodeId) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM nodes WHERE id = ?1", params![node])?;
            tx.notify()
        })
        .await
    }

    /// The servers that are there, in order of their start.
    pub async fn all_nodes(&self) -> Result<Vec<Node>, StoreError> {
        self.read(|reader| {
            reader.query(&format!("SELECT {NODE} FROM nodes ORDER BY id"), &[], read)
        })
        .await
    }

    /// What time it is by the clock that leases are renewed by; `now` is the server's.
    pub async fn all_clock(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let clock = self.lease_clock(now);
        self.read(move |reader| clock.now(reader)).await
    }

    /// Counts the changes of bots, by whichever server.
    pub async fn all_bot_changes(&self) -> Result<i64, StoreError> {
        let number = self
            .read(|reader| {
                reader
                    .first("SELECT number FROM changes WHERE name = 'bots'", &[], |row| row.get(0))
            })
            .await?;
        Ok(number.unwrap_or(0))
    }

    /// Leaves news for a run that another server has.
    pub async fn tell(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        event: Option<i64>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO inbox (workspace, run, event) VALUES (?1, ?2, ?3)",
                params![workspace, run, event],
            )?;
            tx.notify()
        })
        .await
    }

    /// News for runs that this server has or that nobody has, in order.
    pub async fn all_news(&self, node: NodeId, limit: u32) -> Result<Vec<News>, StoreError> {
        self.read(move |reader| {
            let rows = reader.query(
                "SELECT i.number, i.workspace, i.run, i.event FROM inbox i
                 LEFT JOIN runs r ON r.workspace = i.workspace AND r.id = i.run
                 WHERE r.ended_at IS NOT NULL OR r.owner IS NULL OR r.owner = ?1
                   OR r.owner NOT IN (SELECT id FROM nodes)
                 ORDER BY i.number LIMIT ?2",
                params![node, limit],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<Option<i64>>(3)?)),
            )?;
            let mut news = Vec::with_capacity(rows.len());
            for (number, workspace, run, seq) in rows {
                let event = match seq {
                    Some(seq) => crate::events::by_number(reader, workspace, seq)?,
                    None => None,
                };
                news.push(News { number, workspace, run, event });
            }
            Ok(news)
        })
        .await
    }

    /// Forgets news that was brought to its run.
    pub async fn drop_news(&self, number: i64) -> Result<(), StoreError> {
        self.write(move |tx| {
            tx.execute("DELETE FROM inbox WHERE number = ?1", params![number]).map(drop)
        })
        .await
    }

    /// Runs that this server owns on disk, oldest first, begun before `before`: with its memory they
    /// show which of them nobody drives.
    pub async fn all_owned(
        &self,
        node: NodeId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, RunId, u32)>, StoreError> {
        self.read(move |reader| {
            reader.query(
                "SELECT workspace, id, epoch FROM runs
                 WHERE ended_at IS NULL AND owner IS NOT NULL AND owner = ?1 AND created_at < ?2
                 ORDER BY id LIMIT ?3",
                params![node, before, limit],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
    }
}
