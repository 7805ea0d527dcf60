//! `codex32 serve`: the parts put together, from the data folder to the listener, and taken apart again.
//!
//! Order matters at the start: the folder's lock comes before the key file, so that a second server
//! changes nothing; the address is bound before the engine starts, so that a busy port starts no run.
//! At the stop: no new connections, live streams end, answers finish, the engine flushes; ten seconds
//! at most.

mod executor;
mod folder;
mod logs;
mod outbox;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use codex32_api::tokens::Tokens;
use codex32_api::{Api, listen};
use codex32_connectors::{Programs, Runtime, http};
use codex32_engine::{Engine, Roles, StepExecutor};
use codex32_evaluation::Evaluations;
use codex32_identity::random;
use codex32_identity::secrets::KeyFile;
use codex32_knowledge::Knowledge;
use codex32_llm::Gateway;
use codex32_model::codes::{server as codes, store};
use codex32_model::ids::{NodeId, WorkspaceId};
use codex32_model::random::Random;
use codex32_model::{Clock, Code};
use codex32_store::meta::Workspace;
use codex32_store::{BlobPlace, Flushing, Location, Store, StoreError};
use rand::RngCore as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::clock::SystemClock;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};
use crate::sandboxed;
use executor::Executor;
use outbox::KeptMail;

pub use folder::prepare as prepare_folder;
pub use logs::Logging;

/// For flushing and stopping, once answers had their time.
const FLUSH: Duration = Duration::from_secs(4);
/// How often calls of models are tidied up.
const TIDYING: Duration = Duration::from_secs(600);
/// A call that is open for longer than any may take was left by a server that died.
const LONGEST_CALL: Duration = Duration::from_secs(2 * 60 * 60);
/// Sandbox children kept ready.
const WARM_CHILDREN: usize = 1;

pub struct Options {
    pub data: PathBuf,
    pub database: Location,
    /// Where large values are.
    pub blobs: BlobPlace,
    /// Take an empty blob storage although the database had another.
    pub new_blobs: bool,
    pub roles: Roles,
    /// Take the key file although the database was begun with another.
    pub new_key: bool,
    /// The files of bots, a folder for each workspace.
    pub files: PathBuf,
    /// Programs that connections to MCP servers may name.
    pub programs: Programs,
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    /// For a new workspace.
    pub timezone: String,
    pub allow_private_networks: bool,
    /// Print a sign-in link also where no terminal is.
    pub sign_in_link: bool,
    pub logging: Logging,
    pub limits: codex32_engine::Limits,
    /// Always `Full`, but for the counter-proof of the power-loss test.
    pub flushing: Flushing,
}

