//! What names mean in the prompts and checks of a case.

use codex32_flow::expr::{Budget, Compiled, Expr, Reference, Scope, eval};
use codex32_model::{Object, Timestamp, Value};

use crate::error::Error;
use crate::suite::Case;

const FUEL: u64 = 2_000_000;
const MEMORY: usize = 32 << 20;
/// Names that every step knows; those that a case does not give are null.
const KNOWN: [&str; 8] = ["inputs", "steps", "errors", "trigger", "event", "env", "run", "error"];

/// The values of a case, and once there is an answer `answer`, `uses` and `case`.
pub struct Values {
    fields: Object,
}

impl Values {
    pub fn of(case: &Case, now: Timestamp) -> Self {
        let mut fields = Object::default();
        fields.insert("inputs".into(), case.inputs.clone());
        fields.insert("now".into(), Value::from(now.to_string()));
        for (name, value) in &case.values {
            fields.insert(name.as_str().into(), value.clone());
        }
        Self { fields }
    }

    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.into(), value);
        self
    }

    pub fn to_value(&self) -> Value {
        Value::from(self.fields.clone())
    }

    /// # Errors
    /// What is wrong with it.
    pub fn eval(&self, expr: &Expr) -> Result<Value, String> {
        eval(expr, self, &mut Budget::new(FUEL, MEMORY)).map_err(|error| error.message)
    }

    /// # Errors
    /// What is wrong with it.
    pub fn text(&self, compiled: &Compiled) -> Result<String, String> {
        let value = compiled.eval(self, &mut Budget::new(FUEL, MEMORY));
        value.map(|value| value.to_text()).map_err(|error| error.message)
    }
}

impl Scope for Values {
    fn root(&self, name: &str) -> Option<Value> {
        let given = self.fields.get(name).cloned();
        given.or_else(|| KNOWN.contains(&name).then_some(Value::Null))
    }

    fn field(&self, root: &str, key: &str) -> Option<Value> {
        // What a case does not give of these is null, as it is in a run.
        ["inputs", "steps", "errors"].contains(&root).then(|| {
            self.fields.get(root).and_then(|all| all.get(key)).cloned().unwrap_or_default()
        })
    }
}

/// Whether a case gives what a prompt uses: outputs of steps, and names such as `item`. Inputs may be
/// missing, as they may in a run.
///
/// # Errors
/// What it does not give.
pub fn gives<'a>(case: &Case, uses: impl Iterator<Item = &'a Reference>) -> Result<(), Error> {
    for Reference { root, key, .. } in uses {
        let missing = match (root.as_str(), key) {
            ("inputs" | "now" | "env" | "errors" | "run", _) => continue,
            ("steps", Some(step)) => {
                let given = case.values.get("steps").and_then(|steps| steps.get(step));
                if given.is_some() {
                    continue;
                }
                format!("steps.{step}")
            }
            (root, _) if case.values.contains_key(root) => continue,
            (root, _) => root.to_owned(),
        };
        let message =
            format!("the prompt uses `{missing}`, and the case `{}` does not give it", case.name);
        return Err(Error::Values(message));
    }
    Ok(())
}
