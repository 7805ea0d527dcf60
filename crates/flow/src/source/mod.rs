//! YAML or JSON text as a tree that knows its places.
//!
//! Two spellings, one tree. YAML is 1.2 with the core schema, and only the part of it that is data:
//! no anchors, aliases, tags or merge keys. Everything is bounded (bytes, depth, nodes), so that no
//! text, however hostile, costs more than reading it once. Positions count from 1, in characters.

mod json;
mod node;
mod yaml;

#[cfg(test)]
mod tests;

use codex32_model::codes::bot as codes;
use codex32_model::{Diagnostic, Place};

pub use node::{Entry, Inner, Kind, Node, Position};
pub(crate) use yaml::is_plain_text;

/// What a text may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub bytes: usize,
    pub depth: usize,
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 64, nodes: 200_000 }
    }
}

/// The first thing that makes reading on pointless is boxed: it is large and rare.
pub type Answer<T> = Result<T, Box<Diagnostic>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Yaml,
    Json,
}

/// What was read: the tree, and what was wrong without ending the reading (duplicate keys, templates
/// without quotes, …).
#[derive(Debug, Clone)]
pub struct Tree {
    pub root: Node,
    pub format: Format,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a text of bytes; what is not UTF-8 is refused with the place of the first bad byte.
pub fn text(bytes: &[u8]) -> Answer<&str> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "The file is UTF-16; a definition is UTF-8.";
        return Err(Box::new(
            Diagnostic::error(codes::NOT_TEXT, place(1, 1), message)
                .suggest("save the file as UTF-8"),
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let message = format!("The byte 0x{byte:02X} here is not UTF-8.");
        let error = Diagnostic::error(codes::NOT_TEXT, place(line, column), message);
        Box::new(error.suggest("save the file as UTF-8"))
    })
}

/// Reads YAML or JSON. What begins as JSON does (`{"`, `[{`, …) is read by the rules of JSON alone.
pub fn tree(text: &str, limits: &Limits) -> Answer<Tree> {
    if text.len() > limits.bytes {
        let message = format!(
            "The text has {} bytes; a definition has at most {}.",
            text.len(),
            limits.bytes
        );
        return Err(Box::new(Diagnostic::error(codes::TOO_LARGE, place(1, 1), message)));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_json(body.trim_start()) {
        return json::read(body, limits);
    }
    refuse_control(body)?;
    yaml::read(body, limits)
}

/// Whether a text means to be JSON. YAML in flow style (`{ bot: a }`) begins with a bare word.
fn is_json(start: &str) -> bool {
    let Some(inner) = start.strip_prefix(['{', '[']) else { return false };
    let object = start.starts_with('{');
    match inner.trim_start().chars().next() {
        None | Some('"' | '}' | ']') => true,
        // `{{` is a template without quotes; the YAML reader knows what to say.
        Some('{' | '[' | '0'..='9') => !object,
        _ => false,
    }
}

/// Reads YAML or JSON for those who need the tree only; the first error ends it.
pub fn read(text: &str, limits: &Limits) -> Answer<Node> {
    let tree = tree(text, limits)?;
    match tree.diagnostics.into_iter().find(Diagnostic::is_error) {
        Some(error) => Err(Box::new(error)),
        None => Ok(tree.root),
    }
}

fn refuse_control(text: &str) -> Answer<()> {
    let bad = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || c == '\u{feff}'
    };
    let Some((at, c)) = text.char_indices().find(|(_, c)| bad(*c)) else { return Ok(()) };
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    let message =
        format!("The control character U+{:04X} may not stand in a definition.", u32::from(c));
    Err(Box::new(
        Diagnostic::error(codes::NOT_TEXT, place(line, column), message)
            .suggest("remove it, or write it as an escape (\"\\u0000\") between double quotes"),
    ))
}

fn place(line: usize, column: usize) -> Place {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place { path: String::new(), line: number(line), column: number(column) }
}
