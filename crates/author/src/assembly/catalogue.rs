//! Actions of any connector: found by retrieval, filled from what was said.

use codex32_model::definition::Step;
use codex32_model::{ActionSpec, Effect, Schema, Value};

use super::data::Kind;
use super::{Builder, message};
use crate::actions::slots::{self, Role};
use crate::actions::{App, Intent, Payload};
use crate::lexicon::{self, Op};
use crate::text;

impl<'a> Builder<'a> {
    /// A deed without a verb of the language: what the catalogue has for it.
    pub(super) fn other(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let key = self.key("do");
        if let Some(steps) = self.copies(intent, &key) {
            return steps;
        }
        if intent.source_app.is_some()
            || intent.payload == Payload::New && intent.app != App::None && !self.data.is_empty()
        {
            self.understood += 1;
            return self.send(&Intent { op: Op::Send, ..intent.clone() }, &key);
        }
        // `forecast for Porto by Telegram`: read before it is told.
        let weather = intent.word(&[
            "weather",
            "forecast",
            "wetter",
            "wettervorhersage",
            "vorhersage",
            "wetterbericht",
        ]);
        if weather && self.data.is_empty() && !self.start.carries() && intent.has_target() {
            self.understood += 1;
            return self.send(&Intent { op: Op::Send, ..intent.clone() }, &key);
        }
        if let App::Known(spec) = &intent.app {
            self.understood += 1;
            let name = spec.name.clone();
            if let Some(steps) = self.exported(intent, &key) {
                return steps;
            }
            if let Some(steps) = self.one_for_each(intent, &name, &key) {
                return steps;
            }
            return self.by_connector(intent, &name, &key);
        }
        // `add 1 to the counter x`, `increment the counter x`
        let counter = intent.word(&["counter", "zaehler"]);
        let adds = intent.word(&[
            "add",
            "increase",
            "increment",
            "bump",
            "raise",
            "erhoehe",
            "erhoehen",
            "addiere",
        ]);
        if counter && adds && !intent.has_target() {
            return self.state(&Intent { op: Op::Count, ..intent.clone() });
        }
        if let Some(steps) = self.kept_file(intent, &key) {
            return steps;
        }
        if let App::Unknown(name) = &intent.app {
            let name = name.clone();
            return self.unknown_app(&name, &key);
        }
        if let Some(steps) = self.merged(intent) {
            return steps;
        }
        // `set the key visits to 0`, `reset the counter`: the bot's own memory.
        let sets = intent.word(&[
            "set",
            "reset",
            "put",
            "setze",
            "setz",
            "zuruecksetzen",
            "stelle",
            "clear",
        ]);
        let kept = intent.word(&["counter", "zaehler", "state", "key", "schluessel", "memory"]);
        let figure = intent
            .content
            .iter()
            .any(|token| token.number.is_some() || token.any(&["zero", "null"]));
        if sets
            && kept
            && (figure || intent.word(&["reset", "zuruecksetzen", "clear"]))
            && !intent.has_target()
        {
            let mut told = intent.clone();
            told.op = Op::Remember;
            if !figure && let Some(first) = told.content.first().cloned() {
                told.content.push(crate::text::Token { number: Some(0.0), ..first });
            }
            return self.state(&told);
        }
        // `takes it`, after what it takes became the trigger.
        let takes = intent
            .word(&["take", "takes", "grab", "grabs", "pick", "nimm", "nimmt", "see", "know"]);
        if takes
            && self.start.app.is_some()
            && intent.app == App::None
            && !intent.has_target()
            && intent.content.len() <= 2
        {
            return Vec::new();
        }
        // `keep only new posts`
        let keeps = intent.word(&["keep", "take", "only", "filter", "behalte", "nimm", "nur"]);
        if keeps && intent.word(&["new", "unseen", "neue", "neuen"]) && !self.data.is_empty() {
            self.understood += 1;
            return self.only_new();
        }
        let drops = intent.word(&["remove", "drop", "discard", "entferne", "verwirf"]);
        if (keeps || drops || intent.word(&["filtere", "filtern"]))
            && let Some(steps) = self.keep(intent, drops)
        {
            return steps;
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
        if let Some(steps) = self.by_context(intent, &key) {
            return steps;
        }
        if let Some(steps) = self.by_quality(intent, &key) {
            return steps;
        }
        if let Some(steps) = self.by_label(intent, &key) {
            return steps;
        }
        if let Some(steps) = self.by_verb(intent, &key) {
            return steps;
        }
        if let Some(steps) = self.by_place(intent, &key) {
            return steps;
        }
        if let Some(steps) = self.write_by_words(intent, &key) {
            return steps;
        }
        self.unclear(intent, &key)
    }

    /// The best action of one connector.
    pub(super) fn by_connector(
        &mut self,
        intent: &Intent<'a>,
        connector: &str,
        key: &str,
    ) -> Vec<Step> {
        let wants_read = intent.op == Op::Fetch
            || intent.op == Op::Other
                && intent.tokens.iter().take(3).chain(intent.tokens.last()).any(|token| {
                    token.any(&[
                        "list",
                        "select",
                        "find",
                        "search",
                        "lookup",
                        "suche",
                        "suchen",
                        "finde",
                        "finden",
                        "auflisten",
                        "liste",
                    ])
                });
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
                let role = slots::role(name, field);
                field.required
                    && field.default.is_none()
                    && !matches!(role, Role::Text | Role::Title | Role::Data | Role::Channel)
                    && !slots::nouns(name)
                        .iter()
                        .any(|noun| intent.tokens.iter().any(|token| token.is(noun)))
            });
            if action.effect != Effect::Read {
                total += match self.index.nouns_named(action, &intent.tokens) {
                    Some(true) => 2.0,
                    Some(false) => -1.5,
                    None => 0.0,
                };
            }
            // `archive …`, `move …`: the action that is called so.
            let own = action.name.split_once('.').map_or("", |(_, name)| name);
            let called = own.split('_').next().unwrap_or_default();
            if ["archive", "move", "share", "refund", "reply", "resolve"].contains(&called)
                && intent.tokens.first().is_some_and(|first| first.is(called))
            {
                total += 2.5;
            }
            if changes(action) && !asks_change(intent) {
                total -= 1.5;
            }
            // Rows are changed by a statement only; a statement that was said runs as such.
            if action.params.values().any(|field| field.format.as_deref() == Some("sql")) {
                let spelled = intent.tokens.iter().any(|token| {
                    token.kind == text::Kind::Quoted && super::sql::is_statement(&token.text)
                });
                let select = intent.tokens.iter().any(|token| {
                    token.kind == text::Kind::Quoted && token.low.starts_with("select")
                });
                let deletes =
                    intent.word(&["leere", "leeren", "truncate", "purge", "loesche", "loeschen"]);
                let changes = self.changes_rows(intent) || deletes;
                if spelled && select == reads || changes && !reads {
                    total += 8.0;
                }
            }
            if self.makes_place(action, intent) {
                total -= 5.0;
            }
            let known =
                self.start.app.as_ref().is_some_and(|app| app.connector == action.connector);
            let open: f32 = open
                .map(|(name, field)| match slots::role(name, field) {
                    Role::Existing | Role::Number if !known && several(intent) => 3.5,
                    Role::Existing | Role::Number if !known => 1.5,
                    _ => 0.6,
                })
                .sum();
            total -= open;
            total
        };
        // What is to be read is never written, however well its words fit.
        let only_reads = intent.op == Op::Fetch
            // A number or a function is called, too.
            && !intent.word(&["call", "calls", "rufe", "ruf", "ruft", "aufrufen", "anrufen"])
            && hits.iter().any(|hit| {
                hit.action.effect == Effect::Read && self.action(&hit.action.name).is_some()
            });
        // What is at hand is put there, whatever its place is called: `the database Reading list`.
        let puts = matches!(intent.op, Op::Send | Op::Put)
            && (intent.tokens.iter().take(3).any(|token| token.any(lexicon::PRONOUNS))
                || self.start.carries() && self.data.is_empty())
            && intent.tokens.first().is_some_and(|first| {
                first.any(&[
                    "put", "add", "save", "store", "insert", "append", "write", "push", "send",
                ])
            })
            && hits.iter().any(|hit| {
                hit.action.effect == Effect::Write && self.action(&hit.action.name).is_some()
            });
        let best = hits
            .iter()
            .filter(|hit| self.action(&hit.action.name).is_some() && harmless(intent, hit.action))
            .filter(|hit| !only_reads || hit.action.effect == Effect::Read)
            .filter(|hit| !puts || hit.action.effect == Effect::Write)
            .map(|hit| (score(hit.action, hit.score), hit.action))
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.name.cmp(&a.1.name)));
        match best {
            Some((_, action)) => self.steps_for(action, intent, key),
            None => self.cannot(intent, connector, key),
        }
    }

    /// Whether the action makes a place to keep things in, which was not asked for by name.
    fn makes_place(&self, action: &ActionSpec, intent: &Intent<'a>) -> bool {
        const PLACES: &[&str] = &[
            "folder",
            "spreadsheet",
            "database",
            "board",
            "project",
            "channel",
            "table",
            "sheet",
            "calendar",
            "repository",
            "base",
            "list",
        ];
        let name = action.name.split_once('.').map_or("", |(_, name)| name);
        let place = name.strip_prefix("create_").or_else(|| name.strip_prefix("add_"));
        place.is_some_and(|place| PLACES.contains(&place))
            && !intent.tokens.windows(2).any(|pair| {
                pair[0].any(&[
                    "new", "create", "make", "a", "neue", "neuen", "neues", "erstelle", "lege",
                    "einen", "ein", "eine", "another",
                ]) && place
                    .is_some_and(|place| slots::nouns(place).iter().any(|noun| pair[1].is(noun)))
            })
    }

    /// A service that has nothing of the kind: what it has is told.
    fn cannot(&mut self, intent: &Intent<'a>, connector: &str, key: &str) -> Vec<Step> {
        let titles: Vec<&str> = self
            .request
            .catalogue
            .actions()
            .iter()
            .filter(|action| action.connector == connector && self.action(&action.name).is_some())
            .map(|action| action.title.as_str())
            .collect();
        if titles.is_empty() {
            return self.unclear(intent, key);
        }
        let words = crate::actions::plain(&intent.tokens);
        let list = titles.join(", ");
        let text = match self.lang {
            text::Lang::En => format!(
                "“{words}”: the connector {connector} cannot do that. It can: {list}. What should the bot do? (A sentence, or “skip”.)"
            ),
            text::Lang::De => format!(
                "„{words}“: das kann der Konnektor {connector} nicht. Er kann: {list}. Was soll der Bot tun? (Ein Satz, oder „weglassen“.)"
            ),
        };
        self.clarify(&format!("{key}.what"), text, &words)
    }

    /// The steps that do it: one, or several where the words name several things.
    pub(super) fn steps_for(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> Vec<Step> {
        let old = removes(action).then(|| self.one_by_one(action, intent, key)).flatten();
        let old = old.or_else(|| self.for_found(action, intent, key));
        let old = old.or_else(|| self.for_listed(action, intent, key));
        old.or_else(|| self.for_places(action, intent, key))
            .unwrap_or_else(|| vec![self.fill(action, intent, key)])
    }

    /// `the weather for Oslo and for Bergen`: a step for each place.
    fn for_places(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> Option<Vec<Step>> {
        let place = action.params.iter().any(|(name, field)| {
            ["city", "location", "place", "town"].contains(&name.as_str())
                && slots::role(name, field) == Role::Container
        });
        if !place || action.effect != Effect::Read {
            return None;
        }
        let places = self.places(intent);
        if places.len() < 2 {
            return None;
        }
        let mut steps = Vec::new();
        for (range, others) in places.iter().map(|range| {
            (
                range.clone(),
                places.iter().filter(|other| *other != range).cloned().collect::<Vec<_>>(),
            )
        }) {
            let mut one = intent.clone();
            one.tokens = intent
                .tokens
                .iter()
                .enumerate()
                .filter(|(at, token)| {
                    !others.iter().any(|other| other.contains(at))
                        && (range.contains(at) || !token.any(&["and", "und"]))
                })
                .map(|(_, token)| token.clone())
                .collect();
            steps.push(self.fill(action, &one, key));
        }
        if !(intent.parallel || intent.word(&["both", "beide", "parallel"])) {
            return Some(steps);
        }
        let branches = steps
            .into_iter()
            .map(|step| (step.id.clone().unwrap_or_default(), vec![step]))
            .collect();
        let id = self.id("both");
        Some(vec![self.step(Some(id), codex32_model::definition::Verb::Parallel(branches))])
    }

    /// A step for an action, its parameters filled by format and name.
    pub(super) fn fill(&mut self, action: &'a ActionSpec, intent: &Intent<'a>, key: &str) -> Step {
        let with = self.arguments(action, intent, key);
        let wish = action.name.split_once('.').map_or(action.name.as_str(), |(_, name)| name);
        let step = self.act(action, wish, with, Some(intent));
        if action.effect == Effect::Read {
            let id = step.id.clone().unwrap_or_default();
            let list = matches!(action.output, Schema::Array(_));
            let noun = intent
                .content
                .iter()
                .rfind(|token| {
                    token.is_word() && !lexicon::is_empty_word(token) && token.low.ends_with('s')
                })
                .map_or_else(|| wish.to_owned(), |token| text::ident(&token.low));
            self.push(
                format!("steps.{id}"),
                if list { Kind::List } else { Kind::Output },
                None,
                &noun,
            );
            // A statement says so itself.
            if action.connector != "sql" && list {
                self.take_some(intent);
            }
        }
        step
    }
}

/// Whether several things are looked for: `look for urgent tickets`.
fn several(intent: &Intent<'_>) -> bool {
    intent.op == Op::Fetch
        && intent
            .tokens
            .iter()
            .any(|token| token.is_word() && token.low.len() > 4 && token.low.ends_with('s'))
        && intent.word(&["look", "for", "search", "find", "check", "nach", "suche"])
}

/// Words for changing what is there already, English and German.
const CHANGES: &[&str] = &[
    "update",
    "change",
    "set",
    "edit",
    "modify",
    "mark",
    "close",
    "assign",
    "rename",
    "move",
    "adjust",
    "reopen",
    "resolve",
    "solve",
    "aktualisiere",
    "aktualisieren",
    "aendere",
    "aendern",
    "setze",
    "setzen",
    "markiere",
    "schliesse",
    "schliessen",
    "verschiebe",
    "verschieben",
    "bearbeite",
    "updates",
    "sets",
    "put",
    "complete",
    "finish",
    "tag",
    "label",
    "raise",
];

/// Whether something that is there is to be changed; words of a text that was said do not count.
pub(super) fn asks_change(intent: &Intent<'_>) -> bool {
    let said = match &intent.payload {
        Payload::Said(said) => text::fold(said),
        _ => String::new(),
    };
    intent.tokens.iter().any(|token| token.any(CHANGES) && !said.contains(&token.low))
}

/// Whether the action's name says that it changes what is there.
pub(super) fn changes(action: &ActionSpec) -> bool {
    let name = action.name.split_once('.').map_or("", |(_, name)| name);
    ["update_", "change_", "edit_", "close_", "move_", "set_"]
        .iter()
        .any(|verb| name.starts_with(verb))
}

/// Words for taking something away, English and German.
const REMOVES: &[&str] = &[
    "delete",
    "remove",
    "erase",
    "purge",
    "cancel",
    "refund",
    "archive",
    "loesche",
    "loeschen",
    "geloescht",
    "entferne",
    "entfernen",
    "entfernt",
    "storniere",
    "stornieren",
    "erstatte",
    "erstatten",
    "trash",
    "unsubscribe",
    "truncate",
    "leere",
    "leeren",
];

/// Whether the action's name says that it takes something away.
fn removes(action: &ActionSpec) -> bool {
    text::fold(&action.name)
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| ["delete", "remove", "purge", "archive"].contains(&word))
}

