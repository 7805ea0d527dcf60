//! `nodes`: the servers that share the database.

use clap::Args;
use serde::Deserialize;

use crate::client::{Client, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, moment, plain, short};

/// List the servers that share the database, with their load
#[derive(Debug, Args)]
pub struct NodesArgs {}

#[derive(Debug, Deserialize)]
struct Nodes {
    items: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    name: String,
    version: String,
    roles: Vec<String>,
    active_runs: u32,
    started_at: String,
    silent_seconds: u64,
    lease: String,
    leads: bool,
    this: bool,
}

pub fn run(_: &NodesArgs, settings: &Settings, out: &Output) -> Outcome {
    let answer = Client::new(settings)?.get(&["nodes"], &[])?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let nodes: Nodes = view(&answer)?;
    let row = |node: &Node| {
        vec![
            format!("{}{}", short(&node.name, 40), if node.this { " (this one)" } else { "" }),
            plain(&node.version).into_owned(),
            format!(
                "{}{}",
                short(&node.roles.join(", "), 40),
                if node.leads { " (fires schedules)" } else { "" }
            ),
            node.active_runs.to_string(),
            moment(&node.started_at),
            format!("{}, renewed {} s ago", plain(&node.lease), node.silent_seconds),
        ]
    };
    let rows: Vec<_> = nodes.items.iter().map(row).collect();
    out.table(&["NODE", "VERSION", "ROLES", "RUNS", "STARTED", "LEASE"], &rows);
    Ok(Exit::Well)
}
