//! `bots` and `bot …`: what is deployed.

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;

use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// List the bots on the server
#[derive(Debug, Args)]
pub struct BotsArgs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

/// Show, pause, resume, withdraw, export or delete a bot
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 bot show overdue-invoices
  codex32 bot export overdue-invoices > overdue-invoices.yaml")]
pub enum BotCommand {
    /// Show a bot: its version, state and triggers
    Show(BotName),
    /// Let its triggers start no more runs; runs that have begun go on
    Pause(BotName),
    /// Let its triggers start runs again
    Resume(BotName),
    /// Unregister its triggers; versions and runs stay to be read
    Withdraw(BotName),
    /// Delete a bot with its versions and runs
    Delete(DeleteArgs),
    /// Print its definition
    Export(ExportArgs),
    /// List its versions
    Versions(BotName),
}

#[derive(Debug, Args)]
pub struct BotName {
    /// Name of the bot
    bot: String,
}

#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Name of the bot
    bot: String,
    /// Do not ask; needed where nobody can answer
    #[arg(long, short = 'y')]
    yes: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Name of the bot
    bot: String,
    /// Which version [default: the newest]
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// Spelling of the definition
    #[arg(long, value_enum, default_value_t = Spelling::Yaml)]
    format: Spelling,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Spelling {
    Yaml,
    Json,
}

/// A bot as lists and `bot show` print it.
#[derive(Debug, Deserialize)]
struct Bot {
    bot: String,
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    triggers: Vec<TriggerView>,
}

/// A registered trigger, as `deploy` and `bot show` print it.
#[derive(Debug, Deserialize)]
pub struct TriggerView {
    name: String,
    kind: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    app: Option<String>,
    #[serde(default)]
    every: Option<String>,
    #[serde(default)]
    last_looked_at: Option<String>,
    #[serde(default)]
    waiting: Option<u32>,
    #[serde(default)]
    last_error: Option<LookError>,
}

/// Why an app trigger cannot look.
#[derive(Debug, Deserialize)]
struct LookError {
    code: String,
    message: String,
    since: String,
    failures: u32,
}

pub fn triggers(out: &Output, triggers: &[TriggerView]) {
    for trigger in triggers {
        if let Some(app) = &trigger.app {
            looks(out, trigger, app);
            continue;
        }
        let at = match (&trigger.url, &trigger.next) {
            (Some(url), _) => url.clone(),
            (None, Some(next)) => format!("next {next}"),
            (None, None) => String::new(),
        };
        let name = out.paint(Paint::Bold, &plain(&trigger.name));
        out.line(format!("  {name}  {}  {}", plain(&trigger.kind), plain(&at)).trim_end());
    }
}

/// An app trigger: what it looks for, how the last look went, when the next is.
fn looks(out: &Output, trigger: &TriggerView, app: &str) {
    let name = out.paint(Paint::Bold, &plain(&trigger.name));
    let every = trigger.every.as_deref().map(|every| format!(" every {every}"));
    let looked = trigger.last_looked_at.as_deref();
    let looked = looked.map_or("not looked yet".to_owned(), |at| format!("looked {at}"));
    let next = trigger.next.as_deref().map(|next| format!("  next {next}"));
    let parts = [every.unwrap_or_default(), format!("  {looked}"), next.unwrap_or_default()];
    out.line(format!("  {name}  app {}{}", plain(app), plain(&parts.concat())));
    if let Some(waiting) = trigger.waiting {
        out.line(format!("    {waiting} more are new; the next look starts their runs"));
    }
    if let Some(LookError { code, message, since, failures }) = &trigger.last_error {
        let times = if *failures == 1 { "once" } else { "each time" };
        let failed = format!("cannot look: {message} ({code}, failed {times} since {since})");
        out.line(format!("    {}", plain(&failed)));
    }
}

