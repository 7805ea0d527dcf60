//! Reading cron: 5 fields, 6 with seconds first, or a nickname.

use super::super::calendar::Times;
use super::super::error::{ScheduleError, quoted};
use super::{Cron, Days};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", min: 0, max: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day", min: 1, max: 31, names: &[] };
const MONTH: Field = Field { name: "month", min: 1, max: 12, names: &MONTHS };
/// 7 is Sunday too.
const WEEKDAY: Field = Field { name: "weekday", min: 0, max: 7, names: &WEEKDAYS };

pub(in super::super) fn parse(text: &str) -> Result<Cron, ScheduleError> {
    let text = text.trim();
    let pattern = if text.starts_with('@') { nickname(text)? } else { text };
    let fields: Vec<&str> = pattern.split_ascii_whitespace().take(8).collect();
    let (second, rest) = match fields.len() {
        5 => ("0", &fields[..]),
        6 => (fields[0], &fields[1..]),
        7 => {
            return Err(ScheduleError::cron(format!("{} has 7 fields", quoted(text))).suggest(
                "leave out the year; `start` and `end` of the trigger say from when to when",
            ));
        }
        found => {
            let message = format!("{} has {found} fields, cron has 5", quoted(text));
            return Err(ScheduleError::cron(message)
                .suggest("minute hour day month weekday, such as `0 9 * * 1-5`"));
        }
    };
    let mut days = Days::default();
    day_field(rest[2], &mut days)?;
    weekday_field(rest[4], &mut days)?;
    Ok(Cron {
        times: Times {
            seconds: set(second, &SECOND)?,
            minutes: set(rest[0], &MINUTE)?,
            hours: set(rest[1], &HOUR)? as u32,
        },
        days,
        months: set(rest[3], &MONTH)? as u16,
        open: is_open(rest[0]) || is_open(rest[1]),
    })
}

fn nickname(text: &str) -> Result<&'static str, ScheduleError> {
    let lower = text.to_ascii_lowercase();
    Ok(match lower.as_str() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => {
            let error = ScheduleError::cron(format!("{} is not a nickname", quoted(text)));
            return Err(match lower.strip_prefix("@every ") {
                Some(span) => error.suggest(format!("write `every: {}` instead", span.trim())),
                None => error.suggest("@hourly, @daily, @midnight, @weekly, @monthly or @yearly"),
            });
        }
    })
}

/// `*`, `*/n` or `a/n` somewhere in the list.
fn is_open(field: &str) -> bool {
    field
        .split(',')
        .any(|part| part.starts_with('*') || (part.contains('/') && !part.contains('-')))
}

/// A list of numbers, names, ranges and steps as bits.
fn set(text: &str, field: &Field) -> Result<u64, ScheduleError> {
    let mut bits = 0;
    for part in parts(text, field)? {
        bits |= range(part, field)?;
    }
    Ok(bits)
}

fn parts<'a>(text: &'a str, field: &Field) -> Result<Vec<&'a str>, ScheduleError> {
    let parts: Vec<&str> = text.split(',').take(101).collect();
    if parts.len() > 100 || parts.iter().any(|part| part.is_empty()) {
        let message = format!("{} is not a list for the {}", quoted(text), field.name);
        return Err(ScheduleError::cron(message).suggest("numbers with commas between: `1,15`"));
    }
    Ok(parts)
}

fn range(part: &str, field: &Field) -> Result<u64, ScheduleError> {
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, Some(step)),
        None => (part, None),
    };
    let size = match field.name {
        "weekday" => 7,
        _ => field.max - field.min + 1,
    };
    let step = match step {
        None => None,
        Some(text) => match text.parse::<u32>() {
            Ok(step) if (1..=size).contains(&step) => Some(step),
            Ok(step) if step > size && (field.name == "minute" || field.name == "second") => {
                let unit = if field.name == "minute" { "m" } else { "s" };
                let message = format!("every {step} {}s is not a cron pattern", field.name);
                return Err(ScheduleError::cron(message)
                    .suggest(format!("write `every: {step}{unit}` instead of `schedule`")));
            }
            _ => {
                let message = format!("the step in {} must be from 1 to {size}", quoted(part));
                return Err(ScheduleError::cron(message));
            }
        },
    };
    let last = if field.name == "weekday" { 6 } else { field.max };
    let (from, to) = if span == "*" {
        (field.min, last)
    } else if let Some((from, to)) = span.split_once('-') {
        let (from, to) = (value(from, field)?, value(to, field)?);
        if from > to {
            // Round the corner: `fri-mon`, `22-2`.
            return Ok(walk(from, to + size, step.unwrap_or(1), |at| {
                (at - field.min) % size + field.min
            }));
        }
        (from, to)
    } else {
        let from = value(span, field)?;
        (from, if step.is_some() { last.max(from) } else { from })
    };
    let wrap = |at: u32| if field.name == "weekday" { at % 7 } else { at };
    Ok(walk(from, to, step.unwrap_or(1), wrap))
}

