//! Time zones: finding one by name, and the daylight saving rules that place a wall-clock time on
//! the time line.

use codex32_model::codes::bot;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::calendar::{Civil, DAY, Date, YEARS};
use super::error::{ScheduleError, quoted};

#[derive(Debug, Clone)]
pub(super) struct Zone {
    tz: TimeZone,
    pub name: String,
}

/// Where a wall-clock time lies on the time line. Seconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    Once(i64),
    /// Skipped: the clocks went on from before to after it. The moment of the change, at which the
    /// next existing minute begins.
    Skipped(i64),
    /// It happens twice; the first.
    Twice(i64),
}

impl Placed {
    /// The moment at which a fixed local time fires: the next existing minute when skipped, the
    /// first pass when repeated.
    pub(super) fn fixed(self) -> i64 {
        match self {
            Self::Once(at) | Self::Skipped(at) | Self::Twice(at) => at,
        }
    }
}

fn seconds(offset: Offset) -> i64 {
    i64::from(offset.seconds())
}

fn timestamp(at: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at).unwrap_or(if at < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

impl Zone {
    pub(super) fn find(name: &str) -> Result<Self, ScheduleError> {
        // Names are short; anything longer is refused before the database is asked.
        let found = (name.len() <= 64).then(|| TimeZone::get(name).ok()).flatten();
        match found {
            Some(tz) if name != "Etc/Unknown" => {
                let name = tz.iana_name().unwrap_or(name).to_owned();
                Ok(Self { tz, name })
            }
            _ => {
                let message = format!("there is no time zone {}", quoted(name));
                let error = ScheduleError::new(bot::ZONE, "timezone", message);
                Err(match nearest(name) {
                    Some(near) => error.suggest(format!("did you mean `{near}`?")),
                    None => error.suggest("write an IANA name such as `Europe/Berlin` or `UTC`"),
                })
            }
        }
    }

    /// Seconds east of UTC at a moment.
    pub(super) fn offset(&self, at: i64) -> i64 {
        seconds(self.tz.to_offset(timestamp(at)))
    }

    pub(super) fn civil(&self, at: i64) -> Civil {
        at + self.offset(at)
    }

    /// The first change of the clocks after a moment.
    pub(super) fn next_change(&self, at: i64) -> Option<i64> {
        self.tz.following(timestamp(at)).next().map(|change| change.timestamp().as_second())
    }

    /// None only outside the years that schedules know.
    pub(super) fn place(&self, civil: Civil) -> Option<Placed> {
        let date = Date::of_day(civil.div_euclid(DAY));
        if !YEARS.contains(&date.year) {
            return None;
        }
        let second = civil.rem_euclid(DAY);
        let wall = jiff::civil::DateTime::new(
            date.year as i16,
            date.month as i8,
            date.day as i8,
            (second / 3600) as i8,
            (second / 60 % 60) as i8,
            (second % 60) as i8,
            0,
        )
        .ok()?;
        Some(match self.tz.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => Placed::Once(civil - seconds(offset)),
            AmbiguousOffset::Fold { before, .. } => Placed::Twice(civil - seconds(before)),
            AmbiguousOffset::Gap { after, .. } => {
                // Read with the later offset, a skipped time lies just before the change.
                let before_change = civil - seconds(after);
                Placed::Skipped(self.next_change(before_change).unwrap_or(before_change))
            }
        })
    }
}

/// The zone that somebody most likely meant: by its city, or one or two letters off.
fn nearest(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    let wanted = name.to_ascii_lowercase().replace([' ', '-'], "_");
    let wanted_city = wanted.rsplit('/').next().unwrap_or(&wanted).to_owned();
    let mut best: Option<(usize, usize, String)> = None;
    for zone in jiff::tz::db().available() {
        let zone = zone.as_str();
        let lower = zone.to_ascii_lowercase();
        let city = lower.rsplit('/').next().unwrap_or(&lower);
        let whole = distance(&wanted, &lower);
        let part = distance(&wanted_city, city);
        let off = whole.min(part + usize::from(wanted_city != wanted));
        // Of equals the one with a region: `Europe/London` before `GB`.
        let key = (off, usize::from(!zone.contains('/')) * 100 + zone.len());
        if best.as_ref().is_none_or(|(off, rank, _)| key < (*off, *rank)) {
            best = Some((key.0, key.1, zone.to_owned()));
        }
    }
    best.filter(|(off, _, _)| *off <= 2 && *off * 2 < wanted_city.len().max(2)).map(|best| best.2)
}

/// Levenshtein distance over bytes; both texts are at most 64 bytes long.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX / 2;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
