//! JavaScript's conversions between kinds of values.

use std::borrow::Cow;

use codex32_model::Value;
use codex32_model::value::Key;

use super::super::Budget;
use super::{Done, date, json, weigh};

/// `Number(value)`; NaN for what is none. A date is its milliseconds since 1970.
pub(super) fn number(value: &Value) -> f64 {
    match value {
        Value::Str(text) => match plain_number(value) {
            number if number.is_nan() => date::quick(text).map_or(f64::NAN, date::millis),
            number => number,
        },
        other => plain_number(other),
    }
}

/// As [`number`], without dates: what `==` compares by.
pub(super) fn plain_number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Str(text) => text_number(text),
        Value::List(items) => match items.as_slice() {
            [] => 0.0,
            [Value::Str(text)] => text_number(text),
            [Value::Int(number)] => *number as f64,
            [Value::Float(number)] => *number,
            _ => f64::NAN,
        },
        Value::Object(_) => f64::NAN,
    }
}

fn text_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let radix = match text.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => {
            // Rust also reads `inf` and `nan`.
            let numeric =
                text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
            return if numeric { text.parse().unwrap_or(f64::NAN) } else { f64::NAN };
        }
    };
    let digits = text.get(2..).unwrap_or_default();
    if digits.is_empty() {
        return f64::NAN;
    }
    let add = |value: f64, c: char| Some(value * f64::from(radix) + f64::from(c.to_digit(radix)?));
    digits.chars().try_fold(0.0, add).unwrap_or(f64::NAN)
}

/// A number as JavaScript writes it.
pub(super) fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        return "0".to_owned();
    }
    if !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    number.to_string()
}

/// `String(value)`; objects as JSON, because `[object Object]` helps nobody.
pub(super) fn push_text(value: &Value, out: &mut String, budget: &mut Budget) -> Done<()> {
    push_nested(value, out, budget, 0)
}

fn push_nested(value: &Value, out: &mut String, budget: &mut Budget, depth: u32) -> Done<()> {
    match value {
        Value::Null => push(out, "null", budget),
        Value::Bool(flag) => push(out, if *flag { "true" } else { "false" }, budget),
        Value::Int(number) => push(out, &number.to_string(), budget),
        Value::Float(number) => push(out, &number_text(*number), budget),
        Value::Str(text) => push(out, text, budget),
        Value::List(items) => {
            if depth > weigh::DEEPEST {
                return Err(codex32_model::codes::expr::TOO_DEEP.into());
            }
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    push(out, ",", budget)?;
                }
                if !item.is_null() {
                    push_nested(item, out, budget, depth + 1)?;
                }
            }
            Ok(())
        }
        Value::Object(_) => json::write(value, out, None, budget),
    }
}

/// Appends, charging first.
pub(super) fn push(out: &mut String, text: &str, budget: &mut Budget) -> Done<()> {
    budget.allocate(text.len())?;
    out.push_str(text);
    Ok(())
}

/// `String(value)`, borrowed where it is text already.
pub(super) fn text<'a>(value: &'a Value, budget: &mut Budget) -> Done<Cow<'a, str>> {
    if let Value::Str(text) = value {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::new();
    push_text(value, &mut out, budget)?;
    Ok(Cow::Owned(out))
}

/// The key that a value names.
pub(super) fn key(value: &Value, budget: &mut Budget) -> Done<Key> {
    match value {
        Value::Str(text) => Ok(Key::new(text)),
        other => Ok(Key::from(&*text(other, budget)?)),
    }
}
