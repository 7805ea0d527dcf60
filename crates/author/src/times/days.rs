//! Weekdays: `mon-fri`, `tuesdays and thursdays`, `Montag bis Freitag`, `weekdays`.

use super::draft::Draft;
use super::reader::Reader;
use super::words;

pub(super) const WORKDAYS: u8 = 0b011_1110;
const WEEKEND: u8 = 0b100_0001;

/// Weekdays as read.
pub(super) struct Set {
    pub bits: u8,
    /// Surely days: a full name, or several.
    pub sure: bool,
    /// Again and again by its form: `fridays`, `weekdays`.
    repeated: bool,
    part: Option<words::Part>,
}

impl Reader<'_> {
    /// A day or a kind of day.
    fn day_kind(&self, at: usize) -> Option<(Set, usize)> {
        let word = self.word(at)?;
        let set = |bits, repeated| Set { bits, sure: true, repeated, part: None };
        let two = |second: &[&str]| self.any(at + 1, second).then_some(at + 2);
        match word {
            "weekday" | "weekdays" | "workday" | "workdays" | "werktag" | "werktags"
            | "werktage" | "werktagen" | "wochentag" | "wochentags" | "wochentage"
            | "wochentagen" | "arbeitstag" | "arbeitstags" | "arbeitstage" | "arbeitstagen" => {
                return Some((set(WORKDAYS, true), at + 1));
            }
            "mwf" | "tth" | "tuth" | "mtwtf" if self.capital(at) => {
                let bits = match word {
                    "mwf" => 0b010_1010,
                    "mtwtf" => WORKDAYS,
                    _ => 0b001_0100,
                };
                return Some((set(bits, true), at + 1));
            }
            "sonn" | "sams" | "mon" | "diens" | "donners" | "frei"
                if self.sign(at + 1, '-')
                    && self.glued(at + 1)
                    && self.and(at + 2)
                    && self.day_kind(at + 3).is_some() =>
            {
                let day = match word {
                    "sonn" => 0,
                    "mon" => 1,
                    "diens" => 2,
                    "donners" => 4,
                    "frei" => 5,
                    _ => 6,
                };
                return Some((set(1 << day, true), at + 2));
            }
            "unter" if self.any(at + 1, &["der"]) && self.any(at + 2, &["woche"]) => {
                return Some((set(WORKDAYS, true), at + 3));
            }
            "during" if self.any(at + 1, &["the"]) && self.any(at + 2, &["week"]) => {
                return Some((set(WORKDAYS, true), at + 3));
            }
            "weeknight" | "weeknights" => {
                let part = Some(words::Part::Night);
                return Some((Set { part, ..set(WORKDAYS, true) }, at + 1));
            }
            // `M-F`.
            "m" if self.capital(at) && self.sign(at + 1, '-') && self.any(at + 2, &["f"]) => {
                return Some((set(WORKDAYS, true), at + 3));
            }
            "weekend" | "weekends" | "wochenende" | "wochenenden" | "wochenends" => {
                let days = self.any(at + 1, &["day", "days"]);
                return Some((set(WEEKEND, true), at + 1 + usize::from(days)));
            }
            "week" if two(&["days", "day"]).is_some() && !self.any(at + 1, &["day's"]) => {
                return Some((set(WORKDAYS, true), at + 2));
            }
            "week" if self.any(at + 1, &["ends", "end"]) => {
                return Some((set(WEEKEND, true), at + 2));
            }
            "business" | "working" | "work" => {
                return two(&["days", "day"]).map(|end| (set(WORKDAYS, true), end));
            }
            _ => {}
        }
        // `Werktagmorgen`, `Wochenendtage`.
        let compound = ["werktag", "wochentag", "arbeitstag", "wochenend"];
        if let Some((stem, rest)) =
            compound.iter().find_map(|stem| Some((stem, word.strip_prefix(stem)?)))
        {
            let bits = if *stem == "wochenend" { WEEKEND } else { WORKDAYS };
            let part = words::part(rest).or_else(|| words::part(rest.strip_suffix('s')?));
            let days = matches!(rest, "tag" | "tage" | "tagen" | "tags");
            return (days || part.is_some()).then_some((Set { part, ..set(bits, true) }, at + 1));
        }
        let day = words::weekday(word)?;
        // `so`, `do`, `mi` are words of their own; only `So`, `Do`, `Mi` can be days.
        if day.short && word.len() == 2 && !self.capital(at) {
            return None;
        }
        let dot =
            day.short && self.sign(at + 1, '.') && self.glued(at + 1) && !self.capital(at + 2);
        let set =
            Set { bits: 1 << day.day, sure: !day.short, repeated: day.repeated, part: day.part };
        Some((set, at + 1 + usize::from(dot)))
    }

    /// `mon-fri`, `tuesdays and thursdays`, `Montag bis Freitag`, `weekdays`.
    pub(super) fn weekday_set(&self, at: usize) -> Option<(Set, usize)> {
        let (mut all, mut end) = self.day_kind(at)?;
        let mut last = all.bits;
        let mut many = 0;
        while many < 12 {
            let range = self.sign(end, '-')
                || self.any(end, &["to", "thru", "through", "till", "til", "until", "bis"]);
            if range
                && last.count_ones() == 1
                && let Some((next, after)) = self.day_kind(end + 1)
                && next.bits.count_ones() == 1
            {
                let (from, to) = (last.trailing_zeros(), next.bits.trailing_zeros());
                let steps = (to + 7 - from) % 7;
                all.bits |= (0..=steps).fold(0, |bits, step| bits | 1 << ((from + step) % 7));
                (last, end) = (0, after);
                all.repeated |= steps > 0 || next.repeated;
                all.sure = true;
                many += 1;
                continue;
            }
            let mut more = end;
            while self.sign(more, ',')
                || self.sign(more, '&')
                || self.sign(more, '/')
                || self.and(more)
                || self.any(more, &["or", "oder"])
            {
                more += 1;
            }
            if more > end && self.any(more, &["on", "am"]) {
                more += 1;
            }
            if more == end || more > end + 3 {
                break;
            }
            let Some((next, after)) = self.day_kind(more) else { break };
            all.bits |= next.bits;
            all.repeated |= next.repeated;
            all.part = all.part.or(next.part);
            all.sure = true;
            (last, end) = (next.bits, after);
            many += 1;
        }
        Some((all, end))
    }

    /// Weekdays as a piece of a phrase. `led`: `every` or the like stands before.
    pub(super) fn weekdays(&self, at: usize, draft: &mut Draft, led: bool) -> Option<usize> {
        if draft.weekdays != 0 && !led {
            return None;
        }
        // `on alternate Tuesdays`.
        let other = at + usize::from(self.any(at, &["on"]));
        if !led
            && self.any(other, &["alternate", "alternating"])
            && let Some((set, end)) = self.weekday_set(other + 1)
        {
            draft.weekdays = set.bits;
            draft.every.push((2, words::Unit::Week));
            draft.repeats = true;
            return Some(end);
        }
        let mut next = at;
        let mut prefixed = false;
        while self.any(
            next,
            &[
                "on",
                "only",
                "am",
                "an",
                "nur",
                "jeweils",
                "immer",
                "the",
                "den",
                "die",
                "over",
                "both",
                "beiden",
                "all",
                "allen",
                "just",
                "ausschließlich",
                "always",
                "any",
                "at",
            ],
        ) && next < at + 3
        {
            prefixed |=
                self.any(next, &["on", "only", "am", "an", "nur", "ausschließlich", "just"]);
            next += 1;
        }
        let (set, end) = self.weekday_set(next)?;
        let in_phrase = draft.has_days() || !draft.times.is_empty();
        // `sun`, `sat` and the like stand for days only among other words of time.
        let among = led || prefixed || set.repeated || in_phrase;
        let thirteenth = set.bits == 0b10_0000 && self.thirteenth(end);
        let alone = set.sure && (self.time_follows(end) || set.part.is_some()) || thirteenth;
        if !(among || alone || (set.sure && set.bits.count_ones() > 1)) {
            return None;
        }
        // The Sunday Times, a Monday.com board.
        if self.sign(end, '.') && self.glued(end) && self.glued(end + 1) {
            return None;
        }
        let end = end + if self.all(end, &["of", "the", "week"]) { 3 } else { 0 };
        let end = end + if self.all(end, &["der", "woche"]) { 2 } else { 0 };
        draft.weekdays |= set.bits;
        draft.repeats |= led || set.repeated || set.bits.count_ones() > 1 || thirteenth;
        draft.part = draft.part.or(set.part);
        Some(end)
    }

    /// `Werktage sind Montag bis Freitag`: whether these are the usual ones.
    pub(super) fn workdays_said(&self, at: usize) -> Option<(bool, usize)> {
        let (set, verb) = self.day_kind(at).filter(|(set, _)| set.bits == WORKDAYS)?;
        let says = self.any(verb, &["sind", "are", "means", "mean", "heißt", "bedeutet"])
            || self.sign(verb, '=');
        let (said, end) = self.weekday_set(verb + 1).filter(|_| says)?;
        Some((said.bits == set.bits, end))
    }

    /// Behind `Friday`: `the 13th`, `, dem 13.`, and no month.
    pub(super) fn thirteenth(&self, at: usize) -> bool {
        let next = at + usize::from(self.sign(at, ','));
        let next = next + usize::from(self.any(next, &["the", "den", "dem", "der"]));
        let after = next + 2 + usize::from(self.any(next + 2, &["of"]));
        self.ordinal(next).is_some_and(|(day, _)| day == 13)
            && self.word(after).and_then(words::month).is_none()
    }

    /// Weekdays behind weekdays: `every day but only on Mondays`, `every weekday on Sundays`.
    pub(super) fn narrowed(&self, at: usize, draft: &mut Draft) -> Option<usize> {
        if draft.weekdays == 0 {
            return None;
        }
        let mut next = at;
        let mut only = false;
        while self.any(next, &["but", "aber", "only", "nur", "just", "on", "am", "an"])
            && next < at + 4
        {
            only |= self.any(next, &["only", "nur", "just"]);
            next += 1;
        }
        let listed = at > 0 && (self.and(at - 1) || self.sign(at - 1, ',') && !only);
        if next == at || listed {
            return None;
        }
        let (set, end) = self.weekday_set(next)?;
        if draft.weekdays & set.bits == 0 {
            draft.problem = Some(super::problem::Problem::Contradiction);
        } else {
            draft.weekdays &= set.bits;
        }
        draft.repeats |= only;
        Some(end)
    }

    pub(super) fn time_follows(&self, at: usize) -> bool {
        let at = at + usize::from(self.sign(at, ','));
        self.times(at, &mut Draft::default()).is_some()
            || self.word(at).and_then(words::part).is_some_and(|_| {
                !self.any(at, &["früh"]) || self.times(at + 1, &mut Draft::default()).is_some()
            })
    }
}
