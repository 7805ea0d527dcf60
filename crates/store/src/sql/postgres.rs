//! PostgreSQL below [`crate::sql`]: a session is one connection with a small runtime of its own, so
//! that the thread that has it can ask without a hop to another.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use bytes::BytesMut;
use tokio::runtime::Runtime;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Statement};

use crate::error::StoreError;
use crate::server::Server;
use crate::sql::{Cell, Param};

/// Prepared statements that a session keeps. Texts that are put together are few.
const STATEMENTS: usize = 300;
/// Longest time for one statement, so that a server that does not answer is noticed.
const PATIENCE: Duration = Duration::from_secs(30);

/// On which servers tell each other that there is something to look at.
pub(crate) const CHANNEL: &str = "codex32";

/// A value as a parameter of a statement that is awaited by hand.
pub(crate) type Value<'a> = &'a (dyn ToSql + Sync);

pub struct Session {
    runtime: Driving,
    client: Client,
    statements: RefCell<HashMap<Box<str>, Statement>>,
}

/// The runtime of a session. A store may be dropped inside another one, where a runtime that waits
/// for its end is not allowed.
struct Driving(Option<Runtime>);

impl Driving {
    fn block_on<F: Future>(&self, future: F) -> Result<F::Output, StoreError> {
        let gone = || StoreError::Unavailable("the session has ended".to_owned());
        Ok(self.0.as_ref().ok_or_else(gone)?.block_on(future))
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A table that is being filled.
pub(crate) struct Filling(Pin<Box<BinaryCopyInWriter>>);

impl Session {
    /// Connects; `settings` are executed first.
    pub(crate) fn connect(server: &Server, settings: &str) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let client = runtime.block_on(async {
            let client = server.connect().await?;
            client.batch_execute(settings).await?;
            Ok::<_, StoreError>(client)
        })?;
        Ok(Self { runtime: Driving(Some(runtime)), client, statements: RefCell::default() })
    }

    /// Whether the server has ended the connection, as far as it told.
    pub(crate) fn is_closed(&self) -> bool {
        // What the server sent meanwhile is only seen when the connection's task runs.
        self.runtime.block_on(tokio::task::yield_now()).is_err() || self.client.is_closed()
    }

    /// Runs what asks the server several things at once.
    pub(crate) fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, work(self)).await.map_err(|_| {
                StoreError::Unavailable("the database server does not answer".to_owned())
            })?
        })?
    }

    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        self.run(async |session| {
            let statement = session.statement(sql, params.len()).await?;
            let params: Vec<Value<'_>> = params.iter().map(|param| param as Value<'_>).collect();
            Ok(session.client.query(&statement, &params).await?)
        })
    }

    /// As [`Session::query`], with lists among the parameters.
    pub(crate) fn rows(
        &self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        self.run(async |session| {
            let statement = session.statement(sql, params.len()).await?;
            Ok(session.client.query(&statement, params).await?)
        })
    }

    /// As [`Session::query`], for a text that means something else the next time.
    pub(crate) fn once(&self, sql: &str) -> Result<Vec<tokio_postgres::Row>, StoreError> {
        self.run(async |session| Ok(session.client.query(sql, &[]).await?))
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        self.run(async |session| {
            let params: Vec<Value<'_>> = params.iter().map(|param| param as Value<'_>).collect();
            session.change(sql, &params).await
        })
    }

    /// Runs statements without parameters, as one text.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.run(async |session| session.command(sql).await)
    }

    /// Begins to fill a table: `COPY … FROM STDIN BINARY`.
    pub(crate) fn fill(&self, sql: &str, types: &[Type]) -> Result<Filling, StoreError> {
        self.run(async |session| {
            let sink = session.client.copy_in(sql).await?;
            Ok(Filling(Box::pin(BinaryCopyInWriter::new(sink, types))))
        })
    }

    pub(crate) fn add(
        &self,
        filling: &mut Filling,
        values: &[Value<'_>],
    ) -> Result<(), StoreError> {
        self.run(async |_| Ok(filling.0.as_mut().write(values).await?))
    }

    pub(crate) fn filled(&self, mut filling: Filling) -> Result<(), StoreError> {
        self.run(async |_| Ok(filling.0.as_mut().finish().await.map(drop)?))
    }

    /// Begins a transaction that leaves a value under a key of `meta`, by which its fate is known later.
    pub(crate) async fn begin(&self, (key, value): (&str, &str)) -> Result<(), StoreError> {
        // Both are sent before the first is answered.
        let begin = self.command("BEGIN");
        let params: [Value<'_>; 2] = [&key, &value];
        let mark = self.change("UPDATE meta SET value = ?2 WHERE key = ?1", &params);
        let (begun, marked) = futures::join!(begin, mark);
        begun?;
        if marked? == 1 {
            return Ok(());
        }
        // Somebody has tidied too well: the row has to be there before a transaction counts on it.
        self.command("ROLLBACK").await?;
        self.change(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[&key, &"0"],
        )
        .await?;
        Err(StoreError::Unavailable("the writer's mark was gone".to_owned()))
    }

    pub(crate) async fn command(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs one statement; how many rows it changed.
    pub(crate) async fn change(
        &self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<usize, StoreError> {
        let statement = self.statement(sql, params.len()).await?;
        let changed = self.client.execute(&statement, params).await?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    async fn statement(&self, sql: &str, params: usize) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare_typed(&numbered(sql), &types(sql, params)).await?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

/// Our `?1` as PostgreSQL's `$1`. No text of ours has a question mark elsewhere.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// What the server has to be told of the parameters' types: it finds them by itself, but a parameter
/// that the text does not use has to have some.
fn types(sql: &str, params: usize) -> Vec<Type> {
    let used: HashSet<usize> = sql
        .split('?')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.get(..end)?.parse().ok()
        })
        .collect();
    (1..=params)
        .map(|number| if used.contains(&number) { Type::UNKNOWN } else { Type::BYTEA })
        .collect()
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *kind {
                Type::BOOL => (*number != 0).to_sql(kind, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
                Type::FLOAT8 => (*number as f64).to_sql(kind, out),
                _ => number.to_sql(kind, out),
            },
            Self::Real(number) => number.to_sql(kind, out),
            // PostgreSQL's text takes every character but this one.
            Self::Text(text) if text.contains('\0') => {
                Err("a text holds the character U+0000, which the database does not take".into())
            }
            Self::Text(text) => text.as_ref().to_sql(kind, out),
            Self::Blob(bytes) => bytes.as_ref().to_sql(kind, out),
            Self::Id(id) => id.as_slice().to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::BOOL => Self::Int(i64::from(bool::from_sql(kind, raw)?)),
            Type::INT4 => Self::Int(i64::from(i32::from_sql(kind, raw)?)),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Blob(raw),
            _ => Self::Text(<&str>::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::BOOL
                | Type::INT4
                | Type::INT8
                | Type::FLOAT8
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
        )
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let mut text = error.to_string();
            if let Some(source) = error.source() {
                text = format!("{text}: {source}");
            }
            // Nothing from the server: the connection, or a parameter that does not fit.
            return if error.is_closed() || text.contains("connect") || text.contains("communicat") {
                Self::Unavailable(text)
            } else {
                Self::Bad(text)
            };
        };
        let text = told.message().to_owned();
        match told.code().code().get(..2) {
            // The statement before has failed: what it said counts.
            Some("25")
                if *told.code() == tokio_postgres::error::SqlState::IN_FAILED_SQL_TRANSACTION =>
            {
                Self::Bad(text)
            }
            // Connection, transaction to be tried again, resources, operator, system.
            Some("08" | "25" | "40" | "53" | "55" | "57" | "58") => Self::Unavailable(text),
            Some("23") => Self::Conflict(text),
            Some("XX") => Self::Damaged(text),
            _ => Self::Bad(text),
        }
    }
}
