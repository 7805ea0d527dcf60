//! A run with a world that does as a list of bytes says: outcomes in any order, crashes that lose what
//! was not committed, cancels, timers. Every step of it checks what has to hold always.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use codex32_flow::flow::{Flow, Op};
use codex32_model::action::OnUnknown;
use codex32_model::codes;
use codex32_model::fact::{Address, Fact, FactKind};
use codex32_model::ids::{EventId, RunId, WorkspaceId};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use codex32_store::approvals::ApprovalChange;

use crate::run::agent::Phase;
use crate::run::state::{Current, Progress, Role};
use crate::run::{
    Briefing, Cause, Chunk, ChunkId, Command, Computed, Decision, Failure, Machine, State,
};

pub mod agents;
mod journal;

pub use journal::check_keys;
use journal::{asked, begun, begun_again, is_once, shown};

pub const RUN: RunId = RunId::from_bytes([7; 16]);

pub struct World {
    pub machine: Machine,
    pub journal: Vec<Fact>,
    /// How much of the journal is certainly on disk.
    safe: usize,
    /// Where a commit may have ended: behind all facts of a decision.
    pub ends: BTreeSet<usize>,
    pub now: Timestamp,
    /// Attempts on their way, with their key and input.
    outstanding: BTreeMap<(Address, u32), Command>,
    /// Chunks on their way.
    pub chunks: BTreeMap<ChunkId, Chunk>,
    children: BTreeSet<(RunId, Address)>,
    /// Approvals that the store has open.
    asking: BTreeSet<Address>,
    issued: BTreeSet<(Address, u32)>,
    emitted: BTreeSet<EventId>,
    /// What the models of agents were told, by key.
    told: BTreeMap<String, String>,
    draws: u64,
    /// What the models of agents say; else all kinds of things.
    pub saying: Option<fn(&Briefing) -> Value>,
    /// Turns whose models have answered.
    pub paid: Vec<String>,
    runs: u8,
    pub commands: Vec<Command>,
}

pub fn started(at: Timestamp, deadline: Duration) -> Fact {
    let kind = FactKind::Started {
        input: Value::object([("n", Value::Int(1))]),
        trigger: Value::Null,
        event: Value::Null,
        env: Value::Null,
        deadline: at.plus(deadline),
        origin: None,
        generations: Vec::new(),
        hops: 0,
    };
    Fact { at, kind }
}

pub fn machine(flow: &Arc<Flow>) -> Machine {
    Machine {
        workspace: WorkspaceId::from_bytes([0; 16]),
        run: RUN,
        flow: Arc::clone(flow),
        state: State::default(),
        version: 1,
        zone: "UTC".into(),
        looks_ahead: true,
        bounds: crate::run::Bounds::default(),
    }
}

impl World {
    pub fn new(flow: &Arc<Flow>, journal: Vec<Fact>) -> Self {
        let mut world = Self::over(flow, journal);
        world.take(Cause::Begin);
        world
    }

    /// Somebody takes over what is on disk, wherever that ends.
    pub fn recovered(flow: &Arc<Flow>, journal: Vec<Fact>) -> Self {
        let mut world = Self::over(flow, journal);
        if world.ended().is_none() {
            world.crash(false);
        }
        world
    }

    fn over(flow: &Arc<Flow>, journal: Vec<Fact>) -> Self {
        let mut machine = machine(flow);
        machine.fold(&journal);
        let asking = asked(&machine.state);
        let now = journal.iter().map(|fact| fact.at).max().unwrap();
        // Runs that are called from now on are not those that were.
        let called = |fact: &Fact| match &fact.kind {
            FactKind::ChildStarted { run, .. } => Some(run.as_bytes()[0]),
            _ => None,
        };
        let runs = journal.iter().filter_map(called).max().unwrap_or(0);
        Self {
            machine,
            safe: journal.len(),
            ends: BTreeSet::from([journal.len()]),
            journal,
            now,
            outstanding: BTreeMap::new(),
            chunks: BTreeMap::new(),
            children: BTreeSet::new(),
            asking,
            issued: BTreeSet::new(),
            emitted: BTreeSet::new(),
            told: BTreeMap::new(),
            draws: 0,
            saying: None,
            paid: Vec::new(),
            runs,
            commands: Vec::new(),
        }
    }

    /// Begins at the epoch, with a deadline of ten days.
    pub fn begin(flow: &Arc<Flow>) -> Self {
        Self::new(flow, vec![started(Timestamp::EPOCH, Duration::from_secs(864_000))])
    }

    pub fn ended(&self) -> Option<RunState> {
        self.machine.state.ended.as_ref().map(|(state, ..)| *state)
    }

