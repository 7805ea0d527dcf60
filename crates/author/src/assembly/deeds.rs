//! One clause, one deed: the verbs of the language and the actions behind them.

use codex32_model::definition::{Step, TriggerKind, Verb};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, blocks};
use crate::actions::{self, App, Intent, Payload};
use crate::clauses::{Clause, Join};
use crate::lexicon::Op;
use crate::structure::Node;
use crate::text::{self, Kind as TokenKind, Lang, Token};

impl<'a> Builder<'a> {
    pub(super) fn deed(&mut self, clause: &Clause, after: &[Node]) -> Vec<Step> {
        if let Some((label, rest)) = self.labelled(clause) {
            let Some(whole) = self.data.last().map(|data| data.whole.clone()) else {
                return Vec::new();
            };
            self.reason.push(label.clone());
            // What was chosen decides; what is sent is what came.
            let depth = self.data.len();
            let chosen = self.data.pop();
            let then = self.deed(&rest, after);
            self.data.truncate(depth.saturating_sub(1));
            self.data.extend(chosen);
            self.reason.pop();
            if then.is_empty() {
                return then;
            }
            let condition = format!("{{{{ {whole} == {} }}}}", super::logic::quoted(&label));
            let verb = Verb::If { condition, then, otherwise: Vec::new() };
            return vec![self.step(None, verb)];
        }
        let nouns = self.nouns();
        let mut intent = actions::read(clause, &self.index, self.lang, &nouns);
        self.ellipsis(clause, &mut intent);
        self.declared_address(&mut intent);
        if intent.op == Op::Other && intent.tries.is_some() && !intent.has_target() {
            intent.op = Op::Retry;
        }
        if let Some(pace) = intent.concurrency {
            self.concurrency = Some(pace);
        }
        let steps = match intent.op {
            Op::Retry => self.tries_again(&intent, after),
            Op::Fetch => self.fetch(&intent),
            Op::Send | Op::Put | Op::Patch | Op::Delete | Op::Notify | Op::Email => {
                let key = self.key(if intent.op == Op::Email || intent.by_mail {
                    "email"
                } else {
                    "send"
                });
                self.understood += 1;
                self.send(&intent, &key)
            }
            Op::Respond | Op::Return => self.answer(&intent),
            Op::Wait => self.wait(&intent),
            Op::Run => self.call(&intent),
            Op::Emit => self.emit(&intent),
            Op::Approve => self.approve(&intent),
            Op::Ai(kind) => self.model(&intent, kind),
            Op::Log => self.log(&intent),
            Op::Remember | Op::Count => self.state(&intent),
            Op::Compute => self.compute(&intent),
            Op::Stop => {
                self.understood += 1;
                Vec::new()
            }
            Op::Other => self.other(&intent),
        };
        if !matches!(intent.op, Op::Retry | Op::Other) || intent.has_target() {
            if matches!(intent.op, Op::Send | Op::Notify | Op::Email) {
                self.last_told = Some(intent.clone());
            }
            self.last_intent = Some(intent);
        }
        steps
    }

