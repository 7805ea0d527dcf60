//! `backup` and `restore`: all of a store in one file. They open the database themselves, so they work
//! on the machine that has it, with or without a server.

use std::path::{Path, PathBuf};

use clap::Args;
use codex32_identity::random;
use codex32_model::Clock;
use codex32_model::codes::server as codes;
use codex32_store::backup::{self, Manifest};
use codex32_store::{Arrival, Carried, Counted, Location, StoreError};
use serde_json::json;

use crate::clock::SystemClock;
use crate::config::{BlobStorage, Database, Settings};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain};
use crate::serve::prepare_folder;

/// Write all data to a file that both databases can be restored from; the server may run
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 backup /backups/codex32-monday.backup
  codex32 backup --database-url postgres://bots@localhost/bots monday.backup

The file secrets.key in the data folder is not in it: keep a copy of that apart. Without it the
credentials in connections cannot be read. Files of bots (the folder files) are not in it either.")]
pub struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    blobs: BlobStorage,
}

/// Fill a store from a backup; nothing runs in it until `codex32 release`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 restore --check monday.backup
  codex32 restore --data /srv/codex32 monday.backup
  codex32 restore --replace --database-url postgres://bots@localhost/bots monday.backup

The server of this store has to be stopped. Put the secrets.key of the original into the data folder
before it starts again, or connections have to be entered anew.")]
pub struct RestoreArgs {
    /// A file that `codex32 backup` wrote
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    blobs: BlobStorage,
    /// What is there gives way: SQLite's file is kept under another name, PostgreSQL's tables are dropped
    #[arg(long)]
    replace: bool,
    /// Only read the backup and say whether it is whole
    #[arg(long, conflicts_with = "replace")]
    check: bool,
}

pub fn backup(args: &BackupArgs, settings: &Settings, out: &Output) -> Outcome {
    let from = args.database.location(settings)?;
    let at = SystemClock.now();
    let blobs = args.blobs.place(settings, &from)?;
    let made =
        backup::backup(&from, &blobs, &args.file, at, env!("CARGO_PKG_VERSION")).map_err(failed)?;
    if out.json {
        out.document(&json!({ "file": args.file, "manifest": made }));
        return Ok(Exit::Well);
    }
    out.line(format!("{} {}", out.paint(Paint::Bold, "Backup"), plain(&shown(&args.file))));
    say(out, &made);
    out.note("Written and read again: every table has the same rows and checksum.");
    out.note(format!(
        "Not in it: {} (keep a copy apart from the backup; without it the credentials in connections cannot be read), and files of bots.",
        plain(&shown(&settings.key_file()))
    ));
    Ok(Exit::Well)
}

pub fn restore(args: &RestoreArgs, settings: &Settings, out: &Output) -> Outcome {
    if args.check {
        let made = backup::check(&args.file).map_err(failed)?;
        if out.json {
            out.document(&json!({ "file": args.file, "manifest": made }));
        } else {
            out.line(format!("{} is whole", plain(&shown(&args.file))));
            say(out, &made);
        }
        return Ok(Exit::Well);
    }
    let to = args.database.location(settings)?;
    prepare(&to)?;
    let blobs = args.blobs.place(settings, &to)?;
    let done = backup::restore(&args.file, &to, &blobs, &arrival(args.replace)?).map_err(failed)?;
    let place = to.name();
    if out.json {
        let aside = &done.aside;
        out.document(&json!({ "place": place, "manifest": done.manifest, "aside": aside }));
        return Ok(Exit::Well);
    }
    out.line(format!("{} {}", out.paint(Paint::Bold, "Restored"), plain(&place)));
    say(out, &done.manifest);
    if let Some(aside) = &done.aside {
        out.line(format!("  before      {}", plain(&shown(aside))));
    }
    if !settings.key_file().exists() {
        out.note(format!(
            "{} is not there: put the original's into the folder before the server starts, or the credentials in connections cannot be read.",
            plain(&shown(&settings.key_file()))
        ));
    }
    out.note(HELD);
    Ok(Exit::Well)
}

pub const HELD: &str = "Nothing runs in it until you release it: make sure that the original is stopped, start the server, look at bots and connections, then `codex32 release`.";

fn say(out: &Output, made: &Manifest) {
    let Manifest { made_at, program, source, version, .. } = made;
    out.line(format!("  made        {}", moment(&made_at.to_string())));
    out.line(format!(
        "  source      {}, version {version}, by codex32 {}",
        plain(source),
        plain(program)
    ));
    out.line(format!("  holds       {}", sizes(&made.tables)));
    if made.blobs.blobs > 0 {
        out.line(format!("  values      {}", carried(made.blobs)));
    }
}

/// Large values that went along.
pub fn carried(Carried { blobs, bytes }: Carried) -> String {
    format!("{blobs} larger than 64 KiB, {:.1} MB together", bytes as f64 / 1e6)
}

/// Most rows first are of no interest; what people know is.
fn sizes(tables: &[Counted]) -> String {
    let rows =
        |name: &str| tables.iter().find(|table| table.table == name).map_or(0, |table| table.rows);
    let known = ["bots", "runs", "events", "connections"];
    let known = known.map(|name| format!("{} {name}", rows(name))).join(", ");
    let all: u64 = tables.iter().map(|table| table.rows).sum();
    format!("{known}; {all} rows in {} tables", tables.len())
}

/// The data folder, readable by its owner only.
pub fn prepare(location: &Location) -> Result<(), Failure> {
    let Location::Sqlite(folder) = location else { return Ok(()) };
    prepare_folder(folder).map_err(|error| failed(StoreError::DataFolder(error.to_string())))
}

pub fn arrival(replace: bool) -> Result<Arrival, Failure> {
    let incarnation =
        random::bytes().map_err(|error| Failure::no(error.to_string()).code(codes::INTERNAL))?;
    Ok(Arrival { replace, at: SystemClock.now(), incarnation })
}

pub fn shown(path: &Path) -> String {
    path.display().to_string()
}

pub fn failed(error: StoreError) -> Failure {
    Failure::no(error.to_string()).code(error.code()).help(error.code().help)
}
