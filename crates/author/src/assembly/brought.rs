//! Values for parameters that were not said by their noun: an id that what comes brings, what is looked
//! for, what a thing is called, places and numbers.

use codex32_model::{ActionSpec, Schema, Value};

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::actions::slots::{self, Role};
use crate::text::{self, Kind as TokenKind, Lang, Token};

impl<'a> Builder<'a> {
    /// A field of what came, if the trigger is known to bring it.
    pub(super) fn event_value(&mut self, name: &str) -> Option<Value> {
        let nouns: Vec<String> = slots::nouns(name).into_iter().map(str::to_owned).collect();
        let own = nouns.iter().find_map(|noun| self.event_field(noun))?;
        Some(Value::str(format!("{{{{ event.data.{own} }}}}")))
    }

    /// The id of what the trigger brought, for an action of the same service: `comment on it`.
    pub(super) fn known(&mut self, name: &str, action: &ActionSpec) -> Option<Value> {
        let app = self.start.app.as_ref().filter(|app| app.connector == action.connector)?;
        if let Some(value) =
            app.params.keys().find(|own| *own == name).and_then(|own| match &self.start.kind {
                Some(codex32_model::definition::TriggerKind::App { with, .. }) => {
                    with.get(own).cloned()
                }
                _ => None,
            })
        {
            return Some(value);
        }
        let Schema::Object { fields, .. } = &app.event else {
            return Some(Value::str("{{ event.data.id }}"));
        };
        let nouns = slots::nouns(name);
        let own = fields
            .keys()
            .find(|own| nouns.contains(&own.as_str()) || own.as_str() == name)
            .or_else(|| {
            let id = ["number", "iid", "key", "id", "ts", "page_id", "gid"];
            id.iter().find_map(|id| fields.keys().find(|own| own == id))
        })?;
        Some(Value::str(format!("{{{{ event.data.{own} }}}}")))
    }

    /// The address that the data has, as far as that is known.
    pub(super) fn email_of_data(&mut self) -> Option<Value> {
        let data = self.current()?;
        if data.kind == Kind::Trigger && self.start.app.is_some() {
            let open = self.start.app.as_ref().is_some_and(|app| match &app.event {
                Schema::Object { open, fields } => *open || fields.is_empty(),
                other => *other == Schema::Any,
            });
            let own = self.event_field("email").or_else(|| open.then(|| "email".to_owned()))?;
            return Some(Value::str(format!("{{{{ event.data.{own} }}}}")));
        }
        if !matches!(data.kind, Kind::Trigger | Kind::Item) {
            return None;
        }
        let field = self.field(&data, "email", Schema::String, true);
        Some(Value::str(format!("{{{{ {field} }}}}")))
    }

    /// What the thing that is made is called: `an item Retro`.
    pub(super) fn named_thing(&self, action: &ActionSpec, intent: &Intent<'a>) -> Option<String> {
        let mut nouns = self.index.action_nouns(action);
        nouns.extend(
            ["item", "entry", "record", "page", "task", "eintrag", "seite", "card"]
                .map(str::to_owned),
        );
        let (range, title) = slots::titled(&nouns, &intent.tokens, self.lang)?;
        let named = self.index.named(&intent.tokens[range.start + 1..range.end]).is_some();
        (!named).then_some(title)
    }

    /// What is looked for, in words: `for posts that mention x`, `for urgent tickets older than 4 hours`.
    pub(super) fn sought(&self, tokens: &[Token]) -> Option<Value> {
        const ABOUT: &[&str] = &[
            "mention",
            "mentions",
            "mentioning",
            "about",
            "containing",
            "contain",
            "contains",
            "matching",
            "ueber",
            "erwaehnen",
            "enthalten",
            "named",
            "called",
        ];
        let ends = |token: &Token| {
            matches!(
                token.kind,
                TokenKind::Mark(_) | TokenKind::Channel | TokenKind::Email | TokenKind::Url
            ) || token.any(&["and", "und", "then", "dann", "every", "in", "on", "auf", "im"])
        };
        let stretch = |from: usize| {
            let stop = (from..tokens.len()).find(|at| ends(&tokens[*at])).unwrap_or(tokens.len());
            let words = tokens[from..stop].iter().skip_while(|token| {
                token.any(crate::lexicon::ARTICLES) || token.any(&["word", "wort", "term"])
            });
            let words: Vec<&str> = words.map(|token| token.text.as_str()).collect();
            (!words.is_empty()).then(|| Value::str(text::literal(&words.join(" "))))
        };
        if let Some(at) = tokens.iter().position(|token| token.any(ABOUT)) {
            return stretch(at + 1);
        }
        let looks = tokens.iter().any(|token| {
            token.any(&[
                "look",
                "search",
                "find",
                "check",
                "suche",
                "suchen",
                "schaue",
                "nachsehen",
            ])
        });
        let at = tokens.iter().position(|token| token.any(&["for", "nach"])).filter(|_| looks)?;
        let span = tokens.get(at + 1).is_some_and(|next| {
            next.number.is_some() || next.any(&["more", "less", "over", "mehr", "weniger"])
        });
        if span { None } else { stretch(at + 1) }
    }

