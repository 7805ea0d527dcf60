//! A store that is read as it was at one moment, whatever is written meanwhile.

use std::path::Path;

use super::catalogue::Table;
use crate::committer::Flushing;
use crate::error::StoreError;
use crate::location::Location;
use crate::open::{self, Access, postgres};
use crate::params;
use crate::sql::postgres::Session;
use crate::sql::{Cell, Reader, Row};

/// Rows asked of PostgreSQL at once, by how large the last ones were.
const PAGES: [usize; 3] = [10, 100, 1_000];
/// What a page shall hold at most.
const PAGE_BYTES: usize = 4 << 20;

/// What is done with each row.
pub type Each<'a> = dyn FnMut(&[Cell<'_>]) -> Result<(), StoreError> + 'a;

pub enum Source {
    Sqlite(rusqlite::Connection),
    Postgres(Session),
}

impl Source {
    /// A snapshot; a server may go on writing.
    pub fn online(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(folder) => Self::file(&Location::existing(folder)?),
            Location::Postgres(server) => {
                let session = postgres::checked(server, Flushing::Never)?;
                session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
                // The first statement takes the snapshot.
                session.batch("SELECT 1")?;
                Ok(Self::Postgres(session))
            }
        }
    }

    /// A SQLite file.
    pub fn file(path: &Path) -> Result<Self, StoreError> {
        let connection = open::connect(path, Access::Read)?;
        connection.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")?;
        Ok(Self::Sqlite(connection))
    }

    pub fn version(&self) -> Result<u32, StoreError> {
        match self {
            Self::Sqlite(connection) => open::version(connection),
            Self::Postgres(session) => postgres::version(session),
        }
    }

    pub const fn reader(&self) -> Reader<'_> {
        match self {
            Self::Sqlite(connection) => Reader::sqlite(connection),
            Self::Postgres(session) => Reader::postgres(session),
        }
    }

    /// How far a counted table has counted.
    pub fn position(&self, table: &Table) -> Result<i64, StoreError> {
        let Some(column) = &table.counted else { return Ok(0) };
        let position = match self {
            Self::Sqlite(_) => self.reader().first(
                "SELECT seq FROM sqlite_sequence WHERE name = ?1",
                params![&table.name],
                |row| row.get(0),
            ),
            Self::Postgres(_) => {
                let sequence: Option<String> = self.reader().first(
                    "SELECT pg_get_serial_sequence(?1, ?2)",
                    params![&table.name, column],
                    |row| row.get(0),
                )?;
                let sequence = sequence.ok_or_else(|| {
                    StoreError::Bad(format!("{}.{column} is not counted", table.name))
                })?;
                let sql = format!("SELECT last_value - (NOT is_called)::int FROM {sequence}");
                self.reader().first(&sql, &[], |row| row.get(0))
            }
        };
        Ok(position?.unwrap_or(0))
    }

    /// Reads all rows, in no order.
    pub fn each(&self, table: &Table, each: &mut Each<'_>) -> Result<(), StoreError> {
        let sql = table.reading(self.reader().dialect());
        let mut take = |row: &Row<'_>| {
            let cells = (0..table.columns.len()).map(|index| row.cell(index));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            each(&cells)?;
            Ok(cells.iter().map(size).sum())
        };
        match self {
            // Rows are read one by one; nothing is kept.
            Self::Sqlite(_) => {
                self.reader().query(&sql, &[], |row| take(row).map(|_: usize| ()))?;
                Ok(())
            }
            Self::Postgres(session) => pages(session, &sql, &mut take),
        }
    }
}

fn pages(
    session: &Session,
    sql: &str,
    take: &mut dyn FnMut(&Row<'_>) -> Result<usize, StoreError>,
) -> Result<(), StoreError> {
    session.batch(&format!("DECLARE rows NO SCROLL CURSOR FOR {sql}"))?;
    let mut page = PAGES[0];
    loop {
        let rows = session.once(&format!("FETCH {page} FROM rows"))?;
        let mut bytes = 0;
        for row in &rows {
            bytes += take(&Row::Postgres(row))?;
        }
        if rows.len() < page {
            return session.batch("CLOSE rows");
        }
        let each = bytes / rows.len() + 1;
        page = PAGES.into_iter().rfind(|page| page * each <= PAGE_BYTES).unwrap_or(1);
    }
}

const fn size(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}
