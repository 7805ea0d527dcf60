//! Actions of any connector: found by retrieval, filled from what was said.

use codex32_model::definition::Step;
use codex32_model::{ActionSpec, Effect, Field, Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, message};
use crate::actions::{App, Intent, Payload, Person};
use crate::lexicon::{self, Op};
use crate::text::{self, Kind as TokenKind, Token};

/// Below this, words that name no connector do not speak for any action.
const SURE: f32 = 6.0;

impl<'a> Builder<'a> {
    /// A deed without a verb of the language: what the catalogue has for it.
    pub(super) fn other(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let key = self.key("do");
        if let App::Known(spec) = &intent.app {
            self.understood += 1;
            let name = spec.name.clone();
            return self.by_connector(intent, &name, &key);
        }
        if let App::Unknown(name) = &intent.app {
            let name = name.clone();
            return self.unknown_app(&name, &key);
        }
        // `keep only new posts`
        let keeps = intent.word(&["keep", "take", "only", "filter", "behalte", "nimm", "nur"]);
        if keeps && intent.word(&["new", "unseen", "neue", "neuen"]) && !self.data.is_empty() {
            self.understood += 1;
            return self.only_new();
        }
        if intent.has_target() {
            self.understood += 1;
            return self.send(&Intent { op: Op::Send, ..intent.clone() }, &key);
        }
        if intent
            .tokens
            .iter()
            .all(|token| lexicon::is_empty_word(token) || token.any(lexicon::PLEASE))
        {
            return Vec::new();
        }
        // Without a name or target, only words that fit nothing else as well.
        let hits = self.index.find(&intent.tokens, None, 2);
        let builtin = ["http", "email", "state", "log"];
        let sure = hits.first().filter(|hit| {
            let next = hits.get(1).map_or(0.0, |hit| hit.score);
            hit.score > SURE
                && hit.score > next * 1.3
                && !builtin.contains(&hit.action.connector.as_str())
        });
        match sure.map(|hit| hit.action).filter(|action| self.action(&action.name).is_some()) {
            Some(action) => {
                self.understood += 1;
                vec![self.fill(action, intent, &key)]
            }
            None => self.unclear(intent, &key),
        }
    }

    /// The best action of one connector.
    pub(super) fn by_connector(
        &mut self,
        intent: &Intent<'a>,
        connector: &str,
        key: &str,
    ) -> Vec<Step> {
        let wants_read = intent.op == Op::Fetch;
        let hits = self.index.find(&intent.tokens, Some(connector), 20);
        let score = |action: &ActionSpec, score: f32| {
            let reads = action.effect == Effect::Read;
            let mut total = score + if reads == wants_read { 2.0 } else { -2.0 };
            let text = action.params.keys().any(|name| message::is_text(name));
            if matches!(intent.op, Op::Notify | Op::Send) && text {
                total += 2.0;
            }
            // What cannot be filled from what was said is a worse fit.
            let open = action.params.iter().filter(|(name, field)| {
                field.required
                    && field.default.is_none()
                    && !message::is_text(name)
                    && field.format.as_deref() != Some("channel")
                    && intent.tokens.iter().all(|token| !token.is(name))
            });
            total -= 0.6 * open.count() as f32;
            total
        };
        let best = hits
            .iter()
            .filter(|hit| self.action(&hit.action.name).is_some())
            .map(|hit| (score(hit.action, hit.score), hit.action))
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.name.cmp(&a.1.name)));
        match best {
            Some((_, action)) => vec![self.fill(action, intent, key)],
            None => self.unclear(intent, key),
        }
    }

    /// A step for an action, its parameters filled by format and name.
    pub(super) fn fill(&mut self, action: &'a ActionSpec, intent: &Intent<'a>, key: &str) -> Step {
        let mut with = IndexMap::new();
        for (name, field) in &action.params {
            let essential = field.required && field.default.is_none()
                || field.format.as_deref() == Some("channel") && action.effect == Effect::Write;
            let value = self.slot(name, field, intent, essential);
            match value {
                Some(value) => {
                    with.insert(name.clone(), value);
                }
                None if essential => {
                    let label = field.description.clone().unwrap_or_else(|| name.replace('_', " "));
                    let text = match self.lang {
                        text::Lang::En => {
                            format!("{}: which {}? ({label})", action.title, name.replace('_', " "))
                        }
                        text::Lang::De => format!(
                            "{}: welcher Wert für {}? ({label})",
                            action.title,
                            name.replace('_', " ")
                        ),
                    };
                    let value = self.missing(
                        &format!("{key}.{name}"),
                        text,
                        &format!("{}_{name}", action.connector),
                    );
                    let value = typed(value, &field.schema);
                    with.insert(name.clone(), value);
                }
                None => {}
            }
        }
        let wish = action.name.split_once('.').map_or(action.name.as_str(), |(_, name)| name);
        let step = self.act(action, wish, with, Some(intent));
        if action.effect == Effect::Read {
            let id = step.id.clone().unwrap_or_default();
            let list = matches!(action.output, Schema::Array(_));
            self.push(
                format!("steps.{id}"),
                if list { Kind::List } else { Kind::Output },
                None,
                wish,
            );
        }
        step
    }

    fn slot(
        &mut self,
        name: &str,
        field: &Field,
        intent: &Intent<'a>,
        essential: bool,
    ) -> Option<Value> {
        let format = field.format.as_deref().unwrap_or_default();
        if let Some(value) = self.request.answers.get(&format!("{}{name}", self.prefix)) {
            return Some(typed(Value::str(text::literal(value)), &field.schema));
        }
        if format == "url" || name == "url" {
            return intent.urls.first().map(|url| self.address(url));
        }
        if format == "channel" || ["channel", "room", "chat", "chat_id"].contains(&name) {
            return intent.channels.first().map(|channel| Value::str(channel.as_str()));
        }
        if format == "email" || ["email", "to", "recipient"].contains(&name) {
            if let Some(email) = intent.emails.first() {
                return Some(Value::str(email.as_str()));
            }
            if let Some(Person::InData(_)) = &intent.person
                && essential
                && let Some(data) = self.current()
            {
                let field = self.field(&data, "email", Schema::String, true);
                return Some(Value::str(format!("{{{{ {field} }}}}")));
            }
            return None;
        }
        if let Some(value) = named_after(name, &intent.tokens) {
            return Some(typed(Value::str(text::literal(&value)), &field.schema));
        }
        if message::is_text(name) || format == "markdown" && essential {
            return Some(self.message(intent).1);
        }
        if ["title", "subject", "summary", "name"].contains(&name) && essential {
            if let Payload::Said(said) = &intent.payload {
                return Some(Value::str(self.fill_in(said)));
            }
            return Some(Value::str(self.message(intent).0));
        }
        if ["description", "details"].contains(&name) && essential {
            return Some(self.message(intent).1);
        }
        let data_like = [
            "data",
            "row",
            "rows",
            "values",
            "fields",
            "properties",
            "record",
            "records",
            "payload",
        ]
        .contains(&name);
        if data_like && essential {
            return self.body(intent);
        }
        if ["query", "q", "search", "text"].contains(&name) && essential {
            return intent
                .tokens
                .iter()
                .find(|token| token.kind == TokenKind::Quoted)
                .map(|token| Value::str(text::literal(&token.text)));
        }
        match field.schema {
            Schema::Integer | Schema::Number if essential => {
                intent.content.iter().find_map(|token| token.number).map(Value::number)
            }
            _ => None,
        }
    }
}

