//! JSON out and in, within the budget.

use codex32_model::{Value, codes};

use super::super::Budget;
use super::convert::{number_text, push};
use super::{Done, issue, weigh};

/// What a template puts in place of a value: see [`Value::to_text`].
pub(super) fn push_text(value: &Value, out: &mut String, budget: &mut Budget) -> Done<()> {
    match value {
        Value::Null => Ok(()),
        Value::Str(text) => push(out, text, budget),
        Value::Float(number) => push(out, &number_text(*number), budget),
        other => write(other, out, None, budget),
    }
}

/// Appends JSON; `indent` spaces per level, or compact.
pub(super) fn write(
    value: &Value,
    out: &mut String,
    indent: Option<usize>,
    budget: &mut Budget,
) -> Done<()> {
    Writer { indent, level: 0 }.value(value, out, budget)
}

struct Writer {
    indent: Option<usize>,
    level: usize,
}

impl Writer {
    fn value(&mut self, value: &Value, out: &mut String, budget: &mut Budget) -> Done<()> {
        budget.burn(1)?;
        match value {
            Value::Null => push(out, "null", budget),
            Value::Bool(flag) => push(out, if *flag { "true" } else { "false" }, budget),
            Value::Int(number) => push(out, &number.to_string(), budget),
            Value::Float(number) => push(out, &number_text(*number), budget),
            Value::Str(text) => quote(text, out, budget),
            Value::List(items) if items.is_empty() => push(out, "[]", budget),
            Value::Object(fields) if fields.is_empty() => push(out, "{}", budget),
            Value::List(items) => {
                self.open("[", out, budget)?;
                for (at, item) in items.iter().enumerate() {
                    self.next(at, out, budget)?;
                    self.value(item, out, budget)?;
                }
                self.close("]", out, budget)
            }
            Value::Object(fields) => {
                self.open("{", out, budget)?;
                for (at, (key, item)) in fields.iter().enumerate() {
                    self.next(at, out, budget)?;
                    quote(key, out, budget)?;
                    push(out, if self.indent.is_some() { ": " } else { ":" }, budget)?;
                    self.value(item, out, budget)?;
                }
                self.close("}", out, budget)
            }
        }
    }

    fn open(&mut self, bracket: &str, out: &mut String, budget: &mut Budget) -> Done<()> {
        self.level += 1;
        if self.level > weigh::DEEPEST as usize {
            return Err(codes::expr::TOO_DEEP.into());
        }
        push(out, bracket, budget)
    }

    fn next(&self, at: usize, out: &mut String, budget: &mut Budget) -> Done<()> {
        if at > 0 {
            push(out, ",", budget)?;
        }
        self.line(out, budget)
    }

    fn close(&mut self, bracket: &str, out: &mut String, budget: &mut Budget) -> Done<()> {
        self.level -= 1;
        self.line(out, budget)?;
        push(out, bracket, budget)
    }

    fn line(&self, out: &mut String, budget: &mut Budget) -> Done<()> {
        if let Some(indent) = self.indent {
            let spaces = indent * self.level;
            budget.allocate(spaces + 1)?;
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', spaces));
        }
        Ok(())
    }
}

fn quote(text: &str, out: &mut String, budget: &mut Budget) -> Done<()> {
    budget.allocate(text.len().saturating_add(2))?;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                budget.allocate(6)?;
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

/// Reads JSON text. Charged before by the most that the text can become.
pub(super) fn read(function: &str, text: &str, budget: &mut Budget) -> Done<Value> {
    // The costliest text per byte is a list of one-digit numbers.
    let spare = budget.memory_left();
    budget.allocate(text.len().saturating_mul(16))?;
    let value = Value::from_json(text).map_err(|error| {
        issue(
            codes::expr::BAD_ARGUMENT,
            format!("`{function}` was given text that is not JSON: {error}"),
        )
    })?;
    let weight = weigh::settle(&value, budget)?;
    budget.restore_memory(spare.saturating_sub(weight));
    Ok(value)
}
