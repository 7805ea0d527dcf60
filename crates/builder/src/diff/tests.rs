use codex32_flow::parse;
use codex32_model::definition::Bot;

use super::*;

fn bot(text: &str) -> Bot {
    parse::bot(text).bot.unwrap()
}

const BEFORE: &str = r##"
bot: orders
triggers: { hourly: { schedule: "0 * * * *" } }
steps:
  - { id: orders, do: http.get, with: { url: "https://a.example/orders" } }
  - { id: log, do: log.write, with: { message: seen } }
  - if: "{{ steps.orders.body.total > 10 }}"
    then:
      - { id: tell, do: slack.post_message, connection: slack, with: { channel: "#a", text: hi } }
"##;

const AFTER: &str = r##"
bot: orders
triggers: { daily: { schedule: "0 9 * * *" } }
steps:
  - { id: orders, do: http.get, with: { url: "https://b.example/orders" } }
  - if: "{{ steps.orders.body.total > 20 }}"
    then:
      - { id: tell, do: slack.post_message, connection: slack, with: { channel: "#b", text: hi } }
      - { id: mail, do: email.send, with: { to: a@example.com, subject: x, text: y } }
"##;

#[test]
fn pieces_are_steps_triggers_and_what_blocks_say() {
    let hunks = diff(&bot(BEFORE), &bot(AFTER));
    let told: Vec<_> = hunks
        .iter()
        .map(|hunk| format!("{} {:?} {} {}", hunk.number, hunk.change, hunk.path, hunk.title))
        .collect();
    assert_eq!(
        told,
        [
            "1 Added triggers.daily trigger `daily`",
            "2 Removed triggers.hourly trigger `hourly`",
            "3 Changed steps[0] step `orders`",
            "4 Removed steps[1] step `log`",
            "5 Changed steps[1] step `if`",
            "6 Changed steps[1].then[0] step `tell`",
            "7 Added steps[1].then[1] step `mail`",
        ]
    );
    assert!(hunks[5].before.contains("#a") && hunks[5].after.contains("#b"), "{:?}", hunks[5]);
}

#[test]
fn all_pieces_give_the_new_one_and_none_the_old_one() {
    let (before, after) = (bot(BEFORE), bot(AFTER));
    let all: Vec<usize> = (1..=7).collect();
    assert_eq!(merge(&before, &after, &all), print::to_value(&after));
    assert_eq!(merge(&before, &after, &[]), print::to_value(&before));
    assert_eq!(diff(&before, &before), []);
}

#[test]
fn a_piece_is_taken_alone() {
    let merged = merge(&bot(BEFORE), &bot(AFTER), &[6]);
    let merged = parse::bot_from_value(&merged).bot.unwrap();
    let hunks = diff(&bot(BEFORE), &merged);
    assert_eq!(hunks.len(), 1);
    assert_eq!(hunks[0].path, "steps[2].then[0]");
}

#[test]
fn a_step_that_moved_is_one_piece() {
    let swapped = r#"
bot: x
steps:
  - { id: b, set: 2 }
  - { id: a, set: 1 }
"#;
    let plain = r#"
bot: x
steps:
  - { id: a, set: 1 }
  - { id: b, set: 2 }
"#;
    let hunks = diff(&bot(plain), &bot(swapped));
    let told: Vec<_> = hunks.iter().map(|hunk| (hunk.change, hunk.title.as_str())).collect();
    assert_eq!(told, [(Change::Moved, "step `b`")]);
    // Left, the order stays as it was.
    assert_eq!(merge(&bot(plain), &bot(swapped), &[]), print::to_value(&bot(plain)));
    assert_eq!(merge(&bot(plain), &bot(swapped), &[1]), print::to_value(&bot(swapped)));
}
