//! The fact that begins a rehearsal: the inputs as a trigger would fill them.

use codex32_engine::run::StartScope;
use codex32_flow::expr::{Budget, eval};
use codex32_flow::flow::{Flow, FlowTrigger};
use codex32_flow::schema::check_value;
use codex32_model::codes::run;
use codex32_model::definition::TriggerKind;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::{Object, Timestamp, Value};

use crate::failure::Failure;

const FUEL: u64 = 1_000_000;
const MEMORY: usize = 16 << 20;

/// What a trigger brings.
struct Brought {
    trigger: Value,
    event: Value,
    /// Fields that fill the inputs of the same name.
    given: Value,
}

/// The webhook of a bot that starts in no other way: what people mean when they name no trigger.
pub fn only_webhook(flow: &Flow) -> Option<&str> {
    let mut triggers = flow.triggers.iter();
    match (triggers.next(), triggers.next()) {
        (Some((name, only)), None) => {
            matches!(only.definition.kind, TriggerKind::Webhook(_)).then_some(name.as_str())
        }
        _ => None,
    }
}

/// The first fact; none when the trigger's `when` says no.
pub fn begin(
    flow: &Flow,
    trigger: Option<&str>,
    given: Option<Value>,
    env: Value,
    now: Timestamp,
) -> Result<Option<Fact>, Failure> {
    let given = given.unwrap_or_else(|| Value::Object(std::sync::Arc::default()));
    let named = trigger.map(|name| find(flow, name).map(|found| (name, found))).transpose()?;
    let brought = match named {
        Some((name, trigger)) => bring(name, trigger, given, now),
        None => by_hand(given, now),
    };
    let Brought { trigger, event, given } = brought;
    let mut fields = given.as_object().cloned().unwrap_or_default();
    let mut scope = StartScope { inputs: &given, trigger: &trigger, event: &event, env: &env, now };
    if let Some((name, found)) = named {
        for (input, value) in &found.inputs {
            let mut budget = Budget::new(FUEL, MEMORY);
            let value = value.eval(&scope, &mut budget).map_err(|error| {
                let message = format!("the input `{input}` of trigger `{name}`: {}", error.message);
                Failure::no(message).code(error.code)
            })?;
            fields.insert(input.as_str().into(), value);
        }
    }
    let input = check_value(&flow.bot.inputs, Value::from(fields), false).map_err(|problems| {
        let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
        Failure::no(format!("the input does not fit: {}", list.join("; ")))
            .code(run::INPUT)
            .help("give it with --input '{\"name\": …}'")
    })?;
    scope.inputs = &input;
    if let Some(when) = named.and_then(|(_, found)| found.when.as_ref()) {
        let mut budget = Budget::new(FUEL, MEMORY);
        let passed = eval(when, &scope, &mut budget)
            .map_err(|error| Failure::no(format!("`when`: {}", error.message)).code(error.code))?;
        if !passed.truthy() {
            return Ok(None);
        }
    }
    let kind = FactKind::Started {
        input,
        trigger,
        event,
        env,
        deadline: now.plus(flow.run_timeout()),
        origin: None,
        generations: Vec::new(),
        hops: 0,
    };
    Ok(Some(Fact { at: now, kind }))
}

fn find<'a>(flow: &'a Flow, name: &str) -> Result<&'a FlowTrigger, Failure> {
    flow.triggers.get(name).ok_or_else(|| {
        let names: Vec<_> = flow.triggers.keys().map(String::as_str).collect();
        Failure::misused(format!("the bot has no trigger `{name}`"))
            .help(format!("it has: {}", names.join(", ")))
    })
}

fn by_hand(given: Value, now: Timestamp) -> Brought {
    let trigger = Value::object([
        ("name", Value::Null),
        ("kind", Value::from("manual")),
        ("time", Value::from(now.to_string())),
    ]);
    Brought { trigger, event: Value::Null, given }
}

fn bring(name: &str, trigger: &FlowTrigger, given: Value, now: Timestamp) -> Brought {
    let kind = &trigger.definition.kind;
    let mut about = Object::default();
    about.insert("name".into(), Value::from(name));
    about.insert("kind".into(), Value::from(kind.name()));
    about.insert("time".into(), Value::from(now.to_string()));
    let request = match kind {
        TriggerKind::Webhook(hook) => Some((hook.method.as_str(), hook.path.as_str())),
        TriggerKind::Form { path, .. } => Some(("POST", path.as_str())),
        _ => None,
    };
    if let Some((method, path)) = request {
        let empty = || Value::Object(std::sync::Arc::default());
        about.insert("method".into(), Value::from(method));
        about.insert("path".into(), Value::from(path));
        about.insert("query".into(), empty());
        about.insert("headers".into(), empty());
        about.insert("raw".into(), Value::from(given.to_json()));
        about.insert("body".into(), given.clone());
    }
    let event_kind = match kind {
        TriggerKind::Event { event } | TriggerKind::App { event, .. } => Some(event.as_str()),
        TriggerKind::Email { .. } => Some("email"),
        TriggerKind::Chat { .. } => Some("chat"),
        _ => None,
    };
    let event = event_kind.map_or(Value::Null, |kind| event(kind, given.clone(), now));
    Brought { trigger: Value::from(about), event, given }
}

/// An event as expressions see it.
pub fn event(kind: &str, data: Value, now: Timestamp) -> Value {
    Value::object([
        ("id", Value::from("evt_00000000000000000000000000000000")),
        ("type", Value::from(kind)),
        ("time", Value::from(now.to_string())),
        ("source", Value::from("rehearsal")),
        ("data", data),
    ])
}
