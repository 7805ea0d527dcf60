codes! {
    MALFORMED = "E-BOT-001", "The text is not YAML or JSON",
        "The file could not be read as YAML 1.2 or JSON. The place shows where reading stopped; the cause is often one line above: an unclosed quote or bracket, or indentation with tabs.";
    ZONE = "E-BOT-081", "The time zone does not exist",
        "`timezone` takes an IANA name such as `Europe/Berlin`, `America/New_York` or `UTC`. Abbreviations (`PST`) and offsets (`+02:00`) are no zones: they do not know when the clocks change. Write the region and city whose clocks are meant.";
    CRON = "E-BOT-082", "The cron pattern cannot be read",
        "A pattern has 5 fields, minute hour day month weekday (`0 9 * * 1-5` is every weekday at 09:00), or 6 with seconds first. Each field takes `*`, numbers, names (`mon`, `jan`), lists `1,15`, ranges `1-5` and steps `*/10`; the day also `L` (last), `15W` (nearest workday), the weekday also `5L` (last Friday) and `5#2` (second Friday). `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` stand for patterns. Spans that do not divide the hour or the day, such as 45 minutes, are written `every: 45m`.";
    RRULE = "E-BOT-083", "The recurrence rule cannot be read",
        "A rule follows RFC 5545: `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0` is every other Tuesday at 14:00. FREQ is needed. Intervals are counted from `start`, without it from Monday 1970-01-05.";
    NEVER = "E-BOT-084", "The schedule never fires",
        "No time fits: the day does not exist in the month (`0 0 30 2 *`), the end comes before the first time, or `except` takes every date away.";
    SKIPPED = "E-BOT-085", "The time does not exist on that day",
        "When daylight saving begins, the clocks jump over an hour; the time lies in it. Take a time before or after, or write an RFC 3339 time with its offset. Repeating schedules need no care: a skipped time fires at the next existing minute.";
    EVERY = "E-BOT-086", "The interval is too short",
        "`every` takes a duration from 1s up, such as `30s`, `45m` or `1h30m`. For something that happens more often, let one run loop or wait.";
    MOMENT = "E-BOT-087", "The date or time cannot be read",
        "`start` and `end` take a date (`2027-03-01`), a time in the trigger's zone (`2027-03-01T10:00`) or an RFC 3339 time (`2027-03-01T10:00:00+01:00`). `once` needs a time, `except` takes dates only. A date as `end` includes that whole day.";
    SCHEDULE = "E-BOT-088", "Parts of the schedule do not fit together",
        "For instance a `once` with an offset beside a `timezone`, a `count` of 0, or too many dates in `except`. The message says which.";
}
