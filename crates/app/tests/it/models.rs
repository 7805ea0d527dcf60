//! Language models as somebody meets them: a connection, a name, a bot that asks, and what it cost.

use std::time::{Duration, Instant};

use codex32_testkit::model::{Act, Provider};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::server::{Server, post_as};

const BOT: &str = "\
bot: label
inputs: { title: string }
steps:
  - { id: label, ask: \"Label this issue: {{ inputs.title }}\", model: fast, output: { label: { enum: [bug, feature] } }, limits: { cost_usd: 0.02 } }
  - { id: words, ask: \"Say it in words: {{ steps.label.label }}\" }
  - return: \"{{ steps.label.label }}: {{ steps.words }}\"
";

fn provider(runtime: &Runtime) -> Provider {
    runtime.block_on(Provider::start(|asked| match asked.path.as_str() {
        "/v1/models" => Act::Json(200, json!({ "data": [{ "id": "m" }] })),
        _ if asked.body.get("response_format").is_some() => Act::Say("{\"label\": \"bug\"}".into()),
        _ => Act::Say("It is broken.".into()),
    }))
}

fn with_model(provider: &Provider) -> Server {
    let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
    let address = format!("base_url={}", provider.url());
    let added = server.cli(&[
        "connections",
        "add",
        "mine",
        "--connector",
        "openai_compatible",
        "--auth",
        "server",
        "--set",
        &address,
    ]);
    assert_eq!(added.code, 0, "{}", added.err);
    let set = server.cli(&["models", "set", "fast", "--use", "mine/m", "--cache", "1h"]);
    assert_eq!(set.code, 0, "{}", set.err);
    let price = ["models", "price", "set", "openai_compatible", "*", "--input", "1"];
    assert_eq!(server.cli(&[&price[..], &["--output", "2"]].concat()).code, 0);
    server
}

#[test]
fn a_bot_asks_a_model_and_one_sees_what_it_cost() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = with_model(&provider);
    server.write("label.yaml", BOT);
    let rehearsed = server.cli(&["try", "label.yaml", "--input", "{\"title\": \"Crash\"}"]);
    assert_eq!(rehearsed.code, 0, "{}{}", rehearsed.out, rehearsed.err);
    assert!(rehearsed.out.contains("made up"), "{}", rehearsed.out);
    assert!(provider.asked().iter().all(|asked| asked.path == "/v1/models"), "nothing was asked");

    let deployed = server.cli(&["deploy", "label.yaml"]);
    assert_eq!(deployed.code, 0, "{}", deployed.err);
    let args =
        ["trigger", "label", "--input", "{\"title\": \"Crash at start\"}", "--wait", "--json"];
    let ran = server.cli(&args);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let run = ran.json();
    assert_eq!(run["output"], "bug: It is broken.");
    let told = run["steps"][0]["logs"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("mine/m: 6 tokens in, 2 out, $0.000010"), "{told}");
    assert!(run["steps"][0]["key"].is_string(), "a write has a key");

    let id = run["id"].as_str().unwrap();
    let costs = server.cli(&["models", "costs", "--by", "step", "--run", id, "--json"]).json();
    assert_eq!((&costs[0]["of"], &costs[0]["cost_usd"]), (&json!("label"), &json!(0.000_010)));
    let csv = server.cli(&["models", "costs", "--by", "bot", "--csv"]);
    assert!(csv.out.contains("\r\nlabel,2,2,0,0,"), "{}", csv.out);
    assert!(server.cli(&["models", "list"]).out.contains("well"));
    let kept = server.cli(&["models", "settings", "--log-prompts", "true"]);
    assert_eq!(kept.code, 0, "{}", kept.err);
    let args = ["trigger", "label", "--input", "{\"title\": \"Slow\"}", "--wait"];
    assert_eq!(server.cli(&args).code, 0);
    let calls = server.cli(&["models", "calls", "--bot", "label", "--json"]).json();
    let call = calls["items"][1]["id"].as_str().unwrap();
    let log = server.cli(&["models", "log", call]);
    assert!(log.out.contains("Label this issue: Slow"), "{}{}", log.out, log.err);
    assert!(log.out.contains("{\"label\": \"bug\"}"), "{}", log.out);
    let calls = server.cli(&["models", "calls", "--bot", "label"]);
    assert!(calls.out.contains("mine/m") && calls.out.contains("done"), "{}", calls.out);
}

#[test]
fn a_question_in_other_words_is_answered_from_the_cache_where_that_is_switched_on() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = with_model(&provider);
    let set = ["models", "set", "fast", "--use", "mine/m", "--cache", "1h", "--semantic"];
    assert_eq!(server.cli(&set).code, 0);
    let listed = server.cli(&["models", "list", "--json"]).json();
    assert_eq!(listed["items"][0]["definition"]["semantic"], json!({ "threshold": 0.93 }));
    server.write(
        "advice.yaml",
        "bot: advice\ninputs: { question: string }\nsteps:\n  - { id: said, ask: \"{{ inputs.question }}\", model: fast }\n  - return: \"{{ steps.said }}\"\n",
    );
    assert_eq!(server.cli(&["deploy", "advice.yaml"]).code, 0);
    let ask = |question: &str| {
        let input = json!({ "question": question }).to_string();
        let run = server.cli(&["trigger", "advice", "--input", &input, "--wait", "--json"]).json();
        assert_eq!(run["state"], "succeeded", "{run}");
        run["steps"][0]["logs"][0]["message"].as_str().unwrap().to_owned()
    };
    assert!(ask("How do I reset my password?").ends_with(", $0.000012"));
    let told = ask("how can I reset my password, please");
    assert!(told.ends_with("$0.000000, from the cache for what means the same"), "{told}");
    assert!(!ask("How do I reset my router?").contains("cache"));
    let cache = server.cli(&["models", "cache"]);
    let line = cache.out.lines().find(|line| line.starts_with("what means the same")).unwrap();
    let cells: Vec<_> = line.split_whitespace().collect();
    assert_eq!(cells[4..6], ["1", "$0.000012"], "{}", cache.out);
    assert!(cache.out.contains("Kept: 2 answers"), "{}", cache.out);
    let calls = server.cli(&["models", "calls", "--json"]).json();
    assert_eq!(calls["items"][1]["answered_by"], "semantic");
    let costs = server.cli(&["models", "costs", "--by", "bot", "--json"]).json();
    assert_eq!((&costs[0]["hits"], &costs[0]["calls"]), (&json!(1), &json!(3)));
}

