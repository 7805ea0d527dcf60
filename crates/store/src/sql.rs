//! The thin layer between our SQL text and a database driver: parameters, rows, reading, writing.
//!
//! SQL is written once, with `?1` parameters and no driver's types; SQLite and PostgreSQL each have a
//! small driver below (docs/adr/0002). What the two spell differently is asked of [`Dialect`].

pub(crate) mod postgres;

use std::borrow::Cow;

use codex32_model::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::StoreError;
use postgres::Session;

/// A parameter.
#[derive(Debug, Clone)]
pub enum Param<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
    Blob(Cow<'a, [u8]>),
    Id([u8; 16]),
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id),
        }))
    }
}

macro_rules! params_from {
    ($($type:ty, $value:ident => $param:expr;)*) => {$(
        impl<'a> From<$type> for Param<'a> {
            fn from($value: $type) -> Self {
                $param
            }
        }
    )*};
}
params_from! {
    i64, number => Self::Int(number);
    u32, number => Self::Int(i64::from(number));
    bool, flag => Self::Int(i64::from(flag));
    f64, number => Self::Real(number);
    &'a str, text => Self::Text(Cow::Borrowed(text));
    &'a String, text => Self::Text(Cow::Borrowed(text));
    String, text => Self::Text(Cow::Owned(text));
    &'a [u8], bytes => Self::Blob(Cow::Borrowed(bytes));
    &'a Vec<u8>, bytes => Self::Blob(Cow::Borrowed(bytes));
    Vec<u8>, bytes => Self::Blob(Cow::Owned(bytes));
    Timestamp, at => Self::Int(at.micros());
}
impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

macro_rules! id_params {
    ($($id:ident),*) => {$(
        impl From<codex32_model::ids::$id> for Param<'_> {
            fn from(id: codex32_model::ids::$id) -> Self {
                Self::Id(*id.as_bytes())
            }
        }
        impl FromColumn for codex32_model::ids::$id {
            fn from_column(cell: Cell<'_>) -> Option<Self> {
                let Cell::Blob(bytes) = cell else { return None };
                Some(Self::from_bytes(bytes.try_into().ok()?))
            }
        }
    )*};
}
id_params!(
    WorkspaceId,
    ActorId,
    BotId,
    RunId,
    EventId,
    ConnectionId,
    NodeId,
    MailId,
    DeadLetterId,
    ReplayId,
    CallId,
    ApprovalId,
    BuilderSessionId,
    KnowledgeBaseId,
    DocumentId,
    EvaluationId
);

/// Parameters of a statement, in order: `params![scope.workspace, name]`.
#[macro_export]
macro_rules! params {
    ($($param:expr),* $(,)?) => { &[$($crate::sql::Param::from($param)),*][..] };
}

/// What stands in a column of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<Cell<'a>> for Param<'a> {
    fn from(cell: Cell<'a>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(number) => Self::Int(number),
            Cell::Real(number) => Self::Real(number),
            Cell::Text(text) => Self::Text(Cow::Borrowed(text)),
            Cell::Blob(bytes) => Self::Blob(Cow::Borrowed(bytes)),
        }
    }
}

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    fn from_column(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! from_columns {
    ($($type:ty: $($pattern:pat => $value:expr),+;)*) => {$(
        impl FromColumn for $type {
            fn from_column(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    $($pattern => $value,)+
                    _ => None,
                }
            }
        }
    )*};
}
from_columns! {
    i64: Cell::Int(number) => Some(number);
    u32: Cell::Int(number) => number.try_into().ok();
    bool: Cell::Int(number) => Some(number != 0);
    f64: Cell::Real(number) => Some(number), Cell::Int(number) => Some(number as f64);
    String: Cell::Text(text) => Some(text.to_owned());
    Vec<u8>: Cell::Blob(bytes) => Some(bytes.to_vec());
    Timestamp: Cell::Int(micros) => Some(Timestamp::from_micros(micros));
}
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(cell: Cell<'_>) -> Option<Self> {
        if cell == Cell::Null { Some(None) } else { T::from_column(cell).map(Some) }
    }
}

