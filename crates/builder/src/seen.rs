//! What a definition does, laid open for comparison: its deeds in order, its literal texts and numbers,
//! each with its place.

use codex32_model::definition::{Bot, Step, Tool, TriggerKind, Verb, Wait};
use codex32_model::time::{format_duration, parse_duration};
use codex32_model::{Schema, Value};

/// A deed: an action by its name, or a verb of the language.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    pub path: String,
    pub name: String,
    /// Its parameters whose values are literal, by name.
    pub with: Vec<(String, Value)>,
}

#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub deeds: Vec<Deed>,
    /// Texts of what runs, with their places; no names, descriptions and notes.
    pub texts: Vec<(String, String)>,
    pub numbers: Vec<f64>,
    /// Spans of time, in seconds.
    pub seconds: Vec<f64>,
    /// `condition`, `retry`, `on_error`, `verify`, `parallel`, `for_each`.
    pub keys: Vec<&'static str>,
    /// Steps that only hold a place.
    pub placeholders: Vec<String>,
}

/// Lays a definition open.
pub fn of(bot: &Bot) -> Seen {
    let mut seen = Seen::default();
    for (name, trigger) in &bot.triggers {
        let path = format!("triggers.{name}");
        if let Some(when) = &trigger.when {
            seen.key("condition");
            seen.text(&format!("{path}.when"), when);
        }
        match &trigger.kind {
            TriggerKind::Webhook(hook) => {
                seen.text(&path, &hook.path);
                if hook.verify.is_some() {
                    seen.key("verify");
                }
            }
            TriggerKind::Event { event } => seen.text(&path, event),
            TriggerKind::App { event, with, .. } => {
                seen.text(&path, event);
                for (name, value) in with {
                    seen.value(&format!("{path}.with.{name}"), value);
                }
            }
            TriggerKind::Form { path: form, title, .. } => {
                seen.text(&path, form);
                seen.text(&path, title.as_deref().unwrap_or_default());
            }
            TriggerKind::Email { folder, .. } => {
                seen.text(&path, folder.as_deref().unwrap_or_default());
            }
            TriggerKind::Chat { path: chat } => seen.text(&path, chat),
            TriggerKind::Schedule(_) | TriggerKind::Manual => {}
        }
        for (input, value) in &trigger.inputs {
            seen.value(&format!("{path}.inputs.{input}"), value);
        }
    }
    for (name, field) in &bot.inputs {
        if let Some(default) = &field.default {
            seen.value(&format!("inputs.{name}"), default);
        }
    }
    if let Some(rate) = &bot.limits.rate {
        seen.numbers.push(f64::from(rate.count));
        seen.span(rate.within);
    }
    seen.numbers.extend(bot.limits.concurrency.map(f64::from));
    seen.steps("steps", &bot.steps);
    if !bot.on_error.is_empty() {
        seen.key("on_error");
        seen.steps("on_error", &bot.on_error);
    }
    seen
}

