//! `eval draft CASES.jsonl`: how often the draft compiler is right.

use clap::{Args, Subcommand};
use codex32_author::eval;
use codex32_model::codes::server;
use serde_json::json;

use super::input;
use super::known::Known;
use crate::config::Zone;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;

/// Measure the draft compiler on cases with known answers
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 eval draft cases.jsonl
  codex32 eval draft cases.jsonl --json | jq '.items[] | select(.right | not)'")]
pub enum EvalCommand {
    /// A table: how many cases of each kind of demand are right
    Draft(DraftArgs),
}

#[derive(Debug, Args)]
pub struct DraftArgs {
    /// Cases, one JSON object a line; `-` for standard input
    cases: String,
    /// Show the draft of each case that is not wholly right
    #[arg(long)]
    drafts: bool,
    #[command(flatten)]
    zone: Zone,
}

const MAX_CASES: u64 = 64 << 20;

pub fn run(command: EvalCommand, out: &Output) -> Outcome {
    let EvalCommand::Draft(args) = command;
    let bytes = input::read(&args.cases, MAX_CASES)?;
    let cases = String::from_utf8_lossy(&bytes);
    let report = eval::run(&cases, &Known::offline(), &args.zone.name()?).map_err(|error| {
        Failure::misused(format!("{}: {error}", args.cases)).code(server::CLI_FILE)
    })?;
    if out.json {
        let outcome = |outcome: &eval::Outcome| {
            let missed: Vec<_> = outcome.missed().iter().map(|demand| demand.name()).collect();
            json!({
                "id": outcome.id,
                "right": outcome.is_right(),
                "missed": missed,
                "milliseconds": outcome.took.as_secs_f64() * 1_000.0,
            })
        };
        let items: Vec<_> = report.outcomes.iter().map(outcome).collect();
        out.document(&json!({ "right": report.right(), "cases": items.len(), "items": items }));
        return Ok(Exit::Well);
    }
    out.raw(&report.table());
    if args.drafts {
        out.raw(&report.drafts());
    }
    Ok(Exit::Well)
}
