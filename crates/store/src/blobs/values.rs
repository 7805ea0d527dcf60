//! Values on their way back from blob storage into facts.

use codex32_model::ids::WorkspaceId;
use codex32_model::large::{JournalRow, Kept};
use codex32_model::value::Value;
use futures::StreamExt;

use super::{Blobs, off_reactor};
use crate::error::StoreError;

/// Blobs of one row that are read at once.
const AT_ONCE: usize = 8;

impl Blobs {
    /// Puts those values back into the facts of a row that are wanted; the others stay referred to.
    ///
    /// # Errors
    /// [`StoreError::BlobLost`] when one is not there or was changed; the others are restored then.
    pub async fn restore(
        &self,
        workspace: WorkspaceId,
        row: &mut JournalRow,
        wanted: impl FnMut(&Kept) -> bool,
    ) -> Result<(), StoreError> {
        if row.kept.is_empty() {
            return Ok(());
        }
        let (wanted, left): (Vec<Kept>, Vec<Kept>) =
            std::mem::take(&mut row.kept).into_iter().partition(wanted);
        row.kept = left;
        let read = wanted.into_iter().map(|kept| async move {
            let value = self.value(workspace, &kept).await;
            (kept, value)
        });
        let mut read = futures::stream::iter(read).buffered(AT_ONCE);
        let mut lost = Ok(());
        while let Some((kept, value)) = read.next().await {
            match value {
                Ok(value) => row.restore(kept.fact, kept.slot, value),
                Err(error @ StoreError::BlobLost(_)) => {
                    row.kept.push(kept);
                    lost = Err(error);
                }
                Err(error) => return Err(error),
            }
        }
        lost
    }

    /// A value as it was journaled.
    pub async fn value(&self, workspace: WorkspaceId, kept: &Kept) -> Result<Value, StoreError> {
        let bytes = self.get(workspace, kept.hash).await?;
        Ok(off_reactor(move || Value::from_json_slice(&bytes)).await??)
    }
}