pub fn list(args: &BotsArgs, settings: &Settings, out: &Output) -> Outcome {
    let answer = all_pages(&Client::new(settings)?, &["bots"], &[], args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Bot> = view(&answer)?;
    if page.items.is_empty() {
        out.note("There are no bots yet. Put one here with `codex32 deploy FILE`; `codex32 new` writes a first one.");
        return Ok(Exit::Well);
    }
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["BOT", "VERSION", "STATE", "DESCRIPTION"], &rows);
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

fn row(bot: &Bot) -> Vec<String> {
    vec![
        plain(&bot.bot).into_owned(),
        bot.version.map(|version| version.to_string()).unwrap_or_default(),
        short(bot.state.as_deref().unwrap_or_default(), 20),
        short(bot.description.as_deref().unwrap_or_default(), 60),
    ]
}

pub fn run(command: BotCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        BotCommand::Show(BotName { bot }) => show(&client, &bot, out),
        BotCommand::Pause(BotName { bot }) => change(&client, &bot, "pause", "paused", out),
        BotCommand::Resume(BotName { bot }) => change(&client, &bot, "resume", "resumed", out),
        BotCommand::Withdraw(BotName { bot }) => {
            change(&client, &bot, "withdraw", "withdrawn", out)
        }
        BotCommand::Delete(args) => delete(&client, &args, out),
        BotCommand::Export(args) => export(&client, &args, out),
        BotCommand::Versions(BotName { bot }) => versions(&client, &bot, out),
    }
}

fn show(client: &Client, bot: &str, out: &Output) -> Outcome {
    let answer = client.get(&["bots", bot], &[])?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let bot: Bot = view(&answer)?;
    out.line(out.paint(Paint::Bold, &plain(&bot.bot)));
    if let Some(description) = &bot.description {
        out.line(format!("  {}", plain(description)));
    }
    let version = bot.version.map(|version| format!("version {version}")).unwrap_or_default();
    out.line(format!("  {version}  {}", plain(bot.state.as_deref().unwrap_or_default())));
    triggers(out, &bot.triggers);
    Ok(Exit::Well)
}

fn change(client: &Client, bot: &str, verb: &str, done: &str, out: &Output) -> Outcome {
    let answer = client.post(&["bots", bot, verb], &json!({}))?;
    let state = json!({ "bot": bot, "state": done });
    out.changed(&answer, &state, &format!("{} is {done}.", plain(bot)));
    Ok(Exit::Well)
}

fn delete(client: &Client, args: &DeleteArgs, out: &Output) -> Outcome {
    if !args.yes {
        confirm(out, &format!("Delete {} with its versions and runs?", plain(&args.bot)))?;
    }
    let answer = client.delete(&["bots", &args.bot])?;
    let done = json!({ "bot": args.bot, "deleted": true });
    out.changed(&answer, &done, &format!("{} is deleted.", plain(&args.bot)));
    Ok(Exit::Well)
}

/// Asks on a terminal; elsewhere nobody could answer, so `--yes` is wanted.
fn confirm(out: &Output, question: &str) -> Result<(), Failure> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() {
        return Err(Failure::misused("this needs a yes").help("add --yes"));
    }
    out.note(format!("{question} Type yes:"));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("yes") => Ok(()),
        _ => Err(Failure::no("nothing was deleted")),
    }
}

fn export(client: &Client, args: &ExportArgs, out: &Output) -> Outcome {
    let json = out.json || matches!(args.format, Spelling::Json);
    let mut query = vec![("format", if json { "json" } else { "yaml" }.to_owned())];
    query.extend(args.version.map(|version| ("version", version.to_string())));
    let text = client.get_text(&["bots", &args.bot, "definition"], &query)?;
    out.raw(&text);
    if !text.ends_with('\n') {
        out.raw("\n");
    }
    Ok(Exit::Well)
}

#[derive(Debug, Deserialize)]
struct Version {
    version: u64,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    live: Option<bool>,
}

fn versions(client: &Client, bot: &str, out: &Output) -> Outcome {
    let answer = client.get(&["bots", bot, "versions"], &[])?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Version> = view(&answer)?;
    let row = |version: &Version| {
        vec![
            version.version.to_string(),
            moment(version.created_at.as_deref().unwrap_or_default()),
            if version.live == Some(true) { "live".to_owned() } else { String::new() },
        ]
    };
    out.table(&["VERSION", "CREATED", ""], &page.items.iter().map(row).collect::<Vec<_>>());
    Ok(Exit::Well)
}
