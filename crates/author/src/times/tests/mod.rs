mod durations;
mod fields;
mod negative;
mod phrases;
mod schedules;
mod spoken;
mod trouble;

use codex32_model::definition::Rule;
use codex32_model::time::format_duration;

use super::{Meaning, TimePhrase, find};

/// A schedule in one line: `0 9 * * 1-5 Europe/Berlin`, `every 30s`.
fn spell(phrase: &TimePhrase) -> Option<String> {
    let Meaning::Schedule(trigger) = &phrase.meaning else { return None };
    let mut out = match &trigger.rule {
        Rule::Calendar(text) => text.clone(),
        Rule::Every(span) => format!("every {}", format_duration(*span)),
        Rule::Once(at) => format!("once {at}"),
    };
    if let Some(zone) = &trigger.timezone {
        out.push_str(&format!(" {zone}"));
    }
    let mut more = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.push_str(&format!(" {name} {value}"));
        }
    };
    more("from", trigger.start.clone());
    more("until", trigger.end.clone());
    more("count", trigger.count.map(|count| count.to_string()));
    if !trigger.except.is_empty() {
        more("except", Some(trigger.except.join(",")));
    }
    Some(out)
}

fn schedules(text: &str) -> Vec<String> {
    find(text).iter().filter_map(spell).collect()
}
