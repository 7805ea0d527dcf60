//! Deploying bots, and what becomes of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server};

const HELLO: &str = "\
# greets
bot: hello
description: Greets.
triggers:
  call: { webhook: { path: hello } }
  daily: { schedule: '0 9 * * *', timezone: Europe/Berlin }
steps:
  - return: hi
";

#[tokio::test]
async fn a_bot_lives_from_deploy_to_delete() {
    let server = Server::start().await;
    let new = server.post("/bots", json!({ "definition": HELLO })).await;
    assert_eq!((new.status.as_u16(), new.header("etag")), (201, Some("\"1\"")), "{new:?}");
    assert_eq!((&new.body["bot"], &new.body["version"]), (&json!("hello"), &json!(1)));
    let triggers = new.body["triggers"].as_array().unwrap();
    let of = |name: &str| triggers.iter().find(|trigger| trigger["name"] == name).unwrap();
    assert_eq!(of("call")["url"], format!("{}/hooks/hello", server.url));
    assert!(of("daily")["next"].as_str().unwrap().ends_with('Z'));

    let shown = server.get("/bots/hello").await;
    assert_eq!(shown.header("etag"), Some("\"1\""));
    assert_eq!(shown.body["triggers"].as_array().unwrap().len(), 2);
    assert_eq!(shown.body["state"], "active");

    let second = server.post("/bots", json!({ "definition": HELLO.replace("hi", "ho") })).await;
    assert_eq!((second.status.as_u16(), second.header("etag")), (200, Some("\"2\"")));
    let versions = server.get("/bots/hello/versions").await.body;
    let live: Vec<_> = versions["items"].as_array().unwrap().iter().map(|v| &v["live"]).collect();
    assert_eq!(live, [&json!(true), &json!(false)]);

    for (verb, state) in [("pause", "paused"), ("resume", "active"), ("withdraw", "withdrawn")] {
        let answer = server.post(&format!("/bots/hello/{verb}"), json!({})).await;
        assert_eq!((answer.status.as_u16(), &answer.body["state"]), (200, &json!(state)));
    }
    assert_eq!(server.get("/bots").await.body["items"][0]["state"], "withdrawn");
    assert_eq!(server.delete("/bots/hello").await.status, 204);
    server.get("/bots/hello").await.is_problem(404, "E-API-404");
    assert_eq!(server.delete("/bots/hello").await.status, 404);
}

#[tokio::test]
async fn definitions_come_back_in_both_spellings() {
    let server = Server::start().await;
    server.deploy(HELLO).await;
    let yaml = server.get("/bots/hello/definition").await;
    assert_eq!(yaml.header("content-type"), Some("application/yaml"));
    assert_eq!(yaml.body, HELLO, "as deployed, with its comment");
    let json = server.get("/bots/hello/definition?format=json").await.body;
    assert_eq!(json["steps"], json!([{ "return": "hi" }]));
    let mut second = json.clone();
    second["steps"][0]["return"] = json!("ho");
    assert_eq!(server.post("/bots", json!({ "definition": second })).await.body["version"], 2);
    let yaml = server.get("/bots/hello/definition?format=yaml").await.body;
    assert!(yaml.as_str().unwrap().contains("return: ho"), "{yaml}");
    let first = server.get("/bots/hello/definition?format=json&version=1").await.body;
    assert_eq!(first, json);
    server.get("/bots/hello/definition?version=9").await.is_problem(404, "E-API-404");
    server.get("/bots/hello/definition?format=xml").await.is_problem(400, "E-API-400");
}

