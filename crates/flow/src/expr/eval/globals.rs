//! JavaScript's own functions: `Number`, `Math.round`, `Object.keys`, `JSON.parse` and the like.

use codex32_model::value::{Key, Object};
use codex32_model::{Value, codes};

use super::super::names::Function;
use super::call::{Args, Special};
use super::{Done, Eval, convert, date, issue, json, ops, weigh};

impl Eval<'_> {
    /// `None`: the function is one of the library.
    pub(super) fn global(
        &mut self,
        function: Function,
        args: &Args,
        special: Special<'_>,
    ) -> Done<Option<Value>> {
        let name = function.name();
        let first = args.get(0);
        let value = match function {
            Function::ToNumber => Value::number(convert::number(first)),
            Function::ToText => {
                if args.count() == 0 {
                    return Ok(Some(Value::str("")));
                }
                if let Value::Str(_) = first {
                    return Ok(Some(first.clone()));
                }
                let mut out = String::new();
                convert::push_text(first, &mut out, self.budget)?;
                Value::from(out)
            }
            Function::ToBoolean => Value::Bool(first.truthy()),
            Function::ParseInt | Function::NumberParseInt => {
                let text = convert::text(first, self.budget)?;
                Value::number(parse_int(&text, args.int(name, 1)?.unwrap_or(0)))
            }
            Function::ParseFloat | Function::NumberParseFloat => {
                let text = convert::text(first, self.budget)?;
                Value::number(parse_float(&text))
            }
            // What JavaScript calls NaN is null here.
            Function::IsNan => Value::Bool(first.is_null() || convert::number(first).is_nan()),
            Function::NumberIsNan => Value::Bool(first.is_null()),
            Function::IsFinite => {
                Value::Bool(!first.is_null() && convert::number(first).is_finite())
            }
            Function::NumberIsFinite => Value::Bool(first.as_f64().is_some()),
            Function::NumberIsInteger => {
                Value::Bool(first.as_f64().is_some_and(|number| number.fract() == 0.0))
            }
            Function::EncodeUriComponent => {
                let text = convert::text(first, self.budget)?;
                weigh::text(text.len().saturating_mul(3), self.budget)?;
                Value::from(percent_encode(&text))
            }
            Function::DecodeUriComponent => {
                let text = args.str(name, 0)?;
                weigh::text(text.len(), self.budget)?;
                percent_decode(text).map(Value::from).ok_or_else(|| {
                    issue(
                        codes::expr::BAD_ARGUMENT,
                        "`decodeURIComponent` was given a wrong % sequence",
                    )
                })?
            }
            Function::Abs
            | Function::Ceil
            | Function::Floor
            | Function::MathRound
            | Function::Trunc
            | Function::Sign
            | Function::Sqrt
            | Function::Cbrt
            | Function::Exp
            | Function::Log
            | Function::Log2
            | Function::Log10
            | Function::Sin
            | Function::Cos
            | Function::Tan => Value::number(math(function, args.number(name, 0)?)),
            Function::Atan2 => Value::number(args.number(name, 0)?.atan2(args.number(name, 1)?)),
            Function::Pow => Value::number(args.number(name, 0)?.powf(args.number(name, 1)?)),
            Function::Hypot => {
                self.budget.burn(args.count() as u64)?;
                let mut sum = 0.0;
                for at in 0..args.count() {
                    sum += args.number(name, at)?.powi(2);
                }
                Value::number(sum.sqrt())
            }
            Function::MathMin | Function::MathMax => {
                self.budget.burn(args.count() as u64)?;
                let mut best = f64::NAN;
                for at in 0..args.count() {
                    let number = args.number(name, at)?;
                    best = if function == Function::MathMin {
                        best.min(number)
                    } else {
                        best.max(number)
                    };
                }
                Value::number(best)
            }
            Function::ObjectKeys | Function::Keys => {
                let fields = fields(name, first)?;
                weigh::list(fields.len(), self.budget)?;
                fields.keys().map(|key| Value::from(key.as_str())).collect::<Vec<_>>().into()
            }
            Function::ObjectValues | Function::Values => {
                if let Value::List(_) = first {
                    return Ok(Some(first.clone()));
                }
                let fields = fields(name, first)?;
                weigh::list(fields.len(), self.budget)?;
                fields.values().cloned().collect::<Vec<_>>().into()
            }
            Function::ObjectEntries => {
                let fields = fields(name, first)?;
                weigh::list(fields.len().saturating_mul(5), self.budget)?;
                let pair = |(key, value): (&Key, &Value)| {
                    Value::list([Value::from(key.as_str()), value.clone()])
                };
                fields.iter().map(pair).collect::<Vec<_>>().into()
            }
            Function::ObjectFromEntries => {
                let pairs = args.list(name, 0)?;
                weigh::object(pairs.len(), self.budget)?;
                let mut out = Object::default();
                for pair in pairs {
                    let Some([key, value, ..]) = pair.as_list() else {
                        return Err(ops::needs(name, "a list of [key, value]", pair));
                    };
                    out.insert(convert::key(key, self.budget)?, value.clone());
                }
                Value::from(out)
            }
            Function::ObjectAssign => {
                let mut out = Object::default();
                for arg in args.iter() {
                    if arg.is_null() {
                        continue;
                    }
                    let fields = fields(name, arg)?;
                    weigh::object(fields.len(), self.budget)?;
                    out.extend(fields.iter().map(|(key, value)| (Key::clone(key), value.clone())));
                }
                Value::from(out)
            }
            Function::Stringify | Function::ToJson => {
                let indent = args.get(if function == Function::Stringify { 2 } else { 1 });
                let indent = match indent {
                    Value::Str(text) => Some(text.chars().count().min(10)),
                    other => {
                        other.as_i64().map(|spaces| usize::try_from(spaces).unwrap_or(0).min(10))
                    }
                };
                let mut out = String::new();
                json::write(first, &mut out, indent.filter(|spaces| *spaces > 0), self.budget)?;
                Value::from(out)
            }
            Function::JsonParse | Function::ParseJson => {
                json::read(name, args.str(name, 0)?, self.budget)?
            }
            Function::IsArray => Value::Bool(matches!(first, Value::List(_))),
            Function::ArrayOf => {
                weigh::list(args.count(), self.budget)?;
                args.iter().cloned().collect::<Vec<_>>().into()
            }
            Function::ArrayFrom => self.array_from(first, special)?,
            Function::NewSet => match first {
                Value::Null => Value::from(Vec::new()),
                _ => self.unique(args.list(name, 0)?, args, Special::None)?,
            },
            Function::DateParse => match first {
                Value::Str(text) => {
                    date::quick(text).map_or(Value::Null, |at| Value::number(date::millis(at)))
                }
                _ => Value::Null,
            },
            Function::NewDate if args.count() == 0 => date::iso(self.now(name)?),
            Function::NewDate => date::iso(args.date(name, 0)?),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn array_from(&mut self, value: &Value, special: Special<'_>) -> Done<Value> {
        let items = match value {
            Value::List(items) => {
                weigh::list(items.len(), self.budget)?;
                items.to_vec()
            }
            Value::Str(text) => {
                weigh::list(text.len().saturating_mul(3), self.budget)?;
                text.chars().map(|c| Value::from(c.to_string())).collect()
            }
            Value::Object(fields) => {
                let length = fields.get("length").and_then(Value::as_i64).unwrap_or(0);
                let length = usize::try_from(length).unwrap_or(0);
                weigh::list(length, self.budget)?;
                vec![Value::Null; length]
            }
            other => return Err(ops::needs("Array.from", "a list, a text or {length: …}", other)),
        };
        if !special.is_function() {
            return Ok(Value::from(items));
        }
        weigh::list(items.len(), self.budget)?;
        let mut out = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            out.push(self.invoke(special, &[item, &Value::from(at)])?);
        }
        Ok(Value::from(out))
    }
}

