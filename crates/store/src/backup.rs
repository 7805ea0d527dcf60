//! `codex32 backup` and `restore`: a whole store in one file, the same for both databases.
//!
//! The file is a SQLite database with the tables of its version, and the table `backup` with one row:
//! a manifest (format, time, source, version, and for each table rows and checksum) and the manifest's
//! SHA-256. Large values that its runs refer to are in it, too, in the table `blob_data`. It is written from one snapshot while servers go on, read again before it gets its name,
//! and checked as a whole before anything is restored from it.

use std::io::Read;
use std::path::{Path, PathBuf};

use codex32_model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blobs::owner::OWNER;
use crate::blobs::{BlobPlace, Blobs};
use crate::committer::Flushing;
use crate::error::StoreError;
use crate::held;
use crate::location::Location;
use crate::open::KNOWN;
use crate::sql::Reader;
use crate::transfer::arrival::{self, Arrival, Counted};
use crate::transfer::blobs::{self, Carried};
use crate::transfer::catalogue;
use crate::transfer::file::{self, Indexes};
use crate::transfer::source::Source;

/// Of the file. A program reads this one and all before it.
const FORMAT: u32 = 2;

/// The version of the database from which on it refers to blobs.
const FIRST_WITH_BLOBS: u32 = 8;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// `sqlite` or `postgres`.
    pub source: String,
    /// Of the database: its migrations.
    pub version: u32,
    /// Of the store that it was taken from, if that was restored or copied itself.
    pub incarnation: Option<String>,
    pub tables: Vec<Counted>,
    /// Large values, which blob storage has.
    #[serde(default)]
    pub blobs: Carried,
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct Restored {
    pub manifest: Manifest,
    /// The SQLite database that gave way, kept under this name.
    pub aside: Option<PathBuf>,
}

impl Manifest {
    /// Whether its version of the database knows blobs.
    const fn has_blobs(&self) -> bool {
        self.format >= 2 && self.version >= FIRST_WITH_BLOBS
    }
}

/// Writes a backup of a store that may be in use. Blocks.
///
/// # Errors
/// [`StoreError::BackupFile`] when the file exists or cannot be written, and those of reading.
pub fn backup(
    from: &Location,
    blobs: &BlobPlace,
    to: &Path,
    at: Timestamp,
    program: &str,
) -> Result<Manifest, StoreError> {
    if to.exists() {
        return Err(StoreError::BackupFile(format!("{} exists", to.display())));
    }
    let source = Source::online(from)?;
    let blobs = Blobs::open(blobs, Flushing::Full)?;
    let part = to.with_extension("part");
    let made = write(&source, &blobs, from.kind(), &part, at, program).and_then(|manifest| {
        file::flush(&part)?;
        // Never over a file that came meanwhile.
        std::fs::hard_link(&part, to)
            .map_err(|error| StoreError::BackupFile(format!("{}: {error}", to.display())))?;
        let _ = std::fs::remove_file(&part);
        file::flush_folder(to)?;
        Ok(manifest)
    });
    if !matches!(made, Ok(_) | Err(StoreError::BackupFile(_))) {
        let _ = std::fs::remove_file(&part);
    }
    made
}

