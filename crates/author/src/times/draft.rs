//! What has been read of one phrase so far, and joining pieces that stand apart.

use std::ops::Range;

use jiff::civil::Time;

use super::note::Note;
use super::problem::Problem;
use super::words::{Part, Unit};

/// A date as somebody says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Date {
        year: Option<i32>,
        month: u32,
        day: u32,
    },
    /// Days from today.
    Days(i32),
    /// The next such weekday after today, 0 is Sunday.
    Weekday(u32),
    /// `05/03/2027`.
    Slashed {
        year: i32,
        first: u32,
        second: u32,
    },
    /// The first day of the next week, month, year.
    Next(Unit),
    /// So long from today.
    Span(u32, Unit),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Except {
    Months(u16),
    Weekdays(u8),
    Date(When),
    Times(Vec<Time>),
    /// Something that a schedule cannot say.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub from: Time,
    pub to: Time,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub range: Range<usize>,
    pub more: Vec<Range<usize>>,
    pub sentence: usize,
    /// `every 5 minutes`, `daily`.
    pub every: Vec<(u32, Unit)>,
    /// `twice a day`.
    pub per: Option<(u32, Unit)>,
    /// Bits 0 (Sunday) to 6.
    pub weekdays: u8,
    /// `last friday`: (-1, 5).
    pub nth: Vec<(i32, u32)>,
    /// `last workday of the month`: -1.
    pub workdays: Vec<i32>,
    /// Negative ones count from the end.
    pub month_days: Vec<i32>,
    /// Months that stand apart and mean nothing without a schedule.
    pub limit: bool,
    /// Weekday and day of the month must both fit: `Friday the 13th`.
    pub both: bool,
    pub year_days: Vec<i32>,
    pub weeks: Vec<i32>,
    pub positions: Vec<i32>,
    /// Bits 1 to 12.
    pub months: u16,
    pub times: Vec<Time>,
    /// The times are bare numbers: "at 9".
    pub bare: bool,
    pub window: Option<Window>,
    /// Minutes past the hour.
    pub minutes: Vec<u32>,
    pub part: Option<Part>,
    /// More of them: `morning and evening`.
    pub parts: Vec<Part>,
    pub zone: Option<String>,
    pub count: Option<u32>,
    pub start: Option<When>,
    pub end: Option<When>,
    pub except: Vec<Except>,
    pub on: Option<When>,
    /// `every`, a plural, or another word that says "again and again".
    pub repeats: bool,
    /// Only an adverb used like an adjective: "the daily report".
    pub adjective: bool,
    pub assumed: Vec<Note>,
    pub problem: Option<Problem>,
    /// More dates of each year, month and day: `1 April and 15 October`.
    pub also: Vec<(u32, u32)>,
    /// Hours that a beat leaves out.
    pub no_hours: u32,
}

impl Draft {
    /// It names days or an interval.
    pub(super) fn has_days(&self) -> bool {
        !self.every.is_empty()
            || self.per.is_some()
            || self.weekdays != 0
            || !self.nth.is_empty()
            || !self.workdays.is_empty()
            || !self.month_days.is_empty()
            || !self.year_days.is_empty()
            || !self.weeks.is_empty()
            || self.months != 0
    }

    /// Shorter than a day.
    pub(super) fn within_day(&self) -> bool {
        self.every.iter().any(|every| every.1 <= Unit::Hour)
            || self.per.is_some_and(|per| per.1 <= Unit::Hour)
    }

    /// Bare hours ("between 9 and 17") that mean something only beside a beat.
    pub(super) fn is_bare_window(&self) -> bool {
        self.bare && self.window.is_some() && !self.has_days() && self.times.is_empty()
    }

    /// Months and nothing else of days: it limits a schedule said elsewhere.
    fn is_limit(&self) -> bool {
        self.limit && Self { months: 0, ..self.clone() }.has_days().eq(&false)
    }

    fn is_schedule(&self) -> bool {
        self.on.is_none()
            && !self.is_limit()
            && (self.has_days() || (self.part.is_some() && self.repeats))
    }

