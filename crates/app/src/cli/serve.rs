//! `serve`, and `sign-in-link` which needs a server that runs.

use clap::{Args, ValueEnum};
use codex32_connectors::Programs;
use codex32_engine::Roles;
use codex32_store::Flushing;
use serde::Deserialize;
use serde_json::json;

use crate::client::{Client, view};
use crate::config::{BlobStorage, Database, Listening, Network, RunLimits, Settings, Zone};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, plain};
use crate::serve;

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 serve
  codex32 serve --data /srv/codex32 --listen 0.0.0.0:8032 --public-url https://bots.example.com")]
pub struct ServeArgs {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    zone: Zone,
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    blobs: BlobStorage,
    /// Go on with an empty blob storage although the database had another: its large values are lost
    #[arg(long)]
    new_blobs: bool,
    /// What this server does, of several on one PostgreSQL database: api, worker, scheduler
    #[arg(
        long,
        env = "CODEX32_ROLES",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "ROLES",
        default_values_t = [Role::Api, Role::Worker, Role::Scheduler]
    )]
    roles: Vec<Role>,
    /// Go on with another secrets.key than the database's: connections' secrets are lost
    #[arg(long)]
    new_key: bool,
    /// Folder for the files of bots and SQLite connections [default: files in the data folder]
    #[arg(long, env = "CODEX32_FILES", hide_env_values = true, value_name = "FOLDER")]
    files: Option<std::path::PathBuf>,
    /// Program that connections to MCP servers may name, with what is run; may stand several times
    #[arg(
        long = "mcp-program",
        env = "CODEX32_MCP_PROGRAMS",
        hide_env_values = true,
        value_delimiter = ';',
        value_name = "NAME=COMMAND"
    )]
    mcp_programs: Vec<String>,
    #[command(flatten)]
    logging: serve::Logging,
    #[command(flatten)]
    limits: RunLimits,
    /// Print a link that signs you in to the browser [default: where standard output is a terminal]
    #[arg(long)]
    sign_in_link: bool,
    /// For the counter-proof of the power-loss test only: commits are not flushed
    #[cfg(debug_assertions)]
    #[arg(long, hide = true)]
    unsafe_no_flush: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Serve the API, the interface and webhooks
    Api,
    /// Drive runs
    Worker,
    /// Fire schedules and dispatch events
    Scheduler,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        })
    }
}

/// Print a link that signs you in to the browser, once and for a short time
#[derive(Debug, Args)]
pub struct SignInLinkArgs {}

pub fn run(args: ServeArgs, settings: &Settings, out: &Output) -> Outcome {
    let database = args.database.location(settings)?;
    let programs = args.mcp_programs.iter().map(String::as_str);
    let programs = Programs::parse(programs).map_err(Failure::misused)?;
    let options = serve::Options {
        data: settings.data.clone(),
        blobs: args.blobs.place(settings, &database)?,
        new_blobs: args.new_blobs,
        database,
        new_key: args.new_key,
        roles: Roles {
            api: args.roles.contains(&Role::Api),
            worker: args.roles.contains(&Role::Worker),
            scheduler: args.roles.contains(&Role::Scheduler),
        },
        files: args.files.unwrap_or_else(|| settings.data.join("files")),
        programs,
        listen: args.listening.listen,
        public_url: args.listening.public_url,
        timezone: args.zone.name()?,
        allow_private_networks: args.network.allow_private_networks,
        sign_in_link: args.sign_in_link,
        logging: args.logging,
        limits: args.limits.engine(),
        #[cfg(debug_assertions)]
        flushing: if args.unsafe_no_flush { Flushing::Never } else { Flushing::Full },
        #[cfg(not(debug_assertions))]
        flushing: Flushing::Full,
    };
    serve::run(options, out)
}

#[derive(Debug, Deserialize)]
struct Link {
    url: String,
}

pub fn sign_in_link(_: &SignInLinkArgs, settings: &Settings, out: &Output) -> Outcome {
    let answer = Client::new(settings)?.post(&["sign-in-links"], &json!({}))?;
    if out.json {
        out.document(&answer);
    } else {
        out.line(plain(&view::<Link>(&answer)?.url));
    }
    Ok(Exit::Well)
}
