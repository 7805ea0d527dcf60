//! The benchmark W2: runs of a bot of three pure steps are accepted into the queue by an engine that drives
//! nothing; then an engine that drives is started on the same store, and the time until all have ended is
//! taken, with the processor time of this process and the commits.
//!
//! `codex32-w2 FOLDER|postgres://… [RUNS [BOTS]]` prints
//! `W2 RUNS ACCEPT_SECONDS DRAIN_SECONDS RUNS_PER_SECOND CPU_MS_PER_10000 COMMITS`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use codex32_engine::{
    Deployment, Engine, Identity, Limits, Look, LookFailure, Looked, Options, Roles, Signed,
    StepExecutor, Task, TaskOutcome,
};
use codex32_model::action::{ActionSpec, BotSignature, Catalogue, ConnectorSpec};
use codex32_model::definition::Verify;
use codex32_model::ids::{ActorId, WorkspaceId};
use codex32_model::random::Random;
use codex32_model::time::{Clock, Timestamp};
use codex32_model::{Scope, StepError, Value, codes};
use codex32_store::meta::Workspace;
use codex32_store::{BlobPlace, Server, Store};
use futures::StreamExt;
use indexmap::IndexMap;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Starts on their way at once.
const STARTS: usize = 512;

struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        std::time::UNIX_EPOCH.elapsed().unwrap_or_default()
    }
}

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) {
        // Only ids come of it, which then collide and are refused.
        let _ = getrandom::fill(bytes);
    }
}

/// Bots of this benchmark use nothing.
struct Nothing;

impl Catalogue for Nothing {
    fn action(&self, _: &str) -> Option<&ActionSpec> {
        None
    }
    fn actions(&self) -> &[ActionSpec] {
        &[]
    }
    fn connectors(&self) -> &[ConnectorSpec] {
        &[]
    }
    fn bot(&self, _: &str) -> Option<&BotSignature> {
        None
    }
}

fn refused() -> StepError {
    StepError::new(codes::run::LIMIT, "the benchmark has no executor")
}

#[async_trait]
impl StepExecutor for Nothing {
    async fn execute(&self, _: Task) -> TaskOutcome {
        TaskOutcome::Failed {
            error: refused(),
            retryable: false,
            retry_after: None,
            unknown: false,
            logs: Vec::new(),
        }
    }

    async fn look(&self, _: Look) -> Result<Looked, LookFailure> {
        Err(LookFailure { error: refused(), retry_after: None })
    }

    async fn verify(&self, _: Scope, _: &Verify, _: &str, _: Signed<'_>) -> Result<(), String> {
        Err("the benchmark verifies nothing".to_owned())
    }
}

fn open(place: &str) -> Result<Store, Fault> {
    if Server::is_address(place) {
        // Nothing here is large enough for it.
        let blobs = BlobPlace::Folder(std::env::temp_dir().join("codex32-w2-blobs"));
        Ok(Store::connect(Server::parse(place)?, &blobs, codex32_store::Options::default())?)
    } else {
        Ok(Store::open(Path::new(place))?)
    }
}

async fn engine(store: Store, worker: bool) -> Result<Engine, Fault> {
    let limits = Limits { queued: u32::MAX, ..Limits::default() };
    let limits = if worker { limits } else { Limits { active: 0, ..limits } };
    let engine = Engine::start(Options {
        store,
        executor: Arc::new(Nothing),
        catalogue: Arc::new(Nothing),
        clock: Arc::new(System),
        random: Arc::new(System),
        zone: "UTC".to_owned(),
        limits,
        identity: Identity {
            roles: Roles { api: !worker, worker, scheduler: false },
            ..Identity::default()
        },
    });
    Ok(engine.await?)
}

/// Milliseconds of processor time of this process so far.
fn processor() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // 14 and 15 of the line, which are counted in hundredths of a second.
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10
}

async fn accept(place: &str, runs: u32, bots: u32) -> Result<Duration, Fault> {
    let engine = engine(open(place)?, false).await?;
    let store = engine.store().clone();
    let workspace = Workspace {
        id: WorkspaceId::from_bytes([1; 16]),
        name: "bench".to_owned(),
        timezone: "UTC".to_owned(),
        created_at: System.now(),
    };
    let workspace = store.first_workspace(workspace).await?.id;
    let scope = Scope::new(workspace, ActorId::from_bytes([1; 16]));
    for number in 0..bots {
        let source = include_str!("../bot.yaml").replace("bot: w2", &format!("bot: w2-{number}"));
        let bot = codex32_flow::parse::bot(&source).bot.ok_or("bot.yaml has errors")?;
        let deployment = Deployment { bot, source, bindings: IndexMap::new(), expected: None };
        engine.deploy(scope, deployment).await?;
    }
    let began = Instant::now();
    let starts = futures::stream::iter(0..runs).map(|number| {
        let engine = engine.clone();
        async move {
            let input = Value::object([("n", Value::from(number))]);
            engine.start_run(scope, &format!("w2-{}", number % bots), input).await
        }
    });
    let mut starts = starts.buffer_unordered(STARTS);
    while let Some(start) = starts.next().await {
        start?;
    }
    drop(starts);
    let took = began.elapsed();
    engine.shutdown().await;
    Ok(took)
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let mut args = std::env::args().skip(1);
    let place = args.next().ok_or("usage: codex32-w2 FOLDER|postgres://… [RUNS [BOTS]]")?;
    let runs: u32 = args.next().map_or(Ok(10_000), |runs| runs.parse())?;
    let bots: u32 = args.next().map_or(Ok(1), |bots| bots.parse())?;
    let accepted = accept(&place, runs, bots).await?;

    let store = loop {
        // The loops of the engine before let go of the store one by one.
        match open(&place) {
            Ok(store) => break store,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let (began, processor_before) = (Instant::now(), processor());
    let engine = engine(store.clone(), true).await?;
    let left = || {
        store.read(|reader| {
            reader.first(
                "SELECT count(*) FROM (SELECT 1 FROM runs WHERE ended_at IS NULL LIMIT 1) AS one",
                &[],
                |row| row.get::<i64>(0),
            )
        })
    };
    while left().await? != Some(0) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (took, used) = (began.elapsed(), processor() - processor_before);
    let ended = store
        .read(|reader| {
            reader.first("SELECT count(*) FROM runs WHERE state = 'succeeded'", &[], |row| {
                row.get::<i64>(0)
            })
        })
        .await?;
    let commits = store.committer().commits();
    engine.shutdown().await;
    let line = format!(
        "W2 {} {:.2} {:.3} {:.0} {} {commits}",
        ended.unwrap_or(0),
        accepted.as_secs_f64(),
        took.as_secs_f64(),
        f64::from(runs) / took.as_secs_f64(),
        used * 10_000 / u64::from(runs.max(1)),
    );
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