/// Runs until a signal asks to stop.
pub fn run(options: Options, out: &Output) -> Outcome {
    options.logging.start();
    // A second installation is refused, and then the first one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    folder::more_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::no(format!("the runtime cannot start: {error}")))?;
    let outcome = runtime.block_on(serve(options, out));
    // A read that hangs on a broken disk must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

/// Everything that a server holds.
struct Server {
    engine: Engine,
    pool: codex32_sandbox::Pool,
    closing: watch::Sender<bool>,
    listening: tokio::task::JoinHandle<()>,
}

async fn serve(options: Options, out: &Output) -> Outcome {
    let mut stop = signal(SignalKind::terminate()).map_err(|error| no(codes::INTERNAL, error))?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(|error| no(codes::INTERNAL, error))?;
    let server = start(options, out).await?;
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    out.note("Stopping. What is under way goes on at the next start.");
    tokio::select! {
        () = server.stop() => {}
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(Exit::Well)
}

async fn start(options: Options, out: &Output) -> Result<Server, Failure> {
    let Options {
        data,
        database,
        blobs,
        files,
        programs,
        listen,
        public_url,
        timezone,
        allow_private_networks,
        ..
    } = options;
    let Options { sign_in_link, flushing, roles, new_key, new_blobs, limits, .. } = options;
    folder::prepare(&data).map_err(|error| no(store::DATA_FOLDER, error))?;
    let on_sqlite = matches!(database, Location::Sqlite(_));
    if on_sqlite && roles != Roles::default() {
        let detail = "roles share a PostgreSQL database; with SQLite one server does everything";
        return Err(no(store::ADDRESS, detail));
    }
    if flushing == Flushing::Never {
        tracing::error!("commits are NOT flushed: a power cut loses what was accepted");
    }
    let bounds = codex32_store::Options { flushing, ..codex32_store::Options::default() };
    let store = open(database, &blobs, bounds).map_err(|error| no(error.code(), error))?;
    let place = store.place();
    let held = store.held().await.map_err(|error| no(error.code(), error))?;
    let keys = folder::keys(&data).map_err(|error| no(error.code(), error))?;
    same_key(&store, &keys, new_key).await?;
    let owner = random::bytes().map_err(|error| no(error.code(), error))?;
    store.own_blobs(owner, new_blobs).await.map_err(|error| no(error.code(), error))?;
    let token = folder::token(&data).map_err(|error| no(error.code(), error))?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| no(codes::LISTEN, format!("cannot listen at {listen}: {error}")))?;
    let address = listener.local_addr().map_err(|error| no(codes::LISTEN, error))?;
    let public_url = match public_url {
        Some(url) => folder::public_url(&url).map_err(|detail| no(codes::PUBLIC_URL, detail))?,
        None => local_url(address),
    };

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(ThreadRandom);
    let workspace = workspace(&store, &*clock, timezone).await?;
    let guarded = http::Guarded::new(http::Options {
        allow_private: allow_private_networks,
        ..http::Options::default()
    });
    let outbox = Arc::new(KeptMail::new(store.clone(), Arc::clone(&clock)));
    let connectors = Runtime::new(guarded.clone(), outbox, Arc::clone(&clock))
        .with_files(files)
        .with_programs(programs);
    let keys = Arc::new(keys);
    outbox::ensure_connection(&store, &keys, &connectors, workspace.id, clock.now())
        .await
        .map_err(|(code, detail)| no(code, detail))?;
    let pool = sandboxed::pool(WARM_CHILDREN)
        .map_err(|error| Failure::no(format!("code steps cannot start: {error}")))?;
    let tokens =
        Tokens::new(store.clone(), Arc::clone(&keys), connectors.clone(), Arc::clone(&clock));
    let gateway = Gateway::new(codex32_llm::Options {
        store: store.clone(),
        keys: Arc::clone(&keys),
        http: guarded.clone(),
        connections: Arc::new(tokens.clone()),
        clock: Arc::clone(&clock),
        replays: Some(data.join("replays")),
        meaning: Some(Arc::new(codex32_knowledge::embed::BuiltIn)),
    });
    let node = random::bytes().map_err(|error| no(error.code(), error))?;
    let knowledge = Knowledge::new(codex32_knowledge::Options {
        store: store.clone(),
        gateway: gateway.clone(),
        http: guarded.clone(),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        extractor: sandboxed::extractor()
            .map_err(|error| Failure::no(format!("documents cannot be read: {error}")))?,
        node: NodeId::new(clock.now(), node),
        lease: codex32_knowledge::indexing::LEASE,
    });
    let executor = Executor::new(
        connectors.clone(),
        tokens.clone(),
        pool.clone(),
        guarded,
        (gateway.clone(), knowledge.clone()),
        (Arc::clone(&keys), public_url.clone()),
    );
    let executor: Arc<dyn StepExecutor> = Arc::new(executor);
    let catalogue = Arc::clone(codex32_connectors::shared()) as Arc<dyn codex32_model::Catalogue>;
    let evaluations = Evaluations::new(codex32_evaluation::Options {
        store: store.clone(),
        keys: Arc::clone(&keys),
        executor: Arc::clone(&executor),
        catalogue: Arc::clone(&catalogue),
        pool: pool.clone(),
        clock: Arc::clone(&clock),
        random: Arc::clone(&random),
        node: NodeId::new(clock.now(), node),
    });
    let engine = Engine::start(codex32_engine::Options {
        store: store.clone(),
        executor,
        catalogue,
        clock: Arc::clone(&clock),
        random,
        zone: workspace.timezone.clone(),
        limits,
        identity: codex32_engine::Identity {
            name: folder::machine(),
            version: env!("CARGO_PKG_VERSION"),
            roles,
            ..codex32_engine::Identity::default()
        },
    })
    .await
    .map_err(|error| no(error.code(), error))?;
    let warm = pool.clone();
    tokio::spawn(async move {
        if let Err(failure) = warm.warm_up().await {
            tracing::warn!(%failure, "code steps will not run: their sandbox does not start");
        }
    });
    let (closing, closed) = watch::channel(false);
    if roles.worker && held.is_none() {
        tokio::spawn(knowledge.clone().index(closed.clone()));
        tokio::spawn(evaluations.clone().work(closed.clone()));
    }
    tokio::spawn(tidy(store.clone(), workspace.id, Arc::clone(&clock), closed.clone()));
    let api = Api::new(codex32_api::Options {
        store,
        engine: engine.clone(),
        connectors: Arc::new(connectors),
        sandbox: pool.clone(),
        keys,
        tokens,
        gateway,
        knowledge,
        evaluations,
        token,
        workspace: workspace.id,
        clock,
        public_url: public_url.clone(),
        version: env!("CARGO_PKG_VERSION"),
        closing: closed.clone(),
        interface: codex32_api::interface::EMBEDDED,
    });
    let link = if sign_in_link || (!out.json && std::io::stdout().is_terminal()) {
        api.sign_in_link().ok()
    } else {
        None
    };
    let service =
        if roles.api { codex32_api::service(api) } else { codex32_api::health_service(api) };
    let listening = tokio::spawn(listen::serve(listener, service, closed));
    let greeting = Greeting {
        url: local_url(address),
        public_url,
        token: data.join("owner-token").display().to_string(),
        data: data.display().to_string(),
        database: (!on_sqlite).then(|| place.clone()),
        timezone: workspace.timezone,
        held: held.map(|held| held.why),
        link,
    };
    greeting.show(out);
    Ok(Server { engine, pool, closing, listening })
}

impl Server {
    async fn stop(self) {
        self.closing.send_replace(true);
        // While open requests finish, other servers go on with what this one has.
        let leaving = self.engine.clone();
        let handed_over = tokio::spawn(async move { leaving.hand_over().await });
        let _ = self.listening.await;
        let _ = tokio::time::timeout(FLUSH, handed_over).await;
        if tokio::time::timeout(FLUSH, self.engine.shutdown()).await.is_err() {
            tracing::warn!("the engine did not stop in time; nothing accepted is lost");
        }
        self.pool.shutdown().await;
    }
}

/// Settles calls of models whose server died in them, and forgets answers whose time is over.
async fn tidy(
    store: Store,
    workspace: WorkspaceId,
    clock: Arc<dyn Clock>,
    mut closed: watch::Receiver<bool>,
) {
    let mut beat = tokio::time::interval(TIDYING);
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = closed.wait_for(|closed| *closed) => return,
        }
        let now = clock.now();
        let tidied = async {
            store.lose_calls(workspace, now.minus(LONGEST_CALL)).await?;
            store.all_forget_answers(now).await
        };
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "calls of models were not tidied up; that is tried again");
        }
    }
}

