//! `try FILE`: a rehearsal. Nothing outside is touched unless asked for.

use clap::{Args, ValueEnum};

use super::input;
use crate::config::{Network, Settings, Zone};
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Rehearse a bot: see what it would do, without doing it
#[derive(Debug, Args)]
#[command(
    after_help = "Reads are answered by, in this order: --sample, --from-run, the connector's example; \
else the rehearsal
stops and asks for a sample. Writes are shown, not done.

Examples:
  codex32 try order.yaml --input '{\"total\": 1200}'
  codex32 try invoices.yaml --sample invoices=@invoices.json
  codex32 try invoices.yaml --live=reads"
)]
pub struct TryArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// Input of the run: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Rehearse as if this trigger had started it [default: by hand]
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,
    /// What a step that reads gives
    #[arg(long, value_name = "STEP=@FILE")]
    sample: Vec<String>,
    /// Take what steps gave in this run of the server
    #[arg(long, value_name = "RUN")]
    from_run: Option<String>,
    /// Do it: only the reads, or everything
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    live: Option<Live>,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
    #[command(flatten)]
    zone: Zone,
    #[command(flatten)]
    network: Network,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Live {
    /// Do the reads; writes are shown
    Reads,
    /// Do everything
    All,
}

pub fn run(args: TryArgs, _: &Settings, _: &Output) -> Outcome {
    let source = input::definition(&args.file)?;
    Err(Failure::no(format!("{} cannot be rehearsed by this build", source.name)))
}
