//! The key file, and sealing with it.
//!
//! XChaCha20-Poly1305 with random nonces. A sealed blob is `1`, the key's id (4 bytes), the nonce (24
//! bytes), then ciphertext and tag; version and id are authenticated together with the caller's
//! context, which says what the blob belongs to (a blob moved to another connection does not open).
//! The file may hold several keys: the first seals, all open, so keys can be rotated.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use sha2::{Digest, Sha256};

use crate::{SecretsError, files, random};

const VERSION: u8 = 1;
pub(crate) const ID: usize = 4;
const NONCE: usize = 24;
const HEAD: usize = 1 + ID + NONCE;

const PREAMBLE: &str = "\
# Codex-32 key file: it opens the connections' credentials in the database beside it.
# Keep a copy in a safe place. Without it, credentials have to be entered again; nothing else is lost.
# Never give it away, never commit it, keep its mode 0600.
";

/// The keys that seal what connections hold.
pub struct KeyFile {
    keys: Vec<Key>,
}

pub(crate) struct Key {
    pub(crate) id: [u8; ID],
    pub(crate) key: SecretBox<[u8; 32]>,
}

impl Key {
    fn new(key: [u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(b"codex32 key id").chain_update(key).finalize();
        let mut id = [0; ID];
        id.copy_from_slice(&digest[..ID]);
        Self { id, key: SecretBox::new(Box::new(key)) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }
}

impl KeyFile {
    /// Opens the file, or makes it with a new random key. Refuses a file that others may read, and
    /// one that is damaged: a damaged key is never replaced silently.
    pub fn open_or_create(path: &Path) -> Result<Self, SecretsError> {
        if let Some(text) = files::read(path)? {
            return Self::parse(path, text.expose_secret());
        }
        let key = Key::new(random::bytes()?);
        let line = BASE64.encode(key.key.expose_secret());
        let text = format!("{PREAMBLE}key {} {line}\n", hex(&key.id));
        if files::create(path, &text)? {
            return Ok(Self { keys: vec![key] });
        }
        // Another process made it in the meantime.
        match files::read(path)? {
            Some(text) => Self::parse(path, text.expose_secret()),
            None => Err(SecretsError::KeyFile { path: path.to_owned(), detail: "it vanished" }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SecretsError> {
        let fail = |detail| SecretsError::KeyFile { path: path.to_owned(), detail };
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some("key"), Some(id), Some(key), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(fail("a line is not `key ID KEY`"));
            };
            let key = BASE64.decode(key).map_err(|_| fail("a key is not base64"))?;
            let key = Key::new(key.try_into().map_err(|_| fail("a key is not 32 bytes long"))?);
            if hex(&key.id) != id {
                return Err(fail("a key does not fit its id: it was changed"));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(fail("it holds no key")) } else { Ok(Self { keys }) }
    }

    pub(crate) fn first(&self) -> Result<&Key, SecretsError> {
        // `parse` and `open_or_create` give at least one key.
        self.keys.first().ok_or(SecretsError::Tampered)
    }

    pub(crate) fn by_id(&self, id: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// Seals with the first key. `context` names what the plaintext belongs to, such as the
    /// connection's id; opening needs the same.
    pub fn seal(&self, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let key = self.first()?;
        let nonce: [u8; NONCE] = random::bytes()?;
        let aad = associated(&key.id, context);
        let payload = Payload { msg: plaintext, aad: &aad };
        // Fails only for plaintexts of 256 GiB.
        let sealed = key
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SecretsError::Tampered)?;
        let mut blob = Vec::with_capacity(HEAD + sealed.len());
        blob.push(VERSION);
        blob.extend_from_slice(&key.id);
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&sealed);
        Ok(blob)
    }

    /// Opens what [`KeyFile::seal`] made with any key of the file.
    pub fn open(&self, context: &[u8], blob: &[u8]) -> Result<SecretSlice<u8>, SecretsError> {
        let (head, sealed) = blob.split_at_checked(HEAD).ok_or(SecretsError::Tampered)?;
        if head[0] != VERSION {
            return Err(SecretsError::Tampered);
        }
        let (id, nonce) = head[1..].split_at(ID);
        let key = self.by_id(id).ok_or_else(|| SecretsError::UnknownKey { id: hex(id) })?;
        let mut fixed = [0; NONCE];
        fixed.copy_from_slice(nonce);
        let aad = associated(&key.id, context);
        let payload = Payload { msg: sealed, aad: &aad };
        let opened = key.cipher().decrypt(&XNonce::from(fixed), payload);
        Ok(SecretSlice::from(opened.map_err(|_| SecretsError::Tampered)?))
    }

    /// Whether the blob is sealed with another key than the first, and should be sealed again.
    pub fn is_outdated(&self, blob: &[u8]) -> bool {
        let id = self.keys.first().map(|key| key.id.as_slice());
        blob.get(1..=ID) != id
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| hex(&key.id))).finish()
    }
}

fn associated(id: &[u8; ID], context: &[u8]) -> Vec<u8> {
    [&[VERSION], id.as_slice(), context].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
