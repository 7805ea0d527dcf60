//! Settings: flags, each also as an environment variable `CODEX32_…`. The environment is read here
//! and nowhere else, by clap.
//!
//! `--data` may stand before or after the command. It is not a global flag of clap, because
//! `codex32 emit NAME --data JSON` has one of its own: there the folder comes before the command.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, value_parser};
use codex32_store::{Location, Server, StoreError};

use crate::failure::Failure;

pub const DEFAULT_DATA: &str = "data";
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8032";
const HEADING: &str = "Options of every command";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = HEADING)]
pub struct Settings {
    /// Address of the server [default: http://127.0.0.1:8032]
    #[arg(long, global = true, env = "CODEX32_URL", value_name = "URL", hide_env_values = true)]
    pub url: Option<String>,

    /// Access token [default: the file owner-token in the data folder]
    #[arg(
        long,
        global = true,
        env = "CODEX32_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,

    /// Print JSON for programs on standard output
    #[arg(long, global = true)]
    pub json: bool,

    /// The server's folder; filled by [`data_folder`].
    #[arg(skip)]
    pub data: PathBuf,
}

impl Settings {
    pub fn url(&self) -> String {
        match &self.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{DEFAULT_LISTEN}"),
        }
    }

    /// The key that seals the connections' credentials.
    pub fn key_file(&self) -> PathBuf {
        self.data.join("secrets.key")
    }

    pub fn token_file(&self) -> PathBuf {
        self.data.join("owner-token")
    }
}

/// The workspace's time zone, for commands that compute times.
#[derive(Debug, Clone, Args)]
pub struct Zone {
    /// Time zone of the workspace, such as Europe/Berlin [default: UTC]
    #[arg(long, env = "CODEX32_TIMEZONE", hide_env_values = true, value_name = "ZONE")]
    pub timezone: Option<String>,
}

impl Zone {
    /// The zone's name, which exists.
    pub fn name(&self) -> Result<String, Failure> {
        let name = self.timezone.as_deref().unwrap_or("UTC");
        match jiff::tz::TimeZone::get(name) {
            Ok(_) => Ok(name.to_owned()),
            Err(_) => Err(Failure::misused(format!("there is no time zone `{name}`"))
                .code(codex32_model::codes::bot::ZONE)
                .help("use a name of the IANA list, such as Europe/Berlin or America/New_York")),
        }
    }
}

/// Whether outbound requests may reach loopback and private addresses.
#[derive(Debug, Clone, Copy, Args)]
pub struct Network {
    /// Let bots reach loopback and private network addresses (for tests and home labs)
    #[arg(
        long,
        env = "CODEX32_ALLOW_PRIVATE_NETWORKS",
        value_parser = BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        hide_env_values = true,
        value_name = "BOOL"
    )]
    pub allow_private_networks: bool,
}

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// PostgreSQL database instead of SQLite in the data folder: postgres://user:password@host:port/database
    #[arg(long, env = "CODEX32_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
}

impl Database {
    pub fn location(&self, settings: &Settings) -> Result<Location, Failure> {
        match &self.database_url {
            None => Ok(Location::Sqlite(settings.data.clone())),
            Some(url) if Server::is_address(url) => Location::parse(url),
            Some(_) => Err(StoreError::Address(
                "it does not begin with postgres://; for SQLite leave --database-url out"
                    .to_owned(),
            )),
        }
        .map_err(|error| {
            Failure::misused(error.to_string()).code(error.code()).help(error.code().help)
        })
    }
}

/// Where the server listens, and how the outside names it.
#[derive(Debug, Clone, Args)]
pub struct Listening {
    /// Address and port to listen on
    #[arg(long, env = "CODEX32_LISTEN", hide_env_values = true, value_name = "ADDRESS", default_value = DEFAULT_LISTEN)]
    pub listen: SocketAddr,

    /// Address that others see, for webhook addresses behind a proxy
    #[arg(long, env = "CODEX32_PUBLIC_URL", hide_env_values = true, value_name = "URL")]
    pub public_url: Option<String>,
}

/// Gives the root and every command without a `--data` of its own the flag for the data folder.
pub fn with_data_flag(command: Command) -> Command {
    let taken = command.get_arguments().any(|arg| arg.get_long() == Some("data"));
    let command = if taken { command } else { command.arg(data_flag()) };
    let names: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_data_flag))
}

fn data_flag() -> Arg {
    Arg::new("data_folder")
        .long("data")
        .env("CODEX32_DATA")
        .hide_env_values(true)
        .value_name("FOLDER")
        .value_parser(value_parser!(PathBuf))
        .help(format!("Folder of the server's data [default: {DEFAULT_DATA}]"))
        .help_heading(HEADING)
}

/// The data folder: the flag nearest to the command, else the environment, else `./data`.
pub fn data_folder(matches: &ArgMatches) -> PathBuf {
    let mut from_flag = None;
    let mut from_environment = None;
    let mut level = Some(matches);
    while let Some(matches) = level {
        if let Ok(Some(folder)) = matches.try_get_one::<PathBuf>("data_folder") {
            match matches.value_source("data_folder") {
                Some(ValueSource::CommandLine) => from_flag = Some(folder.clone()),
                _ => from_environment = Some(folder.clone()),
            }
        }
        level = matches.subcommand().map(|(_, matches)| matches);
    }
    from_flag.or(from_environment).unwrap_or_else(|| Path::new(DEFAULT_DATA).to_owned())
}

/// Whether the person asked for no colours (<https://no-color.org>).
pub fn no_colour() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
