//! The command line: the tree of commands, one file per group.

mod approvals;
mod backup;
mod bots;
mod build;
mod check;
mod completions;
mod connections;
mod connectors;
mod copy;
mod dead_letters;
mod deploy;
mod doctor;
mod draft;
mod env;
mod eval;
mod events;
mod input;
mod knowledge;
mod known;
mod migrate;
mod models;
mod nodes;
mod outbox;
mod reference;
mod rehearse;
mod remote;
mod render;
mod retention;
mod runs;
mod schedule;
mod serve;
mod templates;
mod trigger;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{self, Settings};
use crate::failure::{Exit, Outcome};
use crate::output::Output;

/// Commands by what they are for; the help shows them so. A test holds it complete.
const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

Write a bot (no server needed)
  draft        Turn a sentence into a bot
  build        Build a bot in a conversation, with a model where it is needed
  new          Start a bot from a template
  templates    List the templates
  check        Check a definition
  try          Rehearse a bot: see what it would do
  schedule     Show when schedules fire, read them from words

Run it
  serve        Run the server
  deploy       Put a bot on the server
  trigger      Start a run of a bot
  emit         Emit an event

See what is there
  bots         List the bots
  bot          Show, pause, resume, withdraw, export or delete a bot
  runs         List runs
  run          Show, watch, cancel or retry a run
  approvals    List what bots ask people
  approve      Approve what a bot asks, or hand it on
  reject       Reject what a bot asks
  connections  Add, test, list and remove connections
  events       List, show and replay events
  dead-letters List, replay and discard events that could not start a bot
  env          Set and list the workspace's variables
  knowledge    Keep documents that bots search and answer from
  models       Set and list the language models that bots and programs may ask
  nodes        List the servers that share the database
  outbox       Read mail that was kept inside
  sign-in-link Print a link that signs you in to the browser

Look after the data
  backup       Write all data to a file, while the server runs
  restore      Fill a store from a backup
  copy         Move all data between SQLite and PostgreSQL
  retention    Show or change how long what is over is kept
  migrate      Bring a database to this program's version
  release      Let a store run that was restored or copied

Look up
  connectors   What bots can do (no server needed)
  schema       The JSON Schema of the language (no server needed)
  openapi      The OpenAPI document of the server (no server needed)
  eval         Measure AI steps, and the draft compiler (that needs no server)
  doctor       Check this machine and the server
  completions  Completions for your shell
  help         Show the help of a command

{options}{after-help}";

const EXAMPLES: &str = "\
Examples:
  codex32 serve
  codex32 draft \"every weekday at 9 Berlin time, fetch https://example.com/invoices and email it to me@example.com\" > invoices.yaml
  codex32 check invoices.yaml
  codex32 deploy invoices.yaml
  codex32 runs

Exit codes: 0 well, 1 the answer is no (a failed check or run), 2 used wrongly, 3 server not reached.";

/// A bot platform: a sentence becomes a bot that runs durably.
#[derive(Debug, Parser)]
#[command(name = "codex32", version, help_template = HELP, after_help = EXAMPLES)]
#[command(arg_required_else_help = true, infer_subcommands = false, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Draft(draft::DraftArgs),
    Build(build::BuildArgs),
    New(templates::NewArgs),
    Templates(templates::TemplatesArgs),
    Check(check::CheckArgs),
    Try(rehearse::TryArgs),
    #[command(subcommand)]
    Schedule(schedule::ScheduleCommand),
    Serve(Box<serve::ServeArgs>),
    Deploy(deploy::DeployArgs),
    Trigger(trigger::TriggerArgs),
    Emit(trigger::EmitArgs),
    Bots(bots::BotsArgs),
    #[command(subcommand)]
    Bot(bots::BotCommand),
    Runs(runs::RunsArgs),
    #[command(subcommand)]
    Run(runs::RunCommand),
    Approvals(approvals::ApprovalsArgs),
    Approve(approvals::ApproveArgs),
    Reject(approvals::RejectArgs),
    #[command(subcommand)]
    Connections(connections::ConnectionsCommand),
    #[command(subcommand)]
    Events(events::EventsCommand),
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLettersCommand),
    #[command(subcommand)]
    Env(env::EnvCommand),
    #[command(subcommand)]
    Knowledge(knowledge::KnowledgeCommand),
    #[command(subcommand)]
    Models(models::ModelsCommand),
    Nodes(nodes::NodesArgs),
    Outbox(outbox::OutboxArgs),
    SignInLink(serve::SignInLinkArgs),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Copy(copy::CopyArgs),
    Retention(retention::RetentionArgs),
    Migrate(migrate::MigrateArgs),
    Release(migrate::ReleaseArgs),
    Connectors(connectors::ConnectorsArgs),
    Schema(reference::SchemaArgs),
    Openapi(reference::OpenapiArgs),
    #[command(subcommand)]
    Eval(eval::EvalCommand),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Docs(reference::DocsArgs),
}

