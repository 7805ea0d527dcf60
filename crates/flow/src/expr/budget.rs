//! What one evaluation may use.

use codex32_model::{Code, codes};

/// Fuel (about one unit per step of work) and memory (bytes of values built). A budget may serve
/// several evaluations in a row; they share it.
#[derive(Debug, Clone)]
pub struct Budget {
    fuel: u64,
    memory: usize,
    memory_limit: usize,
}

impl Budget {
    /// `fuel`: 100,000 are about a millisecond or two. `memory_bytes`: of all values built.
    pub const fn new(fuel: u64, memory_bytes: usize) -> Self {
        Self { fuel, memory: memory_bytes, memory_limit: memory_bytes }
    }

    pub const fn fuel_left(&self) -> u64 {
        self.fuel
    }

    pub const fn memory_left(&self) -> usize {
        self.memory
    }

    pub(super) const fn memory_limit(&self) -> usize {
        self.memory_limit
    }

    #[inline]
    pub(super) fn burn(&mut self, fuel: u64) -> Result<(), Code> {
        match self.fuel.checked_sub(fuel) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(codes::expr::FUEL)
            }
        }
    }

    /// Charged before the bytes are allocated.
    #[inline]
    pub(super) fn allocate(&mut self, bytes: usize) -> Result<(), Code> {
        self.burn(bytes as u64 / 128 + 1)?;
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(codes::expr::MEMORY),
        }
    }

    /// Gives back memory of values that are known to be gone. Fuel is never given back.
    #[inline]
    pub(super) fn restore_memory(&mut self, left: usize) {
        self.memory = self.memory.max(left.min(self.memory_limit));
    }
}

impl Default for Budget {
    /// Enough for ordinary work: one million units, 32 MiB.
    fn default() -> Self {
        Self::new(1_000_000, 32 << 20)
    }
}
