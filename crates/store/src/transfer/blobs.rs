//! Blobs go where their database goes: into the file of a backup, out of it, or from one storage to
//! another. Each is read by its hash, so what arrives is what was written.

use bytes::Bytes;
use codex32_model::ids::WorkspaceId;
use codex32_model::large::BlobHash;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::source::Source;
use crate::blobs::{Blobs, hash_of};
use crate::error::StoreError;
use crate::params;
use crate::sql::{Cell, Reader, Tx};

/// Blobs on their way at once.
const AT_ONCE: usize = 8;

/// Blobs that went along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    pub blobs: u64,
    pub bytes: u64,
}

impl Carried {
    fn count(&mut self, bytes: usize) {
        self.blobs += 1;
        self.bytes += bytes as u64;
    }
}

type Named = (WorkspaceId, BlobHash);

/// Runs what waits for a storage, for a caller that blocks.
pub fn wait<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
        .block_on(work)
}

/// The blobs that runs of a database refer to; not those of runs that are gone.
pub fn named(reader: &Reader<'_>) -> Result<Vec<Named>, StoreError> {
    let sql = "SELECT DISTINCT workspace, hash FROM blobs WHERE until IS NULL";
    reader.query(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Writes blobs into the file of a backup.
pub fn into_file(
    made: &rusqlite::Connection,
    blobs: &Blobs,
    named: Vec<Named>,
) -> Result<Carried, StoreError> {
    made.execute_batch(
        "CREATE TABLE blob_data (
           workspace BLOB NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL,
           PRIMARY KEY (workspace, hash)
         )",
    )?;
    let mut carried = Carried::default();
    let tx = Tx::sqlite(made);
    wait(async {
        let mut read = read(blobs, named);
        while let Some((workspace, hash, bytes)) = read.try_next().await? {
            carried.count(bytes.len());
            tx.execute(
                "INSERT INTO blob_data (workspace, hash, bytes) VALUES (?1, ?2, ?3)",
                params![workspace, hash, &bytes[..]],
            )?;
        }
        Ok(carried)
    })
}

/// The blobs of a backup's file are what they were, and all that its runs refer to are there.
pub fn check_file(file: &Source, wanted: Carried) -> Result<(), String> {
    let mut carried = Carried::default();
    let mut there = std::collections::HashSet::new();
    each(file, |workspace, hash, bytes| {
        if hash_of(bytes) != hash {
            return Err(StoreError::BlobLost(format!("{hash} was changed")));
        }
        carried.count(bytes.len());
        there.insert((workspace, hash));
        Ok(())
    })
    .and_then(|()| {
        let named = named(&file.reader())?;
        match named.iter().find(|named| !there.contains(named)) {
            Some((_, hash)) => Err(StoreError::BlobLost(format!("{hash} is not there"))),
            None => Ok(()),
        }
    })
    .map_err(|error| error.to_string())?;
    if carried == wanted { Ok(()) } else { Err(format!("it has {} large values", carried.blobs)) }
}

/// Writes the blobs of a backup's file into a storage.
pub fn from_file(file: &Source, blobs: &Blobs) -> Result<(), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    each(file, |workspace, hash, bytes| {
        let put = runtime.block_on(blobs.put(workspace, Bytes::copy_from_slice(bytes)))?;
        if put == hash { Ok(()) } else { Err(StoreError::BlobLost(format!("{hash} was changed"))) }
    })
}

/// From one storage to another; in the same one they are only read.
pub fn across(from: &Blobs, to: &Blobs, named: Vec<Named>) -> Result<Carried, StoreError> {
    let same = from.is_same(to);
    wait(async {
        let mut carried = Carried::default();
        let mut read = read(from, named);
        while let Some((workspace, _, bytes)) = read.try_next().await? {
            carried.count(bytes.len());
            if !same {
                to.put(workspace, bytes).await?;
            }
        }
        Ok(carried)
    })
}

fn read(
    blobs: &Blobs,
    named: Vec<Named>,
) -> impl futures::TryStream<Ok = (WorkspaceId, BlobHash, Bytes), Error = StoreError> + Unpin {
    let read = named.into_iter().map(move |(workspace, hash)| async move {
        Ok::<_, StoreError>((workspace, hash, blobs.get(workspace, hash).await?))
    });
    Box::pin(futures::stream::iter(read).buffered(AT_ONCE))
}

fn each(
    file: &Source,
    mut take: impl FnMut(WorkspaceId, BlobHash, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // Row by row; nothing is kept.
    let rows = file.reader().query("SELECT workspace, hash, bytes FROM blob_data", &[], |row| {
        let Cell::Blob(bytes) = row.cell(2)? else {
            return Err(StoreError::Damaged("a blob in the backup has no bytes".to_owned()));
        };
        take(row.get(0)?, row.get(1)?, bytes)
    });
    rows.map(|_: Vec<()>| ())
}
