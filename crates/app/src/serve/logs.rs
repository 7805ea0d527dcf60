//! The server's log on standard error: text for people, JSON for collectors.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[derive(Debug, Clone, Args)]
pub struct Logging {
    /// How the log on standard error is written
    #[arg(long, env = "CODEX32_LOG", value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    log: Format,
    /// What is logged: error, warn, info, debug or trace, also per module (info,codex32_engine=debug)
    #[arg(long, env = "CODEX32_LOG_LEVEL", default_value = "info", value_name = "LEVELS")]
    log_level: Targets,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Logging {
    /// Begins logging; a second call changes nothing.
    pub fn start(&self) {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let log = tracing_subscriber::registry().with(self.log_level.clone());
        let _ = match self.log {
            Format::Json => log.with(lines.json().flatten_event(true)).try_init(),
            Format::Text => {
                log.with(lines.compact().with_ansi(std::io::stderr().is_terminal())).try_init()
            }
        };
    }
}
