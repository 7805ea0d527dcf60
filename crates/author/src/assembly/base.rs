//! Knowledge bases: `answer from the knowledge base handbook`, `search the knowledge base x for …`.

use codex32_model::Schema;
use codex32_model::definition::{Ask, Limits, Search, Step, Verb};

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::lexicon::{self, Op};
use crate::text::{self, Kind as TokenKind, Token};

/// What a search gives at most unless said.
const TOP: u32 = 5;

impl<'a> Builder<'a> {
    /// The steps that use a knowledge base, if the words name one.
    pub(super) fn steps_with_base(&mut self, intent: &Intent<'a>) -> Option<Vec<Step>> {
        let base = named(&intent.tokens)?;
        self.understood += 1;
        let question = self.question(intent)?;
        let searches = intent.word(&[
            "search",
            "find",
            "look",
            "durchsuche",
            "suche",
            "durchsuchen",
            "suchen",
        ]) && !matches!(intent.op, Op::Respond);
        if searches {
            let id = self.id("found");
            let top = intent
                .content
                .iter()
                .find_map(|token| token.number.filter(|number| (1.0..=100.0).contains(number)))
                .map_or(TOP, |number| number as u32);
            let verb = Verb::Search(Search { base, query: question, top });
            self.push(format!("steps.{id}"), Kind::List, None, "found");
            return Some(vec![self.step(Some(id), verb)]);
        }
        let answer = self.say(
            "Answer this from the sources only; say so when they do not tell.",
            "Beantworte dies nur aus den Quellen; sag es, wenn sie nichts dazu sagen.",
        );
        let ask = Ask {
            prompt: format!("{answer}\n\n{question}"),
            model: intent.model.clone(),
            sources: vec![base],
            output: Some(Schema::String),
            limits: Limits::default(),
        };
        let id = self.id("answer");
        self.push(format!("steps.{id}"), Kind::Value, None, "answer");
        let mut out = vec![self.step(Some(id), Verb::Ask(ask))];
        if matches!(intent.op, Op::Respond | Op::Return) {
            let mut told = intent.clone();
            told.tokens.clear();
            told.content.clear();
            told.payload = crate::actions::Payload::It;
            told.app = crate::actions::App::None;
            out.append(&mut self.answer(&told));
        } else if intent.has_target() {
            let key = self.key("send");
            let told =
                Intent { op: Op::Send, payload: crate::actions::Payload::It, ..intent.clone() };
            out.append(&mut self.send(&told, &key));
        }
        Some(out)
    }

    /// What is asked: a field that is named, the text of a chat, else all that came.
    fn question(&mut self, intent: &Intent<'a>) -> Option<String> {
        let data = self.current()?;
        let named = intent.tokens.iter().find(|token| {
            token.any(&["question", "frage", "text", "query", "message", "nachricht"])
        });
        let chat =
            matches!(self.start.kind, Some(codex32_model::definition::TriggerKind::Chat { .. }));
        let field = match named {
            _ if chat => "event.data.text".to_owned(),
            Some(token) if data.kind == Kind::Trigger && self.start.app.is_none() => {
                self.field(&data, &text::ident(&token.low), Schema::String, true)
            }
            Some(_) if self.start.app.is_some() && self.event_field("text").is_some() => {
                self.field(&data, "text", Schema::String, true)
            }
            _ => self.field(&data, "", Schema::Any, true),
        };
        Some(format!("{{{{ {field} }}}}"))
    }
}

/// The name of a knowledge base: `the knowledge base handbook`, `unserer Wissensbasis hr`.
fn named(tokens: &[Token]) -> Option<String> {
    let one = tokens.iter().position(|token| {
        token.any(&[
            "knowledgebase",
            "knowledge-base",
            "wissensbasis",
            "wissensdatenbank",
            "wissensbank",
        ])
    });
    let (from, to) = match one {
        Some(at) => (at, at + 1),
        None => tokens
            .windows(2)
            .position(|pair| pair[0].is("knowledge") && pair[1].any(&["base", "bases"]))
            .map(|at| (at, at + 2))?,
    };
    let plain = |token: &&Token| {
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
            && !lexicon::is_empty_word(token)
            && !token.any(lexicon::ARTICLES)
            && !token.any(&[
                "called",
                "named",
                "namens",
                "beantworten",
                "answer",
                "suchen",
                "search",
            ])
    };
    let skip =
        usize::from(tokens.get(to).is_some_and(|next| next.any(&["called", "named", "namens"])));
    let name = tokens
        .get(to + skip)
        .filter(plain)
        .or_else(|| from.checked_sub(1).and_then(|before| tokens.get(before)).filter(plain));
    name.map(|token| text::slug(&token.text, '-')).filter(|name| !name.is_empty())
}
