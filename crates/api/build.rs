//! Embeds the built web interface: writes a table of the files of `ui/dist` for `src/interface.rs`.
//! Without them (`cargo build` needs no Node) the table is empty, and the server shows a page that
//! says how to build the interface.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    // Cargo would run this at every build while what it watches does not exist.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &mut files)?;
        files.sort();
    }
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|file| !is_packed(file)) {
        let path = file.strip_prefix(&dist).map_err(io::Error::other)?;
        let packed = |ending: &str| {
            let packed = PathBuf::from(format!("{}.{ending}", file.display()));
            if packed.is_file() { format!("Some({})", bytes(&packed)) } else { "None".to_owned() }
        };
        let _ = writeln!(
            table,
            "File {{ path: {:?}, plain: {}, br: {}, gzip: {} }},",
            path.to_string_lossy(),
            bytes(file),
            packed("br"),
            packed("gz")
        );
    }
    table.push(']');
    #[expect(clippy::disallowed_methods, reason = "Cargo names the folder in the environment")]
    let out = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("interface.rs"), table)
}

fn bytes(file: &Path) -> String {
    format!("include_bytes!({:?})", file.to_string_lossy())
}

fn is_packed(file: &Path) -> bool {
    let packed = ["br", "gz"];
    packed.iter().any(|ending| {
        file.extension().is_some_and(|found| found == *ending) && file.with_extension("").is_file()
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
