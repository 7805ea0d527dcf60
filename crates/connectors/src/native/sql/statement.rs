//! A statement with named values becomes one with numbered places.
//!
//! The text is read just far enough to tell `:name` from what looks like it inside strings, quoted
//! names, comments and casts. Whatever is not understood stays as it is and is the database's to refuse.

use codex32_model::{Object, Value};

const LONGEST_NAME: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    Mysql,
    Sqlite,
}

pub struct Statement {
    /// With the dialect's places.
    pub text: String,
    /// The name of the value for each place.
    names: Vec<String>,
}

impl Statement {
    pub fn read(sql: &str, dialect: Dialect) -> Result<Self, String> {
        if sql.trim().is_empty() {
            return Err("The statement is empty.".to_owned());
        }
        let mut reader = Reader {
            sql,
            bytes: sql.as_bytes(),
            dialect,
            text: String::with_capacity(sql.len() + 16),
            names: Vec::new(),
            ended: false,
        };
        reader.read()?;
        Ok(Self { text: reader.text, names: reader.names })
    }

    /// `INSERT` into the columns; its places are in their order.
    pub fn insert(dialect: Dialect, table: &str, columns: &[&str]) -> Result<Self, String> {
        let table = path(dialect, table)?;
        let names: Vec<_> =
            columns.iter().map(|name| quoted(dialect, name)).collect::<Result<_, _>>()?;
        let places: Vec<_> = (1..=names.len()).map(|number| place(dialect, number)).collect();
        let text =
            format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        Ok(Self { text, names: Vec::new() })
    }

    /// The rows with the greatest values in a column.
    pub fn newest(
        dialect: Dialect,
        table: &str,
        column: &str,
        most: usize,
    ) -> Result<Self, String> {
        let (table, column) = (path(dialect, table)?, quoted(dialect, column)?);
        // PostgreSQL puts NULL before everything else.
        let text = format!(
            "SELECT * FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC LIMIT {most}"
        );
        Ok(Self { text, names: Vec::new() })
    }

    /// The values in the order of the places.
    pub fn values(&self, given: &Object) -> Result<Vec<Value>, String> {
        if let Some(name) = given.keys().find(|name| !self.names.iter().any(|n| **n == ***name)) {
            return Err(format!("The statement has no `:{name}`."));
        }
        let value = |name: &String| {
            let missing = || format!("`values` has no `{name}`, which the statement names.");
            given.get(name.as_str()).cloned().ok_or_else(missing)
        };
        self.names.iter().map(value).collect()
    }
}

/// The message when a statement has places of its own, such as `?` or `$1`.
pub fn places_of_its_own() -> String {
    "Values are named in the statement: `:name`, not `?`, `$1` or `@name`.".to_owned()
}

fn place(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Postgres => format!("${number}"),
        Dialect::Mysql => "?".to_owned(),
        Dialect::Sqlite => format!("?{number}"),
    }
}

/// The name of a table, perhaps with that of its schema before it.
fn path(dialect: Dialect, table: &str) -> Result<String, String> {
    let parts = table.split('.').map(|part| quoted(dialect, part));
    Ok(parts.collect::<Result<Vec<_>, _>>()?.join("."))
}

/// The name of a table or column as nothing but a name.
fn quoted(dialect: Dialect, name: &str) -> Result<String, String> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(format!("`{shown}` cannot be the name of a table or column."));
    }
    let mark = if dialect == Dialect::Mysql { "`" } else { "\"" };
    Ok(format!("{mark}{}{mark}", name.replace(mark, &mark.repeat(2))))
}

