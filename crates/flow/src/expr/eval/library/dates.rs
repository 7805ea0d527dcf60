//! Dates: distance, arithmetic, reading and writing.

use codex32_model::{Timestamp, Value, codes};
use jiff::civil;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::super::super::names::Function;
use super::super::call::Args;
use super::super::{Done, Eval, date, issue};

const DAY_MS: f64 = 86_400_000.0;

impl Eval<'_> {
    /// The recorded time of the scope.
    pub(in super::super) fn now(&mut self, name: &str) -> Done<Timestamp> {
        match self.scope.root("now") {
            Some(now) => date::of("now", &now),
            None => {
                let message = format!("`{name}` needs the time, and there is no `now` here");
                Err(issue(codes::expr::UNKNOWN_NAME, message))
            }
        }
    }

    pub(super) fn dates(&mut self, function: Function, args: &Args) -> Done<Value> {
        let name = function.name();
        self.budget.allocate(256)?;
        match function {
            Function::DaysSince => Ok(self.days(name, args, 1.0)?),
            Function::DaysUntil => Ok(self.days(name, args, -1.0)?),
            Function::AddDays => {
                let count = args.number(name, 1)?;
                if let Some(day) = day_only(args.get(0))
                    && count.fract() == 0.0
                {
                    let moved =
                        Span::new().try_days(count as i64).and_then(|span| day.checked_add(span));
                    return moved
                        .map(|day| Value::from(day.to_string()))
                        .map_err(|_| too_far(name));
                }
                plus(name, args.date(name, 0)?, count * DAY_MS)
            }
            Function::AddHours => {
                plus(name, args.date(name, 0)?, args.number(name, 1)? * 3_600_000.0)
            }
            Function::AddMinutes => {
                plus(name, args.date(name, 0)?, args.number(name, 1)? * 60_000.0)
            }
            Function::AddMonths => {
                let count = args.int(name, 1)?.unwrap_or(0);
                let span = Span::new().try_months(count).map_err(|_| too_far(name))?;
                if let Some(day) = day_only(args.get(0)) {
                    let moved = day.checked_add(span).map_err(|_| too_far(name))?;
                    return Ok(Value::from(moved.to_string()));
                }
                let moved =
                    date::utc(args.date(name, 0)?).checked_add(span).map_err(|_| too_far(name))?;
                date::in_zone(moved, &TimeZone::UTC).map(date::iso).ok_or_else(|| too_far(name))
            }
            Function::FormatDate => format(args),
            _ => parse(args),
        }
    }

    /// Whole days between a date and now. A date without time counts calendar days (UTC).
    fn days(&mut self, name: &str, args: &Args, sign: f64) -> Done<Value> {
        let now = self.now(name)?;
        if let Some(day) = day_only(args.get(0)) {
            let today = date::utc(now).date();
            let days = today.duration_since(day).as_hours() / 24;
            return Ok(Value::number(sign * days as f64));
        }
        let then = args.date(name, 0)?;
        let days = (date::millis(now) - date::millis(then)) / DAY_MS;
        // `+ 0.0`: there is no negative zero in a canonical number.
        Ok(Value::number((sign * days).trunc() + 0.0))
    }
}

/// `2027-03-01` and nothing more.
fn day_only(value: &Value) -> Option<civil::Date> {
    let text = value.as_str()?.trim();
    if text.len() == 10 && date::quick(text).is_some() { text.parse().ok() } else { None }
}

fn too_far(name: &str) -> Box<super::super::Issue> {
    issue(codes::expr::BAD_ARGUMENT, format!("`{name}` leaves the calendar (years -9999 to 9999)"))
}

fn plus(name: &str, at: Timestamp, millis: f64) -> Done<Value> {
    if millis.abs() > 1e15 {
        return Err(too_far(name));
    }
    let moved = at.to_jiff().checked_add(SignedDuration::from_millis(millis as i64));
    moved.map(|at| date::iso(Timestamp::from_jiff(at))).map_err(|_| too_far(name))
}

fn zone_of(name: &str, args: &Args) -> Done<TimeZone> {
    if args.get(2).is_null() { Ok(TimeZone::UTC) } else { date::zone(name, args.str(name, 2)?) }
}

