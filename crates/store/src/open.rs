//! Opening the database: the data folder's lock, the connections, the migrations.

pub(crate) mod postgres;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_model::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::blobs::{BlobPlace, Blobs};
use crate::committer::postgres::PostgresWriter;
use crate::committer::sqlite::SqliteWriter;
use crate::committer::{Committer, Flushing, Options, Writer};
use crate::error::StoreError;
use crate::held;
use crate::server::Server;
use crate::sql::postgres::Session;
use crate::sql::{Reader, Tx};

/// Migrations in order; the number is the index plus one. Both databases have the same.
pub(crate) const MIGRATIONS: [Migration; 13] = [
    Migration {
        sqlite: include_str!("../migrations/sqlite/0001_first.sql"),
        postgres: include_str!("../migrations/postgres/0001_first.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0002_last_failures.sql"),
        postgres: include_str!("../migrations/postgres/0002_last_failures.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0003_app_triggers.sql"),
        postgres: include_str!("../migrations/postgres/0003_app_triggers.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0004_nodes.sql"),
        postgres: include_str!("../migrations/postgres/0004_nodes.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0005_replays.sql"),
        postgres: include_str!("../migrations/postgres/0005_replays.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0006_limits.sql"),
        postgres: include_str!("../migrations/postgres/0006_limits.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0007_models.sql"),
        postgres: include_str!("../migrations/postgres/0007_models.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0008_bounds.sql"),
        postgres: include_str!("../migrations/postgres/0008_bounds.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0009_approvals.sql"),
        postgres: include_str!("../migrations/postgres/0009_approvals.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0010_builder.sql"),
        postgres: include_str!("../migrations/postgres/0010_builder.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0011_knowledge.sql"),
        postgres: include_str!("../migrations/postgres/0011_knowledge.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0012_answers_alike.sql"),
        postgres: include_str!("../migrations/postgres/0012_answers_alike.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/sqlite/0013_evaluations.sql"),
        postgres: include_str!("../migrations/postgres/0013_evaluations.sql"),
    },
];

/// The version that this program makes of a database.
pub(crate) const KNOWN: u32 = MIGRATIONS.len() as u32;
/// The database in the data folder.
pub(crate) const FILE: &str = "codex32.db";

pub(crate) struct Migration {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// Read connections at once; a page of rows each, so few are enough.
const READERS: usize = 4;

/// The store of one server on one database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    blobs: Blobs,
    committer: Committer,
    source: Source,
    readers: Mutex<Vec<Connected>>,
    slots: tokio::sync::Semaphore,
    told: Arc<tokio::sync::Notify>,
    /// Held as long as the store lives: two servers on one folder would fence each other.
    _lock: Option<File>,
}

/// Where the database is.
enum Source {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
    #[cfg(feature = "simulation")]
    Simulated(Arc<crate::simulation::Turnstile>),
}

/// A connection to read from.
enum Connected {
    Sqlite(Connection),
    Postgres(Session),
}

impl Source {
    fn connect(&self) -> Result<Connected, StoreError> {
        match self {
            Self::Sqlite(path) => connect(path, Access::Read).map(Connected::Sqlite),
            Self::Postgres(server) => {
                let settings = "SET default_transaction_read_only = on; SET jit = off";
                Session::connect(server, settings).map(Connected::Postgres)
            }
            #[cfg(feature = "simulation")]
            Self::Simulated(_) => {
                Err(StoreError::Bad("reads of a simulated store are admitted".to_owned()))
            }
        }
    }
}

impl Connected {
    fn reader(&self) -> Reader<'_> {
        match self {
            Self::Sqlite(connection) => Reader::sqlite(connection),
            Self::Postgres(session) => Reader::postgres(session),
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self, Self::Postgres(session) if session.is_closed())
    }
}

