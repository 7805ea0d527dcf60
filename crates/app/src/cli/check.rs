//! `check FILE`: is the definition right?

use clap::Args;

use super::input;
use crate::config::Settings;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Check a definition: places, what is wrong, what to write instead
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 check order.yaml
  codex32 check order.yaml --json | jq .diagnostics
  cat order.yaml | codex32 check -")]
pub struct CheckArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
}

pub fn run(args: &CheckArgs, _: &Settings, _: &Output) -> Outcome {
    let source = input::definition(&args.file)?;
    Err(Failure::no(format!("{} cannot be checked by this build", source.name)))
}
