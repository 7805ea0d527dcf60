//! Files that are copied from one place to another: listed there, fetched one by one, stored here.

use codex32_model::action::ConnectorSpec;
use codex32_model::definition::{Step, Verb};
use codex32_model::{ActionSpec, Effect, Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use crate::actions::{App, Intent, slots};
use crate::lexicon::Op;
use crate::text::{self, Kind};

/// Words for bringing what is in one place to another as well.
const COPIES: &[&str] = &[
    "copy",
    "copies",
    "move",
    "mirror",
    "sync",
    "transfer",
    "save",
    "store",
    "upload",
    "put",
    "back",
    "backup",
    "export",
    "import",
    "append",
    "insert",
    "add",
    "duplicate",
    "replicate",
    "write",
    "archive",
    "kopiere",
    "kopieren",
    "kopiert",
    "uebertrage",
    "uebertragen",
    "spiegeln",
    "spiegele",
    "sichern",
    "sichere",
    "speichern",
    "speichere",
    "hochladen",
    "lade",
    "ablegen",
    "lege",
    "abgelegt",
    "gespeichert",
    "hochgeladen",
    "gesichert",
    "uebernehmen",
    "schreiben",
    "schreibe",
    "eintragen",
    "einfuegen",
    "importieren",
    "exportieren",
];

impl<'a> Builder<'a> {
    /// `copy everything in the Dropbox folder /a to Google Drive`; none when it is not files of a place
    /// that are copied to another.
    pub(super) fn copies(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        if let Some(steps) = self.copy_of_event(intent, key) {
            return Some(steps);
        }
        let (Some(source), App::Known(target)) = (intent.source_app, &intent.app) else {
            return None;
        };
        if let Some(steps) = self.rows_across(intent, source, target, key) {
            return Some(steps);
        }
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

    /// `copy it to the Google Drive folder Archive`, after a file came somewhere: fetched there, stored
    /// here. What was there stays.
    fn copy_of_event(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let App::Known(target) = &intent.app else { return None };
        let app = self.start.app.as_ref().filter(|_| self.data.is_empty())?;
        let copies = intent.word(COPIES)
            && !intent.tokens.iter().any(|token| token.kind == Kind::Quoted)
            && !intent.word(&["name", "link", "summary", "namen", "zusammenfassung", "url", "row"])
            && intent.emails.is_empty()
            && intent.channels.is_empty();
        if !copies || app.connector == target.name {
            return None;
        }
        let (source, event) = (app.connector.clone(), app.event.clone());
        let fetch = self.file_action(&source, &|action| {
            action.effect == Effect::Read && has(&action.output, "content")
        })?;
        let by = [("path", "path"), ("file_id", "id"), ("path", "id")]
            .into_iter()
            .find(|(param, field)| fetch.params.contains_key(*param) && has(&event, field))?;
        let store = self.file_action(&target.name, &|action| {
            action.effect == Effect::Write
                && action.params.contains_key("content")
                && ["path", "name"].iter().any(|name| action.params.contains_key(*name))
        })?;
        self.understood += 1;
        let name = if has(&event, "name") { "event.data.name" } else { "event.data.path" };
        let with = IndexMap::from([(
            by.0.to_owned(),
            Value::str(format!("{{{{ event.data.{} }}}}", by.1)),
        )]);
        let read = self.act(fetch, "content", with, Some(intent));
        let got = read.id.clone().unwrap_or_default();
        let folder = self.folder(intent);
        let mut with = IndexMap::new();
        if store.params.contains_key("path") {
            let folder = folder.unwrap_or_default();
            let absolute = target.name == "dropbox" && !folder.starts_with('/');
            let slash = if absolute { "/" } else { "" };
            let between = if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
            let path = format!("{slash}{folder}{between}{{{{ {name} }}}}");
            with.insert("path".to_owned(), Value::str(path));
        } else {
            with.insert("name".to_owned(), Value::str(format!("{{{{ {name} }}}}")));
            if let Some(folder) = folder.filter(|_| store.params.contains_key("folder")) {
                with.insert("folder".to_owned(), Value::str(folder));
            }
        }
        with.insert("content".to_owned(), Value::str(format!("{{{{ steps.{got}.content }}}}")));
        if store.params.contains_key("encoding") && has(&fetch.output, "encoding") {
            with.insert(
                "encoding".to_owned(),
                Value::str(format!("{{{{ steps.{got}.encoding }}}}")),
            );
        }
        let _ = key;
        Some(vec![read, self.act(store, "copy", with, None)])
    }

    /// The folder that something is put into.
    fn folder(&self, intent: &Intent<'a>) -> Option<String> {
        slots::named("folder", &intent.tokens, self.lang)
            .map(|(_, value)| value)
            .or_else(|| {
                let path = intent.tokens.iter().find(|token| token.kind == Kind::Path)?;
                Some(path.text.clone())
            })
            .map(|value| text::literal(&value))
    }

    /// `copy the rows of the SQLite table a to the Supabase table b`: read there, one by one put here.
    fn rows_across(
        &mut self,
        intent: &Intent<'a>,
        source: &'a ConnectorSpec,
        target: &'a ConnectorSpec,
        key: &str,
    ) -> Option<Vec<Step>> {
        let rows = intent.word(&[
            "rows",
            "row",
            "records",
            "entries",
            "lines",
            "table",
            "items",
            "zeilen",
            "eintraege",
            "datensaetze",
            "tabelle",
            "inhalt",
        ]);
        if !intent.word(COPIES) || !rows || intent.payload == crate::actions::Payload::New {
            return None;
        }
        let actions = self.request.catalogue.actions();
        let row = |action: &&'a ActionSpec| {
            let name = action.name.split_once('.').map_or("", |(_, name)| name);
            action.connector == target.name
                && action.effect == Effect::Write
                && ["insert_row", "append_row", "create_record", "create_item"].contains(&name)
        };
        let store = actions.iter().find(row).and_then(|action| self.action(&action.name))?;
        // The words that speak of the place it goes to: behind the last `to` before its name.
        let mention = self
            .index
            .mentions(&intent.tokens)
            .into_iter()
            .filter(|(_, own)| own.name == target.name)
            .map(|(range, _)| range)
            .next_back()?;
        let from = intent.tokens[..mention.start]
            .iter()
            .rposition(|token| token.any(&["to", "into", "in", "nach", "ins", "onto"]))?;
        let ahead = self.index.mentions(&intent.tokens[from..]).len() == 1;
        if !ahead || from == 0 {
            return None;
        }
        self.understood += 1;
        let mut look =
            Intent { op: Op::Fetch, app: App::Known(source), source_app: None, ..intent.clone() };
        look.tokens.truncate(from);
        let name = source.name.clone();
        let mut out = self.by_connector(&look, &name, &format!("{key}.from"));
        let data = self.data.last().cloned()?;
        let depth = self.data.len();
        let items = if data.kind == super::data::Kind::List {
            data.whole
        } else {
            let list = self
                .brought_by(&data.whole)
                .and_then(|action| self.action(&action))
                .and_then(|action| match &action.output {
                    Schema::Object { fields, .. } => fields
                        .iter()
                        .find(|(_, field)| matches!(field.schema, Schema::Array(_)))
                        .map(|(name, _)| name.clone()),
                    _ => None,
                });
            list.map_or_else(|| data.whole.clone(), |list| format!("{}.{list}", data.whole))
        };
        let fields = self.brought_by(&format!("{items}.")).and_then(|action| self.action(&action));
        let nested = fields.is_some_and(
            |action| matches!(&action.output, Schema::Array(item) if has(item, "fields")),
        );
        let row = if nested { "row.fields" } else { "row" };
        self.push(row.to_owned(), super::data::Kind::Item, None, "row");
        let inner = Intent {
            op: Op::Other,
            source_app: None,
            payload: crate::actions::Payload::It,
            tokens: intent.tokens[from..].to_vec(),
            content: Vec::new(),
            given: Vec::new(),
            each: false,
            ..intent.clone()
        };
        let body = self.fill(store, &inner, key);
        self.data.truncate(depth);
        let verb = Verb::ForEach {
            items: format!("{{{{ {items} }}}}"),
            bind: "row".to_owned(),
            concurrency: intent.concurrency.or(self.concurrency).unwrap_or(1),
            steps: vec![body],
        };
        let id = self.id("copies");
        out.push(self.step(Some(id), verb));
        Some(out)
    }

    /// `export the Supabase table orders to the file x.csv in our bucket`: read there, kept as a file.
    pub(super) fn exported(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let crate::actions::App::Known(spec) = &intent.app else { return None };
        let exports = intent.word(&[
            "export",
            "save",
            "dump",
            "store",
            "write",
            "back",
            "exportiere",
            "exportieren",
            "speichere",
            "speichern",
            "sichere",
            "sichern",
            "ablegen",
        ]);
        let place = intent.word(&[
            "bucket",
            "storage",
            "dateispeicher",
            "dateiablage",
            "objektspeicher",
            "s3",
        ]);
        let file = slots::file(&intent.tokens, false).is_some();
        if !exports || !file || !self.data.is_empty() {
            return None;
        }
        // What is read is named first; files are kept where it goes.
        let mentions = self.index.mentions(&intent.tokens);
        let keeper = |name: &str| match name {
            "dropbox" | "google_drive" => self.file_action(name, &|action| {
                action.effect == codex32_model::Effect::Write
                    && action.params.contains_key("content")
            }),
            _ => None,
        };
        let store = mentions.iter().rev().find_map(|(_, own)| keeper(&own.name));
        let store = store.or_else(|| self.action("storage.put_file").filter(|_| place))?;
        let (range, source) = mentions.iter().find(|(_, own)| own.name != store.connector)?;
        if spec.name == "storage" || self.start.app.is_some() {
            return None;
        }
        let split = intent.tokens[range.end..]
            .iter()
            .position(|token| token.any(&["as", "als", "to", "into", "in", "nach", "ins"]))
            .map(|offset| range.end + offset)?;
        let name = source.name.clone();
        let mut look = Intent {
            op: Op::Fetch,
            app: crate::actions::App::Known(source),
            source_app: None,
            ..intent.clone()
        };
        look.tokens.truncate(split);
        let mut out = self.by_connector(&look, &name, &format!("{key}.from"));
        self.understood += 1;
        let keep = Intent {
            app: crate::actions::App::None,
            payload: crate::actions::Payload::It,
            content: Vec::new(),
            tokens: intent.tokens[split..].to_vec(),
            source_app: None,
            ..intent.clone()
        };
        out.push(self.fill(store, &keep, key));
        Some(out)
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
