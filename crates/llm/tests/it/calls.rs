//! Who is asked, and what comes of it.

use std::time::{Duration, Instant};

use codex32_llm::{By, Caller, ChatRequest, Error};
use codex32_model::Scope;
use codex32_model::ids::WorkspaceId;
use codex32_testkit::model::{Act, Provider};
use serde_json::json;

use crate::world::{World, prompt};

fn two(first: &Provider, second: &Provider) -> World {
    let world = World::new();
    world.server("first", &first.url());
    world.server("second", &second.url());
    world
}

fn both() -> serde_json::Value {
    json!([{ "connection": "first", "model": "m" }, { "connection": "second", "model": "m" }])
}

#[tokio::test]
async fn the_next_provider_answers_for_one_that_fails_in_whatever_way() {
    let acts = [
        Act::Fail(503),
        Act::Busy(None),
        Act::Busy(Some(30)),
        Act::Garbage,
        Act::WrongTypes,
        Act::Cut("half an ans".into()),
        Act::Drop,
        Act::Json(401, json!({ "error": { "message": "wrong key" } })),
        Act::Json(400, json!({ "error": { "message": "context too long" } })),
        Act::Stall,
    ];
    for act in acts {
        let told = format!("{act:?}");
        let bad = Provider::start(move |_| act.clone()).await;
        let good = Provider::saying("All is well.").await;
        let world = two(&bad, &good);
        world.model("smart", json!({ "use": both(), "timeout": "1s", "first_token": "1s" })).await;
        let answer = world.gateway.chat(world.caller(), prompt("smart", "How is it?")).await;
        let answer = answer.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert_eq!(answer.reply.text(), "All is well.", "{told}");
        assert_eq!(answer.connection, "second");
        let streamed = world.gateway.stream(world.caller(), prompt("smart", "How is it?")).unwrap();
        let answer = streamed.ended.await.unwrap().unwrap_or_else(|e| panic!("{told}: {e}"));
        assert_eq!(answer.reply.text(), "All is well.", "{told}");
    }
}