    /// Takes from another piece what this one lacks, if they can be one phrase.
    fn take(&mut self, other: &Self) -> bool {
        let free = |mine: bool, theirs: bool| !(mine && theirs);
        let fits = other.on.is_none()
            && free(!self.times.is_empty(), !other.times.is_empty())
            && free(self.zone.is_some(), other.zone.is_some())
            && free(self.window.is_some(), other.window.is_some())
            && free(self.weekdays != 0, other.weekdays != 0)
            && free(!self.month_days.is_empty(), !other.month_days.is_empty())
            && free(self.months != 0, other.months != 0)
            && other.every.is_empty()
            && other.per.is_none()
            && other.nth.is_empty()
            && (!self.within_day() || other.times.is_empty())
            && (!other.is_bare_window() || self.within_day());
        if !fits {
            return false;
        }
        self.more.push(other.range.clone());
        self.times.extend(&other.times);
        self.window = self.window.or(other.window);
        self.bare |= other.bare && !other.times.is_empty();
        self.zone = self.zone.take().or_else(|| other.zone.clone());
        self.weekdays |= other.weekdays;
        self.months |= other.months;
        self.month_days.extend(&other.month_days);
        self.part = self.part.or(other.part);
        self.start = self.start.take().or_else(|| other.start.clone());
        self.end = self.end.take().or_else(|| other.end.clone());
        self.count = self.count.or(other.count);
        self.except.extend(other.except.iter().cloned());
        self.problem = self.problem.take().or_else(|| other.problem.clone());
        self.repeats |= other.repeats;
        true
    }
}

/// A draft for each date of the year that it names.
pub(super) fn each_date(mut draft: Draft) -> Vec<Draft> {
    let also = std::mem::take(&mut draft.also);
    let others: Vec<Draft> = also
        .into_iter()
        .map(|(month, day)| Draft {
            months: 1 << month,
            month_days: vec![day as i32],
            assumed: Vec::new(),
            ..draft.clone()
        })
        .collect();
    std::iter::once(draft).chain(others).collect()
}

/// Pieces of one sentence become one phrase: the days of one with the times of another.
pub(super) fn join(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::new();
    let mut from = 0;
    while from < drafts.len() {
        let sentence = drafts[from].sentence;
        let to = drafts[from..].iter().position(|d| d.sentence != sentence);
        let to = to.map_or(drafts.len(), |offset| from + offset);
        let group = &drafts[from..to];
        from = to;
        // A page without full stops is no sentence.
        if group.len() > 12 {
            out.extend_from_slice(group);
            continue;
        }
        let rank = |draft: &Draft| {
            (draft.is_schedule() && !draft.adjective) as u32 * 4
                + !draft.every.is_empty() as u32 * 2
                + draft.repeats as u32
        };
        let strongest = group.iter().map(rank).max().unwrap_or(0);
        let Some(main) =
            group.iter().position(|draft| draft.is_schedule() && rank(draft) == strongest)
        else {
            out.extend(group.iter().filter(|draft| !draft.is_limit()).cloned());
            continue;
        };
        let mut local = Vec::new();
        let mut joined = group[main].clone();
        for (index, draft) in group.iter().enumerate() {
            if index == main {
                continue;
            }
            // "a monthly summary on the 2nd at 9": the adjective says that it repeats.
            let adverb = draft.adjective && !joined.repeats && joined.every.is_empty();
            if adverb && draft.every.len() == 1 && draft.weekdays == 0 && draft.times.is_empty() {
                joined.every.extend(&draft.every);
                joined.repeats = true;
                joined.more.push(draft.range.clone());
            } else if draft.adjective || (!joined.take(draft) && !draft.is_limit()) {
                local.push(draft.clone());
            }
        }
        local.push(joined);
        merge_times(&mut local);
        out.append(&mut local);
    }
    out
}

/// `daily at 7 in the morning and daily at 7 in the evening` is one schedule with two times.
fn merge_times(drafts: &mut Vec<Draft>) {
    let mut at = 0;
    while at < drafts.len() {
        let (before, rest) = drafts.split_at_mut(at);
        let this = &rest[0];
        let same = |other: &&mut Draft| {
            let days = (&this.every, &this.nth, &this.month_days, &this.workdays, &this.except);
            let fields = (this.weekdays, this.months, &this.window, this.count, this.sentence);
            (days == (&other.every, &other.nth, &other.month_days, &other.workdays, &other.except))
                && fields
                    == (other.weekdays, other.months, &other.window, other.count, other.sentence)
                && this.repeats == other.repeats
                && (this.zone.is_none() || other.zone.is_none() || this.zone == other.zone)
                && !other.times.is_empty()
        };
        let mergeable =
            this.repeats && this.has_days() && !this.within_day() && !this.times.is_empty();
        if mergeable && let Some(other) = before.iter_mut().find(same) {
            let this = this.clone();
            let first = this.range.start < other.range.start;
            other.more.push(if first { other.range.clone() } else { this.range.clone() });
            if first {
                other.range = this.range;
            }
            other.times.extend(this.times);
            other.bare &= this.bare;
            other.zone = other.zone.take().or(this.zone);
            drafts.remove(at);
        } else {
            at += 1;
        }
    }
}
