//! What a manifest can say, each against a real server.

use codex32_model::Value;
use codex32_testkit::sink::{Answer, Recorded, Sink};

use crate::support::{NOW, World, json, with_manifest};

/// A connector `test` at the sink, with these actions.
fn connector(sink: &Sink, rest: &str) -> World {
    let head = format!(
        "connector: test\ntitle: Test\ndescription: For tests\nbase_url: {}\n",
        sink.url("/v1")
    );
    with_manifest(&(head + rest))
}

/// An action `test.go` of a read without parameters.
fn reading(rest: &str) -> String {
    format!(
        "actions:\n  go:\n    title: Go\n    description: Go\n    effect: read\n    examples: [{{ title: One }}]\n{rest}"
    )
}

/// Five items in pages of two; the request says which.
fn page(request: &Recorded, of: impl Fn(&str) -> Option<usize>) -> Vec<Value> {
    let text = format!("{}{}", request.path, request.text());
    let start = of(&text).unwrap_or(0);
    (start..5).take(2).map(Value::from).collect()
}

fn number_after(text: &str, mark: &str) -> Option<usize> {
    let rest = text.split(mark).nth(1)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn answer(items: Vec<Value>, more: Vec<(&str, Value)>) -> Answer {
    let fields = std::iter::once(("items", Value::from(items))).chain(more);
    Answer::json(200, Value::object(fields).to_json())
}

async fn all(world: &World) -> Vec<i64> {
    let done = world.run("test.go", Value::Null, None).await.expect("all pages");
    let items = done.output.as_list().expect("a list").iter();
    items.map(|item| item.as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn pages_by_cursor_in_the_body() {
    let sink = Sink::start(|request| {
        let items = page(request, |text| number_after(text, "\"after\":"));
        let next = items.last().and_then(Value::as_i64).map_or(0, |last| last + 1);
        let next = if next < 5 { Value::Int(next) } else { Value::Null };
        answer(items, vec![("next", next)])
    })
    .await;
    let world = connector(
        &sink,
        &reading(
            "    request: { method: POST, path: /list, json: { size: 2 } }\n    paging: { items: \"{{ response.body.items }}\", cursor: \"{{ response.body.next }}\", into: json.after }\n    response: { output: \"{{ response.items }}\" }\n",
        ),
    );
    assert_eq!(all(&world).await, [0, 1, 2, 3, 4]);
    let bodies: Vec<String> = sink.requests().iter().map(Recorded::text).collect();
    assert_eq!(bodies, [r#"{"size":2}"#, r#"{"size":2,"after":2}"#, r#"{"size":2,"after":4}"#]);
}

#[tokio::test]
async fn pages_by_number_and_by_offset_end_with_an_empty_one() {
    for (paging, mark, factor, paths) in [
        ("page: 1", "p=", 2, ["/v1/list?p=1", "/v1/list?p=2", "/v1/list?p=3", "/v1/list?p=4"]),
        ("offset: 0", "p=", 1, ["/v1/list?p=0", "/v1/list?p=2", "/v1/list?p=4", "/v1/list?p=5"]),
    ] {
        let first = usize::from(factor == 2);
        let sink = Sink::start(move |request| {
            let start = |text: &str| Some((number_after(text, mark)? - first) * factor);
            answer(page(request, start), vec![])
        })
        .await;
        let world = connector(
            &sink,
            &reading(&format!(
                "    request: {{ method: GET, path: /list }}\n    paging: {{ items: \"{{{{ response.body.items }}}}\", {paging}, into: query.p }}\n    response: {{ output: \"{{{{ response.items }}}}\" }}\n",
            )),
        );
        assert_eq!(all(&world).await, [0, 1, 2, 3, 4], "{paging}");
        let asked: Vec<String> = sink.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(asked, paths, "{paging}");
    }
}

#[tokio::test]
async fn pages_by_link_header_and_by_address_stay_on_the_server() {
    let elsewhere = Sink::always(Answer::json(200, r#"{"items": [9]}"#)).await;
    let away = elsewhere.url("/steal");
    let sink = Sink::start(move |request| {
        let start = number_after(&request.path, "from=").unwrap_or(0);
        let items = page(request, |text| number_after(text, "from="));
        let next = match request.path.contains("away") {
            true => away.clone(),
            false => format!("/v1/list?from={}", start + 2),
        };
        let answer = answer(items, vec![("next", Value::from(next.as_str()))]);
        if start + 2 >= 5 {
            return answer;
        }
        answer.header("link", &format!("</first>; rel=\"first\", <{next}>; rel=\"next\""))
    })
    .await;
    let manifest = |path: &str, way: &str| {
        connector(
            &sink,
            &reading(&format!(
                "    request: {{ method: GET, path: {path} }}\n    paging: {{ items: \"{{{{ response.body.items }}}}\", {way} }}\n    response: {{ output: \"{{{{ response.items }}}}\" }}\n",
            )),
        )
    };
    assert_eq!(all(&manifest("/list", "link: next")).await, [0, 1, 2, 3, 4]);
    for way in ["link: next", "next_url: \"{{ response.body.next }}\""] {
        let result = manifest("/away", way).run("test.go", Value::Null, None).await;
        assert_eq!(result.expect_err("leaves").code.text, "E-CONN-007", "{way}");
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn paging_ends_at_its_limits() {
    let sink = Sink::always(Answer::json(200, r#"{"items": [1, 2, 3], "next": "more"}"#)).await;
    let world = connector(
        &sink,
        &reading(
            "    params: { limit: { type: integer, required: false } }\n    request: { method: GET, path: /list }\n    paging: { items: \"{{ response.body.items }}\", cursor: \"{{ response.body.next }}\", into: query.c, limit: \"{{ params.limit }}\", max_pages: 4 }\n    response: { output: \"{{ response.items.length }}\" }\n",
        ),
    );
    let count = async |input: &str| {
        let before = sink.requests().len();
        let done = world.run("test.go", json(input), None).await.expect("a count");
        (done.output.as_i64().expect("a number"), sink.requests().len() - before)
    };
    assert_eq!(count("{}").await, (12, 4));
    assert_eq!(count(r#"{"limit": 4}"#).await, (4, 2));
}

#[tokio::test]
async fn values_in_a_path_stay_one_segment_and_in_a_host_stay_a_label() {
    let sink = Sink::always(Answer::json(200, "{}")).await;
    let world = connector(
        &sink,
        &reading(
            "    params: { id: string }\n    request: { method: GET, path: \"/users/{{ params.id }}/posts\" }\n",
        ),
    );
    let go = async |id: &str| {
        let input = Value::object([("id", Value::from(id))]);
        world.run("test.go", input, None).await
    };
    go("a/../b?x=1#y ü").await.expect("encoded");
    assert_eq!(sink.requests()[0].path, "/v1/users/a%2F..%2Fb%3Fx%3D1%23y%20%C3%BC/posts");
    for id in ["", ".", ".."] {
        assert_eq!(go(id).await.expect_err(id).code.text, "E-CONN-009");
    }
    assert_eq!(sink.requests().len(), 1);

    let manifest = "connector: test\ntitle: T\ndescription: T\nbase_url: \"http://{{ connection.shop }}.invalid\"\nauth: { key: { type: none, fields: { shop: string } } }\n";
    let world =
        with_manifest(&format!("{manifest}{}", reading("    request: { method: GET, path: / }\n")));
    for (shop, code) in [("acme", "E-CONN-003"), ("evil.com/", "E-CONN-009"), ("a@b", "E-CONN-009")]
    {
        let fields = format!(r#"{{"shop": "{shop}"}}"#);
        let connection = world.connect("test", "key", &fields);
        let failure = world.run("test.go", Value::Null, Some(&connection)).await;
        assert_eq!(failure.expect_err(shop).code.text, code, "{shop}");
    }
}

#[tokio::test]
async fn the_idempotency_key_goes_where_the_service_looks() {
    let sink = Sink::always(Answer::json(200, "{}")).await;
    for (place, path, header, body) in [
        ("header: X-Request-Id", "/v1/pay", Some("key-0001"), r#"{"total":5}"#),
        ("body: request_id", "/v1/pay", None, r#"{"total":5,"request_id":"key-0001"}"#),
        ("query: request", "/v1/pay?request=key-0001", None, r#"{"total":5}"#),
    ] {
        let world = connector(&sink, &reading(&format!(
            "    request: {{ method: POST, path: /pay, json: {{ total: 5 }} }}\n    idempotency: {{ {place} }}\n"
        )).replace("effect: read", "effect: write"));
        world.run("test.go", Value::Null, None).await.expect("sent");
        let request = sink.requests().pop().expect("one");
        assert_eq!((request.path.as_str(), request.header("x-request-id")), (path, header));
        assert_eq!(request.text(), body);
    }
}

#[tokio::test]
async fn a_long_idempotency_key_becomes_a_short_one() {
    let sink = Sink::always(Answer::json(200, "{}")).await;
    let world = connector(&sink, &reading(
        "    request: { method: POST, path: /pay, json: {} }\n    idempotency: { body: nonce, max_length: 16 }\n"
    ).replace("effect: read", "effect: write"));
    world.keyed("test.go", "0123456789abcdef0123").await.expect("sent");
    world.keyed("test.go", "0123456789abcdef").await.expect("sent");
    let bodies: Vec<String> = sink.requests().iter().map(Recorded::text).collect();
    assert_eq!(bodies, [r#"{"nonce":"1bd8fd47297046f9"}"#, r#"{"nonce":"0123456789abcdef"}"#]);
}

#[tokio::test]
async fn kinds_of_connection_sign_in_as_they_say() {
    let sink = Sink::always(Answer::json(200, "{}")).await;
    let world = connector(
        &sink,
        &format!(
            "headers: {{ X-Version: \"2026-11\" }}\nauth:\n  pair:\n    type: headers\n    headers: {{ X-App: \"{{{{ connection.app }}}}\", X-Token: \"Token {{{{ connection.token }}}}\" }}\n    fields: {{ app: string, token: {{ type: string, secret: true }} }}\n  key:\n    type: api_key\n    in: header\n    name: Authorization\n    value: \"Key {{{{ connection.key }}}}\"\n  oauth:\n    type: oauth2\n    authorization_url: https://example.com/authorize\n    token_url: https://example.com/token\n    scopes: [read]\n{}",
            reading("    request: { method: GET, path: / }\n")
        ),
    );
    for (kind, fields, expected) in [
        (
            "pair",
            r#"{"app": "app-1", "token": "tok-12345"}"#,
            [None, Some("app-1"), Some("Token tok-12345")],
        ),
        ("key", r#"{"key": "abcdef"}"#, [Some("Key abcdef"), None, None]),
        (
            "oauth",
            r#"{"client_id": "me", "access_token": "at-1234"}"#,
            [Some("Bearer at-1234"), None, None],
        ),
    ] {
        let connection = world.connect("test", kind, fields);
        world.run("test.go", Value::Null, Some(&connection)).await.expect(kind);
        let request = sink.requests().pop().expect("one");
        let sent = ["authorization", "x-app", "x-token"].map(|name| request.header(name));
        assert_eq!(sent, expected, "{kind}");
        assert_eq!(request.header("x-version"), Some("2026-11"));
    }
    let connection = world.connect("test", "oauth", r#"{"client_id": "me"}"#);
    let failure = world.run("test.go", Value::Null, Some(&connection)).await.expect_err("no token");
    assert_eq!(failure.code.text, "E-CONN-011");
}

#[tokio::test]
async fn errors_and_rate_limits_are_told_apart_as_the_manifest_says() {
    let reset = (NOW + 40).to_string();
    let sink = Sink::start(move |request| match request.path.as_str() {
        "/v1/limit" => Answer::json(403, "{}")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", &reset),
        "/v1/forbidden" => Answer::json(403, r#"{"message": "not yours"}"#)
            .header("x-ratelimit-remaining", "9")
            .header("x-ratelimit-reset", &reset),
        "/v1/gone" => Answer::json(410, r#"{"id": 7}"#),
        "/v1/html" => Answer::text(200, "<html>"),
        _ => Answer::json(200, r#"{"status": "locked", "wait": 3}"#),
    })
    .await;
    let world = connector(
        &sink,
        &format!(
            "rate_limit: {{ status: [403], header: x-ratelimit-reset, remaining: x-ratelimit-remaining, form: epoch }}\nerrors:\n  - {{ status: [404, 410], kind: not_found, message: \"{{{{ response.body.id }}}} is gone\" }}\n  - {{ when: \"{{{{ response.body.status == 'locked' }}}}\", kind: refused, message: Locked, retryable: true }}\n{}",
            reading(
                "    params: { path: string }\n    request: { method: GET, url: \"{{ params.path }}\" }\n    response: { as: json }\n"
            )
        ),
    );
    let mut lines = Vec::new();
    for path in ["/limit", "/forbidden", "/gone", "/locked", "/html"] {
        let input = Value::object([("path", Value::from(path))]);
        let failure = world.run("test.go", input, None).await.expect_err(path);
        let (code, again) = (failure.code, failure.retryable);
        let wait = failure.retry_after.map_or(0, |wait| wait.as_secs());
        lines.push(format!("{path} {code} again={again} wait={wait} {}", failure.message));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn expressions_are_checked_when_the_manifest_is_read() {
    let bad = |rest: &str| {
        let manifest = format!(
            "connector: test\ntitle: T\ndescription: T\nbase_url: https://example.com\nauth: {{ k: {{ type: bearer }} }}\n{}",
            reading(rest)
        );
        let problems = codex32_connectors::Connectors::load([("test.yaml", manifest.as_str())]);
        let problems = problems.expect_err(rest).into_iter();
        problems.map(|p| format!("{} {}", p.place.path, p.message)).collect::<Vec<_>>().join("\n")
    };
    let found = [
        bad("    request: { method: GET, path: \"/{{ params.id }}\" }\n"),
        bad("    request: { method: GET, path: /, query: { a: [\"{{ 1 + }}\"] } }\n"),
        bad("    request: { method: GET, path: /, json: { a: \"{{ connection.key }}\" } }\n"),
        bad("    request: { method: GET, path: /, json: { a: \"{{ response.body }}\" } }\n"),
        bad(
            "    request: { method: GET, path: / }\n    response: { output: \"{{ response.data }}\" }\n",
        ),
        bad("    request: { method: GET, path: / }\n    response: { ok: \"response.status\" }\n"),
        bad(
            "    request: { method: GET, path: / }\n    errors: [{ kind: auth }, { status: 700, kind: auth }]\n",
        ),
        bad("    request: { method: GET, path: / }\n    response: { output: \"{{ steps.a }}\" }\n"),
        bad(
            "    request: { method: GET, path: / }\n    paging: { items: \"{{ response.body }}\", page: 1, link: next }\n",
        ),
    ];
    insta::assert_snapshot!(found.join("\n\n"));
}
