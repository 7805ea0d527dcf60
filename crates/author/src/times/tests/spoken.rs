//! Times as people speak them, limits, zones and slips, each with the schedule that it asks for.

use super::schedules;

const ENGLISH: &[(&str, &str)] = &[
    // Clocks.
    ("daily at ten to nine", "50 8 * * *"),
    ("daily at twenty past five pm", "20 17 * * *"),
    ("each day at five minutes past midnight", "5 0 * * *"),
    ("every workday at nine thirty", "30 9 * * 1-5"),
    ("at seven forty-five every evening", "45 19 * * *"),
    ("every day at 1800", "0 18 * * *"),
    ("Mon and Fri at 0600 hours", "0 6 * * 1,5"),
    ("every day at 9am and again at 9pm", "0 9,21 * * *"),
    ("every hour except between midnight and 6am", "0 6-23 * * *"),
    // Minutes of every hour.
    ("at a quarter past and a quarter to every hour ping it", "15,45 * * * *"),
    ("hourly at 10 past", "10 * * * *"),
    ("every hour at 20 to the hour", "40 * * * *"),
    ("at minute 15 of every hour", "15 * * * *"),
    // Intervals.
    ("every two and a half hours", "every 2h30m"),
    ("every couple of hours", "0 */2 * * *"),
    ("at intervals of 5 minutes", "*/5 * * * *"),
    ("in 10-minute intervals", "*/10 * * * *"),
    ("on alternate Tuesdays at 9am", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=9;BYMINUTE=0"),
    (
        "every second Sunday, i.e. every two weeks on Sunday, at 4:00",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;BYHOUR=4;BYMINUTE=0",
    ),
    // Months and dates.
    ("from March to October, every day at 6am", "0 6 * 3-10 *"),
    ("every weekday at 8:00 from September through June", "0 8 * 1-6,9-12 1-5"),
    ("in december, every day at 8am, post it", "0 8 * 12 *"),
    ("every month except August on the 3rd at 9am", "0 9 3 1-7,9-12 *"),
    ("on the twenty-first of every month at 3pm", "0 15 21 * *"),
    ("two days before the end of each month at 8am", "0 8 L-2 * *"),
    ("every Christmas Eve at 17:00", "0 17 24 12 *"),
    ("Friday the 13th at 9am", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=9;BYMINUTE=0"),
    ("on the 1st of April and the 1st of October at 9:00 every year", "0 9 1 4,10 *"),
    // Days.
    ("every weekday except Friday at 5pm", "0 17 * * 1-4"),
    ("every day besides Monday at 11 am", "0 11 * * 0,2-6"),
    ("every day but only on Mondays at 8:00", "0 8 * * 1"),
    ("MWF at 7am", "0 7 * * 1,3,5"),
    // Slips.
    ("evry tuseday at 9am", "0 9 * * 2"),
    ("every wendesday at 10am", "0 10 * * 3"),
    ("saterdays and sundys at 9:00", "0 9 * * 0,6"),
    // Zones.
    ("every day at 09:00 UTC+05:30", "0 9 * * * Asia/Kolkata"),
    ("twice a day at 6 and 18 UTC", "0 6,18 * * * UTC"),
    ("weekdays at 3pm US Central", "0 15 * * 1-5 America/Chicago"),
    ("every day at 8:00 (time zone Asia/Dubai)", "0 8 * * * Asia/Dubai"),
    // Bounds.
    ("from 1 March 2027 onwards every Monday at 8am", "0 8 * * 1 from 2027-03-01"),
    ("daily from 1 June to 31 August 2027 at 7am", "0 7 * * * from 2027-06-01 until 2027-08-31"),
    ("every Friday at 10:00 until the end of 2027", "0 10 * * 5 until 2027-12-31"),
    (
        "every day between 2027-05-01 and 2027-05-31 at 12:00",
        "0 12 * * * from 2027-05-01 until 2027-05-31",
    ),
];

const GERMAN: &[(&str, &str)] = &[
    ("täglich um zehn nach fünf", "10 5 * * *"),
    ("täglich um fünf vor zwölf", "55 11 * * *"),
    ("täglich um fünf nach halb neun", "35 8 * * *"),
    ("werktags um neun Uhr dreißig", "30 9 * * 1-5"),
    ("jeden Abend um sieben Uhr fünfundvierzig", "45 19 * * *"),
    ("täglich um dreiviertel acht", "45 7 * * *"),
    ("zu jeder vollen Stunde", "0 * * * *"),
    ("stündlich um Viertel nach", "15 * * * *"),
    ("alle anderthalb Stunden", "every 1h30m"),
    ("im 5-Minuten-Takt", "*/5 * * * *"),
    ("im Stundentakt", "0 * * * *"),
    ("Von Juni bis August täglich um 5 Uhr", "0 5 * 6-8 *"),
    ("im Juli und August montags um 10 Uhr", "0 10 * 7,8 1"),
    ("jeden Tag um 8 Uhr, nur nicht samstags und sonntags", "0 8 * * 1-5"),
    ("werktags, aber nicht mittwochs, um 10 Uhr", "0 10 * * 1,2,4,5"),
    ("unter der Woche um 9 Uhr", "0 9 * * 1-5"),
    ("an Sonn- und Samstagen um 10 Uhr", "0 10 * * 0,6"),
    ("jedes Jahr an Heiligabend um 17 Uhr", "0 17 24 12 *"),
    ("jeden Freitag, den 13., um 9 Uhr", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;BYHOUR=9;BYMINUTE=0"),
    ("jeden Mitwoch um 10 Uhr", "0 10 * * 3"),
    ("täglich um 18 Uhr Zürcher Zeit", "0 18 * * * Europe/Zurich"),
    ("täglich um 18 Uhr Münchner Zeit", "0 18 * * * Europe/Berlin"),
    ("täglich um 20 Uhr kalifornischer Zeit", "0 20 * * * America/Los_Angeles"),
    ("täglich um 12 Uhr Weltzeit", "0 12 * * * UTC"),
    ("bis zum 31.12.2027 jeden Tag um 8 Uhr", "0 8 * * * until 2027-12-31"),
    ("täglich um 8 Uhr und nochmals um 20 Uhr", "0 8,20 * * *"),
];

#[test]
fn english() {
    super::schedules::check(ENGLISH);
}

#[test]
fn german() {
    super::schedules::check(GERMAN);
}

#[test]
fn dates_that_differ_are_two_schedules() {
    assert_eq!(
        schedules("every year on 1 April and 15 October at 9:00"),
        ["0 9 1 4 *", "0 9 15 10 *"]
    );
}

#[test]
fn what_workdays_are_is_no_second_schedule() {
    assert_eq!(
        schedules(
            "Am letzten Werktag des Monats um 15 Uhr abschließen, Werktage sind Montag bis Freitag"
        ),
        ["0 15 LW * *"]
    );
    assert_eq!(schedules("At 20:00 on day 15 and the last day of the month"), ["0 20 15,L * *"]);
}
