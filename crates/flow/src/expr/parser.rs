//! Tokens to tree: a Pratt parser, bounded in depth and length.

mod arrows;
mod primary;

use std::sync::Arc;

use codex32_model::value::Key;
use codex32_model::{Code, Value, codes};

use super::ast::{Binary, Kind, Logical, Node, Span, Unary};
use super::lexer::{LexError, Lexer, Token};
use super::names::{self, Method};
use super::{Expr, MAX_SOURCE, Parsed, Reference, SyntaxError};

/// How deeply brackets, operators and calls may nest, and how high the tree may be.
const MAX_NESTING: u32 = 64;
const MAX_HEIGHT: u16 = 160;

pub(super) type Parse<T> = Result<T, Box<SyntaxError>>;

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    start: usize,
    end: usize,
    /// Where the token before ended.
    before: usize,
    nesting: u32,
    /// Where the expression's source begins; spans count from here.
    origin: usize,
    /// Names of arrow parameters in scope; the place is the slot.
    locals: Vec<String>,
    references: Vec<Reference>,
}

/// Reads a source that is nothing but one expression.
pub(super) fn parse(source: &str) -> Result<Expr, SyntaxError> {
    let chars: Vec<char> = source.chars().take(MAX_SOURCE + 1).collect();
    let (expr, _) = parse_at(&chars, 0, None).map_err(|error| *error)?;
    Ok(expr)
}

/// Reads an expression that begins at `from`. With `close` it must end before `}}`; gives the place
/// after that. Spans of errors count from `from`'s first character that is not blank.
pub(super) fn parse_at(chars: &[char], from: usize, close: Option<()>) -> Parse<(Expr, usize)> {
    let blank = chars[from..].iter().take_while(|c| c.is_whitespace()).count();
    let origin = from + blank;
    let mut parser = Parser {
        lexer: Lexer { chars },
        token: Token::End,
        start: origin,
        end: origin,
        before: origin,
        nesting: 0,
        origin,
        locals: Vec::new(),
        references: Vec::new(),
    };
    if close.is_none() && chars.len() - from > MAX_SOURCE {
        let message = format!("An expression has at most {MAX_SOURCE} characters");
        return Err(parser.error(codes::expr::TOO_LARGE, message, origin, origin + 1));
    }
    parser.advance()?;
    let closes = |parser: &Parser<'_>| {
        parser.token == Token::Sign("}") && chars.get(parser.end) == Some(&'}')
    };
    if parser.token == Token::End || (close.is_some() && closes(&parser)) {
        let at = parser.start;
        return Err(parser.error(codes::expr::SYNTAX, "There is no expression here", at, at));
    }
    let root = parser.expression()?;
    let last = parser.before;
    let after = match close {
        None if parser.token == Token::End => last,
        Some(()) if closes(&parser) => parser.end + 1,
        _ => return Err(parser.unexpected("the end of the expression")),
    };
    if last - origin > MAX_SOURCE {
        let message = format!("An expression has at most {MAX_SOURCE} characters");
        return Err(parser.error(codes::expr::TOO_LARGE, message, origin, origin + 1));
    }
    let source: String = chars[origin..last].iter().collect();
    let parsed =
        Parsed { source: source.into(), offset: origin, root, references: parser.references };
    Ok((Expr(Arc::new(parsed)), after))
}

