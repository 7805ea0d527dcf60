//! What the tests share: a clock, an outbox that keeps, a runtime, connections.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_connectors::email::{Mail, Outbox};
use codex32_connectors::http::{Guarded, Options};
use codex32_connectors::{
    ActionCall, Connectors, Credentials, Done, Failure, Runtime, builtin, validate_connection,
};
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::{Clock, Field, Schema, Scope, Timestamp, Value};

pub struct Fixed(pub Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// 2026-11-22T10:00:00Z
pub const NOW: i64 = 1_795_341_600;

/// Outbox of one test.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<(Mail, String)>>);

#[async_trait::async_trait]
impl Outbox for Kept {
    async fn keep(&self, _: Scope, mail: Mail, key: &str) -> Result<(), String> {
        if mail.subject == "full" {
            return Err("the disk is full".to_owned());
        }
        self.0.lock().expect("lock").push((mail, key.to_owned()));
        Ok(())
    }
}

pub struct World {
    pub runtime: Runtime,
    pub outbox: Arc<Kept>,
}

pub fn guarded(allow_private: bool) -> Guarded {
    Guarded::new(Options { allow_private, ..Options::default() })
}

/// A runtime that may reach the servers of the test.
pub fn world() -> World {
    with_guard(guarded(true))
}

pub fn with_guard(http: Guarded) -> World {
    let outbox = Arc::new(Kept::default());
    let clock = Arc::new(Fixed(Timestamp::from_millis(NOW * 1_000)));
    World { runtime: Runtime::new(http, outbox.clone(), clock), outbox }
}

/// A runtime with a folder of files, which is removed when it is dropped.
pub fn with_files() -> (World, tempfile::TempDir) {
    let files = tempfile::tempdir().expect("a folder");
    let mut world = world();
    world.runtime = world.runtime.with_files(files.path().to_owned());
    (world, files)
}

pub fn scope() -> Scope {
    Scope::new(WorkspaceId::from_bytes([1; 16]), ActorId::from_bytes([2; 16]))
}

/// A runtime with one more connector.
pub fn with_manifest(manifest: &str) -> World {
    let mut world = world();
    let connectors = Connectors::load([("test.yaml", manifest)]);
    world.runtime = world.runtime.with_connectors(Arc::new(connectors.expect("a good manifest")));
    world
}

pub fn json(text: &str) -> Value {
    Value::from_json(text).expect(text)
}

impl World {
    pub async fn run(
        &self,
        action: &str,
        input: Value,
        credentials: Option<&Credentials>,
    ) -> Result<Done, Failure> {
        self.call(action, input, credentials, Duration::from_secs(10)).await
    }

    pub async fn call(
        &self,
        action: &str,
        input: Value,
        credentials: Option<&Credentials>,
        timeout: Duration,
    ) -> Result<Done, Failure> {
        self.send("key-0001", action, input, credentials, timeout).await
    }

    /// Under another idempotency key.
    pub async fn keyed(&self, action: &str, key: &str) -> Result<Done, Failure> {
        self.send(key, action, Value::Null, None, Duration::from_secs(10)).await
    }

    async fn send(
        &self,
        key: &str,
        action: &str,
        input: Value,
        credentials: Option<&Credentials>,
        timeout: Duration,
    ) -> Result<Done, Failure> {
        let scope = scope();
        let call = ActionCall { scope, action, input, credentials, key: Some(key), timeout };
        self.runtime.execute(call).await
    }

    pub fn connect(&self, connector: &str, kind: &str, fields: &str) -> Credentials {
        connect_in(self.runtime.connectors(), connector, kind, fields)
    }
}

pub fn connect(connector: &str, kind: &str, fields: &str) -> Credentials {
    connect_in(builtin(), connector, kind, fields)
}

fn connect_in(all: &Connectors, connector: &str, kind: &str, fields: &str) -> Credentials {
    let fields = json(fields);
    let fields = fields.as_object().expect("an object");
    validate_connection(all, connector, kind, fields).expect("good fields")
}

/// A port on which nothing listens.
pub async fn closed_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("its address").port()
}

/// Whether a value fits: just enough to hold examples and outputs to their schemas.
pub fn fits(schema: &Schema, value: &Value) -> bool {
    match schema {
        Schema::Any => true,
        Schema::Null => value.is_null(),
        Schema::Boolean => value.as_bool().is_some(),
        Schema::Integer => value.as_i64().is_some(),
        Schema::Number => value.as_f64().is_some(),
        Schema::String => value.as_str().is_some(),
        Schema::Array(item) => {
            value.as_list().is_some_and(|items| items.iter().all(|value| fits(item, value)))
        }
        Schema::Object { fields, open } => value.as_object().is_some_and(|object| {
            object.keys().all(|key| *open || fields.contains_key(&**key))
                && fields.iter().all(|(name, field)| field_fits(field, object.get(name.as_str())))
        }),
        Schema::Enum(values) => values.contains(value),
        Schema::Union(shapes) => shapes.iter().any(|schema| fits(schema, value)),
    }
}

fn field_fits(field: &Field, value: Option<&Value>) -> bool {
    value.map_or(!field.required, |value| fits(&field.schema, value))
}
