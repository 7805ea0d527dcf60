//! RFC 5545 recurrence rules (section 3.3.10): which wall-clock times match. Every period of the
//! rule's frequency that the interval selects is expanded by the same four questions: which days,
//! hours, minutes and seconds of it pass; BYSETPOS then picks among those.

mod parse;
mod period;

use super::calendar::{
    CYCLE_DAYS, Civil, DAY, Date, Day, Times, YEARS, days_in_month, days_in_year, weekday,
};
use super::moment::Moment;
pub(super) use parse::parse;
use period::Period;

/// Periods looked at before a rule counts as one that never fires.
const MOST_PERIODS: u32 = 1_000_000;
/// How many calendar cycles of 400 years are searched: intervals and leap years can take several to
/// meet.
const CYCLES: i64 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freq {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

impl Freq {
    /// Shorter than a day: like a cron pattern with `*`, it goes on through both passes of a
    /// repeated hour.
    pub(super) fn is_open(self) -> bool {
        self > Self::Daily
    }
}

/// A rule with what it leaves out filled in from its anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rrule {
    pub freq: Freq,
    pub interval: i64,
    /// Where the interval is counted from; nothing fires before it.
    pub anchor: Civil,
    pub times: Times,
    /// Bits 1 to 12.
    pub months: u16,
    /// Bits 1 to 31.
    pub month_days: u32,
    /// -1 is bit 1, -31 bit 31.
    pub month_days_back: u32,
    /// Bits 0 (Sunday) to 6, without ordinal.
    pub weekdays: u8,
    /// `-1FR` is (5, -1).
    pub nth: Vec<(u32, i64)>,
    /// Ordinals count within the year, not the month.
    pub nth_of_year: bool,
    pub year_days: Vec<i64>,
    pub weeks: Vec<i64>,
    pub set_pos: Vec<i64>,
    /// 0 (Sunday) to 6.
    pub week_start: u32,
}

impl Rrule {
    pub(super) fn next(&self, from: Civil) -> Option<Civil> {
        let from = from.max(self.anchor);
        let day = from.div_euclid(DAY);
        if !YEARS.contains(&Date::of_day(day).year) {
            return None;
        }
        let horizon = day + CYCLES * CYCLE_DAYS;
        let base = Period::of(self, self.anchor);
        let mut index = self.aligned(base.index, Period::of(self, from).index);
        for _ in 0..MOST_PERIODS {
            let period = Period::at(self, index);
            if period.first_day > horizon || !YEARS.contains(&Date::of_day(period.first_day).year) {
                return None;
            }
            if let Some(at) = self.within(&period, from) {
                return Some(at);
            }
            let skip = self.skip(&period, horizon);
            index = self.aligned(base.index, skip.max(index + 1));
        }
        None
    }

    /// The first period that the interval selects, at or after an index.
    fn aligned(&self, base: i64, at_least: i64) -> i64 {
        let past = (at_least - base).max(0);
        base + (past + self.interval - 1) / self.interval * self.interval
    }

    /// Short periods on a day (or in an hour) that cannot match are passed over at once: the index
    /// of the first one after.
    fn skip(&self, period: &Period, horizon: Day) -> i64 {
        if self.freq < Freq::Daily {
            return period.index;
        }
        if !self.passes(period.first_day) {
            let day = self.day_from(period.first_day + 1, horizon).unwrap_or(horizon + 1);
            return Period::of(self, day * DAY).index;
        }
        let start = period.start;
        let next = match self.freq {
            Freq::Minutely | Freq::Secondly if period.times.hours == 0 => {
                start - start.rem_euclid(3600) + 3600
            }
            Freq::Secondly if period.times.minutes == 0 => start - start.rem_euclid(60) + 60,
            _ => return period.index,
        };
        Period::of(self, next).index
    }

    /// The first match inside a period at or after `from`.
    fn within(&self, period: &Period, from: Civil) -> Option<Civil> {
        if period.times.count() == 0 {
            return None;
        }
        if !self.set_pos.is_empty() {
            return self.picked(period, from);
        }
        let (from_day, from_time) = (from.div_euclid(DAY), from.rem_euclid(DAY));
        let mut day = self.day_from(period.first_day.max(from_day), period.last_day)?;
        if day == from_day {
            if let Some(time) = period.times.from(from_time) {
                return Some(day * DAY + time);
            }
            day = self.day_from(day + 1, period.last_day)?;
        }
        period.times.from(0).map(|time| day * DAY + time)
    }

