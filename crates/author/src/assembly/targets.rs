//! Where something goes: web addresses, mailboxes, channels, people; and what to ask when that was
//! not said.

use codex32_model::action::ConnectionNeed;
use codex32_model::definition::{Step, TriggerKind, Verb, Wait};
use codex32_model::{ActionSpec, Schema, Value, codes};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, SKIP, retry};
use crate::QuestionKind;
use crate::actions::{App, Intent, Payload, Person};
use crate::lexicon::Op;
use crate::text::{self, Token};

impl<'a> Builder<'a> {
    /// A step for a catalogue action, with connection, tries and a free id.
    pub(super) fn act(
        &mut self,
        action: &ActionSpec,
        id: &str,
        with: IndexMap<String, Value>,
        intent: Option<&Intent<'a>>,
    ) -> Step {
        let id = self.id(id);
        let connection = self.connection(action);
        self.acts.insert(id.clone(), action.name.clone());
        self.last_do = Some(id.clone());
        if !["http", "email", "state", "log"].contains(&action.connector.as_str()) {
            self.last_service = Some(action.connector.clone());
        }
        let tries = intent.and_then(|intent| intent.tries).or_else(|| self.tries.take());
        let verb = Verb::Do(codex32_model::definition::Do {
            action: action.name.clone(),
            connection,
            with,
        });
        let mut step = self.step(Some(id), verb);
        step.retry = tries.map(retry);
        // Nothing new is nothing to tell.
        let fresh = self.fresh.clone().filter(|_| action.effect == codex32_model::Effect::Write);
        step.when = fresh.map(|fresh| format!("{{{{ steps.{fresh}.length > 0 }}}}"));
        step
    }

    fn connection(&mut self, action: &ActionSpec) -> Option<String> {
        self.connection_of(&action.connector, action.connection)
    }

    pub(super) fn connection_of(
        &mut self,
        connector: &str,
        need: ConnectionNeed,
    ) -> Option<String> {
        let known = self.request.connections.iter().find(|(_, known)| known == connector);
        let name = match (need, known) {
            (ConnectionNeed::None, _) => return None,
            (ConnectionNeed::Optional, found) => found.filter(|_| connector == "email")?.0.clone(),
            (ConnectionNeed::Required, Some((name, _))) => name.clone(),
            (ConnectionNeed::Required, None) => text::ident(connector),
        };
        if !self.connections.iter().any(|used| used.name == name) {
            let bound = known.is_some();
            self.connections.push(crate::ConnectionUse {
                name: name.clone(),
                connector: connector.to_owned(),
                bound,
            });
        }
        Some(name)
    }