    pub fn on_its_way(&self) -> Vec<String> {
        self.outstanding.keys().map(|(address, _)| address.to_string()).collect()
    }

    pub fn take(&mut self, cause: Cause) {
        let mut next = Some(cause);
        while let Some(cause) = next.take() {
            let over = self.machine.state.ended.is_some();
            let draws = &mut self.draws;
            let mut draw = || {
                *draws += 1;
                *draws << 50
            };
            let decision = self.machine.decide(cause, self.now, &mut draw);
            assert!(!over || decision.facts.is_empty(), "a finished run changed");
            next = self.carry_out(decision);
        }
        self.check();
    }

    fn carry_out(&mut self, decision: Decision) -> Option<Cause> {
        for fact in &decision.facts {
            self.journal.push(fact.clone());
        }
        for (address, attempt) in decision.cut {
            self.outstanding.remove(&(address, attempt));
        }
        for chunk in decision.cut_chunks {
            assert!(self.chunks.remove(&chunk).is_some(), "chunk {chunk} was not on its way");
        }
        for run in decision.left {
            self.children.retain(|(child, _)| *child != run);
        }
        for event in &decision.events {
            assert!(self.emitted.insert(event.id), "{event:?} was emitted twice");
        }
        let asks = !decision.approvals.is_empty();
        for change in decision.approvals {
            match change {
                ApprovalChange::Asked(new) => assert!(self.asking.insert(new.address)),
                ApprovalChange::Over { address, .. } => {
                    assert!(self.asking.remove(&address), "{address} was over before");
                }
            }
        }
        if self.ended().is_some() {
            // The commit of the end closes them.
            self.asking.clear();
        }
        let urgent = asks
            || !decision.ops.is_empty()
            || !decision.events.is_empty()
            || !decision.waits.is_empty()
            || decision.commands.iter().any(Command::needs_commit)
            || self.ended().is_some();
        let mut committed = Vec::new();
        for op in decision.ops {
            let kind = FactKind::StepDone {
                a: op.address,
                o: Value::Int(1),
                i: Value::Null,
                s: None,
                logs: Vec::new(),
            };
            committed.push(Fact { at: op.at, kind });
        }
        let mut calls = Vec::new();
        for command in decision.commands {
            self.commands.push(command.clone());
            if let Command::Call { address, .. } = command {
                calls.push(address);
                continue;
            }
            if let Command::Chunk(chunk) = command {
                self.begin_chunk(chunk);
                continue;
            }
            let (address, number) = match &command {
                Command::Action { address, attempt, .. }
                | Command::Code { address, attempt, .. }
                | Command::Ask { address, attempt, .. }
                | Command::Listing { address, attempt, .. }
                | Command::Turn { address, attempt, .. } => (address.clone(), *attempt),
                Command::Call { .. } | Command::Chunk(_) => unreachable!(),
            };
            if let Command::Turn { key, briefing, .. } = &command {
                // Under one key a model is told the same, whoever asks.
                let told = format!("{:?} {:?}", briefing.tools, briefing.turns);
                let before = self.told.entry(key.clone()).or_insert_with(|| told.clone());
                assert_eq!(*before, told, "what {address} is told");
            }
            assert!(
                self.issued.insert((address.clone(), number)),
                "{address} attempt {number} was issued twice"
            );
            for fact in &self.journal {
                let done = match &fact.kind {
                    FactKind::StepDone { a, .. } => *a == address,
                    FactKind::AttemptFailed { a, n, .. } => *a == address && *n == number,
                    _ => false,
                };
                assert!(!done, "{address} attempt {number} has an outcome and was issued");
            }
            self.outstanding.insert((address, number), command);
        }
        for address in calls {
            self.runs += 1;
            let run = RunId::from_bytes([self.runs; 16]);
            let cause = Cause::ChildStarted { address: address.clone(), run };
            let (now, draws) = (self.now, &mut self.draws);
            let begun = self.machine.decide(cause, now, &mut || {
                *draws += 1;
                *draws
            });
            if matches!(
                begun.facts.first().map(|fact| &fact.kind),
                Some(FactKind::ChildStarted { .. })
            ) && self.machine.child(run).is_some()
            {
                self.children.insert((run, address));
            }
            let mut follows = self.carry_out(begun);
            while let Some(cause) = follows.take() {
                let draws = &mut self.draws;
                let decision = self.machine.decide(cause, now, &mut || {
                    *draws += 1;
                    *draws
                });
                follows = self.carry_out(decision);
            }
            self.safe = self.journal.len();
        }
        // The commit adds what state operations gave after everything that was decided before it.
        if self.ended().is_none() {
            self.journal.extend(committed.iter().cloned());
        }
        self.ends.insert(self.journal.len());
        if urgent {
            self.safe = self.journal.len();
        }
        if committed.is_empty() {
            decision.more.then_some(Cause::Continue)
        } else {
            Some(Cause::Committed(committed))
        }
    }

