//! What may be typed in for a connection, and that it never comes out again.

use std::time::Duration;

use codex32_connectors::{Credentials, builtin, fields_of, validate_connection};
use codex32_model::Value;
use codex32_testkit::sink::{Answer, Sink};
use secrecy::ExposeSecret;

use crate::support::{connect, json, world};

fn problems(connector: &str, kind: &str, fields: &str) -> String {
    let fields = json(fields);
    let fields = fields.as_object().expect("an object");
    let problems = validate_connection(builtin(), connector, kind, fields).expect_err("problems");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_problem_is_told_and_no_value_repeated() {
    let found = [
        problems("nothing", "x", "{}"),
        problems("state", "x", "{}"),
        problems("slack", "password", "{}"),
        problems("slack", "bot_token", r#"{"tokn": "xoxb-SECRET"}"#),
        problems("slack", "bot_token", r#"{"token": "  "}"#),
        problems("slack", "bot_token", r#"{"token": "xoxb\r\nSECRET"}"#),
        problems("slack", "bot_token", r#"{"token": {"a": "SECRET"}}"#),
        problems("slack", "incoming_webhook", r#"{"url": "ftp://SECRET/"}"#),
        problems("http", "basic", r#"{"username": "ada"}"#),
        problems("email", "smtp", r#"{"host": "h", "port": "many", "security": "ssl"}"#),
    ];
    insta::assert_snapshot!(found.join("\n"));
    assert!(!found.join(" ").contains("xoxb"));
    let long = format!(r#"{{"token": "{}"}}"#, "x".repeat(70_000));
    assert_eq!(problems("slack", "bot_token", &long), "token: is longer than 65536 bytes");
}

#[test]
fn defaults_are_filled_in_and_only_open_fields_are_shown() {
    let smtp =
        connect("email", "smtp", r#"{"host": "h", "username": "ada", "password": "geheim1"}"#);
    let shown = smtp.public_fields();
    assert_eq!(shown.get("port"), Some(&"587"));
    assert_eq!(shown.get("security"), Some(&"starttls"));
    assert_eq!(shown.get("password"), None);
    assert_eq!(smtp.get("password"), Some("geheim1"));
    assert!(!format!("{smtp:?}").contains("geheim1"));

    let manifest = builtin().manifest("http").expect("http");
    let fields = fields_of(manifest, "header").expect("a kind");
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(names, ["key", "header", "base_url"]);
    assert!(fields["key"].secret && !fields["header"].secret);
}

#[test]
fn stored_and_read_again_it_is_the_same_and_still_guarded() {
    let first = connect("slack", "bot_token", r#"{"token": "xoxb-\"quoted\""}"#);
    let plaintext = first.to_plaintext();
    let text = plaintext.expose_secret().as_bytes();
    let again = Credentials::from_stored(builtin(), "slack", "bot_token", text).expect("read");
    assert_eq!(again.get("token"), Some("xoxb-\"quoted\""));
    assert!(again.public_fields().is_empty());
    // A field that the manifest no longer has is treated as a secret.
    let old = Credentials::from_stored(builtin(), "slack", "bot_token", br#"{"legacy": "x"}"#);
    assert!(old.expect("read").public_fields().is_empty());
    assert!(Credentials::from_stored(builtin(), "slack", "bot_token", b"garbage").is_none());
    assert!(Credentials::from_stored(builtin(), "gone", "bot_token", text).is_none());
}

#[tokio::test]
async fn secrets_are_removed_from_logs_and_nested_outputs() {
    let sink =
        Sink::always(Answer::json(200, "{not json tok-98765").header("x-echo", "Bearer tok-98765"))
            .await;
    let connection = connect("http", "bearer", r#"{"token": "tok-98765"}"#);
    let input = Value::object([("url", Value::from(sink.url("/")))]);
    let done = world().run("http.get", input, Some(&connection)).await.expect("an answer");
    let shown = format!("{:?} {:?}", done.output, done.logs);
    assert!(shown.contains("[secret]") && !shown.contains("tok-98765"), "{shown}");
}

#[tokio::test]
async fn what_cannot_be_tested_says_so() {
    let world = world();
    for (connector, kind, fields) in [
        ("http", "bearer", r#"{"token": "tok-98765"}"#),
        ("email", "outbox", "{}"),
        ("webhook", "secret", r#"{"secret": "whsec_abc"}"#),
    ] {
        let connection = connect(connector, kind, fields);
        let tested = world
            .runtime
            .test_connection(crate::support::scope(), &connection, Duration::from_secs(5))
            .await;
        assert!(tested.expect("nothing to test").starts_with("Nothing to test"));
    }
}

#[tokio::test]
async fn without_a_connection_of_the_connector_nothing_is_sent() {
    let input = json(r#"{"channel": "C1", "text": "x"}"#);
    let failure = world().run("slack.post_message", input.clone(), None).await;
    assert_eq!(failure.expect_err("none").code.text, "E-CONN-010");
    let other = connect("http", "bearer", r#"{"token": "abcdef"}"#);
    let failure = world().run("slack.post_message", input, Some(&other)).await;
    assert_eq!(failure.expect_err("of another connector").code.text, "E-CONN-023");
}
