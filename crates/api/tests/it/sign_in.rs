//! Signing in with a browser.

use reqwest::Method;
use serde_json::json;

use crate::server::{Answer, Server};

/// The session cookie that a new link sets.
async fn signed_in(server: &Server) -> String {
    let link = server.post("/sign-in-links", json!({})).await;
    assert_eq!(link.status, 201);
    let url = link.body["url"].as_str().unwrap();
    let path = url.strip_prefix(&server.url).unwrap();
    let answer = Answer::of(server.bare(Method::GET, path)).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    Answer::of(server.bare(Method::GET, path)).await.is_problem(410, "E-API-410");
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let server = Server::start().await;
    let cookie = signed_in(&server).await;
    let get = server.bare(Method::GET, "/api/v1/bots").header("cookie", &cookie);
    assert_eq!(Answer::of(get).await.status, 200);
    let forged = format!("{}x", cookie);
    let get = server.bare(Method::GET, "/api/v1/bots").header("cookie", forged);
    Answer::of(get).await.is_problem(401, "E-API-401");
    let (name, value) = cookie.split_once('=').unwrap();
    let (_, mac) = value.split_once('.').unwrap();
    let later = format!("{name}=9999999999999999.{mac}");
    let get = server.bare(Method::GET, "/api/v1/bots").header("cookie", later);
    Answer::of(get).await.is_problem(401, "E-API-401");
}

#[tokio::test]
async fn who_signs_out_has_no_session_any_more() {
    let server = Server::start().await;
    let cookie = signed_in(&server).await;
    let delete = server.bare(Method::DELETE, "/api/v1/session").header("cookie", &cookie);
    let out = Answer::of(delete.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(out.status, 204);
    let cleared = out.header("set-cookie").unwrap();
    assert!(cleared.starts_with("codex32_session=; Path=/; Max-Age=0;"), "{cleared}");
    let empty = cleared.split(';').next().unwrap();
    let probe = server.bare(Method::GET, "/api/v1/server").header("cookie", empty);
    Answer::of(probe).await.is_problem(401, "E-API-401");
}

#[tokio::test]
async fn another_site_cannot_use_the_session() {
    let server = Server::start().await;
    let cookie = signed_in(&server).await;
    let put = |name: &'static str, value: String| {
        let request = server.bare(Method::PUT, "/api/v1/env/A").json(&json!({ "value": "x" }));
        Answer::of(request.header("cookie", &cookie).header(name, value))
    };
    put("origin", "http://evil.example".into()).await.is_problem(403, "E-API-403");
    put("sec-fetch-site", "cross-site".into()).await.is_problem(403, "E-API-403");
    put("sec-fetch-site", "same-site".into()).await.is_problem(403, "E-API-403");
    put("x-nothing", "x".into()).await.is_problem(403, "E-API-403");
    assert_eq!(put("origin", server.url.clone()).await.status, 201);
    assert_eq!(put("sec-fetch-site", "same-origin".into()).await.status, 200);
}