fn open(
    database: Location,
    blobs: &BlobPlace,
    bounds: codex32_store::Options,
) -> Result<Store, StoreError> {
    match database {
        Location::Sqlite(folder) => Store::open_with(&folder, blobs, bounds),
        Location::Postgres(server) => Store::connect(*server, blobs, bounds),
    }
}

/// All servers on a database need the key that seals its connections' secrets.
async fn same_key(store: &Store, keys: &KeyFile, new: bool) -> Result<(), Failure> {
    const CONTEXT: &[u8] = b"the key of this database";
    let sealed = keys.seal(CONTEXT, b"codex32").map_err(|error| no(error.code(), error))?;
    if new {
        store.all_forget("secrets_key").await.map_err(|error| no(error.code(), error))?;
    }
    let kept = store.all_once("secrets_key", sealed).await.map_err(|e| no(e.code(), e))?;
    keys.open(CONTEXT, &kept).map(drop).map_err(|_| {
        let detail = "the file secrets.key in the data folder is not the one that this database was \
                      begun with";
        no(store::KEY, detail)
    })
}

async fn workspace(
    store: &Store,
    clock: &dyn Clock,
    timezone: String,
) -> Result<Workspace, Failure> {
    let now = clock.now();
    let random = random::bytes().map_err(|error| no(error.code(), error))?;
    let new = Workspace {
        id: WorkspaceId::new(now, random),
        name: "main".to_owned(),
        timezone,
        created_at: now,
    };
    store.first_workspace(new).await.map_err(|error| no(error.code(), error))
}

/// Where this machine reaches the server.
fn local_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// What is said once the server listens.
struct Greeting {
    url: String,
    public_url: String,
    data: String,
    /// Where PostgreSQL is.
    database: Option<String>,
    token: String,
    timezone: String,
    /// Why nothing runs.
    held: Option<String>,
    /// Only where a person reads it: it is a secret for as long as it serves.
    link: Option<String>,
}

impl Greeting {
    fn show(&self, out: &Output) {
        let Self { url, public_url, data, database, token, timezone, held, link } = self;
        if out.json {
            out.document(&serde_json::json!({
                "url": url,
                "public_url": public_url,
                "data": data,
                "database": database,
                "token_file": token,
                "timezone": timezone,
                "held": held,
            }));
            return;
        }
        out.line(format!("{} {url}", out.paint(Paint::Bold, "Codex-32 runs at")));
        if url != public_url {
            out.line(format!("  webhooks    {}/hooks/…", plain(public_url)));
        }
        out.line(format!("  API         {url}/api/v1/docs"));
        if let Some(database) = database {
            out.line(format!("  database    {}", plain(database)));
        }
        out.line(format!("  token       {}", plain(token)));
        out.line(format!(
            "  time zone   {} (CODEX32_TIMEZONE sets that of a new workspace)",
            plain(timezone)
        ));
        if let Some(why) = held {
            out.line(format!(
                "{} Nothing runs, because {}. When the original is stopped: codex32 release",
                out.paint(Paint::Yellow, "The store is held."),
                plain(why)
            ));
        }
        match link {
            Some(link) => {
                out.line("Sign in with this link, once and within ten minutes:");
                out.line(format!("  {}", plain(link)));
                out.line("For another one, in another terminal: codex32 sign-in-link");
            }
            None => {
                out.line("To sign in with a browser, in another terminal: codex32 sign-in-link")
            }
        }
    }
}

fn no(code: Code, detail: impl std::fmt::Display) -> Failure {
    Failure::no(detail.to_string()).code(code).help(code.help)
}

/// Numbers that nobody can foresee, without a call of the system for each: `rand`'s generator of the
/// thread, seeded by the system again and again.
struct ThreadRandom;

impl Random for ThreadRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
