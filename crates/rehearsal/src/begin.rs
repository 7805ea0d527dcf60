//! The fact that begins a rehearsal: the inputs as a trigger would fill them.

use std::sync::Arc;

use codex32_engine::hook_inputs;
use codex32_engine::run::StartScope;
use codex32_flow::expr::{Budget, eval};
use codex32_flow::flow::{Flow, FlowTrigger};
use codex32_flow::schema::check_value;
use codex32_model::definition::TriggerKind;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::{Catalogue, Code, Object, Timestamp, Value};

const FUEL: u64 = 1_000_000;
const MEMORY: usize = 16 << 20;

/// Why there is nothing to rehearse.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    #[error("the bot has no trigger `{name}`")]
    NoTrigger {
        name: String,
        /// Those that it has.
        triggers: Vec<String>,
    },
    #[error("the input does not fit: {}", list(.0))]
    Input(Vec<(String, String)>),
    #[error("{message}")]
    Expression { code: Code, message: String },
}

fn list(places: &[(String, String)]) -> String {
    let parts: Vec<_> = places.iter().map(|(path, message)| format!("{path}: {message}")).collect();
    parts.join("; ")
}

/// What starts the bot brings along.
#[derive(Debug, Clone)]
pub enum Given {
    /// The input of a start by hand, the body of a webhook or form, the data of an event.
    Data(Value),
    Request(Request),
}

/// A request to a webhook.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The trigger's own unless set.
    pub method: Option<String>,
    /// Objects of texts.
    pub query: Value,
    pub headers: Value,
    pub body: Value,
}

/// What a trigger brings.
struct Brought {
    trigger: Value,
    event: Value,
    /// Fields that fill the inputs of the same name.
    given: Value,
}

/// What an app trigger brings: its connector's example, with what was given in place of its fields.
pub fn with_example(
    flow: &Flow,
    catalogue: &dyn Catalogue,
    trigger: Option<&str>,
    given: Given,
) -> Given {
    let kind = trigger.and_then(|name| flow.triggers.get(name)).map(|it| &it.definition.kind);
    let (Some(TriggerKind::App { event, .. }), Given::Data(data)) = (kind, &given) else {
        return given;
    };
    let spec = catalogue.triggers().iter().find(|spec| spec.name == *event);
    let example = spec.map(|spec| spec.example.clone()).unwrap_or_default();
    match (data, example) {
        (Value::Null, example) => Given::Data(example),
        (Value::Object(fields), Value::Object(example)) => {
            let mut merged = (*example).clone();
            merged.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
            Given::Data(Value::from(merged))
        }
        _ => given,
    }
}

/// The webhook or app trigger of a bot that starts in no other way: what people mean when they name
/// no trigger.
pub fn only_trigger(flow: &Flow) -> Option<&str> {
    let mut triggers = flow.triggers.iter();
    match (triggers.next(), triggers.next()) {
        (Some((name, only)), None) => {
            let kind = &only.definition.kind;
            matches!(kind, TriggerKind::Webhook(_) | TriggerKind::App { .. })
                .then_some(name.as_str())
        }
        _ => None,
    }
}

/// The first fact; none when the trigger's `when` says no.
///
/// # Errors
/// When there is no such trigger, or what it brings does not fit.
pub fn begin(
    flow: &Flow,
    trigger: Option<&str>,
    given: Given,
    env: Value,
    now: Timestamp,
) -> Result<Option<Fact>, Refused> {
    let named = trigger.map(|name| find(flow, name).map(|found| (name, found))).transpose()?;
    let brought = match named {
        Some((name, trigger)) => bring(flow, name, trigger, given, now),
        None => by_hand(given, now),
    };
    let Brought { trigger, event, given } = brought;
    let mut fields = given.as_object().cloned().unwrap_or_default();
    let mut scope = StartScope { inputs: &given, trigger: &trigger, event: &event, env: &env, now };
    if let Some((name, found)) = named {
        for (input, value) in &found.inputs {
            let mut budget = Budget::new(FUEL, MEMORY);
            let value = value.eval(&scope, &mut budget).map_err(|error| Refused::Expression {
                code: error.code,
                message: format!("the input `{input}` of trigger `{name}`: {}", error.message),
            })?;
            fields.insert(input.as_str().into(), value);
        }
    }
    let input = check_value(&flow.bot.inputs, Value::from(fields), false).map_err(|problems| {
        Refused::Input(
            problems.into_iter().map(|problem| (problem.path, problem.message)).collect(),
        )
    })?;
    scope.inputs = &input;
    if let Some(when) = named.and_then(|(_, found)| found.when.as_ref()) {
        let mut budget = Budget::new(FUEL, MEMORY);
        let passed = eval(when, &scope, &mut budget).map_err(|error| Refused::Expression {
            code: error.code,
            message: format!("`when`: {}", error.message),
        })?;
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

fn find<'a>(flow: &'a Flow, name: &str) -> Result<&'a FlowTrigger, Refused> {
    flow.triggers.get(name).ok_or_else(|| Refused::NoTrigger {
        name: name.to_owned(),
        triggers: flow.triggers.keys().cloned().collect(),
    })
}

fn nothing() -> Value {
    Value::Object(Arc::default())
}

/// An object in place of nothing.
fn object(value: Value) -> Value {
    if value.as_object().is_some() { value } else { nothing() }
}

fn by_hand(given: Given, now: Timestamp) -> Brought {
    let trigger = Value::object([
        ("name", Value::Null),
        ("kind", Value::from("manual")),
        ("time", Value::from(now.to_string())),
    ]);
    let given = match given {
        Given::Data(data) => data,
        Given::Request(request) => request.body,
    };
    Brought { trigger, event: Value::Null, given: object(given) }
}

fn bring(flow: &Flow, name: &str, trigger: &FlowTrigger, given: Given, now: Timestamp) -> Brought {
    let kind = &trigger.definition.kind;
    let mut about = Object::default();
    about.insert("name".into(), Value::from(name));
    about.insert("kind".into(), Value::from(kind.name()));
    about.insert("time".into(), Value::from(now.to_string()));
    let address = match kind {
        TriggerKind::Webhook(hook) => Some((hook.method.as_str(), hook.path.as_str())),
        TriggerKind::Form { path, .. } => Some(("POST", path.as_str())),
        _ => None,
    };
    if let Some((method, path)) = address {
        let request = match given {
            Given::Request(request) => request,
            Given::Data(body) => Request { body, ..Request::default() },
        };
        let query = object(request.query);
        let raw = match &request.body {
            Value::Null => String::new(),
            Value::Str(text) => text.to_string(),
            other => other.to_json(),
        };
        about.insert("method".into(), request.method.map_or(Value::from(method), Value::from));
        about.insert("path".into(), Value::from(path));
        about.insert("query".into(), query.clone());
        about.insert("headers".into(), object(request.headers));
        about.insert("raw".into(), Value::from(raw));
        about.insert("body".into(), request.body.clone());
        let given = hook_inputs(&flow.bot.inputs, &query, &request.body);
        return Brought { trigger: Value::from(about), event: Value::Null, given };
    }
    let given = match given {
        Given::Data(data) => data,
        Given::Request(request) => request.body,
    };
    let event_kind = match kind {
        TriggerKind::Event { event } | TriggerKind::App { event, .. } => Some(event.as_str()),
        TriggerKind::Email { .. } => Some("email"),
        TriggerKind::Chat { .. } => Some("chat"),
        _ => None,
    };
    let event = event_kind.map_or(Value::Null, |kind| event(kind, given.clone(), now));
    Brought { trigger: Value::from(about), event, given: object(given) }
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
