//! An action's example as a step to paste into a definition.

use codex32_model::Value;
use codex32_model::action::{ActionExample, ActionSpec, ConnectionNeed};

/// YAML, as an item of `steps:`.
pub fn step(action: &ActionSpec, example: &ActionExample) -> String {
    let mut text = format!("- do: {}\n", action.name);
    if action.connection == ConnectionNeed::Required {
        text.push_str(&format!("  connection: {}\n", action.connector));
    }
    if example.with.as_object().is_some_and(|with| !with.is_empty()) {
        text.push_str("  with:\n");
        push_fields(&mut text, &example.with, 4);
    }
    text
}

fn push_fields(text: &mut String, value: &Value, indent: usize) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let key = if is_plain(key) { key.to_string() } else { Value::from(&**key).to_json() };
        text.push_str(&format!("{}{key}:", " ".repeat(indent)));
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                text.push('\n');
                push_fields(text, value, indent + 2);
            }
            Value::Str(line) if is_plain(line) => text.push_str(&format!(" {line}\n")),
            // JSON is YAML, too: quoted text, numbers, lists in one line.
            other => text.push_str(&format!(" {}\n", other.to_json())),
        }
    }
}

/// Text that YAML reads as that text without quotes, whatever its schema: words with letters first.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_alphanumeric() || " _-./@".contains(c))
        && !text.ends_with(' ')
        && !words.contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use codex32_model::Value;
    use codex32_model::action::Catalogue;

    #[test]
    fn an_example_is_a_step_to_paste() {
        let action = codex32_connectors::builtin().action("slack.post_message").unwrap();
        let text = super::step(action, &action.examples[0]);
        insta::assert_snapshot!(text, @r##"
        - do: slack.post_message
          connection: slack
          with:
            channel: "#finance"
            text: Three invoices are over 30 days old.
        "##);
    }

    #[test]
    fn what_could_be_read_as_something_else_is_quoted() {
        for text in ["no", "Null", "12", "1e3", "a: b", "a #b", "- a", "", "end ", "{{ x }}", "*a"]
        {
            assert!(!super::is_plain(text), "{text}");
        }
        let with = Value::object([("a", Value::from("12")), ("b", Value::from("a b"))]);
        let mut text = String::new();
        super::push_fields(&mut text, &with, 0);
        assert_eq!(text, "a: \"12\"\nb: a b\n");
    }
}
