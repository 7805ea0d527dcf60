//! What is no time is told, with the reason, and never guessed.

use jiff::civil::date;

use super::super::{Problem, find, find_on};
use crate::text::Lang;

fn problem(text: &str) -> Option<Problem> {
    find(text).into_iter().find_map(|phrase| phrase.problem)
}

fn said(text: &str) -> String {
    problem(text).map(|problem| problem.text(Lang::En)).unwrap_or_default()
}

#[test]
fn clocks_and_dates_that_there_are_not() {
    for (text, want) in [
        ("every day at 25:00", "There is no time of day “25:00”"),
        ("täglich um 12:75 Uhr", "There is no time of day “12:75 Uhr”"),
        ("at 13pm every day", "There is no time of day “13pm”"),
        ("täglich um 26 Uhr", "There is no time of day “26 Uhr”"),
        ("on 30 February at 9am", "There is no 30 February"),
        ("every year on February 30th at noon", "There is no 30 February"),
        ("am 31.11.2027 um 10 Uhr", "There is no 31 November 2027"),
        ("on 29 February 2027 at 8:00", "There is no 29 February 2027"),
        ("on the 35th of each month at 8am", "There is no date “35th of each month”"),
        ("yesterday at 9am", "“yesterday at 9am” is in the past"),
    ] {
        assert_eq!(said(text), want, "{text}");
    }
    assert_eq!(problem("every leap day at 9am"), None);
    assert_eq!(problem("on 29 February 2028 at 8:00"), None);
}

#[test]
fn contradictions() {
    for text in [
        "every weekday, but only on Sundays, at 9",
        "every Monday on Tuesdays at 9",
        "every day but only on Mondays and never on Mondays at 8am",
        "every Saturday except weekends at 9",
        "every day at 9 and not at 9",
        "montags am Dienstag um 9 Uhr",
        "nur montags, aber nie montags, um 7 Uhr",
        "on Monday, 4 May 2027 at 9:00",
    ] {
        assert_eq!(problem(text), Some(Problem::Contradiction), "{text}");
    }
    assert_eq!(problem("on Tuesday, 4 May 2027 at 9:00"), None);
}

#[test]
fn zones_that_nobody_knows() {
    let zone = |text: &str| match problem(text) {
        Some(Problem::Zone { said, near }) => (said, near),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(zone("every day at 9am Atlantis time"), ("Atlantis".to_owned(), vec![]));
    assert_eq!(
        zone("every Monday at 8:00 in the Europe/Berlni timezone"),
        ("Europe/Berlni".to_owned(), vec!["Europe/Berlin".to_owned()])
    );
    assert_eq!(zone("täglich um 9 Uhr, Zeitzone Europe/Viena").1, ["Europe/Vienna".to_owned()]);
    assert_eq!(zone("jeden Montag um 9 Uhr Schlumpfhausener Zeit").0, "Schlumpfhausener");
    for fine in [
        "every day at 9am for the first time",
        "every day at 9 at the same time",
        "every day at 9 local time",
        "täglich um 9 Uhr Ortszeit",
        "every day at 5pm every time",
    ] {
        assert_eq!(problem(fine), None, "{fine}");
    }
}

#[test]
fn what_a_schedule_cannot_say() {
    assert_eq!(problem("every day at 8 except on public holidays"), Some(Problem::Holidays));
    assert_eq!(problem("feiertags um 10 Uhr"), Some(Problem::Holidays));
    assert_eq!(
        problem("every monday except for the 2nd monday in March"),
        Some(Problem::Exception)
    );
    assert_eq!(problem("every 0 minutes"), Some(Problem::Zero));
    assert_eq!(problem("every day at 9am or maybe 10am"), Some(Problem::Either));
    assert_eq!(problem("every day at sunset"), Some(Problem::Sun("sunset".to_owned())));
    assert_eq!(problem("mehrmals täglich"), Some(Problem::Vague("mehrmals täglich".to_owned())));
    assert!(matches!(problem("on 05/03/2027 at 14:00"), Some(Problem::Ambiguous { .. })));
    assert_eq!(problem("on 25/03/2027 at 14:00"), None);
}

#[test]
fn a_date_before_today_is_in_the_past() {
    let today = Some(date(2026, 11, 22));
    let past = find_on("on 1 March 2020 at 9am", today);
    assert_eq!(past[0].problem, Some(Problem::Past("2020-03-01".to_owned())));
    assert_eq!(find_on("on 1 March 2027 at 9am", today)[0].problem, None);
}

#[test]
fn numbers_that_are_no_times_are_left_alone() {
    for text in [
        "post the ratio 25:75 to #stats",
        "when the score is 30:12, tell the coach",
        "send 45 May flowers",
        "the sundae of the month, every day at 9:00",
        "pay 13 pm interns",
    ] {
        assert_eq!(problem(text), None, "{text}");
    }
}
