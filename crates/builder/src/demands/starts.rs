//! Whether two bots start alike: schedules by when they fire, all others by what they listen to.

use codex32_flow::schedule;
use codex32_model::Timestamp;
use codex32_model::definition::{Bot, ScheduleTrigger, TriggerKind};

/// How many fires are compared from each of these moments.
const FIRES: usize = 20;
const FROM: &[&str] = &[
    "2027-01-11T08:07:00Z",
    "2027-06-04T15:30:00Z",
    "2028-02-27T10:00:00Z",
    "2027-03-27T20:00:00Z",
    "2027-10-30T20:00:00Z",
];

/// What starts a bot, for people and models.
pub fn says(bot: &Bot) -> String {
    let starts = bot.triggers.values().map(|trigger| match &trigger.kind {
        TriggerKind::Schedule(trigger) => match schedule::parse(trigger, "UTC") {
            Ok(parsed) => format!("the schedule “{}”", parsed.describe()),
            Err(_) => "a schedule".to_owned(),
        },
        TriggerKind::Webhook(hook) => format!("the webhook `{}`", hook.path),
        TriggerKind::Event { event } => format!("the event `{event}`"),
        TriggerKind::App { event, .. } => format!("the app trigger `{event}`"),
        other => format!("the trigger `{}`", other.name()),
    });
    let starts: Vec<String> = starts.collect();
    if starts.is_empty() {
        "a start by hand: no trigger".to_owned()
    } else {
        format!("a start by {}", starts.join(" and "))
    }
}

/// Whether `other` starts when `bot` does, and only then.
pub fn same(bot: &Bot, other: &Bot) -> bool {
    let (times, rest) = apart(bot);
    let (other_times, other_rest) = apart(other);
    rest == other_rest && fires_alike(&times, &other_times)
}

type Apart<'a> = (Vec<&'a ScheduleTrigger>, Vec<String>);

fn apart(bot: &Bot) -> Apart<'_> {
    let mut times = Vec::new();
    let mut rest = Vec::new();
    for trigger in bot.triggers.values() {
        match &trigger.kind {
            TriggerKind::Schedule(schedule) => times.push(schedule),
            TriggerKind::Webhook(hook) => {
                let verify = hook.verify.as_ref().map(|verify| verify.scheme);
                rest.push(format!("webhook {} {} {verify:?}", hook.method, hook.path));
            }
            TriggerKind::Event { event } => rest.push(format!("event {event}")),
            TriggerKind::App { event, with, .. } => {
                let mut with: Vec<String> = with
                    .iter()
                    .map(|(name, value)| format!("{name}={}", value.to_text()))
                    .collect();
                with.sort();
                rest.push(format!("app {event} {}", with.join(" ")));
            }
            TriggerKind::Form { path, .. } => rest.push(format!("form {path}")),
            TriggerKind::Email { .. } => rest.push("email".to_owned()),
            TriggerKind::Chat { .. } => rest.push("chat".to_owned()),
            TriggerKind::Manual => {}
        }
    }
    rest.sort();
    (times, rest)
}

fn fires_alike(some: &[&ScheduleTrigger], others: &[&ScheduleTrigger]) -> bool {
    if some.is_empty() || others.is_empty() {
        return some.is_empty() && others.is_empty();
    }
    FROM.iter().filter_map(|from| from.parse().ok()).all(|from: Timestamp| {
        let fires = |schedules: &[&ScheduleTrigger]| {
            let mut fires = Vec::new();
            for trigger in schedules {
                fires.extend(schedule::parse(trigger, "UTC").ok()?.from(from).take(FIRES));
            }
            fires.sort_unstable();
            fires.dedup();
            fires.truncate(FIRES);
            Some(fires)
        };
        fires(some).is_some_and(|fired| Some(fired) == fires(others))
    })
}
