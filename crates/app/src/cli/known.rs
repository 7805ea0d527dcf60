//! The catalogue that offline commands check against: the built-in connectors and, `--with-server`,
//! the bots and connections of the server.

use std::collections::HashMap;

use codex32_connectors::{Connectors, builtin, email};
use codex32_flow::check::{self, Checked, Context};
use codex32_flow::flow::{Flow, Op};
use codex32_flow::parse;
use codex32_flow::parse::Parsed;
use codex32_model::action::{ActionSpec, BotSignature, Catalogue, ConnectorSpec, TriggerSpec};
use codex32_model::{Clock, Value};
use serde::Deserialize;

use crate::client::{Client, Page, all_pages, view};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::failure::Failure;

/// How many bots and connections of a server are asked for.
const MOST: usize = 10_000;

pub struct Known {
    connectors: &'static Connectors,
    bots: HashMap<String, BotSignature>,
    pub connections: Vec<Connection>,
}

/// A connection as the server lists it, without its secrets.
#[derive(Debug, Clone, Deserialize)]
pub struct Connection {
    pub name: String,
    pub connector: String,
    /// The kind of connection.
    auth: String,
}

#[derive(Deserialize)]
struct Listed {
    bot: String,
}

impl Known {
    /// What is built in; no server is asked.
    pub fn offline() -> Self {
        Self { connectors: builtin(), bots: HashMap::new(), connections: Vec::new() }
    }

    /// What is built in and, when wanted, what the server has.
    pub fn load(with_server: bool, settings: &Settings) -> Result<Self, Failure> {
        let mut known = Self::offline();
        if with_server {
            let client = Client::new(settings)?;
            let page: Page<Connection> = view(&all_pages(&client, &["connections"], &[], MOST)?)?;
            known.connections = page.items;
            // A step that names the outbox would keep its mail inside for ever.
            known.connections.retain(|connection| connection.auth != email::OUTBOX);
            let page: Page<Listed> = view(&all_pages(&client, &["bots"], &[], MOST)?)?;
            for listed in page.items {
                let query = [("format", "json".to_owned())];
                let text = client.get_text(&["bots", &listed.bot, "definition"], &query)?;
                if let Some(signature) = signature(&text) {
                    known.bots.insert(listed.bot, signature);
                }
            }
        }
        Ok(known)
    }

    /// Checks what was read.
    pub fn check(&self, parsed: Parsed, zone: &str) -> Checked {
        check::parsed(parsed, &Context { catalogue: self, zone, now: SystemClock.now() })
    }
}

fn signature(definition: &str) -> Option<BotSignature> {
    let value = Value::from_json(definition).ok()?;
    let bot = parse::bot_from_value(&value).bot?;
    let steps = Flow::compile(&bot, builtin()).map(|flow| flow.steps).unwrap_or_default();
    let calls = steps.into_iter().filter_map(|step| match step.op {
        Op::Call { bot, .. } => Some(bot),
        _ => None,
    });
    let calls = calls.collect();
    Some(BotSignature {
        name: bot.bot,
        description: bot.description,
        inputs: bot.inputs,
        output: bot.output.unwrap_or_default(),
        calls,
    })
}

impl Catalogue for Known {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.connectors.action(name)
    }

    fn actions(&self) -> &[ActionSpec] {
        self.connectors.actions()
    }

    fn connectors(&self) -> &[ConnectorSpec] {
        Catalogue::connectors(self.connectors)
    }

    fn triggers(&self) -> &[TriggerSpec] {
        self.connectors.triggers()
    }

    fn bot(&self, name: &str) -> Option<&BotSignature> {
        self.bots.get(name)
    }
}
