//! The parameters of a catalogue action, filled from what a clause says and from the data at hand.

use codex32_model::{ActionSpec, Effect, Field, Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::brought::counted;
use super::catalogue::typed;
use super::data::Kind;
use super::query::state_query;
use crate::actions::slots::{self, Role};
use crate::actions::{Intent, Payload, Person};
use crate::text::{self, Kind as TokenKind, Lang, Token};

impl<'a> Builder<'a> {
    /// All arguments; what is essential and not said is asked for.
    pub(super) fn arguments(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
        key: &str,
    ) -> IndexMap<String, Value> {
        let (mut said, used) = self.said_values(action, intent);
        let rest = without(intent, &used, &self.nouns(), self.lang);
        let intent = rest.as_ref().unwrap_or(intent);
        let named = !intent.given.is_empty();
        let mut rest = self.give(action, intent, &mut said);
        let texts = action
            .params
            .iter()
            .filter(|(name, field)| {
                field.required && matches!(slots::role(name, field), Role::Text | Role::Title)
            })
            .count();
        let mut with = IndexMap::new();
        for (name, field) in &action.params {
            let role = slots::role(name, field);
            let required = field.required && field.default.is_none();
            let channel = role == Role::Channel && action.effect == Effect::Write;
            // Something has to be said: the first place for words takes them.
            let words = texts == 0
                && !super::catalogue::changes(action)
                && matches!(role, Role::Text)
                && !with
                    .values()
                    .any(|value: &Value| value.as_str().is_some_and(|v| v.contains(' ')))
                && !action
                    .params
                    .keys()
                    .take_while(|other| *other != name)
                    .any(|other| slots::role(other, &action.params[other]) == Role::Text);
            let record = !matches!(field.schema, Schema::Array(_))
                && !action.params.iter().any(|(other, field)| {
                    field.required && slots::role(other, field) == Role::Text
                });
            let sql =
                action.params.iter().any(|(name, field)| slots::role(name, field) == Role::Sql);
            let carried = role == Role::Data
                && !sql
                && record
                && matches!(intent.payload, Payload::Fields(_) | Payload::It)
                || matches!(role, Role::Text)
                    && matches!(
                        name.as_str(),
                        "description" | "body" | "notes" | "content" | "text" | "details"
                    )
                    && (self.start.carries()
                        || self.data.last().is_some_and(|data| data.kind == Kind::Item))
                    && action.effect == Effect::Write;
            // `set that as a tag`, after a model chose it.
            let chosen = ["tags", "labels", "label", "add", "add_labels"].contains(&name.as_str())
                && (matches!(field.schema, Schema::Array(_)) || name == "add")
                && intent.word(&["tag", "tags", "label", "labels", "schlagwort"])
                && self.data.last().is_some_and(|data| data.whole.ends_with(".label"));
            let asked =
                chosen || role == Role::Query && state_query(field, &intent.tokens).is_some();
            let essential = required || channel || words || carried || asked;
            let answered = format!("{key}.{name}");
            let kept = named && role == Role::Data && !sql && record;
            if kept && !said.contains_key(name) && !rest.is_empty() {
                let pairs = std::mem::take(&mut rest);
                with.insert(name.clone(), Value::object(pairs));
                continue;
            }
            let essential = essential && (required || !kept);
            let own = self.given_id.clone().filter(|(own, _)| own == name).map(|(_, value)| value);
            let own = own.or_else(|| {
                let label = self.data.last().filter(|_| chosen)?;
                let label = Value::str(format!("{{{{ {} }}}}", label.whole));
                Some(match field.schema {
                    Schema::Array(_) => Value::list([label]),
                    _ => label,
                })
            });
            let value = match own.or_else(|| said.swap_remove(name)) {
                Some(value) => Some(value),
                None if essential => self.argument(name, field, role, action, intent),
                None => None,
            };
            // What an earlier step of the same service works on: `move the card …, then comment on it`.
            let place =
                matches!(role, Role::Existing | Role::Container | Role::Number | Role::Channel);
            let known = (action.connector.clone(), name.clone());
            let value = value.or_else(|| {
                let item = self.data.iter().any(|data| data.kind == Kind::Item)
                    && self.id_of_entry(name, action).is_none()
                    && !self.place_of_list(name, action);
                self.settled.get(&known).filter(|_| place && required && !item).cloned()
            });
            match value {
                Some(value) => {
                    if place && !value.as_str().is_some_and(|value| value.contains("item")) {
                        self.settled.insert(known, value.clone());
                    }
                    with.insert(name.clone(), value);
                }
                // A file's name can be any.
                None if required
                    && name == "path"
                    && action.effect == Effect::Write
                    && action.params.contains_key("content")
                    && (self.start.carries() || !self.data.is_empty()) =>
                {
                    let noun = self.current().map(|data| text::slug(&data.noun, '-'));
                    let noun = noun.filter(|noun| !noun.is_empty()).unwrap_or("file".to_owned());
                    let end = ["csv", "txt", "pdf", "xml"]
                        .into_iter()
                        .find(|end| intent.word(&[end]))
                        .unwrap_or("json");
                    let path = format!("{noun}-{{{{ run.id }}}}.{end}");
                    with.insert(name.clone(), Value::str(path));
                }
                None if required || channel && field.required => {
                    let text = self.which(&action.title, name, field);
                    let variable = format!("{}_{name}", action.connector);
                    let value = self.missing(&answered, text, &variable);
                    with.insert(name.clone(), typed(value, &field.schema));
                }
                None => {}
            }
        }
        let values = self.statement_values.take().filter(|_| action.params.contains_key("values"));
        if let Some(values) = values {
            with.insert("values".to_owned(), values);
        }
        with
    }

    /// Asks for the value of a parameter.
    pub(super) fn which(&self, title: &str, name: &str, field: &Field) -> String {
        let name = name.replace('_', " ");
        let label = field.description.clone().unwrap_or_else(|| name.clone());
        match self.lang {
            Lang::En => format!("{title}: which {name}? ({label})"),
            Lang::De => format!("{title}: welcher Wert für {name}? ({label})"),
        }
    }

    /// What the words of the clause say about parameters by name, kind or place.
    fn said_values(
        &mut self,
        action: &'a ActionSpec,
        intent: &Intent<'a>,
    ) -> (IndexMap<String, Value>, Vec<bool>) {
        let tokens = &intent.tokens;
        let mut out: IndexMap<String, Value> = IndexMap::new();
        let mut used = vec![false; tokens.len()];
        let mention = self
            .index
            .mentions(tokens)
            .into_iter()
            .find(|(_, connector)| connector.name == action.connector)
            .map(|(range, _)| range);
        if let Some(range) = &mention {
            range.clone().for_each(|at| used[at] = true);
        }
        let files =
            action.params.iter().any(|(name, field)| {
                slots::role(name, field) == Role::Content || name == "content"
            }) || action.name.contains("file");
        for (name, field) in &action.params {
            let role = slots::role(name, field);
            if files
                && ["path", "name", "file_name", "filename"].contains(&name.as_str())
                && let Some((places, value)) = slots::file(tokens, name != "path")
                && places.iter().all(|at| !used[*at])
            {
                places.into_iter().for_each(|at| used[at] = true);
                out.insert(name.clone(), Value::str(text::literal(&value)));
                continue;
            }
            // `under invoices/`: likewise.
            let folder = tokens
                .iter()
                .position(|token| token.kind == TokenKind::Path && token.text.ends_with('/'));
            if files
                && name == "path"
                && field.required
                && action.effect == Effect::Write
                && let Some(at) = folder.filter(|at| !used[*at])
            {
                used[at] = true;
                let folder = text::literal(tokens[at].text.trim_end_matches('/'));
                out.insert(name.clone(), Value::str(format!("{folder}/{{{{ run.id }}}}.json")));
                continue;
            }
            // `in the folder audits`: a file of this run's there.
            if files
                && name == "path"
                && field.required
                && action.effect == Effect::Write
                && !action.params.contains_key("folder")
                && let Some((range, folder)) = slots::named("folder", tokens, self.lang)
                && !intent.tokens.iter().any(|token| token.kind == TokenKind::Path)
            {
                range.for_each(|at| used[at] = true);
                let folder = text::literal(folder.trim_matches('/'));
                out.insert(name.clone(), Value::str(format!("{folder}/{{{{ run.id }}}}.json")));
                continue;
            }
            let moved = action.name.contains(".move_")
                && slots::nouns(name)
                    .iter()
                    .any(|noun| ["status", "list", "stage", "folder"].contains(noun));
            let moved = moved.then(|| slots::moved(tokens)).flatten();
            if let Some((range, value)) =
                moved.filter(|(range, _)| range.clone().all(|at| !used[at]))
            {
                range.for_each(|at| used[at] = true);
                out.insert(name.clone(), Value::str(text::literal(&value)));
                continue;
            }
            let value = match role {
                Role::Url => intent.urls.first().map(|url| self.address(url)),
                Role::Email => intent.emails.first().map(|email| Value::str(email.as_str())),
                Role::Phone => {
                    slots::phone(tokens).filter(|(at, _)| !used[*at]).map(|(at, number)| {
                        used[at] = true;
                        Value::str(number)
                    })
                }
                Role::Channel => intent
                    .channels
                    .first()
                    .map(String::as_str)
                    .or_else(|| {
                        let name = tokens
                            .iter()
                            .find(|token| token.text.len() > 1 && token.text.starts_with('@'));
                        name.map(|token| token.text.as_str())
                    })
                    .map(Value::str),
                Role::Text | Role::Title
                    if intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted) =>
                {
                    None
                }
                Role::Title if name != "subject" || !action.name.contains("mail") => {
                    let nouns = self.index.action_nouns(action);
                    slots::titled(&nouns, tokens, self.lang)
                        .filter(|(range, _)| !range.clone().skip(1).any(|at| used[at]))
                        .filter(|(range, _)| {
                            self.index.named(&tokens[range.start + 1..range.end]).is_none()
                        })
                        .map(|(range, value)| {
                            range.skip(1).for_each(|at| used[at] = true);
                            Value::str(text::literal(&value))
                        })
                }
                Role::Text | Role::Title | Role::Time | Role::Sql | Role::Content => None,
                _ => {
                    let label = slots::nouns(name)
                        .iter()
                        .any(|noun| ["label", "labels", "tag", "tags"].contains(noun));
                    let read = action.effect == Effect::Read;
                    let label = label
                        .then(|| {
                            let tagged = slots::tagged(tokens).filter(|_| read);
                            tagged.or_else(|| slots::labelled(tokens))
                        })
                        .flatten();
                    let found = label
                        .or_else(|| slots::named(name, tokens, self.lang))
                        .filter(|(range, _)| {
                            let noun =
                                mention.as_ref().is_some_and(|own| own.contains(&range.start));
                            (!used[range.start] || noun && range.len() > 1) && !used[range.end - 1]
                        })
                        .filter(|(_, value)| role != Role::Data || !value.is_empty())
                        // `the Stripe payment`: whose it is, and not which one.
                        .filter(|(_, value)| {
                            !mention.as_ref().is_some_and(|own| {
                                value.split_whitespace().all(|word| {
                                    tokens[own.clone()]
                                        .iter()
                                        .any(|token| token.low == text::fold(word))
                                })
                            })
                        });
                    found.map(|(range, value)| {
                        range.for_each(|at| used[at] = true);
                        let value = Value::str(text::literal(&value));
                        match &field.schema {
                            Schema::Array(_) if role == Role::Data => Value::list([value]),
                            schema => typed(value, schema),
                        }
                    })
                }
            };
            let fits = |value: &Value| match &field.schema {
                Schema::Integer | Schema::Number => {
                    value.as_f64().is_some() || value.as_str().is_some_and(|v| v.contains("{{"))
                }
                Schema::Object { .. } => value.as_object().is_some(),
                Schema::Enum(choices) => choices.contains(value),
                _ => true,
            };
            if let Some(value) = value.filter(fits) {
                out.insert(name.clone(), value);
            }
        }
        self.wheres(action, tokens, &mut out);
        self.enums(action, tokens, &mut out);
        if let Some((name, range, value)) = self.held_in(action, tokens, &used)
            && !out.contains_key(&name)
        {
            range.for_each(|at| used[at] = true);
            out.insert(name, Value::str(text::literal(&value)));
        }
        // A name without a noun: the place that the service's name leads to.
        let free = action.params.iter().find(|(name, field)| {
            !out.contains_key(*name)
                && name.as_str() != "timeout"
                && (field.required || matches!(slots::role(name, field), Role::Container))
                && field.default.is_none()
                && matches!(field.schema, Schema::String | Schema::Any)
                && matches!(
                    slots::role(name, field),
                    Role::Container | Role::Existing | Role::Channel
                )
        });
        if let Some((name, _)) = free {
            // `das GitLab-Issue`: what it is, and not where.
            let nouns = self.index.action_nouns(action);
            let beside = mention
                .as_ref()
                .and_then(|range| slots::beside(tokens, range))
                .filter(|(range, value)| range.len() > 1 || !nouns.contains(&text::fold(value)));
            let path = tokens.iter().position(|token| token.kind == TokenKind::Path);
            let value = beside
                .filter(|(range, _)| range.clone().all(|at| !used[at]))
                .or_else(|| {
                    path.filter(|at| !used[*at]).map(|at| (at..at + 1, tokens[at].text.clone()))
                })
                .or_else(|| slots::code(tokens).filter(|(range, _)| !used[range.start]))
                .filter(|(_, value)| !self.index.is_name(&text::fold(value)));
            let quoted_text = value.as_ref().is_some_and(|(range, _)| {
                tokens[range.start].kind == TokenKind::Quoted
                    && matches!(&intent.payload, Payload::Said(said) if *said == tokens[range.start].text)
            });
            if let Some((range, value)) = value.filter(|_| !quoted_text) {
                range.for_each(|at| used[at] = true);
                out.insert(name.clone(), Value::str(text::literal(&value)));
            }
        }
        (out, used)
    }

    /// `high urgency`: a word that is one of the values.
    fn enums(&self, action: &ActionSpec, tokens: &[Token], out: &mut IndexMap<String, Value>) {
        for (name, field) in &action.params {
            let Schema::Enum(choices) = &field.schema else { continue };
            let said = choices.iter().find(|choice| {
                choice.as_str().is_some_and(|choice| {
                    // What is worked on is called so in some services.
                    (["started", "in_progress", "doing", "active"].contains(&choice)
                        && tokens.iter().any(|token| token.is("in-progress")))
                        || choice.len() > 2
                            && tokens
                                .iter()
                                .any(|token| token.is_word() && token.low == text::fold(choice))
                })
            });
            // `close the ticket`: what it is to become.
            let becomes = [
                ("close", &["closed", "done"][..]),
                ("schliesse", &["closed", "done"]),
                ("schliessen", &["closed", "done"]),
                ("solve", &["solved", "resolved"]),
                ("resolve", &["solved", "resolved"]),
                ("reopen", &["open", "reopened"]),
                ("complete", &["completed", "done"]),
            ];
            let done = choices.iter().find(|choice| {
                ["status", "state"].contains(&name.as_str())
                    && action.effect == Effect::Write
                    && becomes.iter().any(|(verb, states)| {
                        tokens.first().is_some_and(|first| first.is(verb))
                            && choice.as_str().is_some_and(|choice| states.contains(&choice))
                    })
            });
            if let Some(choice) = done {
                out.insert(name.clone(), choice.clone());
                continue;
            }
            let noun =
                slots::nouns(name).iter().any(|noun| tokens.iter().any(|token| token.is(noun)));
            // `the open invoices`: which ones are read.
            let which = action.effect == Effect::Read;
            if let Some(choice) = said.filter(|_| noun || field.required || which) {
                out.insert(name.clone(), choice.clone());
            }
        }
    }

    /// What an essential parameter takes when its value was not said as such.
    fn argument(
        &mut self,
        name: &str,
        field: &Field,
        role: Role,
        action: &ActionSpec,
        intent: &Intent<'a>,
    ) -> Option<Value> {
        let value = match role {
            Role::Email => match &intent.person {
                Some(Person::Outside(_)) => None,
                _ => self.email_of_data(),
            },
            Role::Phone => self.event_value(name).or_else(|| {
                let data = self.current().filter(|data| {
                    data.kind == Kind::Item
                        || data.kind == Kind::Trigger
                            && self.start.app.is_none()
                            && self.start.carries()
                })?;
                let named = intent.tokens.iter().find(|token| {
                    token.any(&["phone", "mobile", "telefon", "handy", "telefonnummer", "nummer"])
                });
                let name = named.map_or("phone", |token| token.low.as_str());
                let field = self.field(&data, name, Schema::String, true);
                Some(Value::str(format!("{{{{ {field} }}}}")))
            }),
            Role::Text | Role::Content => Some(self.message(intent).1),
            Role::Title => Some(self.title(intent, action)),
            Role::Data | Role::Query
                if self.age(intent).is_some()
                    && field.description.is_some()
                    && matches!(field.schema, Schema::Object { .. }) =>
            {
                self.age_filter(field, intent)
            }
            // What a model chose is a list of one.
            Role::Data
                if (matches!(field.schema, Schema::Array(_)) || name == "add")
                    && self.data.last().is_some_and(|data| {
                        data.kind == Kind::Value && data.whole.ends_with(".label")
                    }) =>
            {
                let whole = self.data.last().map(|data| data.whole.clone()).unwrap_or_default();
                Some(Value::list([Value::str(format!("{{{{ {whole} }}}}"))]))
            }
            Role::Data
                if matches!(field.schema, Schema::Object { .. })
                    && ["properties", "fields"].contains(&name)
                    && !matches!(intent.payload, Payload::It | Payload::Fields(_))
                    && self.named_thing(action, intent).is_some() =>
            {
                let title = self.named_thing(action, intent)?;
                Some(Value::object([("Name".to_owned(), Value::str(text::literal(&title)))]))
            }
            Role::Data => {
                self.record(intent, matches!(field.schema, Schema::Object { .. })).map(|value| {
                    match &field.schema {
                        Schema::Array(_) => match value.as_object() {
                            Some(object) => Value::list(object.values().cloned()),
                            None if name.ends_with('s') && name != "values" && name != "rows" => {
                                value
                            }
                            None => Value::list([value]),
                        },
                        _ => value,
                    }
                })
            }
            Role::Query if name == "jql" && !intent.word(&["jql"]) => {
                super::query::issues(&intent.tokens, self.lang)
            }
            Role::Query
                if super::query::mailbox(field)
                    && !intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted) =>
            {
                state_query(field, &intent.tokens).or_else(|| self.sought(&intent.tokens))
            }
            Role::Query => intent
                .tokens
                .iter()
                .find(|token| token.kind == TokenKind::Quoted)
                .map(|token| Value::str(text::literal(&token.text)))
                .or_else(|| self.sought(&intent.tokens))
                .or_else(|| {
                    slots::named("for", &intent.tokens, self.lang)
                        .filter(|(_, value)| {
                            !["more", "less", "at", "over", "mehr"].contains(&value.as_str())
                        })
                        .map(|(_, value)| Value::str(text::literal(&value)))
                })
                .or_else(|| state_query(field, &intent.tokens)),
            Role::Sql => self.statement(action, intent),
            Role::Container if ["city", "location", "place", "town"].contains(&name) => {
                self.place(intent)
            }
            Role::Container | Role::Existing | Role::Number => {
                let number = (role == Role::Number)
                    .then(|| counted(&intent.content))
                    .flatten()
                    .map(Value::number);
                let item = self.id_of_entry(name, action);
                let item = item.or_else(|| {
                    self.data
                        .last()
                        .filter(|data| {
                            data.kind == Kind::Item
                                && slots::nouns(name).iter().any(|noun| *noun == data.noun)
                        })
                        .map(|data| Value::str(format!("{{{{ {} }}}}", data.whole)))
                });
                let known = number.or(item).or_else(|| self.known(name, action));
                known.or_else(|| self.brought(name, role, action, intent))
            }
            Role::Time | Role::Url | Role::Channel => {
                if role == Role::Time {
                    self.event_value(name).or_else(|| self.time_of_data(intent))
                } else {
                    None
                }
            }
        };
        value.map(|value| typed(value, &field.schema))
    }

    /// A short line for what is made.
    fn title(&mut self, intent: &Intent<'a>, action: &ActionSpec) -> Value {
        if let Some(subject) = &intent.subject {
            return Value::str(self.fill_in(subject));
        }
        if let Payload::Said(said) = &intent.payload {
            let own = text::fold(&action.title);
            let makes = said.split_whitespace().all(|word| {
                let word = text::fold(word);
                own.contains(&word)
                    || word.len() < 4
                    || action.synonyms.iter().any(|known| text::fold(known).contains(&word))
            });
            if !makes {
                return Value::str(self.fill_in(said));
            }
        }
        if self.start.app.is_some()
            && self.data.is_empty()
            && let Some(own) = self.event_field("title")
        {
            return Value::str(format!("{{{{ event.data.{own} }}}}"));
        }
        Value::str(self.message(intent).0)
    }
}

/// The intent without the words that were read as parameters, so that they are not said as well.
fn without<'a>(
    intent: &Intent<'a>,
    used: &[bool],
    nouns: &[String],
    lang: Lang,
) -> Option<Intent<'a>> {
    let taken = |token: &Token| {
        intent.tokens.iter().zip(used).any(|(own, used)| *used && own.at == token.at)
    };
    let texts = intent.content.iter().any(|token| token.kind == TokenKind::Quoted);
    if texts || !intent.content.iter().any(taken) {
        return None;
    }
    let mut next = intent.clone();
    next.content.retain(|token| !taken(token));
    while next.content.last().is_some_and(|token| {
        token.any(crate::lexicon::ARTICLES)
            || token.any(&[
                "in", "to", "as", "als", "for", "of", "with", "on", "im", "von", "mit", "unter",
            ])
    }) {
        next.content.pop();
    }
    next.payload = crate::actions::payload(&next.content, &next, nouns, lang);
    Some(next)
}
