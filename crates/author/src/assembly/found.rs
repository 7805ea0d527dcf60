//! Things that are worked on without being named one by one: `label the unread mails as Finance`, `close
//! tickets that are older than 14 days`. They are looked up first, and each is worked on.

use codex32_model::definition::{Step, Verb};
use codex32_model::{ActionSpec, Effect, Schema, Value};

use super::Builder;
use super::catalogue::changes;
use super::data::Kind;
use crate::actions::Intent;
use crate::actions::slots::{self, Role};
use crate::lexicon::Op;

impl<'a> Builder<'a> {
    /// A search of the same service, and the action for each thing that it finds.
    pub(super) fn for_found(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> Option<Vec<Step>> {
        let own = action.name.split_once('.').map_or("", |(_, name)| name);
        let works = changes(action)
            || ["archive", "add_label", "reply", "assign", "resolve", "fulfill", "delete"]
                .iter()
                .any(|verb| own.starts_with(verb));
        if !works || !self.data.is_empty() || self.start.carries() || self.start.app.is_some() {
            return None;
        }
        let (name, field) = action.params.iter().find(|(name, field)| {
            field.required
                && matches!(
                    slots::role(name, field),
                    Role::Existing | Role::Number | Role::Container
                )
        })?;
        let nouns = slots::nouns(name);
        // Several things are spoken of: `messages`, `the open tickets`.
        let noun = own.split('_').next_back().unwrap_or_default();
        let several = intent.tokens.iter().any(|token| {
            let one = super::blocks::singular(&token.low);
            one != token.low && (nouns.contains(&one.as_str()) || one == noun)
                || token.any(&[
                    "mails",
                    "emails",
                    "tickets",
                    "issues",
                    "orders",
                    "tasks",
                    "cards",
                    "messages",
                    "nachrichten",
                    "bestellungen",
                    "aufgaben",
                    "karten",
                ])
        });
        let said = intent.tokens.iter().any(|token| {
            token.low.chars().any(|c| c.is_ascii_digit())
                && token.low.contains('-')
                && token.text.starts_with(char::is_uppercase)
        });
        if !several || said || intent.op == Op::Fetch || field.default.is_some() {
            return None;
        }
        let name = name.clone();
        let look = Intent { op: Op::Fetch, ..intent.clone() };
        let all = self.request.catalogue.actions();
        let lists = all.iter().filter(|other| {
            other.connector == action.connector
                && other.effect == Effect::Read
                && matches!(other.output, Schema::Array(_))
                && self.action(&other.name).is_some()
        });
        let list = lists
            .map(|other| {
                let open = other
                    .params
                    .iter()
                    .filter(|(name, field)| {
                        field.required
                            && field.default.is_none()
                            && !matches!(slots::role(name, field), Role::Query)
                    })
                    .count();
                let fits = usize::from(other.name.contains(noun));
                let finds =
                    usize::from(other.name.contains("find") || other.name.contains("search"));
                (open, std::cmp::Reverse(fits + finds), other)
            })
            .min_by_key(|(open, fits, _)| (*open, *fits))?
            .2;
        let Schema::Array(entry) = &list.output else { return None };
        let known = match entry.as_ref() {
            Schema::Object { fields, .. } => [name.as_str(), "id", "number", "key", "gid", "iid"]
                .into_iter()
                .find(|own| fields.contains_key(*own))?
                .to_owned(),
            _ => "id".to_owned(),
        };
        let read = self.fill(list, &look, &format!("{key}.find"));
        let id = read.id.clone().unwrap_or_default();
        let depth = self.data.len();
        self.push("item".to_owned(), Kind::Item, None, &super::blocks::singular(noun));
        let mut step = self.fill_known(action, intent, key, &name, &known);
        self.data.truncate(depth);
        step.when = None;
        let each = self.id("each");
        let verb = Verb::ForEach {
            items: format!("{{{{ steps.{id} }}}}"),
            bind: codex32_model::definition::DEFAULT_BINDING.to_owned(),
            concurrency: 1,
            steps: vec![step],
        };
        Some(vec![read, self.step(Some(each), verb)])
    }

    /// The action with what it works on given.
    fn fill_known(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
        name: &str,
        known: &str,
    ) -> Step {
        let item = Value::str(format!("{{{{ item.{known} }}}}"));
        self.given_id = Some((name.to_owned(), item));
        let with = self.arguments(action, intent, key);
        self.given_id = None;
        let wish = action.name.split_once('.').map_or(action.name.as_str(), |(_, name)| name);
        self.act(action, wish, with, Some(intent))
    }
}
