//! The code of code steps is read where it will run: in the sandbox, with the line of a mistake.

use codex32_flow::parse::Parsed;
use codex32_model::definition::{CodeStep, Step, Verb};
use codex32_model::{Diagnostic, Place};
use codex32_sandbox::{Failure, Pool};

/// Diagnostics of the code in a definition. Where no sandbox can be started, code is not read here.
pub async fn check(pool: &Pool, parsed: &Parsed) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(bot) = &parsed.partial {
        collect(&bot.steps, "steps", &mut found);
        collect(&bot.on_error, "on_error", &mut found);
    }
    let mut diagnostics = Vec::new();
    for (path, step) in found {
        let Err(failure) = pool.check(step.language, &step.code).await else { continue };
        // Only what is wrong with the code; a child that cannot start is no mistake of the bot's.
        if failure.line.is_some() {
            let place = place(parsed, &format!("{path}.code"), &step.code, &failure);
            diagnostics.push(Diagnostic::error(failure.code, place, failure.message));
        }
    }
    diagnostics
}

/// The place in the definition of a line and column in the code.
fn place(parsed: &Parsed, path: &str, code: &str, failure: &Failure) -> Place {
    let line = failure.line.unwrap_or(1).saturating_sub(1) as usize;
    let before: usize =
        code.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    parsed.places.inside(path, before + failure.column.unwrap_or(1).saturating_sub(1) as usize)
}

fn collect<'a>(steps: &'a [Step], path: &str, found: &mut Vec<(String, &'a CodeStep)>) {
    for (at, step) in steps.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let mut inside = |name: &str, steps: &'a [Step]| {
            collect(steps, &format!("{path}.{name}"), found);
        };
        match &step.verb {
            Verb::Code(code) => found.push((path, code)),
            Verb::If { then, otherwise, .. } => {
                inside("then", then);
                inside("else", otherwise);
            }
            Verb::Switch { cases, default, .. } => {
                for (name, steps) in cases {
                    inside(&format!("cases.{name}"), steps);
                }
                inside("default", default.as_deref().unwrap_or_default());
            }
            Verb::ForEach { steps, .. } => inside("steps", steps),
            Verb::Parallel(branches) => {
                for (name, steps) in branches {
                    inside(&format!("parallel.{name}"), steps);
                }
            }
            Verb::Try { body, catch, finally } => {
                inside("try", body);
                inside("catch", catch.as_deref().unwrap_or_default());
                inside("finally", finally.as_deref().unwrap_or_default());
            }
            _ => {}
        }
    }
}
