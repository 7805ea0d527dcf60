//! What the cache saves of a traffic sample, and that it never gives a wrong answer.
//!
//! The prompts are those of the project's own suites: questions to its documentation and two books, and
//! sentences that describe bots. How often people ask the same again is an assumption, the usual one: the prompt
//! in place r of all is asked 1/r as often as the first one (Zipf), in an order that follows from nothing but a
//! number. Each prompt comes in the forms in which programs ask it; forms are never mixed up.

use codex32_llm::{By, Caller, ChatRequest, Message};
use codex32_testkit::model::{Act, Provider};
use serde_json::{Value, json};

use crate::world::{World, prompt};

const QUESTIONS: &str = include_str!("../../../knowledge/tests/recall.txt");
const SENTENCES: [&str; 2] = [
    include_str!("../../../author/tests/cases/held.jsonl"),
    include_str!("../../../author/tests/cases/tuned.jsonl"),
];
/// Calls of the sample.
const CALLS: u64 = 1_500;
/// One in so many asks anew, whatever the cache has.
const ANEW: u64 = 50;

fn prompts() -> Vec<String> {
    let questions = QUESTIONS.lines().filter_map(|line| line.split_once(" | "));
    let mut prompts: Vec<String> = questions.map(|(question, _)| question.to_owned()).collect();
    for line in SENTENCES.iter().flat_map(|file| file.lines()) {
        let case: Value = serde_json::from_str(line).unwrap();
        prompts.push(case["text"].as_str().unwrap().to_owned());
    }
    // Suites are in the order of their subjects, traffic is not.
    let mut order: Vec<_> = (0..prompts.len() as u64).zip(prompts).collect();
    order.sort_by_key(|(number, _)| mixed(*number));
    order.into_iter().map(|(_, prompt)| prompt).collect()
}

/// A number that looks like chance (the finaliser of MurmurHash3).
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        x = (x ^ (x >> 33)).wrapping_mul(factor);
    }
    x ^ (x >> 33)
}

/// The form in which a prompt is asked: requests that differ in anything that can change an answer.
fn request(text: &str, form: u64) -> ChatRequest {
    let mut request = prompt("kept", text);
    match form {
        0 => {}
        1 => request.messages.insert(0, Message::new("system", "Answer in one sentence.")),
        2 => request.temperature = Some(0.0),
        3 => request.messages[0].content = json!(format!("{text} ")),
        4 => request.messages[0].content = json!(text.to_lowercase()),
        _ => {
            request.messages.push(Message::new("assistant", "Which one do you mean?"));
            request.messages.push(Message::new("user", "The first."));
        }
    }
    request
}

/// What the provider says to exactly that request.
fn said(body: &Value) -> String {
    let asked = json!([body["messages"], body["temperature"]]);
    let hash = codex32_llm::chat::canonical_hash(&asked);
    let words = 5 + usize::from(hash.as_bytes()[0]) % 40;
    (0..words).map(|word| format!("{}{word}", &hash[..12])).collect::<Vec<_>>().join(" ")
}

/// What it costs to ask that, at the prices of the world: a word is a token.
fn cost(body: &Value) -> i64 {
    let words = |text: &str| text.split_whitespace().count() as i64;
    let messages = body["messages"].as_array().unwrap().iter();
    let read: i64 = messages.map(|message| words(message["content"].as_str().unwrap())).sum();
    read + 2 * words(&said(body))
}

#[tokio::test]
async fn the_cache_saves_most_of_a_traffic_sample_and_gives_no_wrong_answer() {
    let provider = Provider::start(|asked| Act::Say(said(&asked.body))).await;
    let world = World::new();
    world.server("first", &provider.url());
    world.priced().await;
    let only = json!([{ "connection": "first", "model": "m" }]);
    world.model("kept", json!({ "use": only, "cache": "1h" })).await;
    let prompts = prompts();
    assert!(prompts.len() > 300, "{}", prompts.len());
    let weights = (1..=prompts.len()).map(|place| 1.0 / place as f64);
    let whole: f64 = weights.clone().sum();
    let (mut wrong, mut hits, mut uncached) = (0, 0, 0);
    let mut distinct = std::collections::HashSet::new();
    for number in 0..CALLS {
        let mut left = mixed(number) as f64 / u64::MAX as f64 * whole;
        let place = weights.clone().position(|weight| {
            left -= weight;
            left <= 0.0
        });
        let text = &prompts[place.unwrap_or(0)];
        // Most programs ask a prompt in one form; one in ten calls comes from another program.
        let form = if mixed(number ^ 0xf0).is_multiple_of(10) { 1 + mixed(number) % 5 } else { 0 };
        let request = request(text, form);
        let body = json!(request);
        distinct.insert(request.hash());
        let caller = Caller { fresh: number % ANEW == ANEW - 1, ..world.caller() };
        let answer = if number.is_multiple_of(3) {
            world.gateway.stream(caller, request).unwrap().ended.await.unwrap().unwrap()
        } else {
            world.gateway.chat(caller, request).await.unwrap()
        };
        uncached += cost(&body);
        wrong += usize::from(answer.reply.text() != said(&body));
        hits += usize::from(answer.by == By::Cache);
    }
    let sum = world.sum().await;
    let share = sum.saved as f64 / uncached as f64;
    println!(
        "{CALLS} calls of {} requests: {hits} from the cache, {:.1} % of {uncached} micro-dollars saved, \
         {wrong} wrong",
        distinct.len(),
        share * 100.0
    );
    assert_eq!(wrong, 0);
    assert_eq!(sum.cost + sum.saved, uncached, "what was saved is what it would have cost");
    assert_eq!(sum.hits as usize, hits);
    assert_eq!(provider.counted().answers as usize + hits, CALLS as usize);
    assert!(share >= 0.6, "{share}");
}
