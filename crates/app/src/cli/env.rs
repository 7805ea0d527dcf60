//! `env …`: the workspace's variables, which expressions read as `env.NAME`. Not for secrets.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, plain, short};

/// Set and list the workspace's variables (`env.NAME` in expressions; secrets belong in connections)
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 env set SHOP_URL https://shop.example.com
  codex32 env list")]
pub enum EnvCommand {
    /// Set a variable
    Set(SetArgs),
    /// List the variables
    List(ListArgs),
    /// Remove a variable
    Unset(UnsetArgs),
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// Name of the variable
    name: String,
    /// Its value, as text
    value: String,
}

#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Debug, Args)]
pub struct UnsetArgs {
    /// Name of the variable
    name: String,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    value: Value,
}

pub fn run(command: EnvCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        EnvCommand::Set(SetArgs { name, value }) => {
            let answer = client.put(&["env", &name], &json!({ "value": value }))?;
            out.changed(&answer, &json!({ "name": name }), &format!("{} is set.", plain(&name)));
        }
        EnvCommand::Unset(UnsetArgs { name }) => {
            let answer = client.delete(&["env", &name])?;
            let done = json!({ "name": name, "removed": true });
            out.changed(&answer, &done, &format!("{} is removed.", plain(&name)));
        }
        EnvCommand::List(_) => {
            let answer = all_pages(&client, &["env"], &[], 1000)?;
            if out.json {
                out.document(&answer);
                return Ok(Exit::Well);
            }
            let page: Page<Variable> = view(&answer)?;
            let row = |variable: &Variable| {
                let value = match &variable.value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                vec![plain(&variable.name).into_owned(), short(&value, 80)]
            };
            let rows: Vec<_> = page.items.iter().map(row).collect();
            out.table(&["NAME", "VALUE"], &rows);
        }
    }
    Ok(Exit::Well)
}
