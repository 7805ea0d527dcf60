use super::Index;
use crate::text::read;

fn best(words: &str, connector: Option<&str>) -> String {
    let index = Index::new(codex32_connectors::builtin());
    index
        .find(&read(words).tokens, connector, 1)
        .first()
        .map(|hit| hit.action.name.clone())
        .unwrap_or_default()
}

#[test]
fn words_find_the_action() {
    assert_eq!(
        best("add a thumbs up reaction to the message", Some("slack")),
        "slack.add_reaction"
    );
    assert_eq!(best("look up the person", Some("slack")), "slack.find_user");
    assert_eq!(best("edit the text", Some("slack")), "slack.update_message");
    assert_eq!(best("deduplicate what was not seen", None), "state.new_items");
}

#[test]
fn german_words_and_endings_find_it_too() {
    assert_eq!(best("benachrichtigen", Some("slack")), "slack.post_message");
    assert_eq!(best("Kanäle auflisten", Some("slack")), "slack.list_channels");
}

#[test]
fn connectors_are_known_by_name_only() {
    let index = Index::new(codex32_connectors::builtin());
    let named = |text: &str| index.named(&read(text).tokens).map(|(_, spec)| spec.name.clone());
    assert_eq!(named("post it in Slack").as_deref(), Some("slack"));
    assert_eq!(named("send a chat message to the channel"), None);
}
