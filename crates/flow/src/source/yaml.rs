//! YAML 1.2, core schema, from the events of `saphyr-parser`. The tree is built on a stack of our
//! own, so that depth costs no call stack.

use std::collections::HashMap;
use std::sync::Arc;

use codex32_model::Diagnostic;
use codex32_model::codes::bot as codes;
use codex32_model::value::Key;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::node::{Entry, Inner, Kind, Node, Position};
use super::{Answer, Format, Limits, Tree, place};

pub fn read(text: &str, limits: &Limits) -> Answer<Tree> {
    // YAML knows NEL as an ordinary character; the scanner wants line feeds only.
    let lines: Vec<&str> = text.lines().collect();
    let mut builder =
        Builder { lines, limits, nodes: 0, open: Vec::new(), root: None, diagnostics: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Box::new(builder.scan_error(&error)))?;
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let message = "A second document begins here; a file holds one definition.";
                    let error = Diagnostic::error(codes::MALFORMED, marker(span.start), message);
                    return Err(Box::new(error.suggest("remove the `---` and what follows")));
                }
            }
            Event::StreamEnd => break,
            event => builder.event(event, span)?,
        }
    }
    let root = builder.root.take();
    let root = root.unwrap_or(Node { at: Position { line: 1, column: 1 }, kind: Kind::Null });
    Ok(Tree { root, format: Format::Yaml, diagnostics: builder.diagnostics })
}

/// Which keys a map has had, and where.
#[derive(Default)]
pub struct Seen(HashMap<Key, Position>);

impl Seen {
    /// The place of the first one, if this key was there before.
    pub fn first(&mut self, key: &Key, at: Position) -> Option<Position> {
        match self.0.entry(key.clone()) {
            std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(at);
                None
            }
        }
    }
}

pub fn duplicate(key: &str, at: Position, first: Position) -> Diagnostic {
    let message = format!(
        "The key `{key}` stands here a second time; the first is on line {}, column {}.",
        first.line, first.column
    );
    Diagnostic::error(codes::DUPLICATE_KEY, place(at.line as usize, at.column as usize), message)
        .suggest("remove or rename one of them")
}

pub fn too_large(limits: &Limits, depth: usize, line: usize, column: usize) -> Diagnostic {
    let message = if depth > limits.depth {
        format!("The nesting is deeper than {} levels.", limits.depth)
    } else {
        format!("The definition has more than {} values.", limits.nodes)
    };
    Diagnostic::error(codes::TOO_LARGE, place(line, column), message)
}

fn marker(at: Marker) -> codex32_model::Place {
    place(at.line(), at.col() + 1)
}

fn position(at: Marker) -> Position {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(at.line()), column: number(at.col() + 1) }
}

/// A list or map that is not closed yet.
struct Open {
    start: Marker,
    kind: OpenKind,
    anchored: bool,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: Seen, key: Option<(Key, Position)>, template: bool },
}

