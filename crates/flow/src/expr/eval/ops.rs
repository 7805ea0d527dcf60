//! Operators.

use codex32_model::{Value, codes};

use super::super::ast::{Binary, Node, Span, Unary};
use super::{Done, Eval, Issue, at, convert, date, describe, issue};

/// The common case: both sides are numbers.
#[inline]
pub(super) fn numbers(operator: Binary, a: &Value, b: &Value) -> Option<Value> {
    const SAFE: i64 = 1 << 53;
    if let (Value::Int(a), Value::Int(b)) = (a, b)
        && a.unsigned_abs() <= SAFE as u64
        && b.unsigned_abs() <= SAFE as u64
    {
        let exact =
            |number: i64| (number.unsigned_abs() <= SAFE as u64).then_some(Value::Int(number));
        match operator {
            Binary::Add => {
                if let Some(value) = exact(a + b) {
                    return Some(value);
                }
            }
            Binary::Sub => {
                if let Some(value) = exact(a - b) {
                    return Some(value);
                }
            }
            Binary::Mul => {
                if let Some(value) = a.checked_mul(*b).and_then(exact) {
                    return Some(value);
                }
            }
            _ => {}
        }
    }
    let (a, b) = (a.as_f64()?, b.as_f64()?);
    Some(match operator {
        Binary::Add => Value::number(a + b),
        Binary::Sub => Value::number(a - b),
        Binary::Mul => Value::number(a * b),
        Binary::Div => Value::number(a / b),
        Binary::Rem => Value::number(a % b),
        Binary::Pow => Value::number(a.powf(b)),
        Binary::Less => Value::Bool(a < b),
        Binary::LessEqual => Value::Bool(a <= b),
        Binary::Greater => Value::Bool(a > b),
        Binary::GreaterEqual => Value::Bool(a >= b),
        // Whole numbers beyond 2^53 are compared exactly elsewhere.
        Binary::Equal
        | Binary::StrictEqual
        | Binary::NotEqual
        | Binary::StrictNotEqual
        | Binary::In => return None,
    })
}

impl Eval<'_> {
    #[inline(never)]
    pub(super) fn binary(
        &mut self,
        operator: Binary,
        (left, a): (&Node, Value),
        (right, b): (&Node, Value),
        span: Span,
    ) -> Done<Value> {
        match operator {
            Binary::StrictEqual => at(same(&a, &b, self), span).map(Value::Bool),
            Binary::StrictNotEqual => at(same(&a, &b, self), span).map(|same| Value::Bool(!same)),
            Binary::Equal => at(alike(&a, &b, self), span).map(Value::Bool),
            Binary::NotEqual => at(alike(&a, &b, self), span).map(|same| Value::Bool(!same)),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                Ok(Value::Bool(in_order(operator, &a, &b)))
            }
            Binary::In => self.contains(&a, right, &b, span),
            Binary::Add if matches!(a, Value::Str(_)) || matches!(b, Value::Str(_)) => {
                let mut out = String::new();
                at(convert::push_text(&a, &mut out, self.budget), left.span)?;
                at(convert::push_text(&b, &mut out, self.budget), right.span)?;
                Ok(Value::from(out))
            }
            _ => {
                let (x, y) = (self.operand(left, &a)?, self.operand(right, &b)?);
                let pair = (Value::number(x), Value::number(y));
                Ok(numbers(operator, &pair.0, &pair.1).unwrap_or_default())
            }
        }
    }

    /// A side of an arithmetic operator. Unlike JavaScript, what is not a number is an error, not
    /// a NaN that shows up three steps later.
    fn operand(&self, node: &Node, value: &Value) -> Done<f64> {
        let number = match value {
            Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str(_) => {
                convert::number(value)
            }
            Value::Null | Value::List(_) | Value::Object(_) => f64::NAN,
        };
        if number.is_nan() { Err(self.wrong(node, value, "a number")) } else { Ok(number) }
    }

    fn contains(&mut self, key: &Value, node: &Node, holder: &Value, span: Span) -> Done<Value> {
        match holder {
            Value::Object(fields) => {
                let key = at(convert::key(key, self.budget), span)?;
                Ok(Value::Bool(fields.contains_key(&*key)))
            }
            Value::List(items) => {
                let index = key.as_i64().and_then(|at| usize::try_from(at).ok());
                if let Value::Str(_) = key {
                    return Err(Box::new(Issue {
                        code: codes::expr::WRONG_TYPE,
                        message: "`in` asks for an index of a list; use `list.includes(value)`"
                            .to_owned(),
                        span: Some(span),
                    }));
                }
                Ok(Value::Bool(index.is_some_and(|at| at < items.len())))
            }
            other => Err(self.wrong(node, other, "an object")),
        }
    }

    pub(super) fn unary(&mut self, operator: Unary, node: &Node, value: &Value) -> Done<Value> {
        Ok(match operator {
            Unary::Not => Value::Bool(!value.truthy()),
            Unary::Minus => match value {
                Value::Int(number) => number.checked_neg().map_or(Value::Null, Value::Int),
                other => Value::number(-self.operand(node, other)?),
            },
            Unary::Plus => Value::number(convert::number(value)),
            Unary::TypeOf => Value::str(match value {
                Value::Null => "undefined",
                Value::Bool(_) => "boolean",
                Value::Int(_) | Value::Float(_) => "number",
                Value::Str(_) => "string",
                Value::List(_) | Value::Object(_) => "object",
            }),
        })
    }
}

