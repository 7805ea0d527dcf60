//! The owner's token: whoever holds it may do everything. The server writes it to `owner-token` in its
//! data folder; the CLI on the same machine reads it from there.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::{SecretsError, files, random};

/// Every token begins with it, so that scanners of repositories find lost ones.
pub const PREFIX: &str = "c32_";

/// `c32_` and 256 random bits in URL-safe base64.
#[derive(Clone)]
pub struct OwnerToken(SecretString);

impl OwnerToken {
    /// Reads the token, or makes a new one in a file of mode 0600.
    pub fn open_or_create(path: &Path) -> Result<Self, SecretsError> {
        if let Some(token) = Self::read(path)? {
            return Ok(token);
        }
        let random: [u8; 32] = random::bytes()?;
        let token = format!("{PREFIX}{}", BASE64.encode(random));
        if files::create(path, &format!("{token}\n"))? {
            return Ok(Self(token.into()));
        }
        // Another process made it in the meantime.
        Self::read(path)?.ok_or_else(|| SecretsError::TokenFile { path: path.to_owned() })
    }

    /// Reads the token; `None` if there is no file.
    pub fn read(path: &Path) -> Result<Option<Self>, SecretsError> {
        let Some(text) = files::read(path)? else { return Ok(None) };
        let token = text.expose_secret().trim();
        let random = token.strip_prefix(PREFIX).and_then(|random| BASE64.decode(random).ok());
        if random.is_none_or(|random| random.len() != 32) {
            return Err(SecretsError::TokenFile { path: path.to_owned() });
        }
        Ok(Some(Self(token.into())))
    }

    /// Whether it is the token, in a time that does not depend on how much of it is right.
    pub fn matches(&self, given: &str) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// For the `Authorization` header of our own CLI.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for OwnerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerToken(…)")
    }
}

#[cfg(test)]
mod tests;
