//! Actions for deeds that name no service: what the words fit, what the service at hand has for it.

use codex32_model::definition::Step;
use codex32_model::{ActionSpec, Effect, Value};

use super::Builder;
use super::catalogue::{asks_change, changes, harmless};
use crate::actions::Intent;
use crate::actions::slots::{self, Role};
use crate::lexicon::{self, Op};
use crate::text;

/// Below this, words that name no connector do not speak for any action.
const SURE: f32 = 6.0;

impl<'a> Builder<'a> {
    /// Without a name or target, only words that fit nothing else as well.
    pub(super) fn write_by_words(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let hits = self.index.find(&intent.tokens, None, 6);
        let builtin = ["http", "email", "state", "log", "webhook"];
        let first = hits.first()?;
        let rival = hits
            .iter()
            .find(|hit| hit.action.connector != first.action.connector)
            .map_or(0.0, |hit| hit.score);
        let phone = crate::actions::slots::phone(&intent.tokens).is_some()
            && first
                .action
                .params
                .iter()
                .any(|(name, field)| slots::role(name, field) == Role::Phone);
        let sure = first.score > SURE
            && (first.score > rival * 1.3 || phone)
            && !builtin.contains(&first.action.connector.as_str())
            && self.index.names_action(first.action, &intent.tokens)
            && harmless(intent, first.action);
        let action =
            Some(first.action).filter(|_| sure).and_then(|action| self.action(&action.name))?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// Something is to be read and no service is named: the action whose words fit, if one does.
    pub(super) fn read_by_words(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let places: Vec<std::ops::Range<usize>> = self
            .places(intent)
            .into_iter()
            .map(|range| intent.tokens[range.start].at.start..intent.tokens[range.end - 1].at.end)
            .collect();
        let words: Vec<text::Token> = intent
            .content
            .iter()
            .filter(|token| {
                // A name, as of a place; in German every noun has a capital.
                let name = token.is_capital() && self.lang == text::Lang::En
                    || self.lang == text::Lang::De
                        && places.iter().any(|place| {
                            place.start <= token.at.start && token.at.end <= place.end
                        });
                !name
                    && !token
                        .any(&["data", "list", "page", "new", "open", "all", "current", "latest"])
            })
            .cloned()
            .collect();
        let hits = self.index.find(&words, None, 8);
        let builtin = ["http", "email", "state", "log", "webhook"];
        let mut reads = hits.iter().filter(|hit| {
            hit.action.effect == Effect::Read && !builtin.contains(&hit.action.connector.as_str())
        });
        let first = reads.next()?;
        let rival = reads.find(|hit| hit.action.connector != first.action.connector);
        let weather = intent.word(&[
            "weather",
            "forecast",
            "wetter",
            "wettervorhersage",
            "vorhersage",
            "wetterbericht",
            "temperatur",
            "temperature",
            "luftqualitaet",
            "air",
        ]) && !self.places(intent).is_empty();
        let sure = first.score > if weather { 2.0 } else { SURE }
            && rival.is_none_or(|rival| first.score > rival.score * 1.25);
        let action =
            Some(first.action).filter(|_| sure).and_then(|action| self.action(&action.name))?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// The same for a phrase inside another deed: `send me the weather for Lyon`.
    pub(super) fn read_by_phrase(&mut self, phrase: &str, key: &str) -> Option<Vec<Step>> {
        let read = text::read(phrase);
        let clause = crate::clauses::Clause {
            lead: crate::clauses::Lead::None,
            before: crate::clauses::Join::Start,
            tokens: read.tokens,
            verb: None,
            parallel: false,
            leads: false,
        };
        let nouns = self.nouns();
        let mut intent = crate::actions::read(&clause, &self.index, self.lang, &nouns);
        intent.op = Op::Fetch;
        self.read_by_words(&intent, &format!("{key}.from"))
    }

    /// A deed that names no service, after one of a service: what that service has for it.
    pub(super) fn by_context(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let mut around: Vec<String> = Vec::new();
        around.extend(self.last_service.clone());
        around.extend(self.start.app.as_ref().map(|app| app.connector.clone()));
        for connector in around {
            let hits = self.index.find(&intent.tokens, None, 40);
            let best = hits
                .iter()
                .filter(|hit| {
                    hit.action.connector == connector && hit.action.effect == Effect::Write
                })
                .filter(|hit| self.index.nouns_named(hit.action, &intent.tokens) == Some(true))
                // What is there already is changed only when that is said.
                .min_by_key(|hit| changes(hit.action) && !asks_change(intent));
            if let Some(action) =
                best.map(|hit| hit.action).and_then(|action| self.action(&action.name))
            {
                self.understood += 1;
                return Some(self.steps_for(action, intent, key));
            }
        }
        None
    }

    /// `share it with x@y.de`, `archive it`: the verb itself names what the service at hand has for it.
    pub(super) fn by_verb(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        const ANY: &[&str] = &[
            "send", "post", "email", "mail", "notify", "tell", "message", "write", "create", "add",
            "get", "read", "find", "list", "put", "sende", "schicke", "maile", "erstelle", "poste",
            "set", "make", "do", "update", "store", "save", "let", "report", "log", "open", "keep",
            "it", "and", "with", "to", "the",
        ];
        let verb = intent.tokens.iter().take(3).chain(intent.tokens.last()).find(|token| {
            token.is_word()
                && lexicon::verb(&token.low, self.lang).is_some()
                && !token.any(ANY)
                && !lexicon::is_empty_word(token)
        })?;
        let low = verb.low.clone();
        let forms = [low.clone(), low.trim_end_matches("en").to_owned() + "e", format!("{low}e")];
        let mut around: Vec<String> = Vec::new();
        around.extend(self.last_service.clone());
        around.extend(self.start.app.as_ref().map(|app| app.connector.clone()));
        let fits = |action: &&ActionSpec| {
            let own = action.name.split_once('.').map_or("", |(_, name)| name);
            let first = own.split('_').next().unwrap_or_default();
            let said = action.synonyms.iter().any(|synonym| forms.contains(&text::fold(synonym)));
            (first == low || said) && action.effect == Effect::Write && harmless(intent, action)
        };
        let catalogue = self.request.catalogue;
        let found = around
            .iter()
            .find_map(|connector| {
                let own =
                    || catalogue.actions().iter().filter(|action| action.connector == *connector);
                own()
                    .find(|action| {
                        action
                            .name
                            .split_once('.')
                            .is_some_and(|(_, name)| name.split('_').next() == Some(low.as_str()))
                            && harmless(intent, action)
                    })
                    .or_else(|| own().find(fits))
            })
            .or_else(|| {
                // A word that one service alone has: `tweet it`.
                let mut holders = catalogue.actions().iter().filter(|action| {
                    action.synonyms.iter().any(|synonym| forms.contains(&text::fold(synonym)))
                });
                let first = holders.next()?;
                let alone = holders.all(|other| other.connector == first.connector);
                let free = intent.emails.is_empty() && intent.channels.is_empty();
                (alone && free && first.effect == Effect::Write && harmless(intent, first))
                    .then_some(first)
            })?;
        let action = self.action(&found.name)?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// `in the folder audits of our file storage`, `in the bucket`: where files are kept.
    pub(super) fn in_storage(&self, intent: &mut Intent<'a>) {
        let place = intent.word(&[
            "storage",
            "bucket",
            "s3",
            "dateispeicher",
            "dateiablage",
            "objektspeicher",
            "speicherplatz",
            "file-storage",
        ]);
        let files = intent
            .word(&["file", "files", "folder", "bucket", "s3", "datei", "dateien", "ordner"])
            || slots::file(&intent.tokens, false).is_some();
        let free = !intent.has_target() && intent.source_app.is_none();
        if let Some(spec) = self.index.connector("storage").filter(|_| place && files && free) {
            intent.app = crate::actions::App::Known(spec);
        }
    }

    /// `the open issues of acorn/site`: a repository's path, and where repositories are.
    pub(super) fn in_repository(&self, intent: &mut Intent<'a>) {
        let path = intent.tokens.iter().any(|token| {
            token.kind == text::Kind::Path
                && !token.text.starts_with('/')
                && token.text.matches('/').count() == 1
                && !token.text.contains('.')
        });
        let things = intent.word(&["issue", "issues", "vorgaenge", "tickets", "workflow"]);
        let free = !intent.has_target() && intent.source_app.is_none();
        if !(path && things && free) || self.last_service.is_some() || self.start.app.is_some() {
            return;
        }
        let lower = self.source.to_lowercase();
        let name = if lower.contains("gitlab") { "gitlab" } else { "github" };
        if let Some(spec) = self.index.connector(name) {
            intent.app = crate::actions::App::Known(spec);
        }
    }

    /// `save it in the file jobs.json`: a file without a service is kept where files are kept.
    pub(super) fn kept_file(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let keeps = intent.word(&[
            "save",
            "store",
            "write",
            "put",
            "keep",
            "dump",
            "export",
            "speichere",
            "speichern",
            "schreibe",
            "schreiben",
            "ablegen",
            "sichere",
            "sichern",
            "exportiere",
            "append",
        ]);
        let named = intent.app == crate::actions::App::None && !intent.has_target();
        let file = slots::file(&intent.tokens, false).is_some();
        let action = self.action("storage.put_file").filter(|_| keeps && named && file)?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// `set its priority to high`: what the service at hand has to change that.
    pub(super) fn by_quality(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        if !asks_change(intent) || !intent.word(&["to", "auf", "zu"]) {
            return None;
        }
        let around = self
            .last_service
            .clone()
            .or_else(|| self.start.app.as_ref().map(|app| app.connector.clone()))?;
        let found = self.request.catalogue.actions().iter().find(|action| {
            action.connector == around
                && changes(action)
                && action.params.iter().any(|(name, field)| {
                    !field.required && slots::named(name, &intent.tokens, self.lang).is_some()
                })
        })?;
        let action = self.action(&found.name)?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// `tag it as vip`: what the service at hand has for labels.
    pub(super) fn by_label(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let chosen = intent.word(&["tag", "tags", "label", "labels"])
            && self.data.last().is_some_and(|data| data.whole.ends_with(".label"));
        if !chosen {
            slots::labelled(&intent.tokens)?;
        }
        let around = self
            .start
            .app
            .as_ref()
            .map(|app| app.connector.clone())
            .or_else(|| self.last_service.clone())?;
        let labels = |action: &&ActionSpec| {
            action.connector == around
                && action.effect == Effect::Write
                && action.params.keys().any(|name| {
                    ["tags", "labels", "add", "add_labels", "tag", "label"].contains(&name.as_str())
                })
        };
        let all = self.request.catalogue.actions();
        let found = all
            .iter()
            .filter(labels)
            .find(|action| changes(action) || action.name.contains("add_label"));
        let Some(found) = found else { return self.noted_in_row(&around, intent, key) };
        let action = self.action(&found.name)?;
        self.understood += 1;
        Some(self.steps_for(action, intent, key))
    }

    /// What a model chose, written into the row that came: `tag each new row of the table x as …`.
    fn noted_in_row(&mut self, around: &str, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let label = self.data.last().filter(|data| data.whole.ends_with(".label"))?.whole.clone();
        let app = self.start.app.as_ref().filter(|app| app.connector == around)?;
        let id = match &app.event {
            codex32_model::Schema::Object { fields, open } => fields.contains_key("id") || *open,
            _ => true,
        };
        let all = self.request.catalogue.actions();
        let action = all.iter().find(|action| {
            action.connector == around
                && changes(action)
                && action.params.keys().any(|name| ["values", "fields"].contains(&name.as_str()))
        })?;
        let action = self.action(&action.name).filter(|_| id)?;
        self.understood += 1;
        let mut with = indexmap::IndexMap::new();
        for name in action.params.keys() {
            let value = match name.as_str() {
                "values" | "fields" => {
                    let label = Value::str(format!("{{{{ {label} }}}}"));
                    Some(Value::object([("label".to_owned(), label)]))
                }
                "filter" => {
                    Some(Value::object([("id".to_owned(), Value::str("{{ event.data.id }}"))]))
                }
                "record_id" | "row_id" | "id" => Some(Value::str("{{ event.data.id }}")),
                _ => None,
            };
            if let Some(value) = value {
                with.insert(name.clone(), value);
            }
        }
        for (name, value) in self.arguments(action, intent, key) {
            with.entry(name).or_insert(value);
        }
        let wish = action.name.split_once('.').map_or("update", |(_, name)| name);
        Some(vec![self.act(action, wish, with, Some(intent))])
    }

    /// `to the sheet Diary`: a place of a kind that one service alone keeps.
    pub(super) fn by_place(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        let place = ["spreadsheet", "board"].into_iter().find(|place| {
            slots::named(place, &intent.tokens, self.lang).is_some_and(|(range, _)| {
                intent.tokens[range.start].any(&["sheet", "spreadsheet", "board"])
            })
        })?;
        let mut owners: Vec<String> = Vec::new();
        for action in self.request.catalogue.actions() {
            let holds = action.params.keys().any(|name| name.trim_end_matches("_id") == place);
            if holds && !owners.contains(&action.connector) {
                owners.push(action.connector.clone());
            }
        }
        let [owner] = owners.as_slice() else { return None };
        self.understood += 1;
        Some(self.by_connector(intent, owner, key))
    }
}