struct Reader<'a> {
    sql: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    text: String,
    names: Vec<String>,
    /// A `;` was read.
    ended: bool,
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn read(&mut self) -> Result<(), String> {
        let mut at = 0;
        while at < self.bytes.len() {
            let byte = self.byte(at);
            let blank = byte.is_ascii_whitespace();
            if let Some(end) = self.comment(at) {
                self.copy(at, end);
                at = end;
                continue;
            }
            if self.ended && !blank && byte != b';' {
                return Err("A step executes one statement: there is more after the `;`.".into());
            }
            let end = match byte {
                b'\'' => self.string(at, b'\'', self.escapes(at)),
                b'"' => self.string(at, b'"', self.dialect == Dialect::Mysql),
                b'`' if self.dialect != Dialect::Postgres => self.string(at, b'`', false),
                b'[' if self.dialect == Dialect::Sqlite => self.string(at, b']', false),
                b'$' if self.dialect == Dialect::Postgres => self.dollars(at),
                b'?' if self.dialect != Dialect::Postgres => return Err(places_of_its_own()),
                b':' if self.byte(at + 1) == b':' => at + 2,
                b':' if self.is_place(at) => {
                    at = self.place(at);
                    continue;
                }
                b';' => {
                    self.ended = true;
                    at + 1
                }
                _ => at + 1,
            };
            self.copy(at, end);
            at = end;
        }
        Ok(())
    }

    /// Only ever called with places between characters: all marks are ASCII.
    fn copy(&mut self, from: usize, to: usize) {
        let to = to.min(self.bytes.len());
        match self.sql.get(from..to) {
            Some(part) => self.text.push_str(part),
            // Inside of a character: take the whole of it at its first byte.
            None if self.sql.is_char_boundary(from) => {
                self.text.extend(self.sql.get(from..).and_then(|rest| rest.chars().next()));
            }
            None => {}
        }
    }

    /// The end of the comment that begins here.
    fn comment(&self, at: usize) -> Option<usize> {
        let line = match self.byte(at) {
            // MySQL asks for a blank after it; elsewhere `5--3` is a comment already.
            b'-' if self.byte(at + 1) == b'-' => {
                self.dialect != Dialect::Mysql || matches!(self.byte(at + 2), 0..=b' ')
            }
            b'#' => self.dialect == Dialect::Mysql,
            _ => false,
        };
        let rest = self.bytes.get(at..).unwrap_or_default();
        if line {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            return Some(at + end);
        }
        if !rest.starts_with(b"/*") {
            return None;
        }
        let mut depth = 1;
        let mut here = at + 2;
        while here < self.bytes.len() && depth > 0 {
            match (self.byte(here), self.byte(here + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    here += 2;
                }
                (b'/', b'*') if self.dialect == Dialect::Postgres => {
                    depth += 1;
                    here += 2;
                }
                _ => here += 1,
            }
        }
        Some(here)
    }

    /// Whether `\` escapes in the string that begins here.
    fn escapes(&self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).map_or(0, |at| self.byte(at));
        match self.dialect {
            Dialect::Mysql => true,
            Dialect::Postgres => matches!(before(1), b'e' | b'E') && !in_name(before(2)),
            Dialect::Sqlite => false,
        }
    }

    /// The end of what is quoted from here; a doubled mark is one of its characters, for it reads as
    /// two strings beside each other.
    fn string(&self, at: usize, mark: u8, escapes: bool) -> usize {
        let mut here = at + 1;
        while here < self.bytes.len() {
            let byte = self.byte(here);
            let doubled = byte == mark && self.byte(here + 1) == mark && mark != b']';
            if doubled || byte == b'\\' && escapes {
                here += 2;
            } else if byte == mark {
                return here + 1;
            } else {
                here += 1;
            }
        }
        self.bytes.len()
    }

    /// The end of a string between `$tag$` and `$tag$`, or of a lone `$`.
    fn dollars(&self, at: usize) -> usize {
        if at > 0 && in_name(self.byte(at - 1)) {
            return at + 1;
        }
        let mut end = at + 1;
        while in_name(self.byte(end)) && end < self.bytes.len() {
            end += 1;
        }
        if self.byte(end) != b'$' || self.byte(at + 1).is_ascii_digit() {
            return at + 1;
        }
        let tag = self.sql.get(at..=end).unwrap_or_default();
        let rest = self.sql.get(end + 1..).unwrap_or_default();
        rest.find(tag).map_or(self.bytes.len(), |found| end + 1 + found + tag.len())
    }

    fn is_place(&self, at: usize) -> bool {
        let first = self.byte(at + 1);
        let before = at.checked_sub(1).map_or(0, |before| self.byte(before));
        (first.is_ascii_alphabetic() || first == b'_') && !in_name(before)
    }

    fn place(&mut self, at: usize) -> usize {
        let mut end = at + 1;
        while self.byte(end).is_ascii_alphanumeric() || self.byte(end) == b'_' {
            end += 1;
        }
        let name = self.sql.get(at + 1..end).unwrap_or_default().to_owned();
        let known = self.names.iter().position(|known| *known == name);
        let number = match known.filter(|_| self.dialect != Dialect::Mysql) {
            Some(known) => known + 1,
            None => {
                self.names.push(name);
                self.names.len()
            }
        };
        let place = place(self.dialect, number);
        self.text.push_str(&place);
        end
    }
}
