//! Questions about time: several times, times that there are not, zones that nobody knows.

use codex32_model::definition::{ScheduleTrigger, TriggerKind};

use super::Builder;
use crate::QuestionKind;
use crate::text;
use crate::times::{self, Problem};
use crate::triggers;
use crate::triggers::schedules::Timed;

impl Builder<'_> {
    /// Asks what the trigger leaves open.
    pub(super) fn trigger_questions(&mut self, timed: &Timed) {
        for assumed in &timed.assumed {
            self.notes.push(assumed.text(self.lang));
        }
        let by_time = matches!(self.start.kind, None | Some(TriggerKind::Schedule(_)));
        if timed.contradiction && matches!(self.start.kind, Some(TriggerKind::Schedule(_))) {
            self.ask_which(timed);
        }
        match &timed.problem {
            Some(problem) if by_time => self.ask_about(problem, timed),
            _ if by_time && timed.open.is_some() => self.ask_when(None),
            _ => {}
        }
        self.source_questions();
    }

    fn ask_which(&mut self, timed: &Timed) {
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

    fn ask_about(&mut self, problem: &Problem, timed: &Timed) {
        let said = problem.text(self.lang);
        match problem {
            Problem::Zone { near, .. } if timed.triggers.len() == 1 => {
                self.ask_zone(said, near, &timed.triggers[0]);
            }
            Problem::Ambiguous { readings, .. } if !readings.is_empty() => {
                let choices: Vec<String> =
                    readings.iter().map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).collect();
                let which = self.say("Which one is meant?", "Was ist gemeint?");
                let text = format!("{said}. {which}");
                match self.ask("trigger.date", QuestionKind::Choice, text, Some(choices)) {
                    Some(answer) => {
                        let once = triggers::schedules::once(answer.replace(' ', "T"), None);
                        self.start.kind = Some(TriggerKind::Schedule(once));
                    }
                    None => self.doubtful += 1,
                }
            }
            _ => self.ask_when(Some(said)),
        }
    }

    /// One of the zones with a similar name, or any zone.
    fn ask_zone(&mut self, said: String, near: &[String], trigger: &ScheduleTrigger) {
        let (kind, text, choices) = if near.is_empty() {
            let name = self.say(
                "Which one is meant? Name a city or an IANA zone such as “Europe/Berlin”.",
                "Welche ist gemeint? Nenn eine Stadt oder eine IANA-Zone wie „Europe/Berlin“.",
            );
            (QuestionKind::Value, format!("{said}. {name}"), None)
        } else {
            let which = self.say("Which one is meant?", "Welche ist gemeint?");
            let mut zones = near.to_vec();
            if !zones.iter().any(|zone| zone == self.request.zone) {
                zones.push(self.request.zone.to_owned());
            }
            (QuestionKind::Choice, format!("{said}. {which}"), Some(zones))
        };
        let answer = self.ask("trigger.zone", kind, text.clone(), choices);
        match answer.as_deref().map(times::zone) {
            Some(Some(zone)) => {
                let trigger = ScheduleTrigger { timezone: Some(zone), ..trigger.clone() };
                self.start.kind = Some(TriggerKind::Schedule(trigger));
            }
            Some(None) => {
                self.doubtful += 1;
                self.reask("trigger.zone", kind, text);
            }
            None => self.doubtful += 1,
        }
    }

    fn ask_when(&mut self, broken: Option<String>) {
        let plain = self.say(
            "When exactly? Such as “every Monday at 9” or “on 1 March 2027 at 10:00”.",
            "Wann genau? Etwa „jeden Montag um 9“ oder „am 1. März 2027 um 10 Uhr“.",
        );
        let text = broken.map_or_else(|| plain.to_owned(), |broken| format!("{broken}. {plain}"));
        let answer = self.ask("trigger.when", QuestionKind::Clarify, text, None);
        let (zone, now) = (self.request.zone, self.request.now);
        let found = answer.map(|answer| triggers::schedules::find(&text::read(&answer), zone, now));
        let usable = |timed: &Timed| timed.problem.is_none() && !timed.contradiction;
        match found.filter(usable).and_then(|timed| timed.triggers.into_iter().next()) {
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
}
