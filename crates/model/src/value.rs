//! The one dynamic value: what webhooks bring, steps give and expressions compute.
//!
//! Cheap to clone (shared by reference count), so that a run's scope is never copied. JSON is its
//! only outside form; key order is kept. There is no `undefined`: a missing field is `null`.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use smol_str::SmolStr;

/// Names are mostly short: up to 23 bytes lie in the object itself.
pub type Key = SmolStr;
pub type Object = IndexMap<Key, Value, ahash::RandomState>;

#[derive(Clone, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    /// A whole number. Beyond ±2^53 only as read from JSON; arithmetic turns it into a float.
    Int(i64),
    /// Never NaN, never infinite, never a whole number within ±2^53: see [`Value::number`].
    Float(f64),
    Str(Arc<str>),
    List(Arc<Vec<Value>>),
    Object(Arc<Object>),
}

const MAX_SAFE: f64 = 9_007_199_254_740_992.0;

impl Value {
    /// A number in its one canonical form. NaN and infinities become `null`, as in JSON.
    pub fn number(number: f64) -> Self {
        if !number.is_finite() {
            Self::Null
        } else if number.fract() == 0.0 && number.abs() <= MAX_SAFE {
            Self::Int(number as i64)
        } else {
            Self::Float(number)
        }
    }

    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }

    pub fn object<K: Into<Key>>(fields: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Object(Arc::new(fields.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A field of an object; `None` for anything else.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object().and_then(|fields| fields.get(key))
    }

    /// JavaScript's truth: `null`, `false`, `0` and `""` are false.
    pub fn truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(_) | Self::List(_) | Self::Object(_) => true,
            Self::Str(text) => !text.is_empty(),
        }
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) => "number",
            Self::Str(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The text that a template puts in place of the value: strings as they are, `null` as nothing,
    /// everything else as JSON.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Str(text) => text.to_string(),
            other => other.to_json(),
        }
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        // A value has string keys and finite numbers only, so serialising cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads JSON; nesting is bounded by serde_json (128 levels).
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub fn from_json_slice(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Whether its [`Value::weight`] is at most `limit`; of a heavier one no more is looked at than that.
    pub fn is_within(&self, limit: usize) -> bool {
        self.left_of(limit).is_some()
    }

    fn left_of(&self, limit: usize) -> Option<usize> {
        match self {
            Self::List(items) => {
                items.iter().try_fold(limit.checked_sub(40)?, |left, item| item.left_of(left))
            }
            Self::Object(fields) => {
                fields.iter().try_fold(limit.checked_sub(64)?, |left, (key, value)| {
                    value.left_of(left.checked_sub(40 + key.len())?)
                })
            }
            other => limit.checked_sub(other.weight()),
        }
    }

    /// Roughly how many bytes the value holds in memory, for the evaluator's cap and step limits.
    pub fn weight(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 16,
            Self::Str(text) => 32 + text.len(),
            Self::List(items) => 40 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Object(fields) => {
                64 + fields
                    .iter()
                    .map(|(key, value)| 40 + key.len() + value.weight())
                    .sum::<usize>()
            }
        }
    }
}

/// Deep equality by meaning: `Int(1)` and `Float(1.0)` cannot both occur, order of keys is ignored.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Int(a), Self::Float(b)) | (Self::Float(b), Self::Int(a)) => *a as f64 == *b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => s.serialize_unit(),
            Self::Bool(flag) => s.serialize_bool(*flag),
            Self::Int(number) => s.serialize_i64(*number),
            Self::Float(number) => s.serialize_f64(*number),
            Self::Str(text) => s.serialize_str(text),
            Self::List(items) => s.collect_seq(items.iter()),
            Self::Object(fields) => {
                let mut map = s.serialize_map(Some(fields.len()))?;
                for (key, value) in fields.iter() {
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Bool(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(i64::try_from(number).map_or(Value::Float(number as f64), Value::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::number(number))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::str(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1024));
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(Arc::new(items)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut fields = Object::default();
                while let Some((key, value)) = map.next_entry::<Key, Value>()? {
                    fields.insert(key, value);
                }
                Ok(Value::Object(Arc::new(fields)))
            }
        }
        d.deserialize_any(Reader)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        i64::try_from(number).map_or(Self::Null, Self::Int)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::number(number)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::str(text)
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::str(text)
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }
}
impl From<Object> for Value {
    fn from(fields: Object) -> Self {
        Self::Object(Arc::new(fields))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}
