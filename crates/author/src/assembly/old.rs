//! `delete files older than 60 days`: what is older than so many days is taken away, by a filter
//! where the service has one, else one by one.

use codex32_model::definition::{Step, Verb};
use codex32_model::{ActionSpec, Effect, Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::actions::slots::{self, Role};
use crate::conditions::{self, Condition, Operand};
use crate::text::Lang;

impl<'a> Builder<'a> {
    /// How many days old the words say that something has to be.
    pub(super) fn age(&self, intent: &Intent<'a>) -> Option<f64> {
        let old = intent.word(&["older", "old", "aelter", "alt"]);
        let condition = conditions::parse(&intent.tokens, self.lang, &[])?;
        match condition {
            Condition::Compare { operand: Operand::Days(days), .. } if old => Some(days),
            _ => None,
        }
    }

    /// A list of the connector, of which each old entry is taken away.
    pub(super) fn one_by_one(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> Option<Vec<Step>> {
        let days = self.age(intent)?;
        let required: Vec<&String> = action
            .params
            .iter()
            .filter(|(_, field)| field.required && field.default.is_none())
            .map(|(name, _)| name)
            .collect();
        let [name] = required.as_slice() else { return None };
        let name = (*name).clone();
        let list = self.request.catalogue.actions().iter().find(|other| {
            other.connector == action.connector
                && other.effect == Effect::Read
                && matches!(other.output, Schema::Array(_))
                && other.params.values().all(|field| !field.required || field.default.is_some())
        })?;
        let Schema::Array(entry) = &list.output else { return None };
        let Schema::Object { fields, .. } = entry.as_ref() else { return None };
        let dated = [
            "modified",
            "updated",
            "changed",
            "updated_at",
            "created",
            "created_at",
            "date",
            "time",
        ]
        .into_iter()
        .find(|date| fields.contains_key(*date))?;
        let known = ["path", "id", "key", "name", "number"]
            .into_iter()
            .find(|own| *own == name && fields.contains_key(*own))
            .or_else(|| {
                ["id", "path", "key"].into_iter().find(|own| {
                    fields.contains_key(*own)
                        && (name.ends_with(own)
                            || slots::role(&name, &action.params[&name]) == Role::Existing)
                })
            })?;
        let mut with = IndexMap::new();
        let place = list.params.iter().find_map(|(own, _)| {
            slots::named(own, &intent.tokens, self.lang).map(|(_, value)| (own.clone(), value))
        });
        if let Some((own, value)) = place {
            with.insert(own, Value::str(crate::text::literal(&value)));
        }
        let wish = list.name.split_once('.').map_or(list.name.as_str(), |(_, name)| name);
        let read = self.act(list, wish, with, None);
        let id = read.id.clone().unwrap_or_default();
        self.notes.push(match self.lang {
            Lang::En => format!("its age is what `{dated}` says"),
            Lang::De => format!("das Alter ist, was `{dated}` sagt"),
        });
        let _ = key;
        let inner = IndexMap::from([(name, Value::str(format!("{{{{ item.{known} }}}}")))]);
        let wish = action.name.split_once('.').map_or(action.name.as_str(), |(_, name)| name);
        let step = self.act(action, wish, inner, Some(intent));
        let each = self.id("each");
        self.push(format!("steps.{id}"), Kind::List, None, "files");
        let verb = Verb::ForEach {
            items: format!(
                "{{{{ steps.{id}.filter(i => daysSince(i.{dated}) > {}) }}}}",
                super::logic::number(days)
            ),
            bind: codex32_model::definition::DEFAULT_BINDING.to_owned(),
            concurrency: 1,
            steps: vec![step],
        };
        Some(vec![read, self.step(Some(each), verb)])
    }

    /// The filter of an action that takes values by columns.
    pub(super) fn age_filter(
        &mut self,
        field: &codex32_model::Field,
        intent: &Intent<'a>,
    ) -> Option<Value> {
        let compares = field
            .description
            .as_deref()
            .is_some_and(|told| told.contains("lt.") && told.contains("gt."));
        let days = self.age(intent).filter(|_| compares)?;
        self.notes.push(match self.lang {
            Lang::En => "rows have their time in the column created_at".to_owned(),
            Lang::De => "Zeilen haben ihre Zeit in der Spalte created_at".to_owned(),
        });
        let before = format!("lt.{{{{ addDays(now, -{}) }}}}", super::logic::number(days));
        Some(Value::object([("created_at", Value::str(before))]))
    }
}
