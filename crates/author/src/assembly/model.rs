//! What a language model is asked: to summarise, classify, translate, extract, write.

use codex32_model::definition::{Ask, Limits, Step, TriggerKind, Verb};
use codex32_model::{Schema, Value};

use super::Builder;
use super::data::Kind;
use super::message::capital;
use crate::actions::{self, App, Intent, Payload};
use crate::lexicon::{Ai, Op};
use crate::text::{self, Kind as TokenKind, Token};
use crate::values;

impl<'a> Builder<'a> {
    /// Summarise, classify, translate, extract, write: a language model's work.
    pub(super) fn model(&mut self, intent: &Intent<'a>, kind: Ai) -> Vec<Step> {
        self.understood += 1;
        let mut out = Vec::new();
        if !intent.urls.is_empty() {
            out.append(&mut self.fetch(&Intent {
                op: Op::Fetch,
                payload: Payload::It,
                ..intent.clone()
            }));
        }
        // `summarise the day's Zendesk tickets`: read there first.
        let read = match &intent.app {
            App::Known(spec)
                if intent.urls.is_empty() && self.data.is_empty() && !self.start.carries() =>
            {
                Some(spec.name.clone())
            }
            _ => None,
        };
        if let Some(name) = read.filter(|name| kind != Ai::Write && self.reads(name)) {
            let key = self.key("fetch");
            let fetch = Intent { op: Op::Fetch, payload: Payload::It, ..intent.clone() };
            out.append(&mut self.by_connector(&fetch, &name, &key));
        }
        let judges = intent.word(&[
            "whether",
            "decide",
            "decides",
            "pick",
            "choose",
            "judge",
            "ob",
            "entscheiden",
            "waehlen",
            "determine",
            "rate",
            "label",
        ]) || kind == Ai::Write && intent.word(&["if"]);
        let found = if kind == Ai::Classify || kind == Ai::Write && judges {
            labels(&intent.tokens)
        } else {
            Vec::new()
        };
        let kind = if found.is_empty() { kind } else { Ai::Classify };
        let labels = found;
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
        let rates =
            labels.is_empty() && !matches!(kind, Ai::Extract | Ai::Translate) && rated(intent);
        let (wish, output) = match kind {
            _ if rates => ("rating", Schema::object([("rating", Schema::Number)])),
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
        let whole = if rates {
            format!("steps.{id}.rating")
        } else if kind == Ai::Classify {
            format!("steps.{id}.label")
        } else {
            format!("steps.{id}")
        };
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
        let mails = intent.by_mail && (kind == Ai::Write || intent.person.is_some());
        if !intent.emails.is_empty() || !intent.channels.is_empty() || mails {
            let key = self.key("send");
            let send = Intent { op: Op::Send, payload: Payload::It, ..intent.clone() };
            out.append(&mut self.send(&send, &key));
        }
        out
    }
}

impl Builder<'_> {
    /// Whether something can be read from a service.
    fn reads(&self, connector: &str) -> bool {
        self.request.catalogue.actions().iter().any(|action| {
            action.connector == connector && action.effect == codex32_model::Effect::Read
        })
    }
}

/// Whether a number is wanted: `rate … from 1 to 5`, `on a scale of 1 to 10`.
fn rated(intent: &Intent<'_>) -> bool {
    let asks = intent.word(&[
        "rate",
        "score",
        "grade",
        "rating",
        "scale",
        "skala",
        "bewerte",
        "bewerten",
        "benote",
        "punkte",
        "einschaetzen",
        "estimate",
        "rank",
    ]);
    let span = intent.tokens.windows(3).any(|three| {
        three[0].number.is_some()
            && three[1].any(&["to", "bis", "through", "and", "und"])
            && three[2].number.is_some()
    }) || intent.word(&["out"]);
    asks && span
}

/// `as billing, bug or other`
fn labels(tokens: &[Token]) -> Vec<String> {
    // `whether it is spam`: it is, or it is not.
    if let Some(at) = tokens.iter().position(|token| token.any(&["whether", "if", "ob"])) {
        let is = tokens[at..].iter().position(|token| token.any(&["is", "are", "ist", "sind"]));
        let rest: Vec<Token> = match is {
            Some(is) if tokens[at..].get(is + 1).is_some() => tokens[at + is + 1..].to_vec(),
            _ => tokens[at + 1..]
                .iter()
                .rev()
                .skip(usize::from(is.is_some()))
                .take(1)
                .cloned()
                .collect(),
        };
        let mut labels = values::list(&rest);
        labels.retain(|label| label.split_whitespace().count() <= 3);
        if labels.len() > 1 {
            return labels;
        }
        if let [one] = labels.as_slice() {
            let one = one.trim_start_matches("a ").trim_start_matches("an ").to_owned();
            return vec![one.clone(), format!("not {one}")];
        }
    }
    let listed =
        |at: &usize| tokens[at + 1..].iter().any(|token| token.any(&["or", "oder", "and", "und"]));
    let mut at =
        tokens.iter().position(|token| token.any(&["as", "into", "als"])).filter(listed).or_else(
            || {
                tokens
                    .iter()
                    .position(|token| token.any(&["as", "into", "als", "in"]) || token.is_mark(':'))
            },
        );
    // `label it happy, neutral or angry`
    if at.is_none()
        || at.is_some_and(|at| tokens[at + 1..].iter().all(|token| !token.any(&["or", "oder"])))
    {
        at = tokens
            .iter()
            .position(|token| token.any(&["it", "them", "this", "ihn", "sie", "es"]))
            .filter(|at| tokens[*at + 1..].iter().any(|token| token.any(&["or", "oder"])))
            .or(at);
    }
    let Some(at) = at else { return Vec::new() };
    let mut list: Vec<Token> = tokens[at + 1..].to_vec();
    if let Some(end) =
        list.iter().position(|token| token.any(&["with", "using", "mit", "by", "per"]))
    {
        list.truncate(end);
    }
    list.retain(|token| !token.any(&["one", "of", "eine", "von", "ein"]));
    // The German verb comes last.
    if list.last().is_some_and(|last| {
        !last.is_capital()
            && last.low.ends_with("en")
            && matches!(crate::lexicon::verb(&last.low, text::Lang::De), Some(Op::Ai(_)))
    }) {
        list.pop();
    }
    let labels = values::list(&list);
    if labels.len() > 1 { labels } else { Vec::new() }
}

/// The words of a prompt without those that name the model.
fn clean_prompt(tokens: &[Token]) -> Vec<Token> {
    let mut out: Vec<Token> = tokens.to_vec();
    if let Some(model) = out.iter().position(crate::lexicon::is_model_name)
        && let Some(by) = model.checked_sub(1)
        && out[by].any(&["with", "using", "by", "via", "mit", "von", "per"])
    {
        out.drain(by..=model);
    }
    while out.last().is_some_and(|token| token.any(&["with", "and", "using", "mit", "per", "by"])) {
        out.pop();
    }
    out.retain(|token| {
        !matches!(token.kind, TokenKind::Url | TokenKind::Email | TokenKind::Channel)
    });
    out
}
