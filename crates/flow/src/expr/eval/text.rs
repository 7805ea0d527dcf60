//! Methods of texts. Places and lengths count characters.

use codex32_model::{Value, codes};
use regex::Captures;

use super::super::names::Method;
use super::call::{Args, Special};
use super::list::bounds;
use super::{Done, Eval, convert, issue, weigh};

impl Eval<'_> {
    pub(super) fn text_method(
        &mut self,
        text: &str,
        method: Method,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let name = method.name();
        self.budget.burn(text.len() as u64 / 32)?;
        Ok(match method {
            Method::Trim => self.copy(text.trim())?,
            Method::TrimStart => self.copy(text.trim_start())?,
            Method::TrimEnd => self.copy(text.trim_end())?,
            Method::ToUpperCase | Method::ToLocaleUpperCase => {
                // A character can become three.
                weigh::text(text.len().saturating_mul(3), self.budget)?;
                Value::from(text.to_uppercase())
            }
            Method::ToLowerCase | Method::ToLocaleLowerCase => {
                weigh::text(text.len().saturating_mul(2), self.budget)?;
                Value::from(text.to_lowercase())
            }
            Method::Includes => {
                Value::Bool(after(text, args.int(name, 1)?).contains(args.str(name, 0)?))
            }
            Method::StartsWith => {
                Value::Bool(after(text, args.int(name, 1)?).starts_with(args.str(name, 0)?))
            }
            Method::EndsWith => Value::Bool(text.ends_with(args.str(name, 0)?)),
            Method::IndexOf => {
                let rest = after(text, args.int(name, 1)?);
                let found = rest.find(args.str(name, 0)?);
                place(text, found.map(|at| at + text.len() - rest.len()))
            }
            Method::LastIndexOf => place(text, text.rfind(args.str(name, 0)?)),
            Method::Slice => {
                let (from, to) = bounds(length(text), args.int(name, 0)?, args.int(name, 1)?);
                self.copy(part(text, from, to))?
            }
            Method::Substring => {
                let most = length(text) as i64;
                let from = args.int(name, 0)?.unwrap_or(0).clamp(0, most);
                let to = args.int(name, 1)?.unwrap_or(most).clamp(0, most);
                let (from, to) = bounds(length(text), Some(from.min(to)), Some(from.max(to)));
                self.copy(part(text, from, to))?
            }
            Method::Substr => {
                let (from, all) = bounds(length(text), args.int(name, 0)?, None);
                let count =
                    args.int(name, 1)?.map_or(all, |count| usize::try_from(count).unwrap_or(0));
                self.copy(part(text, from, from.saturating_add(count).min(all)))?
            }
            Method::CharAt => {
                let c = char_at(text, args.int(name, 0)?.unwrap_or(0));
                Value::from(c.map(String::from).unwrap_or_default())
            }
            Method::At => {
                let at = args.int(name, 0)?.unwrap_or(0);
                let at = if at < 0 { at.saturating_add(length(text) as i64) } else { at };
                char_at(text, at).map_or(Value::Null, |c| Value::from(c.to_string()))
            }
            Method::CharCodeAt | Method::CodePointAt => {
                char_at(text, args.int(name, 0)?.unwrap_or(0))
                    .map_or(Value::Null, |c| Value::from(u32::from(c)))
            }
            Method::Concat => {
                let mut out = String::new();
                convert::push(&mut out, text, self.budget)?;
                for arg in args.iter() {
                    convert::push_text(arg, &mut out, self.budget)?;
                }
                Value::from(out)
            }
            Method::PadStart | Method::PadEnd => self.pad(text, method, args)?,
            Method::Repeat => {
                let count = args.int(name, 0)?.unwrap_or(0);
                let Ok(count) = usize::try_from(count) else {
                    return Err(issue(
                        codes::expr::BAD_ARGUMENT,
                        "`repeat` cannot repeat less than 0 times",
                    ));
                };
                weigh::text(text.len().saturating_mul(count), self.budget)?;
                Value::from(if text.is_empty() { String::new() } else { text.repeat(count) })
            }
            Method::Split => self.split(text, args, special)?,
            Method::Replace | Method::ReplaceAll => self.replace(text, method, args, special)?,
            Method::Match => {
                let pattern = needs_pattern(name, special)?;
                self.scan(text)?;
                if pattern.global {
                    let mut out = Vec::new();
                    for found in pattern.regex.find_iter(text) {
                        self.budget.allocate(24)?;
                        out.push(self.copy(found.as_str())?);
                    }
                    if out.is_empty() { Value::Null } else { Value::from(out) }
                } else {
                    match pattern.regex.captures(text) {
                        Some(found) => self.groups(&found)?,
                        None => Value::Null,
                    }
                }
            }
            Method::MatchAll => {
                let pattern = needs_pattern(name, special)?;
                self.scan(text)?;
                let mut out = Vec::new();
                for found in pattern.regex.captures_iter(text) {
                    self.budget.allocate(24)?;
                    out.push(self.groups(&found)?);
                }
                Value::from(out)
            }
            Method::Search => {
                let pattern = needs_pattern(name, special)?;
                self.scan(text)?;
                place(text, pattern.regex.find(text).map(|found| found.start()))
            }
            Method::LocaleCompare => {
                let other = args.str(name, 0)?;
                self.budget.burn(other.len() as u64 / 8 + text.len() as u64 / 8)?;
                let fold =
                    |text: &'_ str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
                weigh::text((text.len() + other.len()).saturating_mul(4), self.budget)?;
                // Lower case before upper, as most collations do.
                let order = fold(text).cmp(&fold(other)).then_with(|| other.cmp(text));
                Value::Int(order as i64)
            }
            _ => Value::str(text),
        })
    }

    fn copy(&mut self, text: &str) -> Done<Value> {
        weigh::text(text.len(), self.budget)?;
        Ok(Value::str(text))
    }

    /// Charges for matching a pattern against a text: linear, but not cheap.
    fn scan(&mut self, text: &str) -> Done<()> {
        Ok(self.budget.burn(text.len() as u64 / 4 + 1)?)
    }

    fn groups(&mut self, found: &Captures<'_>) -> Done<Value> {
        weigh::list(found.len(), self.budget)?;
        let mut out = Vec::with_capacity(found.len());
        for group in found.iter() {
            out.push(match group {
                Some(group) => self.copy(group.as_str())?,
                None => Value::Null,
            });
        }
        Ok(Value::from(out))
    }

    fn pad(&mut self, text: &str, method: Method, args: &Args) -> Done<Value> {
        let name = method.name();
        let wanted = usize::try_from(args.int(name, 0)?.unwrap_or(0)).unwrap_or(0);
        let fill = if args.get(1).is_null() { " " } else { args.str(name, 1)? };
        let missing = wanted.saturating_sub(length(text));
        if missing == 0 || fill.is_empty() {
            return Ok(Value::str(text));
        }
        weigh::text(missing.saturating_mul(4).saturating_add(text.len()), self.budget)?;
        let pad: String = fill.chars().cycle().take(missing).collect();
        Ok(Value::from(if method == Method::PadStart {
            pad + text
        } else {
            format!("{text}{pad}")
        }))
    }

    fn split(&mut self, text: &str, args: &Args, special: Special<'_>) -> Done<Value> {
        let limit = match args.int("split", 1)? {
            Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        let mut out = Vec::new();
        if let Special::Pattern(pattern) = special {
            self.scan(text)?;
            let mut from = 0;
            for found in pattern.regex.captures_iter(text) {
                let Some(whole) = found.get(0) else { continue };
                // As in JavaScript, an empty match at either end splits nothing.
                if whole.is_empty() && (whole.start() == from || whole.start() == text.len()) {
                    continue;
                }
                self.piece(&text[from..whole.start()], &mut out)?;
                for group in found.iter().skip(1) {
                    match group {
                        Some(group) => self.piece(group.as_str(), &mut out)?,
                        None => out.push(Value::Null),
                    }
                }
                from = whole.end();
            }
            self.piece(&text[from..], &mut out)?;
        } else if args.get(0).is_null() {
            self.piece(text, &mut out)?;
        } else {
            let separator = args.str("split", 0)?;
            if separator.is_empty() {
                for (at, c) in text.char_indices() {
                    self.piece(&text[at..at + c.len_utf8()], &mut out)?;
                }
            } else {
                for piece in text.split(separator) {
                    self.piece(piece, &mut out)?;
                }
            }
        }
        out.truncate(limit);
        Ok(Value::from(out))
    }

    fn piece(&mut self, text: &str, out: &mut Vec<Value>) -> Done<()> {
        self.budget.allocate(24)?;
        let value = self.copy(text)?;
        out.push(value);
        Ok(())
    }

    fn replace(
        &mut self,
        text: &str,
        method: Method,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let name = method.name();
        let mut out = String::new();
        let mut from = 0;
        if let Some(pattern) = special.pattern() {
            self.scan(text)?;
            let once = !pattern.global && method == Method::Replace;
            for found in pattern.regex.captures_iter(text) {
                let Some(whole) = found.get(0) else { continue };
                convert::push(&mut out, &text[from..whole.start()], self.budget)?;
                if special.is_function() {
                    let groups = self.groups(&found)?;
                    let groups: Vec<&Value> = groups.as_list().unwrap_or_default().iter().collect();
                    let value = self.invoke(special, &groups)?;
                    convert::push_text(&value, &mut out, self.budget)?;
                } else {
                    self.expand(args.str(name, 1)?, whole.as_str(), Some(&found), &mut out)?;
                }
                from = whole.end();
                if once {
                    break;
                }
            }
        } else {
            let wanted = args.str(name, 0)?;
            for (at, found) in text.match_indices(wanted) {
                convert::push(&mut out, &text[from..at], self.budget)?;
                if special.is_function() {
                    let value = self.invoke(special, &[&Value::str(found)])?;
                    convert::push_text(&value, &mut out, self.budget)?;
                } else {
                    self.expand(args.str(name, 1)?, found, None, &mut out)?;
                }
                from = at + found.len();
                if method == Method::Replace {
                    break;
                }
            }
        }
        convert::push(&mut out, &text[from..], self.budget)?;
        Ok(Value::from(out))
    }

    /// `$&`, `$1`, `$<name>` and `$$` in a replacement.
    fn expand(
        &mut self,
        with: &str,
        whole: &str,
        groups: Option<&Captures<'_>>,
        out: &mut String,
    ) -> Done<()> {
        let mut rest = with;
        while let Some(at) = rest.find('$') {
            convert::push(out, &rest[..at], self.budget)?;
            let tail = &rest[at + 1..];
            let digits = tail.bytes().take(2).take_while(u8::is_ascii_digit).count();
            let group = |text: &str| {
                let number = text.parse::<usize>().ok().filter(|number| *number > 0)?;
                let groups = groups?;
                (number < groups.len())
                    .then(|| groups.get(number).map_or("", |group| group.as_str()))
            };
            let numbered =
                (1..=digits).rev().find_map(|count| Some((group(&tail[..count])?, count)));
            let named = || {
                let inner = tail.strip_prefix('<')?;
                let name = &inner[..inner.find('>')?];
                Some((groups?.name(name).map_or("", |group| group.as_str()), name.len() + 2))
            };
            let (put, used) = match tail.chars().next() {
                Some('$') => ("$", 1),
                Some('&') => (whole, 1),
                _ => numbered.or_else(named).unwrap_or(("$", 0)),
            };
            convert::push(out, put, self.budget)?;
            rest = &tail[used..];
        }
        convert::push(out, rest, self.budget)
    }
}

fn needs_pattern<'n>(name: &str, special: Special<'n>) -> Done<&'n super::super::pattern::Pattern> {
    special.pattern().ok_or_else(|| {
        let message =
            format!("`{name}` needs a regular expression written out: `{name}(/[0-9]+/)`");
        issue(codes::expr::WRONG_TYPE, message)
    })
}

pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

fn char_at(text: &str, at: i64) -> Option<char> {
    text.chars().nth(usize::try_from(at).ok()?)
}

/// The characters `from..to`.
pub(super) fn part(text: &str, from: usize, to: usize) -> &str {
    let byte = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
    let (start, end) = if text.is_ascii() {
        (from.min(text.len()), to.min(text.len()))
    } else {
        (byte(from), byte(to))
    };
    text.get(start..end.max(start)).unwrap_or_default()
}

fn after(text: &str, from: Option<i64>) -> &str {
    part(text, usize::try_from(from.unwrap_or(0)).unwrap_or(0), usize::MAX)
}

/// A place in bytes as one in characters; -1 for none.
fn place(text: &str, found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), |at| Value::from(length(&text[..at])))
}
