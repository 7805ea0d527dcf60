use super::{calendar, dates, fires};

/// Pattern, from when, the next dates.
const DAYS: &[(&str, &str, &[&str])] = &[
    ("0 0 29 2 *", "2026-01-01T00:00:00Z", &["2028-02-29", "2032-02-29"]),
    ("0 0 29 2 *", "2096-03-01T00:00:00Z", &["2104-02-29"]),
    ("0 0 L * *", "2028-01-15T00:00:00Z", &["2028-01-31", "2028-02-29", "2028-03-31"]),
    ("0 0 L-2 * *", "2026-02-01T00:00:00Z", &["2026-02-26", "2026-03-29"]),
    ("0 0 15,L * *", "2026-02-01T00:00:00Z", &["2026-02-15", "2026-02-28", "2026-03-15"]),
    ("0 0 30-L * *", "2026-02-01T00:00:00Z", &["2026-03-30", "2026-03-31", "2026-04-30"]),
    // 2026-08-15 is a Saturday, 2026-11-15 a Sunday, 2026-08-01 a Saturday, 2026-05-31 a Sunday.
    ("0 0 15W 8,11 *", "2026-08-01T00:00:00Z", &["2026-08-14", "2026-11-16"]),
    ("0 0 1W 8 *", "2026-07-31T00:00:00Z", &["2026-08-03"]),
    ("0 0 31W 5 *", "2026-05-01T00:00:00Z", &["2026-05-29"]),
    ("0 0 31W * *", "2026-02-01T00:00:00Z", &["2026-03-31", "2026-05-29"]),
    ("0 0 LW * *", "2026-05-01T00:00:00Z", &["2026-05-29", "2026-06-30"]),
    ("0 0 * * 5L", "2026-11-01T00:00:00Z", &["2026-11-27", "2026-12-25"]),
    ("0 0 * * fri#2", "2026-11-01T00:00:00Z", &["2026-11-13", "2026-12-11"]),
    ("0 0 * * 1#5", "2026-11-01T00:00:00Z", &["2026-11-30", "2027-03-29"]),
    ("0 0 * * MON#L", "2026-11-01T00:00:00Z", &["2026-11-30", "2026-12-28"]),
    // Day and weekday both set: either. 2026-11-13 is a Friday.
    ("0 0 15 * 5", "2026-11-09T00:00:00Z", &["2026-11-13", "2026-11-15", "2026-11-20"]),
    ("0 0 ? * 0", "2026-11-09T00:00:00Z", &["2026-11-15"]),
    ("0 0 ? * 7", "2026-11-09T00:00:00Z", &["2026-11-15"]),
    (
        "0 0 * * 5-7",
        "2026-11-09T00:00:00Z",
        &["2026-11-13", "2026-11-14", "2026-11-15", "2026-11-20"],
    ),
    (
        "0 0 * * sat-mon",
        "2026-11-10T00:00:00Z",
        &["2026-11-14", "2026-11-15", "2026-11-16", "2026-11-21"],
    ),
    (
        "0 0 * * 3/1",
        "2026-11-09T00:00:00Z",
        &["2026-11-11", "2026-11-12", "2026-11-13", "2026-11-14", "2026-11-18"],
    ),
    ("0 0 1 jan,Jul *", "2026-11-09T00:00:00Z", &["2027-01-01", "2027-07-01"]),
    (
        "0 0 */10 * *",
        "2026-01-01T00:00:00Z",
        &["2026-01-01", "2026-01-11", "2026-01-21", "2026-01-31", "2026-02-01"],
    ),
    ("@weekly", "2026-11-09T00:00:00Z", &["2026-11-15", "2026-11-22"]),
    ("@monthly", "2026-11-09T00:00:00Z", &["2026-12-01", "2027-01-01"]),
    ("@yearly", "2026-11-09T00:00:00Z", &["2027-01-01", "2028-01-01"]),
    ("@daily", "2026-11-09T00:00:00Z", &["2026-11-09", "2026-11-10"]),
];

#[test]
fn days() {
    for (pattern, from, want) in DAYS {
        assert_eq!(dates(&calendar(pattern, "UTC"), from, want.len()), *want, "{pattern}");
    }
}

#[test]
fn times_of_day() {
    let from = "2026-11-13T16:30:00Z";
    let next = |pattern: &str| fires(&calendar(pattern, "UTC"), from, 3).join(" | ");
    assert_eq!(
        next("*/45 * * * *"),
        "11-13 16:45 +00:00 | 11-13 17:00 +00:00 | 11-13 17:45 +00:00"
    );
    assert_eq!(next("@hourly"), "11-13 17:00 +00:00 | 11-13 18:00 +00:00 | 11-13 19:00 +00:00");
    assert_eq!(
        next("30 16 * * 1-5"),
        "11-13 16:30 +00:00 | 11-16 16:30 +00:00 | 11-17 16:30 +00:00"
    );
    assert_eq!(
        next("0 22-1 * * *"),
        "11-13 22:00 +00:00 | 11-13 23:00 +00:00 | 11-14 00:00 +00:00"
    );
    assert_eq!(
        next("0 */4,6 * * *"),
        "11-13 20:00 +00:00 | 11-14 00:00 +00:00 | 11-14 04:00 +00:00"
    );
    assert_eq!(
        next("0 25 7-19/8 ? * *"),
        "11-14 07:25 +00:00 | 11-14 15:25 +00:00 | 11-15 07:25 +00:00"
    );
}

