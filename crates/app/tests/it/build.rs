//! Building a bot in a conversation: without a model, with one that errs at first, and by the command line.

use codex32_testkit::model::{Act, Provider};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::server::{Server, post_as};

const SENTENCE: &str = "every day at 9 fetch https://a.example/orders and post it to #sales";

/// Answers with a bot that names an action that there is not, then with a right one.
fn provider(runtime: &Runtime) -> Provider {
    runtime.block_on(Provider::start(|asked| {
        let right = json!({ "definition": {
            "bot": "orders", "triggers": { "daily": { "schedule": "0 9 * * *" } },
            "steps": [
                { "id": "orders", "do": "http.get", "with": { "url": "https://a.example/orders" } },
                { "if": "{{ steps.orders.body.length > 3 }}", "then": [
                    { "id": "tell_sales", "do": "slack.post_message", "connection": "slack",
                      "with": { "channel": "#sales", "text": "{{ steps.orders.body }}" } }
                ] }
            ]
        }, "says": "It posts only when there are more than three." });
        match asked.prompt() {
            _ if asked.path == "/v1/models" => Act::Json(200, json!({ "data": [{ "id": "m" }] })),
            prompt if prompt.contains("these faults") => Act::Say(right.to_string()),
            _ => Act::Say(right.to_string().replace("slack.post_message", "slack.sing")),
        }
    }))
}

fn add_model(server: &Server, provider: &Provider) {
    let address = format!("base_url={}", provider.url());
    let add =
        ["connections", "add", "mine", "--connector", "openai_compatible", "--auth", "server"];
    let added = server.cli(&[&add[..], &["--set", &address]].concat());
    assert_eq!(added.code, 0, "{}", added.err);
    assert_eq!(server.cli(&["models", "set", "fast", "--use", "mine/m"]).code, 0);
}

#[test]
fn a_conversation_goes_on_from_call_to_call() {
    let server = Server::start_in(tempfile::tempdir().unwrap(), &[]);
    let begun = server.cli(&["build", SENTENCE, "--json"]);
    assert_eq!(begun.code, 0, "{}", begun.err);
    let begun = begun.json();
    let id = begun["id"].as_str().unwrap().to_owned();
    assert_eq!(begun["needs"]["runs_a_month"], 30);
    let say = |words: &[&str]| {
        let args = [&["build", "--session", &id, "--json"][..], words].concat();
        let said = server.cli(&args);
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    let hourly = say(&["--say", "make it hourly"]);
    assert_eq!(hourly["proposal"]["pieces"][0]["title"], "trigger `schedule`");
    assert_eq!(hourly["text"], begun["text"], "nothing changes unasked");
    let taken = say(&["--accept"]);
    assert!(taken["text"].as_str().unwrap().contains("0 * * * *"), "{}", taken["text"]);
    let undone = say(&["--undo"]);
    assert_eq!(undone["text"], begun["text"]);
    let plain = server.cli(&["build", "--session", &id, "--say", "why is step 1 needed?"]);
    assert!(plain.err.contains("used by step 2"), "{}", plain.err);
    assert!(plain.out.starts_with("bot:"), "{}", plain.out);
    // An older window cannot overwrite what was said since.
    let token = std::fs::read_to_string(server.data().join("owner-token")).unwrap();
    let url = format!("{}/api/v1/builder/sessions/{id}/messages", server.url);
    let body = json!({ "text": "make it hourly", "revision": 0 }).to_string();
    let (status, late) = post_as(&url, &body, Some(token.trim()));
    assert_eq!(status, 409, "{late}");
    assert!(late.contains("E-BUILD-007"), "{late}");
    let nothing = server.cli(&["build", "--session", &id, "--accept", "--json"]);
    assert!(
        nothing.err.contains("E-BUILD-009") || nothing.out.contains("E-BUILD-009"),
        "{}",
        nothing.err
    );
}

#[test]
fn a_model_changes_what_words_ask_for_and_is_repaired() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
    add_model(&server, &provider);
    let begun = server.cli(&["build", SENTENCE, "--json"]).json();
    assert_eq!(begun["messages"][1]["by"], "compiler", "what is certain reaches no model");
    let asked = |provider: &Provider| {
        provider.asked().iter().filter(|asked| asked.path.ends_with("completions")).count()
    };
    assert_eq!(asked(&provider), 0);
    let id = begun["id"].as_str().unwrap();
    let args = [
        "build",
        "--session",
        id,
        "--json",
        "--say",
        "post it if there are more than three orders",
    ];
    let changed = server.cli(&args).json();
    assert_eq!(asked(&provider), 2, "{}", changed["messages"]);
    assert_eq!(changed["proposal"]["by"], "model");
    let told = changed["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(told["text"], "It posts only when there are more than three.");
    let taken = server.cli(&["build", "--session", id, "--json", "--accept"]).json();
    assert!(taken["text"].as_str().unwrap().contains("length > 3"), "{}", taken["text"]);
}

#[test]
fn drafts_and_evaluations_ask_a_model_of_the_server() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
    add_model(&server, &provider);
    let sentence = format!("{SENTENCE} if there are more than three");
    let drafted = server.cli(&["draft", &sentence, "--model", "fast", "--json"]);
    let drafted = drafted.json();
    assert_eq!((&drafted["by"], &drafted["tries"]), (&json!("model"), &json!(2)), "{drafted}");
    assert_eq!(drafted["faults"][0][0]["path"], "steps[1].then[0].do");
    let case = json!({ "id": "m1", "text": sentence, "trigger": "schedule", "cron": "0 9 * * *",
        "actions": [["http.get"], ["slack."]], "contains": ["https://a.example/orders", "#sales"],
        "values": [3], "structure": ["if"] });
    server.write("cases.jsonl", &format!("{case}\n"));
    let scored = server.cli(&["eval", "draft", "cases.jsonl", "--model", "fast", "--json"]);
    assert_eq!(scored.code, 0, "{}", scored.err);
    assert_eq!(scored.json()["right"], 1, "{}", scored.out);
}
