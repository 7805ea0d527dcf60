//! Answers that are sentences, and the questions about the trigger.

use codex32_model::definition::{Step, TriggerKind};

use super::Builder;
use crate::QuestionKind;
use crate::text::{self, Lang};
use crate::triggers::schedules::Timed;
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

    /// Asks what the trigger leaves open.
    pub(super) fn trigger_questions(&mut self, timed: &Timed) {
        for assumed in &timed.assumed {
            self.notes.push(assumed.clone());
        }
        if timed.contradiction && matches!(self.start.kind, Some(TriggerKind::Schedule(_))) {
            let text = self
                .say(
                    "The sentence names several times. Which one is meant?",
                    "Der Satz nennt mehrere Zeiten. Welche ist gemeint?",
                )
                .to_owned();
            let choices: Vec<String> = timed.words.clone();
            if let Some(answer) =
                self.ask("trigger.schedule", QuestionKind::Choice, text, Some(choices.clone()))
                && let Some(at) = choices.iter().position(|choice| *choice == answer)
            {
                self.start.kind = Some(TriggerKind::Schedule(timed.triggers[at].clone()));
            } else {
                self.doubtful += 1;
            }
        }
        let broken = timed.broken.clone().or_else(|| {
            timed.unknown_zone.as_ref().map(|zone| match self.lang {
                Lang::En => format!("There is no time zone “{zone}”"),
                Lang::De => format!("Die Zeitzone „{zone}“ gibt es nicht"),
            })
        });
        let open = timed.open.filter(|_| {
            self.start.kind.is_none() || matches!(self.start.kind, Some(TriggerKind::Schedule(_)))
        });
        if broken.is_some() || open.is_some() && timed.triggers.is_empty() {
            self.ask_when(broken);
        }
        self.source_questions();
    }

    fn ask_when(&mut self, broken: Option<String>) {
        let plain = self.say(
            "When exactly? Such as “every Monday at 9” or “on 1 March 2027 at 10:00”.",
            "Wann genau? Etwa „jeden Montag um 9“ oder „am 1. März 2027 um 10 Uhr“.",
        );
        let text = broken.map_or_else(|| plain.to_owned(), |broken| format!("{broken}. {plain}"));
        let answer = self.ask("trigger.when", QuestionKind::Clarify, text, None);
        let found =
            answer.map(|answer| triggers::schedules::find(&text::read(&answer), self.request.zone));
        match found.and_then(|timed| timed.triggers.into_iter().next()) {
            Some(trigger) => {
                self.start.kind = Some(TriggerKind::Schedule(trigger));
            }
            None => {
                self.doubtful += 1;
                if self.request.answers.contains_key("trigger.when") {
                    let text = plain.to_owned();
                    self.reask("trigger.when", QuestionKind::Clarify, text);
                }
            }
        }
    }

    fn source_questions(&mut self) {
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
