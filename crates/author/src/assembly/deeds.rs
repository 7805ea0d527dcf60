//! One clause, one deed: the verbs of the language and the actions behind them.

use codex32_model::Value;
use codex32_model::definition::{Step, Verb};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
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
        // `write a reply with Claude`: written first, sent when that is said.
        if intent.ai
            && matches!(intent.op, Op::Send | Op::Other | Op::Notify)
            && intent.word(&["write", "schreibe", "schreiben", "verfasse", "verfassen"])
            && !intent.has_target()
        {
            intent.op = Op::Ai(crate::lexicon::Ai::Write);
        }
        // `use AI to put the text into one line`: whatever the verb, a model does it.
        if intent.ai
            && matches!(intent.op, Op::Send | Op::Put | Op::Other)
            && clause.verb.is_some()
            && !intent.has_target()
        {
            intent.op = Op::Ai(crate::lexicon::Ai::Write);
        }
        // `keep the two lists the same`: of what, which way, by what?
        if self.start.kind.is_none() && super::refusal::is_sync(&clause.tokens) {
            let key = self.key("do");
            return self.unclear(&intent, &key);
        }
        self.in_storage(&mut intent);
        self.in_repository(&mut intent);
        self.ellipsis(clause, &mut intent);
        self.told_each(&mut intent);
        self.declared_address(&mut intent);
        if intent.op == Op::Other && intent.tries.is_some() && !intent.has_target() {
            intent.op = Op::Retry;
        }
        if let Some(pace) = intent.concurrency {
            self.concurrency = Some(pace);
        }
        if let Some(steps) = self.steps_with_base(&intent) {
            self.last_intent = Some(intent);
            return steps;
        }
        let carries = matches!(intent.op, Op::Send | Op::Put);
        if carries && let Some(steps) = self.copies(&intent, "send") {
            self.last_intent = Some(intent);
            return steps;
        }
        let steps = match self.each_of_list(&intent, after) {
            Some(steps) => steps,
            None => self.doing(&intent, after),
        };
        if !matches!(intent.op, Op::Retry | Op::Other) || intent.has_target() {
            if matches!(intent.op, Op::Send | Op::Notify | Op::Email) {
                self.last_told = Some(intent.clone());
            }
            self.last_intent = Some(intent);
        }
        steps
    }

    /// The steps of one deed.
    pub(super) fn doing(&mut self, intent: &Intent<'a>, after: &[Node]) -> Vec<Step> {
        match intent.op {
            Op::Retry => self.tries_again(intent, after),
            Op::Fetch => self.fetch(intent),
            Op::Send | Op::Put | Op::Patch | Op::Delete | Op::Notify | Op::Email => {
                let key = self.key(if intent.op == Op::Email || intent.by_mail {
                    "email"
                } else {
                    "send"
                });
                self.understood += 1;
                self.send(intent, &key)
            }
            // `answer the question with Claude`: written first, then it is the answer.
            Op::Respond | Op::Return
                if intent.ai
                    && self.start.app.is_none()
                    && !matches!(intent.payload, Payload::Said(_)) =>
            {
                self.written_answer(intent, after)
            }
            Op::Respond | Op::Return => self.answer(intent),
            Op::Wait => self.wait(intent),
            Op::Run => match &intent.app {
                // `run the GitLab pipeline of …`: something of a service, and no bot.
                App::Known(spec) if !intent.word(&["bot", "bots"]) => {
                    let name = spec.name.clone();
                    let key = self.key("do");
                    self.understood += 1;
                    self.by_connector(intent, &name, &key)
                }
                _ => match self.runner(intent) {
                    Some(connector) => {
                        let key = self.key("do");
                        self.understood += 1;
                        self.by_connector(intent, &connector, &key)
                    }
                    None => self.call(intent),
                },
            },
            Op::Ai(_) | Op::Other if self.draws(intent).is_some() => self.draw(intent),
            Op::Emit => match &intent.app {
                // `den Vorfall in PagerDuty auslösen`: no event of ours.
                App::Known(spec)
                    if !intent.word(&["event", "ereignis"])
                        && !intent.tokens.iter().any(|token| token.kind == TokenKind::Dotted) =>
                {
                    let name = spec.name.clone();
                    let key = self.key("do");
                    self.understood += 1;
                    self.by_connector(&Intent { op: Op::Other, ..intent.clone() }, &name, &key)
                }
                _ => self.emit(intent),
            },
            Op::Approve => self.approve(intent),
            Op::Ai(kind) => self.model(intent, kind),
            Op::Log => self.log(intent),
            // `count the events and … once there were more than 8`: counted where it is compared.
            Op::Count if self.compared_often(after) => Vec::new(),
            Op::Remember | Op::Count => self.state(intent),
            Op::Compute => match &intent.app {
                // `sum the amount column of the Postgres table x`
                App::Known(spec) => {
                    let name = spec.name.clone();
                    let key = self.key("fetch");
                    self.understood += 1;
                    self.by_connector(&Intent { op: Op::Fetch, ..intent.clone() }, &name, &key)
                }
                _ => self.compute(intent),
            },
            Op::Stop => {
                self.understood += 1;
                Vec::new()
            }
            Op::Other => self.other(intent),
        }
    }

    /// `run the workflow deploy.yml there`: the service at hand has something to run.
    fn runner(&self, intent: &Intent<'a>) -> Option<String> {
        let thing = intent.word(&["workflow", "pipeline", "action", "workflows", "build"]);
        if !thing || intent.word(&["bot", "bots"]) {
            return None;
        }
        let around = self
            .start
            .app
            .as_ref()
            .map(|app| app.connector.clone())
            .into_iter()
            .chain(self.last_service.clone());
        let runs = |connector: &String| {
            self.request.catalogue.actions().iter().any(|action| {
                action.connector == *connector
                    && ["run_workflow", "run_pipeline"]
                        .iter()
                        .any(|name| action.name.ends_with(name))
            })
        };
        around.into_iter().find(runs)
    }

    /// Whether what follows counts by itself.
    fn compared_often(&self, after: &[Node]) -> bool {
        matches!(after.first(), Some(Node::If { condition, .. }) if matches!(
            crate::conditions::parse(condition, self.lang, &[]),
            Some(crate::conditions::Condition::Often { .. })
        ))
    }

    /// `otherwise to #leads`: the deed before, with another target.
    fn ellipsis(&mut self, clause: &Clause, intent: &mut Intent<'a>) {
        // `… and with wrong otherwise`: the same answer with another text.
        let answer = self.last_intent.clone().filter(|last| {
            clause.verb.is_none()
                && !intent.has_target()
                && (!intent.content.is_empty() || !intent.given.is_empty())
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
                given: intent.given.clone(),
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
        if let Some(steps) = self.fetch_given(intent) {
            return steps;
        }
        if intent.urls.is_empty() {
            if let App::Known(spec) = &intent.app {
                let name = spec.name.clone();
                self.understood += 1;
                let mut steps = self.by_connector(intent, &name, &key);
                // `look for new records`, by a time of its own: what no run has seen.
                let timed = matches!(
                    self.start.kind,
                    Some(codex32_model::definition::TriggerKind::Schedule(_))
                );
                let list = self.data.last().is_some_and(|data| data.kind == Kind::List);
                if timed && list && intent.word(&["new", "neue", "neuen", "unseen"]) {
                    steps.append(&mut self.only_new());
                }
                return steps;
            }
            if let App::Unknown(name) = &intent.app {
                // `the air quality in Bergen`: a place, and no service.
                if !self.places(intent).is_empty()
                    && let Some(steps) = self.read_by_words(intent, &key)
                {
                    return steps;
                }
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
        let named = read_as(intent);
        let mut out = Vec::new();
        for url in &intent.urls {
            let mut with = IndexMap::from([("url".to_owned(), self.address(url))]);
            let noun = super::targets::id_of_url(url);
            let head = self.action("http.request").filter(|_| intent.method == Some("HEAD"));
            if head.is_some() {
                with.insert("method".to_owned(), Value::str("HEAD"));
            }
            let step = self.act(head.unwrap_or(action), &noun, with, Some(intent));
            let id = step.id.clone().unwrap_or_default();
            if let Some(name) = named.clone().filter(|_| hint.is_none()) {
                self.read_as = Some((format!("steps.{id}.body"), name));
            }
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
                    && (self.index.nouns_named(action, &intent.tokens) == Some(true)
                        || action.name.ends_with("_feed") && is_feed(&intent.urls[0]))
        })?;
        self.action(&found.name)
    }

    /// `get the price from …`: which field of the answer is meant.
    fn hint(&self, intent: &Intent<'a>) -> Option<String> {
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

/// Words for what is at an address as a whole.
const GENERIC: &[&str] = &[
    "json", "data", "page", "file", "content", "contents", "list", "api", "url", "website", "site",
    "response", "result", "results", "status", "daten", "seite", "liste", "titles", "health",
    "feed", "xml", "csv", "document", "rates", "orders", "items", "entries", "report", "body",
    "new", "latest", "current", "all", "homepage", "endpoint", "server", "service", "link",
    "webseite", "adresse", "address", "ping", "shop", "antwort", "inhalt", "datei",
];

/// `read waiting from …`: the one word for what is read.
fn read_as(intent: &Intent<'_>) -> Option<String> {
    let words: Vec<&Token> = intent
        .content
        .iter()
        .filter(|token| {
            !token.any(crate::lexicon::ARTICLES)
                && !token.any(&[
                    "last",
                    "latest",
                    "current",
                    "previous",
                    "letzte",
                    "letzten",
                    "letzter",
                    "aktuelle",
                    "aktuellen",
                    "jetzigen",
                    "value",
                    "wert",
                    "field",
                    "feld",
                    "of",
                    "from",
                    "present",
                    "up",
                ])
        })
        .collect();
    let [only] = words.as_slice() else { return None };
    let word = matches!(only.kind, TokenKind::Word | TokenKind::Field | TokenKind::Quoted)
        && only.number.is_none()
        && !GENERIC.contains(&only.low.as_str())
        && !crate::lexicon::is_empty_word(only);
    let name = text::ident(&only.low);
    (word && !name.is_empty()).then_some(name)
}

/// An address by which feeds go: `/atom.xml`, `/feed`.
fn is_feed(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_lowercase();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    ["feed", "rss", "atom", "feed.xml", "rss.xml", "atom.xml", "feed.atom", "index.xml"]
        .contains(&last)
}
