//! Connections that sign in by OAuth 2, against a real authorization server.

use std::sync::Arc;
use std::time::Duration;

use codex32_connectors::{ActionCall, Connectors, Failure};
use codex32_model::ids::ActorId;
use codex32_model::{Scope, Value as Given};
use codex32_testkit::authority::{Authority, CLIENT, SECRET};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::server::Server;

const MANIFEST: &str = r#"
connector: atlas
title: Atlas
description: A service with accounts.
auth:
  account:
    type: oauth2
    authorization_url: "{{ connection.site }}/authorize?prompt=consent"
    token_url: "{{ connection.site }}/token"
    scopes: [read, write]
    fields: { site: { type: string, format: url, description: The address } }
  basic_account:
    type: oauth2
    client_auth: basic
    authorization_url: "{{ connection.site }}/authorize?prompt=consent"
    token_url: "{{ connection.site }}/token"
    scopes: [read, write]
    fields: { site: { type: string, format: url, description: The address } }
base_url: "{{ connection.site }}"
test: { request: { method: GET, path: /me }, message: "Signed in as {{ response.body.name }}." }
actions:
  whoami:
    title: Who am I
    description: Tells who one is.
    effect: read
    request: { method: GET, path: /me }
    output: any
    examples: [{ title: Ada, with: {}, output: { name: Ada } }]
"#;

struct World {
    server: Server,
    authority: Authority,
}

async fn world(kind: &str) -> World {
    let authority = Authority::start(kind == "basic_account").await;
    let connectors = Connectors::load([("atlas.yaml", MANIFEST)]).unwrap();
    let server = Server::connected(Arc::new(connectors)).await;
    let fields =
        json!({ "site": authority.sink.url("/"), "client_id": CLIENT, "client_secret": SECRET });
    let new = json!({ "name": "atlas", "connector": "atlas", "auth": kind, "fields": fields });
    let added = server.post("/connections", new).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.body["tested_at"], Value::Null, "nothing to test before the sign-in");
    World { server, authority }
}

impl World {
    async fn authorize(&self) -> String {
        let way = self.server.post("/connections/atlas/authorize", json!({})).await;
        assert_eq!(way.status, 200, "{way:?}");
        let redirect = format!("{}/oauth/callback", self.server.url);
        assert_eq!(way.body["redirect_url"], redirect);
        way.body["url"].as_str().unwrap().to_owned()
    }

