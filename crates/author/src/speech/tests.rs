use super::{exceptions, plain, vague};
use crate::clauses::Bare;
use crate::text::{self, Lang};

fn said(sentence: &str) -> String {
    plain(text::read(sentence), &Bare).source
}

#[test]
fn manners_become_one() {
    for (sentence, plainly) in [
        ("When X arrives, do Y.", "When X arrives, do Y."),
        ("Could you post it to #a, please?", "post it to #a."),
        (
            "It would be lovely if the total could be posted to #a.",
            "the total should be posted to #a.",
        ),
        ("I want the total posted to #a.", "the total should be posted to #a."),
        (
            "I'd like to get an SMS and a note in Notion when it fails.",
            "send me an SMS and create a note in Notion when it fails.",
        ),
        ("Post it to #a, so that nobody misses it. Thanks a lot!", "Post it to #a."),
        ("Sorry, this is a bit special: post it to #a.", "post it to #a."),
        (
            "Sometimes a payment fails. When that happens, post it to #a.",
            "when a payment fails, post it to #a.",
        ),
        ("Add every new lead to #a.", "when a new lead arrives, add it to #a."),
        (
            "Es wäre schön, wenn die Summe in #a gepostet würde.",
            "ich möchte, dass die Summe in #a gepostet wird.",
        ),
        ("Könntest du bitte die Summe in #a posten? Vielen Dank!", "die Summe in #a posten."),
    ] {
        assert_eq!(said(sentence), plainly, "{sentence}");
    }
}

#[test]
fn what_only_begins_like_a_choice_ends() {
    let sentence =
        "Say whether it may come into the yard, and between midnight and 5 nobody may come in.";
    assert_eq!(said(sentence), sentence);
}

#[test]
fn plain_words_and_values_are_left_alone() {
    for sentence in [
        "When the webhook order arrives, email \"could you please call\" to a@b.example",
        "every 45 seconds get https://a.example/x and write the status to the log",
        "Poste jeden Tag um 9 \"bitte nicht vergessen\" in #team",
        "If the total is over €500, tell the customer that we would like to help.",
    ] {
        assert_eq!(said(sentence), sentence);
    }
}

#[test]
fn days_off_stand_behind_the_sentence() {
    for (sentence, plainly) in [
        (
            "Post \"hi\" every day at 9. Don't do it at the weekend.",
            "Post \"hi\" every day at 9, except on weekends.",
        ),
        (
            "Every day at 9 post \"hi\". On Sundays, please leave us alone.",
            "Every day at 9 post \"hi\", except on Sundays.",
        ),
        (
            "Every weekday at 9 post \"hi\". And nothing at the weekend.",
            "Every weekday at 9 post \"hi\".",
        ),
        (
            "Jeden Tag um 9 poste \"hi\", aber nicht am Wochenende.",
            "Jeden Tag um 9 poste \"hi\", außer am Wochenende.",
        ),
    ] {
        assert_eq!(said(sentence), plainly, "{sentence}");
    }
}

#[test]
fn what_is_left_out_becomes_a_condition() {
    for (sentence, lang, condition) in [
        (
            "When a file arrives, post it. Files whose name begins with draft should be ignored.",
            Lang::En,
            "name begins with draft",
        ),
        (
            "When a mail arrives, post it, but not if it comes from a.example.",
            Lang::En,
            "the sender contains a.example",
        ),
        (
            "When an order arrives, post it. Ignore orders under 50 euros.",
            Lang::En,
            "the total is under 50 euros",
        ),
        (
            "When an order arrives, post it, but skip test orders.",
            Lang::En,
            "the field test is true",
        ),
        (
            "When an order arrives, post it, but skip those without an email.",
            Lang::En,
            "the email is empty",
        ),
        (
            "Wenn eine Mail kommt, poste sie, aber nicht, wenn sie von a.example kommt.",
            Lang::De,
            "der Absender a.example enthält",
        ),
        (
            "Wenn ein Auftrag kommt, poste ihn. Aufträge ohne Nummer bitte ignorieren.",
            Lang::De,
            "Nummer fehlt",
        ),
    ] {
        let mut tokens = text::read(sentence).tokens;
        let found = exceptions::take(&mut tokens, lang, false);
        let words: Vec<&str> =
            found.conditions[0].iter().map(|token| token.text.as_str()).collect();
        assert_eq!(words.join(" "), condition, "{sentence}");
        assert_eq!(found.conditions.len(), 1, "{sentence}");
    }
    let mut tokens = text::read("When it fails, stop, but only if the total is over 5.").tokens;
    assert!(exceptions::take(&mut tokens, Lang::En, false).conditions.is_empty());
}

#[test]
fn wishes_without_a_deed_are_vague() {
    for (sentence, is) in [
        ("Could you please help us answer customers a bit faster?", true),
        ("Wir möchten unsere Kunden besser informieren.", true),
        ("When a mail arrives, answer it faster.", false),
        ("Email a@b.example regularly.", false),
    ] {
        assert_eq!(vague(&text::read(sentence).tokens, &Bare), is, "{sentence}");
    }
}
