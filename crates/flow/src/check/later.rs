//! What is part of the language but has nothing yet on this server that runs it.

use codex32_model::Place;
use codex32_model::definition::{Bot, Step, TriggerKind, Verb};

/// The triggers that this server cannot run yet, in the order of the definition, each with what it
/// is, such as "`form` triggers". The places have paths only.
pub fn needs_later(bot: &Bot) -> Vec<(Place, &'static str)> {
    let mut out = Vec::new();
    for (name, trigger) in &bot.triggers {
        let what = match trigger.kind {
            TriggerKind::Email { .. } => "`email` triggers",
            TriggerKind::Form { .. } => "`form` triggers",
            TriggerKind::Chat { .. } => "`chat` triggers",
            _ => continue,
        };
        out.push((Place { path: format!("triggers.{name}"), ..Place::default() }, what));
    }
    out
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
