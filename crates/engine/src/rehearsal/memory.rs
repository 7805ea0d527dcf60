//! The bot's memory during one rehearsal: it begins empty and is forgotten at the end.

use std::collections::{HashMap, HashSet};

use codex32_model::codes;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use codex32_store::{StateOp, StateOpKind};

#[derive(Debug, Default)]
pub struct Memory {
    values: HashMap<String, Value>,
    counts: HashMap<String, Vec<(Timestamp, f64)>>,
    seen: HashSet<(String, String)>,
}

impl Memory {
    /// Executes one operation, as the store does inside a commit.
    pub fn execute(&mut self, op: &StateOp) -> Fact {
        let a = op.address.clone();
        let kind = match op.kind.refusal() {
            Some(message) => FactKind::AttemptFailed {
                a,
                n: op.attempt,
                error: StepError::new(codes::run::LIMIT, message),
                retry_at: None,
                unknown: false,
                logs: Vec::new(),
            },
            None => {
                let o = self.value(&op.kind, op.at);
                FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() }
            }
        };
        Fact { at: op.at, kind }
    }

    fn value(&mut self, op: &StateOpKind, at: Timestamp) -> Value {
        match op {
            StateOpKind::Get { key } => self.values.get(key).cloned().unwrap_or_default(),
            StateOpKind::Set { key, value } => {
                self.values.insert(key.clone(), value.clone());
                value.clone()
            }
            StateOpKind::Add { key, by, within: None } => {
                let sum = self.values.get(key).and_then(Value::as_f64).unwrap_or(0.0) + by;
                self.values.insert(key.clone(), Value::number(sum));
                Value::number(sum)
            }
            StateOpKind::Add { key, by, within: Some(within) } => {
                let counts = self.counts.entry(key.clone()).or_default();
                counts.retain(|(then, _)| *then > at.minus(*within));
                counts.push((at, *by));
                Value::number(counts.iter().map(|(_, by)| by).sum())
            }
            StateOpKind::NewItems { key, items, id } => {
                let name = |item: &Value| {
                    id.as_ref().map_or(item, |id| item.get(id).unwrap_or(item)).to_text()
                };
                let fresh = items.iter().filter(|item| self.seen.insert((key.clone(), name(item))));
                Value::list(fresh.cloned().collect::<Vec<_>>())
            }
        }
    }
}
