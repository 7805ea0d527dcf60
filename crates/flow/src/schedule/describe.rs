//! A schedule in plain English, for drafts, lists and the command line.

use codex32_model::definition::ScheduleTrigger;
use codex32_model::time::format_duration;

use super::cron::Cron;
use super::moment::show_civil;
use super::rrule::{ALL_MONTHS, Bounds, Freq, Rrule};
use super::{Pattern, Schedule};
use crate::schedule::calendar::Times;

mod german;
mod shape;

pub(super) use german::describe as describe_german;
use shape::{Beat, Day, Field, Hours, Joints, bits, picked};

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

const JOINTS: Joints = Joints { and: "and", to: "to" };

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

fn weekdays(set: u8) -> String {
    match set {
        WORKDAYS => "weekday".to_owned(),
        WEEKEND => "Saturday and Sunday".to_owned(),
        _ => JOINTS.weekdays(set, &WEEKDAYS),
    }
}

fn months(set: u16) -> String {
    let set = set & ALL_MONTHS;
    if set == ALL_MONTHS {
        return String::new();
    }
    format!(" in {}", JOINTS.runs(u64::from(set), |month| MONTHS[month as usize - 1].to_owned()))
}

/// Times of day, and whether they are points.
fn times(times: &Times, open: bool) -> (String, bool) {
    let (beat, hours) = match Day::of(times, open) {
        Day::Points(points) => return (format!("at {}", JOINTS.list(&points)), true),
        Day::Repeats(beat, hours) => (beat, hours),
    };
    let within = match hours {
        Hours::All => String::new(),
        Hours::Step(step) => format!(" in every {} hour", ordinal(i64::from(step))),
        Hours::Span(first, last) => format!(" from {first:02}:00 to {last:02}:59"),
        Hours::Some(set) => {
            let hour = |hour: u32| format!("{hour:02}:00");
            format!(" in the hours from {}", JOINTS.runs(set, hour))
        }
    };
    let beat = match beat {
        Beat::Hourly { minute } => {
            let past = if minute == 0 { String::new() } else { format!(" at minute {minute}") };
            return match hours {
                Hours::Step(step) => (format!("every {step} hours{past}"), false),
                _ => (format!("every hour{past}{within}"), false),
            };
        }
        Beat::Minutes(Field::All) => "every minute".to_owned(),
        Beat::Minutes(Field::Step(step)) => format!("every {step} minutes"),
        Beat::Minutes(Field::Some(set)) => {
            format!("at minute {} of every hour", JOINTS.numbers(set))
        }
        Beat::Seconds { second, minute } => {
            let second = match second {
                Field::All => "every second".to_owned(),
                Field::Step(step) => format!("every {step} seconds"),
                Field::Some(set) => format!("at second {}", JOINTS.numbers(set)),
            };
            let minute = match minute {
                Field::All => String::new(),
                Field::Step(step) => format!(" of every {} minute", ordinal(i64::from(step))),
                Field::Some(set) => format!(" of minute {}", JOINTS.numbers(set)),
            };
            format!("{second}{minute}")
        }
    };
    (format!("{beat}{within}"), false)
}

/// The days of a cron pattern; empty for every day.
fn cron_days(cron: &Cron) -> Vec<String> {
    let days = &cron.days;
    let mut of_month = Vec::new();
    if !days.any_day {
        if days.of_month != 0 {
            let shown = JOINTS.runs(u64::from(days.of_month), |day| ordinal(i64::from(day)));
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
        out.push(format!("on {} of the month", JOINTS.list(&of_month)));
    }
    if !days.any_weekday && days.of_week != 0 {
        out.push(format!("every {}", weekdays(days.of_week)));
    }
    out
}

fn cron(cron: &Cron) -> String {
    let days = cron_days(cron);
    let months = months(cron.months);
    match times(&cron.times, cron.open) {
        (points, true) if days.is_empty() => format!("every day{months} {points}"),
        (points, true) => format!("{}{months} {points}", days.join(" and ")),
        (text, false) if days.is_empty() => format!("{text}{months}"),
        (text, false) => format!("{text}, {}{months}", days.join(" and ")),
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
            JOINTS.runs(u64::from(rule.month_days), |day| ordinal(i64::from(day)))
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
        out = format!("every {}", JOINTS.list(&named));
        named.clear();
    }
    let both = !days.is_empty() && !named.is_empty();
    if !days.is_empty() || !named.is_empty() {
        let join = if both { ", if it is " } else { "" };
        out.push_str(&format!(" on {}{join}{}", JOINTS.list(&days), JOINTS.list(&named)));
    }
    out.push_str(&months(rule.months));
    if !rule.weeks.is_empty() {
        let weeks: Vec<String> = rule.weeks.iter().map(ToString::to_string).collect();
        out.push_str(&format!(" in week {}", JOINTS.list(&weeks)));
    }
    // Positions in a day pick times, and then the list of times says it all.
    if let Some(times) = picked(rule) {
        return match &times[..] {
            [first, .., last] if times.len() > 8 => {
                format!("{out} at {} times from {first} to {last}", times.len())
            }
            _ => format!("{out} at {}", JOINTS.list(&times)),
        };
    }
    if !rule.set_pos.is_empty() {
        let picked: Vec<String> = rule.set_pos.iter().map(|nth| position(*nth)).collect();
        out.push_str(&format!(", of these the {}", JOINTS.list(&picked)));
    }
    match (times(&rule.times, false), rule.freq.is_open()) {
        ((points, true), _) => out.push_str(&format!(" {points}")),
        ((text, false), false) => out.push_str(&format!(", {text}")),
        ((_, false), true) => {}
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
        dates if dates.len() <= 5 => out.push_str(&format!(", except on {}", JOINTS.list(dates))),
        dates => out.push_str(&format!(", except on {} dates", dates.len())),
    }
    out
}
