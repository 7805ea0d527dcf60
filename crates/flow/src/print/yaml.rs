//! Writes a value as YAML that people like to read: short objects on one line, texts of several
//! lines as blocks, quotes only where they are needed.

use std::fmt::Write;

use codex32_model::{Object, Value};

use crate::source::is_plain_text;

/// A line is broken into a block before it gets longer than this.
const WIDTH: usize = 100;
/// Keys whose values are always written as blocks: they hold steps, or things with a line each.
const BLOCKS: &[&str] = &[
    "steps", "then", "else", "cases", "default", "parallel", "try", "catch", "finally", "on_error",
    "inputs", "triggers",
];

pub fn document(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => map(fields, 0, &mut out),
        other => {
            flow(other, &mut out);
            out.push('\n');
        }
    }
    out
}

/// A list of one.
pub fn item(value: &Value) -> String {
    let mut out = String::new();
    list(std::slice::from_ref(value), 0, &mut out);
    out
}

/// The entries of a map, one per line (or block) at this indentation; the first one begins where
/// the output stands.
fn map(fields: &Object, indent: usize, out: &mut String) {
    for (at, (key, value)) in fields.iter().enumerate() {
        if at > 0 {
            pad(indent, out);
        }
        text(key, out);
        out.push(':');
        after_key(key, value, indent, out);
    }
}

fn after_key(key: &str, value: &Value, indent: usize, out: &mut String) {
    let block = BLOCKS.contains(&key);
    match value {
        Value::Str(text) if is_block(text) => {
            out.push(' ');
            literal(text, indent + 2, out);
        }
        Value::Object(fields)
            if !fields.is_empty() && (block || !fits(value, indent + key.len())) =>
        {
            out.push('\n');
            pad(indent + 2, out);
            map(fields, indent + 2, out);
        }
        Value::List(items) if !items.is_empty() && (block || !fits(value, indent + key.len())) => {
            out.push('\n');
            list(items, indent + 2, out);
        }
        _ => {
            out.push(' ');
            flow(value, out);
            out.push('\n');
        }
    }
}

fn list(items: &[Value], indent: usize, out: &mut String) {
    for item in items {
        pad(indent, out);
        out.push_str("- ");
        match item {
            Value::Str(text) if is_block(text) => literal(text, indent + 2, out),
            Value::Object(fields) if !fields.is_empty() => map(fields, indent + 2, out),
            Value::List(inner) if !inner.is_empty() && !fits(item, indent) => {
                // A list in a list begins on its own line.
                out.pop();
                out.push('\n');
                list(inner, indent + 2, out);
            }
            _ => {
                flow(item, out);
                out.push('\n');
            }
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether the value may stand on the rest of a line.
fn fits(value: &Value, used: usize) -> bool {
    if !one_line(value) {
        return false;
    }
    let mut text = String::new();
    flow(value, &mut text);
    used + 2 + text.chars().count() <= WIDTH
}

fn one_line(value: &Value) -> bool {
    match value {
        Value::Str(text) => !text.contains('\n') || !is_block(text),
        Value::List(items) => items.iter().all(one_line),
        Value::Object(fields) => fields.values().all(one_line),
        _ => true,
    }
}

/// On one line, in braces and brackets.
fn flow(value: &Value, out: &mut String) {
    match value {
        Value::Str(inner) => text(inner, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                flow(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Object(fields) => {
            out.push_str("{ ");
            for (at, (key, value)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                text(key, out);
                out.push_str(": ");
                flow(value, out);
            }
            out.push_str(" }");
        }
        other => out.push_str(&other.to_json()),
    }
}

/// A text with as few quotes as it needs; the same within braces and outside.
fn text(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else if text.contains(['"', '\\']) && text.chars().all(|c| !needs_escape(c)) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                c if needs_escape(c) => {
                    // Writing to a string cannot fail; all of these are below U+10000.
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let special = |c: char| {
        matches!(c, ',' | '[' | ']' | '{' | '}' | '#' | '"' | '\'' | '`') || needs_escape(c)
    };
    (first.is_alphanumeric() || matches!(first, '_' | '/' | '$' | '+' | '.'))
        && !text.contains(special)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        // Before a comma, a last word of one of these would begin a list or a key.
        && ![" -", " ?"].iter().any(|end| text.ends_with(end))
        && is_plain_text(text)
        // Other readers of YAML take these for true and false.
        && !matches!(text.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off")
}

/// Whether a text is written as a block of lines.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.ends_with("\n\n")
        && text != "\n"
        && !breaks_template(text)
        && !text.starts_with([' ', '\n', '\t'])
        && text.chars().all(|c| matches!(c, '\n' | '\t') || !needs_escape(c))
        && text.lines().all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Whether a line ends inside `{{ … }}`, as in `{{ lines.join('\n') }}`: an escape reads better there.
fn breaks_template(text: &str) -> bool {
    text.split("{{")
        .skip(1)
        .any(|rest| rest.split("}}").next().is_some_and(|expr| expr.contains('\n')))
}

fn literal(text: &str, indent: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in text.lines() {
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}
