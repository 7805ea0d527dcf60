//! Lists: totals, groups, order.

use std::cmp::Ordering;

use codex32_model::value::{Key, Object};
use codex32_model::{Value, codes};

use super::super::super::ast::Binary;
use super::super::super::names::Function;
use super::super::call::{Args, Special};
use super::super::{Done, Eval, convert, date, issue, json, ops, weigh};

impl Eval<'_> {
    pub(super) fn lists(
        &mut self,
        function: Function,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let name = function.name();
        match function {
            Function::Sum | Function::Mean | Function::Median => {
                let mut numbers = self.numbers(name, args, special)?;
                let count = numbers.len();
                if function == Function::Sum {
                    return Ok(Value::number(numbers.iter().sum()));
                }
                if count == 0 {
                    return Ok(Value::Null);
                }
                if function == Function::Mean {
                    return Ok(Value::number(numbers.iter().sum::<f64>() / count as f64));
                }
                self.budget.burn(count as u64)?;
                numbers.sort_by(f64::total_cmp);
                let middle = numbers[count / 2];
                Ok(Value::number(if count % 2 == 1 {
                    middle
                } else {
                    f64::midpoint(numbers[count / 2 - 1], middle)
                }))
            }
            Function::Min | Function::Max => self.extreme(function, args, special),
            Function::GroupBy | Function::ObjectGroupBy => {
                let items = args.list(name, 0)?;
                let mut groups: indexmap::IndexMap<Key, Vec<Value>, ahash::RandomState> =
                    Default::default();
                for (at, item) in items.iter().enumerate() {
                    let key = self.key_of(item, at, args, special)?;
                    self.budget.allocate(48)?;
                    groups.entry(key).or_default().push(item.clone());
                }
                weigh::object(groups.len(), self.budget)?;
                Ok(Value::object(groups.into_iter().map(|(key, items)| (key, Value::from(items)))))
            }
            Function::CountBy => {
                let mut counts: indexmap::IndexMap<Key, usize, ahash::RandomState> =
                    Default::default();
                for (at, item) in args.list(name, 0)?.iter().enumerate() {
                    let key = self.key_of(item, at, args, special)?;
                    self.budget.allocate(24)?;
                    *counts.entry(key).or_default() += 1;
                }
                weigh::object(counts.len(), self.budget)?;
                Ok(Value::object(counts.into_iter().map(|(key, count)| (key, Value::from(count)))))
            }
            Function::KeyBy => {
                let mut out = Object::default();
                for (at, item) in args.list(name, 0)?.iter().enumerate() {
                    let key = self.key_of(item, at, args, special)?;
                    weigh::object(1, self.budget)?;
                    out.insert(key, item.clone());
                }
                Ok(Value::from(out))
            }
            Function::Unique => self.unique(args.list(name, 0)?, args, special),
            Function::SortBy => self.sort_by(args, special),
            Function::Chunk => {
                let items = args.list(name, 0)?;
                let size = args.int(name, 1)?.unwrap_or(0);
                let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
                    return Err(issue(
                        codes::expr::BAD_ARGUMENT,
                        "`chunk` needs a size of at least 1",
                    ));
                };
                weigh::list(items.len().saturating_mul(2), self.budget)?;
                self.budget.allocate((items.len() / size + 1).saturating_mul(64))?;
                Ok(items
                    .chunks(size)
                    .map(|part| Value::from(part.to_vec()))
                    .collect::<Vec<_>>()
                    .into())
            }
            Function::Range => self.range(args),
            _ => {
                let first = function == Function::First;
                Ok(match args.get(0) {
                    Value::List(items) => if first { items.first() } else { items.last() }
                        .cloned()
                        .unwrap_or_default(),
                    Value::Str(letters) => {
                        let c = if first {
                            letters.chars().next()
                        } else {
                            letters.chars().next_back()
                        };
                        c.map_or(Value::Null, |c| Value::from(c.to_string()))
                    }
                    other => return Err(ops::needs(name, "a list", other)),
                })
            }
        }
    }

    fn key_of(&mut self, item: &Value, at: usize, args: &Args, special: Special<'_>) -> Done<Key> {
        let key = self.select(item, at, args, special)?;
        convert::key(&key, self.budget)
    }

    /// The numbers of a list; `null` is left out.
    fn numbers(&mut self, name: &str, args: &Args, special: Special<'_>) -> Done<Vec<f64>> {
        let items = args.list(name, 0)?;
        let mut out = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let value = self.select(item, at, args, special)?;
            if value.is_null() {
                continue;
            }
            let number = convert::plain_number(&value);
            if number.is_nan() || matches!(value, Value::List(_)) {
                return Err(ops::needs(name, "numbers", &value));
            }
            self.budget.allocate(8)?;
            out.push(number);
        }
        Ok(out)
    }

    fn extreme(&mut self, function: Function, args: &Args, special: Special<'_>) -> Done<Value> {
        let operator = if function == Function::Min { Binary::Less } else { Binary::Greater };
        let mut best: Option<(Value, Value)> = None;
        for (at, item) in args.list(function.name(), 0)?.iter().enumerate() {
            let value = self.select(item, at, args, special)?;
            if value.is_null() {
                continue;
            }
            if best.as_ref().is_none_or(|(least, _)| ops::in_order(operator, &value, least)) {
                best = Some((value, item.clone()));
            }
        }
        // With a selector the item itself is wanted.
        let chosen = special.is_function() || !args.get(1).is_null();
        Ok(best.map_or(Value::Null, |(value, item)| if chosen { item } else { value }))
    }

    /// The first of each; equal by contents.
    pub(in super::super) fn unique(
        &mut self,
        items: &[Value],
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let mut seen: std::collections::HashSet<String, ahash::RandomState> = Default::default();
        let mut out = Vec::new();
        // `new Set(list)` comes here too, and its argument list has no selector.
        for (at, item) in items.iter().enumerate() {
            let value = self.select(item, at, args, special)?;
            let mut key = String::new();
            self.budget.allocate(64)?;
            json::write(&value, &mut key, None, self.budget)?;
            if seen.insert(key) {
                out.push(item.clone());
            }
        }
        Ok(Value::from(out))
    }

    fn sort_by(&mut self, args: &Args, special: Special<'_>) -> Done<Value> {
        let items = args.list("sortBy", 0)?;
        let descending = match args.get(2) {
            Value::Null | Value::Bool(false) => false,
            Value::Bool(true) => true,
            Value::Str(order) if &**order == "asc" => false,
            Value::Str(order) if &**order == "desc" => true,
            other => return Err(ops::needs("sortBy", "\"asc\" or \"desc\" as the order", other)),
        };
        weigh::list(items.len().saturating_mul(4), self.budget)?;
        let mut keyed = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            keyed.push((self.select(item, at, args, special)?, item.clone()));
        }
        let length = keyed.len().max(1) as u64;
        self.budget.burn(length * u64::from(length.ilog2()) / 2)?;
        keyed.sort_by(|(a, _), (b, _)| match (a.is_null(), b.is_null()) {
            (false, false) if descending => order(b, a),
            (false, false) => order(a, b),
            // Null is last, whichever way.
            (a, b) => a.cmp(&b),
        });
        Ok(keyed.into_iter().map(|(_, item)| item).collect::<Vec<_>>().into())
    }

    fn range(&mut self, args: &Args) -> Done<Value> {
        let first = args.int("range", 0)?.unwrap_or(0);
        let (from, to) = match args.int("range", 1)? {
            Some(to) => (first, to),
            None => (0, first),
        };
        let step = args.int("range", 2)?.unwrap_or(1);
        if step == 0 {
            return Err(issue(codes::expr::BAD_ARGUMENT, "`range` needs a step other than 0"));
        }
        let span = if step > 0 { to.saturating_sub(from) } else { from.saturating_sub(to) };
        let count = u64::try_from(span).unwrap_or(0).div_ceil(step.unsigned_abs());
        weigh::list(usize::try_from(count).unwrap_or(usize::MAX), self.budget)?;
        let count = i64::try_from(count).unwrap_or(0);
        Ok((0..count).map(|at| Value::from(from + at * step)).collect::<Vec<_>>().into())
    }
}

/// A total order: numbers, then texts (dates among them as moments), then the rest by their kind.
fn order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Float(_) => 1,
        Value::Str(text) if date::quick(text).is_some() => 2,
        Value::Str(_) => 3,
        Value::List(_) => 4,
        Value::Object(_) => 5,
        Value::Null => 6,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => match (date::quick(a), date::quick(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            (None, None) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => rank(a).cmp(&rank(b)),
        },
    }
}
