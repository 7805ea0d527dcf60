//! What the steps have at hand: the trigger's data, what a request brought, the item of a loop.

use codex32_model::{Field, Schema};

use super::Builder;
use crate::text::Lang;
use codex32_model::definition::TriggerKind;

#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The expression that gives all of it.
    pub whole: String,
    pub kind: Kind,
    /// The field that was asked for when it was fetched: `get the price from …`.
    pub hint: Option<String>,
    /// What it is called.
    pub noun: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Trigger,
    /// The answer of a request; its step's id is the second segment of `whole`.
    Request,
    /// A text or number that a step computed.
    Value,
    /// What another bot or a connector's action gave.
    Output,
    /// A list.
    List,
    Item,
}

impl Builder<'_> {
    /// What is at hand now: what came last, else what the trigger brought.
    pub(super) fn current(&mut self) -> Option<Data> {
        if let Some(data) = self.data.last() {
            return Some(data.clone());
        }
        self.trigger_data()
    }

    /// The trigger's data without declaring anything yet.
    pub(super) fn trigger_data(&self) -> Option<Data> {
        let noun = self.start.nouns.first().cloned().unwrap_or_default();
        let whole = match &self.start.kind {
            Some(TriggerKind::Webhook(_) | TriggerKind::Form { .. }) => "trigger.body",
            Some(
                TriggerKind::Event { .. }
                | TriggerKind::Email { .. }
                | TriggerKind::Chat { .. }
                | TriggerKind::App { .. },
            ) => "event.data",
            Some(TriggerKind::Manual) | None => "inputs.data",
            Some(TriggerKind::Schedule(_)) => return None,
        };
        Some(Data { whole: whole.to_owned(), kind: Kind::Trigger, hint: None, noun })
    }

    /// The expression for all of the data; declares an input where that is how it comes.
    pub(super) fn whole(&mut self, data: &Data) -> String {
        if data.kind == Kind::Trigger && data.whole == "inputs.data" {
            self.input("data", Schema::Any, true);
        }
        data.whole.clone()
    }

    /// The expression for a field of the data at hand.
    pub(super) fn field(
        &mut self,
        data: &Data,
        name: &str,
        schema: Schema,
        required: bool,
    ) -> String {
        if name.is_empty() {
            return match &data.hint {
                Some(hint) => format!("{}.{hint}", data.whole),
                None => self.whole(data),
            };
        }
        match data.kind {
            Kind::Trigger if self.start.app.is_some() => {
                let own = self.event_field(name).unwrap_or_else(|| name.to_owned());
                format!("event.data.{own}")
            }
            Kind::Trigger => {
                self.input(name, schema, required);
                format!("inputs.{name}")
            }
            // A text or number has no fields: what is named comes from the trigger, or is it itself.
            Kind::Value => match self.trigger_data().filter(|_| self.start.carries()) {
                Some(trigger) if !crate::conditions::same_noun(name, &data.noun) => {
                    self.field(&trigger, name, schema, required)
                }
                _ => self.whole(data),
            },
            Kind::Item => {
                let own = self.field_of_entry(data, name);
                format!("{}.{}", data.whole, own.as_deref().unwrap_or(name))
            }
            // `the HTTP status`: of the answer, and not in its body.
            Kind::Request
                if [
                    "http_status",
                    "status_code",
                    "statuscode",
                    "http_statuscode",
                    "httpstatus",
                ]
                .contains(&name) =>
            {
                format!("{}.status", data.whole.trim_end_matches(".body"))
            }
            kind => {
                if kind == Kind::Request {
                    let note = match self.lang {
                        Lang::En => format!("the answer of `{}` has the field `{name}`", data.noun),
                        Lang::De => {
                            format!("die Antwort von `{}` hat das Feld `{name}`", data.noun)
                        }
                    };
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                }
                format!("{}.{name}", data.whole)
            }
        }
    }

    /// The field of what an app's trigger brings that goes by this name or one like it.
    pub(super) fn event_field(&self, name: &str) -> Option<String> {
        let Schema::Object { fields, .. } = &self.start.app.as_ref()?.event else { return None };
        like(name, fields.keys().map(String::as_str)).map(str::to_owned)
    }

    /// Declares an input; one that is used in two ways takes anything.
    pub(super) fn input(&mut self, name: &str, schema: Schema, required: bool) {
        match self.inputs.get_mut(name) {
            Some(field) => {
                if field.schema == Schema::Any {
                    field.schema = schema;
                } else if schema != Schema::Any && field.schema != schema {
                    field.schema = Schema::Any;
                }
                field.required &= required;
            }
            None => {
                let field = Field { schema, required, ..Field::default() };
                self.inputs.insert(name.to_owned(), field);
            }
        }
    }

    /// Words for the data at hand, which are no field names.
    pub(super) fn nouns(&self) -> Vec<String> {
        let mut nouns = self.start.nouns.clone();
        if let Some(data) = self.data.last()
            && !data.noun.is_empty()
        {
            nouns.push(data.noun.clone());
        }
        nouns
    }

    pub(super) fn push(&mut self, whole: String, kind: Kind, hint: Option<String>, noun: &str) {
        self.data.push(Data { whole, kind, hint, noun: noun.to_owned() });
    }
}

/// The name that means the same: `link` for `url`, `titel` for `title`.
pub fn like<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    const SAME: &[&[&str]] = &[
        &["title", "titel", "name", "subject", "betreff", "summary", "headline", "ueberschrift"],
        &["url", "link", "html_url", "permalink", "web_url", "address", "adresse", "short_url"],
        &[
            "text",
            "body",
            "content",
            "message",
            "description",
            "inhalt",
            "nachricht",
            "beschreibung",
            "snippet",
            "comment",
        ],
        &[
            "email",
            "mail",
            "e_mail",
            "customer_email",
            "sender",
            "from",
            "absender",
            "contact_email",
            "address",
        ],
        &["amount", "betrag", "total", "summe", "price", "total_price", "value", "wert", "preis"],
        &["user", "author", "sender", "autor", "from", "creator", "username"],
        &["status", "state", "stage", "phase", "zustand", "list"],
        &["number", "nummer", "id", "key", "iid"],
        &["customer", "kunde", "customer_name", "name"],
        &["date", "datum", "created", "created_at", "published", "time", "zeit"],
        &["tags", "labels", "label", "tag"],
        &["file", "name", "filename", "path", "datei"],
        &["priority", "prioritaet", "urgency"],
        &["phone", "telefon", "telefonnummer", "phone_number"],
    ];
    if let Some(found) = names.clone().find(|own| *own == name) {
        return Some(found);
    }
    let rows = SAME.iter().filter(|row| row.contains(&name));
    rows.flat_map(|row| row.iter()).find_map(|word| names.clone().find(|own| own == word)).or_else(
        || {
            let tail = format!("_{name}");
            names.clone().find(|own| own.ends_with(&tail))
        },
    )
}
