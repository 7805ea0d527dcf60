//! `runs` and `run …`: what happened.

mod agents;

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use codex32_model::{RunState, StepError, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Event, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// List runs, newest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 runs --bot overdue-invoices --state failed
  codex32 runs --json | jq -r '.items[].id'")]
pub struct RunsArgs {
    /// Only runs of this bot
    #[arg(long)]
    bot: Option<String>,
    /// Only runs in this state
    #[arg(long, value_parser = PossibleValuesParser::new(RunState::ALL.map(RunState::as_str)))]
    state: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Show, watch, cancel or retry a run
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 run show run_0198f6a5c3e77a2b9d41f0c85e6b7a90
  codex32 run show run_0198f6a5c3e77a2b9d41f0c85e6b7a90 --step brief
  codex32 run retry run_0198f6a5c3e77a2b9d41f0c85e6b7a90 --from invoices")]
pub enum RunCommand {
    /// Show a run: states, inputs, outputs, durations, errors and logs of each step
    Show(ShowArgs),
    /// Follow a run until it ends; exit code 1 unless it succeeds
    Watch(RunId),
    /// Cancel a run
    Cancel(RunId),
    /// Run it again as a new run, from the step that failed or from another one
    Retry(RetryArgs),
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Id of the run
    run: String,
    /// Address of an agent's step: show what it and its tools said to each other
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunId {
    /// Id of the run
    run: String,
}

#[derive(Debug, Args)]
pub struct RetryArgs {
    /// Id of the run
    run: String,
    /// Address of the step to begin at instead of the one that failed; the outputs that were recorded
    /// serve for the steps before it
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    bot: String,
    state: RunState,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    ended_at: Option<String>,
}

/// A run in the shape of `run show --json`.
#[derive(Debug, Deserialize)]
struct Run {
    id: String,
    bot: String,
    version: u64,
    state: RunState,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<StepError>,
    #[serde(default)]
    steps: Vec<StepRow>,
    /// What is too large to be told as a whole.
    #[serde(default)]
    large: Vec<Large>,
    /// Why it waits.
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    ended_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Large {
    /// The address of the step; none: of the run.
    #[serde(default)]
    step: Option<String>,
    field: String,
    size: u64,
    preview: String,
}

/// A step of a run, as the server tells it.
#[derive(Debug, Deserialize)]
pub struct StepRow {
    address: String,
    state: String,
    #[serde(default)]
    attempt: Option<u32>,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<StepError>,
    #[serde(default)]
    started_at: Option<String>,
    #[serde(default)]
    ended_at: Option<String>,
    #[serde(default)]
    logs: Vec<Log>,
    /// The branch taken, the number of items, the child run, the time waited for.
    #[serde(default)]
    detail: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Log {
    level: String,
    message: String,
}

pub fn list(args: &RunsArgs, settings: &Settings, out: &Output) -> Outcome {
    let mut query = Vec::new();
    query.extend(args.bot.clone().map(|bot| ("bot", bot)));
    query.extend(args.state.clone().map(|state| ("state", state)));
    let answer = all_pages(&Client::new(settings)?, &["runs"], &query, args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Row> = view(&answer)?;
    if page.items.is_empty() {
        out.note("There are no such runs.");
        return Ok(Exit::Well);
    }
    let row = |run: &Row| {
        let begun = run.created_at.as_deref();
        vec![
            plain(&run.id).into_owned(),
            short(&run.bot, 40),
            state(out, run.state),
            moment(begun.unwrap_or_default()),
            took(begun, run.ended_at.as_deref()),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["RUN", "BOT", "STATE", "BEGAN", "TOOK"], &rows);
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

pub fn run(command: RunCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        RunCommand::Show(ShowArgs { run, step: Some(step) }) => {
            let answer = client.get(&["runs", &run, "transcript"], &[("step", step)])?;
            if out.json {
                out.document(&answer);
            } else {
                agents::print_transcript(out, &answer)?;
            }
            Ok(Exit::Well)
        }
        RunCommand::Show(ShowArgs { run, step: None }) => {
            let answer = client.get(&["runs", &run], &values(out))?;
            present(out, &answer).map(|_| Exit::Well)
        }
        RunCommand::Watch(RunId { run }) => watch(&client, &run, out),
        RunCommand::Cancel(RunId { run }) => {
            let answer = client.post(&["runs", &run, "cancel"], &json!({}))?;
            if out.json {
                out.document(&answer);
            } else {
                out.note(format!("{} is being cancelled.", plain(&run)));
            }
            Ok(Exit::Well)
        }
        RunCommand::Retry(args) => retry(&client, &args, out),
    }
}

/// People read the beginnings of large values, programs all of them.
fn values(out: &Output) -> Vec<(&'static str, String)> {
    if out.json { Vec::new() } else { vec![("values", "preview".to_owned())] }
}

fn retry(client: &Client, args: &RetryArgs, out: &Output) -> Outcome {
    let answer = client.post(&["runs", &args.run, "retry"], &json!({ "from": args.from }))?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
    out.line(plain(id));
    for address in answer.get("again").and_then(Value::as_array).into_iter().flatten() {
        let address = address.as_str().unwrap_or_default();
        out.note(format!("This writes again: {}", plain(address)));
    }
    out.note(format!("See it with: codex32 run show {}", plain(id)));
    Ok(Exit::Well)
}

fn watch(client: &Client, run: &str, out: &Output) -> Outcome {
    loop {
        client.follow(&["runs", run, "events"], &mut |event: Event| {
            if !out.json {
                let address = event.data.get("address").and_then(|address| address.as_str());
                let state = event.data.get("state").and_then(|state| state.as_str());
                let line = [Some(event.name.as_str()), address, state].into_iter().flatten();
                out.note(plain(&line.collect::<Vec<_>>().join("  ")));
            }
            event.name != "ended"
        })?;
        let answer = client.get(&["runs", run], &values(out))?;
        if view::<Run>(&answer)?.state.is_terminal() {
            return present(out, &answer);
        }
        // The stream broke off, as when the server restarts: look again, but not in a hurry.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Prints a run; [`Exit::No`] unless it succeeded or has not ended.
pub fn present(out: &Output, answer: &Value) -> Outcome {
    let run: Run = view(answer)?;
    if out.json {
        out.document(answer);
    } else {
        print(out, &run);
    }
    let bad = matches!(run.state, RunState::Failed | RunState::Cancelled | RunState::TimedOut);
    Ok(if bad { Exit::No } else { Exit::Well })
}

fn print(out: &Output, run: &Run) {
    let bot = out.paint(Paint::Bold, &plain(&run.bot));
    let whole = took(run.created_at.as_deref(), run.ended_at.as_deref());
    let state = state(out, run.state);
    let line = format!("{bot} version {}  {}  {state}  {whole}", run.version, plain(&run.id));
    out.line(line.trim_end());
    if let Some(reason) = &run.reason {
        out.line(format!("    {}", plain(reason)));
    }
    field(out, "", "input", &run.input);
    print_large(out, "", run, None, &|large| large.field != "output");
    for step in &run.steps {
        if let Some(agent) = agents::agent_around(run, &step.address) {
            agents::print_inside(out, step, agent);
            continue;
        }
        print_step(out, step, "");
        print_large(out, "  ", run, Some(&step.address), &|_| true);
    }
    field(out, "", "output", &run.output);
    print_large(out, "", run, None, &|large| large.field == "output");
    if let Some(error) = &run.error {
        print_error(out, error);
    }
}

pub fn print_error(out: &Output, error: &StepError) {
    let place = error.step.as_deref().map(|step| format!(" in {step}")).unwrap_or_default();
    let head = out.paint(Paint::Red, &format!("error[{}]", plain(&error.code)));
    out.line(format!("  {head}{}: {}", plain(&place), plain(&error.message)));
}

/// A step in several lines; `note` is said beside its state.
pub fn print_step(out: &Output, step: &StepRow, note: &str) {
    let attempt = match step.attempt {
        Some(attempt) if attempt > 1 => format!("  attempt {attempt}"),
        _ => String::new(),
    };
    let took = took(step.started_at.as_deref(), step.ended_at.as_deref());
    let address = out.paint(Paint::Bold, &plain(&step.address));
    let state = coloured(out, &step.state);
    let detail = step.detail.as_deref().map(|text| format!("  {text}")).unwrap_or_default();
    let note = if note.is_empty() { String::new() } else { format!("  {note}") };
    let took = if took.is_empty() { took } else { format!("  {took}") };
    let line = format!("  {address}  {state}{attempt}{took}{}{note}", plain(&detail));
    out.line(line.trim_end());
    field(out, "  ", "input", &step.input);
    field(out, "  ", "output", &step.output);
    if let Some(error) = &step.error {
        out.line(format!("      error: [{}] {}", plain(&error.code), plain(&error.message)));
    }
    for log in &step.logs {
        out.line(format!("      {}: {}", plain(&log.level), short(&log.message, 500)));
    }
}

/// A value on one line, cut; `--json` has it whole.
pub fn field(out: &Output, indent: &str, name: &str, value: &Value) {
    if !value.is_null() {
        let name = out.paint(Paint::Dim, name);
        out.line(format!("{indent}    {name}: {}", short(&value.to_string(), 300)));
    }
}

/// Large values of a step or of the run: how large, and how they begin.
fn print_large(
    out: &Output,
    indent: &str,
    run: &Run,
    step: Option<&str>,
    wanted: &dyn Fn(&Large) -> bool,
) {
    let of = |large: &&Large| large.step.as_deref() == step && wanted(large);
    for Large { field, size, preview, .. } in run.large.iter().filter(of) {
        let name = out.paint(Paint::Dim, &plain(field));
        let size = *size as f64 / 1e6;
        out.line(format!("{indent}    {name}: {size:.1} MB, begins {}", short(preview, 120)));
    }
}

fn state(out: &Output, state: RunState) -> String {
    coloured(out, state.as_str())
}

pub fn coloured(out: &Output, state: &str) -> String {
    let paint = match state {
        "succeeded" | "done" => Paint::Green,
        "failed" | "timed_out" => Paint::Red,
        "cancelled" => Paint::Yellow,
        "running" | "waiting" | "queued" => Paint::Blue,
        _ => Paint::Dim,
    };
    out.paint(paint, &plain(state))
}

fn took(from: Option<&str>, to: Option<&str>) -> String {
    let at = |text: Option<&str>| text.and_then(|text| text.parse::<Timestamp>().ok());
    match (at(from), at(to)) {
        (Some(from), Some(to)) => {
            let span = to.since(from);
            if span.as_millis() == 0 {
                return format!("{} µs", span.as_micros());
            }
            codex32_model::time::format_duration(span)
        }
        _ => String::new(),
    }
}
