//! The tree itself.

use std::sync::Arc;

use codex32_model::value::Key;
use codex32_model::{Object, Value};

/// A place in a text, from 1; 0 when the tree did not come from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Where the characters of a text stand in the source, so that an error inside a template can be
/// shown at its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inner {
    /// Not known: escapes, folding, several lines between quotes.
    #[default]
    Unknown,
    /// On one line, beginning here.
    Line(Position),
    /// A block of lines: the first one, and the column where each begins.
    Block(Position),
}

impl Inner {
    /// The position of the character number `offset` (from 0) of `text`.
    pub fn position(self, text: &str, offset: usize) -> Option<Position> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match self {
            Self::Unknown => None,
            Self::Line(at) => Some(Position { line: at.line, column: at.column + number(offset) }),
            Self::Block(at) => {
                let before: String = text.chars().take(offset).collect();
                let line = before.matches('\n').count();
                let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count());
                Some(Position { line: at.line + number(line), column: at.column + number(column) })
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub at: Position,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Arc<str>, Inner),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// Something that a diagnostic was already given for; whoever reads on keeps silent.
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Key,
    pub at: Position,
    pub value: Node,
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| *entry.key == *key).map(|entry| &entry.value)
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Kind::Str(text, _) = &self.kind { Some(text) } else { None }
    }

    /// For messages: "a text", "a list", …
    pub const fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Str(..) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "an object",
            Kind::Broken => "something unreadable",
        }
    }

    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null | Kind::Broken => Value::Null,
            Kind::Bool(flag) => Value::Bool(*flag),
            Kind::Int(number) => Value::Int(*number),
            Kind::Float(number) => Value::number(*number),
            Kind::Str(text, _) => Value::Str(text.clone()),
            Kind::List(items) => Value::list(items.iter().map(Self::to_value)),
            Kind::Map(entries) => {
                let fields =
                    entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value()));
                Value::Object(Arc::new(fields.collect::<Object>()))
            }
        }
    }

    /// A tree without positions; what lies deeper than `depth` becomes [`Kind::Broken`], and the
    /// second part of the answer says so.
    pub fn from_value(value: &Value, depth: usize) -> (Self, bool) {
        let mut deep = false;
        let node = Self::convert(value, depth, &mut deep);
        (node, deep)
    }

    fn convert(value: &Value, depth: usize, deep: &mut bool) -> Self {
        let nested = |value: &Value, deep: &mut bool| match depth.checked_sub(1) {
            Some(depth) => Self::convert(value, depth, deep),
            None => {
                *deep = true;
                Self { at: Position::default(), kind: Kind::Broken }
            }
        };
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(flag) => Kind::Bool(*flag),
            Value::Int(number) => Kind::Int(*number),
            Value::Float(number) => Kind::Float(*number),
            Value::Str(text) => Kind::Str(text.clone(), Inner::Unknown),
            Value::List(items) => Kind::List(items.iter().map(|item| nested(item, deep)).collect()),
            Value::Object(fields) => Kind::Map(
                fields
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        at: Position::default(),
                        value: nested(value, deep),
                    })
                    .collect(),
            ),
        };
        Self { at: Position::default(), kind }
    }
}
