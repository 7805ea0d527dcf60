//! `do`, `call` and tools: names, parameters and connections against the catalogue.

use std::collections::HashSet;

use codex32_model::action::ConnectionNeed;
use codex32_model::codes::bot as codes;
use codex32_model::definition::{Call, Do, Tool};
use codex32_model::schema::{Field, Fields};
use codex32_model::{ActionSpec, Code, Schema, Value};
use indexmap::IndexMap;

use super::later::child;
use super::steps::Checker;
use super::triggers::{did_you_mean, has_template, sentence};
use super::types::may_fit;
use crate::expr::nearest;
use crate::schema::{fits_field, name};

/// What the messages about parameters speak of.
struct Words {
    /// "parameter" or "input".
    one: &'static str,
    /// "`slack.post_message`" or "the bot `x`".
    owner: String,
    unknown: Code,
    missing: Code,
}

impl<'a> Checker<'a> {
    pub fn action(&mut self, step: &Do, path: &str) -> Schema {
        let spec = self.find(&step.action, &format!("{path}.do"));
        let Some(spec) = spec else {
            self.unchecked(&step.with, path);
            return Schema::Any;
        };
        self.connection(spec, step.connection.as_deref(), path);
        let words = Words {
            one: "parameter",
            owner: format!("`{}`", spec.name),
            unknown: codes::UNKNOWN_PARAM,
            missing: codes::MISSING_PARAM,
        };
        self.arguments(&step.with, &spec.params, path, &format!("{path}.do"), &words);
        spec.output.clone()
    }

    /// `app: connector.trigger` with its parameters.
    pub fn app(
        &mut self,
        trigger: &str,
        connection: Option<&str>,
        with: &IndexMap<String, Value>,
        path: &str,
    ) {
        let catalogue = self.context.catalogue;
        let Some(spec) = catalogue.triggers().iter().find(|spec| spec.name == trigger) else {
            // A name that could not be read was told already.
            if !trigger.is_empty() {
                self.unknown_app(trigger, &format!("{path}.app"));
            }
            self.unchecked(with, path);
            return;
        };
        if spec.connection == ConnectionNeed::None && connection.is_some() {
            let message = format!("`{}` works without a connection.", spec.name);
            let place = self.places.key(&format!("{path}.connection"));
            self.error(codes::CONNECTION, place, message, Some("remove the key".to_owned()));
        }
        let words = Words {
            one: "parameter",
            owner: format!("`{}`", spec.name),
            unknown: codes::UNKNOWN_PARAM,
            missing: codes::MISSING_PARAM,
        };
        self.arguments(with, &spec.params, path, &format!("{path}.app"), &words);
    }

    fn unknown_app(&mut self, trigger: &str, path: &str) {
        let connector = trigger.split('.').next().unwrap_or_default();
        let all = self.context.catalogue.triggers().iter();
        let (own, other): (Vec<_>, Vec<_>) = all.partition(|spec| spec.connector == connector);
        let own: Vec<_> = own.into_iter().map(|spec| spec.name.as_str()).collect();
        let (message, hint) = if own.is_empty() {
            let others = other.iter().map(|spec| spec.connector.as_str());
            let hint = match nearest(connector, others) {
                Some(near) if near != connector => did_you_mean(near),
                _ => format!("look with `codex32 connectors search {connector}`"),
            };
            (format!("Nothing that happens in `{connector}` can start a bot."), Some(hint))
        } else {
            let hint = nearest(trigger, own.iter().copied()).map(did_you_mean);
            (format!("There is no `{trigger}`; there is {}.", own.join(", ")), hint)
        };
        let place = self.places.value(path);
        self.error(codes::UNKNOWN_APP_TRIGGER, place, message, hint);
    }