/// Waits for something that must come.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
    }
}

#[test]
fn a_server_that_dies_while_a_model_is_asked_pays_nothing_twice_that_was_answered() {
    let runtime = Runtime::new().unwrap();
    // The second question is on its way when the server dies.
    let provider = runtime.block_on(Provider::start(|asked| match asked.path.as_str() {
        "/v1/models" => Act::Json(200, json!({ "data": [{ "id": "m" }] })),
        _ if asked.body.get("response_format").is_some() => Act::Say("{\"label\": \"bug\"}".into()),
        _ if asked.number == 2 => Act::Stall,
        _ => Act::Say("It is broken.".into()),
    }));
    let server = with_model(&provider);
    server.write("label.yaml", BOT);
    assert_eq!(server.cli(&["deploy", "label.yaml"]).code, 0);
    let budget = server.cli(&["models", "budget", "set", "day", "5"]);
    assert_eq!(budget.code, 0, "{}", budget.err);
    let begun = server.cli(&["trigger", "label", "--input", "{\"title\": \"x\"}", "--json"]).json();
    let run = begun["id"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
    until("the second question", || provider.asked().len() == 3);

    let server = Server::start_in(server.kill(), &["--allow-private-networks"]);
    let show = ["run", "show", &run, "--json"];
    until("the run goes on", || server.cli(&show).json()["state"] == "succeeded");
    assert_eq!(server.cli(&show).json()["output"], "bug: It is broken.");
    let asked = provider.asked();
    let typed = asked.iter().filter(|asked| asked.body.get("response_format").is_some()).count();
    assert_eq!((typed, asked.len()), (1, 4), "what was answered is not asked again");
    assert_eq!(asked[2].body["messages"], asked[3].body["messages"]);
    // Nobody knows what the question that was on its way has cost: its reservation counts.
    let costs = server.cli(&["models", "costs", "--by", "step", "--run", &run, "--json"]).json();
    let words = costs.as_array().unwrap().iter().find(|sum| sum["of"] == "words").unwrap();
    assert_eq!((&words["calls"], &words["attempts"]), (&json!(2), &json!(2)));
    let lost = words["estimated_usd"].as_f64().unwrap();
    assert!(lost > 0.03 && lost < words["cost_usd"].as_f64().unwrap(), "{words}");
    let budgets = server.cli(&["models", "budget", "list", "--json"]).json();
    assert_eq!(budgets[0]["reserved_usd"], 0.0);
}

#[test]
fn what_cannot_be_asked_is_told_with_its_code() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = with_model(&provider);
    let bot = BOT.replace("model: fast", "model: smart");
    server.write("label.yaml", &bot);
    assert_eq!(server.cli(&["deploy", "label.yaml"]).code, 0);
    let ran = server.cli(&["trigger", "label", "--input", "{\"title\": \"x\"}", "--wait"]);
    assert!(ran.out.contains("E-LLM-001") && ran.out.contains("`fast`"), "{}{}", ran.out, ran.err);

    assert_eq!(
        server.cli(&["models", "budget", "set", "day", "0.00001", "--bot", "label"]).code,
        0
    );
    server.write("label.yaml", BOT);
    assert_eq!(server.cli(&["deploy", "label.yaml"]).code, 0);
    let ran = server.cli(&["trigger", "label", "--input", "{\"title\": \"x\"}", "--wait"]);
    assert!(ran.out.contains("E-LLM-002"), "{}{}", ran.out, ran.err);
    let budgets = server.cli(&["models", "budget", "list", "--json"]).json();
    assert_eq!((&budgets[0]["subject"], &budgets[0]["state"]), (&json!("label"), &json!("well")));
    let bad = server.cli(&["models", "set", "other", "--use", "nowhere/m"]);
    assert!(bad.code == 1 && bad.err.contains("E-LLM-010"), "{}", bad.err);
}

