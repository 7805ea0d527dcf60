//! A store comes to be in another place: in a data folder or a PostgreSQL database that is empty, or
//! that gives way. Until all is written, read again and found the same, nothing there has changed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use codex32_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::{self, Table, quoted};
use super::file::{self, Indexes};
use super::source::Source;
use super::sum::Sum;
use super::target::Target;
use crate::committer::Flushing;
use crate::error::StoreError;
use crate::held::{self, Held};
use crate::location::Location;
use crate::open::{self, Access, KNOWN, postgres};
use crate::server::Server;
use crate::sql::postgres::Session;
use crate::sql::{Reader, Tx};

/// Tables that a server fills by itself.
const OF_SERVER: [&str; 4] = ["meta", "cursors", "changes", "nodes"];
/// How long a server that was told to stop may still be connected.
const LEAVING: Duration = Duration::from_secs(8);

/// How a store is to arrive.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// What is there gives way.
    pub replace: bool,
    pub at: Timestamp,
    /// Random: what tells this store from the one that it came from.
    pub incarnation: [u8; 16],
}

/// A table, as it was read and written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub table: String,
    pub rows: u64,
    /// See [`super::sum`].
    pub checksum: String,
    /// How far the database has counted, where it counts.
    #[serde(default)]
    pub position: i64,
}

impl Counted {
    pub(crate) fn new(table: &Table, sum: Sum, position: i64) -> Self {
        let (rows, checksum) = (sum.rows, sum.checksum());
        Self { table: table.name.clone(), rows, checksum, position }
    }
}

pub struct Arrived {
    pub tables: Vec<Counted>,
    /// Where the database is that gave way.
    pub aside: Option<PathBuf>,
}

/// Writes all of `from`, which is known to be `expected`, there and holds it.
pub fn arrive(
    from: &Source,
    expected: Option<&[Counted]>,
    to: &Location,
    how: &Arrival,
    why: String,
) -> Result<Arrived, StoreError> {
    let version = from.version()?;
    let tables = catalogue::travelling(version)?;
    let arriving = Arriving { from, version, tables: &tables, how, why, expected };
    match to {
        Location::Sqlite(folder) => arriving.into_folder(folder),
        Location::Postgres(server) => arriving.into_database(server),
    }
}

struct Arriving<'a> {
    from: &'a Source,
    version: u32,
    tables: &'a [Table],
    how: &'a Arrival,
    why: String,
    expected: Option<&'a [Counted]>,
}

