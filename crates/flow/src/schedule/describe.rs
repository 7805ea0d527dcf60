//! A schedule in plain English, for drafts, lists and the command line.

use codex32_model::definition::ScheduleTrigger;
use codex32_model::time::format_duration;

use super::cron::Cron;
use super::moment::show_civil;
use super::rrule::{ALL_MONTHS, Bounds, Freq, Rrule};
use super::{Pattern, Schedule};
use crate::schedule::calendar::Times;

mod german;

pub(super) use german::describe as describe_german;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const WORKDAYS: u8 = 0b011_1110;
const WEEKEND: u8 = 0b100_0001;
const ALL_HOURS: u32 = (1 << 24) - 1;
const ALL_SIXTY: u64 = (1 << 60) - 1;

/// What the trigger says besides its rule, as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    start: Option<String>,
    end: Option<String>,
    count: Option<u32>,
    except: Vec<String>,
}

impl Written {
    pub(super) fn of(trigger: &ScheduleTrigger, bounds: &Bounds) -> Self {
        Self {
            start: trigger.start.clone(),
            end: trigger.end.clone(),
            count: trigger.count.or(bounds.count),
            except: trigger.except.clone(),
        }
    }
}

/// `09:00`, with seconds only where there are any.
pub(super) fn clock(second_of_day: i64) -> String {
    let (hour, minute, second) =
        (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    if second == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    }
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `last`, `2nd to last`, `first`.
fn position(nth: i64) -> String {
    match nth {
        -1 => "last".to_owned(),
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        ..=-2 => format!("{} to last", ordinal(-nth)),
        _ => ordinal(nth),
    }
}

fn bits(set: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| set & (1 << bit) != 0)
}

/// `1, 2, 3, 7` as `1 to 3 and 7`, each shown by `show`.
fn runs(set: u64, show: impl Fn(u32) -> String) -> String {
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
            _ => out.push(format!("{} to {}", show(first), show(last))),
        }
    }
    listed(&out)
}

/// The distance if the set is exactly 0, n, 2n, … up to the end of the field.
fn step(set: u64, size: u32) -> Option<u32> {
    let second = bits(set).nth(1)?;
    let whole = bits(set).eq((0..size).step_by(second as usize));
    (second > 1 && size.is_multiple_of(second) && whole).then_some(second)
}

fn weekdays(set: u8) -> String {
    match set {
        WORKDAYS => "weekday".to_owned(),
        WEEKEND => "Saturday and Sunday".to_owned(),
        _ => {
            // Monday first.
            let order = (1..7).chain([0]).filter(|day| set & (1 << day) != 0);
            listed(&order.map(|day| WEEKDAYS[day].to_owned()).collect::<Vec<_>>())
        }
    }
}

fn months(set: u16) -> String {
    let set = set & ALL_MONTHS;
    if set == ALL_MONTHS {
        return String::new();
    }
    format!(" in {}", runs(u64::from(set), |month| MONTHS[month as usize - 1].to_owned()))
}

/// Times of day: either a repetition (`every 5 minutes`) or points (`at 09:00`).
enum Clock {
    Repeats(String),
    Points(String),
}

