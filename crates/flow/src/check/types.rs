//! Types of steps: unions after branches, and whether a value of one type may go where another is
//! wanted. Doubt counts as yes: an error here is certain to fail at run time.

use codex32_model::schema::{Field, Fields, Schema};

use crate::schema::fits;

/// One of several; a list of one is that one, `Any` swallows all.
pub fn union(shapes: impl IntoIterator<Item = Schema>) -> Schema {
    let mut out: Vec<Schema> = Vec::new();
    for shape in shapes {
        let inner = match shape {
            Schema::Any => return Schema::Any,
            Schema::Union(inner) => inner,
            shape => vec![shape],
        };
        for shape in inner {
            if shape == Schema::Any {
                return Schema::Any;
            }
            if !out.contains(&shape) {
                out.push(shape);
            }
        }
    }
    match out.len() {
        0 => Schema::Null,
        1 => out.swap_remove(0),
        _ => Schema::Union(out),
    }
}

/// Whether some value of the type `got` is good where `want` is asked for.
pub fn may_fit(got: &Schema, want: &Schema) -> bool {
    match (got, want) {
        (Schema::Any, _) | (_, Schema::Any) => true,
        (Schema::Union(shapes), want) => shapes.iter().any(|shape| may_fit(shape, want)),
        (got, Schema::Union(shapes)) => shapes.iter().any(|shape| may_fit(got, shape)),
        (Schema::Enum(values), want) => values.iter().any(|value| fits(want, value).is_ok()),
        (got, Schema::Enum(values)) => values.iter().any(|value| fits(got, value).is_ok()),
        (Schema::Null, Schema::Null)
        | (Schema::Boolean, Schema::Boolean)
        | (Schema::String, Schema::String)
        | (Schema::Integer | Schema::Number, Schema::Integer | Schema::Number) => true,
        (Schema::Array(got), Schema::Array(want)) => {
            // An empty list fits every list; only a list of texts for numbers is surely wrong.
            may_fit(got, want)
        }
        (Schema::Object { fields: got, open }, Schema::Object { fields: want, .. }) => {
            want.iter().all(|(name, field)| match got.get(name) {
                Some(given) => {
                    may_fit(&given.schema, &field.schema)
                        || (!field.required && may_fit(&given.schema, &Schema::Null))
                }
                None => *open || !field.required || field.default.is_some(),
            })
        }
        _ => false,
    }
}

/// What reading the field gives: `null` where it may be missing.
pub fn read(field: &Field) -> Schema {
    if field.required || field.default.is_some() {
        field.schema.clone()
    } else {
        field.schema.clone().or_null()
    }
}

/// An object of which every field is there.
pub fn object<const N: usize>(fields: [(&str, Schema); N]) -> Schema {
    Schema::object(fields)
}

/// What an expression sees of fields: every one of them, `null` where nothing was given.
pub fn seen(fields: &Fields) -> Schema {
    Schema::object(fields.iter().map(|(name, field)| (name.as_str(), read(field))))
}
