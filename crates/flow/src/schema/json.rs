//! The type language as JSON Schema (draft 2020-12), for forms, models and API documents.

use codex32_model::schema::{Field, Fields, Schema};
use serde_json::{Map, Value, json};

/// The schema of an object with these fields; extra keys are allowed, as when filling inputs.
pub fn to_json_schema(fields: &Fields) -> Value {
    object(fields, true)
}

pub fn schema_to_json(schema: &Schema) -> Value {
    match schema {
        Schema::Any => json!({}),
        Schema::Null => json!({ "type": "null" }),
        Schema::Boolean => json!({ "type": "boolean" }),
        Schema::Integer => json!({ "type": "integer" }),
        Schema::Number => json!({ "type": "number" }),
        Schema::String => json!({ "type": "string" }),
        Schema::Array(item) if **item == Schema::Any => json!({ "type": "array" }),
        Schema::Array(item) => json!({ "type": "array", "items": schema_to_json(item) }),
        Schema::Object { fields, open } => object(fields, *open),
        Schema::Enum(values) => json!({ "enum": values }),
        Schema::Union(shapes) => {
            json!({ "anyOf": shapes.iter().map(schema_to_json).collect::<Vec<_>>() })
        }
    }
}

fn object(fields: &Fields, open: bool) -> Value {
    let mut out = Map::new();
    out.insert("type".to_owned(), json!("object"));
    if !fields.is_empty() {
        let properties: Map<_, _> =
            fields.iter().map(|(name, field)| (name.clone(), self::field(field))).collect();
        out.insert("properties".to_owned(), Value::Object(properties));
    }
    let required: Vec<_> = fields
        .iter()
        .filter(|(_, field)| field.required && field.default.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if !required.is_empty() {
        out.insert("required".to_owned(), json!(required));
    }
    if !open {
        out.insert("additionalProperties".to_owned(), json!(false));
    }
    Value::Object(out)
}

fn field(field: &Field) -> Value {
    let mut out = match schema_to_json(&field.schema) {
        Value::Object(out) => out,
        _ => Map::new(),
    };
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    put("description", field.description.as_deref().map(Value::from));
    put("format", field.format.as_deref().map(Value::from));
    put("default", field.default.as_ref().map(|value| json!(value)));
    put("examples", (!field.examples.is_empty()).then(|| json!(field.examples)));
    put("minimum", field.minimum.map(number));
    put("maximum", field.maximum.map(number));
    let longest = match field.schema {
        Schema::Array(_) => "maxItems",
        _ => "maxLength",
    };
    put(longest, field.max_length.map(Value::from));
    Value::Object(out)
}

/// Whole numbers without a point.
fn number(number: f64) -> Value {
    json!(codex32_model::Value::number(number))
}
