//! How many time phrases of a data folder are read rightly: `cargo run -p codex32-author --example
//! measure_times -- FOLDER`. Compares the next 20 fire times from several moments, not the spelling.
//! With `-` instead of a folder it reads sentences, one a line, and shows what was found in each.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use codex32_author::times::{self, Meaning};
use codex32_flow::schedule::{self, Schedule};
use codex32_model::Timestamp;
use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};
use serde_json::Value;

/// A Friday afternoon, the evenings before the European clock changes, a turn of the year.
const STARTS: [&str; 4] = [
    "2026-11-13T16:30:00Z",
    "2026-03-28T18:00:00Z",
    "2026-10-24T18:00:00Z",
    "2026-12-31T22:00:00Z",
];

struct Score {
    right: u32,
    all: u32,
}

fn trigger(rule: Rule, timezone: Option<String>) -> ScheduleTrigger {
    let (start, end, count, except) = (None, None, None, Vec::new());
    let (missed, overlap) = (Missed::default(), Overlap::default());
    ScheduleTrigger { rule, timezone, start, end, count, except, missed, overlap }
}

fn fires(schedule: &Schedule) -> Vec<Vec<Timestamp>> {
    let from = |start: &&str| {
        let start = start.parse().unwrap_or(Timestamp::EPOCH);
        schedule.from(start).take(20).collect()
    };
    STARTS.iter().map(from).collect()
}

/// The gold in every phase that its interval allows.
fn golds(gold: &ScheduleTrigger, interval: u32) -> Vec<Schedule> {
    let anchors = |phase: u32| {
        let Rule::Calendar(text) = &gold.rule else { return None };
        let days = match text {
            _ if interval == 1 => return None,
            text if text.contains("WEEKLY") => phase * 7,
            text if text.contains("MONTHLY") => {
                let month = phase % 12 + 1;
                return Some(format!("{}-{month:02}-01", 1970 + phase / 12));
            }
            text if text.contains("YEARLY") => return Some(format!("{}-01-01", 1970 + phase)),
            _ => phase,
        };
        let day =
            jiff::civil::date(1970, 1, 5).checked_add(jiff::Span::new().days(i64::from(days)));
        day.ok().map(|day| day.to_string())
    };
    (0..interval.max(1))
        .filter_map(|phase| {
            let mut gold = gold.clone();
            if gold.count.is_none() {
                gold.start = anchors(phase);
            }
            schedule::parse(&gold, "UTC").ok()
        })
        .collect()
}

fn check(score: &mut Score, kind: &str, text: &str, gold: &ScheduleTrigger, interval: u32) {
    score.all += 1;
    let found = times::find(text);
    let ours = found.iter().find_map(|phrase| match &phrase.meaning {
        Meaning::Schedule(trigger) => Some((**trigger).clone()),
        _ => None,
    });
    let spelled =
        ours.as_ref().map(|t| format!("{:?} {:?} count {:?}", t.rule, t.timezone, t.count));
    let right = ours.and_then(|ours| schedule::parse(&ours, "UTC").ok()).is_some_and(|ours| {
        let ours = fires(&ours);
        golds(gold, interval).iter().any(|gold| fires(gold) == ours)
    });
    if right {
        score.right += 1;
    } else {
        println!(
            "  {kind}: {text}\n      want {:?} count {:?}\n      got  {spelled:?}",
            gold.rule, gold.count
        );
    }
}

/// `dict(freq='weekly', interval=2, byday='MO,FR')` as a rule.
fn from_dict(gold: &str) -> Option<(String, u32, Option<u32>)> {
    if gold.contains("NOW")
        || gold.contains("dtstart")
        || gold.contains("until")
        || gold.contains("exdate")
    {
        return None;
    }
    let body = gold.strip_prefix("dict(")?.trim_end_matches(')');
    let mut parts: Vec<(String, String)> = Vec::new();
    for part in body.split(',') {
        match part.split_once('=') {
            Some((name, value)) => {
                parts.push((name.trim().to_uppercase(), value.trim_matches('\'').to_uppercase()))
            }
            None => {
                let last = parts.last_mut()?;
                last.1 = format!("{},{}", last.1, part.trim_matches('\''));
            }
        }
    }
    let get = |name: &str| parts.iter().find(|part| part.0 == name).map(|part| part.1.as_str());
    let interval = get("INTERVAL").and_then(|n| n.parse().ok()).unwrap_or(1);
    let count = get("COUNT").and_then(|n| n.parse().ok());
    let text: Vec<String> =
        parts.iter().filter(|p| p.0 != "COUNT").map(|(n, v)| format!("{n}={v}")).collect();
    Some((text.join(";"), interval, count))
}

/// What the source takes from its own start.
fn filled(mut rule: String) -> String {
    if rule.contains("MONTHLY") && !rule.contains("BYDAY") && !rule.contains("BYMONTHDAY") {
        rule.push_str(";BYMONTHDAY=1");
    }
    rule
}

