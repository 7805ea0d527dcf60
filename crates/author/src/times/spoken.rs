//! Times as people speak them: `half past nine`, `ten to five`, `fünf nach halb neun`, `noon`.

use super::clock::Reading;
use super::reader::Reader;
use super::token::Kind;
use super::words::{self, Part};

/// Where minutes are counted from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Past,
    To,
}

impl Reader<'_> {
    /// `noon`, `half past nine`, `quarter to 5`, `halb neun`, `Viertel nach acht`.
    pub(super) fn spoken(&self, at: usize, led: bool) -> Option<(Reading, usize)> {
        let word = self.word(at).or_else(|| self.num(at).map(|_| ""))?;
        match words::part(word) {
            // `at lunchtime (12:30)`: not always at noon.
            Some(Part::Noon) if matches!(word, "lunchtime" | "mittagszeit") => {}
            Some(Part::Noon) if word != "mittag" || led => {
                return Some((Reading::new(12, 0), at + 1));
            }
            Some(Part::Midnight) => return Some((Reading::new(0, 0), at + 1)),
            _ => {}
        }
        if let Some((minute, side, next)) = self.minutes_of(at) {
            let spoken = matches!(word, "quarter" | "viertel" | "half" | "a");
            let prompted = at > 0 && self.any(at - 1, &["at", "um", "gegen"]);
            // `from nine to five` is a window.
            if !(spoken || prompted || self.names_minutes(at + 1)) {
                return None;
            }
            // `fünf nach halb neun`.
            let (hour, base, end) = if self.any(next, &["halb"]) {
                (self.spoken_hour(next + 1)?, 30 + 23 * 60, next + 2)
            } else {
                (self.spoken_hour(next)?, 0, next + 1)
            };
            let total = hour * 60 + base;
            let total = if side == Side::Past { total + minute } else { total + 24 * 60 - minute };
            let german = at > 0 && self.any(at - 1, &["um"]);
            if self.num(at).is_some() && !german && !self.is_closed(end) {
                return None;
            }
            return Some(self.finish(total / 60, total % 60, end));
        }
        match word {
            "half" if self.any(at + 1, &["past"]) => {
                Some(self.finish(self.spoken_hour(at + 2)?, 30, at + 3))
            }
            // The British `half nine` is 9:30.
            "half" if led => Some(self.finish(self.spoken_hour(at + 1)?, 30, at + 2)),
            "halb" => Some(self.finish(self.spoken_hour(at + 1)? + 23, 30, at + 2)),
            "dreiviertel" => Some(self.finish(self.spoken_hour(at + 1)? + 23, 45, at + 2)),
            "drei" if self.any(at + 1, &["viertel"]) => {
                Some(self.finish(self.spoken_hour(at + 2)? + 23, 45, at + 3))
            }
            // In the east of Germany `Viertel neun` is 8:15.
            "viertel" if led => Some(self.finish(self.spoken_hour(at + 1)? + 23, 15, at + 2)),
            _ => None,
        }
    }

    fn spoken_hour(&self, at: usize) -> Option<u32> {
        let hour = self.num(at).or_else(|| {
            let word = self.word(at)?;
            match words::part(word) {
                Some(Part::Noon) => Some(12),
                Some(Part::Midnight) => Some(24),
                _ => words::number(word).filter(|_| word.len() > 2),
            }
        })?;
        (1..=24).contains(&hour).then_some(hour)
    }

    fn finish(&self, hour: u32, minute: u32, end: usize) -> (Reading, usize) {
        let mut reading = Reading::new(hour % 24, minute);
        let mut end = end + usize::from(self.any(end, &["uhr", "o'clock", "o’clock"]));
        if let Some((pm, after)) = self.half_of_day(end) {
            (reading.pm, end) = (Some(pm), after);
        }
        (reading, end)
    }

    fn names_minutes(&self, at: usize) -> bool {
        self.any(at, &["minute", "minutes", "min", "mins", "minuten"])
    }

    /// Nothing follows that the number before would count.
    pub(super) fn is_closed(&self, at: usize) -> bool {
        match self.kind(at) {
            None | Some(Kind::Sign(_) | Kind::Opaque) => true,
            Some(Kind::Num(_)) => false,
            Some(Kind::Word(word)) => {
                self.is_connector(at)
                    || words::is_every(word)
                    || words::part(word).is_some()
                    || words::weekday(word).is_some()
                    || words::adverb(word).is_some()
                    || matches!(word.as_str(), "uhr" | "am" | "pm" | "o'clock" | "den" | "die")
            }
        }
    }

    /// `a quarter past`, `ten minutes to`, `10 vor`: the minutes, the side, where the hour begins.
    pub(super) fn minutes_of(&self, at: usize) -> Option<(u32, Side, usize)> {
        let at = at + usize::from(self.any(at, &["a"]) && self.any(at + 1, &["quarter"]));
        let (minute, mut next) = if self.any(at, &["quarter", "viertel"]) {
            (15, at + 1)
        } else if self.any(at, &["half"]) {
            (30, at + 1)
        } else {
            let minute = self
                .num(at)
                .or_else(|| words::number(self.word(at)?).filter(|_| self.len(at) > 2))?;
            if self.sign(at + 1, '-')
                && let Some(ones) = self.word(at + 2).and_then(words::number)
                && minute >= 20
                && ones < 10
            {
                (minute + ones, at + 3)
            } else {
                (minute, at + 1)
            }
        };
        if !(1..60).contains(&minute) {
            return None;
        }
        next += usize::from(self.names_minutes(next));
        let side = match self.word(next)? {
            "past" | "after" | "nach" => Side::Past,
            "to" | "before" | "vor" | "till" => Side::To,
            _ => return None,
        };
        // `half to` says nothing.
        (minute != 30 || side == Side::Past || !self.any(at, &["half"])).then_some((
            minute,
            side,
            next + 1,
        ))
    }
}
