//! The days of a cron pattern, worked out for a whole month at once as a set of bits.

use super::super::calendar::{Date, days_in_month, weekday};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Days {
    /// The day field is `*` or `?`.
    pub any_day: bool,
    /// The weekday field is `*` or `?`.
    pub any_weekday: bool,
    /// Bits 1 to 31.
    pub of_month: u32,
    /// `L` is 0, `L-3` is 3.
    pub from_last: Vec<u32>,
    /// `15W`.
    pub nearest: Vec<u32>,
    /// `LW`.
    pub last_workday: bool,
    /// Bits 0 (Sunday) to 6.
    pub of_week: u8,
    /// `5#2` is (5, 2).
    pub nth: Vec<(u32, u32)>,
    /// `5L`.
    pub last_of_week: u8,
}

impl Days {
    /// The matching days as bits 1 to 31.
    pub(super) fn in_month(&self, year: i64, month: u32) -> u32 {
        let length = days_in_month(year, month);
        let all = (u32::MAX >> (31 - length)) & !1;
        match (self.any_day, self.any_weekday) {
            (true, true) => all,
            (false, true) => self.by_date(year, month, length) & all,
            (true, false) => self.by_weekday(year, month, length) & all,
            (false, false) => {
                (self.by_date(year, month, length) | self.by_weekday(year, month, length)) & all
            }
        }
    }

    fn by_date(&self, year: i64, month: u32, length: u32) -> u32 {
        let mut days = self.of_month;
        for back in &self.from_last {
            days |= 1 << length.saturating_sub(*back);
        }
        if self.nearest.is_empty() && !self.last_workday {
            return days;
        }
        let first = weekday(Date::new(year, month, 1).to_day());
        let of = |day: u32| (first + day - 1) % 7;
        for &day in self.nearest.iter().filter(|day| **day <= length) {
            // The nearest Monday to Friday within the same month.
            let near = match of(day) {
                6 if day == 1 => 3,
                6 => day - 1,
                0 if day == length => day - 2,
                0 => day + 1,
                _ => day,
            };
            days |= 1 << near;
        }
        if self.last_workday {
            let back = match of(length) {
                6 => 1,
                0 => 2,
                _ => 0,
            };
            days |= 1 << (length - back);
        }
        days
    }

    fn by_weekday(&self, year: i64, month: u32, length: u32) -> u32 {
        let first = weekday(Date::new(year, month, 1).to_day());
        // The first day of the month with that weekday.
        let earliest = |weekday: u32| 1 + (weekday + 7 - first) % 7;
        let mut days = 0;
        for weekday in 0..7 {
            let earliest = earliest(weekday);
            if self.of_week & (1 << weekday) != 0 {
                // Every seventh bit from the first of them.
                days |= 0x1020_4081_u32 << earliest;
            }
            if self.last_of_week & (1 << weekday) != 0 {
                days |= 1 << (earliest + (length - earliest) / 7 * 7);
            }
        }
        for &(weekday, nth) in &self.nth {
            let day = earliest(weekday) + 7 * (nth - 1);
            if day <= length {
                days |= 1 << day;
            }
        }
        days
    }
}
