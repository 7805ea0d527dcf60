//! Drafts that a server makes with a language model, read and checked here once more.

use codex32_author::{ConnectionUse, Draft, Question};
use codex32_flow::parse;
use codex32_model::{Timestamp, Value};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::json;

use super::known::Known;
use crate::client::{Client, view};
use crate::config::Settings;
use crate::failure::Failure;

/// A model of a server.
pub struct Remote {
    client: Client,
    model: String,
    effort: &'static str,
}

#[derive(Deserialize)]
struct Reply {
    definition: Option<Value>,
    questions: Vec<Question>,
    connections: Vec<ConnectionUse>,
    explanation: String,
    confidence: f64,
}

impl Remote {
    pub fn new(settings: &Settings, model: &str, if_uncertain: bool) -> Result<Self, Failure> {
        let effort = if if_uncertain { "auto" } else { "always" };
        Ok(Self { client: Client::new(settings)?, model: model.to_owned(), effort })
    }

    /// The server's answer as it is.
    pub fn draft(
        &self,
        sentence: &str,
        answers: &IndexMap<String, String>,
        zone: &str,
        now: Option<Timestamp>,
    ) -> Result<serde_json::Value, Failure> {
        let body = json!({
            "sentence": sentence,
            "answers": answers,
            "model": self.model,
            "effort": self.effort,
            "timezone": zone,
            "now": now.map(|now| now.to_string()),
        });
        self.client.post_patiently(&["drafts"], &body)
    }
}

/// The draft in an answer; its diagnostics are of this program's checker.
pub fn read(reply: &serde_json::Value, known: &Known, zone: &str) -> Result<Draft, Failure> {
    let reply: Reply = view(reply)?;
    let mut diagnostics = Vec::new();
    let definition = reply.definition.and_then(|value| {
        let checked = known.check(parse::bot_from_value(&value), zone);
        diagnostics = checked.diagnostics;
        checked.bot
    });
    Ok(Draft {
        definition,
        questions: reply.questions,
        connections: reply.connections,
        diagnostics,
        explanation: reply.explanation,
        confidence: reply.confidence,
    })
}
