//! The world of one seed: who is turned next, which operation is admitted and how it ends, when time
//! passes, whom somebody calls, who is killed or frozen, whose clock is set. In the end everything
//! is well again, and what was accepted has to come to rest.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_engine::{Deployment, Engine, EngineError, HookRequest};
use codex32_model::ids::{ActorId, RunId, WorkspaceId};
use codex32_model::time::Timestamp;
use codex32_model::{Scope, Value};
use codex32_store::meta::Workspace;
use codex32_store::simulation::{Database, Fault, Turnstile};
use codex32_store::sql::Reader;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use indexmap::IndexMap;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::bots;
use super::checks::{self, Known, Run};
use super::clock::{MachineClock, Time};
use super::node::{LEASE, Node};
use super::outside::Outside;

const SERVERS: usize = 3;
/// Rounds in which things go wrong.
const ROUNDS: u32 = 1_000;
/// Longest true time in which everything has to come to rest once all is well; longer where clocks
/// were set forward by an hour, and times that were recorded then lie ahead.
const PATIENCE: Duration = Duration::from_secs(300);
const PATIENCE_WITH_JUMPS: Duration = Duration::from_secs(3 * 3_600);
/// How often runs that wait for somebody are woken and cancelled in the end.
const ASKED_EVERY: Duration = Duration::from_secs(30);
/// How much of the trace is shown when a seed fails.
const TAIL: usize = 400;

pub const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([9; 16]);

fn scope() -> Scope {
    Scope::new(WORKSPACE, ActorId::from_bytes([1; 16]))
}

/// What a seed came to, for people, and to see that it comes to the same again.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Told {
    seeds: u64,
    runs: usize,
    operations: u64,
    pub faults: u64,
    pub kills: u64,
    pub freezes: u64,
    jumps: u64,
    pub outages: u64,
    effects: usize,
}

impl Told {
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.runs += other.runs;
        self.operations += other.operations;
        self.faults += other.faults;
        self.kills += other.kills;
        self.freezes += other.freezes;
        self.jumps += other.jumps;
        self.outages += other.outages;
        self.effects += other.effects;
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { seeds, runs, operations, faults, kills, freezes, jumps, outages, effects } =
            self;
        write!(
            f,
            "{seeds} seeds: {runs} runs, {effects} effects, {operations} operations of which {faults} failed, \
             {kills} kills, {freezes} freezes, {outages} times without the database, {jumps} clocks set"
        )
    }
}

