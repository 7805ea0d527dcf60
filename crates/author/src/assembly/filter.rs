//! `keep those older than 7 days`, `only orders over 100`: of a list, what a condition holds for.

use codex32_model::Value;
use codex32_model::definition::{Step, Verb};

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::conditions::{self, Condition, Subject};
use crate::text::Lang;

impl<'a> Builder<'a> {
    /// The step that keeps some of the list at hand; none when the words hold no condition.
    pub(super) fn keep(&mut self, intent: &Intent<'a>, drops: bool) -> Option<Vec<Step>> {
        let data = self.data.last().cloned()?;
        if !matches!(data.kind, Kind::Request | Kind::List | Kind::Output) {
            return None;
        }
        let at = intent
            .content
            .iter()
            .position(|token| {
                token.any(&[
                    "whose", "where", "with", "that", "which", "deren", "bei", "mit", "die",
                    "those", "older", "newer",
                ])
            })
            .unwrap_or(0);
        let said = if intent.content.get(at).is_some_and(|token| token.any(&["older", "newer"])) {
            at
        } else {
            at + 1
        };
        let nouns = self.nouns();
        let tokens = intent.content.get(said.min(intent.content.len())..).unwrap_or_default();
        let condition = conditions::parse(tokens, self.lang, &nouns)
            .or_else(|| {
                // `with status open`
                let spelled = super::figures::spelled(&intent.tokens)?;
                conditions::parse(&spelled, self.lang, &nouns)
            })
            .or_else(|| conditions::parse(&intent.content, self.lang, &nouns))?;
        let condition = dated(condition);
        let noun = data.noun.clone();
        self.push("i".to_owned(), Kind::Item, None, &noun);
        let expression = self.expression(&condition);
        self.data.pop();
        let expression = expression?;
        let test = if drops { format!("!({expression})") } else { expression };
        if test.contains("i.date)") {
            self.notes.push(match self.lang {
                Lang::En => "each entry has its day in the field `date`".to_owned(),
                Lang::De => "jeder Eintrag hat seinen Tag im Feld `date`".to_owned(),
            });
        }
        self.understood += 1;
        let id = self.id("kept");
        let value = Value::str(format!("{{{{ {}.filter(i => {test}) }}}}", data.whole));
        self.push(format!("steps.{id}"), Kind::List, None, &noun);
        Some(vec![self.step(Some(id), Verb::Set(value))])
    }
}

/// An age without a subject is that of the entry's day.
fn dated(condition: Condition) -> Condition {
    match condition {
        Condition::Compare { subject, cmp, not, operand: conditions::Operand::Days(days) }
            if subject.field.is_empty() =>
        {
            let subject = Subject { field: "date".to_owned(), ..subject };
            Condition::Compare { subject, cmp, not, operand: conditions::Operand::Days(days) }
        }
        other => other,
    }
}
