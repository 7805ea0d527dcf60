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
use codex32_engine::{Bounds, Limits};
use codex32_store::{BlobPlace, Location, Server, StoreError};

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

/// Where large values are.
#[derive(Debug, Clone, Args)]
pub struct BlobStorage {
    /// Where values larger than 64 KiB are kept: a folder or s3://bucket/prefix?endpoint=URL&region=NAME; the same for all servers on one database [default: blobs in the data folder]
    #[arg(long, env = "CODEX32_BLOBS", hide_env_values = true, value_name = "PLACE")]
    pub blobs: Option<String>,
}

impl BlobStorage {
    /// The place, beside the database unless it is named.
    pub fn place(&self, settings: &Settings, database: &Location) -> Result<BlobPlace, Failure> {
        blob_place(self.blobs.as_deref(), settings, database)
    }
}

/// A place for blobs as people name it; beside the database of a data folder unless they do.
pub fn blob_place(
    named: Option<&str>,
    settings: &Settings,
    database: &Location,
) -> Result<BlobPlace, Failure> {
    match (named, database) {
        (Some(named), _) => BlobPlace::parse(named, aws()).map_err(|error| {
            Failure::misused(error.to_string()).code(error.code()).help(error.code().help)
        }),
        (None, Location::Sqlite(folder)) => Ok(BlobPlace::in_data(folder)),
        (None, Location::Postgres(_)) => Ok(BlobPlace::in_data(&settings.data)),
    }
}

/// Credentials and region of a bucket, under the names that AWS's own programs read.
fn aws() -> Vec<(String, String)> {
    let texts = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(texts).filter(|(name, _)| name.starts_with("AWS_")).collect()
}

/// What one run may hold; sizes are bytes as held in memory.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Limits of one run")]
pub struct RunLimits {
    /// Largest value: a step's output, what it is given, the list of a loop
    #[arg(long, env = "CODEX32_MAX_VALUE", hide_env_values = true, value_name = "SIZE", value_parser = size, default_value = "16MiB")]
    max_value: u64,
    /// Largest inputs of a start
    #[arg(long, env = "CODEX32_MAX_INPUT", hide_env_values = true, value_name = "SIZE", value_parser = size, default_value = "64MiB")]
    max_input: u64,
    /// All that is recorded of a run
    #[arg(long, env = "CODEX32_MAX_HISTORY", hide_env_values = true, value_name = "SIZE", value_parser = size, default_value = "1GiB")]
    max_history: u64,
    /// Facts that are recorded of a run
    #[arg(
        long,
        env = "CODEX32_MAX_FACTS",
        hide_env_values = true,
        value_name = "NUMBER",
        default_value_t = 1_000_000
    )]
    max_facts: u64,
    /// Items that one loop goes through
    #[arg(
        long,
        env = "CODEX32_MAX_ITEMS",
        hide_env_values = true,
        value_name = "NUMBER",
        default_value_t = 100_000
    )]
    max_items: u32,
    /// Nesting of calls
    #[arg(
        long,
        env = "CODEX32_MAX_DEPTH",
        hide_env_values = true,
        value_name = "NUMBER",
        default_value_t = 16
    )]
    max_depth: u32,
    /// What a run holds at once
    #[arg(long, env = "CODEX32_MAX_MEMORY", hide_env_values = true, value_name = "SIZE", value_parser = size, default_value = "256MiB")]
    max_memory: u64,
}

impl RunLimits {
    pub fn engine(self) -> Limits {
        let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        let run = Bounds {
            input: bytes(self.max_input),
            output: bytes(self.max_value),
            items: bytes(u64::from(self.max_items)),
            history: self.max_history,
            facts: self.max_facts,
            memory: bytes(self.max_memory),
        };
        Limits { depth: self.max_depth, run, ..Limits::default() }
    }
}

/// `500`, `64KiB`, `16MiB`, `1GiB`; also with KB, MB and GB.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" | "k" => 1 << 10,
        "mb" => 1_000_000,
        "mib" | "m" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" | "g" => 1 << 30,
        _ => return Err("write a size as 16MiB, 500KB or 1GiB".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "it begins with no number".to_owned())?;
    match number.checked_mul(factor) {
        Some(size) if size >= 1_024 => Ok(size),
        Some(_) => Err("that is less than 1KiB".to_owned()),
        None => Err("that is too large".to_owned()),
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
