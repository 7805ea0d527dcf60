//! The rule that days and times of day make: cron where cron can say it, else RFC 5545.

use super::*;

/// Times as hours × minutes × seconds.
pub(super) struct Grid {
    pub(super) hours: Vec<i32>,
    pub(super) minutes: Vec<i32>,
    pub(super) seconds: Vec<i32>,
    /// Which of all combinations are meant, counted from 1; empty for all.
    pub(super) positions: Vec<i32>,
}

pub(super) fn grid(times: &[Time]) -> Grid {
    let part = |pick: fn(&Time) -> i8| {
        let mut values: Vec<i32> = times.iter().map(|time| i32::from(pick(time))).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let (hours, minutes, seconds) =
        (part(|t| t.hour()), part(|t| t.minute()), part(|t| t.second()));
    let mut positions = Vec::new();
    if hours.len() * minutes.len() * seconds.len() != times.len() {
        let mut index = 0;
        for hour in &hours {
            for minute in &minutes {
                for second in &seconds {
                    index += 1;
                    let is = |time: &Time| {
                        (i32::from(time.hour()), i32::from(time.minute()), i32::from(time.second()))
                            == (*hour, *minute, *second)
                    };
                    if times.iter().any(is) {
                        positions.push(index);
                    }
                }
            }
        }
    }
    Grid { hours, minutes, seconds, positions }
}

/// Days, weeks, months, years.
pub(super) fn days(draft: &mut Draft) -> Option<Rule> {
    let (mut interval, mut unit) = draft.every.first().copied().unwrap_or((1, Unit::Day));
    if unit == Unit::Quarter {
        (interval, unit) = (interval * 3, Unit::Month);
    }
    // Fourteen days are two weeks when weekdays are named.
    if unit == Unit::Day && interval % 7 == 0 && draft.weekdays != 0 {
        (interval, unit) = (interval / 7, Unit::Week);
    }
    let no_days = draft.weekdays == 0
        && draft.nth.is_empty()
        && draft.month_days.is_empty()
        && draft.workdays.is_empty()
        && draft.year_days.is_empty()
        && draft.positions.is_empty();
    // A start says which day; without one the first of its period.
    match unit {
        Unit::Week if no_days => {
            draft.weekdays = 0b10;
            draft.assumed.push(Note::OnMonday);
        }
        Unit::Month if no_days => {
            draft.month_days.push(1);
            draft.assumed.push(Note::OnTheFirst);
        }
        Unit::Year if no_days && draft.weeks.is_empty() => {
            draft.month_days.push(1);
            if draft.months == 0 {
                draft.months = 0b10;
            }
            draft.assumed.push(Note::OnTheFirstDay);
        }
        _ => {}
    }
    let times = times(draft);
    let grid = grid(&times);
    let by_cron = match unit {
        // `every year on the first Friday` is one day of the year.
        Unit::Year if draft.months == 0 && !draft.nth.is_empty() => false,
        Unit::Month => interval == 1 || (12 % interval == 0 && draft.months == 0 && interval <= 12),
        _ => interval == 1,
    };
    if by_cron
        && grid.positions.is_empty()
        && let Some((day, mut month, weekday)) = cron_days(draft)
    {
        if unit == Unit::Month && interval > 1 {
            month = if interval == 12 { "1".to_owned() } else { format!("*/{interval}") };
        }
        let seconds = if grid.seconds == [0] {
            String::new()
        } else {
            format!("{} ", numbers(&grid.seconds))
        };
        let hours = list(grid.hours.iter().fold(0, |bits, hour| bits | 1 << hour), 0, 23);
        return Some(Rule::Calendar(format!(
            "{seconds}{} {hours} {day} {month} {weekday}",
            numbers(&grid.minutes)
        )));
    }
    rrule(draft, interval, unit, &grid).map(Rule::Calendar)
}

pub(super) fn rrule(draft: &Draft, interval: u32, unit: Unit, grid: &Grid) -> Option<String> {
    let monthly = !draft.nth.is_empty()
        || !draft.month_days.is_empty()
        || !draft.workdays.is_empty()
        || !draft.positions.is_empty();
    let by_week = !draft.weeks.is_empty();
    let freq = match unit {
        _ if by_week => "YEARLY",
        Unit::Year => "YEARLY",
        Unit::Month => "MONTHLY",
        Unit::Week if interval > 1 => "WEEKLY",
        _ if monthly && interval == 1 && grid.positions.is_empty() => "MONTHLY",
        Unit::Week if grid.positions.is_empty() => "WEEKLY",
        _ => "DAILY",
    };
    // Positions pick within one period: times within a day, days within a month, never both.
    let picks_times = !grid.positions.is_empty();
    if picks_times
        && (freq != "DAILY"
            || !draft.nth.is_empty()
            || !draft.positions.is_empty()
            || !draft.workdays.is_empty())
    {
        return None;
    }
    let mut out = format!("FREQ={freq}");
    let mut push = |name: &str, value: String| {
        if !value.is_empty() {
            out.push_str(&format!(";{name}={value}"));
        }
    };
    if interval > 1 {
        push("INTERVAL", interval.to_string());
    }
    if draft.months != 0 && draft.months & ALL_MONTHS != ALL_MONTHS {
        let months: Vec<i32> = (1..=12).filter(|month| draft.months & (1 << month) != 0).collect();
        push("BYMONTH", numbers(&months));
    }
    push("BYWEEKNO", numbers(&draft.weeks));
    push("BYYEARDAY", numbers(&draft.year_days));
    push("BYMONTHDAY", numbers(&draft.month_days));
    // Monday first.
    let order = || (1..7).chain([0_usize]);
    let mut days: Vec<String> =
        draft.nth.iter().map(|(nth, day)| format!("{nth}{}", CODES[*day as usize])).collect();
    days.extend(
        order()
            .filter(|day| by_week && draft.weekdays == 0 || draft.weekdays & (1 << day) != 0)
            .filter(|_| by_week || draft.weekdays != EVERY_DAY)
            .map(|day| CODES[day].to_owned()),
    );
    let mut positions = draft.positions.clone();
    if !draft.workdays.is_empty() {
        days.extend(order().filter(|day| (1..6).contains(day)).map(|day| CODES[day].to_owned()));
        positions.extend(&draft.workdays);
    }
    push("BYDAY", days.join(","));
    push("BYHOUR", numbers(&grid.hours));
    push("BYMINUTE", numbers(&grid.minutes));
    if grid.seconds != [0] {
        push("BYSECOND", numbers(&grid.seconds));
    }
    positions.extend(&grid.positions);
    push("BYSETPOS", numbers(&positions));
    Some(out)
}