    /// What the browser does on the other side; gives the address that it is sent back to.
    async fn agree(&self, url: &str) -> String {
        let agreed = self.server.client.get(url).send().await.unwrap();
        assert_eq!(agreed.status(), StatusCode::FOUND);
        agreed.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn session(&self) -> String {
        let link = self.server.post("/sign-in-links", json!({})).await;
        let opened = self.server.client.get(link.body["url"].as_str().unwrap()).send().await;
        let cookie = opened.unwrap().headers()["set-cookie"].to_str().unwrap().to_owned();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn come_back(&self, url: &str, cookie: Option<&str>) -> Response {
        let request = self.server.client.get(url);
        let request =
            cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
        request.send().await.unwrap()
    }

    async fn sign_in(&self) {
        let back = self.agree(&self.authorize().await).await;
        let done = self.come_back(&back, Some(&self.session().await)).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        assert_eq!(done.headers()["location"], "/connections/atlas");
    }

    async fn test(&self) -> Value {
        let tested = self.server.post("/connections/atlas/test", json!({})).await;
        assert_eq!(tested.status, 200, "{tested:?}");
        tested.body
    }

    /// As a step does.
    async fn act(&self) -> Result<Given, Failure> {
        let (tokens, workspace) = (&self.server.tokens, self.server.workspace);
        let credentials = tokens.open(workspace, "atlas").await?.unwrap();
        let call = ActionCall {
            scope: Scope::new(workspace, ActorId::from_bytes([0; 16])),
            action: "atlas.whoami",
            input: Given::Null,
            credentials: Some(&credentials),
            key: None,
            timeout: Duration::from_secs(10),
        };
        tokens.execute(Some("atlas"), call).await.map(|done| done.output)
    }
}

#[tokio::test]
async fn a_person_signs_a_connection_in() {
    for kind in ["account", "basic_account"] {
        let world = world(kind).await;
        let listed = world.server.get("/connections").await.body;
        assert_eq!(listed["items"][0]["signed_in"], false, "{listed}");
        let before = world.test().await;
        assert_eq!(before["ok"], false);
        assert!(before["message"].as_str().unwrap().contains("authorize"), "{before}");
        world.sign_in().await;
        assert_eq!(world.test().await, json!({ "ok": true, "message": "Signed in as Ada." }));

        let shown = world.server.get("/connections/atlas").await.body;
        assert!(shown["fields"]["expires_at"].as_str().unwrap().starts_with("20"), "{shown}");
        assert_eq!(shown["signed_in"], true);
        let all = format!("{shown}{}", world.server.get("/connections").await.body);
        let files =
            ["db", "db-wal"].map(|end| world.server.store.path().unwrap().with_extension(end));
        let disk: Vec<u8> =
            files.iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect();
        for secret in world.authority.tokens().iter().map(String::as_str).chain([SECRET]) {
            assert!(!all.contains(secret), "{all}");
            assert!(
                !disk.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "in the open"
            );
        }
    }
}

#[tokio::test]
async fn the_way_back_is_for_one_person_and_serves_once() {
    let world = world("account").await;
    let back = world.agree(&world.authorize().await).await;
    // The browser keeps its cookie back at first: it came from another site.
    let first = world.come_back(&back, None).await;
    assert_eq!(first.status(), StatusCode::OK);
    let policy = first.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(!policy.contains("sandbox"), "{policy}");
    let page = first.text().await.unwrap();
    let again = page.split("url=").nth(1).unwrap().split('"').next().unwrap();
    let again = format!("{}{}", world.server.url, again.replace("&amp;", "&"));
    let stranger = world.come_back(&again, None).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let session = world.session().await;
    let done = world.come_back(&again, Some(&session)).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(world.come_back(&again, Some(&session)).await.status(), StatusCode::GONE);
    let made_up = format!("{}/oauth/callback?state=x&code=y", world.server.url);
    assert_eq!(world.come_back(&made_up, Some(&session)).await.status(), StatusCode::GONE);

    let url = world.authorize().await;
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let no = format!("{}/oauth/callback?state={state}&error=access_denied", world.server.url);
    let refused = world.come_back(&no, Some(&session)).await;
    assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
    assert!(refused.text().await.unwrap().contains("access_denied"));

    let hook = json!({ "name": "hook", "connector": "webhook", "fields": { "secret": "x" }, "test": false });
    world.server.post("/connections", hook).await;
    let other = world.server.post("/connections/hook/authorize", json!({})).await;
    other.is_problem(422, "E-CONN-023");
    world.server.post("/connections/none/authorize", json!({})).await.is_problem(404, "E-API-404");
    let bare = world.server.bare(Method::POST, "/api/v1/connections/atlas/authorize");
    assert_eq!(bare.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_are_renewed_once_for_all_who_wait() {
    let world = world("account").await;
    world.sign_in().await;
    world.act().await.expect("the first token");
    assert_eq!(world.authority.renewals(), 0);

    // Refused before it ended: all who meet the refusal share one renewal.
    world.authority.revoke_access();
    let all = tokio::join!(world.act(), world.act(), world.act(), world.act());
    let good = Given::object([("name", Given::from("Ada"))]);
    for result in [all.0, all.1, all.2, all.3] {
        assert_eq!(result.expect("a new token"), good);
    }
    assert_eq!(world.authority.renewals(), 1);

    // It ends by itself: renewed before it is used. The refresh token is always the last one given.
    world.authority.set_lives(30);
    world.authority.revoke_access();
    world.act().await.expect("renewed");
    let before = world.authority.renewals();
    let asked = world.authority.sink.requests().len();
    world.act().await.expect("renewed again");
    assert_eq!(world.authority.renewals(), before + 1);
    assert_eq!(world.authority.sink.requests().len(), asked + 2, "no request with the old token");
    assert_eq!(world.test().await["ok"], true);

    world.authority.revoke_all();
    let failure = world.act().await.expect_err("withdrawn");
    assert_eq!((failure.code.text, failure.retryable), ("E-CONN-026", false), "{failure}");
    assert!(!failure.message.contains("refresh-"), "{failure}");
    let told = world.test().await;
    assert_eq!(told["ok"], false, "{told}");
    world.authority.set_lives(3_600);
    world.sign_in().await;
    assert_eq!(world.act().await.expect("signed in anew"), good);
}

#[tokio::test]
async fn a_renewal_goes_on_when_its_step_gives_up() {
    let world = world("account").await;
    world.sign_in().await;
    world.authority.set_lives(30);
    world.authority.revoke_access();
    world.act().await.expect("renewed");
    let requests = world.authority.sink.requests().len();
    // Polled once, then dropped: the request for new tokens may be on its way.
    let tokens = world.server.tokens.clone();
    let workspace = world.server.workspace;
    let step = tokio::spawn(async move { tokens.open(workspace, "atlas").await.map(drop) });
    world.authority.sink.wait_for(requests + 1).await;
    step.abort();
    // The other side has changed its refresh token; what came was stored, or this would be refused.
    world.act().await.expect("the token that was renewed meanwhile");
}

#[tokio::test]
async fn changing_the_client_or_the_address_forgets_the_tokens() {
    let world = world("account").await;
    world.sign_in().await;
    let put = |fields: Value| {
        let body = json!({ "fields": fields, "test": false });
        async { world.server.put("/connections/atlas", body).await }
    };
    let moved = put(json!({ "site": "https://evil.example" })).await;
    moved.is_problem(422, "E-CONN-011");
    assert_eq!(moved.body["errors"][0]["path"], "fields.site");
    assert_eq!(world.test().await["ok"], true, "nothing has changed");
    let same = put(json!({ "client_secret": SECRET })).await;
    assert_eq!(same.status, 200, "{same:?}");
    assert_eq!(world.test().await["ok"], true, "the tokens stay");
    let other = put(json!({ "client_id": "another" })).await;
    assert_eq!(other.status, 200, "{other:?}");
    let told = world.test().await;
    assert!(told["message"].as_str().unwrap().contains("authorize"), "{told}");
    assert_eq!(other.body["signed_in"], false, "{other:?}");
}