#[test]
fn seconds_come_first() {
    let schedule = calendar("*/20 30 16 * * *", "UTC");
    let from = "2026-11-13T16:30:10.5Z".parse().unwrap();
    let got: Vec<String> = schedule.from(from).take(3).map(|at| at.to_string()).collect();
    assert_eq!(got, ["2026-11-13T16:30:20Z", "2026-11-13T16:30:40Z", "2026-11-14T16:30:00Z"]);
}

#[test]
fn from_is_inclusive_and_next_after_is_not() {
    let schedule = calendar("0 9 * * *", "UTC");
    let nine = "2026-11-13T09:00:00Z".parse().unwrap();
    assert_eq!(schedule.from(nine).next(), Some(nine));
    assert_eq!(schedule.next_after(nine).unwrap().to_string(), "2026-11-14T09:00:00Z");
}

#[test]
fn descriptions() {
    let cases = [
        ("0 9 * * 1-5", "every weekday at 09:00, Europe/Berlin"),
        ("0 10,16 * * 1-5", "every weekday at 10:00 and 16:00, Europe/Berlin"),
        ("*/5 * * * *", "every 5 minutes, Europe/Berlin"),
        ("* * * * *", "every minute, Europe/Berlin"),
        ("0 * * * *", "every hour, Europe/Berlin"),
        ("15 */6 * * *", "every 6 hours at minute 15, Europe/Berlin"),
        ("*/5 9-16 * * 1-5", "every 5 minutes from 09:00 to 16:59, every weekday, Europe/Berlin"),
        ("0 12 1,15 * *", "on the 1st and 15th of the month at 12:00, Europe/Berlin"),
        ("0 0 L * *", "on the last day of the month at 00:00, Europe/Berlin"),
        ("0 16 * * 5L", "on the last Friday of the month at 16:00, Europe/Berlin"),
        ("0 8 * * mon#1", "on the first Monday of the month at 08:00, Europe/Berlin"),
        ("0 8 * 1-3 *", "every day in January to March at 08:00, Europe/Berlin"),
        ("*/30 * * * * *", "every 30 seconds, Europe/Berlin"),
        (
            "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=1,4",
            "every weekday at 09:00 and 17:30, Europe/Berlin",
        ),
        ("0 2 * * 0", "every Sunday at 02:00, Europe/Berlin"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0",
            "every 2 weeks on Tuesday at 14:00, Europe/Berlin",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=16;BYMINUTE=0",
            "every month on the last Friday at 16:00, Europe/Berlin",
        ),
    ];
    for (pattern, want) in cases {
        assert_eq!(calendar(pattern, "Europe/Berlin").describe(), want, "{pattern}");
    }
}

#[test]
fn schedules_in_german() {
    for (pattern, want) in [
        ("0 9 * * 1-5", "jeden Werktag um 09:00 Uhr (Europe/Berlin)"),
        ("30 6,18 * * *", "täglich um 06:30 und 18:30 Uhr (Europe/Berlin)"),
        ("*/5 * * * *", "alle 5 Minuten (Europe/Berlin)"),
        (
            "*/15 8-17 * * 1-5",
            "alle 15 Minuten von 08:00 bis 17:59 Uhr, jeden Werktag (Europe/Berlin)",
        ),
        ("0 * * * *", "jede Stunde (Europe/Berlin)"),
        ("0 18 24 12 *", "jedes Jahr am 24. Dezember um 18:00 Uhr (Europe/Berlin)"),
        ("0 7 L * *", "am letzten Tag jedes Monats um 07:00 Uhr (Europe/Berlin)"),
        ("0 9 * * 1#1", "am ersten Montag jedes Monats um 09:00 Uhr (Europe/Berlin)"),
        ("0 5 * 6-8 *", "täglich von Juni bis August um 05:00 Uhr (Europe/Berlin)"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;BYHOUR=15;BYMINUTE=0",
            "jeden Monat am vorletzten Werktag um 15:00 Uhr (Europe/Berlin)",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0",
            "alle 2 Wochen am Dienstag um 14:00 Uhr (Europe/Berlin)",
        ),
    ] {
        assert_eq!(calendar(pattern, "Europe/Berlin").describe_german(), want, "{pattern}");
    }
}
