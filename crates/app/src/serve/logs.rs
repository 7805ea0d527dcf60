//! The server's log on standard error: text for people, JSON for collectors.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Clone, Args)]
pub struct Logging {
    /// How the log on standard error is written
    #[arg(long, env = "CODEX32_LOG", value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    log: Format,
    /// What is logged: error, warn, info, debug or trace, also per module (info,codex32_engine=debug)
    #[arg(long, env = "CODEX32_LOG_LEVEL", default_value = "info", value_name = "LEVELS")]
    log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Logging {
    /// Begins logging; a second call changes nothing.
    pub fn start(&self) {
        let filter = EnvFilter::try_new(&self.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
        let builder =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        let _ = match self.log {
            Format::Json => builder.json().flatten_event(true).try_init(),
            Format::Text => builder.compact().with_ansi(std::io::stderr().is_terminal()).try_init(),
        };
    }
}
