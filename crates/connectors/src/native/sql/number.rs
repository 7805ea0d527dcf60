//! Numbers of a database as values.

use codex32_model::Value;

/// Digits that a number of JSON keeps exactly.
const EXACT: usize = 15;

/// A decimal number: as a number where that is exact, else as text, which keeps all digits.
pub fn decimal(text: &str) -> Value {
    let digits = text.trim_start_matches('-').trim_start_matches(['0', '.']);
    let digits = digits.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        Ok(number) if digits <= EXACT && number.is_finite() => Value::number(number),
        _ => Value::from(text),
    }
}

/// With as many digits as the type has.
pub fn float(number: f32) -> Value {
    number.to_string().parse().map_or(Value::Null, Value::number)
}
