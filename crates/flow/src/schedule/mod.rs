//! When a schedule trigger fires.
//!
//! Pure: a time comes in, the next one goes out. Cron patterns and recurrence rules first give
//! wall-clock times ([`cron`], [`rrule`]); [`zone`] then places them on the time line by the
//! daylight saving rules: a fixed time that is skipped fires at the next existing minute, one that
//! is repeated fires in the first pass only; a pattern with `*` or a step in minute or hour fires in
//! both passes and drops what is skipped. `every` counts elapsed time and knows no wall clock.
//!
//! Invariant: every search is bounded, and a rule that never fires is found when it is parsed.

mod calendar;
mod cron;
mod describe;
mod error;
mod moment;
mod rrule;
mod zone;

#[cfg(test)]
mod tests;

use codex32_model::Timestamp;
use codex32_model::codes::bot;
use codex32_model::definition::{Rule, ScheduleTrigger};
use codex32_model::time::format_duration;

use calendar::{Civil, DAY, Date, Day};
pub use error::ScheduleError;
use error::quoted;
use moment::{Moment, at_second, show_civil};
use zone::{Placed, Zone};

/// The most fires that `count` or COUNT can ask for.
pub const MOST_FIRES: u32 = 100_000;
/// The most dates in `except`.
const MOST_EXCEPTIONS: usize = 1_000;
/// A recurrence rule without `start` counts its intervals from this Monday.
const ANCHOR: Day = Date::new(1970, 1, 5).to_day();

/// A checked schedule in its zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    zone: Zone,
    pattern: Pattern,
    /// Nothing fires before it.
    start: Option<Timestamp>,
    /// The last moment at which it may fire.
    end: Option<Timestamp>,
    /// Fires in all; see [`Schedule::counted_from`].
    count: Option<u32>,
    /// Sorted.
    except: Vec<Day>,
    /// How it was written, for [`Schedule::describe`].
    written: describe::Written,
}

#[derive(Debug, Clone)]
enum Pattern {
    Cron(cron::Cron),
    Rrule(rrule::Rrule),
    /// Microseconds between fires, counted from a first one.
    Every {
        first: i64,
        step: i64,
    },
    Once(i64),
}

/// A fire, with the wall-clock day that its rule named (daylight saving can move it to the next).
struct Fire {
    at: Timestamp,
    day: Day,
}

/// Reads a trigger. `workspace_zone` counts where the trigger has no `timezone`.
pub fn parse(trigger: &ScheduleTrigger, workspace_zone: &str) -> Result<Schedule, ScheduleError> {
    let zone = Zone::find(trigger.timezone.as_deref().unwrap_or(workspace_zone))?;
    let start = trigger.start.as_deref().map(|text| Moment::parse(text, "start")).transpose()?;
    let end = trigger.end.as_deref().map(|text| Moment::parse(text, "end")).transpose()?;
    let mut bounds = rrule::Bounds::default();
    let first = start.and_then(|start| start.first(&zone));
    let pattern = match &trigger.rule {
        Rule::Calendar(text) if is_rrule(text) => {
            let head = rrule::parse(text)?;
            bounds = head.bounds;
            Pattern::Rrule(head.anchored(start.map_or(ANCHOR * DAY, |start| start.civil(&zone))))
        }
        Rule::Calendar(text) => Pattern::Cron(cron::parse(text)?),
        Rule::Every(span) => {
            let step = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            if step < 1_000_000 {
                let message = format!("`every: {}` is too short", format_duration(*span));
                return Err(ScheduleError::new(bot::EVERY, "every", message)
                    .suggest("the shortest is `1s`"));
            }
            Pattern::Every { first: first.map_or(0, Timestamp::micros), step }
        }
        Rule::Once(text) => Pattern::Once(once(text, trigger, &zone)?),
    };
    let mut schedule = Schedule {
        start: first,
        end: end.and_then(|end| end.last(&zone)),
        count: trigger.count,
        except: exceptions(trigger)?,
        written: describe::Written::of(trigger, &bounds),
        zone,
        pattern,
    };
    if let Some(until) = bounds.until.and_then(|until| until.last(&schedule.zone)) {
        schedule.end = Some(schedule.end.map_or(until, |end| end.min(until)));
    }
    schedule.check(trigger, bounds.count)?;
    Ok(schedule)
}

/// A recurrence rule has `FREQ=`; cron never has a `=`.
fn is_rrule(text: &str) -> bool {
    text.contains('=')
}

