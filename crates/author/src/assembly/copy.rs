//! Files that are copied from one place to another: listed there, fetched one by one, stored here.

use codex32_model::definition::{Step, Verb};
use codex32_model::{ActionSpec, Effect, Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use crate::actions::{App, Intent};
use crate::lexicon::Op;

impl<'a> Builder<'a> {
    /// `copy everything in the Dropbox folder /a to Google Drive`; none when it is not files of a place
    /// that are copied to another.
    pub(super) fn copies(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let (Some(source), App::Known(target)) = (intent.source_app, &intent.app) else {
            return None;
        };
        let many = intent.word(&[
            "files",
            "everything",
            "all",
            "documents",
            "photos",
            "pictures",
            "dateien",
            "alles",
            "alle",
            "dokumente",
            "fotos",
            "bilder",
            "contents",
            "inhalt",
        ]);
        let loads = self.start.app.is_some();
        if !many || loads {
            return None;
        }
        let list = self.file_action(&source.name, &|action| {
            action.effect == Effect::Read
                && matches!(&action.output, Schema::Array(item) if has(item, "path") || has(item, "id") && has(item, "name"))
                && action.params.keys().any(|name| ["path", "folder"].contains(&name.as_str()))
        })?;
        let fetch = self.file_action(&source.name, &|action| {
            action.effect == Effect::Read && has(&action.output, "content")
        })?;
        let store = self.file_action(&target.name, &|action| {
            action.effect == Effect::Write
                && action.params.contains_key("content")
                && ["path", "name"].iter().any(|name| action.params.contains_key(*name))
        })?;
        self.understood += 1;
        let look =
            Intent { op: Op::Fetch, app: App::Known(source), source_app: None, ..intent.clone() };
        let listed = self.fill(list, &look, &format!("{key}.from"));
        let all = listed.id.clone().unwrap_or_default();
        let item = match &list.output {
            Schema::Array(item) => item.as_ref().clone(),
            _ => Schema::Any,
        };
        // Folders are no files.
        let items = if has(&item, "kind") {
            format!("{{{{ steps.{all}.filter(f => f.kind == 'file') }}}}")
        } else {
            format!("{{{{ steps.{all} }}}}")
        };
        let by =
            if fetch.params.contains_key("path") { ("path", "path") } else { ("file_id", "id") };
        let with =
            IndexMap::from([(by.0.to_owned(), Value::str(format!("{{{{ file.{} }}}}", by.1)))]);
        let read = self.act(fetch, "content", with, None);
        let got = read.id.clone().unwrap_or_default();
        let name = if has(&item, "name") { "file.name" } else { "file.path" };
        let mut with = IndexMap::new();
        if store.params.contains_key("path") {
            let slash = if name == "file.name" { "/" } else { "" };
            with.insert("path".to_owned(), Value::str(format!("{slash}{{{{ {name} }}}}")));
        } else {
            with.insert("name".to_owned(), Value::str(format!("{{{{ {name} }}}}")));
        }
        with.insert("content".to_owned(), Value::str(format!("{{{{ steps.{got}.content }}}}")));
        if store.params.contains_key("encoding") && has(&fetch.output, "encoding") {
            with.insert(
                "encoding".to_owned(),
                Value::str(format!("{{{{ steps.{got}.encoding }}}}")),
            );
        }
        let write = self.act(store, "copy", with, None);
        let verb = Verb::ForEach {
            items,
            bind: "file".to_owned(),
            concurrency: intent.concurrency.or(self.concurrency).unwrap_or(1),
            steps: vec![read, write],
        };
        let id = self.id("copies");
        Some(vec![listed, self.step(Some(id), verb)])
    }

    fn file_action(
        &self,
        connector: &str,
        fits: &dyn Fn(&ActionSpec) -> bool,
    ) -> Option<&'a ActionSpec> {
        let actions = self.request.catalogue.actions();
        let found = actions.iter().find(|action| action.connector == connector && fits(action))?;
        self.action(&found.name)
    }
}

/// Whether an object of that shape has the field.
fn has(schema: &Schema, field: &str) -> bool {
    matches!(schema, Schema::Object { fields, .. } if fields.contains_key(field))
}
