//! `codex32 copy`: a store goes from one database to another, and its old place is sealed.

use std::path::PathBuf;

use codex32_model::Timestamp;

use crate::blobs::owner::OWNER;
use crate::blobs::{BlobPlace, Blobs};
use crate::committer::Flushing;
use crate::error::StoreError;
use crate::held::{self, SEALED, Seal};
use crate::location::Location;
use crate::open::{self, Access, postgres};
use crate::sql::Tx;
use crate::transfer::arrival::{self, Arrival, Arrived, Counted};
use crate::transfer::blobs::{self, Carried};
use crate::transfer::catalogue::{self, quoted};
use crate::transfer::source::Source;

/// What a copy did.
#[derive(Debug, Clone)]
pub struct Copied {
    pub tables: Vec<Counted>,
    /// Large values, read by their hashes; in the same storage they stayed where they were.
    pub blobs: Carried,
    /// The SQLite database that gave way, kept under this name.
    pub aside: Option<PathBuf>,
}

/// Where the large values are, and where they go.
#[derive(Debug, Clone, Copy)]
pub struct Storages<'a> {
    pub from: &'a BlobPlace,
    pub to: &'a BlobPlace,
}

/// Copies a store that no server uses, holds the copy, and seals the original. Blocks.
///
/// # Errors
/// Those of [`crate::backup::restore`]; [`StoreError::Sealed`] when the original was copied before.
/// Nothing was changed then.
pub fn copy(
    from: &Location,
    to: &Location,
    storages: Storages<'_>,
    how: &Arrival,
) -> Result<Copied, StoreError> {
    if from.name() == to.name() {
        return Err(StoreError::Address("both name the same database".to_owned()));
    }
    let why = format!("it was copied from {}", from.name());
    match from {
        Location::Sqlite(folder) => {
            let file = Location::existing(folder)?;
            let _lock = Location::lock(folder)?;
            let source = Source::file(&file)?;
            refuse(&source)?;
            let (arrived, blobs) = arrive(&source, to, storages, how, why)?;
            drop(source);
            let mut writer = open::connect(&file, Access::Write(Flushing::Full))?;
            let tx = writer.transaction()?;
            seal(&Tx::sqlite(&tx), to, how.at)?;
            tx.commit()?;
            Ok(Copied { tables: arrived.tables, blobs, aside: arrived.aside })
        }
        Location::Postgres(server) => {
            let session = postgres::checked(server, Flushing::Never)?;
            arrival::alone(&session)?;
            let tables = catalogue::of_version(postgres::version(&session)?)?;
            session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ")?;
            // Nobody writes until the seal is there. Before the snapshot, which it has to cover.
            let names: Vec<_> = tables.iter().map(|table| quoted(&table.name)).collect();
            if !names.is_empty() {
                session.batch(&format!("LOCK TABLE {} IN SHARE MODE", names.join(", ")))?;
            }
            let source = Source::Postgres(session);
            refuse(&source)?;
            let (arrived, blobs) = arrive(&source, to, storages, how, why)?;
            if let Source::Postgres(session) = &source {
                seal(&Tx::postgres(session), to, how.at)?;
                session.batch("COMMIT")?;
            }
            Ok(Copied { tables: arrived.tables, blobs, aside: arrived.aside })
        }
    }
}

/// Blobs first, so that they are there before what refers to them.
fn arrive(
    source: &Source,
    to: &Location,
    storages: Storages<'_>,
    how: &Arrival,
    why: String,
) -> Result<(Arrived, Carried), StoreError> {
    let known = catalogue::travelling(source.version()?)?;
    let named = if known.iter().any(|table| table.name == "blobs") {
        blobs::named(&source.reader())?
    } else {
        Vec::new()
    };
    let from = Blobs::open(storages.from, Flushing::Full)?;
    let there = Blobs::open(storages.to, Flushing::Full)?;
    let owner = held::value(&source.reader(), OWNER)?;
    // In the same storage they stay whose they were.
    blobs::wait(there.receive(how.replace || from.is_same(&there)))?;
    let carried = blobs::across(&from, &there, named)?;
    let arrived = arrival::arrive(source, None, to, how, why)?;
    blobs::wait(there.arrived(owner.as_deref()))?;
    Ok((arrived, carried))
}

fn refuse(source: &Source) -> Result<(), StoreError> {
    if source.version()? == 0 {
        return Err(StoreError::NotFound("a database of Codex-32".to_owned()));
    }
    held::refuse_sealed(&source.reader())
}

fn seal(tx: &Tx<'_>, to: &Location, at: Timestamp) -> Result<(), StoreError> {
    let seal = Seal { at, to: to.name() };
    held::set(tx, SEALED, Some(&serde_json::to_string(&seal)?))
}

/// Lets a sealed store be opened again; whether it was sealed. Blocks.
///
/// # Errors
/// Those of opening it.
pub fn unseal(of: &Location) -> Result<bool, StoreError> {
    let take = |tx: &Tx<'_>| {
        let sealed = held::value(&tx.reader(), SEALED)?.is_some();
        held::set(tx, SEALED, None)?;
        Ok::<_, StoreError>(sealed)
    };
    match of {
        Location::Sqlite(folder) => {
            let file = Location::existing(folder)?;
            let _lock = Location::lock(folder)?;
            let mut writer = open::connect(&file, Access::Write(Flushing::Full))?;
            let tx = writer.transaction()?;
            let sealed = take(&Tx::sqlite(&tx))?;
            tx.commit()?;
            Ok(sealed)
        }
        Location::Postgres(server) => {
            let session = postgres::checked(server, Flushing::Full)?;
            session.batch("BEGIN")?;
            let sealed = take(&Tx::postgres(&session))?;
            session.batch("COMMIT")?;
            Ok(sealed)
        }
    }
}
