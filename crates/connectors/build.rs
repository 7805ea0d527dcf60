//! Writes down the list of manifests: every `connectors/*.yaml` is built in, without being named
//! anywhere else.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors").canonicalize()?;
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let mut list = String::from("[\n");
    for path in &files {
        let name = path.file_name().unwrap_or_default().display().to_string();
        let path = path.display().to_string();
        writeln!(list, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("manifests.rs"), list)?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display())
}
