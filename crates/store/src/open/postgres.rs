//! Making a PostgreSQL database ready: what the server must promise, and the migrations.

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::Notify;

use super::{KNOWN, numbered};
use crate::committer::{Flushing, Options};
use crate::error::StoreError;
use crate::held;
use crate::server::Server;
use crate::sql::postgres::{CHANNEL, Session};
use crate::sql::{Param, Reader};

/// The oldest server that is known to do.
const OLDEST: i64 = 140_000;
/// Nodes that start together migrate one after the other.
pub(crate) const LOCK: &str = "SELECT pg_advisory_xact_lock(3232323232)";

pub(super) fn prepare(server: &Server, options: Options) -> Result<(), StoreError> {
    let session = checked(server, options.flushing)?;
    session.batch("BEGIN")?;
    migrate(&session, KNOWN)?;
    session.batch("COMMIT")
}

/// A session on a server that keeps what it commits.
pub(crate) fn checked(server: &Server, flushing: Flushing) -> Result<Session, StoreError> {
    let session = Session::connect(
        server,
        "SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0;
         SET synchronous_commit = on",
    )?;
    let version = setting(&session, "server_version_num")?;
    if version.parse::<i64>().unwrap_or(0) < OLDEST {
        let version = setting(&session, "server_version")?;
        return Err(StoreError::Address(format!(
            "the server is PostgreSQL {version}; Codex-32 needs 14 or later"
        )));
    }
    if flushing == Flushing::Full {
        for (name, why) in [
            ("fsync", "a power cut could destroy the database"),
            ("full_page_writes", "a power cut could destroy the database"),
        ] {
            if setting(&session, name)? != "on" {
                return Err(StoreError::Address(format!(
                    "the server has `{name} = off`: {why}. Set it to `on` in postgresql.conf"
                )));
            }
        }
    }
    Ok(session)
}

/// Listens on a connection of its own until the store is gone. After a lost connection whoever
/// waits is told, since something may have been missed.
pub(super) fn listen(server: Server, told: Weak<Notify>) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::Unavailable(error.to_string());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let work = async move {
        loop {
            match server.listen(CHANNEL).await {
                Ok(mut heard) => loop {
                    let Some(told) = told.upgrade() else { return };
                    told.notify_waiters();
                    drop(told);
                    // Now and then it is seen whether anybody still cares.
                    match tokio::time::timeout(Duration::from_secs(5), heard.recv()).await {
                        Ok(Some(())) => while heard.try_recv().is_ok() {},
                        Ok(None) => break,
                        Err(_) => {}
                    }
                },
                Err(error) => tracing::warn!(%error, "news of other servers is only looked for"),
            }
            if told.strong_count() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    std::thread::Builder::new()
        .name("listener".to_owned())
        .spawn(move || runtime.block_on(work))
        .map_err(failed)?;
    Ok(())
}

fn setting(session: &Session, name: &str) -> Result<String, StoreError> {
    let rows = session.query("SELECT current_setting(?1)", &[Param::from(name)])?;
    Ok(rows.first().and_then(|row| row.get::<_, Option<String>>(0)).unwrap_or_default())
}

/// The version of a database; 0 of an empty one.
pub(crate) fn version(session: &Session) -> Result<u32, StoreError> {
    let rows = session.query("SELECT to_regclass('migrations') IS NOT NULL", &[])?;
    if !rows.first().is_some_and(|row| row.get(0)) {
        return Ok(0);
    }
    let rows = session.query("SELECT coalesce(max(number), 0) FROM migrations", &[])?;
    let found: i64 = rows.first().map_or(0, |row| row.get(0));
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    Ok(found)
}

/// Brings a database that is not sealed to version `to`, within the transaction at hand, which has
/// the right to do so alone from here on; where it was.
pub(crate) fn migrate(session: &Session, to: u32) -> Result<u32, StoreError> {
    session.query(LOCK, &[])?;
    session.batch(
        "CREATE TABLE IF NOT EXISTS migrations (
           number     bigint PRIMARY KEY,
           applied_at timestamptz NOT NULL DEFAULT now()
         )",
    )?;
    let found = version(session)?;
    if found > 0 {
        held::refuse_sealed(&Reader::postgres(session))?;
    }
    for (number, migration) in numbered(found, to) {
        session.batch(migration.postgres)?;
        session.execute("INSERT INTO migrations (number) VALUES (?1)", &[Param::from(number)])?;
        tracing::debug!(number, "migrated the database");
    }
    Ok(found)
}
