//! Types as sets of shapes.

use codex32_model::{Field, Schema, Value};

use super::super::names::{BOOLEAN, DATE, LIST, NUMBER, OBJECT, TEXT};

pub const NULL: u8 = 64;

/// The most literal values that a type lists before it is just their kind.
const MOST_LITERALS: usize = 20;

/// The kinds that a value of the type may have, as bits of [`super::super::names`]; `None`: any.
pub fn kinds(schema: &Schema) -> Option<u8> {
    Some(match schema {
        Schema::Any => return None,
        Schema::Null => NULL,
        Schema::Boolean => BOOLEAN,
        Schema::Integer | Schema::Number => NUMBER | DATE,
        Schema::String => TEXT | DATE,
        Schema::Array(_) => LIST,
        Schema::Object { .. } => OBJECT,
        Schema::Enum(values) => {
            let mut all = 0;
            for value in values {
                all |= kinds(&widen(&of_value(value)))?;
            }
            all
        }
        Schema::Union(shapes) => {
            let mut all = 0;
            for shape in shapes {
                all |= kinds(shape)?;
            }
            all
        }
    })
}

/// "a list", for messages.
pub fn describe(schema: &Schema) -> String {
    let names = [
        (LIST, "a list"),
        (OBJECT, "an object"),
        (TEXT, "a text"),
        (NUMBER, "a number"),
        (BOOLEAN, "true or false"),
        (NULL, "null"),
    ];
    let Some(kinds) = kinds(schema) else { return "anything".to_owned() };
    let names: Vec<&str> =
        names.iter().filter(|(bit, _)| kinds & bit != 0).map(|(_, name)| *name).collect();
    names.join(" or ")
}

pub fn nullable(schema: &Schema) -> bool {
    kinds(schema).is_none_or(|kinds| kinds & NULL != 0)
}

/// Without null.
pub fn present(schema: Schema) -> Schema {
    match schema {
        Schema::Union(shapes) => union(shapes.into_iter().filter(|shape| *shape != Schema::Null)),
        other => other,
    }
}

/// The shapes of a type, literals as the kind they are.
pub fn shapes(schema: &Schema) -> Vec<Schema> {
    match widen(schema) {
        Schema::Union(shapes) => shapes.iter().flat_map(self::shapes).collect(),
        other => vec![other],
    }
}

/// Literals as the kind they are.
pub fn widen(schema: &Schema) -> Schema {
    match schema {
        Schema::Enum(values) => union(values.iter().map(|value| match value {
            Value::Int(_) => Schema::Integer,
            Value::Float(_) => Schema::Number,
            Value::Str(_) => Schema::String,
            other => of_value(other),
        })),
        other => other.clone(),
    }
}

/// What the items of a list are.
pub fn item(schema: &Schema) -> Schema {
    let items = shapes(schema).into_iter().map(|shape| match shape {
        Schema::Array(item) => *item,
        Schema::Null => Schema::Null,
        _ => Schema::Any,
    });
    let list = items.collect::<Vec<_>>();
    // A list that may be null has items all the same.
    union(if list.len() > 1 {
        list.into_iter().filter(|shape| *shape != Schema::Null).collect()
    } else {
        list
    })
}

/// A field that the object has, with null where it may be missing.
pub fn of_field(field: &Field) -> Schema {
    if field.required || field.default.is_some() {
        field.schema.clone()
    } else {
        field.schema.clone().or_null()
    }
}

/// The type of a value that is known.
pub fn of_value(value: &Value) -> Schema {
    match value {
        Value::Null => Schema::Null,
        Value::Bool(_) => Schema::Boolean,
        Value::Int(_) | Value::Float(_) | Value::Str(_) => Schema::Enum(vec![value.clone()]),
        Value::List(items) => Schema::array(union(items.iter().map(of_value))),
        Value::Object(fields) => {
            Schema::object(fields.iter().map(|(key, value)| (key.to_string(), of_value(value))))
        }
    }
}

/// One of several types. None at all is anything: the items of an empty list.
pub fn union(types: impl IntoIterator<Item = Schema>) -> Schema {
    let mut found: Vec<Schema> = Vec::new();
    let mut literals: Vec<Value> = Vec::new();
    let mut pending: Vec<Schema> = types.into_iter().collect();
    pending.reverse();
    while let Some(schema) = pending.pop() {
        match schema {
            Schema::Any => return Schema::Any,
            Schema::Union(more) => pending.extend(more.into_iter().rev()),
            Schema::Enum(values) => {
                for value in values {
                    if literals.len() > MOST_LITERALS {
                        pending.push(widen(&Schema::Enum(vec![value])));
                    } else if !literals.contains(&value) {
                        literals.push(value);
                    }
                }
            }
            other if found.contains(&other) => {}
            // Too many to be of use, and to compare.
            _ if found.len() > MOST_LITERALS => return Schema::Any,
            other => found.push(other),
        }
    }
    let more = if literals.len() > MOST_LITERALS {
        literals.iter().map(|value| widen(&Schema::Enum(vec![value.clone()]))).collect()
    } else {
        // A literal of a kind that is there anyway says nothing.
        let known = |value: &Value| match value {
            Value::Str(_) => found.contains(&Schema::String),
            Value::Int(_) => found.contains(&Schema::Integer) || found.contains(&Schema::Number),
            Value::Float(_) => found.contains(&Schema::Number),
            _ => false,
        };
        literals.retain(|value| !known(value));
        if literals.is_empty() { Vec::new() } else { vec![Schema::Enum(literals)] }
    };
    for schema in more {
        if !found.contains(&schema) {
            found.insert(0, schema);
        }
    }
    match found.len() {
        0 => Schema::Any,
        1 => found.swap_remove(0),
        _ => Schema::Union(found),
    }
}
