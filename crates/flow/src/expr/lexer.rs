//! Characters to tokens, one at a time: the parser asks, because `/` and `` ` `` mean different
//! things in different places.

use codex32_model::{Code, codes};

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    End,
    Number(f64),
    Text(String),
    Name(String),
    /// Begins a template string; the parser reads on from the character after it.
    Backtick,
    Regex {
        pattern: String,
        flags: String,
    },
    Sign(&'static str),
}

/// What is wrong, from which character to which.
#[derive(Debug)]
pub struct LexError {
    pub code: Code,
    pub message: String,
    pub start: usize,
    pub end: usize,
}

// Longest first. Those that expressions do not have are read too, for a better message.
const SIGNS: [&str; 58] = [
    ">>>=", "===", "!==", "**=", "...", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=",
    "<=", ">=", "&&", "||", "??", "?.", "**", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "<<", ">>", "{", "}", "(", ")", "[", "]", ".", ",", ":", ";", "?", "<", ">", "=", "+",
    "-", "*", "/", "%", "!", "&", "|", "^", "~", "@",
];

pub struct Lexer<'a> {
    pub chars: &'a [char],
}

impl Lexer<'_> {
    /// The token at or after `at`: (token, start, end). `operand`: a value ended just before, so
    /// that `/` divides.
    pub fn next(&self, at: usize, operand: bool) -> Result<(Token, usize, usize), LexError> {
        let start = self.skip_blank(at)?;
        let Some(&c) = self.chars.get(start) else {
            return Ok((Token::End, start, start));
        };
        let peek = self.chars.get(start + 1).copied();
        let (token, end) = match c {
            '0'..='9' => self.number(start)?,
            '.' if peek.is_some_and(|c| c.is_ascii_digit()) => self.number(start)?,
            '"' | '\'' => self.text(start, c)?,
            '`' => (Token::Backtick, start + 1),
            '/' if !operand => self.regex(start)?,
            c if is_name_start(c) => {
                let end = start + self.chars[start..].iter().take_while(|c| is_name(**c)).count();
                (Token::Name(self.chars[start..end].iter().collect()), end)
            }
            _ => self.sign(start)?,
        };
        Ok((token, start, end))
    }

    fn skip_blank(&self, mut at: usize) -> Result<usize, LexError> {
        loop {
            match (self.chars.get(at), self.chars.get(at + 1)) {
                (Some(c), _) if c.is_whitespace() || *c == '\u{feff}' => at += 1,
                (Some('/'), Some('/')) => {
                    at += self.chars[at..].iter().take_while(|c| **c != '\n').count();
                }
                (Some('/'), Some('*')) => {
                    let close = self.chars[at + 2..].windows(2).position(|pair| pair == ['*', '/']);
                    let Some(close) = close else {
                        return Err(fail("This comment never ends: `*/` is missing", at, at + 2));
                    };
                    at += close + 4;
                }
                _ => return Ok(at),
            }
        }
    }

    fn sign(&self, start: usize) -> Result<(Token, usize), LexError> {
        let rest = &self.chars[start..];
        for sign in SIGNS {
            if !sign.chars().enumerate().all(|(at, c)| rest.get(at) == Some(&c)) {
                continue;
            }
            // `a ?.5 : 1` is a conditional, not a chain.
            if sign == "?." && rest.get(2).is_some_and(char::is_ascii_digit) {
                continue;
            }
            return Ok((Token::Sign(sign), start + sign.len()));
        }
        let c = rest.first().copied().unwrap_or(' ');
        Err(fail(format!("`{c}` means nothing in an expression"), start, start + 1))
    }

    fn number(&self, start: usize) -> Result<(Token, usize), LexError> {
        let radix = match (self.chars[start], self.chars.get(start + 1)) {
            ('0', Some('x' | 'X')) => 16,
            ('0', Some('o' | 'O')) => 8,
            ('0', Some('b' | 'B')) => 2,
            _ => 10,
        };
        let mut end = start;
        let value = if radix != 10 {
            end += 2;
            let mut value = 0.0_f64;
            let mut digits = 0;
            while let Some(c) = self.chars.get(end) {
                if let Some(digit) = c.to_digit(radix) {
                    value = value * f64::from(radix) + f64::from(digit);
                    digits += 1;
                } else if *c != '_' {
                    break;
                }
                end += 1;
            }
            (digits > 0).then_some(value)
        } else {
            let mut text = String::new();
            while let Some(&c) = self.chars.get(end) {
                let sign_of_exponent = matches!(c, '+' | '-') && text.ends_with(['e', 'E']);
                match c {
                    '0'..='9' | 'e' | 'E' => text.push(c),
                    '.' if !text.contains(['.', 'e', 'E']) => text.push(c),
                    '_' => {}
                    _ if sign_of_exponent => text.push(c),
                    _ => break,
                }
                end += 1;
            }
            text.parse::<f64>().ok().filter(|value| value.is_finite())
        };
        if self.chars.get(end) == Some(&'n') {
            let message = "Whole numbers are written without `n`";
            return Err(fail(message, start, end + 1));
        }
        let tail = self.chars[end..].iter().take_while(|c| is_name(**c)).count();
        match value {
            Some(value) if tail == 0 => Ok((Token::Number(value), end)),
            _ => {
                let end = end + tail;
                let text: String = self.chars[start..end].iter().take(30).collect();
                Err(fail(format!("`{text}` is not a number"), start, end))
            }
        }
    }

    fn text(&self, start: usize, quote: char) -> Result<(Token, usize), LexError> {
        let mut out = String::new();
        let mut at = start + 1;
        loop {
            match self.chars.get(at) {
                Some(&c) if c == quote => return Ok((Token::Text(out), at + 1)),
                Some('\\') => at = self.escape(at, &mut out)?,
                // A raw line break is accepted: a folded YAML text may bring one.
                Some(&c) => {
                    out.push(c);
                    at += 1;
                }
                None => {
                    let message = format!("This text never ends: the closing {quote} is missing");
                    return Err(fail(message, start, self.chars.len()));
                }
            }
        }
    }

    /// Reads the escape at `at` (a backslash) into `out`; gives the place after it.
    pub fn escape(&self, at: usize, out: &mut String) -> Result<usize, LexError> {
        let bad = |end: usize| fail("This escape is not complete", at, end);
        let Some(&c) = self.chars.get(at + 1) else {
            return Err(bad(at + 1));
        };
        let mut end = at + 2;
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            '0' => out.push('\0'),
            '\n' => {}
            'x' => {
                out.push(
                    char::from_u32(self.hex(end, 2).ok_or_else(|| bad(end))?)
                        .ok_or_else(|| bad(end))?,
                );
                end += 2;
            }
            'u' if self.chars.get(end) == Some(&'{') => {
                let length =
                    self.chars[end + 1..].iter().take(7).take_while(|c| **c != '}').count();
                let code = self.hex(end + 1, length).and_then(char::from_u32);
                out.push(code.filter(|_| length > 0).ok_or_else(|| bad(end))?);
                end += length + 2;
            }
            'u' => {
                let mut code = self.hex(end, 4).ok_or_else(|| bad(end))?;
                end += 4;
                let pair =
                    self.chars.get(end) == Some(&'\\') && self.chars.get(end + 1) == Some(&'u');
                if (0xD800..0xDC00).contains(&code) && pair {
                    let low = self.hex(end + 2, 4).filter(|low| (0xDC00..0xE000).contains(low));
                    let low = low.ok_or_else(|| bad(end))?;
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    end += 6;
                }
                // Half a pair is no character.
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => out.push(other),
        }
        Ok(end)
    }

    fn hex(&self, at: usize, length: usize) -> Option<u32> {
        let digits = self.chars.get(at..at.checked_add(length)?)?;
        digits.iter().try_fold(0_u32, |value, c| Some(value * 16 + c.to_digit(16)?))
    }

    fn regex(&self, start: usize) -> Result<(Token, usize), LexError> {
        let mut at = start + 1;
        let mut class = false;
        loop {
            match self.chars.get(at) {
                None | Some('\n') => {
                    let message = "This regular expression never ends: the closing / is missing";
                    return Err(fail(message, start, at.min(self.chars.len())));
                }
                Some('\\') => at += 1,
                Some('[') => class = true,
                Some(']') => class = false,
                Some('/') if !class => break,
                Some(_) => {}
            }
            at += 1;
        }
        let pattern = self.chars[start + 1..at].iter().collect();
        let end = at + 1 + self.chars[at + 1..].iter().take_while(|c| is_name(**c)).count();
        let flags = self.chars[at + 1..end].iter().collect();
        Ok((Token::Regex { pattern, flags }, end))
    }
}

fn fail(message: impl Into<String>, start: usize, end: usize) -> LexError {
    LexError { code: codes::expr::SYNTAX, message: message.into(), start, end }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}
