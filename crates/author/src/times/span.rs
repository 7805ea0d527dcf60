//! Durations: `3 days`, `1h30m`, `half an hour`, `zwei Stunden`.

use std::time::Duration;

use super::Lead;
use super::reader::Reader;
use super::words::{self, Unit};

pub(super) struct Span {
    pub span: Duration,
    pub lead: Lead,
}

/// A month counts 30 days and a year 365: the definition language has no longer unit than a week.
fn seconds(unit: Unit) -> u64 {
    match unit {
        Unit::Second => 1,
        Unit::Minute => 60,
        Unit::Hour => 3_600,
        Unit::Day => 86_400,
        Unit::Week => 604_800,
        Unit::Month => 2_592_000,
        Unit::Quarter => 7_776_000,
        Unit::Year => 31_536_000,
    }
}

impl Reader<'_> {
    /// A duration, with the words before it that tell what it is for.
    pub(super) fn duration(&self, at: usize) -> Option<(Span, usize)> {
        let (mut lead, start) = self.lead(at);
        let (seconds, mut end) = self.amount(start, lead != Lead::Bare)?;
        if self.any(end, &["before", "prior", "vor", "vorher"]) {
            (lead, end) = (Lead::Before, end + 1);
        } else if self.any(end, &["later", "später", "danach"]) {
            (lead, end) = (Lead::Later, end + 1);
        } else if self.any(end, &["old", "ago", "alt", "or"])
            && (self.any(end, &["old", "ago", "alt"]) || self.any(end + 1, &["older"]))
        {
            end += if self.any(end, &["or"]) { 2 } else { 1 };
            lead = Lead::Age;
        }
        Some((Span { span: Duration::from_secs(seconds), lead }, end))
    }

    fn lead(&self, at: usize) -> (Lead, usize) {
        let skip = |mut at: usize| {
            let start = at;
            while self.any(
                at,
                &[
                    "for", "another", "about", "at", "least", "the", "next", "a", "further",
                    "etwa", "noch", "of",
                ],
            ) && at < start + 3
                && !(self.any(at, &["a"]) && self.word(at + 1).and_then(words::unit).is_some())
            {
                at += 1;
            }
            at
        };
        let Some(word) = self.word(at) else { return (Lead::Bare, at) };
        match word {
            "wait" | "waits" | "pause" | "sleep" | "delay" | "warte" | "warten" | "hold" => {
                (Lead::Wait, skip(at + 1))
            }
            "after" | "nach" => (Lead::After, skip(at + 1)),
            "in" => (Lead::In, skip(at + 1)),
            "within" | "inside" | "innerhalb" | "binnen" => {
                let of = usize::from(self.any(at + 1, &["of", "von"]));
                (Lead::Within, skip(at + 1 + of))
            }
            "older" | "more" | "longer" | "newer" | "younger" | "less"
                if self.any(at + 1, &["than"]) =>
            {
                (
                    if matches!(word, "older" | "newer" | "younger") {
                        Lead::Age
                    } else {
                        Lead::For
                    },
                    skip(at + 2),
                )
            }
            "älter" | "jünger" | "länger" | "mehr" if self.any(at + 1, &["als"]) => {
                (Lead::Age, skip(at + 2))
            }
            "last" | "past" | "letzten" | "vergangenen" | "previous" => (Lead::Age, skip(at + 1)),
            "over" | "über" | "seit" | "since" => (Lead::Age, skip(at + 1)),
            "for" | "für" => (Lead::For, skip(at + 1)),
            _ => (Lead::Bare, at),
        }
    }

    /// The amount in seconds. `led` allows `a day`.
    pub(super) fn amount(&self, at: usize, led: bool) -> Option<(u64, usize)> {
        if self.any(at, &["half", "halbe", "halben"]) {
            let next = at + 1 + usize::from(self.any(at + 1, &["a", "an"]));
            let unit = words::unit(self.word(next)?)?;
            return (unit <= Unit::Day).then_some((seconds(unit) / 2, next + 1));
        }
        if self.any(at, &["viertelstunde"]) {
            return Some((900, at + 1));
        }
        let mut total = 0_u64;
        let mut next = at;
        let mut pieces = 0;
        while pieces < 5 {
            let mut piece = next;
            if pieces > 0 {
                piece += usize::from(self.sign(piece, ','));
                piece += usize::from(self.and(piece));
            }
            let Some((number, after)) = self.count_of(piece, led) else { break };
            let mut unit_at = after;
            if self.sign(unit_at, '-') && self.glued(unit_at) {
                unit_at += 1;
            }
            if pieces == 0 && self.any(unit_at, &["full", "whole", "volle", "ganze"]) {
                unit_at += 1;
            }
            let Some(word) = self.word(unit_at) else { break };
            let Some(unit) = words::unit(word) else { break };
            // `5 m` could be metres; `5m` is minutes.
            if word.len() == 1 && !self.glued(unit_at) {
                break;
            }
            total = total.checked_add(number.checked_mul(seconds(unit))? / 2)?;
            next = unit_at + 1;
            pieces += 1;
        }
        (pieces > 0 && total <= 3_155_760_000).then_some((total, next))
    }

    /// A number doubled, so that `1.5` stays whole.
    fn count_of(&self, at: usize, led: bool) -> Option<(u64, usize)> {
        if let Some(number) = self.num(at) {
            if (self.sign(at + 1, '.') || self.sign(at + 1, ','))
                && self.glued(at + 1)
                && self.num(at + 2) == Some(5)
                && self.glued(at + 2)
                && self.len(at + 2) == 1
            {
                return Some((u64::from(number) * 2 + 1, at + 3));
            }
            return Some((u64::from(number) * 2, at + 1));
        }
        let word = self.word(at)?;
        let number = words::number(word)?;
        if matches!(word, "a" | "an") && !led {
            return None;
        }
        // `a couple of hours`, `forty-five`.
        if self.any(at + 1, &["couple"]) {
            return Some((4, at + 2 + usize::from(self.any(at + 2, &["of"]))));
        }
        if self.sign(at + 1, '-')
            && self.glued(at + 1)
            && number >= 20
            && let Some(rest) = self.word(at + 2).and_then(words::number)
            && rest < 10
        {
            return Some((u64::from(number + rest) * 2, at + 3));
        }
        Some((u64::from(number) * 2, at + 1))
    }
}
