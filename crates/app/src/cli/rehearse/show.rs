//! What a rehearsal came to, for people and programs.

use codex32_engine::run::view::StepView;
use codex32_model::codes::server;
use codex32_model::run::RunState;
use codex32_rehearsal::{By, Need, Stage};
use serde_json::{Value, json};

use crate::cli::runs::{self, StepRow};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Paint, plain, short};

pub fn no_run(out: &Output, trigger: &str) {
    if out.json {
        out.document(&json!({ "state": null, "steps": [], "needs": null }));
    }
    out.note(format!("No run: `when` of the trigger `{}` says no.", plain(trigger)));
}

pub fn rehearsal(out: &Output, stage: &Stage, need: Option<&Need>) -> Exit {
    let told = stage.told();
    let state = stage.ended();
    if out.json {
        let steps: Vec<_> = told.steps.iter().map(|step| step_json(stage, step)).collect();
        let events: Vec<_> =
            stage.events.iter().map(|(name, data)| json!({ "name": name, "data": data })).collect();
        out.document(&json!({
            "bot": stage.bot(),
            "state": state.map(RunState::as_str),
            "input": told.input,
            "output": told.output,
            "error": told.error,
            "answer": told.answer,
            "steps": steps,
            "events": events,
            "needs": need.map(|need| json!({ "step": need.step, "why": need.why })),
        }));
    } else {
        let ended = state.map_or("stopped", RunState::as_str);
        let bot = out.paint(Paint::Bold, stage.bot());
        out.line(format!("{bot}  rehearsal  {}", runs::coloured(out, ended)));
        runs::field(out, "", "input", &json!(told.input));
        for step in &told.steps {
            print_step(out, stage, step);
        }
        for (name, data) in &stage.events {
            out.line(format!("  would emit {}: {}", plain(name), short(&data.to_json(), 200)));
        }
        if let Some(answer) = &told.answer {
            out.line(format!(
                "  answers {}: {}",
                answer.status,
                short(&answer.body.to_text(), 300)
            ));
        }
        runs::field(out, "", "output", &json!(told.output));
        if let Some(error) = &told.error {
            runs::print_error(out, error);
        }
    }
    if let Some(need) = need {
        let step = need.step.rsplit('/').next().unwrap_or(&need.step);
        let failure = Failure::no(format!("step {} needs a sample: {}", need.step, need.why))
            .code(server::CLI_SAMPLE)
            .help(format!("give one: --sample {step}=@file.json"));
        out.failure(&failure);
    } else if state == Some(RunState::Failed) {
        hint_at_examples(out, stage);
    }
    if state == Some(RunState::Succeeded) { Exit::Well } else { Exit::No }
}

/// An example's answer need not fit what the bot makes of it.
fn hint_at_examples(out: &Output, stage: &Stage) {
    let mut steps: Vec<_> = stage
        .by
        .iter()
        .filter(|(_, by)| **by == By::Example)
        .map(|(address, _)| address.rsplit('/').next().unwrap_or(address))
        .collect();
    steps.sort_unstable();
    steps.dedup();
    for step in steps {
        out.note(format!(
            "The answer of {0} was the connector's example. For a real one: --sample {0}=@file.json, or --live=reads",
            plain(step)
        ));
    }
}

fn step_json(stage: &Stage, step: &StepView) -> Value {
    let by = stage.by.get(step.address.as_str()).map(|by| by.as_str());
    let mut shown = json!(step);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("answered_by".to_owned(), json!(by));
    }
    shown
}

fn print_step(out: &Output, stage: &Stage, step: &StepView) {
    let asked = stage.asked.get(step.address.as_str()).map_or("", String::as_str);
    let note = match stage.by.get(step.address.as_str()) {
        Some(By::Shown) => out.paint(Paint::Yellow, &format!("not done: {}", plain(asked))),
        Some(By::MadeUp) => format!("{} answered by something made up", plain(asked)),
        Some(By::Live) => out.paint(Paint::Red, &format!("done: {}", plain(asked))),
        Some(By::Sample) => format!("{} answered by the sample", plain(asked)),
        Some(By::Run) => format!("{} answered as in the run", plain(asked)),
        Some(By::Example) => format!("{} answered by the connector's example", plain(asked)),
        None => String::new(),
    };
    // Times mean nothing here, and neither does what a write that was not done would have given.
    let mut step = StepView { started_at: None, ..step.clone() };
    if stage.by.get(step.address.as_str()) == Some(&By::Shown) {
        step.output = codex32_model::Value::Null;
    }
    // The same shape as a server's answer, so the same printing.
    if let Ok(row) = serde_json::from_value::<StepRow>(json!(step)) {
        runs::print_step(out, &row, note.trim());
    }
}
