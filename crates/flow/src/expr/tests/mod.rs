//! Behaviours of the language, by area.

mod hostile;
mod problems;
mod properties;
mod references;
mod templates;
mod types;
mod values;

use std::collections::HashMap;

use super::*;

/// A scope of fixed values.
pub struct Fixed(HashMap<&'static str, Value>);

impl Scope for Fixed {
    fn root(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn field(&self, root: &str, key: &str) -> Option<Value> {
        self.0.get(root)?.get(key).cloned()
    }
}

pub fn scope() -> Fixed {
    let json = |text: &str| Value::from_json(text).unwrap();
    Fixed(HashMap::from([
        (
            "inputs",
            json(
                r#"{"total": 120, "name": "Ada", "none": null, "list": [3, 1, 2],
                "big": 9007199254740993, "due": "2027-03-01", "nested": {"a": {"b": [10, 20]}},
                "orders": [
                    {"id": "a", "total": 10, "customer": {"name": "Ann"}, "tags": ["x", "y"]},
                    {"id": "b", "total": 5.5, "customer": {"name": "Bob"}, "tags": []},
                    {"id": "c", "total": null, "customer": null, "tags": ["x"]}]}"#,
            ),
        ),
        ("steps", json(r#"{"first": {"body": {"items": [{"n": 1}, {"n": 2}]}}, "skipped": null}"#)),
        ("now", Value::str("2027-03-10T12:00:00Z")),
        ("event", Value::Null),
        ("invoice", json(r#"{"number": "R-7", "total": 12.5}"#)),
        ("loop", json(r#"{"index": 2}"#)),
    ]))
}

pub fn run(source: &str) -> Result<Value, EvalError> {
    let expr = Expr::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    eval(&expr, &scope(), &mut Budget::default())
}

/// Each source with its value as JSON.
#[track_caller]
pub fn table(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (source, expected) in rows {
        let expected = Value::from_json(expected).unwrap_or_else(|e| panic!("{expected}: {e}"));
        let found = match Expr::parse(source) {
            Err(error) => format!("refused: {error}"),
            Ok(expr) => match eval(&expr, &scope(), &mut Budget::default()) {
                Ok(value) if value == expected => continue,
                Ok(value) => value.to_json(),
                Err(error) => format!("failed: {error}"),
            },
        };
        wrong.push(format!("{source}\n    expected {}\n    found    {found}", expected.to_json()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
