//! Dates as somebody says them become days of the calendar, where today is known or not needed.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::times::draft::When;
use crate::times::words::Unit;

/// Whether there is such a day, in that year or in any.
pub(super) fn exists(year: Option<i32>, month: u32, day: u32) -> bool {
    Date::new(year.map_or(2028, |year| year as i16), month as i8, day as i8).is_ok()
}

/// The date that was meant. `past`: of a date without year, the first one today or later is meant
/// unless this is set, then the one of this year.
pub(super) fn resolve(when: &When, today: Option<Date>, this_year: bool) -> Option<Date> {
    match when {
        When::Date { year: Some(year), month, day } => {
            Date::new(i16::try_from(*year).ok()?, *month as i8, *day as i8).ok()
        }
        When::Date { year: None, month, day } => {
            let today = today?;
            let date = |year| Date::new(year, *month as i8, *day as i8).ok();
            let this = date(today.year());
            this.filter(|date| this_year || *date >= today).or_else(|| date(today.year() + 1))
        }
        When::Slashed { .. } => None,
        When::Days(days) => today?.checked_add(i64::from(*days).days()).ok(),
        When::Weekday(day) => {
            let today = today?;
            let now = today.weekday().to_sunday_zero_offset() as u32;
            let ahead = (day + 6 - now) % 7 + 1;
            today.checked_add(i64::from(ahead).days()).ok()
        }
        When::Next(unit) => {
            let today = today?;
            match unit {
                Unit::Week => {
                    let since_monday = today.weekday().to_monday_zero_offset();
                    today.checked_add((7 - i64::from(since_monday)).days()).ok()
                }
                Unit::Month | Unit::Quarter => today.first_of_month().checked_add(1.month()).ok(),
                Unit::Year => Date::new(today.year() + 1, 1, 1).ok(),
                _ => today.checked_add(1.day()).ok(),
            }
        }
        When::Span(count, unit) => {
            let count = i64::from(*count).min(1_000);
            let span = match unit {
                Unit::Week => count.weeks(),
                Unit::Month => count.months(),
                Unit::Quarter => (count * 3).months(),
                Unit::Year => count.years(),
                _ => count.days(),
            };
            today?.checked_add(span).ok()
        }
    }
}