#[tokio::test]
async fn a_connection_that_is_gone_costs_no_time() {
    let good = Provider::saying("Here.").await;
    let world = World::new();
    world.server("second", &good.url());
    world.model("smart", json!({ "use": both() })).await;
    let began = Instant::now();
    let answer = world.gateway.chat(world.caller(), prompt("smart", "?")).await.unwrap();
    assert_eq!(answer.connection, "second");
    let error = world.gateway.chat(world.caller(), prompt("first/m", "?")).await.unwrap_err();
    assert!(error.to_string().contains("there is no connection `first`"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_stream_that_stops_in_the_middle_says_so_and_is_counted() {
    let bad = Provider::start(|_| Act::Begin("Once upon".into())).await;
    let good = Provider::saying("All is well.").await;
    let world = two(&bad, &good);
    world.priced().await;
    world.model("smart", json!({ "use": both(), "first_token": "1s" })).await;
    let mut streaming = world.gateway.stream(world.caller(), prompt("smart", "Tell me")).unwrap();
    let piece = streaming.pieces.recv().await.unwrap();
    assert_eq!(piece["choices"][0]["delta"]["content"], "Once upon");
    // Something was shown, so nobody else can take over.
    assert!(streaming.pieces.recv().await.is_none());
    let error = streaming.ended.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("first/m: the answer stopped coming"), "{error}");
    assert!(good.asked().is_empty());
    let sum = world.sum().await;
    assert!(sum.cost > 0 && sum.cost == sum.estimated, "{sum:?}");
}

#[tokio::test]
async fn a_provider_that_failed_is_left_and_returned_to() {
    let bad = Provider::start(|asked| match asked.number {
        0..3 => Act::Fail(500),
        _ => Act::Say("I am back.".into()),
    })
    .await;
    let good = Provider::saying("Here.").await;
    let world = two(&bad, &good);
    world.model("smart", json!({ "use": both() })).await;
    for _ in 0..10 {
        world.gateway.chat(world.caller(), prompt("smart", "?")).await.unwrap();
    }
    assert_eq!((bad.asked().len(), good.asked().len()), (3, 10), "left after three failures");
    let view = world.gateway.health(world.scope.workspace);
    assert!(view[0].left_for_s.is_some() && view[1].left_for_s.is_none(), "{view:?}");
    world.gateway.connection_changed(world.scope.workspace, "first");
    let answer = world.gateway.chat(world.caller(), prompt("smart", "?")).await.unwrap();
    assert_eq!(answer.reply.text(), "I am back.");
}

#[tokio::test]
async fn one_provider_is_tried_again_and_all_reasons_are_told_in_the_end() {
    let flaky = Provider::start(|asked| match asked.number {
        0 => Act::Fail(502),
        _ => Act::Say("Now.".into()),
    })
    .await;
    let world = World::new();
    world.server("first", &flaky.url());
    world.server("second", "http://127.0.0.1:9/v1");
    let answer = world.gateway.chat(world.caller(), prompt("first/m", "?")).await.unwrap();
    assert_eq!(answer.reply.text(), "Now.");
    assert_eq!(world.sum().await.attempts, 2);

    let bad = Provider::start(|_| Act::Json(400, json!({ "error": { "message": "no" } }))).await;
    world.server("first", &bad.url());
    world.model("all", json!({ "use": both(), "rounds": 2 })).await;
    let error = world.gateway.chat(world.caller(), prompt("all", "?")).await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains("first/m: 400: no") && told.contains("second/m: "), "{told}");
    assert_eq!(error.code().text, "E-LLM-003");
    let error = world.gateway.chat(world.caller(), prompt("none", "?")).await.unwrap_err();
    assert!(matches!(&error, Error::NoModel(text) if text.contains("`all`")), "{error}");
}

#[tokio::test]
async fn keys_of_a_pool_share_the_load_and_a_pause_that_is_asked_for_is_kept() {
    let one = Provider::start(|asked| match asked.number {
        0 => Act::Busy(Some(60)),
        _ => Act::Say("one".into()),
    })
    .await;
    let other = Provider::saying("other").await;
    let world = two(&one, &other);
    let pool = json!([{ "connection": ["first", "second"], "model": "m" }]);
    world.model("smart", json!({ "use": pool })).await;
    for _ in 0..6 {
        world.gateway.chat(world.caller(), prompt("smart", "?")).await.unwrap();
    }
    assert_eq!(one.asked().len(), 1, "left for as long as it asked");
    assert_eq!(other.asked().len(), 6);
}

#[tokio::test]
async fn a_late_answer_is_hedged_and_both_are_paid() {
    let late = Provider::start(|_| Act::Late(Duration::from_secs(2), "late".into())).await;
    let quick = Provider::saying("quick").await;
    let world = two(&late, &quick);
    world.priced().await;
    world.model("smart", json!({ "use": both(), "hedge": "100ms" })).await;
    let began = Instant::now();
    let answer =
        world.gateway.chat(world.caller(), prompt("smart", "Who is first?")).await.unwrap();
    assert_eq!(answer.reply.text(), "quick");
    assert!(began.elapsed() < Duration::from_secs(2));
    // Nobody waits for the late one, and it is counted all the same.
    let settled = async {
        while world.sum().await.attempts < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.unwrap();
    let (late, quick, sum) = (late.counted(), quick.counted(), world.sum().await);
    assert_eq!(sum.input, (late.input + quick.input) as i64);
    assert_eq!(sum.output, (late.output + quick.output) as i64);
    assert_eq!(sum.calls, 1);
}

#[tokio::test]
async fn a_stream_passes_on_what_comes_and_counts_what_nobody_reads() {
    let provider = Provider::saying("one two three").await;
    let world = World::new();
    world.server("first", &provider.url());
    let mut streaming = world.gateway.stream(world.caller(), prompt("first/m", "Count!")).unwrap();
    let mut text = String::new();
    while let Some(chunk) = streaming.pieces.recv().await {
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    }
    let answer = streaming.ended.await.unwrap().unwrap();
    assert_eq!((text.as_str(), answer.reply.text()), ("one two three", "one two three"));
    assert_eq!((answer.usage.input, answer.usage.output), (1, 3));

    drop(world.gateway.stream(world.caller(), prompt("first/m", "Count again!")).unwrap());
    let settled = async {
        while world.sum().await.attempts < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.unwrap();
    assert_eq!(world.sum().await.output, 6);
}

#[tokio::test]
async fn an_answer_that_was_paid_under_a_key_is_given_again() {
    let provider = Provider::saying("Once.").await;
    let world = World::new();
    world.server("first", &provider.url());
    let caller = || Caller { key: Some("k1".into()), ..world.caller() };
    // Two at a time: the second waits for the first.
    let (one, two) = tokio::join!(
        world.gateway.chat(caller(), prompt("first/m", "Hello")),
        world.gateway.chat(caller(), prompt("first/m", "Hello"))
    );
    let mut by = [one.unwrap().by, two.unwrap().by];
    by.sort_by_key(|by| *by == By::Key);
    assert_eq!(by, [By::Provider, By::Key]);
    // After a restart, too.
    let restarted = world.beside(&world.store);
    let again = restarted.chat(caller(), prompt("first/m", "Hello")).await.unwrap();
    assert_eq!((again.by, again.reply.text(), again.cost), (By::Key, "Once.", 0));
    assert_eq!(provider.asked().len(), 1);
    let error = restarted.chat(caller(), prompt("first/m", "Another")).await.unwrap_err();
    assert_eq!(error.code().text, "E-LLM-011");
}

#[tokio::test]
async fn a_typed_answer_fits_its_schema_or_is_asked_for_again() {
    let provider = Provider::start(|asked| {
        Act::Say(match asked.number {
            0 => "It is a bug.".into(),
            1 => "{\"label\": \"defect\"}".into(),
            _ => "```json\n{\"label\": \"bug\"}\n```".into(),
        })
    })
    .await;
    let world = World::new();
    world.server("first", &provider.url());
    let schema = json!({ "type": "object", "required": ["label"],
        "properties": { "label": { "enum": ["bug", "feature"] } } });
    let asked = world.gateway.ask(
        world.caller(),
        "first/m".into(),
        (None, "Label: crash".into()),
        Some(schema),
    );
    assert_eq!(asked.await.unwrap().output, json!({ "label": "bug" }));
    let requests = provider.asked();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].body["response_format"]["json_schema"]["strict"], true);
    let again = requests[2].prompt();
    assert!(again.contains("/label") && again.contains("bug"), "{again}");

    let stubborn = Provider::saying("no idea").await;
    world.server("first", &stubborn.url());
    let schema = Some(json!({ "type": "integer" }));
    let asked =
        world.gateway.ask(world.caller(), "first/m".into(), (None, "How many?".into()), schema);
    let error = asked.await.unwrap_err();
    assert_eq!((error.code().text, stubborn.asked().len()), ("E-LLM-005", 3));
}

#[tokio::test]
async fn unknown_fields_and_counts_pass_and_secrets_do_not() {
    let provider = Provider::start(|asked| match asked.number {
        0 => Act::Miscounted("fine".into()),
        1 => Act::Uncounted("fine".into()),
        _ => Act::Json(500, json!({ "error": { "message": "your key secret-key-1 is odd" } })),
    })
    .await;
    let world = World::new();
    let fields = json!({ "base_url": provider.url(), "token": "secret-key-1" });
    world.connect("first", "openai_compatible", "api_key", fields);
    let request: ChatRequest = serde_json::from_value(json!({
        "model": "first/m", "min_p": 0.1, "messages": [{ "role": "user", "content": "?", "x": 1 }]
    }))
    .unwrap();
    for _ in 0..2 {
        let answer = world.gateway.chat(world.caller(), request.clone()).await.unwrap();
        assert_eq!(answer.reply.text(), "fine");
    }
    let asked = &provider.asked()[0];
    assert_eq!((&asked.body["min_p"], &asked.body["messages"][0]["x"]), (&json!(0.1), &json!(1)));
    assert_eq!(
        (asked.body["model"].as_str(), asked.authorization.as_str()),
        (Some("m"), "Bearer secret-key-1")
    );
    assert!(world.sum().await.input > 0, "estimated where nobody counted");
    world
        .model("once", json!({ "rounds": 1, "use": [{ "connection": "first", "model": "m" }] }))
        .await;
    let error = world.gateway.chat(world.caller(), prompt("once", "?")).await.unwrap_err();
    assert!(!error.to_string().contains("secret-key-1"), "{error}");
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let provider = Provider::saying("").await;
    let world = World::new();
    world.server("first", &provider.url());
    let texts = vec!["a".to_owned(), "b c".to_owned()];
    let rest = serde_json::Map::new();
    let answer = world.gateway.embed(world.caller(), "first/e".into(), texts, rest).await.unwrap();
    assert_eq!(answer.reply.body["data"][1]["embedding"], json!([1, 0.5]));
    assert_eq!(answer.usage.input, 3);
}

#[tokio::test]
async fn what_was_said_once_is_replayed_from_its_file() {
    let provider = Provider::saying("Recorded.").await;
    let world = World::new();
    world.server("real", &provider.url());
    world.priced().await;
    world.connect("tape", "replay", "files", json!({ "set": "one", "record": "real" }));
    let answer = world.gateway.chat(world.caller(), prompt("tape/m", "Hello")).await.unwrap();
    assert_eq!((answer.reply.text(), answer.cost), ("Recorded.", 3), "who records pays");
    world.connect("tape", "replay", "files", json!({ "set": "one" }));
    let streamed = world.gateway.stream(world.caller(), prompt("tape/m", "Hello")).unwrap();
    let answer = streamed.ended.await.unwrap().unwrap();
    assert_eq!((answer.reply.text(), answer.cost), ("Recorded.", 0));
    assert_eq!(provider.asked().len(), 1);
    let files = std::fs::read_dir(world.folder.path().join("replays/one")).unwrap().count();
    assert_eq!(files, 1);
    let error = world.gateway.chat(world.caller(), prompt("tape/m", "Other")).await.unwrap_err();
    assert!(error.to_string().contains("E-LLM-012"), "{error}");
}

#[tokio::test]
async fn the_cache_answers_the_same_request_only_and_never_what_was_cut_off() {
    let provider = Provider::start(|asked| match asked.prompt() {
        "cut" => Act::Json(
            200,
            json!({ "choices": [{ "index": 0, "finish_reason": "length",
            "message": { "role": "assistant", "content": "half" } }] }),
        ),
        other => Act::Say(format!("{other} {}", asked.number)),
    })
    .await;
    let world = World::new();
    world.server("first", &provider.url());
    world.priced().await;
    let only = json!([{ "connection": "first", "model": "m" }]);
    world.model("kept", json!({ "use": only, "cache": "1h" })).await;
    let ask = |text: &'static str| world.gateway.chat(world.caller(), prompt("kept", text));
    let (one, other) = (ask("a").await.unwrap(), ask("b").await.unwrap());
    for _ in 0..5 {
        let again = ask("a").await.unwrap();
        assert_eq!((again.by, again.reply.text(), again.cost), (By::Cache, one.reply.text(), 0));
        assert_eq!(ask("b").await.unwrap().reply.text(), other.reply.text());
    }
    let fresh = Caller { fresh: true, ..world.caller() };
    let anew = world.gateway.chat(fresh, prompt("kept", "a")).await.unwrap();
    assert_eq!(anew.by, By::Provider);
    let sum = world.sum().await;
    assert_eq!((sum.cost, sum.saved), (3 * 5, 10 * 5), "one word read and two written, each time");
    assert_eq!(ask("cut").await.unwrap().by, ask("cut").await.unwrap().by);
    let sum = world.sum().await;
    assert_eq!((sum.hits, provider.asked().len()), (10, 5));
}

#[tokio::test]
async fn prompts_leave_as_the_settings_say() {
    let provider = Provider::saying("fine").await;
    let world = World::new();
    world.server("first", &provider.url());
    let set = |settings: serde_json::Value| {
        world.store.set_model_settings(world.scope, settings.to_string())
    };
    set(json!({ "personal_data": "mask", "log_prompts": true })).await.unwrap();
    let answer =
        world.gateway.chat(world.caller(), prompt("first/m", "Write to ada@example.com")).await;
    assert_eq!(provider.asked()[0].prompt(), "Write to [email]");
    let call = answer.unwrap().call;
    let log = world.store.model_call_log(world.scope, call).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&log).contains("Write"), "sealed");
    let (request, reply) = world.gateway.log(world.scope, call).await.unwrap().unwrap();
    assert_eq!(request["messages"][0]["content"], "Write to [email]");
    assert_eq!(reply["choices"][0]["message"]["content"], "fine");
    let stranger = Scope::new(WorkspaceId::from_bytes([8; 16]), world.scope.actor);
    assert_eq!(world.gateway.log(stranger, call).await.unwrap(), None);
    set(json!({ "personal_data": "refuse" })).await.unwrap();
    let refused = world.gateway.chat(world.caller(), prompt("first/m", "ada@example.com")).await;
    assert_eq!(refused.unwrap_err().code().text, "E-LLM-004");
    set(json!({ "allowed": ["other/*"] })).await.unwrap();
    let refused = world.gateway.chat(world.caller(), prompt("first/m", "?")).await;
    assert_eq!(refused.unwrap_err().code().text, "E-LLM-008");
    assert_eq!(provider.asked().len(), 1);
}
