//! Diagnostics as rustc shows them: code, sentence, the line with a caret, what to do.

use codex32_model::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;

use super::input::Source;
use crate::output::{Output, Paint, plain};

/// A diagnostic as it is shown; a server sends the same fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shown {
    pub code: String,
    pub severity: Severity,
    pub message: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub line: Option<u32>,
    #[serde(default)]
    pub column: Option<u32>,
    #[serde(default)]
    pub suggestion: Option<String>,
}

impl From<&Diagnostic> for Shown {
    fn from(diagnostic: &Diagnostic) -> Self {
        let some = |number: u32| (number > 0).then_some(number);
        Self {
            code: diagnostic.code.text.to_owned(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            path: diagnostic.place.path.clone(),
            line: some(diagnostic.place.line),
            column: some(diagnostic.place.column),
            suggestion: diagnostic.suggestion.clone(),
        }
    }
}

/// Columns of source shown around the caret; longer lines are cut.
const WINDOW: usize = 100;

/// One diagnostic, in several lines.
pub fn diagnostic(out: &Output, name: &str, text: &str, shown: &Shown) -> String {
    let (paint, word) = match shown.severity {
        Severity::Error => (Paint::Red, "error"),
        Severity::Warning => (Paint::Yellow, "warning"),
    };
    let head = out.paint_err(paint, &format!("{word}[{}]", shown.code));
    let message = plain(&shown.message);
    let mut block = format!("{head}: {}\n", out.paint_err(Paint::Bold, &message));
    let Some(line) = shown.line else {
        let place = if shown.path.is_empty() { "" } else { ", at " };
        block.push_str(&format!(
            "{} {}{place}{}\n",
            out.paint_err(Paint::Blue, " -->"),
            plain(name),
            plain(&shown.path)
        ));
        push_help(out, &mut block, "  ", shown);
        return block;
    };
    let column = shown.column.unwrap_or(1);
    let gutter = " ".repeat(line.to_string().len());
    let bar = out.paint_err(Paint::Blue, "|");
    let arrow = out.paint_err(Paint::Blue, "-->");
    block.push_str(&format!("{gutter}{arrow} {}:{line}:{column}\n", plain(name)));
    if let Some(source) = text.lines().nth(line as usize - 1) {
        let (seen, indent, length) = excerpt(source, column as usize);
        let number = out.paint_err(Paint::Blue, &line.to_string());
        let caret = out.paint_err(paint, &"^".repeat(length));
        let path = plain(&shown.path);
        block.push_str(&format!("{gutter} {bar}\n{number} {bar} {seen}\n"));
        block.push_str(&format!("{gutter} {bar} {}{caret} {path}", " ".repeat(indent)));
        block.truncate(block.trim_end().len());
        block.push('\n');
    }
    push_help(out, &mut block, &gutter, shown);
    block
}

fn push_help(out: &Output, block: &mut String, gutter: &str, shown: &Shown) {
    if let Some(suggestion) = &shown.suggestion {
        let mark = out.paint_err(Paint::Blue, "=");
        block.push_str(&format!("{gutter} {mark} help: {}\n", plain(suggestion)));
    }
}

/// The part of a line around a column (from 1, in characters), how far its caret is indented, and how
/// long the caret is: to the end of the word that begins there.
fn excerpt(line: &str, column: usize) -> (String, usize, usize) {
    let visible: Vec<char> = plain(line).chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let at = column.saturating_sub(1).min(visible.len());
    let from = if visible.len() <= WINDOW { 0 } else { at.saturating_sub(WINDOW / 2) };
    let to = visible.len().min(from + WINDOW);
    let word = |c: &char| c.is_alphanumeric() || "_-.#@/$".contains(*c);
    let length = visible[at..to].iter().take_while(|c| word(c)).count();
    let text = |part: &[char]| part.iter().collect::<String>();
    let (left, right) =
        (if from > 0 { "…" } else { "" }, if to < visible.len() { "…" } else { "" });
    let indent = left.width() + text(&visible[from..at]).width();
    let caret = text(&visible[at..at + length]).width().max(1);
    (format!("{left}{}{right}", text(&visible[from..to])), indent, caret)
}

/// All of them, each with its place in the source.
pub fn diagnostics(out: &Output, source: &Source, all: &[Shown]) {
    let text = String::from_utf8_lossy(&source.bytes);
    for shown in all {
        out.note(diagnostic(out, &source.name, &text, shown));
    }
}

/// `2 errors, 1 warning`; nothing where there are none.
pub fn summary(all: &[Shown]) -> Option<String> {
    let count = |severity| all.iter().filter(|shown| shown.severity == severity).count();
    let part = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let parts = [part(count(Severity::Error), "error"), part(count(Severity::Warning), "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests;
