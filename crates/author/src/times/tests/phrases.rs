//! Phrases of our own in both languages, compared by when they fire.

use codex32_flow::schedule;
use codex32_model::Timestamp;
use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};

use super::super::{Instant, Meaning, TimePhrase, find};

const PHRASES: &str = include_str!("phrases.tsv");

/// A Friday afternoon, the evening before the clocks change in Europe, the end of a February.
const STARTS: [&str; 3] = ["2027-06-04T15:30:00Z", "2027-03-27T20:00:00Z", "2028-02-27T10:00:00Z"];

/// `0 9 * * 1 Europe/Vienna from 2027-03-01`.
fn gold(text: &str, first: Option<&str>) -> ScheduleTrigger {
    let (mut text, mut start, mut end) = (text, first.map(ToOwned::to_owned), None);
    if let Some((rest, date)) = text.split_once(" until ") {
        (text, end) = (rest, Some(date.to_owned()));
    }
    if let Some((rest, date)) = text.split_once(" from ") {
        (text, start) = (rest, Some(date.to_owned()));
    }
    let mut timezone = None;
    if let Some((rest, zone)) = text.rsplit_once(' ')
        && (zone.contains('/') && zone.starts_with(char::is_uppercase) || zone == "UTC")
    {
        (text, timezone) = (rest, Some(zone.to_owned()));
    }
    let rule = if let Some(span) = text.strip_prefix("every ") {
        Rule::Every(codex32_model::time::parse_duration(span).unwrap())
    } else if let Some(at) = text.strip_prefix("once ") {
        Rule::Once(at.to_owned())
    } else {
        Rule::Calendar(text.to_owned())
    };
    let (missed, overlap) = (Missed::default(), Overlap::default());
    ScheduleTrigger { rule, timezone, start, end, count: None, except: Vec::new(), missed, overlap }
}

fn fires(trigger: &ScheduleTrigger) -> Vec<Vec<Timestamp>> {
    let schedule = schedule::parse(trigger, "UTC").unwrap();
    let from = |start: &&str| schedule.from(start.parse().unwrap()).take(8).collect();
    STARTS.iter().map(from).collect()
}

/// What the phrase starts, and whether something must be asked.
fn read(phrases: &[TimePhrase]) -> (Vec<ScheduleTrigger>, bool) {
    let mut open =
        phrases.iter().any(|phrase| phrase.problem.is_some() || !phrase.missing.is_empty());
    let mut triggers = Vec::new();
    for phrase in phrases {
        match &phrase.meaning {
            Meaning::Schedule(trigger) => triggers.push((**trigger).clone()),
            Meaning::Instant(at @ Instant { date: Some(_), time: Some(_) }) => {
                let mut once = gold(&format!("once {}", at.civil().unwrap()), None);
                once.timezone.clone_from(&phrase.zone);
                triggers.push(once);
            }
            _ => {}
        }
    }
    open |= triggers.is_empty();
    (triggers, open)
}

#[test]
fn phrases_fire_when_people_expect() {
    let mut wrong = Vec::new();
    let lines = PHRASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let (phrase, wanted) = line.split_once('\t').unwrap();
        for text in [phrase.to_owned(), format!("call https://x.example/a {phrase}")] {
            let (triggers, open) = read(&find(&text));
            let right = match (wanted, &triggers[..]) {
                ("?", all) => open || all.len() > 1,
                (_, [one]) if !open => {
                    // Either week may be the first.
                    let phases = [None, Some("1970-01-05"), Some("1970-01-12")];
                    let phases =
                        if wanted.contains("INTERVAL=") { &phases[..] } else { &phases[..1] };
                    let given = fires(one);
                    phases.iter().any(|first| fires(&gold(wanted, *first)) == given)
                }
                _ => false,
            };
            if !right {
                wrong.push(format!("{text}\n  wanted {wanted}, got {triggers:?}, open {open}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
