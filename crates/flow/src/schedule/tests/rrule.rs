//! The examples of RFC 5545 section 3.8.5.3, in its own zone, and what it leaves open.

use codex32_model::definition::Rule;

use super::super::parse;
use super::{calendar, dates, trigger};

/// Rule, DTSTART in America/New_York, the first occurrences as the RFC lists them.
const EXAMPLES: &[(&str, &str, &[&str])] = &[
    (
        "FREQ=DAILY;COUNT=10",
        "1997-09-02T09:00",
        &["09-02", "09-03", "09-04", "09-05", "09-06", "09-07", "09-08", "09-09", "09-10", "09-11"],
    ),
    ("FREQ=DAILY;INTERVAL=2", "1997-09-02T09:00", &["09-02", "09-04", "09-06", "09-08"]),
    (
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "1997-09-02T09:00",
        &["09-02", "09-12", "09-22", "10-02", "10-12"],
    ),
    (
        "FREQ=WEEKLY;COUNT=10",
        "1997-09-02T09:00",
        &["09-02", "09-09", "09-16", "09-23", "09-30", "10-07", "10-14", "10-21", "10-28", "11-04"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09-02T09:00",
        &["09-02", "09-16", "09-30", "10-14", "10-28"],
    ),
    (
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997-09-02T09:00",
        &["09-02", "09-04", "09-09", "09-11", "09-16", "09-18", "09-23", "09-25", "09-30", "10-02"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09-01T09:00",
        &[
            "09-01", "09-03", "09-05", "09-15", "09-17", "09-19", "09-29", "10-01", "10-03",
            "10-13", "10-15", "10-17", "10-27", "10-29", "10-31", "11-10", "11-12", "11-14",
            "11-24", "11-26", "11-28", "12-08", "12-10", "12-12", "12-22",
        ],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09-02T09:00",
        &["09-02", "09-04", "09-16", "09-18", "09-30", "10-02", "10-14", "10-16"],
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09-05T09:00",
        &["09-05", "10-03", "11-07", "12-05", "01-02", "02-06", "03-06", "04-03", "05-01", "06-05"],
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09-07T09:00",
        &["09-07", "09-28", "11-02", "11-30", "01-04", "01-25", "03-01", "03-29", "05-03", "05-31"],
    ),
    (
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09-22T09:00",
        &["09-22", "10-20", "11-17", "12-22", "01-19", "02-16"],
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28T09:00",
        &["09-28", "10-29", "11-28", "12-29", "01-29", "02-26"],
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09-02T09:00",
        &["09-02", "09-15", "10-02", "10-15", "11-02", "11-15", "12-02", "12-15", "01-02", "01-15"],
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09-30T09:00",
        &["09-30", "10-01", "10-31", "11-01", "11-30", "12-01", "12-31", "01-01", "01-31", "02-01"],
    ),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-10T09:00",
        &["09-10", "09-11", "09-12", "09-13", "09-14", "09-15", "03-10", "03-11", "03-12", "03-13"],
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09-02T09:00",
        &["09-02", "09-09", "09-16", "09-23", "09-30", "11-04", "11-11", "11-18", "11-25", "01-06"],
    ),
    (
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06-10T09:00",
        &["06-10", "07-10", "06-10", "07-10", "06-10", "07-10", "06-10", "07-10", "06-10", "07-10"],
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03-10T09:00",
        &["03-10", "01-10", "02-10", "03-10", "01-10", "02-10", "03-10", "01-10", "02-10", "03-10"],
    ),
    (
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01-01T09:00",
        &["01-01", "04-10", "07-19", "01-01", "04-09", "07-18", "01-01", "04-10", "07-19", "01-01"],
    ),
    ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", &["05-19", "05-18", "05-17"]),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", &["05-12", "05-11", "05-17"]),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03-13T09:00",
        &["03-13", "03-20", "03-27", "03-05", "03-12", "03-19", "03-26", "03-04"],
    ),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06-05T09:00",
        &["06-05", "06-12", "06-19", "06-26", "07-03"],
    ),
    (
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1997-09-02T09:00",
        &["02-13", "03-13", "11-13", "08-13", "10-13"],
    ),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09-13T09:00",
        &["09-13", "10-11", "11-08", "12-13", "01-10", "02-07", "03-07", "04-11", "05-09", "06-13"],
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11-05T09:00",
        &["11-05", "11-07", "11-02"],
    ),
    (
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09-04T09:00",
        &["09-04", "10-07", "11-06"],
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09-29T09:00",
        &["09-29", "10-30", "11-27", "12-30", "01-29", "02-26", "03-30"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997-08-05T09:00",
        &["08-05", "08-10", "08-19", "08-24"],
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997-08-05T09:00",
        &["08-05", "08-17", "08-19", "08-31"],
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01-15T09:00",
        &["01-15", "01-30", "02-15", "03-15", "03-30"],
    ),
];