impl Seen {
    fn key(&mut self, key: &'static str) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    fn steps(&mut self, path: &str, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            self.step(&format!("{path}[{at}]"), step);
        }
    }

    fn step(&mut self, path: &str, step: &Step) {
        if let Some(when) = &step.when {
            self.key("condition");
            self.text(&format!("{path}.when"), when);
        }
        if let Some(retry) = &step.retry {
            self.key("retry");
            self.numbers.push(f64::from(retry.attempts));
            self.span(retry.first);
        }
        step.timeout.into_iter().for_each(|span| self.span(span));
        if step.on_error == codex32_model::definition::OnError::Continue {
            self.key("on_error");
        }
        self.verb(path, &step.verb);
        for (branch, inner) in branches(&step.verb) {
            self.steps(&format!("{path}.{branch}"), inner);
        }
    }

    fn deed(&mut self, path: &str, name: &str) {
        self.deeds.push(Deed { path: path.to_owned(), name: name.to_owned(), with: Vec::new() });
    }

    fn verb(&mut self, path: &str, verb: &Verb) {
        match verb {
            Verb::Do(call) => {
                let with = call.with.iter().map(|(name, value)| (name.clone(), value.clone()));
                self.deeds.push(Deed {
                    path: path.to_owned(),
                    name: call.action.clone(),
                    with: with.collect(),
                });
                for (name, value) in &call.with {
                    self.value(&format!("{path}.with.{name}"), value);
                }
            }
            Verb::Code(code) => self.text(&format!("{path}.code"), &code.code),
            Verb::Set(Value::Null) => self.placeholders.push(path.to_owned()),
            Verb::Set(value) => self.value(&format!("{path}.set"), value),
            Verb::If { condition, .. } => {
                self.key("condition");
                self.text(&format!("{path}.if"), condition);
            }
            Verb::Switch { on, cases, .. } => {
                self.key("condition");
                self.text(&format!("{path}.switch"), on);
                cases.keys().for_each(|case| self.text(path, case));
            }
            Verb::ForEach { items, concurrency, .. } => {
                self.key("for_each");
                self.text(&format!("{path}.for_each"), items);
                self.numbers.push(f64::from(*concurrency));
            }
            Verb::Parallel(_) => self.key("parallel"),
            Verb::Try { .. } => self.key("on_error"),
            Verb::Wait(wait) => {
                self.deed(path, "wait");
                match wait {
                    Wait::For(span) => self.text(path, span),
                    Wait::Until { at, .. } => self.text(path, at),
                    Wait::Event { event, matching, timeout, .. } => {
                        self.text(path, event);
                        self.text(path, matching.as_deref().unwrap_or_default());
                        timeout.iter().for_each(|span| self.span(*span));
                    }
                }
            }
            Verb::Approve(approve) => {
                self.deed(path, "approve");
                self.text(path, &approve.text);
                approve.to.iter().for_each(|to| self.text(&format!("{path}.to"), to));
                approve.expires.iter().for_each(|span| self.span(*span));
            }
            Verb::Ask(ask) => {
                self.deed(path, "ask");
                self.text(&format!("{path}.ask"), &ask.prompt);
                self.text(path, ask.model.as_deref().unwrap_or_default());
                ask.sources.iter().for_each(|source| self.text(path, source));
                ask.output.iter().for_each(|output| self.schema(path, output));
            }
            Verb::Agent(agent) => {
                self.deed(path, "agent");
                self.text(&format!("{path}.agent"), &agent.prompt);
                self.text(path, agent.model.as_deref().unwrap_or_default());
                for tool in &agent.tools {
                    match tool {
                        Tool::Do { action, with, .. } => {
                            self.deed(&format!("{path}.tools"), action);
                            with.values().for_each(|value| self.value(path, value));
                        }
                        Tool::Call { bot, with, .. } => {
                            self.text(path, bot);
                            with.values().for_each(|value| self.value(path, value));
                        }
                        Tool::Mcp { server, .. } => self.text(path, server),
                        Tool::Search { base } => self.text(path, base),
                    }
                }
            }
            Verb::Search(search) => {
                self.deed(path, "search");
                self.text(path, &search.base);
                self.text(path, &search.query);
            }
            Verb::Call(call) => {
                self.deed(path, "call");
                self.text(path, &call.bot);
                for (name, value) in &call.with {
                    self.value(&format!("{path}.with.{name}"), value);
                }
            }
            Verb::Emit { event, data, key } => {
                self.deed(path, "emit");
                self.text(path, event);
                self.text(path, key.as_deref().unwrap_or_default());
                self.value(&format!("{path}.data"), data);
            }
            Verb::Respond { status, body, .. } => {
                self.deed(path, "answer");
                self.value(path, status);
                self.value(path, body);
            }
            Verb::Return(value) => {
                self.deed(path, "answer");
                self.value(path, value);
            }
        }
    }

    fn schema(&mut self, path: &str, schema: &Schema) {
        match schema {
            Schema::Enum(values) => values.iter().for_each(|value| self.value(path, value)),
            Schema::Array(item) => self.schema(path, item),
            Schema::Union(shapes) => shapes.iter().for_each(|shape| self.schema(path, shape)),
            Schema::Object { fields, .. } => {
                for (name, field) in fields {
                    self.text(path, name);
                    self.schema(path, &field.schema);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, path: &str, value: &Value) {
        match value {
            Value::Str(text) => self.text(path, text),
            Value::Int(_) | Value::Float(_) => {
                self.numbers.extend(value.as_f64());
                self.texts.push((path.to_owned(), value.to_text()));
            }
            Value::List(items) => items.iter().for_each(|item| self.value(path, item)),
            Value::Object(fields) => {
                for (name, value) in fields.iter() {
                    self.texts.push((path.to_owned(), name.to_string()));
                    self.value(&format!("{path}.{name}"), value);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn span(&mut self, span: std::time::Duration) {
        self.texts.push((String::new(), format_duration(span)));
        self.numbers.extend(numbers(&format_duration(span)));
        self.seconds.push(span.as_secs_f64());
    }

    fn text(&mut self, path: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Ok(span) = parse_duration(text) {
            self.seconds.push(span.as_secs_f64());
        }
        self.numbers.extend(numbers(text));
        self.texts.push((path.to_owned(), text.to_owned()));
    }

    /// Whether it stands in what runs, whatever its case.
    pub fn has(&self, wanted: &str) -> bool {
        let low = wanted.to_lowercase();
        self.texts.iter().any(|(_, text)| text.to_lowercase().contains(&low))
    }
}

fn numbers(text: &str) -> impl Iterator<Item = f64> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|part| part.trim_matches('.').parse().ok())
}

/// The lists of steps inside a step, by the rest of their path.
pub fn branches(verb: &Verb) -> Vec<(String, &[Step])> {
    let mut out: Vec<(String, &[Step])> = Vec::new();
    match verb {
        Verb::If { then, otherwise, .. } => {
            out.push(("then".to_owned(), then));
            out.push(("else".to_owned(), otherwise));
        }
        Verb::Switch { cases, default, .. } => {
            out.extend(cases.iter().map(|(name, steps)| (format!("cases.{name}"), &steps[..])));
            out.extend(default.iter().map(|steps| ("default".to_owned(), &steps[..])));
        }
        Verb::ForEach { steps, .. } => out.push(("steps".to_owned(), steps)),
        Verb::Parallel(branches) => {
            let inner =
                branches.iter().map(|(name, steps)| (format!("parallel.{name}"), &steps[..]));
            out.extend(inner);
        }
        Verb::Try { body, catch, finally } => {
            out.push(("try".to_owned(), body));
            out.extend(catch.iter().map(|steps| ("catch".to_owned(), &steps[..])));
            out.extend(finally.iter().map(|steps| ("finally".to_owned(), &steps[..])));
        }
        _ => {}
    }
    out
}
