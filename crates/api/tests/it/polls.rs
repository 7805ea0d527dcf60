//! App triggers over the API: what they show, and how they fare without a good connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_connectors::Connectors;
use codex32_testkit::sink::{Answer, Sink};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server::Server;

const MANIFEST: &str = r#"
connector: board
title: Board
description: Cards.
auth:
  token: { type: bearer, fields: { token: { type: string, secret: true }, site: { type: string, format: url } } }
base_url: "{{ connection.site }}"
actions: {}
triggers:
  new_card:
    title: A card is added
    description: Somebody adds a card.
    params: { list: string }
    event: { type: object, properties: { name: string } }
    poll:
      request: { method: GET, path: "/lists/{{ params.list }}" }
      items: "{{ response.body }}"
      id: "{{ item.id }}"
    example: { name: Milk }
"#;

const BOT: &str = r#"
bot: sorter
inputs: { name: string }
triggers: { card: { app: board.new_card, connection: board, with: { list: todo } } }
steps: [ { return: "{{ inputs.name }}" } ]
"#;

const SECRET: &str = "right-c6b1f2";

impl Server {
    /// Waits until the bot's trigger is as wanted.
    async fn trigger(&self, good: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1_000 {
            let trigger = self.get("/bots/sorter").await.body["triggers"][0].clone();
            if good(&trigger) {
                return trigger;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never came to be: {:?}", self.get("/bots/sorter").await.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_without_a_good_connection_says_so_and_goes_on_when_it_is_mended() {
    let cards: Arc<Mutex<Vec<Value>>> = Arc::default();
    let listed = Arc::clone(&cards);
    let board = Sink::start(move |request| {
        if request.header("authorization") != Some(&format!("Bearer {SECRET}")) {
            return Answer::json(401, r#"{"error": "who are you?"}"#);
        }
        Answer::json(200, Value::from(listed.lock().unwrap().clone()).to_string())
    })
    .await;
    let connectors = Connectors::load([("board.yaml", MANIFEST)]).unwrap();
    let server = Server::connected(Arc::new(connectors)).await;

    // Deployed before there is a connection.
    let deployed = server.deploy(BOT).await;
    let trigger = &deployed["triggers"][0];
    assert_eq!((&trigger["kind"], &trigger["every"]), (&json!("app"), &json!("5m")));
    assert_eq!(trigger["app"], "board.new_card");
    let told = server.trigger(|trigger| trigger["last_error"].is_object()).await;
    assert_eq!(told["last_error"]["code"], "E-CONN-010", "{told}");
    assert_eq!(told["last_error"]["failures"], 1);

    // With one that the other side refuses.
    let site = board.url("");
    let new = json!({ "name": "board", "connector": "board", "auth": "token",
        "fields": { "token": "wrong-9d1e", "site": site } });
    assert_eq!(server.post("/connections", new).await.status, StatusCode::CREATED);
    let told = server.trigger(|trigger| trigger["last_error"]["failures"] == 2).await;
    assert_eq!(told["last_error"]["code"], "E-CONN-012");
    assert!(!told.to_string().contains("wrong-9d1e"));
    assert!(told["last_looked_at"].is_string() && told["next"].is_string());

    // Mended: it looks at once, and the first look starts nothing.
    cards.lock().unwrap().push(json!({ "id": "a", "name": "Milk" }));
    let changed = server.put("/connections/board", json!({ "fields": { "token": SECRET } })).await;
    assert_eq!(changed.status, StatusCode::OK);
    server.trigger(|trigger| trigger.get("last_error").is_none()).await;
    cards.lock().unwrap().insert(0, json!({ "id": "b", "name": "Bread" }));
    let looked = server.post("/bots/sorter/triggers/card/look", json!({})).await;
    assert_eq!(looked.status, StatusCode::ACCEPTED);
    let runs = loop {
        let runs = server.get("/runs?bot=sorter").await.body["items"].clone();
        if runs[0]["state"] == "succeeded" {
            break runs;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(runs.as_array().unwrap().len(), 1);
    assert_eq!((&runs[0]["trigger"], &runs[0]["version"]), (&json!("card"), &json!(1)));
    let run = server.get(&format!("/runs/{}", runs[0]["id"].as_str().unwrap())).await.body;
    assert_eq!(run["output"], "Bread");
    assert!(!run.to_string().contains(SECRET));

    // The list of bots shows the same.
    let list = server.get("/bots").await.body;
    assert_eq!(list["items"][0]["triggers"][0]["app"], "board.new_card");

    // Nothing else can be made to look.
    server.post("/bots/sorter/triggers/other/look", json!({})).await.is_problem(409, "E-RUN-023");
    server.post("/bots/nobody/triggers/card/look", json!({})).await.is_problem(404, "E-RUN-010");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_at_is_not_deployed() {
    let server = Server::start().await;
    for (trigger, code) in [
        ("app: github.issue_opend, connection: github, with: { repository: a/b }", "E-BOT-065"),
        ("app: github.issue_opened, connection: github", "E-BOT-039"),
        ("app: rss.new_item, with: { url: 'https://example.com/' }, poll: 1s", "E-BOT-064"),
        ("app: rss.new_item, connection: feed, with: { url: 'https://example.com/' }", "E-BOT-041"),
    ] {
        let text = format!("bot: a\ntriggers:\n  t: {{ {trigger} }}\nsteps: [ {{ set: 1 }} ]");
        let answer = server.post("/bots", json!({ "definition": text })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{trigger} {answer:?}");
        assert!(answer.body.to_string().contains(code), "{trigger} {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_begins_with_the_example_of_the_app() {
    let server = Server::start().await;
    let bot = "bot: a\ninputs: { title: string }\ntriggers:\n  t: { app: rss.new_item, with: { url: 'https://example.com/' } }\nsteps: [ { return: \"{{ event.type + ' ' + inputs.title + ' ' + event.data.link }}\" } ]";
    let tried = server.post("/tries", json!({ "definition": bot })).await.body;
    let output = tried["output"].as_str().unwrap();
    assert!(output.starts_with("rss.new_item What we learned"), "{tried}");
    let event = json!({ "data": { "title": "Mine" } });
    let body = json!({ "definition": bot, "trigger": "t", "event": event });
    let tried = server.post("/tries", body).await.body;
    let output = tried["output"].as_str().unwrap();
    assert!(output.starts_with("rss.new_item Mine https://"), "{tried}");
}
