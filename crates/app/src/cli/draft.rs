//! `draft "SENTENCE"`: a sentence becomes a definition, with questions about what is missing.

use clap::Args;

use crate::config::{Settings, Zone};
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Turn a sentence into a bot
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 draft \"when the webhook order arrives, answer thanks\" > order.yaml
  codex32 draft \"every weekday at 9 post the weather to Slack\" --answer channel='#general'
  codex32 draft \"...\" --json | jq .questions")]
pub struct DraftArgs {
    /// What the bot should do, in your words; `-` reads standard input
    sentence: String,
    /// Answer a question of the draft by its id
    #[arg(long, value_name = "ID=VALUE")]
    answer: Vec<String>,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
    #[command(flatten)]
    zone: Zone,
}

pub fn run(args: DraftArgs, _: &Settings, _: &Output) -> Outcome {
    Err(Failure::no(format!("this build has no author for `{}`", args.sentence)))
}
