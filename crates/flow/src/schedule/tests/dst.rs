//! What the clocks' changes do to schedules, zone by zone.

use super::{calendar, fires};

/// Pattern, zone, from when, and the next fires.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    // Berlin goes from 02:00 to 03:00 on 2026-03-29: a fixed time fires at the next existing minute.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T00:00:00Z",
        &["03-28 02:30 +01:00", "03-29 03:00 +02:00", "03-30 02:30 +02:00"],
    ),
    // Several skipped times are one fire, and it may be the pattern's own too.
    (
        "0,15,30 2,3 * * *",
        "Europe/Berlin",
        "2026-03-29T00:00:00Z",
        &["03-29 03:00 +02:00", "03-29 03:15 +02:00", "03-29 03:30 +02:00", "03-30 02:00 +02:00"],
    ),
    // Open patterns drop what is skipped.
    (
        "30 * * * *",
        "Europe/Berlin",
        "2026-03-29T00:00:00Z",
        &["03-29 01:30 +01:00", "03-29 03:30 +02:00", "03-29 04:30 +02:00"],
    ),
    (
        "*/30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T02:00:00Z",
        &["03-30 02:00 +02:00", "03-30 02:30 +02:00"],
    ),
    (
        "0 */2 * * *",
        "Europe/Berlin",
        "2026-03-28T23:00:00Z",
        &["03-29 00:00 +01:00", "03-29 04:00 +02:00", "03-29 06:00 +02:00"],
    ),
    // Berlin goes back from 03:00 to 02:00 on 2026-10-25: a fixed time fires in the first pass.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["10-25 02:30 +02:00", "10-26 02:30 +01:00"],
    ),
    // Asked between the passes it does not fire again.
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", &["10-26 02:30 +01:00"]),
    (
        "15,45 2,3 * * *",
        "Europe/Berlin",
        "2026-10-25T00:20:00Z",
        &["10-25 02:45 +02:00", "10-25 03:15 +01:00", "10-25 03:45 +01:00"],
    ),
    // Ranges and lists of hours are fixed times.
    (
        "0 1-4 * * *",
        "Europe/Berlin",
        "2026-10-24T22:00:00Z",
        &["10-25 01:00 +02:00", "10-25 02:00 +02:00", "10-25 03:00 +01:00", "10-25 04:00 +01:00"],
    ),
    // Open patterns go on through both passes.
    (
        "0 * * * *",
        "Europe/Berlin",
        "2026-10-24T23:00:00Z",
        &["10-25 01:00 +02:00", "10-25 02:00 +02:00", "10-25 02:00 +01:00", "10-25 03:00 +01:00"],
    ),
    (
        "*/30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T22:00:00Z",
        &[
            "10-25 02:00 +02:00",
            "10-25 02:30 +02:00",
            "10-25 02:00 +01:00",
            "10-25 02:30 +01:00",
            "10-26 02:00 +01:00",
        ],
    ),
    (
        "0 */2 * * *",
        "Europe/Berlin",
        "2026-10-24T22:00:00Z",
        &["10-25 00:00 +02:00", "10-25 02:00 +02:00", "10-25 02:00 +01:00", "10-25 04:00 +01:00"],
    ),
    // Midnight is far from the change.
    (
        "0 0 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["10-25 00:00 +02:00", "10-26 00:00 +01:00"],
    ),
    // New York: 2026-03-08 and 2026-11-01, both at 02:00.
    (
        "30 2 * * *",
        "America/New_York",
        "2026-03-07T12:00:00Z",
        &["03-08 03:00 -04:00", "03-09 02:30 -04:00"],
    ),
    (
        "30 1 * * *",
        "America/New_York",
        "2026-10-31T12:00:00Z",
        &["11-01 01:30 -04:00", "11-02 01:30 -05:00"],
    ),
    (
        "*/20 1 * * *",
        "America/New_York",
        "2026-11-01T05:30:00Z",
        &[
            "11-01 01:40 -04:00",
            "11-01 01:00 -05:00",
            "11-01 01:20 -05:00",
            "11-01 01:40 -05:00",
            "11-02 01:00 -05:00",
        ],
    ),
    // Lord Howe changes by half an hour: 02:00 to 02:30 on 2026-10-04, 02:00 to 01:30 on 2026-04-05.
    (
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00:00Z",
        &["10-04 02:30 +11:00", "10-05 02:15 +11:00"],
    ),
    ("45 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", &["10-04 02:45 +11:00"]),
    (
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-04T00:00:00Z",
        &["04-05 01:45 +11:00", "04-06 01:45 +10:30"],
    ),
    (
        "*/15 * * * *",
        "Australia/Lord_Howe",
        "2026-04-04T14:30:00Z",
        &[
            "04-05 01:30 +11:00",
            "04-05 01:45 +11:00",
            "04-05 01:30 +10:30",
            "04-05 01:45 +10:30",
            "04-05 02:00 +10:30",
        ],
    ),
    (
        "*/15 * * * *",
        "Australia/Lord_Howe",
        "2026-10-03T15:15:00Z",
        &["10-04 01:45 +10:30", "10-04 02:30 +11:00", "10-04 02:45 +11:00"],
    ),
    // Tokyo has none.
    (
        "30 2 * * *",
        "Asia/Tokyo",
        "2026-03-28T12:00:00Z",
        &["03-29 02:30 +09:00", "03-30 02:30 +09:00"],
    ),
    // Apia skipped the whole of 2011-12-30.
    (
        "0 9 * * *",
        "Pacific/Apia",
        "2011-12-29T12:00:00Z",
        &["12-29 09:00 -10:00", "12-31 00:00 +14:00", "12-31 09:00 +14:00"],
    ),
    (
        "0 * * * *",
        "Pacific/Apia",
        "2011-12-30T09:00:00Z",
        &["12-29 23:00 -10:00", "12-31 00:00 +14:00"],
    ),
    // Santiago skips midnight itself.
    (
        "0 0 * * *",
        "America/Santiago",
        "2026-09-05T12:00:00Z",
        &["09-06 01:00 -03:00", "09-07 00:00 -03:00"],
    ),
    // Recurrence rules follow the same rules.
    (
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["03-29 03:00 +02:00", "03-30 02:30 +02:00"],
    ),
    (
        "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["10-25 02:30 +02:00", "10-26 02:30 +01:00"],
    ),
    (
        "FREQ=HOURLY;BYMINUTE=30",
        "Europe/Berlin",
        "2026-10-24T23:45:00Z",
        &["10-25 02:30 +02:00", "10-25 02:30 +01:00", "10-25 03:30 +01:00"],
    ),
];

#[test]
fn the_clocks_change() {
    for (pattern, zone, from, want) in CASES {
        let got = fires(&calendar(pattern, zone), from, want.len());
        assert_eq!(got, *want, "{pattern} in {zone} from {from}");
    }
}

/// Far apart and open: the search jumps over years of changes without losing the repeated hour.
#[test]
fn sparse_open_patterns_find_both_passes() {
    // 2026-10-25 is a Sunday and the next one that is both 25 October and a change is in 2037.
    let got = fires(&calendar("*/30 2 25 10 *", "Europe/Berlin"), "2025-10-26T00:00:00Z", 6);
    let want = [
        "10-25 02:00 +02:00",
        "10-25 02:30 +02:00",
        "10-25 02:00 +01:00",
        "10-25 02:30 +01:00",
        "10-25 02:00 +02:00",
        "10-25 02:30 +02:00",
    ];
    assert_eq!(got, want);
}
