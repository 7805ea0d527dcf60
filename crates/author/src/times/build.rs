//! The shortest schedule that says what was read: cron where cron can, `every` for elapsed spans, a
//! recurrence rule for the rest.

use std::time::Duration;

use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};
use jiff::civil::{Date, Time};

use super::draft::{Draft, Except, When, Window};
use super::note::Note;
use super::problem::Problem;
use super::words::{Part, Unit};
use super::{Instant, Meaning, Missing, TimePhrase};

mod beat;
mod resolve;
mod rules;

use beat::beat;
use resolve::{exists, resolve};
use rules::days;

const CODES: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const ALL_MONTHS: u16 = 0b1_1111_1111_1110;
const EVERY_DAY: u8 = 0b111_1111;

/// The meaning of a pattern that stands as it is.
pub(super) fn described(pattern: String) -> Meaning {
    Meaning::Schedule(Box::new(plain(Rule::Calendar(pattern), None)))
}

/// A point in time as a trigger.
pub(super) fn once(at: String, timezone: Option<String>) -> ScheduleTrigger {
    plain(Rule::Once(at), timezone)
}

fn plain(rule: Rule, timezone: Option<String>) -> ScheduleTrigger {
    let (missed, overlap) = (Missed::default(), Overlap::default());
    let (start, end, count, except) = (None, None, None, Vec::new());
    ScheduleTrigger { rule, timezone, start, end, count, except, missed, overlap }
}

pub(super) fn phrase(mut draft: Draft, today: Option<Date>) -> Option<TimePhrase> {
    let mut missing = Vec::new();
    if draft.is_bare_window() {
        return None;
    }
    // `on 31 December, every year`.
    if draft.repeats
        && draft.month_days.is_empty()
        && let Some(When::Date { year: None, month, day }) = draft.on
    {
        draft.month_days.push(day as i32);
        draft.months |= 1 << month;
    }
    let meaning = if let Some(when) = draft.on.clone().filter(|_| !draft.repeats) {
        Meaning::Instant(instant(&mut draft, &when, today, &mut missing))
    } else if !draft.has_days() && draft.part.is_none() && draft.times.is_empty() {
        match draft.window {
            Some(Window { from, to }) => Meaning::Window { from, to },
            None if draft.problem.is_some() => Meaning::Nothing,
            None => return None,
        }
    } else {
        match schedule(&mut draft, today, &mut missing) {
            Some(trigger) => Meaning::Schedule(Box::new(trigger)),
            None if draft.problem.is_some() => Meaning::Nothing,
            None => return None,
        }
    };
    let weak = !draft.repeats || draft.adjective;
    let bare = draft.bare && !draft.has_days() && matches!(meaning, Meaning::Schedule(_));
    // "at 9" alone says too little, and so does a part of the day.
    if draft.problem.is_none()
        && (bare
            || (matches!(meaning, Meaning::Schedule(_))
                && !draft.has_days()
                && draft.times.is_empty()))
    {
        return None;
    }
    if matches!(meaning, Meaning::Schedule(_)) && !draft.repeats {
        draft.assumed.push(if draft.has_days() { Note::Repeated } else { Note::EveryDay });
    }
    Some(TimePhrase {
        range: draft.range,
        more: draft.more,
        meaning,
        zone: draft.zone,
        assumed: draft.assumed,
        missing,
        problem: draft.problem,
        weak,
    })
}

