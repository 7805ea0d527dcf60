//! The rule of a beat shorter than a day: seconds, minutes or hours, all day or within hours.

use super::rules::{Grid, rrule};
use super::*;

/// Seconds, minutes or hours.
pub(super) fn beat(draft: &mut Draft, count: u32, unit: Unit) -> Option<Rule> {
    let extra: Vec<(u32, Unit)> = draft.every.iter().skip(1).copied().collect();
    let (mut day, mut month, weekday) = cron_days(draft)?;
    let mut hours = "*".to_owned();
    for (count, unit) in extra {
        match unit {
            Unit::Hour if count > 1 => hours = format!("*/{count}"),
            Unit::Day if count > 1 => day = format!("*/{count}"),
            Unit::Quarter if month == "*" => month = format!("*/{}", (count * 3).min(12)),
            Unit::Month if count > 1 && month == "*" => month = format!("*/{count}"),
            _ => {}
        }
    }
    let plain = draft.window.is_none()
        && hours == "*"
        && day == "*"
        && month == "*"
        && weekday == "*"
        && draft.minutes.is_empty()
        && draft.no_hours == 0
        && draft.times.is_empty();
    let seconds = u64::from(count)
        * match unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            _ => 3_600,
        };
    let divides = match unit {
        Unit::Hour => 24 % count == 0,
        _ => 60 % count == 0,
    };
    // Sixty minutes are an hour, 120 two.
    if unit < Unit::Hour && count >= 60 && count.is_multiple_of(60) {
        return beat(
            draft,
            count / 60,
            if unit == Unit::Second { Unit::Minute } else { Unit::Hour },
        );
    }
    if plain && (!divides || (unit == Unit::Second && count > 1)) {
        return Some(Rule::Every(Duration::from_secs(seconds)));
    }
    if count > 59 || (unit == Unit::Hour && count > 23) {
        return Some(Rule::Every(Duration::from_secs(seconds)));
    }
    if !divides {
        draft.assumed.push(Note::Anew { count, unit });
    }
    if draft.no_hours != 0 && draft.window.is_none() {
        let step = if unit == Unit::Hour { count } else { 1 };
        let left = (0..24).step_by(step as usize).filter(|hour| draft.no_hours & (1 << hour) == 0);
        hours = list(left.fold(0, |bits, hour| bits | 1_u64 << hour), 0, 23);
    }
    let step = |count: u32| if count == 1 { "*".to_owned() } else { format!("*/{count}") };
    let minutes = |draft: &Draft| {
        numbers(&draft.minutes.iter().map(|minute| *minute as i32).collect::<Vec<_>>())
    };
    if let Some(window) = draft.window
        && unit == Unit::Minute
        && divides
        && day == "*"
        && let Some(rule) = exact_window(draft, window, count)
    {
        return Some(Rule::Calendar(rule));
    }
    if let Some(window) = draft.window {
        let (minute, hour) = window_fields(draft, window, count, unit);
        let second = if unit == Unit::Second { format!("{} ", step(count)) } else { String::new() };
        return Some(Rule::Calendar(format!("{second}{minute} {hour} {day} {month} {weekday}")));
    }
    let pattern = match unit {
        Unit::Second => {
            let minute = if draft.minutes.is_empty() { "*".to_owned() } else { minutes(draft) };
            // On the hour, every 4 hours.
            let minute =
                if hours == "*" || !draft.minutes.is_empty() { minute } else { "*".to_owned() };
            format!("{} {minute} {hours} {day} {month} {weekday}", step(count))
        }
        Unit::Minute => match draft.minutes.first() {
            // `every 30 minutes, starting at 5 minutes past the hour`.
            Some(first) if count > 1 => {
                let bits =
                    (*first..60).step_by(count as usize).fold(0, |bits, at| bits | 1_u64 << at);
                format!("{} {hours} {day} {month} {weekday}", list(bits, 0, 59))
            }
            _ => format!("{} {hours} {day} {month} {weekday}", step(count)),
        },
        _ => {
            let minute = if draft.minutes.is_empty() { "0".to_owned() } else { minutes(draft) };
            let hour = if draft.no_hours == 0 { step(count) } else { hours };
            format!("{minute} {hour} {day} {month} {weekday}")
        }
    };
    Some(Rule::Calendar(pattern))
}

/// A window that begins or ends within an hour (`from 9:30 to 16:00`), which cron cannot say: the
/// times of a day, of which a run is picked.
fn exact_window(draft: &Draft, window: Window, count: u32) -> Option<String> {
    let minute_of = |time: Time| time.hour() as i32 * 60 + i32::from(time.minute());
    let from = minute_of(window.from);
    // `until 17:45` names the last run, `until 17:00` the end of the last hour.
    let to = minute_of(window.to) + i32::from(!matches!(window.to.minute(), 0 | 59));
    let whole = window.from.minute() == 0 && matches!(window.to.minute(), 0 | 59);
    if whole || from >= to || from / 60 == to / 60 || !draft.nth.is_empty() {
        return None;
    }
    let count = count as i32;
    let hours: Vec<i32> = (from / 60..=(to - 1) / 60).collect();
    let minutes: Vec<i32> = (0..60).step_by(count as usize).collect();
    let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
    let picked: Vec<i32> =
        times.zip(1..).filter(|(time, _)| (from..to).contains(time)).map(|(_, at)| at).collect();
    if picked.is_empty() || picked.len() > 100 {
        return None;
    }
    let grid = Grid { hours, minutes, seconds: vec![0], positions: picked };
    rrule(draft, 1, Unit::Day, &grid)
}

/// Minute and hour of a beat within a window.
fn window_fields(draft: &mut Draft, window: Window, count: u32, unit: Unit) -> (String, String) {
    let (from, to) = (window.from, window.to);
    let (first, mut last) = (from.hour() as u32, to.hour() as u32);
    let step = if count == 1 { "*".to_owned() } else { format!("*/{count}") };
    if unit == Unit::Hour {
        let length = (last + 24 - first) % 24;
        let hours = (0..=length)
            .step_by(count as usize)
            .fold(0, |bits, ahead| bits | 1_u64 << ((first + ahead) % 24));
        let minute = draft.minutes.first().copied().unwrap_or(from.minute() as u32);
        return (minute.to_string(), list(hours, 0, 23));
    }
    // Within one hour: `between 11:00 and 11:10`.
    if first == last && from < to {
        let count = if unit == Unit::Minute { count } else { 1 };
        let minutes = (from.minute() as u32..=to.minute() as u32).step_by(count as usize);
        return (list(minutes.fold(0, |bits, at| bits | 1 << at), 0, 59), first.to_string());
    }
    let minute = if unit == Unit::Minute { step } else { "*".to_owned() };
    if to.minute() == 0 && last != first {
        last = (last + 23) % 24;
        draft.assumed.push(Note::LastHour(last));
    } else if !matches!(to.minute(), 59) || from.minute() != 0 {
        draft.assumed.push(Note::WholeHours { first, last });
    }
    let length = (last + 24 - first) % 24;
    let hours = (0..=length).fold(0, |bits, ahead| bits | 1_u64 << ((first + ahead) % 24));
    (minute, list(hours, 0, 23))
}
