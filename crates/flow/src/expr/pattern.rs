//! Regular expressions: JavaScript's spelling on the `regex` crate, which matches in linear time.
//!
//! `\d`, `\w` and `\b` mean ASCII, as in JavaScript. No back-references, no look-around.

use regex::{Regex, RegexBuilder};

#[derive(Debug)]
pub struct Pattern {
    pub regex: Regex,
    /// Flag `g`.
    pub global: bool,
}

/// Bytes that a compiled pattern may take.
const MOST: usize = 1 << 20;

impl Pattern {
    pub fn new(source: &str, flags: &str) -> Result<Self, String> {
        let mut builder = RegexBuilder::new(&translate(source)?);
        builder.size_limit(MOST).dfa_size_limit(MOST).nest_limit(50);
        let mut global = false;
        for flag in flags.chars() {
            match flag {
                'g' => global = true,
                'i' => {
                    builder.case_insensitive(true);
                }
                'm' => {
                    builder.multi_line(true);
                }
                's' => {
                    builder.dot_matches_new_line(true);
                }
                'u' => {}
                other => {
                    return Err(format!(
                        "the flag `{other}` does not exist here; use g, i, m, s or u"
                    ));
                }
            }
        }
        match builder.build() {
            Ok(regex) => Ok(Self { regex, global }),
            Err(regex::Error::CompiledTooBig(_)) => Err("the pattern is too large".to_owned()),
            Err(error) => {
                let text = error.to_string();
                let line = text.lines().last().unwrap_or_default();
                Err(line.trim_start_matches("error: ").to_owned())
            }
        }
    }
}

/// From JavaScript's spelling to the crate's.
fn translate(source: &str) -> Result<String, String> {
    let mut out = String::with_capacity(source.len() + 16);
    let mut chars = source.chars().peekable();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let Some(c) = chars.next() else {
                    return Err("the pattern ends in a backslash".to_owned());
                };
                match c {
                    'd' => out.push_str(if class { "0-9" } else { "[0-9]" }),
                    'D' => out.push_str("[^0-9]"),
                    'w' => out.push_str(if class { "A-Za-z0-9_" } else { "[A-Za-z0-9_]" }),
                    'W' => out.push_str("[^A-Za-z0-9_]"),
                    'b' if class => out.push_str("\\x08"),
                    'b' => out.push_str("(?-u:\\b)"),
                    'B' => out.push_str("(?-u:\\B)"),
                    '0' => out.push_str("\\x00"),
                    '1'..='9' | 'k' => {
                        return Err("back-references do not exist in linear time".to_owned());
                    }
                    'u' if chars.peek() == Some(&'{') => out.push_str("\\x"),
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                            return Err("`\\u` needs four hexadecimal digits".to_owned());
                        }
                        out.push_str("\\x{");
                        out.push_str(&digits);
                        out.push('}');
                    }
                    's' | 'S' | 'n' | 'r' | 't' | 'f' | 'v' | 'x' | 'p' | 'P' => {
                        out.push('\\');
                        out.push(c);
                    }
                    c if c.is_ascii_alphanumeric() => {
                        return Err(format!("`\\{c}` means nothing in a pattern"));
                    }
                    c => push_literal(&mut out, c),
                }
            }
            '[' if class => out.push_str("\\["),
            '[' => {
                class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    chars.next();
                    out.push('^');
                }
                if chars.peek() == Some(&']') {
                    chars.next();
                    class = false;
                    // `[]` matches nothing, `[^]` anything.
                    let any = out.ends_with('^');
                    out.truncate(out.len() - if any { 2 } else { 1 });
                    out.push_str(if any { "(?s:.)" } else { "[^\\x{0}-\\x{10FFFF}]" });
                }
            }
            ']' => {
                class = false;
                out.push(']');
            }
            '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            '-' if class && out.ends_with('-') => out.push_str("\\-"),
            c => out.push(c),
        }
    }
    Ok(out)
}

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}
