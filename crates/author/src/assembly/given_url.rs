//! An address that came along is read: `GET the url in the input`, `fetch the link in the payload`.

use codex32_model::definition::Step;
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
use crate::actions::{App, Intent};

/// Words for an address.
const ADDRESS: &[&str] = &["url", "link", "address", "adresse", "uri"];
/// Words for what the bot was given.
const GIVEN: &[&str] =
    &["input", "inputs", "eingabe", "payload", "body", "webhook", "event", "given", "request"];

impl<'a> Builder<'a> {
    /// A request to the address that stands in what the bot was given.
    pub(super) fn fetch_given(&mut self, intent: &Intent<'a>) -> Option<Vec<Step>> {
        let bare = intent.urls.is_empty() && intent.app == App::None && self.data.is_empty();
        let named = ADDRESS.iter().find(|word| intent.word(&[word]))?;
        if !bare || !intent.word(GIVEN) || self.start.app.is_some() {
            return None;
        }
        let action = self.action("http.get")?;
        let data = self.trigger_data()?;
        self.understood += 1;
        let url = self.field(&data, named, Schema::String, true);
        let with = IndexMap::from([("url".to_owned(), Value::str(format!("{{{{ {url} }}}}")))]);
        let step = self.act(action, "answer", with, Some(intent));
        let id = step.id.clone().unwrap_or_default();
        self.push(format!("steps.{id}.body"), Kind::Request, None, "answer");
        Some(vec![step])
    }
}
