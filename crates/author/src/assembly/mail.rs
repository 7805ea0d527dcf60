//! Mails: to whom, and what is in them.

use codex32_model::definition::Step;
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
use crate::actions::{Intent, Person};

impl<'a> Builder<'a> {
    /// `email.send`.
    pub(super) fn mail(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let Some(action) = self.action("email.send") else {
            return self.unknown_app("email", key);
        };
        let by_field = intent.to_field.as_ref().filter(|_| {
            self.start.brings_data() || self.data.last().is_some_and(|data| data.kind == Kind::Item)
        });
        let item = self.data.last().filter(|data| {
            data.kind == Kind::Item
                && intent.emails.is_empty()
                && ["email", "mail", "address", "adresse", "empfaenger", "recipient", "mailadresse"]
                    .contains(&super::blocks::singular(&data.noun).as_str())
        });
        let to = if let Some(item) = item {
            Value::str(format!("{{{{ {} }}}}", item.whole))
        } else if let (true, Some(field)) = (intent.emails.is_empty(), by_field) {
            let data = self
                .data
                .last()
                .filter(|data| data.kind == Kind::Item)
                .cloned()
                .or_else(|| self.trigger_data());
            let field =
                data.map(|data| self.field(&data, field, Schema::String, true)).unwrap_or_default();
            Value::str(format!("{{{{ {field} }}}}"))
        } else if intent.emails.is_empty() {
            match &intent.person {
                Some(Person::InData(name))
                    if (self.start.brings_data()
                        && (self.start.app.is_none() || self.event_field("email").is_some()))
                        || self.data.last().is_some_and(|data| data.kind == Kind::Item) =>
                {
                    let data = self
                        .data
                        .last()
                        .filter(|data| data.kind == Kind::Item)
                        .cloned()
                        .or_else(|| self.trigger_data());
                    let field = data
                        .map(|data| self.field(&data, "email", Schema::String, true))
                        .unwrap_or_default();
                    let note = self.say(
                        "the data has the address in its field `email`",
                        "die Daten enthalten die Adresse im Feld `email`",
                    );
                    let note = format!("{name}: {note}");
                    self.notes.push(note);
                    Value::str(format!("{{{{ {field} }}}}"))
                }
                person => {
                    let who = match person {
                        Some(Person::Outside(name) | Person::InData(name))
                            if !["me", "mir", "mich", "myself"].contains(&name.as_str()) =>
                        {
                            name.clone()
                        }
                        Some(_) => self.say("you", "dich").to_owned(),
                        None => self.say("the recipient", "den Empfänger").to_owned(),
                    };
                    let text = match self.lang {
                        crate::text::Lang::En => format!("Which e-mail address reaches {who}?"),
                        crate::text::Lang::De => format!("Welche E-Mail-Adresse gilt für {who}?"),
                    };
                    self.missing(
                        &format!("{key}.to"),
                        text,
                        &format!("{}_email", if person.is_some() { &who } else { "recipient" }),
                    )
                }
            }
        } else if intent.emails.len() == 1 {
            Value::str(intent.emails[0].as_str())
        } else {
            Value::list(intent.emails.iter().map(|email| Value::str(email.as_str())))
        };
        let (subject, message) = self.message(intent);
        // A mail has room: what happened on a line of its own, then the data.
        let message = match message.as_str().and_then(|text| text.split_once(": {{")) {
            Some((line, data)) if !data.contains("\n") => {
                Value::str(format!("{line}\n\n{{{{{data}"))
            }
            _ => message,
        };
        let with = IndexMap::from([
            ("to".to_owned(), to),
            ("subject".to_owned(), Value::str(subject)),
            ("text".to_owned(), message),
        ]);
        vec![self.act(action, "mail", with, Some(intent))]
    }
}