    /// No turn is computed twice at a time, nor one whose step is over.
    fn begin_chunk(&mut self, chunk: Chunk) {
        let all: BTreeSet<_> = chunk.turns.iter().map(|turn| &turn.address).collect();
        assert!(!all.is_empty() && all.len() == chunk.turns.len(), "{:?}", chunk.turns);
        for turn in &chunk.turns {
            let address = &turn.address;
            let also = |other: &Chunk| other.turns.iter().any(|turn| turn.address == *address);
            assert!(!self.chunks.values().any(also), "{address} is in two chunks");
            let known = self.journal.iter().any(|fact| match &fact.kind {
                FactKind::StepDone { a, .. } | FactKind::AttemptFailed { a, .. } => a == address,
                _ => false,
            });
            assert!(!known, "{address} has an outcome and is computed again");
            let begun = self.outstanding.keys().any(|(begun, _)| begun == address);
            assert!(!begun, "{address} is on its way by itself");
        }
        assert!(self.chunks.insert(chunk.id, chunk).is_none());
    }

    /// The first turns of a chunk have their outcomes, the last of which may be that it failed.
    pub fn chunk_ends(&mut self, id: ChunkId, turns: usize, fails: bool, took: Duration) {
        let chunk = self.chunks.remove(&id).unwrap();
        self.now = self.now.plus(Duration::from_millis(10));
        let turns = turns.clamp(1, chunk.turns.len());
        let mut outcomes: Vec<_> = chunk.turns[..turns]
            .iter()
            .map(|turn| Computed::Done {
                output: Value::from(format!("{} done", turn.address)),
                logs: Vec::new(),
            })
            .collect();
        if fails {
            outcomes[turns - 1] = Computed::Failed(Failure {
                error: StepError::new(codes::run::STEP_FAILED, "it failed"),
                retryable: true,
                retry_after: None,
                unknown: false,
                logs: Vec::new(),
            });
        }
        self.take(Cause::Computed { chunk: id, outcomes, took });
    }

    /// Whether the turn is in a chunk, or is to be once one of its loop's chunks has ended.
    fn is_computed(&self, address: &str) -> bool {
        let of = |address: &str| address.rsplit_once('[').map(|(of, _)| of.to_owned());
        self.chunks
            .values()
            .flat_map(|chunk| &chunk.turns)
            .any(|turn| of(&turn.address) == of(address))
    }

    /// What has to hold after every event.
    fn check(&self) {
        let state = &self.machine.state;
        let flow = &self.machine.flow;
        let mut folded = machine(flow);
        for fact in &self.journal {
            let fits = folded.state.apply(flow, RUN, fact);
            // A state operation of a step that the same commit left is recorded and counts for nothing.
            let late = matches!(&fact.kind, FactKind::StepDone { o: Value::Int(1), .. });
            assert!(fits || late, "{fact:?} does not fit");
        }
        assert_eq!(shown(&folded.state), shown(state), "folded and live");
        if state.ended.is_some() {
            assert!(self.outstanding.is_empty() && self.children.is_empty(), "left alone");
            assert!(self.chunks.is_empty(), "nobody waits for {:?}", self.chunks);
            return;
        }
        assert_eq!(asked(state), self.asking, "asked, and open in the store");
        let mut alive = 0;
        for (id, frame) in state.frames() {
            let address = || {
                let step = flow.blocks[frame.block].steps[frame.position];
                State::address(frame, &flow.steps[step].label)
            };
            match &frame.current {
                Current::Ready | Current::Again(_) => panic!("{} is not begun", address()),
                Current::Running(attempt) => {
                    let key = (address(), attempt.number);
                    let goes = self.outstanding.contains_key(&key) || self.is_computed(&key.0);
                    assert!(goes, "{key:?} is on nobody's way");
                    alive += 1;
                }
                Current::Child { run, .. } => {
                    assert!(self.children.contains(&(*run, address())), "no child {run}");
                    alive += 1;
                }
                Current::Retry { .. } | Current::Waiting { .. } | Current::Asking { .. } => {
                    alive += 1;
                }
                Current::Block(progress) => {
                    let inside =
                        state.frames().filter(|(_, inner)| inner.parent == Some(id)).count();
                    let expected = match progress {
                        Progress::ForEach { running, .. } | Progress::Parallel { running, .. } => {
                            *running
                        }
                        Progress::One | Progress::Try { .. } => 1,
                    };
                    assert_eq!(inside, expected, "inside {}", address());
                }
                Current::Agent(agent) => {
                    let inside =
                        state.frames().filter(|(_, inner)| inner.parent == Some(id)).count();
                    let expected = match agent.phase {
                        Phase::Listing | Phase::Thinking => 1,
                        Phase::Acting { running } => running,
                        Phase::Answered => panic!("{} is not decided upon", address()),
                    };
                    assert!(expected > 0);
                    assert_eq!(inside, expected, "inside {}", address());
                }
                Current::Stopped => assert!(state.ending.is_some(), "{} is stopped", address()),
            }
            if matches!(frame.role, Role::Closing | Role::OnError) {
                assert!(state.ending.is_some());
            }
        }
        assert!(alive > 0, "the run is stuck");
        for (address, number) in self.outstanding.keys() {
            let frame = state.frame_at(address).and_then(|id| state.frame(id));
            let running = frame.is_some_and(|frame| {
                matches!(&frame.current, Current::Running(attempt) if attempt.number == *number)
            });
            assert!(running, "{address} attempt {number} is on its way for nobody");
        }
    }