fn instant(
    draft: &mut Draft,
    when: &When,
    today: Option<Date>,
    missing: &mut Vec<Missing>,
) -> Instant {
    let date = resolve(when, today, false);
    if date.is_none() {
        match when {
            When::Date { year, month, day } if !exists(*year, *month, *day) => {
                let (year, month, day) = (*year, *month, *day);
                draft.problem = Some(Problem::NoDay { year, month, day });
            }
            When::Slashed { .. } => {}
            _ => missing.push(Missing::Today),
        }
    }
    // `Monday, 4 May 2027` when that is a Tuesday.
    if let Some(date) = date.filter(|_| draft.weekdays.count_ones() == 1)
        && draft.weekdays != 1 << date.weekday().to_sunday_zero_offset()
    {
        draft.problem = Some(Problem::Contradiction);
    }
    if let (Some(date), Some(today)) = (date, today)
        && date < today
    {
        draft.problem = Some(Problem::Past(date.to_string()));
    }
    let time = draft.times.first().copied().or_else(|| {
        let part = draft.part?;
        let time = part_time(part);
        draft.assumed.push(Note::Part(part, time));
        Some(time)
    });
    if time.is_none() {
        missing.push(Missing::TimeOfDay);
    }
    if let When::Slashed { year, first, second } = *when {
        let readings = [(first, second), (second, first)].into_iter().filter_map(|(month, day)| {
            let date = Date::new(year as i16, month as i8, day as i8).ok()?;
            Some(date.to_datetime(time?))
        });
        let said = format!("{first:02}/{second:02}/{year}");
        draft.problem = Some(Problem::Ambiguous { said, readings: readings.collect() });
    }
    Instant { date, time }
}

fn schedule(
    draft: &mut Draft,
    today: Option<Date>,
    missing: &mut Vec<Missing>,
) -> Option<ScheduleTrigger> {
    exceptions(draft, today, missing);
    impossible_days(draft);
    // `from 1 June to 31 August 2027`.
    if let (
        Some(When::Date { year: year @ None, month, .. }),
        Some(When::Date { year: Some(last), month: to, .. }),
    ) = (&mut draft.start, &draft.end)
    {
        *year = Some(if *month > *to { *last - 1 } else { *last });
    }
    let mut start = None;
    if let Some(when) = &draft.start {
        start = resolve(when, today, false);
        if start.is_none() {
            missing.push(Missing::Today);
        }
    }
    let end = draft.end.as_ref().and_then(|when| {
        let end = resolve(when, start.or(today), false);
        if end.is_none() && !missing.contains(&Missing::Today) {
            missing.push(Missing::Today);
        }
        end
    });
    let except = draft.except.iter().filter_map(|except| match except {
        Except::Date(when) => resolve(when, start.or(today), false).map(|date| date.to_string()),
        _ => None,
    });
    let except: Vec<String> = except.collect();
    let rule = rule(draft)?;
    Some(ScheduleTrigger {
        rule,
        timezone: draft.zone.clone(),
        start: start.map(|date| date.to_string()),
        end: end.map(|date| date.to_string()),
        count: draft.count,
        except,
        missed: Missed::default(),
        overlap: Overlap::default(),
    })
}

/// `every 30 February`: no month that is meant has any of the days.
fn impossible_days(draft: &mut Draft) {
    let days: Vec<u32> = draft.month_days.iter().filter_map(|day| (*day).try_into().ok()).collect();
    let months: Vec<u32> = (1..=12).filter(|month| draft.months & (1 << month) != 0).collect();
    let none = |day: &u32| !months.iter().any(|month| exists(None, *month, *day));
    if let (Some(month), true) = (months.first(), days.len() == draft.month_days.len())
        && let Some(day) = days.iter().find(|day| none(day))
    {
        draft.problem = Some(Problem::NoDay { year: None, month: *month, day: *day });
    }
}