/// `===`: same type, same contents.
pub(super) fn same(a: &Value, b: &Value, run: &mut Eval<'_>) -> Done<bool> {
    same_to(a, b, run.budget, 0)
}

pub(super) fn same_to(a: &Value, b: &Value, budget: &mut super::Budget, depth: u32) -> Done<bool> {
    if depth > super::weigh::DEEPEST {
        return Err(issue(codes::expr::TOO_DEEP, "The values are nested too deeply to compare"));
    }
    budget.burn(1)?;
    Ok(match (a, b) {
        (Value::Str(a), Value::Str(b)) => {
            budget.burn(a.len().min(b.len()) as u64 / 64)?;
            a == b
        }
        (Value::List(a), Value::List(b)) => {
            if std::sync::Arc::ptr_eq(a, b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !same_to(a, b, budget, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(a), Value::Object(b)) => {
            if std::sync::Arc::ptr_eq(a, b) {
                return Ok(true);
            }
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.iter() {
                let Some(b) = b.get(key) else { return Ok(false) };
                if !same_to(a, b, budget, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        // Scalars of every kind; lists and objects were compared above.
        (a, b) => a == b,
    })
}

/// `==`: as `===`, but numbers, texts and booleans are compared as numbers.
fn alike(a: &Value, b: &Value, run: &mut Eval<'_>) -> Done<bool> {
    let scalar = |value: &Value| {
        matches!(value, Value::Int(_) | Value::Float(_) | Value::Str(_) | Value::Bool(_))
    };
    if scalar(a) && scalar(b) && std::mem::discriminant(a) != std::mem::discriminant(b) {
        return Ok(convert::plain_number(a) == convert::plain_number(b));
    }
    same(a, b, run)
}

/// `<` and the like. Two texts that are both dates are compared as moments, other texts by their
/// characters; everything else as numbers. With `null` the answer is false.
pub(super) fn in_order(operator: Binary, a: &Value, b: &Value) -> bool {
    use std::cmp::Ordering;
    let order = match (a, b) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Str(a), Value::Str(b)) => match (date::quick(a), date::quick(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.as_ref().cmp(b.as_ref())),
        },
        _ => convert::number(a).partial_cmp(&convert::number(b)),
    };
    match (operator, order) {
        (_, None) => false,
        (Binary::Less, Some(order)) => order == Ordering::Less,
        (Binary::LessEqual, Some(order)) => order != Ordering::Greater,
        (Binary::Greater, Some(order)) => order == Ordering::Greater,
        (_, Some(order)) => order != Ordering::Less,
    }
}

/// For messages of functions: "`sum` needs a list, not the number 3".
#[cold]
pub(super) fn needs(function: &str, expected: &str, value: &Value) -> Box<Issue> {
    let code = if value.is_null() { codes::expr::NULL } else { codes::expr::WRONG_TYPE };
    issue(code, format!("`{function}` needs {expected}, not {}", describe(value)))
}
