//! Texts with `{{ … }}` in them, and values with such texts, compiled once.

use std::ops::Range;
use std::sync::Arc;

use codex32_model::value::Key;
use codex32_model::{Code, Schema, Value, codes};

use super::infer::{Problem, TypeEnv, Typed, infer};
use super::{Budget, EvalError, Expr, Reference, Scope, eval, parser};

/// A text with or without `{{ … }}`. Literal braces are written `{{ '{{' }}`.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// No expression.
    Literal(Arc<str>),
    /// Exactly one expression (white space around it aside): its value keeps its type.
    Whole(Expr),
    /// Text and expressions: the value is text.
    Mixed(Vec<Part>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(Arc<str>),
    /// [`Expr::offset`] tells where in the text its source begins.
    Expr(Expr),
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    pub code: Code,
    pub message: String,
    /// In characters of the whole text.
    pub span: Range<usize>,
    pub suggestion: Option<String>,
}

/// A [`TemplateError`] inside a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {error}")]
pub struct CompileError {
    /// From the value: `headers.x-id`, `[2].text`; empty for the value itself.
    pub path: String,
    pub error: Box<TemplateError>,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if !text.contains("{{") {
            return Ok(Self::Literal(text.into()));
        }
        let chars: Vec<char> = text.chars().collect();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(c) = chars.get(at) {
            if *c != '{' || chars.get(at + 1) != Some(&'{') {
                literal.push(*c);
                at += 1;
                continue;
            }
            let (expr, after) = embedded(&chars, at)?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal).into()));
            }
            parts.push(Part::Expr(expr));
            at = after;
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal.into()));
        }
        let blank = |part: &Part| matches!(part, Part::Text(text) if text.trim().is_empty());
        let mut solid = parts.iter().filter(|part| !blank(part));
        if let (Some(Part::Expr(expr)), None) = (solid.next(), solid.next()) {
            return Ok(Self::Whole(expr.clone()));
        }
        Ok(Self::Mixed(parts))
    }

    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, EvalError> {
        match self {
            Self::Literal(text) => Ok(Value::Str(Arc::clone(text))),
            Self::Whole(expr) => eval(expr, scope, budget),
            Self::Mixed(parts) => eval::text(parts, scope, budget),
        }
    }

    /// The type of the value, and what is wrong; spans are in characters of the text.
    pub fn infer(&self, env: &dyn TypeEnv) -> Typed {
        match self {
            Self::Literal(text) => Typed {
                schema: Schema::Enum(vec![Value::Str(Arc::clone(text))]),
                problems: Vec::new(),
            },
            Self::Whole(expr) => infer_in_text(expr, env),
            Self::Mixed(parts) => {
                let problems = exprs(parts).flat_map(|expr| infer_in_text(expr, env).problems);
                Typed { schema: Schema::String, problems: problems.collect() }
            }
        }
    }

    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (whole, parts): (_, &[Part]) = match self {
            Self::Literal(_) => (None, &[]),
            Self::Whole(expr) => (Some(expr), &[]),
            Self::Mixed(parts) => (None, parts),
        };
        whole.into_iter().chain(exprs(parts))
    }

    /// Every use of a name of the scope; spans are in characters of each expression.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.exprs().flat_map(Expr::references)
    }
}

fn exprs(parts: &[Part]) -> impl Iterator<Item = &Expr> {
    parts.iter().filter_map(|part| if let Part::Expr(expr) = part { Some(expr) } else { None })
}

fn infer_in_text(expr: &Expr, env: &dyn TypeEnv) -> Typed {
    let mut typed = infer(expr, env);
    for problem in &mut typed.problems {
        problem.span = problem.span.start + expr.offset()..problem.span.end + expr.offset();
    }
    typed
}

/// The expression whose `{{` is at `open`, and the place after its `}}`.
fn embedded(chars: &[char], open: usize) -> Result<(Expr, usize), TemplateError> {
    let from = open + 2;
    parser::parse_at(chars, from, Some(())).map_err(|error| {
        let closes = chars[from..].windows(2).any(|pair| pair == ['}', '}']);
        if !closes {
            return TemplateError {
                code: codes::expr::UNCLOSED,
                message: "This `{{` is never closed".to_owned(),
                span: open..open + 2,
                suggestion: Some(
                    "close it with `}}`, or write literal braces as `{{ '{{' }}`".to_owned(),
                ),
            };
        }
        let blank = chars[from..].iter().take_while(|c| c.is_whitespace()).count();
        let origin = from + blank;
        TemplateError {
            code: error.code,
            message: error.message,
            span: error.span.start + origin..error.span.end + origin,
            suggestion: error.suggestion,
        }
    })
}

/// Reads a text that must be exactly one `{{ expression }}`: `if`, `when`, `switch`, `for_each`,
/// `match`, `dedupe`.
pub fn parse_whole(text: &str) -> Result<Expr, TemplateError> {
    let fail = |suggestion: String| TemplateError {
        code: codes::expr::NOT_WHOLE,
        message: "Here one whole expression is needed: `{{ … }}` with nothing around it".to_owned(),
        span: 0..text.chars().count(),
        suggestion: Some(suggestion),
    };
    match Template::parse(text)? {
        Template::Whole(expr) => Ok(expr),
        Template::Literal(text) => Err(fail(if Expr::parse(&text).is_ok() {
            format!("{{{{ {} }}}}", text.trim())
        } else {
            "write an expression such as `{{ inputs.total > 1000 }}`".to_owned()
        })),
        Template::Mixed(_) => Err(fail("put all of it into one `{{ … }}`".to_owned())),
    }
}

/// A value with templates in its strings, compiled once. Keys stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Compiled {
    Const(Value),
    Expr(Expr),
    Text(Vec<Part>),
    List(Vec<Compiled>),
    Object(Vec<(Key, Compiled)>),
}

