//! Knowledge with a store of its own.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex32_connectors::http::{self, Guarded};
use codex32_connectors::{Credentials, Failure};
use codex32_identity::secrets::KeyFile;
use codex32_knowledge::{BUILT_IN, Extractor, Knowledge, NewBase, Options};
use codex32_llm::{Connections, Gateway};
use codex32_model::ids::{ActorId, NodeId, WorkspaceId};
use codex32_model::random::Random;
use codex32_model::{Clock, Scope, Timestamp};
use codex32_store::Store;
use codex32_store::knowledge::documents::{About, Document};
use codex32_testkit::place::Place;

/// The system's, and what a test puts in front of it.
#[derive(Default)]
pub struct TestClock(Mutex<Duration>);

impl TestClock {
    pub fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    #[expect(clippy::disallowed_methods, reason = "everything else gets this clock by argument")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + *self.0.lock().unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }

    fn elapsed(&self) -> Duration {
        UNIX_EPOCH.elapsed().unwrap()
    }
}

struct Counted(std::sync::atomic::AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for (byte, value) in bytes.iter_mut().rev().zip(next.to_le_bytes()) {
            *byte = value;
        }
    }
}

struct Nobody;

#[async_trait::async_trait]
impl Connections for Nobody {
    async fn open(&self, _: WorkspaceId, _: &str) -> Result<Option<Credentials>, Failure> {
        Ok(None)
    }
}

pub struct World {
    pub knowledge: Knowledge,
    pub store: Store,
    pub scope: Scope,
    pub clock: Arc<TestClock>,
    pub place: Place,
}

pub fn knowledge(store: &Store, folder: &std::path::Path, clock: &Arc<TestClock>) -> Knowledge {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Guarded::new(http::Options { allow_private: true, ..http::Options::default() });
    let keys = KeyFile::open_or_create(&folder.join("secrets.key")).unwrap();
    let gateway = Gateway::new(codex32_llm::Options {
        store: store.clone(),
        keys: Arc::new(keys),
        http: http.clone(),
        connections: Arc::new(Nobody),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        replays: None,
        meaning: None,
    });
    Knowledge::new(Options {
        store: store.clone(),
        gateway,
        http,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Arc::new(Counted(u64::from(std::process::id()).into())),
        extractor: Extractor::Here,
        node: NodeId::from_bytes([7; 16]),
        lease: Duration::from_secs(3),
    })
}

pub async fn world_at(place: Place) -> World {
    let store = place.open();
    let clock = Arc::new(TestClock::default());
    let scope = Scope::new(WorkspaceId::from_bytes([1; 16]), ActorId::from_bytes([2; 16]));
    let knowledge = knowledge(&store, place.folder.path(), &clock);
    World { knowledge, store, scope, clock, place }
}

pub async fn world() -> World {
    world_at(Place::new()).await
}

impl World {
    pub async fn base(&self, name: &str) {
        let new = NewBase {
            name: name.to_owned(),
            description: String::new(),
            language: "english".to_owned(),
            model: BUILT_IN.to_owned(),
        };
        self.knowledge.create(self.scope, new).await.unwrap();
    }

    pub async fn put(&self, base: &str, name: &str, bytes: &[u8]) -> (Document, bool) {
        self.put_about(base, About { name: name.to_owned(), ..About::default() }, bytes).await
    }

    pub async fn put_about(&self, base: &str, about: About, bytes: &[u8]) -> (Document, bool) {
        self.knowledge.put(self.scope, base, about, bytes.to_vec()).await.unwrap()
    }

    pub async fn document(&self, of: &Document) -> Document {
        self.store.document(self.scope, of.id).await.unwrap().unwrap()
    }
}