    /// The process dies; another one takes over what is on disk.
    pub fn crash(&mut self, lose: bool) {
        if lose {
            self.journal.truncate(self.safe);
            let _ = self.ends.split_off(&(self.safe + 1));
        }
        self.outstanding.clear();
        self.chunks.clear();
        self.issued.clear();
        let begun = begun(&self.journal);
        let facts = self.journal.len();
        let commands = self.commands.len();
        let flow = Arc::clone(&self.machine.flow);
        self.machine = machine(&flow);
        self.machine.fold(&self.journal);
        self.asking = asked(&self.machine.state);
        self.children = self.machine.children().into_iter().map(|(a, run)| (run, a)).collect();
        self.take(Cause::Recovered);
        // Exactly what was begun without an outcome is issued again, or given up.
        let fresh = begun_again(&self.journal[facts..]);
        let mut again = BTreeMap::new();
        for command in &self.commands[commands..] {
            if let Command::Action { address, attempt, key: Some(key), input, .. } = command
                && !fresh.contains(&(address.clone(), *attempt))
            {
                again.insert((address.clone(), *attempt), (key.clone(), input.clone()));
            }
            if let Command::Code { address, attempt, key: Some(key), .. } = command
                && !fresh.contains(&(address.clone(), *attempt))
            {
                again.insert((address.clone(), *attempt), (key.clone(), Value::Null));
            }
            if let Command::Turn { address, attempt, key, briefing, .. } = command
                && !fresh.contains(&(address.clone(), *attempt))
            {
                let input = Value::object([("turn", Value::from(briefing.turns.len() + 1))]);
                again.insert((address.clone(), *attempt), (key.clone(), input));
            }
            if let Command::Ask { address, attempt, key, input, .. } = command
                && !fresh.contains(&(address.clone(), *attempt))
            {
                again.insert((address.clone(), *attempt), (key.clone(), input.clone()));
            }
        }
        let given_up: BTreeSet<(Address, u32)> = self.journal[facts..]
            .iter()
            .filter_map(|fact| match &fact.kind {
                FactKind::AttemptFailed { a, n, retry_at: None, unknown: true, .. } => {
                    Some((a.clone(), *n))
                }
                _ => None,
            })
            .collect();
        let (once, mut repeat): (BTreeMap<_, _>, BTreeMap<_, _>) =
            begun.into_iter().partition(|((address, _), _)| is_once(&flow, address));
        assert!(once.keys().all(|attempt| given_up.contains(attempt)), "must not be repeated");
        // What was given up may end the run, which then leaves the others, and marks them.
        if self.machine.state.ending.is_some() {
            repeat.retain(|attempt, _| !given_up.contains(attempt));
        }
        assert_eq!(again, repeat, "issued again");
    }

