//! A message without a place to go to: what the words fit, else a question.

use codex32_model::definition::Step;

use super::Builder;
use crate::QuestionKind;
use crate::actions::Intent;
use crate::lexicon::Op;

impl<'a> Builder<'a> {
    /// No place to send to was said.
    pub(super) fn where_to(&mut self, intent: &Intent<'a>, key: &str) -> Vec<Step> {
        // `always ask first`, where it is said elsewhere who is asked.
        if self.approves && intent.word(&["ask", "fragen", "frage", "nachfragen", "rueckfragen"]) {
            return Vec::new();
        }
        if !somebody(intent) {
            if let Some(steps) = self.by_context(intent, key) {
                return steps;
            }
            if let Some(steps) = self.write_by_words(intent, key) {
                return steps;
            }
        }
        let mut choices = Vec::new();
        if self.action("email.send").is_some() {
            choices.push("email".to_owned());
        }
        let chats: Vec<String> = self
            .request
            .catalogue
            .actions()
            .iter()
            .filter(|action| {
                action.params.values().any(|field| field.format.as_deref() == Some("channel"))
                    && self.action(&action.name).is_some()
            })
            .map(|action| action.connector.clone())
            .collect();
        for chat in chats {
            if !choices.contains(&chat) {
                choices.push(chat);
            }
        }
        if self.action("http.post").is_some() && intent.op == Op::Send {
            choices.push("http".to_owned());
        }
        let words = crate::actions::plain(&intent.tokens);
        let text = match self.lang {
            crate::text::Lang::En => format!("“{words}”: by which way?"),
            crate::text::Lang::De => format!("„{words}“: auf welchem Weg?"),
        };
        let Some(way) = self.ask(&format!("{key}.via"), QuestionKind::Choice, text, Some(choices))
        else {
            self.doubtful += 1;
            return vec![self.open_end(&words)];
        };
        let mut intent = intent.clone();
        match way.as_str() {
            "email" => {
                intent.by_mail = true;
                self.mail(&intent, key)
            }
            "http" => {
                let text = self
                    .say("To which web address (URL)?", "An welche Webadresse (URL)?")
                    .to_owned();
                match self.ask(&format!("{key}.url"), QuestionKind::Value, text, None) {
                    Some(url) => self.http_write(&intent, &url),
                    None => self.http_write(&intent, "{{ env.TARGET_URL }}"),
                }
            }
            connector => self.by_connector(&intent, connector, key),
        }
    }
}

/// `the right person`, `die zuständige Stelle`: somebody whom only the asker knows.
fn somebody(intent: &Intent<'_>) -> bool {
    intent.word(&[
        "right",
        "responsible",
        "appropriate",
        "correct",
        "proper",
        "relevant",
        "suitable",
        "richtige",
        "richtigen",
        "zustaendige",
        "zustaendigen",
        "passende",
        "passenden",
        "verantwortliche",
        "verantwortlichen",
    ]) && intent.word(&[
        "person",
        "people",
        "colleague",
        "colleagues",
        "team",
        "department",
        "one",
        "staff",
        "stelle",
        "abteilung",
        "kollegen",
        "kollegin",
        "ansprechpartner",
        "leute",
        "mitarbeiter",
    ])
}
