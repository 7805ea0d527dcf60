//! The type of an expression before it runs, and what cannot work.
//!
//! Invariant: never a false alarm. What is not known is [`Schema::Any`], and `Any` fits everything.

use std::ops::Range;

use codex32_model::{Code, Schema, Severity, Value};

use super::Expr;

/// What names mean before the run.
pub trait TypeEnv {
    /// The type of a name; `None`: there is no such name here.
    fn root(&self, name: &str) -> Option<Schema>;

    /// The type of `root.key` (`steps.late`, `inputs.days`).
    fn field(&self, root: &str, key: &str) -> FieldType;

    /// Names that exist here, for "did you mean".
    fn names(&self) -> Vec<String> {
        super::names::ROOTS.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// What is known of `root.key`.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    Known(Schema),
    /// It cannot be used here. `why` is one sentence: it does not exist, comes later, lies in a
    /// branch out of scope.
    Unknown {
        nearest: Option<String>,
        why: String,
    },
}

/// The result of [`infer`].
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub schema: Schema,
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    /// In characters of the source; of the text, from [`super::Template`] and [`super::Compiled`].
    pub span: Range<usize>,
    pub suggestion: Option<String>,
    pub severity: Severity,
}

/// Types an expression.
pub fn infer(_expr: &Expr, _env: &dyn TypeEnv) -> Typed {
    Typed { schema: Schema::Any, problems: Vec::new() }
}

/// The type of a value that is known.
pub(super) fn of_value(value: &Value) -> Schema {
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

/// One of several types.
pub(super) fn union(types: impl IntoIterator<Item = Schema>) -> Schema {
    let mut shapes: Vec<Schema> = Vec::new();
    for schema in types {
        let more = match schema {
            Schema::Any => return Schema::Any,
            Schema::Union(more) => more,
            other => vec![other],
        };
        for shape in more {
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
    }
    match shapes.len() {
        0 => Schema::Any,
        1 => shapes.swap_remove(0),
        _ => Schema::Union(shapes),
    }
}
