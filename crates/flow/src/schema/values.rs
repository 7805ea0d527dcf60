//! Filling inputs: defaults, required fields, types, bounds, and texts from forms and queries.

use std::fmt;

use codex32_model::schema::{Field, Fields, Schema};
use codex32_model::{Object, Value};

/// Where a value does not fit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Such as `items[2].price`; empty for the whole value.
    pub path: String,
    /// Without a full stop, so that it can stand in a sentence: "expected a number, found a string".
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// What an object of these fields becomes: defaults filled in, extra keys dropped. With `coerce`,
/// texts that spell a number or `true` and `false` are read as such (forms and queries have texts
/// only). All problems, not only the first.
///
/// A field that is not required and not given is absent from the answer.
pub fn check_value(fields: &Fields, given: Value, coerce: bool) -> Result<Value, Vec<Problem>> {
    let mut filler = Filler { coerce, problems: Vec::new() };
    let filled = match &given {
        Value::Object(object) => filler.object(fields, object, ""),
        Value::Null => filler.object(fields, &Object::default(), ""),
        other => {
            let message = format!("expected an object, found {}", describe(other));
            return Err(vec![Problem { path: String::new(), message }]);
        }
    };
    if filler.problems.is_empty() { Ok(Value::from(filled)) } else { Err(filler.problems) }
}

struct Filler {
    coerce: bool,
    problems: Vec<Problem>,
}

impl Filler {
    fn object(&mut self, fields: &Fields, given: &Object, path: &str) -> Object {
        let mut filled = Object::default();
        for (name, field) in fields {
            let path = join(path, name);
            // A form sends an empty text for what was left empty.
            let blank = |value: &Value| {
                self.coerce && value.as_str() == Some("") && !accepts_text(&field.schema)
            };
            match given.get(name.as_str()).filter(|value| !blank(value)) {
                // `null` for what may be missing counts as not given.
                Some(Value::Null) if !field.required && !accepts_null(&field.schema) => {
                    if let Some(default) = &field.default {
                        filled.insert(name.as_str().into(), default.clone());
                    }
                }
                Some(value) => {
                    let value = self.value(&field.schema, value, &path);
                    if let Err(problem) = bounds(field, &value) {
                        self.problems.push(Problem { path, ..problem });
                    }
                    filled.insert(name.as_str().into(), value);
                }
                None => match &field.default {
                    Some(default) => {
                        filled.insert(name.as_str().into(), default.clone());
                    }
                    None if field.required => {
                        let message = "is required and was not given".to_owned();
                        self.problems.push(Problem { path, message });
                    }
                    None => {}
                },
            }
        }
        filled
    }

    fn value(&mut self, schema: &Schema, value: &Value, path: &str) -> Value {
        let coerced = if self.coerce { coerce(schema, value) } else { None };
        let value = coerced.as_ref().unwrap_or(value);
        match (schema, value) {
            (Schema::Object { fields, open }, Value::Object(object)) => {
                let mut filled = self.object(fields, object, path);
                if *open {
                    for (key, value) in
                        object.iter().filter(|(key, _)| !fields.contains_key(&***key))
                    {
                        filled.insert(key.clone(), value.clone());
                    }
                }
                Value::from(filled)
            }
            (Schema::Array(item), Value::List(items)) => {
                let items = items.iter().enumerate();
                Value::list(
                    items.map(|(at, value)| self.value(item, value, &format!("{path}[{at}]"))),
                )
            }
            _ => {
                if let Err(problem) = fits(schema, value) {
                    let path = match problem.path.as_str() {
                        "" => path.to_owned(),
                        inner if inner.starts_with('[') => format!("{path}{inner}"),
                        inner => join(path, inner),
                    };
                    self.problems.push(Problem { path, message: problem.message });
                }
                value.clone()
            }
        }
    }
}

/// Whether the value has that shape; extra keys of closed objects are not minded, as when filling.
pub fn fits(schema: &Schema, value: &Value) -> Result<(), Problem> {
    let good = match (schema, value) {
        (Schema::Any, _)
        | (Schema::Null, Value::Null)
        | (Schema::Boolean, Value::Bool(_))
        | (Schema::Integer, Value::Int(_))
        | (Schema::Number, Value::Int(_) | Value::Float(_))
        | (Schema::String, Value::Str(_)) => true,
        // Beyond 2^53 whole numbers are floats too.
        (Schema::Integer, Value::Float(number)) => number.fract() == 0.0,
        (Schema::Array(item), Value::List(items)) => {
            for (at, value) in items.iter().enumerate() {
                fits(item, value).map_err(|problem| problem.under(&format!("[{at}]")))?;
            }
            true
        }
        (Schema::Object { fields, .. }, Value::Object(object)) => {
            for (name, field) in fields {
                match object.get(name.as_str()) {
                    Some(Value::Null) if !field.required => {}
                    Some(value) => {
                        fits_field(field, value).map_err(|problem| problem.under(name))?;
                    }
                    None if field.required && field.default.is_none() => {
                        let message = "is required and is missing".to_owned();
                        return Err(Problem { path: name.clone(), message });
                    }
                    None => {}
                }
            }
            true
        }
        (Schema::Enum(values), value) => values.contains(value),
        (Schema::Union(shapes), value) => {
            let problems: Vec<_> =
                shapes.iter().map_while(|shape| fits(shape, value).err()).collect();
            let good = problems.len() < shapes.len();
            // The shape that fits outside tells best what is wrong inside.
            if let Some(inner) =
                problems.into_iter().find(|problem| !problem.path.is_empty()).filter(|_| !good)
            {
                return Err(inner);
            }
            good
        }
        _ => false,
    };
    if good {
        return Ok(());
    }
    let found = match (schema, value) {
        (Schema::Enum(_), Value::Null | Value::List(_) | Value::Object(_)) => {
            describe(value).to_owned()
        }
        (Schema::Enum(_), value) => short(value),
        (Schema::Integer, Value::Float(number)) => number.to_string(),
        _ => describe(value).to_owned(),
    };
    let message = format!("expected {}, found {found}", name(schema));
    Err(Problem { path: String::new(), message })
}

