//! `draft`, `eval draft` and `eval match`.

use crate::command::{codex32, with_stdin};

#[test]
fn a_sentence_becomes_a_definition_that_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = "When the webhook order arrives and its total is over 1000, post it to \
                    https://fulfil.example.com/big, otherwise answer thanks";
    let ran = codex32(folder.path(), &["draft", sentence]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("bot: ") && ran.err.contains("webhook"), "{}", ran.err);
    let checked = with_stdin(folder.path(), &["check", "-"], ran.out.as_bytes());
    assert_eq!(checked.code, 0, "{}", checked.err);
}

#[test]
fn the_json_of_a_draft_has_its_stable_shape() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = "every weekday at 9 Berlin time post the word hello to #general on Slack";
    let ran = with_stdin(folder.path(), &["draft", "-", "--json"], sentence.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let draft = ran.json();
    let keys: Vec<_> = draft.as_object().unwrap().keys().map(String::as_str).collect();
    let want =
        ["definition", "questions", "connections", "diagnostics", "explanation", "confidence"];
    assert_eq!(keys, want);
    let triggers = draft["definition"]["triggers"].as_object().unwrap();
    let trigger = triggers.values().next().unwrap();
    assert_eq!(trigger["timezone"], "Europe/Berlin", "{}", draft["definition"]);
    let connection = &draft["connections"][0];
    assert_eq!((&connection["connector"], &connection["bound"]), (&"slack".into(), &false.into()));
}

#[test]
fn what_is_missing_is_asked_and_answered_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = "every day at 8 post good morning on Slack";
    let asked = codex32(folder.path(), &["draft", sentence, "--json"]).json();
    let questions = asked["questions"].as_array().unwrap();
    let question = questions.iter().find(|question| question["required"] == true).unwrap();
    let answer = format!("{}=#breakfast", question["id"].as_str().unwrap());
    let ran = codex32(folder.path(), &["draft", sentence, "--answer", &answer, "--json"]);
    assert!(ran.json()["definition"].to_string().contains("#breakfast"), "{}", ran.out);
}

#[test]
fn nothing_to_draft_from_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(codex32(folder.path(), &["draft", "  "]).code, 2);
    assert_eq!(codex32(folder.path(), &["draft", &"very ".repeat(5_000)]).code, 2);
    assert_eq!(codex32(folder.path(), &["draft", "x", "--answer", "noequals"]).code, 2);
}

#[test]
fn a_sentence_that_is_none_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["asdf qwer", "{{ }}", "'; DROP TABLE bots; --", "🙂", "\u{202e}abc"] {
        let ran = codex32(folder.path(), &["draft", text, "--json"]);
        assert!(ran.code == 0 || ran.code == 1, "{text:?}: {}", ran.err);
        assert!(ran.json()["questions"].is_array(), "{text:?}");
    }
}

#[test]
fn cases_are_scored_in_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let case = r##"{"id": "a1", "text": "every day at 9 email hello to ada@example.com", "trigger": "schedule", "cron": "0 9 * * *", "actions": [["email."]], "contains": ["ada@example.com"]}"##;
    let ran = with_stdin(folder.path(), &["eval", "draft", "-"], case.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("wholly right"), "{}", ran.out);
    let json = with_stdin(folder.path(), &["eval", "draft", "-", "--json"], case.as_bytes()).json();
    assert_eq!((&json["cases"], &json["right"]), (&1.into(), &1.into()), "{json}");
    let broken = with_stdin(folder.path(), &["eval", "draft", "-"], b"{not json");
    assert_eq!(broken.code, 2, "{}", broken.err);
}

#[test]
fn titles_are_matched_with_a_catalogue_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = r#"{"ZebraCrmAPI": {"triggers": ["new_lead"], "actions": ["add_note"]},
        "PaperPlaneAPI": {"triggers": ["message"], "actions": ["send_message"]}}"#;
    std::fs::write(folder.path().join("apps.json"), catalogue).unwrap();
    let bare = "{\"title\": \"Zebra Crm New Lead to Paper Plane Send Message\"}\n";
    let args = ["eval", "match", "-", "--catalogue", "apps.json"];
    let shown = with_stdin(folder.path(), &args, bare.as_bytes());
    assert!(shown.out.contains("ZebraCrmAPI.new_lead"), "{}{}", shown.out, shown.err);
    let ran = with_stdin(folder.path(), &[&args[..], &["--json"]].concat(), bare.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let item = &ran.json()["items"][0];
    assert_eq!(item["trigger"][0], serde_json::json!({"app": "ZebraCrmAPI", "id": "new_lead"}));
    assert_eq!(
        item["action"][0],
        serde_json::json!({"app": "PaperPlaneAPI", "id": "send_message"})
    );
    let known = bare.replace(
        "}\n",
        ", \"event_channel\": \"ZebraCrmAPI\", \"event\": \"new_lead\", \"action_channel\": \
         \"PaperPlaneAPI\", \"action\": \"add_note\"}\n",
    );
    let table = with_stdin(folder.path(), &args, known.as_bytes());
    assert!(table.out.contains("100.0 %") && table.out.contains("0.0 %"), "{}", table.out);
    std::fs::write(folder.path().join("apps.json"), "[]").unwrap();
    assert_eq!(with_stdin(folder.path(), &args, known.as_bytes()).code, 2);
}
