//! `eval`: how often the AI steps of bots are right ([`suites`]), how often the draft compiler is, and how often trigger
//! and action are found in a catalogue of hundreds of apps.

mod suites;
mod table;

use clap::{Args, Subcommand};
use codex32_author::eval;
use codex32_author::retrieval::{self, Choice, Listing, Matcher, Share};
use codex32_model::codes::server;
use indexmap::IndexMap;
use serde_json::json;

use super::input;
use super::known::Known;
use super::remote::{self, Remote};
use crate::config::{Settings, Zone};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, plain};

/// Measure the AI steps of bots, and the draft compiler, on cases with known answers
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 eval suite labels.yaml --model fast --model smart --repeat 3
  codex32 eval suite labels --fail-under 0.9 --baseline before.json
  codex32 eval case run_… label --suite labels
  codex32 eval draft cases.jsonl
  codex32 eval draft cases.jsonl --model smart
  codex32 eval match templates.jsonl --catalogue apps.json
  codex32 eval draft cases.jsonl --json | jq '.items[] | select(.right | not)'")]
pub enum EvalCommand {
    /// Ask every case of a suite, with each model and prompt; a table, and a gate
    Suite(suites::SuiteArgs),
    /// Store a suite
    Save(suites::SaveArgs),
    /// List the stored suites
    Suites(suites::ListArgs),
    /// Print a stored suite as YAML
    Export(suites::NameArgs),
    /// Remove a stored suite
    Remove(suites::NameArgs),
    /// Make a case of what a step of a run saw and answered
    Case(suites::CaseArgs),
    /// List the evaluations
    Runs(suites::RunsArgs),
    /// Show an evaluation, and what is wrong with answers
    Show(suites::ShowArgs),
    /// A table: how many cases of each kind of demand are right
    Draft(DraftArgs),
    /// Find trigger and action of titles and descriptions in a catalogue of apps
    Match(MatchArgs),
}

#[derive(Debug, Args)]
pub struct DraftArgs {
    /// Cases, one JSON object a line; `-` for standard input
    cases: String,
    /// Show the draft of each case that is not wholly right
    #[arg(long)]
    drafts: bool,
    /// Let this language model of the server draft (a named model, or CONNECTION/MODEL), and score that
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// With --model: ask it only where the compiler is uncertain
    #[arg(long, requires = "model")]
    if_uncertain: bool,
    #[command(flatten)]
    zone: Zone,
}

#[derive(Debug, Args)]
pub struct MatchArgs {
    /// One JSON object a line: title, description and, where they are known, event_channel, event,
    /// action_channel, action; `-` for standard input
    cases: String,
    /// Apps with the ids of their triggers and actions: {"App": {"triggers": […], "actions": […]}}
    #[arg(long, value_name = "FILE")]
    catalogue: String,
}

const MAX_CASES: u64 = 64 << 20;

pub fn run(command: EvalCommand, settings: &Settings, out: &Output) -> Outcome {
    match command {
        EvalCommand::Suite(args) => suites::suite(&args, settings, out),
        EvalCommand::Save(args) => suites::save(&args, settings, out),
        EvalCommand::Suites(_) => suites::list(settings, out),
        EvalCommand::Export(args) => suites::export(&args, settings, out),
        EvalCommand::Remove(args) => suites::remove(&args, settings, out),
        EvalCommand::Case(args) => suites::case(&args, settings, out),
        EvalCommand::Runs(args) => suites::runs(&args, settings, out),
        EvalCommand::Show(args) => suites::show(&args, settings, out),
        EvalCommand::Draft(args) => draft(&args, settings, out),
        EvalCommand::Match(args) => matched(&args, out),
    }
}

