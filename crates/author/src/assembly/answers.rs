//! Answers that are sentences, and the questions about the trigger.

use codex32_model::definition::{Step, TriggerKind};

use super::Builder;
use crate::QuestionKind;
use crate::text::{self, Lang};
use crate::triggers::{self, Doubt};
use crate::{clauses, structure};

impl Builder<'_> {
    /// Reads the answer to a clarifying question in the place of the clause that it is about.
    pub(super) fn reread(&mut self, id: &str, answer: &str) -> Vec<Step> {
        let read = text::read(answer);
        let clauses = clauses::split(&read, &[]);
        let tree = structure::build(clauses);
        self.forbid(&tree.forbidden);
        let prefix = std::mem::replace(&mut self.prefix, format!("{id}/"));
        self.depth += 1;
        let steps = self.lower(&tree.nodes);
        self.depth -= 1;
        self.prefix = prefix;
        steps
    }

    pub(super) fn source_questions(&mut self) {
        match self.start.doubt {
            Some(Doubt::Vague) => {
                let text = self.say("What should start the bot? Such as “when the webhook order arrives” or “every day at 9”.", "Was soll den Bot starten? Etwa „wenn der Webhook bestellung kommt“ oder „jeden Tag um 9“.").to_owned();
                let answer = self.ask("trigger.what", QuestionKind::Clarify, text.clone(), None);
                let found = answer.as_ref().and_then(|answer| self.read_start(answer));
                match found {
                    Some(kind) => self.start.kind = Some(kind),
                    None => {
                        self.doubtful += 1;
                        if answer.is_some() {
                            self.reask("trigger.what", QuestionKind::Clarify, text);
                        }
                    }
                }
            }
            Some(Doubt::Assumed | Doubt::Unnamed) => {
                let Some(TriggerKind::Webhook(hook)) = self.start.kind.clone() else { return };
                let text = match self.lang {
                    Lang::En => "Under which path does the webhook take requests?",
                    Lang::De => "Unter welchem Pfad nimmt der Webhook Anfragen an?",
                };
                let answer = self.ask_with(
                    "trigger.path",
                    QuestionKind::Value,
                    text.to_owned(),
                    None,
                    Some(hook.path.clone()),
                );
                let path = answer.unwrap_or_default();
                let path: String = path
                    .trim_matches('/')
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() || "/._~-".contains(c) { c } else { '-' })
                    .collect();
                if !path.is_empty() {
                    let kind = triggers::webhook(&path);
                    self.start.kind = Some(kind);
                }
                let note = self
                    .say("what starts it comes as a webhook", "was ihn startet, kommt als Webhook");
                if self.start.doubt == Some(Doubt::Assumed) {
                    self.notes.push(note.to_owned());
                }
            }
            None => {}
        }
    }

    /// What starts a bot, from an answer.
    fn read_start(&self, answer: &str) -> Option<TriggerKind> {
        let read = text::read(answer);
        let timed = triggers::schedules::find(&read, self.request.zone);
        let mut parts = clauses::split(&read, &timed.taken);
        triggers::take(&mut parts, read.lang, &timed.triggers).kind
    }

    /// Puts a question again whose answer was of no use.
    pub(super) fn reask(&mut self, id: &str, kind: QuestionKind, text: String) {
        let answered = self.request.answers.contains_key(id);
        let sorry = if answered {
            self.say("The answer was not understood. ", "Die Antwort wurde nicht verstanden. ")
        } else {
            ""
        };
        self.questions.push(crate::Question {
            id: id.to_owned(),
            kind,
            path: String::new(),
            text: format!("{sorry}{text}"),
            required: true,
            default: None,
            choices: None,
        });
    }
}
