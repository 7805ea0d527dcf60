//! Which permission each route asks for, told by the routes themselves.

use reqwest::Method;
use serde_json::Value;

use crate::server::{Answer, Server};

/// Every operation of the OpenAPI document: method, path, the permission that it is described with.
pub fn operations() -> Vec<(Method, String, Option<String>)> {
    let document: Value = serde_json::from_str(codex32_api::openapi_text()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let scope = operation.pointer("/security/0/token/0").and_then(Value::as_str);
            all.push((method, path.clone(), scope.map(str::to_owned)));
        }
    }
    all
}

fn filled(path: &str) -> String {
    let id = "run_0198f6a5c3e77a2b9d41f0c85e6b7a90";
    let path = path.replace(
        "/evaluations/runs/{id}",
        "/evaluations/runs/eval_0198f6a5c3e77a2b9d41f0c85e6b7a90",
    );
    let path = if path.contains("/runs/{id}") { path.replace("{id}", id) } else { path };
    path.replace("/events/{id}", "/events/evt_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("/dead-letters/{id}", "/dead-letters/dead_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("/replays/{id}", "/replays/replay_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("/approvals/{id}", "/approvals/apr_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("/sessions/{id}", "/sessions/talk_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("{id}", "mail_0198f6a5c3e77a2b9d41f0c85e6b7a90")
        .replace("{bot}", "none")
        .replace("{name}", "none")
}

#[tokio::test]
async fn every_route_asks_for_its_permission() {
    let server = Server::start().await;
    let mut matrix = String::new();
    for (method, path, described) in operations() {
        let answer = Answer::of(server.bare(method.clone(), &filled(&path))).await;
        let asked = answer
            .header("www-authenticate")
            .and_then(|value| value.split_once("scope=\"")?.1.split_once('"'))
            .map(|(scope, _)| scope.to_owned());
        assert_eq!(asked, described, "{method} {path}");
        if asked.is_some() {
            answer.is_problem(401, "E-API-401");
        }
        let unknown = server.bare(method.clone(), &filled(&path)).bearer_auth("c32_wrong");
        let unknown = Answer::of(unknown).await;
        assert_eq!(unknown.status == 401, asked.is_some(), "{method} {path}: {unknown:?}");
        matrix.push_str(&format!("{method:6} {path} {}\n", asked.as_deref().unwrap_or("-")));
    }
    insta::assert_snapshot!(matrix);
}

#[tokio::test]
async fn what_is_open_without_a_token_is_listed_here() {
    let server = Server::start().await;
    for path in [
        "/",
        "/health/live",
        "/health/ready",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/docs/errors/E-API-404",
    ] {
        let answer = Answer::of(server.bare(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let open: Vec<_> = operations().into_iter().filter(|(.., scope)| scope.is_none()).collect();
    let open: Vec<_> = open.iter().map(|(_, path, _)| path.as_str()).collect();
    assert_eq!(open, ["/health/live", "/health/ready", "/oauth/callback", "/sign-in"]);
}

#[tokio::test]
async fn answers_carry_headers_that_protect() {
    let server = Server::start().await;
    for path in ["/", "/api/v1/docs", "/api/v1/bots", "/nowhere", "/hooks/none"] {
        let answer = Answer::of(server.bare(Method::GET, path)).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}
