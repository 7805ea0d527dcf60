//! The checksum of a table: how many rows, and the sum of their SHA-256.
//!
//! A row's hash covers the table, the columns' names and, by column name, each value with its type and
//! length. The hashes are added as four 64-bit numbers, so that the order of rows does not matter: the
//! two databases need not sort. It finds damage, not forgery.

use sha2::{Digest, Sha256};

use super::catalogue::Table;
use super::source::Source;
use crate::error::StoreError;
use crate::sql::Cell;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub rows: u64,
    total: [u64; 4],
}

impl Sum {
    /// Of all rows of a table.
    pub fn of(source: &Source, table: &Table) -> Result<Self, StoreError> {
        let mut summing = Summing::new(table);
        source.each(table, &mut |row| {
            summing.add(row);
            Ok(())
        })?;
        Ok(summing.sum)
    }

    /// 64 hexadecimal digits.
    pub fn checksum(&self) -> String {
        self.total.iter().map(|part| format!("{part:016x}")).collect()
    }
}

pub struct Summing {
    start: Sha256,
    pub sum: Sum,
}

impl Summing {
    pub fn new(table: &Table) -> Self {
        let mut start = Sha256::new();
        let names = table.columns.iter().map(|column| &column.name);
        for name in std::iter::once(&table.name).chain(names) {
            sized(&mut start, name.as_bytes());
        }
        Self { start, sum: Sum::default() }
    }

    pub fn add(&mut self, row: &[Cell<'_>]) {
        let mut hash = self.start.clone();
        for cell in row {
            match cell {
                Cell::Null => hash.update([0]),
                Cell::Int(number) => {
                    hash.update([1]);
                    hash.update(number.to_le_bytes());
                }
                Cell::Real(number) => {
                    hash.update([2]);
                    hash.update(number.to_bits().to_le_bytes());
                }
                Cell::Text(text) => {
                    hash.update([3]);
                    sized(&mut hash, text.as_bytes());
                }
                Cell::Blob(bytes) => {
                    hash.update([4]);
                    sized(&mut hash, bytes);
                }
            }
        }
        let hash = hash.finalize();
        for (total, part) in self.sum.total.iter_mut().zip(hash.chunks_exact(8)) {
            let part = part.try_into().map_or(0, u64::from_le_bytes);
            *total = total.wrapping_add(part);
        }
        self.sum.rows += 1;
    }
}

fn sized(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
