//! Triggers.

use std::time::Duration;

use codex32_model::codes::bot as codes;
use codex32_model::definition::{
    LEAST_POLL, Respond, ScheduleTrigger, Trigger, TriggerKind, Webhook,
};
use codex32_model::{Place, Schema, Value};

use super::later::child;
use super::names;
use super::steps::Checker;
use crate::expr::nearest;
use crate::schedule;

impl Checker<'_> {
    pub fn triggers(&mut self) {
        let bot = self.bot;
        for (index, (name, trigger)) in bot.triggers.iter().enumerate() {
            let path = child("triggers", name);
            if names::RESERVED.contains(&name.as_str()) {
                self.reserved(name, "trigger", &path);
            }
            self.names.trigger = trigger_type([trigger]);
            self.names.event = is_event(trigger).then(names::event);
            self.names.inputs = None;
            if let TriggerKind::Webhook(hook) = &trigger.kind
                && let Some(dedupe) = &hook.dedupe
            {
                self.expression(dedupe, &format!("{path}.webhook.dedupe"));
            }
            self.mapping(trigger, &path);
            self.names.inputs = Some(&bot.inputs);
            if let Some(when) = &trigger.when {
                self.expression(when, &format!("{path}.when"));
            }
            match &trigger.kind {
                TriggerKind::Schedule(schedule) => self.schedule(schedule, trigger, &path),
                TriggerKind::Webhook(hook) => self.unique_path(index, hook, &path),
                TriggerKind::App { event, connection, with, poll } => {
                    // There is no event yet when its parameters are filled in.
                    self.names.event = None;
                    self.app(event, connection.as_deref(), with, &path);
                    self.shortest_poll(*poll, &path);
                }
                _ => {}
            }
        }
        self.names.trigger = trigger_type(bot.triggers.values());
        self.names.event = bot.triggers.values().any(is_event).then(names::event);
        self.names.inputs = Some(&bot.inputs);
        if let Some(key) = &bot.limits.concurrency_key {
            self.expression(key, "limits.concurrency_key");
        }
    }

    /// `inputs: {name: value}`.
    fn mapping(&mut self, trigger: &Trigger, path: &str) {
        let bot = self.bot;
        let path = format!("{path}.inputs");
        for (name, value) in &trigger.inputs {
            let path = child(&path, name);
            match bot.inputs.get(name) {
                Some(field) => self.argument(value, field, &path, &format!("the input `{name}`")),
                None => {
                    self.value(value, &path);
                    let place = self.places.key(&path);
                    let message = format!("The bot has no input `{name}`.");
                    let near = nearest(name, bot.inputs.keys().map(String::as_str));
                    self.error(codes::TRIGGER_INPUT, place, message, near.map(did_you_mean));
                }
            }
        }
    }

    fn schedule(&mut self, schedule: &ScheduleTrigger, trigger: &Trigger, path: &str) {
        for (name, field) in &self.bot.inputs {
            if field.required && field.default.is_none() && !trigger.inputs.contains_key(name) {
                let message =
                    format!("A schedule brings no data, and the input `{name}` is required.");
                let hint =
                    format!("give it under `inputs` of this trigger, or give `{name}` a default");
                self.error(codes::UNSUPPLIED_INPUT, self.places.key(path), message, Some(hint));
            }
        }
        let (now, zone) = (self.context.now, self.context.zone);
        match schedule::parse(schedule, zone) {
            Err(error) => {
                let key = format!("{path}.{}", error.key);
                self.error(
                    error.code,
                    self.places.value(&key),
                    sentence(&error.message),
                    error.suggestion,
                );
            }
            Ok(parsed) if parsed.next_after(now).is_none() => {
                let message = "This schedule does not fire any more: all its times have passed.";
                self.warning(codes::NEVER, self.places.key(path), message, None);
            }
            Ok(_) => {}
        }
    }

    fn shortest_poll(&mut self, poll: Option<Duration>, path: &str) {
        if poll.is_some_and(|poll| poll < LEAST_POLL) {
            let message = "An app is looked at every 30 seconds at the most.";
            let place = self.places.value(&format!("{path}.poll"));
            self.error(codes::POLL, place, message, Some("write `poll: 30s` or longer".into()));
        }
    }

    fn unique_path(&mut self, index: usize, hook: &Webhook, path: &str) {
        let clash = self.bot.triggers.iter().take(index).find(|(_, other)| {
            matches!(&other.kind, TriggerKind::Webhook(other) if other.path == hook.path
                && (other.method == hook.method || other.method == "ANY" || hook.method == "ANY"))
        });
        if let Some((other, _)) = clash {
            let message = format!(
                "The trigger `{other}` has the path `{}` with {} already.",
                hook.path, hook.method
            );
            let place = self.places.value(&format!("{path}.webhook.path"));
            self.error(
                codes::WEBHOOK_PATH,
                place,
                message,
                Some("take another path or method".into()),
            );
        }
    }

    /// Whether anybody waits for `respond`.
    pub fn has_listener(&self) -> bool {
        self.bot.triggers.values().any(|trigger| match &trigger.kind {
            TriggerKind::Webhook(hook) => hook.respond == Respond::Run,
            TriggerKind::Form { respond, .. } => *respond == Respond::Run,
            TriggerKind::Chat { .. } => true,
            _ => false,
        })
    }

    pub fn later(&mut self) {
        for (Place { path, .. }, what) in super::needs_later(self.bot) {
            let message = format!("This server cannot run {what} yet; `deploy` refuses the bot.");
            self.warning(codes::NEEDS_LATER, self.places.value(&path), message, None);
        }
    }
}

const fn is_event(trigger: &Trigger) -> bool {
    matches!(
        trigger.kind,
        TriggerKind::Event { .. }
            | TriggerKind::App { .. }
            | TriggerKind::Email { .. }
            | TriggerKind::Chat { .. }
    )
}

/// `trigger` in bots with these triggers.
fn trigger_type<'a>(triggers: impl IntoIterator<Item = &'a Trigger>) -> Schema {
    let web = triggers
        .into_iter()
        .any(|trigger| matches!(trigger.kind, TriggerKind::Webhook(_) | TriggerKind::Form { .. }));
    let mut fields =
        vec![("name", Schema::String), ("kind", Schema::String), ("time", Schema::String)];
    if web {
        fields.extend([
            ("method", Schema::String),
            ("path", Schema::String),
            ("query", Schema::any_object()),
            ("headers", Schema::any_object()),
            ("body", Schema::Any),
            ("raw", Schema::String),
        ]);
    }
    Schema::object(fields)
}

pub fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// Begins with a capital letter (unless with a quoted name) and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String =
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect());
    if !out.ends_with(['.', '?', '!']) {
        out.push('.');
    }
    out
}

/// Whether a value has a template anywhere.
pub fn has_template(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("{{"),
        Value::List(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        _ => false,
    }
}
