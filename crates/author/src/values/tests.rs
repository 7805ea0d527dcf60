use super::{count, duration, list, number};
use crate::text::read;

#[test]
fn spans_of_time_in_the_definitions_spelling() {
    for (text, want) in [
        ("3 days", "3d"),
        ("ten minutes", "10m"),
        ("an hour", "1h"),
        ("half an hour", "30m"),
        ("zwei Stunden", "2h"),
        ("30s", "30s"),
        ("1h30m", "1h30m"),
        ("1.5 hours", "1h30m"),
        ("two weeks", "2w"),
    ] {
        assert_eq!(duration(&read(text).tokens).as_deref(), Some(want), "{text}");
    }
    assert_eq!(duration(&read("three apples").tokens), None);
}

#[test]
fn amounts_in_words() {
    assert_eq!(number(&read("two hundred").tokens), Some((2, 200.0)));
    assert_eq!(number(&read("5 million").tokens), Some((2, 5_000_000.0)));
    assert_eq!(number(&read("apples").tokens), None);
    assert_eq!(count(&read("retry dreimal").tokens), Some(3));
}

#[test]
fn lists_lose_their_little_words() {
    assert_eq!(list(&read("billing, bug or a question").tokens), ["billing", "bug", "question"]);
}
