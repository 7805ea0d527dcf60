//! Questions and answers converge.

use codex32_author::{Draft, Question, QuestionKind, draft, eval};

use crate::request;

/// An answer that a person could give.
fn answer(question: &Question) -> String {
    let last = question.id.rsplit(['.', '/']).next().unwrap_or_default();
    match (question.kind, last) {
        (QuestionKind::Choice, _) => question.choices.as_ref().unwrap()[0].clone(),
        (QuestionKind::Clarify, "when") => "every day at 9".to_owned(),
        (QuestionKind::Clarify, "says") => "total is over 5".to_owned(),
        (QuestionKind::Clarify, _) if question.id == "trigger.what" => {
            "when the webhook x arrives".to_owned()
        }
        (QuestionKind::Clarify, _) => "log hello".to_owned(),
        (_, "url") => "https://x.example/y".to_owned(),
        (_, "to") => "ada@example.com".to_owned(),
        (_, "for") => "10m".to_owned(),
        (_, "channel") => "#general".to_owned(),
        _ => "something".to_owned(),
    }
}

/// Answers all required questions, round by round.
fn answered(sentence: &str) -> (Draft, Vec<(String, String)>) {
    let mut answers: Vec<(String, String)> = Vec::new();
    for _ in 0..6 {
        let made = draft(&request(sentence, &answers));
        let open: Vec<&Question> =
            made.questions.iter().filter(|question| question.required).collect();
        if open.is_empty() {
            return (made, answers);
        }
        for question in open {
            assert!(
                !answers.iter().any(|(id, _)| *id == question.id),
                "`{}` is asked again although it was answered: {sentence}",
                question.id
            );
            answers.push((question.id.clone(), answer(question)));
        }
    }
    panic!("still asking: {sentence}");
}

#[test]
fn answering_every_question_leaves_none_and_gives_a_definition() {
    let all = [include_str!("../cases/tuned.jsonl"), include_str!("../cases/held.jsonl")].concat();
    let report = eval::run(&all, codex32_connectors::builtin(), "UTC").unwrap();
    let mut asked = 0;
    for outcome in &report.outcomes {
        // A sentence that says nothing at all is asked for anew, not answered.
        if outcome.text == "???" {
            continue;
        }
        let (made, answers) = answered(&outcome.text);
        asked += answers.len();
        assert!(made.definition.is_some(), "{}", outcome.text);
    }
    assert!(asked > 15, "the cases should ask something: {asked}");
}

#[test]
fn ids_stay_when_another_question_is_answered() {
    let sentence =
        "Every day at 8 email the managers the sales of yesterday and post the summary to Jira";
    let first = draft(&request(sentence, &[]));
    let ids: Vec<String> = first.questions.iter().map(|question| question.id.clone()).collect();
    assert!(ids.len() >= 2, "{ids:?}");
    for given in &first.questions {
        let answers = vec![(given.id.clone(), answer(given))];
        let next = draft(&request(sentence, &answers));
        for id in ids.iter().filter(|id| **id != given.id) {
            assert!(
                next.questions.iter().any(|question| question.id == *id),
                "{id} after {}",
                given.id
            );
        }
    }
}

#[test]
fn an_answer_fills_its_slot() {
    let answers = vec![("email.to".to_owned(), "team@example.com".to_owned())];
    let made = draft(&request("every Monday at 9 email the team \"Plan the week\"", &answers));
    let yaml = codex32_flow::print::to_yaml(&made.definition.unwrap());
    assert!(yaml.contains("to: team@example.com"), "{yaml}");
    assert!(made.questions.iter().all(|question| !question.required));
}

#[test]
fn the_answer_to_a_clarifying_question_is_read_as_a_sentence() {
    let sentence = "when the webhook idea arrives create a todo in Basecamp";
    let asked = draft(&request(sentence, &[]));
    let question = asked.questions.iter().find(|question| question.required).unwrap();
    assert_eq!(question.kind, QuestionKind::Clarify);
    assert!(question.text.contains("Basecamp"), "{}", question.text);
    let answers = vec![(question.id.clone(), "post it to #ideas".to_owned())];
    let yaml =
        codex32_flow::print::to_yaml(&draft(&request(sentence, &answers)).definition.unwrap());
    assert!(yaml.contains("slack.post_message") && yaml.contains("#ideas"), "{yaml}");
    let answers = vec![(question.id.clone(), "skip".to_owned())];
    assert!(
        !draft(&request(sentence, &answers)).questions.iter().any(|next| next.id == question.id)
    );
}

#[test]
fn a_connection_is_listed_and_never_asked_for() {
    let mut request = request("every hour post \"hi\" to #a", &[]);
    let made = draft(&request);
    assert!(made.questions.is_empty());
    assert_eq!(
        (made.connections[0].connector.as_str(), made.connections[0].bound),
        ("slack", false)
    );
    let connections = [("team-slack".to_owned(), "slack".to_owned())];
    request.connections = &connections;
    let made = draft(&request);
    assert_eq!(
        (made.connections[0].name.as_str(), made.connections[0].bound),
        ("team-slack", true)
    );
}

#[test]
fn an_answer_to_a_step_that_did_not_come_out_right_takes_its_place() {
    let sentence =
        "fetch the weather for Oslo and for Bergen in parallel and return the warmer city";
    let open = draft(&request(sentence, &[]));
    let question = open.questions.iter().find(|question| question.required).unwrap();
    assert_eq!(question.id, "step.what", "the answer has no field of that name");
    let answers = [(question.id.clone(), "log \"both were read\"".to_owned())];
    let made = draft(&request(sentence, &answers));
    assert!(made.questions.iter().all(|question| !question.required), "{:?}", made.questions);
    let text = format!("{:?}", made.definition.unwrap().steps);
    assert!(text.contains("log.write") && text.contains("both were read"), "{text}");
}

#[test]
fn slips_of_the_keyboard_are_mended_and_names_are_not() {
    let made = draft(&request("When the webhok webhok arives, emial sales@example.com", &[]));
    let text = format!("{:?}", made.definition.unwrap().triggers);
    assert!(text.contains("path: \"webhok\""), "a name stays as it was written: {text}");
}
