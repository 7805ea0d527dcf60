//! Who may come in, and the secrets that this server keeps.
//!
//! [`secrets`] seals what connections hold; [`links`] signs what people are sent; [`token`] is the owner's key to the API. Everything
//! random in here comes from the operating system through one function of [`random`].

mod files;
pub mod links;
pub mod random;
pub mod secrets;
pub mod token;

use std::path::PathBuf;

use codex32_model::Code;
use codex32_model::codes::connector as codes;

/// Why a key or token cannot be had, or credentials cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error(
        "{path} has mode {mode:04o}, so others may read it. Run `chmod 600 {path}`, and make new credentials if somebody may have copied it."
    )]
    Mode { path: PathBuf, mode: u32 },
    #[error(
        "{path} is not a key file ({detail}). The connections' credentials cannot be read without it: put back a copy from a backup. If there is none, move the file away; a new key is made at the next start, and every connection's credentials must be entered again."
    )]
    KeyFile { path: PathBuf, detail: &'static str },
    #[error(
        "{path} does not hold an owner's token. Remove it and start again: a new token is made, and the old one stops working."
    )]
    TokenFile { path: PathBuf },
    #[error(
        "the stored credentials were sealed with key {id}, which is not in the key file. Put back the key file that belongs to this database, or enter them again."
    )]
    UnknownKey { id: String },
    #[error("the stored credentials were changed or belong to something else; enter them again")]
    Tampered,
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

impl SecretsError {
    pub const fn code(&self) -> Code {
        match self {
            Self::Io { .. } | Self::Random(_) => codes::KEY_FILE_IO,
            Self::Mode { .. } => codes::KEY_FILE_MODE,
            Self::KeyFile { .. } => codes::KEY_FILE_CORRUPT,
            Self::TokenFile { .. } => codes::TOKEN_FILE,
            Self::UnknownKey { .. } | Self::Tampered => codes::SEALED,
        }
    }
}
