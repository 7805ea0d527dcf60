//! Budgets, limits, sums: on one server and on two.

use std::sync::Arc;
use std::time::Duration;

use codex32_llm::Caller;
use codex32_model::ids::{BotId, CallId, RunId};
use codex32_store::budgets::Budget;
use codex32_store::spend::{Attempt, Ending, NewCall, Reserved, Settlement};
use codex32_testkit::model::{Act, Provider};
use codex32_testkit::place::Place;
use serde_json::json;

use crate::world::{World, prompt};

fn budget(scope: &str, subject: &str, most: i64) -> Budget {
    Budget { scope: scope.into(), subject: subject.into(), period: "day".into(), most, warn: 80 }
}

#[tokio::test]
async fn a_cost_is_what_was_counted_times_the_price() {
    let provider = Provider::saying("three words here").await;
    let world = World::new();
    world.server("first", &provider.url());
    world.priced().await;
    let answer = world.gateway.chat(world.caller(), prompt("first/m", "two words")).await.unwrap();
    assert_eq!(answer.cost, 2 + 3 * 2);
    let sum = world.sum().await;
    assert_eq!((sum.cost, sum.input, sum.output, sum.estimated), (8, 2, 3, 0));
}

#[tokio::test]
async fn what_a_budget_does_not_have_is_refused_before_anything_is_sent() {
    let provider = Provider::saying("fine").await;
    let world = World::new();
    world.server("first", &provider.url());
    let bot = BotId::from_bytes([3; 16]);
    world.store.set_budget(world.scope, budget("bot", &bot.to_string(), 100)).await.unwrap();
    let mut request = prompt("first/m", "hello");
    request.max_tokens = Some(60);
    let caller = || Caller { bot: Some(bot), ..world.caller() };
    world.priced().await;
    let error = world.gateway.chat(caller(), request.clone()).await.unwrap_err();
    assert_eq!(error.code().text, "E-LLM-002");
    assert!(provider.asked().is_empty());
    request.max_tokens = Some(20);
    world.gateway.chat(caller(), request.clone()).await.unwrap();
    // Others are not concerned.
    request.max_tokens = Some(60);
    world.gateway.chat(world.caller(), request).await.unwrap();
    // A request without a limit gets one, so that what is reserved is the most that it can cost.
    world.store.set_budget(world.scope, budget("workspace", "", 50_000)).await.unwrap();
    world.gateway.chat(world.caller(), prompt("first/m", "hello")).await.unwrap();
    assert_eq!(provider.asked().last().unwrap().body["max_tokens"], 16_384);
}

#[tokio::test]
async fn a_step_and_a_run_keep_their_own_limits() {
    let provider = Provider::saying("fine").await;
    let world = World::new();
    world.server("first", &provider.url());
    world.priced().await;
    let run = Some(RunId::from_bytes([4; 16]));
    let caller = |limit, run_limit| Caller { limit, run_limit, run, ..world.caller() };
    world.gateway.chat(caller(Some(200), None), prompt("first/m", "hello")).await.unwrap();
    let most = provider.asked()[0].body["max_tokens"].as_u64().unwrap();
    assert!((80..100).contains(&most), "as many as the limit buys: {most}");
    let refused = world.gateway.chat(caller(Some(10), None), prompt("first/m", "hello")).await;
    assert_eq!(refused.unwrap_err().code().text, "E-LLM-006");
    let mut short = prompt("first/m", "hello");
    short.max_tokens = Some(20);
    world.gateway.chat(caller(None, Some(60)), short.clone()).await.unwrap();
    // What the run has left bounds an answer that nobody else bounds.
    world.gateway.chat(caller(None, Some(60)), prompt("first/m", "hello")).await.unwrap();
    let most = provider.asked()[2].body["max_tokens"].as_u64().unwrap();
    assert!((16..25).contains(&most), "as many as is left for: {most}");
    let refused = world.gateway.chat(caller(None, Some(40)), short).await;
    assert_eq!(refused.unwrap_err().code().text, "E-LLM-006");
}