/// [`fits`], and the bounds of the field.
pub(crate) fn fits_field(field: &Field, value: &Value) -> Result<(), Problem> {
    fits(&field.schema, value)?;
    bounds(field, value)
}

fn bounds(field: &Field, value: &Value) -> Result<(), Problem> {
    let fail = |message: String| Err(Problem { path: String::new(), message });
    if let Some(number) = value.as_f64() {
        if let Some(least) = field.minimum.filter(|least| number < *least) {
            return fail(format!("expected at least {least}, found {number}"));
        }
        if let Some(most) = field.maximum.filter(|most| number > *most) {
            return fail(format!("expected at most {most}, found {number}"));
        }
    }
    let Some(most) = field.max_length else { return Ok(()) };
    match value {
        Value::Str(text) if text.chars().count() > most => {
            fail(format!("expected at most {most} characters, found {}", text.chars().count()))
        }
        Value::List(items) if items.len() > most => {
            fail(format!("expected at most {most} items, found {}", items.len()))
        }
        _ => Ok(()),
    }
}

impl Problem {
    fn under(self, key: &str) -> Self {
        let path = match self.path.as_str() {
            "" => key.to_owned(),
            inner if inner.starts_with('[') => format!("{key}{inner}"),
            inner => format!("{key}.{inner}"),
        };
        Self { path, message: self.message }
    }
}

/// The type in words, for messages: "a number", "one of bug, feature", "a list of strings".
pub(crate) fn name(schema: &Schema) -> String {
    match schema {
        Schema::Any => "anything".to_owned(),
        Schema::Null => "nothing".to_owned(),
        Schema::Boolean => "true or false".to_owned(),
        Schema::Integer => "a whole number".to_owned(),
        Schema::Number => "a number".to_owned(),
        Schema::String => "a text".to_owned(),
        Schema::Array(_) => "a list".to_owned(),
        Schema::Object { .. } => "an object".to_owned(),
        Schema::Enum(values) => {
            let shown: Vec<_> = values.iter().take(8).map(short).collect();
            let more = if values.len() > 8 { ", …" } else { "" };
            format!("one of {}{more}", shown.join(", "))
        }
        Schema::Union(shapes) => {
            let mut names: Vec<_> = shapes.iter().map(name).collect();
            names.dedup();
            names.join(" or ")
        }
    }
}

pub(crate) const fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Str(_) => "a text",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn short(value: &Value) -> String {
    let text = value.to_text();
    if text.chars().count() > 40 {
        format!("{}…", text.chars().take(40).collect::<String>())
    } else {
        text
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn accepts_null(schema: &Schema) -> bool {
    fits(schema, &Value::Null).is_ok()
}

fn accepts_text(schema: &Schema) -> bool {
    match schema {
        Schema::Any | Schema::String => true,
        Schema::Enum(values) => values.contains(&Value::from("")),
        Schema::Union(shapes) => shapes.iter().any(accepts_text),
        _ => false,
    }
}

/// The value that the text spells, if the schema wants no text.
fn coerce(schema: &Schema, value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let trimmed = text.trim();
    match schema {
        Schema::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(Value::Bool(true)),
            "false" | "0" | "off" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        Schema::Integer | Schema::Number => {
            let number: f64 = trimmed.parse().ok().filter(|number: &f64| number.is_finite())?;
            match trimmed.parse::<i64>() {
                Ok(whole) => Some(Value::Int(whole)),
                Err(_) => Some(Value::number(number)),
            }
        }
        // Lists and objects come as JSON, a lone text as a list of one.
        Schema::Array(item) => match Value::from_json(trimmed) {
            Ok(list @ Value::List(_)) => Some(list),
            _ => Some(Value::list([coerce(item, value).unwrap_or_else(|| value.clone())])),
        },
        Schema::Object { .. } => {
            Value::from_json(trimmed).ok().filter(|value| value.as_object().is_some())
        }
        Schema::Enum(values) => values.iter().find(|value| value.to_text() == trimmed).cloned(),
        Schema::Union(shapes) if !accepts_text(schema) => {
            shapes.iter().find_map(|shape| coerce(shape, value))
        }
        _ => None,
    }
}
