use super::{Bare, Join, Lead, split};
use crate::lexicon::Op;
use crate::text::read;

fn parts(sentence: &str) -> Vec<(Lead, String)> {
    let text = read(sentence);
    split(&text, &[], &Bare)
        .into_iter()
        .map(|clause| {
            let words: Vec<&str> = clause.tokens.iter().map(|token| token.text.as_str()).collect();
            (clause.lead, words.join(" "))
        })
        .collect()
}

fn leads(sentence: &str) -> Vec<Lead> {
    parts(sentence).into_iter().map(|(lead, _)| lead).collect()
}

#[test]
fn a_story_falls_into_its_clauses() {
    let given = parts(
        "When the webhook order arrives and its total is over 1000, post it to https://a.example and email a@b.example, otherwise answer thanks",
    );
    assert_eq!(given.len(), 4, "{given:?}");
    assert_eq!(given[0].0, Lead::When);
    assert_eq!(given[1], (Lead::None, "post it to https://a.example".to_owned()));
    assert_eq!(given[2], (Lead::None, "email a@b.example".to_owned()));
    assert_eq!(given[3], (Lead::Else, "answer thanks".to_owned()));
}

#[test]
fn lists_stay_whole() {
    assert_eq!(parts("classify it as billing, bug or other").len(), 1);
    assert_eq!(parts("return the name and email").len(), 1);
    assert_eq!(parts("get the name and email them").len(), 2);
    assert_eq!(parts("hole https://a.example und https://b.example").len(), 1);
}

#[test]
fn a_deed_may_follow_without_a_comma() {
    let given = parts("whenever event order.paid arrives wait 3 days and email the buyer");
    assert_eq!(
        given.iter().map(|(lead, _)| *lead).collect::<Vec<_>>(),
        [Lead::When, Lead::None, Lead::None]
    );
    assert_eq!(leads("if it fails email ops@a.example"), [Lead::If, Lead::None]);
    assert_eq!(leads("on event a.b send it to #c"), [Lead::When, Lead::None]);
}

#[test]
fn negations_are_known() {
    assert_eq!(leads("do not post to Slack; email a@b.example"), [Lead::Not, Lead::None]);
    assert_eq!(leads("sende es an #a, aber keine Mail schicken"), [Lead::None, Lead::Not]);
}

#[test]
fn german_conditions_inside_a_clause_are_lifted_out() {
    let given = parts("hole https://a.example und schreibe bei mehr als 30 Grad in #wetter");
    assert_eq!(
        given.iter().map(|(lead, _)| *lead).collect::<Vec<_>>(),
        [Lead::None, Lead::If, Lead::None],
        "{given:?}"
    );
}

#[test]
fn the_text_after_a_colon_is_what_is_said() {
    let text = read("post to #ops: check the servers");
    let clauses = split(&text, &[], &Bare);
    assert_eq!(clauses.len(), 1);
    assert_eq!(
        clauses[0].tokens.last().map(|token| token.text.as_str()),
        Some("check the servers")
    );
    let retried = split(&read("retry 3 times: get https://a.example"), &[], &Bare);
    assert_eq!(retried[1].before, Join::Colon);
    assert_eq!(retried[1].verb.map(|(_, op)| op), Some(Op::Fetch));
}

#[test]
fn openings_say_nothing() {
    assert_eq!(
        parts("please make a bot that posts \"hi\" to #a"),
        [(Lead::None, "posts hi to #a".to_owned())]
    );
    assert_eq!(parts("run the bot x-y")[0].1, "run the bot x-y");
}