/// `DELETE` shouted is the method, not a name.
fn is_verb(token: &text::Token) -> bool {
    token.text.len() > 2 && token.text.chars().all(char::is_uppercase)
}

/// Whether the action does what was asked in kind: taking something away is never replaced by
/// another deed, and no other deed by taking something away.
pub(super) fn harmless(intent: &Intent<'_>, action: &ActionSpec) -> bool {
    // `the folder Archive` is a name, and what is archived is still there.
    let said = |words: &[&str]| {
        intent.tokens.iter().enumerate().any(|(at, token)| {
            token.any(words)
                && (at == 0 || !token.text.starts_with(char::is_uppercase) || is_verb(token))
        })
    };
    let asked = said(REMOVES);
    let away = said(&REMOVES.iter().copied().filter(|word| *word != "archive").collect::<Vec<_>>());
    let own =
        text::fold(&format!("{} {} {}", action.name, action.title, action.synonyms.join(" ")));
    let words: Vec<&str> = own.split(|c: char| !c.is_alphanumeric()).collect();
    let removes = words.iter().any(|word| REMOVES.contains(word));
    let name = text::fold(&action.name);
    let only = name
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| ["delete", "remove", "refund", "cancel", "purge"].contains(&word));
    if asked && only && !away {
        return false;
    }
    if asked {
        removes || action.params.iter().any(|(name, field)| slots::role(name, field) == Role::Sql)
    } else {
        !only
    }
}

/// An answer is text; a parameter may want a number.
pub(super) fn typed(value: Value, schema: &Schema) -> Value {
    let Some(text) = value.as_str() else { return value };
    if text.contains("{{") {
        return value;
    }
    match schema {
        Schema::Integer | Schema::Number => text.parse::<f64>().map_or(value, Value::number),
        Schema::Boolean => match text {
            "true" | "yes" | "ja" => Value::Bool(true),
            "false" | "no" | "nein" => Value::Bool(false),
            _ => value,
        },
        Schema::Object { .. } => Value::from_json(text).unwrap_or(value),
        Schema::Array(_) => Value::from_json(text)
            .unwrap_or_else(|_| Value::list(text.split(',').map(|item| Value::str(item.trim())))),
        _ => value,
    }
}
