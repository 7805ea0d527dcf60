//! What names mean to the expressions of a run.

use codex32_flow::expr::Scope;
use codex32_model::Value;
use codex32_model::ids::RunId;
use codex32_model::time::Timestamp;
use codex32_model::value::Key;

use super::state::{FrameId, State};

/// What `run` is in expressions.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub id: RunId,
    pub bot: &'a str,
    pub version: u32,
}

impl About<'_> {
    fn to_value(self) -> Value {
        Value::object([
            ("id", Value::from(self.id.to_string())),
            ("bot", Value::from(self.bot)),
            ("version", Value::from(self.version)),
        ])
    }
}

/// The scope of a step: what its frame and those around it hold.
pub struct StepScope<'a> {
    pub state: &'a State,
    pub frame: FrameId,
    pub now: Timestamp,
    pub run: About<'a>,
    /// A name that stands before all others: `event` of a wait that is being matched.
    pub extra: Option<(&'a str, &'a Value)>,
}

impl StepScope<'_> {
    fn named<'s>(
        &'s self,
        pick: impl Fn(&'s super::state::Frame) -> &'s [(std::sync::Arc<str>, Value)],
        key: &str,
    ) -> Option<Value> {
        self.state.ancestors(self.frame).find_map(|frame| {
            pick(frame)
                .iter()
                .rev()
                .find(|(name, _)| **name == *key)
                .map(|(_, value)| value.clone())
        })
    }

    fn all<'s>(
        &'s self,
        pick: impl Fn(&'s super::state::Frame) -> &'s [(std::sync::Arc<str>, Value)],
    ) -> Value {
        let mut fields = codex32_model::Object::default();
        for frame in self.state.ancestors(self.frame) {
            for (name, value) in pick(frame).iter().rev() {
                fields.entry(Key::new(name)).or_insert_with(|| value.clone());
            }
        }
        Value::from(fields)
    }

    /// Everything in scope as one object, for a code step.
    pub fn snapshot(&self) -> Value {
        Value::from(self.fields())
    }

    /// The same without some of the names.
    pub fn snapshot_without(&self, names: &[&str]) -> Value {
        let mut fields = self.fields();
        fields.retain(|name, _| !names.contains(&&**name));
        Value::from(fields)
    }

    fn fields(&self) -> codex32_model::Object {
        let mut fields = codex32_model::Object::default();
        for name in ["inputs", "steps", "errors", "trigger", "event", "env", "run", "now"] {
            fields.insert(name.into(), self.root(name).unwrap_or(Value::Null));
        }
        for frame in self.state.ancestors(self.frame) {
            for (name, value) in frame.bindings.iter().rev() {
                fields.entry(Key::new(name)).or_insert_with(|| value.clone());
            }
        }
        fields
    }
}

impl Scope for StepScope<'_> {
    fn root(&self, name: &str) -> Option<Value> {
        if let Some((extra, value)) = self.extra
            && extra == name
        {
            return Some(value.clone());
        }
        let started = self.state.started.as_ref()?;
        match name {
            "inputs" => Some(started.input.clone()),
            "trigger" => Some(started.trigger.clone()),
            "event" => Some(started.event.clone()),
            "env" => Some(started.env.clone()),
            "run" => Some(self.run.to_value()),
            "now" => Some(Value::from(self.now.to_string())),
            "steps" => Some(self.all(|frame| &frame.outputs)),
            "errors" => Some(self.all(|frame| &frame.errors)),
            _ => self.named(|frame| &frame.bindings, name),
        }
    }

    fn field(&self, root: &str, key: &str) -> Option<Value> {
        match root {
            "steps" => Some(self.named(|frame| &frame.outputs, key).unwrap_or(Value::Null)),
            "errors" => Some(self.named(|frame| &frame.errors, key).unwrap_or(Value::Null)),
            "inputs" if self.extra.is_none() => self
                .state
                .started
                .as_ref()
                .map(|started| started.input.get(key).cloned().unwrap_or_default()),
            _ => None,
        }
    }
}

/// The scope of what is evaluated before a run begins: `when`, `dedupe` and `inputs` of a trigger.
pub struct StartScope<'a> {
    pub inputs: &'a Value,
    pub trigger: &'a Value,
    pub event: &'a Value,
    pub env: &'a Value,
    pub now: Timestamp,
}

impl Scope for StartScope<'_> {
    fn root(&self, name: &str) -> Option<Value> {
        Some(match name {
            "inputs" => self.inputs.clone(),
            "trigger" => self.trigger.clone(),
            "event" => self.event.clone(),
            "env" => self.env.clone(),
            "now" => Value::from(self.now.to_string()),
            _ => return None,
        })
    }

    fn field(&self, _root: &str, _key: &str) -> Option<Value> {
        None
    }
}