#[tokio::test]
async fn a_stale_edit_is_refused() {
    let server = Server::start().await;
    let deploy = |header: &'static str, value: &'static str| {
        let request = server.request(Method::POST, "/bots").header(header, value);
        Answer::of(request.json(&json!({ "definition": HELLO })))
    };
    deploy("if-match", "\"1\"").await.is_problem(412, "E-STORE-004");
    assert_eq!(deploy("if-none-match", "*").await.status, 201);
    deploy("if-none-match", "*").await.is_problem(412, "E-STORE-004");
    assert_eq!(deploy("if-match", "\"1\"").await.status, 200);
    deploy("if-match", "\"1\"").await.is_problem(412, "E-STORE-004");
    deploy("if-match", "2").await.is_problem(400, "E-API-400");
    assert_eq!(server.get("/bots/hello").await.body["version"], 2);
}

#[tokio::test]
async fn a_definition_with_errors_is_refused_with_each_place() {
    let server = Server::start().await;
    let wrong = "bot: hello\nsteps:\n  - retrun: hi\n";
    let refused = server.post("/bots", json!({ "definition": wrong })).await;
    refused.is_problem(422, "E-API-453");
    let diagnostic = &refused.body["diagnostics"][0];
    assert_eq!(diagnostic["line"], 3, "{refused:?}");
    assert!(diagnostic["code"].as_str().unwrap().starts_with("E-BOT-"));
    assert!(refused.body["errors"][0]["path"].as_str().unwrap().starts_with("definition."));
    let checked = server.post("/checks", json!({ "definition": wrong })).await.body;
    assert_eq!(checked["ok"], false);
    assert_eq!(checked["diagnostics"], refused.body["diagnostics"]);
    let fine = server.post("/checks", json!({ "definition": HELLO })).await.body;
    assert_eq!(fine["ok"], true, "{fine}");
    server.post("/bots", json!({ "definition": 7 })).await.is_problem(400, "E-API-400");
    server.post("/bots", json!({ "definition": "" })).await.is_problem(422, "E-API-453");
    assert_eq!(server.get("/bots").await.body["items"], json!([]));
}

