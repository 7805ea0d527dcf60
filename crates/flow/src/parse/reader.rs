//! The tools that the readers of bots, triggers and steps share: maps with known keys, texts,
//! numbers, durations, words out of a few.

use std::time::Duration;

use codex32_model::codes::bot as codes;
use codex32_model::time::parse_duration;
use codex32_model::{Code, Diagnostic, Place, Value};

use super::places::Path;
use super::words;
use crate::expr::nearest;
use crate::source::{Entry, Kind, Node, Position};

pub struct Reader {
    pub diagnostics: Vec<Diagnostic>,
    /// Steps so far, those inside blocks included.
    pub steps: usize,
}

impl Reader {
    pub const fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, steps: 0 }
    }

    pub fn error(&mut self, code: Code, at: Position, path: &Path<'_>, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, place(at, path), message));
    }

    /// Like [`Self::error`], with what to do about it.
    pub fn fix(
        &mut self,
        code: Code,
        at: Position,
        path: &Path<'_>,
        message: impl Into<String>,
        suggestion: impl Into<String>,
    ) {
        let error = Diagnostic::error(code, place(at, path), message);
        self.diagnostics.push(error.suggest(suggestion));
    }

    /// Says that the value has the wrong type, unless something was said about it already.
    pub fn wrong(&mut self, node: &Node, path: &Path<'_>, expected: &str) {
        if node.kind != Kind::Broken {
            let message = format!("Expected {expected}, found {}.", node.describe());
            self.error(codes::WRONG_TYPE, node.at, path, message);
        }
    }

    /// A map with known keys; unknown ones are reported.
    pub fn map<'n>(
        &mut self,
        node: &'n Node,
        path: &Path<'_>,
        what: &str,
        known: &[&str],
    ) -> Option<&'n [Entry]> {
        let entries = self.open_map(node, path, what)?;
        for entry in entries {
            if !known.contains(&&*entry.key) {
                self.unknown(entry, path, what, known);
            }
        }
        Some(entries)
    }

    /// A map whose keys are names.
    pub fn open_map<'n>(
        &mut self,
        node: &'n Node,
        path: &Path<'_>,
        what: &str,
    ) -> Option<&'n [Entry]> {
        match &node.kind {
            Kind::Map(entries) => Some(entries),
            _ => {
                self.wrong(node, path, &format!("{what} as an object"));
                None
            }
        }
    }

    pub fn unknown(&mut self, entry: &Entry, path: &Path<'_>, what: &str, known: &[&str]) {
        let path = path.key(&entry.key);
        let message = format!("`{}` is no key of {what}.", entry.key);
        let suggestion = match nearest(&entry.key, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known keys: {}", known.join(", ")),
        };
        self.fix(codes::UNKNOWN_KEY, entry.at, &path, message, suggestion);
    }

    pub fn missing(&mut self, node: &Node, path: &Path<'_>, key: &str, what: &str) {
        let message = format!("`{key}` is missing: {what}.");
        self.error(codes::MISSING_KEY, node.at, &path.key(key), message);
    }

    /// A text; a number or the like gets quotes as suggestion.
    pub fn text(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Option<String> {
        match &node.kind {
            Kind::Str(text, _) => Some(text.to_string()),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                let message = format!("Expected {what} as a text, found {}.", node.describe());
                let suggestion = format!("put quotes around it: \"{}\"", node.to_value().to_text());
                self.fix(codes::WRONG_TYPE, node.at, path, message, suggestion);
                None
            }
            _ => {
                self.wrong(node, path, &format!("{what} as a text"));
                None
            }
        }
    }

    /// A text that is not empty.
    pub fn filled(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Option<String> {
        let text = self.text(node, path, what)?;
        if text.trim().is_empty() {
            self.error(
                codes::EMPTY,
                node.at,
                path,
                format!("Expected {what}, found an empty text."),
            );
            return None;
        }
        Some(text)
    }

    /// One whole expression; whether it is one is for the checker.
    pub fn expression(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Option<String> {
        match &node.kind {
            Kind::Str(..) => self.filled(node, path, what),
            Kind::Broken => None,
            _ => {
                let message =
                    format!("Expected {what} as one expression, found {}.", node.describe());
                let suggestion = match &node.kind {
                    Kind::Null | Kind::Map(_) => "write \"{{ … }}\"".to_owned(),
                    _ => format!(
                        "write \"{{{{ {} }}}}\"",
                        node.to_value().to_json().replace('"', "'")
                    ),
                };
                self.fix(codes::WRONG_TYPE, node.at, path, message, suggestion);
                None
            }
        }
    }

    pub fn flag(&mut self, node: &Node, path: &Path<'_>) -> Option<bool> {
        match &node.kind {
            Kind::Bool(flag) => Some(*flag),
            Kind::Str(text, _)
                if matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off") =>
            {
                let flag = matches!(text.to_ascii_lowercase().as_str(), "yes" | "on");
                let message = format!("Expected true or false; `{text}` is a text in YAML 1.2.");
                self.fix(codes::WRONG_TYPE, node.at, path, message, format!("write {flag}"));
                None
            }
            _ => {
                self.wrong(node, path, "true or false");
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, node: &Node, path: &Path<'_>, least: u32, most: u32) -> Option<u32> {
        match node.kind {
            Kind::Int(number) if (i64::from(least)..=i64::from(most)).contains(&number) => {
                u32::try_from(number).ok()
            }
            Kind::Int(number) => {
                let message =
                    format!("Expected a whole number from {least} to {most}, found {number}.");
                self.error(codes::RANGE, node.at, path, message);
                None
            }
            Kind::Float(number) if number.fract() == 0.0 => {
                let whole = Node { at: node.at, kind: Kind::Int(number as i64) };
                self.whole(&whole, path, least, most)
            }
            _ => {
                self.wrong(node, path, &format!("a whole number from {least} to {most}"));
                None
            }
        }
    }

    pub fn number(&mut self, node: &Node, path: &Path<'_>) -> Option<f64> {
        match node.kind {
            Kind::Int(number) => Some(number as f64),
            Kind::Float(number) => Some(number),
            _ => {
                self.wrong(node, path, "a number");
                None
            }
        }
    }

    pub fn duration(&mut self, node: &Node, path: &Path<'_>) -> Option<Duration> {
        match &node.kind {
            Kind::Str(text, _) => match parse_duration(text) {
                Ok(span) if span.is_zero() => {
                    self.error(
                        codes::RANGE,
                        node.at,
                        path,
                        "The duration must be longer than nothing.",
                    );
                    None
                }
                Ok(span) => Some(span),
                Err(error) => {
                    self.bad_duration(node, path, text, error.suggestion);
                    None
                }
            },
            Kind::Int(number) => {
                let message =
                    format!("Expected a duration with its unit, found the number {number}.");
                self.fix(codes::DURATION, node.at, path, message, format!("write {number}s"));
                None
            }
            _ => {
                self.wrong(node, path, "a duration such as 30s or 1h30m");
                None
            }
        }
    }

    pub fn bad_duration(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        text: &str,
        better: Option<String>,
    ) {
        let shown: String = text.chars().take(40).collect();
        let message = format!("`{shown}` is no duration; write 30s, 15m, 1h30m, 2d, 1w or 250ms.");
        let better = better.or_else(|| {
            let tidy: String = text.to_lowercase().split_whitespace().collect();
            let words = [
                ("milliseconds", "ms"),
                ("millisecond", "ms"),
                ("seconds", "s"),
                ("second", "s"),
                ("minutes", "m"),
                ("minute", "m"),
                ("mins", "m"),
                ("min", "m"),
                ("secs", "s"),
                ("sec", "s"),
                ("hours", "h"),
                ("hour", "h"),
                ("hrs", "h"),
                ("hr", "h"),
                ("days", "d"),
                ("day", "d"),
                ("weeks", "w"),
                ("week", "w"),
            ];
            let tidy = words.iter().fold(tidy, |text, (word, unit)| text.replace(word, unit));
            parse_duration(&tidy).is_ok().then_some(tidy)
        });
        match better {
            Some(better) => {
                self.fix(codes::DURATION, node.at, path, message, format!("write {better}"))
            }
            None => self.error(codes::DURATION, node.at, path, message),
        }
    }

    pub fn size(&mut self, node: &Node, path: &Path<'_>, most: u64) -> Option<u64> {
        let size = match &node.kind {
            Kind::Int(number) => u64::try_from(*number).ok(),
            Kind::Str(text, _) => words::parse_size(text),
            _ => {
                self.wrong(node, path, "a size such as 1MB");
                return None;
            }
        };
        match size {
            Some(size) if (1..=most).contains(&size) => Some(size),
            Some(_) => {
                let most = words::format_size(most).unwrap_or_else(|bytes| bytes.to_string());
                self.error(
                    codes::RANGE,
                    node.at,
                    path,
                    format!("Expected a size from 1B to {most}."),
                );
                None
            }
            None => {
                let message = format!(
                    "`{}` is no size; write 512KB, 1MB or 4MiB.",
                    node.to_value().to_text()
                );
                self.error(codes::SIZE, node.at, path, message);
                None
            }
        }
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let list = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        let Some(text) = node.as_str() else {
            self.wrong(node, path, &format!("one of {}", list().join(", ")));
            return None;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let message =
            format!("`{text}` is not allowed here; expected one of {}.", list().join(", "));
        let lower = text.to_lowercase();
        let near = list().into_iter().find(|word| word.to_lowercase() == lower);
        match near.or_else(|| nearest(text, list().into_iter())) {
            Some(word) => {
                self.fix(codes::CHOICE, node.at, path, message, format!("did you mean `{word}`?"))
            }
            None => self.error(codes::CHOICE, node.at, path, message),
        }
        None
    }

    pub fn list<'n>(&mut self, node: &'n Node, path: &Path<'_>, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            _ => {
                let lone = matches!(node.kind, Kind::Str(..)).then(|| node.to_value().to_json());
                match lone {
                    Some(item) => {
                        let message = format!("Expected {what} as a list, found a text.");
                        let suggestion = format!("write [{item}]");
                        self.fix(codes::WRONG_TYPE, node.at, path, message, suggestion);
                    }
                    None => self.wrong(node, path, &format!("{what} as a list")),
                }
                None
            }
        }
    }

    pub fn texts(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Vec<String> {
        let items = self.list(node, path, what).unwrap_or_default();
        let texts = items.iter().enumerate();
        texts.filter_map(|(index, item)| self.filled(item, &path.index(index), "a text")).collect()
    }

    /// A name that follows `rule`; the nearest good one is suggested.
    pub fn name(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        what: &str,
        (good, rule, joint): (fn(&str) -> bool, &str, char),
    ) -> Option<String> {
        let text = self.text(node, path, what)?;
        if good(&text) {
            return Some(text);
        }
        self.bad_name(node.at, path, &text, what, (rule, joint));
        None
    }

    pub fn bad_name(
        &mut self,
        at: Position,
        path: &Path<'_>,
        text: &str,
        what: &str,
        (rule, joint): (&str, char),
    ) {
        let shown: String = text.chars().take(80).collect();
        let message = format!("`{shown}` is no {what}: {rule}.");
        match words::tidy(text, joint).filter(|better| better != text) {
            Some(better) => self.fix(codes::NAME, at, path, message, format!("write `{better}`")),
            None => self.error(codes::NAME, at, path, message),
        }
    }

    /// A connection, model, knowledge base and the like.
    pub fn reference(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Option<String> {
        self.name(node, path, what, (words::is_name, NAME_RULE, '-'))
    }

    pub fn event(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let text = self.filled(node, path, "the name of an event")?;
        if words::is_event(&text) {
            return Some(text);
        }
        let message = format!("`{text}` is no name of an event: {}.", words::EVENT_RULE);
        self.error(codes::NAME, node.at, path, message);
        None
    }

    /// `connector.action`; whether it exists is for the checker.
    pub fn action(&mut self, node: &Node, path: &Path<'_>) -> Option<String> {
        let text = self.filled(node, path, "connector.action")?;
        if words::is_action(&text) {
            return Some(text);
        }
        let message =
            format!("`{text}` is no action: expected `connector.action`, such as `http.get`.");
        self.error(codes::NAME, node.at, path, message);
        None
    }

    /// Named values with templates inside.
    pub fn values(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        what: &str,
    ) -> indexmap::IndexMap<String, Value> {
        let entries = self.open_map(node, path, what).unwrap_or_default();
        entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_value())).collect()
    }
}

pub const NAME_RULE: &str =
    "lower-case letters, digits, `-` and `_`, beginning with a letter, at most 63 characters";

pub fn place(at: Position, path: &Path<'_>) -> Place {
    Place { path: path.to_string(), line: at.line, column: at.column }
}

/// The entry of that key.
pub fn get<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Node> {
    entries.iter().find(|entry| *entry.key == *key).map(|entry| &entry.value)
}

pub fn entry<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Entry> {
    entries.iter().find(|entry| entry.key == key)
}
