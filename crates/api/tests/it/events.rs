//! Dead letters and replays over HTTP, and the list of servers.

use serde_json::{Value, json};

use crate::server::{Answer, Server};

const LISTENER: &str = "bot: cashier
inputs: { amount: number }
triggers: { paid: { event: invoice.paid } }
steps: [ { return: '{{ inputs.amount }}' } ]";

async fn until(server: &Server, path: &str, good: impl Fn(&Value) -> bool) -> Value {
    loop {
        let body = server.get(path).await.body;
        if good(&body) {
            return body;
        }
        tokio::task::yield_now().await;
    }
}

async fn emit(server: &Server, data: Value) -> Answer {
    server.post("/events", json!({ "name": "invoice.paid", "data": data, "key": "k" })).await
}

#[tokio::test]
async fn a_dead_letter_is_read_replayed_and_discarded() {
    let server = Server::start().await;
    server.deploy(LISTENER).await;
    let emitted = emit(&server, json!({ "amount": "many" })).await.body;
    emit(&server, json!({ "amount": "few" })).await;
    let letters = until(&server, "/dead-letters", |body| body["items"][1].is_object()).await;
    let letter = &letters["items"][1];
    assert_eq!((&letter["bot"], &letter["code"]), (&json!("cashier"), &json!("E-RUN-005")));
    assert_eq!(letter["event"]["id"], emitted["id"]);
    assert_eq!(letter["event"]["data"], json!({ "amount": "many" }));
    let id = letter["id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/dead-letters/{id}")).await.body, *letter);
    let event = server.get(&format!("/events/{}", emitted["id"].as_str().unwrap())).await;
    assert_eq!(event.body, letter["event"]);
    assert_eq!(server.get("/dead-letters?name=other").await.body["items"], json!([]));
    server.get("/dead-letters?bot=nobody").await.is_problem(404, "E-API-404");

    let replay = format!("/dead-letters/{id}/replay");
    server.post(&replay, json!({})).await.is_problem(400, "E-RUN-005");
    server.deploy(&LISTENER.replace("amount: number", "amount: any")).await;
    let replayed = server.post(&replay, json!({})).await;
    assert_eq!((replayed.status.as_u16(), &replayed.body["outcome"]), (200, &json!("started")));
    let run = format!("/runs/{}?wait=20", replayed.body["run"].as_str().unwrap());
    assert_eq!(server.get(&run).await.body["output"], "many");
    server.post(&replay, json!({})).await.is_problem(404, "E-API-404");

    let other = letters["items"][0]["id"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/dead-letters/{other}")).await.status, 204);
    server.delete(&format!("/dead-letters/{other}")).await.is_problem(404, "E-API-404");
    let none = server.post("/dead-letters/discard", json!({ "bot": "cashier" })).await;
    assert_eq!(none.body, json!({ "discarded": 0 }));
}

#[tokio::test]
async fn a_replay_shows_how_far_it_is() {
    let server = Server::start().await;
    for amount in 1..=3 {
        emit(&server, json!({ "amount": amount })).await;
    }
    server.deploy(LISTENER).await;
    let ask = json!({ "what": "events", "name": "invoice.paid", "since": "2020-01-01T00:00:00Z" });
    server.post("/replays", ask.clone()).await.is_problem(422, "E-RUN-027");
    let with = |more: Value| {
        let mut ask = ask.clone();
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask
    };
    let backwards = with(json!({ "until": "2019-01-01T00:00:00Z" }));
    server.post("/replays", backwards).await.is_problem(400, "E-API-400");
    server.post("/replays", with(json!({ "sinse": 1 }))).await.is_problem(400, "E-API-400");
    let other = with(json!({ "name": "other", "again": true }));
    server.post("/replays", other).await.is_problem(409, "E-RUN-025");

    // The dispatcher may have come to none, some or all of them when the bot was deployed.
    let replay = loop {
        let begun = server.post("/replays", with(json!({ "bot": "cashier", "again": true }))).await;
        assert_eq!(begun.status, 202, "{begun:?}");
        if begun.body["total"] == 3 {
            break begun.body;
        }
    };
    let path = format!("/replays/{}", replay["id"].as_str().unwrap());
    let done = until(&server, &path, |body| body["state"] == "done").await;
    assert_eq!(
        (&done["seen"], &done["started"], &done["failed"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert_eq!((&done["bot"], &done["note"]), (&json!("cashier"), &Value::Null));
    assert_eq!(server.get("/replays?limit=1").await.body["items"][0], done);
    // One that has ended stays as it is.
    let cancelled = server.post(&format!("{path}/cancel"), json!({})).await;
    assert_eq!((cancelled.status.as_u16(), &cancelled.body), (200, &done));
}

#[tokio::test]
async fn servers_are_listed_with_their_leases() {
    let server = Server::start().await;
    let nodes = server.get("/nodes").await.body;
    let node = &nodes["items"][0];
    assert_eq!(
        (&node["this"], &node["leads"], &node["lease"]),
        (&json!(true), &json!(true), &json!("good"))
    );
    assert_eq!(node["roles"], json!(["api", "worker", "scheduler"]));
    assert!(node["silent_seconds"].as_u64() <= nodes["lease_seconds"].as_u64(), "{nodes}");
}