    /// `otherwise to #leads`: the deed before, with another target.
    fn ellipsis(&mut self, clause: &Clause, intent: &mut Intent<'a>) {
        // `… and with wrong otherwise`: the same answer with another text.
        let answer = self.last_intent.clone().filter(|last| {
            clause.verb.is_none()
                && !intent.has_target()
                && !intent.content.is_empty()
                && matches!(last.op, Op::Respond | Op::Return | Op::Log)
        });
        if let Some(last) = answer {
            let payload = match &intent.payload {
                Payload::About(phrase) => Payload::Said(phrase.clone()),
                other => other.clone(),
            };
            *intent = Intent {
                payload,
                content: intent.content.clone(),
                tokens: intent.tokens.clone(),
                ..last
            };
            return;
        }
        // `else into Small Groups`: another place in the same service.
        if clause.verb.is_none()
            && matches!(intent.app, App::Unknown(_))
            && let Some(last) = self.last_intent.clone()
            && let App::Known(spec) = &last.app
            && let Some((place, _)) =
                self.index.mentions(&last.tokens).into_iter().find(|(_, own)| own.name == spec.name)
        {
            let mut tokens = last.tokens[..place.end].to_vec();
            let little = ["into", "in", "to", "ins", "auf", "nach"];
            tokens.extend(clause.tokens.iter().filter(|token| !token.any(&little)).cloned());
            *intent = Intent { tokens, ..last };
            return;
        }
        // `a second one asking how it goes`, `noch eine`: the message before, with other words.
        let again = clause
            .tokens
            .iter()
            .position(|token| token.any(&["one", "zweite", "weitere", "another", "eine"]));
        let second = clause.tokens.iter().take(3).any(|token| {
            token.any(&["second", "another", "third", "zweite", "weitere", "noch", "dritte"])
        });
        let tells = |last: &Intent<'_>| matches!(last.op, Op::Send | Op::Notify | Op::Email);
        if let (true, Some(at), Some(last)) =
            (second && !intent.has_target(), again, self.last_told.clone().filter(tells))
        {
            let rest = actions::plain(clause.tokens.get(at + 1..).unwrap_or_default());
            let payload = if rest.is_empty() { last.payload.clone() } else { Payload::Said(rest) };
            *intent = Intent { payload, tokens: clause.tokens.clone(), subject: None, ..last };
            return;
        }
        let bare = clause.verb.is_none() && (intent.has_target() || !intent.content.is_empty());
        let repeats = |last: &Intent<'_>| {
            matches!(
                last.op,
                Op::Send
                    | Op::Notify
                    | Op::Email
                    | Op::Put
                    | Op::Patch
                    | Op::Delete
                    | Op::Log
                    | Op::Fetch
            )
        };
        // A service of its own is a deed of its own: `…, danach Eintrag in den Google Kalender`.
        let own = matches!(intent.app, App::Known(_))
            && (self.last_intent.as_ref().is_some_and(|last| last.app != intent.app))
            && intent
                .content
                .iter()
                .any(|token| token.is_word() && !crate::lexicon::is_empty_word(token));
        let Some(last) = self
            .last_intent
            .clone()
            .filter(|last| bare && intent.has_target() && repeats(last) && !own)
            .filter(|last| last.op != Op::Fetch || !intent.urls.is_empty())
        else {
            return;
        };
        let mut next = last;
        next.urls = std::mem::take(&mut intent.urls);
        next.sources = std::mem::take(&mut intent.sources);
        next.emails = std::mem::take(&mut intent.emails);
        next.channels = std::mem::take(&mut intent.channels);
        next.by_mail = intent.by_mail;
        next.person = intent.person.take();
        if intent.app != App::None || next.channels.is_empty() {
            next.app = intent.app.clone();
        }
        if intent.payload != Payload::Nothing {
            next.payload = intent.payload.clone();
        }
        next.tries = intent.tries;
        next.tokens = std::mem::take(&mut intent.tokens);
        *intent = next;
    }

    /// `retry up to 5 times`, for what comes or for what was just done.
    fn tries_again(&mut self, intent: &Intent<'a>, after: &[Node]) -> Vec<Step> {
        self.understood += 1;
        let tries = intent.tries.unwrap_or(actions::Tries {
            attempts: 3,
            backoff: codex32_model::definition::Backoff::Exponential,
        });
        let ahead = matches!(after.first(), Some(Node::Deed(next)) if matches!(next.before, Join::Colon | Join::Comma));
        match self.last_do.clone().filter(|_| !ahead) {
            Some(id) => self.retries.push((id, tries)),
            None => self.tries = Some(tries),
        }
        if intent.urls.is_empty() {
            return Vec::new();
        }
        // `retry 3 times calling https://…`
        self.fetch(&Intent { op: Op::Fetch, tries: Some(tries), ..intent.clone() })
    }

    pub(super) fn fetch(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let key = self.key("fetch");
        if intent.urls.is_empty()
            && intent.app == App::None
            && let Some(data) = self.data.last().filter(|data| data.kind == Kind::Item).cloned()
            && [
                "url", "link", "address", "adresse", "website", "webseite", "page", "seite",
                "site", "endpoint", "domain", "uri",
            ]
            .contains(&data.noun.as_str())
            && let Some(action) = self.action("http.get")
        {
            self.understood += 1;
            let url = if data.noun == "domain" {
                format!("https://{{{{ {} }}}}", data.whole)
            } else {
                format!("{{{{ {} }}}}", data.whole)
            };
            let with = IndexMap::from([("url".to_owned(), Value::str(url))]);
            let step = self.act(action, "answer", with, Some(intent));
            let id = step.id.clone().unwrap_or_default();
            self.push(format!("steps.{id}.body"), Kind::Request, None, "answer");
            return vec![step];
        }
        if intent.urls.is_empty() {
            if let App::Known(spec) = &intent.app {
                let name = spec.name.clone();
                self.understood += 1;
                return self.by_connector(intent, &name, &key);
            }
            if let App::Unknown(name) = &intent.app {
                let name = name.clone();
                return self.unknown_app(&name, &key);
            }
            return self.fetch_unknown(intent, &key);
        }
        self.understood += 1;
        let Some(action) = self.action("http.get") else { return Vec::new() };
        if let Some(reader) = self.reader(intent) {
            let key = format!("{key}.read");
            return vec![self.fill(reader, intent, &key)];
        }
        let hint = self.hint(intent);
        let mut out = Vec::new();
        for url in &intent.urls {
            let with = IndexMap::from([("url".to_owned(), self.address(url))]);
            let noun = super::targets::id_of_url(url);
            let step = self.act(action, &noun, with, Some(intent));
            let id = step.id.clone().unwrap_or_default();
            self.push(format!("steps.{id}.body"), Kind::Request, hint.clone(), &noun);
            out.push(step);
        }
        if intent.urls.len() > 1 && (intent.parallel || intent.word(&["both", "beide"])) {
            let branches = out
                .into_iter()
                .map(|step| (step.id.clone().unwrap_or_default(), vec![step]))
                .collect();
            let id = self.id("both");
            return vec![self.step(Some(id), Verb::Parallel(branches))];
        }
        out
    }

    /// The action that reads addresses of the kind that the words name: `the feed https://…`.
    fn reader(&self, intent: &Intent<'a>) -> Option<&'a codex32_model::ActionSpec> {
        if intent.urls.len() != 1 {
            return None;
        }
        let by_address = |action: &&&'a codex32_model::ActionSpec| {
            action.effect == codex32_model::Effect::Read
                && action.connector != "http"
                && action.params.iter().any(|(name, field)| {
                    field.required
                        && crate::actions::slots::role(name, field)
                            == crate::actions::slots::Role::Url
                })
        };
        let actions: Vec<&'a codex32_model::ActionSpec> =
            self.request.catalogue.actions().iter().collect();
        let found = actions.iter().filter(by_address).find(|action| {
            matches!(&intent.app, App::Known(spec) if spec.name == action.connector)
                || intent.app == App::None
                    && self.index.nouns_named(action, &intent.tokens) == Some(true)
        })?;
        self.action(&found.name)
    }

    /// `get the price from …`: which field of the answer is meant.
    fn hint(&self, intent: &Intent<'a>) -> Option<String> {
        const GENERIC: &[&str] = &[
            "json", "data", "page", "file", "content", "contents", "list", "api", "url", "website",
            "site", "response", "result", "results", "status", "daten", "seite", "liste", "titles",
            "health", "feed", "xml", "csv", "document", "rates", "orders", "items", "entries",
            "report", "body", "new", "latest", "current", "all",
        ];
        match &intent.payload {
            Payload::Fields(fields) if fields.len() == 1 => {
                let named = intent.word(&["field", "feld", "property", "value", "wert"]);
                fields
                    .first()
                    .filter(|field| {
                        named || !GENERIC.contains(&field.as_str()) && !field.ends_with('s')
                    })
                    .cloned()
            }
            _ => None,
        }
    }

    /// Something is to be read, but not said from where.
    fn fetch_unknown(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let about = actions::plain(&intent.content);
        let at_hand = matches!(intent.payload, Payload::It) && self.current().is_some();
        if at_hand || intent.content.is_empty() && !self.data.is_empty() {
            return Vec::new();
        }
        if let Some(steps) = self.read_by_words(intent, key) {
            return steps;
        }
        self.doubtful += 1;
        if about.is_empty() {
            let words = actions::plain(&intent.tokens);
            let text = self.what_text(&words);
            return self.clarify(&format!("{key}.what"), text, &words);
        }
        self.need(key, &about)
    }

    fn answer(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        self.understood += 1;
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
        let status = status_in(&intent.content);
        let mut value = match self.computed(intent) {
            Some(expression) => Value::str(format!("{{{{ {expression} }}}}")),
            None => self.answer_value(intent, &mut out),
        };
        if status.is_some()
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
            value = Value::str(text::literal(&words.join(" ")));
        }
        out.push(self.answer_with(intent, value, status));
        out
    }

    fn answer_with(&mut self, intent: &Intent<'a>, value: Value, status: Option<i64>) -> Step {
        let answers = matches!(
            self.start.kind,
            Some(TriggerKind::Webhook(_) | TriggerKind::Form { .. } | TriggerKind::Chat { .. })
        );
        let verb = if intent.op == Op::Respond && answers {
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

    fn answer_value(&mut self, intent: &Intent<'a>, out: &mut Vec<Step>) -> Value {
        let data = self.current();
        match &intent.payload {
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

    fn log(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let Some(action) = self.action("log.write") else { return Vec::new() };
        self.understood += 1;
        let (_, text) = self.message(intent);
        let level = ["debug", "info", "error"]
            .into_iter()
            .find(|level| intent.word(&[level]))
            .or_else(|| intent.word(&["warning", "warn", "warnung"]).then_some("warn"));
        let mut with = IndexMap::from([("message".to_owned(), text)]);
        if let Some(level) = level.filter(|_| {
            !matches!(intent.payload, Payload::Said(_)) || intent.word(&["level", "as", "als"])
        }) {
            with.insert("level".to_owned(), Value::str(level));
        }
        let before = self.last_do.clone();
        let step = self.act(action, "note", with, None);
        self.last_do = before;
        vec![step]
    }

    fn what_text(&self, words: &str) -> String {
        match self.lang {
            Lang::En => format!(
                "“{words}”: what exactly should the bot do? Say it in a sentence, such as “post it to #ops in Slack”, or “skip”."
            ),
            Lang::De => format!(
                "„{words}“: was genau soll der Bot tun? Sag es in einem Satz, etwa „poste es in #ops in Slack“, oder „weglassen“."
            ),
        }
    }

    pub(super) fn unclear(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let words = actions::plain(&intent.tokens);
        if intent.op == Op::Other && super::remarks::told(&intent.tokens) && self.understood > 0 {
            let note = self.say("not used", "nicht verwendet");
            self.notes.push(format!("“{words}”: {note}"));
            return Vec::new();
        }
        let text = self.what_text(&words);
        self.clarify(&format!("{key}.what"), text, &words)
    }
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