impl Arriving<'_> {
    fn into_folder(self, folder: &Path) -> Result<Arrived, StoreError> {
        let _lock = Location::lock(folder)?;
        let file = Location::file(folder);
        if !self.how.replace && file.exists() {
            let there = open::connect(&file, Access::Read)?;
            refuse_full(&Reader::sqlite(&there), open::version(&there)?, &file.display())?;
        }
        let part = file.with_extension("db.arriving");
        let _ = std::fs::remove_file(&part);
        let arrived = self.fill_file(&part).and_then(|tables| {
            let aside = set_aside(&file, self.how.at)?;
            std::fs::rename(&part, &file).map_err(|error| unusable(&file, &error))?;
            file::flush_folder(&file)?;
            Ok(Arrived { tables, aside })
        });
        if arrived.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        arrived
    }

    fn fill_file(&self, part: &Path) -> Result<Vec<Counted>, StoreError> {
        let (made, counted) =
            file::make(part, self.version, self.tables, self.from, Indexes::Made)?;
        drop(made);
        self.expect(&counted)?;
        file::compare(&Source::file(part)?, self.tables, &counted).map_err(StoreError::Differs)?;
        let mut made = file::open_to_change(part)?;
        open::migrate(&mut made, KNOWN)?;
        self.mark(&Tx::sqlite(&made))?;
        drop(made);
        file::flush(part)?;
        Ok(counted)
    }

    fn into_database(self, server: &Server) -> Result<Arrived, StoreError> {
        let session = postgres::checked(server, Flushing::Full)?;
        alone(&session)?;
        session.batch("BEGIN")?;
        session.query(postgres::LOCK, &[])?;
        let found = postgres::version(&session)?;
        if found > 0 {
            if !self.how.replace {
                refuse_full(&Reader::postgres(&session), found, &server.name())?;
            }
            let names = catalogue::of_version(found)?;
            let names: Vec<_> = names.iter().map(|table| quoted(&table.name)).collect();
            session.batch(&format!("DROP TABLE {}, migrations", names.join(", ")))?;
        }
        postgres::migrate(&session, self.version)?;
        let fill = |table| Target::Postgres(&session).fill(table, self.from);
        let counted = self.tables.iter().map(fill).collect::<Result<Vec<_>, StoreError>>()?;
        self.expect(&counted)?;
        let there = Source::Postgres(session);
        file::compare(&there, self.tables, &counted).map_err(StoreError::Differs)?;
        let Source::Postgres(session) = there else {
            return Err(StoreError::Bad("the session is gone".to_owned()));
        };
        postgres::migrate(&session, KNOWN)?;
        self.mark(&Tx::postgres(&session))?;
        session.batch("COMMIT")?;
        Ok(Arrived { tables: counted, aside: None })
    }

    fn expect(&self, counted: &[Counted]) -> Result<(), StoreError> {
        match self.expected {
            Some(expected) if expected != counted => {
                Err(StoreError::DamagedBackup("it was changed while it was read".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// It is another store now, and nothing runs in it.
    fn mark(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let held = Held { since: self.how.at, why: self.why.clone() };
        let incarnation: String =
            self.how.incarnation.iter().map(|byte| format!("{byte:02x}")).collect();
        held::set(tx, held::HELD, Some(&serde_json::to_string(&held)?))?;
        held::set(tx, held::INCARNATION, Some(&incarnation))?;
        held::set(tx, held::SEALED, None)
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::DataFolder(format!("{}: {error}", path.display()))
}

/// # Errors
/// [`StoreError::NotEmpty`] when any table holds what somebody may miss.
fn refuse_full(
    there: &Reader<'_>,
    version: u32,
    name: &dyn std::fmt::Display,
) -> Result<(), StoreError> {
    for table in catalogue::of_version(version)? {
        if OF_SERVER.contains(&table.name.as_str()) {
            continue;
        }
        if there.exists(&format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name)), &[])? {
            return Err(StoreError::NotEmpty(format!("the store {name}")));
        }
    }
    Ok(())
}

/// # Errors
/// [`StoreError::InUse`] while a server is connected.
pub fn alone(session: &Session) -> Result<(), StoreError> {
    let until = Instant::now() + LEAVING;
    loop {
        let others = Reader::postgres(session).exists(
            "SELECT 1 FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND application_name IN ('codex32', current_setting('application_name'))",
            &[],
        )?;
        if !others {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(StoreError::InUse(
                "another program of Codex-32 is connected to the database; stop it first"
                    .to_owned(),
            ));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Gives the database in the way a second name, under which it stays.
fn set_aside(file: &Path, at: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !file.exists() {
        return Ok(None);
    }
    // Into the one file with all of it; a damaged one is kept as it is, with what belongs to it.
    if let Ok(there) = open::connect(file, Access::Write(Flushing::Full)) {
        let whole = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;";
        if let Err(error) = there.execute_batch(whole) {
            tracing::debug!(%error, "the database that gives way is kept with its log");
        }
    }
    let at = at.to_string().replace(':', "-");
    let name = |suffix| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".before-{at}{suffix}"));
        PathBuf::from(name)
    };
    let aside = name("");
    std::fs::hard_link(file, &aside).map_err(|error| unusable(&aside, &error))?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(suffix);
        let beside = PathBuf::from(beside);
        if beside.exists() {
            std::fs::rename(&beside, name(suffix)).map_err(|error| unusable(&beside, &error))?;
        }
    }
    Ok(Some(aside))
}
