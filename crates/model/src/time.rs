//! Moments and spans: microseconds since 1970-01-01T00:00Z, and the durations of the definition
//! language (`30s`, `15m`, `1h30m`, `2d`, `1w`, `250ms`; a day is 24 hours).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A moment: microseconds since the Unix epoch, UTC. Text form: RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const EPOCH: Self = Self(0);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The time from `earlier` to here; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same moment for calendar arithmetic. Clamped to jiff's range (years -9999 to 9999).
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_jiff(), f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(Self::from_jiff)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where the time comes from. The server has one on the system's clock; tests move their own.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// The time since some moment in the past. Nobody sets it, it never goes back, and it goes on while
    /// the process is stopped or the machine is suspended: for leases.
    fn elapsed(&self) -> Duration;
}

/// A text that is not a duration, with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration: write it like 30s, 15m, 1h30m, 2d, 1w or 250ms")]
pub struct DurationError {
    pub text: String,
    /// The right spelling, where it can be told (`PT15M` gives `15m`).
    pub suggestion: Option<String>,
}

const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// Reads `1h30m`. Units in any order, each at most once; whole numbers; at most 100 years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let fail = |suggestion| DurationError { text: text.chars().take(40).collect(), suggestion };
    if text.starts_with(['P', 'p']) {
        let iso = text.parse::<jiff::Span>().ok().and_then(|span| {
            let of = jiff::SpanRelativeTo::days_are_24_hours();
            let millis = span.total((jiff::Unit::Millisecond, of)).ok()?;
            (millis >= 1.0).then(|| format_duration(Duration::from_millis(millis as u64)))
        });
        return Err(fail(iso));
    }
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut seen = [false; UNITS.len()];
    if rest.is_empty() {
        return Err(fail(None));
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(letters);
        let at = UNITS.iter().position(|(name, _)| *name == unit);
        let (Ok(number), Some(at)) = (number.parse::<u64>(), at) else {
            return Err(fail(None));
        };
        if std::mem::replace(&mut seen[at], true) {
            return Err(fail(None));
        }
        let millis = number.checked_mul(UNITS[at].1).and_then(|millis| total.checked_add(millis));
        total = millis.filter(|total| *total <= 3_155_760_000_000).ok_or_else(|| fail(None))?;
        rest = tail;
    }
    Ok(Duration::from_millis(total))
}

/// The shortest spelling that [`parse_duration`] reads back, to the millisecond.
pub fn format_duration(span: Duration) -> String {
    let mut rest = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    // Weeks only when nothing else is left: `1w`, but `8d`.
    if rest % UNITS[5].1 == 0 {
        return format!("{}w", rest / UNITS[5].1);
    }
    for (name, millis) in UNITS[..5].iter().rev() {
        let count = rest / millis;
        if count > 0 {
            out.push_str(&format!("{count}{name}"));
            rest %= millis;
        }
    }
    out
}
