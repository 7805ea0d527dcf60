//! Sentences of our own and the schedule that each asks for.

use codex32_flow::schedule;
use jiff::civil::date;

use super::super::{Meaning, Missing, find, find_on};
use super::{schedules, spell};
use crate::text::Lang;

const ENGLISH: &[(&str, &str)] = &[
    // Intervals.
    ("Every 10 minutes check https://status.example.com and log the result", "*/10 * * * *"),
    ("poll the queue every minute", "* * * * *"),
    ("every hour sync contacts to HubSpot", "0 * * * *"),
    ("Sync the catalogue hourly", "0 * * * *"),
    ("refresh the cache every 3 hours", "0 */3 * * *"),
    ("every six hours, pull the sensor data", "0 */6 * * *"),
    ("call the API every 45 minutes", "every 45m"),
    ("ping it every 90 seconds", "every 1m30s"),
    ("heartbeat every 15s", "every 15s"),
    ("each 20 seconds read the gauge", "every 20s"),
    ("run every half hour", "*/30 * * * *"),
    ("every 5 hours rotate the logs", "every 5h"),
    ("every 120 minutes", "0 */2 * * *"),
    ("every thirty minutes scan the folder", "*/30 * * * *"),
    ("every 1h30m export", "every 1h30m"),
    ("every hour and a half", "every 1h30m"),
    ("every 36 hours", "every 1d12h"),
    // Days and times.
    ("every day at 8am send me the news", "0 8 * * *"),
    ("daily at 6:45 pm post the numbers", "45 18 * * *"),
    ("Each day at noon, remind #lunch", "0 12 * * *"),
    ("every night at 11:30pm back up the database", "30 23 * * *"),
    ("at 5 in the afternoon every weekday, close the till", "0 17 * * 1-5"),
    ("every evening at 8 turn on the lights", "0 20 * * *"),
    ("every morning at half past six", "30 6 * * *"),
    ("every day at quarter to nine", "45 8 * * *"),
    ("every morning summarise my inbox", "0 9 * * *"),
    ("once a day fetch the exchange rates", "0 0 * * *"),
    ("three times a day at 8, 13 and 18 water the plants", "0 8,13,18 * * *"),
    ("twice daily at 9am and 5pm", "0 9,17 * * *"),
    ("every day at 9:00 and 17:30", "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=1,4"),
    ("at 7 o'clock every day", "0 7 * * *"),
    ("every day at 2 and 4 pm", "0 14,16 * * *"),
    ("every day at 9 a.m. post a joke", "0 9 * * *"),
    ("every day at 23:59:30", "30 59 23 * * *"),
    ("every weekday at nine", "0 9 * * 1-5"),
    // Weekdays.
    ("Every Monday at 09:00 create a Jira ticket", "0 9 * * 1"),
    ("on tuesdays and thursdays at 3pm", "0 15 * * 2,4"),
    ("mon-fri at 18:00 send the timesheet", "0 18 * * 1-5"),
    ("Monday through Thursday at 7am", "0 7 * * 1-4"),
    ("every Mon, Wed & Fri at 6:30am", "30 6 * * 1,3,5"),
    ("at 10am on weekends", "0 10 * * 0,6"),
    ("Saturdays at 22:15", "15 22 * * 6"),
    ("every business day at 4pm", "0 16 * * 1-5"),
    ("weekly on Friday at 17:00", "0 17 * * 5"),
    ("every Friday afternoon at 3", "0 15 * * 5"),
    ("once a week on sunday at 4am", "0 4 * * 0"),
    ("every Sunday evening", "0 18 * * 0"),
    ("except on weekends, every day at 9", "0 9 * * 1-5"),
    ("not on Sundays, every day at 9", "0 9 * * 1-6"),
    ("never on weekends: daily at 7:30", "30 7 * * 1-5"),
    ("every day except Sunday at 9", "0 9 * * 1-6"),
    ("daily at 7 but not on mondays", "0 7 * * 0,2-6"),
    // Windows.
    ("every 15 minutes between 8am and 6pm on weekdays", "*/15 8-17 * * 1-5"),
    ("every 5 minutes between 9 and 17 on weekdays", "*/5 9-16 * * 1-5"),
    ("every hour from 9 to 17", "0 9-17 * * *"),
    ("hourly from 9am to 5pm monday to friday", "0 9-17 * * 1-5"),
    ("every 2 hours between 8:00 and 20:00", "0 8,10,12,14,16,18,20 * * *"),
    ("every 10 minutes during business hours", "*/10 9-16 * * 1-5"),
    ("every 30 minutes from 22:00 to 02:00", "*/30 0,1,22,23 * * *"),
    ("every hour on the half hour", "30 * * * *"),
    ("every hour at minute 20", "20 * * * *"),
    ("every hour at :45", "45 * * * *"),
    ("every hour at 10 minutes past the hour", "10 * * * *"),
    ("every minute between 11:00 AM and 11:10 AM", "0-10 11 * * *"),
    // Months and years.
    ("on the 1st of every month at 6am issue invoices", "0 6 1 * *"),
    ("on the 5th and 20th at 14:00", "0 14 5,20 * *"),
    ("monthly on the 15th at 10:30", "30 10 15 * *"),
    ("on day 3 of each month at 08:00", "0 8 3 * *"),
    ("on the last day of the month at 23:00", "0 23 L * *"),
    ("at the end of every month", "0 0 L * *"),
    ("on the first monday of the month at 9am", "0 9 * * 1#1"),
    ("every third wednesday of the month at noon", "0 12 * * 3#3"),
    ("the last friday of each month at 4 pm", "0 16 * * 5L"),
    ("the second and fourth tuesday of every month at 19:00", "0 19 * * 2#2,2#4"),
    ("on the last business day of the month at 5pm", "0 17 LW * *"),
    ("on the first working day of each month at 8", "0 8 1W * *"),
    ("2nd to last thursday of every month", "FREQ=MONTHLY;BYDAY=-2TH;BYHOUR=0;BYMINUTE=0"),
    ("every quarter", "0 0 1 */3 *"),
    ("quarterly on the 1st at 9am", "0 9 1 */3 *"),
    ("every 2 months on the 10th", "0 0 10 */2 *"),
    ("every year on december 24th at 18:00", "0 18 24 12 *"),
    ("every july 4th at noon", "0 12 4 7 *"),
    ("yearly on 1 January at 00:05", "5 0 1 1 *"),
    ("every day in december at 7am", "0 7 * 12 *"),
    ("every monday in june and july at 10", "0 10 * 6,7 1"),
    ("every Friday the 13th at 13:13", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=13;BYMINUTE=13"),
    // Other steps.
    ("every other day at 7am", "FREQ=DAILY;INTERVAL=2;BYHOUR=7;BYMINUTE=0"),
    ("every 3 days at noon", "FREQ=DAILY;INTERVAL=3;BYHOUR=12;BYMINUTE=0"),
    ("every other tuesday at 14:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0"),
    ("every two weeks on monday at 8am", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=8;BYMINUTE=0"),
    ("biweekly on thursday at 16:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;BYHOUR=16;BYMINUTE=0"),
    ("bi-weekly on fridays", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=0;BYMINUTE=0"),
    ("every fortnight on Wednesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;BYHOUR=0;BYMINUTE=0"),
    ("every second friday at 12:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=12;BYMINUTE=0"),
    // Zones.
    ("every weekday at 9 Berlin time, fetch the orders", "0 9 * * 1-5 Europe/Berlin"),
    ("at 8am New York time every day post the weather for Paris", "0 8 * * * America/New_York"),
    ("each sunday 23:00 los angeles time delete old rows", "0 23 * * 0 America/Los_Angeles"),
    ("every day at 10:00 UTC", "0 10 * * * UTC"),
    ("every weekday at 09:30 EST open the market report", "30 9 * * 1-5 America/New_York"),
    ("daily at 6pm (CET)", "0 18 * * * Europe/Berlin"),
    ("every monday at 7:00 Europe/Vienna", "0 7 * * 1 Europe/Vienna"),
    ("every day at 9am Pacific time", "0 9 * * * America/Los_Angeles"),
    ("every friday at 4pm london, ask who joins", "0 16 * * 5 Europe/London"),
    ("weekdays at 7:15 in Sydney, send the surf report", "15 7 * * 1-5 Australia/Sydney"),
    ("every day at noon, Singapore, post the rates", "0 12 * * * Asia/Singapore"),
    ("every day at 9 India time", "0 9 * * * Asia/Kolkata"),
    ("every day at 5pm UTC+2", "0 17 * * * Etc/GMT-2"),
    ("every morning at 6 São Paulo time", "0 6 * * * America/Sao_Paulo"),
    ("every day at 9am local time", "0 9 * * *"),
    ("every 2 hours, Tokyo time", "0 */2 * * * Asia/Tokyo"),
    // Apart in the sentence.
    ("Every weekday email me the open invoices at 7:30", "30 7 * * 1-5"),
    ("At 9am send the report to finance@example.com on weekdays", "0 9 * * 1-5"),
    ("Post the weekly digest to #news every Friday at 16:00", "0 16 * * 5"),
    ("Run a daily backup of /var/data at 3am", "0 3 * * *"),
    (
        "Every Monday, collect last week's sales and mail them at 8:00 Berlin time",
        "0 8 * * 1 Europe/Berlin",
    ),
    ("Send a monthly summary on the 2nd at 9:00 to the board", "0 9 2 * *"),
    ("every day at 8:00 (America/Sao_Paulo)", "0 8 * * * America/Sao_Paulo"),
    (
        "every other Thursday at 3:30 pm Eastern",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;BYHOUR=15;BYMINUTE=30 America/New_York",
    ),
    ("7am CT on weekdays", "0 7 * * 1-5 America/Chicago"),
    ("every day 18:00 Amsterdam", "0 18 * * * Europe/Amsterdam"),
    // Quarters, lists, halves.
    ("first Monday of the quarter at 9:00", "0 9 * 1,4,7,10 1#1"),
    ("on the last day of each quarter at 17:00", "0 17 L 3,6,9,12 *"),
    ("on the 1st of january, april, july and october at 8:00", "0 8 1 1,4,7,10 *"),
    ("at 6 in the morning and 10 at night every day", "0 6,22 * * *"),
    ("every day at 9am and every day at 5pm", "0 9,17 * * *"),
    ("between 8 and 10 every 10 minutes", "*/10 8,9 * * *"),
    ("every 10 minutes check https://a.example/x between 9 and 17", "*/10 9-16 * * *"),
    (
        "every 30 minutes between 8:30 and 10:00",
        "FREQ=DAILY;BYHOUR=8,9;BYMINUTE=0,30;BYSETPOS=2,3,4",
    ),
    ("every 2 hours on the half hour", "30 */2 * * *"),
    ("hourly at quarter past", "15 * * * *"),
    ("15 minutes past every hour", "15 * * * *"),
    ("on the 15th and on Mondays at 8:00", "0 8 15 * 1"),
    ("every 24 hours", "0 0 * * *"),
    ("M-F at 9", "0 9 * * 1-5"),
    // How often in all.
    ("every day at 8am, 10 times", "0 8 * * * count 10"),
    ("fridays at 11am for 5 occurrences", "0 11 * * 5 count 5"),
];

const GERMAN: &[(&str, &str)] = &[
    ("jeden Montag um 8 Uhr die Berichte verschicken", "0 8 * * 1"),
    ("Jeden Tag um 7:30 Uhr das Wetter abrufen", "30 7 * * *"),
    ("täglich um 18 Uhr die Umsätze an chef@example.com", "0 18 * * *"),
    ("alle zwei Stunden den Lagerbestand prüfen", "0 */2 * * *"),
    ("alle 15 Minuten https://example.de abfragen", "*/15 * * * *"),
    ("stündlich die Sensoren lesen", "0 * * * *"),
    ("alle 45 Minuten", "every 45m"),
    ("alle 30 Sekunden", "every 30s"),
    ("werktags um 9 Uhr", "0 9 * * 1-5"),
    ("jeden Werktag um 17:15 Uhr", "15 17 * * 1-5"),
    ("montags und mittwochs um 10 Uhr", "0 10 * * 1,3"),
    ("Montag bis Freitag um 8:45 Uhr", "45 8 * * 1-5"),
    ("Mo-Fr um 12 Uhr", "0 12 * * 1-5"),
    ("jeden Freitagabend um 8", "0 20 * * 5"),
    ("jeden Morgen um halb acht", "30 7 * * *"),
    ("jeden Abend um 20 Uhr", "0 20 * * *"),
    ("jede Nacht um 2 Uhr ein Backup machen", "0 2 * * *"),
    ("morgens um 6 die Heizung einschalten", "0 6 * * *"),
    ("am 1. und 15. jeden Monats um 12 Uhr", "0 12 1,15 * *"),
    ("am letzten Tag des Monats um 23 Uhr", "0 23 L * *"),
    ("jeden ersten Montag im Monat um 9 Uhr", "0 9 * * 1#1"),
    ("am letzten Freitag im Monat um 16 Uhr", "0 16 * * 5L"),
    ("am Monatsende die Rechnungen verschicken", "0 0 L * *"),
    (
        "jede zweite Woche am Dienstag um 14 Uhr",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=14;BYMINUTE=0",
    ),
    ("alle zwei Wochen montags", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=0;BYMINUTE=0"),
    ("alle 14 Tage freitags um 10 Uhr", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=10;BYMINUTE=0"),
    ("jeden zweiten Tag um 7 Uhr", "FREQ=DAILY;INTERVAL=2;BYHOUR=7;BYMINUTE=0"),
    ("zweimal täglich um 9 und 17 Uhr", "0 9,17 * * *"),
    ("alle 10 Minuten zwischen 8 und 18 Uhr", "*/10 8-17 * * *"),
    ("jede Stunde von 9 bis 17 Uhr werktags", "0 9-17 * * 1-5"),
    ("wöchentlich am Sonntag um 22 Uhr", "0 22 * * 0"),
    ("monatlich am 5. um 6 Uhr", "0 6 5 * *"),
    ("jährlich am 24. Dezember um 18 Uhr", "0 18 24 12 *"),
    ("jeden Tag um 9 Uhr Berliner Zeit", "0 9 * * * Europe/Berlin"),
    ("jeden Dienstag um 10 Uhr MEZ", "0 10 * * 2 Europe/Berlin"),
    ("täglich um 8 Uhr Tokioter Zeit", "0 8 * * * Asia/Tokyo"),
    ("jeden Tag um 9 Uhr, Zürich, die Kurse holen", "0 9 * * * Europe/Zurich"),
    ("jeden Tag außer sonntags um 9 Uhr", "0 9 * * 1-6"),
    ("nicht an Wochenenden: jeden Tag um 8 Uhr", "0 8 * * 1-5"),
    ("Nicht am Sonntag, sonst täglich um 7 Uhr", "0 7 * * 1-6"),
    ("jeden Tag um Mitternacht", "0 0 * * *"),
    ("mittags die Speisekarte posten", "0 12 * * *"),
    ("Jeden Freitag eine Zusammenfassung verschicken", "0 0 * * 5"),
    ("jeden Tag um Viertel nach acht", "15 8 * * *"),
    ("vierteljährlich am 1. um 9 Uhr", "0 9 1 */3 *"),
    ("an Wochenenden um 11 Uhr", "0 11 * * 0,6"),
    ("Täglich morgens um 7 und abends um 19 Uhr", "0 7,19 * * *"),
    ("Einmal im Monat, am 3., um 10 Uhr", "0 10 3 * *"),
    ("Am 31. Dezember um 23:59 Uhr jedes Jahr", "59 23 31 12 *"),
    ("Jeden zweiten Mittwoch im Monat um 11 Uhr", "0 11 * * 3#2"),
    ("Am ersten und dritten Dienstag im Monat um 18 Uhr", "0 18 * * 2#1,2#3"),
    ("An jedem letzten Werktag im Monat um 17 Uhr", "0 17 LW * *"),
    ("Jede halbe Stunde werktags zwischen 8 und 17 Uhr", "*/30 8-16 * * 1-5"),
];

pub(super) fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, want) in cases {
        let got = schedules(text);
        if got != [*want] {
            wrong.push(format!("{text}\n    want {want}\n    got  {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn english() {
    check(ENGLISH);
}

#[test]
fn german() {
    check(GERMAN);
}

#[test]
fn every_schedule_that_is_found_can_be_parsed() {
    for (text, _) in ENGLISH.iter().chain(GERMAN) {
        for phrase in find(text) {
            if let Meaning::Schedule(trigger) = &phrase.meaning {
                schedule::parse(trigger, "UTC").unwrap_or_else(|error| panic!("{text}: {error}"));
            }
        }
    }
}

#[test]
fn two_schedules_in_one_sentence() {
    assert_eq!(
        schedules("Every Monday at 9am and every Thursday at 2pm post to #team"),
        ["0 9 * * 1", "0 14 * * 4"]
    );
    assert_eq!(schedules("each Monday 8:00 and Wednesday 9:00"), ["0 8 * * 1", "0 9 * * 3"]);
}

#[test]
fn the_range_is_where_the_words_stand() {
    let text = "Bitte jeden Montag um 8 Uhr die Zahlen für Köln schicken";
    assert_eq!(&text[find(text)[0].range.clone()], "jeden Montag um 8 Uhr");
    let text = "Every weekday email me the open invoices at 7:30 Berlin time";
    let found = find(text);
    assert_eq!(&text[found[0].range.clone()], "Every weekday");
    assert_eq!(&text[found[0].more[0].clone()], "at 7:30 Berlin time");
    assert_eq!(found[0].zone.as_deref(), Some("Europe/Berlin"));
}

#[test]
fn what_was_filled_in_is_said() {
    let said = |text: &str, lang| -> String {
        let notes: Vec<String> = find(text)[0].assumed.iter().map(|note| note.text(lang)).collect();
        notes.join("; ")
    };
    let assumed = |text: &str| said(text, Lang::En);
    assert_eq!(assumed("every weekday at 9"), "at 09:00");
    assert_eq!(assumed("every day"), "at 00:00");
    assert_eq!(assumed("every morning"), "in the morning is at 09:00");
    assert_eq!(said("jeden Abend", Lang::De), "abends heißt um 18:00 Uhr");
    assert_eq!(
        said("zweimal pro Woche um 8:00", Lang::De),
        "2-mal in der Woche heißt Montag und Donnerstag"
    );
    assert_eq!(assumed("every weekday at 9:00"), "");
    assert_eq!(assumed("every week"), "on Monday; at 00:00");
    assert_eq!(
        assumed("three times a week at 10:00"),
        "3 times a week means Monday, Wednesday and Friday"
    );
}

#[test]
fn bounds_need_today_when_they_are_relative() {
    let open = &find("every wednesday at 9:00 starting tomorrow")[0];
    assert_eq!(open.missing, [Missing::Today]);
    let today = Some(date(2026, 11, 13));
    let spelled = |text: &str| spell(&find_on(text, today)[0]).unwrap();
    assert_eq!(spelled("every wednesday at 9:00 starting tomorrow"), "0 9 * * 3 from 2026-11-14");
    assert_eq!(spelled("daily at 8:00 until march 1st"), "0 8 * * * until 2027-03-01");
    assert_eq!(
        spelled("mondays at 8:00 from jan 1 to march 25th"),
        "0 8 * * 1 from 2027-01-01 until 2027-03-25"
    );
    assert_eq!(spelled("every day at 8:00 for the next 2 weeks"), "0 8 * * * until 2026-11-27");
    assert_eq!(
        spelled("daily at 9:00 except on december 24th and december 25th"),
        "0 9 * * * except 2026-12-24,2026-12-25"
    );
    assert_eq!(spelled("jeden Tag um 9:00 ab dem 1. Dezember"), "0 9 * * * from 2026-12-01");
    assert_eq!(
        spelled("every day at 8:00 from 2027-01-01 until 2027-02-01"),
        "0 8 * * * from 2027-01-01 until 2027-02-01"
    );
}

#[test]
fn months_that_are_left_out_go_into_the_rule() {
    assert_eq!(schedules("daily at 9:00 except in june and july"), ["0 9 * 1-5,8-12 *"]);
    assert_eq!(schedules("every monday except in may"), ["0 0 * 1-4,6-12 1"]);
}

#[test]
fn instants() {
    let today = Some(date(2026, 11, 13));
    let civil = |text: &str| match &find_on(text, today)[0].meaning {
        Meaning::Instant(instant) => instant.civil(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(civil("tomorrow at 9am remind me").as_deref(), Some("2026-11-14T09:00"));
    assert_eq!(civil("on 1 March 2027 at 10:00 publish it").as_deref(), Some("2027-03-01T10:00"));
    assert_eq!(civil("on March 1st, 2027 at 10:00").as_deref(), Some("2027-03-01T10:00"));
    assert_eq!(civil("once on 2027-03-01 at 10:00").as_deref(), Some("2027-03-01T10:00"));
    assert_eq!(civil("at 2027-03-01T10:00 send it").as_deref(), Some("2027-03-01T10:00"));
    assert_eq!(civil("am 1. März 2027 um 10 Uhr").as_deref(), Some("2027-03-01T10:00"));
    assert_eq!(civil("am 24.12.2026 um 18:00 Uhr").as_deref(), Some("2026-12-24T18:00"));
    assert_eq!(civil("next tuesday at 14:00").as_deref(), Some("2026-11-17T14:00"));
    assert_eq!(civil("morgen um 9 Uhr").as_deref(), Some("2026-11-14T09:00"));
    let open = &find("tomorrow")[0];
    assert_eq!(open.missing, [Missing::Today, Missing::TimeOfDay]);
}

#[test]
fn weak_phrases_give_way() {
    assert!(find("append it to a weekly digest")[0].weak);
    assert!(find("on monday at 9am")[0].weak);
    assert!(!find("on mondays at 9am")[0].weak);
    assert_eq!(schedules("every day at 7am update the weekly digest"), ["0 7 * * *"]);
}
