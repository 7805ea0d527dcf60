//! An action's example as a step to paste into a definition.

use codex32_flow::print;
use codex32_model::action::{ActionExample, ActionSpec, ConnectionNeed};
use codex32_model::definition::{Bot, Do, OnError, Step, Verb};

/// YAML, as an item of `steps:`.
pub fn step(action: &ActionSpec, example: &ActionExample) -> String {
    let connection = action.connection == ConnectionNeed::Required;
    let fields = example.with.as_object().into_iter().flatten();
    let verb = Verb::Do(Do {
        action: action.name.clone(),
        connection: connection.then(|| action.connector.clone()),
        with: fields.map(|(name, value)| (name.to_string(), value.clone())).collect(),
    });
    let step = Step {
        id: None,
        name: None,
        note: None,
        when: None,
        retry: None,
        timeout: None,
        on_error: OnError::Fail,
        verb,
    };
    let text = print::to_yaml(&Bot { steps: vec![step], ..Bot::default() });
    // What stands under `steps:`, without its indentation.
    let lines = text.lines().skip_while(|line| *line != "steps:").skip(1);
    lines.map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

#[cfg(test)]
mod tests {
    use codex32_model::action::Catalogue;

    #[test]
    fn an_example_is_a_step_to_paste() {
        let action = codex32_connectors::builtin().action("slack.post_message").unwrap();
        let text = super::step(action, &action.examples[0]);
        insta::assert_snapshot!(text, @r##"
        - do: slack.post_message
          connection: slack
          with: { channel: "#finance", text: Three invoices are over 30 days old. }
        "##);
    }

    #[test]
    fn every_example_of_every_action_can_be_pasted() {
        for action in codex32_connectors::builtin().actions() {
            for example in &action.examples {
                let text = format!("bot: a\nsteps:\n{}", super::step(action, example));
                let parsed = codex32_flow::parse::bot(&text);
                assert!(parsed.bot.is_some(), "{text}{:?}", parsed.diagnostics);
            }
        }
    }
}