/// Months and weekdays that are left out become part of the rule; dates stay.
fn exceptions(draft: &mut Draft, today: Option<Date>, missing: &mut Vec<Missing>) {
    let mut without = 0;
    let mut weekdays = 0;
    let mut times: Vec<Time> = Vec::new();
    for except in &draft.except {
        match except {
            Except::Months(bits) => without |= bits,
            Except::Weekdays(bits) => weekdays |= bits,
            Except::Date(when) if resolve(when, today, false).is_none() => {
                missing.push(Missing::Today)
            }
            Except::Date(_) => {}
            Except::Times(list) => times.extend(list),
            Except::Other => {
                draft.problem.get_or_insert(Problem::Exception);
            }
        }
    }
    if without != 0 {
        let months = if draft.months == 0 { ALL_MONTHS } else { draft.months };
        draft.months = months & !without;
        if draft.months & ALL_MONTHS == 0 {
            draft.problem = Some(Problem::Contradiction);
        }
    }
    if weekdays != 0 {
        let days = if draft.weekdays == 0 { EVERY_DAY } else { draft.weekdays };
        draft.weekdays = days & !weekdays;
        if draft.weekdays == 0 {
            draft.problem = Some(Problem::Contradiction);
        }
    }
    if !times.is_empty() {
        let hourly = draft.within_day() && draft.times.is_empty();
        if hourly && times.iter().all(|time| time.minute() == 0) {
            draft.no_hours = times.iter().fold(0, |bits, time| bits | 1 << time.hour());
        } else if draft.times.iter().any(|time| times.contains(time)) {
            draft.times.retain(|time| !times.contains(time));
            if draft.times.is_empty() {
                draft.problem = Some(Problem::Contradiction);
            }
        } else {
            draft.problem.get_or_insert(Problem::Exception);
        }
    }
}

fn rule(draft: &mut Draft) -> Option<Rule> {
    per(draft);
    // `every hour` said with `every day`: the shortest is the beat, the others are limits.
    draft.every.sort_by_key(|every| every.1);
    if let [(count, Unit::Hour)] = draft.every[..]
        && count % 24 == 0
        && draft.window.is_none()
    {
        draft.every = vec![(count / 24, Unit::Day)];
    }
    if let Some(&(count, unit)) = draft.every.first()
        && unit <= Unit::Hour
    {
        return beat(draft, count, unit);
    }
    if draft.every.is_empty() && !draft.minutes.is_empty() && draft.times.is_empty() {
        return beat(draft, 1, Unit::Hour);
    }
    days(draft)
}

/// `twice a day` as hours, days or months, when no times say which.
fn per(draft: &mut Draft) {
    let Some((count, unit)) = draft.per.take() else { return };
    let every = |draft: &mut Draft, each| draft.every.push(each);
    match unit {
        _ if count <= 1 => every(draft, (1, unit)),
        Unit::Hour if 60 % count == 0 => every(draft, (60 / count, Unit::Minute)),
        Unit::Minute if 60 % count == 0 => every(draft, (60 / count, Unit::Second)),
        Unit::Day if !draft.times.is_empty() => every(draft, (1, Unit::Day)),
        Unit::Day if 24 % count == 0 => {
            draft.assumed.push(Note::TimesADay { count, hours: 24 / count });
            every(draft, (24 / count, Unit::Hour));
        }
        Unit::Week if draft.weekdays != 0 => {}
        Unit::Week => {
            draft.weekdays = match count {
                2 => 0b001_0010,
                3 => 0b010_1010,
                4 => 0b001_1110,
                5 => 0b011_1110,
                6 => 0b111_1110,
                _ => EVERY_DAY,
            };
            draft.assumed.push(Note::TimesAWeek { count, days: draft.weekdays });
        }
        Unit::Month if draft.month_days.is_empty() => {
            let days: &[i32] = match count {
                2 => &[1, 15],
                3 => &[1, 11, 21],
                _ => &[1, 8, 15, 22],
            };
            draft.month_days.extend(days);
            draft.assumed.push(Note::TimesAMonth { count, days: days.to_vec() });
        }
        Unit::Year if 12 % count == 0 => every(draft, (12 / count, Unit::Month)),
        _ => every(draft, (1, unit)),
    }
}

