//! Making a PostgreSQL database ready: what the server must promise, and the migrations.

use std::sync::Weak;
use std::time::Duration;

use tokio::sync::Notify;

use super::MIGRATIONS;
use crate::committer::{Flushing, Options};
use crate::error::StoreError;
use crate::server::Server;
use crate::sql::Param;
use crate::sql::postgres::{CHANNEL, Session};

/// The oldest server that is known to do.
const OLDEST: i64 = 140_000;
/// Nodes that start together migrate one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(3232323232)";

pub(super) fn prepare(server: &Server, options: Options) -> Result<(), StoreError> {
    let session = Session::connect(server, "SET lock_timeout = '60s'")?;
    let version = setting(&session, "server_version_num")?;
    if version.parse::<i64>().unwrap_or(0) < OLDEST {
        let version = setting(&session, "server_version")?;
        return Err(StoreError::Address(format!(
            "the server is PostgreSQL {version}; Codex-32 needs 14 or later"
        )));
    }
    if options.flushing == Flushing::Full {
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
    migrate(&session)
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

fn migrate(session: &Session) -> Result<(), StoreError> {
    session.batch("BEGIN")?;
    session.query(LOCK, &[])?;
    session.batch(
        "CREATE TABLE IF NOT EXISTS migrations (
           number     bigint PRIMARY KEY,
           applied_at timestamptz NOT NULL DEFAULT now()
         )",
    )?;
    let rows = session.query("SELECT coalesce(max(number), 0) FROM migrations", &[])?;
    let found: i64 = rows.first().map_or(0, |row| row.get(0));
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, migration) in (1_u32..).zip(&MIGRATIONS).skip(found as usize) {
        session.batch(migration.postgres)?;
        session.execute("INSERT INTO migrations (number) VALUES (?1)", &[Param::from(number)])?;
        tracing::info!(number, "migrated the database");
    }
    session.batch("COMMIT")
}