fn draft(args: &DraftArgs, settings: &Settings, out: &Output) -> Outcome {
    let bytes = input::read(&args.cases, MAX_CASES)?;
    let cases = String::from_utf8_lossy(&bytes);
    let (known, zone) = (Known::offline(), args.zone.name()?);
    let unread = |error: eval::CaseError| {
        Failure::misused(format!("{}: {error}", args.cases)).code(server::CLI_FILE)
    };
    let mut spent = 0.0;
    let report = match &args.model {
        None => eval::run(&cases, &known, &zone).map_err(unread)?,
        Some(model) => {
            let remote = Remote::new(settings, model, args.if_uncertain)?;
            let cases = eval::read(&cases).map_err(unread)?;
            eval::run_with(cases, &known, &zone, |case| {
                let reply = remote.draft(&case.text, &IndexMap::new(), &zone, case.now)?;
                spent += reply["cost_usd"].as_f64().unwrap_or(0.0);
                remote::read(&reply, &known, &zone)
            })?
        }
    };
    if out.json {
        let outcome = |outcome: &eval::Outcome| {
            let missed: Vec<_> = outcome.missed().iter().map(|demand| demand.name()).collect();
            json!({
                "id": outcome.id,
                "right": outcome.is_right(),
                "missed": missed,
                "milliseconds": outcome.took.as_secs_f64() * 1_000.0,
            })
        };
        let items: Vec<_> = report.outcomes.iter().map(outcome).collect();
        out.document(&json!({ "right": report.right(), "cases": items.len(), "items": items, "cost_usd": spent }));
        return Ok(Exit::Well);
    }
    out.raw(&report.table());
    if args.model.is_some() {
        out.raw(&format!("{:<26}{spent:.4}\n", "US dollars"));
    }
    if args.drafts {
        out.raw(&report.drafts());
    }
    Ok(Exit::Well)
}

fn matched(args: &MatchArgs, out: &Output) -> Outcome {
    let bytes = input::read(&args.catalogue, MAX_CASES)?;
    let listing: Listing = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::misused(format!("{} is no catalogue: {error}", args.catalogue))
            .code(server::CLI_JSON)
            .help("write it like {\"Trello\": {\"triggers\": [\"card\"], \"actions\": [\"card\"]}}")
    })?;
    let bytes = input::read(&args.cases, MAX_CASES)?;
    let cases = String::from_utf8_lossy(&bytes);
    let measured = retrieval::measure(&cases, &Matcher::new(&listing)).map_err(|error| {
        Failure::misused(format!("{}: {error}", args.cases)).code(server::CLI_FILE)
    })?;
    if out.json {
        let items: Vec<_> = measured.items.iter().map(|(_, found)| found).collect();
        out.document(&json!({
            "cases": items.len(),
            "title_and_description": measured.both,
            "description": measured.description,
            "items": items,
        }));
        return Ok(Exit::Well);
    }
    if measured.both.cases > 0 {
        let heads = ["", "CASES", "BOTH APPS", "TRIGGER AND ACTION", "IN THE FIRST FIVE"];
        let rows =
            [("title and description", measured.both), ("description", measured.description)];
        out.table(&heads, &rows.map(|(name, share)| shares(name, share)));
        return Ok(Exit::Well);
    }
    let first = |list: &[Choice]| {
        list.first().map(|choice| plain(&format!("{}.{}", choice.app, choice.id)).into_owned())
    };
    let row = |(title, found): &(String, retrieval::Found)| {
        let (trigger, action) = (first(&found.trigger), first(&found.action));
        vec![plain(title).into_owned(), trigger.unwrap_or_default(), action.unwrap_or_default()]
    };
    let rows: Vec<_> = measured.items.iter().map(row).collect();
    out.table(&["TITLE", "TRIGGER", "ACTION"], &rows);
    Ok(Exit::Well)
}

fn shares(name: &str, share: Share) -> Vec<String> {
    let percent = |count: usize| format!("{:.1} %", count as f64 * 100.0 / share.cases as f64);
    let parts = [share.apps, share.first, share.listed].map(percent);
    [name.to_owned(), share.cases.to_string()].into_iter().chain(parts).collect()
}
