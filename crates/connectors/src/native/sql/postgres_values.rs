//! Values to PostgreSQL and back. The server says which type each place has; values are sent as text
//! of that type, and come back in its binary form.

use std::error::Error;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::BytesMut;
use codex32_model::{Timestamp, Value};
use jiff::ToSpan as _;
use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use super::number::{decimal, float};

type BoxError = Box<dyn Error + Sync + Send>;

/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const EPOCH: i64 = 946_684_800_000_000;

/// A value to send.
#[derive(Debug)]
pub struct Sent(pub Value);

impl ToSql for Sent {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        Ok(match text(kind, &self.0)? {
            None => IsNull::Yes,
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// The value in the spelling that the type reads.
fn text(kind: &Type, value: &Value) -> Result<Option<String>, BoxError> {
    if let Kind::Domain(inner) = kind.kind() {
        return text(inner, value);
    }
    if value.is_null() {
        return Ok(None);
    }
    if let (Kind::Array(inner), Value::List(items)) = (kind.kind(), value) {
        return array(inner, items).map(Some);
    }
    Ok(Some(match *kind {
        Type::JSON | Type::JSONB => value.to_json(),
        Type::BYTEA => {
            let bytes = super::bytes(value).map_or_else(|| BASE64.decode(value.to_text()), Ok);
            let bytes = bytes.map_err(|_| "bytes are written in base64")?;
            let mut text = String::from("\\x");
            for byte in bytes {
                let _ = write!(text, "{byte:02x}");
            }
            text
        }
        _ => value.to_text(),
    }))
}

fn array(inner: &Type, items: &[Value]) -> Result<String, BoxError> {
    let mut out = String::from("{");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match item {
            // Of more dimensions: the type is the same at every depth.
            Value::List(items) => out.push_str(&array(inner, items)?),
            item => match text(inner, item)? {
                None => out.push_str("NULL"),
                Some(text) => {
                    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
                    let _ = write!(out, "\"{text}\"");
                }
            },
        }
    }
    out.push('}');
    Ok(out)
}

/// A value that came.
pub struct Cell(pub Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        value(kind, raw).map(Cell)
    }

    fn from_sql_null(_: &Type) -> Result<Self, BoxError> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn value(kind: &Type, raw: &[u8]) -> Result<Value, BoxError> {
    match kind.kind() {
        Kind::Domain(inner) => return value(inner, raw),
        Kind::Array(_) => {
            let items = Vec::<Cell>::from_sql(kind, raw)?;
            return Ok(Value::list(items.into_iter().map(|cell| cell.0)));
        }
        Kind::Enum(_) => return Ok(Value::from(std::str::from_utf8(raw)?)),
        _ => {}
    }
    Ok(match *kind {
        Type::BOOL => Value::from(bool::from_sql(kind, raw)?),
        Type::INT2 => Value::from(i64::from(i16::from_sql(kind, raw)?)),
        Type::INT4 => Value::from(i64::from(i32::from_sql(kind, raw)?)),
        Type::INT8 => Value::from(i64::from_sql(kind, raw)?),
        Type::OID => Value::from(u32::from_sql(kind, raw)?),
        Type::FLOAT4 => float(f32::from_sql(kind, raw)?),
        Type::FLOAT8 => Value::number(f64::from_sql(kind, raw)?),
        Type::NUMERIC => decimal(&numeric(raw).ok_or("a number of another form")?),
        Type::JSON => Value::from_json_slice(raw)?,
        // A version comes first.
        Type::JSONB => Value::from_json_slice(raw.get(1..).unwrap_or_default())?,
        Type::BYTEA => Value::from(BASE64.encode(raw)),
        Type::UUID => Value::from(uuid(raw)),
        Type::TIMESTAMPTZ => {
            moment(raw)?.map_or_else(Value::from, |at| Value::from(at.to_string()))
        }
        Type::TIMESTAMP => moment(raw)?.map_or_else(Value::from, |at| {
            Value::from(at.to_jiff().to_zoned(TimeZone::UTC).datetime().to_string())
        }),
        Type::DATE => {
            let days = i32::from_be_bytes(raw.try_into()?);
            let first: Date = date(2000, 1, 1);
            Value::from(first.checked_add(i64::from(days).days())?.to_string())
        }
        Type::TIME => {
            let micros = i64::from_be_bytes(raw.try_into()?);
            Value::from(Time::midnight().checked_add(micros.microseconds())?.to_string())
        }
        Type::INTERVAL => Value::from(interval(raw).ok_or("an interval of another form")?),
        Type::VOID => Value::Null,
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::CHAR
        | Type::XML
        | Type::UNKNOWN => Value::from(std::str::from_utf8(raw)?),
        _ if kind.name() == "citext" => Value::from(std::str::from_utf8(raw)?),
        _ => return Err(format!("write `::text` after it: the type {kind} has no value").into()),
    })
}

/// A moment, or the word for one that never comes.
fn moment(raw: &[u8]) -> Result<Result<Timestamp, &'static str>, BoxError> {
    Ok(match i64::from_be_bytes(raw.try_into()?) {
        i64::MAX => Err("infinity"),
        i64::MIN => Err("-infinity"),
        micros => Ok(Timestamp::from_micros(micros.saturating_add(EPOCH))),
    })
}

fn uuid(raw: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in raw.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// ISO 8601: months, days and the rest are apart, since none is a fixed number of another.
fn interval(raw: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(raw.get(..8)?.try_into().ok()?);
    let days = i32::from_be_bytes(raw.get(8..12)?.try_into().ok()?);
    let months = i32::from_be_bytes(raw.get(12..16)?.try_into().ok()?);
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:06}") };
    Some(format!("P{months}M{days}DT{sign}{seconds}{fraction}S"))
}

/// Groups of four digits (`numeric_send` in PostgreSQL's source).
fn numeric(raw: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u16::from_be_bytes(raw.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign, scale) = (word(0)?, word(1)? as i16, word(2)?, word(3)?);
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let group = |place: i32| -> Option<u16> {
        let index = i32::from(weight) - place;
        if index < 0 || index >= i32::from(count) {
            return Some(0);
        }
        word(4 + usize::try_from(index).ok()?)
    };
    let mut text = String::from(if sign == 0x4000 { "-" } else { "" });
    if weight < 0 {
        text.push('0');
    }
    for place in (0..=i32::from(weight)).rev() {
        let digits = group(place)?;
        let first = place == i32::from(weight);
        text.push_str(&if first { digits.to_string() } else { format!("{digits:04}") });
    }
    if scale > 0 {
        let mut fraction = String::new();
        let mut place = -1;
        while fraction.len() < usize::from(scale) {
            let _ = write!(fraction, "{:04}", group(place)?);
            place -= 1;
        }
        fraction.truncate(usize::from(scale));
        let _ = write!(text, ".{fraction}");
    }
    Some(text)
}
