//! A thread that asks PostgreSQL: the checks ask from inside a runtime, where one may not wait for another.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use codex32_model::ids::RunId;
use rusqlite::types::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};

use super::Row;

/// How long a server may be away, as in a crash and the start that follows.
const PATIENCE: Duration = Duration::from_secs(60);

struct Question {
    sql: &'static str,
    run: Option<RunId>,
    answer: Sender<Result<Vec<Row>, String>>,
}

pub struct Asking(Sender<Question>);

impl Asking {
    /// The thread ends with the journal.
    pub fn new(url: &str) -> Self {
        let (ask, questions) = channel();
        let url = url.to_owned();
        std::thread::spawn(move || answer(&url, &questions));
        Self(ask)
    }

    pub fn ask(&self, sql: &'static str, run: Option<RunId>) -> Result<Vec<Row>, String> {
        let (answer, heard) = channel();
        let question = Question { sql, run, answer };
        self.0.send(question).expect("the thread lives as long as this");
        heard.recv().expect("every question is answered")
    }
}

fn answer(url: &str, questions: &Receiver<Question>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut connected = None;
    for Question { sql, run, answer } in questions {
        let began = Instant::now();
        let rows = loop {
            match runtime.block_on(ask(&mut connected, url, sql, run)) {
                Err(_) if began.elapsed() < PATIENCE => {
                    connected = None;
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => break Err(format!("{error:?}")),
                Ok(rows) => break Ok(rows),
            }
        };
        let _ = answer.send(rows);
    }
}

async fn ask(
    connected: &mut Option<Client>,
    url: &str,
    sql: &str,
    run: Option<RunId>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let client = match connected {
        Some(client) => client,
        None => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            connected.insert(client)
        }
    };
    let run = run.map(|run| run.as_bytes().to_vec());
    let run: Vec<&(dyn ToSql + Sync)> = run.iter().map(|run| run as &(dyn ToSql + Sync)).collect();
    let rows = client.query(sql, &run).await?;
    rows.iter().map(|row| (0..row.len()).map(|column| value(row, column)).collect()).collect()
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value, tokio_postgres::Error> {
    let kind = row.columns()[column].type_();
    let value = if *kind == Type::BYTEA {
        row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Blob)
    } else if *kind == Type::TEXT {
        row.try_get::<_, Option<String>>(column)?.map(Value::Text)
    } else {
        row.try_get::<_, Option<i64>>(column)?.map(Value::Integer)
    };
    Ok(value.unwrap_or(Value::Null))
}
