//! The data folder and what the process may open: private to its owner, enough files.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use codex32_identity::SecretsError;
use codex32_identity::secrets::KeyFile;
use codex32_identity::token::OwnerToken;
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Makes the folder if it is not there. Whatever this process makes is readable by its owner only.
pub fn prepare(folder: &Path) -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        io::Error::new(error.kind(), format!("data folder {}: {error}", folder.display()))
    })
}

/// The machine's name, by which people tell servers apart.
pub fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

pub fn keys(folder: &Path) -> Result<KeyFile, SecretsError> {
    KeyFile::open_or_create(&folder.join("secrets.key"))
}

pub fn token(folder: &Path) -> Result<OwnerToken, SecretsError> {
    OwnerToken::open_or_create(&folder.join("owner-token"))
}

/// The address without a slash at its end.
///
/// # Errors
/// What is wrong with it.
pub fn public_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("`{text}`: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("`{text}` does not begin with http:// or https:// and a host"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("`{text}` holds more than a host and a path"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Every connection is an open file; the usual soft limit of 1,024 is low for a server.
pub fn more_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(1 << 20).min(1 << 20);
    if current.is_some_and(|current| current < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}
