//! `connectors`: what bots can do. Built in, so no server is asked.

use clap::{Args, Subcommand};
use codex32_connectors::{builtin, fields_of, search};
use codex32_flow::schema::{schema_to_json, to_json_schema};
use codex32_model::action::{ActionSpec, Catalogue, ConnectionNeed, ConnectorSpec, Effect};
use codex32_model::{Fields, Schema};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain, short};
use crate::{paste, spelling};

/// What bots can do: list, search and show connectors and their actions
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 connectors
  codex32 connectors search post a message
  codex32 connectors show slack
  codex32 connectors show http.get")]
pub struct ConnectorsArgs {
    #[command(subcommand)]
    command: Option<ConnectorsCommand>,
}

#[derive(Debug, Subcommand)]
enum ConnectorsCommand {
    /// Find actions by what they do
    Search {
        /// What you are looking for, in your words
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Show a connector, or one of its actions, with parameters and examples to paste
    Show {
        /// `connector` or `connector.action`
        name: String,
    },
}

const MOST_FOUND: usize = 20;

pub fn run(args: ConnectorsArgs, out: &Output) -> Outcome {
    match args.command {
        None => list(out),
        Some(ConnectorsCommand::Search { words }) => {
            let found = search(builtin(), &words.join(" "), MOST_FOUND);
            if out.json {
                let items: Vec<_> = found.into_iter().map(action_json).collect();
                out.document(&json!({ "items": items, "next": null }));
            } else if found.is_empty() {
                out.note(
                    "Nothing fits. `codex32 connectors` lists all; http.* reaches any web service.",
                );
            } else {
                actions(out, &found);
            }
            Ok(Exit::Well)
        }
        Some(ConnectorsCommand::Show { name }) => show(&name, out),
    }
}

fn list(out: &Output) -> Outcome {
    let catalogue = builtin();
    if out.json {
        let items: Vec<_> = catalogue.connectors().iter().map(connector_json).collect();
        out.document(&json!({ "items": items, "next": null }));
        return Ok(Exit::Well);
    }
    let row = |connector: &ConnectorSpec| {
        let count = actions_of(&connector.name).len();
        vec![connector.name.clone(), count.to_string(), short(&connector.description, 90)]
    };
    let rows: Vec<_> = catalogue.connectors().iter().map(row).collect();
    out.table(&["CONNECTOR", "ACTIONS", "WHAT IT IS"], &rows);
    out.note("See the actions of one: codex32 connectors show NAME");
    Ok(Exit::Well)
}

fn show(name: &str, out: &Output) -> Outcome {
    let catalogue = builtin();
    if let Some(action) = catalogue.action(name) {
        if out.json {
            out.document(&action_json(action));
        } else {
            show_action(out, action);
        }
        return Ok(Exit::Well);
    }
    let Some(connector) = catalogue.connectors().iter().find(|connector| connector.name == name)
    else {
        let near = search(catalogue, name, 3);
        let near: Vec<_> = near.iter().map(|action| action.name.as_str()).collect();
        let help = if near.is_empty() {
            "`codex32 connectors` lists all".to_owned()
        } else {
            format!("these are near: {}", near.join(", "))
        };
        return Err(Failure::no(format!("there is no connector or action `{name}`")).help(help));
    };
    if out.json {
        out.document(&connector_json(connector));
        return Ok(Exit::Well);
    }
    out.line(format!("{}  {}", out.paint(Paint::Bold, &connector.title), connector.description));
    out.line("");
    actions(out, &actions_of(name));
    if let Some(manifest) = catalogue.manifest(name).filter(|manifest| !manifest.auth.is_empty()) {
        out.line("");
        out.line("Connections (codex32 connections add NAME --connector …):");
        for (kind, auth) in &manifest.auth {
            let title = auth.title.as_deref().unwrap_or_default();
            out.line(format!("  --auth {kind}  {title}"));
            for (field, spec) in fields_of(manifest, kind).unwrap_or_default() {
                let option = if spec.secret { "--secret" } else { "--set" };
                let about = spec.field.description.as_deref().unwrap_or_default();
                out.line(format!("      {option} {field}=…  {}", short(about, 80)));
            }
        }
    }
    out.note(format!("See one with examples: codex32 connectors show {name}.ACTION"));
    Ok(Exit::Well)
}

fn actions(out: &Output, actions: &[&ActionSpec]) {
    let row = |action: &&ActionSpec| {
        let effect = effect(action.effect).to_owned();
        vec![action.name.clone(), effect, short(&action.description, 90)]
    };
    let rows: Vec<_> = actions.iter().map(row).collect();
    out.table(&["ACTION", "EFFECT", "WHAT IT DOES"], &rows);
}

fn show_action(out: &Output, action: &ActionSpec) {
    out.line(format!("{}  {}", out.paint(Paint::Bold, &action.name), action.title));
    out.line(format!("  {}", plain(&action.description)));
    let connection = match action.connection {
        ConnectionNeed::None => "no connection",
        ConnectionNeed::Optional => "a connection if you like",
        ConnectionNeed::Required => "needs a connection",
    };
    out.line(format!("  effect: {}; {connection}", effect(action.effect)));
    out.line("");
    out.line("Parameters (with):");
    if action.params.is_empty() {
        out.line("  none");
    }
    fields(out, &action.params);
    out.line("");
    out.line(format!("Output: {}", spelling::schema(&action.output)));
    if let Schema::Object { fields: inside, .. } = &action.output {
        fields(out, inside);
    }
    for example in &action.examples {
        out.line("");
        out.line(out.paint(Paint::Dim, &format!("# {}", example.title)));
        out.raw(&paste::step(action, example));
    }
}

fn fields(out: &Output, fields: &Fields) {
    // What has to be given comes first.
    let (required, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, field)| field.required);
    for (name, field) in required.into_iter().chain(others) {
        let rules = spelling::rules(field);
        let rules = if rules.is_empty() { rules } else { format!(" ({rules})") };
        let kind = spelling::schema(&field.schema);
        out.line(format!("  {}  {kind}{rules}", out.paint(Paint::Bold, name)));
        if let Some(about) = &field.description {
            out.line(format!("      {}", plain(about)));
        }
    }
}

pub fn actions_of(connector: &str) -> Vec<&'static ActionSpec> {
    builtin().actions().iter().filter(|action| action.connector == connector).collect()
}

pub const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Store => "store",
        Effect::Read => "read",
        Effect::Write => "write",
    }
}

fn connector_json(connector: &ConnectorSpec) -> Value {
    let actions: Vec<_> = actions_of(&connector.name).iter().map(|a| action_json(a)).collect();
    json!({
        "name": connector.name,
        "title": connector.title,
        "description": connector.description,
        "actions": actions,
    })
}

fn action_json(action: &ActionSpec) -> Value {
    let connection = match action.connection {
        ConnectionNeed::None => "none",
        ConnectionNeed::Optional => "optional",
        ConnectionNeed::Required => "required",
    };
    let examples: Vec<_> = action
        .examples
        .iter()
        .map(|example| {
            json!({ "title": example.title, "with": example.with, "output": example.output })
        })
        .collect();
    json!({
        "name": action.name,
        "connector": action.connector,
        "title": action.title,
        "description": action.description,
        "effect": effect(action.effect),
        "connection": connection,
        "params": to_json_schema(&action.params),
        "output": schema_to_json(&action.output),
        "examples": examples,
    })
}
