//! Reading `FREQ=…;…`, and filling in what the rule leaves to its anchor.

use super::super::calendar::{Civil, DAY, Date, Times, weekday};
use super::super::error::{ScheduleError, quoted};
use super::super::moment::Moment;
use super::{ALL_MONTHS, Bounds, Freq, Rrule};

const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const PARTS: [&str; 14] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// A rule as written, before it has an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Head {
    rule: Rrule,
    has_seconds: bool,
    has_minutes: bool,
    has_hours: bool,
    pub bounds: Bounds,
}

pub(in super::super) fn parse(text: &str) -> Result<Head, ScheduleError> {
    let text = text.trim();
    let body = match text.get(..6) {
        Some(head) if head.eq_ignore_ascii_case("RRULE:") => &text[6..],
        _ => text,
    };
    let mut parts: Vec<(String, &str)> = Vec::new();
    for part in body.trim_end_matches(';').split(';') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(ScheduleError::rrule(format!("{} is not NAME=VALUE", quoted(part)))
                .suggest("such as `FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0`"));
        };
        let name = name.trim().to_ascii_uppercase();
        if !PARTS.contains(&name.as_str()) {
            return Err(unknown(&name));
        }
        if parts.iter().any(|(seen, _)| *seen == name) {
            return Err(ScheduleError::rrule(format!("{name} stands twice")));
        }
        parts.push((name, value.trim()));
    }
    let get = |name: &str| parts.iter().find(|(part, _)| part == name).map(|(_, value)| *value);
    let freq = frequency(get("FREQ"))?;
    let mut rule = Rrule {
        freq,
        interval: i64::from(positive("INTERVAL", get("INTERVAL"))?.unwrap_or(1)),
        anchor: 0,
        times: Times { hours: 0, minutes: 0, seconds: 0 },
        months: bits("BYMONTH", get("BYMONTH"), 1, 12)? as u16,
        month_days: 0,
        month_days_back: 0,
        weekdays: 0,
        nth: Vec::new(),
        nth_of_year: freq == Freq::Yearly && get("BYMONTH").is_none(),
        year_days: signed("BYYEARDAY", get("BYYEARDAY"), 366)?,
        weeks: signed("BYWEEKNO", get("BYWEEKNO"), 53)?,
        set_pos: signed("BYSETPOS", get("BYSETPOS"), 366)?,
        week_start: match get("WKST") {
            None => 1,
            Some(day) => {
                weekday_of(day).ok_or_else(|| bad("WKST", day, "SU, MO, TU, WE, TH, FR or SA"))?
            }
        },
    };
    for day in signed("BYMONTHDAY", get("BYMONTHDAY"), 31)? {
        if day > 0 {
            rule.month_days |= 1 << day;
        } else {
            rule.month_days_back |= 1 << -day;
        }
    }
    if let Some(days) = get("BYDAY") {
        by_day(days, &mut rule)?;
    }
    rule.times.hours = bits("BYHOUR", get("BYHOUR"), 0, 23)? as u32;
    rule.times.minutes = bits("BYMINUTE", get("BYMINUTE"), 0, 59)?;
    rule.times.seconds = bits("BYSECOND", get("BYSECOND"), 0, 59)?;
    if !rule.weeks.is_empty() && freq != Freq::Yearly {
        return Err(ScheduleError::rrule("BYWEEKNO goes with FREQ=YEARLY only"));
    }
    if !rule.set_pos.is_empty()
        && !parts.iter().any(|(name, _)| name.starts_with("BY") && name != "BYSETPOS")
    {
        return Err(ScheduleError::rrule("BYSETPOS needs another BY part to pick from"));
    }
    let count = positive("COUNT", get("COUNT"))?;
    let until = get("UNTIL").map(until).transpose()?;
    if count.is_some() && until.is_some() {
        return Err(ScheduleError::rrule("a rule has COUNT or UNTIL, not both"));
    }
    Ok(Head {
        rule,
        has_seconds: get("BYSECOND").is_some(),
        has_minutes: get("BYMINUTE").is_some(),
        has_hours: get("BYHOUR").is_some(),
        bounds: Bounds { count, until },
    })
}

impl Head {
    /// What the rule leaves out comes from its first day and time.
    pub(in super::super) fn anchored(&self, anchor: Civil) -> Rrule {
        let mut rule = self.rule.clone();
        rule.anchor = anchor;
        let (day, second) = (anchor.div_euclid(DAY), anchor.rem_euclid(DAY));
        let date = Date::of_day(day);
        let no_days = rule.month_days | rule.month_days_back == 0
            && rule.weekdays == 0
            && rule.nth.is_empty()
            && rule.year_days.is_empty();
        if no_days {
            match rule.freq {
                Freq::Yearly if !rule.weeks.is_empty() => rule.weekdays = 1 << weekday(day),
                Freq::Yearly => {
                    if rule.months == 0 {
                        rule.months = 1 << date.month;
                    }
                    rule.month_days = 1 << date.day;
                }
                Freq::Monthly => rule.month_days = 1 << date.day,
                Freq::Weekly => rule.weekdays = 1 << weekday(day),
                _ => {}
            }
        }
        if rule.months == 0 {
            rule.months = ALL_MONTHS;
        }
        // A part that is shorter than the frequency and left out comes from the anchor; one that is
        // longer does not limit.
        if !self.has_hours {
            let all = rule.freq >= Freq::Hourly;
            rule.times.hours = if all { (1 << 24) - 1 } else { 1 << (second / 3600) };
        }
        if !self.has_minutes {
            let all = rule.freq >= Freq::Minutely;
            rule.times.minutes = if all { (1 << 60) - 1 } else { 1 << (second / 60 % 60) };
        }
        if !self.has_seconds {
            let all = rule.freq >= Freq::Secondly;
            rule.times.seconds = if all { (1 << 60) - 1 } else { 1 << (second % 60) };
        }
        rule
    }
}

