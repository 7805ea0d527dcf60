//! Small private files: made once, never half, readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use secrecy::SecretString;

use crate::{SecretsError, random};

/// A key or token file is a few lines.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of the file; `None` if there is none. Refuses files that others may read.
pub fn read(path: &Path) -> Result<Option<SecretString>, SecretsError> {
    let io = |source| SecretsError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    // Of the opened file, so that it cannot be exchanged between the check and the reading.
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretsError::Mode { path: path.to_owned(), mode });
    }
    let mut text = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut text).map_err(io)?;
    // What is not UTF-8 is refused by whoever reads the text, as any other damage is.
    Ok(Some(String::from_utf8_lossy(&text).into_owned().into()))
}

/// Writes the file, flushed to disk, with mode 0600; `false` if there was one already, which stays.
pub fn create(path: &Path, text: &str) -> Result<bool, SecretsError> {
    let io = |source| SecretsError::Io { path: path.to_owned(), source };
    let suffix = u64::from_le_bytes(random::bytes()?);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let draft = folder.join(format!(".{suffix:016x}.tmp"));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link, not a rename: it fails when another process was faster.
        std::fs::hard_link(&draft, path)
    })();
    let _ = std::fs::remove_file(&draft);
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(io(error)),
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(true)
}
