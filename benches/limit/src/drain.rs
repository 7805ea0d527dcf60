//! What the benchmark W2 measures Codex-32 against: a queue table that is drained with the same durability,
//! and nothing else. One transaction takes a batch off the queue, computes the three steps, and writes the
//! ended runs. On PostgreSQL that is one statement to take and one to write.
//!
//! `codex32-limit drain FOLDER|postgres://… [RUNS]` prints
//! `LIMIT RUNS DRAIN_SECONDS RUNS_PER_SECOND CPU_MS_PER_10000`.

use std::io::Write;
use std::time::Instant;

use rusqlite::params;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{Answer, BATCH, Facts, Fault, Order};

/// Position in the queue, run, input.
type Taken = (i64, Vec<u8>, Vec<u8>);

pub(crate) async fn run(place: &str, runs: u32) -> Result<(), Fault> {
    let inputs: Vec<(Uuid, Vec<u8>)> = (0..runs)
        .map(|n| Ok((Uuid::now_v7(), serde_json::to_vec(&Order { n: n.into() })?)))
        .collect::<Result<_, serde_json::Error>>()?;
    let (took, used) = if place.starts_with("postgres") {
        postgres(place, &inputs).await?
    } else {
        sqlite(place, &inputs)?
    };
    let line = format!(
        "LIMIT {runs} {took:.3} {:.0} {}",
        f64::from(runs) / took,
        used * 10_000 / u64::from(runs.max(1))
    );
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// The three steps.
fn ended(input: &[u8]) -> Result<Vec<u8>, Fault> {
    let order: Order = serde_json::from_slice(input)?;
    let first = order.n + 1;
    let second = first * 2;
    let output = Answer { total: second };
    Ok(serde_json::to_vec(&Facts { input: &order, first, second, output: &output })?)
}

/// Milliseconds of processor time of this process so far.
fn processor() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // 14 and 15 of the line, which are counted in hundredths of a second.
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10
}

fn sqlite(folder: &str, inputs: &[(Uuid, Vec<u8>)]) -> Result<(f64, u64), Fault> {
    let mut db = crate::sqlite(folder)?;
    db.execute_batch(
        "CREATE TABLE queue (position INTEGER PRIMARY KEY AUTOINCREMENT, run BLOB NOT NULL)",
    )?;
    let tx = db.transaction()?;
    for (id, input) in inputs {
        tx.prepare_cached("INSERT INTO runs (id, state) VALUES (?1, 'queued')")?
            .execute(params![id.as_bytes()])?;
        tx.prepare_cached("INSERT INTO journal (run, seq, facts) VALUES (?1, 1, ?2)")?
            .execute(params![id.as_bytes(), input])?;
        tx.prepare_cached("INSERT INTO queue (run) VALUES (?1)")?
            .execute(params![id.as_bytes()])?;
    }
    tx.commit()?;
    let (began, before) = (Instant::now(), processor());
    loop {
        let tx = db.transaction()?;
        let batch: Vec<Taken> = tx
            .prepare_cached(
                "SELECT q.position, q.run, j.facts FROM queue q JOIN journal j ON j.run = q.run
                 ORDER BY q.position LIMIT ?1",
            )?
            .query_map(params![i64::try_from(BATCH)?], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        if batch.is_empty() {
            break;
        }
        for (position, run, input) in &batch {
            let facts = ended(input)?;
            tx.prepare_cached("DELETE FROM queue WHERE position = ?1")?
                .execute(params![position])?;
            tx.prepare_cached("UPDATE runs SET state = 'succeeded' WHERE id = ?1")?
                .execute(params![run])?;
            tx.prepare_cached("INSERT INTO journal (run, seq, facts) VALUES (?1, 2, ?2)")?
                .execute(params![run, facts])?;
        }
        tx.commit()?;
    }
    Ok((began.elapsed().as_secs_f64(), processor() - before))
}

async fn postgres(url: &str, inputs: &[(Uuid, Vec<u8>)]) -> Result<(f64, u64), Fault> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(
            "SET synchronous_commit = on;
             DROP TABLE IF EXISTS limit_queue, limit_queued, limit_facts;
             CREATE TABLE limit_queue (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
               run bytea NOT NULL);
             CREATE TABLE limit_queued (id bytea PRIMARY KEY, state text NOT NULL);
             CREATE TABLE limit_facts (run bytea NOT NULL, seq bigint NOT NULL,
               facts bytea NOT NULL, PRIMARY KEY (run, seq));",
        )
        .await?;
    let ids: Vec<&[u8]> = inputs.iter().map(|(id, _)| &id.as_bytes()[..]).collect();
    let facts: Vec<&[u8]> = inputs.iter().map(|(_, input)| &input[..]).collect();
    for fill in [
        "INSERT INTO limit_queue (run) SELECT id FROM unnest($1::bytea[], $2::bytea[]) AS i (id, facts)",
        "INSERT INTO limit_queued SELECT id, 'queued' FROM unnest($1::bytea[], $2::bytea[]) AS i (id, facts)",
        "INSERT INTO limit_facts SELECT id, 1, facts FROM unnest($1::bytea[], $2::bytea[]) AS i (id, facts)",
    ] {
        client.execute(fill, &[&ids, &facts]).await?;
    }
    client.batch_execute("ANALYZE limit_queue; ANALYZE limit_queued; ANALYZE limit_facts").await?;
    let take = client
        .prepare(
            "WITH page AS (SELECT position, run FROM limit_queue ORDER BY position LIMIT $1
               FOR UPDATE SKIP LOCKED),
             gone AS (DELETE FROM limit_queue q USING page WHERE q.position = page.position)
             SELECT page.run, j.facts FROM page JOIN limit_facts j ON j.run = page.run",
        )
        .await?;
    let write = client
        .prepare(
            "WITH written AS (UPDATE limit_queued r SET state = 'succeeded'
               FROM unnest($1::bytea[]) AS i (id) WHERE r.id = i.id)
             INSERT INTO limit_facts
               SELECT id, 2, facts FROM unnest($1::bytea[], $2::bytea[]) AS i (id, facts)",
        )
        .await?;
    let batch = i64::try_from(BATCH)?;
    let (began, before) = (Instant::now(), processor());
    loop {
        let tx = client.transaction().await?;
        let rows = tx.query(&take, &[&batch]).await?;
        if rows.is_empty() {
            break;
        }
        let ids: Vec<&[u8]> = rows.iter().map(|row| row.get(0)).collect();
        let facts: Vec<Vec<u8>> =
            rows.iter().map(|row| ended(row.get(1))).collect::<Result<_, _>>()?;
        tx.execute(&write, &[&ids, &facts]).await?;
        tx.commit().await?;
    }
    Ok((began.elapsed().as_secs_f64(), processor() - before))
}
