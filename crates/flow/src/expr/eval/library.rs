//! The standard library: what people need all day and JavaScript says in many words. Documented in
//! [`super::super::stdlib`].

mod dates;
mod lists;
mod texts;

use codex32_model::value::{Key, Object};
use codex32_model::{Value, codes};

use super::super::names::Function;
use super::call::{Args, Special};
use super::{Done, Eval, convert, issue, ops, weigh};

impl Eval<'_> {
    pub(super) fn library(
        &mut self,
        function: Function,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        let name = function.name();
        match function {
            Function::DaysSince
            | Function::DaysUntil
            | Function::AddDays
            | Function::AddHours
            | Function::AddMinutes
            | Function::AddMonths
            | Function::FormatDate
            | Function::ParseDate => self.dates(function, args),
            Function::Sum
            | Function::Mean
            | Function::Median
            | Function::Min
            | Function::Max
            | Function::GroupBy
            | Function::ObjectGroupBy
            | Function::CountBy
            | Function::KeyBy
            | Function::Unique
            | Function::SortBy
            | Function::Chunk
            | Function::Range
            | Function::First
            | Function::Last => self.lists(function, args, special),
            Function::Pick | Function::Omit => {
                let fields = args.object(name, 0)?;
                let mut keys: Vec<Key> = Vec::new();
                for arg in args.iter().skip(1) {
                    match arg {
                        Value::List(more) => {
                            weigh::list(more.len(), self.budget)?;
                            for key in more.iter() {
                                keys.push(convert::key(key, self.budget)?);
                            }
                        }
                        key => keys.push(convert::key(key, self.budget)?),
                    }
                }
                weigh::object(fields.len(), self.budget)?;
                let out: Object = if function == Function::Pick {
                    let known =
                        |key: &Key| fields.get(key).map(|value| (Key::clone(key), value.clone()));
                    keys.iter().filter_map(known).collect()
                } else {
                    let mut out = fields.clone();
                    for key in &keys {
                        self.budget.burn(fields.len() as u64 / 16 + 1)?;
                        out.shift_remove(key);
                    }
                    out
                };
                Ok(Value::from(out))
            }
            Function::Round => {
                let digits = args.int(name, 1)?.unwrap_or(0);
                if !(-300..=100).contains(&digits) {
                    return Err(issue(
                        codes::expr::BAD_ARGUMENT,
                        "`round` takes -300 to 100 digits",
                    ));
                }
                Ok(Value::number(round(args.number(name, 0)?, digits)))
            }
            _ => self.texts(function, args),
        }
    }

    /// What a list's items are looked at by: a function, the name of a field, or nothing.
    fn select(
        &mut self,
        item: &Value,
        at: usize,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Value> {
        if special.is_function() {
            return self.invoke(special, &[item, &Value::from(at)]);
        }
        self.budget.burn(1)?;
        match args.get(1) {
            Value::Null => Ok(item.clone()),
            Value::Str(key) => Ok(item.get(key).cloned().unwrap_or_default()),
            other => Err(ops::needs("by", "a function or the name of a field", other)),
        }
    }
}

/// Rounds the number as it is written, so that `round(1.005, 2)` is 1.01; halves away from zero.
fn round(number: f64, digits: i64) -> f64 {
    let shift = |number: f64, by: i64| {
        let text = format!("{number:e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let power = power.parse::<i64>().unwrap_or(0) + by;
        format!("{mantissa}e{power}").parse::<f64>().unwrap_or(number)
    };
    let scaled = shift(number, digits);
    if scaled.abs() >= 9e15 { number } else { shift(scaled.round(), -digits) }
}
