//! The tables and columns of a version, as its migrations make them.
//!
//! They are made in a SQLite database in memory, and its catalogue is read, but for the tables of its full
//! text, which its triggers fill. PostgreSQL's have the same
//! names and, one to one, the same types; a test holds them to it.

use rusqlite::Connection;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::open;
use crate::sql::Dialect;

/// Columns that mean something only to the database that wrote them: numbers of transactions. They are
/// no part of a backup; 0 is written.
pub const LOCAL: [(&str, &str); 2] = [("events", "tx"), ("cursors", "tx")];
/// Tables that say who is there now and what they are removing; whoever arrives elsewhere has no
/// neighbours.
const OF_NODES: [&str; 2] = ["nodes", "blobs_leaving"];

/// Events are read in the order of their transactions first, which the copy does not have. So that
/// the cursor skips none there, it stands before the least number of those that were not read.
const CURSOR: &str = "CASE WHEN c.tx = 0 THEN c.seq ELSE coalesce(
     (SELECT min(e.seq) - 1 FROM events e WHERE (e.tx, e.seq) > (c.tx, c.seq)),
     greatest(c.seq, (SELECT max(e.seq) FROM events e))) END";

#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    /// By name.
    pub columns: Vec<Column>,
    /// The key's column, where the database counts it. Its count outlives rows.
    pub counted: Option<String>,
    /// Whether its rows have other numbers elsewhere: [`LOCAL`].
    local: bool,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blob,
    Int,
    Real,
    Text,
}

impl Kind {
    fn declared(text: &str) -> Option<Self> {
        Some(match text {
            "BLOB" => Self::Blob,
            "INTEGER" => Self::Int,
            "REAL" => Self::Real,
            "TEXT" => Self::Text,
            _ => return None,
        })
    }

    pub const fn in_postgres(self) -> Type {
        match self {
            Self::Blob => Type::BYTEA,
            Self::Int => Type::INT8,
            Self::Real => Type::FLOAT8,
            Self::Text => Type::TEXT,
        }
    }
}

impl Table {
    /// The text that reads all rows, the columns by name.
    pub fn reading(&self, dialect: Dialect) -> String {
        let moved = self.name == "cursors" && self.local && dialect == Dialect::Postgres;
        let columns = self.columns.iter().map(|column| match column.name.as_str() {
            "seq" if moved => CURSOR.to_owned(),
            name => format!("c.{}", quoted(name)),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        format!("SELECT {columns} FROM {} c", quoted(&self.name))
    }

    /// Whether its rows go where the store goes.
    pub fn travels(&self) -> bool {
        !OF_NODES.contains(&self.name.as_str())
    }

    /// The columns, quoted: some have names that are words of SQL.
    pub fn list(&self) -> String {
        let quoted: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        quoted.join(", ")
    }
}

pub fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// The tables that go where the store goes, parents before what refers to them.
pub fn travelling(version: u32) -> Result<Vec<Table>, StoreError> {
    let mut tables = of_version(version)?;
    tables.retain(Table::travels);
    Ok(tables)
}

/// The tables that the first `version` migrations make.
pub fn of_version(version: u32) -> Result<Vec<Table>, StoreError> {
    let mut made = Connection::open_in_memory()?;
    open::migrate(&mut made, version)?;
    let mut tables = made.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
           AND name NOT LIKE 'knowledge_text%' ORDER BY rowid",
    )?;
    let tables = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    tables
        .map(|table| {
            let (name, sql): (String, String) = table?;
            table_of(&made, name, &sql)
        })
        .collect()
}

fn table_of(made: &Connection, name: String, sql: &str) -> Result<Table, StoreError> {
    let mut columns =
        made.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY name")?;
    let mut rows = columns.query([&name])?;
    let mut columns = Vec::new();
    let (mut counted, mut local) = (None, false);
    while let Some(row) = rows.next()? {
        let (column, declared, pk): (String, String, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if LOCAL.contains(&(&name, &column)) {
            local = true;
            continue;
        }
        let kind = Kind::declared(&declared).ok_or_else(|| {
            StoreError::Bad(format!("{name}.{column} has the unknown type {declared}"))
        })?;
        if pk == 1 && sql.contains("AUTOINCREMENT") {
            counted = Some(column.clone());
        }
        columns.push(Column { name: column, kind });
    }
    Ok(Table { name, columns, counted, local })
}
