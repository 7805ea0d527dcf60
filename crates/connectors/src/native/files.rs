//! The server's folder of files: one folder for each workspace, and no way out of it.
//!
//! All access goes through a [`Dir`], which refuses `..`, absolute paths and symbolic links that lead
//! outside, whatever happens between check and use.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use codex32_model::Scope;
use codex32_model::codes::connector as codes;

use super::Native;
use crate::failure::Failure;

const LONGEST_PATH: usize = 1_000;
const DEEPEST: usize = 32;

impl Native<'_> {
    /// The folder of this workspace; work with it blocks.
    pub fn folder(&self) -> Result<Folder, Failure> {
        let Some(files) = self.files else {
            let message = "This server has no folder of files.";
            return Err(Failure::new(codes::FILE_PATH, message));
        };
        Ok(Folder { root: files.to_owned(), scope: self.scope })
    }
}

pub struct Folder {
    root: PathBuf,
    scope: Scope,
}

impl Folder {
    /// Opens it, made if it is not there. The path is without symbolic links.
    pub fn open(&self) -> Result<(Dir, PathBuf), Failure> {
        let path = self.root.join(self.scope.workspace.to_string());
        let opened = || {
            std::fs::create_dir_all(&path)?;
            let path = path.canonicalize()?;
            Ok((Dir::open_ambient_dir(&path, ambient_authority())?, path))
        };
        opened().map_err(|error: io::Error| explain(&error, "The folder of files"))
    }
}

/// A path inside a folder: parts with `/` between them, none of which leads upwards.
pub fn clean(path: &str) -> Result<&str, Failure> {
    let fail = |why: &str| Err(Failure::new(codes::FILE_PATH, why));
    if path.len() > LONGEST_PATH || path.split('/').count() > DEEPEST {
        return fail("The path is too long.");
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return fail("The path holds a control character or a backslash.");
    }
    if path.starts_with('/') {
        return fail("The path begins with `/`: paths are inside of the connection's folder.");
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return fail("The path has an empty part, `.` or `..`.");
    }
    Ok(path)
}

/// Makes the folders above a file.
pub fn make_parent(dir: &Dir, path: &str) -> Result<(), Failure> {
    match Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => dir
            .create_dir_all(parent)
            .map_err(|error| explain(&error, &format!("`{}`", parent.display()))),
        None => Ok(()),
    }
}

/// `what` begins the sentence.
pub fn explain(error: &io::Error, what: &str) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new(codes::NOT_FOUND, format!("{what} does not exist."))
        }
        io::ErrorKind::IsADirectory => {
            Failure::new(codes::FILE_PATH, format!("{what} is a folder."))
        }
        io::ErrorKind::NotADirectory => {
            Failure::new(codes::FILE_PATH, format!("{what} lies below a file."))
        }
        io::ErrorKind::PermissionDenied => {
            let message = format!("{what} lies outside of the folder, or may not be used.");
            Failure::new(codes::FILE_PATH, message)
        }
        _ => Failure::new(codes::FILE_PATH, format!("{what} cannot be used: {error}.")),
    }
}
