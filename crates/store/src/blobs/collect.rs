//! Removing blobs that nothing refers to. The young are spared: a commit that names them may be on its
//! way.

use std::time::{Duration, Instant};

use codex32_model::Timestamp;
use codex32_model::ids::WorkspaceId;
use codex32_model::large::BlobHash;
use futures::{StreamExt, TryStreamExt};

use super::rows;
use crate::error::StoreError;
use crate::open::Store;
use crate::params;

/// Blobs that are decided on in one transaction.
const BATCH: usize = 100;
/// A removal takes at most this long; beyond, this server may have slept, and another go on with it.
const TIME: Duration = Duration::from_secs(60);
/// Longer than any commit takes that refers to what it has just written.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// After this time a removal is another server's to end.
const ABANDONED: Duration = Duration::from_secs(600);

/// What a collection removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    pub blobs: u64,
    pub bytes: u64,
}

type Named = (WorkspaceId, BlobHash);

impl Store {
    /// Removes blobs older than `young` that nothing refers to, as long as `go_on` says so. Can be
    /// broken off and repeated at any time.
    pub async fn all_collect_blobs(
        &self,
        now: Timestamp,
        young: Duration,
        go_on: impl Fn() -> bool + Send,
    ) -> Result<Collected, StoreError> {
        self.still_owns_blobs().await?;
        let mut collected = Collected::default();
        // What a server began to remove that is gone since.
        let before = now.minus(ABANDONED);
        let abandoned: Vec<Named> = self
            .read(move |reader| {
                reader.query(
                    "SELECT workspace, hash FROM blobs_leaving WHERE gone_at IS NULL AND at <= ?1",
                    params![before],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
            })
            .await?;
        self.remove(abandoned, now).await?;
        let forgotten = now.minus(REMEMBERED);
        self.write(move |tx| rows::forget(tx, forgotten)).await?;
        let old = now.minus(young);
        self.blobs().sweep(old).await?;
        let mut listed = Box::pin(self.blobs().list().fuse());
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            while batch.len() < BATCH
                && let Some(blob) = listed.try_next().await?
            {
                if blob.written_at <= old {
                    batch.push(blob);
                }
            }
            if batch.is_empty() || !go_on() {
                return Ok(collected);
            }
            let named: Vec<Named> = batch.iter().map(|blob| (blob.workspace, blob.hash)).collect();
            let leaving = self.write(move |tx| rows::part_with(tx, &named, now)).await?;
            let gone = batch.iter().filter(|blob| leaving.contains(&(blob.workspace, blob.hash)));
            for blob in gone {
                collected.blobs += 1;
                collected.bytes += blob.size;
            }
            self.remove(leaving, now).await?;
        }
    }

    async fn remove(&self, leaving: Vec<Named>, now: Timestamp) -> Result<(), StoreError> {
        if leaving.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        for (workspace, hash) in &leaving {
            if began.elapsed() > TIME {
                // All of them are gone over again the next time.
                return Ok(());
            }
            self.blobs().delete(*workspace, *hash).await?;
        }
        self.write(move |tx| rows::parted(tx, &leaving, now)).await
    }
}