fn format(args: &Args) -> Done<Value> {
    let name = "formatDate";
    let pattern = if args.get(1).is_null() { "YYYY-MM-DD" } else { args.str(name, 1)? };
    let at = args.date(name, 0)?.to_jiff().to_zoned(zone_of(name, args)?);
    let text = strtime::format(pattern_of(name, pattern)?, &at);
    text.map(Value::from).map_err(|_| bad_pattern(name, pattern))
}

fn parse(args: &Args) -> Done<Value> {
    let name = "parseDate";
    let text = args.str(name, 0)?.trim();
    let not_a_date = || date::not_a_date(name, args.get(0));
    if args.get(1).is_null() {
        let mail =
            || jiff::fmt::rfc2822::parse(text).ok().map(|at| Timestamp::from_jiff(at.timestamp()));
        let at = match (date::quick(text), text.parse::<civil::DateTime>()) {
            // A civil time is read in the zone that was given.
            (Some(_), Ok(civil)) if text.parse::<Timestamp>().is_err() => {
                date::in_zone(civil, &zone_of(name, args)?)
            }
            (found, _) => found.or_else(mail),
        };
        return at.map(date::iso).ok_or_else(not_a_date);
    }
    let pattern = args.str(name, 1)?;
    let fail = || {
        let short: String = text.chars().take(40).collect();
        issue(codes::expr::DATE, format!("`parseDate` cannot read \"{short}\" as {pattern}"))
    };
    let broken = strtime::parse(pattern_of(name, pattern)?, text).map_err(|_| fail())?;
    if broken.offset().is_some() {
        let at = broken.to_timestamp().map_err(|_| fail())?;
        return Ok(date::iso(Timestamp::from_jiff(at)));
    }
    let day = broken.to_date().map_err(|_| fail())?;
    let time = broken.to_time().unwrap_or(civil::Time::midnight());
    date::in_zone(day.to_datetime(time), &zone_of(name, args)?).map(date::iso).ok_or_else(fail)
}

fn bad_pattern(name: &str, pattern: &str) -> Box<super::super::Issue> {
    let short: String = pattern.chars().take(40).collect();
    let message = format!(
        "`{name}` does not understand the format \"{short}\"; write one such as YYYY-MM-DD HH:mm"
    );
    issue(codes::expr::BAD_ARGUMENT, message)
}

/// `YYYY-MM-DD HH:mm` (or `yyyy-MM-dd`) as a strftime pattern; what has a `%` already is one.
fn pattern_of(name: &str, pattern: &str) -> Done<String> {
    if pattern.len() > 200 {
        return Err(bad_pattern(name, pattern));
    }
    if pattern.contains('%') {
        return Ok(pattern.to_owned());
    }
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' || c == '[' {
            let close = if c == '[' { ']' } else { '\'' };
            out.extend(chars.by_ref().take_while(|c| *c != close));
            continue;
        }
        let mut count = 1;
        while chars.peek() == Some(&c) {
            chars.next();
            count += 1;
        }
        let directive = match (c, count) {
            ('Y' | 'y' | 'u', 4 | 1) => "%Y",
            ('Y' | 'y', 2) => "%y",
            ('M', 4) => "%B",
            ('M', 3) => "%b",
            ('M', 2) => "%m",
            ('M', 1) => "%-m",
            ('D' | 'd', 2) => "%d",
            ('D' | 'd', 1) => "%-d",
            ('d' | 'E', 4) => "%A",
            ('d', 3) | ('E', 1..=3) => "%a",
            ('H', 2) => "%H",
            ('H', 1) => "%-H",
            ('h', 2) => "%I",
            ('h', 1) => "%-I",
            ('m', 2) => "%M",
            ('m', 1) => "%-M",
            ('s', 2) => "%S",
            ('s', 1) => "%-S",
            ('S', 3) => "%3f",
            ('A' | 'a', 1) => "%p",
            ('Z' | 'X' | 'x', 1..=3) => "%:z",
            ('z', 1..=3) => "%Z",
            ('W' | 'w', 2) => "%V",
            _ => "",
        };
        if directive.is_empty() {
            out.extend(std::iter::repeat_n(c, count));
        } else {
            out.push_str(directive);
        }
    }
    Ok(out)
}
