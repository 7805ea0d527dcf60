//! Paths into a definition (`steps[2].with.text`) and where they stand in the text.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use codex32_model::Place;

use crate::source::{Inner, Kind, Node, Position};

/// A path under construction: a linked list on the call stack, written out only for diagnostics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'a> {
    up: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    pub const ROOT: Path<'static> = Path { up: None, part: Part::Root };

    pub const fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { up: Some(self), part: Part::Key(key) }
    }

    pub const fn index(&'a self, index: usize) -> Path<'a> {
        Path { up: Some(self), part: Part::Index(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(up) = self.up else { return Ok(()) };
        fmt::Display::fmt(up, f)?;
        match self.part {
            Part::Root => Ok(()),
            Part::Index(index) => write!(f, "[{index}]"),
            Part::Key(key) => write_key(f, key, up.up.is_none()),
        }
    }
}

fn write_key(f: &mut impl fmt::Write, key: &str, first: bool) -> fmt::Result {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
    if !key.is_empty() && key.chars().all(plain) {
        write!(f, "{}{key}", if first { "" } else { "." })
    } else {
        write!(f, "[{}]", serde_json::Value::from(key))
    }
}

/// The path of a key below a path.
pub(crate) fn join(path: &str, key: &str) -> String {
    let mut out = path.to_owned();
    // Writing to a string cannot fail.
    let _ = write_key(&mut out, key, path.is_empty());
    out
}

/// Where each path of a definition stands in its text. Empty when there was no text.
#[derive(Debug, Clone, Default)]
pub struct Places {
    spots: HashMap<String, Spot>,
}

#[derive(Debug, Clone)]
struct Spot {
    key: Option<Position>,
    value: Position,
    text: Option<(Arc<str>, Inner)>,
}

impl Places {
    pub(crate) fn of(root: &Node) -> Self {
        let mut places = Self::default();
        // Without text all positions are 0 and there is nothing to remember.
        if root.at.line > 0 {
            places.add(root, &mut String::new(), None);
        }
        places
    }

    fn add(&mut self, node: &Node, path: &mut String, key: Option<Position>) {
        let text = match &node.kind {
            Kind::Str(text, inner) if *inner != Inner::Unknown => Some((text.clone(), *inner)),
            _ => None,
        };
        self.spots.insert(path.clone(), Spot { key, value: node.at, text });
        let length = path.len();
        match &node.kind {
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push_str(&format!("[{index}]"));
                    self.add(item, path, None);
                    path.truncate(length);
                }
            }
            Kind::Map(entries) => {
                for entry in entries {
                    let first = path.is_empty();
                    // Writing to a string cannot fail.
                    let _ = write_key(path, &entry.key, first);
                    self.add(&entry.value, path, Some(entry.at));
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// The place of the value at this path, or of the nearest value around it.
    pub fn value(&self, path: &str) -> Place {
        self.find(path, |spot| spot.value)
    }

    /// The place of the key that leads to this path, or of the nearest value around it.
    pub fn key(&self, path: &str) -> Place {
        self.find(path, |spot| spot.key.unwrap_or(spot.value))
    }

    /// The place of the character number `offset` (from 0) in the text at this path; the beginning
    /// of the value where the source does not tell.
    pub fn inside(&self, path: &str, offset: usize) -> Place {
        let inner = self.spots.get(path).and_then(|spot| {
            let (text, inner) = spot.text.as_ref()?;
            inner.position(text, offset)
        });
        match inner {
            Some(at) => Place { path: path.to_owned(), line: at.line, column: at.column },
            None => self.value(path),
        }
    }

    fn find(&self, path: &str, of: impl Fn(&Spot) -> Position) -> Place {
        let exact = self.spots.get(path).map(of);
        let at = exact.or_else(|| {
            let mut around = path;
            while let Some(cut) = around.rfind(['.', '[']) {
                around = &around[..cut];
                if let Some(spot) = self.spots.get(around) {
                    return Some(spot.value);
                }
            }
            self.spots.get("").map(|spot| spot.value)
        });
        let at = at.unwrap_or_default();
        Place { path: path.to_owned(), line: at.line, column: at.column }
    }

    /// The path of the key or value that stands exactly here.
    pub(crate) fn path_at(&self, line: u32, column: u32) -> String {
        let at = Position { line, column };
        let mut found: Vec<&String> = self
            .spots
            .iter()
            .filter(|(_, spot)| spot.value == at || spot.key == Some(at))
            .map(|(path, _)| path)
            .collect();
        found.sort_by_key(|path| (path.len(), path.as_str()));
        found.first().map_or_else(String::new, |path| (*path).clone())
    }
}
