//! The evaluator: walks the tree, charging the budget for every node, element and byte.

mod call;
mod convert;
mod date;
mod globals;
mod json;
mod library;
mod list;
mod number;
mod ops;
mod paths;
mod text;
mod weigh;

use codex32_model::value::{Key, Object};
use codex32_model::{Code, Value, codes};

use super::ast::{Item, Kind, Logical, Node, Property, Span, TextPart};
use super::parser::shorten;
use super::template::Part;
use super::{Budget, EvalError, Expr, Scope};

/// Why an evaluation stopped; the place is that of the innermost node that knows one.
#[derive(Debug)]
struct Issue {
    code: Code,
    message: String,
    span: Option<Span>,
}

type Done<T> = Result<T, Box<Issue>>;

impl From<Code> for Box<Issue> {
    fn from(code: Code) -> Self {
        let message = if code == codes::expr::FUEL {
            "The expression took more steps than one evaluation may; work on fewer items or use a \
             `code` step"
        } else if code == codes::expr::MEMORY {
            "The expression built more text and lists than one evaluation may"
        } else {
            code.title
        };
        issue(code, message)
    }
}

fn issue(code: Code, message: impl Into<String>) -> Box<Issue> {
    Box::new(Issue { code, message: message.into(), span: None })
}

fn at<T>(done: Done<T>, span: Span) -> Done<T> {
    done.map_err(|mut issue| {
        issue.span.get_or_insert(span);
        issue
    })
}

/// One evaluation.
struct Eval<'a> {
    expr: &'a Expr,
    scope: &'a dyn Scope,
    budget: &'a mut Budget,
    /// Parameters of the arrow functions being called; the parser knows each one's place.
    locals: Vec<Value>,
}

/// Evaluates an expression. The same scope gives the same value, always.
pub fn eval(expr: &Expr, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, EvalError> {
    let root = &expr.0.root;
    let mut run = Eval { expr, scope, budget, locals: Vec::new() };
    let done = run.eval(root).and_then(|value| {
        // What is only looked up was checked when it was made.
        if !matches!(root.kind, Kind::Const(_) | Kind::RootField { .. } | Kind::Member { .. }) {
            weigh::settle(&value, run.budget)?;
        }
        Ok(value)
    });
    done.map_err(|issue| outside(*issue, root.span))
}

fn outside(issue: Issue, whole: Span) -> EvalError {
    let span = issue.span.unwrap_or(whole).range();
    EvalError { code: issue.code, message: issue.message, span }
}

/// The text of a template: each value as text, `null` as nothing, lists and objects as JSON.
pub(super) fn text(
    parts: &[Part],
    scope: &dyn Scope,
    budget: &mut Budget,
) -> Result<Value, EvalError> {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => {
                let done = budget.allocate(text.len()).map_err(Box::<Issue>::from);
                done.map_err(|issue| outside(*issue, Span { start: 0, end: 0 }))?;
                out.push_str(text);
            }
            Part::Expr(expr) => {
                let value = eval(expr, scope, budget)?;
                let done = json::push_text(&value, &mut out, budget);
                done.map_err(|issue| outside(*issue, expr.0.root.span))?;
            }
        }
    }
    Ok(Value::from(out))
}

