//! The words of messages: what was said, else composed from what happened.

use codex32_model::definition::TriggerKind;
use codex32_model::{Schema, Value};

use super::Builder;
use super::data::Kind;
use crate::actions::{Intent, Payload};
use crate::text;

/// Longest subject line that is composed.
const SUBJECT: usize = 120;

/// Whether a parameter of that name holds the words of a message.
pub(super) fn is_text(name: &str) -> bool {
    ["text", "message", "content", "body", "markdown", "comment"].contains(&name)
}

impl<'a> Builder<'a> {
    /// Subject and text of a message.
    pub(super) fn message(&mut self, intent: &Intent<'a>) -> (String, Value) {
        let heading = self.heading();
        if let Some(text) = self.listed(intent) {
            let subject = match &intent.subject {
                Some(subject) => self.fill_in(subject),
                None => heading,
            };
            return (subject, Value::str(text));
        }
        let (subject, text) = match &intent.payload {
            Payload::Said(said) => {
                let text = self.fill_in(said);
                let subject = first_line(said);
                (subject, text)
            }
            Payload::Fields(fields) => {
                let text = self.fields_text(fields);
                (heading, text)
            }
            Payload::It | Payload::New | Payload::About(_) => {
                let subject = match &intent.payload {
                    Payload::About(phrase) => first_line(&capital(phrase)),
                    _ => heading.clone(),
                };
                let text = match self.current() {
                    Some(data) => {
                        let whole = self.field(&data, "", Schema::Any, true);
                        let ready = data.kind == Kind::Value;
                        if ready {
                            format!("{{{{ {whole} }}}}")
                        } else {
                            format!("{subject}: {{{{ {whole} }}}}")
                        }
                    }
                    None => subject.clone(),
                };
                (subject, text)
            }
            Payload::Nothing => {
                let text = self.situation(&heading);
                (heading, text)
            }
        };
        let subject = match &intent.subject {
            Some(subject) => self.fill_in(subject),
            None => text::literal(&subject),
        };
        (subject, Value::str(text))
    }

    /// `Order: total is over 1000`.
    fn heading(&self) -> String {
        let thing = match &self.start.kind {
            Some(TriggerKind::Event { event }) => event.clone(),
            _ => match self.data.last().map(|data| &data.noun).filter(|noun| !noun.is_empty()) {
                Some(noun) => capital(&noun.replace('_', " ")),
                None => self.start.nouns.first().map(|noun| capital(noun)).unwrap_or_default(),
            },
        };
        let reason =
            self.reason.iter().rev().find(|reason| !reason.is_empty()).cloned().unwrap_or_default();
        let line = match (thing.is_empty(), reason.is_empty()) {
            (false, false) => format!("{thing}: {reason}"),
            (false, true) => thing,
            (true, false) => capital(&reason),
            (true, true) => self.say("Message from a bot", "Nachricht von einem Bot").to_owned(),
        };
        text::literal(&first_line(&line))
    }

    /// What happened, when no text was said.
    fn situation(&mut self, heading: &str) -> String {
        if let Some(id) = self.last_do.clone().filter(|id| self.tolerant.contains(id)) {
            return format!("{heading}: {{{{ errors.{id}?.message }}}}");
        }
        match self.current() {
            Some(data) if data.whole != "inputs.data" => {
                let whole = self.whole(&data);
                format!("{heading}: {{{{ {whole} }}}}")
            }
            _ => heading.to_owned(),
        }
    }

    pub(super) fn fields_text(&mut self, fields: &[String]) -> String {
        let Some(data) = self.current() else { return fields.join(", ") };
        // A list has no fields: what is named is the list itself.
        if data.kind == Kind::List {
            let whole = self.whole(&data);
            return format!("{}: {{{{ {whole} }}}}", capital(&fields.join(", ").replace('_', " ")));
        }
        if let [one] = fields {
            let field = self.field(&data, one, Schema::Any, true);
            return format!("{}: {{{{ {field} }}}}", capital(&one.replace('_', " ")));
        }
        let lines: Vec<String> = fields
            .iter()
            .map(|name| {
                let field = self.field(&data, name, Schema::Any, true);
                format!("{}: {{{{ {field} }}}}", capital(&name.replace('_', " ")))
            })
            .collect();
        lines.join("\n")
    }

    /// `{name}` inside a text is a field of the data; everything else is as it stands.
    pub(super) fn fill_in(&mut self, said: &str) -> String {
        let mut out = String::new();
        let mut rest = said;
        while let Some(open) = rest.find('{') {
            let inner = &rest[open + 1..];
            let end = inner.find('}');
            let name = end.map(|end| &inner[..end]).unwrap_or_default();
            let plain = !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !inner.starts_with('{');
            match (plain.then(|| self.current()).flatten(), end) {
                (Some(data), Some(end)) => {
                    out.push_str(&rest[..open]);
                    let field = self.field(&data, &text::ident(name), Schema::Any, true);
                    out.push_str(&format!("{{{{ {field} }}}}"));
                    rest = &inner[end + 1..];
                }
                _ => {
                    let double = inner.starts_with('{');
                    out.push_str(&rest[..open]);
                    out.push_str(if double { "{{ '{{' }}" } else { "{" });
                    rest = &rest[open + if double { 2 } else { 1 }..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= SUBJECT {
        return line.to_owned();
    }
    let cut: String = line.chars().take(SUBJECT - 1).collect();
    format!("{cut}…")
}
