//! From a tree to the typed definition, with every error in one pass.
//!
//! The reader goes on after each error: what is unreadable takes a harmless value, so that the rest
//! can still be read and checked. [`Parsed::bot`] is there only when nothing was wrong;
//! [`Parsed::partial`] is what could be understood, for the checker and the editor.

mod bot;
mod places;
mod reader;
mod step;
mod trigger;
mod types;
mod verbs;
mod words;

#[cfg(test)]
mod tests;

use codex32_model::codes::bot as codes;
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Place, Value};

pub use places::Places;
pub(crate) use places::join;
pub(crate) use step::VERBS;
pub(crate) use trigger::KINDS;
pub(crate) use words::format_size;
pub use words::{is_id, is_slug};

use crate::source::{self, Limits, Node};
use reader::Reader;

/// What came of a text.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The definition, if there was no error.
    pub bot: Option<Bot>,
    /// What could be understood in spite of errors; only for showing and checking, never to run.
    pub partial: Option<Bot>,
    /// In the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    pub places: Places,
}

/// Reads a definition in either spelling.
pub fn bot(text: &str) -> Parsed {
    let tree = match source::tree(text, &Limits::default()) {
        Ok(tree) => tree,
        Err(error) => return Parsed { diagnostics: vec![*error], ..Parsed::default() },
    };
    finish(&tree.root, tree.diagnostics)
}

/// Reads a definition that may not even be text.
pub fn bot_from_bytes(bytes: &[u8]) -> Parsed {
    match source::text(bytes) {
        Ok(text) => bot(text),
        Err(error) => Parsed { diagnostics: vec![*error], ..Parsed::default() },
    }
}

/// Reads a definition in its JSON spelling; the diagnostics have paths but no positions.
pub fn bot_from_value(value: &Value) -> Parsed {
    let (root, deep) = Node::from_value(value, Limits::default().depth);
    let mut diagnostics = Vec::new();
    if deep {
        let message = format!("The nesting is deeper than {} levels.", Limits::default().depth);
        diagnostics.push(Diagnostic::error(codes::TOO_LARGE, Place::default(), message));
    }
    finish(&root, diagnostics)
}

fn finish(root: &Node, diagnostics: Vec<Diagnostic>) -> Parsed {
    let places = Places::of(root);
    let mut reader = Reader::new(diagnostics);
    let partial = reader.bot(root);
    let mut diagnostics = reader.diagnostics;
    for diagnostic in &mut diagnostics {
        if diagnostic.place.path.is_empty() && diagnostic.place.line > 0 {
            diagnostic.place.path = places.path_at(diagnostic.place.line, diagnostic.place.column);
        }
    }
    sort(&mut diagnostics);
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    Parsed { bot: partial.clone().filter(|_| sound), partial, diagnostics, places }
}

/// By place in the text; those without text keep their order.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
    diagnostics.dedup();
}
