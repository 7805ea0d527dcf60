//! Webhooks as their callers see them.

use codex32_model::{RunState, Value};

use crate::harness::{World, json, text};

/// Method, path, headers, body; status and code of the answer.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);

const ORDER: &str = r#"
bot: orders
inputs: { total: number, note: { type: string, required: false } }
triggers:
  order: { webhook: { path: orders/new, respond: run, dedupe: "{{ trigger.headers['x-event-id'] }}" } }
steps:
  - { id: double, set: "{{ inputs.total * 2 }}" }
  - { id: size, if: "{{ steps.double > 100 }}", then: [ { respond: { status: 201, headers: { x-size: big }, body: { size: big } } } ], else: [ { return: thanks } ] }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_answers_its_webhook_in_one_commit() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let before = world.engine.store().committer().commits();
    let small = world.post("orders/new", r#"{"total": 10}"#).await;
    assert_eq!((small.status, text(&small)), (200, "thanks"));
    assert_eq!(world.engine.store().committer().commits(), before + 1);
    let big = world.post("orders/new", r#"{"total": 100}"#).await;
    assert_eq!((big.status, text(&big)), (201, r#"{"size":"big"}"#));
    assert!(big.headers.contains(&("x-size".to_owned(), "big".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_keys_start_one_run_and_get_its_answer() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let headers = [("content-type", "application/json"), ("x-event-id", "e1")];
    let first = world.request("POST", "orders/new", &headers, br#"{"total": 100}"#).await;
    let second = world.request("POST", "orders/new", &headers, br#"{"total": 7}"#).await;
    assert_eq!(first, second);
    let filter = codex32_store::runs::Filter { limit: 10, ..Default::default() };
    assert_eq!(world.engine.store().runs(world.scope, filter).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_get_one_clear_answer_and_start_nothing() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let cases: [Case<'_>; 7] = [
        (
            "POST",
            "orders/new",
            &[("content-type", "application/json")],
            b"{\"total\":",
            400,
            "E-RUN-033",
        ),
        (
            "POST",
            "orders/new",
            &[("content-type", "application/json")],
            b"\xff\xfe",
            400,
            "E-RUN-033",
        ),
        (
            "POST",
            "orders/new",
            &[("content-type", "application/json")],
            b"{\"total\": \"many\"}",
            400,
            "E-RUN-005",
        ),
        ("POST", "orders/new", &[("content-type", "application/json")], b"{}", 400, "E-RUN-005"),
        ("POST", "orders/new", &[("content-type", "application/json")], b"[1]", 400, "E-RUN-005"),
        ("GET", "orders/new", &[], b"", 405, "E-RUN-031"),
        ("POST", "orders/old", &[], b"", 404, "E-RUN-030"),
    ];
    for (method, path, headers, body, status, code) in cases {
        let answer = world.request(method, path, headers, body).await;
        assert_eq!(
            (answer.status, answer.refusal.as_ref().unwrap().code.text),
            (status, code),
            "{}",
            text(&answer)
        );
    }
    let filter = codex32_store::runs::Filter { limit: 10, ..Default::default() };
    assert!(world.engine.store().runs(world.scope, filter).await.unwrap().is_empty());
    world.engine.pause(world.scope, "orders").await.unwrap();
    assert_eq!(world.post("orders/new", r#"{"total": 1}"#).await.status, 503);
    world.engine.withdraw(world.scope, "orders").await.unwrap();
    assert_eq!(world.post("orders/new", r#"{"total": 1}"#).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_and_queries_are_read_as_the_types_that_they_spell() {
    let world = World::new().await;
    world.deploy("bot: form\ninputs: { n: number, who: string }\ntriggers: { f: { webhook: { path: f, method: ANY, respond: run } } }\nsteps: [ { return: \"{{ inputs.who + (inputs.n + 1) }}\" } ]").await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = world.request("POST", "f", &headers, b"n=41&who=a%20b%C3%BC").await;
    assert_eq!(text(&form), "a bü42");
    // What `curl -d '{…}'` sends: JSON that calls itself a form.
    let curl = world.request("POST", "f", &headers, br#"{"n": 2, "who": "c"}"#).await;
    assert_eq!(text(&curl), "c3");
    let broken = world.request("POST", "f", &headers, br#"{"n": 2"#).await;
    assert_eq!((broken.status, broken.refusal.as_ref().unwrap().code.text), (400, "E-RUN-033"));
    let query = world.request("GET", "f?n=1&who=me", &[], b"").await;
    assert_eq!(text(&query), "me2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_are_asked_for() {
    let world = World::new().await;
    world.deploy("bot: signed\ntriggers: { s: { webhook: { path: s, verify: { scheme: hmac-sha256, connection: hook, header: x-signature } } } }\nsteps: [ { set: 1 } ]").await;
    let wrong = world.request("POST", "s", &[("x-signature", "wrong")], b"{}").await;
    assert_eq!((wrong.status, wrong.refusal.as_ref().unwrap().code.text), (401, "E-RUN-034"));
    let right = world.request("POST", "s", &[("x-signature", "right")], b"{}").await;
    assert_eq!(right.status, 202);
    let run = json(&right).get("run").unwrap().to_text().parse().unwrap();
    assert_eq!(world.ended(run).await.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_run_answers_500_with_its_id_and_when_answers_null() {
    let world = World::new().await;
    world.deploy("bot: bad\ninputs: { n: { type: number, required: false } }\ntriggers: { b: { webhook: { path: b, respond: run }, when: \"{{ inputs.n != 3 }}\" } }\nsteps: [ { set: \"{{ inputs.n.missing.deep }}\" } ]").await;
    let failed = world.post("b", r#"{"n": 1}"#).await;
    assert_eq!(failed.status, 500);
    let run = failed.refusal.unwrap().run.unwrap();
    assert_eq!(world.view(run).await.state, RunState::Failed);
    let skipped = world.post("b", r#"{"n": 3}"#).await;
    assert_eq!((skipped.status, json(&skipped).get("run")), (200, Some(&Value::Null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_bots_cannot_have_one_path() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let error = world.try_deploy(&ORDER.replace("bot: orders", "bot: other")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the webhook path `orders/new` (POST) is taken by the bot `orders`"
    );
    // All or nothing: the refused bot is not there.
    assert!(world.engine.store().bot(world.scope, "other".to_owned()).await.unwrap().is_none());
    // The same bot may keep its path over versions.
    assert_eq!(world.deploy(ORDER).await.bot.version, 2);
}
