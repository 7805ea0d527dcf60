//! Dates: RFC 3339 texts, with or without time and zone, and milliseconds since 1970.
//!
//! What has no zone is in UTC. What an expression makes has the form of `toISOString`.

use codex32_model::{Timestamp, Value, codes};
use jiff::civil;
use jiff::tz::TimeZone;

use super::{Done, Issue, describe, issue};

/// The moment of a text that is a date, told apart quickly from all other texts.
pub(super) fn quick(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let dated = digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes.len() <= 40
        && matches!(bytes.get(10), None | Some(b'T' | b't' | b' '));
    if dated { moment(text) } else { None }
}

fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    // Without a zone; jiff would ignore an offset here, but with one the line above has read it.
    let civil = text.parse::<civil::DateTime>().ok()?;
    from_civil(civil, &TimeZone::UTC)
}

fn from_civil(civil: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    Some(Timestamp::from_jiff(at))
}

pub(super) fn millis(at: Timestamp) -> f64 {
    at.millis() as f64
}

/// The moment that a value means, or an error that says what it is instead.
pub(super) fn of(function: &str, value: &Value) -> Done<Timestamp> {
    const MOST: i64 = 253_402_300_799_999;
    let at = match value {
        Value::Str(text) => quick(text.trim()),
        Value::Int(number) if number.abs() <= MOST => Some(Timestamp::from_millis(*number)),
        Value::Float(number) if number.abs() <= MOST as f64 => {
            Some(Timestamp::from_millis(*number as i64))
        }
        _ => None,
    };
    at.ok_or_else(|| not_a_date(function, value))
}

#[cold]
pub(super) fn not_a_date(function: &str, value: &Value) -> Box<Issue> {
    let code = if value.is_null() { codes::expr::NULL } else { codes::expr::DATE };
    let found = describe(value);
    issue(
        code,
        format!(
            "`{function}` needs a date such as 2027-03-01 or 2027-03-01T10:00:00Z, not {found}"
        ),
    )
}

/// `2027-03-01T10:00:00.000Z`.
pub(super) fn iso(at: Timestamp) -> Value {
    let at = Timestamp::from_millis(at.millis()).to_jiff();
    Value::from(format!("{at:.3}"))
}

/// The calendar fields in UTC.
pub(super) fn utc(at: Timestamp) -> civil::DateTime {
    at.to_jiff().to_zoned(TimeZone::UTC).datetime()
}

/// An IANA zone, `UTC`, or an offset such as `+02:00`.
pub(super) fn zone(function: &str, name: &str) -> Done<TimeZone> {
    if name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    let bad = || {
        let short: String = name.chars().take(40).collect();
        let message = format!(
            "`{function}` does not know the time zone \"{short}\"; write one such as Europe/Berlin"
        );
        issue(codes::expr::BAD_ARGUMENT, message)
    };
    if name.starts_with(['+', '-']) {
        let probe = format!("2000-01-01T00:00{name}");
        let digits = name.len() == 6 && name.as_bytes()[3] == b':';
        let at = probe.parse::<jiff::Timestamp>().ok().filter(|_| digits).ok_or_else(bad)?;
        let utc = 946_684_800 - at.as_second();
        let offset = i32::try_from(utc)
            .ok()
            .and_then(|seconds| jiff::tz::Offset::from_seconds(seconds).ok());
        return offset.map(TimeZone::fixed).ok_or_else(bad);
    }
    TimeZone::get(name).map_err(|_| bad())
}

/// A moment from calendar fields in a zone.
pub(super) fn in_zone(civil: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    from_civil(civil, zone)
}
