//! Arguments, callbacks, and which kind of value answers a method.

use codex32_model::value::Object;
use codex32_model::{Timestamp, Value, codes};

use super::super::ast::{Arg, Arrow, Node, Param, Span, Target};
use super::super::names::{self, Function, Method};
use super::super::pattern::Pattern;
use super::{Done, Eval, at, convert, date, describe, issue, paths, weigh};

/// Evaluated arguments. Few calls have more than three, so those take no allocation.
#[derive(Default)]
pub(super) struct Args {
    few: [Value; 3],
    more: Vec<Value>,
    count: usize,
}

static NULL: Value = Value::Null;

impl Args {
    pub(super) fn one(value: Value) -> Self {
        Self { few: [value, Value::Null, Value::Null], more: Vec::new(), count: 1 }
    }

    fn push(&mut self, value: Value) {
        match self.few.get_mut(self.count) {
            Some(place) => *place = value,
            None => self.more.push(value),
        }
        self.count += 1;
    }

    /// `null` where there is no such argument.
    pub(super) fn get(&self, at: usize) -> &Value {
        self.few.get(at).or_else(|| self.more.get(at - self.few.len())).unwrap_or(&NULL)
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.few.iter().take(self.count).chain(self.more.iter())
    }

    /// A whole number, truncated; `None` where the argument is absent or null.
    pub(super) fn int(&self, function: &str, at: usize) -> Done<Option<i64>> {
        match self.get(at) {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            other => {
                let number = convert::number(other);
                if number.is_nan() {
                    return Err(super::ops::needs(function, "a whole number", other));
                }
                Ok(Some(number as i64))
            }
        }
    }

    pub(super) fn number(&self, function: &str, at: usize) -> Done<f64> {
        match self.get(at) {
            Value::Int(number) => Ok(*number as f64),
            Value::Float(number) => Ok(*number),
            Value::Null => Err(super::ops::needs(function, "a number", &Value::Null)),
            other => {
                let number = convert::number(other);
                if number.is_nan() {
                    return Err(super::ops::needs(function, "a number", other));
                }
                Ok(number)
            }
        }
    }

    pub(super) fn str(&self, function: &str, at: usize) -> Done<&str> {
        self.get(at).as_str().ok_or_else(|| super::ops::needs(function, "a text", self.get(at)))
    }

    pub(super) fn list(&self, function: &str, at: usize) -> Done<&[Value]> {
        self.get(at).as_list().ok_or_else(|| super::ops::needs(function, "a list", self.get(at)))
    }

    pub(super) fn object(&self, function: &str, at: usize) -> Done<&Object> {
        self.get(at)
            .as_object()
            .ok_or_else(|| super::ops::needs(function, "an object", self.get(at)))
    }

    pub(super) fn date(&self, function: &str, at: usize) -> Done<Timestamp> {
        date::of(function, self.get(at))
    }
}

/// The argument that is not a value: a function or a regular expression.
#[derive(Clone, Copy)]
pub(super) enum Special<'n> {
    None,
    Arrow(&'n Arrow),
    Function(Function, Span),
    Pattern(&'n Pattern),
    /// `replace(/x/g, found => …)`.
    Replace(&'n Pattern, &'n Arrow),
}

impl<'n> Special<'n> {
    pub(super) const fn is_function(&self) -> bool {
        matches!(self, Self::Arrow(_) | Self::Function(..) | Self::Replace(..))
    }

    pub(super) const fn pattern(&self) -> Option<&'n Pattern> {
        match self {
            Self::Pattern(pattern) | Self::Replace(pattern, _) => Some(pattern),
            _ => None,
        }
    }
}

