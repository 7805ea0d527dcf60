//! The bot's memory during one rehearsal: it begins empty and is forgotten at the end.

use std::collections::{HashMap, HashSet};

use codex32_model::{Timestamp, Value};
use codex32_store::StateOpKind;

#[derive(Debug, Default)]
pub struct Memory {
    values: HashMap<String, Value>,
    counts: HashMap<String, Vec<(Timestamp, f64)>>,
    seen: HashSet<(String, String)>,
}

impl Memory {
    pub fn execute(&mut self, op: &StateOpKind, at: Timestamp) -> Value {
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
