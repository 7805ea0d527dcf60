//! Waiting, other bots, events, approvals.

use codex32_model::definition::{Approve, Call, OnReject, Step, Verb, Wait};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::Builder;
use super::data::Kind;
use super::message::capital;
use crate::QuestionKind;
use crate::actions::{self, Intent, Payload};
use crate::lexicon::{self, Op};
use crate::text::{self, Kind as TokenKind, Lang, Token};
use crate::triggers::event_name;
use crate::values;

impl<'a> Builder<'a> {
    pub(super) fn wait(&mut self, intent: &Intent<'a>) -> Vec<Step> {
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
            let matching = self.matching(tokens);
            let wait = Wait::Event {
                event: event_name(&name.low),
                matching,
                timeout: span
                    .as_deref()
                    .and_then(|span| codex32_model::time::parse_duration(span).ok()),
                since: None,
                hold: false,
            };
            let id = self.id(&name.low);
            self.waited = Some(id.clone());
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

    /// `with the same order_id`, `for that customer_id`, `mit derselben id`: which of the events is meant.
    fn matching(&mut self, tokens: &[Token]) -> Option<String> {
        let same = tokens.iter().position(|token| {
            token.any(&[
                "same",
                "matching",
                "identical",
                "gleiche",
                "gleichen",
                "gleicher",
                "gleichem",
                "selbe",
                "selben",
                "dieselbe",
                "derselben",
                "denselben",
                "demselben",
                "desselben",
                "dasselbe",
                "that",
                "this",
            ])
        })?;
        let field = tokens[same + 1..].iter().find(|token| {
            matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
                && !lexicon::is_empty_word(token)
                && !token.any(lexicon::ARTICLES)
                && !token.any(&["field", "feld", "value", "wert"])
        })?;
        let field = text::ident(&field.low);
        let data = self.trigger_data().filter(|_| self.start.carries() && !field.is_empty())?;
        let own = self.field(&data, &field, Schema::Any, true);
        // There `event` is the one that is waited for.
        if own.starts_with("event.") {
            return None;
        }
        Some(format!("{{{{ event.data.{field} == {own} }}}}"))
    }

    /// `run the bot payroll-export`
    pub(super) fn call(&mut self, intent: &Intent<'a>) -> Vec<Step> {
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
        // `the bots import-a and import-b`
        if tokens.iter().any(|token| token.is("bots")) {
            let names: Vec<String> = tokens
                .iter()
                .filter(|token| fits(token) && !token.any(&["bots", "bot", "und", "and"]))
                .map(|token| text::slug(&token.text, '-'))
                .filter(|name| !name.is_empty())
                .collect();
            if names.len() > 1 {
                self.understood += 1;
                let steps: Vec<Step> = names
                    .into_iter()
                    .map(|bot| {
                        let id = self.id(&bot);
                        let call = Call { bot, with: IndexMap::new(), detach: self.guards.detach };
                        self.step(Some(id), Verb::Call(call))
                    })
                    .collect();
                if !intent.parallel {
                    return steps;
                }
                let branches = steps
                    .into_iter()
                    .map(|step| (step.id.clone().unwrap_or_default(), vec![step]))
                    .collect();
                let id = self.id("both");
                return vec![self.step(Some(id), Verb::Parallel(branches))];
            }
        }
        // `a bot for our customers` is no bot's name.
        let whom = at.is_some_and(|at| {
            tokens.get(at + 1).is_some_and(|next| {
                next.any(&["for", "fuer", "that", "which", "who", "der", "die", "das", "to", "um"])
            })
        });
        let name = known
            .or(slug_like.filter(|_| at.is_none()))
            .or(after.filter(|_| !whom))
            .or(before.filter(|_| !whom));
        let key = self.key("call");
        if whom && name.is_none() {
            return self.unclear(intent, &key);
        }
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
        let mut with: IndexMap<String, Value> = self.given(intent).into_iter().collect();
        let signature = self.request.catalogue.bot(&bot).cloned();
        let signature_unknown = signature.is_none();
        if let Some(signature) = signature {
            for (name, field) in signature
                .inputs
                .iter()
                .filter(|(_, field)| field.required && field.default.is_none())
                .filter(|(name, _)| !with.contains_key(*name))
                .map(|(name, field)| (name.clone(), field.clone()))
                .collect::<Vec<_>>()
            {
                if let Some(data) = self.current() {
                    let expression = self.field(&data, &name, field.schema.clone(), true);
                    with.insert(name.clone(), Value::str(format!("{{{{ {expression} }}}}")));
                }
            }
        }
        // `with shipment_id and customer`
        if with.is_empty()
            && signature_unknown
            && let Some(given) = intent.content.iter().position(|token| token.any(&["with", "mit"]))
            && let Some(data) = self.current()
        {
            let said: Vec<Token> = intent.content[given + 1..]
                .iter()
                .filter(|token| !token.any(&["bot"]) && name.is_none_or(|name| *token != name))
                .cloned()
                .collect();
            for field in actions::fields(&said, &self.nouns()) {
                let value = self.field(&data, &field, Schema::Any, true);
                with.insert(field, Value::str(format!("{{{{ {value} }}}}")));
            }
        }
        if with.is_empty()
            && signature_unknown
            && intent.word(&[
                "output", "result", "ergebnis", "ausgabe", "data", "daten", "it", "them", "lead",
                "answer",
            ])
            && let Some(data) = self.current()
            && data.whole != "inputs.data"
        {
            with.insert("data".to_owned(), Value::str(format!("{{{{ {} }}}}", data.whole)));
        }
        let id = self.id(&bot);
        self.push(format!("steps.{id}"), Kind::Output, None, &bot);
        self.last_do = Some(id.clone());
        let mut step =
            self.step(Some(id), Verb::Call(Call { bot, with, detach: self.guards.detach }));
        step.retry = intent.tries.or_else(|| self.tries.take()).map(super::retry);
        vec![step]
    }

    pub(super) fn emit(&mut self, intent: &Intent<'a>) -> Vec<Step> {
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
        // `with the whole body` is all that came.
        let whole = with.is_some_and(|at| {
            tokens[at + 1..].iter().any(|token| {
                token.any(&[
                    "whole",
                    "entire",
                    "full",
                    "everything",
                    "body",
                    "payload",
                    "ganze",
                    "ganzen",
                    "gesamten",
                    "gesamte",
                    "alles",
                    "allem",
                    "kompletten",
                    "komplette",
                    "inhalt",
                ])
            })
        });
        let with = with.filter(|_| !whole);
        let fields =
            with.map(|at| actions::fields(&tokens[at + 1..], &self.nouns())).unwrap_or_default();
        let given = self.given(intent);
        let key_by = self.guards.key.clone().and_then(|name| {
            let data = self.current()?;
            Some(format!("{{{{ {} }}}}", self.field(&data, &name, Schema::Any, true)))
        });
        let data = match (self.current(), fields.is_empty()) {
            _ if !given.is_empty() => Value::object(given),
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
        vec![self.step(None, Verb::Emit { event, data, key: key_by })]
    }

    pub(super) fn approve(&mut self, intent: &Intent<'a>) -> Vec<Step> {
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
            expires: self.guards.expires,
            default: None,
            on_reject: OnReject::Stop,
        });
        vec![self.step(Some(id), verb)]
    }
}