#[tokio::test]
async fn a_model_without_a_price_is_not_asked_where_somebody_counts() {
    let provider = Provider::saying("fine").await;
    let world = World::new();
    let fields = json!({ "token": "k-12345", "base_url": provider.url() });
    world.connect("openai", "openai", "api_key", fields);
    world.store.set_budget(world.scope, budget("workspace", "", 1_000_000)).await.unwrap();
    let refused = world.gateway.chat(world.caller(), prompt("openai/new-thing", "?")).await;
    assert_eq!(refused.unwrap_err().code().text, "E-LLM-007");
    world.gateway.chat(world.caller(), prompt("openai/gpt-5-nano", "?")).await.unwrap();
}

#[tokio::test]
async fn a_second_attempt_is_asked_only_where_it_can_be_paid_too() {
    let bill = json!({ "choices": [], "usage": { "prompt_tokens": 5, "completion_tokens": 20 } });
    let bad = Provider::start(move |_| Act::Json(200, bill.clone())).await;
    let good = Provider::saying("fine").await;
    let world = World::new();
    world.server("bad", &bad.url());
    world.server("good", &good.url());
    world.priced().await;
    let all: Vec<_> =
        ["bad", "good"].map(|name| json!({ "connection": name, "model": "m" })).into();
    world.model("smart", json!({ "use": all, "rounds": 1 })).await;
    // 6 for the prompt and 40 for the answer are reserved, and 45 were charged for none.
    let mut request = prompt("smart", "hello");
    request.max_tokens = Some(20);
    let set = |most| world.store.set_budget(world.scope, budget("workspace", "", most));
    set(80).await.unwrap();
    let error = world.gateway.chat(world.caller(), request.clone()).await.unwrap_err();
    assert_eq!((error.code().text, world.sum().await.cost), ("E-LLM-002", 45));
    assert!(good.asked().is_empty());
    set(45 + 45 + 46).await.unwrap();
    let answer = world.gateway.chat(world.caller(), request).await.unwrap();
    assert_eq!((answer.connection.as_str(), answer.cost), ("good", 45 + 3));
    assert_eq!(
        world.store.budget_standings(world.scope, day(), day()).await.unwrap()[0].reserved,
        0
    );
}

fn day() -> codex32_model::Timestamp {
    codex32_model::Timestamp::from_micros(0)
}

