//! What there is to say of a schedule, before a language says it: lists, runs of numbers, and whether
//! the times of day are points or a beat.

use super::clock;
use crate::schedule::calendar::Times;
use crate::schedule::rrule::{Freq, Rrule};

const ALL_HOURS: u32 = (1 << 24) - 1;
const ALL_SIXTY: u64 = (1 << 60) - 1;

/// Up to this many times of day are named one by one.
const MOST_POINTS: u64 = 6;

/// The little words between the members of a list.
pub(super) struct Joints {
    pub and: &'static str,
    pub to: &'static str,
}

impl Joints {
    /// `a, b and c`.
    pub(super) fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.and),
        }
    }

    /// `1, 2, 3, 7` as `1 to 3 and 7`, each shown by `show`.
    pub(super) fn runs(&self, set: u64, show: impl Fn(u32) -> String) -> String {
        let mut out = Vec::new();
        let mut numbers = bits(set).peekable();
        while let Some(first) = numbers.next() {
            let mut last = first;
            while let Some(next) = numbers.next_if(|next| *next == last + 1) {
                last = next;
            }
            match last - first {
                0 => out.push(show(first)),
                1 => out.extend([show(first), show(last)]),
                _ => out.push(format!("{} {} {}", show(first), self.to, show(last))),
            }
        }
        self.list(&out)
    }

    pub(super) fn numbers(&self, set: u64) -> String {
        self.runs(set, |number| number.to_string())
    }

    /// Weekdays, Monday first.
    pub(super) fn weekdays(&self, set: u8, names: &[&str; 7]) -> String {
        let order = (1..7).chain([0]).filter(|day| set & (1 << day) != 0);
        self.list(&order.map(|day| names[day].to_owned()).collect::<Vec<_>>())
    }
}

pub(super) fn bits(set: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| set & (1 << bit) != 0)
}

/// Minutes or seconds.
pub(super) enum Field {
    All,
    /// 0, n, 2n, … up to the end.
    Step(u32),
    Some(u64),
}

impl Field {
    fn of(set: u64) -> Self {
        match step(set, 60) {
            _ if set == ALL_SIXTY => Self::All,
            Some(step) => Self::Step(step),
            None => Self::Some(set),
        }
    }
}

pub(super) enum Hours {
    All,
    Step(u32),
    /// The first and the last of a whole stretch.
    Span(u32, u32),
    Some(u64),
}

impl Hours {
    fn of(set: u32) -> Self {
        let (first, last) = (set.trailing_zeros(), 31 - set.leading_zeros());
        match step(u64::from(set), 24) {
            _ if set == ALL_HOURS => Self::All,
            Some(step) => Self::Step(step),
            None if set.count_ones() == last - first + 1 => Self::Span(first, last),
            None => Self::Some(u64::from(set)),
        }
    }
}

/// Something that happens again and again within a day.
pub(super) enum Beat {
    Seconds {
        second: Field,
        minute: Field,
    },
    Minutes(Field),
    /// Once an hour.
    Hourly {
        minute: u32,
    },
}

/// Times of day: points (`at 09:00`) or a beat (`every 5 minutes`).
pub(super) enum Day {
    Points(Vec<String>),
    Repeats(Beat, Hours),
}

impl Day {
    /// `open`: a beat even where there are few points.
    pub(super) fn of(times: &Times, open: bool) -> Self {
        let Times { hours, minutes, seconds } = *times;
        if times.count() <= MOST_POINTS && !open {
            return Self::Points((0..times.count()).map(|at| clock(times.nth(at))).collect());
        }
        let beat = if seconds != 1 {
            Beat::Seconds { second: Field::of(seconds), minute: Field::of(minutes) }
        } else if minutes.count_ones() == 1 {
            Beat::Hourly { minute: minutes.trailing_zeros() }
        } else {
            Beat::Minutes(Field::of(minutes))
        };
        Self::Repeats(beat, Hours::of(hours))
    }
}

/// The times of a day that positions pick.
pub(super) fn picked(rule: &Rrule) -> Option<Vec<String>> {
    let daily = rule.freq == Freq::Daily && rule.times.count() <= 1_440;
    if !daily || rule.set_pos.is_empty() {
        return None;
    }
    let all = rule.times.count() as i64;
    let index = |nth: &i64| if *nth > 0 { nth - 1 } else { all + nth };
    let picked = rule.set_pos.iter().map(index).filter(|index| (0..all).contains(index));
    Some(picked.map(|index| clock(rule.times.nth(index.unsigned_abs()))).collect())
}

/// The distance if the set is exactly 0, n, 2n, … up to the end of the field.
fn step(set: u64, size: u32) -> Option<u32> {
    let second = bits(set).nth(1)?;
    let whole = bits(set).eq((0..size).step_by(second as usize));
    (second > 1 && size.is_multiple_of(second) && whole).then_some(second)
}
