//! Links by which somebody answers an approval without signing in.
//!
//! A link names an approval, the person it was sent to and its end, and carries an HMAC-SHA256 of these under
//! a key derived from the server's: `1`, the key's id (4 bytes), the person's number (4), the end in
//! microseconds (8), then the code (32), in URL-safe base64. It says who answers, not that they may still:
//! that is the approval's own state, which the first answer ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use codex32_model::Timestamp;
use codex32_model::ids::ApprovalId;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::SecretsError;
use crate::secrets::{ID, Key, KeyFile};

const VERSION: u8 = 1;
const HEAD: usize = 1 + ID + 4 + 8;
const CODE: usize = 32;

/// What a link says; whether it says the truth is for [`KeyFile::signed`] to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub approval: ApprovalId,
    /// Which of those who were asked.
    pub number: u32,
    pub until: Timestamp,
}

impl Link {
    /// Reads a token without believing it.
    pub fn read(approval: ApprovalId, token: &str) -> Option<Self> {
        let bytes = BASE64.decode(token).ok().filter(|bytes| bytes.len() == HEAD + CODE)?;
        let (number, until) = bytes.get(1 + ID..HEAD)?.split_at(4);
        let until = i64::from_be_bytes(until.try_into().ok()?);
        Some(Self {
            approval,
            number: u32::from_be_bytes(number.try_into().ok()?),
            until: Timestamp::from_micros(until),
        })
    }

    fn head(&self, key: &Key) -> Vec<u8> {
        let mut head = vec![VERSION];
        head.extend_from_slice(&key.id);
        head.extend_from_slice(&self.number.to_be_bytes());
        head.extend_from_slice(&self.until.micros().to_be_bytes());
        head
    }

    fn signer(&self, key: &Key, recipient: &str) -> Option<Hmac<Sha256>> {
        // Keys of any length are taken. What seals is never used to sign.
        let mut derived = Hmac::<Sha256>::new_from_slice(key.key.expose_secret()).ok()?;
        derived.update(b"codex32 approval links");
        let derived = derived.finalize().into_bytes();
        let mut signer = Hmac::<Sha256>::new_from_slice(&derived).ok()?;
        signer.update(&self.head(key));
        signer.update(self.approval.as_bytes());
        signer.update(recipient.as_bytes());
        Some(signer)
    }
}

impl KeyFile {
    /// The token of a link that only `recipient` gets.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn sign(&self, link: &Link, recipient: &str) -> Result<String, SecretsError> {
        let key = self.first()?;
        let signer = link.signer(key, recipient).ok_or(SecretsError::Tampered)?;
        let mut token = link.head(key);
        token.extend_from_slice(&signer.finalize().into_bytes());
        Ok(BASE64.encode(token))
    }

    /// Whether a token is the one of this link and recipient, by any key of the file.
    pub fn signed(&self, link: &Link, recipient: &str, token: &str) -> bool {
        let Ok(bytes) = BASE64.decode(token) else { return false };
        let Some((head, code)) = bytes.split_at_checked(HEAD) else { return false };
        let Some(key) = head.get(1..=ID).and_then(|id| self.by_id(id)) else { return false };
        head == link.head(key)
            && link.signer(key, recipient).is_some_and(|signer| signer.verify_slice(code).is_ok())
    }
}

#[cfg(test)]
mod tests;
