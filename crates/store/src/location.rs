//! A database that a command names, before it is opened.

use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::open::{self, FILE};
use crate::server::Server;

/// SQLite in a data folder, or a PostgreSQL database.
#[derive(Debug, Clone)]
pub enum Location {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

impl Location {
    /// `sqlite:FOLDER` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Address`], which does not repeat the address: a password may stand in it.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        match text.strip_prefix("sqlite:") {
            Some("") => Err(StoreError::Address("`sqlite:` names no data folder".to_owned())),
            Some(folder) => Ok(Self::Sqlite(folder.into())),
            None if Server::is_address(text) => {
                Server::parse(text).map(|server| Self::Postgres(Box::new(server)))
            }
            None => Err(StoreError::Address(
                "it begins neither with sqlite: nor with postgres://".to_owned(),
            )),
        }
    }

    /// The file of SQLite.
    pub(crate) fn file(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// The file, or `host:port/database`, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Sqlite(folder) => Self::file(folder).display().to_string(),
            Self::Postgres(server) => server.name(),
        }
    }

    /// `sqlite` or `postgres`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// The existing file of a data folder.
    pub(crate) fn existing(folder: &Path) -> Result<PathBuf, StoreError> {
        let file = Self::file(folder);
        if file.exists() {
            Ok(file)
        } else {
            Err(StoreError::DataFolder(format!("there is no database at {}", file.display())))
        }
    }

    /// Keeps servers away from a data folder for as long as the answer lives.
    pub(crate) fn lock(folder: &Path) -> Result<std::fs::File, StoreError> {
        open::lock(folder)
    }
}
