//! Connections: secrets come in and never go out.

use serde_json::json;

use crate::server::Server;

const SECRET: &str = "xoxb-very-secret";

fn slack(name: &str) -> serde_json::Value {
    json!({ "name": name, "connector": "slack", "auth": "bot", "fields": { "token": SECRET }, "test": false })
}

#[tokio::test]
async fn a_connection_is_added_listed_and_removed_without_its_secret() {
    let server = Server::start().await;
    let kinds = server.get("/connectors/slack").await.body;
    let kind = kinds["connections"][0]["name"].as_str().unwrap();
    let mut new = slack("team");
    new["auth"] = json!(kind);
    let added = server.post("/connections", new.clone()).await;
    assert_eq!(added.status, 201, "{added:?}");
    let answers = [
        added,
        server.get("/connections").await,
        server.get("/connections/team").await,
        server.post("/connections", new).await,
    ];
    answers[3].is_problem(409, "E-STORE-003");
    for answer in &answers {
        assert!(!answer.body.to_string().contains(SECRET), "{answer:?}");
    }
    assert_eq!(answers[1].body["items"][0]["name"], "team");
    assert_eq!(answers[1].body["items"][0]["auth"], kind);
    let database = std::fs::read(server.store.path().unwrap()).unwrap();
    let wal =
        std::fs::read(server.store.path().unwrap().with_extension("db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        assert!(
            !bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()),
            "in the open on disk"
        );
    }
    assert_eq!(server.delete("/connections/team").await.status, 204);
    assert_eq!(server.delete("/connections/team").await.status, 404);
}

