//! Values against the type language, and the language's own JSON Schema.

mod json;
mod language;
mod values;

#[cfg(test)]
mod tests;

pub use json::{schema_to_json, to_json_schema};
pub use language::{language, reference_markdown};
pub use values::{Problem, check_value, fits};
pub(crate) use values::{fits_field, name};
