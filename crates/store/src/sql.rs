//! The thin layer between our SQL text and a database driver: parameters, rows, reading, writing.
//!
//! The control plane's SQL is written once, with `?1` parameters and no driver's types, so that a
//! second database needs a second small driver and not a second data layer (docs/adr/0002).

use codex32_model::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::StoreError;

/// A parameter.
#[derive(Debug, Clone)]
pub enum Param {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl rusqlite::ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<u32> for Param {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}
impl From<f64> for Param {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}
impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<&String> for Param {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}
impl From<Vec<u8>> for Param {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl From<Timestamp> for Param {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.micros())
    }
}
impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

macro_rules! id_params {
    ($($id:ident),*) => {$(
        impl From<codex32_model::ids::$id> for Param {
            fn from(id: codex32_model::ids::$id) -> Self {
                Self::Blob(id.as_bytes().to_vec())
            }
        }
        impl FromColumn for codex32_model::ids::$id {
            fn from_column(value: ValueRef<'_>) -> Option<Self> {
                let bytes: [u8; 16] = value.as_blob().ok()?.try_into().ok()?;
                Some(Self::from_bytes(bytes))
            }
        }
    )*};
}
id_params!(WorkspaceId, ActorId, BotId, RunId, EventId, ConnectionId, NodeId, MailId);

/// Parameters of a statement, in order: `params![scope.workspace, name]`.
#[macro_export]
macro_rules! params {
    ($($param:expr),* $(,)?) => { &[$($crate::sql::Param::from($param)),*][..] };
}

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    fn from_column(value: ValueRef<'_>) -> Option<Self>;
}

impl FromColumn for i64 {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}
impl FromColumn for u32 {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()?.try_into().ok()
    }
}
impl FromColumn for f64 {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Real(number) => Some(number),
            ValueRef::Integer(number) => Some(number as f64),
            _ => None,
        }
    }
}
impl FromColumn for String {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}
impl FromColumn for Vec<u8> {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().map(<[u8]>::to_vec)
    }
}
impl FromColumn for Timestamp {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().map(Timestamp::from_micros)
    }
}
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: ValueRef<'_>) -> Option<Self> {
        if value == ValueRef::Null { Some(None) } else { T::from_column(value).map(Some) }
    }
}

/// One row of an answer.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl Row<'_> {
    /// The column at `index` (from 0).
    pub fn get<T: FromColumn>(&self, index: usize) -> Result<T, StoreError> {
        let value = self.0.get_ref(index)?;
        T::from_column(value)
            .ok_or_else(|| StoreError::Damaged(format!("column {index} has an unexpected type")))
    }

    /// A column of JSON text.
    pub fn json<T: serde::de::DeserializeOwned>(&self, index: usize) -> Result<T, StoreError> {
        let text =
            self.0.get_ref(index)?.as_str().map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(serde_json::from_str(text)?)
    }
}

/// A connection that can be read from.
pub struct Reader<'a>(pub(crate) &'a rusqlite::Connection);

impl Reader<'_> {
    pub fn query<T>(
        &self,
        sql: &str,
        params: &[Param],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(read(&Row(row))?);
        }
        Ok(out)
    }

    pub fn first<T>(
        &self,
        sql: &str,
        params: &[Param],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        rows.next()?.map(|row| read(&Row(row))).transpose()
    }
}

/// The write connection inside a transaction.
pub struct Tx<'a>(pub(crate) &'a rusqlite::Connection);

impl<'a> Tx<'a> {
    /// Runs one statement; how many rows it changed.
    pub fn execute(&self, sql: &str, params: &[Param]) -> Result<usize, StoreError> {
        Ok(self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))?)
    }

    pub fn reader(&self) -> Reader<'a> {
        Reader(self.0)
    }
}
