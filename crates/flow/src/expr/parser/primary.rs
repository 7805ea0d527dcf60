//! Literals, names, brackets, template strings, calls of functions.

use std::sync::Arc;

use codex32_model::value::{Key, Object};
use codex32_model::{Value, codes};

use super::super::Reference;
use super::super::ast::{Arg, Item, Kind, Node, Property, TextPart};
use super::super::lexer::Token;
use super::super::names::{self, Function, NAMESPACES};
use super::super::pattern::Pattern;
use super::{Parse, Parser, height, shorten};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parse<Node> {
        let start = self.start;
        match &self.token {
            Token::Number(number) => {
                let value = Value::number(*number);
                self.advance()?;
                self.node(Kind::Const(value), start, 0)
            }
            Token::Text(text) => {
                let value = Value::str(text.as_str());
                self.advance()?;
                self.node(Kind::Const(value), start, 0)
            }
            Token::Backtick => self.template_string(),
            Token::Regex { .. } => self.pattern_test(),
            Token::Sign("(") => {
                self.advance()?;
                let node = self.expression()?;
                self.expect(")")?;
                // Parentheses end a reference: `(steps)` alone gets no key later.
                Ok(node)
            }
            Token::Sign("[") => self.list(),
            Token::Sign("{") => self.object(),
            Token::Name(name) => {
                let name = name.clone();
                self.name(&name)
            }
            Token::Sign(_) | Token::End => Err(self.unexpected("a value")),
        }
    }

    fn name(&mut self, name: &str) -> Parse<Node> {
        let start = self.start;
        let constant = match name {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" | "undefined" | "NaN" | "Infinity" => Some(Value::Null),
            _ => None,
        };
        if let Some(value) = constant {
            self.advance()?;
            return self.node(Kind::Const(value), start, 0);
        }
        if name == "new" {
            return self.construct();
        }
        if let Some((message, hint)) = refused(name) {
            return Err(self.unsupported(message, hint));
        }
        let local = self.locals.iter().rposition(|local| local == name);
        let end = self.end;
        self.advance_after(true)?;
        if let Some(slot) = local {
            if self.at("(") {
                let message = format!("`{}` is a value, not a function", shorten(name));
                return Err(self.error(codes::expr::UNKNOWN_FUNCTION, message, start, end));
            }
            return self.node(Kind::Local(slot), start, 0);
        }
        if self.at("(") {
            let Some(function) = Function::find(name) else {
                return Err(self.unknown_function(name, start, end));
            };
            return self.call(function, start);
        }
        if NAMESPACES.contains(&name) && self.at(".") {
            return self.namespace(name, start);
        }
        if self.at("=>") {
            return Err(self.unexpected("an operator"));
        }
        let span = self.span(start).range();
        self.references.push(Reference { root: name.to_owned(), key: None, span });
        self.node(Kind::Root(name.into()), start, 0)
    }

    fn namespace(&mut self, space: &str, start: usize) -> Parse<Node> {
        self.advance()?;
        let Token::Name(member) = &self.token else {
            return Err(self.unexpected("a name"));
        };
        let full = format!("{space}.{member}");
        let end = self.end;
        self.advance_after(true)?;
        if self.at("(") {
            return match Function::find(&full) {
                Some(function) => self.call(function, start),
                None => Err(self.unknown_function(&full, start, end)),
            };
        }
        match names::constant(&full) {
            Some(number) => self.node(Kind::Const(Value::number(number)), start, 0),
            None => Err(self.unknown_function(&full, start, end)),
        }
    }

    fn unknown_function(&self, name: &str, start: usize, end: usize) -> Box<super::SyntaxError> {
        let message = format!("There is no function `{}`", shorten(name));
        let mut error = self.error(codes::expr::UNKNOWN_FUNCTION, message, start, end);
        let hint = match name {
            "Date.now" => {
                "use `now`, the recorded time: the same run then always gives the same".to_owned()
            }
            "Math.random" | "uuid" | "crypto.randomUUID" => {
                "an expression gives the same value every time; use a `code` step".to_owned()
            }
            "Date" => "write `new Date(value)`".to_owned(),
            "fetch" | "require" | "import" => {
                "an expression reaches nothing outside; use a step".to_owned()
            }
            "eval" | "Function" | "setTimeout" => "use a `code` step".to_owned(),
            _ => {
                let known = Function::ALL.iter().map(|(name, _)| *name);
                match names::nearest(name, known) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "use a `code` step".to_owned(),
                }
            }
        };
        error.suggestion = Some(hint);
        error
    }

    fn construct(&mut self) -> Parse<Node> {
        let start = self.start;
        self.advance()?;
        let function = match &self.token {
            Token::Name(name) if name == "Date" => Function::NewDate,
            Token::Name(name) if name == "Set" => Function::NewSet,
            _ => {
                let message = "Only `new Date(…)` and `new Set(…)` can be constructed";
                return Err(self.unsupported(message, "use a `code` step"));
            }
        };
        self.advance_after(true)?;
        if !self.at("(") {
            return Err(self.unexpected("`(`"));
        }
        let node = self.call(function, start)?;
        let now = matches!(&node.kind, Kind::Call { function: Function::NewDate, args } if args.is_empty());
        if now {
            // `new Date()` is the recorded time.
            let span = self.span(start).range();
            self.references.push(Reference { root: "now".to_owned(), key: None, span });
        }
        Ok(node)
    }

    /// The call of a function; the token is its `(`.
    fn call(&mut self, function: Function, start: usize) -> Parse<Node> {
        let args = self.arguments(function.name(), function.callback(), false)?;
        let spread = args.iter().any(|arg| matches!(arg, Arg::Spread(_)));
        let (least, most) = function.arity();
        let count = args.len();
        if !spread && (count < usize::from(least) || (most != 255 && count > usize::from(most))) {
            let name = function.name();
            let takes = match (least, most) {
                (0, 1) => "at most 1 argument".to_owned(),
                (1, 1) => "1 argument".to_owned(),
                (least, 255) => format!("at least {least} arguments"),
                (least, most) if least == most => format!("{least} arguments"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            let message = format!("`{name}` takes {takes}, not {count}");
            return Err(self.error(codes::expr::SYNTAX, message, start, self.before));
        }
        let below = height(&args);
        if matches!(function, Function::DaysSince | Function::DaysUntil) {
            let span = self.span(start).range();
            self.references.push(Reference { root: "now".to_owned(), key: None, span });
        }
        self.node(Kind::Call { function, args }, start, below)
    }

    fn list(&mut self) -> Parse<Node> {
        let start = self.start;
        self.advance()?;
        let mut items = Vec::new();
        while !self.at("]") {
            if self.at(",") {
                return Err(self.unexpected("a value"));
            }
            let spread = self.eat("...")?;
            items.push(Item { spread, node: self.expression()? });
            if !self.at("]") {
                self.expect(",")?;
            }
        }
        self.advance()?;
        let below = items.iter().map(|item| item.node.depth).max().unwrap_or(0);
        let constant = |item: &Item| match &item.node.kind {
            Kind::Const(value) if !item.spread => Some(value.clone()),
            _ => None,
        };
        let kind = match items.iter().map(constant).collect::<Option<Vec<_>>>() {
            Some(values) => Kind::Const(Value::from(values)),
            None => Kind::List(items),
        };
        self.node(kind, start, below)
    }

    fn object(&mut self) -> Parse<Node> {
        let start = self.start;
        self.advance()?;
        let mut properties = Vec::new();
        let mut below = 0;
        while !self.at("}") {
            let property = self.property()?;
            below = below.max(match &property {
                Property::Field(_, node) | Property::Spread(node) => node.depth,
                Property::Computed(key, node) => key.depth.max(node.depth),
            });
            properties.push(property);
            if !self.at("}") {
                self.expect(",")?;
            }
        }
        self.advance()?;
        let constant = |property: &Property| match property {
            Property::Field(key, Node { kind: Kind::Const(value), .. }) => {
                Some((Key::clone(key), value.clone()))
            }
            _ => None,
        };
        let kind = match properties.iter().map(constant).collect::<Option<Object>>() {
            Some(fields) => Kind::Const(Value::from(fields)),
            None => Kind::Object(properties),
        };
        self.node(kind, start, below)
    }

    fn property(&mut self) -> Parse<Property> {
        if self.eat("...")? {
            return Ok(Property::Spread(self.expression()?));
        }
        if self.eat("[")? {
            let key = self.expression()?;
            self.expect("]")?;
            self.expect(":")?;
            return Ok(Property::Computed(key, self.expression()?));
        }
        let (key, shorthand): (Key, bool) = match &self.token {
            Token::Name(name) => (name.as_str().into(), true),
            Token::Text(text) => (text.as_str().into(), false),
            Token::Number(number) => (Value::number(*number).to_text().into(), false),
            _ => return Err(self.unexpected("the name of a field")),
        };
        let (start, end, before) = (self.start, self.end, self.before);
        let token = self.token.clone();
        self.advance_after(true)?;
        if self.eat(":")? {
            return Ok(Property::Field(key, self.expression()?));
        }
        if !shorthand || !(self.at(",") || self.at("}")) {
            if self.at("(") {
                let message = "An object holds values, not methods";
                return Err(self.unsupported(message, "use a `code` step"));
            }
            return Err(self.unexpected("`:`"));
        }
        // `{name}`: back to the name, which is also the value.
        (self.token, self.start, self.end, self.before) = (token, start, end, before);
        let value = self.name(&key)?;
        Ok(Property::Field(key, value))
    }

    fn template_string(&mut self) -> Parse<Node> {
        let start = self.start;
        let mut at = self.end;
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut below = 0;
        loop {
            let (here, next) = (self.lexer.chars.get(at), self.lexer.chars.get(at + 1));
            match (here, next) {
                (None, _) => {
                    let message = "This template string never ends: the closing ` is missing";
                    return Err(self.error(codes::expr::SYNTAX, message, start, at));
                }
                (Some('`'), _) => break,
                (Some('\\'), _) => {
                    at = self.lexer.escape(at, &mut text).map_err(|error| {
                        self.error(error.code, error.message, error.start, error.end)
                    })?;
                }
                (Some('$'), Some('{')) => {
                    if !text.is_empty() {
                        parts.push(TextPart::Text(std::mem::take(&mut text).into()));
                    }
                    self.end = at + 2;
                    self.advance_after(false)?;
                    let node = self.expression()?;
                    if !self.at("}") {
                        return Err(self.unexpected("`}`"));
                    }
                    at = self.end;
                    below = below.max(node.depth);
                    parts.push(TextPart::Value(node));
                }
                (Some(c), _) => {
                    text.push(*c);
                    at += 1;
                }
            }
        }
        if !text.is_empty() {
            parts.push(TextPart::Text(text.into()));
        }
        self.end = at + 1;
        self.advance_after(true)?;
        let kind = match parts.as_slice() {
            [] => Kind::Const(Value::str("")),
            [TextPart::Text(text)] => Kind::Const(Value::str(&**text)),
            _ => Kind::Text(parts),
        };
        self.node(kind, start, below)
    }

    /// A regular expression outside of arguments: only `/x/.test(text)`.
    fn pattern_test(&mut self) -> Parse<Node> {
        let start = self.start;
        let (pattern, end) = self.pattern()?;
        let test = self.at(".") && {
            self.advance()?;
            matches!(&self.token, Token::Name(name) if name == "test")
        };
        if !test {
            let message = "A regular expression can only be given to `match`, `matchAll`, \
                           `replace`, `replaceAll`, `split` and `search`, or be asked `/x/.test(text)`";
            return Err(self.error(codes::expr::UNSUPPORTED, message, start, end));
        }
        self.advance()?;
        self.expect("(")?;
        let text = Box::new(self.expression()?);
        self.expect(")")?;
        let below = text.depth;
        self.node(Kind::Test { pattern, text }, start, below)
    }

    /// The regular expression at the token, and where it ends.
    pub(super) fn pattern(&mut self) -> Parse<(Arc<Pattern>, usize)> {
        let (start, end) = (self.start, self.end);
        let Token::Regex { pattern, flags } = &self.token else {
            return Err(self.unexpected("a regular expression"));
        };
        let compiled = Pattern::new(pattern, flags).map_err(|reason| {
            let message = format!("This regular expression cannot be used: {reason}");
            self.error(codes::expr::PATTERN, message, start, end)
        })?;
        self.advance()?;
        Ok((Arc::new(compiled), end))
    }
}

/// Words of JavaScript that expressions do not have.
fn refused(name: &str) -> Option<(String, &'static str)> {
    let message = match name {
        "this" => {
            "There is no `this`: values are reached by name, such as `inputs.total`".to_owned()
        }
        "await" | "async" | "yield" => format!("An expression does not wait: there is no `{name}`"),
        "function" | "class" | "super" => format!("An expression cannot define a `{name}`"),
        "instanceof" => "There are no classes".to_owned(),
        "delete" | "void" | "let" | "const" | "var" | "if" | "for" | "while" | "do" | "switch"
        | "return" | "throw" | "try" | "import" | "export" | "with" | "debugger" => {
            format!("An expression has no `{name}`")
        }
        _ => return None,
    };
    let hint = match name {
        "if" => "write `test ? a : b`, or use an `if` step",
        "this" => "use `inputs.…` or `steps.…`",
        _ => "use a `code` step",
    };
    Some((message, hint))
}
