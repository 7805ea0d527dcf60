//! The same on PostgreSQL.

use std::sync::mpsc::Receiver;

use tokio_postgres::NoTls;

use crate::{Fault, Run, batch};

pub(crate) fn commit(url: &str, runs: &Receiver<Run>) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute(
                "SET synchronous_commit = on;
                 CREATE TABLE IF NOT EXISTS limit_runs (id bytea PRIMARY KEY, state text NOT NULL);
                 CREATE TABLE IF NOT EXISTS limit_journal (run bytea NOT NULL, seq bigint NOT NULL,
                   facts bytea NOT NULL, PRIMARY KEY (run, seq));",
            )
            .await?;
        let insert = client
            .prepare(
                "WITH written AS (INSERT INTO limit_runs
                   SELECT id, 'succeeded' FROM unnest($1::bytea[]) AS i (id))
                 INSERT INTO limit_journal
                   SELECT id, 1, facts FROM unnest($1::bytea[], $2::bytea[]) AS i (id, facts)",
            )
            .await?;
        while let Some(batch) = batch(runs) {
            let ids: Vec<&[u8]> = batch.iter().map(|run| &run.id.as_bytes()[..]).collect();
            let facts: Vec<&[u8]> = batch.iter().map(|run| &run.facts[..]).collect();
            client.execute(&insert, &[&ids, &facts]).await?;
            for run in batch {
                let _ = run.committed.send(());
            }
        }
        Ok(())
    })
}