#[test]
fn examples_of_the_rfc() {
    for (rule, start, want) in EXAMPLES {
        let mut trigger = trigger(Rule::Calendar((*rule).to_owned()), "America/New_York");
        trigger.start = Some((*start).to_owned());
        let schedule = parse(&trigger, "UTC").unwrap();
        let ends = rule.contains("COUNT") || rule.contains("UNTIL");
        let most = if ends { want.len() + 5 } else { want.len() };
        let got = dates(&schedule, "1990-01-01T00:00:00Z", most);
        let got: Vec<&str> = got.iter().map(|date| &date[5..]).collect();
        assert_eq!(got, *want, "{rule}");
    }
}

fn clock(rule: &str, start: &str, most: usize) -> Vec<String> {
    let mut trigger = trigger(Rule::Calendar(rule.to_owned()), "America/New_York");
    trigger.start = Some(start.to_owned());
    let schedule = parse(&trigger, "UTC").unwrap();
    let all = super::fires(&schedule, "1990-01-01T00:00:00Z", most);
    all.iter().map(|fire| fire[..11].to_owned()).collect()
}

#[test]
fn examples_within_a_day() {
    let start = "1997-09-02T09:00";
    assert_eq!(
        clock("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", start, 9),
        ["09-02 09:00", "09-02 12:00"]
    );
    assert_eq!(clock("FREQ=MINUTELY;INTERVAL=15;COUNT=6", start, 9).last().unwrap(), "09-02 10:15");
    assert_eq!(
        clock("FREQ=MINUTELY;INTERVAL=90;COUNT=4", start, 9),
        ["09-02 09:00", "09-02 10:30", "09-02 12:00", "09-02 13:30"]
    );
    let minutes = clock("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", start, 25);
    assert_eq!((minutes[23].as_str(), minutes[24].as_str()), ("09-02 16:40", "09-03 09:00"));
    assert_eq!(
        minutes,
        clock("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", start, 25)
    );
}

#[test]
fn without_start_intervals_count_from_monday_1970_01_05() {
    let fortnight = calendar("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "UTC");
    // 1970-01-06 and every 14 days from it.
    assert_eq!(dates(&fortnight, "1970-01-01T00:00:00Z", 2), ["1970-01-06", "1970-01-20"]);
    assert_eq!(dates(&fortnight, "2026-11-13T00:00:00Z", 2), ["2026-11-24", "2026-12-08"]);
    // What the rule leaves out comes from that Monday, 00:00.
    assert_eq!(dates(&calendar("FREQ=MONTHLY", "UTC"), "2026-11-13T00:00:00Z", 1), ["2026-12-05"]);
    assert_eq!(dates(&calendar("FREQ=WEEKLY", "UTC"), "2026-11-13T00:00:00Z", 1), ["2026-11-16"]);
}

#[test]
fn week_numbers_follow_the_week_start() {
    let last = calendar("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO", "UTC");
    assert_eq!(dates(&last, "2026-01-01T00:00:00Z", 2), ["2026-12-28", "2027-12-27"]);
    let first = calendar("FREQ=YEARLY;BYWEEKNO=1;BYDAY=TH", "UTC");
    assert_eq!(dates(&first, "2026-01-01T00:00:00Z", 2), ["2026-01-01", "2027-01-07"]);
}

#[test]
fn positions_pick_times_too() {
    let rule = "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=2,-1";
    assert_eq!(
        clock(rule, "1997-09-02T00:00", 4),
        ["09-02 09:30", "09-02 17:30", "09-03 09:30", "09-03 17:30"]
    );
}