impl Store {
    /// Opens (and makes, and migrates) the SQLite database in `folder`, with its blobs beside it.
    ///
    /// # Errors
    /// [`StoreError::DataFolder`] when the folder cannot be used or another server has it,
    /// [`StoreError::Newer`] when a newer program migrated it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, &BlobPlace::in_data(folder), Options::default())
    }

    /// Opens with blobs somewhere else, and other bounds than the usual ones.
    ///
    /// # Errors
    /// Those of [`Store::open`], and [`StoreError::Blobs`].
    pub fn open_with(
        folder: &Path,
        blobs: &BlobPlace,
        options: Options,
    ) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let blobs = Blobs::open(blobs, options.flushing)?;
        let path = folder.join(FILE);
        let mut writer = connect(&path, Access::Write(options.flushing))?;
        migrate(&mut writer, KNOWN)?;
        let writer = SqliteWriter::new(writer, path.clone(), options)?;
        Self::start(
            Source::Sqlite(path),
            Writer::Sqlite(Box::new(writer)),
            blobs,
            options,
            Some(lock),
        )
    }

    /// Opens (and migrates) a PostgreSQL database. Blocks until the server has answered.
    ///
    /// # Errors
    /// [`StoreError::Address`] when the server refuses or does not flush what it commits,
    /// [`StoreError::Unavailable`] when it does not answer, [`StoreError::Newer`] when a newer
    /// program migrated the database, [`StoreError::Blobs`].
    pub fn connect(
        server: Server,
        blobs: &BlobPlace,
        options: Options,
    ) -> Result<Self, StoreError> {
        let blobs = Blobs::open(blobs, options.flushing)?;
        let open = || {
            postgres::prepare(&server, options)?;
            let writer = Box::new(PostgresWriter::new(server.clone(), &options)?);
            let (source, writer) = (Source::Postgres(Box::new(server)), Writer::Postgres(writer));
            Self::start(source, writer, blobs, options, None)
        };
        // A session drives itself, which it may not do on a thread that drives others.
        std::thread::scope(|scope| scope.spawn(open).join())
            .map_err(|_| StoreError::Bad("connecting panicked".to_owned()))?
    }

    fn start(
        source: Source,
        writer: Writer,
        blobs: Blobs,
        options: Options,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let readers = match &source {
            Source::Sqlite(_) => READERS,
            // A server somewhere else takes longer to answer.
            Source::Postgres(_) => 2 * READERS,
            #[cfg(feature = "simulation")]
            Source::Simulated(_) => READERS,
        };
        let first = source.connect()?;
        let committer = Committer::start(writer, options, blobs.clone())?;
        let told = Arc::new(tokio::sync::Notify::new());
        if let Source::Postgres(server) = &source {
            postgres::listen(Server::clone(server), Arc::downgrade(&told))?;
        }
        Ok(Self {
            inner: Arc::new(Inner {
                blobs,
                committer,
                source,
                readers: Mutex::new(vec![first]),
                slots: tokio::sync::Semaphore::new(readers),
                told,
                _lock: lock,
            }),
        })
    }

    /// One of several servers on a simulated database.
    #[cfg(feature = "simulation")]
    pub(crate) fn simulated(
        committer: Committer,
        turnstile: Arc<crate::simulation::Turnstile>,
        blobs: Blobs,
    ) -> Self {
        let inner = Inner {
            blobs,
            committer,
            source: Source::Simulated(turnstile),
            readers: Mutex::default(),
            slots: tokio::sync::Semaphore::new(2 * READERS),
            told: Arc::default(),
            _lock: None,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where large values are.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    pub fn committer(&self) -> &Committer {
        &self.inner.committer
    }

    /// The database file; none on PostgreSQL.
    pub fn path(&self) -> Option<&Path> {
        match &self.inner.source {
            Source::Sqlite(path) => Some(path),
            Source::Postgres(_) => None,
            #[cfg(feature = "simulation")]
            Source::Simulated(_) => None,
        }
    }

    /// Whether other servers may use the same database.
    pub fn is_shared(&self) -> bool {
        !matches!(&self.inner.source, Source::Sqlite(_))
    }

    /// Told whenever another server, or this one, has changed something that others wait for. Never
    /// on SQLite.
    pub fn told(&self) -> Arc<tokio::sync::Notify> {
        Arc::clone(&self.inner.told)
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match &self.inner.source {
            Source::Sqlite(_) => "sqlite",
            Source::Postgres(_) => "postgres",
            #[cfg(feature = "simulation")]
            Source::Simulated(_) => "simulated",
        }
    }

    /// Where the database is, for people: the file's path, or `host:port/database`.
    pub fn place(&self) -> String {
        match &self.inner.source {
            Source::Sqlite(path) => path.display().to_string(),
            Source::Postgres(server) => server.name(),
            #[cfg(feature = "simulation")]
            Source::Simulated(_) => "a simulation".to_owned(),
        }
    }

    /// Reads on a read-only connection, off the reactor.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = |_| StoreError::Unavailable("the store is closed".to_owned());
        let _slot = self.inner.slots.acquire().await.map_err(closed)?;
        #[cfg(feature = "simulation")]
        if let Source::Simulated(turnstile) = &self.inner.source {
            return turnstile.read(query).await;
        }
        let inner = Arc::clone(&self.inner);
        let work = move || {
            let readers = || inner.readers.lock().unwrap_or_else(PoisonError::into_inner);
            let mut taken = readers().pop();
            if taken.as_ref().is_some_and(Connected::is_closed) {
                // The server ended it, and most likely the others with it.
                readers().clear();
                taken = None;
            }
            let connected = match taken {
                Some(connected) => connected,
                None => inner.source.connect()?,
            };
            let answer = query(&connected.reader());
            if !matches!(answer, Err(StoreError::Unavailable(_))) {
                readers().push(connected);
            }
            answer
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| StoreError::Bad(format!("a read panicked: {error}")))?
    }

    /// What time it is where leases are kept: by the database's clock, or by the server's (`now`) if it
    /// is the only one.
    pub(crate) fn lease_clock(&self, now: Timestamp) -> LeaseClock {
        match &self.inner.source {
            Source::Sqlite(_) => LeaseClock::Given(now),
            Source::Postgres(_) => LeaseClock::OfDatabase,
            #[cfg(feature = "simulation")]
            Source::Simulated(turnstile) => LeaseClock::Simulated(turnstile.clock()),
        }
    }

    /// Writes in the committer's next transaction; returns after its commit. The closure may run
    /// more than once (after a roll-back), so it must not have effects outside the transaction.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.committer.write(change).await
    }

    /// Commits what is queued and stops the committer. Later writes are refused.
    pub async fn close(&self) {
        self.inner.committer.close().await;
    }
}

