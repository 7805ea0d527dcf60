//! What can go wrong with storage.

use codex32_model::Code;
use codex32_model::codes::store as codes;

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database did not take a write or answer a read within its time. Nothing was accepted.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row that should be there is not.
    #[error("{0} was not found")]
    NotFound(String),
    /// A unique name, path or key is taken.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else changed it meanwhile.
    #[error("{0} was changed meanwhile")]
    Stale(String),
    /// The statement itself was refused: a mistake in Codex-32, or damaged data.
    #[error("the database refused a statement: {0}")]
    Bad(String),
    #[error("{0}")]
    DataFolder(String),
    /// The address of the database server cannot be used as it is.
    #[error("the address of the database: {0}")]
    Address(String),
    #[error("the database is of a newer version ({found}) than this program ({known})")]
    Newer { found: u32, known: u32 },
    #[error("a row cannot be read: {0}")]
    Damaged(String),
    /// Blob storage cannot be used as it is configured, or belongs to another store.
    #[error("blob storage: {0}")]
    Blobs(String),
    /// A value that a journal refers to is gone, or is another.
    #[error("a large value is lost: {0}")]
    BlobLost(String),
    /// A file that is no backup, or one of a form that this program does not know.
    #[error("{0}")]
    NoBackup(String),
    #[error("the backup is damaged: {0}")]
    DamagedBackup(String),
    #[error("{0}")]
    BackupFile(String),
    /// What is to be filled holds something already.
    #[error("{0} is not empty")]
    NotEmpty(String),
    /// What was written is not what was read.
    #[error("the copy was checked and differs: {0}")]
    Differs(String),
    /// Another program works on the database that has to be left alone meanwhile.
    #[error("{0}")]
    InUse(String),
    /// The data went elsewhere.
    #[error("the data of this store was copied to {to} at {at}")]
    Sealed { to: String, at: String },
}

impl StoreError {
    pub const fn code(&self) -> Code {
        match self {
            Self::Unavailable(_) => codes::UNAVAILABLE,
            Self::NotFound(_) => codes::NOT_FOUND,
            Self::Conflict(_) => codes::CONFLICT,
            Self::Stale(_) => codes::STALE,
            Self::Bad(_) => codes::BAD,
            Self::DataFolder(_) => codes::DATA_FOLDER,
            Self::Address(_) => codes::ADDRESS,
            Self::Newer { .. } => codes::NEWER,
            Self::Damaged(_) => codes::DAMAGED,
            Self::Blobs(_) => codes::BLOBS,
            Self::BlobLost(_) => codes::BLOB_LOST,
            Self::NoBackup(_) => codes::NO_BACKUP,
            Self::DamagedBackup(_) => codes::DAMAGED_BACKUP,
            Self::BackupFile(_) => codes::BACKUP_FILE,
            Self::NotEmpty(_) => codes::NOT_EMPTY,
            Self::Differs(_) => codes::DIFFERS,
            Self::InUse(_) => codes::IN_USE,
            Self::Sealed { .. } => codes::SEALED,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Kind;
        match error.sqlite_error_code() {
            Some(
                Kind::DiskFull
                | Kind::SystemIoFailure
                | Kind::DatabaseBusy
                | Kind::DatabaseLocked
                | Kind::CannotOpen
                | Kind::ReadOnly
                | Kind::OperationInterrupted
                | Kind::OutOfMemory,
            ) => Self::Unavailable(error.to_string()),
            Some(Kind::DatabaseCorrupt | Kind::NotADatabase) => Self::Damaged(error.to_string()),
            Some(Kind::ConstraintViolation) => Self::Conflict(error.to_string()),
            _ => Self::Bad(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
