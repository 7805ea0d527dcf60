//! Methods of lists. None changes the list: `sort` and `reverse` give a new one.

use std::sync::Arc;

use codex32_model::{Value, codes};

use super::super::names::Method;
use super::call::{Args, Special};
use super::{Done, Eval, convert, issue, ops, weigh};

/// Levels that a `reduce` may add before its result is measured.
const GROWTH: usize = 256;

impl Eval<'_> {
    pub(super) fn list_method(
        &mut self,
        items: &Arc<Vec<Value>>,
        whole: &Value,
        method: Method,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let name = method.name();
        if method.callback() == Some(0)
            && !special.is_function()
            && !matches!(method, Method::Sort | Method::ToSorted)
        {
            let message = format!("`{name}` needs a function, such as `item => item.name`");
            return Err(issue(codes::expr::WRONG_TYPE, message));
        }
        self.budget.burn(items.len() as u64 / 16)?;
        Ok(match method {
            Method::Map => {
                weigh::list(items.len(), self.budget)?;
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    out.push(self.invoke(special, &[item, &Value::from(at), whole])?);
                }
                Value::from(out)
            }
            Method::Filter => {
                let mut out = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    if self.holds(special, item, at, whole)? {
                        self.budget.allocate(24)?;
                        out.push(item.clone());
                    }
                }
                Value::from(out)
            }
            Method::Find | Method::FindIndex | Method::Some => {
                let mut found = None;
                for (at, item) in items.iter().enumerate() {
                    if self.holds(special, item, at, whole)? {
                        found = Some((at, item));
                        break;
                    }
                }
                self.found(method, found)
            }
            Method::FindLast | Method::FindLastIndex => {
                let mut found = None;
                for (at, item) in items.iter().enumerate().rev() {
                    if self.holds(special, item, at, whole)? {
                        found = Some((at, item));
                        break;
                    }
                }
                self.found(method, found)
            }
            Method::Every => {
                for (at, item) in items.iter().enumerate() {
                    if !self.holds(special, item, at, whole)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Value::Bool(true)
            }
            Method::FlatMap => {
                let mut out = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    match self.invoke(special, &[item, &Value::from(at), whole])? {
                        Value::List(more) => {
                            weigh::list(more.len(), self.budget)?;
                            out.extend(more.iter().cloned());
                        }
                        other => {
                            self.budget.allocate(24)?;
                            out.push(other);
                        }
                    }
                }
                Value::from(out)
            }
            Method::Reduce | Method::ReduceRight => {
                return self.reduce(items, whole, args, special, method == Method::ReduceRight);
            }
            Method::Sort | Method::ToSorted => return self.sort(items, special),
            Method::Reverse | Method::ToReversed => {
                weigh::list(items.len(), self.budget)?;
                items.iter().rev().cloned().collect::<Vec<_>>().into()
            }
            Method::Includes | Method::Has => {
                Value::Bool(self.position(items, args.get(0), false)?.is_some())
            }
            Method::IndexOf => index(self.position(items, args.get(0), false)?),
            Method::LastIndexOf => index(self.position(items, args.get(0), true)?),
            Method::Join => {
                let separator = if args.get(0).is_null() { "," } else { args.str(name, 0)? };
                let mut out = String::new();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        convert::push(&mut out, separator, self.budget)?;
                    }
                    if !item.is_null() {
                        convert::push_text(item, &mut out, self.budget)?;
                    }
                }
                Value::from(out)
            }
            Method::Slice => {
                let (from, to) = bounds(items.len(), args.int(name, 0)?, args.int(name, 1)?);
                weigh::list(to - from, self.budget)?;
                items.get(from..to).unwrap_or_default().to_vec().into()
            }
            Method::Concat => {
                let mut out = Vec::new();
                for part in std::iter::once(whole).chain(args.iter()) {
                    match part {
                        Value::List(more) => {
                            weigh::list(more.len(), self.budget)?;
                            out.extend(more.iter().cloned());
                        }
                        other => {
                            self.budget.allocate(24)?;
                            out.push(other.clone());
                        }
                    }
                }
                Value::from(out)
            }
            Method::Flat => {
                // `flat(Infinity)`: there is no infinity, so its null means all levels.
                let levels = match args.int(name, 0)? {
                    Some(levels) => u32::try_from(levels.clamp(0, 100)).unwrap_or(0),
                    None if args.count() > 0 => 100,
                    None => 1,
                };
                let mut out = Vec::new();
                self.flatten(items, levels, &mut out)?;
                Value::from(out)
            }
            Method::At => {
                let at = args.int(name, 0)?.unwrap_or(0);
                let at = if at < 0 { at.saturating_add(items.len() as i64) } else { at };
                usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
            }
            Method::With => {
                let at = args.int(name, 0)?.unwrap_or(0);
                let at = if at < 0 { at.saturating_add(items.len() as i64) } else { at };
                let Some(place) = usize::try_from(at).ok().filter(|at| *at < items.len()) else {
                    let message =
                        format!("`with` was given a place outside the list of {}", items.len());
                    return Err(issue(codes::expr::BAD_ARGUMENT, message));
                };
                weigh::list(items.len(), self.budget)?;
                let mut out = items.to_vec();
                out[place] = args.get(1).clone();
                Value::from(out)
            }
            Method::Keys => {
                weigh::list(items.len(), self.budget)?;
                (0..items.len()).map(Value::from).collect::<Vec<_>>().into()
            }
            Method::Entries => {
                weigh::list(items.len().saturating_mul(5), self.budget)?;
                let pair =
                    |(at, item): (usize, &Value)| Value::list([Value::from(at), item.clone()]);
                items.iter().enumerate().map(pair).collect::<Vec<_>>().into()
            }
            Method::ToString => {
                let mut out = String::new();
                convert::push_text(whole, &mut out, self.budget)?;
                Value::from(out)
            }
            _ => whole.clone(),
        })
    }

    /// The truth of a callback. What it built on the way is gone after it.
    fn holds(
        &mut self,
        special: Special<'_>,
        item: &Value,
        at: usize,
        whole: &Value,
    ) -> Done<bool> {
        let spare = self.budget.memory_left();
        let holds = self.invoke(special, &[item, &Value::from(at), whole])?.truthy();
        self.budget.restore_memory(spare);
        Ok(holds)
    }

    fn found(&self, method: Method, found: Option<(usize, &Value)>) -> Value {
        match method {
            Method::Some => Value::Bool(found.is_some()),
            Method::FindIndex | Method::FindLastIndex => index(found.map(|(at, _)| at)),
            _ => found.map_or(Value::Null, |(_, item)| item.clone()),
        }
    }

    fn position(&mut self, items: &[Value], wanted: &Value, last: bool) -> Done<Option<usize>> {
        let mut found = None;
        for (at, item) in items.iter().enumerate() {
            if ops::same(item, wanted, self)? {
                found = Some(at);
                if !last {
                    break;
                }
            }
        }
        Ok(found)
    }

    fn flatten(&mut self, items: &[Value], levels: u32, out: &mut Vec<Value>) -> Done<()> {
        for item in items {
            self.budget.burn(1)?;
            match item {
                Value::List(inner) if levels > 0 => self.flatten(inner, levels - 1, out)?,
                other => {
                    self.budget.allocate(24)?;
                    out.push(other.clone());
                }
            }
        }
        Ok(())
    }

    /// The one place where a value can grow level by level, so its result is measured every so many
    /// rounds; what other rounds built is gone by then.
    fn reduce(
        &mut self,
        items: &[Value],
        whole: &Value,
        args: &Args,
        special: Special<'_>,
        right: bool,
    ) -> Done<Value> {
        let seeded = args.count() > 1;
        let mut places: Box<dyn Iterator<Item = usize>> =
            if right { Box::new((0..items.len()).rev()) } else { Box::new(0..items.len()) };
        let mut result = if seeded {
            args.get(1).clone()
        } else {
            match places.next() {
                Some(first) => items[first].clone(),
                None => {
                    let message = "`reduce` of an empty list needs a first value: `reduce((sum, x) => sum + x, 0)`";
                    return Err(issue(codes::expr::BAD_ARGUMENT, message));
                }
            }
        };
        let levels = if let Special::Arrow(arrow) = special { usize::from(arrow.depth) } else { 1 };
        let every = (GROWTH / levels.max(1)).max(1);
        let spare = self.budget.memory_left();
        for (round, at) in places.enumerate() {
            result = self.invoke(special, &[&result, &items[at], &Value::from(at), whole])?;
            let simple = !matches!(result, Value::List(_) | Value::Object(_));
            if simple || (round + 1) % every == 0 {
                let weight = weigh::settle(&result, self.budget)?;
                self.budget.restore_memory(spare.saturating_sub(weight));
            }
        }
        weigh::settle(&result, self.budget)?;
        Ok(result)
    }

    fn sort(&mut self, items: &[Value], special: Special<'_>) -> Done<Value> {
        weigh::list(items.len().saturating_mul(2), self.budget)?;
        if special.is_function() {
            let sorted = self.merge_sort(items.to_vec(), &mut |run, a, b| {
                let spare = run.budget.memory_left();
                let order = convert::number(&run.invoke(special, &[a, b])?);
                run.budget.restore_memory(spare);
                Ok(order > 0.0)
            })?;
            return Ok(Value::from(sorted));
        }
        // By text, as JavaScript does; null comes last.
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            weigh::text(24, self.budget)?;
            let key = if item.is_null() { None } else { Some(convert::text(item, self.budget)?) };
            keyed.push((key, item));
        }
        let length = keyed.len().max(1) as u64;
        self.budget.burn(length * u64::from(length.ilog2()) / 4)?;
        keyed.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
        Ok(keyed.into_iter().map(|(_, item)| item.clone()).collect::<Vec<_>>().into())
    }

    /// Stable; ends and stays in bounds whatever the comparison answers. `after(a, b)`: a belongs
    /// after b.
    pub(super) fn merge_sort(
        &mut self,
        items: Vec<Value>,
        after: &mut dyn FnMut(&mut Self, &Value, &Value) -> Done<bool>,
    ) -> Done<Vec<Value>> {
        let length = items.len();
        let mut from = items;
        let mut width = 1;
        while width < length {
            self.budget.burn(length as u64 / 4 + 1)?;
            let mut to = Vec::with_capacity(length);
            for start in (0..length).step_by(width * 2) {
                let middle = (start + width).min(length);
                let end = (start + width * 2).min(length);
                let (mut left, mut right) = (start, middle);
                while left < middle && right < end {
                    if after(self, &from[left], &from[right])? {
                        to.push(from[right].clone());
                        right += 1;
                    } else {
                        to.push(from[left].clone());
                        left += 1;
                    }
                }
                to.extend_from_slice(&from[left..middle]);
                to.extend_from_slice(&from[right..end]);
            }
            from = to;
            width *= 2;
        }
        Ok(from)
    }
}

fn index(found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), Value::from)
}

/// The half-open range of `slice(from, to)`; negative counts from the end.
pub(super) fn bounds(length: usize, from: Option<i64>, to: Option<i64>) -> (usize, usize) {
    let length = length as i64;
    let place = |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at.min(length) };
    let from = place(from.unwrap_or(0));
    let to = place(to.unwrap_or(length)).max(from);
    (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0))
}
