//! The type language of definitions and manifests: a small, closed subset of JSON Schema.
//!
//! Spelled `name: type`, or `name: {type, default, required, enum, items, properties, …}`.

use indexmap::IndexMap;

use crate::value::Value;

/// What shape a value has. `Any` accepts everything and promises nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Schema {
    #[default]
    Any,
    Null,
    Boolean,
    Integer,
    Number,
    String,
    /// A list; the item's schema.
    Array(Box<Schema>),
    /// An object with these fields. `open`: other fields may occur and are `Any`.
    Object {
        fields: Fields,
        open: bool,
    },
    /// One of these literal values.
    Enum(Vec<Value>),
    /// One of these shapes; `T | null` for what may be missing.
    Union(Vec<Schema>),
}

/// Named fields in the order written.
pub type Fields = IndexMap<String, Field>;

/// A named place for a value: a bot's input, an action's parameter, an object's field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Field {
    pub schema: Schema,
    /// Must be given. An input is required unless it has a default or says `required: false`.
    pub required: bool,
    pub default: Option<Value>,
    pub description: Option<String>,
    /// A hint at what a string holds: `url`, `email`, `channel`, `date`, `markdown`, `cron`, …
    pub format: Option<String>,
    pub examples: Vec<Value>,
    /// Inclusive bounds of a number.
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Longest text, in characters, or list, in items.
    pub max_length: Option<usize>,
}

impl Field {
    pub fn required(schema: Schema) -> Self {
        Self { schema, required: true, ..Self::default() }
    }

    pub fn optional(schema: Schema) -> Self {
        Self { schema, ..Self::default() }
    }
}

impl Schema {
    pub fn array(item: Schema) -> Self {
        Self::Array(Box::new(item))
    }

    /// An object of which nothing is known but that it is one.
    pub fn any_object() -> Self {
        Self::Object { fields: Fields::new(), open: true }
    }

    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Schema)>) -> Self {
        let fields =
            fields.into_iter().map(|(name, schema)| (name.into(), Field::required(schema)));
        Self::Object { fields: fields.collect(), open: false }
    }

    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            Self::Any | Self::Null => self,
            Self::Union(mut shapes) => {
                if !shapes.contains(&Self::Null) {
                    shapes.push(Self::Null);
                }
                Self::Union(shapes)
            }
            other => Self::Union(vec![other, Self::Null]),
        }
    }
}
