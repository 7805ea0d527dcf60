//! Sentences with words of time that ask for no schedule.

use super::super::{Meaning, find};

#[test]
fn no_schedule() {
    let texts = [
        "When a webhook hits /lead, if budget is at least 5000 post it to #big-leads",
        "for each customer in the input call the API, ten at a time",
        "on every new order send an email",
        "each time a form is submitted, add a row",
        "every new issue gets a label",
        "post it to #daily-standup when event build.failed arrives",
        "call https://api.example.com/daily/9am and return it",
        "send an email to monday@example.com",
        "answer with \"every day at 9\"",
        "run the bot nightly-backup when the webhook go arrives",
        "create a card in monday.com for every lead",
        "it may fail; march on and sun yourself",
        "do so, mi amigo",
        "retry up to 5 times with exponential backoff",
        "after three failures in a row open an incident",
        "delete rows older than 90 days from table logs",
        "the second item of the list",
        "return the first 10 results at 80%",
        "charge $9 at 20 items per page",
        "if the score is between 9 and 17, return it",
        "the weather for Paris and Berlin",
        "summarise yesterday's sales",
        "wenn alle Felder da sind, antworte mit ok",
        "wenn eine Rechnung über 500 Euro kommt, frage nach Freigabe",
        "{{ every day at 9 }}",
        "tell me when the event happens more than twice within ten minutes",
        "the last friday deployment failed",
        "when order.paid arrives, wait until 9am and email",
        "see (https://a.example/daily/9am) and post it",
        "write to file report-2026-03-01.csv",
    ];
    for text in texts {
        let found = find(text);
        let schedules: Vec<_> =
            found.iter().filter(|p| matches!(p.meaning, Meaning::Schedule(_))).collect();
        assert!(schedules.is_empty(), "{text}: {schedules:?}");
    }
}

#[test]
fn a_city_is_a_zone_only_where_a_zone_stands() {
    let zone = |text: &str| find(text)[0].zone.clone();
    assert_eq!(zone("every day at 9:00 send the weather for Paris"), None);
    assert_eq!(zone("every day at 9:00 London weather by mail"), None);
    assert_eq!(zone("every 5 minutes scrape Berlin flats"), None);
    assert_eq!(zone("every day at 9:00 email Tokyo office"), None);
    assert_eq!(
        zone("every day at 7:30 Paris send the weather for Lyon").as_deref(),
        Some("Europe/Paris")
    );
    assert_eq!(zone("every day at 9:00 in Tokyo").as_deref(), Some("Asia/Tokyo"));
    assert_eq!(zone("daily at 9:00 (Berlin)").as_deref(), Some("Europe/Berlin"));
}