#[test]
fn programs_ask_in_the_form_that_they_speak_already() {
    let runtime = Runtime::new().unwrap();
    let provider = provider(&runtime);
    let server = with_model(&provider);
    let token = std::fs::read_to_string(server.data().join("owner-token")).unwrap();
    let token = token.trim();
    let ask = |path: &str, body: serde_json::Value| {
        let (status, body) =
            post_as(&format!("{}{path}", server.url), &body.to_string(), Some(token));
        (status, body)
    };
    let hello = json!({ "model": "fast", "messages": [{ "role": "user", "content": "Hello" }] });
    let (status, body) = ask("/v1/chat/completions", hello.clone());
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &answer["choices"][0]["message"]["content"]),
        (200, &json!("It is broken."))
    );
    let asked = provider.asked().len();
    // The second time it comes from the cache, as a stream too, unless one wants it anew.
    let mut streamed = hello.clone();
    streamed["stream"] = json!(true);
    let (status, body) = ask("/v1/chat/completions", streamed);
    assert!(
        status == 200 && body.contains("It is broken.") && body.contains("data: [DONE]"),
        "{body}"
    );
    assert_eq!(provider.asked().len(), asked);
    let mut anew = hello;
    anew["cache"] = json!(false);
    anew["stream"] = json!(true);
    let (_, body) = ask("/v1/chat/completions", anew);
    assert!(body.contains("\"content\":\"broken.\"") && !body.contains("usage"), "{body}");
    assert_eq!(provider.asked().len(), asked + 1);
    let cache = server.cli(&["models", "cache", "--json"]).json();
    assert_eq!((&cache["answers"], &cache["hits"]), (&json!(1), &json!(1)));
    assert!(cache["saved_usd"].as_f64().unwrap() > 0.0);

    let (status, body) = ask("/v1/embeddings", json!({ "model": "mine/e", "input": "Hello" }));
    assert!(status == 200 && body.contains("\"embedding\":[0,0.5]"), "{body}");
    let (status, body) = ask(
        "/v1/chat/completions",
        json!({ "model": "none", "messages": [{ "role": "user", "content": "?" }] }),
    );
    let refusal: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &refusal["error"]["code"]), (404, &json!("E-LLM-001")));
    let (status, _) =
        post_as(&format!("{}/v1/chat/completions", server.url), "{}", Some("c32_wrong"));
    assert_eq!(status, 401);
}
