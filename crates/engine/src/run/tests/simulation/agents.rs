//! Models and tools of simulated agents.

use codex32_model::value::Value;

use crate::run::{Briefing, Wanted};

/// A tool as executors list it.
fn tool(name: &str, to: &str, of: Option<&str>) -> Value {
    let schema = Value::from_json(
        r#"{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"string"}},"required":["n"]}"#,
    );
    let mut fields = vec![
        ("name", Value::from(name)),
        ("description", Value::from("")),
        ("parameters", schema.unwrap()),
        ("to", Value::from(to)),
    ];
    fields.extend(of.map(|of| ("tool", Value::from(of))));
    Value::object(fields)
}

/// What a listing gives.
pub fn listed(wanted: &[Wanted]) -> Value {
    let mut out = Vec::new();
    for want in wanted {
        match want {
            Wanted::Action { to, .. } | Wanted::Bot { to, .. } | Wanted::Search { to, .. } => {
                out.push(tool(to, to, None));
            }
            Wanted::Mcp { server, to, .. } => {
                for (name, to) in ["look", "change", "destroy"].into_iter().zip(to) {
                    out.push(tool(&format!("{server}-{name}"), to, Some(name)));
                }
            }
        }
    }
    Value::list(out)
}

/// A use of a tool.
pub fn call(name: &str, arguments: &str) -> Value {
    let function =
        Value::object([("name", Value::from(name)), ("arguments", Value::from(arguments))]);
    Value::object([("id", Value::from("c")), ("type", "function".into()), ("function", function)])
}

/// What a model says: an answer, or uses of tools.
pub fn answer(text: &str, calls: impl IntoIterator<Item = Value>) -> Value {
    let message = Value::object([
        ("role", Value::from("assistant")),
        ("content", Value::from(text)),
        ("tool_calls", Value::list(calls)),
    ]);
    let tokens = Value::object([("input", Value::Int(10)), ("output", Value::Int(5))]);
    Value::object([
        ("message", message),
        ("finish", Value::from("stop")),
        ("model", "test/model".into()),
        ("tokens", tokens),
        ("cost_micros", Value::Int(100)),
    ])
}

/// Something that models say, good or bad, as `seed` has it.
pub fn said(briefing: &Briefing, seed: usize) -> Value {
    let tools = briefing.tools.as_list().unwrap_or_default();
    let name = |at: usize| {
        let tool = tools.get(at % tools.len().max(1));
        tool.and_then(|tool| tool.get("name")).map(Value::to_text).unwrap_or_default()
    };
    match seed.wrapping_mul(2_654_435_761) % 10 {
        0 | 1 => answer("done", []),
        2 => answer("", []),
        3 => answer("", [call("invented", "{}")]),
        4 => answer("", [call(&name(seed), "{\"n\":")]),
        5 => answer("", [call(&name(seed), r#"{"n":"one"}"#)]),
        6 => answer("", [call(&name(seed), r#"{"n":1}"#), call("invented", "{}")]),
        _ => answer("so", (0..=seed % 3).map(|at| call(&name(seed + at), r#"{"n":1,"s":"x"}"#))),
    }
}