/// Cron's list of a set of bits.
fn list(bits: u64, from: u32, to: u32) -> String {
    let has = |at: u32| bits & (1 << at) != 0;
    if (from..=to).all(has) {
        return "*".to_owned();
    }
    let mut parts = Vec::new();
    let mut at = from;
    while at <= to {
        if !has(at) {
            at += 1;
            continue;
        }
        let first = at;
        while at < to && has(at + 1) {
            at += 1;
        }
        match at - first {
            0 => parts.push(first.to_string()),
            1 => parts.extend([first.to_string(), at.to_string()]),
            _ => parts.push(format!("{first}-{at}")),
        }
        at += 1;
    }
    parts.join(",")
}

fn numbers(list: &[i32]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Day, month and weekday of a cron pattern, if cron can say them.
fn cron_days(draft: &Draft) -> Option<(String, String, String)> {
    if !draft.year_days.is_empty() || !draft.weeks.is_empty() || !draft.positions.is_empty() {
        return None;
    }
    let both = (!draft.month_days.is_empty() || !draft.workdays.is_empty())
        && (draft.weekdays != 0 || !draft.nth.is_empty());
    if (both && (draft.both || !draft.nth.is_empty()))
        || draft.month_days.iter().any(|day| *day < -31)
    {
        return None;
    }
    let mut days: Vec<String> = Vec::new();
    let forward =
        draft.month_days.iter().filter(|day| **day > 0).fold(0, |bits, day| bits | 1_u64 << day);
    if forward != 0 {
        days.push(list(forward, 1, 31));
    }
    for back in draft.month_days.iter().filter(|day| **day < 0) {
        days.push(if *back == -1 { "L".to_owned() } else { format!("L-{}", -back - 1) });
    }
    for nth in &draft.workdays {
        match nth {
            1 => days.push("1W".to_owned()),
            -1 => days.push("LW".to_owned()),
            _ => return None,
        }
    }
    let mut weekdays: Vec<String> = Vec::new();
    if draft.weekdays != 0 && draft.weekdays != EVERY_DAY {
        weekdays.push(list(u64::from(draft.weekdays), 0, 6));
    }
    if !draft.nth.is_empty() && (draft.weekdays != 0 || draft.nth.iter().any(|(nth, _)| *nth < -1))
    {
        return None;
    }
    for (nth, day) in &draft.nth {
        weekdays.push(if *nth == -1 { format!("{day}L") } else { format!("{day}#{nth}") });
    }
    let months = if draft.months == 0 { ALL_MONTHS } else { draft.months };
    let or_any =
        |parts: Vec<String>| if parts.is_empty() { "*".to_owned() } else { parts.join(",") };
    Some((or_any(days), list(u64::from(months), 1, 12), or_any(weekdays)))
}

fn part_time(part: Part) -> Time {
    match part {
        Part::Morning => Time::constant(9, 0, 0, 0),
        Part::Noon => Time::constant(12, 0, 0, 0),
        Part::Afternoon => Time::constant(15, 0, 0, 0),
        Part::Evening => Time::constant(18, 0, 0, 0),
        Part::Night | Part::Midnight => Time::midnight(),
    }
}

/// The times of day, filled in when none was said.
fn times(draft: &mut Draft) -> Vec<Time> {
    if draft.times.is_empty() {
        if let Some(part) = draft.part {
            let mut times = Vec::new();
            for part in std::iter::once(part).chain(draft.parts.clone()) {
                let time = part_time(part);
                if !matches!(part, Part::Noon | Part::Midnight) {
                    draft.assumed.push(Note::Part(part, time));
                }
                times.push(time);
            }
            times.sort();
            return times;
        }
        let time = draft.window.map_or(Time::midnight(), |window| window.from);
        draft.assumed.push(Note::At(vec![time]));
        return vec![time];
    }
    if draft.bare {
        draft.assumed.push(Note::At(draft.times.clone()));
    }
    let mut times = draft.times.clone();
    times.sort();
    times.dedup();
    times
}
