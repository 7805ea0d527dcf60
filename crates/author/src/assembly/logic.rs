//! Conditions as expressions over the data at hand.

use codex32_model::{Schema, Value};

use super::Builder;
use super::data::{Data, Kind};
use crate::conditions::{Cmp, Condition, Operand, Subject};

impl Builder<'_> {
    /// The expression, without braces; `None` when there is no data to compare.
    pub(super) fn expression(&mut self, condition: &Condition) -> Option<String> {
        Some(match condition {
            Condition::All(parts) => self.joined(parts, " && ")?,
            Condition::Any(parts) => self.joined(parts, " || ")?,
            Condition::Between { subject, low, high } => {
                let field = self.subject(subject, Schema::Number, true)?;
                format!("{field} >= {} && {field} <= {}", number(*low), number(*high))
            }
            Condition::OneOf { subject, values, not } => {
                let field = self.subject(subject, Schema::String, true)?;
                let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                format!("{}[{}].includes({field})", if *not { "!" } else { "" }, list.join(", "))
            }
            // `if it is urgent`, after a model chose that as the label.
            Condition::Truthy { subject, not } if self.is_label(&subject.field) => {
                let whole = self.data.last()?.whole.clone();
                let label =
                    self.labels.iter().find(|label| crate::text::ident(label) == subject.field)?;
                format!("{whole} {} {}", if *not { "!=" } else { "==" }, quoted(label))
            }
            // `if it is hot`, after a model classified it; `if it is FR`, after `country is DE`.
            Condition::Truthy { subject, not } if self.value_of_last(subject).is_some() => {
                let (whole, value) = self.value_of_last(subject)?;
                format!("{whole} {} {}", if *not { "!=" } else { "==" }, quoted(&value))
            }
            Condition::Truthy { subject, not } => {
                let field = self.subject(subject, Schema::Any, false)?;
                if *not { format!("!{field}") } else { field }
            }
            Condition::Compare { subject, cmp, not, operand } => {
                self.compare(subject, *cmp, *not, operand)?
            }
            Condition::Approved { not } => {
                let id = self.approval.clone()?;
                self.weighs_approval = true;
                let sign = if *not { "!" } else { "" };
                format!("{sign}steps.{id}.approved")
            }
            Condition::Failed { not } => {
                let id = self.last_do.clone()?;
                self.tolerant.insert(id.clone());
                format!("errors.{id} {} null", if *not { "==" } else { "!=" })
            }
            Condition::FailuresInRow(_)
            | Condition::Often { .. }
            | Condition::Changed(_)
            | Condition::Moved { .. }
            | Condition::Nth(_)
            | Condition::New => return None,
        })
    }

    /// What was compared last, where only a value is named now.
    fn value_of_last(&self, subject: &Subject) -> Option<(String, String)> {
        if !self.pronoun || subject.count || subject.status || subject.field.is_empty() {
            return None;
        }
        let chosen = self.data.last().filter(|data| data.whole.ends_with(".label"));
        let whole = match (chosen, &self.compared) {
            (Some(data), _) => data.whole.clone(),
            (None, Some(field)) => field.clone(),
            _ => return None,
        };
        // As it was written.
        let written = self
            .source
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
            .find(|word| crate::text::ident(&crate::text::fold(word)) == subject.field);
        Some((whole, written.unwrap_or(&subject.field).to_owned()))
    }

    fn is_label(&self, field: &str) -> bool {
        self.data.last().is_some_and(|data| data.kind == Kind::Value)
            && self.labels.iter().any(|label| crate::text::ident(label) == field)
    }

    fn joined(&mut self, parts: &[Condition], with: &str) -> Option<String> {
        let parts: Option<Vec<String>> = parts
            .iter()
            .map(|part| {
                let text = self.expression(part)?;
                let inner = matches!(
                    part,
                    Condition::All(_) | Condition::Any(_) | Condition::Between { .. }
                );
                Some(if inner { format!("({text})") } else { text })
            })
            .collect();
        Some(parts?.join(with))
    }

    fn compare(
        &mut self,
        subject: &Subject,
        cmp: Cmp,
        not: bool,
        operand: &Operand,
    ) -> Option<String> {
        if matches!(cmp, Cmp::Empty | Cmp::Filled) {
            let field = self.subject(subject, Schema::Any, false)?;
            let data = self.current()?;
            let list =
                data.kind == Kind::List || subject.field.is_empty() && data.kind == Kind::Request;
            let empty = if list { format!("{field}.length == 0") } else { format!("!{field}") };
            let filled = if list { format!("{field}.length > 0") } else { field };
            return Some(if cmp == Cmp::Empty { empty } else { filled });
        }
        let schema = match (cmp, operand) {
            _ if subject.count => Schema::array(Schema::Any),
            (Cmp::Contains, _) => Schema::Any,
            (Cmp::Starts | Cmp::Ends, _) | (_, Operand::Text(_)) => Schema::String,
            (_, Operand::Number(_) | Operand::Field(_)) => Schema::Number,
            (_, Operand::Days(_)) => Schema::String,
            (_, Operand::Bool(_)) => Schema::Boolean,
        };
        let status = matches!(operand, Operand::Number(number) if (100.0..600.0).contains(number))
            && subject.field.is_empty()
            && matches!(cmp, Cmp::Eq | Cmp::Ne);
        let subject = &Subject {
            status: subject.status
                || status
                || subject.field == "status" && matches!(operand, Operand::Number(_)),
            ..subject.clone()
        };
        let field = self.subject(subject, schema, true)?;
        let value = match operand {
            Operand::Number(value) => number(*value),
            Operand::Bool(flag) => flag.to_string(),
            Operand::Text(text) => quoted(text),
            Operand::Days(days) => return Some(self.days(&field, cmp, *days)),
            Operand::Field(name) => {
                let data = self.current()?;
                self.field(&data, name, Schema::Number, true)
            }
        };
        let sign = match cmp {
            Cmp::Eq => "==",
            Cmp::Ne => "!=",
            Cmp::Gt => ">",
            Cmp::Ge => ">=",
            Cmp::Lt => "<",
            Cmp::Le => "<=",
            Cmp::Contains | Cmp::Starts | Cmp::Ends | Cmp::Empty | Cmp::Filled => {
                let method = match cmp {
                    Cmp::Starts => "startsWith",
                    Cmp::Ends => "endsWith",
                    _ => "includes",
                };
                let sign = if not { "!" } else { "" };
                // What comes is an object: all of its texts are looked at.
                let whole = subject.field.is_empty()
                    && self
                        .current()
                        .is_some_and(|data| data.kind == Kind::Trigger && field == data.whole);
                let field =
                    if whole && method == "includes" { format!("toJson({field})") } else { field };
                return Some(format!("{sign}{field}.{method}({value})"));
            }
        };
        if matches!((cmp, operand), (Cmp::Eq, Operand::Text(_))) {
            self.compared = Some(field.clone());
        }
        Some(format!("{field} {sign} {value}"))
    }

    fn days(&self, field: &str, cmp: Cmp, days: f64) -> String {
        let sign = match cmp {
            Cmp::Lt => "<",
            Cmp::Le => "<=",
            Cmp::Ge => ">=",
            Cmp::Eq => "==",
            _ => ">",
        };
        format!("daysSince({field}) {sign} {}", number(days))
    }

    fn subject(&mut self, subject: &Subject, schema: Schema, required: bool) -> Option<String> {
        if subject.status
            && let Some(id) = self.last_request()
        {
            return Some(format!("steps.{id}.status"));
        }
        let data = self.current()?;
        if subject.count
            && !subject.field.is_empty()
            && matches!(data.kind, Kind::Request | Kind::List)
            && plural_of_data(&data, &subject.field)
        {
            return Some(format!("{}.length", data.whole));
        }
        let measured = subject.field.is_empty() && schema == Schema::Number && !subject.count;
        let name = match &self.read_as {
            Some((whole, name)) if measured && *whole == data.whole => name.clone(),
            // `orders over 500`: of what a service tells, its amount.
            _ if measured && data.kind == Kind::Trigger => {
                let own = self.event_field("amount");
                let app = self.start.app.is_some();
                own.unwrap_or_else(|| if app { "amount" } else { "" }.to_owned())
            }
            _ => subject.field.clone(),
        };
        let field = self.field(&data, &name, schema, required);
        Some(if subject.count { format!("{field}.length") } else { field })
    }

    /// The step whose answer's status can be asked for; it must then not fail on one.
    fn last_request(&mut self) -> Option<String> {
        let data = self.data.iter().rev().find(|data| data.kind == Kind::Request)?;
        let id = data.whole.split('.').nth(1)?.to_owned();
        self.accept_any.insert(id.clone());
        Some(id)
    }
}

/// `more than 5 items`: of the list itself rather than of a field in it.
fn plural_of_data(data: &Data, field: &str) -> bool {
    const LISTS: &[&str] = &[
        "items",
        "entries",
        "rows",
        "results",
        "records",
        "elements",
        "eintraege",
        "zeilen",
        "ergebnisse",
        "objects",
    ];
    LISTS.contains(&field) || crate::conditions::same_noun(&data.noun, field)
}

pub(super) fn number(value: f64) -> String {
    Value::number(value).to_text()
}

/// A text as a literal of the expression language.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            // Braces would end or open a template.
            '{' => out.push_str("\\u007b"),
            '}' => out.push_str("\\u007d"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}
