//! `events …`: what happened, and bringing it to bots once more.

use clap::{Args, Subcommand};
use codex32_model::{Clock as _, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Page, all_pages, view};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// List, show and replay events
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 events list --name invoice.paid
  codex32 events replay invoice.paid --since 2h --bot cashier
  codex32 events replays")]
pub enum EventsCommand {
    /// List events, newest first
    List(ListArgs),
    /// Show an event with its data
    Show(ShowArgs),
    /// Bring events of a time to the bots that listen, once more; those that have started a bot start it
    /// not again, unless asked to
    Replay(ReplayArgs),
    /// List replays and how far they are
    Replays(ReplaysArgs),
    /// Stop a replay; the runs that it has started go on
    CancelReplay(CancelArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only events of this name
    #[arg(long)]
    name: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Id of the event
    event: String,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Name of the events
    name: String,
    /// From this time on: a time (2027-03-01T10:00:00Z), or how long ago (2h, 3d)
    #[arg(long, value_name = "TIME")]
    since: String,
    /// Before this time; until now unless given
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only to this bot
    #[arg(long)]
    bot: Option<String>,
    /// Start bots also by events that have started them before
    #[arg(long)]
    again: bool,
    /// Wait until it is done, and show how far it is meanwhile
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
pub struct ReplaysArgs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Args)]
pub struct CancelArgs {
    /// Id of the replay
    replay: String,
}

#[derive(Debug, Deserialize)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub source: String,
    pub at: String,
    #[serde(default)]
    pub data: Value,
    pub key: Option<String>,
    pub hops: u32,
}

#[derive(Debug, Deserialize)]
struct Replay {
    id: String,
    what: String,
    name: Option<String>,
    bot: Option<String>,
    state: String,
    note: Option<String>,
    total: u32,
    seen: u32,
    started: u32,
    already: u32,
    declined: u32,
    failed: u32,
    created_at: String,
}

pub fn run(command: EventsCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        EventsCommand::List(args) => list(&args, &client, out),
        EventsCommand::Show(args) => {
            let answer = client.get(&["events", &args.event], &[])?;
            if out.json {
                out.document(&answer);
            } else {
                show(out, &view(&answer)?);
            }
            Ok(Exit::Well)
        }
        EventsCommand::Replay(args) => {
            let now = SystemClock.now();
            let body = json!({
                "what": "events",
                "name": args.name,
                "since": time("--since", &args.since, now)?,
                "until": args.until.as_deref().map(|text| time("--until", text, now)).transpose()?,
                "bot": args.bot,
                "again": args.again,
            });
            begin(&client, out, &body, args.wait)
        }
        EventsCommand::Replays(args) => replays(&args, &client, out),
        EventsCommand::CancelReplay(args) => {
            let answer = client.post(&["replays", &args.replay, "cancel"], &json!({}))?;
            let replay: Replay = view(&answer)?;
            let sentence = format!("{}: {}", plain(&replay.id), told(&replay));
            out.changed(&answer, &answer, &sentence);
            Ok(Exit::Well)
        }
    }
}

fn list(args: &ListArgs, client: &Client, out: &Output) -> Outcome {
    let query: Vec<_> = args.name.clone().map(|name| ("name", name)).into_iter().collect();
    let answer = all_pages(client, &["events"], &query, args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Event> = view(&answer)?;
    if page.items.is_empty() {
        out.note("There are no such events.");
        return Ok(Exit::Well);
    }
    let row = |event: &Event| {
        let data = short(&event.data.to_string(), 60);
        vec![
            plain(&event.id).into_owned(),
            moment(&event.at),
            short(&event.name, 40),
            short(&event.source, 30),
            data,
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["EVENT", "AT", "NAME", "FROM", "DATA"], &rows);
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

/// An event with its data.
pub fn show(out: &Output, event: &Event) {
    let hops = event.hops.to_string();
    let rows = [
        ("Event", Some(&event.id)),
        ("Name", Some(&event.name)),
        ("From", Some(&event.source)),
        ("At", Some(&event.at)),
        ("Key", event.key.as_ref()),
        ("Hops", Some(&hops).filter(|_| event.hops > 0)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            out.line(format!(
                "{} {}",
                out.paint(Paint::Dim, &format!("{name}:")),
                short(value, 500)
            ));
        }
    }
    let data = serde_json::to_string_pretty(&event.data).unwrap_or_default();
    out.line(plain(&data));
}

/// Begins a replay and, if asked to, waits for its end; exit code 1 when starts failed.
pub fn begin(client: &Client, out: &Output, body: &Value, wait: bool) -> Outcome {
    let mut answer = client.post(&["replays"], body)?;
    let mut replay: Replay = view(&answer)?;
    let mut shown = String::new();
    while wait && replay.state == "running" {
        let line = told(&replay);
        if line != shown {
            out.note(&line);
            shown = line;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
        answer = client.get(&["replays", &replay.id], &[])?;
        replay = view(&answer)?;
    }
    if out.json {
        out.document(&answer);
    } else {
        out.line(format!("{}: {}", plain(&replay.id), told(&replay)));
        if replay.state == "running" {
            out.note("It goes on by itself. See how far it is with: codex32 events replays");
        }
    }
    Ok(if wait && replay.failed > 0 { Exit::No } else { Exit::Well })
}

fn told(replay: &Replay) -> String {
    let Replay { state, total, seen, started, already, declined, failed, .. } = replay;
    let things = if replay.what == "events" { "events" } else { "dead letters" };
    let runs = if *started == 1 { "run" } else { "runs" };
    let mut text = format!("{state}, {seen} of {total} {things}, {started} {runs} started");
    for (count, what) in [
        (already, "had started before"),
        (declined, "were declined by a condition"),
        (failed, "failed (codex32 dead-letters list)"),
    ] {
        if *count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    if let Some(note) = &replay.note {
        text.push_str(&format!("; {}", short(note, 100)));
    }
    text
}

fn replays(args: &ReplaysArgs, client: &Client, out: &Output) -> Outcome {
    let answer = all_pages(client, &["replays"], &[], args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Replay> = view(&answer)?;
    if page.items.is_empty() {
        out.note("There are no replays.");
        return Ok(Exit::Well);
    }
    let row = |replay: &Replay| {
        let what = match &replay.name {
            Some(name) => short(name, 30),
            None => "dead letters".to_owned(),
        };
        let bot = replay.bot.as_deref().unwrap_or("all that listen");
        vec![
            plain(&replay.id).into_owned(),
            moment(&replay.created_at),
            what,
            short(bot, 30),
            told(replay),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["REPLAY", "BEGUN", "WHAT", "TO", "HOW FAR"], &rows);
    Ok(Exit::Well)
}

/// A time, or how long before `now`.
fn time(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Ok(ago) = codex32_model::time::parse_duration(text) {
        return Ok(now.minus(ago));
    }
    text.parse().map_err(|_| {
        Failure::misused(format!("{flag}: `{}` is neither a time nor a duration", short(text, 60)))
            .help("write a time like 2027-03-01T10:00:00Z, or how long ago, like 2h or 3d")
    })
}