#[tokio::test]
async fn a_webhook_path_belongs_to_one_bot() {
    let server = Server::start().await;
    server.deploy(HELLO).await;
    let other = HELLO.replace("bot: hello", "bot: other");
    let refused = server.post("/bots", json!({ "definition": other })).await;
    refused.is_problem(409, "E-STORE-003");
    assert!(refused.body["detail"].as_str().unwrap().contains("`hello`"), "{refused:?}");
    assert_eq!(server.get("/bots").await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_is_checked_against_the_bots_that_are_there() {
    let server = Server::start().await;
    server
        .deploy("bot: score\ninputs: { lead: string }\noutput: { points: integer }\nsteps: [ { return: { points: 3 } } ]")
        .await;
    let caller = "bot: caller\nsteps:\n  - { id: s, call: score, with: { leed: x } }\n  - return: '{{ steps.s.points }}'\n";
    let checked = server.post("/checks", json!({ "definition": caller })).await.body;
    assert!(
        checked["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["message"].as_str().unwrap().contains("leed")),
        "{checked}"
    );
    server.deploy(&caller.replace("leed", "lead")).await;
    assert_eq!(server.run("caller", json!({})).await["output"], 3);
}

#[tokio::test]
async fn a_circle_of_calls_is_refused_however_long_and_through_agents_too() {
    let server = Server::start().await;
    server.deploy("bot: first\nsteps: [ { call: second } ]").await;
    server
        .deploy("bot: second\nsteps: [ { id: s, agent: think, tools: [ { call: third } ] } ]")
        .await;
    let closes = "bot: third\nsteps: [ { call: first } ]";
    let refused = server.post("/bots", json!({ "definition": closes })).await;
    refused.is_problem(422, "E-API-453");
    let said = refused.body["diagnostics"][0]["message"].as_str().unwrap();
    assert_eq!(said, "This call never ends: `third` → `first` → `second` → `third`.");
}

#[tokio::test]
async fn a_draft_is_made_from_a_sentence() {
    let server = Server::start().await;
    let sentence = "When the webhook hello arrives, answer thanks";
    let draft = server.post("/drafts", json!({ "sentence": sentence })).await;
    assert_eq!(draft.status, 200, "{draft:?}");
    for field in
        ["definition", "questions", "connections", "diagnostics", "explanation", "confidence"]
    {
        assert!(draft.body.get(field).is_some(), "{field}: {draft:?}");
    }
    let definition = &draft.body["definition"];
    assert_ne!(definition, &Value::Null, "{draft:?}");
    assert!(server.post("/bots", json!({ "definition": definition })).await.status.is_success());
    let long = "a".repeat(20_001);
    server.post("/drafts", json!({ "sentence": long })).await.is_problem(400, "E-API-400");
}

#[tokio::test]
async fn the_list_tells_what_starts_each_bot_and_how_it_last_went() {
    let server = Server::start().await;
    server.deploy(HELLO).await;
    server
        .deploy("bot: breaks\ndescription: Never works.\nsteps: [ { do: http.get, with: { url: 'https://example.com/' } } ]")
        .await;
    let idle = "bot: idle\ntriggers: { paid: { event: invoice.paid } }\nsteps: [ { return: 1 } ]";
    server.deploy(idle).await;
    server.post("/bots/idle/pause", json!({})).await;
    let failed = server.run("breaks", json!({})).await;
    server.run("hello", json!({})).await;
    let last = server.run("hello", json!({})).await;

    let list = server.get("/bots").await.body;
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|bot| &bot["bot"]).collect();
    assert_eq!(names, ["breaks", "hello", "idle"]);
    let (breaks, hello, idle) = (&list["items"][0], &list["items"][1], &list["items"][2]);
    assert_eq!(
        (&breaks["last_run"]["id"], &breaks["last_failure"]["id"]),
        (&failed["id"], &failed["id"])
    );
    assert_eq!(breaks["last_failure"]["state"], "failed");
    assert_eq!((&hello["last_run"]["id"], &hello["last_failure"]), (&last["id"], &Value::Null));
    assert_eq!(hello["triggers"][0]["url"], format!("{}/hooks/hello", server.url));
    assert!(hello["triggers"][1]["next"].is_string(), "{hello}");
    assert_eq!(
        (&idle["last_run"], &idle["triggers"][0]["event"]),
        (&Value::Null, &json!("invoice.paid"))
    );

    let found = async |query: &str| {
        let body = server.get(&format!("/bots?{query}")).await.body;
        let items = body["items"].as_array().unwrap().clone();
        items.iter().map(|bot| bot["bot"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("q=NEVER").await, ["breaks"], "in the description, capital letters or not");
    assert_eq!(found("q=hell").await, ["hello"]);
    assert_eq!(found("q=%25").await, Vec::<String>::new(), "no pattern, only text");
    assert_eq!(found("state=paused").await, ["idle"]);
    assert_eq!(found("q=e&state=active").await, ["breaks", "hello"]);
    server.get("/bots?state=asleep").await.is_problem(400, "E-API-400");
    let first = server.get("/bots?limit=1&q=l").await.body;
    let next = first["next"].as_str().unwrap();
    assert_eq!(found(&format!("limit=1&q=l&cursor={next}")).await, ["idle"]);
}

#[tokio::test]
async fn an_edit_of_an_old_version_is_refused_and_told_the_live_one() {
    let server = Server::start().await;
    server.deploy(HELLO).await;
    server.deploy(&HELLO.replace("hi", "ho")).await;
    let deploy = |name: &'static str, value: &'static str| {
        let request = server.request(Method::POST, "/bots").header(name, value);
        Answer::of(request.json(&json!({ "definition": HELLO })))
    };
    let stale = deploy("if-match", "\"1\"").await;
    stale.is_problem(412, "E-STORE-004");
    assert!(stale.body["detail"].as_str().unwrap().contains("version is 2"), "{stale:?}");
    deploy("if-none-match", "*").await.is_problem(412, "E-STORE-004");
    assert_eq!(deploy("if-match", "\"2\"").await.body["version"], 3);
}
