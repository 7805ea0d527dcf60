//! Idempotency keys: the same for every attempt whose outcome is unknown, another after a definite
//! outcome.

use codex32_model::ids::RunId;
use sha2::{Digest, Sha256};

/// 40 ASCII characters: `c32-` and 36 hex digits of SHA-256 over origin run, address, generation.
pub fn key(origin: RunId, address: &str, generation: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(origin.as_bytes());
    hash.update(address.as_bytes());
    hash.update(generation.to_be_bytes());
    let mut out = String::with_capacity(40);
    out.push_str("c32-");
    for byte in &hash.finalize()[..18] {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}
