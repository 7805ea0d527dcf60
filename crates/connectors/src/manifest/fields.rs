//! Fields and schemas in the spelling of a bot's `inputs`: `name: type` or `name: {type, …}`.

use codex32_model::action::{ConnectionNeed, Effect, OnUnknown};
use codex32_model::{Field, Fields, Schema, Value};
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error as _};

/// A field of a connection: what a person types in when adding one.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionField {
    pub field: Field,
    /// Sealed on disk, never shown again, removed from every message.
    pub secret: bool,
    pub title: Option<String>,
}

/// Fields of a connection by name, in the order to ask for them.
pub type ConnectionFieldMap = IndexMap<String, ConnectionField>;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectionFields(pub ConnectionFieldMap);

impl<'de> Deserialize<'de> for ConnectionFields {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let map = IndexMap::<String, Value>::deserialize(d)?;
        let mut fields = ConnectionFieldMap::new();
        for (name, spelling) in map {
            let mut secret = false;
            let mut title = None;
            let mut rest = spelling.clone();
            if let Some(object) = spelling.as_object() {
                let mut object = object.clone();
                if let Some(flag) = object.shift_remove("secret") {
                    secret = flag.as_bool().ok_or_else(|| {
                        D::Error::custom(format!("`secret` of `{name}` is true or false"))
                    })?;
                }
                if let Some(text) = object.shift_remove("title") {
                    title = Some(text.to_text());
                }
                rest = Value::from(object);
            }
            let field = field(&name, &rest).map_err(D::Error::custom)?;
            fields.insert(name, ConnectionField { field, secret, title });
        }
        Ok(Self(fields))
    }
}

pub fn read_fields<'de, D: Deserializer<'de>>(d: D) -> Result<Fields, D::Error> {
    let map = IndexMap::<String, Value>::deserialize(d)?;
    map.into_iter()
        .map(|(name, spelling)| {
            let field = field(&name, &spelling).map_err(D::Error::custom)?;
            Ok((name, field))
        })
        .collect()
}

pub fn read_schema<'de, D: Deserializer<'de>>(d: D) -> Result<Schema, D::Error> {
    schema(&Value::deserialize(d)?).map_err(D::Error::custom)
}

macro_rules! words {
    ($name:ident -> $type:ty { $($word:literal => $value:expr,)* }) => {
        pub fn $name<'de, D: Deserializer<'de>>(d: D) -> Result<$type, D::Error> {
            let word = String::deserialize(d)?;
            match word.as_str() {
                $($word => Ok($value),)*
                other => Err(D::Error::unknown_variant(other, &[$($word),*])),
            }
        }
    };
}

words! { read_effect -> Effect {
    "read" => Effect::Read,
    "write" => Effect::Write,
    "store" => Effect::Store,
}}
words! { read_on_unknown -> OnUnknown {
    "repeat" => OnUnknown::Repeat,
    "fail" => OnUnknown::Fail,
}}
words! { read_need -> Option<ConnectionNeed> {
    "none" => Some(ConnectionNeed::None),
    "optional" => Some(ConnectionNeed::Optional),
    "required" => Some(ConnectionNeed::Required),
}}

const KEYWORDS: [&str; 12] = [
    "type",
    "default",
    "required",
    "enum",
    "items",
    "properties",
    "open",
    "description",
    "format",
    "examples",
    "minimum",
    "maximum",
];
const MAX_LENGTH: &str = "max_length";

fn is_keyword(key: &str) -> bool {
    key == MAX_LENGTH || KEYWORDS.contains(&key)
}

fn field(name: &str, spelling: &Value) -> Result<Field, String> {
    let Some(object) = spelling.as_object() else {
        let schema = schema(spelling).map_err(|problem| format!("field `{name}`: {problem}"))?;
        return Ok(Field::required(schema));
    };
    if let Some(key) = object.keys().find(|key| !is_keyword(key)) {
        return Err(format!("field `{name}` has an unknown key `{key}`"));
    }
    let text = |key: &str| object.get(key).map(Value::to_text);
    let default = object.get("default").cloned();
    let required = match object.get("required") {
        None => default.is_none(),
        Some(flag) => flag.as_bool().ok_or(format!("`required` of `{name}` is true or false"))?,
    };
    Ok(Field {
        schema: schema(spelling).map_err(|problem| format!("field `{name}`: {problem}"))?,
        required,
        default,
        description: text("description"),
        format: text("format"),
        examples: object.get("examples").and_then(Value::as_list).unwrap_or_default().to_vec(),
        minimum: object.get("minimum").and_then(Value::as_f64),
        maximum: object.get("maximum").and_then(Value::as_f64),
        max_length: object
            .get(MAX_LENGTH)
            .and_then(Value::as_i64)
            .and_then(|length| usize::try_from(length).ok()),
    })
}

/// A type name, `{type, …}`, `{enum: […]}`, or an object's fields.
pub fn schema(spelling: &Value) -> Result<Schema, String> {
    match spelling {
        Value::Null => Ok(Schema::Any),
        Value::Str(name) => named(name, None),
        Value::Object(object) if object.keys().all(|key| is_keyword(key)) => {
            if let Some(values) = object.get("enum").and_then(Value::as_list) {
                return Ok(Schema::Enum(values.to_vec()));
            }
            match object.get("type") {
                None if object.contains_key("properties") => named("object", Some(spelling)),
                None if object.contains_key("items") => named("array", Some(spelling)),
                None => Ok(Schema::Any),
                Some(Value::Str(name)) => named(name, Some(spelling)),
                Some(Value::List(names)) => {
                    let each = names.iter().map(|name| named(&name.to_text(), Some(spelling)));
                    Ok(Schema::Union(each.collect::<Result<_, _>>()?))
                }
                Some(_) => Err("`type` is a name or a list of names".to_owned()),
            }
        }
        Value::Object(object) => {
            let fields = object
                .iter()
                .map(|(name, spelling)| Ok((name.to_string(), field(name, spelling)?)))
                .collect::<Result<Fields, String>>()?;
            Ok(Schema::Object { fields, open: false })
        }
        other => Err(format!("expected a type, found {}", other.to_json())),
    }
}

fn named(name: &str, detail: Option<&Value>) -> Result<Schema, String> {
    Ok(match name {
        "any" => Schema::Any,
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "integer" => Schema::Integer,
        "number" => Schema::Number,
        "string" => Schema::String,
        "array" => match detail.and_then(|detail| detail.get("items")) {
            None => Schema::array(Schema::Any),
            Some(items) => Schema::array(schema(items)?),
        },
        "object" => match detail.and_then(|detail| detail.get("properties")) {
            None => Schema::any_object(),
            Some(properties) => {
                let fields = properties.as_object().ok_or("`properties` is a map")?.iter();
                let fields = fields
                    .map(|(name, spelling)| Ok((name.to_string(), field(name, spelling)?)))
                    .collect::<Result<Fields, String>>()?;
                let open = detail.and_then(|detail| detail.get("open"));
                Schema::Object { fields, open: open.is_some_and(Value::truthy) }
            }
        },
        other => {
            return Err(format!(
                "`{other}` is not a type: any, null, boolean, integer, number, string, array, object"
            ));
        }
    })
}