fn times(times: &Times, open: bool) -> Clock {
    let Times { hours, minutes, seconds } = *times;
    if times.count() <= 6 && !open {
        let points: Vec<String> = (0..times.count()).map(|index| clock(times.nth(index))).collect();
        return Clock::Points(format!("at {}", listed(&points)));
    }
    let within = if hours == ALL_HOURS {
        String::new()
    } else if let Some(step) = step(u64::from(hours), 24) {
        format!(" in every {} hour", ordinal(i64::from(step)))
    } else {
        let hour = |hour: u32| format!("{hour:02}:00");
        let (first, last) = (hours.trailing_zeros(), 31 - hours.leading_zeros());
        if hours.count_ones() == last - first + 1 {
            format!(" from {first:02}:00 to {last:02}:59")
        } else {
            format!(" in the hours from {}", runs(u64::from(hours), hour))
        }
    };
    if seconds != 1 {
        let second = if seconds == ALL_SIXTY {
            "every second".to_owned()
        } else if let Some(step) = step(seconds, 60) {
            format!("every {step} seconds")
        } else {
            format!("at second {}", runs(seconds, |second| second.to_string()))
        };
        let minute = match minutes {
            ALL_SIXTY => String::new(),
            _ => match step(minutes, 60) {
                Some(step) => format!(" of every {} minute", ordinal(i64::from(step))),
                None => format!(" of minute {}", runs(minutes, |minute| minute.to_string())),
            },
        };
        return Clock::Repeats(format!("{second}{minute}{within}"));
    }
    if minutes.count_ones() == 1 {
        let minute = minutes.trailing_zeros();
        let past = if minute == 0 { String::new() } else { format!(" at minute {minute}") };
        return Clock::Repeats(match step(u64::from(hours), 24) {
            Some(step) => format!("every {step} hours{past}"),
            None => format!("every hour{past}{within}"),
        });
    }
    let minute = if minutes == ALL_SIXTY {
        "every minute".to_owned()
    } else if let Some(step) = step(minutes, 60) {
        format!("every {step} minutes")
    } else {
        format!("at minute {} of every hour", runs(minutes, |minute| minute.to_string()))
    };
    Clock::Repeats(format!("{minute}{within}"))
}

/// The days of a cron pattern; empty for every day.
fn cron_days(cron: &Cron) -> (Vec<String>, bool) {
    let days = &cron.days;
    let mut of_month = Vec::new();
    if !days.any_day {
        if days.of_month != 0 {
            let shown = runs(u64::from(days.of_month), |day| ordinal(i64::from(day)));
            of_month.push(format!("the {shown}"));
        }
        of_month.extend(days.from_last.iter().map(|back| match back {
            0 => "the last day".to_owned(),
            1 => "the day before the last".to_owned(),
            back => format!("{back} days before the last"),
        }));
        of_month.extend(
            days.nearest
                .iter()
                .map(|day| format!("the weekday nearest the {}", ordinal(i64::from(*day)))),
        );
        if days.last_workday {
            of_month.push("the last weekday".to_owned());
        }
    }
    if !days.any_weekday {
        of_month.extend(days.nth.iter().map(|(day, nth)| {
            format!("the {} {}", position(i64::from(*nth)), WEEKDAYS[*day as usize])
        }));
        of_month.extend(
            bits(u64::from(days.last_of_week))
                .map(|day| format!("the last {}", WEEKDAYS[day as usize])),
        );
    }
    let mut out = Vec::new();
    if !of_month.is_empty() {
        out.push(format!("on {} of the month", listed(&of_month)));
    }
    let weekly = !days.any_weekday && days.of_week != 0;
    if weekly {
        out.push(format!("every {}", weekdays(days.of_week)));
    }
    (out, weekly)
}

fn cron(cron: &Cron) -> String {
    let (days, weekly) = cron_days(cron);
    let months = months(cron.months);
    match times(&cron.times, cron.open) {
        Clock::Points(points) if days.is_empty() => format!("every day{months} {points}"),
        Clock::Points(points) => format!("{}{months} {points}", days.join(" and ")),
        Clock::Repeats(text) if days.is_empty() => format!("{text}{months}"),
        Clock::Repeats(text) if weekly && days.len() == 1 => {
            format!("{text}, {}{months}", days.join(" and "))
        }
        Clock::Repeats(text) => format!("{text}, {}{months}", days.join(" and ")),
    }
}