pub struct World {
    seed: u64,
    random: StdRng,
    time: Time,
    database: Database,
    outside: Arc<Outside>,
    clocks: Vec<Arc<MachineClock>>,
    /// Those that are dead are started again at that time.
    nodes: Vec<Result<Node, Duration>>,
    /// What killed servers had on its way to the database.
    underway: Vec<Arc<Turnstile>>,
    known: Arc<Mutex<Known>>,
    finished: BTreeMap<RunId, Run>,
    /// Events of webhooks, and runs that somebody wakes or cancels.
    next: u64,
    /// Until when the database answers nobody.
    away: Duration,
    /// Nobody is killed before: innocent runs may only be suspected, not convicted.
    next_kill: Duration,
    jumps: bool,
    poison: bool,
    told: Told,
    trace: Vec<String>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let time = Time::default();
        let database = Database::new(MachineClock::new(&time)).unwrap();
        Self {
            seed,
            random: StdRng::seed_from_u64(seed),
            outside: Outside::new(database.clone(), seed),
            clocks: (0..SERVERS).map(|_| MachineClock::new(&time)).collect(),
            nodes: Vec::new(),
            underway: Vec::new(),
            known: Arc::default(),
            finished: BTreeMap::new(),
            next: 0,
            away: Duration::ZERO,
            next_kill: Duration::ZERO,
            jumps: false,
            poison: false,
            told: Told { seeds: 1, ..Told::default() },
            trace: Vec::new(),
            time,
            database,
        }
    }

    pub fn with_clocks_that_jump(self) -> Self {
        Self { jumps: true, ..self }
    }

    pub fn with_poison(self) -> Self {
        Self { poison: true, ..self }
    }

    /// Everything from the beginning to the end.
    pub fn live(mut self) -> Told {
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.live_inner()));
        if let Err(panic) = lived {
            let from = self.trace.len().saturating_sub(TAIL);
            eprintln!("seed {}, its last steps:\n{}", self.seed, self.trace[from..].join("\n"));
            std::panic::resume_unwind(panic);
        }
        self.told
    }

    fn live_inner(&mut self) {
        self.begin();
        for _ in 0..ROUNDS {
            self.round();
        }
        self.finished_are_unchanged();
        self.come_to_rest();
        self.finished_are_unchanged();
        let known = self.known.lock().unwrap();
        let seen = self.outside.seen();
        self.told.runs = checks::all_is_well(&self.database, &known, &seen, self.jumps);
        self.told.effects = seen.effects.len();
    }

    /// One run of a bot, or what wakes or cancels it, and so many operations later the database is away.
    pub fn live_without_the_database(mut self, bot: &'static str, after: u32) {
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.begin();
            self.outside.calm_down();
            let node = self.nodes[0].as_ref().unwrap();
            node.spawn(start(node.engine().unwrap(), bot, Arc::clone(&self.known)));
            if matches!(bot, "waiter" | "cancelled") {
                let waits = "SELECT count(*) FROM runs WHERE state = 'waiting' AND owner IS NULL";
                self.until("it waits", |world| {
                    let count = |reader: &Reader<'_>| reader.first(waits, &[], |row| row.get(0));
                    world.database.look(count).unwrap() == Some(1_u32)
                });
                self.wake_and_cancel_all();
            }
            for _ in 0..after {
                self.turn_all();
                self.admit_one();
                self.pass(Duration::from_millis(5));
            }
            self.go_away(Duration::from_secs(4));
            while self.time.now() < self.away {
                self.turn_all();
                self.admit_one();
                self.admit_one();
                self.pass(Duration::from_millis(20));
            }
            self.come_to_rest();
            let (known, seen) = (self.known.lock().unwrap(), self.outside.seen());
            checks::all_is_well(&self.database, &known, &seen, false);
        }));
        if let Err(panic) = lived {
            eprintln!("{bot}, away after {after}:\n{}", self.trace.join("\n"));
            std::panic::resume_unwind(panic);
        }
    }

    fn say(&mut self, what: String) {
        let now = self.time.now();
        self.trace.push(format!("{:>10.3} {what}", now.as_secs_f64()));
    }

    /// All servers start and the bots are deployed; nothing goes wrong yet.
    fn begin(&mut self) {
        for number in 0..SERVERS {
            let node = self.start(number);
            self.nodes.push(Ok(node));
        }
        self.until("the servers start", |world| {
            world.nodes.iter().flatten().all(|node| node.engine().is_some())
        });
        let texts: Vec<&str> =
            bots::ALL.into_iter().chain(self.poison.then_some(bots::POISON)).collect();
        let left = Arc::new(Mutex::new(texts.len()));
        let deployed = Arc::clone(&left);
        let node = self.nodes[0].as_ref().unwrap();
        let engine = node.engine().unwrap();
        node.spawn(async move {
            let workspace = Workspace {
                id: WORKSPACE,
                name: "main".to_owned(),
                timezone: "UTC".to_owned(),
                created_at: Timestamp::EPOCH,
            };
            engine.store().first_workspace(workspace).await.unwrap();
            for text in texts {
                let parsed = codex32_flow::parse::bot(text);
                let bot = parsed.bot.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
                let source = text.to_owned();
                let bindings = IndexMap::new();
                let deployment = Deployment { bot, source, bindings, expected: None };
                engine.deploy(scope(), deployment).await.unwrap();
                *deployed.lock().unwrap() -= 1;
            }
        });
        self.until("the bots are deployed", |_| *left.lock().unwrap() == 0);
        // The others have heard of them.
        self.pass(Duration::from_secs(2));
        for _ in 0..50 {
            self.turn_all();
            self.admit_all();
        }
    }

    fn start(&mut self, number: usize) -> Node {
        let seed = self.random.random();
        Node::start(number, &self.database, &self.clocks[number], &self.outside, seed)
    }

    /// Without faults, until something is so.
    fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        for _ in 0..5_000 {
            if so(self) {
                return;
            }
            self.turn_all();
            self.admit_all();
            self.pass(Duration::from_millis(5));
        }
        panic!("never came to be: {what}");
    }

    fn turn_all(&mut self) {
        for number in 0..SERVERS {
            self.turn(number, 4);
        }
    }

    fn turn(&mut self, number: usize, rounds: u32) {
        if let Ok(node) = &mut self.nodes[number]
            && node.frozen.is_none()
        {
            node.turn(rounds);
        }
        let (killed, arrivals) = {
            let mut seen = self.outside.seen();
            (std::mem::take(&mut seen.killed), std::mem::take(&mut seen.arrivals))
        };
        for arrival in arrivals {
            self.say(arrival);
        }
        for number in killed {
            self.kill(number, "by its run");
        }
    }

    /// Everything that waits at the turnstiles, in order.
    fn admit_all(&mut self) {
        for number in 0..SERVERS {
            let Ok(node) = &self.nodes[number] else { continue };
            let turnstile = Arc::clone(&node.turnstile);
            while turnstile.waiting_reads() > 0 {
                turnstile.admit_read(0, Fault::None);
                self.told.operations += 1;
            }
            if turnstile.waits_to_commit() {
                turnstile.admit_commit(Fault::None, self.time.now());
                self.told.operations += 1;
                self.look_at_finished();
            }
        }
    }

    /// Time passes for all, also for those that are frozen.
    fn pass(&mut self, span: Duration) {
        self.time.advance(span);
        for node in self.nodes.iter_mut().flatten() {
            node.behind += span;
        }
    }

    /// A little of everything.
    fn round(&mut self) {
        for _ in 0..self.random.random_range(1..5) {
            let number = self.random.random_range(0..SERVERS);
            let rounds = self.random.random_range(1..5);
            self.turn(number, rounds);
        }
        for _ in 0..self.random.random_range(0..8) {
            self.admit_one();
        }
        let millis = *[0, 0, 1, 5, 20, 100, 300].choose(&mut self.random).unwrap();
        self.pass(Duration::from_millis(millis));
        self.thaw_and_restart();
        match self.random.random_range(0..1_000) {
            0..30 => self.somebody_calls(),
            30..34 => self.freeze(),
            34..37 if self.time.now() >= self.next_kill => {
                let number = self.random.random_range(0..SERVERS);
                self.kill(number, "-9");
                self.next_kill = self.time.now() + LEASE + LEASE;
            }
            37..40 if self.jumps => self.set_a_clock(),
            40..43 => {
                let span = self.random.random_range(200..4_000);
                self.go_away(Duration::from_millis(span));
            }
            _ => {}
        }
    }

    /// One of the operations that wait anywhere, also of the frozen and of the dead.
    fn admit_one(&mut self) {
        let mut waiting: Vec<(String, Arc<Turnstile>, Option<usize>)> = Vec::new();
        let living = self.nodes.iter().enumerate().filter_map(|(number, node)| {
            Some((format!("server {number}"), Arc::clone(&node.as_ref().ok()?.turnstile)))
        });
        let dead =
            self.underway.iter().map(|turnstile| ("a dead server".to_owned(), turnstile.clone()));
        for (whose, turnstile) in living.chain(dead) {
            for read in 0..turnstile.waiting_reads() {
                waiting.push((whose.clone(), Arc::clone(&turnstile), Some(read)));
            }
            if turnstile.waits_to_commit() {
                waiting.push((whose, turnstile, None));
            }
        }
        let Some((whose, turnstile, read)) = waiting.choose(&mut self.random).cloned() else {
            return;
        };
        let fault = match self.random.random_range(0..40) {
            1 => Fault::After,
            0 => Fault::Before,
            _ if self.time.now() < self.away => Fault::Before,
            _ => Fault::None,
        };
        self.told.operations += 1;
        self.told.faults += u64::from(fault != Fault::None);
        match read {
            Some(read) => {
                turnstile.admit_read(read, fault);
                if fault != Fault::None {
                    self.say(format!("a read of {whose} fails"));
                }
            }
            None => {
                self.say(format!("{whose} commits, {fault:?}"));
                turnstile.admit_commit(fault, self.time.now());
                self.look_at_finished();
            }
        }
    }

    /// What has ended since is remembered.
    fn look_at_finished(&mut self) {
        for id in checks::runs(&self.database, true) {
            if !self.finished.contains_key(&id) {
                let now = checks::run(&self.database, id);
                self.say(format!("{id} of {} has ended {}", now.bot, now.state.as_str()));
                self.finished.insert(id, now);
            }
        }
    }

    /// What had ended is as it was.
    fn finished_are_unchanged(&self) {
        for (id, before) in &self.finished {
            assert_eq!(&checks::run(&self.database, *id), before, "{id} had ended and changed");
        }
    }

    fn thaw_and_restart(&mut self) {
        let now = self.time.now();
        for number in 0..SERVERS {
            match &mut self.nodes[number] {
                Ok(node) if node.frozen.is_some_and(|until| until <= now) => {
                    node.frozen = None;
                    self.say(format!("server {number} thaws"));
                }
                Err(at) if *at <= now => {
                    self.say(format!("server {number} starts"));
                    self.nodes[number] = Ok(self.start(number));
                }
                _ => {}
            }
        }
    }

    fn freeze(&mut self) {
        let number = self.random.random_range(0..SERVERS);
        let span = self.random.random_range(100..3 * LEASE.as_millis() as u64);
        let until = self.time.now() + Duration::from_millis(span);
        if let Ok(node) = &mut self.nodes[number] {
            node.frozen = Some(until);
            self.told.freezes += 1;
            self.say(format!("server {number} freezes for {span} ms"));
        }
    }

    fn kill(&mut self, number: usize, how: &str) {
        let again = Duration::from_millis(self.random.random_range(0..8_000));
        let dead = std::mem::replace(&mut self.nodes[number], Err(self.time.now() + again));
        let Ok(node) = dead else {
            self.nodes[number] = dead;
            return;
        };
        self.say(format!("server {number} is killed {how}"));
        self.told.kills += 1;
        // What it had sent may arrive yet, or not.
        if self.random.random_bool(0.5) {
            self.underway.push(Arc::clone(&node.turnstile));
        }
    }

    /// The database answers nobody for a while: longer than the committers are patient, mostly.
    fn go_away(&mut self, span: Duration) {
        self.away = self.time.now() + span;
        self.told.outages += 1;
        self.say(format!("the database is away for {} ms", span.as_millis()));
    }

    fn set_a_clock(&mut self) {
        let number = self.random.random_range(0..SERVERS);
        let seconds = *[-3_600, -30, -2, 0, 2, 30, 3_600].choose(&mut self.random).unwrap();
        self.clocks[number].set_off(seconds);
        self.told.jumps += 1;
        self.say(format!("the clock of server {number} is off by {seconds} s"));
    }

    /// Somebody calls a server that is there. Who gets no answer does not know what became of it.
    fn somebody_calls(&mut self) {
        let number = self.random.random_range(0..SERVERS);
        let Some(engine) = self.nodes[number].as_ref().ok().and_then(Node::engine) else { return };
        let kind = self.random.random_range(0..if self.poison { 11 } else { 10 });
        self.next += 1;
        let n = self.next;
        let known = Arc::clone(&self.known);
        let hook = |path: &'static str, n: u64| call_hook(engine.clone(), path, n, known.clone());
        let start = |bot: &'static str| start(engine.clone(), bot, known.clone());
        let node = self.nodes[number].as_ref().unwrap();
        match kind {
            0 => node.spawn(hook("pure", n)),
            1 | 2 => node.spawn(hook("effects", n)),
            3 if n > 3 => node.spawn(hook("effects", self.random.random_range(1..n))),
            3 | 4 => node.spawn(start("waiter")),
            5 => node.spawn(start("sleeper")),
            6 => node.spawn(start("parent")),
            7 => node.spawn(start("limited")),
            8 => node.spawn(start("cancelled")),
            9 => node.spawn(emit(engine, n, known)),
            _ => node.spawn(start("poison")),
        }
        self.say(format!("server {number} is called ({kind}, {n})"));
        self.wake_and_cancel();
    }

    /// Somebody wakes or cancels a run that waits for it.
    fn wake_and_cancel(&mut self) {
        let number = self.random.random_range(0..SERVERS);
        let Ok(node) = &self.nodes[number] else { return };
        let (Some(engine), true) = (node.engine(), node.frozen.is_none()) else { return };
        let candidates: Vec<RunId> = checks::runs(&self.database, false);
        let Some(id) = candidates.choose(&mut self.random).copied() else { return };
        if self.finished.contains_key(&id) {
            return;
        }
        match checks::run(&self.database, id).bot.as_str() {
            "waiter" => node.spawn(wake(engine, id)),
            "cancelled" => node.spawn(cancel(engine, id)),
            _ => {}
        }
    }

    /// All is well again: everything that was accepted has to end, and nothing may be left.
    fn come_to_rest(&mut self) {
        self.say("all is well again".to_owned());
        self.away = Duration::ZERO;
        self.outside.calm_down();
        self.underway.clear();
        for clock in &self.clocks {
            clock.set_off(0);
        }
        for number in 0..SERVERS {
            match &mut self.nodes[number] {
                Ok(node) => node.frozen = None,
                Err(_) => self.nodes[number] = Ok(self.start(number)),
            }
        }
        let since = self.time.now();
        let patience = if self.jumps { PATIENCE_WITH_JUMPS } else { PATIENCE };
        let (mut step, mut asked) = (Duration::from_millis(50), None);
        loop {
            let ended = self.finished.len();
            for _ in 0..6 {
                self.turn_all();
                self.admit_all();
            }
            self.thaw_and_restart();
            let passed = self.time.now() - since;
            // Who asks may die with its server.
            if passed >= asked.map_or(Duration::from_secs(10), |last| last + ASKED_EVERY)
                && self.wake_and_cancel_all()
            {
                asked = Some(passed);
            }
            let left = checks::left_over(&self.database);
            let active: usize =
                self.nodes.iter().flatten().filter_map(Node::engine).map(|e| e.active()).sum();
            if asked.is_some() && left.is_empty() && active == 0 {
                return;
            }
            assert!(passed < patience, "held for ever: {left:?}, {active} in memory");
            let most = if self.jumps { Duration::from_secs(20) } else { Duration::from_secs(1) };
            let quiet = ended == self.finished.len();
            step = if quiet { (step * 2).min(most) } else { Duration::from_millis(50) };
            self.pass(step);
        }
    }

    fn wake_and_cancel_all(&mut self) -> bool {
        let Some((node, engine)) =
            self.nodes.iter().flatten().find_map(|node| Some((node, node.engine()?)))
        else {
            return false;
        };
        for id in checks::runs(&self.database, false) {
            if self.finished.contains_key(&id) {
                continue;
            }
            match checks::run(&self.database, id).bot.as_str() {
                "waiter" => node.spawn(wake(engine.clone(), id)),
                "cancelled" => node.spawn(cancel(engine.clone(), id)),
                _ => {}
            }
        }
        true
    }
}

