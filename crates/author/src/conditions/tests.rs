use super::{Cmp, Condition, Operand, parse};
use crate::text::read;

fn condition(sentence: &str) -> Option<Condition> {
    let text = read(sentence);
    parse(&text.tokens, text.lang, &["order".to_owned(), "rechnung".to_owned()])
}

fn compared(sentence: &str) -> (String, Cmp, Operand) {
    match condition(sentence) {
        Some(Condition::Compare { subject, cmp, operand, .. }) => (subject.field, cmp, operand),
        other => panic!("{sentence}: {other:?}"),
    }
}

#[test]
fn comparisons_have_many_words() {
    for (sentence, field, cmp, number) in [
        ("its total is over 1000", "total", Cmp::Gt, 1000.0),
        ("the order's total is at least 5", "total", Cmp::Ge, 5.0),
        ("budget exceeds 2.5", "budget", Cmp::Gt, 2.5),
        ("the number is not more than 7", "number", Cmp::Le, 7.0),
        ("the price drops below 50", "price", Cmp::Lt, 50.0),
        ("the price is 500 or more", "price", Cmp::Ge, 500.0),
        ("total >= 10", "total", Cmp::Ge, 10.0),
        ("der Betrag größer als 100 ist", "betrag", Cmp::Gt, 100.0),
        ("der Bestand unter 5 liegt", "bestand", Cmp::Lt, 5.0),
        ("das Alter mindestens 18 beträgt", "alter", Cmp::Ge, 18.0),
    ] {
        assert_eq!(
            compared(sentence),
            (field.to_owned(), cmp, Operand::Number(number)),
            "{sentence}"
        );
    }
}

#[test]
fn texts_are_compared_as_texts() {
    assert_eq!(
        compared("status is paid"),
        ("status".to_owned(), Cmp::Eq, Operand::Text("paid".to_owned()))
    );
    assert_eq!(compared("the country is not Germany").1, Cmp::Ne);
    assert_eq!(
        compared("the subject contains \"urgent call\"").2,
        Operand::Text("urgent call".to_owned())
    );
    assert_eq!(
        compared("der Status offen ist"),
        ("status".to_owned(), Cmp::Eq, Operand::Text("offen".to_owned()))
    );
}

#[test]
fn units_name_the_field() {
    assert_eq!(compared("eine Rechnung über 500 Euro").0, "betrag");
    assert_eq!(compared("mehr als 30 Grad").0, "temperatur");
    assert_eq!(compared("it is over $500").0, "amount");
}

#[test]
fn alternatives_and_pairs() {
    assert!(
        matches!(condition("country is DE or AT"), Some(Condition::OneOf { values, .. }) if values == ["DE", "AT"])
    );
    assert!(
        matches!(condition("total is over 5 and status is open"), Some(Condition::All(parts)) if parts.len() == 2)
    );
    assert!(matches!(
        condition("value is between 10 and 20"),
        Some(Condition::Between { low: 10.0, high: 20.0, .. })
    ));
}

#[test]
fn happenings_are_no_comparisons() {
    assert_eq!(condition("it still fails"), Some(Condition::Failed { not: false }));
    assert_eq!(condition("three failures in a row"), Some(Condition::FailuresInRow(3.0)));
    assert_eq!(
        condition("happens more than twice within ten minutes"),
        Some(Condition::Often { cmp: Cmp::Gt, times: 2.0, within: Some("10m".to_owned()) })
    );
    assert!(
        matches!(condition("the price has changed"), Some(Condition::Changed(field)) if field == "price")
    );
    assert_eq!(condition("the weather feels odd to people of the north"), None);
}
