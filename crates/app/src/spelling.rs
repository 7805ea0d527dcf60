//! How types are spelled for people: in the terminal and in the generated pages.

use codex32_model::{Field, Schema};

/// `text`, `list of text`, `"a" or "b"`, `whole number or null`.
pub fn schema(schema: &Schema) -> String {
    match schema {
        Schema::Any => "anything".to_owned(),
        Schema::Null => "null".to_owned(),
        Schema::Boolean => "true or false".to_owned(),
        Schema::Integer => "whole number".to_owned(),
        Schema::Number => "number".to_owned(),
        Schema::String => "text".to_owned(),
        Schema::Array(item) if **item == Schema::Any => "list".to_owned(),
        Schema::Array(item) => format!("list of {}", self::schema(item)),
        Schema::Object { fields, .. } if fields.is_empty() => "object".to_owned(),
        Schema::Object { fields, .. } => {
            let names: Vec<_> = fields.keys().map(String::as_str).collect();
            format!("object with {}", names.join(", "))
        }
        Schema::Enum(values) => {
            values.iter().map(codex32_model::Value::to_json).collect::<Vec<_>>().join(" or ")
        }
        Schema::Union(shapes) => shapes.iter().map(self::schema).collect::<Vec<_>>().join(" or "),
    }
}

/// What else is known of a field: `required`, its default, its bounds.
pub fn rules(field: &Field) -> String {
    let mut rules = Vec::new();
    if field.required {
        rules.push("required".to_owned());
    }
    if let Some(default) = &field.default {
        rules.push(format!("default {}", default.to_json()));
    }
    match (field.minimum, field.maximum) {
        (Some(least), Some(most)) => rules.push(format!("{least} to {most}")),
        (Some(least), None) => rules.push(format!("at least {least}")),
        (None, Some(most)) => rules.push(format!("at most {most}")),
        (None, None) => {}
    }
    rules.join(", ")
}
