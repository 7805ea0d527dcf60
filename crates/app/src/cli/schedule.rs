//! `schedule next FILE`: when its schedules fire.

use clap::{Args, Subcommand};
use codex32_flow::parse::{self, Parsed};
use codex32_flow::schedule::{self, Schedule};
use codex32_model::definition::TriggerKind;
use codex32_model::{Clock, Diagnostic, Timestamp};
use serde_json::json;

use super::input;
use super::render::{self, Shown};
use crate::clock::SystemClock;
use crate::config::Zone;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};

/// Show when the schedules of a bot fire
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 schedule next invoices.yaml --count 5
  codex32 schedule next invoices.yaml --from 2027-03-28T00:00:00Z --json")]
pub enum ScheduleCommand {
    /// The next times, over all schedule triggers of the definition
    Next(NextArgs),
}

#[derive(Debug, Args)]
pub struct NextArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// From this time on, itself included (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    #[command(flatten)]
    zone: Zone,
}

/// A schedule trigger, read and placed in its zone.
struct Named {
    trigger: String,
    schedule: Schedule,
}

pub fn run(command: ScheduleCommand, out: &Output) -> Outcome {
    let ScheduleCommand::Next(args) = command;
    let source = input::definition(&args.file)?;
    let parsed = parse::bot_from_bytes(&source.bytes);
    let zone = args.zone.name()?;
    let (schedules, wrong) = schedules(&parsed, &zone);
    if !wrong.is_empty() {
        let shown: Vec<_> = wrong.iter().map(Shown::from).collect();
        render::diagnostics(out, &source, &shown);
        return Err(Failure::no(format!("the schedules of {} cannot be read", source.name)));
    }
    let from = args.from.unwrap_or_else(|| SystemClock.now());
    let fires = merged(&schedules, from, args.count as usize);
    if out.json {
        out.document(&json!(fires.iter().map(|(at, _)| at).collect::<Vec<_>>()));
        return Ok(Exit::Well);
    }
    if schedules.is_empty() {
        out.note(format!("{} has no schedule triggers.", plain(&source.name)));
    }
    for named in &schedules {
        let name = out.paint_err(Paint::Bold, &named.trigger);
        out.note(format!("{name}: {}", plain(&named.schedule.describe())));
    }
    let rows: Vec<_> = fires.iter().map(|(at, names)| row(*at, names)).collect();
    if !rows.is_empty() {
        out.table(&["TIME", "IN ITS ZONE", "TRIGGER"], &rows);
    }
    Ok(Exit::Well)
}

fn row(at: Timestamp, named: &[&Named]) -> Vec<String> {
    let zone = named.first().map_or("UTC", |named| named.schedule.zone());
    let local =
        at.to_jiff().in_tz(zone).map(|at| at.strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string());
    let names: Vec<_> = named.iter().map(|named| named.trigger.as_str()).collect();
    vec![at.to_string(), local.unwrap_or_default(), names.join(", ")]
}

/// The schedule triggers, or what is wrong with them. Errors elsewhere in the definition do not matter
/// here.
fn schedules(parsed: &Parsed, zone: &str) -> (Vec<Named>, Vec<Diagnostic>) {
    let ours = |diagnostic: &&Diagnostic| {
        let path = &diagnostic.place.path;
        diagnostic.is_error() && (path.starts_with("triggers") || parsed.partial.is_none())
    };
    let mut wrong: Vec<_> = parsed.diagnostics.iter().filter(ours).cloned().collect();
    let mut schedules = Vec::new();
    for (name, trigger) in parsed.partial.iter().flat_map(|bot| &bot.triggers) {
        let TriggerKind::Schedule(rule) = &trigger.kind else { continue };
        match schedule::parse(rule, zone) {
            Ok(schedule) => schedules.push(Named { trigger: name.clone(), schedule }),
            Err(error) if wrong.is_empty() => {
                let place = parsed.places.value(&format!("triggers.{name}.{}", error.key));
                let mut diagnostic = Diagnostic::error(error.code, place, error.message);
                diagnostic.suggestion = error.suggestion;
                wrong.push(diagnostic);
            }
            // The reader has named it already.
            Err(_) => {}
        }
    }
    (schedules, wrong)
}

/// The next times over all schedules, each once, with the triggers that fire then.
fn merged(schedules: &[Named], from: Timestamp, count: usize) -> Vec<(Timestamp, Vec<&Named>)> {
    let mut fires: Vec<_> = schedules
        .iter()
        .flat_map(|named| named.schedule.from(from).take(count).map(move |at| (at, named)))
        .collect();
    fires.sort_by_key(|(at, _)| *at);
    let mut merged: Vec<(Timestamp, Vec<&Named>)> = Vec::new();
    for (at, named) in fires {
        match merged.last_mut() {
            Some((last, triggers)) if *last == at => triggers.push(named),
            _ => merged.push((at, vec![named])),
        }
    }
    merged.truncate(count);
    merged
}
