//! Where a test's store is: SQLite in a folder, or with `CODEX32_TEST_DATABASE=postgres` a PostgreSQL
//! server of its own, so that the same tests are run on both.

use codex32_store::{BlobPlace, Options, Server, Store, StoreError};
use tempfile::TempDir;

use crate::databases::{self, Database};

pub struct Place {
    pub folder: TempDir,
    pub server: Option<Database>,
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    /// # Panics
    /// When PostgreSQL is asked for and not installed.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let wanted =
            std::env::var_os("CODEX32_TEST_DATABASE").is_some_and(|name| name == "postgres");
        let server = wanted.then(|| databases::postgres().expect("PostgreSQL is installed"));
        Self { folder, server }
    }

    /// On PostgreSQL, where it is installed.
    pub fn postgres() -> Option<Self> {
        let server = databases::postgres()?;
        let folder = tempfile::tempdir().ok()?;
        Some(Self { folder, server: Some(server) })
    }

    pub const fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    /// # Panics
    /// When it cannot be opened.
    pub fn open(&self) -> Store {
        self.open_with(Options::default()).expect("a store")
    }

    /// # Errors
    /// Those of [`Store::open`] and [`Store::connect`].
    pub fn open_with(&self, options: Options) -> Result<Store, StoreError> {
        let blobs = self.blobs();
        match &self.server {
            None => Store::open_with(self.folder.path(), &blobs, options),
            Some(server) => Store::connect(Server::parse(&server.url())?, &blobs, options),
        }
    }

    /// The folder of its large values, on both databases.
    pub fn blobs(&self) -> BlobPlace {
        BlobPlace::in_data(self.folder.path())
    }
}
