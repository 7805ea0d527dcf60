//! Whether the semantic cache takes different questions for the same: pairs with what is right, and the gateway
//! with the built-in model.

use std::sync::Arc;
use std::time::Duration;

use codex32_connectors::http::{self, Guarded};
use codex32_connectors::{Credentials, Failure, builtin, validate_connection};
use codex32_identity::secrets::KeyFile;
use codex32_knowledge::embed::BuiltIn;
use codex32_llm::semantic::{Meaning, THRESHOLD, marks};
use codex32_llm::{By, Caller, ChatRequest, Connections, Definition, Gateway, Message, Options};
use codex32_model::ids::WorkspaceId;
use codex32_model::{Clock, Scope, Timestamp, Value};
use codex32_store::models::{Model, Price};
use codex32_testkit::model::{Act, Provider};
use serde_json::json;

use crate::world::{World, world};

const PAIRS: &str = include_str!("../meaning.txt");

struct Pair {
    same: bool,
    one: &'static str,
    other: &'static str,
}

fn pairs() -> Vec<Pair> {
    let mut lines = PAIRS.lines().filter(|line| !line.starts_with('#'));
    let mut pairs = Vec::new();
    while let (Some(first), Some(other)) = (lines.next(), lines.next()) {
        let (sign, one) = first.split_at(2);
        pairs.push(Pair { same: sign == "= ", one, other: other.trim() });
    }
    pairs
}

/// None where the words say that they are two questions.
fn nearness(pair: &Pair) -> Option<f64> {
    let of = |text| Meaning::of(text, &BuiltIn);
    if marks(pair.one) != marks(pair.other) {
        return None;
    }
    of(pair.one)?.nearness(&of(pair.other)?)
}

#[test]
fn questions_that_mean_something_else_are_not_answered_alike() {
    let all = pairs();
    // Every second pair of each kind was not looked at while the guards were made.
    let halves = [true, false].map(|apart| {
        let of = |same| all.iter().filter(move |pair| pair.same == same);
        let every = move |(number, _): &(usize, &Pair)| (number % 2 == 1) == apart;
        let half = |same| of(same).enumerate().filter(every).map(|(_, pair)| pair);
        half(true).chain(half(false)).collect::<Vec<_>>()
    });
    let (mut all_hits, mut all_wrong) = (0, 0);
    for (name, half) in [("kept apart", &halves[0]), ("made with", &halves[1])] {
        let figures = |threshold: f64| {
            let hit = |pair: &&&Pair| nearness(pair).is_some_and(|near| near >= threshold);
            let count = |same| half.iter().filter(|pair| pair.same == same).filter(hit).count();
            (count(true), count(false))
        };
        let same = half.iter().filter(|pair| pair.same).count();
        for threshold in [0.8, 0.85, 0.9, THRESHOLD, 0.95, 0.98] {
            let (hits, wrong) = figures(threshold);
            let others = half.len() - same;
            println!("{name}, {threshold}: {hits} of {same} the same, {wrong} of {others} others");
        }
        let (hits, wrong) = figures(THRESHOLD);
        (all_hits, all_wrong) = (all_hits + hits, all_wrong + wrong);
    }
    assert!(all.len() >= 120, "{}", all.len());
    assert_eq!(all_wrong, 0, "of {} pairs that mean something else", all.len());
    assert!(all_hits >= 20, "{all_hits}: a cache that never answers is of no use");
}

/// Connections by name, all to one provider.
struct One(Credentials);

#[async_trait::async_trait]
impl Connections for One {
    async fn open(&self, _: WorkspaceId, _: &str) -> Result<Option<Credentials>, Failure> {
        Ok(Some(self.0.clone()))
    }
}

struct Cached {
    world: World,
    gateway: Gateway,
    provider: Provider,
}

impl Cached {
    async fn new() -> Self {
        let world = world().await;
        let provider = Provider::start(|asked| Act::Say(format!("answer {}", asked.number))).await;
        let fields = Value::from_json(&json!({ "base_url": provider.url() }).to_string()).unwrap();
        let fields = fields.as_object().unwrap();
        let credentials =
            validate_connection(builtin(), "openai_compatible", "server", fields).unwrap();
        let keys = KeyFile::open_or_create(&world.place.folder.path().join("secrets.key")).unwrap();
        let gateway = Gateway::new(Options {
            store: world.store.clone(),
            keys: Arc::new(keys),
            http: Guarded::new(http::Options { allow_private: true, ..http::Options::default() }),
            connections: Arc::new(One(credentials)),
            clock: Arc::clone(&world.clock) as Arc<dyn Clock>,
            replays: None,
            meaning: Some(Arc::new(BuiltIn)),
        });
        let cached = Self { world, gateway, provider };
        let only = json!([{ "connection": "first", "model": "m" }]);
        cached.model("kept", json!({ "use": only, "cache": "1h", "semantic": {} })).await;
        cached.model("exact", json!({ "use": only, "cache": "1h" })).await;
        let price = Price {
            provider: "openai_compatible".to_owned(),
            model: "*".to_owned(),
            since: Timestamp::from_micros(0),
            price: json!({ "input": 1_000_000, "output": 2_000_000 }).to_string(),
        };
        cached.world.store.set_model_price(cached.world.scope, price).await.unwrap();
        cached
    }