/// By which clock leases begin and end.
pub(crate) enum LeaseClock {
    Given(Timestamp),
    OfDatabase,
    #[cfg(feature = "simulation")]
    Simulated(Arc<dyn codex32_model::Clock>),
}

impl LeaseClock {
    pub fn now(&self, reader: &Reader<'_>) -> Result<Timestamp, StoreError> {
        match self {
            Self::Given(now) => Ok(*now),
            Self::OfDatabase => {
                let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
                let now = reader.first(sql, &[], |row| row.get(0))?;
                now.ok_or_else(|| StoreError::Bad("the database does not tell the time".to_owned()))
            }
            #[cfg(feature = "simulation")]
            Self::Simulated(clock) => Ok(clock.now()),
        }
    }
}

pub(crate) fn lock(folder: &Path) -> Result<File, StoreError> {
    let unusable =
        |what: &str| StoreError::DataFolder(format!("data folder {}: {what}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|error| unusable(&error.to_string()))?;
    if let Some(kind) = network_file_system(folder) {
        return Err(unusable(&format!(
            "it lies on a network file system ({kind}), whose locks and flushes cannot be trusted; \
             choose a local folder"
        )));
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(|error| unusable(&error.to_string()))?;
    file.try_lock().map_err(|_| {
        unusable(
            "another Codex-32 server uses it; stop that one, or choose another folder with --data",
        )
    })?;
    Ok(file)
}

/// The kind of network file system that `folder` lies on, by the longest mount point above it.
fn network_file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let kind = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (_, at, kind) = (words.next()?, words.next()?, words.next()?);
            folder.starts_with(at).then_some((at.len(), kind))
        })
        .max_by_key(|(length, _)| *length)?
        .1;
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"]
        .contains(&kind)
        .then(|| kind.to_owned())
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write(Flushing),
}

pub(crate) fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let flags = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write(_) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::DataFolder(format!("{}: {error}", path.display())))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.busy_timeout(Duration::from_secs(5))?;
    match access {
        Access::Read => {
            connection.execute_batch("PRAGMA query_only=1; PRAGMA cache_size=-2048;")?;
        }
        // The write-ahead log is flushed at every commit; checkpoints are made outside its path. A commit
        // that has split pages walks through the whole cache (`pcache1TruncateUnsafe`): with 16 MB that
        // was a seventh of the committer's time, and what is written is mostly at the end of its tables.
        Access::Write(flushing) => connection.execute_batch(&format!(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA fullfsync=1;
             PRAGMA checkpoint_fullfsync=1; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4096;
             PRAGMA foreign_keys=1; PRAGMA temp_store=MEMORY;",
            flushing.as_str()
        ))?,
    }
    Ok(connection)
}

/// The version of a SQLite database; 0 of an empty file.
pub(crate) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    Ok(found)
}

/// Brings a database that is not sealed to version `to`; where it was.
pub(crate) fn migrate(connection: &mut Connection, to: u32) -> Result<u32, StoreError> {
    let found = version(connection)?;
    if found > 0 {
        held::refuse_sealed(&Reader::sqlite(connection))?;
    }
    for (number, migration) in numbered(found, to) {
        let tx = connection.transaction()?;
        tx.execute_batch(migration.sqlite)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
        tracing::debug!(number, "migrated the database");
    }
    Ok(found)
}

/// The migrations after `from` up to `to`, with their numbers.
pub(crate) fn numbered(from: u32, to: u32) -> impl Iterator<Item = (u32, &'static Migration)> {
    (1..=to).zip(&MIGRATIONS).skip(from as usize)
}