/// `table orders`, `the orders table`, `sheet Rates`.
fn named_after(name: &str, tokens: &[Token]) -> Option<String> {
    const SAME: &[(&str, &[&str])] = &[
        ("table", &["table", "tabelle"]),
        ("sheet", &["sheet", "spreadsheet", "worksheet", "blatt", "tabelle"]),
        ("spreadsheet", &["sheet", "spreadsheet", "sheets"]),
        ("spreadsheet_id", &["sheet", "spreadsheet", "sheets"]),
        ("list", &["list", "liste"]),
        ("board", &["board"]),
        ("project", &["project", "projekt"]),
        ("repository", &["repository", "repo"]),
        ("repo", &["repository", "repo"]),
        ("folder", &["folder", "ordner"]),
        ("bucket", &["bucket"]),
        ("database", &["database", "datenbank"]),
        ("label", &["label", "tag"]),
        ("key", &["key"]),
    ];
    let words = SAME.iter().find(|(key, _)| *key == name).map_or(&[][..], |(_, words)| words);
    let at = tokens.iter().position(|token| token.any(words) || token.is(name))?;
    let fits = |token: &&Token| {
        matches!(
            token.kind,
            TokenKind::Word | TokenKind::Quoted | TokenKind::Dotted | TokenKind::Path
        ) && !lexicon::is_empty_word(token)
            && !token.any(lexicon::ARTICLES)
            && token.number.is_none()
    };
    let skip = usize::from(
        tokens.get(at + 1).is_some_and(|token| token.any(&["called", "named", "namens"])),
    );
    let after = tokens.get(at + 1 + skip).filter(fits);
    let before =
        at.checked_sub(1).and_then(|before| tokens.get(before)).filter(fits).filter(|token| {
            !token.any(&["google", "excel"])
                && lexicon::verb(&token.low, text::Lang::En)
                    .is_none_or(|_| lexicon::is_noun_too(&token.low))
        });
    after.or(before).map(|token| token.text.clone())
}

/// An answer is text; a parameter may want a number.
fn typed(value: Value, schema: &Schema) -> Value {
    let Some(text) = value.as_str() else { return value };
    match schema {
        Schema::Integer | Schema::Number => text.parse::<f64>().map_or(value, Value::number),
        Schema::Boolean => match text {
            "true" | "yes" | "ja" => Value::Bool(true),
            "false" | "no" | "nein" => Value::Bool(false),
            _ => value,
        },
        Schema::Object { .. } | Schema::Array(_) => Value::from_json(text).unwrap_or(value),
        _ => value,
    }
}
