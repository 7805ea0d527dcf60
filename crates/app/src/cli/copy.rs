//! `copy`: from SQLite to PostgreSQL or back, for good.

use clap::Args;
use codex32_store::copy::{self, Copied, Storages};
use codex32_store::{Counted, Location};
use serde_json::json;

use super::backup::{HELD, arrival, carried, failed, prepare, shown};
use crate::config::{Settings, blob_place};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};

/// Move all data to another database, and seal the one that it came from
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 copy --from sqlite:data --to postgres://bots@localhost/bots
  codex32 copy --from postgres://bots@localhost/bots --to sqlite:/srv/codex32
  codex32 copy --from sqlite:data --unseal

Servers of both have to be stopped. Nothing runs in the copy until `codex32 release`, and no server
opens the original any more, unless it is unsealed.")]
pub struct CopyArgs {
    /// Where the data is: sqlite:FOLDER or postgres://user:password@host:port/database
    #[arg(long, value_name = "DATABASE")]
    from: String,
    /// Where it goes
    #[arg(long, value_name = "DATABASE", required_unless_present = "unseal")]
    to: Option<String>,
    /// Where the large values are, as --blobs of serve [default: blobs in the data folder]
    #[arg(long, value_name = "PLACE")]
    from_blobs: Option<String>,
    /// Where they go [default: blobs in the data folder]
    #[arg(long, value_name = "PLACE")]
    to_blobs: Option<String>,
    /// What is there gives way: SQLite's file is kept under another name, PostgreSQL's tables are dropped
    #[arg(long)]
    replace: bool,
    /// Let servers open the original again
    #[arg(long, conflicts_with_all = ["to", "replace"])]
    unseal: bool,
}

pub fn run(args: &CopyArgs, settings: &Settings, out: &Output) -> Outcome {
    let from = location(&args.from)?;
    let Some(to) = args.to.as_deref().map(location).transpose()? else {
        return unseal(&from, out);
    };
    prepare(&to)?;
    let storages = Storages {
        from: &blob_place(args.from_blobs.as_deref(), settings, &from)?,
        to: &blob_place(args.to_blobs.as_deref(), settings, &to)?,
    };
    let done = copy::copy(&from, &to, storages, &arrival(args.replace)?).map_err(failed)?;
    let Copied { tables, blobs, aside } = &done;
    if out.json {
        let (from, to) = (from.name(), to.name());
        out.document(&json!({
            "from": from, "to": to, "tables": tables, "blobs": blobs, "aside": aside,
        }));
        return Ok(Exit::Well);
    }
    let row = |table: &Counted| {
        let checksum = table.checksum.get(..16).unwrap_or_default().to_owned();
        vec![table.table.clone(), table.rows.to_string(), checksum]
    };
    out.table(&["TABLE", "ROWS", "CHECKSUM"], &tables.iter().map(row).collect::<Vec<_>>());
    out.line(format!("{} {}", out.paint(Paint::Bold, "Copied to"), plain(&to.name())));
    if blobs.blobs > 0 {
        out.line(format!("  values      {}", carried(*blobs)));
    }
    if let Some(aside) = aside {
        out.line(format!("  before      {}", plain(&shown(aside))));
    }
    out.note("Read again there: every table has the same rows and checksum.");
    out.note(format!(
        "{} is sealed: no server opens it. To go back: codex32 copy --from … --unseal",
        plain(&from.name())
    ));
    out.note(HELD);
    Ok(Exit::Well)
}

fn unseal(of: &Location, out: &Output) -> Outcome {
    let sealed = copy::unseal(of).map_err(failed)?;
    if out.json {
        out.document(&json!({ "place": of.name(), "unsealed": sealed }));
    } else if sealed {
        out.note(format!(
            "{} can be opened again. Do not run its copy beside it.",
            plain(&of.name())
        ));
    } else {
        out.note(format!("{} was not sealed.", plain(&of.name())));
    }
    Ok(Exit::Well)
}

fn location(text: &str) -> Result<Location, Failure> {
    Location::parse(text).map_err(|error| {
        Failure::misused(error.to_string())
            .code(error.code())
            .help("write sqlite:FOLDER or postgres://user:password@host:port/database")
    })
}
