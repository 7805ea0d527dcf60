//! Lists that are told item by item, and what of them is new.

use codex32_model::Value;
use codex32_model::definition::{Step, Verb};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
use crate::actions::{Intent, Payload};

impl<'a> Builder<'a> {
    /// What no run has seen before becomes the data at hand.
    pub(super) fn only_new(&mut self) -> Vec<Step> {
        let (Some(action), Some(data)) = (self.action("state.new_items"), self.current()) else {
            return Vec::new();
        };
        let items = self.whole(&data);
        let with = IndexMap::from([
            (
                "key".to_owned(),
                Value::str(if data.noun.is_empty() { "items" } else { data.noun.as_str() }),
            ),
            ("items".to_owned(), Value::str(format!("{{{{ {items} }}}}"))),
        ]);
        let step = self.act(action, "fresh", with, None);
        let id = step.id.clone().unwrap_or_default();
        self.fresh = Some(id.clone());
        self.push(format!("steps.{id}"), Kind::List, None, &data.noun);
        vec![step]
    }

    /// `post new ones to …`: each item that was not seen before.
    pub(super) fn send_new(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let mut out = Vec::new();
        if self.data.is_empty() && !self.start.brings_data() {
            let about = crate::actions::plain(&intent.content);
            out.append(&mut self.need(key, &about));
        }
        let Some(data) = self.current() else { return out };
        let (Some(action), items) = (self.action("state.new_items"), self.whole(&data)) else {
            return out;
        };
        let key_text = if data.noun.is_empty() { "items".to_owned() } else { data.noun.clone() };
        let with = IndexMap::from([
            ("key".to_owned(), Value::str(key_text)),
            ("items".to_owned(), Value::str(format!("{{{{ {items} }}}}"))),
        ]);
        let step = self.act(action, "fresh", with, None);
        let fresh = step.id.clone().unwrap_or_default();
        out.push(step);
        let depth = self.data.len();
        self.push("item".to_owned(), Kind::Item, data.hint, &data.noun);
        let inner = Intent { payload: Payload::It, ..intent.clone() };
        let body = self.send(&inner, key);
        self.data.truncate(depth);
        let id = self.id("each");
        let verb = Verb::ForEach {
            items: format!("{{{{ steps.{fresh} }}}}"),
            bind: codex32_model::definition::DEFAULT_BINDING.to_owned(),
            concurrency: 1,
            steps: body,
        };
        out.push(self.step(Some(id), verb));
        out
    }

    /// `open an incident for each`, `add each to the table x`: the deed for every item of the list that
    /// a step brought.
    pub(super) fn one_for_each(
        &mut self,
        intent: &Intent<'a>,
        connector: &str,
        key: &str,
    ) -> Option<Vec<Step>> {
        let data = self.data.last().filter(|_| intent.each).cloned()?;
        if !matches!(data.kind, Kind::List | Kind::Request | Kind::Output) {
            return None;
        }
        let items = self.whole(&data);
        let depth = self.data.len();
        let fresh = self.fresh.take();
        self.entries.insert("item".to_owned(), data.whole.clone());
        self.push("item".to_owned(), Kind::Item, data.hint, &data.noun);
        let inner = Intent { each: false, payload: Payload::It, ..intent.clone() };
        let steps = self.by_connector(&inner, connector, key);
        self.data.truncate(depth);
        self.fresh = fresh;
        let id = self.id("each");
        let verb = Verb::ForEach {
            items: format!("{{{{ {items} }}}}"),
            bind: codex32_model::definition::DEFAULT_BINDING.to_owned(),
            concurrency: self.concurrency.take().unwrap_or(1),
            steps,
        };
        Some(vec![self.step(Some(id), verb)])
    }

    /// One message for each item of the list at hand.
    pub(super) fn send_each(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let Some(data) = self.current() else { return Vec::new() };
        let items = self.whole(&data);
        let depth = self.data.len();
        self.push("item".to_owned(), Kind::Item, data.hint, &data.noun);
        let body = self.send(&Intent { each: false, ..intent.clone() }, key);
        self.data.truncate(depth);
        let id = self.id("each");
        let verb = Verb::ForEach {
            items: format!("{{{{ {items} }}}}"),
            bind: codex32_model::definition::DEFAULT_BINDING.to_owned(),
            concurrency: self.concurrency.take().unwrap_or(1),
            steps: body,
        };
        vec![self.step(Some(id), verb)]
    }
}
