//! The only place that prints. What was asked for goes to standard output (with `--json` as one JSON
//! document); questions, progress, diagnostics and errors go to standard error.
//!
//! Invariant: text that others wrote (definitions, run outputs, answers of a server) reaches the
//! terminal only through [`plain`], so that it cannot move the cursor or set the window's title.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::failure::{Exit, Failure};

#[derive(Debug, Clone, Copy)]
pub enum Paint {
    Bold,
    Dim,
    Red,
    Yellow,
    Green,
    Blue,
}

impl Paint {
    const fn start(self) -> &'static str {
        match self {
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Red => "\x1b[1;31m",
            Self::Yellow => "\x1b[1;33m",
            Self::Green => "\x1b[1;32m",
            Self::Blue => "\x1b[1;34m",
        }
    }
}

/// Where a command prints, and how.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    pub json: bool,
    colour_out: bool,
    colour_err: bool,
}

impl Output {
    pub fn new(json: bool, no_colour: bool) -> Self {
        Self {
            json,
            colour_out: !no_colour && std::io::stdout().is_terminal(),
            colour_err: !no_colour && std::io::stderr().is_terminal(),
        }
    }

    /// Text for standard output, coloured where that is a terminal.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        painted(self.colour_out, paint, text)
    }

    /// Text for standard error.
    pub fn paint_err(&self, paint: Paint, text: &str) -> String {
        painted(self.colour_err, paint, text)
    }

    /// A line of what was asked for.
    pub fn line(&self, text: impl AsRef<str>) {
        write_line(&mut std::io::stdout().lock(), text.as_ref());
    }

    /// Text of what was asked for, exactly as it is.
    pub fn raw(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        end_on_broken_pipe(done);
    }

    /// A line beside it: progress, hints.
    pub fn note(&self, text: impl AsRef<str>) {
        write_line(&mut std::io::stderr().lock(), text.as_ref());
    }

    /// The one JSON document of `--json`: readable on a terminal, one line elsewhere.
    pub fn document(&self, value: &impl Serialize) {
        let text = if std::io::stdout().is_terminal() {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        };
        match text {
            Ok(text) => self.line(text),
            Err(error) => {
                self.note(format!("error: the answer cannot be written as JSON: {error}"))
            }
        }
    }

    /// What a change was answered: the server's document, or a sentence for people. Where the
    /// server has nothing to add (204), `done` stands for it.
    pub fn changed(&self, answer: &serde_json::Value, done: &serde_json::Value, sentence: &str) {
        match (self.json, answer.is_null()) {
            (true, true) => self.document(done),
            (true, false) => self.document(answer),
            (false, _) => self.note(sentence),
        }
    }

    /// Prints columns, aligned; cells are shown as they are, so they have to be [`plain`].
    pub fn table(&self, heads: &[&str], rows: &[Vec<String>]) {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| seen_width(cell));
            cells.chain(heads.get(column).map(|head| head.len())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        let print = |cells: &mut dyn Iterator<Item = String>| {
            let mut line = String::new();
            for (cell, width) in cells.zip(&widths) {
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', width.saturating_sub(seen_width(&cell)) + 2));
            }
            self.line(line.trim_end());
        };
        print(&mut heads.iter().map(|head| self.paint(Paint::Dim, head)));
        for row in rows {
            print(&mut row.iter().cloned());
        }
    }

    /// Says how a command failed.
    pub fn failure(&self, failure: &Failure) {
        let code = failure.code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
        let head = self.paint_err(Paint::Red, &format!("error{code}"));
        self.note(format!("{head}: {}", plain(&failure.message)));
        if let Some(help) = &failure.help {
            self.note(format!("{}: {}", self.paint_err(Paint::Blue, "what to do"), plain(help)));
        }
    }
}

fn painted(colour: bool, paint: Paint, text: &str) -> String {
    if colour { format!("{}{text}\x1b[0m", paint.start()) } else { text.to_owned() }
}

/// How many columns the text takes, colours left out.
fn seen_width(text: &str) -> usize {
    let mut width = 0;
    let mut parts = text.split('\x1b');
    width += parts.next().map_or(0, UnicodeWidthStr::width);
    for part in parts {
        width += part.split_once('m').map_or(0, |(_, rest)| rest.width());
    }
    width
}

fn write_line(stream: &mut impl Write, text: &str) {
    let done = writeln!(stream, "{text}").and_then(|()| stream.flush());
    end_on_broken_pipe(done);
}

/// `codex32 runs | head` is no error: when nobody reads any more, there is nothing left to do.
fn end_on_broken_pipe(done: std::io::Result<()>) {
    if done.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        std::process::exit(Exit::Well as i32);
    }
}

/// The text without control characters other than line ends and tabs.
pub fn plain(text: &str) -> Cow<'_, str> {
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            // Marks that turn the reading direction can make a line read as another.
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(bad) {
        Cow::Owned(text.chars().map(|c| if bad(c) { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// An RFC 3339 time to the second, for tables; what is none, as it is.
pub fn moment(text: &str) -> String {
    match text.parse::<codex32_model::Timestamp>() {
        Ok(at) => at.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => short(text, 40),
    }
}

/// [`plain`] on one line of at most `most` characters, for tables.
pub fn short(text: &str, most: usize) -> String {
    let line = plain(text).replace(['\n', '\t'], " ");
    if line.chars().count() <= most {
        return line;
    }
    let mut cut: String = line.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests;
