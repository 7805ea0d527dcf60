//! Slack: what each action sends (a test fails when that changes) and what its answers mean.

use codex32_connectors::Credentials;
use codex32_testkit::sink::{Answer, Recorded, Sink};

use crate::support::{World, connect, json, with_manifest};

/// The manifest as it is, with the sink in place of Slack.
fn slack_at(sink: &Sink) -> World {
    let manifest = include_str!("../../../../connectors/slack.yaml")
        .replace("connector: slack", "connector: slack_test")
        .replace("https://slack.com/api", &sink.url("/api"));
    with_manifest(&manifest)
}

fn bot(world: &World) -> Credentials {
    world.connect("slack_test", "bot_token", r#"{"token": "xoxb-123-secret"}"#)
}

fn shown(request: &Recorded) -> String {
    let ours = ["authorization", "content-type", "idempotency-key"];
    let headers = request.headers.iter().filter(|(name, _)| ours.contains(&name.as_str()));
    let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
    let (method, path, body) = (&request.method, &request.path, request.text());
    format!("{method} {path}\n{}\n\n{body}", headers.join("\n"))
}

#[tokio::test]
async fn what_each_action_sends_and_gives() {
    let sink = Sink::start(|request| {
        let path = request.path.split('?').next().unwrap_or_default();
        Answer::json(
            200,
            match path {
                "/api/chat.postMessage" | "/api/chat.update" => {
                    r#"{"ok": true, "channel": "C1", "ts": "1.2", "message": {}}"#
                }
                "/api/reactions.add" => r#"{"ok": false, "error": "already_reacted"}"#,
                "/api/users.lookupByEmail" => {
                    r#"{"ok": true, "user": {"id": "U1", "name": "ada", "real_name": "Ada", "tz": null}}"#
                }
                "/api/conversations.list" if request.path.contains("cursor=next%3D") => {
                    r#"{"ok": true, "channels": [{"id": "C2", "name": "b", "is_private": true}], "response_metadata": {"next_cursor": ""}}"#
                }
                "/api/conversations.list" => {
                    r#"{"ok": true, "channels": [{"id": "C1", "name": "a", "is_private": false, "num_members": 3}], "response_metadata": {"next_cursor": "next="}}"#
                }
                _ => r#"{"ok": true, "team": "Acme", "user": "codex"}"#,
            },
        )
    })
    .await;
    let world = slack_at(&sink);
    let bot = bot(&world);
    let mut lines = Vec::new();
    for (action, input) in [
        ("post_message", r##"{"channel": "#finance", "text": "3 invoices"}"##),
        (
            "post_message",
            r#"{"channel": "C1", "text": 5, "thread_ts": "1.1", "blocks": [{"type": "divider"}], "unfurl_links": false}"#,
        ),
        ("update_message", r#"{"channel": "C1", "ts": "1.2", "text": "done"}"#),
        ("add_reaction", r#"{"channel": "C1", "ts": "1.2", "name": ":tada:"}"#),
        ("find_user", r#"{"email": "ada+x@example.com"}"#),
        ("list_channels", "{}"),
        ("list_channels", r#"{"limit": 1, "archived": true}"#),
    ] {
        let before = sink.requests().len();
        let done = world.run(&format!("slack_test.{action}"), json(input), Some(&bot)).await;
        lines.push(format!("# {action} {input}"));
        lines.extend(sink.requests()[before..].iter().map(shown));
        lines.push(format!("=> {}\n", done.expect(action).output.to_json()));
    }
    let test = world.runtime.test_connection(&bot, std::time::Duration::from_secs(5)).await;
    lines.push("# test".to_owned());
    lines.extend(sink.requests().last().map(shown));
    lines.push(format!("=> {}", test.expect("it works")));
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn an_incoming_webhook_posts_and_does_nothing_else() {
    let sink = Sink::start(|request| match request.path.as_str() {
        "/services/T0/B0/SECRETHOOK" => Answer::text(200, "ok"),
        _ => Answer::text(404, "no_service"),
    })
    .await;
    let world = slack_at(&sink);
    let hook = |path: &str| {
        let fields = format!(r#"{{"url": "{}"}}"#, sink.url(path));
        world.connect("slack_test", "incoming_webhook", &fields)
    };
    let input = json(r##"{"channel": "#finance", "text": "hello"}"##);
    let good = hook("/services/T0/B0/SECRETHOOK");
    let done = world.run("slack_test.post_message", input.clone(), Some(&good)).await;
    assert_eq!(done.expect("posted").output, json(r#"{"channel": null, "ts": null}"#));
    let request = sink.requests().pop().expect("one");
    assert_eq!(request.text(), r#"{"text":"hello"}"#);
    assert_eq!(request.header("authorization"), None);

    let failure = world.run("slack_test.post_message", input, Some(&hook("/services/GONE"))).await;
    let failure = failure.expect_err("gone");
    assert_eq!(failure.code.text, "E-CONN-012");
    assert!(!failure.message.contains("GONE"), "{}", failure.message);

    let find = json(r#"{"email": "ada@example.com"}"#);
    let failure = world.run("slack_test.find_user", find, Some(&good)).await.expect_err("kind");
    assert_eq!(failure.code.text, "E-CONN-023");
}

#[tokio::test]
async fn refusals_in_good_answers_are_failures() {
    let sink = Sink::start(|request| {
        let said = request.text();
        if said.contains("page") {
            return Answer::text(502, "<html>bad gateway</html>");
        }
        if said.contains("slow") {
            let body = r#"{"ok": false, "error": "ratelimited"}"#;
            return Answer::json(429, body).header("retry-after", "30");
        }
        let error = said.split("say ").nth(1).and_then(|rest| rest.split('"').next());
        let error = error.unwrap_or("unknown");
        Answer::json(200, format!(r#"{{"ok": false, "error": "{error}", "needed": "chat:write"}}"#))
    })
    .await;
    let world = slack_at(&sink);
    let bot = bot(&world);
    let mut lines = Vec::new();
    for text in [
        "say invalid_auth",
        "say missing_scope",
        "say not_in_channel",
        "say is_archived",
        "say channel_not_found",
        "say internal_error",
        "say msg_too_long",
        "slow",
        "page",
    ] {
        let input = json(&format!(r#"{{"channel": "C1", "text": "{text}"}}"#));
        let result = world.run("slack_test.post_message", input, Some(&bot)).await;
        let failure = result.expect_err(text);
        let (code, again, unknown) = (failure.code, failure.retryable, failure.unknown);
        let wait = failure.retry_after.map_or(0, |wait| wait.as_secs());
        let message = failure.message;
        lines.push(format!("{text}: {code} again={again} unknown={unknown} wait={wait} {message}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn without_a_connection_nothing_is_sent() {
    let sink = Sink::always(Answer::status(200)).await;
    let world = slack_at(&sink);
    let input = json(r#"{"channel": "C1", "text": "x"}"#);
    let failure = world.run("slack_test.post_message", input.clone(), None).await;
    assert_eq!(failure.expect_err("none").code.text, "E-CONN-010");
    let other = connect("http", "bearer", r#"{"token": "abcdef"}"#);
    let failure = world.run("slack_test.post_message", input, Some(&other)).await;
    assert_eq!(failure.expect_err("of another connector").code.text, "E-CONN-023");
    assert_eq!(sink.requests(), []);
}
