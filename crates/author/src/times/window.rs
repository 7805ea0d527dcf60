//! Hours of the day: `between 9 and 17`, `from 9am to 5pm`, `9-17 Uhr`, business hours.

use jiff::civil::Time;

use super::clock::{Reading, half};
use super::draft::{Draft, Window};
use super::note::Note;
use super::reader::Reader;
use super::token::Kind;
use super::words::{self, Unit};

impl Reader<'_> {
    /// `between 9 and 17`, `from 9am to 5pm`, `9-17 Uhr`, `after 2pm and before 3pm`.
    pub(super) fn window(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.window.is_some() {
            return None;
        }
        if let Some(end) = self.business_hours(at, draft) {
            return Some(end);
        }
        let led = self.any(at, &["between", "from", "zwischen", "von", "after"]);
        let mut next = at + usize::from(led);
        if led && self.any(next, &["the", "hours", "den"]) {
            next += 1 + usize::from(self.any(next + 1, &["hours", "of"]));
        }
        let joint = |at: usize| {
            if self.any(at, &["to", "till", "til", "until", "through", "thru", "bis"])
                || self.sign(at, '-')
            {
                return Some(at + 1);
            }
            if !self.and(at) || !led {
                return None;
            }
            Some(at + 1 + usize::from(self.any(at + 1, &["before"])))
        };
        let inside = led && draft.within_day();
        let (mut first, mut end) = match self.time(next, led) {
            Some(found) => found,
            // `9-17 Uhr`: the number before a dash is bare.
            None => {
                let hour = self.num(next).filter(|hour| *hour <= 24)?;
                (Reading { sure: false, ..Reading::new(hour, 0) }, next + 1)
            }
        };
        // `22 Uhr abends bis 5 Uhr morgens`.
        let begun = self.part_of_times(&mut end);
        if let Some(part) = begun.filter(|_| first.pm.is_none() && first.hour <= 12) {
            first.pm = half(part, first.hour);
            first.sure = true;
        }
        let after = joint(end)?;
        let (mut last, mut end) = self.time(after, led || first.sure || self.sign(end, '-'))?;
        if let Some(part) = self.part_of_times(&mut end) {
            last.pm = last.pm.or_else(|| half(part, last.hour));
            last.sure = true;
        }
        let bare = !(inside || first.sure || last.sure);
        if bare && !((led || draft.weekdays != 0) && self.window_may_be_bare(at, end)) {
            return None;
        }
        draft.bare |= bare && draft.times.is_empty();
        if first.pm.is_none() && last.pm == Some(true) && first.hour < last.hour && last.hour < 12 {
            first.pm = Some(true);
        }
        // `from 9 to 5`.
        if first.pm != Some(true)
            && last.pm.is_none()
            && last.hour < first.hour
            && last.hour <= 11
            && first.hour <= 12
            && (7..=12).contains(&first.hour)
            && last.hour + 12 > first.hour
            && last.hour > 0
        {
            last.pm = Some(true);
            draft.assumed.push(Note::Means { said: last.hour, hour: last.hour + 12 });
        }
        let (from, mut to) = (first.time()?, last.time()?);
        if last.hour == 24 || (last.hour == 0 && last.minute == 0) {
            to = Time::MAX.with().subsec_nanosecond(0).build().ok()?;
        }
        draft.window = Some(Window { from, to });
        Some(end)
    }

    /// `every 12 hours, at 7 and 19`: the hours of the beat by name.
    pub(super) fn beat_times(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let [(count @ 2..=12, Unit::Hour)] = draft.every[..] else { return None };
        if draft.window.is_some() || !draft.minutes.is_empty() || 24 % count != 0 {
            return None;
        }
        let mut trial = Draft::default();
        let end = self.times(at, &mut trial)?;
        trial.times.sort();
        let apart = |pair: &[Time]| i32::from(pair[1].hour()) - i32::from(pair[0].hour());
        let even = trial
            .times
            .windows(2)
            .all(|pair| apart(pair) == count as i32 && pair[0].minute() == pair[1].minute());
        if trial.times.len() != 24 / count as usize || !even {
            return None;
        }
        draft.every = vec![(1, Unit::Day)];
        draft.times = trial.times;
        draft.bare = trial.bare;
        Some(end)
    }

    /// `every 6 hours starting at 3 am`, `ab 8 Uhr`, `first at 8:00 and last at 18:00`.
    pub(super) fn beat_start(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.window.is_some() {
            return None;
        }
        let first =
            ["starting", "beginning", "from", "ab", "beginnend", "first", "erstmals", "start"];
        let last = ["ending", "last", "zuletzt", "until", "bis", "letztmals", "finishing", "till"];
        let time = |at: usize, words: &[&str]| {
            if !self.any(at, words) {
                return None;
            }
            let mut next = at + 1;
            while self.any(next, &["at", "um", "ab", "mit", "from"]) && next < at + 5 {
                next += 1;
            }
            let (mut time, mut end) = self.time(next, true)?;
            if let Some(part) = self.part_of_times(&mut end) {
                time.pm = time.pm.or_else(|| half(part, time.hour));
            }
            Some((time.time()?, end))
        };
        let (from, end) = time(at, &first)?;
        let and = end + usize::from(self.sign(end, ','));
        let close = time(and + usize::from(self.and(and)), &last);
        if close.is_none() && !draft.within_day() {
            return None;
        }
        let midnight = Time::MAX.with().subsec_nanosecond(0).build().ok()?;
        let (to, end) = close.unwrap_or((midnight, end));
        // From midnight on is all day.
        if from != Time::midnight() || to != midnight {
            draft.window = Some(Window { from, to });
        }
        Some(end)
    }

    /// `between 9 and 17` at the end of a clause, or before a word of time; never a range of values.
    fn window_may_be_bare(&self, at: usize, end: usize) -> bool {
        let value = at > 0
            && self.any(
                at - 1,
                &[
                    "is", "are", "was", "be", "lies", "value", "number", "ist", "sind", "liegt",
                    "score", "rating",
                ],
            );
        let after = end + usize::from(self.sign(end, ','));
        let closed = end >= self.count()
            || matches!(self.kind(end), Some(Kind::Sign(',' | '.' | ';' | ')')));
        let timely = self
            .word(after)
            .is_some_and(|word| words::is_every(word) || words::weekday(word).is_some())
            || self.any(after, &["on", "each", "weekdays", "werktags", "am"]);
        !value && (closed || timely)
    }

    fn business_hours(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let mut next = at;
        while self.any(
            next,
            &["during", "in", "within", "while", "während", "innerhalb", "the", "der", "den"],
        ) && next < at + 3
        {
            next += 1;
        }
        let english = self.any(next, &["business", "office", "working", "work"])
            && self.any(next + 1, &["hours"]);
        let german = self.any(
            next,
            &["geschäftszeiten", "bürozeiten", "arbeitszeit", "geschäftszeit", "öffnungszeiten"],
        );
        if next == at || !(english || german) {
            return None;
        }
        draft.window =
            Some(Window { from: Time::constant(9, 0, 0, 0), to: Time::constant(17, 0, 0, 0) });
        if draft.weekdays == 0 {
            draft.weekdays = super::days::WORKDAYS;
        }
        draft.assumed.push(Note::BusinessHours);
        Some(next + if english { 2 } else { 1 })
    }
}