    /// A point in time that what comes brings: `for the date in the webhook x`.
    pub(super) fn time_of_data(&mut self, intent: &Intent<'a>) -> Option<Value> {
        let named = intent.tokens.iter().find(|token| {
            token.any(&[
                "date", "time", "start", "datum", "zeit", "termin", "when", "uhrzeit", "day",
            ])
        })?;
        if !self.start.carries() || self.start.app.is_some() {
            return None;
        }
        let name = text::ident(&named.low);
        let data = self.trigger_data()?;
        let field = self.field(&data, &name, Schema::Any, true);
        Some(Value::str(format!("{{{{ {field} }}}}")))
    }

    /// What is worked on, known by an id that what comes brings: `refund the payment in the input`.
    pub(super) fn brought(
        &mut self,
        name: &str,
        role: Role,
        action: &ActionSpec,
        intent: &Intent<'a>,
    ) -> Option<Value> {
        const THINGS: &[&str] = &[
            "payment",
            "charge",
            "order",
            "issue",
            "message",
            "incident",
            "ticket",
            "contact",
            "record",
            "invoice",
            "customer",
            "card",
            "task",
            "deal",
            "page",
            "thread",
            "ts",
            "dedup_key",
            "number",
            "user",
            "email",
            "post",
            "company",
            "subscription",
            "event",
            "item",
            "draft",
            "iid",
            "pull_request",
            "merge_request",
            "conversation",
            "key",
            "company",
            "row",
            "comment",
        ];
        let bare = slots::nouns(name).first().copied().unwrap_or(name).to_owned();
        let thing = role == Role::Existing
            || THINGS.contains(&bare.as_str())
            || role == Role::Number && THINGS.contains(&name);
        let said = intent.word(&[
            "input", "inputs", "eingabe", "input's", "event", "body", "payload", "given", "webhook",
        ]);
        let carries = self.start.carries() || said;
        if !thing || !carries || self.start.app.is_some() {
            return None;
        }
        let data = self.data.last().filter(|data| data.kind == Kind::Item).cloned();
        let data = data.or_else(|| self.trigger_data())?;
        // An id that is called so alone is that of the thing: `number` of an issue.
        let field = match name {
            "id" => {
                action.name.rsplit('_').next().map_or("id".to_owned(), |noun| format!("{noun}_id"))
            }
            name => name.to_owned(),
        };
        let value = self.field(&data, &field, Schema::Any, true);
        Some(Value::str(format!("{{{{ {value} }}}}")))
    }

    /// Where the names of places stand, one range each: `for Oslo and for Bergen`, `in Rome and Madrid`.
    pub(super) fn places(&self, intent: &Intent<'a>) -> Vec<std::ops::Range<usize>> {
        let tokens = &intent.tokens;
        let name = |at: usize| {
            tokens.get(at).is_some_and(|token: &Token| token.is_capital() && token.number.is_none())
        };
        let mut out: Vec<std::ops::Range<usize>> = Vec::new();
        let mut at = 1;
        while at < tokens.len() {
            let before = &tokens[at - 1];
            let opens = before.any(&["for", "in", "of", "at", "fuer", "von", "aus"])
                || !out.is_empty()
                    && (before.any(&["and", "und", "or", "oder"]) || before.is_mark(','))
                    && out.last().is_some_and(|last| last.end + 1 == at);
            if opens && name(at) {
                let mut end = at + 1;
                while self.lang == Lang::En && name(end) {
                    end += 1;
                }
                out.push(at..end);
                at = end;
            }
            at += 1;
        }
        out
    }

    /// `the weather for Lyon`, `in Hamburg`.
    pub(super) fn place(&mut self, intent: &Intent<'a>) -> Option<Value> {
        let at = intent.tokens.iter().enumerate().find(|(at, token)| {
            *at > 0
                && intent.tokens[at - 1].any(&["for", "in", "of", "at", "fuer", "von", "aus"])
                && (token.is_capital() || token.kind == TokenKind::Quoted)
        })?;
        let mut end = at.0 + 1;
        while intent.tokens.get(end).is_some_and(Token::is_capital) && self.lang == Lang::En {
            end += 1;
        }
        Some(Value::str(crate::actions::plain(&intent.tokens[at.0..end])))
    }
}

/// A number that stands for itself, and is no span, amount or bound: `issue 12`, not `14 days`.
pub(super) fn counted(tokens: &[Token]) -> Option<f64> {
    tokens.iter().enumerate().find_map(|(at, token)| {
        let number = token.number.filter(|_| !token.money)?;
        let span = crate::values::duration_length(&tokens[at..]).is_some();
        let bound = at.checked_sub(1).is_some_and(|before| {
            tokens[before].any(&[
                "than", "over", "above", "below", "under", "least", "most", "als", "ueber",
                "unter", "ab",
            ])
        });
        (!span && !bound).then_some(number)
    })
}