async fn start(engine: Engine, bot: &'static str, known: Arc<Mutex<Known>>) {
    let input = Value::object::<&str>([]);
    if let Ok(run) = engine.start_run(scope(), bot, input).await {
        known.lock().unwrap().accepted.push((bot, run));
    }
}

async fn call_hook(engine: Engine, path: &'static str, n: u64, known: Arc<Mutex<Known>>) {
    let request = HookRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (HeaderName::from_static("x-event-id"), HeaderValue::from(n)),
        ]),
        body: format!(r#"{{"n":{n}}}"#).into(),
    };
    let Ok(route) = engine.hook_route(WORKSPACE, "POST", path) else { return };
    let answer = engine.webhook(route, request).await;
    if !(200..300).contains(&answer.status) {
        return;
    }
    let body = Value::from_json(std::str::from_utf8(&answer.body).unwrap()).unwrap();
    let run: RunId = body.get("run").and_then(Value::as_str).unwrap().parse().unwrap();
    let mut known = known.lock().unwrap();
    known.accepted.push((path, run));
    if path == "effects" {
        known.by_key.push((n, run));
    }
}

async fn emit(engine: Engine, n: u64, known: Arc<Mutex<Known>>) {
    let data = Value::object([("n", Value::from(n as i64))]);
    if let Ok(event) = engine.emit(scope(), "shop.ordered".to_owned(), data, None).await {
        known.lock().unwrap().events.push(event);
    }
}

/// Who has no answer emits again: a run that has heard it does not mind.
async fn wake(engine: Engine, run: RunId) {
    let data = Value::object([("run", Value::from(run.to_string()))]);
    while engine.emit(scope(), "go.on".to_owned(), data.clone(), None).await.is_err() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn cancel(engine: Engine, run: RunId) {
    loop {
        match engine.cancel(scope(), run, "enough".to_owned()).await {
            Ok(()) | Err(EngineError::Ended(_) | EngineError::NoRun(_)) => return,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}
