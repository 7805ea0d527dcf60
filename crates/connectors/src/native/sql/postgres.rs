//! PostgreSQL over a connection of our own, to an address that the guard has let through.

use std::pin::pin;
use std::time::Duration;

use codex32_model::codes::connector as codes;
use codex32_model::{Object, Value};
use futures::TryStreamExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, Row, Statement as Prepared, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::postgres_values::{Cell, Sent};
use super::statement::places_of_its_own;
use super::tls::{self, Mode};
use super::{Outcome, Rows, Work, field, late, server};
use crate::failure::Failure;
use crate::native::Native;

const PORT: u16 = 5432;

pub async fn run(native: &Native<'_>, work: Work, deadline: Instant) -> Result<Outcome, Failure> {
    let mut session = timeout_at(deadline, connect(native)).await.map_err(|_| late())??;
    let writes = work.writes();
    match timeout_at(deadline, session.execute(work, deadline)).await {
        Ok(result) => result,
        Err(_) => Err(late().unknown_if(writes)),
    }
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    let tested = async {
        let session = connect(native).await?;
        let row = session.client.query_one("SELECT current_database(), current_user::text", &[]);
        let row = row.await.map_err(|error| explain(&error, false))?;
        let text = |index| row.try_get::<_, Cell>(index).map(|cell| cell.0.to_text());
        Ok(format!(
            "Signed in to {} as {}.",
            text(0).unwrap_or_default(),
            text(1).unwrap_or_default()
        ))
    };
    timeout_at(native.deadline, tested).await.map_err(|_| late())?
}

/// Ends its connection when it is dropped.
struct Session {
    client: Client,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn connect(native: &Native<'_>) -> Result<Session, Failure> {
    let credentials = native.credentials()?;
    let (host, port) = server(native, PORT)?;
    let mut config = Config::new();
    config.user(field(credentials, "user")?);
    config.dbname(field(credentials, "database")?);
    config.password(credentials.get("password").unwrap_or_default());
    config.application_name("codex32");
    let encrypted = tls::mode(credentials) != Mode::None;
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    let addresses = native.http.resolve(host, port).await;
    let addresses = addresses.map_err(|error| Failure::from_send(error, false))?;
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| {
        let message = format!("{host}:{port} cannot be reached: {error}.");
        Failure::new(codes::UNREACHABLE, message).retryable()
    })?;
    let _ = stream.set_nodelay(true);
    let mut maker = MakeRustlsConnect::new(tls::config(credentials)?);
    let tls = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut maker, host);
    let Ok(tls) = tls;
    let (client, connection) =
        config.connect_raw(stream, tls).await.map_err(|error| explain(&error, false))?;
    let driver = tokio::spawn(async move {
        // Its end is seen by whoever waits for an answer.
        let _ = connection.await;
    });
    Ok(Session { client, driver })
}

impl Session {
    async fn execute(&mut self, work: Work, deadline: Instant) -> Result<Outcome, Failure> {
        let writes = work.writes();
        let mode = if writes { "" } else { " READ ONLY" };
        // The server stops by itself too, so that nothing goes on behind a step that has failed.
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let begin = format!("SET statement_timeout = {}", left.as_millis().min(86_400_000));
        let early = |error: Error| explain(&error, false);
        self.client.batch_execute(&begin).await.map_err(early)?;
        if let Work::Execute { statement, values } = work {
            // Without a transaction: some statements may not stand in one.
            let prepared = self.client.prepare(&statement.text).await.map_err(early)?;
            let values = sent(&prepared, values)?;
            let done = self.client.execute_raw(&prepared, &values).await;
            return done.map(Outcome::Affected).map_err(|error| explain(&error, true));
        }
        let builder = self.client.build_transaction().read_only(!mode.is_empty());
        let transaction = builder.start().await.map_err(early)?;
        match work {
            Work::Insert { statement, rows } => {
                let mut affected = 0;
                if !rows.is_empty() {
                    let prepared = transaction.prepare(&statement.text).await.map_err(early)?;
                    for row in rows {
                        let row = sent(&prepared, row)?;
                        // Until the commit nothing is done.
                        affected +=
                            transaction.execute_raw(&prepared, &row).await.map_err(early)?;
                    }
                }
                transaction.commit().await.map_err(|error| explain(&error, true))?;
                Ok(Outcome::Affected(affected))
            }
            Work::Query { statement, values, limit, cut } => {
                let prepared = transaction.prepare(&statement.text).await.map_err(early)?;
                let values = sent(&prepared, values)?;
                let rows = query(&transaction, &prepared, &values, Rows::new(limit, cut)).await?;
                Ok(Outcome::Rows(rows))
            }
            Work::Execute { .. } => Err(super::unknown("sql.execute")),
        }
    }
}

async fn query(
    transaction: &Transaction<'_>,
    prepared: &Prepared,
    values: &[Sent],
    mut found: Rows,
) -> Result<Vec<Value>, Failure> {
    let early = |error: Error| explain(&error, false);
    let portal = transaction.bind_raw(prepared, values).await.map_err(early)?;
    // The server sends no more than are looked at.
    let most = i32::try_from(found.limit + 1).unwrap_or(i32::MAX);
    let rows = transaction.query_portal_raw(&portal, most).await.map_err(early)?;
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(early)? {
        if !found.add(object(&row)?)? {
            break;
        }
    }
    Ok(found.rows)
}

fn sent(prepared: &Prepared, values: Vec<Value>) -> Result<Vec<Sent>, Failure> {
    if prepared.params().len() != values.len() {
        return Err(Failure::params(places_of_its_own()));
    }
    Ok(values.into_iter().map(Sent).collect())
}

fn object(row: &Row) -> Result<Object, Failure> {
    let mut object = Object::default();
    for (index, column) in row.columns().iter().enumerate() {
        let cell = row.try_get::<_, Cell>(index).map_err(|error| {
            let message = format!("The column `{}`: {}.", column.name(), cause(&error));
            Failure::new(codes::RESPONSE, message)
        })?;
        object.insert(column.name().into(), cell.0);
    }
    Ok(object)
}

fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// `sent` tells whether a write may have been done when the connection broke.
fn explain(error: &Error, sent: bool) -> Failure {
    let Some(refusal) = error.as_db_error() else {
        if error.is_closed()
            || std::error::Error::source(error).is_some_and(|e| e.is::<std::io::Error>())
        {
            let message = format!("The connection to PostgreSQL broke: {}.", cause(error));
            return Failure::new(codes::BROKEN, message).retryable().unknown_if(sent);
        }
        return Failure::params(format!("PostgreSQL cannot be asked that: {}.", cause(error)));
    };
    let detail = refusal.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let message = format!("PostgreSQL refused: {}{detail}.", refusal.message());
    let state = refusal.code();
    let class = state.code().get(..2).unwrap_or_default();
    let (code, retryable) = match (class, state) {
        (_, state) if *state == SqlState::QUERY_CANCELED => return late(),
        (_, state) if *state == SqlState::READ_ONLY_SQL_TRANSACTION => {
            let message = "`sql.query` cannot write: take `sql.execute`.";
            return Failure::new(codes::REFUSED, message);
        }
        (_, state) if *state == SqlState::INSUFFICIENT_PRIVILEGE => (codes::AUTH, false),
        ("28", _) => (codes::AUTH, false),
        ("3D", _) => (codes::NOT_FOUND, false),
        // Another transaction was in the way; the server is full or on its way down or up.
        ("40" | "53" | "55" | "57", _) => (codes::SERVER_ERROR, true),
        _ => (codes::REFUSED, false),
    };
    Failure { retryable, ..Failure::new(code, message) }
}
