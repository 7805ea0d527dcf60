//! A gateway with a store of its own, and connections to scripted providers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use codex32_connectors::http::{self, Guarded};
use codex32_connectors::{Credentials, Failure, builtin, validate_connection};
use codex32_identity::secrets::KeyFile;
use codex32_llm::{Caller, ChatRequest, Connections, Definition, Gateway, Message, Options};
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::{Clock, Scope, Timestamp, Value};
use codex32_store::Store;
use codex32_store::model_calls::{By, Sum, Which};
use codex32_store::models::{Model, Price};
use codex32_testkit::place::Place;
use serde_json::json;

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else gets this clock by argument")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }

    fn elapsed(&self) -> std::time::Duration {
        UNIX_EPOCH.elapsed().unwrap()
    }
}

/// Connections by name, of the workspace of the test.
#[derive(Clone, Default)]
pub struct Known(Arc<Mutex<HashMap<String, Credentials>>>);

#[async_trait::async_trait]
impl Connections for Known {
    async fn open(&self, _: WorkspaceId, name: &str) -> Result<Option<Credentials>, Failure> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }
}

pub struct World {
    pub gateway: Gateway,
    pub store: Store,
    pub scope: Scope,
    pub known: Known,
    keys: Arc<KeyFile>,
    pub folder: tempfile::TempDir,
    _place: Option<Place>,
}

fn gateway(store: &Store, keys: &Arc<KeyFile>, known: &Known, folder: &std::path::Path) -> Gateway {
    let http = Guarded::new(http::Options { allow_private: true, ..http::Options::default() });
    Gateway::new(Options {
        store: store.clone(),
        keys: Arc::clone(keys),
        http,
        connections: Arc::new(known.clone()),
        clock: Arc::new(SystemClock),
        replays: Some(folder.join("replays")),
        meaning: None,
    })
}

impl World {
    pub fn new() -> Self {
        let place = Place::new();
        let store = place.open();
        Self { _place: Some(place), ..Self::on(store) }
    }

    /// On a store of the test.
    pub fn on(store: Store) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(KeyFile::open_or_create(&folder.path().join("secrets.key")).unwrap());
        let known = Known::default();
        let gateway = gateway(&store, &keys, &known, folder.path());
        let scope = Scope::new(WorkspaceId::from_bytes([7; 16]), ActorId::from_bytes([0; 16]));
        Self { gateway, store, scope, known, keys, folder, _place: None }
    }

    /// Another server with the same connections and key, on a store of its own.
    pub fn beside(&self, store: &Store) -> Gateway {
        gateway(store, &self.keys, &self.known, self.folder.path())
    }

    pub fn connect(&self, name: &str, connector: &str, kind: &str, fields: serde_json::Value) {
        let fields = Value::from_json(&fields.to_string()).unwrap();
        let fields = fields.as_object().unwrap();
        let credentials = validate_connection(builtin(), connector, kind, fields).unwrap();
        self.known.0.lock().unwrap().insert(name.to_owned(), credentials);
    }

    /// A connection to an OpenAI-compatible server.
    pub fn server(&self, name: &str, url: &str) {
        self.connect(name, "openai_compatible", "server", json!({ "base_url": url }));
    }

    pub async fn model(&self, name: &str, definition: serde_json::Value) {
        let definition: Definition = serde_json::from_value(definition).unwrap();
        definition.check().unwrap();
        let model = Model {
            name: name.to_owned(),
            definition: json!(definition).to_string(),
            updated_at: Timestamp::from_micros(0),
        };
        self.store.set_model(self.scope, model).await.unwrap();
    }

    /// A dollar for a million tokens read and two for a million written, wherever nothing else is known.
    pub async fn priced(&self) {
        let price = Price {
            provider: "openai_compatible".to_owned(),
            model: "*".to_owned(),
            since: Timestamp::from_micros(0),
            price: json!({ "input": 1_000_000, "output": 2_000_000 }).to_string(),
        };
        self.store.set_model_price(self.scope, price).await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    pub fn caller(&self) -> Caller {
        Caller::new(self.scope)
    }

    /// The sum over all calls.
    pub async fn sum(&self) -> Sum {
        let by = By::Actor;
        let sums = self.store.model_costs(self.scope, Which::default(), by).await.unwrap();
        sums.into_iter().next().unwrap()
    }
}

pub fn prompt(model: &str, text: &str) -> ChatRequest {
    ChatRequest {
        model: model.to_owned(),
        messages: vec![Message::new("user", text)],
        ..ChatRequest::default()
    }
}
