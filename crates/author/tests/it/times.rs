//! Sentences about when: what is drafted, what is asked, and what the explanation says.

use codex32_author::{Draft, QuestionKind, Request, draft};
use codex32_model::Timestamp;
use codex32_model::definition::{Rule, ScheduleTrigger, TriggerKind};

use crate::{drafted, request};

fn schedule(draft: &Draft) -> Option<ScheduleTrigger> {
    draft.definition.as_ref()?.triggers.values().find_map(|trigger| match &trigger.kind {
        TriggerKind::Schedule(schedule) => Some(schedule.clone()),
        _ => None,
    })
}

#[test]
fn tomorrow_needs_a_clock() {
    let sentence = "Tomorrow at 8:00 call https://a.example/x";
    let open = drafted(sentence);
    assert!(open.questions.iter().any(|question| question.id == "trigger.when"));
    let now: Timestamp = "2026-11-22T23:30:00Z".parse().unwrap();
    let known = draft(&Request { now: Some(now), ..request(sentence, &[]) });
    // In Berlin it is the 23rd already.
    assert_eq!(schedule(&known).unwrap().rule, Rule::Once("2026-11-24T08:00".to_owned()));
    assert!(known.questions.iter().all(|question| !question.required));
    let past = draft(&Request {
        now: Some(now),
        ..request("On 1 March 2020 at 9:00 call https://a.example/x", &[])
    });
    assert!(past.questions.iter().any(|question| question.text.contains("in the past")));
}

#[test]
fn an_unknown_zone_is_chosen_from_those_with_similar_names() {
    let sentence = "Every Monday at 9:00 in Europe/Viena call https://a.example/x";
    let open = drafted(sentence);
    let question = open.questions.iter().find(|question| question.id == "trigger.zone").unwrap();
    assert_eq!(question.kind, QuestionKind::Choice);
    assert_eq!(
        question.choices.as_deref(),
        Some(&["Europe/Vienna".to_owned(), "Europe/Berlin".to_owned()][..])
    );
    let answers = [("trigger.zone".to_owned(), "Europe/Vienna".to_owned())];
    let done = draft(&request(sentence, &answers));
    assert_eq!(schedule(&done).unwrap().timezone.as_deref(), Some("Europe/Vienna"));
    assert!(done.questions.iter().all(|question| !question.required));
}

#[test]
fn a_zone_that_nobody_knows_is_asked_for_by_name() {
    let sentence = "Täglich um 9 Uhr Atlantis-Zeit https://a.example/x aufrufen";
    let open = drafted(sentence);
    let question = open.questions.iter().find(|question| question.id == "trigger.zone").unwrap();
    assert!(
        question.text.starts_with("Die Zeitzone „Atlantis“ gibt es nicht"),
        "{}",
        question.text
    );
    let done = draft(&request(sentence, &[("trigger.zone".to_owned(), "Athen".to_owned())]));
    assert_eq!(schedule(&done).unwrap().timezone.as_deref(), Some("Europe/Athens"));
}

#[test]
fn an_answer_that_contradicts_itself_is_asked_again() {
    let sentence = "Every weekday, but only on Sundays, at 9 call https://a.example/x";
    let ask = |answer: &str| {
        let draft = draft(&request(sentence, &[("trigger.when".to_owned(), answer.to_owned())]));
        (schedule(&draft).is_some(), draft.questions.iter().any(|question| question.required))
    };
    assert_eq!(ask("every Sunday at 9:00"), (true, false));
    assert!(ask("every Sunday at 25:00").1);
}

#[test]
fn the_explanation_names_the_schedule_its_zone_and_what_was_filled_in() {
    let english = drafted("Every weekday morning call https://a.example/x").explanation;
    assert!(english.contains("every weekday at 09:00, Europe/Berlin"), "{english}");
    assert!(english.contains("in the morning is at 09:00"), "{english}");
    let german = drafted("Jeden Werktag morgens bitte https://a.example/x aufrufen").explanation;
    assert!(german.contains("jeden Werktag um 09:00 Uhr (Europe/Berlin)"), "{german}");
    assert!(german.contains("morgens heißt um 09:00 Uhr"), "{german}");
}

#[test]
fn a_bot_that_starts_another_has_a_name_of_its_own() {
    let made = drafted("Every Friday at 10:00 the bot sync should be started");
    let bot = made.definition.unwrap();
    assert_ne!(bot.bot, "sync");
    assert!(codex32_flow::print::to_yaml(&bot).contains("call: sync"));
}
