//! Templates and the names in them: why a step, a loop variable or an error cannot be used at a place.

use codex32_model::codes::bot as codes;
use codex32_model::{Diagnostic, Place, Schema, Value};

use super::later::child;
use super::names::RESERVED;
use super::steps::{Checker, Definition};
use super::triggers::{did_you_mean, sentence};
use super::types::union;
use crate::expr::{Expr, Problem, Template, infer, nearest, parse_whole};

impl Checker<'_> {
    /// A value with templates inside; gives its type.
    pub fn value(&mut self, value: &Value, path: &str) -> Schema {
        match value {
            Value::Null => Schema::Null,
            Value::Bool(_) => Schema::Boolean,
            Value::Str(text) => self.text(text, path),
            Value::List(items) => {
                let types: Vec<_> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.value(item, &format!("{path}[{index}]")))
                    .collect();
                Schema::array(if types.is_empty() { Schema::Any } else { union(types) })
            }
            Value::Object(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(key, value)| (key.to_string(), self.value(value, &child(path, key))))
                    .collect();
                Schema::object(fields)
            }
            other => Schema::Enum(vec![other.clone()]),
        }
    }

    /// A text with templates inside; gives its type.
    pub fn text(&mut self, text: &str, path: &str) -> Schema {
        match Template::parse(text) {
            Ok(template) => {
                let exprs: Vec<Expr> = template.exprs().cloned().collect();
                let mut types = exprs.iter().map(|expr| self.expr(expr, path)).collect::<Vec<_>>();
                match template {
                    Template::Literal(text) => Schema::Enum(vec![Value::Str(text)]),
                    Template::Whole(_) => types.pop().unwrap_or_default(),
                    Template::Mixed(_) => Schema::String,
                }
            }
            Err(error) => {
                let place = self.places.inside(path, error.span.start);
                self.error(error.code, place, sentence(&error.message), error.suggestion);
                Schema::Any
            }
        }
    }

    /// One whole expression; gives its type.
    pub fn expression(&mut self, text: &str, path: &str) -> Schema {
        match parse_whole(text) {
            Ok(expr) => self.expr(&expr, path),
            Err(error) => {
                let place = self.places.inside(path, error.span.start);
                self.error(error.code, place, sentence(&error.message), error.suggestion);
                Schema::Any
            }
        }
    }

    fn expr(&mut self, expr: &Expr, path: &str) -> Schema {
        let mut told = Vec::new();
        for reference in expr.references() {
            let before = self.diagnostics.len();
            let place = self.places.inside(path, reference.span.start + expr.offset());
            match (reference.root.as_str(), reference.key.as_deref()) {
                (root, _) if self.names.binding(root).is_some() => {}
                ("steps", Some(id)) => self.step_reference(id, place),
                ("errors", Some(id)) => self.error_reference(id, place),
                (root, _) => self.name_reference(root, place),
            }
            if self.diagnostics.len() > before {
                told.push(reference.span.start);
            }
        }
        let typed = infer(expr, &self.names);
        let news = typed.problems.into_iter().filter(|problem| !told.contains(&problem.span.start));
        for Problem { code, message, span, suggestion, severity } in news {
            let place = self.places.inside(path, span.start + expr.offset());
            let message = sentence(&message);
            self.diagnostics.push(Diagnostic { code, severity, message, place, suggestion });
        }
        typed.schema
    }

    /// Names that exist only at some places.
    fn name_reference(&mut self, name: &str, place: Place) {
        let where_ = match name {
            "error" if !self.names.error => "`error` exists only in `catch` and `on_error`.",
            "loop" if self.names.bindings.is_empty() => "`loop` exists only inside `for_each`.",
            "event" if self.names.event.is_none() => {
                "`event` exists only in bots with an event trigger, and in `match` of a wait."
            }
            _ if self.names.all_bindings.iter().any(|bound| bound == name)
                && !RESERVED.contains(&name) =>
            {
                let message =
                    format!("`{name}` is a loop variable and exists only inside its loop.");
                self.error(codes::NOT_IN_SCOPE, place, message, None);
                return;
            }
            _ => return,
        };
        let hint = (name == "event")
            .then(|| "for data of a webhook use `inputs` or `trigger.body`".to_owned());
        self.error(codes::NOT_IN_SCOPE, place, where_, hint);
    }

    fn step_reference(&mut self, id: &str, place: Place) {
        if self.names.steps.contains_key(id) {
            return;
        }
        let near = || {
            let visible = self.names.order.iter().map(String::as_str);
            nearest(id, visible).map(did_you_mean)
        };
        let Some(definitions) = self.definitions.get(id) else {
            let message = format!("There is no step `{id}`.");
            let hint = near().or_else(|| {
                let all = self.definitions.keys().map(String::as_str);
                nearest(id, all).map(did_you_mean)
            });
            self.error(codes::UNKNOWN_STEP, place, message, hint);
            return;
        };
        // The definition that shares most blocks with this place explains best.
        let shared = |definition: &Definition| {
            self.chain.iter().zip(&definition.chain).take_while(|(a, b)| a == b).count()
        };
        let Some(definition) = definitions.iter().max_by_key(|definition| shared(definition))
        else {
            return;
        };
        let fork = shared(definition);
        let ours = self.chain.get(fork);
        let theirs = definition.chain.get(fork);
        let (code, message, hint) = match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours.block == theirs.block && ours.parallel => (
                codes::PARALLEL_SIBLING,
                format!(
                    "`{id}` is made in the parallel branch `{}`, which runs at the same time.",
                    short(&theirs.branch)
                ),
                Some("use it after the `parallel` block".to_owned()),
            ),
            (Some(ours), Some(theirs)) if ours.block == theirs.block => (
                codes::STEP_OUT_OF_SCOPE,
                format!(
                    "`{id}` is made in the branch `{}`, which cannot be seen from `{}`.",
                    short(&theirs.branch),
                    short(&ours.branch)
                ),
                Some("use it after the block, or make it before the block".to_owned()),
            ),
            _ if self.current.as_deref() == Some(id) => (
                codes::STEP_LATER,
                format!("`{id}` is this step itself; it has no value yet."),
                near(),
            ),
            _ if definition.order >= self.met => (
                codes::STEP_LATER,
                format!("The step `{id}` comes later and has no value yet."),
                Some("move it above this one".to_owned()),
            ),
            _ => (
                codes::STEP_OUT_OF_SCOPE,
                format!("The step `{id}` cannot be seen from here."),
                near(),
            ),
        };
        self.error(code, place, message, hint);
    }

    fn error_reference(&mut self, id: &str, place: Place) {
        match self.names.steps.get(id) {
            None => self.step_reference(id, place),
            Some(known) if known.error.is_some() => {}
            Some(_) => {
                let message = format!(
                    "`errors.{id}` is never set: the step `{id}` ends the run when it fails."
                );
                let hint = format!("give `{id}` the key `on_error: continue`");
                self.warning(codes::NOT_IN_SCOPE, place, message, Some(hint));
            }
        }
    }
}

/// The name of a branch without the key around it.
fn short(branch: &str) -> &str {
    branch.rsplit('.').next().unwrap_or(branch)
}