    fn find(&mut self, action: &str, path: &str) -> Option<&'a ActionSpec> {
        let catalogue = self.context.catalogue;
        // A name that could not be read was told already.
        if action.is_empty() {
            return None;
        }
        if let Some(spec) = catalogue.action(action) {
            return Some(spec);
        }
        let connector = action.split('.').next().unwrap_or_default();
        let all = || catalogue.actions().iter();
        let own: Vec<_> = all()
            .filter(|spec| spec.connector == connector)
            .map(|spec| spec.name.as_str())
            .collect();
        let place = self.places.value(path);
        if own.is_empty() {
            let connectors = catalogue.connectors().iter().map(|spec| spec.name.as_str());
            let hint = match nearest(connector, connectors) {
                Some(near) => {
                    let whole = action.replacen(connector, near, 1);
                    let known = catalogue.action(&whole).is_some();
                    did_you_mean(if known { &whole } else { near })
                }
                None => format!("look with `codex32 connectors search {connector}`"),
            };
            let message = format!("There is no connector `{connector}`.");
            self.error(codes::UNKNOWN_ACTION, place, message, Some(hint));
            return None;
        }
        let message = format!(
            "The connector `{connector}` has no action `{action}`; it has {}.",
            own.join(", ")
        );
        let hint = nearest(action, own.iter().copied()).map(did_you_mean);
        self.error(codes::UNKNOWN_ACTION, place, message, hint);
        None
    }

    fn connection(&mut self, spec: &ActionSpec, given: Option<&str>, path: &str) {
        if spec.connection == ConnectionNeed::None && given.is_some() {
            let message = format!("`{}` works without a connection.", spec.name);
            let place = self.places.key(&format!("{path}.connection"));
            self.error(codes::CONNECTION, place, message, Some("remove the key".to_owned()));
        }
    }

    /// Values whose places are unknown still have their templates checked.
    fn unchecked(&mut self, with: &IndexMap<String, Value>, path: &str) {
        for (key, value) in with {
            self.value(value, &child(&format!("{path}.with"), key));
        }
    }

    fn arguments(
        &mut self,
        with: &IndexMap<String, Value>,
        fields: &Fields,
        path: &str,
        owner: &str,
        words: &Words,
    ) {
        self.fixed(with, fields, path, words);
        for (key, field) in fields {
            if field.required && field.default.is_none() && !with.contains_key(key) {
                let place = self.places.key(owner);
                let message = format!("{} needs the {} `{key}`.", words.owner, words.one);
                let hint = format!("add `{key}` under `with`: {}", name(&field.schema));
                self.error(words.missing, place, sentence(&message), Some(hint));
            }
        }
    }

    /// Those that are given; an agent's model may choose the others.
    fn fixed(
        &mut self,
        with: &IndexMap<String, Value>,
        fields: &Fields,
        path: &str,
        words: &Words,
    ) {
        let inside = format!("{path}.with");
        for (key, value) in with {
            let path = child(&inside, key);
            match fields.get(key) {
                Some(field) => {
                    self.argument(value, field, &path, &format!("the {} `{key}`", words.one))
                }
                None => {
                    self.value(value, &path);
                    let known: Vec<_> = fields.keys().map(String::as_str).collect();
                    let message = format!("{} has no {} `{key}`.", words.owner, words.one);
                    let hint = match nearest(key, known.iter().copied()) {
                        Some(name) => did_you_mean(name),
                        None if known.is_empty() => format!("it has no {}s at all", words.one),
                        None => format!("it has {}", known.join(", ")),
                    };
                    self.error(
                        words.unknown,
                        self.places.key(&path),
                        sentence(&message),
                        Some(hint),
                    );
                }
            }
        }
    }

    /// A value, perhaps with templates, against the field that takes it.
    pub fn argument(&mut self, value: &Value, field: &Field, path: &str, what: &str) {
        if !has_template(value) {
            self.literal(value, field, path, what);
            return;
        }
        let got = self.value(value, path);
        if field.format.as_deref() == Some("sql") {
            let message = format!("{what} is put together from other values.");
            let hint = "write `:name` in its place, and `name: …` under `values`";
            let place = self.places.value(path);
            self.error(codes::SQL_TEMPLATE, place, sentence(&message), Some(hint.to_owned()));
        }
        let absent = got == Schema::Null && !field.required;
        if !absent && !may_fit(&got, &field.schema) {
            let message =
                format!("{what} takes {}, and this gives {}.", name(&field.schema), name(&got));
            let hint = (field.schema == Schema::String
                && matches!(got, Schema::Number | Schema::Integer | Schema::Boolean))
            .then(|| "make a text of it: `{{ String(…) }}`".to_owned());
            self.error(codes::PARAM_TYPE, self.places.value(path), sentence(&message), hint);
        }
    }

    fn literal(&mut self, value: &Value, field: &Field, path: &str, what: &str) {
        if value.is_null() && !field.required {
            return;
        }
        let Err(problem) = fits_field(field, value) else { return };
        let at = match problem.path.as_str() {
            "" => path.to_owned(),
            inner if inner.starts_with('[') => format!("{path}{inner}"),
            inner => format!("{path}.{inner}"),
        };
        let message = match problem.path.as_str() {
            "" => format!("{what}: {}.", problem.message),
            inner => format!("{what}, at `{inner}`: {}.", problem.message),
        };
        let hint = match (&field.schema, value) {
            (Schema::String, Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
                Some(format!("put quotes around it: \"{}\"", value.to_text()))
            }
            (Schema::Enum(words), Value::Str(text)) => {
                nearest(text, words.iter().filter_map(Value::as_str)).map(did_you_mean)
            }
            _ => None,
        };
        self.error(codes::PARAM_TYPE, self.places.value(&at), sentence(&message), hint);
    }

    pub fn call(&mut self, call: &Call, path: &str) -> Schema {
        let here = format!("{path}.call");
        self.cycle(&call.bot, &here);
        let known = self.context.catalogue.bot(&call.bot).filter(|_| call.bot != self.bot.bot);
        let output = match known {
            Some(known) => {
                let words = Words {
                    one: "input",
                    owner: format!("the bot `{}`", call.bot),
                    unknown: codes::CALL_INPUT,
                    missing: codes::CALL_INPUT,
                };
                self.arguments(&call.with, &known.inputs, path, &here, &words);
                known.output.clone()
            }
            None => {
                self.unchecked(&call.with, path);
                self.unknown_bot(&call.bot, &here);
                Schema::Any
            }
        };
        if call.detach { Schema::object([("run", Schema::String)]) } else { output }
    }

    fn unknown_bot(&mut self, bot: &str, path: &str) {
        if bot != self.bot.bot && self.context.catalogue.bot(bot).is_none() {
            let message = format!("There is no bot `{bot}` yet.");
            let place = self.places.value(path);
            self.warning(
                codes::UNKNOWN_BOT,
                place,
                message,
                Some("deploy it before this one runs".into()),
            );
        }
    }

    /// Whether the call leads back to this bot.
    fn cycle(&mut self, bot: &str, path: &str) {
        let own = self.bot.bot.as_str();
        let mut seen = HashSet::new();
        let mut open = vec![vec![bot]];
        while let Some(way) = open.pop() {
            let Some(last) = way.last().copied() else { continue };
            if last == own {
                let way = way.iter().map(|bot| format!("`{bot}`")).collect::<Vec<_>>().join(" → ");
                let message = format!("This call never ends: `{own}` → {way}.");
                let place = self.places.value(path);
                self.error(
                    codes::CALL_CYCLE,
                    place,
                    message,
                    Some("let one of them `emit` an event instead".into()),
                );
                return;
            }
            if seen.insert(last)
                && let Some(known) = self.context.catalogue.bot(last)
            {
                open.extend(known.calls.iter().map(|next| [way.as_slice(), &[next]].concat()));
            }
        }
    }

    pub fn tools(&mut self, tools: &[Tool], path: &str) {
        for (index, tool) in tools.iter().enumerate() {
            let path = format!("{path}.tools[{index}]");
            match tool {
                Tool::Do { action, connection, with, .. } => {
                    let Some(spec) = self.find(action, &format!("{path}.do")) else {
                        self.unchecked(with, &path);
                        continue;
                    };
                    self.connection(spec, connection.as_deref(), &path);
                    let words = Words {
                        one: "parameter",
                        owner: format!("`{}`", spec.name),
                        unknown: codes::UNKNOWN_PARAM,
                        missing: codes::MISSING_PARAM,
                    };
                    self.fixed(with, &spec.params, &path, &words);
                }
                Tool::Call { bot, with, .. } => {
                    let here = format!("{path}.call");
                    self.cycle(bot, &here);
                    let known = self.context.catalogue.bot(bot).filter(|_| *bot != self.bot.bot);
                    let Some(known) = known else {
                        self.unchecked(with, &path);
                        self.unknown_bot(bot, &here);
                        continue;
                    };
                    let words = Words {
                        one: "input",
                        owner: format!("the bot `{bot}`"),
                        unknown: codes::CALL_INPUT,
                        missing: codes::CALL_INPUT,
                    };
                    self.fixed(with, &known.inputs, &path, &words);
                }
                Tool::Mcp { .. } | Tool::Search { .. } => {}
            }
        }
    }
}
