use std::time::Duration;

use codex32_model::codes::bot;
use codex32_model::definition::{Rule, ScheduleTrigger};

use super::super::{ScheduleError, parse};
use super::{error, trigger};

fn fails(rule: Rule, zone: &str, change: impl Fn(&mut ScheduleTrigger)) -> ScheduleError {
    let mut trigger = trigger(rule, zone);
    change(&mut trigger);
    parse(&trigger, "UTC").unwrap_err()
}

fn cron(text: &str) -> Rule {
    Rule::Calendar(text.to_owned())
}

/// Text, code, a part of the message, a part of the suggestion.
#[test]
fn patterns() {
    let cases = [
        ("60 * * * *", bot::CRON, "60 is not a minute: from 0 to 59", ""),
        ("* 24 * * *", bot::CRON, "24 is not a hour", ""),
        ("* * 0 * *", bot::CRON, "0 is not a day", ""),
        ("* * * 13 *", bot::CRON, "13 is not a month", ""),
        ("* * * * 8", bot::CRON, "8 is not a weekday", ""),
        ("* * * foo *", bot::CRON, "`foo` is not a month", "jan"),
        ("*/90 * * * *", bot::CRON, "every 90 minutes", "every: 90m"),
        ("*/0 * * * *", bot::CRON, "the step", ""),
        ("0 9 * *", bot::CRON, "4 fields", "0 9 * * 1-5"),
        ("0 0 9 * * * 2027", bot::CRON, "7 fields", "year"),
        ("0 9 * * L", bot::CRON, "`L` alone", "5L"),
        ("0 9 * * 5#6", bot::CRON, "`5#6`", "5#2"),
        ("0 9 L-40 * *", bot::CRON, "`L-40`", "L-3"),
        ("0 9 ,1 * *", bot::CRON, "not a list", ""),
        ("", bot::CRON, "0 fields", ""),
        ("@every 5m", bot::CRON, "nickname", "every: 5m"),
        ("@reboot", bot::CRON, "nickname", "@daily"),
        ("0 0 30 2 *", bot::NEVER, "`0 0 30 2 *` never fires", ""),
        ("0 0 31 4,6,9,11 *", bot::NEVER, "never fires", ""),
        ("INTERVAL=2", bot::RRULE, "no FREQ", "WEEKLY"),
        ("FREQ=FORTNIGHTLY", bot::RRULE, "`FORTNIGHTLY` does not fit FREQ", "WEEKLY"),
        ("FREQ=DAILY;HOUR=3", bot::RRULE, "`HOUR`", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=24", bot::RRULE, "`24` does not fit BYHOUR", "from 0 to 23"),
        ("FREQ=DAILY;BYHOUR=1;BYHOUR=2", bot::RRULE, "twice", ""),
        ("FREQ=WEEKLY;BYDAY=2MO", bot::RRULE, "`2MO`", "FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=MONDAY", bot::RRULE, "`MONDAY`", "MO"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", bot::RRULE, "not both", ""),
        ("FREQ=DAILY;UNTIL=2027-01-01", bot::RRULE, "UNTIL", "20271224"),
        ("FREQ=DAILY;COUNT=0", bot::RRULE, "COUNT", "100000"),
        ("FREQ=DAILY;INTERVAL", bot::RRULE, "NAME=VALUE", ""),
        ("FREQ=MONTHLY;BYWEEKNO=3", bot::RRULE, "BYWEEKNO", ""),
        ("FREQ=MONTHLY;BYSETPOS=1", bot::RRULE, "BYSETPOS", ""),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", bot::NEVER, "never fires", ""),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", bot::NEVER, "never fires", ""),
        ("FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30", bot::NEVER, "never fires", ""),
        ("FREQ=SECONDLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30", bot::NEVER, "never fires", ""),
        ("FREQ=DAILY;UNTIL=19690101", bot::NEVER, "end", ""),
    ];
    for (text, code, message, suggestion) in cases {
        let error = error(text);
        assert_eq!(error.code, code, "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
        assert!(error.suggestion.unwrap_or_default().contains(suggestion), "{text}");
        assert_eq!(error.key, "schedule");
    }
}

#[test]
fn zones_suggest_the_nearest() {
    let nearest = |name: &str| fails(cron("@daily"), name, |_| {}).suggestion.unwrap();
    assert_eq!(nearest("Europe/Berln"), "did you mean `Europe/Berlin`?");
    assert_eq!(nearest("Berlin"), "did you mean `Europe/Berlin`?");
    assert_eq!(nearest("New York"), "did you mean `America/New_York`?");
    assert_eq!(nearest("Europa/London"), "did you mean `Europe/London`?");
    assert!(nearest("Middle-earth/Shire").contains("IANA"));
    assert!(nearest("").contains("IANA"));
    assert_eq!(fails(cron("@daily"), "Mars", |_| {}).code, bot::ZONE);
    assert_eq!(fails(cron("@daily"), &"x".repeat(100_000), |_| {}).code, bot::ZONE);
}

#[test]
fn spans_and_moments() {
    let once = |text: &str| Rule::Once(text.to_owned());
    let berlin = "Europe/Berlin";
    let skipped = fails(once("2026-03-29T02:30"), berlin, |_| {});
    assert_eq!((skipped.code, skipped.key), (bot::SKIPPED, "once"));
    assert_eq!(skipped.suggestion.unwrap(), "the next existing time is 2026-03-29T03:00");
    assert_eq!(
        fails(once("2027-03-01"), berlin, |_| {}).suggestion.unwrap(),
        "write `2027-03-01T09:00`"
    );
    assert_eq!(fails(once("tomorrow"), berlin, |_| {}).code, bot::MOMENT);
    assert_eq!(fails(once("2027-02-30T10:00"), berlin, |_| {}).code, bot::MOMENT);
    assert_eq!(fails(once("2027-03-01T10:00:00Z"), berlin, |_| {}).key, "timezone");
    let short = fails(Rule::Every(Duration::from_millis(250)), berlin, |_| {});
    assert_eq!(short.code, bot::EVERY);
    let every = fails(Rule::Every(Duration::ZERO), berlin, |_| {});
    assert_eq!(every.code, bot::EVERY);
    let backwards = fails(cron("@daily"), berlin, |t| {
        t.start = Some("2027-03-02".into());
        t.end = Some("2027-03-01".into());
    });
    assert_eq!((backwards.code, backwards.key), (bot::NEVER, "end"));
    let before_first = fails(cron("0 0 1 1 *"), berlin, |t| {
        t.start = Some("2027-03-02".into());
        t.end = Some("2027-05-01".into());
    });
    assert_eq!(before_first.code, bot::NEVER);
    assert_eq!(fails(cron("@daily"), berlin, |t| t.count = Some(0)).key, "count");
    assert_eq!(fails(cron("@daily"), berlin, |t| t.count = Some(1_000_000)).key, "count");
    assert_eq!(
        fails(cron("@daily"), berlin, |t| t.except = vec!["2027-01-01T10:00".into()]).key,
        "except"
    );
    assert_eq!(fails(cron("@daily"), berlin, |t| t.start = Some("soon".into())).key, "start");
    let taken = fails(once("2027-03-01T10:00"), berlin, |t| t.except = vec!["2027-03-01".into()]);
    assert!(taken.message.contains("except"), "{taken}");
}
