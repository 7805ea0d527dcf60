//! `models …`: the workspace's language models.

mod costs;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input;
use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, plain, short};

/// Set and list the language models that bots and programs may ask
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 connections add openai --connector openai --secret token=@key.txt
  codex32 models set smart --use openai/gpt-5 --use anthropic/claude-sonnet-4-5
  codex32 models set local --use ollama/qwen2.5 --cache 1h
  codex32 models budget set month 50
  codex32 models costs --by model")]
pub enum ModelsCommand {
    /// Set a named model: whom to ask, in order
    Set(SetArgs),
    /// List the named models and how their providers do
    List(ListArgs),
    /// Remove a named model
    Remove(NameArgs),
    /// Show what models cost
    Costs(costs::CostsArgs),
    /// List calls of models, the newest first
    Calls(costs::CallsArgs),
    /// Show prompt and answer of a call, where they were kept
    Log(costs::LogArgs),
    /// Set and list budgets
    #[command(subcommand)]
    Budget(costs::BudgetCommand),
    /// Set and list prices
    #[command(subcommand)]
    Price(costs::PriceCommand),
    /// Show or change what may leave, and what is kept
    Settings(costs::SettingsArgs),
    /// Show how the cache of answers does
    Cache(costs::CacheArgs),
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// Name of the model, such as `fast`, `smart` or `local`
    name: String,
    /// Whom to ask: the first, and the others when it fails; several keys of one provider as
    /// `one+two/MODEL`
    #[arg(long = "use", value_name = "CONNECTION/MODEL", required_unless_present = "definition")]
    targets: Vec<String>,
    /// For one provider to answer [default: 60s]
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// Ask the next one, too, after so long; both cost
    #[arg(long, value_name = "TIME")]
    hedge: Option<String>,
    /// Answer the same request from the cache for so long
    #[arg(long, value_name = "TIME")]
    cache: Option<String>,
    /// Answer also what means the same from the cache; how near it has to be, 0.8 to 1
    #[arg(long, value_name = "NEARNESS", num_args = 0..=1, require_equals = true,
        default_missing_value = "0.93", requires = "cache")]
    semantic: Option<f64>,
    /// Longest answer, in tokens
    #[arg(long, value_name = "N")]
    max_tokens: Option<u64>,
    /// The whole definition instead, as JSON or @FILE
    #[arg(long, value_name = "JSON", conflicts_with_all = ["targets", "timeout", "hedge", "cache", "semantic", "max_tokens"])]
    definition: Option<String>,
}

#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Debug, Args)]
pub struct NameArgs {
    /// Name of the model
    name: String,
}

#[derive(Debug, Deserialize)]
struct Model {
    name: String,
    definition: Value,
    health: Vec<Health>,
}

#[derive(Debug, Deserialize)]
struct Health {
    connection: String,
    model: String,
    error_rate: f64,
    latency_ms: Option<u64>,
    left_for_s: Option<u64>,
}

pub fn run(command: ModelsCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        ModelsCommand::Set(args) => {
            let name = args.name.clone();
            let answer = client.put(&["models", &name], &definition(args)?)?;
            out.changed(&answer, &json!({ "name": name }), &format!("{} is set.", plain(&name)));
        }
        ModelsCommand::Remove(NameArgs { name }) => {
            let answer = client.delete(&["models", &name])?;
            let done = json!({ "name": name, "removed": true });
            out.changed(&answer, &done, &format!("{} is removed.", plain(&name)));
        }
        ModelsCommand::Costs(args) => return costs::costs(&args, &client, out),
        ModelsCommand::Calls(args) => return costs::calls(&args, &client, out),
        ModelsCommand::Log(args) => return costs::log(&args, &client, out),
        ModelsCommand::Budget(command) => return costs::budget(&command, &client, out),
        ModelsCommand::Price(command) => return costs::price(&command, &client, out),
        ModelsCommand::Settings(args) => return costs::settings(&args, &client, out),
        ModelsCommand::Cache(args) => return costs::cache(&args, &client, out),
        ModelsCommand::List(_) => {
            let answer = all_pages(&client, &["models"], &[], 1000)?;
            if out.json {
                out.document(&answer);
                return Ok(Exit::Well);
            }
            let page: Page<Model> = view(&answer)?;
            let rows: Vec<_> = page.items.iter().flat_map(rows).collect();
            out.table(&["NAME", "ASKS", "LATENCY", "FAILS", "STATE"], &rows);
        }
    }
    Ok(Exit::Well)
}

/// The definition that the flags mean.
fn definition(args: SetArgs) -> Result<Value, Failure> {
    if let Some(text) = &args.definition {
        let value = input::json("--definition", text)?;
        return Ok(json!(value));
    }
    let targets = args.targets.iter().map(|text| {
        let (connections, model) = text.split_once('/').ok_or_else(|| {
            Failure::misused(format!("--use {text}: it has the form CONNECTION/MODEL"))
        })?;
        let connections: Vec<&str> = connections.split('+').collect();
        Ok(json!({ "connection": connections, "model": model }))
    });
    let mut definition = json!({ "use": targets.collect::<Result<Vec<_>, Failure>>()? });
    let spans = [("timeout", args.timeout), ("hedge", args.hedge), ("cache", args.cache)];
    for (name, span) in spans {
        if let Some(span) = span {
            definition[name] = json!(span);
        }
    }
    if let Some(threshold) = args.semantic {
        definition["semantic"] = json!({ "threshold": threshold });
    }
    if let Some(most) = args.max_tokens {
        definition["max_tokens"] = json!(most);
    }
    Ok(definition)
}

/// A row for each provider.
fn rows(model: &Model) -> Vec<Vec<String>> {
    let targets = model.definition["use"].as_array().into_iter().flatten();
    let pairs = targets.flat_map(|target| {
        let connection = &target["connection"];
        let of = target["model"].as_str().unwrap_or_default();
        let listed = connection.as_array().map_or(std::slice::from_ref(connection), Vec::as_slice);
        listed.iter().filter_map(Value::as_str).map(move |connection| (connection, of))
    });
    pairs
        .enumerate()
        .map(|(index, (connection, of))| {
            let health = model
                .health
                .iter()
                .find(|health| health.connection == connection && health.model == of);
            let name = if index == 0 { plain(&model.name).into_owned() } else { String::new() };
            let latency = health.and_then(|health| health.latency_ms);
            let state = match health.map(|health| health.left_for_s) {
                None => "not asked yet".to_owned(),
                Some(None) => "well".to_owned(),
                Some(Some(left)) => format!("left for {left} s"),
            };
            vec![
                name,
                short(&format!("{connection}/{of}"), 60),
                latency.map(|ms| format!("{ms} ms")).unwrap_or_default(),
                health.map(|h| format!("{:.0} %", h.error_rate * 100.0)).unwrap_or_default(),
                state,
            ]
        })
        .collect()
}
