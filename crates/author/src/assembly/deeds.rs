//! One clause, one deed: the verbs of the language and the actions behind them.

use codex32_model::definition::{
    Approve, Ask, Call, Limits, OnReject, Step, TriggerKind, Verb, Wait,
};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::message::capital;
use super::{Builder, blocks};
use crate::QuestionKind;
use crate::actions::{self, App, Intent, Payload};
use crate::clauses::{Clause, Join};
use crate::lexicon::{self, Ai, Op};
use crate::structure::Node;
use crate::text::{self, Kind as TokenKind, Lang, Token};
use crate::triggers::event_name;
use crate::values;

impl<'a> Builder<'a> {
    pub(super) fn deed(&mut self, clause: &Clause, after: &[Node]) -> Vec<Step> {
        let nouns = self.nouns();
        let mut intent = actions::read(clause, &self.index, self.lang, &nouns);
        self.ellipsis(clause, &mut intent);
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
        let bare = clause.verb.is_none() && (intent.has_target() || !intent.content.is_empty());
        let Some(last) = self.last_intent.clone().filter(|_| bare && intent.has_target()) else {
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
        if intent.op == Op::Respond && (!intent.emails.is_empty() || !intent.channels.is_empty()) {
            let key = self.key("send");
            out.append(&mut self.send(&Intent { op: Op::Send, ..intent.clone() }, &key));
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
        out.push(self.step(None, verb));
        out
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

    fn all_of_it(&mut self) -> Value {
        match self.current() {
            Some(data) => {
                let whole = self.field(&data, "", Schema::Any, true);
                Value::str(format!("{{{{ {whole} }}}}"))
            }
            None => Value::Null,
        }
    }

    fn wait(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        self.understood += 1;
        let tokens = &intent.content;
        let event = tokens.iter().position(|token| token.any(&["event", "ereignis"]));
        let name = tokens
            .iter()
            .find(|token| token.kind == TokenKind::Dotted)
            .or_else(|| event.and_then(|at| tokens.get(at + 1)));
        let span = (0..tokens.len()).find_map(|at| values::duration(&tokens[at..]));
        if let Some(name) = name.filter(|token| event.is_some() || token.kind == TokenKind::Dotted)
        {
            let wait = Wait::Event {
                event: event_name(&name.low),
                matching: None,
                timeout: span
                    .as_deref()
                    .and_then(|span| codex32_model::time::parse_duration(span).ok()),
                since: None,
                hold: false,
            };
            let id = self.id(&name.low);
            return vec![self.step(Some(id), Verb::Wait(wait))];
        }
        let span = match span {
            Some(span) => span,
            None => {
                let key = self.key("wait");
                let text = self.say(
                    "How long shall it wait? Such as 30s, 15m, 2h or 3d.",
                    "Wie lange soll gewartet werden? Etwa 30s, 15m, 2h oder 3d.",
                );
                let answer =
                    self.ask(&format!("{key}.for"), QuestionKind::Value, text.to_owned(), None);
                answer
                    .filter(|answer| codex32_model::time::parse_duration(answer).is_ok())
                    .unwrap_or_else(|| "1h".to_owned())
            }
        };
        vec![self.wait_step(Wait::For(span))]
    }

    /// `run the bot payroll-export`
    fn call(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let tokens = &intent.content;
        let at = tokens.iter().position(|token| token.any(&["bot", "bots"]));
        let fits = |token: &&Token| {
            matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Dotted)
                && !lexicon::is_empty_word(token)
                && !token.any(lexicon::ARTICLES)
                && !token.any(&[
                    "called", "named", "namens", "aus", "ab", "bot", "with", "again", "laufen",
                    "off",
                ])
        };
        let after = at.and_then(|at| tokens[at + 1..].iter().find(fits));
        let before = at.and_then(|at| tokens[..at].iter().rev().find(fits));
        let slug_like = tokens.iter().find(|token| {
            fits(token) && (token.text.contains('-') || token.kind == TokenKind::Quoted)
        });
        let known = tokens.iter().find(|token| self.request.catalogue.bot(&token.low).is_some());
        let name = known.or(slug_like.filter(|_| at.is_none())).or(after).or(before);
        let key = self.key("call");
        if name.is_none() && at.is_none() {
            return self.unclear(intent, &key);
        }
        self.understood += 1;
        let bot = match name {
            Some(token) => text::slug(&token.text, '-'),
            None => {
                let text =
                    self.say("Which bot shall be run?", "Welcher Bot soll laufen?").to_owned();
                let answer = self.ask(&format!("{key}.bot"), QuestionKind::Value, text, None);
                answer
                    .map(|answer| text::slug(&answer, '-'))
                    .filter(|slug| !slug.is_empty())
                    .unwrap_or_else(|| "other-bot".to_owned())
            }
        };
        let mut with = IndexMap::new();
        let signature = self.request.catalogue.bot(&bot).cloned();
        if let Some(signature) = signature {
            for (name, field) in signature
                .inputs
                .iter()
                .filter(|(_, field)| field.required && field.default.is_none())
            {
                if let Some(data) = self.current() {
                    let expression = self.field(&data, name, field.schema.clone(), true);
                    with.insert(name.clone(), Value::str(format!("{{{{ {expression} }}}}")));
                }
            }
        }
        let id = self.id(&bot);
        self.push(format!("steps.{id}"), Kind::Output, None, &bot);
        vec![self.step(Some(id), Verb::Call(Call { bot, with, detach: false }))]
    }

    fn emit(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let tokens = &intent.content;
        let at = tokens.iter().position(|token| token.any(&["event", "ereignis"]));
        let plain = |token: &&Token| {
            !lexicon::is_empty_word(token)
                && !token.any(&["called", "named", "namens", "with", "mit", "aus"])
                && (token.is_word() || token.kind == TokenKind::Quoted)
        };
        let name = tokens
            .iter()
            .find(|token| token.kind == TokenKind::Dotted)
            .or_else(|| at.and_then(|at| tokens[at + 1..].iter().find(plain)))
            .or_else(|| at.and_then(|at| tokens[..at].iter().rev().find(plain)))
            .or_else(|| tokens.iter().find(|token| token.kind == TokenKind::Quoted))
            .or_else(|| tokens.iter().find(plain).filter(|_| intent.op == Op::Emit));
        let key = self.key("emit");
        self.understood += 1;
        let text = self
            .say("Which event shall be emitted?", "Welches Ereignis soll ausgelöst werden?")
            .to_owned();
        let event = match name {
            Some(token) => event_name(&token.low),
            None => self
                .ask(&format!("{key}.event"), QuestionKind::Value, text, None)
                .map(|answer| event_name(&answer))
                .unwrap_or_default(),
        };
        let event = if event.is_empty() { "event".to_owned() } else { event };
        let with = tokens.iter().position(|token| token.any(&["with", "mit", "containing"]));
        let fields =
            with.map(|at| actions::fields(&tokens[at + 1..], &self.nouns())).unwrap_or_default();
        let data = match (self.current(), fields.is_empty()) {
            (Some(data), false) => {
                let pairs: Vec<(String, Value)> = fields
                    .iter()
                    .map(|name| {
                        let field = self.field(&data, name, Schema::Any, true);
                        (name.clone(), Value::str(format!("{{{{ {field} }}}}")))
                    })
                    .collect();
                Value::object(pairs)
            }
            (Some(data), true) if data.whole != "inputs.data" => {
                let whole = self.whole(&data);
                Value::str(format!("{{{{ {whole} }}}}"))
            }
            _ => Value::object(Vec::<(String, Value)>::new()),
        };
        vec![self.step(None, Verb::Emit { event, data, key: None })]
    }

    fn approve(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        self.understood += 1;
        let key = self.key("approve");
        let to = if intent.emails.is_empty() {
            let text = self
                .say("Who approves? (E-mail address)", "Wer gibt frei? (E-Mail-Adresse)")
                .to_owned();
            self.ask(&format!("{key}.to"), QuestionKind::Value, text, None).into_iter().collect()
        } else {
            intent.emails.clone()
        };
        let noun = self.start.nouns.first().map(|noun| capital(noun)).unwrap_or_default();
        let words = match (&intent.payload, self.lang) {
            (Payload::Said(said), _)
                if intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted) =>
            {
                self.fill_in(said)
            }
            (_, Lang::En) if noun.is_empty() => "May the bot go on?".to_owned(),
            (_, Lang::De) if noun.is_empty() => "Darf der Bot weitermachen?".to_owned(),
            (_, Lang::En) => format!("{noun}: approve?"),
            (_, Lang::De) => format!("{noun}: freigeben?"),
        };
        let reason = self
            .reason
            .iter()
            .rev()
            .find(|reason| !reason.is_empty())
            .map(|reason| format!(" ({})", text::literal(reason)))
            .unwrap_or_default();
        let data = self
            .trigger_data()
            .filter(|data| data.whole != "inputs.data")
            .map(|data| format!("\n\n{{{{ {} }}}}", data.whole))
            .unwrap_or_default();
        let id = self.id("approval");
        self.approval = Some(id.clone());
        let verb = Verb::Approve(Approve {
            text: format!("{words}{reason}{data}"),
            to,
            form: codex32_model::Fields::new(),
            expires: None,
            default: None,
            on_reject: OnReject::Stop,
        });
        vec![self.step(Some(id), verb)]
    }

    /// Summarise, classify, translate, extract, write: a language model's work.
    fn model(&mut self, intent: &Intent<'a>, kind: Ai) -> Vec<Step> {
        self.understood += 1;
        let mut out = Vec::new();
        if !intent.urls.is_empty() {
            out.append(&mut self.fetch(&Intent {
                op: Op::Fetch,
                payload: Payload::It,
                ..intent.clone()
            }));
        }
        let labels = if kind == Ai::Classify { labels(&intent.tokens) } else { Vec::new() };
        let about = match &intent.payload {
            Payload::About(phrase)
                if self.data.is_empty()
                    && matches!(self.start.kind, Some(TriggerKind::Schedule(_))) =>
            {
                Some(phrase.clone())
            }
            Payload::Said(phrase)
                if self.data.is_empty()
                    && matches!(self.start.kind, Some(TriggerKind::Schedule(_)))
                    && kind != Ai::Write =>
            {
                Some(phrase.clone())
            }
            _ => None,
        };
        if let Some(about) = about {
            let key = self.key("ask");
            out.append(&mut self.need(&key, &about));
        }
        self.labels.clone_from(&labels);
        let data = self.current();
        let text_like = intent.word(&[
            "text",
            "message",
            "article",
            "nachricht",
            "content",
            "description",
            "comment",
            "review",
            "question",
            "frage",
            "feedback",
        ]);
        let subject = data.map(|data| {
            let name = intent.content.iter().find(|token| {
                token.any(&[
                    "text",
                    "message",
                    "article",
                    "nachricht",
                    "content",
                    "description",
                    "comment",
                    "review",
                    "question",
                    "frage",
                    "feedback",
                ])
            });
            let expression = match name
                .filter(|_| text_like && matches!(data.kind, Kind::Trigger | Kind::Item))
            {
                Some(token) => self.field(&data, &text::ident(&token.low), Schema::String, true),
                None => self.field(&data, "", Schema::Any, true),
            };
            format!("\n\n{{{{ {expression} }}}}")
        });
        let words = text::literal(&capital(&actions::plain(&clean_prompt(&intent.tokens))));
        let prompt = format!("{words}.{}", subject.unwrap_or_default());
        let (wish, output) = match kind {
            Ai::Summarise => ("summary", Schema::String),
            Ai::Translate => ("translation", Schema::String),
            Ai::Write => ("text", Schema::String),
            Ai::Classify if labels.is_empty() => {
                ("label", Schema::object([("label", Schema::String)]))
            }
            Ai::Classify => {
                let choices = labels.iter().map(|label| Value::str(text::literal(label))).collect();
                ("label", Schema::object([("label", Schema::Enum(choices))]))
            }
            Ai::Extract => {
                let fields = actions::fields(&intent.content, &self.nouns());
                let fields: Vec<(String, Schema)> =
                    fields.into_iter().map(|name| (name, Schema::Any)).collect();
                (
                    "found",
                    if fields.is_empty() { Schema::any_object() } else { Schema::object(fields) },
                )
            }
        };
        let id = self.id(wish);
        let whole =
            if kind == Ai::Classify { format!("steps.{id}.label") } else { format!("steps.{id}") };
        self.push(whole, if kind == Ai::Extract { Kind::Item } else { Kind::Value }, None, wish);
        let ask = Ask {
            prompt,
            model: intent.model.clone(),
            sources: Vec::new(),
            output: Some(output),
            limits: Limits::default(),
        };
        out.push(self.step(Some(id), Verb::Ask(ask)));
        // `summarise … and email it` is two clauses; `write an email to …` is one.
        if !intent.emails.is_empty() || !intent.channels.is_empty() || intent.by_mail {
            let key = self.key("send");
            let send = Intent { op: Op::Send, payload: Payload::It, ..intent.clone() };
            out.append(&mut self.send(&send, &key));
        }
        out
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

    /// `remember …`, `count …`: the bot's memory between runs.
    fn state(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let count = intent.op == Op::Count;
        let Some(action) = self.action(if count { "state.add" } else { "state.set" }) else {
            return Vec::new();
        };
        self.understood += 1;
        let said = intent
            .content
            .iter()
            .position(|token| token.any(&["as", "under", "key", "als", "unter", "called", "in"]));
        let telling = |token: &&Token| {
            (token.is_word() || matches!(token.kind, TokenKind::Quoted | TokenKind::Dotted))
                && !lexicon::is_empty_word(token)
                && !token.any(lexicon::ARTICLES)
                && !token.any(&["key", "counter", "called", "number", "how", "many"])
        };
        let key = said
            .and_then(|at| intent.content[at + 1..].iter().find(telling))
            .or_else(|| intent.content.iter().find(telling))
            .map(|token| text::ident(&token.text))
            .filter(|key| !key.is_empty())
            .or_else(|| self.start.nouns.first().map(|noun| text::ident(noun)))
            .unwrap_or_else(|| "value".to_owned());
        let mut with = IndexMap::from([("key".to_owned(), Value::str(key.as_str()))]);
        if count {
            with.insert("by".to_owned(), Value::Int(1));
        } else {
            let value = match &intent.payload {
                Payload::Fields(fields) => match (self.current(), fields.first()) {
                    (Some(data), Some(field)) => {
                        let expression = self.field(&data, field, Schema::Any, true);
                        Value::str(format!("{{{{ {expression} }}}}"))
                    }
                    _ => self.all_of_it(),
                },
                Payload::Said(said)
                    if intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted) =>
                {
                    Value::str(self.fill_in(said))
                }
                _ => self.all_of_it(),
            };
            with.insert("value".to_owned(), value);
        }
        let step = self.act(action, if count { "count" } else { "remember" }, with, None);
        if count {
            let id = step.id.clone().unwrap_or_default();
            self.push(format!("steps.{id}"), Kind::Value, None, &key);
        }
        vec![step]
    }

    fn compute(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let Some(expression) = self.computed(intent) else {
            let key = self.key("compute");
            return self.unclear(intent, &key);
        };
        self.understood += 1;
        let id = self.id("result");
        self.push(format!("steps.{id}"), Kind::Value, None, "result");
        vec![self.step(Some(id), Verb::Set(Value::str(format!("{{{{ {expression} }}}}"))))]
    }

    /// `the larger of their total fields`, `the sum of the amounts`.
    fn computed(&mut self, intent: &Intent<'a>) -> Option<String> {
        const KINDS: &[(&str, &[&str])] = &[
            (
                "Math.max",
                &[
                    "larger",
                    "largest",
                    "bigger",
                    "biggest",
                    "higher",
                    "highest",
                    "greater",
                    "greatest",
                    "maximum",
                    "max",
                    "groessere",
                    "groesseren",
                    "groesste",
                    "groessten",
                    "hoechste",
                    "hoechsten",
                    "hoeheren",
                    "hoehere",
                ],
            ),
            (
                "Math.min",
                &[
                    "smaller",
                    "smallest",
                    "lower",
                    "lowest",
                    "cheaper",
                    "cheapest",
                    "minimum",
                    "min",
                    "kleinere",
                    "kleineren",
                    "kleinste",
                    "kleinsten",
                    "niedrigere",
                    "niedrigeren",
                    "niedrigste",
                    "niedrigsten",
                ],
            ),
            ("sum", &["sum", "add", "summe", "summiere", "addiere", "summieren", "addieren"]),
            ("mean", &["average", "mean", "durchschnitt", "mittelwert"]),
            ("difference", &["difference", "differenz", "unterschied"]),
        ];
        let (at, kind) = KINDS.iter().find_map(|(kind, words)| {
            let at = intent.tokens.iter().position(|token| token.any(words))?;
            Some((at, *kind))
        })?;
        let requests: Vec<super::Data> =
            self.data.iter().filter(|data| data.kind == Kind::Request).cloned().collect();
        let mut field: Vec<Token> = intent.tokens[at + 1..].to_vec();
        field.retain(|token| {
            !token.any(&[
                "two", "both", "fields", "field", "values", "value", "beiden", "felder", "zwei",
                "ihrer", "them", "werte", "all", "aller", "up", "feld", "beider", "results",
                "numbers",
            ])
        });
        let of = field.iter().take_while(|token| token.any(&["of", "der", "von"])).count();
        field.drain(..of);
        let end =
            field.iter().position(|token| token.any(&["from", "in", "aus"])).unwrap_or(field.len());
        let name = crate::conditions::subject_of(&field[..end], &self.nouns()).field;
        if requests.len() >= 2 {
            let parts: Vec<String> = requests
                .iter()
                .map(|data| {
                    if name.is_empty() {
                        data.whole.clone()
                    } else {
                        format!("{}.{name}", data.whole)
                    }
                })
                .collect();
            return Some(match kind {
                "difference" => parts.join(" - "),
                "sum" => parts.join(" + "),
                "mean" => format!("({}) / {}", parts.join(" + "), parts.len()),
                math => format!("{math}({})", parts.join(", ")),
            });
        }
        let data = self.current()?;
        let single = blocks::singular(&name);
        if let Some((list, field)) = place_in(&field, &name) {
            let whole = self.field(&data, &list, Schema::array(Schema::Any), true);
            return Some(aggregate(kind, &format!("{whole}.map(r => r.{field})")));
        }
        match data.kind {
            Kind::Trigger => {
                let list = if name.is_empty() { "values".to_owned() } else { name };
                let whole = self.field(&data, &list, Schema::array(Schema::Number), true);
                Some(aggregate(kind, &whole))
            }
            _ if name.is_empty() => Some(aggregate(kind, &data.whole)),
            _ => Some(aggregate(kind, &format!("{}.map(r => r.{single})", data.whole))),
        }
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
        let text = self.what_text(&words);
        self.clarify(&format!("{key}.what"), text, &words)
    }
}

fn aggregate(kind: &str, list: &str) -> String {
    match kind {
        "Math.max" => format!("Math.max(...{list})"),
        "Math.min" => format!("Math.min(...{list})"),
        "mean" => format!("mean({list})"),
        _ => format!("sum({list})"),
    }
}

/// `the prices of all items`: list and field.
fn place_in(field: &[Token], _name: &str) -> Option<(String, String)> {
    let of =
        field.iter().rposition(|token| token.any(&["of", "aller", "der"])).filter(|at| *at > 0)?;
    let plain = |token: &&Token| {
        token.is_word() && !lexicon::is_empty_word(token) && !token.any(lexicon::ARTICLES)
    };
    let inner = field[..of].iter().rev().find(plain)?;
    let outer = field[of + 1..].iter().find(plain)?;
    Some((text::ident(&outer.low), blocks::singular(&text::ident(&inner.low))))
}

/// `with status 404`, `with 400`.
fn status_in(tokens: &[Token]) -> Option<i64> {
    tokens.iter().enumerate().find_map(|(at, token)| {
        let number = token
            .number
            .filter(|number| (100.0..600.0).contains(number) && number.fract() == 0.0)?;
        let said =
            at.checked_sub(1).is_some_and(|before| tokens[before].any(&["status", "code", "http"]));
        (said || tokens.len() <= 4 && token.kind == TokenKind::Number && token.text.len() == 3)
            .then_some(number as i64)
    })
}

/// `as billing, bug or other`
fn labels(tokens: &[Token]) -> Vec<String> {
    let Some(at) = tokens
        .iter()
        .position(|token| token.any(&["as", "into", "als", "in"]) || token.is_mark(':'))
    else {
        return Vec::new();
    };
    let mut list: Vec<Token> = tokens[at + 1..].to_vec();
    if let Some(end) =
        list.iter().position(|token| token.any(&["with", "using", "mit", "by", "per"]))
    {
        list.truncate(end);
    }
    list.retain(|token| !token.any(&["one", "of", "eine", "von", "ein"]));
    let labels = values::list(&list);
    if labels.len() > 1 { labels } else { Vec::new() }
}

/// The words of a prompt without those that name the model.
fn clean_prompt(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = tokens.to_vec();
    while out.last().is_some_and(|token| token.any(&["with", "and", "using", "mit", "per", "by"])) {
        out.pop();
    }
    out.retain(|token| {
        !matches!(token.kind, TokenKind::Url | TokenKind::Email | TokenKind::Channel)
    });
    out
}