/// One row of an answer.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    pub(crate) fn cell(&self, index: usize) -> Result<Cell<'_>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(match row.get_ref(index)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(
                    std::str::from_utf8(text)
                        .map_err(|error| StoreError::Damaged(error.to_string()))?,
                ),
                ValueRef::Blob(bytes) => Cell::Blob(bytes),
            }),
            Self::Postgres(row) => Ok(row.try_get(index)?),
        }
    }

    /// The column at `index` (from 0).
    pub fn get<T: FromColumn>(&self, index: usize) -> Result<T, StoreError> {
        T::from_column(self.cell(index)?)
            .ok_or_else(|| StoreError::Damaged(format!("column {index} has an unexpected type")))
    }

    /// A column of JSON text.
    pub fn json<T: serde::de::DeserializeOwned>(&self, index: usize) -> Result<T, StoreError> {
        match self.cell(index)? {
            Cell::Text(text) => Ok(serde_json::from_str(text)?),
            _ => Err(StoreError::Damaged(format!("column {index} is no text"))),
        }
    }
}

/// Which database the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The text for the database at hand, where the two have to differ.
    pub const fn choose<T: Copy>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

#[derive(Clone, Copy)]
enum Driver<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

/// A connection that can be read from.
#[derive(Clone, Copy)]
pub struct Reader<'a>(Driver<'a>);

impl<'a> Reader<'a> {
    pub(crate) const fn sqlite(connection: &'a rusqlite::Connection) -> Self {
        Self(Driver::Sqlite(connection))
    }

    pub(crate) const fn postgres(session: &'a Session) -> Self {
        Self(Driver::Postgres(session))
    }

    pub const fn dialect(&self) -> Dialect {
        match self.0 {
            Driver::Sqlite(_) => Dialect::Sqlite,
            Driver::Postgres(_) => Dialect::Postgres,
        }
    }

    /// For statements that only PostgreSQL takes.
    pub(crate) const fn session(&self) -> Option<&'a Session> {
        match self.0 {
            Driver::Sqlite(_) => None,
            Driver::Postgres(session) => Some(session),
        }
    }

    pub fn query<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        match self.0 {
            Driver::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                let mut out = Vec::new();
                while let Some(row) = rows.next()? {
                    out.push(read(&Row::Sqlite(row))?);
                }
                Ok(out)
            }
            Driver::Postgres(session) => {
                let rows = session.query(sql, params)?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// The first row of the answer. On SQLite the rest is not looked for.
    pub fn first<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.0 {
            Driver::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                rows.next()?.map(|row| read(&Row::Sqlite(row))).transpose()
            }
            Driver::Postgres(session) => {
                let rows = session.query(sql, params)?;
                rows.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    pub fn exists(&self, sql: &str, params: &[Param<'_>]) -> Result<bool, StoreError> {
        self.first(sql, params, |_| Ok(())).map(|found| found.is_some())
    }
}

/// The write connection inside a transaction.
#[derive(Clone, Copy)]
pub struct Tx<'a>(Reader<'a>);

impl<'a> Tx<'a> {
    pub(crate) const fn sqlite(connection: &'a rusqlite::Connection) -> Self {
        Self(Reader::sqlite(connection))
    }

    pub(crate) const fn postgres(session: &'a Session) -> Self {
        Self(Reader::postgres(session))
    }

    /// Runs one statement; how many rows it changed.
    pub fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        match self.0.0 {
            Driver::Sqlite(connection) => {
                Ok(connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))?)
            }
            Driver::Postgres(session) => session.execute(sql, params),
        }
    }

    /// Until its commit, this transaction alone has what `name` stands for. SQLite has one writer.
    pub fn lock(&self, name: &str) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self
                .execute("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))", params![name])
                .map(drop),
        }
    }

    /// Until its commit, this transaction and others that share it have what `name` stands for, and
    /// nobody has it alone.
    pub fn share(&self, name: &str) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self
                .execute(
                    "SELECT pg_advisory_xact_lock_shared(hashtextextended(?1, 0))",
                    params![name],
                )
                .map(drop),
        }
    }

    /// Tells the other servers, once this is committed, that there is something to look at.
    pub fn notify(&self) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.execute("NOTIFY codex32", &[]).map(drop),
        }
    }

    /// For statements that only PostgreSQL takes.
    pub(crate) const fn session(&self) -> Option<&'a Session> {
        self.0.session()
    }

    pub const fn reader(&self) -> Reader<'a> {
        self.0
    }

    pub const fn dialect(&self) -> Dialect {
        self.0.dialect()
    }
}