/// The whole tree, as parsing and completions use it.
fn tree() -> clap::Command {
    config::with_data_flag(Cli::command())
}

pub use render::Shown;

pub fn main() -> ExitCode {
    let parsed = tree().try_get_matches().and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.settings.data = config::data_folder(&matches);
        Ok(cli)
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version end well, everything else is wrong use; nobody may be reading.
            let _ = error.print();
            return if error.exit_code() == 0 { Exit::Well } else { Exit::Misused }.into();
        }
    };
    let output = Output::new(cli.settings.json, config::no_colour());
    let outcome = run(cli.command, &cli.settings, &output);
    outcome
        .unwrap_or_else(|failure| {
            output.failure(&failure);
            failure.exit
        })
        .into()
}

fn run(command: Command, settings: &Settings, out: &Output) -> Outcome {
    match command {
        Command::Draft(args) => draft::run(&args, settings, out),
        Command::Build(args) => build::run(&args, settings, out),
        Command::New(args) => templates::new(&args, out),
        Command::Templates(_) => templates::list(out),
        Command::Check(args) => check::run(&args, settings, out),
        Command::Try(args) => rehearse::run(&args, settings, out),
        Command::Schedule(command) => schedule::run(command, out),
        Command::Serve(args) => serve::run(*args, settings, out),
        Command::Deploy(args) => deploy::run(&args, settings, out),
        Command::Trigger(args) => trigger::trigger(&args, settings, out),
        Command::Emit(args) => trigger::emit(&args, settings, out),
        Command::Bots(args) => bots::list(&args, settings, out),
        Command::Bot(command) => bots::run(command, settings, out),
        Command::Runs(args) => runs::list(&args, settings, out),
        Command::Run(command) => runs::run(command, settings, out),
        Command::Approvals(args) => approvals::list(&args, settings, out),
        Command::Approve(args) => approvals::approve(&args, settings, out),
        Command::Reject(args) => approvals::reject(&args, settings, out),
        Command::Connections(command) => connections::run(command, settings, out),
        Command::Events(command) => events::run(command, settings, out),
        Command::DeadLetters(command) => dead_letters::run(command, settings, out),
        Command::Env(command) => env::run(command, settings, out),
        Command::Knowledge(command) => knowledge::run(command, settings, out),
        Command::Models(command) => models::run(command, settings, out),
        Command::Nodes(args) => nodes::run(&args, settings, out),
        Command::Outbox(args) => outbox::run(&args, settings, out),
        Command::SignInLink(args) => serve::sign_in_link(&args, settings, out),
        Command::Backup(args) => backup::backup(&args, settings, out),
        Command::Restore(args) => backup::restore(&args, settings, out),
        Command::Copy(args) => copy::run(&args, settings, out),
        Command::Retention(args) => retention::run(&args, settings, out),
        Command::Migrate(args) => migrate::run(&args, settings, out),
        Command::Release(args) => migrate::release(&args, settings, out),
        Command::Connectors(args) => connectors::run(args, out),
        Command::Schema(_) => reference::schema(out),
        Command::Openapi(_) => reference::openapi(out),
        Command::Eval(command) => eval::run(command, settings, out),
        Command::Doctor(args) => doctor::run(&args, settings, out),
        Command::Completions(args) => completions::run(&args, out),
        Command::Docs(args) => reference::docs(&args, out),
    }
}

#[cfg(test)]
mod tests;
