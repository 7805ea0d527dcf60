//! Drafts, checks, templates and rehearsals. Code steps run in a sandbox, which `app` tests.

use serde_json::{Value, json};

use crate::server::Server;

const DIGEST: &str = "\
# every morning
bot: digest
inputs: { channel: { type: string, default: '#news' } }
triggers:
  morning: { schedule: '0 9 * * 1-5', timezone: Europe/Berlin }
steps:
  - { id: page, do: http.get, with: { url: 'https://example.com/news' } }
  - { do: slack.post_message, connection: slack, with: { channel: '{{ inputs.channel }}', text: '{{ steps.page.body.title }}' } }
";

#[tokio::test]
async fn a_check_gives_both_spellings_and_the_times() {
    let server = Server::start().await;
    let checked = server.post("/checks", json!({ "definition": DIGEST })).await.body;
    assert_eq!((&checked["ok"], &checked["text"]), (&json!(true), &json!(DIGEST)), "as given");
    assert_eq!(checked["definition"]["bot"], "digest");
    let fires = &checked["fires"][0];
    assert_eq!(
        (&fires["trigger"], &fires["timezone"]),
        (&json!("morning"), &json!("Europe/Berlin"))
    );
    let times = fires["times"].as_array().unwrap();
    assert_eq!(times.len(), 5);
    for time in times {
        let time = time.as_str().unwrap();
        assert!(time.contains("T09:00:00+0"), "{time}: nine in Berlin, in summer and in winter");
    }
    let back = server.post("/checks", json!({ "definition": checked["definition"] })).await.body;
    let text = back["text"].as_str().unwrap();
    assert!(text.starts_with("bot: digest\n"), "{text}");
    let again = server.post("/checks", json!({ "definition": text })).await.body;
    assert_eq!(again["definition"], checked["definition"]);
}

