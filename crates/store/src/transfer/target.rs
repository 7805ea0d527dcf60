//! A database with empty tables, within a transaction, that is filled.

use tokio_postgres::types::{ToSql, Type};

use super::arrival::Counted;
use super::catalogue::{LOCAL, Table, quoted};
use super::source::Source;
use super::sum::Summing;
use crate::error::StoreError;
use crate::params;
use crate::sql::postgres::{Filling, Session};
use crate::sql::{Cell, Param, Tx};

#[derive(Clone, Copy)]
pub enum Target<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

/// A table's rows on their way in.
enum Rows<'a> {
    Sqlite(rusqlite::Statement<'a>),
    Postgres(&'a Session, Filling),
}

impl<'a> Target<'a> {
    pub const fn tx(self) -> Tx<'a> {
        match self {
            Self::Sqlite(connection) => Tx::sqlite(connection),
            Self::Postgres(session) => Tx::postgres(session),
        }
    }

    /// Fills a table; what was read for it.
    pub fn fill(self, table: &Table, from: &Source) -> Result<Counted, StoreError> {
        let place = |error| match error {
            StoreError::Bad(text) => StoreError::Bad(format!("table {}: {text}", table.name)),
            other => other,
        };
        let locals = self.locals(table)?;
        // Migrations make rows, too.
        self.tx().execute(&format!("DELETE FROM {}", quoted(&table.name)), &[])?;
        let mut rows = self.rows(table, &locals)?;
        let mut summing = Summing::new(table);
        let take = &mut |row: &[Cell<'_>]| {
            summing.add(row);
            let values = row.iter().map(|cell| Param::from(*cell));
            let values: Vec<_> = values.chain(locals.iter().map(|_| Param::Int(0))).collect();
            rows.add(&values)
        };
        from.each(table, take).map_err(place)?;
        rows.end().map_err(place)?;
        // After the rows: a running PostgreSQL counts on beside the snapshot.
        let position = from.position(table)?;
        self.count_on(table, position)?;
        Ok(Counted::new(table, summing.sum, position))
    }

    /// Columns that this database has for itself.
    fn locals(self, table: &Table) -> Result<Vec<&'static str>, StoreError> {
        let reader = self.tx().reader();
        let sql = reader.dialect().choose(
            "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2",
            "SELECT 1 FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = ?1 AND column_name = ?2",
        );
        let mut found = Vec::new();
        for (_, column) in LOCAL.iter().filter(|(name, _)| *name == table.name) {
            if reader.exists(sql, params![&table.name, *column])? {
                found.push(*column);
            }
        }
        Ok(found)
    }

    fn rows(self, table: &Table, locals: &[&str]) -> Result<Rows<'a>, StoreError> {
        let name = quoted(&table.name);
        let locals = locals.iter().map(|column| quoted(column));
        let columns = std::iter::once(table.list()).chain(locals).collect::<Vec<_>>();
        let count = table.columns.len() + columns.len() - 1;
        let columns = columns.join(", ");
        Ok(match self {
            Self::Sqlite(connection) => {
                let values = vec!["?"; count].join(", ");
                let sql = format!("INSERT INTO {name} ({columns}) VALUES ({values})");
                Rows::Sqlite(connection.prepare(&sql)?)
            }
            Self::Postgres(session) => {
                let mut types: Vec<_> =
                    table.columns.iter().map(|column| column.kind.in_postgres()).collect();
                types.resize(count, Type::INT8);
                let sql = format!("COPY {name} ({columns}) FROM STDIN BINARY");
                Rows::Postgres(session, session.fill(&sql, &types)?)
            }
        })
    }

    /// What the table counts next is beyond what it has counted.
    fn count_on(self, table: &Table, position: i64) -> Result<(), StoreError> {
        let Some(column) = table.counted.as_ref().filter(|_| position > 0) else { return Ok(()) };
        let tx = self.tx();
        match self {
            Self::Sqlite(_) => {
                tx.execute("DELETE FROM sqlite_sequence WHERE name = ?1", params![&table.name])?;
                tx.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                    params![&table.name, position],
                )?;
            }
            Self::Postgres(_) => {
                tx.execute(
                    "SELECT setval(pg_get_serial_sequence(?1, ?2), ?3)",
                    params![&table.name, column, position],
                )?;
            }
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn add(&mut self, values: &[Param<'_>]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(insert) => {
                insert.execute(rusqlite::params_from_iter(values))?;
                Ok(())
            }
            Self::Postgres(session, filling) => {
                let values: Vec<_> =
                    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                session.add(filling, &values)
            }
        }
    }

    fn end(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session, filling) => session.filled(filling),
        }
    }
}