    async fn model(&self, name: &str, definition: serde_json::Value) {
        let definition: Definition = serde_json::from_value(definition).unwrap();
        definition.check().unwrap();
        let definition = json!(definition).to_string();
        let updated_at = Timestamp::from_micros(0);
        let model = Model { name: name.to_owned(), definition, updated_at };
        self.world.store.set_model(self.world.scope, model).await.unwrap();
    }

    /// The answer, and from where it came.
    async fn ask(&self, request: ChatRequest) -> (String, By) {
        let caller = Caller::new(self.world.scope);
        let answer = self.gateway.chat(caller, request).await.unwrap();
        (answer.reply.text().to_owned(), answer.by)
    }
}

fn request(model: &str, text: &str) -> ChatRequest {
    ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::new("system", "Be brief."), Message::new("user", text)],
        ..ChatRequest::default()
    }
}

const ONE: &str = "How do I reset my password?";
const OTHER: &str = "how can I reset my password, please";

#[tokio::test]
async fn what_means_the_same_is_answered_once_where_all_else_is_equal() {
    let cached = Cached::new().await;
    let first = cached.ask(request("kept", ONE)).await;
    assert_eq!(first, ("answer 0".to_owned(), By::Provider));
    cached.world.clock.forward(Duration::from_secs(600));
    assert_eq!(cached.ask(request("kept", OTHER)).await, ("answer 0".to_owned(), By::Semantic));
    assert_eq!(cached.ask(request("kept", ONE)).await, ("answer 0".to_owned(), By::Cache));

    // A stream gets the same.
    let caller = || Caller::new(cached.world.scope);
    let mut streaming = cached.gateway.stream(caller(), request("kept", OTHER)).unwrap();
    let mut text = String::new();
    while let Some(chunk) = streaming.pieces.recv().await {
        text.push_str(chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    }
    let answer = streaming.ended.await.unwrap().unwrap();
    assert_eq!((text.as_str(), answer.by, answer.cost), ("answer 0", By::Semantic, 0));
    assert!(answer.made_at.is_some() && answer.worth > 0);

    // Everything else is another question.
    let mut others =
        vec![request("kept", "how can I reset my router, please"), request("exact", ONE)];
    others.push(request("exact", OTHER));
    let mut other = request("kept", OTHER);
    other.messages[0] = Message::new("system", "Be polite.");
    others.push(other);
    let tool = json!({ "type": "function", "function": { "name": "f", "parameters": {} } });
    others.push(ChatRequest { tools: vec![tool], ..request("kept", OTHER) });
    others.push(ChatRequest { temperature: Some(0.5), ..request("kept", OTHER) });
    let schema = json!({ "type": "json_object" });
    others.push(ChatRequest { response_format: Some(schema), ..request("kept", OTHER) });
    let mut other = request("kept", OTHER);
    other.messages.insert(1, Message::new("user", "Hello."));
    others.push(other);
    for other in others {
        let told = format!("{other:?}");
        assert_eq!(cached.ask(other).await.1, By::Provider, "{told}");
    }
    let fresh = Caller { fresh: true, ..caller() };
    let answer = cached.gateway.chat(fresh, request("kept", "How to reset my password?")).await;
    assert_eq!(answer.unwrap().by, By::Provider);

    // Another workspace knows nothing of it.
    let scope = Scope::new(WorkspaceId::from_bytes([8; 16]), cached.world.scope.actor);
    for model in cached.world.store.models(cached.world.scope, None, 10).await.unwrap() {
        cached.world.store.set_model(scope, model).await.unwrap();
    }
    let answer = cached.gateway.chat(Caller::new(scope), request("kept", OTHER)).await.unwrap();
    assert_eq!(answer.by, By::Provider);

    // What was saved, and how old it was.
    let figures = cached.world.store.model_cache(cached.world.scope).await.unwrap();
    assert_eq!((figures.exact.hits, figures.semantic.hits, figures.key.hits), (1, 2, 0));
    assert_eq!(figures.semantic.saved, 2 * (8 + 2 * 2), "eight words read and two written");
    let ages = [figures.semantic.age, figures.semantic.oldest].map(|age| age / 60_000_000);
    assert_eq!(ages, [10, 10]);

    // Nothing of it can be read on the disk, and its time ends.
    let sealed = cached.world.store.read(|reader| {
        let sql = "SELECT meaning FROM model_answers WHERE meaning IS NOT NULL";
        reader.query(sql, &[], |row| row.get::<Vec<u8>>(0))
    });
    let sealed = sealed.await.unwrap();
    assert!(!sealed.is_empty());
    assert!(sealed.iter().all(|bytes| !String::from_utf8_lossy(bytes).contains("password")));
    let asked = cached.provider.asked().len();
    cached.world.clock.forward(Duration::from_secs(3_600));
    assert_eq!(cached.ask(request("kept", OTHER)).await.1, By::Provider);
    assert_eq!(cached.provider.asked().len(), asked + 1);
}

#[test]
fn a_model_answers_alike_only_where_it_keeps_answers() {
    let definition = |more: serde_json::Value| {
        let mut whole = json!({ "use": [{ "connection": "first", "model": "m" }] });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let definition: Definition = serde_json::from_value(whole).unwrap();
        definition.check().map_err(|(field, _)| field)
    };
    assert_eq!(definition(json!({ "semantic": {} })), Err("semantic"));
    let most = json!({ "cache": "1h", "semantic": { "threshold": 0.3 } });
    assert_eq!(definition(most), Err("semantic.threshold"));
    assert_eq!(definition(json!({ "cache": "1h", "semantic": { "threshold": 0.9 } })), Ok(()));
}
