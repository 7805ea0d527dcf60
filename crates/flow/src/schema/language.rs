//! The published JSON Schema of the definition, and the reference that is made from it.

use std::fmt::Write;
use std::sync::LazyLock;

use serde_json::Value;

use crate::expr::STDLIB;
use crate::parse::{KINDS, VERBS};

/// Kept as data, so that it can be read and reviewed as what it is.
const TEXT: &str = include_str!("language.json");

static LANGUAGE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// The JSON Schema (draft 2020-12) of a definition in its JSON spelling.
pub fn language() -> Value {
    LANGUAGE.clone()
}

/// The language reference, from the schema and the table of functions.
pub fn reference_markdown() -> String {
    let mut out = String::from(
        "# The bot definition: reference\n\n\
         Generated from the JSON Schema that `codex32 schema` prints. Keys in bold must be there.\n\n",
    );
    let root = &*LANGUAGE;
    section(&mut out, "## A bot", &root["description"], root);
    let heading = |out: &mut String, title: &str, about: &Value| {
        let _ = writeln!(out, "## {title}\n\n{}\n", about.as_str().unwrap_or_default());
    };
    heading(&mut out, "Steps", &root["$defs"]["step"]["description"]);
    keys(&mut out, &root["$defs"]["step"]);
    section(
        &mut out,
        "### `retry`",
        &root["$defs"]["retry"]["description"],
        &root["$defs"]["retry"],
    );
    for (verb, _) in VERBS {
        let part = &root["$defs"][format!("verb_{verb}")];
        section(&mut out, &format!("### `{verb}`"), &part["description"], part);
    }
    heading(&mut out, "Triggers", &root["$defs"]["trigger"]["description"]);
    keys(&mut out, &root["$defs"]["trigger"]);
    for (kind, _) in KINDS {
        let part = &root["$defs"][format!("trigger_{kind}")];
        section(&mut out, &format!("### `{kind}`"), &part["description"], part);
    }
    heading(&mut out, "Types", &root["$defs"]["field"]["description"]);
    keys(&mut out, &root["$defs"]["field"]["anyOf"][1]);
    out.push_str("Type names: ");
    out.push_str(&words(&root["$defs"]["type_name"]["enum"]));
    out.push_str(".\n\n## Functions in expressions\n\n| function | what it gives | example |\n|---|---|---|\n");
    for function in STDLIB {
        let (source, value) = function.example;
        let _ = writeln!(
            out,
            "| `{}` | {} | `{}` → `{}` |",
            cell(function.signature),
            cell(function.about),
            cell(source),
            cell(value)
        );
    }
    out
}

fn section(out: &mut String, title: &str, about: &Value, part: &Value) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{title}\n\n{}\n", about.as_str().unwrap_or_default());
    keys(out, part);
    let examples = part["examples"].as_array().map_or(&[][..], Vec::as_slice);
    if !examples.is_empty() {
        out.push_str("```yaml\n");
        for example in examples {
            let value: codex32_model::Value =
                serde_json::from_value(example.clone()).unwrap_or_default();
            // Steps stand in a list, triggers and everything else under a name.
            out.push_str(&crate::print::part_yaml(
                &value,
                part["title"].is_string() && !is_trigger(part),
            ));
        }
        out.push_str("```\n\n");
    }
}

fn is_trigger(part: &Value) -> bool {
    let title = part["title"].as_str();
    KINDS.iter().any(|(kind, _)| Some(*kind) == title)
}

/// A table of keys, those of objects inside with their path (`verify.scheme`).
fn keys(out: &mut String, part: &Value) {
    out.push_str("| key | holds | |\n|---|---|---|\n");
    rows(out, "", part);
    out.push('\n');
}

fn rows(out: &mut String, before: &str, part: &Value) {
    let Some(properties) = part["properties"].as_object() else { return };
    for (key, schema) in properties {
        let required =
            part["required"].as_array().is_some_and(|names| names.iter().any(|n| n == key));
        let path = format!("{before}{key}");
        let name = if required { format!("**`{path}`**") } else { format!("`{path}`") };
        let about =
            schema["description"].as_str().or_else(|| target(schema)["description"].as_str());
        let _ =
            writeln!(out, "| {name} | {} | {} |", kind(schema), cell(about.unwrap_or_default()));
        let inner = format!("{path}.");
        rows(out, &inner, schema);
        for shape in schema["anyOf"].as_array().into_iter().flatten() {
            rows(out, &inner, shape);
        }
    }
}

fn target(schema: &Value) -> &'static Value {
    let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
    name.map_or(&Value::Null, |name| &LANGUAGE["$defs"][name])
}

/// What a key holds, in a word or two.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return match name.trim_start_matches("#/$defs/") {
            "some_steps" => "steps".to_owned(),
            "values" => "values by name".to_owned(),
            "fields" | "inputs" => "fields".to_owned(),
            name => name.replace('_', " "),
        };
    }
    if schema["enum"].is_array() {
        return words(&schema["enum"]);
    }
    match schema["type"].as_str() {
        Some("string") => "text".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) if most < 1_000_000_000 => format!("{least} to {most}"),
            _ => "whole number".to_owned(),
        },
        Some("array") => "list".to_owned(),
        Some(other) => other.to_owned(),

        None => "any value".to_owned(),
    }
}

fn words(list: &Value) -> String {
    let words = list.as_array().map_or(&[][..], Vec::as_slice);
    words
        .iter()
        .filter_map(Value::as_str)
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Fit for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
