//! Names, fields, indices and methods, with `?.` that makes the whole chain null.

use codex32_model::{Value, codes};

use super::super::ast::{Kind, Node, Span};
use super::{Done, Eval, Issue, at, convert};

impl Eval<'_> {
    /// `None`: a `?.` in the chain met null.
    pub(super) fn path(&mut self, node: &Node) -> Done<Option<Value>> {
        match &node.kind {
            Kind::Root(name) => self.root(name, node.span).map(Some),
            Kind::RootField { root, key, optional } => {
                if let Some(value) = self.scope.field(root, key) {
                    return Ok(Some(value));
                }
                match self.root(root, node.span)? {
                    Value::Null if *optional => Ok(None),
                    Value::Null => Err(self.null_field(root, key, node.span)),
                    object => Ok(Some(member(&object, key))),
                }
            }
            Kind::Member { object, key, optional } => {
                // A parameter's field is the most common path of all: no copy of the object.
                if let Kind::Local(slot) = object.kind
                    && let Some(Value::Object(fields)) = self.locals.get(slot)
                {
                    self.budget.burn(1)?;
                    return Ok(Some(fields.get(key).cloned().unwrap_or_default()));
                }
                match self.link(object)? {
                    None => Ok(None),
                    Some(Value::Null) if *optional => Ok(None),
                    Some(Value::Null) => {
                        let source = self.source(object);
                        Err(self.null_field(&source, key, node.span))
                    }
                    Some(value) => Ok(Some(member(&value, key))),
                }
            }
            Kind::Index { object, index, optional } => {
                let Some(value) = self.link(object)? else {
                    return Ok(None);
                };
                if value.is_null() {
                    if *optional {
                        return Ok(None);
                    }
                    let (source, key) = (self.source(object), self.source(index));
                    return Err(self.null_field(&source, &key, node.span));
                }
                let index_value = self.eval(index)?;
                at(self.element(&value, &index_value), node.span).map(Some)
            }
            Kind::Method { object, method, args, optional } => {
                let Some(value) = self.link(object)? else {
                    return Ok(None);
                };
                if value.is_null() {
                    if *optional {
                        return Ok(None);
                    }
                    let source = self.source(object);
                    let name = method.name();
                    return Err(Box::new(Issue {
                        code: codes::expr::NULL,
                        message: format!(
                            "`{source}` is null, so `.{name}` cannot be called; write \
                             `{source}?.{name}(…)` if it may be null"
                        ),
                        span: Some(node.span),
                    }));
                }
                let done = self.method(object, value, *method, args);
                at(done, node.span).map(Some)
            }
            _ => self.eval(node).map(Some),
        }
    }

    /// The object of a link in a chain.
    fn link(&mut self, node: &Node) -> Done<Option<Value>> {
        self.budget.burn(1)?;
        self.path(node)
    }

    fn root(&mut self, name: &str, span: Span) -> Done<Value> {
        self.scope.root(name).ok_or_else(|| {
            Box::new(Issue {
                code: codes::expr::UNKNOWN_NAME,
                message: format!("There is no `{name}` here"),
                span: Some(span),
            })
        })
    }

    #[cold]
    fn null_field(&self, object: &str, key: &str, span: Span) -> Box<Issue> {
        Box::new(Issue {
            code: codes::expr::NULL,
            message: format!(
                "`{object}` is null, so it has no field `{key}`; write `{object}?.{key}` if it may \
                 be null"
            ),
            span: Some(span),
        })
    }

    fn element(&mut self, value: &Value, index: &Value) -> Done<Value> {
        Ok(match (value, index) {
            (Value::List(items), Value::Int(at)) => {
                usize::try_from(*at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
            }
            (Value::Str(text), Value::Int(at)) => {
                self.budget.burn(text.len() as u64 / 64)?;
                let c = usize::try_from(*at).ok().and_then(|at| text.chars().nth(at));
                c.map_or(Value::Null, |c| Value::from(c.to_string()))
            }
            (Value::Object(fields), Value::Str(key)) => {
                fields.get(&**key).cloned().unwrap_or_default()
            }
            (_, Value::Str(key)) => member(value, key),
            (Value::Object(fields), other) => {
                let key = convert::key(other, self.budget)?;
                fields.get(&key).cloned().unwrap_or_default()
            }
            _ => Value::Null,
        })
    }
}

/// A field of a value that is not null; what a value does not have is null.
pub(super) fn member(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(fields) => fields.get(key).cloned().unwrap_or_default(),
        Value::List(items) if matches!(key, "length" | "size") => Value::from(items.len()),
        Value::List(items) => {
            key.parse::<usize>().ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
        }
        Value::Str(text) if key == "length" => Value::from(text.chars().count()),
        _ => Value::Null,
    }
}
