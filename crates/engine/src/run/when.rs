//! What `wait` waits for: a duration or a time, from text or number.

use std::time::Duration;

use codex32_model::Value;
use codex32_model::time::{Timestamp, parse_duration};

/// A duration: `15m`, or a number of seconds.
pub fn duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::Str(text) => parse_duration(text.trim()).map_err(|error| error.to_string()),
        other => match other.as_f64() {
            Some(seconds) if (0.0..3.2e9).contains(&seconds) => {
                Ok(Duration::from_secs_f64(seconds))
            }
            _ => Err(format!("{} is not a duration", other.kind())),
        },
    }
}

/// A moment: RFC 3339, or a civil date or time in `timezone`. A civil time that daylight saving
/// skips means the next one that exists, one that it repeats the first.
pub fn moment(value: &Value, timezone: &str) -> Result<Timestamp, String> {
    let text = value.as_str().ok_or_else(|| format!("{} is not a time", value.kind()))?.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(jiff::civil::DateTime::from))
        .map_err(|_| format!("`{text}` is neither a date nor a time"))?;
    let zone = jiff::tz::TimeZone::get(timezone)
        .map_err(|_| format!("there is no time zone `{timezone}`"))?;
    let zoned = zone.to_ambiguous_zoned(civil).compatible().map_err(|error| error.to_string())?;
    Ok(Timestamp::from_jiff(zoned.timestamp()))
}
