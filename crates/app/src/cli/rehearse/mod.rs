//! `try FILE`: a rehearsal on this machine, from flags and files to what it came to.

mod outside;
mod show;

use std::collections::HashMap;

use clap::{Args, ValueEnum};
use codex32_flow::flow::Flow;
use codex32_flow::{check, parse};
use codex32_model::codes::run;
use codex32_model::{Clock, Timestamp, Value};
use codex32_rehearsal::{Answers, Given, Live, Refused, Stage, begin, only_trigger, with_example};
use serde::Deserialize;

use super::input::{self, Source};
use super::known::Known;
use super::render::{self, Shown};
use crate::client::{Client, view};
use crate::clock::SystemClock;
use crate::config::{Network, Settings, Zone};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::sandboxed;
use outside::Outside;

/// Rehearse a bot: see what it would do, without doing it
#[derive(Debug, Args)]
#[command(
    after_help = "Reads are answered by, in this order: --sample, --from-run, the connector's example;
else the rehearsal stops and asks for a sample. Writes are shown, not done. Waits take no time.

Examples:
  codex32 try order.yaml --input '{\"total\": 1200}'
  codex32 try order.yaml --trigger order --input '{\"total\": 1200}'
  codex32 try invoices.yaml --sample invoices=@invoices.json
  codex32 try invoices.yaml --live=reads"
)]
pub struct TryArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// Input of the run; with --trigger what the trigger brings (body, event data): JSON, @FILE, or -
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Rehearse as if this trigger had started it [default: the bot's webhook if that is its only
    /// trigger, else by hand]
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,
    /// What a step gives (its id or address): JSON or @FILE
    #[arg(long, value_name = "STEP=@FILE")]
    sample: Vec<String>,
    /// Take what steps gave in this run of the server
    #[arg(long, value_name = "RUN")]
    from_run: Option<String>,
    /// Do it: only the reads, or everything
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    live: Option<Doing>,
    /// A workspace variable
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
    #[command(flatten)]
    zone: Zone,
    #[command(flatten)]
    network: Network,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Doing {
    /// Do the reads; writes are shown
    Reads,
    /// Do everything
    All,
}

pub fn run(args: &TryArgs, settings: &Settings, out: &Output) -> Outcome {
    let source = input::definition(&args.file)?;
    let known = Known::load(args.with_server, settings)?;
    let zone = args.zone.name()?;
    let Some(flow) = compile(&source, &known, &zone, out)? else { return Ok(Exit::No) };
    let given = args.input.as_deref().map(|text| input::json("--input", text)).transpose()?;
    let variables = args.env.iter().map(|pair| input::pair("--env", pair));
    let variables = variables.collect::<Result<Vec<_>, _>>()?;
    let env = Value::object(variables.into_iter().map(|(name, value)| (name, Value::from(value))));
    let now = SystemClock.now();
    let trigger = args.trigger.as_deref().or_else(|| only_trigger(&flow));
    let given = Given::Data(given.unwrap_or_default());
    let given = with_example(&flow, &known, trigger, given);
    let Some(begun) = begin(&flow, trigger, given, env, now).map_err(refused)? else {
        show::no_run(out, trigger.unwrap_or_default());
        return Ok(Exit::Well);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::no(format!("this cannot start: {error}")))?;
    let answers = answers(args, settings, now)?;
    let pool = answers.pool.clone();
    let mut stage = Stage::new(flow, begun, now, &zone, answers);
    let need = runtime.block_on(async {
        let need = stage.play().await;
        pool.shutdown().await;
        need
    });
    Ok(show::rehearsal(out, &stage, need.as_ref()))
}

fn refused(refused: Refused) -> Failure {
    let message = refused.to_string();
    match refused {
        Refused::NoTrigger { triggers, .. } => {
            Failure::misused(message).help(format!("it has: {}", triggers.join(", ")))
        }
        Refused::Input(_) => {
            Failure::no(message).code(run::INPUT).help("give it with --input '{\"name\": …}'")
        }
        Refused::Expression { code, .. } => Failure::no(message).code(code),
    }
}

fn answers(args: &TryArgs, settings: &Settings, now: Timestamp) -> Result<Answers, Failure> {
    let mut samples = HashMap::new();
    for pair in &args.sample {
        let (step, value) = input::pair("--sample", pair)?;
        samples.insert(step, input::json("--sample", &value)?);
    }
    let recorded = match &args.from_run {
        Some(run) => recorded(run, settings)?,
        None => HashMap::new(),
    };
    let live = args.live.map(|doing| Live {
        world: Box::new(Outside::new(args.network.allow_private_networks)),
        writes: doing == Doing::All,
    });
    let pool =
        sandboxed::pool(0).map_err(|error| Failure::no(format!("this cannot start: {error}")))?;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&now.micros().to_le_bytes());
    Ok(Answers { samples, recorded, live, agents: None, pool, seed })
}

#[derive(Deserialize)]
struct Recorded {
    steps: Vec<RecordedStep>,
}

#[derive(Deserialize)]
struct RecordedStep {
    address: String,
    state: String,
    #[serde(default)]
    output: Value,
}

/// What the steps of a run of the server gave.
fn recorded(run: &str, settings: &Settings) -> Result<HashMap<String, Value>, Failure> {
    let answer = Client::new(settings)?.get(&["runs", run], &[])?;
    let recorded: Recorded = view(&answer)?;
    let done = recorded.steps.into_iter().filter(|step| step.state == "succeeded");
    Ok(done.map(|step| (step.address, step.output)).collect())
}

/// The checked flow; none when the definition is wrong, which has been said then.
fn compile(
    source: &Source,
    known: &Known,
    zone: &str,
    out: &Output,
) -> Result<Option<Flow>, Failure> {
    let checked = known.check(parse::bot_from_bytes(&source.bytes), zone);
    let Some(bot) = checked.bot else {
        let shown: Vec<_> = checked.diagnostics.iter().map(Shown::from).collect();
        render::diagnostics(out, source, &shown);
        if out.json {
            let diagnostics = &checked.diagnostics;
            out.document(&serde_json::json!({ "state": null, "diagnostics": diagnostics }));
        }
        return Ok(None);
    };
    let later = check::needs_later(&bot);
    if !later.is_empty() {
        let mut what: Vec<_> = later.into_iter().map(|(_, what)| what).collect();
        what.dedup();
        out.note(format!("The server cannot run this bot yet: it has {}.", what.join(", ")));
    }
    let flow = Flow::compile(&bot, known)
        .map_err(|error| Failure::no(format!("the definition cannot be compiled: {error}")))?;
    Ok(Some(flow))
}