fn rrule(rule: &Rrule) -> String {
    let (one, many) = match rule.freq {
        Freq::Yearly => ("year", "years"),
        Freq::Monthly => ("month", "months"),
        Freq::Weekly => ("week", "weeks"),
        Freq::Daily => ("day", "days"),
        Freq::Hourly => ("hour", "hours"),
        Freq::Minutely => ("minute", "minutes"),
        Freq::Secondly => ("second", "seconds"),
    };
    let mut out = match rule.interval {
        1 => format!("every {one}"),
        interval => format!("every {interval} {many}"),
    };
    let mut days = Vec::new();
    if rule.month_days != 0 {
        days.push(format!(
            "the {}",
            runs(u64::from(rule.month_days), |day| ordinal(i64::from(day)))
        ));
    }
    days.extend(bits(u64::from(rule.month_days_back)).map(|day| match day {
        1 => "the last day".to_owned(),
        day => format!("the {} to last day", ordinal(i64::from(day))),
    }));
    days.extend(rule.year_days.iter().map(|day| format!("day {day} of the year")));
    let mut named: Vec<String> = rule
        .nth
        .iter()
        .map(|(day, nth)| format!("the {} {}", position(*nth), WEEKDAYS[*day as usize]))
        .collect();
    if rule.weekdays != 0 {
        named.push(weekdays(rule.weekdays));
    }
    if rule.freq == Freq::Daily && rule.interval == 1 && days.is_empty() && !named.is_empty() {
        out = format!("every {}", listed(&named));
        named.clear();
    }
    let both = !days.is_empty() && !named.is_empty();
    if !days.is_empty() || !named.is_empty() {
        let join = if both { ", if it is " } else { "" };
        out.push_str(&format!(" on {}{join}{}", listed(&days), listed(&named)));
    }
    out.push_str(&months(rule.months));
    if !rule.weeks.is_empty() {
        let weeks: Vec<String> = rule.weeks.iter().map(ToString::to_string).collect();
        out.push_str(&format!(" in week {}", listed(&weeks)));
    }
    // Positions in a day pick times, and then the list of times says it all.
    let daily = rule.freq == Freq::Daily && rule.times.count() <= 1_440;
    if daily && !rule.set_pos.is_empty() {
        let all = rule.times.count() as i64;
        let index = |nth: &i64| if *nth > 0 { nth - 1 } else { all + nth };
        let picked = rule.set_pos.iter().map(index).filter(|index| (0..all).contains(index));
        let times: Vec<String> =
            picked.map(|index| clock(rule.times.nth(index.unsigned_abs()))).collect();
        return match &times[..] {
            [first, .., last] if times.len() > 8 => {
                format!("{out} at {} times from {first} to {last}", times.len())
            }
            _ => format!("{out} at {}", listed(&times)),
        };
    }
    if !rule.set_pos.is_empty() {
        let picked: Vec<String> = rule.set_pos.iter().map(|nth| position(*nth)).collect();
        out.push_str(&format!(", of these the {}", listed(&picked)));
    }
    match (times(&rule.times, false), rule.freq.is_open()) {
        (Clock::Points(points), _) => out.push_str(&format!(" {points}")),
        (Clock::Repeats(text), false) => out.push_str(&format!(", {text}")),
        (Clock::Repeats(_), true) => {}
    }
    out
}

pub(super) fn describe(schedule: &Schedule) -> String {
    let written = &schedule.written;
    let mut out = match &schedule.pattern {
        Pattern::Cron(pattern) => cron(pattern),
        Pattern::Rrule(rule) => rrule(rule),
        Pattern::Every { step, .. } => {
            let span = std::time::Duration::from_micros(step.unsigned_abs());
            return bounded(format!("every {}", format_duration(span)), written);
        }
        Pattern::Once(at) => {
            let civil = schedule.zone.civil(at.div_euclid(1_000_000));
            format!("once at {}", show_civil(civil).replace('T', " "))
        }
    };
    out.push_str(&format!(", {}", schedule.zone()));
    bounded(out, written)
}

fn bounded(mut out: String, written: &Written) -> String {
    if let Some(start) = &written.start {
        out.push_str(&format!(", from {start}"));
    }
    if let Some(end) = &written.end {
        out.push_str(&format!(", until {end}"));
    }
    match written.count {
        Some(1) => out.push_str(", once"),
        Some(count) => out.push_str(&format!(", {count} times")),
        None => {}
    }
    match &written.except[..] {
        [] => {}
        dates if dates.len() <= 5 => out.push_str(&format!(", except on {}", listed(dates))),
        dates => out.push_str(&format!(", except on {} dates", dates.len())),
    }
    out
}
