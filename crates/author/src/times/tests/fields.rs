//! Texts that describe a pattern field by field, and phrases read as a whole.

use codex32_model::Timestamp;
use codex32_model::definition::Rule;
use jiff::tz::TimeZone;

use super::super::{NoTrigger, Problem, Whole, spelled, whole};
use super::schedules;

#[test]
fn a_text_that_lists_the_fields_of_a_pattern_is_that_pattern() {
    for (text, pattern) in [
        ("At 10 minutes past the hour, every 3 hours", "10 */3 * * *"),
        ("At 5, 25, and 45 minutes past the hour", "5,25,45 * * * *"),
        ("Minutes 10 through 20 past the hour, at 02:00 PM", "10-20 14 * * *"),
        ("At 7 and 9 through 11 minutes past the hour, at 03:00 AM", "7,9-11 3 * * *"),
        ("At 15 seconds past the minute, every 10 minutes", "15 */10 * * * *"),
        ("Seconds 0 through 9 past the minute", "0-9 * * * * *"),
        ("Every second, minutes 20 through 25 past the hour, at 06:00 AM", "* 20-25 6 * * *"),
        (
            "Every 7 minutes, at 01:00 AM through 02:59 AM and 05:00 AM through 06:59 AM",
            "*/7 1-2,5-6 * * *",
        ),
        (
            "At 45 minutes past the hour, every 5 hours, between 06:00 AM and 06:59 PM",
            "45 6-18/5 * * *",
        ),
        ("Every minute, every 6 hours, starting at 03:00 AM", "* 3-23/6 * * *"),
        ("On the hour, every 6 hours and at 09:00 AM", "0 */6,9 * * *"),
        ("At 06:20 AM and 07:20 AM, January through March", "20 6,7 * 1-3 *"),
        ("At 11:00 PM, every 4 days of the week", "0 23 * * */4"),
        ("At 11:00 PM, every 3 days, starting on day 4 of the month", "0 23 4-31/3 * *"),
        ("At 09:00 AM, on the weekday nearest day 10 of the month", "0 9 10W * *"),
        ("At 09:00 AM, on the first weekday of the month, every 2 months", "0 9 1W */2 *"),
        ("At 09:00 AM, 3 days before the last day of the month", "0 9 L-3 * *"),
        ("Every minute, between day 3 and 9 of the month", "* * 3-9 * *"),
        ("At 12:00 PM, on day 5, 9 through 12, and the last day of the month", "0 12 5,9-12,L * *"),
        ("At 12:05 AM, only on Friday through Monday", "5 0 * * 5-6,0-1"),
        ("At 08:00 AM, on the second Tuesday and last Friday of the month", "0 8 * * 2#2,5L"),
    ] {
        assert_eq!(schedules(text), [pattern], "{text}");
        assert!(
            codex32_flow::schedule::parse(&parse(text).unwrap().trigger, "UTC").is_ok(),
            "{text}"
        );
    }
}

/// What people say is not read as fields: an interval of days goes on over the end of the month.
#[test]
fn what_people_say_keeps_its_meaning() {
    assert_eq!(schedules("at 3pm every other day"), ["FREQ=DAILY;INTERVAL=2;BYHOUR=15;BYMINUTE=0"]);
    assert_eq!(schedules("every 45 seconds"), ["every 45s"]);
    assert_eq!(
        schedules("every year on the first Friday at 9"),
        ["FREQ=YEARLY;BYDAY=1FR;BYHOUR=9;BYMINUTE=0"]
    );
    assert_eq!(
        schedules("every year on the 100th day"),
        ["FREQ=YEARLY;BYYEARDAY=100;BYHOUR=0;BYMINUTE=0"]
    );
    assert_eq!(schedules("at 7:45 on Monday on the 2nd day instance"), ["45 7 * * 1#2"]);
}

fn parse(text: &str) -> Result<Whole, NoTrigger> {
    let now: Timestamp = "2027-01-01T12:00:00Z".parse().unwrap();
    whole(text, now, &TimeZone::UTC)
}

#[test]
fn a_phrase_is_one_trigger() {
    let season = parse("every Wednesday from November until June").unwrap().trigger;
    assert_eq!(spelled(&season.rule), ("schedule", "0 0 * * 3".to_owned()));
    assert_eq!(season.start.as_deref(), Some("2027-11-01"));
    assert_eq!(season.end.as_deref(), Some("2028-06-01"));
    let rule = |text: &str| parse(text).unwrap().trigger.rule;
    assert_eq!(rule("in 2 hours"), Rule::Once("2027-01-01T14:00:00Z".to_owned()));
    assert_eq!(rule("on 4 May 2027"), Rule::Once("2027-05-04T00:00".to_owned()));
    assert_eq!(parse("on 4 May 2027").unwrap().assumed.len(), 1);
    assert_eq!(spelled(&rule("every 90 seconds")), ("every", "1m30s".to_owned()));
}

#[test]
fn what_is_not_wholly_understood_is_no_trigger() {
    assert_eq!(parse("a nice day out of nowhere"), Err(NoTrigger::Nothing));
    assert_eq!(parse("within 5 minutes"), Err(NoTrigger::Nothing));
    assert_eq!(parse("every minute, only in 2013"), Err(NoTrigger::Unread("2013".to_owned())));
    assert_eq!(
        parse("every day at 25:00"),
        Err(NoTrigger::Problem(Problem::Clock("25:00".to_owned())))
    );
    assert!(matches!(parse("every Monday at 8 and Wednesday at 9"), Err(NoTrigger::Several(2))));
    for why in [NoTrigger::Nothing, NoTrigger::Several(2), NoTrigger::Unread("x".to_owned())] {
        assert!(!why.text().is_empty() && !why.text().ends_with('.'));
    }
}
