//! `schedule next FILE`: when its schedules fire.

use clap::{Args, Subcommand};
use codex32_model::{Clock, Timestamp};

use super::input;
use crate::clock::SystemClock;
use crate::config::Zone;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Show when the schedules of a bot fire
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 schedule next invoices.yaml --count 5
  codex32 schedule next invoices.yaml --from 2027-03-28T00:00:00Z --json")]
pub enum ScheduleCommand {
    /// The next times, over all schedule triggers of the definition
    Next(NextArgs),
}

#[derive(Debug, Args)]
pub struct NextArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// From this time on, itself included (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    #[command(flatten)]
    zone: Zone,
}

pub fn run(command: ScheduleCommand, _: &Output) -> Outcome {
    let ScheduleCommand::Next(args) = command;
    let source = input::definition(&args.file)?;
    let from = args.from.unwrap_or_else(|| SystemClock.now());
    Err(Failure::no(format!(
        "{} has schedules that this build cannot compute from {from}",
        source.name
    )))
}
