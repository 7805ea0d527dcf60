use super::{Kind, Lang, fold, ident, literal, read, slug};

fn kinds(sentence: &str) -> Vec<(Kind, String)> {
    read(sentence).tokens.into_iter().map(|token| (token.kind, token.text)).collect()
}

fn numbers(sentence: &str) -> Vec<f64> {
    read(sentence).tokens.into_iter().filter_map(|token| token.number).collect()
}

#[test]
fn values_are_one_token_each() {
    let given =
        kinds("post to https://a.example/x?y=1, mail A.B@c.example and #big-leads at /lead/new.");
    let want = [
        (Kind::Url, "https://a.example/x?y=1"),
        (Kind::Email, "A.B@c.example"),
        (Kind::Channel, "#big-leads"),
        (Kind::Path, "/lead/new"),
    ];
    for (kind, text) in want {
        assert!(given.contains(&(kind, text.to_owned())), "{kind:?} {text}: {given:?}");
    }
}

#[test]
fn names_with_dots_are_no_sentence_ends() {
    assert_eq!(kinds("on order.paid.")[1], (Kind::Dotted, "order.paid".to_owned()));
    assert_eq!(kinds("on order.paid.")[2].0, Kind::Mark('.'));
}

#[test]
fn quotes_of_all_kinds_hold_their_text() {
    for sentence in [
        "say \"Schönes Ende\" now",
        "say “Schönes Ende” now",
        "say 'Schönes Ende' now",
        "sag „Schönes Ende“ jetzt",
    ] {
        assert_eq!(kinds(sentence)[1], (Kind::Quoted, "Schönes Ende".to_owned()), "{sentence}");
    }
    assert!(kinds("the order's total isn't 5").iter().all(|(kind, _)| *kind != Kind::Quoted));
}

#[test]
fn numbers_follow_the_language() {
    assert_eq!(numbers("is it over 1,000.50 or 2.5 and 3k"), [1_000.5, 2.5, 3_000.0]);
    assert_eq!(numbers("wenn der Betrag über 1.000,50 oder 2,5 ist"), [1_000.5, 2.5]);
    assert_eq!(numbers("three or zwanzig times"), [3.0, 20.0]);
    assert!(numbers("at 9am on 2027-03-01 and 16:30").is_empty());
}

#[test]
fn short_forms_are_two_words() {
    let words: Vec<String> =
        read("don't post it's order's").tokens.into_iter().map(|token| token.low).collect();
    assert_eq!(words, ["do", "not", "post", "it", "is", "order", "'s"]);
}

#[test]
fn byte_ranges_point_into_the_source() {
    let text = read("sende „größer“ an #büro für 5 € heute");
    for token in &text.tokens {
        assert!(
            text.source
                .get(token.at.clone())
                .is_some_and(|part| part.contains(&*token.text) || token.money),
            "{token:?}"
        );
    }
}

#[test]
fn the_language_is_that_of_the_little_words() {
    assert_eq!(read("when the order arrives post it").lang, Lang::En);
    assert_eq!(read("wenn die Bestellung kommt, sende sie weiter").lang, Lang::De);
    assert_eq!(read("qwrt").lang, Lang::En);
}

#[test]
fn names_are_safe() {
    assert_eq!(slug("Größe / Länge!", '-'), "groesse-laenge");
    assert_eq!(ident("2nd Unit Price"), "nd_unit_price");
    assert_eq!(ident("日本"), "");
    assert_eq!(fold("ÄÖÜß"), "aeoeuess");
    assert_eq!(literal("a {{ b }}"), "a {{ '{{' }} b }}");
}
