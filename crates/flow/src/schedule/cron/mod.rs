//! Cron patterns: which wall-clock times match. The zone comes later.

mod days;
mod parse;

use super::calendar::{CYCLE_YEARS, Civil, DAY, Date, Times, YEARS, bit_from};
pub(super) use days::Days;
pub(super) use parse::parse;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    pub times: Times,
    pub days: Days,
    /// Bits 1 to 12.
    pub months: u16,
    /// `*` or a step that runs to the end of the field, in minute or hour: such a pattern goes on
    /// through both passes of a repeated hour, and skipped times are dropped.
    pub open: bool,
}

impl Cron {
    /// The first matching time at or after `from`; none if there is none in the next 400 years,
    /// after which the calendar repeats.
    pub(super) fn next(&self, from: Civil) -> Option<Civil> {
        let first = Date::of_day(from.div_euclid(DAY));
        if !YEARS.contains(&first.year) {
            return None;
        }
        let mut today = Some(first.day);
        let (mut year, mut month) = (first.year, first.month);
        while year <= first.year + CYCLE_YEARS {
            if self.months & (1 << month) == 0 {
                today = None;
                match bit_from(u64::from(self.months), month + 1) {
                    Some(next) => month = next,
                    None => {
                        (year, month) = (year + 1, u32::from(self.months.trailing_zeros() as u16))
                    }
                }
                continue;
            }
            let days = u64::from(self.days.in_month(year, month));
            let start = Date::new(year, month, 1).to_day();
            let at = |day: u32| (start + i64::from(day) - 1) * DAY;
            let mut after = 0;
            if let Some(today) = today.take() {
                after = today + 1;
                if days & (1 << today) != 0
                    && let Some(time) = self.times.from(from.rem_euclid(DAY))
                {
                    return Some(at(today) + time);
                }
            }
            if let Some(day) = bit_from(days, after) {
                return self.times.from(0).map(|time| at(day) + time);
            }
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        None
    }
}
