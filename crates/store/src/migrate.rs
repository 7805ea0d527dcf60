//! `codex32 migrate`: which version a database has, and bringing it to this program's. A server does
//! the same when it starts; this is for those who want to choose the moment.

use crate::committer::Flushing;
use crate::error::StoreError;
use crate::location::Location;
use crate::open::{self, Access, KNOWN, postgres};

/// Versions of a database: what it was, and what this program makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// 0 where there is no database yet.
    pub from: u32,
    pub to: u32,
}

impl Versions {
    pub const fn differ(self) -> bool {
        self.from != self.to
    }
}

/// Looks, and changes nothing. Blocks.
///
/// # Errors
/// [`StoreError::Newer`] when a newer program migrated it, and those of opening it.
pub fn versions(of: &Location) -> Result<Versions, StoreError> {
    let from = match of {
        Location::Sqlite(folder) => {
            let file = Location::file(folder);
            if file.exists() { open::version(&open::connect(&file, Access::Read)?)? } else { 0 }
        }
        Location::Postgres(server) => {
            postgres::version(&postgres::checked(server, Flushing::Full)?)?
        }
    };
    Ok(Versions { from, to: KNOWN })
}

/// Brings the database to this program's version. Blocks. A running server of an older program is
/// not to be surprised: SQLite's data folder has to be free.
///
/// # Errors
/// [`StoreError::DataFolder`] while a server has the folder, and those of [`versions`].
pub fn migrate(of: &Location) -> Result<Versions, StoreError> {
    let from = match of {
        Location::Sqlite(folder) => {
            let _lock = Location::lock(folder)?;
            let file = Location::file(folder);
            open::migrate(&mut open::connect(&file, Access::Write(Flushing::Full))?, KNOWN)?
        }
        Location::Postgres(server) => {
            let session = postgres::checked(server, Flushing::Full)?;
            session.batch("BEGIN")?;
            let from = postgres::migrate(&session, KNOWN)?;
            session.batch("COMMIT")?;
            from
        }
    };
    Ok(Versions { from, to: KNOWN })
}
