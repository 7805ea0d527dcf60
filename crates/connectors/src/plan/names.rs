//! The names that a manifest's expressions see, and evaluating with them.

use codex32_flow::expr::{Budget, Compiled, EvalError, Expr, Part, Scope, Template, eval};
use codex32_model::{Object, Timestamp, Value};

/// Work and memory that one action's mapping may use: enough for thousands of items.
const FUEL: u64 = 20_000_000;
const MEMORY: usize = 128 << 20;

/// An entry of this name puts in all fields of the object that it gives.
const SPREAD: &str = "...";

/// An expression of the manifest failed.
pub type Failed = EvalError;

pub struct Names {
    pub params: Value,
    pub connection: Value,
    pub response: Value,
    /// The values of lookups, by name.
    pub lookup: Value,
    /// One of a list, while a request is made for each.
    pub item: Value,
    /// When the attempt began.
    now: Value,
    budget: Budget,
}

struct View<'a> {
    params: &'a Value,
    connection: &'a Value,
    response: &'a Value,
    lookup: &'a Value,
    item: &'a Value,
    now: &'a Value,
}

impl View<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        match name {
            "params" => Some(self.params),
            "connection" => Some(self.connection),
            "response" => Some(self.response),
            "lookup" => Some(self.lookup),
            "item" => Some(self.item),
            "now" => Some(self.now),
            _ => None,
        }
    }
}

impl Scope for View<'_> {
    fn root(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }

    fn field(&self, root: &str, key: &str) -> Option<Value> {
        self.get(root)?.get(key).cloned()
    }
}

impl Names {
    pub fn new(params: Value, connection: Value, now: Timestamp) -> Self {
        Self {
            params,
            connection,
            response: Value::Null,
            lookup: Value::from(Object::default()),
            item: Value::Null,
            now: Value::from(now.to_string()),
            budget: Budget::new(FUEL, MEMORY),
        }
    }

    fn with<T>(&mut self, work: impl FnOnce(&View<'_>, &mut Budget) -> T) -> T {
        let view = View {
            params: &self.params,
            connection: &self.connection,
            response: &self.response,
            lookup: &self.lookup,
            item: &self.item,
            now: &self.now,
        };
        work(&view, &mut self.budget)
    }

    pub fn value(&mut self, compiled: &Compiled) -> Result<Value, Failed> {
        self.with(|view, budget| compiled.eval(view, budget))
    }

    pub fn expr(&mut self, expr: &Expr) -> Result<Value, Failed> {
        self.with(|view, budget| eval(expr, view, budget))
    }

    pub fn template(&mut self, template: &Template) -> Result<Value, Failed> {
        self.with(|view, budget| template.eval(view, budget))
    }

    /// The value without those entries of written-out objects that are one expression and give
    /// `null`: parameters that were not given. What an expression gives keeps its own `null`s.
    pub fn sparse(&mut self, compiled: &Compiled) -> Result<Value, Failed> {
        self.with(|view, budget| sparse(compiled, view, budget))
    }

    /// The text of a template; each value goes through `encode`, which sees the text before it, before
    /// it is put in.
    pub fn parts(
        &mut self,
        template: &Template,
        encode: impl Fn(&str, &Value) -> Result<String, String>,
    ) -> Result<Result<String, String>, Failed> {
        let whole;
        let parts: &[Part] = match template {
            Template::Literal(text) => return Ok(Ok(text.to_string())),
            Template::Whole(expr) => {
                whole = [Part::Expr(expr.clone())];
                &whole
            }
            Template::Mixed(parts) => parts,
        };
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => match encode(&out, &self.expr(expr)?) {
                    Ok(text) => out.push_str(&text),
                    Err(problem) => return Ok(Err(problem)),
                },
            }
        }
        Ok(Ok(out))
    }
}

fn sparse(compiled: &Compiled, view: &View<'_>, budget: &mut Budget) -> Result<Value, Failed> {
    match compiled {
        Compiled::Object(fields) => {
            let mut object = codex32_model::Object::default();
            for (key, item) in fields {
                let value = sparse(item, view, budget)?;
                if &**key == SPREAD {
                    let more = value.as_object().into_iter().flatten();
                    object.extend(more.map(|(key, value)| (key.clone(), value.clone())));
                } else if !(value.is_null() && matches!(item, Compiled::Expr(_))) {
                    object.insert(key.clone(), value);
                }
            }
            Ok(Value::from(object))
        }
        Compiled::List(items) => {
            let items = items.iter().map(|item| sparse(item, view, budget));
            Ok(Value::from(items.collect::<Result<Vec<_>, _>>()?))
        }
        other => other.eval(view, budget),
    }
}
