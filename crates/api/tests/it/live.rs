//! Live events of a run.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// Events of a finished stream: (id, name, data).
fn events(text: &str) -> Vec<(String, String, Value)> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default().to_owned()
    };
    text.split("\n\n")
        .filter(|block| block.contains("data: "))
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data")).unwrap();
            (field(block, "id"), field(block, "event"), data)
        })
        .collect()
}

async fn follow(server: &Server, id: &str, after: Option<&str>) -> Vec<(String, String, Value)> {
    let mut request = server.request(Method::GET, &format!("/runs/{id}/events"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let answer = Answer::of(request).await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    events(answer.body.as_str().unwrap())
}

#[tokio::test]
async fn a_finished_run_is_told_from_its_journal_and_goes_on_where_it_broke_off() {
    let server = Server::start().await;
    server.deploy("bot: two\nsteps: [ { id: a, set: 1 }, { id: b, set: 2 }, { return: 3 } ]").await;
    let run = server.run("two", json!({})).await;
    let id = run["id"].as_str().unwrap();
    let all = follow(&server, id, None).await;
    let names: Vec<_> = all.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"started"));
    assert_eq!(names.last(), Some(&"ended"));
    let done: Vec<_> = all
        .iter()
        .filter(|(_, name, _)| name == "done")
        .map(|(.., data)| &data["address"])
        .collect();
    assert!(done.contains(&&json!("a")) && done.contains(&&json!("b")), "{all:?}");
    let (_, _, end) = all.last().unwrap();
    assert_eq!((&end["state"], &end["output"]), (&json!("succeeded"), &json!(3)));
    for cut in 0..all.len() {
        assert_eq!(follow(&server, id, Some(&all[cut].0)).await, all[cut + 1..], "after {cut}");
    }
}

#[tokio::test]
async fn a_live_run_is_told_as_it_goes_and_the_stream_ends_with_it() {
    let server = Server::start().await;
    server.deploy("bot: nap\nsteps: [ { id: rest, wait: 2d }, { return: 1 } ]").await;
    let started = server.post("/bots/nap/runs", json!({})).await;
    let id = started.body["id"].as_str().unwrap().to_owned();
    let request = server.request(Method::GET, &format!("/runs/{id}/events"));
    let mut stream = request.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("event: wait") {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    server.post(&format!("/runs/{id}/cancel"), json!({ "reason": "enough" })).await;
    while let Some(chunk) = stream.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let all = events(&text);
    let (_, name, end) = all.last().unwrap();
    assert_eq!((name.as_str(), &end["state"]), ("ended", &json!("cancelled")));
    let mut ids: Vec<_> = all.iter().map(|(id, ..)| id).collect();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "each fact once");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = Server::start().await;
    server.deploy("bot: nap\nsteps: [ { id: rest, wait: 2d } ]").await;
    let started = server.post("/bots/nap/runs", json!({})).await;
    let id = started.body["id"].as_str().unwrap();
    let request = server.request(Method::GET, &format!("/runs/{id}/events"));
    let mut stream = request.send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    server.close();
    while stream.chunk().await.unwrap().is_some() {}
}

#[tokio::test]
async fn nobody_else_may_follow() {
    let server = Server::start().await;
    let none = "/runs/run_0198f6a5c3e77a2b9d41f0c85e6b7a90/events";
    server.get(none).await.is_problem(404, "E-API-404");
    let bare = server.bare(Method::GET, &format!("/api/v1{none}"));
    Answer::of(bare).await.is_problem(401, "E-API-401");
}
