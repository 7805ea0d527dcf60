//! Plainer words for the same.

use super::{plainer, set_phrases};
use crate::actions::plain;
use crate::text;

fn said(sentence: &str) -> String {
    let read = text::read(sentence);
    let mut tokens = read.tokens;
    set_phrases(&mut tokens, read.lang);
    plainer(&mut tokens, read.lang);
    plain(&tokens)
}

#[test]
fn the_passive_is_turned_round() {
    assert_eq!(said("an incident should be opened in the tool"), "open an incident in the tool");
    assert_eq!(said("the copy is to be stored in /x"), "store the copy in /x");
    assert_eq!(said("nothing here is passive"), "nothing here is passive");
}

#[test]
fn who_gets_something_is_told() {
    assert_eq!(
        said("ada@example.com should get an email about it"),
        "email ada@example.com about it"
    );
    assert_eq!(said("the bot should then post it to #x"), "post it to #x");
    assert_eq!(said("I want a message in #x"), "send a message in #x");
    assert_eq!(said("the list goes to #x"), "send the list to #x");
}

#[test]
fn approvals_are_asked_for() {
    assert_eq!(said("boss@example.com has to approve it"), "ask boss@example.com for approval");
    assert_eq!(
        said("Der Chef (chef@example.de) soll freigeben"),
        "frage chef@example.de nach freigabe"
    );
}

#[test]
fn values_stay_as_they_are() {
    assert_eq!(
        said("post \"everyone else should be told\" to #x"),
        "post everyone else should be told to #x"
    );
}