impl Parser<'_> {
    pub(super) fn error(
        &self,
        code: Code,
        message: impl Into<String>,
        start: usize,
        end: usize,
    ) -> Box<SyntaxError> {
        let from = |at: usize| at.saturating_sub(self.origin);
        Box::new(SyntaxError {
            code,
            message: message.into(),
            span: from(start)..from(end),
            suggestion: None,
        })
    }

    fn unsupported(&self, message: impl Into<String>, hint: &str) -> Box<SyntaxError> {
        let mut error = self.error(codes::expr::UNSUPPORTED, message, self.start, self.end);
        error.suggestion = Some(hint.to_owned());
        error
    }

    fn unexpected(&self, expected: &str) -> Box<SyntaxError> {
        if let Token::Sign(sign) = self.token {
            let hint = "compute it in a `code` step";
            match sign {
                "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "**=" | "&&=" | "||=" | "??=" => {
                    let hint = if sign == "=" { "compare with `==`" } else { hint };
                    return self.unsupported("An expression cannot assign", hint);
                }
                "++" | "--" => return self.unsupported("An expression cannot assign", hint),
                "&" | "|" | "^" | "~" | "<<" | ">>" | ">>>" => {
                    return self.unsupported(format!("There is no operator `{sign}`"), hint);
                }
                ";" => return self.unsupported("An expression has no statements", hint),
                "=>" => {
                    let message = "A function can only be given to a method or function that takes \
                                   one, such as `list.map(item => item.name)`";
                    return self.unsupported(message, hint);
                }
                _ => {}
            }
        }
        let found = match &self.token {
            Token::End => "the end".to_owned(),
            Token::Number(_) => "a number".to_owned(),
            Token::Text(_) => "a text".to_owned(),
            Token::Name(name) => format!("`{}`", shorten(name)),
            Token::Backtick => "a template string".to_owned(),
            Token::Regex { .. } => "a regular expression".to_owned(),
            Token::Sign(sign) => format!("`{sign}`"),
        };
        let message = format!("Expected {expected}, found {found}");
        self.error(codes::expr::SYNTAX, message, self.start, self.end)
    }

    fn advance(&mut self) -> Parse<()> {
        let operand = match &self.token {
            Token::Number(_) | Token::Text(_) | Token::Regex { .. } => true,
            Token::Name(name) => !matches!(name.as_str(), "typeof" | "in" | "return"),
            Token::Sign(sign) => matches!(*sign, ")" | "]" | "}"),
            Token::End | Token::Backtick => false,
        };
        self.advance_after(operand)
    }

    fn advance_after(&mut self, operand: bool) -> Parse<()> {
        self.before = self.end;
        let (token, start, end) = self.lexer.next(self.end, operand).map_err(|error| {
            let LexError { code, message, start, end } = error;
            self.error(code, message, start, end)
        })?;
        (self.token, self.start, self.end) = (token, start, end);
        Ok(())
    }

    fn at(&self, sign: &str) -> bool {
        matches!(self.token, Token::Sign(found) if found == sign)
    }

    fn eat(&mut self, sign: &str) -> Parse<bool> {
        let found = self.at(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, sign: &str) -> Parse<()> {
        if self.eat(sign)? { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn span(&self, start: usize) -> Span {
        let from = |at: usize| u32::try_from(at.saturating_sub(self.origin)).unwrap_or(u32::MAX);
        Span { start: from(start), end: from(self.before.max(start)) }
    }

    /// A node whose highest child has `below` levels.
    fn node(&self, kind: Kind, start: usize, below: u16) -> Parse<Node> {
        let depth = below + 1;
        if depth > MAX_HEIGHT {
            return Err(self.too_deep(start));
        }
        Ok(Node { kind, span: self.span(start), depth })
    }

    fn too_deep(&self, start: usize) -> Box<SyntaxError> {
        let message = "The expression is nested too deeply";
        self.error(codes::expr::TOO_LARGE, message, start, self.end)
    }

    pub(super) fn expression(&mut self) -> Parse<Node> {
        if self.nesting >= MAX_NESTING {
            return Err(self.too_deep(self.start));
        }
        self.nesting += 1;
        let node = self.conditional();
        self.nesting -= 1;
        node
    }

    fn conditional(&mut self) -> Parse<Node> {
        let start = self.start;
        let test = self.binary(0)?;
        if !self.eat("?")? {
            return Ok(test);
        }
        let yes = self.expression()?;
        self.expect(":")?;
        let no = self.expression()?;
        let below = test.depth.max(yes.depth).max(no.depth);
        self.node(Kind::Conditional(Box::new(test), Box::new(yes), Box::new(no)), start, below)
    }

    fn binary(&mut self, least: u8) -> Parse<Node> {
        let start = self.start;
        let mut left = self.unary()?;
        while let Some((operator, power)) = self.operator() {
            if power < least {
                break;
            }
            self.advance()?;
            let right = if operator == Operator::Binary(Binary::Pow) {
                // Binds to the right.
                if self.nesting >= MAX_NESTING {
                    return Err(self.too_deep(start));
                }
                self.nesting += 1;
                let right = self.binary(power);
                self.nesting -= 1;
                right?
            } else {
                self.binary(power + 1)?
            };
            let below = left.depth.max(right.depth);
            let (a, b) = (Box::new(left), Box::new(right));
            let kind = match operator {
                Operator::Binary(operator) => Kind::Binary(operator, a, b),
                Operator::Logical(operator) => Kind::Logical(operator, a, b),
            };
            left = self.node(kind, start, below)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let binary = |operator, power| Some((Operator::Binary(operator), power));
        match &self.token {
            Token::Name(name) if name == "in" => binary(Binary::In, 5),
            Token::Sign(sign) => match *sign {
                "??" => Some((Operator::Logical(Logical::Coalesce), 1)),
                "||" => Some((Operator::Logical(Logical::Or), 2)),
                "&&" => Some((Operator::Logical(Logical::And), 3)),
                "==" => binary(Binary::Equal, 4),
                "!=" => binary(Binary::NotEqual, 4),
                "===" => binary(Binary::StrictEqual, 4),
                "!==" => binary(Binary::StrictNotEqual, 4),
                "<" => binary(Binary::Less, 5),
                "<=" => binary(Binary::LessEqual, 5),
                ">" => binary(Binary::Greater, 5),
                ">=" => binary(Binary::GreaterEqual, 5),
                "+" => binary(Binary::Add, 6),
                "-" => binary(Binary::Sub, 6),
                "*" => binary(Binary::Mul, 7),
                "/" => binary(Binary::Div, 7),
                "%" => binary(Binary::Rem, 7),
                "**" => binary(Binary::Pow, 8),
                _ => None,
            },
            _ => None,
        }
    }

    fn unary(&mut self) -> Parse<Node> {
        let start = self.start;
        let operator = match &self.token {
            Token::Sign("!") => Unary::Not,
            Token::Sign("-") => Unary::Minus,
            Token::Sign("+") => Unary::Plus,
            Token::Name(name) if name == "typeof" => Unary::TypeOf,
            _ => return self.postfix(),
        };
        self.advance()?;
        if self.nesting >= MAX_NESTING {
            return Err(self.too_deep(start));
        }
        self.nesting += 1;
        let operand = self.unary();
        self.nesting -= 1;
        let operand = operand?;
        if let (Unary::Minus, Kind::Const(Value::Int(_) | Value::Float(_))) =
            (operator, &operand.kind)
        {
            let number = operand.kind_number();
            return self.node(Kind::Const(Value::number(-number)), start, 0);
        }
        let below = operand.depth;
        self.node(Kind::Unary(operator, Box::new(operand)), start, below)
    }

    fn postfix(&mut self) -> Parse<Node> {
        let start = self.start;
        let mut node = self.primary()?;
        let mut chained = false;
        loop {
            let optional = match self.token {
                Token::Sign("?.") => true,
                Token::Sign("." | "[") => false,
                Token::Sign("(") => {
                    let message = "Only methods and the functions of the library can be called";
                    return Err(self.unsupported(message, "compute it in a `code` step"));
                }
                Token::Backtick => return Err(self.unexpected("an operator")),
                _ => break,
            };
            chained |= optional;
            if optional || self.at(".") {
                self.advance()?;
            }
            node = if self.at("[") {
                self.index(node, start, optional)?
            } else {
                self.member(node, start, optional)?
            };
        }
        if chained {
            let below = node.depth;
            node = self.node(Kind::Chain(Box::new(node)), start, below)?;
        }
        Ok(node)
    }

    fn index(&mut self, object: Node, start: usize, optional: bool) -> Parse<Node> {
        self.advance()?;
        let index = self.expression()?;
        if !self.at("]") {
            return Err(self.unexpected("`]`"));
        }
        self.advance()?;
        if let Kind::Const(Value::Str(key)) = &index.kind {
            let key = Key::new(key);
            return self.field(object, key, start, optional);
        }
        let below = object.depth.max(index.depth);
        let (object, index) = (Box::new(object), Box::new(index));
        self.node(Kind::Index { object, index, optional }, start, below)
    }

    fn member(&mut self, object: Node, start: usize, optional: bool) -> Parse<Node> {
        let Token::Name(name) = &self.token else {
            return Err(self.unexpected("the name of a field"));
        };
        let name = name.clone();
        let (name_start, name_end) = (self.start, self.end);
        self.advance_after(true)?;
        if !self.at("(") {
            return self.field(object, name.as_str().into(), start, optional);
        }
        let Some(method) = Method::find(&name) else {
            return Err(self.unknown_method(&name, name_start, name_end));
        };
        let args = self.arguments(&name, method.callback(), method.takes_pattern())?;
        let below = object.depth.max(height(&args));
        let object = Box::new(object);
        self.node(Kind::Method { object, method, args, optional }, start, below)
    }

    /// `object.key`; directly after a name of the scope it becomes part of the reference.
    fn field(&mut self, object: Node, key: Key, start: usize, optional: bool) -> Parse<Node> {
        if let Kind::Root(root) = &object.kind {
            let root = Key::clone(root);
            let span = self.span(start);
            if let Some(reference) = self.references.last_mut() {
                reference.key = Some(key.to_string());
                reference.span = span.range();
            }
            return self.node(Kind::RootField { root, key, optional }, start, 0);
        }
        let below = object.depth;
        self.node(Kind::Member { object: Box::new(object), key, optional }, start, below)
    }

    fn unknown_method(&self, name: &str, start: usize, end: usize) -> Box<SyntaxError> {
        let message = format!("There is no method `{}`", shorten(name));
        let mut error = self.error(codes::expr::UNKNOWN_METHOD, message, start, end);
        let hint = match name {
            "push" | "unshift" | "pop" | "shift" | "splice" | "fill" | "copyWithin" => {
                "lists are not changed in place: build a new one with `[...list, item]`, `concat`, \
                 `slice` or `filter`"
                    .to_owned()
            }
            "forEach" => "use `map`, or a `for_each` step".to_owned(),
            "test" | "exec" => "write the pattern as a literal: `/x/.test(text)`".to_owned(),
            "then" | "catch" => "an expression does not wait; use a step".to_owned(),
            "apply" | "call" | "bind" => "use a `code` step".to_owned(),
            _ => {
                let known = Method::ALL.iter().map(|(name, _)| *name);
                match names::nearest(name, known) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "use a `code` step".to_owned(),
                }
            }
        };
        error.suggestion = Some(hint);
        error
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Binary(Binary),
    Logical(Logical),
}

impl Node {
    fn kind_number(&self) -> f64 {
        if let Kind::Const(value) = &self.kind { value.as_f64().unwrap_or(0.0) } else { 0.0 }
    }
}

fn height(args: &[super::ast::Arg]) -> u16 {
    use super::ast::Arg;
    let of = |arg: &Arg| match arg {
        Arg::Value(node) | Arg::Spread(node) => node.depth,
        Arg::Arrow(arrow) => arrow.depth + 1,
        Arg::Function(..) | Arg::Regex(..) => 1,
    };
    args.iter().map(of).max().unwrap_or(0)
}

/// Names in messages are bounded.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().nth(60).is_none() {
        return text.to_owned();
    }
    text.chars().take(57).chain("…".chars()).collect()
}