fn once(text: &str, trigger: &ScheduleTrigger, zone: &Zone) -> Result<i64, ScheduleError> {
    match Moment::parse(text, "once")? {
        Moment::Exact(at) if trigger.timezone.is_none() => Ok(at.micros()),
        Moment::Exact(_) => {
            let message = format!("{} has an offset, and the trigger a `timezone`", quoted(text));
            Err(ScheduleError::new(bot::SCHEDULE, "timezone", message)
                .suggest("leave out one of the two"))
        }
        Moment::Date(_) => {
            let message = format!("{} has no time of day", quoted(text));
            Err(ScheduleError::new(bot::MOMENT, "once", message)
                .suggest(format!("write `{}T09:00`", text.trim())))
        }
        Moment::Civil(civil) => match zone.place(civil) {
            None => Err(ScheduleError::new(bot::MOMENT, "once", "that year is out of range")),
            Some(Placed::Skipped(change)) => {
                let message = format!(
                    "{} does not exist in {}: the clocks go forward over it",
                    show_civil(civil),
                    zone.name
                );
                Err(ScheduleError::new(bot::SKIPPED, "once", message).suggest(format!(
                    "the next existing time is {}",
                    show_civil(zone.civil(change))
                )))
            }
            Some(placed) => Ok(at_second(placed.fixed()).micros()),
        },
    }
}

fn exceptions(trigger: &ScheduleTrigger) -> Result<Vec<Day>, ScheduleError> {
    if trigger.except.len() > MOST_EXCEPTIONS {
        let message = format!("`except` has more than {MOST_EXCEPTIONS} dates");
        return Err(ScheduleError::new(bot::SCHEDULE, "except", message));
    }
    let day = |text: &String| match Moment::parse(text, "except")? {
        Moment::Date(day) => Ok(day),
        _ => {
            let message = format!("{} is not a date alone", quoted(text));
            Err(ScheduleError::new(bot::MOMENT, "except", message)
                .suggest("write `2027-12-24`: nothing fires on that day"))
        }
    };
    let mut days = trigger.except.iter().map(day).collect::<Result<Vec<_>, _>>()?;
    days.sort_unstable();
    Ok(days)
}