fn write(
    source: &Source,
    blobs: &Blobs,
    kind: &str,
    part: &Path,
    at: Timestamp,
    program: &str,
) -> Result<Manifest, StoreError> {
    let version = source.version()?;
    if version == 0 {
        return Err(StoreError::NotFound("a database of Codex-32".to_owned()));
    }
    let tables = catalogue::travelling(version)?;
    let (made, counted) = file::make(part, version, &tables, source, Indexes::LeftOut)?;
    let mut carried = Carried::default();
    if version >= FIRST_WITH_BLOBS {
        // By the snapshot in the file; what it names stays for a while after its run is gone.
        let named = blobs::named(&Reader::sqlite(&made))?;
        carried = blobs::into_file(&made, blobs, named)?;
    }
    let manifest = Manifest {
        format: FORMAT,
        made_at: at,
        program: program.to_owned(),
        source: kind.to_owned(),
        version,
        incarnation: held::value(&source.reader(), held::INCARNATION)?,
        tables: counted,
        blobs: carried,
    };
    let text = serde_json::to_string(&manifest)?;
    made.execute_batch("CREATE TABLE backup (manifest TEXT NOT NULL, sha256 TEXT NOT NULL)")?;
    made.execute("INSERT INTO backup (manifest, sha256) VALUES (?1, ?2)", [&text, &hash(&text)])?;
    drop(made);
    let read = check(part).map_err(|error| StoreError::Differs(error.to_string()))?;
    if read != manifest {
        return Err(StoreError::Differs("the manifest".to_owned()));
    }
    Ok(manifest)
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads all of a backup: it is what was written. Blocks.
///
/// # Errors
/// [`StoreError::NoBackup`] and [`StoreError::DamagedBackup`].
pub fn check(path: &Path) -> Result<Manifest, StoreError> {
    open(path).map(|(_, manifest)| manifest)
}

fn open(path: &Path) -> Result<(Source, Manifest), StoreError> {
    let name = path.display();
    let none = |why: &dyn std::fmt::Display| StoreError::NoBackup(format!("{name}: {why}"));
    let damaged = |why: &dyn std::fmt::Display| StoreError::DamagedBackup(format!("{name}: {why}"));
    if !path.is_file() {
        return Err(none(&"there is no such file"));
    }
    // SQLite says the same of a file that is none and of one that broke.
    let unread = |error: StoreError| match error {
        StoreError::Damaged(why) if begins_as_sqlite(path) => damaged(&why),
        other => none(&other),
    };
    let source = Source::file(path).map_err(unread)?;
    let row = source
        .reader()
        .first("SELECT manifest, sha256 FROM backup", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })
        .map_err(unread)?;
    let (text, written) = row.ok_or_else(|| damaged(&"it has no manifest"))?;
    if hash(&text) != written {
        return Err(damaged(&"the manifest was changed"));
    }
    let form: Form = serde_json::from_str(&text).map_err(|error| none(&error))?;
    if form.format > FORMAT {
        return Err(none(&format!(
            "it has the format {}, and this program reads up to {FORMAT}",
            form.format
        )));
    }
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| none(&error))?;
    if manifest.version > KNOWN {
        return Err(StoreError::Newer { found: manifest.version, known: KNOWN });
    }
    let version = source.version().map_err(|error| damaged(&error))?;
    if version != manifest.version {
        return Err(damaged(&format!("it says to be of version {version}")));
    }
    let tables = catalogue::travelling(version)?;
    file::compare(&source, &tables, &manifest.tables).map_err(|why| damaged(&why))?;
    if manifest.has_blobs() {
        blobs::check_file(&source, manifest.blobs).map_err(|why| damaged(&why))?;
    }
    Ok((source, manifest))
}

fn begins_as_sqlite(path: &Path) -> bool {
    let mut begin = [0; 16];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *b"SQLite format 3\0"
}

/// What every format has.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Fills a store from a backup and holds it. Blocks.
///
/// # Errors
/// Those of [`check`]; [`StoreError::NotEmpty`], [`StoreError::InUse`], and
/// [`StoreError::DataFolder`] while a server has the folder. Nothing was changed then.
pub fn restore(
    from: &Path,
    to: &Location,
    blobs: &BlobPlace,
    how: &Arrival,
) -> Result<Restored, StoreError> {
    let (source, manifest) = open(from)?;
    let blobs = Blobs::open(blobs, Flushing::Full)?;
    let owner = held::value(&source.reader(), OWNER)?;
    blobs::wait(blobs.receive(how.replace))?;
    let why = format!(
        "it was restored from a backup of {}, made at {}",
        manifest.source, manifest.made_at
    );
    // They are there before what refers to them.
    if manifest.has_blobs() {
        blobs::from_file(&source, &blobs)?;
    }
    let arrived = arrival::arrive(&source, Some(&manifest.tables), to, how, why)?;
    blobs::wait(blobs.arrived(owner.as_deref()))?;
    Ok(Restored { manifest, aside: arrived.aside })
}
