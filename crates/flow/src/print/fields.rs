//! Inputs, outputs, forms.

use codex32_model::Value;
use codex32_model::schema::{Field, Fields, Schema};

use super::Keys;

/// Named fields, as under `inputs`.
pub fn fields(fields: &Fields) -> Value {
    Value::object(fields.iter().map(|(name, field)| (name.as_str(), self::field(field))))
}

fn field(field: &Field) -> Value {
    if *field == Field::required(field.schema.clone())
        && let Some(name) = simple(&field.schema)
    {
        return name.into();
    }
    let mut out = Keys::default();
    shape(&field.schema, &mut out);
    match (field.required, &field.default) {
        (false, None) => out.put("required", false),
        (true, Some(_)) => out.put("required", true),
        _ => {}
    }
    out.some("default", field.default.clone());
    out.some("description", field.description.as_deref());
    out.some("format", field.format.as_deref());
    if !field.examples.is_empty() {
        out.put("examples", field.examples.clone());
    }
    out.some("minimum", field.minimum);
    out.some("maximum", field.maximum);
    out.some("max_length", field.max_length);
    out.finish()
}

/// A type without a name of its own, as under `output`.
pub fn schema(schema: &Schema) -> Value {
    match (simple(schema), schema) {
        (Some(name), _) => name.into(),
        // The short form, unless a field's name would make it look like the long one.
        (None, Schema::Object { fields, open: false })
            if ["type", "enum", "any_of"].iter().all(|key| !fields.contains_key(*key)) =>
        {
            self::fields(fields)
        }
        _ => {
            let mut out = Keys::default();
            shape(schema, &mut out);
            out.finish()
        }
    }
}

/// The types that one word spells.
fn simple(schema: &Schema) -> Option<&'static str> {
    Some(match schema {
        Schema::Any => "any",
        Schema::Null => "null",
        Schema::Boolean => "boolean",
        Schema::Integer => "integer",
        Schema::Number => "number",
        Schema::String => "string",
        Schema::Array(item) if **item == Schema::Any => "array",
        Schema::Object { fields, open: true } if fields.is_empty() => "object",
        _ => return None,
    })
}

fn shape(schema: &Schema, out: &mut Keys) {
    match schema {
        Schema::Array(item) if **item != Schema::Any => {
            out.put("type", "array");
            out.put("items", self::schema(item));
        }
        Schema::Object { fields, open } if !fields.is_empty() || !open => {
            out.put("type", "object");
            // Without fields an object is open unless it says otherwise; with them it is closed.
            if !fields.is_empty() {
                out.put("properties", self::fields(fields));
            }
            if *open != fields.is_empty() {
                out.put("open", *open);
            }
        }
        Schema::Enum(values) => {
            if values.iter().all(|value| value.as_str().is_some()) {
                out.put("type", "string");
            }
            out.put("enum", values.clone());
        }
        Schema::Union(shapes) => {
            let names: Option<Vec<_>> = shapes.iter().map(simple).collect();
            match names {
                Some(names) => out.put("type", Value::list(names.into_iter().map(Value::from))),
                None => out.put("any_of", Value::list(shapes.iter().map(self::schema))),
            }
        }
        _ => out.put("type", simple(schema).unwrap_or("any")),
    }
}
