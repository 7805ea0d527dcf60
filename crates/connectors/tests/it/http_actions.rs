//! `http.*` against a real server.

use std::time::Duration;

use codex32_model::Value;
use codex32_testkit::sink::{Answer, Sink};

use crate::support::{NOW, World, closed_port, connect, guarded, json, with_guard, world};

fn with(url: &str, rest: &str) -> Value {
    let mut object = json(rest).as_object().expect("an object").clone();
    object.insert("url".into(), Value::from(url));
    Value::from(object)
}

#[tokio::test]
async fn get_gives_status_headers_and_parsed_body() {
    let sink = Sink::start(|request| match request.path.split('?').next() {
        Some("/json") => Answer::json(200, r#"{"items": [1, 2.5, null]}"#).header("X-Total", "2"),
        Some("/problem") => Answer::text(200, "{}").header("Content-Type", "text/plain"),
        Some("/broken") => Answer::json(200, "{oops"),
        Some("/binary") => Answer::status(200).body(vec![0xff, 0xfe, 0x00]),
        Some("/latin") => Answer::status(200)
            .header("content-type", "text/plain; charset=ISO-8859-1")
            .body(vec![0x67, 0x72, 0xfc, 0x6e]),
        _ => Answer::status(204),
    })
    .await;
    let world = world();
    let get = async |path: &str, rest: &str| {
        world.run("http.get", with(&sink.url(path), rest), None).await.expect("an answer")
    };
    let done = get("/json", r#"{"query": {"q": "a b&c", "tag": ["x", "y"], "no": null}}"#).await;
    assert_eq!(done.output.get("body"), Some(&json(r#"{"items": [1, 2.5, null]}"#)));
    assert_eq!(done.output.get("status"), Some(&Value::Int(200)));
    let total = done.output.get("headers").and_then(|headers| headers.get("x-total"));
    assert_eq!(total, Some(&Value::from("2")));
    assert_eq!(sink.requests()[0].path, "/json?q=a+b%26c&tag=x&tag=y");
    assert_eq!(sink.requests()[0].header("idempotency-key"), None);
    assert!(
        sink.requests()[0].header("user-agent").is_some_and(|agent| agent.contains("Codex-32"))
    );

    let done = get("/broken", "{}").await;
    assert_eq!(done.output.get("body"), Some(&Value::from("{oops")));
    assert!(done.logs[0].message.contains("says that it is JSON"), "{:?}", done.logs);
    assert_eq!(get("/binary", "{}").await.output.get("body"), Some(&Value::from("//4A")));
    assert_eq!(get("/latin", "{}").await.output.get("body"), Some(&Value::from("grün")));
    assert_eq!(get("/none", "{}").await.output.get("body"), Some(&Value::Null));
}

#[tokio::test]
async fn writes_send_the_body_in_its_form_and_the_idempotency_key() {
    let sink = Sink::always(Answer::json(201, r#"{"id": 1}"#)).await;
    let world = world();
    for (action, rest) in [
        ("http.post", r#"{"body": {"total": 1800, "note": null}}"#),
        ("http.put", r#"{"body": "plain"}"#),
        ("http.patch", r#"{"body": {"a": "x y", "b": ["1", "2"]}, "encoding": "form"}"#),
        ("http.delete", "{}"),
        ("http.request", r#"{"method": "OPTIONS"}"#),
        ("http.post", r#"{"body": "x", "encoding": "json"}"#),
        (
            "http.post",
            r#"{"body": {"a": 1}, "encoding": "text", "headers": {"Content-Type": "application/x-own", "Idempotency-Key": "mine"}}"#,
        ),
        ("http.post", r#"{"body": [1, 2]}"#),
    ] {
        world.run(action, with(&sink.url("/"), rest), None).await.expect(action);
    }
    let lines: Vec<String> = sink
        .requests()
        .iter()
        .map(|request| {
            let header = |name| request.header(name).unwrap_or("-").to_owned();
            let (kind, key) = (header("content-type"), header("idempotency-key"));
            format!("{} | {kind} | {key} | {}", request.method, request.text())
        })
        .collect();
    assert_eq!(
        lines,
        [
            r#"POST | application/json | key-0001 | {"total":1800,"note":null}"#,
            "PUT | text/plain; charset=utf-8 | key-0001 | plain",
            "PATCH | application/x-www-form-urlencoded | key-0001 | a=x+y&b=1&b=2",
            "DELETE | - | key-0001 | ",
            "OPTIONS | - | key-0001 | ",
            r#"POST | application/json | key-0001 | "x""#,
            r#"POST | application/x-own | mine | {"a":1}"#,
            "POST | application/json | key-0001 | [1,2]",
        ]
    );
}

/// What the engine does next depends on these four.
async fn outcome(world: &World, action: &str, url: &str) -> String {
    let call = world.call(action, with(url, "{}"), None, Duration::from_millis(800)).await;
    let failure = call.expect_err("a failure");
    let wait = failure.retry_after.map_or(0, |wait| wait.as_secs());
    let status = failure.status.unwrap_or(0);
    let (again, unknown) = (failure.retryable, failure.unknown);
    format!("{} {status} again={again} unknown={unknown} wait={wait}", failure.code)
}

#[tokio::test]
async fn every_failure_says_whether_to_try_again_and_whether_the_write_may_have_happened() {
    let date = jiff::Timestamp::from_second(NOW + 90).expect("a time");
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let sink = Sink::start(move |request| match &request.path[1..] {
        "drop" => Answer::Drop,
        "hang" => Answer::Hang,
        "429" => Answer::status(429).header("retry-after", "7"),
        "429-date" => Answer::status(429).header("retry-after", &date),
        "503" => Answer::status(503).header("retry-after", "999999999"),
        status => Answer::status(status.parse().expect("a status")),
    })
    .await;
    let world = world();
    let mut lines = Vec::new();
    for path in [
        "400", "401", "404", "408", "409", "429", "429-date", "500", "501", "502", "503", "drop",
        "hang",
    ] {
        let url = sink.url(&format!("/{path}"));
        lines.push(format!("{path:8} read:  {}", outcome(&world, "http.get", &url).await));
        lines.push(format!("{path:8} write: {}", outcome(&world, "http.post", &url).await));
    }
    let closed = format!("http://127.0.0.1:{}/", closed_port().await);
    for (name, url) in
        [("closed", closed.as_str()), ("no name", "http://nowhere.invalid/"), ("no url", "nowhere")]
    {
        lines.push(format!("{name:8} write: {}", outcome(&world, "http.post", url).await));
    }
    let strict = with_guard(guarded(false));
    lines.push(format!(
        "guard    write: {}",
        outcome(&strict, "http.post", &sink.url("/200")).await
    ));
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn accept_any_takes_errors_as_values() {
    let sink = Sink::always(Answer::json(404, r#"{"message": "no such order"}"#)).await;
    let world = world();
    let done = world.run("http.get", with(&sink.url("/"), r#"{"accept": "any"}"#), None).await;
    assert_eq!(done.expect("a value").output.get("status"), Some(&Value::Int(404)));
    let failure = world.run("http.get", with(&sink.url("/"), "{}"), None).await.expect_err("404");
    assert_eq!(failure.message, "127.0.0.1 answered with status 404: no such order");
}

#[tokio::test]
async fn parameters_are_held_to_their_declaration_before_anything_is_sent() {
    let sink = Sink::always(Answer::status(200)).await;
    let world = world();
    for (rest, says) in [
        (r#"{"urll": "x"}"#, "no parameter `urll`"),
        (r#"{"query": "a=b"}"#, "`query` must be an object"),
        (r#"{"accept": "all"}"#, "`accept` must be one of success, any"),
        (r#"{"timeout": "soon"}"#, "not a duration"),
        (r#"{"max_bytes": 0}"#, "`max_bytes` is at least 1"),
        (r#"{"headers": {"x-a": "1\r\nx-b: 2"}}"#, "line break"),
        (r#"{"headers": {"x-a\r\nx-b": "1"}}"#, "not the name of a header"),
        (r#"{"headers": {"Host": "internal"}}"#, "set by Codex-32"),
        (r#"{"headers": {"content-length": "5"}}"#, "set by Codex-32"),
        (r#"{"headers": {"Transfer-Encoding": "chunked"}}"#, "set by Codex-32"),
    ] {
        let result = world.run("http.get", with(&sink.url("/"), rest), None).await;
        let failure = result.expect_err(rest);
        assert_eq!(failure.code.text, "E-CONN-009", "{rest}");
        assert!(failure.message.contains(says), "{rest}: {}", failure.message);
        assert!(!failure.retryable && !failure.unknown);
    }
    let failure = world.run("http.get", json("{}"), None).await.expect_err("no url");
    assert!(failure.message.contains("`url` is missing"), "{}", failure.message);
    assert_eq!(sink.requests(), []);
    let failure = world.run("http.fetch", json("{}"), None).await.expect_err("none");
    assert_eq!(failure.code.text, "E-CONN-018");
    let failure = world.run("state.get", json(r#"{"key": "a"}"#), None).await.expect_err("store");
    assert_eq!(failure.code.text, "E-CONN-018");
}

#[tokio::test]
async fn connections_sign_in_and_their_secrets_never_come_out() {
    // A rude service that echoes what it got.
    let sink = Sink::start(|request| {
        let given = request.header("authorization").or(request.header("x-api-key"));
        let echo = format!("{} {}", given.unwrap_or_default(), request.path);
        match request.path.contains("fail") {
            false => Answer::json(200, Value::object([("echo", Value::from(echo))]).to_json()),
            true => Answer::text(403, echo),
        }
    })
    .await;
    let world = world();
    let secret = "s3cr3t/+ü";
    for (kind, fields, sent) in [
        ("bearer", r#"{"token": " s3cr3t/+ü "}"#, "Bearer s3cr3t/+ü"),
        ("basic", r#"{"username": "ada", "password": "s3cr3t/+ü"}"#, "Basic YWRhOnMzY3IzdC8rw7w="),
        ("header", r#"{"header": "X-Api-Key", "key": "s3cr3t/+ü"}"#, "s3cr3t/+ü"),
        (
            "query",
            r#"{"parameter": "api_key", "key": "s3cr3t/+ü"}"#,
            "?a=1&api_key=s3cr3t%2F%2B%C3%BC",
        ),
    ] {
        let connection = connect("http", kind, fields);
        let debug = format!("{connection:?}");
        assert!(!debug.contains("s3cr3t"), "{debug}");
        let done = world.run("http.get", with(&sink.url("/?a=1"), "{}"), Some(&connection)).await;
        let request = sink.requests().pop().expect("one");
        let seen = [request.header("authorization"), request.header("x-api-key")];
        let seen = format!("{:?} {}", seen.into_iter().flatten().next(), request.path);
        assert!(seen.contains(sent), "{kind}: {seen}");
        let failed = world.run("http.get", with(&sink.url("/fail"), "{}"), Some(&connection)).await;
        let failed = failed.expect_err("403");
        assert_eq!(failed.code.text, "E-CONN-012");
        for shown in [done.expect("200").output.to_json(), failed.message, debug] {
            for form in [secret, "s3cr3t", "YWRhOnMzY3IzdC8rw7w=", "s3cr3t%2F%2B%C3%BC"] {
                assert!(!shown.contains(form), "{kind}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_connection_with_an_address_signs_in_there_only() {
    let sink = Sink::always(Answer::status(200)).await;
    let other = Sink::always(Answer::status(200)).await;
    let world = world();
    let fields = format!(r#"{{"token": "token-1", "base_url": "{}"}}"#, sink.url("/v1/"));
    let connection = connect("http", "bearer", &fields);
    let get = async |url: &str| world.run("http.get", with(url, "{}"), Some(&connection)).await;
    get("/orders?open=1").await.expect("appended");
    get(&sink.url("/else")).await.expect("same server");
    let paths: Vec<String> = sink.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/v1/orders?open=1", "/else"]);
    let failure = get(&other.url("/")).await.expect_err("elsewhere");
    assert_eq!(failure.code.text, "E-CONN-008");
    assert!(failure.message.contains("not sent elsewhere"), "{}", failure.message);
    assert_eq!(other.requests(), []);
}
