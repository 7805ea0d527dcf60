//! Files in a folder of the server.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_std::fs::{Dir, Metadata};
use codex32_model::Timestamp;
use codex32_model::codes::connector as codes;

use super::{Content, Found};
use crate::failure::Failure;
use crate::native::files::{Folder, clean, explain, make_parent};
use crate::native::{Native, blocking};

/// Begins the names of files that are being written; lists leave them out.
const PART: &str = ".codex32-part-";
/// Files and folders that a list looks at.
const MOST_SEEN: usize = 100_000;

/// The connection's folder, not opened yet.
struct Place {
    folder: Folder,
    below: Option<String>,
}

fn place(native: &Native<'_>) -> Result<Place, Failure> {
    let below = native.credentials()?.get("folder").map(|name| name.trim_matches('/'));
    let below = below.filter(|name| !name.is_empty()).map(clean).transpose()?;
    Ok(Place { folder: native.folder()?, below: below.map(str::to_owned) })
}

impl Place {
    fn open(&self) -> Result<(Dir, PathBuf), Failure> {
        let (dir, path) = self.folder.open()?;
        let Some(below) = &self.below else { return Ok((dir, path)) };
        let opened = dir.create_dir_all(below).and_then(|()| dir.open_dir(below));
        let opened = opened.map_err(|error| explain(&error, &format!("`{below}`")))?;
        Ok((opened, path.join(below)))
    }
}

/// Whole or not at all: written beside, then put in place.
pub async fn put(native: &Native<'_>, path: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let (place, path) = (place(native)?, path.to_owned());
    blocking(native.deadline, move || {
        let (dir, _) = place.open()?;
        let what = format!("`{path}`");
        if dir.metadata(&path).is_ok_and(|found| found.is_dir()) {
            return Err(Failure::new(codes::FILE_PATH, format!("{what} is a folder.")));
        }
        make_parent(&dir, &path)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let part = format!("{PART}{}-{number}", std::process::id());
        let written = dir
            .write(&part, &bytes)
            .and_then(|()| dir.open(&part)?.sync_all())
            .and_then(|()| dir.rename(&part, &dir, &path));
        written.map_err(|error| {
            let _ = dir.remove_file(&part);
            explain(&error, &what)
        })
    })
    .await
}

pub async fn get(native: &Native<'_>, path: &str, most: usize) -> Result<Content, Failure> {
    let (place, path) = (place(native)?, path.to_owned());
    blocking(native.deadline, move || {
        let (dir, _) = place.open()?;
        let what = format!("`{path}`");
        let file = dir.open(&path).map_err(|error| explain(&error, &what))?;
        let found = file.metadata().map_err(|error| explain(&error, &what))?;
        if !found.is_file() {
            return Err(Failure::new(codes::FILE_PATH, format!("{what} is not a file.")));
        }
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(|error| explain(&error, &what))?;
        if bytes.len() > most {
            let message = format!("{what} is larger than {most} bytes.");
            return Err(Failure::new(codes::TOO_LARGE, message));
        }
        Ok(Content { bytes, modified: modified(&found) })
    })
    .await
}

pub async fn list(native: &Native<'_>, folder: &str, limit: usize) -> Result<Vec<Found>, Failure> {
    let (place, folder) = (place(native)?, folder.to_owned());
    blocking(native.deadline, move || {
        let (dir, _) = place.open()?;
        let mut found = Vec::new();
        let mut open = vec![folder];
        let mut seen = 0;
        while let Some(at) = open.pop() {
            let what = format!("`{at}`");
            let entries = if at.is_empty() { dir.entries() } else { dir.read_dir(&at) };
            for entry in entries.map_err(|error| explain(&error, &what))? {
                let entry = entry.map_err(|error| explain(&error, &what))?;
                seen += 1;
                if seen > MOST_SEEN {
                    let message = format!("There are more than {MOST_SEEN} files.");
                    return Err(Failure::new(codes::TOO_LARGE, message));
                }
                // Names that are not text cannot be written in a definition.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let path = if at.is_empty() { name.clone() } else { format!("{at}/{name}") };
                // Of the entry itself: symbolic links are neither, and left out.
                let metadata = entry.metadata().map_err(|error| explain(&error, &what))?;
                if metadata.is_dir() {
                    open.push(path);
                } else if metadata.is_file() && !name.starts_with(PART) {
                    let (size, modified) = (metadata.len(), modified(&metadata));
                    found.push(Found { path, size, modified });
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.truncate(limit);
        Ok(found)
    })
    .await
}

pub async fn delete(native: &Native<'_>, path: &str) -> Result<(), Failure> {
    let (place, path) = (place(native)?, path.to_owned());
    blocking(native.deadline, move || {
        let (dir, _) = place.open()?;
        match dir.remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(explain(&error, &format!("`{path}`")))
            }
            _ => Ok(()),
        }
    })
    .await
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    let place = place(native)?;
    let path = blocking(native.deadline, move || place.open().map(|(_, path)| path)).await?;
    Ok(format!("Files are kept in {}.", path.display()))
}

fn modified(metadata: &Metadata) -> Option<Timestamp> {
    let at: SystemTime = metadata.modified().ok()?.into_std();
    let since: Duration = at.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::EPOCH.plus(since))
}
