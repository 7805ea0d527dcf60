//! Blob storage: where large values are kept, in a folder or in a bucket of S3 and its like.
//!
//! A blob is named by its workspace and the SHA-256 of its bytes, so it never changes, and one that is
//! read is known to be what was written. It is on the disk, with its name, before the commit that
//! names it; after a crash in between nothing refers to it, and [`collect`] removes it once it is old.

mod collect;
pub(crate) mod owner;
pub(crate) mod pack;
mod place;
pub(crate) mod rows;
mod values;

use std::sync::Arc;

use bytes::Bytes;
use codex32_model::Timestamp;
use codex32_model::ids::WorkspaceId;
use codex32_model::large::BlobHash;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use sha2::{Digest, Sha256};

pub use collect::Collected;
pub use place::BlobPlace;

use crate::error::StoreError;

/// Values whose JSON has more bytes than this are kept as blobs.
pub const LARGE: usize = 64 << 10;
/// The object that says whose blobs these are.
const MARK: &str = "codex32-blobs";

/// A handle. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    place: Arc<BlobPlace>,
}

/// A blob as the storage lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub workspace: WorkspaceId,
    pub hash: BlobHash,
    pub size: u64,
    pub written_at: Timestamp,
}

pub(crate) fn hash_of(bytes: &[u8]) -> BlobHash {
    BlobHash(Sha256::digest(bytes).into())
}

fn key(workspace: WorkspaceId, hash: BlobHash) -> Key {
    let hash = hash.to_string();
    Key::from_iter([workspace.to_string(), hash[..2].to_owned(), hash])
}

fn unavailable(error: &object_store::Error) -> StoreError {
    StoreError::Unavailable(format!("blob storage: {error}"))
}

impl Blobs {
    /// # Errors
    /// [`StoreError::Blobs`] when the place cannot be used.
    pub fn open(place: &BlobPlace, flushing: crate::Flushing) -> Result<Self, StoreError> {
        Ok(Self { objects: place.open(flushing)?, place: Arc::new(place.clone()) })
    }

    /// In memory only, for servers on a simulated database.
    #[cfg(feature = "simulation")]
    pub(crate) fn in_memory() -> Self {
        let objects = Arc::new(object_store::memory::InMemory::new());
        Self { objects, place: Arc::new(BlobPlace::Folder("memory".into())) }
    }

    /// Where they are, for people.
    pub fn name(&self) -> String {
        self.place.name()
    }

    /// Whether both are the same storage.
    pub fn is_same(&self, other: &Self) -> bool {
        self.place.name() == other.place.name()
    }

    /// Writes a blob; returns once it is on the disk. One that is there already is written again: only so
    /// is it known to be on the disk, and young.
    pub async fn put(&self, workspace: WorkspaceId, bytes: Bytes) -> Result<BlobHash, StoreError> {
        let (hash, bytes) = off_reactor(move || (hash_of(&bytes), bytes)).await?;
        self.objects
            .put(&key(workspace, hash), bytes.into())
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(hash)
    }

    /// # Errors
    /// [`StoreError::BlobLost`] when it is not there, or is not what was written.
    pub async fn get(&self, workspace: WorkspaceId, hash: BlobHash) -> Result<Bytes, StoreError> {
        let lost = |what: &str| StoreError::BlobLost(format!("{} {what}", key(workspace, hash)));
        let found = match self.objects.get(&key(workspace, hash)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        let bytes = match found {
            Ok(bytes) => bytes,
            Err(object_store::Error::NotFound { .. }) => return Err(lost("is not there")),
            Err(error) => return Err(unavailable(&error)),
        };
        let (found, bytes) = off_reactor(move || (hash_of(&bytes), bytes)).await?;
        if found == hash { Ok(bytes) } else { Err(lost("was changed")) }
    }

    /// Removes a blob; one that is not there is none the worse.
    pub(crate) async fn delete(
        &self,
        workspace: WorkspaceId,
        hash: BlobHash,
    ) -> Result<(), StoreError> {
        match self.objects.delete(&key(workspace, hash)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Everything that is there and has the name of a blob, in no order.
    pub fn list(&self) -> impl futures::Stream<Item = Result<Listed, StoreError>> + Send {
        self.objects.list(None).map_err(|error| unavailable(&error)).try_filter_map(
            |meta| async move {
                let mut parts = meta.location.parts();
                let workspace = parts.next().and_then(|part| part.as_ref().parse().ok());
                let hash = parts.nth(1).and_then(|part| part.as_ref().parse().ok());
                Ok(workspace.zip(hash).map(|(workspace, hash)| Listed {
                    workspace,
                    hash,
                    size: meta.size,
                    written_at: Timestamp::from_micros(meta.last_modified.timestamp_micros()),
                }))
            },
        )
    }

    /// Removes what is no blob yet since somebody died while writing it, if it is from before then.
    pub(crate) async fn sweep(&self, before: Timestamp) -> Result<(), StoreError> {
        let place = Arc::clone(&self.place);
        let swept = off_reactor(move || place.sweep(before)).await?;
        match swept {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "removed what was left of unfinished large values"),
            // What cannot be removed takes room, and nothing else.
            Err(error) => tracing::warn!(%error, "what is left of unfinished large values stays"),
        }
        Ok(())
    }

    /// How many blobs there are, and their bytes.
    pub async fn figures(&self) -> Result<(u64, u64), StoreError> {
        let all = self.list().boxed();
        all.try_fold(
            (0, 0),
            |(blobs, bytes), blob| async move { Ok((blobs + 1, bytes + blob.size)) },
        )
        .await
    }

    /// Whose blobs these are; nobody's if it is new.
    pub(crate) async fn mark(&self) -> Result<Option<String>, StoreError> {
        let found = match self.objects.get(&Key::from(MARK)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Marks a new storage; the mark that it has then, if another server was faster.
    pub(crate) async fn first_mark(&self, store: &str) -> Result<String, StoreError> {
        let text = format!("{store}\n").into_bytes();
        let how = PutOptions::from(PutMode::Create);
        match self.objects.put_opts(&Key::from(MARK), text.into(), how).await {
            Ok(_) => Ok(store.to_owned()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                Ok(self.mark().await?.unwrap_or_default())
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn remove_mark(&self) -> Result<(), StoreError> {
        match self.objects.delete(&Key::from(MARK)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    pub(crate) async fn set_mark(&self, store: &str) -> Result<(), StoreError> {
        let text = format!("{store}\n").into_bytes();
        let put = self.objects.put(&Key::from(MARK), text.into()).await;
        put.map(drop).map_err(|error| unavailable(&error))
    }
}

/// Work on many bytes.
pub(crate) async fn off_reactor<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Bad(format!("work on a blob panicked: {error}")))
}
