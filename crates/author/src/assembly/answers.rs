//! Answers that are sentences, and the questions about the trigger.

use codex32_model::Schema;
use codex32_model::action::ConnectionNeed;
use codex32_model::definition::{Step, TriggerKind};

use super::Builder;
use crate::QuestionKind;
use crate::text::{self, Lang};
use crate::triggers::{self, Doubt};
use crate::{clauses, structure};

impl Builder<'_> {
    /// Reads the answer to a clarifying question in the place of the clause that it is about.
    pub(super) fn reread(&mut self, id: &str, answer: &str) -> Vec<Step> {
        let read = text::read(answer);
        let clauses = clauses::split(&read, &[], &self.index);
        let tree = structure::build(clauses);
        self.forbid(&tree.forbidden);
        let prefix = std::mem::replace(&mut self.prefix, format!("{id}/"));
        self.depth += 1;
        let steps = self.lower(&tree.nodes);
        self.depth -= 1;
        self.prefix = prefix;
        steps
    }

    pub(super) fn source_questions(&mut self) {
        if let Some(app) = self.start.app.clone() {
            self.app_trigger(&app);
        }
        self.trigger_conditions();
        match self.start.doubt {
            Some(Doubt::UnknownSource) => self.unknown_source(),
            Some(Doubt::Vague) => {
                let text = self.say("What should start the bot? Such as “when the webhook order arrives” or “every day at 9”.", "Was soll den Bot starten? Etwa „wenn der Webhook bestellung kommt“ oder „jeden Tag um 9“.").to_owned();
                let answer = self.ask("trigger.what", QuestionKind::Clarify, text.clone(), None);
                let found = answer.as_ref().and_then(|answer| self.read_start(answer));
                match found {
                    Some(kind) => self.start.kind = Some(kind),
                    None => {
                        self.doubtful += 1;
                        if answer.is_some() {
                            self.reask("trigger.what", QuestionKind::Clarify, text);
                        }
                    }
                }
            }
            Some(Doubt::Assumed | Doubt::Unnamed | Doubt::NoTrigger) => {
                let Some(TriggerKind::Webhook(hook)) = self.start.kind.clone() else { return };
                let text = match self.lang {
                    Lang::En => "Under which path does the webhook take requests?",
                    Lang::De => "Unter welchem Pfad nimmt der Webhook Anfragen an?",
                };
                let answer = self.ask_with(
                    "trigger.path",
                    QuestionKind::Value,
                    text.to_owned(),
                    None,
                    Some(hook.path.clone()),
                );
                let path = answer.unwrap_or_default();
                let path: String = path
                    .trim_matches('/')
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() || "/._~-".contains(c) { c } else { '-' })
                    .collect();
                if !path.is_empty() {
                    let kind = triggers::webhook(&path);
                    self.start.kind = Some(kind);
                }
                let note = self
                    .say("what starts it comes as a webhook", "was ihn startet, kommt als Webhook");
                if self.start.doubt == Some(Doubt::Assumed) {
                    self.notes.push(note.to_owned());
                }
                if self.start.doubt == Some(Doubt::NoTrigger) {
                    let source = self.start.source.clone().unwrap_or_default();
                    self.notes.push(match self.lang {
                        Lang::En => format!("the connector for {source} does not tell of this by itself, so {source} is to call the webhook"),
                        Lang::De => format!("der Konnektor für {source} meldet das nicht von selbst, deshalb soll {source} den Webhook aufrufen"),
                    });
                }
            }
            None => {}
        }
    }

    /// Nothing tells of what happens in a service without a connector.
    fn unknown_source(&mut self) {
        let name = self.start.source.clone().unwrap_or_default();
        let message = match self.lang {
            Lang::En => format!("Codex-32 has no connector for {name}."),
            Lang::De => format!("Codex-32 hat keinen Konnektor für {name}."),
        };
        self.warn(codex32_model::codes::author::UNKNOWN_APP, message.clone());
        let text = match self.lang {
            Lang::En => format!(
                "{message} What should start the bot instead? Such as “when the webhook order arrives” or “every day at 9”."
            ),
            Lang::De => format!(
                "{message} Was soll den Bot stattdessen starten? Etwa „wenn der Webhook bestellung kommt“ oder „jeden Tag um 9“."
            ),
        };
        let answer = self.ask("trigger.what", QuestionKind::Clarify, text.clone(), None);
        match answer.as_ref().and_then(|answer| self.read_start(answer)) {
            Some(kind) => self.start.kind = Some(kind),
            None => {
                self.doubtful += 1;
                if answer.is_some() {
                    self.reask("trigger.what", QuestionKind::Clarify, text);
                }
            }
        }
    }

    /// The connection and the parameters of a trigger of another system.
    fn app_trigger(&mut self, app: &codex32_model::action::TriggerSpec) {
        self.understood += 1;
        // A service that is read without signing in is heard without it, too.
        let need = self
            .request
            .catalogue
            .actions()
            .iter()
            .find(|action| action.connector == app.connector)
            .map_or(ConnectionNeed::Required, |action| match action.connection {
                ConnectionNeed::None => ConnectionNeed::None,
                _ => ConnectionNeed::Required,
            });
        let bound = self.connection_of(&app.connector, need);
        let Some(TriggerKind::App { connection, with, .. }) = &mut self.start.kind else { return };
        *connection = bound;
        let mut with = std::mem::take(with);
        for (name, field) in &app.params {
            let open = field.required && field.default.is_none() && !with.contains_key(name);
            if !open {
                continue;
            }
            let text = self.which(&app.title, name, field);
            let variable = format!("{}_{name}", app.connector);
            let value = self.missing(&format!("trigger.{name}"), text, &variable);
            with.insert(name.clone(), value);
        }
        if let Some(TriggerKind::App { with: held, .. }) = &mut self.start.kind {
            *held = with;
        }
    }

    /// What the sentence says of what comes, as the trigger's condition.
    fn trigger_conditions(&mut self) {
        if !matches!(self.start.kind, Some(TriggerKind::App { .. } | TriggerKind::Email { .. })) {
            return;
        }
        let tests: Vec<String> = self
            .start
            .conditions
            .clone()
            .into_iter()
            .map(|(field, value)| {
                if field == crate::triggers::MENTIONS {
                    return self.mentions(&value);
                }
                let own = self.event_field(&field).unwrap_or_else(|| field.clone());
                let value = super::logic::quoted(&value);
                if ["subject", "text", "title", "from"].contains(&field.as_str())
                    || self.brings_list(&own)
                {
                    format!("event.data.{own}.includes({value})")
                } else {
                    format!("event.data.{own} == {value}")
                }
            })
            .collect();
        let mut tests = tests;
        for worded in std::mem::take(&mut self.start.worded) {
            tests.push(self.worded(&worded));
        }
        if !tests.is_empty() {
            self.trigger_when = Some(format!("{{{{ {} }}}}", tests.join(" && ")));
        }
    }

    /// On these days nothing starts the bot: `Sat`, `Sun`.
    pub(super) fn rest_on(&mut self, days: &[String]) {
        let starts =
            self.start.kind.as_ref().is_some_and(|kind| {
                !matches!(kind, TriggerKind::Manual | TriggerKind::Schedule(_))
            });
        if days.is_empty() || !starts {
            return;
        }
        let days: Vec<String> = days.iter().map(|day| super::logic::quoted(day)).collect();
        let zone = super::logic::quoted(self.request.zone);
        let test = format!("![{}].includes(formatDate(now, 'ddd', {zone}))", days.join(", "));
        let before = self.trigger_when.take();
        let inner =
            before.as_deref().and_then(|when| when.strip_prefix("{{ ")?.strip_suffix(" }}"));
        self.trigger_when = Some(match inner {
            Some(inner) => format!("{{{{ {inner} && {test} }}}}"),
            None => format!("{{{{ {test} }}}}"),
        });
    }

    /// Whether that field of what comes is a list.
    fn brings_list(&self, name: &str) -> bool {
        let Some(Schema::Object { fields, .. }) = self.start.app.as_ref().map(|app| &app.event)
        else {
            return false;
        };
        fields.get(name).is_some_and(|field| matches!(field.schema, Schema::Array(_)))
    }

    /// Whether a part of what comes holds one of some words.
    fn worded(&self, worded: &crate::phrasing::Worded) -> String {
        let holds: Vec<String> = worded
            .values
            .iter()
            .map(|value| match worded.field {
                Some(field) => {
                    let own = self.event_field(field).unwrap_or_else(|| field.to_owned());
                    format!("event.data.{own}.includes({})", super::logic::quoted(value))
                }
                None => self.mentions(value),
            })
            .collect();
        let any = holds.join(" || ");
        match (worded.not, holds.len()) {
            (false, 1) => any,
            (false, _) => format!("({any})"),
            (true, 1) => format!("!{any}"),
            (true, _) => format!("!({any})"),
        }
    }

    /// Whether a text of what comes holds some words.
    fn mentions(&self, words: &str) -> String {
        let mut texts: Vec<String> = Vec::new();
        for name in ["title", "text", "summary"] {
            let own = self.event_field(name).unwrap_or_else(|| name.to_owned());
            let text = format!("${{event.data.{own}}}");
            let brought = self.event_field(name).is_some() || name == "title";
            if brought && !texts.contains(&text) {
                texts.push(text);
            }
        }
        let words = super::logic::quoted(&words.to_lowercase());
        format!("`{}`.toLowerCase().includes({words})", texts.join(" "))
    }

    /// What starts a bot, from an answer.
    fn read_start(&self, answer: &str) -> Option<TriggerKind> {
        let read = text::read(answer);
        let timed = triggers::schedules::find(&read, self.request.zone, self.request.now);
        let mut parts = clauses::split(&read, &timed.taken, &self.index);
        triggers::take(&mut parts, read.lang, &timed.triggers, &self.index).kind
    }

    /// Puts a question again whose answer was of no use.
    pub(super) fn reask(&mut self, id: &str, kind: QuestionKind, text: String) {
        let answered = self.request.answers.contains_key(id);
        let sorry = if answered {
            self.say("The answer was not understood. ", "Die Antwort wurde nicht verstanden. ")
        } else {
            ""
        };
        self.questions.push(crate::Question {
            id: id.to_owned(),
            kind,
            path: String::new(),
            text: format!("{sorry}{text}"),
            required: true,
            default: None,
            choices: None,
        });
    }
}