#[tokio::test]
async fn fields_that_do_not_fit_are_told_without_their_values() {
    let server = Server::start().await;
    let mut unknown = slack("team");
    unknown["auth"] = json!("nonsense");
    server.post("/connections", unknown).await.is_problem(422, "E-CONN-011");
    let extra = json!({ "name": "hook", "connector": "webhook", "fields": { "secret": SECRET, "more": SECRET } });
    let refused = server.post("/connections", extra).await;
    refused.is_problem(422, "E-CONN-011");
    assert_eq!(refused.body["errors"][0]["path"], "fields.more");
    assert!(!refused.body.to_string().contains(SECRET), "{refused:?}");
    let name = json!({ "name": "Bad Name", "connector": "webhook", "fields": { "secret": "x" } });
    server.post("/connections", name).await.is_problem(422, "E-API-451");
    let none = json!({ "name": "a", "connector": "nothing" });
    server.post("/connections", none).await.is_problem(422, "E-CONN-011");
    assert_eq!(server.get("/connections").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_connection_that_fails_its_test_is_not_saved() {
    let server = Server::start().await;
    // Nothing listens at port 1.
    let fields = json!({ "host": "127.0.0.1", "port": 1, "security": "none" });
    let mail = json!({ "name": "mail", "connector": "email", "auth": "smtp", "fields": fields });
    let refused = server.post("/connections", mail.clone()).await;
    refused.is_problem(422, "E-API-452");
    server.get("/connections/mail").await.is_problem(404, "E-API-404");
    let mut untested = mail;
    untested["test"] = json!(false);
    assert_eq!(server.post("/connections", untested).await.status, 201);
    let tested = server.post("/connections/mail/test", json!({})).await;
    assert_eq!((tested.status.as_u16(), &tested.body["ok"]), (200, &json!(false)), "{tested:?}");
}

#[tokio::test]
async fn names_are_bound_to_connections_at_deploy() {
    let server = Server::start().await;
    let mail = |name: &str| {
        let fields = json!({ "host": "127.0.0.1", "port": 1, "security": "none" });
        json!({ "name": name, "connector": "email", "auth": "smtp", "fields": fields, "test": false })
    };
    let bot = "bot: mailer\nsteps:\n  - { do: email.send, connection: mail, with: { to: a@example.com, subject: x, text: y } }\n";
    let unbound = server.post("/bots", json!({ "definition": bot })).await;
    assert_eq!(unbound.status, 201, "{unbound:?}");
    assert!(unbound.body["diagnostics"].to_string().contains("`mail`"), "{unbound:?}");
    assert_eq!(unbound.body["bindings"], json!({}));

    server.post("/connections", mail("backup")).await;
    let bound =
        server.post("/bots", json!({ "definition": bot, "bind": { "mail": "backup" } })).await;
    assert_eq!(bound.body["bindings"], json!({ "mail": "backup" }), "{bound:?}");
    server.post("/connections", mail("mail")).await;
    let kept = server.post("/bots", json!({ "definition": bot })).await;
    assert_eq!(kept.body["bindings"], json!({ "mail": "backup" }), "as before");
    server.delete("/connections/backup").await.is_problem(409, "E-STORE-003");

    let wrong =
        server.post("/bots", json!({ "definition": bot, "bind": { "mail": "none" } })).await;
    wrong.is_problem(422, "E-CONN-010");
    assert_eq!(wrong.body["errors"][0]["path"], "bind.mail");
    let hook = json!({ "name": "hook", "connector": "webhook", "fields": { "secret": "x" }, "test": false });
    server.post("/connections", hook).await;
    let other =
        server.post("/bots", json!({ "definition": bot, "bind": { "mail": "hook" } })).await;
    other.is_problem(422, "E-CONN-010");
    let unknown =
        server.post("/bots", json!({ "definition": bot, "bind": { "erp": "mail" } })).await;
    unknown.is_problem(422, "E-CONN-010");
}

#[tokio::test]
async fn connectors_are_listed_searched_and_shown() {
    let server = Server::start().await;
    let all = server.get("/connectors").await.body;
    let names: Vec<_> = all["items"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert!(names.contains(&&json!("http")) && names.contains(&&json!("slack")), "{names:?}");
    let found = server.get("/connectors?q=post%20a%20message%20to%20slack").await.body;
    assert_eq!(found["items"][0]["name"], "slack", "{found}");
    let email = server.get("/connectors/email").await.body;
    assert_eq!(email["actions"][0]["name"], "email.send");
    let smtp = email["connections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|kind| kind["name"] == "smtp")
        .unwrap();
    let password =
        smtp["fields"].as_array().unwrap().iter().find(|f| f["name"] == "password").unwrap();
    assert_eq!(password["secret"], true);
    server.get("/connectors/nothing").await.is_problem(404, "E-API-404");
}

#[tokio::test]
async fn fields_change_and_the_others_stay() {
    let server = Server::start().await;
    let fields = json!({ "host": "127.0.0.1", "port": 1, "security": "none", "username": "ada", "password": SECRET });
    let mail = json!({ "name": "mail", "connector": "email", "auth": "smtp", "fields": fields, "test": false });
    assert_eq!(server.post("/connections", mail).await.status, 201);
    let put = |fields: serde_json::Value, test: bool| {
        let (server, body) = (&server, json!({ "fields": fields, "test": test }));
        async move { server.put("/connections/mail", body).await }
    };
    let changed = put(json!({ "from": "bots@example.com" }), false).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["fields"]["from"], "bots@example.com");
    assert_eq!(changed.body["fields"]["username"], "ada");
    assert!(!changed.body.to_string().contains(SECRET));
    assert!(changed.body["created_at"].as_str() < Some("9"), "kept");
    let removed = put(json!({ "from": null }), false).await;
    assert_eq!(removed.body["fields"].get("from"), None, "{removed:?}");

    // Whoever may change it must not be able to send the password to a server of their own.
    put(json!({ "host": "evil.example" }), false).await.is_problem(422, "E-CONN-011");
    let with =
        put(json!({ "host": "mail.example.com", "password": "another-secret" }), false).await;
    assert_eq!(
        (with.status.as_u16(), &with.body["fields"]["host"]),
        (200, &json!("mail.example.com"))
    );
    let back = json!({ "host": "127.0.0.1", "password": "another-secret" });
    // Tested before it is saved: nothing listens there.
    put(back, true).await.is_problem(422, "E-API-452");
    let there = server.get("/connections/mail").await.body;
    assert_eq!(there["fields"]["host"], "mail.example.com", "as before");
    put(json!({ "hots": "x" }), false).await.is_problem(422, "E-CONN-011");
    server.put("/connections/none", json!({ "fields": {} })).await.is_problem(404, "E-API-404");
}

#[tokio::test]
async fn kinds_tell_their_type() {
    let server = Server::start().await;
    let teams = server.get("/connectors/teams").await.body;
    let kinds = teams["connections"].as_array().unwrap();
    let microsoft = kinds.iter().find(|kind| kind["name"] == "microsoft").unwrap();
    assert_eq!(microsoft["type"], "oauth2");
    assert_eq!(microsoft["redirect_url"], format!("{}/oauth/callback", server.url));
    let hook = server.get("/connectors/webhook").await.body;
    assert_eq!(hook["connections"][0]["type"], "signing_secret");
    assert_eq!(hook["connections"][0]["redirect_url"], json!(null));
}
