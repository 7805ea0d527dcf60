//! `connectors`: what bots can do.

use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// What bots can do: list, search and show connectors and their actions
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 connectors
  codex32 connectors search \"post a message\"
  codex32 connectors show slack
  codex32 connectors show http.get")]
pub struct ConnectorsArgs {
    #[command(subcommand)]
    command: Option<ConnectorsCommand>,
}

#[derive(Debug, Subcommand)]
enum ConnectorsCommand {
    /// Find actions by what they do
    Search {
        /// What you are looking for, in your words
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Show a connector, or one of its actions, with parameters and examples to paste
    Show {
        /// `connector` or `connector.action`
        name: String,
    },
}

pub fn run(args: ConnectorsArgs, _: &Settings, _: &Output) -> Outcome {
    Err(Failure::no(format!("this build has no connectors ({})", args.command.is_some())))
}