fn fields<'a>(name: &str, value: &'a Value) -> Done<&'a Object> {
    value.as_object().ok_or_else(|| ops::needs(name, "an object", value))
}

fn math(function: Function, x: f64) -> f64 {
    match function {
        Function::Abs => x.abs(),
        Function::Ceil => x.ceil(),
        Function::Floor => x.floor(),
        // Halves go up, also below zero.
        Function::MathRound if x - x.floor() >= 0.5 => x.floor() + 1.0,
        Function::MathRound => x.floor(),
        Function::Trunc => x.trunc(),
        Function::Sign if x == 0.0 => 0.0,
        Function::Sign => x.signum(),
        Function::Sqrt => x.sqrt(),
        Function::Cbrt => x.cbrt(),
        Function::Exp => x.exp(),
        Function::Log => x.ln(),
        Function::Log2 => x.log2(),
        Function::Log10 => x.log10(),
        Function::Sin => x.sin(),
        Function::Cos => x.cos(),
        _ => x.tan(),
    }
}

fn parse_int(text: &str, radix: i64) -> f64 {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (radix, text) = match (radix, hex) {
        (0 | 16, Some(rest)) => (16, rest),
        (0, None) => (10, text),
        (radix @ 2..=36, _) => (u32::try_from(radix).unwrap_or(10), text),
        _ => return f64::NAN,
    };
    let mut value = 0.0;
    let mut digits = 0;
    for digit in text.chars().map_while(|c| c.to_digit(radix)) {
        value = value * f64::from(radix) + f64::from(digit);
        digits += 1;
    }
    match (digits, negative) {
        (0, _) => f64::NAN,
        (_, true) => -value,
        (_, false) => value,
    }
}

fn parse_float(text: &str) -> f64 {
    let text = text.trim();
    let mut end = 0;
    let (mut point, mut exponent) = (false, false);
    let bytes = text.as_bytes();
    for (at, b) in bytes.iter().enumerate() {
        match b {
            b'0'..=b'9' => end = at + 1,
            b'+' | b'-' if at == 0 || (exponent && matches!(bytes[at - 1], b'e' | b'E')) => {}
            b'.' if !point && !exponent => {
                point = true;
                // `1.` is read as 1.
                if end > 0 {
                    end = at + 1;
                }
            }
            b'e' | b'E' if !exponent && end > 0 => exponent = true,
            _ => break,
        }
    }
    text[..end].parse().unwrap_or(f64::NAN)
}

fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(b)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                out.push(char::from(b))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        if *b == b'%' {
            let digits = text.get(at + 1..at + 3)?;
            let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
            out.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
            at += 3;
        } else {
            out.push(*b);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}
