//! Runs over the API: start, show, list, cancel, retry.

use codex32_engine::RunView;
use codex32_model::Scope;
use codex32_model::ids::ActorId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

const DOUBLE: &str = "\
bot: double
inputs: { n: integer }
steps:
  - { id: twice, set: '{{ inputs.n * 2 }}' }
  - return: '{{ steps.twice }}'
";

const SLEEPER: &str = "bot: sleeper\nsteps: [ { id: nap, wait: 2d }, { return: 1 } ]";

#[tokio::test]
async fn a_run_is_started_waited_for_and_shown() {
    let server = Server::start().await;
    server.deploy(DOUBLE).await;
    let run = server.run("double", json!({ "n": 21 })).await;
    assert_eq!((&run["state"], &run["output"]), (&json!("succeeded"), &json!(42)));
    assert_eq!(
        (&run["bot"], &run["version"], &run["input"]),
        (&json!("double"), &json!(1), &json!({ "n": 21 }))
    );
    assert_eq!(run["steps"][0]["address"], "twice");
    assert_eq!(run["steps"][0]["state"], "succeeded");
    let id = run["id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/runs/{id}")).await.body, run);
    assert_eq!(server.get(&format!("/runs/{id}?wait=5")).await.body, run);

    let started = server.post("/bots/double/runs", json!({ "input": { "n": 1 } })).await;
    assert_eq!(started.status, 202);
    let other = started.body["id"].as_str().unwrap();
    assert_eq!(started.header("location"), Some(format!("/api/v1/runs/{other}").as_str()));
    assert_eq!(server.get(&format!("/runs/{other}?wait=20")).await.body["output"], 2);
    let listed = server.get("/runs?bot=double&limit=1").await.body;
    assert_eq!(listed["items"][0]["id"], other);
    let cursor = listed["next"].as_str().unwrap();
    let rest = server.get(&format!("/runs?bot=double&limit=1&cursor={cursor}")).await.body;
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(id), &Value::Null));
}

#[tokio::test]
async fn input_that_does_not_fit_is_told_by_place() {
    let server = Server::start().await;
    server.deploy(DOUBLE).await;
    let refused = server.post("/bots/double/runs", json!({ "input": { "n": "x" } })).await;
    refused.is_problem(400, "E-RUN-005");
    assert_eq!(refused.body["errors"][0]["path"], "input.n", "{refused:?}");
    server.post("/bots/none/runs", json!({})).await.is_problem(404, "E-RUN-010");
    assert_eq!(server.get("/runs").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_run_is_cancelled_and_a_run_that_ended_is_not() {
    let server = Server::start().await;
    server.deploy(SLEEPER).await;
    let started = server.post("/bots/sleeper/runs", json!({ "wait": 1 })).await;
    assert_eq!(started.status, 202, "it waits for two days: {started:?}");
    let id = started.body["id"].as_str().unwrap();
    let cancelled = server.post(&format!("/runs/{id}/cancel"), json!({ "reason": "enough" })).await;
    assert_eq!(cancelled.status, 202);
    let run = server.get(&format!("/runs/{id}?wait=20")).await.body;
    assert_eq!(run["state"], "cancelled");
    let again = server.post(&format!("/runs/{id}/cancel"), json!({})).await;
    assert_eq!(again.status, 409, "{again:?}");
    let none = "/runs/run_0198f6a5c3e77a2b9d41f0c85e6b7a90";
    assert_eq!(server.post(&format!("{none}/cancel"), json!({})).await.status, 404);
    assert_eq!(server.get(none).await.status, 404);
}

#[tokio::test]
async fn a_retry_is_a_new_run() {
    let server = Server::start().await;
    server.deploy(DOUBLE).await;
    let first = server.run("double", json!({ "n": 4 })).await;
    let id = first["id"].as_str().unwrap();
    let retried = server.post(&format!("/runs/{id}/retry"), json!({})).await;
    assert_eq!((retried.status.as_u16(), &retried.body["again"]), (202, &json!([])), "{retried:?}");
    assert_eq!(retried.body["retry_of"], id);
    let new = retried.body["id"].as_str().unwrap();
    let run = server.get(&format!("/runs/{new}?wait=20")).await.body;
    assert_eq!((&run["output"], &run["retry_of"]), (&json!(8), &json!(id)));
    let nowhere = server.post(&format!("/runs/{id}/retry"), json!({ "from": "nowhere" })).await;
    assert_eq!(nowhere.status, 400, "{nowhere:?}");
}

/// The document describes runs by hand, so it could drift from what the engine sends.
#[tokio::test]
async fn runs_have_the_fields_that_the_document_describes() {
    let server = Server::start().await;
    server.deploy(DOUBLE).await;
    let run = server.run("double", json!({ "n": 1 })).await;
    let document: Value = serde_json::from_str(codex32_api::openapi_text()).unwrap();
    let described = |name: &str| keys(&document["components"]["schemas"][name]["properties"]);
    assert_eq!(keys(&run), described("Run"));
    assert_eq!(keys(&run["steps"][0]), described("Step"));
    let id = run["id"].as_str().unwrap().parse().unwrap();
    let scope = Scope::new(server.workspace, ActorId::from_bytes([0; 16]));
    let view: RunView = server.engine.view(scope, id).await.unwrap();
    assert_eq!(serde_json::to_value(view).unwrap(), run);
}

fn keys(object: &Value) -> Vec<String> {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn the_list_is_narrowed_by_trigger_and_time() {
    let server = Server::start().await;
    server
        .deploy("bot: two\ntriggers: { in: { webhook: { path: in, respond: run } } }\nsteps: [ { return: 1 } ]")
        .await;
    server.run("two", json!({})).await;
    let hook = server.bare(Method::POST, "/hooks/in").json(&json!({}));
    assert_eq!(Answer::of(hook).await.status, 200);
    server.run("two", json!({})).await;
    let all = server.get("/runs").await.body["items"].as_array().unwrap().clone();
    let ids = async |query: &str| {
        let body = server.get(&format!("/runs?{query}")).await.body;
        let items = body["items"].as_array().unwrap().clone();
        items.iter().map(|run| run["id"].clone()).collect::<Vec<_>>()
    };
    let [newest, hooked, oldest] = &all[..] else { panic!("{all:?}") };
    assert_eq!(ids("trigger=in").await, [hooked["id"].clone()]);
    assert_eq!(ids("trigger=").await, [newest["id"].clone(), oldest["id"].clone()]);
    let at = hooked["created_at"].as_str().unwrap();
    assert_eq!(ids(&format!("since={at}")).await, [newest["id"].clone(), hooked["id"].clone()]);
    assert_eq!(ids(&format!("until={at}")).await, [oldest["id"].clone()]);
    assert_eq!(
        ids(&format!("bot=two&state=succeeded&since={at}&limit=1")).await,
        [newest["id"].clone()]
    );
    server.get("/runs?since=yesterday").await.is_problem(400, "E-API-400");
}
