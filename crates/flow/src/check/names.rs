//! What names mean at one place of a definition.

use std::collections::HashMap;

use codex32_model::Schema;
use codex32_model::schema::Fields;

use super::types;
use crate::expr::{FieldType, TypeEnv, nearest};

/// Names that no step, trigger or loop variable may have.
pub const RESERVED: &[&str] =
    &["inputs", "steps", "errors", "trigger", "event", "env", "run", "error", "loop", "now"];

/// A step that can be seen from here.
#[derive(Debug, Clone)]
pub struct Known {
    pub schema: Schema,
    /// What `errors.<id>` is, if the step has `on_error: continue`; after a loop a list of them.
    pub error: Option<Schema>,
}

/// The names at the place that is being checked.
pub struct Names<'a> {
    /// `None` where inputs are not filled yet.
    pub inputs: Option<&'a Fields>,
    pub trigger: Schema,
    pub event: Option<Schema>,
    pub error: bool,
    pub steps: HashMap<String, Known>,
    /// Ids in the order they became visible, for taking them back at the end of a branch.
    pub order: Vec<String>,
    /// Loop variables, the innermost last.
    pub bindings: Vec<(String, Schema)>,
    /// Every loop variable of the bot, for saying that one is used outside its loop.
    pub all_bindings: Vec<String>,
}

impl Names<'_> {
    pub fn declare(&mut self, id: &str, known: Known) {
        if self.steps.insert(id.to_owned(), known).is_none() {
            self.order.push(id.to_owned());
        }
    }

    /// Takes back what became visible since `mark`, and gives it.
    pub fn take_back(&mut self, mark: usize) -> Vec<(String, Known)> {
        let ids = self.order.split_off(mark);
        let known =
            ids.into_iter().filter_map(|id| self.steps.remove(&id).map(|known| (id, known)));
        known.collect()
    }

    pub fn binding(&self, name: &str) -> Option<&Schema> {
        self.bindings.iter().rev().find(|(bound, _)| bound == name).map(|(_, schema)| schema)
    }
}

/// Why a step cannot be used, and names that exist only at some places, are told by the checker itself,
/// which drops what is told here of the same place.
impl TypeEnv for Names<'_> {
    fn root(&self, name: &str) -> Option<Schema> {
        if let Some(schema) = self.binding(name) {
            return Some(schema.clone());
        }
        Some(match name {
            "inputs" => self.inputs.map_or(Schema::Any, types::seen),
            "steps" | "errors" | "env" => Schema::any_object(),
            "trigger" => self.trigger.clone(),
            "event" => self.event.clone().unwrap_or_default(),
            "error" if self.error => error(),
            "run" => Schema::any_object(),
            "now" => Schema::String,
            "loop" if !self.bindings.is_empty() => {
                let Schema::Object { fields, .. } = types::object([("index", Schema::Integer)])
                else {
                    return Some(Schema::Any);
                };
                Schema::Object { fields, open: true }
            }
            "error" | "loop" => Schema::Any,
            _ if self.all_bindings.iter().any(|bound| bound == name) => Schema::Any,
            _ => return None,
        })
    }

    fn field(&self, root: &str, key: &str) -> FieldType {
        match root {
            "steps" => match self.steps.get(key) {
                Some(step) => FieldType::Known(step.schema.clone()),
                // The checker says more about it than can be known here.
                None => {
                    FieldType::Unknown { nearest: None, why: format!("there is no step `{key}`") }
                }
            },
            "errors" => match self.steps.get(key) {
                Some(Known { error: Some(error), .. }) => FieldType::Known(error.clone()),
                _ => FieldType::Known(Schema::Any),
            },
            "inputs" => match self.inputs.map(|inputs| (inputs.get(key), inputs)) {
                None => FieldType::Known(Schema::Any),
                Some((Some(field), _)) => FieldType::Known(types::read(field)),
                Some((None, inputs)) => FieldType::Unknown {
                    nearest: nearest(key, inputs.keys().map(String::as_str)).map(str::to_owned),
                    why: format!("the bot has no input `{key}`"),
                },
            },
            _ => match self.root(root) {
                Some(Schema::Object { fields, open }) => match fields.get(key) {
                    Some(field) => FieldType::Known(types::read(field)),
                    None if open => FieldType::Known(Schema::Any),
                    None => FieldType::Unknown {
                        nearest: nearest(key, fields.keys().map(String::as_str)).map(str::to_owned),
                        why: format!("`{root}` has no `{key}` here"),
                    },
                },
                _ => FieldType::Known(Schema::Any),
            },
        }
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            ["inputs", "steps", "errors", "trigger", "env", "run", "now"].map(str::to_owned).into();
        names.extend(self.event.is_some().then(|| "event".to_owned()));
        names.extend(self.error.then(|| "error".to_owned()));
        names.extend((!self.bindings.is_empty()).then(|| "loop".to_owned()));
        names.extend(self.bindings.iter().map(|(name, _)| name.clone()));
        names
    }
}

/// `error` and `errors.<id>`.
pub fn error() -> Schema {
    types::object([
        ("code", Schema::String),
        ("message", Schema::String),
        ("status", Schema::Integer.or_null()),
        ("attempts", Schema::Integer),
        ("step", Schema::String.or_null()),
    ])
}

/// The envelope of an event.
pub fn event() -> Schema {
    types::object([
        ("id", Schema::String),
        ("type", Schema::String),
        ("time", Schema::String),
        ("source", Schema::Any),
        ("data", Schema::Any),
    ])
}
