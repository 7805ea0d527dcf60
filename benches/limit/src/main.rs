//! What the benchmark W1 measures Codex-32 against: the same request, the same answer, the same
//! durability, and nothing else. No definitions, no engine, no checks: an axum handler with the three
//! steps written in Rust, and one thread that writes a run row and a journal row for each request,
//! sharing a flush (`synchronous=FULL`) between all that wait. On PostgreSQL one connection writes them with
//! one statement (`unnest`, `synchronous_commit=on`).
//!
//! `codex32-limit FOLDER ADDRESS` or `codex32-limit postgres://… ADDRESS`; for the benchmark W2 see
//! [`drain`]. For W4 it commits one by one (`codex32-limit commits FOLDER COUNT`), and for W4 and
//! W5 it is the receiver of writes, which answers at once (`codex32-limit sink ADDRESS`).

mod commits;
mod drain;
mod postgres;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As in the store.
const BATCH: usize = 512;

type Fault = Box<dyn std::error::Error + Send + Sync>;

#[derive(Deserialize, Serialize)]
struct Order {
    n: i64,
}

#[derive(Serialize)]
struct Answer {
    total: i64,
}

#[derive(Serialize)]
struct Facts<'a> {
    input: &'a Order,
    first: i64,
    second: i64,
    output: &'a Answer,
}

pub(crate) struct Run {
    pub id: Uuid,
    pub facts: Vec<u8>,
    pub committed: oneshot::Sender<()>,
}

async fn hook(
    State(runs): State<Sender<Run>>,
    Json(order): Json<Order>,
) -> Result<Json<Answer>, StatusCode> {
    let first = order.n + 1;
    let second = first * 2;
    let answer = Answer { total: second };
    let facts = Facts { input: &order, first, second, output: &answer };
    let facts = serde_json::to_vec(&facts).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let (committed, is_committed) = oneshot::channel();
    let run = Run { id: Uuid::now_v7(), facts, committed };
    runs.send(run).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    is_committed.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(answer))
}

/// What waits, at least one; `None` at the end.
pub(crate) fn batch(runs: &Receiver<Run>) -> Option<Vec<Run>> {
    let mut batch = vec![runs.recv().ok()?];
    while batch.len() < BATCH
        && let Ok(run) = runs.try_recv()
    {
        batch.push(run);
    }
    Some(batch)
}

/// Writes what waits in one transaction, and tells those who wait after it.
fn commit(mut db: Connection, runs: &Receiver<Run>) -> Result<(), Fault> {
    while let Some(batch) = batch(runs) {
        let tx = db.transaction()?;
        for run in &batch {
            tx.prepare_cached("INSERT INTO runs (id, state) VALUES (?1, 'succeeded')")?
                .execute(params![run.id.as_bytes()])?;
            tx.prepare_cached("INSERT INTO journal (run, seq, facts) VALUES (?1, 1, ?2)")?
                .execute(params![run.id.as_bytes(), run.facts])?;
        }
        tx.commit()?;
        for run in batch {
            let _ = run.committed.send(());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(address)) = (args.next(), args.next()) else {
        return Err("usage: codex32-limit FOLDER|postgres://… ADDRESS | commits FOLDER COUNT | sink ADDRESS".into());
    };
    match (folder.as_str(), args.next()) {
        ("drain", runs) => {
            let runs = runs.map_or(Ok(10_000), |runs| runs.parse())?;
            return drain::run(&address, runs).await;
        }
        ("commits", Some(count)) => return commits::measure(&address, count.parse()?),
        ("sink", None) => {
            let listener = tokio::net::TcpListener::bind(&address).await?;
            axum::serve(listener, Router::new().fallback(async || "ok")).await?;
            return Ok(());
        }
        _ => {}
    }
    let (runs, waiting) = channel();
    if folder.starts_with("postgres") {
        std::thread::spawn(move || postgres::commit(&folder, &waiting));
    } else {
        let db = sqlite(&folder)?;
        std::thread::spawn(move || commit(db, &waiting));
    }
    let address: SocketAddr = address.parse()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().route("/hooks/w1", post(hook)).with_state(runs)).await?;
    Ok(())
}

fn sqlite(folder: &str) -> Result<Connection, Fault> {
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let db = Connection::open(folder.join("limit.db"))?;
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;
         CREATE TABLE IF NOT EXISTS runs (id BLOB PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS journal (run BLOB NOT NULL, seq INTEGER NOT NULL,
           facts BLOB NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;",
    )?;
    Ok(db)
}
