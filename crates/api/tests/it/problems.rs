//! Bad requests: each gets one clear problem.

use reqwest::Method;
use serde_json::json;

use crate::server::{Answer, Server};

#[tokio::test]
async fn an_unknown_address_and_a_wrong_method() {
    let server = Server::start().await;
    Answer::of(server.bare(Method::GET, "/nowhere")).await.is_problem(404, "E-API-404");
    server.get("/nowhere").await.is_problem(404, "E-API-404");
    let wrong = server.put("/bots", json!({})).await;
    wrong.is_problem(405, "E-API-405");
    let allowed = wrong.header("allow").unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn a_body_that_is_not_what_is_taken() {
    let server = Server::start().await;
    let post = |kind: &str, body: Vec<u8>| {
        server.request(Method::POST, "/events").header("content-type", kind).body(body)
    };
    let broken = Answer::of(post("application/json", b"{\n  \"name\": oops}".to_vec())).await;
    broken.is_problem(400, "E-API-400");
    assert_eq!(broken.body["errors"][0]["line"], 2);
    assert!(broken.body["errors"][0]["column"].is_u64());
    let invalid = Answer::of(post("application/json", b"{\"name\": \"\xff\xfe\"}".to_vec())).await;
    invalid.is_problem(400, "E-API-400");
    let unknown = server.post("/events", json!({ "name": "a.b", "dta": 1 })).await;
    unknown.is_problem(400, "E-API-400");
    assert!(unknown.body["errors"][0]["detail"].as_str().unwrap().contains("dta"), "{unknown:?}");
    Answer::of(post("text/plain", b"{}".to_vec())).await.is_problem(415, "E-API-415");
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(1 << 20));
    Answer::of(post("application/json", large.into_bytes())).await.is_problem(413, "E-API-413");
    let deep = format!("{{\"name\": \"x\", \"data\": {}}}", "[".repeat(100_000));
    Answer::of(post("application/json", deep.into_bytes())).await.is_problem(400, "E-API-400");
}

#[tokio::test]
async fn names_and_parameters_that_do_not_fit() {
    let server = Server::start().await;
    server.get("/runs/nonsense").await.is_problem(404, "E-API-404");
    server.get("/runs/bot_0198f6a5c3e77a2b9d41f0c85e6b7a90").await.is_problem(404, "E-API-404");
    server.get("/runs?limit=0").await.is_problem(400, "E-API-400");
    server.get("/runs?limit=many").await.is_problem(400, "E-API-400");
    server.get("/runs?cursor=%00").await.is_problem(400, "E-API-400");
    server.get("/runs?state=happy").await.is_problem(400, "E-API-400");
    server.get("/runs?bot=none").await.is_problem(404, "E-API-404");
    server.get("/bots/none").await.is_problem(404, "E-API-404");
}

#[tokio::test]
async fn the_callers_request_id_is_kept_if_it_is_harmless() {
    let server = Server::start().await;
    let with =
        |id: &str| server.bare(Method::GET, "/nowhere").header("x-request-id", id.to_owned());
    assert_eq!(Answer::of(with("abc-1")).await.body["trace_id"], "abc-1");
    assert_ne!(Answer::of(with("a b")).await.body["trace_id"], "a b");
}

#[tokio::test]
async fn the_type_of_a_problem_is_a_page() {
    let server = Server::start().await;
    let problem = server.get("/bots/none").await;
    let page = server.bare(Method::GET, problem.body["type"].as_str().unwrap());
    let page = Answer::of(page).await;
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().unwrap().contains("E-API-404"));
    Answer::of(server.bare(Method::GET, "/docs/errors/E-NO-1")).await.is_problem(404, "E-API-404");
}
