//! A draft against its case.

use std::time::Duration;

use codex32_model::definition::{Bot, Step, Tool, TriggerKind, Verb};
use codex32_model::{Catalogue, Value};
use serde_json::Value as Json;

use super::{Case, fires};
use crate::Draft;

/// A kind of demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Demand {
    Trigger,
    Times,
    Actions,
    Contains,
    Values,
    Structure,
    Forbid,
    /// A required question where one is right.
    Ask,
    /// No required question where none is.
    Needless,
    /// The definition passes the checker and every action is in the catalogue.
    Valid,
}

impl Demand {
    pub const ALL: [Self; 10] = [
        Self::Trigger,
        Self::Times,
        Self::Actions,
        Self::Contains,
        Self::Values,
        Self::Structure,
        Self::Forbid,
        Self::Ask,
        Self::Needless,
        Self::Valid,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Trigger => "trigger kind",
            Self::Times => "fire times",
            Self::Actions => "actions",
            Self::Contains => "contains",
            Self::Values => "values",
            Self::Structure => "structure",
            Self::Forbid => "forbid",
            Self::Ask => "asks when unclear",
            Self::Needless => "no needless question",
            Self::Valid => "valid, nothing invented",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Outcome {
    pub id: String,
    pub text: String,
    /// Each demand that the case makes, and whether it is met.
    pub demands: Vec<(Demand, bool)>,
    pub took: Duration,
    pub draft: Draft,
    /// Actions of the draft that the catalogue does not have.
    pub invented: Vec<String>,
}

impl Outcome {
    pub fn is_right(&self) -> bool {
        self.demands.iter().all(|(_, met)| *met)
    }

    pub fn missed(&self) -> Vec<Demand> {
        self.demands.iter().filter(|(_, met)| !met).map(|(demand, _)| *demand).collect()
    }
}

/// Looks at a draft with what its case demands.
pub fn score(
    case: Case,
    draft: Draft,
    took: Duration,
    catalogue: &dyn Catalogue,
    zone: &str,
) -> Outcome {
    let mut seen = Seen::default();
    if let Some(bot) = &draft.definition {
        seen.bot(bot);
    }
    let required = draft.questions.iter().any(|question| question.required);
    let mut demands = Vec::new();
    let kinds = kinds(draft.definition.as_ref());
    let wanted = case.kinds();
    demands.push((Demand::Trigger, kinds.iter().any(|kind| wanted.contains(&kind.as_str()))));
    if case.has_times() {
        demands.push((
            Demand::Times,
            draft.definition.as_ref().is_some_and(|bot| fires::agree(&case, bot, zone)),
        ));
    }
    if !case.actions.is_empty() {
        demands.push((Demand::Actions, actions(&case, &seen.deeds)));
    }
    if !case.contains.is_empty() {
        demands.push((Demand::Contains, case.contains.iter().all(|text| seen.has(text))));
    }
    if !case.values.is_empty() {
        demands.push((Demand::Values, case.values.iter().all(|value| seen.has_number(value))));
    }
    if !case.structure.is_empty() {
        demands.push((
            Demand::Structure,
            case.structure.iter().any(|key| seen.keys.contains(&key.as_str())),
        ));
    }
    if !case.forbid.is_empty() {
        let none = !seen
            .deeds
            .iter()
            .any(|deed| case.forbid.iter().any(|prefix| deed.starts_with(prefix.as_str())));
        demands.push((Demand::Forbid, none));
    }
    if case.ask {
        demands.push((Demand::Ask, required));
    } else if !case.may_ask {
        demands.push((Demand::Needless, !required));
    }
    let invented: Vec<String> = seen
        .deeds
        .iter()
        .filter(|deed| deed.contains('.') && catalogue.action(deed).is_none())
        .cloned()
        .collect();
    let refused = draft.diagnostics.iter().any(codex32_model::Diagnostic::is_error);
    demands.push((Demand::Valid, invented.is_empty() && !refused));
    Outcome { id: case.id, text: case.text, demands, took, draft, invented }
}

fn kinds(bot: Option<&Bot>) -> Vec<String> {
    let kinds: Vec<String> = bot
        .map(|bot| bot.triggers.values().map(|trigger| trigger.kind.name().to_owned()).collect())
        .unwrap_or_default();
    if kinds.is_empty() { vec!["manual".to_owned()] } else { kinds }
}

/// Whether each wanted prefix is met by a deed of its own, in order unless the case is lax.
fn actions(case: &Case, deeds: &[String]) -> bool {
    let fits = |prefixes: &[String], deed: &str| {
        prefixes.iter().any(|prefix| {
            deed.starts_with(prefix.as_str()) || prefix == "respond" && deed == "return"
        })
    };
    if case.ordered {
        let mut from = 0;
        return case.actions.iter().all(|prefixes| {
            let found = deeds[from..].iter().position(|deed| fits(prefixes, deed));
            found.is_some_and(|at| {
                from += at + 1;
                true
            })
        });
    }
    let mut free: Vec<&String> = deeds.iter().collect();
    case.actions.iter().all(|prefixes| {
        let found = free.iter().position(|deed| fits(prefixes, deed));
        found.is_some_and(|at| {
            free.remove(at);
            true
        })
    })
}

/// What runs: deeds, texts, numbers and keys, without names, descriptions and notes.
#[derive(Default)]
struct Seen {
    deeds: Vec<String>,
    texts: Vec<String>,
    numbers: Vec<f64>,
    keys: Vec<&'static str>,
}

impl Seen {
    fn bot(&mut self, bot: &Bot) {
        // As the definition spells it: `hmac-sha256`.
        let printed = codex32_flow::print::to_value(bot);
        if let Some(triggers) = printed.as_object().and_then(|bot| bot.get("triggers")) {
            self.texts.push(triggers.to_text());
        }
        for trigger in bot.triggers.values() {
            self.texts.push(format!("{:?}", trigger.kind));
            if matches!(&trigger.kind, TriggerKind::Webhook(hook) if hook.verify.is_some()) {
                self.keys.push("verify");
            }
            if let TriggerKind::App { with, .. } = &trigger.kind {
                with.values().for_each(|value| self.value(value));
            }
            for value in trigger.inputs.values() {
                self.value(value);
            }
            if let Some(when) = &trigger.when {
                self.keys.push("when");
                self.text(when);
            }
        }
        for field in bot.inputs.values() {
            if let Some(default) = &field.default {
                self.value(default);
            }
        }
        if let Some(rate) = &bot.limits.rate {
            self.numbers.push(f64::from(rate.count));
            self.span(rate.within);
        }
        self.steps(&bot.steps);
        if !bot.on_error.is_empty() {
            self.keys.push("on_error");
            self.steps(&bot.on_error);
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            if let Some(when) = &step.when {
                self.keys.push("when");
                self.text(when);
            }
            if let Some(retry) = &step.retry {
                self.keys.push("retry");
                self.numbers.push(f64::from(retry.attempts));
                self.span(retry.first);
            }
            if let Some(timeout) = step.timeout {
                self.span(timeout);
            }
            if step.on_error == codex32_model::definition::OnError::Continue {
                self.keys.push("on_error");
            }
            self.verb(&step.verb);
        }
    }

    fn deed(&mut self, verb: &'static str) {
        self.deeds.push(verb.to_owned());
        self.keys.push(verb);
    }

    fn verb(&mut self, verb: &Verb) {
        match verb {
            Verb::Do(deed) => {
                self.deeds.push(deed.action.clone());
                deed.with.values().for_each(|value| self.value(value));
            }
            Verb::Code(code) => {
                self.deed("code");
                self.text(&code.code);
            }
            Verb::Set(value) => {
                self.deed("set");
                self.value(value);
            }
            Verb::If { condition, then, otherwise } => {
                self.deed("if");
                self.text(condition);
                self.steps(then);
                self.steps(otherwise);
            }
            Verb::Switch { on, cases, default } => {
                self.deed("switch");
                self.text(on);
                for (case, steps) in cases {
                    self.text(case);
                    self.steps(steps);
                }
                self.steps(default.as_deref().unwrap_or_default());
            }
            Verb::ForEach { items, concurrency, steps, .. } => {
                self.deed("for_each");
                self.text(items);
                self.numbers.push(f64::from(*concurrency));
                self.steps(steps);
            }
            Verb::Parallel(branches) => {
                self.deed("parallel");
                branches.values().for_each(|steps| self.steps(steps));
            }
            Verb::Try { body, catch, finally } => {
                self.deed("try");
                self.steps(body);
                if let Some(catch) = catch {
                    self.keys.push("catch");
                    self.steps(catch);
                }
                self.steps(finally.as_deref().unwrap_or_default());
            }
            Verb::Wait(wait) => {
                self.deed("wait");
                self.text(&format!("{wait:?}"));
            }
            Verb::Approve(approve) => {
                self.deed("approve");
                self.text(&approve.text);
                approve.to.iter().for_each(|to| self.text(to));
                if let Some(expires) = approve.expires {
                    self.span(expires);
                }
            }
            Verb::Ask(ask) => {
                self.deed("ask");
                self.text(&ask.prompt);
                self.text(ask.model.as_deref().unwrap_or_default());
                ask.sources.iter().for_each(|source| self.text(source));
                self.text(&format!("{:?}", ask.output));
            }
            Verb::Agent(agent) => {
                self.deed("agent");
                self.text(&agent.prompt);
                for tool in &agent.tools {
                    match tool {
                        Tool::Do { action, .. } => self.deeds.push(action.clone()),
                        Tool::Call { .. } => self.deeds.push("call".to_owned()),
                        Tool::Mcp { .. } => self.deeds.push("mcp".to_owned()),
                        Tool::Search { .. } => self.deeds.push("search".to_owned()),
                    }
                }
            }
            Verb::Search(search) => {
                self.deed("search");
                self.text(&search.base);
                self.text(&search.query);
            }
            Verb::Call(call) => {
                self.deed("call");
                self.text(&call.bot);
                for (name, value) in &call.with {
                    self.texts.push(name.clone());
                    self.value(value);
                }
            }
            Verb::Emit { event, data, key } => {
                self.deed("emit");
                self.text(event);
                self.text(key.as_deref().unwrap_or_default());
                self.value(data);
            }
            Verb::Respond { status, body, .. } => {
                self.deed("respond");
                self.value(status);
                self.value(body);
            }
            Verb::Return(value) => {
                self.deed("return");
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Str(text) => self.text(text),
            Value::Int(_) | Value::Float(_) => {
                self.numbers.extend(value.as_f64());
                self.texts.push(value.to_text());
            }
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (key, value) in fields.iter() {
                    self.texts.push(key.to_string());
                    self.value(value);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// A span of time, as it is spelled and in seconds.
    fn span(&mut self, span: std::time::Duration) {
        self.text(&codex32_model::time::format_duration(span));
        self.numbers.push(span.as_secs_f64());
    }

    fn text(&mut self, text: &str) {
        let digits = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        self.numbers.extend(digits.filter_map(|part| part.trim_matches('.').parse::<f64>().ok()));
        self.texts.push(text.to_owned());
    }

    fn has(&self, wanted: &str) -> bool {
        let low = wanted.to_lowercase();
        self.texts.iter().any(|text| text.to_lowercase().contains(&low))
            || wanted.parse::<f64>().is_ok_and(|number| self.numbers.contains(&number))
    }

    fn has_number(&self, wanted: &Json) -> bool {
        match wanted {
            Json::Array(any) => any.iter().any(|one| self.has_number(one)),
            one => one.as_f64().is_some_and(|number| self.numbers.contains(&number)),
        }
    }
}
