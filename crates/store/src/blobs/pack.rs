//! Facts on their way to the journal: what is large in them goes to blob storage first.

use std::collections::HashMap;

use bytes::Bytes;
use codex32_model::fact::{self, Fact};
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::large::{BlobHash, JournalRow, Kept, preview};
use codex32_model::value::Value;

use super::{Blobs, LARGE, hash_of, off_reactor};
use crate::entry::Entry;
use crate::error::StoreError;

/// An entry's journal rows as they are written, made by who sends it and not by the one committer.
#[derive(Debug, Default)]
pub struct Encoded {
    pub row: Vec<u8>,
    /// Of the entry's children, in their order.
    pub children: Vec<Vec<u8>>,
    /// What the rows refer to.
    pub kept: Vec<KeptBlob>,
}

/// A blob that a run's journal refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeptBlob {
    pub run: RunId,
    pub hash: BlobHash,
    pub size: u64,
}

impl Encoded {
    /// With all values in the rows.
    pub fn whole(entry: &Entry) -> Self {
        let children = entry.rows.children.iter().map(|child| fact::encode(&child.facts)).collect();
        Self { row: fact::encode(&entry.facts), children, kept: Vec::new() }
    }

    /// Whether something in it may be kept elsewhere.
    pub fn is_large(&self) -> bool {
        self.row.len() > LARGE || self.children.iter().any(|child| child.len() > LARGE)
    }
}

/// Rows that are packed, and the blobs that must be on the disk before them.
struct Packed {
    encoded: Encoded,
    blobs: HashMap<BlobHash, Bytes>,
}

impl Blobs {
    /// Puts what is large in an entry into blob storage; its rows, which refer to that.
    pub(crate) async fn pack(
        &self,
        workspace: WorkspaceId,
        rows: Vec<(RunId, Vec<Fact>)>,
    ) -> Result<Encoded, StoreError> {
        let Packed { encoded, blobs } = off_reactor(move || pack_rows(rows)).await?;
        for bytes in blobs.into_values() {
            self.put(workspace, bytes).await?;
        }
        Ok(encoded)
    }
}

/// The first row is the entry's, the others are its children's.
fn pack_rows(rows: Vec<(RunId, Vec<Fact>)>) -> Packed {
    let mut packed = Packed { encoded: Encoded::default(), blobs: HashMap::new() };
    for (number, (run, facts)) in rows.into_iter().enumerate() {
        let row = fact::encode_row(&packed.row(run, facts));
        if number == 0 {
            packed.encoded.row = row;
        } else {
            packed.encoded.children.push(row);
        }
    }
    packed
}

impl Packed {
    fn row(&mut self, run: RunId, facts: Vec<Fact>) -> JournalRow {
        let mut row = JournalRow { facts, kept: Vec::new() };
        for (number, fact) in row.facts.iter_mut().enumerate() {
            for slot in fact.kind.slots() {
                let value = fact.kind.value(*slot);
                // Its JSON is at most six times as long, where all of it has to be escaped.
                if value.weight() * 6 <= LARGE {
                    continue;
                }
                let json = value.to_json().into_bytes();
                if json.len() <= LARGE {
                    continue;
                }
                let hash = hash_of(&json);
                let (size, preview) = (json.len() as u64, preview(&json));
                fact.kind.set(*slot, Value::Null);
                row.kept.push(Kept { fact: number, slot: *slot, hash, size, preview });
                let kept = KeptBlob { run, hash, size };
                if !self.encoded.kept.contains(&kept) {
                    self.encoded.kept.push(kept);
                }
                self.blobs.entry(hash).or_insert_with(|| Bytes::from(json));
            }
        }
        row
    }
}
