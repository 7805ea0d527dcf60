//! Agents in `run show`: a line for each turn, and with `--step` the whole conversation.

use serde::Deserialize;
use serde_json::Value;

use super::{Run, StepRow, coloured, print_error, took};
use crate::output::{Output, Paint, plain, short};

/// The agent that a step is inside of, by its address.
pub fn agent_around<'a>(run: &'a Run, address: &str) -> Option<&'a str> {
    let is_agent =
        |step: &&StepRow| step.detail.as_deref().is_some_and(|detail| detail.starts_with("agent "));
    let mut agents = run.steps.iter().filter(is_agent).map(|step| step.address.as_str());
    agents
        .find(|agent| address.strip_prefix(agent).is_some_and(|rest| rest.starts_with(['[', '.'])))
}

/// A turn in one line; nothing for the other steps inside an agent.
pub fn print_inside(out: &Output, step: &StepRow, agent: &str) {
    let turn = step.address.strip_prefix(agent).and_then(|rest| rest.strip_prefix('['));
    let turn = turn.and_then(|rest| rest.strip_suffix("]/model")?.parse::<usize>().ok());
    let Some(turn) = turn else { return };
    let said = &step.output;
    let calls = said["message"]["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<_> = calls.iter().filter_map(|call| call["function"]["name"].as_str()).collect();
    let what = if !names.is_empty() {
        format!("uses {}", names.join(", "))
    } else if let Some(error) = &step.error {
        format!("[{}] {}", error.code, error.message)
    } else if let Some(text) = said["message"]["content"].as_str() {
        format!("says {text}")
    } else {
        String::new()
    };
    let cost = said["cost_micros"].as_i64().map(|micros| format!("  ${:.6}", micros as f64 / 1e6));
    let model = said["model"].as_str().map(|model| format!("  {model}")).unwrap_or_default();
    let took = took(step.started_at.as_deref(), step.ended_at.as_deref());
    let state = coloured(out, &step.state);
    let line = format!(
        "    turn {}  {state}  {took}{}{}  {}",
        turn + 1,
        plain(&model),
        cost.unwrap_or_default(),
        short(&what, 160)
    );
    out.line(line.trim_end());
}

#[derive(Debug, Deserialize)]
struct Transcript {
    step: String,
    state: String,
    task: String,
    #[serde(default)]
    tools: Vec<Tool>,
    turns: Vec<Turn>,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<codex32_model::StepError>,
    cost_usd: f64,
}

#[derive(Debug, Deserialize)]
struct Tool {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Turn {
    number: usize,
    state: String,
    #[serde(default)]
    model: Option<String>,
    text: String,
    calls: Vec<Call>,
    #[serde(default)]
    note: Option<String>,
    tokens: Tokens,
    cost_usd: f64,
    #[serde(default)]
    error: Option<codex32_model::StepError>,
}

#[derive(Debug, Deserialize)]
struct Tokens {
    input: i64,
    output: i64,
}

#[derive(Debug, Deserialize)]
struct Call {
    tool: String,
    #[serde(default)]
    arguments: Value,
    state: String,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: Option<codex32_model::StepError>,
    #[serde(default)]
    approval: Option<Value>,
}

/// Longest text of one entry, in characters; `--json` has them whole.
const LONGEST: usize = 2_000;

/// The conversation of an agent.
pub fn print_transcript(out: &Output, answer: &Value) -> Result<(), crate::failure::Failure> {
    let Transcript { step, state, task, tools, turns, output, error, cost_usd } =
        crate::client::view(answer)?;
    let head = out.paint(Paint::Bold, &plain(&step));
    out.line(format!("{head}  {}  ${cost_usd:.6}", coloured(out, &state)));
    out.line(format!("    task: {}", short(&task, LONGEST)));
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    if !names.is_empty() {
        out.line(format!("    tools: {}", plain(&names.join(", "))));
    }
    for turn in &turns {
        let who = turn.model.as_deref().map(|model| format!("  {model}")).unwrap_or_default();
        out.line(format!(
            "  turn {}  {}{}  {} tokens in, {} out, ${:.6}",
            turn.number,
            coloured(out, &turn.state),
            plain(&who),
            turn.tokens.input,
            turn.tokens.output,
            turn.cost_usd
        ));
        if !turn.text.trim().is_empty() {
            out.line(format!("    says: {}", short(&turn.text, LONGEST)));
        }
        for call in &turn.calls {
            print_call(out, call);
        }
        if let Some(note) = &turn.note {
            out.line(format!("    is told: {}", short(note, LONGEST)));
        }
        if let Some(error) = &turn.error {
            print_error(out, error);
        }
    }
    if !output.is_null() {
        out.line(format!("  result: {}", short(&text(&output), LONGEST)));
    }
    if let Some(error) = &error {
        print_error(out, error);
    }
    Ok(())
}

fn print_call(out: &Output, call: &Call) {
    let name = out.paint(Paint::Bold, &plain(&call.tool));
    let with = short(&call.arguments.to_string(), 500);
    out.line(format!("    uses {name} {with}  {}", coloured(out, &call.state)));
    if let Some(said) = &call.approval {
        let by = said["by"].as_str().unwrap_or("nobody");
        let told = match said["approved"].as_bool() {
            Some(true) => format!("approved by {by}"),
            Some(false) => format!("rejected by {by}"),
            None => "waits for an approval".to_owned(),
        };
        out.line(format!("      {}", plain(&told)));
    }
    match &call.error {
        Some(error) => {
            let message = short(&error.message, LONGEST);
            out.line(format!("      error: [{}] {message}", plain(&error.code)));
        }
        None if !call.result.is_null() => {
            out.line(format!("      gives: {}", short(&text(&call.result), LONGEST)));
        }
        None => {}
    }
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
