//! Steps.

use codex32_model::Value;
use codex32_model::definition::{
    Agent, Approve, Ask, Backoff, DEFAULT_BINDING, Decision, Language, OnError, OnReject, Retry,
    Step, Tool, Verb, Wait,
};
use indexmap::IndexMap;

use super::{Keys, fields, limits, schema, span};

pub fn steps(steps: &[Step]) -> Value {
    Value::list(steps.iter().map(step))
}

fn step(step: &Step) -> Value {
    let mut out = Keys::default();
    out.some("id", step.id.as_deref());
    out.some("name", step.name.as_deref());
    out.some("note", step.note.as_deref());
    out.some("when", step.when.as_deref());
    verb(&step.verb, &mut out);
    out.some("retry", step.retry.as_ref().map(retry));
    out.some("timeout", step.timeout.map(span));
    out.unless("on_error", step.on_error, OnError::Fail, |_| "continue".into());
    out.finish()
}

fn retry(retry: &Retry) -> Value {
    let mut out = Keys::default();
    let default = Retry::default();
    out.put("attempts", retry.attempts);
    out.unless("backoff", retry.backoff, default.backoff, |backoff| {
        match backoff {
            Backoff::Constant => "constant",
            Backoff::Linear => "linear",
            Backoff::Exponential => "exponential",
        }
        .into()
    });
    out.unless("first", retry.first, default.first, |first| span(first).into());
    // A longer first pause raises the default ceiling, as when reading.
    out.unless("most", retry.most, default.most.max(retry.first), |most| span(most).into());
    out.finish()
}

fn branches(branches: &IndexMap<String, Vec<Step>>) -> Value {
    Value::object(branches.iter().map(|(name, inner)| (name.as_str(), steps(inner))))
}

fn verb(verb: &Verb, out: &mut Keys) {
    match verb {
        Verb::Do(action) => {
            out.put("do", action.action.as_str());
            out.some("connection", action.connection.as_deref());
            out.values("with", &action.with);
        }
        Verb::Code(step) => {
            out.put("code", step.code.as_str());
            out.unless("language", step.language, Language::TypeScript, |language| {
                language.as_str().into()
            });
            out.texts("network", &step.network);
            out.some("output", step.output.as_ref().map(schema));
        }
        Verb::Set(value) => out.put("set", value.clone()),
        Verb::If { condition, then, otherwise } => {
            out.put("if", condition.as_str());
            out.put("then", steps(then));
            if !otherwise.is_empty() {
                out.put("else", steps(otherwise));
            }
        }
        Verb::Switch { on, cases, default } => {
            out.put("switch", on.as_str());
            out.put("cases", branches(cases));
            out.some("default", default.as_deref().map(steps));
        }
        Verb::ForEach { items, bind, concurrency, steps: body } => {
            out.put("for_each", items.as_str());
            out.unless("as", bind.as_str(), DEFAULT_BINDING, Value::from);
            out.unless("concurrency", *concurrency, 1, Value::from);
            out.put("steps", steps(body));
        }
        Verb::Parallel(inner) => out.put("parallel", branches(inner)),
        Verb::Try { body, catch, finally } => {
            out.put("try", steps(body));
            out.some("catch", catch.as_deref().map(steps));
            out.some("finally", finally.as_deref().map(steps));
        }
        Verb::Wait(inner) => out.put("wait", wait(inner)),
        Verb::Approve(inner) => approve(inner, out),
        Verb::Ask(inner) => ask(inner, out),
        Verb::Agent(inner) => agent(inner, out),
        Verb::Search(search) => {
            out.put("search", search.base.as_str());
            out.put("query", search.query.as_str());
            out.unless("top", search.top, 5, Value::from);
        }
        Verb::Call(call) => {
            out.put("call", call.bot.as_str());
            out.values("with", &call.with);
            out.unless("detach", call.detach, false, Value::from);
        }
        Verb::Emit { event, data, key } => {
            out.put("emit", event.as_str());
            out.unless("data", data, &Value::Null, Value::clone);
            out.some("key", key.as_deref());
        }
        Verb::Respond { status, headers, body } => {
            let mut answer = Keys::default();
            answer.unless("status", status, &Value::Int(200), Value::clone);
            answer.values("headers", headers);
            answer.unless("body", body, &Value::Null, Value::clone);
            out.put("respond", answer.finish());
        }
        Verb::Return(value) => out.put("return", value.clone()),
    }
}

fn wait(wait: &Wait) -> Value {
    let mut out = Keys::default();
    match wait {
        Wait::For(span) => return span.as_str().into(),
        Wait::Until { at, timezone } => {
            out.put("until", at.as_str());
            out.some("timezone", timezone.as_deref());
        }
        Wait::Event { event, matching, timeout, since, hold } => {
            out.put("event", event.as_str());
            out.some("match", matching.as_deref());
            out.some("timeout", timeout.map(span));
            out.some("since", since.as_deref());
            out.unless("hold", *hold, false, Value::from);
        }
    }
    out.finish()
}

fn approve(approve: &Approve, out: &mut Keys) {
    out.put("approve", approve.text.as_str());
    out.texts("to", &approve.to);
    if !approve.form.is_empty() {
        out.put("form", fields(&approve.form));
    }
    out.some("expires", approve.expires.map(span));
    out.some(
        "default",
        approve.default.map(|decision| match decision {
            Decision::Approve => "approve",
            Decision::Reject => "reject",
        }),
    );
    out.unless("on_reject", approve.on_reject, OnReject::Stop, |_| "continue".into());
}

fn ask(ask: &Ask, out: &mut Keys) {
    out.put("ask", ask.prompt.as_str());
    out.some("model", ask.model.as_deref());
    out.texts("sources", &ask.sources);
    out.some("output", ask.output.as_ref().map(schema));
    out.some("limits", limits(&ask.limits));
}

fn agent(agent: &Agent, out: &mut Keys) {
    out.put("agent", agent.prompt.as_str());
    out.some("model", agent.model.as_deref());
    if !agent.tools.is_empty() {
        out.put("tools", Value::list(agent.tools.iter().map(tool)));
    }
    out.some("output", agent.output.as_ref().map(schema));
    out.some("limits", limits(&agent.limits));
}

fn tool(tool: &Tool) -> Value {
    let mut out = Keys::default();
    match tool {
        Tool::Do { action, connection, with, approve } => {
            out.put("do", action.as_str());
            out.some("connection", connection.as_deref());
            out.values("with", with);
            out.some("approve", *approve);
        }
        Tool::Call { bot, with, approve } => {
            out.put("call", bot.as_str());
            out.values("with", with);
            out.some("approve", *approve);
        }
        Tool::Mcp { server, allow, approve } => {
            out.put("mcp", server.as_str());
            out.texts("allow", allow);
            out.some("approve", *approve);
        }
        Tool::Search { base } => out.put("search", base.as_str()),
    }
    out.finish()
}