fn read(folder: &str, name: &str) -> String {
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_default()
}

fn show_lines() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        println!("{line}");
        for phrase in times::find(&line) {
            let weak = if phrase.weak { " (weak)" } else { "" };
            let text = match &phrase.meaning {
                Meaning::Schedule(trigger) => match schedule::parse(trigger, "UTC") {
                    Ok(schedule) => format!("{:?} = {}", trigger.rule, schedule.describe()),
                    Err(error) => format!("{:?}: {error}", trigger.rule),
                },
                other => format!("{other:?}"),
            };
            println!("    {text}{weak} {:?} {:?}", phrase.assumed, phrase.missing);
        }
    }
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    if folder == "-" {
        return show_lines();
    }
    let mut cases = Score { right: 0, all: 0 };
    for line in read(&folder, "cases-dev.jsonl").lines() {
        let Ok(case) = serde_json::from_str::<Value>(line) else { continue };
        let text = case["text"].as_str().unwrap_or_default();
        let zone = case["tz"].as_str().map(ToOwned::to_owned);
        let seconds = case["every_seconds"].as_u64();
        let rule =
            case["cron"].as_str().or(case["rrule"].as_str()).map(|t| Rule::Calendar(t.to_owned()));
        let every = seconds.map(|s| Rule::Every(std::time::Duration::from_secs(s)));
        match rule.or(every) {
            Some(rule) => check(&mut cases, "case", text, &trigger(rule, zone), 2),
            None => {
                let schedule = case["trigger"].as_str() == Some("schedule");
                let found = times::find(text)
                    .into_iter()
                    .any(|p| matches!(p.meaning, Meaning::Schedule(_)));
                if schedule != found {
                    println!("  case: {text}\n      schedule wanted {schedule}, found {found}");
                }
            }
        }
    }
    for line in read(&folder, "legacy-15.jsonl").lines() {
        let Ok(case) = serde_json::from_str::<Value>(line) else { continue };
        let text = case["text"].as_str().unwrap_or_default();
        if let Some(cron) = case["wanted"]["cron"].as_str() {
            check(&mut cases, "legacy", text, &trigger(Rule::Calendar(cron.to_owned()), None), 1);
        } else {
            println!(
                "  legacy: {text}\n      {:?}",
                times::find(text).iter().map(|p| &p.meaning).collect::<Vec<_>>()
            );
        }
    }
    let mut phrases = Score { right: 0, all: 0 };
    let mut left_out = 0;
    let all: Vec<Value> =
        serde_json::from_str(&read(&folder, "schedules-dev.json")).unwrap_or_default();
    for item in &all {
        let (text, gold) =
            (item["text"].as_str().unwrap_or_default(), item["gold"].as_str().unwrap_or_default());
        let gold = match gold.strip_prefix("RRULE:") {
            Some(rule) => {
                let count = rule.split(';').find_map(|p| p.strip_prefix("COUNT=")?.parse().ok());
                let interval =
                    rule.split(';').find_map(|p| p.strip_prefix("INTERVAL=")?.parse().ok());
                let rule: Vec<&str> = rule.split(';').filter(|p| !p.starts_with("COUNT")).collect();
                Some((rule.join(";"), interval.unwrap_or(1), count))
            }
            None => from_dict(gold),
        };
        let Some((rule, interval, count)) = gold else {
            left_out += 1;
            println!(
                "  open: {text}\n      {:?}",
                times::find(text).iter().map(|p| (&p.meaning, &p.missing)).collect::<Vec<_>>()
            );
            continue;
        };
        let mut gold = trigger(Rule::Calendar(filled(rule)), None);
        gold.count = count;
        check(&mut phrases, "phrase", text, &gold, interval);
    }
    let mut crons = Score { right: 0, all: 0 };
    let all: Vec<Value> =
        serde_json::from_str(&read(&folder, "cron-english-dev.json")).unwrap_or_default();
    for item in &all {
        let (text, gold) =
            (item["text"].as_str().unwrap_or_default(), item["cron"].as_str().unwrap_or_default());
        let gold = trigger(Rule::Calendar(gold.trim_end_matches(" (verbose)").to_owned()), None);
        if schedule::parse(&gold, "UTC").is_ok() {
            check(&mut crons, "cron", text, &gold, 1);
        }
    }
    for (name, score) in [("cases and legacy", cases), ("phrases", phrases), ("cron", crons)] {
        println!("{name}: {} of {}", score.right, score.all);
    }
    println!("phrases left out (relative, no gold): {left_out}");
    let lines = read(&folder, "cases-dev.jsonl");
    let started = std::time::Instant::now();
    let mut count = 0;
    for line in lines.lines().cycle().take(2_000) {
        count += times::find(line).len();
    }
    println!("{:?} a sentence ({count} phrases)", started.elapsed() / 2_000);
}
