//! Cases made of what a run did: what its step saw, as far as its prompt uses it, and what it answered.

use codex32_engine::{Moment, Transcript};
use codex32_flow::expr::{Compiled, Reference};
use codex32_model::{Object, Value};
use indexmap::IndexMap;

use crate::error::Error;
use crate::subject::step;
use crate::suite::{Case, Check, ToolGives};

/// What becomes the expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The recorded answer, exactly.
    Exact,
    /// Nothing yet: somebody writes the checks.
    Open,
}

/// A case of the step that a run was at.
///
/// # Errors
/// When the step asks no model, or gave no answer that could be the expectation.
pub fn recorded(
    moment: &Moment,
    transcript: Option<&Transcript>,
    name: String,
    expect: Expect,
) -> Result<Case, Error> {
    let (_, prompt) =
        step(&moment.flow, &moment.id).map_err(|error| Error::Case(error.to_string()))?;
    let (inputs, values) = used(&prompt, &moment.scope);
    let checks = match (expect, &moment.output) {
        (Expect::Open, _) => Vec::new(),
        (Expect::Exact, Some(output)) => {
            vec![Check { exact: Some(output.clone()), ..Check::default() }]
        }
        (Expect::Exact, None) => {
            let message = format!("the step `{}` gave no answer in this run", moment.id);
            return Err(Error::Case(message));
        }
    };
    Ok(Case { name, inputs, values, tools: gave(transcript), checks })
}

/// What a prompt uses of a scope.
fn used(prompt: &Compiled, scope: &Value) -> (Value, IndexMap<String, Value>) {
    let mut values: IndexMap<String, Value> = IndexMap::new();
    for Reference { root, key, .. } in prompt.references() {
        if root == "inputs" || root == "now" {
            continue;
        }
        let value = scope.get(root).cloned().unwrap_or_default();
        match (root.as_str(), key) {
            // Of what stands for many things only what is used: the others may be large, or secret.
            ("steps" | "errors" | "env", Some(key)) => {
                let whole =
                    values.entry(root.clone()).or_insert_with(|| Value::from(Object::default()));
                let mut fields = whole.as_object().cloned().unwrap_or_default();
                let part = value.get(key).cloned().unwrap_or_default();
                fields.insert(key.as_str().into(), part);
                *whole = Value::from(fields);
            }
            _ => {
                values.insert(root.clone(), value);
            }
        }
    }
    (scope.get("inputs").cloned().unwrap_or_default(), values)
}

/// What the tools of an agent gave, in their order.
fn gave(transcript: Option<&Transcript>) -> Vec<ToolGives> {
    let turns = transcript.into_iter().flat_map(|transcript| &transcript.turns);
    let done = turns.flat_map(|turn| &turn.calls).filter(|call| call.error.is_none());
    done.map(|call| ToolGives {
        tool: call.tool.clone(),
        with: call.arguments.clone(),
        gives: call.result.clone(),
    })
    .collect()
}
