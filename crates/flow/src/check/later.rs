//! What is part of the language but has nothing yet on this server that runs it.

use codex32_model::Place;
use codex32_model::definition::{Bot, Step, Tool, TriggerKind, Verb};

/// The steps and triggers that this server cannot run yet, in the order of the definition, each
/// with what it is, such as "`agent` steps". The places have paths only.
pub fn needs_later(bot: &Bot) -> Vec<(Place, &'static str)> {
    let mut out = Vec::new();
    let mut add = |path: String, what| out.push((Place { path, ..Place::default() }, what));
    for (name, trigger) in &bot.triggers {
        let what = match trigger.kind {
            TriggerKind::Email { .. } => "`email` triggers",
            TriggerKind::Form { .. } => "`form` triggers",
            TriggerKind::Chat { .. } => "`chat` triggers",
            _ => continue,
        };
        add(format!("triggers.{name}"), what);
    }
    let mut visit = |path: &str, step: &Step| {
        let what = match &step.verb {
            Verb::Agent(agent) => match agent.tools.iter().find_map(later_tool) {
                Some(_) => "`search` tools of `agent` steps",
                None => return,
            },
            _ => return,
        };
        add(path.to_owned(), what);
    };
    walk(&bot.steps, "steps", &mut visit);
    walk(&bot.on_error, "on_error", &mut visit);
    out
}

/// The kind of a tool that no agent can use yet.
pub(crate) const fn later_tool(tool: &Tool) -> Option<&'static str> {
    match tool {
        Tool::Search { .. } => Some("search"),
        Tool::Do { .. } | Tool::Call { .. } | Tool::Mcp { .. } => None,
    }
}

/// Every step with its path, those inside blocks included, from top to bottom.
pub fn walk(steps: &[Step], path: &str, visit: &mut impl FnMut(&str, &Step)) {
    for (index, step) in steps.iter().enumerate() {
        let path = format!("{path}[{index}]");
        visit(&path, step);
        for (branch, inner) in blocks(&step.verb) {
            walk(inner, &format!("{path}.{branch}"), visit);
        }
    }
}

/// The lists of steps inside a step, each with its path from there.
pub(super) fn blocks(verb: &Verb) -> Vec<(String, &[Step])> {
    let mut out: Vec<(String, &[Step])> = Vec::new();
    match verb {
        Verb::If { then, otherwise, .. } => {
            out.push(("then".to_owned(), then));
            out.push(("else".to_owned(), otherwise));
        }
        Verb::Switch { cases, default, .. } => {
            out.extend(cases.iter().map(|(name, inner)| (child("cases", name), inner.as_slice())));
            out.extend(default.iter().map(|inner| ("default".to_owned(), inner.as_slice())));
        }
        Verb::ForEach { steps, .. } => out.push(("steps".to_owned(), steps)),
        Verb::Parallel(branches) => {
            out.extend(
                branches.iter().map(|(name, inner)| (child("parallel", name), inner.as_slice())),
            );
        }
        Verb::Try { body, catch, finally } => {
            out.push(("try".to_owned(), body));
            out.extend(catch.iter().map(|inner| ("catch".to_owned(), inner.as_slice())));
            out.extend(finally.iter().map(|inner| ("finally".to_owned(), inner.as_slice())));
        }
        _ => {}
    }
    out
}

/// The path of a key below a path.
pub(super) fn child(path: &str, key: &str) -> String {
    crate::parse::join(path, key)
}
