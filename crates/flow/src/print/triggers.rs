//! Triggers.

use codex32_model::Value;
use codex32_model::definition::{
    Missed, Overlap, Respond, Rule, ScheduleTrigger, Scheme, Trigger, TriggerKind, Verify, Webhook,
};

use super::{Keys, span};
use crate::parse::format_size;

pub fn trigger(trigger: &Trigger) -> Value {
    let mut out = Keys::default();
    match &trigger.kind {
        TriggerKind::Schedule(inner) => schedule(inner, &mut out),
        TriggerKind::Webhook(hook) => out.put("webhook", webhook(hook)),
        TriggerKind::Event { event } => out.put("event", event.as_str()),
        TriggerKind::App { event, connection, with, poll } => {
            out.put("app", event.as_str());
            out.some("connection", connection.as_deref());
            out.values("with", with);
            out.some("poll", poll.map(span));
        }
        TriggerKind::Form { path, title, respond } => {
            let mut form = Keys::default();
            form.put("path", path.as_str());
            form.some("title", title.as_deref());
            form.unless("respond", *respond, Respond::Now, |_| "run".into());
            out.put("form", form.finish());
        }
        TriggerKind::Email { connection, folder } => {
            let mut email = Keys::default();
            email.some("connection", connection.as_deref());
            email.some("folder", folder.as_deref());
            out.put("email", email.finish());
        }
        TriggerKind::Chat { path } => {
            out.put("chat", Value::object([("path", path.as_str())].map(|(k, v)| (k, v.into()))));
        }
        TriggerKind::Manual => out.put("manual", Keys::default().finish()),
    }
    out.some("when", trigger.when.as_deref());
    out.values("inputs", &trigger.inputs);
    out.finish()
}

fn schedule(schedule: &ScheduleTrigger, out: &mut Keys) {
    match &schedule.rule {
        Rule::Calendar(text) => out.put("schedule", text.as_str()),
        Rule::Every(period) => out.put("every", span(*period)),
        Rule::Once(at) => out.put("once", at.as_str()),
    }
    out.some("timezone", schedule.timezone.as_deref());
    out.some("start", schedule.start.as_deref());
    out.some("end", schedule.end.as_deref());
    out.some("count", schedule.count);
    out.texts("except", &schedule.except);
    out.unless("missed", schedule.missed, Missed::Last, |missed| match missed {
        Missed::Skip => "skip".into(),
        Missed::Last => "last".into(),
        Missed::All => "all".into(),
    });
    out.unless("overlap", schedule.overlap, Overlap::Queue, |overlap| match overlap {
        Overlap::Queue => "queue".into(),
        Overlap::Skip => "skip".into(),
        Overlap::Cancel => "cancel".into(),
    });
}

fn webhook(hook: &Webhook) -> Value {
    let mut out = Keys::default();
    out.put("path", hook.path.as_str());
    out.unless("method", hook.method.as_str(), "POST", Value::from);
    out.unless("respond", hook.respond, Respond::Now, |_| "run".into());
    out.some("timeout", hook.timeout.map(span));
    out.some(
        "max_body",
        hook.max_body.map(|bytes| match format_size(bytes) {
            Ok(text) => Value::from(text),
            Err(bytes) => i64::try_from(bytes).map_or(Value::Null, Value::Int),
        }),
    );
    out.some("dedupe", hook.dedupe.as_deref());
    out.some("verify", hook.verify.as_ref().map(verify));
    out.finish()
}

fn verify(verify: &Verify) -> Value {
    let mut out = Keys::default();
    out.put(
        "scheme",
        match verify.scheme {
            Scheme::Standard => "standard",
            Scheme::GitHub => "github",
            Scheme::Stripe => "stripe",
            Scheme::Slack => "slack",
            Scheme::HmacSha256 => "hmac-sha256",
        },
    );
    out.put("connection", verify.connection.as_str());
    out.some("header", verify.header.as_deref());
    out.some("tolerance", verify.tolerance.map(span));
    out.finish()
}
