//! What a webhook is answered, and what a run returns.

use codex32_model::action::ConnectorSpec;
use codex32_model::definition::{Step, TriggerKind, Verb};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, blocks};
use crate::actions::{App, Intent, Payload};
use crate::lexicon::Op;
use crate::structure::Node;
use crate::text::{self, Kind as TokenKind, Token};

impl<'a> Builder<'a> {
    pub(super) fn answer(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        self.understood += 1;
        if let Some(all) = self.all_together(intent) {
            return vec![self.answer_with(intent, all, None)];
        }
        let mut out = Vec::new();
        if !intent.urls.is_empty() {
            let fetch = Intent { op: Op::Fetch, ..intent.clone() };
            out.append(&mut self.fetch(&fetch));
        }
        if intent.urls.is_empty()
            && let App::Known(spec) = &intent.app
            && !matches!(intent.payload, Payload::Said(_))
        {
            let name = spec.name.clone();
            let key = self.key("fetch");
            let fetch = Intent { op: Op::Fetch, ..intent.clone() };
            out.append(&mut self.by_connector(&fetch, &name, &key));
            let whole = self.all_of_it();
            out.push(self.answer_with(intent, whole, None));
            return out;
        }
        if intent.op == Op::Respond && (!intent.emails.is_empty() || !intent.channels.is_empty()) {
            let key = self.key("send");
            out.append(&mut self.send(&Intent { op: Op::Send, ..intent.clone() }, &key));
            return out;
        }
        // `answer it`: in the system where it happened.
        if intent.op == Op::Respond
            && let Some(connector) = self.start.app.as_ref().map(|app| app.connector.clone())
        {
            if intent.ai {
                out.append(&mut self.model(
                    &Intent { app: App::None, ..intent.clone() },
                    crate::lexicon::Ai::Write,
                ));
            }
            let key = self.key("send");
            let payload = if intent.ai { Payload::It } else { intent.payload.clone() };
            let reply = Intent { op: Op::Send, payload, app: App::None, ..intent.clone() };
            out.append(&mut self.by_connector(&reply, &connector, &key));
            return out;
        }
        // `sku and quantity from the MySQL table x`: words that name what is read there.
        let quoted = intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted);
        let read = match &intent.app {
            App::Known(spec) if !quoted => Some(*spec),
            _ => None,
        };
        let read = read.filter(|_| intent.word(&["from", "of", "aus", "von", "in"]));
        let source = intent.source_app.or(read);
        if let Some(source) = source
            .filter(|_| intent.urls.is_empty() && self.start.app.is_none() && self.data.is_empty())
        {
            return self.answer_from(intent, source);
        }
        let mut given = self.given(intent);
        let told = given.iter().position(|(name, value)| {
            ["status", "code", "statuscode"].contains(&name.as_str()) && status_of(value).is_some()
        });
        let told = told.map(|at| given.remove(at)).and_then(|(_, value)| status_of(&value));
        let status = told.or_else(|| status_in(&intent.content));
        // `with the text moved to v2`: the answer is the text, and no object that holds it.
        if let [(name, value)] = given.as_slice()
            && ["text", "body", "words", "worten", "wortlaut", "wording"].contains(&name.as_str())
            && value.as_str().is_some_and(|value| !value.contains("{{"))
        {
            let value = value.clone();
            out.push(self.answer_with(intent, value, status));
            return out;
        }
        if !given.is_empty() || told.is_some() {
            let said = given.is_empty() && matches!(intent.payload, Payload::Said(_));
            let value = match said {
                true => self.answer_value(intent, &mut out),
                false if given.is_empty() => Value::Null,
                false => Value::object(given),
            };
            out.push(self.answer_with(intent, value, status));
            return out;
        }
        let mut value = match self.some_of(intent).or_else(|| self.computed(intent)) {
            Some(expression) => Value::str(format!("{{{{ {expression} }}}}")),
            None => self.answer_value(intent, &mut out),
        };
        if status.is_some()
            && !quoted
            && let Payload::Said(said) = &intent.payload
        {
            let words: Vec<&str> = said
                .split_whitespace()
                .filter(|word| {
                    word.parse::<f64>().is_err()
                        && !["status", "code", "a", "with", "and", "mit", "und", "http"]
                            .contains(&word.to_lowercase().as_str())
                })
                .collect();
            let nothing = words.iter().all(|word| {
                [
                    "nothing", "else", "only", "nichts", "nur", "no", "body", "empty", "an",
                    "sonst", "weiter",
                ]
                .contains(&word.to_lowercase().as_str())
            });
            value = match nothing {
                true => Value::Null,
                false => Value::str(text::literal(&words.join(" "))),
            };
        }
        out.push(self.answer_with(intent, value, status));
        out
    }

    /// `answer the question with Claude`: what a model writes is the answer, unless it is told what
    /// becomes of it.
    pub(super) fn written_answer(&mut self, intent: &Intent<'a>, after: &[Node]) -> Vec<Step> {
        let mut out = self.model(intent, crate::lexicon::Ai::Write);
        let told = matches!(after.first(), Some(Node::Deed(next)) if matches!(
            next.verb,
            Some((_, Op::Respond | Op::Return | Op::Send | Op::Notify | Op::Email))
        ));
        if !told {
            let whole = self.all_of_it();
            out.push(self.answer_with(intent, whole, None));
        }
        out
    }

    /// `both answers`, `the two summaries`: what the branches that went on together brought.
    fn all_together(&mut self, intent: &Intent<'a>) -> Option<Value> {
        let both = intent.word(&["both", "two", "beide", "beiden", "zwei", "three", "all", "alle"]);
        let figures = intent
            .tokens
            .iter()
            .any(|token| matches!(token.kind, TokenKind::Url | TokenKind::Quoted))
            || intent.word(&[
                "sum",
                "summe",
                "difference",
                "larger",
                "smaller",
                "fields",
                "felder",
            ]);
        let whole = intent.content.len() <= 2
            || intent.word(&[
                "answers",
                "summaries",
                "translations",
                "results",
                "versions",
                "outputs",
                "texts",
                "replies",
                "bodies",
                "drafts",
                "antworten",
                "ergebnisse",
                "zusammenfassungen",
                "uebersetzungen",
                "texte",
                "fassungen",
            ]);
        if !both || !whole || figures || self.together.len() < 2 {
            return None;
        }
        let named = self.together.iter().map(|(name, whole)| {
            let id = whole.strip_prefix("steps.").and_then(|rest| rest.split('.').next());
            let value = Value::str(format!("{{{{ {whole} }}}}"));
            (id.unwrap_or(name).to_owned(), value)
        });
        Some(Value::object(named.collect::<Vec<_>>()))
    }

    /// `with sku and quantity from the MySQL table inventory`: read there first.
    fn answer_from(&mut self, intent: &Intent<'a>, source: &'a ConnectorSpec) -> Vec<Step> {
        let key = self.key("fetch");
        let fetch =
            Intent { op: Op::Fetch, app: App::Known(source), source_app: None, ..intent.clone() };
        let name = source.name.clone();
        let mut out = self.by_connector(&fetch, &name, &key);
        let data = self.data.last().cloned();
        let upto = intent
            .content
            .iter()
            .position(|token| token.any(&["from", "of", "for", "aus", "von", "fuer", "table"]))
            .unwrap_or(intent.content.len());
        let fields = crate::actions::fields(&intent.content[..upto], &self.nouns());
        let value = match data {
            Some(data) if !fields.is_empty() && fields.iter().all(|name| !name.contains('_')) => {
                let one = if data.kind == Kind::List {
                    format!("{}[0]?", data.whole)
                } else {
                    data.whole.clone()
                };
                let pairs = fields
                    .iter()
                    .map(|name| (name.clone(), Value::str(format!("{{{{ {one}.{name} }}}}"))));
                Value::object(pairs.collect::<Vec<_>>())
            }
            _ => self.all_of_it(),
        };
        out.push(self.answer_with(intent, value, None));
        out
    }

    fn answer_with(&mut self, intent: &Intent<'a>, value: Value, status: Option<i64>) -> Step {
        let answers = matches!(
            self.start.kind,
            Some(TriggerKind::Webhook(_) | TriggerKind::Form { .. } | TriggerKind::Chat { .. })
        );
        let verb = if (intent.op == Op::Respond || status.is_some()) && answers {
            Verb::Respond {
                status: status.map_or(Value::Int(200), Value::Int),
                headers: IndexMap::new(),
                body: value,
            }
        } else {
            Verb::Return(value)
        };
        self.step(None, verb)
    }

    /// `the 5 newest titles`: so many of a list, and one field of each.
    fn some_of(&mut self, intent: &Intent<'a>) -> Option<String> {
        const FIRST: &[&str] = &[
            "newest",
            "latest",
            "first",
            "top",
            "most",
            "recent",
            "neuesten",
            "neueste",
            "ersten",
            "obersten",
            "aktuellsten",
        ];
        let data = self.current().filter(|data| data.kind == Kind::List)?;
        let tokens = &intent.tokens;
        let at = tokens.iter().position(|token| {
            token
                .number
                .is_some_and(|number| (1.0..=1_000.0).contains(&number) && number.fract() == 0.0)
        })?;
        let number = tokens[at].number? as i64;
        let near = &tokens[at.saturating_sub(2)..tokens.len().min(at + 3)];
        if !near.iter().any(|token| token.any(FIRST)) {
            return None;
        }
        let noun = tokens[at + 1..].iter().find(|token| {
            token.is_word() && !token.any(FIRST) && !crate::lexicon::is_empty_word(token)
        });
        let whole = &data.whole;
        let all = [
            "items",
            "entries",
            "posts",
            "articles",
            "rows",
            "ones",
            "records",
            "beitraege",
            "eintraege",
            "artikel",
            "zeilen",
            "results",
            "messages",
            "tickets",
            "issues",
            "orders",
            "tasks",
            "cards",
        ];
        let field = noun
            .filter(|noun| !noun.any(&all) && !crate::conditions::same_noun(&data.noun, &noun.low))
            .map(|noun| blocks::singular(&text::ident(&noun.low)))
            .filter(|field| !field.is_empty());
        Some(match field {
            Some(field) => format!("{whole}.slice(0, {number}).map(r => r.{field})"),
            None => format!("{whole}.slice(0, {number})"),
        })
    }

    fn answer_value(&mut self, intent: &Intent<'a>, out: &mut Vec<Step>) -> Value {
        let data = self.current();
        match &intent.payload {
            // `get https://… and send back qty`: a field of what was got.
            Payload::Said(said)
                if data.as_ref().is_some_and(|data| data.kind == Kind::Request)
                    && !intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted)
                    && !said.is_empty()
                    && said.chars().all(|c| c.is_ascii_lowercase() || c == '_') =>
            {
                let field = data.map(|data| self.field(&data, said, Schema::Any, true));
                Value::str(format!("{{{{ {} }}}}", field.unwrap_or_default()))
            }
            Payload::Said(said) => Value::str(self.fill_in(said)),
            Payload::Fields(fields) => {
                let Some(data) = data else { return Value::str(fields.join(", ")) };
                if data.kind == Kind::List {
                    let field = fields.first().cloned().unwrap_or_default();
                    let single = blocks::singular(&field);
                    let list = data
                        .whole
                        .strip_suffix(".map(r => r.body)")
                        .map_or(format!("{}.map(r => r.{single})", data.whole), |steps| {
                            format!("{steps}.map(r => r.body.{single})")
                        });
                    return Value::str(format!("{{{{ {list} }}}}"));
                }
                if let [one] = fields.as_slice() {
                    let field = self.field(&data, one, Schema::Any, true);
                    return Value::str(format!("{{{{ {field} }}}}"));
                }
                let pairs: Vec<(String, Value)> = fields
                    .iter()
                    .map(|name| {
                        let field = self.field(&data, name, Schema::Any, true);
                        (name.clone(), Value::str(format!("{{{{ {field} }}}}")))
                    })
                    .collect();
                Value::object(pairs)
            }
            Payload::About(phrase) => {
                if data.as_ref().is_none_or(|data| data.kind == Kind::Trigger) {
                    let key = self.key("answer");
                    out.append(&mut self.need(&key, phrase));
                }
                self.all_of_it()
            }
            Payload::Nothing if intent.urls.is_empty() && intent.op == Op::Respond => {
                Value::str("ok")
            }
            _ => self.all_of_it(),
        }
    }

    pub(super) fn all_of_it(&mut self) -> Value {
        match self.current() {
            Some(data) => {
                let whole = self.field(&data, "", Schema::Any, true);
                Value::str(format!("{{{{ {whole} }}}}"))
            }
            None => Value::Null,
        }
    }
}

/// A number that can be the status of an answer.
fn status_of(value: &Value) -> Option<i64> {
    let number = value.as_f64()?;
    ((100.0..600.0).contains(&number) && number.fract() == 0.0).then_some(number as i64)
}

/// `with status 404`, `with 400`.
fn status_in(tokens: &[Token]) -> Option<i64> {
    tokens.iter().enumerate().find_map(|(at, token)| {
        let number = token
            .number
            .filter(|number| (100.0..600.0).contains(number) && number.fract() == 0.0)?;
        let said =
            at.checked_sub(1).is_some_and(|before| tokens[before].any(&["status", "code", "http"]));
        let front = at == 0 || tokens[at - 1].any(&["with", "mit"]);
        (said
            || (tokens.len() <= 4 || front)
                && token.kind == TokenKind::Number
                && token.text.len() == 3)
            .then_some(number as i64)
    })
}
