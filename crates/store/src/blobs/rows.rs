//! Which runs hold which blobs, and which blobs are about to be removed.
//!
//! A run that refers to a blob and the removal of that blob meet in the database: both look at the
//! other's rows under a lock, and the later one gives way. The run then keeps its value in its journal.
//! A removal is remembered for longer than any commit takes, since a blob may have been written before
//! the removal and be referred to after it.

use codex32_model::Timestamp;
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::large::BlobHash;

use super::pack::KeptBlob;
use crate::error::StoreError;
use crate::params;
use crate::sql::{FromColumn, Param, Tx};

/// For as long as it is decided what is referred to.
const LOCK: &str = "blobs";

impl From<BlobHash> for Param<'_> {
    fn from(hash: BlobHash) -> Self {
        Self::Blob(hash.0.to_vec().into())
    }
}

impl FromColumn for BlobHash {
    fn from_column(cell: crate::sql::Cell<'_>) -> Option<Self> {
        let crate::sql::Cell::Blob(bytes) = cell else { return None };
        Some(Self(bytes.try_into().ok()?))
    }
}

/// Whether all of these may be referred to; none of them is removed before the transaction has ended.
pub(crate) fn may_refer(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    blobs: &[KeptBlob],
) -> Result<bool, StoreError> {
    tx.share(LOCK)?;
    for blob in blobs {
        let leaving = tx.reader().exists(
            "SELECT 1 FROM blobs_leaving WHERE workspace = ?1 AND hash = ?2",
            params![workspace, blob.hash],
        )?;
        if leaving {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs refer to blobs from now on.
pub(crate) fn refer(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    blobs: &[KeptBlob],
) -> Result<(), StoreError> {
    for blob in blobs {
        tx.execute(
            "INSERT INTO blobs (run, hash, workspace, size) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![blob.run, blob.hash, workspace, blob.size.cast_signed()],
        )?;
    }
    Ok(())
}

/// A run is gone: its blobs stay until then, for backups that are being made.
pub(crate) fn let_go(tx: &Tx<'_>, run: RunId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE blobs SET until = ?2 WHERE run = ?1", params![run, until]).map(drop)
}

/// Of these blobs, those that nothing refers to; from now on nothing can.
pub(super) fn part_with(
    tx: &Tx<'_>,
    candidates: &[(WorkspaceId, BlobHash)],
    now: Timestamp,
) -> Result<Vec<(WorkspaceId, BlobHash)>, StoreError> {
    tx.lock(LOCK)?;
    let mut leaving = Vec::new();
    for (workspace, hash) in candidates {
        tx.execute(
            "DELETE FROM blobs WHERE workspace = ?1 AND hash = ?2 AND until <= ?3",
            params![*workspace, *hash, now],
        )?;
        let held = tx.reader().exists(
            "SELECT 1 FROM blobs WHERE workspace = ?1 AND hash = ?2",
            params![*workspace, *hash],
        )?;
        if !held {
            tx.execute(
                "INSERT INTO blobs_leaving (workspace, hash, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (workspace, hash) DO UPDATE SET at = excluded.at, gone_at = NULL",
                params![*workspace, *hash, now],
            )?;
            leaving.push((*workspace, *hash));
        }
    }
    Ok(leaving)
}

/// They are removed.
pub(super) fn parted(
    tx: &Tx<'_>,
    gone: &[(WorkspaceId, BlobHash)],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (workspace, hash) in gone {
        tx.execute(
            "UPDATE blobs_leaving SET gone_at = ?3 WHERE workspace = ?1 AND hash = ?2",
            params![*workspace, *hash, now],
        )?;
    }
    Ok(())
}

/// Removals before this time are forgotten: the same contents may be kept again.
pub(super) fn forget(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM blobs_leaving WHERE gone_at <= ?1", params![before]).map(drop)
}
