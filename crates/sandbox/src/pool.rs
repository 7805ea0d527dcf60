//! The pool: at most `max_children` children, one job per child at a time, first come first served.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codex32_model::Value;
use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::network::Fetch;
use crate::spawn::{Recipe, Spawner};
use crate::wire;
use crate::worker::{Reply, Terms, Worker};
use crate::{Defences, Done, Failure, Job, Limits};

mod chunk;

#[derive(Debug, Clone)]
pub struct Options {
    /// Our own binary.
    pub program: PathBuf,
    /// The hidden subcommand that calls [`crate::child_main`].
    pub args: Vec<OsString>,
    /// Children kept ready while nothing runs.
    pub warm: usize,
    /// Most children at once; 0 means one per core.
    pub max_children: usize,
}

/// Runs jobs in children. Cheap to clone; all clones share the children.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    spawner: Spawner,
    warm: usize,
    most: usize,
    /// One permit per child that may be busy; waiters are served in order.
    slots: Arc<Semaphore>,
    /// The one used last is used first, so that spare children stay untouched.
    idle: Mutex<Vec<Worker>>,
    closed: AtomicBool,
}

impl Pool {
    /// Starts nothing: the first job or [`Pool::warm_up`] does.
    pub fn new(options: Options) -> Self {
        let Options { program, args, warm, max_children } = options;
        let cores = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let most = if max_children == 0 { cores() } else { max_children };
        let inner = Inner {
            spawner: Spawner::new(Recipe { program, args }),
            warm: warm.min(most),
            most,
            slots: Arc::new(Semaphore::new(most)),
            idle: Mutex::new(Vec::new()),
            closed: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts children until `warm` are ready.
    pub async fn warm_up(&self) -> Result<(), Failure> {
        self.inner.refill().await
    }

    /// Runs one job; waits for a free child first. Dropping the future kills the job.
    pub async fn run(&self, job: Job, fetch: Option<Arc<dyn Fetch>>) -> Result<Done, Failure> {
        let Job { language, code, scope, now, seed, limits, network } = job;
        let scope = named(&scope, &code).to_json();
        let head = wire::Run {
            terms: terms(language, code, &limits)?,
            now: now.millis(),
            seed,
            network: !network.is_empty(),
        };
        if scope.len() > wire::MAX_BODY {
            return Err(Failure::new(codes::INPUT, "what the step sees is larger than 32 MiB"));
        }
        let (slot, mut worker) = self.inner.acquire().await?;
        let started = tokio::time::Instant::now();
        let terms = Terms { limits, network: &network, fetch };
        let Reply { outcome, logs, reusable } = worker.run(&head, scope.as_bytes(), terms).await;
        let elapsed = started.elapsed();
        self.inner.release(slot, worker, reusable);
        match outcome {
            Ok(value) => Ok(Done { value, logs, elapsed }),
            Err(failure) => Err(Failure { logs, ..failure }),
        }
    }

    /// Reads the code without running it, for the moment a bot is saved.
    pub async fn check(&self, language: Language, code: &str) -> Result<(), Failure> {
        if code.len() > wire::MAX_CODE {
            return Err(too_long());
        }
        let head = wire::Check { language: language.into(), code: code.to_owned() };
        let (slot, mut worker) = self.inner.acquire().await?;
        let limits = Limits { wall: Duration::from_secs(5), ..Limits::default() };
        let terms = Terms { limits, network: &[], fetch: None };
        let Reply { outcome, reusable, .. } = worker.check(&head, terms).await;
        self.inner.release(slot, worker, reusable);
        outcome.map(|_| ())
    }

    /// Which layers of defence hold on this machine; starts a child if there is none.
    pub async fn defences(&self) -> Result<Defences, Failure> {
        let (slot, worker) = self.inner.acquire().await?;
        let defences = worker.defences;
        self.inner.release(slot, worker, true);
        Ok(defences)
    }

    /// Ends the children. Jobs that run go on until they end; those that wait fail.
    pub async fn shutdown(&self) {
        self.inner.closed.store(true, Ordering::SeqCst);
        self.inner.slots.close();
        let idle = std::mem::take(&mut *self.inner.idle());
        for worker in idle {
            worker.end().await;
        }
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn acquire(&self) -> Result<(OwnedSemaphorePermit, Worker), Failure> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| closing())?;
        loop {
            let idle = self.idle().pop();
            let mut worker = match idle {
                Some(worker) => worker,
                None => Worker::start(&self.spawner).await?,
            };
            if worker.lives() {
                return Ok((slot, worker));
            }
        }
    }

    /// Puts the worker back before the slot is free, so that the next job finds it.
    fn release(self: &Arc<Self>, slot: OwnedSemaphorePermit, worker: Worker, reusable: bool) {
        if reusable && !self.closed.load(Ordering::SeqCst) {
            self.idle().push(worker);
            drop(slot);
            return;
        }
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            worker.end().await;
            drop(slot);
            // A failure is logged, and shows again at the next job, which reports it.
            let _ = inner.refill().await;
        });
    }

    async fn refill(&self) -> Result<(), Failure> {
        loop {
            let busy = self.most.saturating_sub(self.slots.available_permits());
            let idle = self.idle().len();
            if self.closed.load(Ordering::SeqCst) || idle >= self.warm || idle + busy >= self.most {
                return Ok(());
            }
            let worker = Worker::start(&self.spawner).await?;
            self.idle().push(worker);
        }
    }
}

fn terms(language: Language, code: String, limits: &Limits) -> Result<wire::Terms, Failure> {
    if code.len() > wire::MAX_CODE {
        return Err(too_long());
    }
    Ok(wire::Terms {
        language: language.into(),
        code,
        wall_ms: u64::try_from(limits.wall.as_millis()).unwrap_or(u64::MAX),
        cpu_secs: limits.cpu.as_secs().saturating_add(1),
        memory: limits.memory.min(crate::MAX_MEMORY),
        output: limits.output.min(wire::MAX_BODY),
        log_bytes: limits.log_bytes,
        log_lines: limits.log_lines,
    })
}

fn too_long() -> Failure {
    Failure::new(codes::INPUT, "the code is longer than 256 KiB")
}

/// What of the scope the code can reach: a name that its text does not hold costs nothing.
fn named(scope: &Value, code: &str) -> Value {
    let all = code.contains("globalThis");
    let fields = scope.as_object().into_iter().flatten();
    Value::object(
        fields
            .filter(|(name, _)| all || code.contains(&***name))
            .map(|(name, value)| (name.clone(), value.clone())),
    )
}

fn closing() -> Failure {
    Failure::new(codes::UNAVAILABLE, "the server is shutting down")
}
