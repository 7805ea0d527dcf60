//! What a manifest asks before its request, and after it for each item; bytes that are sent.

use codex32_model::Value;
use codex32_testkit::sink::{Answer, Sink};

use crate::support::{World, json, with_manifest};

const MANIFEST: &str = r#"
connector: test
title: Test
description: For tests
base_url: BASE/v1
actions:
  add:
    title: Add
    description: Adds a card
    effect: write
    params: { board: string, text: string }
    idempotency: { header: Idempotency-Key }
    lookups:
      clean:
        value: "{{ params.board.trim() || null }}"
        missing: A board has a name.
      board:
        when: "{{ !lookup.clean.startsWith('id-') }}"
        request: { method: GET, url: "BASE/other/boards/{{ lookup.clean }}" }
        value: "{{ response.body.id }}"
        missing: "There is no board called {{ lookup.clean }}."
    request: { method: POST, path: "/boards/{{ lookup.board ?? lookup.clean }}/cards", json: { text: "{{ params.text }}", at: "{{ now }}" } }
    examples: [{ title: One }]
  all:
    title: All
    description: Lists cards
    effect: read
    request: { method: GET, path: /cards }
    each:
      items: "{{ response.body }}"
      request: { method: GET, path: "/cards/{{ item }}" }
      value: "{{ response.body.text }}"
    response: { output: { status: "{{ response.status }}", texts: "{{ response.items }}" } }
    examples: [{ title: One }]
  put:
    title: Put
    description: Stores a file
    effect: write
    params: { contents: string }
    request: { method: PUT, path: /file, bytes: "{{ params.contents }}" }
    response: { output: { is: "{{ response.encoding }}", body: "{{ response.body }}" } }
    examples: [{ title: One }]
"#;

async fn world() -> (Sink, World) {
    let sink = Sink::start(|request| match request.path.as_str() {
        "/other/boards/Road%20map" => Answer::json(200, r#"{"id": "id-7"}"#),
        "/other/boards/down" => Answer::status(503),
        "/v1/cards" => Answer::json(200, "[1, 2]"),
        "/v1/cards/2" => Answer::json(200, r#"{"text": "two"}"#),
        "/v1/file" => Answer::status(200).body(vec![0xff, 0xfe]),
        _ => Answer::json(200, r#"{"id": null, "text": "one"}"#),
    })
    .await;
    let world = with_manifest(&MANIFEST.replace("BASE", sink.url("").trim_end_matches('/')));
    (sink, world)
}

fn add(board: &str) -> Value {
    Value::object([("board", Value::from(board)), ("text", Value::from("hi"))])
}

#[tokio::test]
async fn a_name_becomes_an_id_before_the_request() {
    let (sink, world) = world().await;
    world.run("test.add", add(" Road map "), None).await.expect("added");
    let requests = sink.requests();
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/other/boards/Road%20map", "/v1/boards/id-7/cards"]);
    assert_eq!(requests[0].header("idempotency-key"), None);
    assert_eq!(requests[1].header("idempotency-key"), Some("key-0001"));
    assert_eq!(requests[1].text(), r#"{"text":"hi","at":"2026-11-22T10:00:00Z"}"#);

    world.run("test.add", add("id-9"), None).await.expect("added");
    let requests = sink.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2].path, "/v1/boards/id-9/cards");
}

#[tokio::test]
async fn what_is_not_found_stops_before_the_write() {
    let (sink, world) = world().await;
    let failure = world.run("test.add", add("Nowhere"), None).await.expect_err("no board");
    assert_eq!(failure.code.text, "E-CONN-013");
    assert_eq!(failure.message, "There is no board called Nowhere.");
    let failure = world.run("test.add", add("  "), None).await.expect_err("no name");
    assert_eq!(failure.code.text, "E-CONN-009");
    // Nothing was written, so nothing is unknown.
    let failure = world.run("test.add", add("down"), None).await.expect_err("down");
    assert_eq!((failure.code.text, failure.unknown), ("E-CONN-024", false));
    assert!(sink.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn each_item_is_asked_for() {
    let (_sink, world) = world().await;
    let done = world.run("test.all", Value::Null, None).await.expect("all");
    assert_eq!(done.output, json(r#"{"status": 200, "texts": ["one", "two"]}"#));
}

#[tokio::test]
async fn bytes_go_and_come_as_base64() {
    let (sink, world) = world().await;
    let input = |text: &str| Value::object([("contents", Value::from(text))]);
    let done = world.run("test.put", input("AP/+"), None).await.expect("stored");
    assert_eq!(sink.requests()[0].body, [0, 0xff, 0xfe]);
    assert_eq!(sink.requests()[0].header("content-type"), Some("application/octet-stream"));
    assert_eq!(done.output, json(r#"{"is": "base64", "body": "//4="}"#));
    let failure = world.run("test.put", input("?"), None).await.expect_err("not base64");
    assert_eq!(failure.code.text, "E-CONN-009");
}
