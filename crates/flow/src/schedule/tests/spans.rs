//! `every`, `once`, and `start`, `end`, `count`, `except` around any rule.

use std::time::Duration;

use codex32_model::Timestamp;
use codex32_model::definition::Rule;

use super::super::parse;
use super::{calendar, dates, fires, trigger};

fn all(
    rule: Rule,
    change: impl Fn(&mut codex32_model::definition::ScheduleTrigger),
    from: &str,
) -> Vec<String> {
    let mut trigger = trigger(rule, "Europe/Berlin");
    change(&mut trigger);
    let schedule = parse(&trigger, "UTC").unwrap();
    let from: Timestamp = from.parse().unwrap();
    schedule.from(from).take(12).map(|at| at.to_string()).collect()
}

fn daily() -> Rule {
    Rule::Calendar("0 9 * * *".to_owned())
}

#[test]
fn every_counts_elapsed_time_from_the_epoch_or_its_start() {
    let every = |secs| Rule::Every(Duration::from_secs(secs));
    let got = all(every(2700), |_| {}, "2026-11-13T16:30:00Z");
    assert_eq!(got[..3], ["2026-11-13T16:30:00Z", "2026-11-13T17:15:00Z", "2026-11-13T18:00:00Z"]);
    let got =
        all(every(90), |t| t.start = Some("2026-11-13T16:30:10Z".into()), "2020-01-01T00:00:00Z");
    assert_eq!(got[..2], ["2026-11-13T16:30:10Z", "2026-11-13T16:31:40Z"]);
    // Through the night of the change nothing moves.
    let got = all(every(3600), |_| {}, "2026-10-25T00:00:00Z");
    assert_eq!(got[..3], ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]);
}

#[test]
fn start_and_end_are_inclusive() {
    let got = all(
        daily(),
        |t| {
            t.start = Some("2026-11-13T09:00".into());
            t.end = Some("2026-11-15".into());
        },
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(got, ["2026-11-13T08:00:00Z", "2026-11-14T08:00:00Z", "2026-11-15T08:00:00Z"]);
}

#[test]
fn count_is_counted_from_start() {
    let change = |t: &mut codex32_model::definition::ScheduleTrigger| {
        t.start = Some("2026-11-13".into());
        t.count = Some(3);
        t.except = vec!["2026-11-14".into()];
    };
    let got = all(daily(), change, "2026-01-01T00:00:00Z");
    assert_eq!(got, ["2026-11-13T08:00:00Z", "2026-11-15T08:00:00Z", "2026-11-16T08:00:00Z"]);
    assert_eq!(all(daily(), change, "2026-11-16T00:00:00Z"), ["2026-11-16T08:00:00Z"]);
    assert!(all(daily(), change, "2026-11-17T00:00:00Z").is_empty());
}

#[test]
fn count_without_start_is_counted_from_the_asked_moment() {
    let mut trigger = trigger(daily(), "UTC");
    trigger.count = Some(2);
    let schedule = parse(&trigger, "UTC").unwrap();
    assert_eq!(schedule.open_count(), Some(2));
    assert_eq!(dates(&schedule, "2026-11-13T00:00:00Z", 9), ["2026-11-13", "2026-11-14"]);
    let deployed = schedule.counted_from("2026-11-13T12:00:00Z".parse().unwrap());
    assert_eq!(deployed.open_count(), None);
    let second: Timestamp = "2026-11-15T09:00:00Z".parse().unwrap();
    let first = deployed.next_after("2026-11-13T12:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(deployed.next_after(first), Some(second));
    assert_eq!(deployed.next_after(second), None);
}

#[test]
fn count_in_a_rule_counts_exceptions_too() {
    let rule = Rule::Calendar("FREQ=DAILY;COUNT=3;BYHOUR=9".to_owned());
    let got = all(
        rule,
        |t| {
            t.start = Some("2026-11-13".into());
            t.except = vec!["2026-11-14".into()];
        },
        "2026-01-01T00:00:00Z",
    );
    assert_eq!(got, ["2026-11-13T08:00:00Z", "2026-11-15T08:00:00Z"]);
}

#[test]
fn excepted_days_are_passed_over_whole() {
    let rule = Rule::Calendar("* * * * *".to_owned());
    let got = all(rule, |t| t.except = vec!["2026-11-14".into()], "2026-11-13T22:59:00Z");
    assert_eq!(got[..2], ["2026-11-13T22:59:00Z", "2026-11-14T23:00:00Z"]);
}

#[test]
fn once_is_a_civil_time_or_an_exact_one() {
    let once = |text: &str| Rule::Once(text.to_owned());
    let early = "2020-01-01T00:00:00Z";
    assert_eq!(all(once("2027-03-01T10:00"), |_| {}, early), ["2027-03-01T09:00:00Z"]);
    let exact = all(once("2027-03-01T10:00:00-05:00"), |t| t.timezone = None, early);
    assert_eq!(exact, ["2027-03-01T15:00:00Z"]);
    // A time that happens twice: the first.
    assert_eq!(all(once("2026-10-25T02:30"), |_| {}, early), ["2026-10-25T00:30:00Z"]);
    assert!(all(once("2027-03-01T10:00"), |_| {}, "2027-03-01T09:00:00.000001Z").is_empty());
}

#[test]
fn the_workspace_zone_counts_where_the_trigger_has_none() {
    let mut trigger = trigger(daily(), "UTC");
    trigger.timezone = None;
    let schedule = parse(&trigger, "asia/tokyo").unwrap();
    assert_eq!(schedule.zone(), "Asia/Tokyo");
    assert_eq!(fires(&schedule, "2026-11-13T00:00:00Z", 1), ["11-13 09:00 +09:00"]);
}

#[test]
fn sparse_rules_are_found_at_once() {
    // A leap day on a Monday comes every 28 years.
    let schedule = calendar("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "UTC");
    assert_eq!(dates(&schedule, "2026-01-01T00:00:00Z", 2), ["2044-02-29", "2072-02-29"]);
}