impl Eval<'_> {
    fn eval(&mut self, node: &Node) -> Done<Value> {
        if let Err(code) = self.budget.burn(1) {
            return at(Err(code.into()), node.span);
        }
        match &node.kind {
            Kind::Const(value) => Ok(value.clone()),
            Kind::Local(slot) => Ok(self.locals.get(*slot).cloned().unwrap_or_default()),
            Kind::RootField { .. }
            | Kind::Root(_)
            | Kind::Member { .. }
            | Kind::Index { .. }
            | Kind::Method { .. } => Ok(self.path(node)?.unwrap_or_default()),
            Kind::Chain(inner) => Ok(self.path(inner)?.unwrap_or_default()),
            Kind::Binary(operator, left, right) => {
                let a = self.eval(left)?;
                let b = self.eval(right)?;
                if let Some(value) = ops::numbers(*operator, &a, &b) {
                    return Ok(value);
                }
                self.binary(*operator, (left, a), (right, b), node.span)
            }
            Kind::Logical(operator, left, right) => {
                let value = self.eval(left)?;
                let keep = match operator {
                    Logical::And => !value.truthy(),
                    Logical::Or => value.truthy(),
                    Logical::Coalesce => !value.is_null(),
                };
                if keep { Ok(value) } else { self.eval(right) }
            }
            Kind::Conditional(test, yes, no) => {
                let branch = if self.eval(test)?.truthy() { yes } else { no };
                self.eval(branch)
            }
            Kind::Unary(operator, operand) => {
                let value = self.eval(operand)?;
                self.unary(*operator, operand, &value)
            }
            Kind::Text(parts) => self.template_string(parts, node.span),
            Kind::List(items) => self.list(items, node.span),
            Kind::Object(properties) => self.object(properties, node.span),
            Kind::Call { function, args } => {
                let done = self.call(*function, args);
                at(done, node.span)
            }
            Kind::Test { pattern, text } => {
                let value = self.eval(text)?;
                let done = convert::text(&value, self.budget).and_then(|text| {
                    self.budget.burn(text.len() as u64 / 4)?;
                    Ok(Value::Bool(pattern.regex.is_match(&text)))
                });
                at(done, node.span)
            }
        }
    }

    #[inline(never)]
    fn template_string(&mut self, parts: &[TextPart], span: Span) -> Done<Value> {
        let mut out = String::new();
        for part in parts {
            match part {
                TextPart::Text(text) => {
                    at(self.budget.allocate(text.len()).map_err(Into::into), span)?;
                    out.push_str(text);
                }
                TextPart::Value(node) => {
                    let value = self.eval(node)?;
                    at(convert::push_text(&value, &mut out, self.budget), node.span)?;
                }
            }
        }
        Ok(Value::from(out))
    }

    #[inline(never)]
    fn list(&mut self, items: &[Item], span: Span) -> Done<Value> {
        at(weigh::list(items.len(), self.budget), span)?;
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let value = self.eval(&item.node)?;
            if !item.spread {
                out.push(value);
                continue;
            }
            match &value {
                Value::List(more) => {
                    at(weigh::list(more.len(), self.budget), item.node.span)?;
                    out.extend(more.iter().cloned());
                }
                Value::Str(text) => {
                    let count = text.chars().count();
                    at(weigh::list(count.saturating_mul(3), self.budget), item.node.span)?;
                    out.extend(text.chars().map(|c| Value::from(c.to_string())));
                }
                other => return Err(self.wrong(&item.node, other, "a list")),
            }
        }
        Ok(Value::from(out))
    }

    #[inline(never)]
    fn object(&mut self, properties: &[Property], span: Span) -> Done<Value> {
        at(weigh::object(properties.len(), self.budget), span)?;
        let mut out = Object::with_capacity_and_hasher(properties.len(), Default::default());
        for property in properties {
            match property {
                Property::Field(key, node) => {
                    let value = self.eval(node)?;
                    out.insert(Key::clone(key), value);
                }
                Property::Computed(key, node) => {
                    let name = self.eval(key)?;
                    let name = at(convert::key(&name, self.budget), key.span)?;
                    let value = self.eval(node)?;
                    out.insert(name, value);
                }
                Property::Spread(node) => match self.eval(node)? {
                    Value::Null => {}
                    Value::Object(fields) => {
                        at(weigh::object(fields.len(), self.budget), node.span)?;
                        out.extend(
                            fields.iter().map(|(key, value)| (Key::clone(key), value.clone())),
                        );
                    }
                    other => return Err(self.wrong(node, &other, "an object")),
                },
            }
        }
        Ok(Value::from(out))
    }

    /// The text of a node, for messages.
    fn source(&self, node: &Node) -> String {
        let range = node.span.range();
        let text: String = self.expr.source().chars().skip(range.start).take(range.len()).collect();
        shorten(&text)
    }

    /// "`steps.a` is a text ("x"), where a list is needed".
    #[cold]
    fn wrong(&self, node: &Node, value: &Value, expected: &str) -> Box<Issue> {
        let source = self.source(node);
        let (code, message) = if value.is_null() {
            let hint = format!("give a value for that case with `{source} ?? …`");
            (codes::expr::NULL, format!("`{source}` is null, where {expected} is needed; {hint}"))
        } else {
            let found = describe(value);
            (codes::expr::WRONG_TYPE, format!("`{source}` is {found}, where {expected} is needed"))
        };
        Box::new(Issue { code, message, span: Some(node.span) })
    }
}

/// What a value is, in a message: never more than a few words of it.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(_) | Value::Float(_) => format!("the number {}", value.to_text()),
        Value::Str(text) => {
            let short: String = text.chars().take(20).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("the text \"{short}{more}\"")
        }
        Value::List(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}