    pub(super) fn action(&self, name: &str) -> Option<&'a ActionSpec> {
        let free = !self
            .forbidden
            .iter()
            .any(|forbidden| name.split('.').next() == Some(forbidden) || name == forbidden);
        self.request.catalogue.action(name).filter(|_| free)
    }

    /// A web address as a parameter: `{id}` in it is a field of the data at hand.
    pub(super) fn address(&mut self, url: &str) -> Value {
        let mut out = String::new();
        let mut rest = url;
        while let Some(open) = rest.find(['{', '<']) {
            let close = if rest[open..].starts_with('{') { '}' } else { '>' };
            let Some(end) = rest[open..].find(close).map(|end| open + end) else { break };
            let name = text::ident(&rest[open + 1..end]);
            out.push_str(&rest[..open]);
            let data = self.current();
            match data.filter(|_| !name.is_empty() && end > open + 1) {
                Some(data) => {
                    let data = if data.kind == Kind::Item {
                        data
                    } else {
                        self.trigger_data().unwrap_or(data)
                    };
                    // `for each id …/{id}`: the item itself.
                    let itself = data.kind == Kind::Item && data.noun == name;
                    let name = if itself { "" } else { name.as_str() };
                    let field = self.field(&data, name, Schema::Any, true);
                    out.push_str(&format!("{{{{ {field} }}}}"));
                }
                None => out.push_str(&rest[open..=end].replace(['{', '}'], "")),
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Value::str(out)
    }

    /// The value of a slot that was not said: the answer, or a workspace variable as placeholder.
    pub(super) fn missing(&mut self, id: &str, text: String, variable: &str) -> Value {
        match self.ask(id, QuestionKind::Value, text, None) {
            Some(answer) => Value::str(text::literal(&answer)),
            None => Value::str(format!("{{{{ env.{} }}}}", text::ident(variable).to_uppercase())),
        }
    }

    /// Reads data that nothing has brought yet, from an address that is asked for.
    pub(super) fn need(&mut self, key: &str, phrase: &str) -> Vec<Step> {
        let Some(get) = self.action("http.get") else { return Vec::new() };
        let text = match self.lang {
            crate::text::Lang::En => format!("Which web address (URL) gives “{phrase}”?"),
            crate::text::Lang::De => format!("Unter welcher Webadresse (URL) gibt es „{phrase}“?"),
        };
        let noun = noun_of(phrase);
        let url = self.missing(&format!("{key}.url"), text, &format!("{noun}_url"));
        let step = self.act(get, &noun, IndexMap::from([("url".to_owned(), url)]), None);
        let id = step.id.clone().unwrap_or_default();
        self.push(format!("steps.{id}.body"), Kind::Request, None, &noun);
        vec![step]
    }

    /// Everything that tells people or brings data somewhere.
    pub(super) fn send(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        let mut out = Vec::new();
        let read;
        let mut intent = intent;
        if !intent.sources.is_empty() {
            let source = Intent {
                op: Op::Fetch,
                urls: intent.sources.clone(),
                tries: None,
                ..intent.clone()
            };
            out.append(&mut self.fetch(&source));
            let payload = match &intent.payload {
                Payload::Nothing | Payload::About(_) => Payload::It,
                other => other.clone(),
            };
            read = Intent { sources: Vec::new(), payload, ..intent.clone() };
            intent = &read;
        }
        // What came from there is at hand.
        let at_hand = intent.source_app.is_some_and(|source| {
            self.start.app.as_ref().is_some_and(|app| app.connector == source.name)
        });
        let own;
        let intent = if at_hand {
            own = Intent { source_app: None, ..intent.clone() };
            &own
        } else {
            intent
        };
        if let Some(source) = intent.source_app {
            let name = source.name.clone();
            let fetch = Intent {
                op: Op::Fetch,
                app: App::Known(source),
                source_app: None,
                channels: Vec::new(),
                emails: Vec::new(),
                urls: Vec::new(),
                each: false,
                ..intent.clone()
            };
            let fresh = intent.payload == Payload::New
                || intent.word(&["new", "neue", "neuen"])
                    && matches!(self.start.kind, Some(TriggerKind::Schedule(_)));
            out.append(&mut self.by_connector(&fetch, &name, &format!("{key}.from")));
            let payload = if fresh { Payload::New } else { Payload::It };
            let next = Intent { source_app: None, payload, ..intent.clone() };
            out.append(&mut self.send(&next, key));
            return out;
        }
        if intent.each
            && intent.payload != Payload::New
            && !self.data.is_empty()
            && !self.data.last().is_some_and(|data| data.kind == Kind::Item)
        {
            out.append(&mut self.send_each(intent, key));
            return out;
        }
        if intent.payload == Payload::New {
            out.append(&mut self.send_new(intent, key));
            return out;
        }
        let phrase = match &intent.payload {
            Payload::About(phrase) => Some(phrase.clone()),
            Payload::Fields(_) | Payload::Said(_)
                if intent.content.iter().any(|token| {
                    token.any(&["weather", "forecast", "wetter", "wettervorhersage", "vorhersage"])
                }) =>
            {
                Some(crate::actions::plain(&intent.content))
            }
            _ => None,
        };
        if let Some(phrase) = phrase
            && !self.start.carries()
            && self.data.is_empty()
            && let Some(mut steps) = self.read_by_phrase(&phrase, key)
        {
            out.append(&mut steps);
            let next = Intent { payload: Payload::It, ..intent.clone() };
            out.append(&mut self.send(&next, key));
            return out;
        }
        // `post the numbers`: of what, when nothing is at hand?
        if let Payload::Fields(fields) = &intent.payload
            && self.data.is_empty()
            && matches!(self.start.kind, Some(TriggerKind::Schedule(_)))
        {
            out.append(&mut self.need(key, &fields.join(" ")));
            let next = Intent { payload: Payload::It, ..intent.clone() };
            out.append(&mut self.send(&next, key));
            return out;
        }
        if let Payload::About(phrase) = &intent.payload {
            let at_hand = self.data.last().is_some_and(|data| data.kind != Kind::Trigger);
            if !at_hand && !self.start.carries() {
                out.append(&mut self.need(key, phrase));
            }
        }
        // `share it with x@y.de`: the service's own way.
        if intent.word(&["share", "teile", "teilen", "invite", "assign"])
            && intent.app == App::None
            && !intent.emails.is_empty()
            && let Some(mut steps) = self.by_verb(intent, key)
        {
            out.append(&mut steps);
            return out;
        }
        let mut sent = false;
        if !intent.urls.is_empty() && !matches!(intent.op, Op::Email) {
            for url in &intent.urls {
                out.append(&mut self.http_write(intent, url));
                sent = true;
            }
        }
        if !intent.channels.is_empty() {
            for channel in &intent.channels {
                match (self.chat_action(intent), &intent.app) {
                    (Some(action), _) => out.push(self.chat(action, channel.clone(), intent, key)),
                    (None, App::Known(spec)) => {
                        let name = spec.name.clone();
                        let one = Intent { channels: vec![channel.clone()], ..intent.clone() };
                        out.append(&mut self.by_connector(&one, &name, key));
                    }
                    (None, _) => out.append(&mut self.unknown_app(&self.app_name(intent), key)),
                }
                sent = true;
            }
        } else if let App::Known(spec) = &intent.app {
            sent = true;
            let name = spec.name.clone();
            out.append(&mut self.by_connector(intent, &name, key));
        }
        if let App::Unknown(name) = &intent.app
            && !sent
        {
            sent = true;
            out.append(&mut self.unknown_app(name, key));
        }
        let mail = !intent.emails.is_empty()
            || intent.to_field.is_some() && !sent
            || intent.by_mail
            || intent.op == Op::Email && !sent
            || !sent && matches!(intent.person, Some(Person::InData(_)));
        if mail && !(sent && intent.emails.is_empty()) {
            sent = true;
            out.append(&mut self.mail(intent, key));
        }
        if !sent {
            match self.by_phone(intent, key) {
                Some(mut steps) => out.append(&mut steps),
                None => out.append(&mut self.where_to(intent, key)),
            }
        }
        out
    }

    /// A number to call was said: the action that sends to one. An item of a loop that is an address.
    fn by_phone(&mut self, intent: &Intent<'a>, key: &str) -> Option<Vec<Step>> {
        if let Some(item) = self.data.last().filter(|data| data.kind == Kind::Item).cloned()
            && ["email", "mail", "address", "adresse", "empfaenger", "recipient"]
                .contains(&super::blocks::singular(&item.noun).as_str())
            && let Some(action) = self.action("email.send")
        {
            let (subject, text) = self.message(intent);
            let with = IndexMap::from([
                ("to".to_owned(), Value::str(format!("{{{{ {} }}}}", item.whole))),
                ("subject".to_owned(), Value::str(subject)),
                ("text".to_owned(), text),
            ]);
            return Some(vec![self.act(action, "mail", with, Some(intent))]);
        }
        let field = (intent.word(&["text", "sms", "call", "anrufen", "simse"])
            && intent.word(&[
                "phone",
                "phones",
                "number",
                "mobile",
                "telefon",
                "handy",
                "nummer",
                "telefonnummer",
            ])
            && self.data.last().is_some_and(|data| data.kind == Kind::Item)
            || intent.word(&["sms"]) && self.start.carries())
        .then_some(());
        crate::actions::slots::phone(&intent.tokens).map(|_| ()).or(field)?;
        let mut actions: Vec<&'a ActionSpec> = self
            .request
            .catalogue
            .actions()
            .iter()
            .filter(|action| {
                let phone = action.params.iter().any(|(name, field)| {
                    field.required
                        && crate::actions::slots::role(name, field)
                            == crate::actions::slots::Role::Phone
                });
                phone
                    && action.effect == codex32_model::Effect::Write
                    && action.params.keys().any(|name| super::message::is_text(name))
            })
            .collect();
        // Of several the one whose words for it were said: `phone`, `ring`.
        let says = |action: &ActionSpec| {
            action.synonyms.iter().filter(|word| !word.contains(' ')).any(|word| {
                let word = text::fold(word);
                intent.tokens.iter().any(|token| token.is(&word))
            })
        };
        actions.sort_by_key(|action| !says(action));
        let action = actions.into_iter().next()?;
        let action = self.action(&action.name)?;
        Some(vec![self.fill(action, intent, key)])
    }

    fn app_name(&self, intent: &Intent<'_>) -> String {
        match &intent.app {
            App::Unknown(name) => name.clone(),
            App::Known(spec) => spec.title.clone(),
            App::None => "chat".to_owned(),
        }
    }

    /// The action that posts to a channel, of the connector named or of the first that has one.
    fn chat_action(&self, intent: &Intent<'a>) -> Option<&'a ActionSpec> {
        if let App::Unknown(_) = intent.app {
            return None;
        }
        let posts = |action: &&'a ActionSpec| {
            let channel = action.params.iter().any(|(name, field)| {
                field.format.as_deref() == Some("channel") || name == "channel"
            });
            let text = action.params.keys().any(|name| super::message::is_text(name));
            let needs_more = action.params.iter().any(|(name, field)| {
                field.required && name != "channel" && !super::message::is_text(name)
            });
            channel && text && !needs_more && action.effect == codex32_model::Effect::Write
        };
        if let App::Known(spec) = &intent.app {
            let own = self
                .request
                .catalogue
                .actions()
                .iter()
                .filter(|action| action.connector == spec.name);
            return own.into_iter().find(posts);
        }
        self.action("slack.post_message").or_else(|| {
            self.request
                .catalogue
                .actions()
                .iter()
                .filter(|action| self.action(&action.name).is_some())
                .find(posts)
        })
    }

    fn chat(
        &mut self,
        action: &'a ActionSpec,
        channel: String,
        intent: &Intent<'a>,
        key: &str,
    ) -> Step {
        let (_, message) = self.message(intent);
        let mut with = IndexMap::new();
        for (name, field) in &action.params {
            if field.format.as_deref() == Some("channel") || name == "channel" {
                with.insert(name.clone(), Value::str(channel.clone()));
            } else if super::message::is_text(name) {
                with.insert(name.clone(), message.clone());
            }
        }
        let _ = key;
        self.act(action, &format!("tell_{}", channel.trim_start_matches('#')), with, Some(intent))
    }

    /// `http.post` and its kin.
    pub(super) fn http_write(&mut self, intent: &Intent<'a>, url: &str) -> Vec<Step> {
        let name = match (intent.op, intent.method) {
            (Op::Put, _) | (_, Some("PUT")) => "http.put",
            (Op::Patch, _) | (_, Some("PATCH")) => "http.patch",
            (Op::Delete, _) | (_, Some("DELETE")) => "http.delete",
            _ => "http.post",
        };
        let Some(action) = self.action(name) else { return Vec::new() };
        let mut with = IndexMap::from([("url".to_owned(), self.address(url))]);
        if let Some(body) = self
            .body(intent)
            .filter(|_| action.params.contains_key("body") && name != "http.delete")
        {
            with.insert("body".to_owned(), body);
        }
        let step = self.act(action, &id_of_url(url), with, Some(intent));
        vec![step]
    }

    /// What goes into the body of a request.
    pub(super) fn body(&mut self, intent: &Intent<'a>) -> Option<Value> {
        self.record(intent, false)
    }

    /// The same; with `object`, a text or number becomes a field of a record.
    pub(super) fn record(&mut self, intent: &Intent<'a>, object: bool) -> Option<Value> {
        if !intent.given.is_empty() {
            let pairs = self.given(intent);
            if !pairs.is_empty() {
                return Some(Value::object(pairs));
            }
        }
        let data = self.current();
        match &intent.payload {
            Payload::Said(text) => {
                let json = Value::from_json(text).ok().filter(|value| value.as_object().is_some());
                Some(json.unwrap_or_else(|| {
                    let text = self.fill_in(text);
                    Value::object([("text", Value::str(text))])
                }))
            }
            Payload::Fields(fields) => {
                let data = data?;
                let pairs: Vec<(String, Value)> = fields
                    .iter()
                    .map(|name| {
                        let field = self.field(&data, name, Schema::Any, true);
                        (name.clone(), Value::str(format!("{{{{ {field} }}}}")))
                    })
                    .collect();
                Some(Value::object(pairs))
            }
            Payload::Nothing
                if data.as_ref().is_some_and(|data| {
                    data.kind == Kind::Trigger && data.whole == "inputs.data"
                }) =>
            {
                None
            }
            _ => {
                let data = data?;
                let whole = self.whole(&data);
                let whole = Value::str(format!("{{{{ {whole} }}}}"));
                // A text or number is no record: it becomes a field of one.
                Some(match data.kind {
                    Kind::Value if object => {
                        let name = if data.noun.is_empty() { "value" } else { data.noun.as_str() };
                        Value::object([(name.to_owned(), whole)])
                    }
                    _ => whole,
                })
            }
        }
    }

    /// A service without a connector is named, never replaced by another.
    pub(super) fn unknown_app(&mut self, name: &str, key: &str) -> Vec<Step> {
        self.warn(codes::author::UNKNOWN_APP, format!("Codex-32 has no connector for {name}."));
        let text = match self.lang {
            crate::text::Lang::En => format!(
                "Codex-32 has no connector for {name}. What should the bot do instead? (A sentence, or “skip”.)"
            ),
            crate::text::Lang::De => format!(
                "Codex-32 hat keinen Konnektor für {name}. Was soll der Bot stattdessen tun? (Ein Satz, oder „weglassen“.)"
            ),
        };
        self.clarify(&format!("{key}.instead"), text, name)
    }

    /// Asks for other words; an answer takes the place of the clause.
    pub(super) fn clarify(&mut self, id: &str, text: String, about: &str) -> Vec<Step> {
        let Some(answer) = self.ask(id, QuestionKind::Clarify, text.clone(), None) else {
            self.doubtful += 1;
            return vec![self.open_end(about)];
        };
        if SKIP.contains(&answer.to_lowercase().as_str()) {
            return Vec::new();
        }
        if self.depth >= super::MOST_NESTING {
            self.doubtful += 1;
            return vec![self.open_end(about)];
        }
        self.reread(id, &answer)
    }

    /// A step that does nothing, where it is not known yet what to do.
    pub(super) fn open_end(&mut self, about: &str) -> Step {
        let id = self.id("open");
        let mut step = self.step(Some(id), Verb::Set(Value::Null));
        let note = self.say("Not decided yet", "Noch nicht entschieden");
        step.note = Some(format!("{note}: {}", about.chars().take(200).collect::<String>()));
        step
    }

    pub(super) fn wait_step(&mut self, wait: Wait) -> Step {
        let id = self.id("pause");
        self.step(Some(id), Verb::Wait(wait))
    }
}

/// The last telling word of a phrase, as an identifier.
pub(super) fn noun_of(phrase: &str) -> String {
    let read = text::read(phrase);
    let telling = |token: &&Token| {
        token.is_word() && !crate::lexicon::is_empty_word(token) && token.number.is_none()
    };
    let stop = read
        .tokens
        .iter()
        .position(|token| token.any(&["for", "of", "from", "in", "fuer", "von", "aus"]))
        .filter(|at| *at > 0);
    let head = &read.tokens[..stop.unwrap_or(read.tokens.len())];
    let noun = head.iter().rev().find(telling).or_else(|| read.tokens.iter().find(telling));
    let noun = noun.map(|token| text::ident(&token.low)).unwrap_or_default();
    if noun.is_empty() { "data".to_owned() } else { noun }
}

/// A step's name from an address: its last telling segment, else the host.
pub(super) fn id_of_url(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = bare.split(['?', '#']).next().unwrap_or_default();
    let mut parts = bare.split('/').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or_default();
    let generic = ["api", "v1", "v2", "v3", "index", "json", "data", "rest", "public"];
    let path =
        parts.rev().map(|part| part.rsplit_once('.').map_or(part, |(stem, _)| stem)).find(|part| {
            !part.contains(['{', '<', '}'])
                && !generic.contains(part)
                && !text::ident(part).is_empty()
        });
    match path {
        Some(part) => text::ident(part),
        None => {
            let label = host.split(':').next().unwrap_or_default();
            let labels: Vec<&str> =
                label.split('.').filter(|label| !["www", "api"].contains(label)).collect();
            text::ident(labels.first().copied().unwrap_or("web"))
        }
    }
}
