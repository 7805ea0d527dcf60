//! The steps of a definition, by what does them.

use codex32_flow::flow::verb_name;
use codex32_model::codes::builder as codes;
use codex32_model::definition::{Bot, Step, Tool, Verb};
use codex32_model::{Catalogue, Diagnostic, Effect, Place};

use super::fits::SHAPES;
use crate::seen;

/// A step, by what does it.
pub struct Doer {
    pub path: String,
    pub name: String,
    pub writes: bool,
}

/// Blocks with nothing in them: there was to be a deed. One side of a condition may be empty.
pub fn hollow(path: &str, steps: &[Step], faults: &mut Vec<Diagnostic>) {
    for (at, step) in steps.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let mut branches = seen::branches(&step.verb);
        // Nothing may follow a failure.
        branches.retain(|(name, _)| name != "catch" && name != "finally");
        let splits = matches!(step.verb, Verb::If { .. } | Verb::Switch { .. });
        let empty = branches.iter().filter(|(_, inner)| inner.is_empty()).count();
        if !branches.is_empty() && empty > 0 && (!splits || empty == branches.len()) {
            let place = Place { path: path.clone(), ..Place::default() };
            let message =
                "There are no steps in this block: do in it what is asked, or leave it out.";
            faults.push(Diagnostic::error(codes::UNDONE, place, message));
        }
        for (branch, inner) in seen::branches(&step.verb) {
            hollow(&format!("{path}.{branch}"), inner, faults);
        }
    }
}

/// What does something in a definition.
pub fn doers(bot: &Bot, catalogue: &dyn Catalogue) -> Vec<Doer> {
    let mut found = Vec::new();
    walk("steps", &bot.steps, catalogue, &mut found);
    walk("on_error", &bot.on_error, catalogue, &mut found);
    found
}

fn walk(path: &str, steps: &[Step], catalogue: &dyn Catalogue, found: &mut Vec<Doer>) {
    let of = |path: String, name: &str| {
        let writes = match catalogue.action(name) {
            Some(action) => action.effect == Effect::Write,
            None => ["emit", "call", "approve", "agent"].contains(&name),
        };
        Doer { path, name: name.to_owned(), writes }
    };
    for (at, step) in steps.iter().enumerate() {
        let path = format!("{path}[{at}]");
        match &step.verb {
            Verb::Do(call) => found.push(of(path.clone(), &call.action)),
            Verb::Agent(agent) => {
                found.push(of(path.clone(), "agent"));
                for tool in &agent.tools {
                    if let Tool::Do { action, .. } = tool {
                        // What an agent may do is asked for with the agent.
                        let tool = Doer { writes: false, ..of(format!("{path}.tools"), action) };
                        found.push(tool);
                    }
                }
            }
            // Holds a place and does nothing.
            Verb::Set(codex32_model::Value::Null) => {}
            verb if SHAPES.contains(&verb_name(verb)) => {}
            verb => found.push(of(path.clone(), verb_name(verb))),
        }
        for (branch, inner) in seen::branches(&step.verb) {
            walk(&format!("{path}.{branch}"), inner, catalogue, found);
        }
    }
}