    /// BYSETPOS: the n-th of all matches in the period.
    fn picked(&self, period: &Period, from: Civil) -> Option<Civil> {
        let mut days = Vec::new();
        let mut day = period.first_day;
        while let Some(found) = self.day_from(day, period.last_day) {
            days.push(found);
            day = found + 1;
        }
        let per_day = i64::try_from(period.times.count()).ok()?;
        let all = i64::try_from(days.len()).ok()? * per_day;
        let matches = self.set_pos.iter().filter_map(|&pos| {
            let index = if pos > 0 { pos - 1 } else { all + pos };
            let day = days.get(usize::try_from(index.div_euclid(per_day)).ok()?)?;
            Some(day * DAY + period.times.nth(index.rem_euclid(per_day).unsigned_abs()))
        });
        matches.filter(|at| *at >= from).min()
    }

    /// The first day from `day` to `last` that passes; whole months are passed over at once.
    fn day_from(&self, day: Day, last: Day) -> Option<Day> {
        let mut day = day;
        while day <= last {
            let date = Date::of_day(day);
            if self.months & (1 << date.month) == 0 {
                day += i64::from(days_in_month(date.year, date.month) - date.day) + 1;
            } else if self.passes_on(day, date) {
                return Some(day);
            } else {
                day += 1;
            }
        }
        None
    }

    fn passes(&self, day: Day) -> bool {
        let date = Date::of_day(day);
        self.months & (1 << date.month) != 0 && self.passes_on(day, date)
    }

    /// All parts but BYMONTH.
    fn passes_on(&self, day: Day, date: Date) -> bool {
        let length = days_in_month(date.year, date.month);
        if self.month_days | self.month_days_back != 0
            && self.month_days & (1 << date.day) == 0
            && self.month_days_back & (1 << (length - date.day + 1)) == 0
        {
            return false;
        }
        if self.weekdays != 0 || !self.nth.is_empty() {
            let today = weekday(day);
            let plain = self.weekdays & (1 << today) != 0;
            if !plain && !self.nth.iter().any(|nth| nth.0 == today && self.is_nth(date, nth.1)) {
                return false;
            }
        }
        if !self.year_days.is_empty() {
            let (nth, length) = (date.of_year(), days_in_year(date.year));
            if !self.year_days.iter().any(|&at| at == nth || at == nth - length - 1) {
                return false;
            }
        }
        if !self.weeks.is_empty() {
            let (week, weeks) = self.week_of(day);
            if !self.weeks.iter().any(|&at| at == week || at == week - weeks - 1) {
                return false;
            }
        }
        true
    }

    /// Whether the date is the n-th of its weekday, of the month or, in a yearly rule without
    /// months, of the year.
    fn is_nth(&self, date: Date, nth: i64) -> bool {
        let (at, length) = if self.nth_of_year {
            (date.of_year(), days_in_year(date.year))
        } else {
            (i64::from(date.day), i64::from(days_in_month(date.year, date.month)))
        };
        if nth > 0 { (at - 1) / 7 + 1 == nth } else { (length - at) / 7 + 1 == -nth }
    }

    /// The number of the day's week, and how many weeks that week's year has. Week 1 is the first
    /// with at least four days in the year.
    fn week_of(&self, day: Day) -> (i64, i64) {
        let start = |year: i64| {
            let first = Date::new(year, 1, 1).to_day();
            let into = i64::from((weekday(first) + 7 - self.week_start) % 7);
            if into <= 3 { first - into } else { first - into + 7 }
        };
        let mut year = Date::of_day(day).year;
        if day < start(year) {
            year -= 1;
        } else if day >= start(year + 1) {
            year += 1;
        }
        let (this, next) = (start(year), start(year + 1));
        ((day - this) / 7 + 1, (next - this) / 7)
    }
}

pub(super) const ALL_MONTHS: u16 = 0b1_1111_1111_1110;

/// COUNT and UNTIL, which the schedule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub count: Option<u32>,
    pub until: Option<Moment>,
}
