//! Dates and times as they are written in `start`, `end`, `once` and `except`: a date, a civil time,
//! or an RFC 3339 time.

use codex32_model::Timestamp;
use codex32_model::codes::bot;

use super::calendar::{Civil, DAY, Date, Day, YEARS};
use super::error::{ScheduleError, quoted};
use super::zone::{Placed, Zone};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Date(Day),
    /// Without a zone.
    Civil(Civil),
    /// With an offset: a point on the time line.
    Exact(Timestamp),
}

fn civil_of(time: jiff::civil::DateTime) -> Option<Civil> {
    let date = Date::new(i64::from(time.year()), time.month() as u32, time.day() as u32);
    let second =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    YEARS.contains(&date.year).then(|| date.to_day() * DAY + second)
}

impl Moment {
    pub(super) fn parse(text: &str, key: &'static str) -> Result<Self, ScheduleError> {
        let trimmed = text.trim();
        let fail = || {
            let message = format!("{} is not a date or time", quoted(text));
            ScheduleError::new(bot::MOMENT, key, message)
                .suggest("write `2027-03-01`, `2027-03-01T10:00` or `2027-03-01T10:00:00+01:00`")
        };
        if trimmed.len() > 64 || !trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(fail());
        }
        if let Ok(at) = trimmed.parse::<jiff::Timestamp>() {
            let year = Date::of_day(at.as_second().div_euclid(DAY)).year;
            return if YEARS.contains(&year) {
                Ok(Self::Exact(Timestamp::from_jiff(at)))
            } else {
                Err(fail())
            };
        }
        // A time needs its `T` (or a blank): `2027-03-01` alone is a date.
        if trimmed.contains(['T', 't', ' ']) {
            let time = trimmed.parse::<jiff::civil::DateTime>().ok();
            return time.and_then(civil_of).map(Self::Civil).ok_or_else(fail);
        }
        let date = trimmed.parse::<jiff::civil::Date>().ok();
        let civil = date.and_then(|date| civil_of(date.at(0, 0, 0, 0)));
        civil.map(|civil| Self::Date(civil.div_euclid(DAY))).ok_or_else(fail)
    }

    /// The wall-clock time in the zone.
    pub(super) fn civil(self, zone: &Zone) -> Civil {
        match self {
            Self::Date(day) => day * DAY,
            Self::Civil(civil) => civil,
            Self::Exact(at) => zone.civil(at.micros().div_euclid(1_000_000)),
        }
    }

    /// The moment; of a date its first, of a skipped time the next existing minute.
    pub(super) fn first(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Exact(at) => Some(at),
            _ => zone.place(self.civil(zone)).map(|placed| at_second(placed.fixed())),
        }
    }

    /// The last moment that still belongs to it: of a date the end of that day.
    pub(super) fn last(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Date(day) => {
                let next = zone.place((day + 1) * DAY)?.fixed();
                Some(Timestamp::from_micros(at_second(next).micros() - 1))
            }
            // Of a time that happens twice the second pass is over too.
            Self::Civil(civil) => Some(match zone.place(civil)? {
                Placed::Twice(first) => {
                    let change = zone.next_change(first).unwrap_or(first);
                    at_second(civil - zone.offset(change))
                }
                placed => at_second(placed.fixed()),
            }),
            Self::Exact(at) => Some(at),
        }
    }
}

pub(super) fn at_second(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

/// `2027-03-01T10:00`, with seconds only where there are any.
pub(super) fn show_civil(civil: Civil) -> String {
    let Date { year, month, day } = Date::of_day(civil.div_euclid(DAY));
    let time = super::describe::clock(civil.rem_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}T{time}")
}
