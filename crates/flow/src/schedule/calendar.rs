//! The proleptic Gregorian calendar as plain integers: days since 1970-01-01 and civil seconds
//! (seconds since 1970-01-01T00:00 on a wall clock without a zone). Searching for fires steps
//! through many days, so this is arithmetic only. Formulas: Howard Hinnant,
//! "chrono-Compatible Low-Level Date Algorithms".

/// Days since 1970-01-01.
pub(super) type Day = i64;
/// Seconds since 1970-01-01T00:00 on the wall clock.
pub(super) type Civil = i64;

pub(super) const DAY: i64 = 86_400;
/// After this many years the calendar repeats, weekdays included.
pub(super) const CYCLE_YEARS: i64 = 400;
/// Days in [`CYCLE_YEARS`].
pub(super) const CYCLE_DAYS: i64 = 146_097;
/// No fire is looked for outside these years.
pub(super) const YEARS: std::ops::RangeInclusive<i64> = 1..=9_990;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

impl Date {
    pub(super) const fn new(year: i64, month: u32, day: u32) -> Self {
        Self { year, month, day }
    }

    pub(super) const fn to_day(self) -> Day {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let shifted = (self.month as i64 + 9) % 12;
        let of_year = (153 * shifted + 2) / 5 + self.day as i64 - 1;
        era * CYCLE_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    pub(super) const fn of_day(day: Day) -> Self {
        let shifted = day + 719_468;
        let era = shifted.div_euclid(CYCLE_DAYS);
        let of_era = shifted.rem_euclid(CYCLE_DAYS);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * month + 2) / 5 + 1) as u32;
        let month = if month < 10 { month + 3 } else { month - 9 } as u32;
        let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
        Self { year, month, day }
    }

    /// Counted from 1.
    pub(super) const fn of_year(self) -> i64 {
        self.to_day() - Self::new(self.year, 1, 1).to_day() + 1
    }
}

pub(super) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) const fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

pub(super) const fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + is_leap(year) as u32,
        _ => 31,
    }
}

/// 0 is Sunday, 6 Saturday.
pub(super) const fn weekday(day: Day) -> u32 {
    (day + 4).rem_euclid(7) as u32
}

/// The times of a day as three sets: every hour in one with every minute and second of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// Bits 0 to 23.
    pub hours: u32,
    /// Bits 0 to 59.
    pub minutes: u64,
    /// Bits 0 to 59.
    pub seconds: u64,
}

/// The lowest set bit at or above `from`.
pub(super) const fn bit_from(bits: u64, from: u32) -> Option<u32> {
    if from >= 64 {
        return None;
    }
    let rest = bits & (u64::MAX << from);
    if rest == 0 { None } else { Some(rest.trailing_zeros()) }
}

/// The set bit with that index, counted from 0 upwards.
fn nth_bit(bits: u64, index: u64) -> u32 {
    let mut rest = bits;
    for _ in 0..index {
        rest &= rest.wrapping_sub(1);
    }
    rest.trailing_zeros()
}

impl Times {
    /// The first of these times at or after a second of the day.
    pub(super) fn from(&self, second_of_day: i64) -> Option<i64> {
        let (hour, minute) = ((second_of_day / 3600) as u32, (second_of_day / 60 % 60) as u32);
        let second = (second_of_day % 60) as u32;
        let first_minute = i64::from(self.minutes.trailing_zeros());
        let first_second = i64::from(self.seconds.trailing_zeros());
        let at =
            |hour: u32, minute: i64, second: i64| i64::from(hour) * 3600 + minute * 60 + second;
        if self.hours & (1 << hour) != 0 {
            if self.minutes & (1 << minute) != 0
                && let Some(second) = bit_from(self.seconds, second)
            {
                return Some(at(hour, i64::from(minute), i64::from(second)));
            }
            if let Some(minute) = bit_from(self.minutes, minute + 1) {
                return Some(at(hour, i64::from(minute), first_second));
            }
        }
        let hour = bit_from(u64::from(self.hours), hour + 1)?;
        Some(at(hour, first_minute, first_second))
    }

    pub(super) fn count(&self) -> u64 {
        u64::from(self.hours.count_ones())
            * u64::from(self.minutes.count_ones())
            * u64::from(self.seconds.count_ones())
    }

    /// The second of the day of the time with that index; the index must be below [`Self::count`].
    pub(super) fn nth(&self, index: u64) -> i64 {
        let seconds = u64::from(self.seconds.count_ones());
        let minutes = u64::from(self.minutes.count_ones());
        let hour = nth_bit(u64::from(self.hours), index / (minutes * seconds));
        let minute = nth_bit(self.minutes, index / seconds % minutes);
        let second = nth_bit(self.seconds, index % seconds);
        i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
    }
}
