//! Holding an action's parameters to its declaration: defaults, required ones, types, bounds.

use codex32_model::{Field, Fields, Schema, Value};

/// The parameters with defaults filled in. Numbers and truth values become text where text is wanted;
/// nothing else is converted.
pub fn prepare(fields: &Fields, input: &Value) -> Result<Value, String> {
    let empty = codex32_model::Object::default();
    let given = match input {
        Value::Object(given) => &**given,
        Value::Null => &empty,
        other => return Err(format!("`with` is an object, not {}.", other.kind())),
    };
    if let Some(unknown) = given.keys().find(|name| !fields.contains_key(&***name)) {
        let names: Vec<_> = fields.keys().map(String::as_str).collect();
        return Err(format!("there is no parameter `{unknown}`; there are: {}.", names.join(", ")));
    }
    let mut ready = codex32_model::Object::default();
    for (name, field) in fields {
        // `null` is what a missing value evaluates to.
        let value = given.get(name.as_str()).filter(|value| !value.is_null() || nullable(field));
        match value.or(field.default.as_ref()) {
            None if field.required => return Err(format!("`{name}` is missing.")),
            None => {}
            Some(value) => {
                let value = fit(&field.schema, value)
                    .ok_or_else(|| format!("`{name}` must be {}.", describe(&field.schema)))?;
                bounds(name, field, &value)?;
                ready.insert(name.as_str().into(), value);
            }
        }
    }
    Ok(Value::from(ready))
}

fn nullable(field: &Field) -> bool {
    match &field.schema {
        Schema::Any => field.required,
        Schema::Null => true,
        Schema::Union(shapes) => shapes.contains(&Schema::Null),
        _ => false,
    }
}

/// The value in the wanted shape; `None` if it does not fit.
fn fit(schema: &Schema, value: &Value) -> Option<Value> {
    let same = |fits: bool| fits.then(|| value.clone());
    match schema {
        Schema::Any => Some(value.clone()),
        Schema::Null => same(value.is_null()),
        Schema::Boolean => same(value.as_bool().is_some()),
        Schema::Integer => same(value.as_i64().is_some()),
        Schema::Number => same(value.as_f64().is_some()),
        Schema::String => match value {
            Value::Str(_) => Some(value.clone()),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(Value::from(value.to_text())),
            _ => None,
        },
        Schema::Array(item) => {
            let items = value.as_list()?.iter().map(|value| fit(item, value));
            Some(Value::from(items.collect::<Option<Vec<_>>>()?))
        }
        // Fields of nested objects belong to the service, which knows them better.
        Schema::Object { .. } => same(value.as_object().is_some()),
        Schema::Enum(values) => same(values.contains(value)),
        Schema::Union(shapes) => shapes.iter().find_map(|schema| fit(schema, value)),
    }
}

fn bounds(name: &str, field: &Field, value: &Value) -> Result<(), String> {
    let number = value.as_f64();
    if let (Some(number), Some(least)) = (number, field.minimum)
        && number < least
    {
        return Err(format!("`{name}` is at least {least}."));
    }
    if let (Some(number), Some(most)) = (number, field.maximum)
        && number > most
    {
        return Err(format!("`{name}` is at most {most}."));
    }
    let length = match value {
        Value::Str(text) => text.chars().count(),
        Value::List(items) => items.len(),
        _ => 0,
    };
    match field.max_length {
        Some(most) if length > most => Err(format!("`{name}` is longer than {most}.")),
        _ => Ok(()),
    }
}

fn describe(schema: &Schema) -> String {
    match schema {
        Schema::Any => "any value".to_owned(),
        Schema::Null => "null".to_owned(),
        Schema::Boolean => "true or false".to_owned(),
        Schema::Integer => "a whole number".to_owned(),
        Schema::Number => "a number".to_owned(),
        Schema::String => "a text".to_owned(),
        Schema::Array(item) if **item == Schema::Any => "a list".to_owned(),
        Schema::Array(item) => format!("a list of which each is {}", describe(item)),
        Schema::Object { .. } => "an object".to_owned(),
        Schema::Enum(values) => {
            let words: Vec<_> = values.iter().map(Value::to_text).collect();
            format!("one of {}", words.join(", "))
        }
        Schema::Union(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(" or "),
    }
}
