//! What handlers need, and what one server keeps in memory for its API.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use codex32_engine::Engine;
use codex32_identity::secrets::KeyFile;
use codex32_identity::token::OwnerToken;
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::{Clock, Scope, Timestamp};
use codex32_store::Store;
use tokio::sync::{Semaphore, watch};

use crate::idempotency::InFlight;
use crate::interface::{File, Interface};
use crate::oauth::Ways;
use crate::sign_in::Codes;
use crate::tokens::Tokens;

/// Rehearsals at once.
const TRIES: usize = 4;

/// What the composition gives.
pub struct Options {
    pub store: Store,
    pub engine: Engine,
    pub connectors: Arc<codex32_connectors::Runtime>,
    /// Runs the code of rehearsals, and reads that of definitions.
    pub sandbox: codex32_sandbox::Pool,
    pub keys: Arc<KeyFile>,
    /// The door to language models.
    pub gateway: codex32_llm::Gateway,
    pub knowledge: codex32_knowledge::Knowledge,
    pub evaluations: codex32_evaluation::Evaluations,
    /// The same that steps use, so that a token is renewed once.
    pub tokens: Tokens,
    pub token: OwnerToken,
    pub workspace: WorkspaceId,
    pub clock: Arc<dyn Clock>,
    /// Where others reach this server, without a slash at the end.
    pub public_url: String,
    pub version: &'static str,
    /// Becomes true when the server stops: live streams end then.
    pub closing: watch::Receiver<bool>,
    /// The files of the web interface: [`crate::interface::EMBEDDED`].
    pub interface: &'static [File],
}

/// The state of all handlers. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

pub struct Inner {
    pub options: Options,
    pub started: Timestamp,
    pub in_flight: InFlight,
    pub codes: Codes,
    /// Connections that are being signed in.
    pub ways: Ways,
    pub interface: Interface,
    /// Turns of rehearsals.
    pub tries: Semaphore,
    requests: AtomicU64,
    boot: u64,
}

impl std::ops::Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Who the owner's token stands for, until there are people: an id that is the same everywhere.
pub const OWNER: ActorId = ActorId::from_bytes([0; 16]);

impl Api {
    pub fn new(options: Options) -> Self {
        let started = options.clock.now();
        Self(Arc::new(Inner {
            started,
            in_flight: InFlight::default(),
            codes: Codes::default(),
            ways: Ways::default(),
            interface: Interface::new(options.interface),
            tries: Semaphore::new(TRIES),
            requests: AtomicU64::new(0),
            // Only keeps the ids of two boots apart.
            boot: started.micros().unsigned_abs(),
            options,
        }))
    }

    /// The owner, in the one workspace that there is so far.
    pub fn owner(&self) -> Scope {
        Scope::new(self.options.workspace, OWNER)
    }

    /// A link that signs the owner in with a browser, once and for a short time.
    ///
    /// # Errors
    /// When too many are open.
    pub fn sign_in_link(&self) -> Result<String, crate::Problem> {
        crate::sign_in::link(self).map(|(url, _)| url)
    }

    pub fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// An id for a request: not secret, only unlikely to occur twice.
    pub fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}", mix(self.boot.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): close inputs give far outputs.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