impl Schedule {
    /// The first fire strictly after a moment; none when there is no more.
    ///
    /// A `count` without `start` is not applied here: see [`Schedule::counted_from`].
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let before_start = self.start.map(|start| start.micros().saturating_sub(1));
        let mut at = before_start.map_or(after.micros(), |start| start.max(after.micros()));
        loop {
            let fire = self.raw(at)?;
            if self.end.is_some_and(|end| fire.at > end) {
                return None;
            }
            if self.except.binary_search(&fire.day).is_err() {
                return Some(fire.at);
            }
            // Go on at the end of the excepted day.
            let next_day = self.zone.place((fire.day + 1) * DAY)?.fixed();
            at = fire.at.micros().max(at_second(next_day).micros() - 1);
        }
    }

    /// The fires from a moment on, that moment included; at most `count` when the schedule has one.
    pub fn from(&self, from: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        let most = self.open_count().map_or(usize::MAX, |count| count as usize);
        let before = Timestamp::from_micros(from.micros().saturating_sub(1));
        std::iter::successors(self.next_after(before), |at| self.next_after(*at)).take(most)
    }

    /// A `count` that has no `start` to be counted from: it is counted from the moment at which the
    /// bot was deployed, which the schedule does not know. None when nothing is left to count.
    pub fn open_count(&self) -> Option<u32> {
        self.count
    }

    /// The same schedule with its open `count` turned into an end: it fires that often from `at`
    /// (inclusive) on.
    #[must_use]
    pub fn counted_from(&self, at: Timestamp) -> Self {
        let mut counted = self.clone();
        if self.count.is_some() {
            let last = self.from(at).last();
            counted.end = Some(last.unwrap_or(Timestamp::from_micros(i64::MIN)));
            counted.count = None;
        }
        counted
    }

    /// The IANA name of its zone.
    pub fn zone(&self) -> &str {
        &self.zone.name
    }

    /// In plain English: `every weekday at 09:00, Europe/Berlin`.
    pub fn describe(&self) -> String {
        describe::describe(self)
    }

    /// In plain German: `jeden Werktag um 09:00 Uhr (Europe/Berlin)`.
    pub fn describe_german(&self) -> String {
        describe::describe_german(self)
    }

    fn check(
        &mut self,
        trigger: &ScheduleTrigger,
        occurrences: Option<u32>,
    ) -> Result<(), ScheduleError> {
        for count in [self.count, occurrences].into_iter().flatten() {
            if count == 0 || count > MOST_FIRES {
                let message = format!("`count` is {count}: it must be from 1 to {MOST_FIRES}");
                return Err(ScheduleError::new(bot::SCHEDULE, "count", message)
                    .suggest("use `end` to stop at a time"));
            }
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end < start
        {
            let error =
                ScheduleError::new(bot::NEVER, "end", "it never fires: `end` is before `start`");
            return Err(error.suggest("`end` is the last moment at which it may fire"));
        }
        let before = match self.pattern {
            Pattern::Once(at) => at.saturating_sub(1),
            _ => -1,
        };
        let first = self.next_after(Timestamp::from_micros(before));
        if first.is_none() {
            return Err(never(trigger, self));
        }
        // COUNT counts what the rule gives, exceptions included; `count` counts fires.
        if let Some(count) = occurrences {
            if self.start.is_some() {
                let bare = Self { except: Vec::new(), count: Some(count), ..self.clone() };
                self.end = bare.counted_from(Timestamp::from_micros(i64::MIN)).end;
            } else {
                self.count = Some(self.count.map_or(count, |own| own.min(count)));
            }
        }
        if let Some(start) = self.start {
            *self = self.counted_from(start);
        }
        Ok(())
    }

    /// The first fire after a moment in microseconds, before `start`, `end`, `except`.
    fn raw(&self, after: i64) -> Option<Fire> {
        let next_second = after.div_euclid(1_000_000).saturating_add(1);
        match &self.pattern {
            Pattern::Every { first, step } => {
                let past = i128::from(after) - i128::from(*first);
                let steps = past.div_euclid(i128::from(*step)) + 1;
                let at = i128::from(*first) + steps.max(0) * i128::from(*step);
                let at = Timestamp::from_micros(i64::try_from(at).ok()?);
                let civil = self.zone.civil(at.micros().div_euclid(1_000_000));
                let day = civil.div_euclid(DAY);
                calendar::YEARS.contains(&Date::of_day(day).year).then_some(Fire { at, day })
            }
            Pattern::Once(at) => (*at > after).then(|| {
                let civil = self.zone.civil(at.div_euclid(1_000_000));
                Fire { at: Timestamp::from_micros(*at), day: civil.div_euclid(DAY) }
            }),
            Pattern::Cron(cron) if cron.open => self.open(next_second, |from| cron.next(from)),
            Pattern::Cron(cron) => self.fixed(next_second, |from| cron.next(from)),
            Pattern::Rrule(rule) if rule.freq.is_open() => {
                self.open(next_second, |from| rule.next(from))
            }
            Pattern::Rrule(rule) => self.fixed(next_second, |from| rule.next(from)),
        }
    }

    /// Fixed wall-clock times: skipped ones at the next existing minute, repeated ones once.
    /// `from` is inclusive, in seconds.
    fn fixed(&self, from: i64, next: impl Fn(Civil) -> Option<Civil>) -> Option<Fire> {
        // The second before decides: a time skipped just now fires at the change itself.
        let mut civil = self.zone.civil(from - 1) + 1;
        loop {
            civil = next(civil)?;
            let placed = self.zone.place(civil)?;
            let at = placed.fixed();
            if at >= from {
                return Some(Fire { at: at_second(at), day: civil.div_euclid(DAY) });
            }
            // In the second pass of a repeated hour all of it is over: go on after it.
            civil = match placed {
                Placed::Twice(_) => {
                    let change = self.zone.next_change(at)?;
                    (civil + 1).max(change + self.zone.offset(change - 1))
                }
                _ => civil + 1,
            };
        }
    }

    /// Times by the pattern of the running clock: both passes of a repeated hour, nothing for a
    /// skipped one. `from` is inclusive, in seconds.
    fn open(&self, from: i64, next: impl Fn(Civil) -> Option<Civil>) -> Option<Fire> {
        let mut from = from;
        loop {
            let offset = self.zone.offset(from);
            let civil = next(from + offset)?;
            let at = civil - offset;
            let fire = Fire { at: at_second(at), day: civil.div_euclid(DAY) };
            let days = (at - from) / DAY;
            if days < 2 && self.zone.offset(at) == offset {
                return Some(fire);
            }
            // The clocks change before it. Within a day of here, times may come again; further on
            // the wall clock goes back only over times that do not match anyway.
            match self.zone.next_change(from) {
                Some(change) if change <= at && change - from < DAY => from = change,
                Some(change) if change <= at => from = change.max(at - 2 * DAY),
                _ => return Some(fire),
            }
        }
    }
}

fn never(trigger: &ScheduleTrigger, schedule: &Schedule) -> ScheduleError {
    let key = match &trigger.rule {
        Rule::Calendar(_) => "schedule",
        Rule::Every(_) => "every",
        Rule::Once(_) => "once",
    };
    let unbounded = Schedule { end: None, except: Vec::new(), ..schedule.clone() };
    let (message, suggestion) = if unbounded.raw(-1).is_none() && key == "schedule" {
        let shown = match &trigger.rule {
            Rule::Calendar(text) => quoted(text),
            _ => "it".to_owned(),
        };
        (format!("{shown} never fires"), "no such day or time exists; look at day, month and hour")
    } else if schedule.end.is_some() {
        (
            "it never fires: the end comes before the first time".to_owned(),
            "move `end` or UNTIL later",
        )
    } else {
        ("it never fires: `except` takes every date away".to_owned(), "leave out some of `except`")
    };
    ScheduleError::new(bot::NEVER, key, message).suggest(suggestion)
}
