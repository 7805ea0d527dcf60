mod cron;
mod dst;
mod errors;
mod properties;
mod rrule;
mod spans;

use codex32_model::Timestamp;
use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};

use super::{Schedule, ScheduleError, parse};

fn trigger(rule: Rule, zone: &str) -> ScheduleTrigger {
    ScheduleTrigger {
        rule,
        timezone: Some(zone.to_owned()),
        start: None,
        end: None,
        count: None,
        except: Vec::new(),
        missed: Missed::default(),
        overlap: Overlap::default(),
    }
}

fn calendar(text: &str, zone: &str) -> Schedule {
    parse(&trigger(Rule::Calendar(text.to_owned()), zone), "UTC").unwrap()
}

fn error(text: &str) -> ScheduleError {
    parse(&trigger(Rule::Calendar(text.to_owned()), "UTC"), "UTC").unwrap_err()
}

/// Fires from a moment on (inclusive), as local times with their offset: `03-30 03:00 +02`.
fn fires(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let from: Timestamp = from.parse().unwrap();
    let tz = jiff::tz::TimeZone::get(schedule.zone()).unwrap();
    let show = |at: Timestamp| at.to_jiff().to_zoned(tz.clone());
    schedule
        .from(from)
        .take(count)
        .map(|at| show(at).strftime("%m-%d %H:%M %:z").to_string())
        .collect()
}

/// The same as dates with years.
fn dates(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let from: Timestamp = from.parse().unwrap();
    let tz = jiff::tz::TimeZone::get(schedule.zone()).unwrap();
    let show = |at: Timestamp| at.to_jiff().to_zoned(tz.clone());
    schedule.from(from).take(count).map(|at| show(at).strftime("%Y-%m-%d").to_string()).collect()
}
