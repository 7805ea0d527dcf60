//! `migrate` and `release`: what happens to a database before a server works with it.

use clap::Args;
use codex32_store::Location;
use codex32_store::migrate::{self, Versions};
use serde::Deserialize;
use serde_json::json;

use super::backup::{failed, prepare};
use crate::client::{Client, view};
use crate::config::{Database, Settings};
use crate::failure::{Exit, Outcome};
use crate::output::{Output, plain};

/// Bring a database to this program's version; a server does the same when it starts
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 migrate --check || codex32 backup before-the-update.backup
  codex32 migrate --database-url postgres://bots@localhost/bots

Exit code of --check: 0 the database has this version, 1 it is to be migrated.")]
pub struct MigrateArgs {
    #[command(flatten)]
    database: Database,
    /// Only say whether it is needed
    #[arg(long)]
    check: bool,
}

/// Let a store run that was restored or copied
#[derive(Debug, Args)]
pub struct ReleaseArgs {}

pub fn run(args: &MigrateArgs, settings: &Settings, out: &Output) -> Outcome {
    let location = args.database.location(settings)?;
    let versions = if args.check {
        migrate::versions(&location).map_err(failed)?
    } else {
        prepare(&location)?;
        migrate::migrate(&location).map_err(failed)?
    };
    if out.json {
        let Versions { from, to } = versions;
        let (place, needed) = (location.name(), versions.differ());
        out.document(&json!({ "place": place, "from": from, "to": to, "needed": needed }));
    } else {
        out.line(said(&location, versions, args.check));
    }
    Ok(if args.check && versions.differ() { Exit::No } else { Exit::Well })
}

fn said(location: &Location, versions: Versions, check: bool) -> String {
    let name = location.name();
    let (name, Versions { from, to }) = (plain(&name), versions);
    match (from, check) {
        _ if from == to => format!("{name} has version {to}, the one of this program."),
        (0, true) => format!("{name} has no tables yet; this program makes version {to}."),
        (_, true) => format!("{name} has version {from}; this program makes it version {to}."),
        (0, false) => format!("{name} was made, with version {to}."),
        (_, false) => format!("{name} went from version {from} to {to}."),
    }
}

#[derive(Debug, Deserialize)]
struct Released {
    released: bool,
}

pub fn release(_: &ReleaseArgs, settings: &Settings, out: &Output) -> Outcome {
    let answer = Client::new(settings)?.post(&["server", "release"], &json!({}))?;
    if out.json {
        out.document(&answer);
    } else if view::<Released>(&answer)?.released {
        out.note("The store is released: schedules, queued and interrupted runs go on.");
    } else {
        out.note("The store was not held.");
    }
    Ok(Exit::Well)
}
