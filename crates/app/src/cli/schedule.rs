//! `schedule next FILE`: when its schedules fire. `schedule parse PHRASE`: the trigger that words
//! mean.

use clap::{Args, Subcommand};
use codex32_author::text::Lang;
use codex32_author::times::{self, NoTrigger, Problem};
use codex32_flow::parse::{self, Parsed};
use codex32_flow::schedule::{self, Schedule};
use codex32_model::codes::bot;
use codex32_model::definition::{ScheduleTrigger, TriggerKind};
use codex32_model::{Clock, Code, Diagnostic, Timestamp};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::input;
use super::render::{self, Shown};
use crate::clock::SystemClock;
use crate::config::Zone;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};

/// Show when the schedules of a bot fire, and read schedules that are said in words
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 schedule next invoices.yaml --count 5
  codex32 schedule next invoices.yaml --from 2027-03-28T00:00:00Z --json
  codex32 schedule parse \"every other Friday at 5pm until June\"")]
pub enum ScheduleCommand {
    /// The next times, over all schedule triggers of the definition
    Next(NextArgs),
    /// The trigger that a phrase means, in English or German, and its next times
    Parse(ParseArgs),
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

#[derive(Debug, Args)]
pub struct ParseArgs {
    /// Such as "every weekday at 9" or "jeden ersten Montag im Monat um 8 Uhr"
    phrase: String,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=10_000))]
    count: u32,
    /// From this time on, itself included (RFC 3339); what is relative counts from it, too
    /// [default: now]
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
    match command {
        ScheduleCommand::Next(args) => next(&args, out),
        ScheduleCommand::Parse(args) => parse(&args, out),
    }
}

fn parse(args: &ParseArgs, out: &Output) -> Outcome {
    let zone = args.zone.name()?;
    let from = args.from.unwrap_or_else(|| SystemClock.now());
    let here = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let read =
        times::whole(&args.phrase, from, &here).map_err(|why| refused(&args.phrase, &why))?;
    let schedule = schedule::parse(&read.trigger, &zone).map_err(|error| {
        let failure = Failure::no(error.message).code(error.code);
        error.suggestion.into_iter().fold(failure, Failure::help)
    })?;
    let fires: Vec<_> = schedule.from(from).take(args.count as usize).collect();
    let assumed: Vec<_> = read.assumed.iter().map(|note| note.text(Lang::En)).collect();
    if out.json {
        let trigger = printed(&read.trigger);
        out.document(&json!({ "trigger": trigger, "assumed": assumed, "next": fires }));
        return Ok(Exit::Well);
    }
    out.line(plain(&Value::Object(printed(&read.trigger)).to_string()));
    out.note(plain(&schedule.describe()));
    for note in assumed {
        out.note(format!("assumed: {}", plain(&note)));
    }
    let named = Named { trigger: String::new(), schedule };
    let rows: Vec<_> = fires.iter().map(|at| row(*at, &[&named])).collect();
    let rows: Vec<_> = rows.into_iter().map(|row| row.into_iter().take(2).collect()).collect();
    if !rows.is_empty() {
        out.table(&["TIME", "IN ITS ZONE"], &rows);
    }
    Ok(Exit::Well)
}

/// The trigger as a definition has it.
fn printed(trigger: &ScheduleTrigger) -> Map<String, Value> {
    let (key, value) = times::spelled(&trigger.rule);
    let mut out = Map::from_iter([(key.to_owned(), json!(value))]);
    let mut add = |key: &str, value: Option<Value>| {
        out.extend(value.map(|value| (key.to_owned(), value)));
    };
    add("timezone", trigger.timezone.as_ref().map(|zone| json!(zone)));
    add("start", trigger.start.as_ref().map(|start| json!(start)));
    add("end", trigger.end.as_ref().map(|end| json!(end)));
    add("count", trigger.count.map(|count| json!(count)));
    add("except", (!trigger.except.is_empty()).then(|| json!(trigger.except)));
    out
}

fn refused(phrase: &str, why: &NoTrigger) -> Failure {
    let code: Code = match why {
        NoTrigger::Problem(Problem::Zone { .. }) => bot::ZONE,
        NoTrigger::Problem(Problem::Zero) => bot::EVERY,
        NoTrigger::Problem(Problem::NoDay { .. }) => bot::NEVER,
        NoTrigger::Problem(
            Problem::Contradiction | Problem::Either | Problem::Exception | Problem::Holidays,
        )
        | NoTrigger::Several(_) => bot::SCHEDULE,
        NoTrigger::Nothing | NoTrigger::Unread(_) | NoTrigger::Problem(_) => bot::MOMENT,
    };
    Failure::no(format!("{phrase:?} is no schedule: {}", why.text()))
        .code(code)
        .help("say days and times, such as `every weekday at 9` or `on the last Friday at 17:00`")
}

fn next(args: &NextArgs, out: &Output) -> Outcome {
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
