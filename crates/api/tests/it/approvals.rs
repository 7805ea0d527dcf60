//! Approvals over the API: list, show, decide, delegate.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

const PAY: &str = "\
bot: pay
inputs: { sum: integer }
steps:
  - id: ok
    approve: 'Pay {{ inputs.sum }}?'
    to: [boss@example.com]
    form: { reason: string, share: { type: number, default: 1 } }
    expires: 2d
  - return: '{{ steps.ok }}'
";

/// Starts the bot; the approval that it asks for.
async fn asked(server: &Server, sum: i64) -> Value {
    let started = server.post("/bots/pay/runs", json!({ "input": { "sum": sum } })).await;
    let run = started.body["id"].as_str().unwrap().to_owned();
    for _ in 0..1_000 {
        let found = server.get(&format!("/approvals?run={run}")).await.body;
        if let Some(approval) = found["items"].get(0) {
            return approval.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the run never asked");
}

#[tokio::test]
async fn an_approval_is_listed_shown_and_decided_once() {
    let server = Server::start().await;
    server.deploy(PAY).await;
    let approval = asked(&server, 5).await;
    let id = approval["id"].as_str().unwrap();
    assert_eq!((&approval["question"], &approval["state"]), (&json!("Pay 5?"), &json!("open")));
    assert_eq!((&approval["silence"], &approval["said"]), (&json!("reject"), &Value::Null));
    assert_eq!(approval["form"]["properties"]["reason"]["type"], "string");
    assert_eq!(server.get("/approvals?state=open").await.body["items"][0]["id"], id);
    server.get("/approvals?state=maybe").await.is_problem(400, "E-API-400");

    let decide = format!("/approvals/{id}/decide");
    let refused = server.post(&decide, json!({ "decision": "approve" })).await;
    refused.is_problem(400, "E-RUN-053");
    assert_eq!(refused.body["errors"][0]["path"], "form.reason");
    server.post(&decide, json!({ "decision": "perhaps" })).await.is_problem(400, "E-API-400");

    // The same request twice is carried out once.
    let body = json!({ "decision": "approve", "comment": "go", "form": { "reason": "new" } });
    let once = || async {
        let request = server.request(Method::POST, &decide).header("idempotency-key", "k1");
        Answer::of(request.json(&body)).await
    };
    let (first, again) = (once().await, once().await);
    assert!(first.status == 200 && again.status == 200, "{first:?} {again:?}");
    assert_eq!(first.body, again.body);
    assert_eq!(first.body["state"], "approved");
    assert_eq!(first.body["said"]["by"], "owner");
    assert_eq!(first.body["said"]["form"], json!({ "reason": "new", "share": 1 }));
    let log = first.body["log"].as_array().unwrap();
    assert_eq!(log.first().unwrap()["what"], "asked");
    let last = log.last().unwrap();
    assert_eq!(
        (&last["what"], &last["who"], &last["note"]),
        (&json!("approved"), &json!("owner"), &json!("go"))
    );

    let late = server.post(&decide, json!({ "decision": "reject" })).await;
    late.is_problem(409, "E-RUN-052");
    assert!(late.body["detail"].as_str().unwrap().starts_with("approved by owner at "), "{late:?}");
    let run = approval["run"].as_str().unwrap();
    let ended = server.get(&format!("/runs/{run}?wait=20")).await.body;
    assert_eq!(ended["output"]["approved"], true);
    assert_eq!(ended["output"]["form"], json!({ "reason": "new", "share": 1 }));
    let step = &ended["steps"][0];
    assert_eq!(step["input"], json!({ "question": "Pay 5?", "to": ["boss@example.com"] }));
}

#[tokio::test]
async fn a_no_ends_the_run_and_whoever_is_named_is_told() {
    let server = Server::start().await;
    server.deploy(PAY).await;
    let approval = asked(&server, 6).await;
    let id = approval["id"].as_str().unwrap();
    let place = format!("/approvals/{id}/delegate");
    let delegate = |to: &str| server.post(&place, json!({ "to": to }));
    let named = delegate("deputy@example.com").await;
    assert_eq!(named.status, 202);
    let people = named.body["people"].as_array().unwrap();
    assert_eq!(people[1]["recipient"], "deputy@example.com");
    assert_eq!(people[1]["named_by"], "owner");
    delegate("boss@example.com").await.is_problem(400, "E-RUN-054");

    let body = json!({ "decision": "reject", "comment": "too dear" });
    let decided = server.post(&format!("/approvals/{id}/decide"), body).await;
    assert_eq!(decided.body["state"], "rejected", "{decided:?}");
    let run = approval["run"].as_str().unwrap();
    let ended = server.get(&format!("/runs/{run}?wait=20")).await.body;
    assert_eq!(
        (&ended["state"], &ended["error"]["code"], &ended["error"]["message"]),
        (&json!("cancelled"), &json!("E-RUN-013"), &json!("rejected by owner: too dear"))
    );
    delegate("other@example.com").await.is_problem(409, "E-RUN-052");
    let none = "apr_0198f6a5c3e77a2b9d41f0c85e6b7a90";
    server.get(&format!("/approvals/{none}")).await.is_problem(404, "E-RUN-051");
    let pages = server.get("/approvals?bot=pay&limit=1").await.body;
    assert_eq!((pages["items"].as_array().unwrap().len(), &pages["next"]), (1, &Value::Null));
}
