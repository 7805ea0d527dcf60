//! `trigger BOT` and `emit NAME`: start runs by hand.

use std::time::{Duration, Instant};

use clap::Args;
use codex32_model::RunState;
use serde_json::{Value, json};

use super::input;
use super::runs;
use crate::client::Client;
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, plain};

/// Start a run of a bot
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 trigger overdue-invoices --input '{\"days\": 30}' --wait
  codex32 trigger import --input @orders.json
  codex32 trigger import --wait --json | jq .output")]
pub struct TriggerArgs {
    /// Name of the bot
    bot: String,
    /// Input of the run: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Wait until the run has ended and show it; exit code 1 unless it succeeded
    #[arg(long)]
    wait: bool,
    /// With --wait: give up waiting after this long (the run goes on)
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "wait")]
    timeout: Option<Duration>,
}

/// Emit an event, which starts the bots that have a trigger for it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 emit invoice.paid --data '{\"amount\": 120}'
  codex32 --data /srv/codex32 emit invoice.paid    (the server's data folder comes before the command here)")]
pub struct EmitArgs {
    /// Name of the event
    name: String,
    /// What the event says: JSON, @FILE, or - for standard input
    #[arg(long = "data", id = "event_data", value_name = "JSON")]
    data: Option<String>,
    /// Order key: events of one key start runs in order
    #[arg(long)]
    key: Option<String>,
}

/// How long one request waits for the end of the run; the server holds it that long.
const PIECE: Duration = Duration::from_secs(30);

fn duration(text: &str) -> Result<Duration, String> {
    codex32_model::time::parse_duration(text).map_err(|error| error.to_string())
}

pub fn trigger(args: &TriggerArgs, settings: &Settings, out: &Output) -> Outcome {
    let given = args.input.as_deref().map(|text| input::json("--input", text)).transpose()?;
    let input = given.map_or_else(|| json!({}), |value| json!(value));
    let client = Client::new(settings)?;
    let begun = Instant::now();
    let mut run = client.post(
        &["bots", &args.bot, "runs"],
        &json!({ "input": input, "wait": args.wait.then_some(PIECE.as_secs()) }),
    )?;
    if !args.wait {
        if out.json {
            out.document(&run);
        } else {
            let id = run_id(&run)?;
            out.line(plain(&id));
            out.note(format!("See it with: codex32 run show {}", plain(&id)));
        }
        return Ok(Exit::Well);
    }
    let id = run_id(&run)?;
    while !ended(&run) {
        let left = args.timeout.map(|most| most.saturating_sub(begun.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(Failure::no(format!("run {id} has not ended yet; it goes on"))
                .help(format!("see it with: codex32 run show {id}")));
        }
        let piece = left.unwrap_or(PIECE).min(PIECE).as_secs().max(1);
        run = client.get(&["runs", &id], &[("wait", piece.to_string())])?;
    }
    runs::present(out, &run)
}

/// Whether the run in the answer has ended; an answer without steps is not the whole run yet.
fn ended(run: &Value) -> bool {
    let state = run.get("state").and_then(Value::as_str).and_then(RunState::parse);
    state.is_some_and(RunState::is_terminal) && run.get("steps").is_some()
}

fn run_id(run: &Value) -> Result<String, Failure> {
    let id = run.get("id").or_else(|| run.get("run")).and_then(Value::as_str);
    id.map(ToOwned::to_owned).ok_or_else(|| Failure::no("the server's answer names no run"))
}

pub fn emit(args: &EmitArgs, settings: &Settings, out: &Output) -> Outcome {
    let given = args.data.as_deref().map(|text| input::json("--data", text)).transpose()?;
    let data = given.map_or(Value::Null, |value| json!(value));
    let body = json!({ "name": args.name, "data": data, "key": args.key });
    let answer = Client::new(settings)?.post(&["events"], &body)?;
    if out.json {
        out.document(&answer);
    } else {
        let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
        out.line(format!("emitted {} {}", plain(&args.name), plain(id)).trim_end());
    }
    Ok(Exit::Well)
}
