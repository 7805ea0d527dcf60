//! Arguments, and the arrow functions that only occur there.

use codex32_model::codes;

use super::super::ast::{Arg, Arrow, Param, Target};
use super::super::lexer::Token;
use super::super::names::Function;
use super::{Parse, Parser, shorten};

impl Parser<'_> {
    /// `(a, b, ...c)`; the token is the `(`. `callback` is the place that takes a function.
    pub(super) fn arguments(
        &mut self,
        callee: &str,
        callback: Option<usize>,
        pattern: bool,
    ) -> Parse<Vec<Arg>> {
        self.expect("(")?;
        let mut args = Vec::new();
        while !self.at(")") {
            let start = self.start;
            let arg = if self.eat("...")? {
                Arg::Spread(self.expression()?)
            } else if self.arrow_ahead() {
                if callback != Some(args.len()) {
                    let message = format!("`{callee}` takes no function here");
                    return Err(self.error(codes::expr::TYPE, message, start, self.end));
                }
                Arg::Arrow(self.arrow()?)
            } else if pattern && args.is_empty() && matches!(self.token, Token::Regex { .. }) && {
                // `/x/.test(y)` as an argument begins the same way.
                self.lexer.chars.get(self.end) != Some(&'.')
            } {
                let (pattern, _) = self.pattern()?;
                Arg::Regex(pattern)
            } else {
                match self.function_by_name(callback == Some(args.len()))? {
                    Some(function) => Arg::Function(function, self.span(start)),
                    None => Arg::Value(self.expression()?),
                }
            };
            args.push(arg);
            if !self.at(")") {
                self.expect(",")?;
            }
        }
        self.advance_after(true)?;
        Ok(args)
    }

    /// `Boolean` in `filter(Boolean)`, `Math.round` in `map(Math.round)`.
    fn function_by_name(&mut self, wanted: bool) -> Parse<Option<Function>> {
        let Token::Name(name) = &self.token else {
            return Ok(None);
        };
        if !wanted || self.locals.contains(name) {
            return Ok(None);
        }
        let rest: String = self.lexer.chars[self.start..]
            .iter()
            .take(40)
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$'))
            .collect();
        let after = self.start + rest.chars().count();
        let next = self.lexer.chars[after..].iter().find(|c| !c.is_whitespace());
        let function = Function::find(&rest).filter(|_| matches!(next, Some(')' | ',')));
        if function.is_some() {
            self.end = after;
            self.advance_after(true)?;
        }
        Ok(function)
    }

    /// Whether an arrow function begins at the token: `x =>` or `( … ) =>`.
    fn arrow_ahead(&self) -> bool {
        let chars = self.lexer.chars;
        let mut at = match &self.token {
            Token::Name(name) if name == "async" => return false,
            Token::Name(_) => self.end,
            Token::Sign("(") => {
                let mut depth = 0_u32;
                let mut at = self.start;
                loop {
                    match chars.get(at) {
                        None => return false,
                        Some('(' | '[' | '{') => depth += 1,
                        Some(')' | ']' | '}') => {
                            depth -= 1;
                            if depth == 0 {
                                break at + 1;
                            }
                        }
                        Some(&quote @ ('"' | '\'' | '`')) => {
                            at += 1;
                            while chars.get(at).is_some_and(|c| *c != quote) {
                                at += if chars[at] == '\\' { 2 } else { 1 };
                            }
                        }
                        Some(_) => {}
                    }
                    at += 1;
                }
            }
            _ => return false,
        };
        while chars.get(at).is_some_and(|c| c.is_whitespace()) {
            at += 1;
        }
        chars.get(at) == Some(&'=') && chars.get(at + 1) == Some(&'>')
    }

    fn arrow(&mut self) -> Parse<Arrow> {
        let start = self.start;
        let outer = self.locals.len();
        let mut params = Vec::new();
        if self.at("(") {
            self.advance()?;
            while !self.at(")") {
                if self.at("...") {
                    let hint = "name each parameter, or use a `code` step";
                    return Err(self.unsupported("A function has no rest parameter", hint));
                }
                params.push(self.param(0)?);
                if !self.at(")") {
                    self.expect(",")?;
                }
            }
            self.advance_after(true)?;
        } else {
            params.push(Param { target: self.binding()?, default: None });
        }
        self.expect("=>")?;
        let body = if self.at("{") { self.block()? } else { self.expression()? };
        self.locals.truncate(outer);
        let depth = params.iter().map(height).max().unwrap_or(0).max(body.depth);
        if depth >= super::MAX_HEIGHT {
            return Err(self.too_deep(start));
        }
        Ok(Arrow { params, body: Box::new(body), depth, span: self.span(start) })
    }

    /// `{ return value; }` and nothing else.
    fn block(&mut self) -> Parse<super::Node> {
        let hint = "write the value itself after `=>`; an object goes in parentheses: \
                    `item => ({name: item.name})`; for more use a `code` step";
        self.advance()?;
        if !matches!(&self.token, Token::Name(name) if name == "return") {
            return Err(self.unsupported("A function here has no statements", hint));
        }
        self.advance()?;
        let body = self.expression()?;
        self.eat(";")?;
        if !self.at("}") {
            return Err(self.unsupported("A function here has no statements", hint));
        }
        self.advance()?;
        Ok(body)
    }

    fn param(&mut self, level: u32) -> Parse<Param> {
        if level > 8 {
            return Err(self.too_deep(self.start));
        }
        let target = if self.at("{") {
            self.object_target(level)?
        } else if self.at("[") {
            self.list_target(level)?
        } else {
            self.binding()?
        };
        let default = if self.eat("=")? { Some(self.expression()?) } else { None };
        Ok(Param { target, default })
    }

    fn binding(&mut self) -> Parse<Target> {
        let Token::Name(name) = &self.token else {
            return Err(self.unexpected("the name of a parameter"));
        };
        if matches!(
            name.as_str(),
            "true" | "false" | "null" | "undefined" | "new" | "this" | "typeof" | "in"
        ) {
            let message = format!("`{}` cannot name a parameter", shorten(name));
            return Err(self.error(codes::expr::SYNTAX, message, self.start, self.end));
        }
        self.locals.push(name.clone());
        self.advance_after(true)?;
        Ok(Target::Name)
    }

    fn object_target(&mut self, level: u32) -> Parse<Target> {
        self.advance()?;
        let mut fields = Vec::new();
        let mut rest = false;
        while !self.at("}") {
            if self.eat("...")? {
                self.binding()?;
                rest = true;
                break;
            }
            let key = match &self.token {
                Token::Name(key) | Token::Text(key) => key.clone(),
                _ => return Err(self.unexpected("the name of a field")),
            };
            let (start, end, before, token) =
                (self.start, self.end, self.before, self.token.clone());
            self.advance_after(true)?;
            let param = if self.eat(":")? {
                self.param(level + 1)?
            } else {
                (self.token, self.start, self.end, self.before) = (token, start, end, before);
                let target = self.binding()?;
                let default = if self.eat("=")? { Some(self.expression()?) } else { None };
                Param { target, default }
            };
            fields.push((key.as_str().into(), param));
            if !self.at("}") {
                self.expect(",")?;
            }
        }
        self.expect("}")?;
        Ok(Target::Object { fields, rest })
    }

    fn list_target(&mut self, level: u32) -> Parse<Target> {
        self.advance()?;
        let mut items = Vec::new();
        let mut rest = false;
        while !self.at("]") {
            if self.at(",") {
                self.advance()?;
                items.push(None);
                continue;
            }
            if self.eat("...")? {
                self.binding()?;
                rest = true;
                break;
            }
            items.push(Some(self.param(level + 1)?));
            if !self.at("]") {
                self.expect(",")?;
            }
        }
        self.expect("]")?;
        Ok(Target::List { items, rest })
    }
}

fn height(param: &Param) -> u16 {
    let below = match &param.target {
        Target::Name => 0,
        Target::Object { fields, .. } => {
            fields.iter().map(|(_, param)| height(param)).max().unwrap_or(0)
        }
        Target::List { items, .. } => items.iter().flatten().map(height).max().unwrap_or(0),
    };
    param.default.as_ref().map_or(0, |node| node.depth).max(below + 1)
}