    /// One thing happens, as `byte` says.
    pub fn happen(&mut self, byte: u8) {
        let kind = byte % 16;
        let pick = usize::from(byte / 16);
        if let Some((&id, chunk)) = self.chunks.first_key_value()
            && pick % 2 == 1
            && kind < 8
        {
            // All of it, or a part that took longer; the last of them may have failed.
            let turns = if kind < 5 { chunk.turns.len() } else { pick % chunk.turns.len() + 1 };
            let took = Duration::from_millis(if kind % 4 == 3 { 50 } else { 1 });
            return self.chunk_ends(id, turns, kind % 4 == 2, took);
        }
        let command = self.outstanding.keys().nth(pick % self.outstanding.len().max(1)).cloned();
        match (kind, command) {
            (0..=4, Some((address, attempt))) => self.done(&address, attempt),
            (5, Some((address, attempt))) => self.fails(&address, attempt, true, false),
            (6, Some((address, attempt))) => self.fails(&address, attempt, false, false),
            (7 | 8, Some((address, attempt))) => self.fails(&address, attempt, true, true),
            (9, _) if pick % 2 == 1 && !self.asking.is_empty() => {
                let all: Vec<_> = self.asking.iter().cloned().collect();
                self.answer(&all[pick % all.len()], pick % 3 > 0);
            }
            (9, _) => {
                let event = Value::object([("type", Value::from("it.came"))]);
                self.take(Cause::Event(event, "it.came".to_owned()));
            }
            (10, _) => self.crash(true),
            (11, _) => self.crash(false),
            (12, _) if pick == 0 => {
                let (reason, by) = ("enough".to_owned(), "me".to_owned());
                self.take(Cause::Cancel { reason, by });
            }
            (12, _) if pick == 1 => {
                self.now = self.now.plus(Duration::from_secs(864_000));
                self.take(Cause::Tick);
            }
            (13 | 14, _) => self.child_ends(kind == 13),
            _ => self.tick(),
        }
    }

    pub fn done(&mut self, address: &str, attempt: u32) {
        let key = (Address::from(address), attempt);
        let command = self.outstanding.remove(&key);
        let command = command.unwrap_or_else(|| panic!("{key:?} is not on its way"));
        self.now = self.now.plus(Duration::from_millis(10));
        let output = match &command {
            Command::Listing { wanted, .. } => agents::listed(wanted),
            Command::Turn { briefing, .. } => {
                let said = self.saying.map_or_else(
                    || agents::said(briefing, self.journal.len()),
                    |said| said(briefing),
                );
                self.paid.push(address.to_owned());
                said
            }
            _ => Value::from(format!("{address} done")),
        };
        let (address, input) = (key.0, Value::Null);
        self.take(Cause::Done {
            address,
            attempt,
            output,
            input,
            began: self.now,
            logs: Vec::new(),
        });
    }

    pub fn fails(&mut self, address: &str, attempt: u32, retryable: bool, unknown: bool) {
        let key = (Address::from(address), attempt);
        let command = self.outstanding.remove(&key).unwrap();
        let writes = matches!(
            command,
            Command::Action { key: Some(_), .. }
                | Command::Code { key: Some(_), .. }
                | Command::Ask { .. }
                | Command::Turn { .. }
        );
        let failure = Failure {
            error: StepError::new(codes::run::STEP_FAILED, "it failed"),
            retryable,
            retry_after: None,
            unknown: unknown && writes,
            logs: Vec::new(),
        };
        self.take(Cause::Failed { address: key.0, attempt, failure });
    }

    /// Somebody says yes or no.
    pub fn answer(&mut self, address: &str, approved: bool) {
        let said = Value::object([
            ("approved", Value::Bool(approved)),
            ("by", Value::from("boss@example.com")),
            ("at", Value::from(self.now.to_string())),
            ("comment", Value::from("so be it")),
        ]);
        self.take(Cause::Answered { address: address.into(), said });
    }

    pub fn child_ends(&mut self, succeeds: bool) {
        let Some((run, address)) = self.children.pop_first() else { return };
        let state = if succeeds { RunState::Succeeded } else { RunState::Failed };
        let output = Value::from("a child's");
        self.take(Cause::ChildEnded { address, run, state, output, error: None });
    }

    pub fn tick(&mut self) {
        self.now = self.machine.state.next_timer().map_or(self.now, |at| at.max(self.now));
        self.take(Cause::Tick);
    }

    /// Everything that is on its way comes to a good end.
    pub fn settle(&mut self) {
        let mut left = 20_000;
        while self.ended().is_none() {
            left -= 1;
            assert!(left > 0, "the run does not end");
            if let Some((address, attempt)) = self.outstanding.keys().next().cloned() {
                self.done(&address, attempt);
            } else if let Some(&id) = self.chunks.keys().next() {
                self.chunk_ends(id, usize::MAX, false, Duration::from_millis(1));
            } else if !self.children.is_empty() {
                self.child_ends(true);
            } else if let Some(address) = self.asking.first().cloned() {
                self.answer(&address, true);
            } else {
                self.tick();
            }
        }
    }
}