/// Deepest nesting of a value with templates.
const MAX_DEPTH: usize = 100;

impl Compiled {
    pub fn compile(value: &Value) -> Result<Self, CompileError> {
        compile(value, &mut String::new(), 0)
    }

    /// Without any expression.
    pub fn constant(&self) -> Option<&Value> {
        if let Self::Const(value) = self { Some(value) } else { None }
    }

    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, EvalError> {
        match self {
            Self::Const(value) => Ok(value.clone()),
            Self::Expr(expr) => eval(expr, scope, budget),
            Self::Text(parts) => eval::text(parts, scope, budget),
            Self::List(items) => {
                let values = items.iter().map(|item| item.eval(scope, budget));
                Ok(Value::from(values.collect::<Result<Vec<_>, _>>()?))
            }
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(key, item)| Ok((Key::clone(key), item.eval(scope, budget)?)));
                Ok(Value::from(fields.collect::<Result<codex32_model::Object, EvalError>>()?))
            }
        }
    }

    /// Every expression with the path of its text in the value (`headers.x-id`, `[2].text`).
    pub fn exprs(&self) -> Vec<(String, &Expr)> {
        fn walk<'a>(value: &'a Compiled, path: &mut String, out: &mut Vec<(String, &'a Expr)>) {
            let length = path.len();
            match value {
                Compiled::Const(_) => {}
                Compiled::Expr(expr) => out.push((path.clone(), expr)),
                Compiled::Text(parts) => out.extend(exprs(parts).map(|expr| (path.clone(), expr))),
                Compiled::List(items) => {
                    for (at, item) in items.iter().enumerate() {
                        push_index(path, at);
                        walk(item, path, out);
                        path.truncate(length);
                    }
                }
                Compiled::Object(fields) => {
                    for (key, item) in fields {
                        push_key(path, key);
                        walk(item, path, out);
                        path.truncate(length);
                    }
                }
            }
        }
        let mut out = Vec::new();
        walk(self, &mut String::new(), &mut out);
        out
    }

    /// Every use of a name of the scope.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.exprs().into_iter().flat_map(|(_, expr)| expr.references())
    }

    /// The type of the value, and what is wrong, each with the path of its text in the value; spans
    /// are in characters of that text.
    pub fn infer(&self, env: &dyn TypeEnv) -> (Schema, Vec<(String, Problem)>) {
        let mut problems = Vec::new();
        let schema = self.infer_at(env, &mut String::new(), &mut problems);
        (schema, problems)
    }

    fn infer_at(
        &self,
        env: &dyn TypeEnv,
        path: &mut String,
        problems: &mut Vec<(String, Problem)>,
    ) -> Schema {
        let length = path.len();
        match self {
            Self::Const(value) => super::infer::of_value(value),
            Self::Expr(expr) => {
                let typed = infer_in_text(expr, env);
                problems.extend(typed.problems.into_iter().map(|problem| (path.clone(), problem)));
                typed.schema
            }
            Self::Text(parts) => {
                for expr in exprs(parts) {
                    let typed = infer_in_text(expr, env);
                    problems
                        .extend(typed.problems.into_iter().map(|problem| (path.clone(), problem)));
                }
                Schema::String
            }
            Self::List(items) => {
                let mut types = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    push_index(path, at);
                    types.push(item.infer_at(env, path, problems));
                    path.truncate(length);
                }
                Schema::array(super::infer::union(types))
            }
            Self::Object(fields) => {
                let mut types = Vec::with_capacity(fields.len());
                for (key, item) in fields {
                    push_key(path, key);
                    types.push((key.to_string(), item.infer_at(env, path, problems)));
                    path.truncate(length);
                }
                Schema::object(types)
            }
        }
    }
}

fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

fn push_index(path: &mut String, at: usize) {
    path.push_str(&format!("[{at}]"));
}

fn compile(value: &Value, path: &mut String, depth: usize) -> Result<Compiled, CompileError> {
    let fail = |path: &str, error: TemplateError| CompileError {
        path: path.to_owned(),
        error: Box::new(error),
    };
    if depth > MAX_DEPTH {
        return Err(fail(
            path,
            TemplateError {
                code: codes::expr::TOO_DEEP,
                message: format!("The value is nested more than {MAX_DEPTH} levels deep"),
                span: 0..0,
                suggestion: None,
            },
        ));
    }
    let length = path.len();
    Ok(match value {
        Value::Str(text) => match Template::parse(text).map_err(|error| fail(path, error))? {
            Template::Literal(_) => Compiled::Const(value.clone()),
            Template::Whole(expr) => match expr.constant() {
                Some(value) => Compiled::Const(value.clone()),
                None => Compiled::Expr(expr),
            },
            Template::Mixed(parts) => Compiled::Text(parts),
        },
        Value::List(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                push_index(path, at);
                out.push(compile(item, path, depth + 1)?);
                path.truncate(length);
            }
            let constants = out.iter().map(|item| item.constant().cloned());
            match constants.collect::<Option<Vec<_>>>() {
                Some(values) => Compiled::Const(Value::from(values)),
                None => Compiled::List(out),
            }
        }
        Value::Object(fields) => {
            let mut out = Vec::with_capacity(fields.len());
            for (key, item) in fields.iter() {
                push_key(path, key);
                out.push((Key::clone(key), compile(item, path, depth + 1)?));
                path.truncate(length);
            }
            let constants =
                out.iter().map(|(key, item)| Some((Key::clone(key), item.constant()?.clone())));
            match constants.collect::<Option<codex32_model::Object>>() {
                Some(fields) => Compiled::Const(Value::from(fields)),
                None => Compiled::Object(out),
            }
        }
        other => Compiled::Const(other.clone()),
    })
}
