//! Schedules are the same when they fire at the same times.

use std::time::Duration;

use codex32_flow::schedule;
use codex32_model::Timestamp;
use codex32_model::definition::{Bot, Missed, Overlap, Rule, ScheduleTrigger, TriggerKind};

use super::Case;

/// How many fires are compared from each start.
const FIRES: usize = 20;

/// Where the comparison starts: an ordinary Monday, a Friday afternoon, the end of a February and of
/// a year, and the evenings before the clocks change in Europe and America.
const STARTS: &[&str] = &[
    "2027-01-11T08:07:00Z",
    "2027-06-04T15:30:00Z",
    "2028-02-27T10:00:00Z",
    "2027-12-30T23:00:00Z",
    "2027-03-27T20:00:00Z",
    "2027-10-30T20:00:00Z",
    "2027-03-13T20:00:00Z",
    "2027-11-06T20:00:00Z",
];

/// Whether the bot's schedules together fire when the case says.
pub fn agree(case: &Case, bot: &Bot, zone: &str) -> bool {
    let Some(wanted) = wanted(case, case.tz.as_deref().unwrap_or(zone)) else { return false };
    let given: Vec<&ScheduleTrigger> = bot
        .triggers
        .values()
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Schedule(schedule) => Some(schedule),
            _ => None,
        })
        .collect();
    if given.is_empty() {
        return false;
    }
    wanted.iter().any(|wanted| {
        STARTS
            .iter()
            .all(|start| start.parse().is_ok_and(|start| same(wanted, &given, start, zone)))
    })
}

fn same(
    wanted: &ScheduleTrigger,
    given: &[&ScheduleTrigger],
    start: Timestamp,
    zone: &str,
) -> bool {
    let Ok(parsed) = schedule::parse(wanted, zone) else { return false };
    let wanted: Vec<Timestamp> = parsed.from(start).take(FIRES).collect();
    let mut fires = Vec::new();
    for schedule in given {
        let Ok(parsed) = schedule::parse(schedule, zone) else { return false };
        fires.extend(parsed.from(start).take(FIRES));
    }
    fires.sort_unstable();
    fires.dedup();
    fires.truncate(FIRES);
    wanted == fires
}

/// What the case wants; two readings where either week may be the first.
fn wanted(case: &Case, zone: &str) -> Option<Vec<ScheduleTrigger>> {
    let plain = |rule: Rule| ScheduleTrigger {
        rule,
        timezone: Some(zone.to_owned()),
        start: case.start.clone(),
        end: case.end.clone(),
        count: None,
        except: Vec::new(),
        missed: Missed::default(),
        overlap: Overlap::default(),
    };
    if let Some(cron) = &case.cron {
        return Some(vec![plain(Rule::Calendar(cron.clone()))]);
    }
    if let Some(rrule) = &case.rrule {
        let rule = plain(Rule::Calendar(rrule.clone()));
        if !rrule.contains("INTERVAL=") || case.start.is_some() {
            return Some(vec![rule]);
        }
        let starts = ["1970-01-05", "1970-01-12"]
            .map(|start| ScheduleTrigger { start: Some(start.to_owned()), ..rule.clone() });
        return Some(std::iter::once(rule).chain(starts).collect());
    }
    if let Some(once) = &case.once {
        return Some(vec![plain(Rule::Once(once.clone()))]);
    }
    let seconds = case.every_seconds?;
    Some(vec![plain(Rule::Every(Duration::from_secs(seconds)))])
}
