//! Code that has been read before: without types, by its hash, bounded.

use std::collections::HashMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::strip::{self, Source};
use crate::Failure;
use crate::wire::Tongue;

/// Together they bound the cache; when either is passed it starts anew.
const MOST_SOURCES: usize = 256;
const MOST_BYTES: usize = 4 << 20;

#[derive(Default)]
pub struct Sources {
    known: HashMap<(Tongue, [u8; 32]), Rc<Source>>,
    bytes: usize,
}

impl Sources {
    pub fn get(&mut self, language: Tongue, code: &str) -> Result<Rc<Source>, Failure> {
        let key = (language, Sha256::digest(code.as_bytes()).into());
        if let Some(source) = self.known.get(&key) {
            return Ok(Rc::clone(source));
        }
        let source = Rc::new(strip::strip(code, language == Tongue::TypeScript)?);
        self.bytes += code.len();
        if self.known.len() >= MOST_SOURCES || self.bytes > MOST_BYTES {
            self.known.clear();
            self.bytes = code.len();
        }
        self.known.insert(key, Rc::clone(&source));
        Ok(source)
    }
}