fn walk(from: u32, to: u32, step: u32, place: impl Fn(u32) -> u32) -> u64 {
    (from..=to).step_by(step as usize).fold(0, |bits, at| bits | 1 << place(at))
}

fn value(text: &str, field: &Field) -> Result<u32, ScheduleError> {
    let Field { name, min, max, names } = field;
    if let Ok(number) = text.parse::<u32>()
        && text.bytes().all(|b| b.is_ascii_digit())
    {
        if (*min..=*max).contains(&number) {
            return Ok(number);
        }
        let message = format!("{number} is not a {name}: from {min} to {max}");
        return Err(ScheduleError::cron(message));
    }
    let lower = text.to_ascii_lowercase();
    let found = names.iter().position(|name| lower.len() >= 3 && name.starts_with(&lower));
    if let Some(index) = found {
        return Ok(index as u32 + min);
    }
    let error = ScheduleError::cron(format!("{} is not a {name}", quoted(text)));
    Err(match names.first() {
        Some(first) => {
            error.suggest(format!("from {min} to {max}, or a name such as {}", &first[..3]))
        }
        None => error.suggest(format!("from {min} to {max}")),
    })
}

fn day_field(text: &str, days: &mut Days) -> Result<(), ScheduleError> {
    if matches!(text, "*" | "?" | "*/1") {
        days.any_day = true;
        return Ok(());
    }
    for part in parts(text, &DAY)? {
        let upper = part.to_ascii_uppercase();
        if upper == "L" {
            days.from_last.push(0);
        } else if upper == "LW" || upper == "WL" {
            days.last_workday = true;
        } else if let Some(back) = upper.strip_prefix("L-") {
            match back.parse::<u32>() {
                Ok(back) if back <= 30 => days.from_last.push(back),
                _ => {
                    return Err(ScheduleError::cron(format!("{} is not a day", quoted(part)))
                        .suggest("`L-3` is three days before the last; from 0 to 30"));
                }
            }
        } else if let Some(day) = upper.strip_suffix('W').or_else(|| upper.strip_prefix('W')) {
            days.nearest.push(value(day, &DAY)?);
        } else if let Some(from) = upper.strip_suffix("-L") {
            // Days past the end of a month do not exist, so `20-L` is `20-31`.
            days.of_month |= range(&format!("{from}-31"), &DAY)? as u32;
        } else {
            days.of_month |= range(part, &DAY)? as u32;
        }
    }
    Ok(())
}

fn weekday_field(text: &str, days: &mut Days) -> Result<(), ScheduleError> {
    if matches!(text, "*" | "?" | "*/1") {
        days.any_weekday = true;
        return Ok(());
    }
    for part in parts(text, &WEEKDAY)? {
        if let Some((day, nth)) = part.split_once('#') {
            let day = value(day, &WEEKDAY)? % 7;
            match nth.parse::<u32>() {
                Ok(nth) if (1..=5).contains(&nth) => days.nth.push((day, nth)),
                _ if nth.eq_ignore_ascii_case("l") => days.last_of_week |= 1 << day,
                _ => {
                    let message = format!("{} is not a weekday of the month", quoted(part));
                    return Err(ScheduleError::cron(message)
                        .suggest("`5#2` is the second Friday; from 1 to 5, or L for the last"));
                }
            }
        } else if part.eq_ignore_ascii_case("l") {
            return Err(ScheduleError::cron("`L` alone is not a weekday")
                .suggest("`5L` is the last Friday of the month; `6` is every Saturday"));
        } else if let Some(day) = part.strip_suffix(['L', 'l'])
            && let Ok(day) = value(day, &WEEKDAY)
        {
            days.last_of_week |= 1 << (day % 7);
        } else {
            days.of_week |= range(part, &WEEKDAY)? as u8;
        }
    }
    Ok(())
}
