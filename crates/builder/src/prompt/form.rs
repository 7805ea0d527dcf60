//! The JSON Schema of an answer, small enough for providers that constrain by it: the definition's own
//! schema with only the actions and triggers in sight, and without prose. What it cannot say (parameters,
//! references) is for the checker.

use codex32_model::action::{ActionSpec, TriggerSpec};
use serde_json::{Value, json};

/// `response_format`'s schema; with `first`, that of a first draft: the account of the deeds comes before the
/// definition, so that a model that writes from front to back has it in mind.
pub fn answer_schema(
    actions: &[&ActionSpec],
    triggers: &[&TriggerSpec],
    first: bool,
    dissent: bool,
) -> Value {
    let text = || json!({ "type": "string" });
    let mut properties = json!({});
    if first {
        properties["deeds"] = json!({ "type": "array", "items": {
            "type": "object",
            "properties": { "words": text(), "does": text() },
            "required": ["words", "does"], "additionalProperties": false } });
    }
    properties["definition"] = json!({ "$ref": "#/$defs/bot" });
    properties["questions"] = json!({ "type": "array", "items": {
        "type": "object",
        "properties": { "id": text(), "text": text(), "path": text(),
            "choices": { "type": "array", "items": text() } },
        "required": ["text"], "additionalProperties": false } });
    properties["says"] = text();
    if dissent {
        properties["dissent"] = json!({ "type": "array", "items": {
            "type": "object",
            "properties": { "demand": { "type": "integer" }, "words": text(), "why": text() },
            "required": ["demand", "words"], "additionalProperties": false } });
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["definition"],
        "additionalProperties": false,
        "$defs": {
            "bot": {
                "type": "object",
                "properties": {
                    "bot": text(),
                    "description": text(),
                    "inputs": { "type": "object" },
                    "triggers": { "type": "object", "additionalProperties": { "anyOf": starts(triggers) } },
                    "steps": { "$ref": "#/$defs/steps" },
                    "on_error": { "$ref": "#/$defs/steps" },
                    "limits": { "type": "object" },
                },
                "required": ["bot", "steps"],
                "additionalProperties": false,
            },
            "steps": { "type": "array", "items": { "$ref": "#/$defs/step" } },
            "step": { "anyOf": verbs(actions) },
        },
    })
}

/// One shape for each verb.
fn verbs(actions: &[&ActionSpec]) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let steps = || json!({ "$ref": "#/$defs/steps" });
    let branches = || json!({ "type": "object", "additionalProperties": steps() });
    let names: Vec<&str> = actions.iter().map(|action| action.name.as_str()).collect();
    let shapes = [
        (
            "do",
            json!({ "do": { "enum": names }, "connection": text(), "with": { "type": "object" } }),
        ),
        ("set", json!({ "set": {} })),
        ("if", json!({ "if": text(), "then": steps(), "else": steps() })),
        ("switch", json!({ "switch": text(), "cases": branches(), "default": steps() })),
        (
            "for_each",
            json!({ "for_each": text(), "as": text(), "concurrency": { "type": "integer" }, "steps": steps() }),
        ),
        ("parallel", json!({ "parallel": branches() })),
        ("try", json!({ "try": steps(), "catch": steps(), "finally": steps() })),
        ("wait", json!({ "wait": { "anyOf": [{ "type": "string" }, { "type": "object" }] } })),
        (
            "approve",
            json!({ "approve": text(), "to": { "type": "array", "items": text() }, "form": { "type": "object" },
                "expires": text(), "default": { "enum": ["approve", "reject"] }, "on_reject": { "enum": ["stop", "continue"] } }),
        ),
        (
            "ask",
            json!({ "ask": text(), "model": text(), "sources": { "type": "array", "items": text() },
                "output": {}, "limits": { "type": "object" } }),
        ),
        (
            "agent",
            json!({ "agent": text(), "model": text(), "tools": { "type": "array", "items": { "type": "object" } },
                "output": {}, "limits": { "type": "object" } }),
        ),
        ("search", json!({ "search": text(), "query": text(), "top": { "type": "integer" } })),
        (
            "call",
            json!({ "call": text(), "with": { "type": "object" }, "detach": { "type": "boolean" } }),
        ),
        ("emit", json!({ "emit": text(), "data": {}, "key": text() })),
        ("respond", json!({ "respond": { "type": "object" } })),
        ("return", json!({ "return": {} })),
        (
            "code",
            json!({ "code": text(), "language": { "enum": ["typescript", "python"] }, "output": {} }),
        ),
    ];
    let shaped = shapes.into_iter().map(|(verb, mut properties)| {
        properties["id"] = text();
        properties["when"] = text();
        if ["do", "ask", "call", "code", "agent"].contains(&verb) {
            properties["retry"] = json!({ "type": "object" });
            properties["timeout"] = text();
            properties["on_error"] = json!({ "enum": ["fail", "continue"] });
        }
        json!({ "type": "object", "properties": properties, "required": [verb], "additionalProperties": false })
    });
    shaped.collect()
}

fn starts(triggers: &[&TriggerSpec]) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let mut shapes = vec![
        (
            "schedule",
            json!({ "schedule": text(), "timezone": text(), "start": text(), "end": text() }),
        ),
        ("every", json!({ "every": text() })),
        ("once", json!({ "once": text(), "timezone": text() })),
        ("webhook", json!({ "webhook": { "type": "object" } })),
        ("event", json!({ "event": text() })),
        ("form", json!({ "form": { "type": "object" } })),
        ("email", json!({ "email": { "type": "object" } })),
        ("chat", json!({ "chat": { "type": "object" } })),
        ("manual", json!({ "manual": { "type": "object" } })),
    ];
    if !triggers.is_empty() {
        let names: Vec<&str> = triggers.iter().map(|trigger| trigger.name.as_str()).collect();
        let app = json!({ "app": { "enum": names }, "connection": text(), "with": { "type": "object" }, "poll": text() });
        shapes.push(("app", app));
    }
    let shaped = shapes.into_iter().map(|(kind, mut properties)| {
        properties["when"] = text();
        properties["inputs"] = json!({ "type": "object" });
        json!({ "type": "object", "properties": properties, "required": [kind], "additionalProperties": false })
    });
    shaped.collect()
}
