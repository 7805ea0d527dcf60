use codex32_model::time::format_duration;

use super::super::{Lead, MOST_TEXT, Meaning, find};

fn durations(text: &str) -> Vec<(String, Lead)> {
    let found = find(text).into_iter().filter_map(|phrase| match phrase.meaning {
        Meaning::Duration { span, lead } => Some((format_duration(span), lead)),
        _ => None,
    });
    found.collect()
}

#[test]
fn lengths_and_their_leads() {
    let cases = [
        ("wait 3 days and email the buyer", "3d", Lead::Wait),
        ("wait for 15 minutes", "15m", Lead::Wait),
        ("wait an hour", "1h", Lead::Wait),
        ("pause 30s", "30s", Lead::Wait),
        ("delay half an hour", "30m", Lead::Wait),
        ("after 15 minutes send a reminder", "15m", Lead::After),
        ("after two days", "2d", Lead::After),
        ("in 10 minutes call me", "10m", Lead::In),
        ("within ten minutes", "10m", Lead::Within),
        ("within 1 hour and 30 minutes", "1h30m", Lead::Within),
        ("delete rows older than 90 days", "90d", Lead::Age),
        ("from the last 7 days", "1w", Lead::Age),
        ("tickets more than 2 weeks old", "2w", Lead::Age),
        ("3 days before the deadline", "3d", Lead::Before),
        ("two hours later", "2h", Lead::Later),
        ("for 1h30m", "1h30m", Lead::For),
        ("wait 1.5 hours", "1h30m", Lead::Wait),
        ("a timeout of 30 seconds", "30s", Lead::Bare),
        ("warte 3 Tage", "3d", Lead::Wait),
        ("warte zwei Stunden und frage dann nach", "2h", Lead::Wait),
        ("nach 15 Minuten", "15m", Lead::After),
        ("älter als 90 Tage", "90d", Lead::Age),
        ("innerhalb von 10 Minuten", "10m", Lead::Within),
        ("wait a week", "1w", Lead::Wait),
        ("wait 2 months", "60d", Lead::Wait),
    ];
    for (text, want, lead) in cases {
        let want = codex32_model::time::parse_duration(want).unwrap();
        assert_eq!(durations(text), [(format_duration(want), lead)], "{text}");
    }
}

#[test]
fn only_the_head_of_a_long_text_is_read() {
    // Words that all begin something, once more than what is read of them.
    for piece in [
        "every ",
        "at 9 and ",
        "on the 1st, ",
        "monday, ",
        "in the ",
        "\"",
        "{{ ",
        "9-",
        "every day at 9 ",
        "wait 3 ",
        "(Berlin ",
    ] {
        let text = piece.repeat(2 * MOST_TEXT / piece.len());
        let found = find(&text);
        assert!(found.iter().all(|phrase| phrase.range.end <= MOST_TEXT), "{piece}");
    }
}
