//! From the typed definition back to YAML and JSON: what was left out because it is the default
//! stays left out, and keys stand in the order of the language's documents.

mod fields;
mod steps;
mod triggers;
mod yaml;

#[cfg(test)]
mod tests;

use std::time::Duration;

use codex32_model::definition::{Bot, Limits};
use codex32_model::time::format_duration;
use codex32_model::{Object, Value};

pub use fields::{fields, schema};

/// The JSON spelling.
pub fn to_value(bot: &Bot) -> Value {
    let mut out = Keys::default();
    out.put("bot", bot.bot.as_str());
    out.some("description", bot.description.as_deref());
    if !bot.inputs.is_empty() {
        out.put("inputs", fields(&bot.inputs));
    }
    out.some("output", bot.output.as_ref().map(schema));
    if !bot.triggers.is_empty() {
        let triggers = bot.triggers.iter();
        out.put(
            "triggers",
            Value::object(triggers.map(|(name, t)| (name.as_str(), triggers::trigger(t)))),
        );
    }
    out.put("steps", steps::steps(&bot.steps));
    if !bot.on_error.is_empty() {
        out.put("on_error", steps::steps(&bot.on_error));
    }
    out.some("limits", limits(&bot.limits));
    out.finish()
}

/// The YAML spelling, as a person would write it.
pub fn to_yaml(bot: &Bot) -> String {
    yaml::document(&to_value(bot))
}

/// Any part of a definition in YAML, such as one step.
pub fn fragment(value: &Value) -> String {
    match value {
        Value::Object(_) => yaml::document(value),
        // A bare value stands under a name that is taken off again.
        other => {
            let text = yaml::document(&Value::object([("x", other.clone())]));
            text.strip_prefix("x: ").unwrap_or(&text).to_owned()
        }
    }
}

/// Part of a definition in YAML, for documents: an item of a list, or something under a name.
pub(crate) fn part_yaml(value: &Value, item: bool) -> String {
    if item { yaml::item(value) } else { yaml::document(&Value::object([("name", value.clone())])) }
}

fn limits(limits: &Limits) -> Option<Value> {
    if *limits == Limits::default() {
        return None;
    }
    let mut out = Keys::default();
    out.some("turns", limits.turns);
    out.some("tokens", limits.tokens);
    out.some("timeout", limits.timeout.map(span));
    out.some("concurrency", limits.concurrency);
    out.some("concurrency_key", limits.concurrency_key.as_deref());
    out.some("rate", limits.rate.map(|rate| rate.to_string()));
    out.some("cost_usd", limits.cost_usd);
    Some(out.finish())
}

fn span(span: Duration) -> String {
    format_duration(span)
}

/// An object under construction.
#[derive(Default)]
struct Keys(Object);

impl Keys {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    fn some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Only if it is not the default.
    fn unless<T: PartialEq>(
        &mut self,
        key: &str,
        value: T,
        default: T,
        spell: impl Fn(T) -> Value,
    ) {
        if value != default {
            let spelled = spell(value);
            self.put(key, spelled);
        }
    }

    fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.put(key, Value::list(texts.iter().map(|text| Value::from(text.as_str()))));
        }
    }

    fn values(&mut self, key: &str, values: &indexmap::IndexMap<String, Value>) {
        if !values.is_empty() {
            let values = values.iter().map(|(key, value)| (key.as_str(), value.clone()));
            self.put(key, Value::object(values));
        }
    }

    fn finish(self) -> Value {
        Value::from(self.0)
    }
}
