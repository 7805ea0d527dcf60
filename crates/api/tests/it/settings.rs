//! Variables, paging, the outbox, events and the server's own facts.

use codex32_model::ids::MailId;
use codex32_model::{Timestamp, Value as Data};
use codex32_store::outbox::Mail;
use serde_json::{Value, json};

use crate::server::Server;

#[tokio::test]
async fn variables_are_set_read_listed_and_removed() {
    let server = Server::start().await;
    let new = server.put("/env/SHOP", json!({ "value": "a" })).await;
    assert_eq!((new.status.as_u16(), &new.body), (201, &json!({ "name": "SHOP", "value": "a" })));
    assert_eq!(server.put("/env/SHOP", json!({ "value": "b" })).await.status, 200);
    assert_eq!(server.get("/env/SHOP").await.body["value"], "b");
    server.put("/env/9lives", json!({ "value": "x" })).await.is_problem(422, "E-API-450");
    let long = "x".repeat((64 << 10) + 1);
    server.put("/env/LONG", json!({ "value": long })).await.is_problem(422, "E-API-450");
    assert_eq!(server.delete("/env/SHOP").await.status, 204);
    server.delete("/env/SHOP").await.is_problem(404, "E-API-404");
    server.get("/env/SHOP").await.is_problem(404, "E-API-404");
}

#[tokio::test]
async fn lists_are_paged_by_cursor() {
    let server = Server::start().await;
    for name in ["A", "B", "C", "D", "E"] {
        server.put(&format!("/env/{name}"), json!({ "value": name })).await;
    }
    let mut names = Vec::new();
    let mut sizes = Vec::new();
    let mut path = "/env?limit=2".to_owned();
    loop {
        let page = server.get(&path).await.body;
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/env?limit=2&cursor={next}");
    }
    assert_eq!((names.join(""), sizes), ("ABCDE".to_owned(), vec![2, 2, 1]));
    let whole = server.get("/env?limit=5").await.body;
    assert_eq!(whole["next"], Value::Null, "a full last page has no next");
    let other = server.get("/runs?cursor=Zm9v").await;
    other.is_problem(400, "E-API-400");
}

#[tokio::test]
async fn kept_mail_can_be_read() {
    let server = Server::start().await;
    let id = MailId::from_bytes([5; 16]);
    let mail = Data::object([("subject", Data::from("Hello"))]);
    let row = Mail { id, key: "k".into(), mail, at: Timestamp::EPOCH };
    server.store.keep_mail(server.workspace, row).await.unwrap();
    let page = server.get("/outbox").await.body;
    assert_eq!(page["items"][0]["mail"]["subject"], "Hello");
    let one = server.get(&format!("/outbox/{id}")).await.body;
    assert_eq!(one, page["items"][0]);
    let none = MailId::from_bytes([6; 16]);
    server.get(&format!("/outbox/{none}")).await.is_problem(404, "E-API-404");
}

#[tokio::test]
async fn an_event_is_kept_and_starts_who_listens() {
    let server = Server::start().await;
    server
        .deploy("bot: cashier\ntriggers: { paid: { event: invoice.paid } }\nsteps: [ { return: done } ]")
        .await;
    let body = json!({ "name": "invoice.paid", "data": { "amount": 3 }, "key": "k" });
    let emitted = server.post("/events", body).await;
    assert_eq!(emitted.status, 202);
    let kept = server.get("/events?name=invoice.paid").await.body;
    assert_eq!(kept["items"][0]["id"], emitted.body["id"]);
    assert_eq!(kept["items"][0]["data"]["amount"], 3);
    assert_eq!(server.get("/events?name=other").await.body["items"], json!([]));
    let run = loop {
        let runs = server.get("/runs?bot=cashier&state=succeeded").await.body;
        if let Some(run) = runs["items"].get(0) {
            break run.clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(run["trigger"], "paid");
    assert_eq!(server.get("/dead-letters").await.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn the_server_tells_what_it_is() {
    let server = Server::start().await;
    let facts = server.get("/server").await.body;
    assert_eq!(facts["workspace"]["timezone"], "UTC");
    assert_eq!(facts["database"]["kind"], "sqlite");
    assert!(facts["database"]["bytes"].as_u64().unwrap() > 0);
}
