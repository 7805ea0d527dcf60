//! One server of the simulation: an engine with a runtime, a clock and a turnstile of its own. It
//! does something only when the world turns it, so that it can be frozen; dropping it is a kill.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codex32_engine::{Engine, Identity, Limits, Options, StepExecutor};
use codex32_model::random::Random;
use codex32_model::time::Clock;
use codex32_store::simulation::{Database, Turnstile};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use tokio::runtime::Runtime;

use super::clock::MachineClock;
use super::outside::{Outside, Reach};
use crate::harness::actions;

/// Short, so that a frozen server loses it soon.
pub const LEASE: Duration = Duration::from_secs(3);
/// How long the committer tries before it refuses.
const PATIENCE: Duration = Duration::from_secs(1);

struct Drawn(Mutex<StdRng>);

impl Random for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

pub struct Node {
    runtime: Runtime,
    /// Once it has started.
    engine: Arc<Mutex<Option<Engine>>>,
    pub turnstile: Arc<Turnstile>,
    /// Until when it is frozen.
    pub frozen: Option<Duration>,
    /// Time that has passed and that its runtime has not been told of.
    pub behind: Duration,
}

impl Node {
    pub fn start(
        number: usize,
        database: &Database,
        clock: &Arc<MachineClock>,
        outside: &Arc<Outside>,
        seed: u64,
    ) -> Self {
        let options = codex32_store::Options {
            batch: 8,
            patience: PATIENCE,
            ..codex32_store::Options::default()
        };
        let (store, turnstile) = database.server(options);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let engine: Arc<Mutex<Option<Engine>>> = Arc::default();
        let started = Arc::clone(&engine);
        let executor: Arc<dyn StepExecutor> =
            Arc::new(Reach { node: number, outside: Arc::clone(outside) });
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let random: Arc<dyn Random> = Arc::new(Drawn(Mutex::new(StdRng::seed_from_u64(seed))));
        let identity = Identity { lease: LEASE, version: "1", ..Identity::default() };
        runtime.spawn(async move {
            loop {
                let options = Options {
                    store: store.clone(),
                    executor: Arc::clone(&executor),
                    catalogue: Arc::new(actions()),
                    clock: Arc::clone(&clock),
                    random: Arc::clone(&random),
                    zone: "UTC".to_owned(),
                    limits: Limits { active: 6, ..Limits::default() },
                    identity: identity.clone(),
                };
                // A server that does not come up is started again by whoever looks after it.
                if let Ok(engine) = Engine::start(options).await {
                    *started.lock().unwrap() = Some(engine);
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        Self { runtime, engine, turnstile, frozen: None, behind: Duration::ZERO }
    }

    pub fn engine(&self) -> Option<Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets it do what it can, for a while.
    pub fn turn(&mut self, rounds: u32) {
        let behind = std::mem::take(&mut self.behind);
        self.runtime.block_on(async {
            if !behind.is_zero() {
                tokio::time::advance(behind).await;
            }
            // The runtime never rests here, so that it does not move its clock by itself.
            for _ in 0..rounds {
                tokio::task::yield_now().await;
            }
        });
    }

    /// Somebody calls it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }
}