struct Builder<'a> {
    lines: Vec<&'a str>,
    limits: &'a Limits,
    nodes: usize,
    open: Vec<Open>,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Answer<()> {
        match event {
            Event::Alias(_) => {
                let message = "Aliases (`*name`) are not part of the definition language.";
                Err(Box::new(
                    Diagnostic::error(codes::ALIAS, marker(span.start), message)
                        .suggest("write the value out"),
                ))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_yaml(anchor, tag.is_some(), span)?;
                self.count(span)?;
                if self.wants_key() {
                    self.key(text.as_ref().into(), style, span);
                } else {
                    let node = self.scalar(&text, style, span);
                    self.value(node, span);
                }
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_yaml(anchor, tag.is_some(), span)?;
                self.start(OpenKind::List(Vec::new()), anchor > 0, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_yaml(anchor, tag.is_some(), span)?;
                let kind = OpenKind::Map {
                    entries: Vec::new(),
                    seen: Seen::default(),
                    key: None,
                    template: false,
                };
                self.start(kind, anchor > 0, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn plain_yaml(&self, anchor: usize, tag: bool, span: Span) -> Answer<()> {
        let what = if anchor > 0 {
            "Anchors (`&name`)"
        } else if tag {
            "Tags (`!name`)"
        } else {
            return Ok(());
        };
        let message = format!("{what} are not part of the definition language.");
        let error = Diagnostic::error(codes::ALIAS, marker(span.start), message);
        Err(Box::new(error.suggest(if anchor > 0 {
            "remove it and write the value out where it is used; quote a text that begins with `&`"
        } else {
            "remove it; quote a text that begins with `!`"
        })))
    }

    fn count(&mut self, span: Span) -> Answer<()> {
        self.nodes += 1;
        if self.open.len() > self.limits.depth || self.nodes > self.limits.nodes {
            let (line, column) = (span.start.line(), span.start.col() + 1);
            return Err(Box::new(too_large(self.limits, self.open.len(), line, column)));
        }
        Ok(())
    }

    fn start(&mut self, kind: OpenKind, anchored: bool, span: Span) -> Answer<()> {
        self.count(span)?;
        if self.wants_key() {
            let inner_is_map = matches!(kind, OpenKind::Map { .. });
            let adjacent = self.open.last().is_some_and(|outer| {
                outer.start.line() == span.start.line() && outer.start.col() + 1 == span.start.col()
            });
            if !(inner_is_map && adjacent) {
                let message = "A key is a text, not a list or an object.";
                return Err(Box::new(Diagnostic::error(
                    codes::MALFORMED,
                    marker(span.start),
                    message,
                )));
            }
            if let Some(Open { kind: OpenKind::Map { template, .. }, .. }) = self.open.last_mut() {
                *template = true;
            }
        }
        self.open.push(Open { start: span.start, kind, anchored });
        Ok(())
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: Arc<str>, style: ScalarStyle, span: Span) {
        let at = position(span.start);
        if &*text == "<<" && style == ScalarStyle::Plain {
            let message = "Merge keys (`<<`) are not part of the definition language.";
            let error = Diagnostic::error(codes::ALIAS, marker(span.start), message);
            self.diagnostics.push(error.suggest("write the keys out"));
        }
        if let Some(Open { kind: OpenKind::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((Key::from(text), at));
        }
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        debug_assert!(!open.anchored, "anchors are refused when they are opened");
        let at = position(open.start);
        let kind = match open.kind {
            OpenKind::List(items) => Kind::List(items),
            OpenKind::Map { template: true, .. } => {
                let error = self.unquoted(open.start.line(), open.start.col());
                self.diagnostics.push(error);
                Kind::Broken
            }
            OpenKind::Map { entries, .. } => Kind::Map(entries),
        };
        if self.wants_key() {
            // The inner map of `{{ x }}`: the outer one tells about it when it ends.
            if let Some(Open { kind: OpenKind::Map { key, .. }, .. }) = self.open.last_mut() {
                *key = Some(("{{".into(), at));
            }
            return;
        }
        self.value(Node { at, kind }, span);
    }

    fn value(&mut self, node: Node, _span: Span) {
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map { entries, seen, key, .. }) => {
                let Some((key, at)) = key.take() else { return };
                match seen.first(&key, at) {
                    Some(first) => self.diagnostics.push(duplicate(&key, at, first)),
                    None => entries.push(Entry { key, at, value: node }),
                }
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let at = position(span.start);
        let kind = match style {
            ScalarStyle::Plain => self.plain(text, span),
            _ => Kind::Str(text.into(), self.inner(text, style, span)),
        };
        Node { at, kind }
    }

    /// Resolves a plain scalar by the core schema.
    fn plain(&mut self, text: &str, span: Span) -> Kind {
        match text {
            "" => {
                self.comment_for_value(span);
                return Kind::Null;
            }
            "null" | "Null" | "NULL" | "~" => return Kind::Null,
            "true" | "True" | "TRUE" => return Kind::Bool(true),
            "false" | "False" | "FALSE" => return Kind::Bool(false),
            _ => {}
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
        {
            let message = format!("`{text}` is no number that JSON knows.");
            let error = Diagnostic::error(codes::NUMBER, marker(span.start), message);
            self.diagnostics.push(error.suggest("use a finite number, or quote the text"));
            return Kind::Broken;
        }
        match number(text) {
            Some(kind) => {
                let digits = unsigned.as_bytes();
                if digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit() {
                    let message =
                        format!("`{text}` is read as a number, without its leading zero.");
                    let warning =
                        Diagnostic::warning(codes::LEADING_ZERO, marker(span.start), message);
                    self.diagnostics
                        .push(warning.suggest(format!("\"{text}\" keeps it as a text")));
                }
                kind
            }
            None => {
                self.comment_in_text(text, span);
                Kind::Str(text.into(), self.inner(text, ScalarStyle::Plain, span))
            }
        }
    }

    /// `channel: #finance` is an empty value and a comment: surely not what was meant.
    fn comment_for_value(&mut self, span: Span) {
        let Some(Open { kind: OpenKind::Map { key: Some((key, at)), .. }, .. }) = self.open.last()
        else {
            return;
        };
        let Some(line) = self.lines.get((at.line as usize).wrapping_sub(1)) else { return };
        let after = line.chars().skip(at.column as usize - 1).collect::<String>();
        let after = after.trim_start_matches(['"', '\'']);
        let Some(rest) = after.strip_prefix(&**key) else { return };
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        let Some(rest) = rest.strip_prefix(':') else { return };
        let Some(comment) = rest.trim_start().strip_prefix('#') else { return };
        if span.start.line() > at.line as usize + 1
            || !comment.starts_with(|c: char| c.is_alphanumeric())
        {
            return;
        }
        let word: String =
            comment.chars().take_while(|c| !c.is_whitespace() && *c != ',').collect();
        let message = format!("`{key}` is empty here: `#` after a space begins a comment.");
        let place = place(at.line as usize, at.column as usize);
        let warning = Diagnostic::warning(codes::COMMENT_VALUE, place, message);
        self.diagnostics.push(warning.suggest(format!("{key}: \"#{word}\"")));
    }

    /// `text: Tell #finance` is `Tell` and a comment.
    fn comment_in_text(&mut self, text: &str, span: Span) {
        let Some(line) = self.lines.get(span.end.line().wrapping_sub(1)) else { return };
        let rest: String = line.chars().skip(span.end.col()).collect();
        let word = rest
            .trim_start()
            .strip_prefix('#')
            .filter(|word| rest.starts_with(' ') && word.starts_with(char::is_alphanumeric));
        if span.start.line() == span.end.line() && word.is_some() {
            let message = "The text ends here: `#` after a space begins a comment.";
            let place = place(span.end.line(), span.end.col() + 1);
            let warning = Diagnostic::warning(codes::COMMENT_VALUE, place, message);
            self.diagnostics.push(
                warning.suggest(format!("put quotes around it: \"{text}{}\"", rest.trim_end())),
            );
        }
    }

    fn inner(&self, text: &str, style: ScalarStyle, span: Span) -> Inner {
        let at = position(span.start);
        // Spans of quoted scalars may run on to the next token, so look at the source itself.
        let written = |skip: usize| {
            let line = self.lines.get(at.line as usize - 1)?;
            let mut source = line.chars().skip(at.column as usize - 1 + skip);
            let same = !text.contains('\n') && text.chars().all(|c| source.next() == Some(c));
            let closed = skip == 0 || matches!(source.next(), Some('"' | '\''));
            let column = at.column + u32::try_from(skip).unwrap_or(0);
            (same && closed).then_some(Inner::Line(Position { line: at.line, column }))
        };
        match style {
            ScalarStyle::Plain => written(0).unwrap_or_default(),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => written(1).unwrap_or_default(),
            ScalarStyle::Literal => {
                // The content begins on the line after the `|`.
                let header = self.lines.get(at.line as usize - 1).copied().unwrap_or_default();
                let from =
                    if header.chars().nth(at.column as usize - 1) == Some('|') { 1 } else { 0 };
                let first = at.line as usize - 1 + from;
                let Some(indent) = self.lines.get(first..).and_then(|lines| {
                    let line = lines.iter().find(|line| !line.trim().is_empty())?;
                    let lead = text.lines().find(|line| !line.trim().is_empty())?;
                    let spaces = |line: &str| line.chars().take_while(|c| *c == ' ').count();
                    spaces(line).checked_sub(spaces(lead))
                }) else {
                    return Inner::Unknown;
                };
                let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                Inner::Block(Position { line: number(first + 1), column: number(indent + 1) })
            }
            _ => Inner::Unknown,
        }
    }

    /// The diagnostic for `key: {{ x }}`; the column is from 0.
    fn unquoted(&self, line: usize, column: usize) -> Diagnostic {
        let text: Vec<char> =
            self.lines.get(line - 1).map_or_else(Vec::new, |text| text.chars().collect());
        let (before, after) = text.split_at(column.min(text.len()));
        let after: String = after.iter().collect();
        // In block style the value goes from the last `: ` or `- ` to the end of the line.
        let value = if before.iter().any(|c| matches!(c, '{' | '[')) {
            after.find("}}").map_or(after.as_str(), |end| &after[..end + 2]).to_owned()
        } else {
            let start = before.windows(2).rposition(|pair| matches!(pair, [':' | '-', ' ']));
            let lead: String = before[start.map_or(0, |at| at + 2)..].iter().collect();
            format!("{lead}{after}")
        };
        let value = value.trim();
        let message =
            "A value with a template needs quotes around it: YAML reads `{` as an object.";
        let error = Diagnostic::error(codes::UNQUOTED_TEMPLATE, place(line, column + 1), message);
        if value.contains(['"', '\\']) {
            error.suggest(format!("put quotes around it: '{}'", value.replace('\'', "''")))
        } else {
            error.suggest(format!("put quotes around it: \"{value}\""))
        }
    }

    fn scan_error(&self, error: &ScanError) -> Diagnostic {
        let (line, column) = (error.marker().line(), error.marker().col());
        // Most of what follows an unquoted `{{` is no YAML; say what really happened.
        let from = line.saturating_sub(3).max(1);
        for at in (from..=line.min(self.lines.len())).rev() {
            if let Some(found) = bare_template(self.lines[at - 1])
                && (at < line || found <= column)
            {
                return self.unquoted(at, found);
            }
        }
        if error.info().contains("anchor") {
            let message = "Aliases (`*name`) are not part of the definition language.";
            return Diagnostic::error(codes::ALIAS, place(line, column + 1), message)
                .suggest("write the value out; quote a text that begins with `*`");
        }
        if error.info().contains("recursion limit") {
            return too_large(self.limits, self.limits.depth + 1, line, column + 1);
        }
        let text = self.lines.get(line.wrapping_sub(1)).copied().unwrap_or_default();
        let indent: String = text.chars().take_while(|c| c.is_whitespace()).collect();
        let message = format!("This is not YAML: {}.", error.info().trim_end_matches('.'));
        let diagnostic =
            Diagnostic::error(codes::MALFORMED, place(line.max(1), column + 1), message);
        if indent.contains('\t') {
            diagnostic.suggest("indent with spaces; YAML does not allow tabs here")
        } else if error.info().contains("mapping values") {
            diagnostic.suggest("quote a text that contains `: `")
        } else {
            diagnostic.suggest("look for an unclosed quote or bracket, or an uneven indentation, here or one line above")
        }
    }
}

/// The column (from 0, in characters) of a `{{` on this line that stands outside quotes.
fn bare_template(line: &str) -> Option<usize> {
    let chars: Vec<char> = line.chars().collect();
    let mut quote = None;
    for (at, c) in chars.iter().enumerate() {
        match quote {
            Some(open) if open == *c => quote = None,
            Some(_) => {}
            // A quote opens a text only where a value or key may begin.
            None if matches!(c, '"' | '\'')
                && chars[..at]
                    .iter()
                    .rev()
                    .find(|c| !c.is_whitespace())
                    .is_none_or(|before| matches!(before, ':' | '-' | '[' | '{' | ',')) =>
            {
                quote = Some(*c);
            }
            None if *c == '#' && at > 0 && chars[at - 1].is_whitespace() => return None,
            None if *c == '{' && chars.get(at + 1) == Some(&'{') => return Some(at),
            None => {}
        }
    }
    None
}

/// A number by the core schema: decimal, `0o17`, `0x1f`, or with a point or exponent.
fn number(text: &str) -> Option<Kind> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = |digits: &str, radix| {
        let digit = |c: char| c.is_digit(radix);
        (!digits.is_empty() && digits.chars().all(digit)).then(|| {
            i64::from_str_radix(digits, radix).map_or(Kind::Float(f64::INFINITY), Kind::Int)
        })
    };
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8).filter(finite);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16).filter(finite);
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let shaped = digits(whole)
        && fraction.is_none_or(digits)
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty));
    let power = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if !shaped || !power {
        return None;
    }
    if fraction.is_none()
        && exponent.is_none()
        && let Ok(number) = text.strip_prefix('+').unwrap_or(text).parse::<i64>()
    {
        return Some(Kind::Int(number));
    }
    text.parse::<f64>().ok().map(Kind::Float).filter(finite)
}

/// Numbers that overflow stay texts.
fn finite(kind: &Kind) -> bool {
    !matches!(kind, Kind::Float(number) if !number.is_finite())
}

/// Whether a plain scalar of this spelling is a text, not a number, `true` or `null`.
pub fn is_plain_text(text: &str) -> bool {
    let word = matches!(text.to_ascii_lowercase().as_str(), "" | "null" | "~" | "true" | "false");
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).to_ascii_lowercase();
    !word && !matches!(unsigned.as_str(), ".inf" | ".nan") && number(text).is_none()
}
