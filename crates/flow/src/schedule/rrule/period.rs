//! One period of a rule's frequency: a year, a month, … a second, numbered without gaps.

use super::super::calendar::{Civil, DAY, Date, Day, Times, days_in_month};
use super::{Freq, Rrule};

pub(super) struct Period {
    pub index: i64,
    pub start: Civil,
    pub first_day: Day,
    pub last_day: Day,
    /// The rule's times that lie in this period; empty sets when none do.
    pub times: Times,
}

impl Period {
    /// The period that holds a time.
    pub(super) fn of(rule: &Rrule, at: Civil) -> Self {
        let day = at.div_euclid(DAY);
        let index = match rule.freq {
            Freq::Yearly => Date::of_day(day).year,
            Freq::Monthly => {
                let date = Date::of_day(day);
                date.year * 12 + i64::from(date.month) - 1
            }
            Freq::Weekly => (day - first_week(rule)).div_euclid(7),
            Freq::Daily => day,
            Freq::Hourly => at.div_euclid(3600),
            Freq::Minutely => at.div_euclid(60),
            Freq::Secondly => at,
        };
        Self::at(rule, index)
    }

    pub(super) fn at(rule: &Rrule, index: i64) -> Self {
        let days = |first_day: Day, last_day: Day| Self {
            index,
            start: first_day * DAY,
            first_day,
            last_day,
            times: rule.times,
        };
        let short = |start: Civil| {
            let (day, second) = (start.div_euclid(DAY), start.rem_euclid(DAY));
            let mut times = rule.times;
            times.hours &= 1 << (second / 3600);
            if rule.freq > Freq::Hourly {
                times.minutes &= 1 << (second / 60 % 60);
            }
            if rule.freq > Freq::Minutely {
                times.seconds &= 1 << (second % 60);
            }
            Self { index, start, first_day: day, last_day: day, times }
        };
        match rule.freq {
            Freq::Yearly => {
                days(Date::new(index, 1, 1).to_day(), Date::new(index + 1, 1, 1).to_day() - 1)
            }
            Freq::Monthly => {
                let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
                let first = Date::new(year, month, 1).to_day();
                days(first, first + i64::from(days_in_month(year, month)) - 1)
            }
            Freq::Weekly => {
                let first = first_week(rule) + index * 7;
                days(first, first + 6)
            }
            Freq::Daily => days(index, index),
            Freq::Hourly => short(index * 3600),
            Freq::Minutely => short(index * 60),
            Freq::Secondly => short(index),
        }
    }
}

/// A day on which a week begins: 1970-01-04 was a Sunday.
fn first_week(rule: &Rrule) -> Day {
    3 + i64::from(rule.week_start)
}
