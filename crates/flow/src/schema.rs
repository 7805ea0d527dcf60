//! The JSON Schema of the language, and checking values against a `model::Schema`.