impl Eval<'_> {
    fn arguments<'n>(&mut self, args: &'n [Arg]) -> Done<(Args, Special<'n>)> {
        let mut out = Args::default();
        let mut special = Special::None;
        for arg in args {
            match arg {
                Arg::Value(node) => {
                    let value = self.eval(node)?;
                    out.push(value);
                }
                Arg::Spread(node) => match self.eval(node)? {
                    Value::List(items) => {
                        at(weigh::list(items.len(), self.budget), node.span)?;
                        items.iter().for_each(|item| out.push(item.clone()));
                    }
                    other => return Err(self.wrong(node, &other, "a list")),
                },
                Arg::Arrow(arrow) => {
                    special = match special {
                        Special::Pattern(pattern) => Special::Replace(pattern, arrow),
                        _ => Special::Arrow(arrow),
                    };
                    out.push(Value::Null);
                }
                Arg::Function(function, span) => {
                    special = Special::Function(*function, *span);
                    out.push(Value::Null);
                }
                Arg::Regex(pattern) => {
                    special = Special::Pattern(pattern);
                    out.push(Value::Null);
                }
            }
        }
        Ok((out, special))
    }

    /// Calls a callback. A function given by name gets the first argument only, so that
    /// `map(parseInt)` does what it says.
    pub(super) fn invoke(&mut self, callback: Special<'_>, args: &[&Value]) -> Done<Value> {
        match callback {
            Special::Arrow(arrow) | Special::Replace(_, arrow) => {
                let base = self.locals.len();
                for (place, param) in arrow.params.iter().enumerate() {
                    let value = args.get(place).map_or(Value::Null, |value| (*value).clone());
                    self.bind(param, value, arrow.span)?;
                }
                let value = self.eval(&arrow.body)?;
                self.locals.truncate(base);
                Ok(value)
            }
            Special::Function(function, span) => {
                self.budget.burn(1)?;
                let args = Args::one(args.first().map_or(Value::Null, |value| (*value).clone()));
                let done = self.function(function, &args, Special::None);
                at(done, span)
            }
            Special::None | Special::Pattern(_) => {
                Err(issue(codes::expr::WRONG_TYPE, "A function is needed here"))
            }
        }
    }

    fn bind(&mut self, param: &Param, value: Value, span: Span) -> Done<()> {
        let value = match &param.default {
            Some(default) if value.is_null() => self.eval(default)?,
            _ => value,
        };
        let cannot = |value: &Value, into: &str| {
            let code = if value.is_null() { codes::expr::NULL } else { codes::expr::WRONG_TYPE };
            let found = describe(value);
            at(
                Err(issue(
                    code,
                    format!(
                        "A parameter of this function takes {into} apart, but was given {found}"
                    ),
                )),
                span,
            )
        };
        match &param.target {
            Target::Name => self.locals.push(value),
            Target::Object { fields, rest } => {
                if value.is_null() {
                    return cannot(&value, "an object");
                }
                for (key, param) in fields {
                    self.bind(param, paths::member(&value, key), span)?;
                }
                if *rest {
                    let all = value.as_object();
                    at(weigh::object(all.map_or(0, Object::len), self.budget), span)?;
                    let named = |key: &str| fields.iter().any(|(name, _)| &**name == key);
                    let others = all.into_iter().flatten().filter(|(key, _)| !named(key));
                    let others: Object =
                        others.map(|(key, value)| (key.clone(), value.clone())).collect();
                    self.locals.push(Value::from(others));
                }
            }
            Target::List { items, rest } => {
                let Value::List(given) = &value else {
                    return cannot(&value, "a list");
                };
                for (place, param) in items.iter().enumerate() {
                    if let Some(param) = param {
                        let item = given.get(place).cloned().unwrap_or_default();
                        self.bind(param, item, span)?;
                    }
                }
                if *rest {
                    let others = given.get(items.len()..).unwrap_or_default();
                    at(weigh::list(others.len(), self.budget), span)?;
                    self.locals.push(Value::from(others.to_vec()));
                }
            }
        }
        Ok(())
    }

    /// The call of a method on a value that is not null.
    #[inline(never)]
    pub(super) fn method(
        &mut self,
        object: &Node,
        value: Value,
        method: Method,
        args: &[Arg],
    ) -> Done<Value> {
        let (args, special) = self.arguments(args)?;
        let on = method.receivers();
        match &value {
            Value::List(items) if on & names::LIST != 0 => {
                return self.list_method(items, &value, method, &args, special);
            }
            Value::Str(text) if on & names::TEXT != 0 => {
                return self.text_method(text, method, &args, special);
            }
            Value::Int(_) | Value::Float(_) if on & names::NUMBER != 0 => {
                return self.number_method(&value, method, &args);
            }
            Value::Str(_) | Value::Int(_) | Value::Float(_) if on & names::DATE != 0 => {
                return self.date_method(&value, method, &args);
            }
            Value::Bool(_) | Value::Object(_) => match method {
                Method::ToString => {
                    let mut out = String::new();
                    convert::push_text(&value, &mut out, self.budget)?;
                    return Ok(Value::from(out));
                }
                Method::ValueOf => return Ok(value),
                Method::HasOwnProperty => {
                    let fields = value.as_object();
                    let key = args.str("hasOwnProperty", 0)?;
                    return Ok(Value::Bool(fields.is_some_and(|fields| fields.contains_key(key))));
                }
                _ => {}
            },
            _ => {}
        }
        let kinds = [
            (names::TEXT, "texts"),
            (names::LIST, "lists"),
            (names::NUMBER, "numbers"),
            (names::DATE, "dates"),
            (names::OBJECT, "objects"),
        ];
        let has: Vec<&str> =
            kinds.iter().filter(|(bit, _)| on & bit != 0).map(|(_, name)| *name).collect();
        let (source, found) = (self.source(object), describe(&value));
        let message = format!(
            "`{}` is a method of {}, but `{source}` is {found}",
            method.name(),
            has.join(" and ")
        );
        Err(issue(codes::expr::WRONG_TYPE, message))
    }

    /// The call of a function by name.
    #[inline(never)]
    pub(super) fn call(&mut self, function: Function, args: &[Arg]) -> Done<Value> {
        let (args, special) = self.arguments(args)?;
        self.function(function, &args, special)
    }

    fn function(&mut self, function: Function, args: &Args, special: Special<'_>) -> Done<Value> {
        match self.global(function, args, special)? {
            Some(value) => Ok(value),
            None => self.library(function, args, special),
        }
    }
}