#[tokio::test]
async fn a_definition_with_errors_can_still_be_edited_one_that_cannot_be_read_not() {
    let server = Server::start().await;
    let wrong = "bot: a\nsteps: [ { set: '{{ steps.b }}' } ]";
    let checked = server.post("/checks", json!({ "definition": wrong })).await.body;
    assert_eq!((&checked["ok"], &checked["definition"]["bot"]), (&json!(false), &json!("a")));
    assert_eq!(checked["diagnostics"][0]["code"], "E-BOT-032");
    let broken = server.post("/checks", json!({ "definition": "bot: [" })).await.body;
    assert_eq!(
        (&broken["ok"], &broken["text"], &broken["definition"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_draft_comes_as_text_too() {
    let server = Server::start().await;
    let sentence = "every day at 9 fetch https://example.com/status";
    let draft = server.post("/drafts", json!({ "sentence": sentence })).await.body;
    let text = draft["text"].as_str().unwrap();
    assert!(text.contains("https://example.com/status"), "{text}");
    assert_eq!(draft["fires"][0]["timezone"], "UTC");
    let checked = server.post("/checks", json!({ "definition": text })).await.body;
    assert_eq!(checked["definition"], draft["definition"]);
}

#[tokio::test]
async fn templates_tell_what_they_need() {
    let server = Server::start().await;
    let items = server.get("/templates").await.body["items"].as_array().unwrap().clone();
    let reminder = items.iter().find(|item| item["name"] == "invoice-reminder").unwrap();
    assert_eq!(reminder["title"], "Invoice reminder");
    assert_eq!(reminder["connectors"], json!(["http", "email"]));
    assert_eq!(reminder["triggers"], json!(["schedule"]));
    for item in items {
        assert!(item["description"].as_str().is_some_and(|text| text.len() > 20), "{item}");
        let checked = server.post("/checks", json!({ "definition": item["text"] })).await.body;
        assert_eq!(checked["ok"], true, "{}: {checked}", item["name"]);
    }
}

#[tokio::test]
async fn a_rehearsal_shows_what_would_leave_the_machine() {
    let server = Server::start().await;
    let sample = json!({ "status": 200, "headers": {}, "body": { "title": "Rain" } });
    let body = json!({ "definition": DIGEST, "trigger": "morning", "samples": { "page": sample } });
    let tried = server.post("/tries", body).await.body;
    assert_eq!((&tried["state"], &tried["needs"]), (&json!("succeeded"), &Value::Null), "{tried}");
    let outside = tried["outside"].as_array().unwrap();
    let told: Vec<_> = outside.iter().map(|out| (&out["action"], &out["writes"])).collect();
    let (get, post) = (json!("http.get"), json!("slack.post_message"));
    assert_eq!(told, [(&get, &json!(false)), (&post, &json!(true))]);
    assert_eq!(outside[1]["with"]["text"], "Rain");
    assert_eq!(tried["steps"][0]["answered_by"], "sample");
    assert_eq!(tried["steps"][1]["answered_by"], "shown");
    assert_eq!(server.get("/runs").await.body["items"], json!([]), "nothing is kept");
}

#[tokio::test]
async fn a_rehearsed_webhook_reads_its_request_and_answers() {
    let server = Server::start().await;
    let hook = "\
bot: hook
inputs: { name: string, n: { type: integer, default: 0 } }
triggers:
  in: { webhook: { path: in, respond: run }, when: '{{ inputs.n > 0 }}' }
steps:
  - respond: { status: 201, body: '{{ inputs.name }} {{ inputs.n }} {{ trigger.headers[\"x-id\"] }}' }
";
    let request = |n: &str| json!({ "query": { "n": n }, "headers": { "X-Id": "7" }, "body": { "name": "Ada" } });
    let body = json!({ "definition": hook, "request": request("3") });
    let tried = server.post("/tries", body).await.body;
    assert_eq!(tried["answer"]["status"], 201, "{tried}");
    assert_eq!(tried["answer"]["body"], "Ada 3 7");
    let body = json!({ "definition": hook, "request": request("0") });
    let none = server.post("/tries", body).await.body;
    assert_eq!((&none["state"], &none["wanted"]), (&Value::Null, &json!(false)), "{none}");
    let missing =
        server.post("/tries", json!({ "definition": hook, "request": { "body": {} } })).await;
    missing.is_problem(400, "E-RUN-005");
    let unknown = server.post("/tries", json!({ "definition": hook, "trigger": "out" })).await;
    unknown.is_problem(400, "E-API-400");
    let now = hook.replace(", respond: run", "");
    let body = json!({ "definition": now, "request": request("3") });
    assert_eq!(server.post("/tries", body).await.body["answer"]["status"], 202);
}

#[tokio::test]
async fn a_rehearsal_stops_where_nothing_answers_and_says_what_it_needs() {
    let server = Server::start().await;
    let waits = "bot: a\ntriggers: { go: { event: go } }\nsteps:\n  - { id: paid, wait: { event: invoice.paid } }\n  - return: '{{ steps.paid.event.data.amount + event.data.n }}'\n";
    let event = json!({ "data": { "n": 1 } });
    let stopped = server
        .post("/tries", json!({ "definition": waits, "trigger": "go", "event": event }))
        .await
        .body;
    assert_eq!((&stopped["state"], &stopped["needs"]["step"]), (&Value::Null, &json!("paid")));
    let samples = json!({ "paid": { "amount": 6 } });
    let body = json!({ "definition": waits, "trigger": "go", "event": event, "samples": samples });
    assert_eq!(server.post("/tries", body).await.body["output"], 7);
    let wrong = json!({ "definition": "bot: a\nsteps: [ { set: '{{ steps.b }}' } ]" });
    let wrong = server.post("/tries", wrong).await;
    assert_eq!(wrong.status, 200);
    assert_eq!(wrong.body["diagnostics"][0]["code"], "E-BOT-032");
    assert_eq!(wrong.body["state"], Value::Null);
}

#[tokio::test]
async fn a_draft_with_an_open_question_is_not_deployed_before_it_is_answered() {
    let server = Server::start().await;
    let sentence = "every day at 9 post the weather to Slack";
    let draft = server.post("/drafts", json!({ "sentence": sentence })).await.body;
    let required = |question: &&Value| question["required"] == true;
    let open = draft["questions"].as_array().unwrap().iter().filter(required).count();
    assert!(open > 0, "{draft}");
    let refused = server.post("/bots", json!({ "definition": draft["text"] })).await;
    refused.is_problem(422, "E-API-454");
    let path = refused.body["errors"][0]["path"].as_str().unwrap();
    assert!(path.starts_with("definition.steps[") && path.contains(".with."), "{refused:?}");
    assert_eq!(server.get("/bots").await.body["items"], json!([]));
    let checked = server.post("/checks", json!({ "definition": draft["text"] })).await.body;
    let warning = &checked["diagnostics"][0];
    assert_eq!((&warning["code"], &warning["severity"]), (&json!("E-API-454"), &json!("warning")));
    assert!(warning["line"].as_u64().unwrap() > 1, "{warning}");
    // A variable that is set answers as well.
    for fault in refused.body["errors"].as_array().unwrap() {
        let (_, name) = fault["detail"].as_str().unwrap().split_once('`').unwrap();
        let name = name.trim_end_matches('`');
        assert_eq!(server.put(&format!("/env/{name}"), json!({ "value": "x" })).await.status, 201);
    }
    let deployed = server.post("/bots", json!({ "definition": draft["text"] })).await;
    assert_eq!(deployed.status, 201, "{deployed:?}");
}
