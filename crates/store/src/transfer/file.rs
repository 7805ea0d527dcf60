//! A SQLite file that is made whole or not at all: nobody knows its name until it is complete.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::Connection;

use super::arrival::Counted;
use super::catalogue::{Table, quoted};
use super::source::Source;
use super::sum::Sum;
use super::target::Target;
use crate::error::StoreError;
use crate::open;

/// What is made beside the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexes {
    Made,
    /// Nobody looks rows up in a backup.
    LeftOut,
}

/// Makes a file with the tables of `version`, filled. It is not flushed, and has no journal: when it
/// fails, it is thrown away.
pub fn make(
    path: &Path,
    version: u32,
    tables: &[Table],
    from: &Source,
    indexes: Indexes,
) -> Result<(Connection, Vec<Counted>), StoreError> {
    // SQLite would make it readable for others.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        StoreError::BackupFile(format!("{} cannot be made: {error}", path.display()))
    })?;
    let mut made = open_to_change(path)?;
    open::migrate(&mut made, version)?;
    if indexes == Indexes::LeftOut {
        drop_indexes(&made)?;
    }
    let tx = made.transaction()?;
    let fill = |table| Target::Sqlite(&tx).fill(table, from);
    let counted = tables.iter().map(fill).collect::<Result<_, StoreError>>()?;
    tx.commit()?;
    Ok((made, counted))
}

pub fn open_to_change(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=0;
         PRAGMA cache_size=-16384;",
    )?;
    Ok(connection)
}

fn drop_indexes(made: &Connection) -> Result<(), StoreError> {
    let mut names =
        made.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
    let names = names.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for name in names {
        made.execute_batch(&format!("DROP INDEX {}", quoted(&name)))?;
    }
    Ok(())
}

/// What is there is what was to be written.
pub fn compare(there: &Source, tables: &[Table], wanted: &[Counted]) -> Result<(), String> {
    if tables.len() != wanted.len() {
        return Err(format!("it has {} tables instead of {}", tables.len(), wanted.len()));
    }
    for (table, wanted) in tables.iter().zip(wanted) {
        let found = Sum::of(there, table).map_err(|error| format!("{}: {error}", table.name))?;
        if table.name != wanted.table || found.rows != wanted.rows {
            let (name, found) = (&table.name, found.rows);
            return Err(format!("{name} has {found} rows instead of {}", wanted.rows));
        }
        if found.checksum() != wanted.checksum {
            return Err(format!("{}: the checksum is another", table.name));
        }
        let position = there.position(table).map_err(|error| error.to_string())?;
        // PostgreSQL may have counted on since its snapshot; it never counts back.
        if position < wanted.position {
            return Err(format!("{}: it counts from {position}", table.name));
        }
    }
    Ok(())
}

/// On the disk, with its name.
pub fn flush(path: &Path) -> Result<(), StoreError> {
    let flushed = File::open(path).and_then(|file| file.sync_all());
    flushed.map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))
}

/// The folder of a file, which holds its name.
pub fn flush_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => flush(folder),
        _ => flush(Path::new(".")),
    }
}
