//! Webhooks over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

async fn server(triggers: &str, steps: &str) -> Server {
    let server = Server::start().await;
    let inputs = "inputs: { n: { type: integer, required: false } }";
    server
        .deploy(&format!("bot: hooked\n{inputs}\ntriggers:\n  hook: {triggers}\nsteps: {steps}"))
        .await;
    server
}

async fn post(server: &Server, path: &str, body: &Value) -> Answer {
    Answer::of(server.bare(Method::POST, path).json(body)).await
}

#[tokio::test]
async fn a_call_is_accepted_and_answered() {
    let now = server("{ webhook: { path: now } }", "[ { return: 1 } ]").await;
    let accepted = post(&now, "/hooks/now", &json!({ "n": 1 })).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let id = accepted.body["run"].as_str().unwrap();
    assert_eq!(now.get(&format!("/runs/{id}?wait=20")).await.body["trigger"], "hook");

    let run = server(
        "{ webhook: { path: a/b, respond: run } }",
        "[ { respond: { status: 201, headers: { x-mine: yes, set-cookie: a=b }, body: { n: '{{ inputs.n }}' } } } ]",
    )
    .await;
    let answer = post(&run, "/hooks/a/b?x=1", &json!({ "n": 5 })).await;
    assert_eq!((answer.status.as_u16(), &answer.body), (201, &json!({ "n": 5 })), "{answer:?}");
    assert_eq!(answer.header("x-mine"), Some("yes"));
    assert_eq!(answer.header("set-cookie"), None, "cookies are ours");
    assert!(answer.header("content-security-policy").unwrap().contains("sandbox"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_a_run() {
    let server = server("{ webhook: { path: in } }", "[ { return: 1 } ]").await;
    let wrong = post(&server, "/hooks/in", &json!({ "n": "many" })).await;
    wrong.is_problem(400, "E-RUN-005");
    assert_eq!(wrong.body["errors"][0]["path"], "input.n");
    let raw = |kind: &str, body: Vec<u8>| {
        let request = server.bare(Method::POST, "/hooks/in").header("content-type", kind);
        Answer::of(request.body(body))
    };
    let broken = raw("application/json", b"{\"n\": ".to_vec()).await;
    assert_eq!(broken.status, 400, "{broken:?}");
    let invalid = raw("application/json", b"{\"n\": \"\xff\"}".to_vec()).await;
    assert_eq!(invalid.status, 400, "{invalid:?}");
    assert_eq!(server.get("/runs").await.body["items"], json!([]));
}

#[tokio::test]
async fn wrong_paths_and_methods() {
    let server = server("{ webhook: { path: in, method: PUT } }", "[ { return: 1 } ]").await;
    let method = post(&server, "/hooks/in", &json!({})).await;
    assert_eq!((method.status.as_u16(), method.header("allow")), (405, Some("PUT")), "{method:?}");
    method.is_problem(405, "E-RUN-031");
    post(&server, "/hooks/nowhere", &json!({})).await.is_problem(404, "E-RUN-030");
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let server = server("{ webhook: { path: in, max_body: 1KB } }", "[ { return: 1 } ]").await;
    let told = server.bare(Method::POST, "/hooks/in").body("x".repeat(50 << 20));
    // The server answers and closes before 50 MB have gone out; a client may see either.
    if let Ok(answer) = told.send().await {
        Answer::read(answer).await.is_problem(413, "E-API-413");
    }
    let chunks = futures::stream::iter((0..4).map(|_| Ok::<_, std::io::Error>("y".repeat(400))));
    let untold = server.bare(Method::POST, "/hooks/in").body(reqwest::Body::wrap_stream(chunks));
    Answer::of(untold).await.is_problem(413, "E-API-413");
    let small = server.bare(Method::POST, "/hooks/in").body("z".repeat(500));
    assert_eq!(Answer::of(small).await.status, 202);
}

#[tokio::test]
async fn a_wrong_signature_starts_nothing() {
    let verify = "{ scheme: hmac-sha256, connection: secret, header: x-signature }";
    let hook = format!("{{ webhook: {{ path: in, verify: {verify} }} }}");
    let server = Server::start().await;
    let connection = json!({ "name": "secret", "connector": "webhook", "fields": { "secret": "s3cret" }, "test": false });
    assert_eq!(server.post("/connections", connection).await.status, 201);
    server
        .deploy(&format!("bot: signed\ntriggers:\n  hook: {hook}\nsteps: [ {{ return: 1 }} ]"))
        .await;
    let send = |signature: &'static str| {
        let request = server.bare(Method::POST, "/hooks/in").header("x-signature", signature);
        Answer::of(request.json(&json!({})))
    };
    let wrong = send("bad").await;
    assert_eq!(wrong.status, 401, "{wrong:?}");
    assert_eq!(server.get("/runs").await.body["items"], json!([]));
    assert_eq!(send("good").await.status, 202);
}

#[tokio::test]
async fn a_bot_that_is_paused_or_gone_takes_nothing() {
    let server = server("{ webhook: { path: in } }", "[ { return: 1 } ]").await;
    server.post("/bots/hooked/pause", json!({})).await;
    let paused = post(&server, "/hooks/in", &json!({})).await;
    assert!(paused.status.is_client_error() || paused.status.is_server_error(), "{paused:?}");
    assert!(paused.body["code"].is_string(), "{paused:?}");
    server.post("/bots/hooked/resume", json!({})).await;
    assert_eq!(post(&server, "/hooks/in", &json!({})).await.status, 202);
    server.post("/bots/hooked/withdraw", json!({})).await;
    let gone = post(&server, "/hooks/in", &json!({})).await;
    assert!([404, 410].contains(&gone.status.as_u16()), "{gone:?}");
}

#[tokio::test]
async fn a_run_that_fails_is_a_problem_with_its_run() {
    let fails = "[ { id: no, do: http.get, with: { url: 'https://example.com/' } } ]";
    let server = server("{ webhook: { path: in, respond: run } }", fails).await;
    let failed = post(&server, "/hooks/in", &json!({})).await;
    failed.is_problem(500, "E-RUN-035");
    let run = failed.body["run"].as_str().unwrap();
    assert_eq!(server.get(&format!("/runs/{run}")).await.body["state"], "failed");
}

#[tokio::test]
async fn who_opens_a_webhook_in_a_browser_is_told_how_to_call_it() {
    let server = server("{ webhook: { path: in } }", "[ { return: 1 } ]").await;
    let open = || {
        let request = server.bare(Method::GET, "/hooks/in").header("accept", "text/html,*/*;q=0.8");
        Answer::of(request)
    };
    let page = open().await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, Some("POST")));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let text = page.body.as_str().unwrap();
    assert!(text.contains(&format!("curl -X POST &#39;{}/hooks/in&#39;", server.url)), "{text}");
    assert!(text.contains("Waiting for the first call"), "{text}");
    assert_eq!(post(&server, "/hooks/in", &json!({})).await.status, 202);
    assert!(open().await.body.as_str().unwrap().contains("The last call came at 20"));
    let program = Answer::of(server.bare(Method::GET, "/hooks/in")).await;
    program.is_problem(405, "E-RUN-031");
}
