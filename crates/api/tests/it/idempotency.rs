//! `Idempotency-Key`: a write happens once, whatever the caller's network does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

async fn start(server: &Server, key: &str, input: Value) -> Answer {
    let body = json!({ "input": input });
    let request = server.request(Method::POST, "/bots/echo/runs").json(&body);
    Answer::of(request.header("idempotency-key", key)).await
}

async fn with_bot() -> Server {
    let server = Server::start().await;
    let echo = "bot: echo\ninputs: { text: string }\nsteps: [ { return: \"{{ inputs.text }}\" } ]";
    server.deploy(echo).await;
    server
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_not_done_again() {
    let server = with_bot().await;
    let first = start(&server, "a", json!({ "text": "x" })).await;
    let again = start(&server, "a", json!({ "text": "x" })).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(first.header("idempotency-replayed"), None);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("content-type"), Some("application/json"));
    let other = start(&server, "b", json!({ "text": "x" })).await;
    assert_ne!(first.body["id"], other.body["id"]);
    start(&server, "a", json!({ "text": "y" })).await.is_problem(422, "E-API-422");
    assert_eq!(server.get("/runs").await.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_refused_may_be_corrected_under_the_same_key() {
    let server = with_bot().await;
    start(&server, "a", json!({ "text": 7 })).await.is_problem(400, "E-RUN-005");
    assert_eq!(start(&server, "a", json!({ "text": "7" })).await.status, 202);
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let server = with_bot().await;
    let all = (0..8).map(|_| start(&server, "a", json!({ "text": "x" })));
    let answers = futures::future::join_all(all).await;
    let ids: std::collections::HashSet<_> = answers
        .iter()
        .filter(|answer| answer.status == 202)
        .map(|answer| answer.body["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        answer.is_problem(409, "E-API-409");
    }
    assert_eq!(server.get("/runs").await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_without_a_token_reserves_nothing() {
    let server = with_bot().await;
    let body = json!({ "input": { "text": "x" } });
    let stranger = server.bare(Method::POST, "/api/v1/bots/echo/runs").json(&body);
    Answer::of(stranger.header("idempotency-key", "a")).await.is_problem(401, "E-API-401");
    assert_eq!(start(&server, "a", json!({ "text": "other" })).await.status, 202);
    let long = "k".repeat(256);
    start(&server, &long, json!({ "text": "x" })).await.is_problem(400, "E-API-400");
}