#[tokio::test]
async fn a_call_whose_server_died_counts_until_it_is_known_what_it_cost() {
    let world = World::new();
    let at = |micros| codex32_model::Timestamp::from_micros(micros);
    let new = |number: u8, key: Option<&str>| NewCall {
        id: CallId::from_bytes([number; 16]),
        scope: world.scope,
        bot: None,
        run: None,
        step: None,
        evaluation: None,
        key: key.map(str::to_owned),
        kind: "chat",
        asked: "fast".into(),
        reserve: 30,
        run_limit: None,
        at: at(i64::from(number)),
        day: day(),
        month: day(),
    };
    let settle = |number: u8, release, cost, state: Option<&'static str>| {
        let attempt = Attempt {
            connection: "first".into(),
            provider: "openai".into(),
            model: "m".into(),
            outcome: "done",
            message: None,
            status: Some(200),
            input: 1,
            output: 1,
            cached: 0,
            cache_write: 0,
            counted: "provider",
            cost,
            priced: true,
            started_at: day(),
            duration_ms: 1,
        };
        world.store.settle_call(Settlement {
            call: CallId::from_bytes([number; 16]),
            scope: world.scope,
            bot: None,
            day: day(),
            month: day(),
            release,
            attempts: vec![attempt],
            ending: state.map(|state| Ending { state, ..Ending::default() }),
            keep: Vec::new(),
            at: day(),
        })
    };
    world.store.set_budget(world.scope, budget("workspace", "", 100)).await.unwrap();
    let stand = async || {
        let standings = world.store.budget_standings(world.scope, day(), day()).await.unwrap();
        (standings[0].spent, standings[0].reserved)
    };
    // The server dies, and another one asks again under the same key.
    assert_eq!(world.store.reserve_call(new(1, Some("k"))).await.unwrap(), Reserved::Granted);
    assert_eq!(world.store.reserve_call(new(2, Some("k"))).await.unwrap(), Reserved::Granted);
    assert_eq!(stand().await, (30, 30));
    settle(2, 30, 7, Some("done")).await.unwrap();
    assert_eq!(stand().await, (37, 0));
    // It had only been away for long: what it counted stands in the place of the estimate.
    settle(1, 30, 9, Some("done")).await.unwrap();
    assert_eq!((stand().await, world.sum().await.cost), ((16, 0), 16));
    assert_eq!(world.sum().await.estimated, 0);
    // A call that was answered while a second attempt goes on is not lost by its successor.
    assert_eq!(world.store.reserve_call(new(3, Some("k"))).await.unwrap(), Reserved::Granted);
    settle(3, 10, 4, Some("done")).await.unwrap();
    assert_eq!(world.store.reserve_call(new(4, Some("k"))).await.unwrap(), Reserved::Granted);
    assert_eq!(stand().await, (20, 50));
    settle(3, 20, 5, None).await.unwrap();
    assert_eq!(stand().await, (25, 30));
    // What nobody ever settled is counted in the end.
    assert_eq!(world.store.lose_calls(world.scope.workspace, at(5)).await.unwrap(), 1);
    assert_eq!((stand().await, world.sum().await.estimated), ((55, 0), 30));
    let free = NewCall { reserve: 0, ..new(5, None) };
    assert_eq!(world.store.reserve_call(free).await.unwrap(), Reserved::Granted);
    assert_eq!(world.store.lose_calls(world.scope.workspace, at(9)).await.unwrap(), 1);
    assert_eq!(world.store.lose_calls(world.scope.workspace, at(9)).await.unwrap(), 0);
}

/// 64 callers at once on two servers: what is spent and reserved together never passes the budget.
async fn many_callers(world: &World, stores: [&codex32_store::Store; 2]) {
    let provider = Provider::start(|_| {
        Act::Late(Duration::from_millis(30), "one two three four five six seven eight".into())
    })
    .await;
    world.server("first", &provider.url());
    world.priced().await;
    // A call reserves 2 + 4 for the prompt, 16 for the answer, and costs 1 + 16.
    let most = 400;
    world.store.set_budget(world.scope, budget("workspace", "", most)).await.unwrap();
    let gateways = stores.map(|store| Arc::new(world.beside(store)));
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (gateway, caller) = (Arc::clone(&gateways[number % 2]), world.caller());
        let mut request = prompt("first/m", "hello");
        request.max_tokens = Some(8);
        calls.spawn(async move { gateway.chat(caller, request).await });
    }
    let (mut well, mut refused) = (0, 0);
    let (day, month) = codex32_llm::periods(world.now());
    while let Some(answer) = calls.join_next().await {
        match answer.unwrap() {
            Ok(answer) => well += answer.cost,
            Err(error) => {
                assert_eq!(error.code().text, "E-LLM-002", "{error}");
                refused += 1;
            }
        }
        // At any time, not only in the end.
        let standings = world.store.budget_standings(world.scope, day, month).await.unwrap();
        let taken = standings[0].spent + standings[0].reserved;
        assert!(taken <= most, "{taken} of {most} are spent or reserved");
    }
    let (sum, counted) = (world.sum().await, provider.counted());
    assert!(refused > 0 && well > most / 2, "{refused} refused, {well} spent");
    assert!(sum.cost <= most, "{} of {most}", sum.cost);
    assert_eq!(sum.cost, well);
    assert_eq!((sum.input, sum.output), (counted.input as i64, counted.output as i64));
}

