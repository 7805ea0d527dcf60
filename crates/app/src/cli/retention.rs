//! `retention`: how long the workspace keeps what is over.

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::client::{Client, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, moment};

/// Show or change how long ended runs, events, mails and calls of models are kept
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 retention
  codex32 retention --days 90 --runs 0
  codex32 retention --calls 730

What is beyond is deleted soon after, and for good. Runs that go on are never deleted.")]
pub struct RetentionArgs {
    /// Days that ended runs, events and mails of the outbox are kept; 0: for good
    #[arg(long)]
    days: Option<u32>,
    /// Ended runs that are kept, the newest; 0: all
    #[arg(long)]
    runs: Option<u32>,
    /// Days that calls of language models are kept, 62 or more; 0: for good
    #[arg(long, value_name = "DAYS")]
    calls: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Retention {
    days: u32,
    runs: u32,
    calls: u32,
    deleted: Deleted,
}

#[derive(Debug, Deserialize)]
struct Deleted {
    runs: u64,
    events: u64,
    mails: u64,
    calls: u64,
    #[serde(default)]
    last_at: Option<String>,
}

pub fn run(args: &RetentionArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer = if args.days.or(args.runs).or(args.calls).is_some() {
        let wanted = json!({ "days": args.days, "runs": args.runs, "calls": args.calls });
        client.put(&["retention"], &wanted)?
    } else {
        client.get(&["retention"], &[])?
    };
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let Retention { days, runs, calls, deleted } = view(&answer)?;
    let span = |days| if days == 0 { "for good".to_owned() } else { format!("for {days} days") };
    let (days, calls) = (span(days), span(calls));
    let runs = if runs == 0 { "all of them".to_owned() } else { format!("at most {runs}") };
    out.line(format!("Kept {days}: ended runs ({runs}), events, mails of the outbox"));
    out.line(format!("Kept {calls}: calls of language models"));
    let Deleted { runs, events, mails, calls, last_at } = deleted;
    let last = last_at.map(|at| format!(", last {}", moment(&at))).unwrap_or_default();
    out.line(format!(
        "Deleted so far: {runs} runs, {events} events, {mails} mails, {calls} calls{last}"
    ));
    Ok(Exit::Well)
}
