//! A definition as editors want it: in both spellings, and when its schedules fire.

use codex32_flow::{print, schedule};
use codex32_model::definition::{Bot, TriggerKind};
use codex32_model::{Timestamp, Value};
use serde::Serialize;

/// How many times of a schedule are shown.
const TIMES: usize = 5;

/// When a schedule fires.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Fires {
    /// The trigger's name.
    trigger: String,
    /// The schedule's own, else the workspace's.
    timezone: String,
    /// In words, such as "every weekday at 09:00".
    says: String,
    /// The next times, at most 5, with the zone's offset; none when it never fires again.
    #[schema(value_type = Vec<String>, format = DateTime)]
    times: Vec<String>,
}

/// Both spellings of a definition; nothing of one that cannot be read.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Spelled {
    /// As YAML: as given, if it was YAML.
    text: Option<String>,
    /// In its JSON spelling.
    #[schema(value_type = Option<Object>)]
    definition: Option<Value>,
    /// When its schedules fire.
    fires: Vec<Fires>,
}

impl Spelled {
    /// `given` is the text that the definition was read from, if there was one.
    pub fn of(bot: &Bot, given: Option<&str>, zone: &str, now: Timestamp) -> Self {
        let yaml = given.filter(|text| !text.trim_start().starts_with('{'));
        Self {
            text: Some(yaml.map_or_else(|| print::to_yaml(bot), ToOwned::to_owned)),
            definition: Some(print::to_value(bot)),
            fires: fires(bot, zone, now),
        }
    }
}

fn fires(bot: &Bot, zone: &str, now: Timestamp) -> Vec<Fires> {
    let schedules = bot.triggers.iter().filter_map(|(name, trigger)| {
        let TriggerKind::Schedule(rule) = &trigger.kind else { return None };
        let schedule = schedule::parse(rule, zone).ok()?;
        let local = |at: Timestamp| {
            let at = at.to_jiff().in_tz(schedule.zone()).ok()?;
            Some(at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        };
        Some(Fires {
            trigger: name.clone(),
            timezone: schedule.zone().to_owned(),
            says: schedule.describe(),
            times: schedule.from(now).take(TIMES).filter_map(local).collect(),
        })
    });
    schedules.collect()
}
