//! JSON by RFC 8259, with positions. Written here because the readers at hand give places for
//! errors only, not for values.

use codex32_model::Diagnostic;
use codex32_model::codes::bot as codes;
use codex32_model::value::Key;

use super::node::{Entry, Inner, Kind, Node, Position};
use super::{Answer, Format, Limits, Tree, place};

pub fn read(text: &str, limits: &Limits) -> Answer<Tree> {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        line: 1,
        column: 1,
        nodes: 0,
        limits,
        diagnostics: Vec::new(),
    };
    let whole = |reader: &mut Reader<'_>| {
        let root = reader.value(0)?;
        reader.blank();
        match reader.peek() {
            None => Ok(root),
            Some(c) => Err(reader.fail(format!("nothing may follow the value, found `{c}`"))),
        }
    };
    let root = whole(&mut reader)?;
    Ok(Tree { root, format: Format::Json, diagnostics: reader.diagnostics })
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
    column: u32,
    nodes: usize,
    limits: &'a Limits,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    const fn here(&self) -> Position {
        Position { line: self.line, column: self.column }
    }

    fn fail(&self, what: impl std::fmt::Display) -> Box<Diagnostic> {
        let at = place(self.line as usize, self.column as usize);
        Box::new(Diagnostic::error(codes::MALFORMED, at, format!("This is not JSON: {what}.")))
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn value(&mut self, depth: usize) -> Answer<Node> {
        self.blank();
        let at = self.here();
        self.nodes += 1;
        if depth > self.limits.depth || self.nodes > self.limits.nodes {
            let (line, column) = (at.line as usize, at.column as usize);
            return Err(Box::new(super::yaml::too_large(self.limits, depth, line, column)));
        }
        let kind = match self.peek() {
            None => return Err(self.fail("it ends where a value was expected")),
            Some('{') => self.map(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => self.text().map(|(text, inner)| Kind::Str(text.into(), inner))?,
            Some('-' | '0'..='9') => self.number()?,
            Some(c) if c.is_ascii_alphabetic() => self.word()?,
            Some(c) => return Err(self.fail(format!("expected a value, found `{c}`"))),
        };
        Ok(Node { at, kind })
    }

    fn word(&mut self) -> Answer<Kind> {
        let fail = self.fail("expected a value between double quotes, or true, false, null");
        let mut word = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_alphanumeric) {
            word.push(c);
            self.next();
        }
        match word.as_str() {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            _ => Err(fail),
        }
    }

    fn number(&mut self) -> Answer<Kind> {
        let fail = self.fail("this is not a number");
        let mut text = String::new();
        while let Some(c) =
            self.peek().filter(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
        {
            text.push(c);
            self.next();
        }
        // serde_json knows the exact grammar: no leading zeros, no bare dot.
        match serde_json::from_str::<serde_json::Number>(&text) {
            Ok(number) => match number.as_i64() {
                Some(number) => Ok(Kind::Int(number)),
                None => {
                    text.parse().ok().filter(|n: &f64| n.is_finite()).map(Kind::Float).ok_or(fail)
                }
            },
            Err(_) => Err(fail),
        }
    }

    fn text(&mut self) -> Answer<(String, Inner)> {
        let open = self.here();
        self.next();
        let begin = self.here();
        let mut out = String::new();
        let mut escaped = false;
        loop {
            match self.peek() {
                None => {
                    let at = place(open.line as usize, open.column as usize);
                    let message = "This is not JSON: the quote that opens here is never closed.";
                    return Err(Box::new(Diagnostic::error(codes::MALFORMED, at, message)));
                }
                Some('"') => {
                    self.next();
                    let inner = if escaped { Inner::Unknown } else { Inner::Line(begin) };
                    return Ok((out, inner));
                }
                Some('\\') => {
                    escaped = true;
                    out.push(self.escape()?);
                }
                Some('\n' | '\r') => {
                    return Err(self.fail("a text may not go over the end of the line; write \\n"));
                }
                Some(c) if c < ' ' => {
                    return Err(self.fail("a control character in a text; write it as an escape"));
                }
                Some(c) => {
                    out.push(c);
                    self.next();
                }
            }
        }
    }

    fn escape(&mut self) -> Answer<char> {
        let fail = self.fail("this escape is none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        self.next();
        let c = match self.next() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let high = self.hex().ok_or_else(|| fail.clone())?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    let pair = self.next() == Some('\\') && self.next() == Some('u');
                    let low = self.hex().filter(|low| pair && (0xdc00..0xe000).contains(low));
                    0x10000 + ((high - 0xd800) << 10) + (low.ok_or_else(|| fail.clone())? - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or(fail)?
            }
            _ => return Err(fail),
        };
        Ok(c)
    }

    fn hex(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |code, _| Some(code * 16 + self.next()?.to_digit(16)?))
    }

    fn list(&mut self, depth: usize) -> Answer<Kind> {
        self.next();
        let mut items = Vec::new();
        self.blank();
        if self.peek() == Some(']') {
            self.next();
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(',') => self.next(),
                Some(']') => {
                    self.next();
                    return Ok(Kind::List(items));
                }
                None => return Err(self.fail("it ends inside a list; a `]` is missing")),
                Some(c) => return Err(self.fail(format!("expected `,` or `]`, found `{c}`"))),
            };
        }
    }

    fn map(&mut self, depth: usize) -> Answer<Kind> {
        self.next();
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = super::yaml::Seen::default();
        self.blank();
        if self.peek() == Some('}') {
            self.next();
            return Ok(Kind::Map(entries));
        }
        loop {
            self.blank();
            let at = self.here();
            match self.peek() {
                Some('"') => {}
                None => return Err(self.fail("it ends inside an object; a `}` is missing")),
                Some(c) => {
                    return Err(
                        self.fail(format!("expected a key between double quotes, found `{c}`"))
                    );
                }
            }
            let key = Key::from(self.text()?.0);
            self.blank();
            if self.peek() != Some(':') {
                return Err(self.fail(format!("expected `:` after the key \"{key}\"")));
            }
            self.next();
            let value = self.value(depth + 1)?;
            match seen.first(&key, at) {
                Some(first) => self.diagnostics.push(super::yaml::duplicate(&key, at, first)),
                None => entries.push(Entry { key, at, value }),
            }
            self.blank();
            match self.peek() {
                Some(',') => self.next(),
                Some('}') => {
                    self.next();
                    return Ok(Kind::Map(entries));
                }
                None => return Err(self.fail("it ends inside an object; a `}` is missing")),
                Some(c) => return Err(self.fail(format!("expected `,` or `}}`, found `{c}`"))),
            };
        }
    }
}