#[tokio::test]
async fn many_callers_never_pass_a_budget() {
    let world = World::new();
    let store = world.store.clone();
    many_callers(&world, [&store, &store]).await;
}

#[tokio::test]
async fn many_callers_on_two_servers_never_pass_a_budget() {
    let Some(place) = Place::postgres() else { return };
    let (one, two) = (place.open(), place.open());
    let world = World::on(one.clone());
    many_callers(&world, [&one, &two]).await;
}

/// How many calls go through; `CALLS=10000` is the long form.
fn calls() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a choice of whoever runs the test")]
    let chosen = std::env::var("CALLS").ok().and_then(|text| text.parse().ok());
    chosen.unwrap_or(1_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_and_no_cost_is_lost_among_two_failing_providers_and_a_good_one() {
    let flaky = |seed: usize| {
        Provider::start(move |asked| match asked.number.wrapping_mul(31).wrapping_add(seed) % 13 {
            0 => Act::Fail(503),
            1 => Act::Busy(None),
            2 => Act::Busy(Some(1)),
            3 => Act::Garbage,
            4 => Act::WrongTypes,
            5 => Act::Cut("half of".into()),
            6 => Act::Drop,
            7 => Act::Json(500, json!("?")),
            8 => Act::Fail(529),
            9 => Act::Late(Duration::from_millis(20), "at last".into()),
            _ => Act::Say("an answer of mine".into()),
        })
    };
    let (bad, worse, good) =
        (flaky(0).await, flaky(5).await, Provider::saying("a good answer").await);
    let world = World::new();
    for (name, provider) in [("bad", &bad), ("worse", &worse), ("good", &good)] {
        world.server(name, &provider.url());
    }
    world.priced().await;
    let whole = Budget { period: "month".into(), ..budget("workspace", "", i64::MAX / 2) };
    world.store.set_budget(world.scope, whole).await.unwrap();
    let all: Vec<_> =
        ["bad", "worse", "good"].map(|name| json!({ "connection": name, "model": "m" })).into();
    world.model("smart", json!({ "use": all, "timeout": "5s", "first_token": "5s" })).await;
    let turns = Arc::new(tokio::sync::Semaphore::new(32));
    let mut running = tokio::task::JoinSet::new();
    let count = calls();
    for number in 0..count {
        let (gateway, turns) = (world.gateway.clone(), Arc::clone(&turns));
        let key = Some(format!("call-{number}"));
        let caller = Caller { key, ..world.caller() };
        // Those that were left come back into the game now and then.
        if number % 20 == 0 {
            for name in ["bad", "worse"] {
                gateway.connection_changed(world.scope.workspace, name);
            }
        }
        running.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let request = prompt("smart", &format!("question {number}"));
            if number % 3 == 0 {
                gateway.stream(caller, request).unwrap().ended.await.unwrap()
            } else {
                gateway.chat(caller, request).await
            }
        });
    }
    let mut told = 0;
    while let Some(answer) = running.join_next().await {
        told += answer.unwrap().unwrap().cost;
    }
    let sum = world.sum().await;
    let counted = [bad.counted(), worse.counted(), good.counted()];
    let reported: u64 = counted.iter().map(|counted| counted.input + 2 * counted.output).sum();
    assert_eq!(sum.calls as usize, count);
    assert_eq!(sum.failed, 0);
    assert_eq!(sum.cost - sum.estimated, reported as i64, "what the providers reported, exactly");
    assert_eq!(sum.cost, told, "and what the callers were told");
    let (day, month) = codex32_llm::periods(world.now());
    let standings = world.store.budget_standings(world.scope, day, month).await.unwrap();
    assert_eq!((standings[0].spent, standings[0].reserved), (sum.cost, 0), "and what budgets have");
    let answers: u64 = counted.iter().map(|counted| counted.answers).sum();
    assert_eq!(answers as usize, count, "nobody was asked twice for one answer");
    assert!(bad.counted().answers > 0 && sum.attempts as usize > count);
}
