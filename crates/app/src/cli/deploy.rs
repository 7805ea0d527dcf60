//! `deploy FILE`: puts a bot on the server.

use clap::Args;
use codex32_model::Severity;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::bots::{TriggerView, triggers};
use super::input;
use super::render;
use crate::client::{Client, Refusal, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, Paint, plain};

/// Put a bot on the server: a new version that its triggers start from now on
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 deploy order.yaml
  codex32 deploy invoices.yaml --bind erp=erp-prod --bind mail=outbox
  codex32 draft \"every hour fetch https://example.com/\" | codex32 deploy -")]
pub struct DeployArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// Use a connection of the server for a name in the definition
    #[arg(long, value_name = "NAME=CONNECTION")]
    bind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Deployed {
    bot: String,
    version: u64,
    triggers: Vec<TriggerView>,
    #[serde(default)]
    diagnostics: Vec<render::Shown>,
}

pub fn run(args: &DeployArgs, settings: &Settings, out: &Output) -> Outcome {
    let source = input::definition(&args.file)?;
    let text = source.text()?;
    let bind = args.bind.iter().map(|pair| {
        input::pair("--bind", pair).map(|(name, connection)| (name, Value::from(connection)))
    });
    let bind = bind.collect::<Result<Map<_, _>, _>>()?;
    let body = json!({ "definition": text, "bind": bind });
    let answer = match Client::new(settings)?.send(Method::POST, &["bots"], &[], Some(&body)) {
        Ok(answer) => answer,
        Err(Refusal::Problem(_, problem)) if !problem.diagnostics.is_empty() => {
            render::diagnostics(out, &source, &problem.diagnostics);
            if out.json {
                out.document(&json!({ "bot": null, "diagnostics": problem.diagnostics }));
            }
            let count = render::summary(&problem.diagnostics).unwrap_or_default();
            out.note(format!("{}: not deployed, {count}", plain(&source.name)));
            return Ok(Exit::No);
        }
        Err(refusal) => return Err(refusal.into_failure()),
    };
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let deployed: Deployed = view(&answer)?;
    let warnings: Vec<_> = deployed
        .diagnostics
        .into_iter()
        .filter(|shown| shown.severity == Severity::Warning)
        .collect();
    render::diagnostics(out, &source, &warnings);
    let name = out.paint(Paint::Bold, &plain(&deployed.bot));
    out.line(format!(
        "{} {name}, version {}",
        out.paint(Paint::Green, "deployed"),
        deployed.version
    ));
    triggers(out, &deployed.triggers);
    out.note(format!("Start it by hand: codex32 trigger {} --wait", plain(&deployed.bot)));
    Ok(Exit::Well)
}
