//! Minutes of every hour: `at 30 minutes past the hour`, `at minute 15`, `on the hour`, `at :15`.

use super::draft::Draft;
use super::reader::Reader;
use super::spoken::Side;
use super::words::{self, Unit};

impl Reader<'_> {
    /// `at 30 minutes past the hour`, `at minute 15`, `on the hour`, `at :15`.
    pub(super) fn minutes_past(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        // `zur 10. Minute`
        if self.any(at, &["zur", "jeweils"])
            && let Some(minute) = self.num(at + 1).filter(|minute| *minute < 60)
        {
            let dot = usize::from(self.sign(at + 2, '.'));
            if self.any(at + 2 + dot, &["minute"]) {
                draft.minutes.push(minute);
                return Some(at + 3 + dot);
            }
        }
        if let Some(end) = self.minutes_spoken(at, draft) {
            return Some(end);
        }
        let always = at + usize::from(self.any(at, &["immer", "always"]));
        let mut next =
            always + usize::from(self.any(always, &["at", "on", "zur", "um", "in", "zu"]));
        let led = next > always;
        if self.any(next, &["the", "every", "der"]) {
            next += 1;
        }
        // `past every hour` says that it repeats, `past the hour` leaves that to other words.
        let each = |end: usize, draft: &mut Draft| {
            if self.any(end, &["each", "every"]) && draft.every.is_empty() {
                draft.every.push((1, words::Unit::Hour));
                draft.repeats = true;
            }
        };
        if self.any(next, &["top"]) && self.any(next + 1, &["of"]) {
            let end = next + 2 + usize::from(self.any(next + 2, &["the", "each", "every"]));
            return self.any(end, &["hour"]).then(|| {
                each(end - 1, draft);
                draft.minutes.push(0);
                end + 1
            });
        }
        if led && self.any(next, &["half", "quarter"]) && self.any(next + 1, &["hour"]) {
            // `every 15 minutes on the quarter hour` is no other time.
            let minute = if self.any(next, &["half"]) { 30 } else { 15 };
            if draft.every != [(minute, Unit::Minute)] {
                draft.minutes.push(minute);
            }
            return Some(next + 2);
        }
        if led
            && next == at + 2
            && (self.any(next, &["hour"]) || self.word(next) == Some("stunde"))
            && !self.any(at + 1, &["every"])
        {
            draft.minutes.push(0);
            return Some(next + 1);
        }
        // `zur vollen Stunde`, `zu jeder halben Stunde`.
        let of = next + usize::from(led && self.any(next, &["jeder"]));
        if self.any(of, &["vollen", "halben"]) && self.any(of + 1, &["stunde"]) {
            if draft.every.is_empty() && (of > next || always > at) {
                draft.every.push((1, words::Unit::Hour));
                draft.repeats = true;
            }
            draft.minutes.push(if self.any(of, &["vollen"]) { 0 } else { 30 });
            return Some(of + 2);
        }
        let list = |mut at: usize| {
            let mut minutes = Vec::new();
            while let Some(minute) = self.num(at).filter(|n| *n < 60 && minutes.len() < 60) {
                minutes.push(minute);
                at += 1;
                let mut more = at;
                while self.sign(more, ',') || self.and(more) || self.sign(more, ':') {
                    more += 1;
                }
                if self.num(more).is_none() {
                    break;
                }
                at = more;
            }
            (!minutes.is_empty()).then_some((minutes, at))
        };
        if led && self.any(next, &["minute", "minutes"]) {
            let (minutes, end) = list(next + 1)?;
            draft.minutes.extend(minutes);
            if self.any(end, &["past", "of", "after"]) {
                each(end + 1, draft);
            }
            let past = self.any(end, &["past", "of", "after"])
                && self.any(end + 1, &["the", "each", "every"])
                && self.any(end + 2, &["hour"]);
            return Some(if past { end + 3 } else { end });
        }
        if led && self.sign(next, ':') {
            let (minutes, end) = list(next + 1)?;
            draft.minutes.extend(minutes);
            return Some(end);
        }
        let (minutes, mut end) = list(next)?;
        end += usize::from(self.any(end, &["minute", "minutes"]));
        let past = self.any(end, &["past", "after"])
            && self.any(end + 1, &["the", "each", "every"])
            && self.any(end + 2, &["hour"]);
        if !past {
            return None;
        }
        each(end + 1, draft);
        draft.minutes.extend(minutes);
        Some(end + 3)
    }

    /// `a quarter past and a quarter to every hour`, `hourly at 10 past`, `at 20 to the hour`.
    pub(super) fn minutes_spoken(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        let led = self.any(at, &["at", "on", "um", "immer", "jeweils"]);
        let mut next = at + usize::from(led);
        next += usize::from(led && self.any(next, &["um"]));
        // `stündlich um halb`, `immer um halb`.
        let always = self.any(at, &["immer"]);
        if led && self.any(next, &["halb"]) && self.time(next, true).is_none() {
            if !(always || draft.within_day()) {
                return None;
            }
            if draft.every.is_empty() {
                draft.every.push((1, Unit::Hour));
            }
            draft.repeats = true;
            draft.minutes.push(30);
            return Some(next + 1);
        }
        let mut minutes = Vec::new();
        let end = loop {
            let (minute, side, end) = self.minutes_of(next)?;
            minutes.push(if side == Side::Past { minute } else { 60 - minute });
            let more = end + usize::from(self.sign(end, ','));
            let more = more + usize::from(self.and(more));
            let more = more + usize::from(self.any(more, &["at", "um"]));
            if more > end && minutes.len() < 12 && self.minutes_of(more).is_some() {
                next = more;
                continue;
            }
            break end;
        };
        let each = self.word(end).is_some_and(words::is_every);
        let article = each || self.any(end, &["the", "der", "full", "vollen"]);
        let mut hour = end + usize::from(article);
        hour += usize::from(self.any(hour, &["full", "vollen"]));
        let named = article && self.any(hour, &["hour", "stunde"]);
        // `immer um Viertel nach, jede Stunde`.
        let beat = || {
            let mut trial = Draft::default();
            let next = end + usize::from(self.sign(end, ','));
            self.repetition(next, &mut trial).is_some() && trial.within_day()
        };
        if !(named || led && (draft.within_day() || beat())) {
            return None;
        }
        if each && draft.every.is_empty() {
            draft.every.push((1, Unit::Hour));
            draft.repeats = true;
        }
        draft.minutes.extend(minutes);
        Some(if named { hour + 1 } else { end })
    }
}
