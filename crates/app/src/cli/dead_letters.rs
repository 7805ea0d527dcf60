//! `dead-letters …`: events that could not start a bot.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::events;
use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// List, show, replay and discard events that could not start a bot
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 dead-letters list --bot cashier
  codex32 dead-letters replay dead_0198f6a5c3e77a2b9d41f0c85e6b7a90
  codex32 dead-letters replay --all --bot cashier --wait
  codex32 dead-letters discard --all --name invoice.paid")]
pub enum DeadLettersCommand {
    /// List dead letters, newest event first
    List(ListArgs),
    /// Show a dead letter: its event, and why it could not start the bot
    Show(ShowArgs),
    /// Try once more to start the bot, after it was mended
    Replay(ReplayArgs),
    /// Discard dead letters; their events stay
    Discard(DiscardArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    which: Which,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Args)]
pub struct Which {
    /// Only those of this bot
    #[arg(long)]
    bot: Option<String>,
    /// Only events of this name
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Id of the dead letter
    letter: String,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Id of the dead letter
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "bot", "name", "wait"])]
    letter: Option<String>,
    /// All that are there now, or those that --bot and --name leave
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
    /// With --all: wait until it is done; exit code 1 if some failed again
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
pub struct DiscardArgs {
    /// Id of the dead letter
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "bot", "name"])]
    letter: Option<String>,
    /// All that are there now, or those that --bot and --name leave
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Deserialize)]
struct Letter {
    id: String,
    event: events::Event,
    bot: String,
    trigger: String,
    code: String,
    error: String,
    attempts: u32,
    at: String,
}

pub fn run(command: DeadLettersCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        DeadLettersCommand::List(args) => list(&args, &client, out),
        DeadLettersCommand::Show(args) => {
            let answer = client.get(&["dead-letters", &args.letter], &[])?;
            if out.json {
                out.document(&answer);
            } else {
                show(out, &view(&answer)?);
            }
            Ok(Exit::Well)
        }
        DeadLettersCommand::Replay(ReplayArgs { letter: Some(letter), .. }) => {
            let answer = client.post(&["dead-letters", &letter, "replay"], &json!({}))?;
            if out.json {
                out.document(&answer);
            } else {
                out.line(replayed(&answer)?);
            }
            Ok(Exit::Well)
        }
        DeadLettersCommand::Replay(ReplayArgs { which, wait, .. }) => {
            let body = json!({ "what": "dead_letters", "bot": which.bot, "name": which.name });
            events::begin(&client, out, &body, wait)
        }
        DeadLettersCommand::Discard(DiscardArgs { letter: Some(letter), .. }) => {
            let answer = client.delete(&["dead-letters", &letter])?;
            let sentence = format!("discarded {}", plain(&letter));
            out.changed(&answer, &json!({ "discarded": 1 }), &sentence);
            Ok(Exit::Well)
        }
        DeadLettersCommand::Discard(DiscardArgs { which, .. }) => {
            let body = json!({ "bot": which.bot, "name": which.name });
            let answer = client.post(&["dead-letters", "discard"], &body)?;
            let count = answer.get("discarded").and_then(Value::as_u64).unwrap_or_default();
            let sentence =
                format!("discarded {count} dead letter{}", if count == 1 { "" } else { "s" });
            out.changed(&answer, &answer, &sentence);
            Ok(Exit::Well)
        }
    }
}

fn replayed(answer: &Value) -> Result<String, Failure> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(plain);
    let run = text("run").unwrap_or_default();
    Ok(match text("outcome").as_deref() {
        Some("started") => format!("started {run}"),
        Some("already") => format!("the event had started {run} before; the dead letter is gone"),
        Some("declined") => {
            "the trigger's condition is not met: nothing to start; the dead letter is gone"
                .to_owned()
        }
        _ => return Err(Failure::no("the server's answer names no outcome")),
    })
}

fn list(args: &ListArgs, client: &Client, out: &Output) -> Outcome {
    let mut query = Vec::new();
    query.extend(args.which.bot.clone().map(|bot| ("bot", bot)));
    query.extend(args.which.name.clone().map(|name| ("name", name)));
    let answer = all_pages(client, &["dead-letters"], &query, args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Letter> = view(&answer)?;
    if page.items.is_empty() {
        out.note("There are no dead letters.");
        return Ok(Exit::Well);
    }
    let row = |letter: &Letter| {
        vec![
            plain(&letter.id).into_owned(),
            moment(&letter.at),
            short(&letter.event.name, 30),
            short(&letter.bot, 30),
            letter.attempts.to_string(),
            short(&format!("{}: {}", letter.code, letter.error), 80),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["DEAD LETTER", "LAST TRIED", "EVENT", "BOT", "TRIED", "WHY"], &rows);
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

fn show(out: &Output, letter: &Letter) {
    let bot = format!("{}, trigger {}", letter.bot, letter.trigger);
    let why = format!("{}: {}", letter.code, letter.error);
    let tried = match letter.attempts {
        1 => format!("once, at {}", moment(&letter.at)),
        times => format!("{times} times, last at {}", moment(&letter.at)),
    };
    for (name, value) in [("Letter", &letter.id), ("Bot", &bot), ("Why", &why), ("Tried", &tried)] {
        out.line(format!("{} {}", out.paint(Paint::Dim, &format!("{name}:")), short(value, 500)));
    }
    events::show(out, &letter.event);
}
