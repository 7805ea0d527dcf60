//! Which of the workspace's connections a definition's connection names stand for.

use codex32_model::codes::connector as codes;
use codex32_model::definition::{Bot, Tool, TriggerKind, Verb};
use codex32_model::{Diagnostic, Place, Scope};
use codex32_store::connections::Connection;
use indexmap::IndexMap;

use crate::problem::{Answer, Problem};
use crate::state::Api;

/// What [`resolve`] found.
pub struct Bound {
    pub bindings: IndexMap<String, String>,
    /// One for each name that is bound to nothing yet.
    pub warnings: Vec<Diagnostic>,
}

/// A name is bound to what the caller says, else as in the live version, else to the connection of the
/// same name.
pub async fn resolve(
    api: &Api,
    scope: Scope,
    bot: &Bot,
    given: IndexMap<String, String>,
) -> Answer<Bound> {
    let store = &api.options.store;
    let mut before = IndexMap::new();
    if let Some(row) = store.bot(scope, bot.bot.clone()).await? {
        let version = store.version(scope.workspace, row.id, row.version).await?;
        before = version.map(|version| version.bindings).unwrap_or_default();
    }
    let uses = uses(bot);
    let mut faults = Vec::new();
    for name in given.keys().filter(|name| !uses.contains_key(name.as_str())) {
        faults.push((name.clone(), "the definition has no connection of this name".to_owned()));
    }
    let mut bound = Bound { bindings: IndexMap::new(), warnings: Vec::new() };
    for (name, connectors) in uses {
        let wanted = given.get(name).or_else(|| before.get(name)).map_or(name, String::as_str);
        let found = store.connection(scope.workspace, wanted.to_owned()).await?;
        match found {
            Some(connection) => match misfit(&connection, &connectors) {
                Some(why) => faults.push((name.to_owned(), why)),
                None => {
                    bound.bindings.insert(name.to_owned(), connection.name);
                }
            },
            None if given.contains_key(name) => {
                faults.push((name.to_owned(), format!("there is no connection `{wanted}`")));
            }
            None => bound.warnings.push(unbound(name, &connectors)),
        }
    }
    if faults.is_empty() {
        return Ok(bound);
    }
    let problem = Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        codes::NO_CONNECTION,
        faults.iter().map(|(name, why)| format!("`{name}`: {why}")).collect::<Vec<_>>().join("; "),
    );
    Err(faults
        .into_iter()
        .fold(problem, |problem, (name, why)| problem.fault(format!("bind.{name}"), why)))
}

fn misfit(connection: &Connection, connectors: &[&str]) -> Option<String> {
    // A signing secret serves whatever service it is of.
    let mut wanted = connectors.iter().filter(|connector| **connector != "webhook");
    let other = wanted.find(|connector| **connector != connection.connector)?;
    Some(format!(
        "`{}` is a connection of {}, and {other} is wanted",
        connection.name, connection.connector
    ))
}

fn unbound(name: &str, connectors: &[&str]) -> Diagnostic {
    let of = connectors.first().map(|connector| format!(" of {connector}")).unwrap_or_default();
    let message =
        format!("the connection `{name}`{of} is bound to nothing; steps that use it fail");
    let connector = connectors.first().copied().unwrap_or("CONNECTOR");
    Diagnostic::warning(codes::NO_CONNECTION, Place::default(), message).suggest(format!(
        "add it with `codex32 connections add {name} --connector {connector}`, then deploy again"
    ))
}

/// Connection names of a definition, each with the connectors it is used for.
fn uses(bot: &Bot) -> IndexMap<&str, Vec<&str>> {
    let mut uses: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for trigger in bot.triggers.values() {
        match &trigger.kind {
            TriggerKind::Webhook(hook) => {
                if let Some(verify) = &hook.verify {
                    note(&mut uses, Some(&verify.connection), "webhook");
                }
            }
            TriggerKind::App { event, connection, .. } => {
                note(&mut uses, connection.as_ref(), connector_of(event));
            }
            TriggerKind::Email { connection, .. } => note(&mut uses, connection.as_ref(), "email"),
            _ => {}
        }
    }
    bot.each_step(&mut |step| match &step.verb {
        Verb::Do(action) => {
            note(&mut uses, action.connection.as_ref(), connector_of(&action.action));
        }
        Verb::Agent(agent) => {
            for tool in &agent.tools {
                match tool {
                    Tool::Do { action, connection, .. } => {
                        note(&mut uses, connection.as_ref(), connector_of(action));
                    }
                    Tool::Mcp { server, .. } => note(&mut uses, Some(server), "mcp"),
                    Tool::Call { .. } | Tool::Search { .. } => {}
                }
            }
        }
        _ => {}
    });
    uses
}

fn connector_of(action: &str) -> &str {
    action.split_once('.').map_or(action, |(connector, _)| connector)
}

fn note<'a>(uses: &mut IndexMap<&'a str, Vec<&'a str>>, name: Option<&'a String>, of: &'a str) {
    if let Some(name) = name {
        let connectors = uses.entry(name).or_default();
        if !connectors.contains(&of) {
            connectors.push(of);
        }
    }
}