fn unknown(name: &str) -> ScheduleError {
    let error =
        ScheduleError::rrule(format!("{} is not a part of a recurrence rule", quoted(name)));
    let close = PARTS.iter().find(|part| {
        part.strip_prefix("BY") == Some(name)
            || (name.len() >= 4 && (part.starts_with(name) || name.starts_with(*part)))
    });
    match close {
        Some(part) => error.suggest(format!("did you mean `{part}`?")),
        None => error.suggest(format!("known are {}", PARTS.join(", "))),
    }
}

fn bad(name: &str, value: &str, allowed: &str) -> ScheduleError {
    ScheduleError::rrule(format!("{} does not fit {name}", quoted(value))).suggest(allowed)
}

fn frequency(text: Option<&str>) -> Result<Freq, ScheduleError> {
    const ALLOWED: &str = "YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY";
    let text = text.ok_or_else(|| {
        ScheduleError::rrule("the rule has no FREQ").suggest(format!("FREQ={ALLOWED}"))
    })?;
    Ok(match text.to_ascii_uppercase().as_str() {
        "YEARLY" => Freq::Yearly,
        "MONTHLY" => Freq::Monthly,
        "WEEKLY" => Freq::Weekly,
        "DAILY" => Freq::Daily,
        "HOURLY" => Freq::Hourly,
        "MINUTELY" => Freq::Minutely,
        "SECONDLY" => Freq::Secondly,
        _ => return Err(bad("FREQ", text, ALLOWED)),
    })
}

fn positive(name: &str, text: Option<&str>) -> Result<Option<u32>, ScheduleError> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(number) if (1..=100_000).contains(&number) => Ok(Some(number)),
        _ => Err(bad(name, text, "a number from 1 to 100000")),
    }
}

fn items<'a>(name: &str, text: &'a str) -> Result<Vec<&'a str>, ScheduleError> {
    let items: Vec<&str> = text.split(',').take(401).map(str::trim).collect();
    if items.len() > 400 { Err(bad(name, text, "at most 400 numbers")) } else { Ok(items) }
}

fn bits(name: &str, text: Option<&str>, min: u32, max: u32) -> Result<u64, ScheduleError> {
    let Some(text) = text else { return Ok(0) };
    let mut bits = 0;
    for item in items(name, text)? {
        match item.parse::<u32>() {
            Ok(number) if (min..=max).contains(&number) => bits |= 1 << number,
            _ => return Err(bad(name, item, &format!("a number from {min} to {max}"))),
        }
    }
    Ok(bits)
}

fn signed(name: &str, text: Option<&str>, max: i64) -> Result<Vec<i64>, ScheduleError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let number = |item: &str| match item.parse::<i64>() {
        Ok(number) if number != 0 && number.abs() <= max => Ok(number),
        _ => Err(bad(name, item, &format!("a number from 1 to {max}, or from -{max} to -1"))),
    };
    items(name, text)?.into_iter().map(number).collect()
}

fn weekday_of(text: &str) -> Option<u32> {
    DAYS.iter().position(|day| day.eq_ignore_ascii_case(text)).map(|day| day as u32)
}

fn by_day(text: &str, rule: &mut Rrule) -> Result<(), ScheduleError> {
    for item in items("BYDAY", text)? {
        let split = item.len().saturating_sub(2);
        let wrong = || bad("BYDAY", item, "a day such as MO, or 2TU, or -1FR for the last Friday");
        let (nth, day) = item.split_at_checked(split).ok_or_else(wrong)?;
        let day = weekday_of(day).ok_or_else(wrong)?;
        if nth.is_empty() {
            rule.weekdays |= 1 << day;
            continue;
        }
        let nth: i64 =
            nth.parse().ok().filter(|n: &i64| *n != 0 && n.abs() <= 53).ok_or_else(wrong)?;
        if !matches!(rule.freq, Freq::Monthly | Freq::Yearly) || !rule.weeks.is_empty() {
            return Err(ScheduleError::rrule(format!(
                "{} with a number needs months or years",
                quoted(item)
            ))
            .suggest("use FREQ=MONTHLY or FREQ=YEARLY, without BYWEEKNO"));
        }
        rule.nth.push((day, nth));
    }
    Ok(())
}

/// `20271224`, `20271224T080000`, with `Z` in UTC.
fn until(text: &str) -> Result<Moment, ScheduleError> {
    let wrong = || bad("UNTIL", text, "such as 20271224 or 20271224T080000Z");
    let digits: Vec<i64> =
        text.bytes().filter(u8::is_ascii_digit).map(|b| i64::from(b - b'0')).collect();
    let shape: String = text
        .chars()
        .take(20)
        .map(|c| if c.is_ascii_digit() { '9' } else { c.to_ascii_uppercase() })
        .collect();
    if !matches!(shape.as_str(), "99999999" | "99999999T999999" | "99999999T999999Z") {
        return Err(wrong());
    }
    let number = |from: usize, to: usize| digits[from..to].iter().fold(0, |all, d| all * 10 + d);
    let mut written = format!("{:04}-{:02}-{:02}", number(0, 4), number(4, 6), number(6, 8));
    if digits.len() == 14 {
        written.push_str(&format!(
            "T{:02}:{:02}:{:02}",
            number(8, 10),
            number(10, 12),
            number(12, 14)
        ));
    }
    if shape.ends_with('Z') {
        written.push('Z');
    }
    Moment::parse(&written, "schedule").map_err(|_| wrong())
}
