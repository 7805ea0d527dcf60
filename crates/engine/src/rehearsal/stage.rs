//! Where a run is rehearsed: `decide` with answers in place of a world, and a clock that jumps to what
//! is due next.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use codex32_model::Scope;
use codex32_model::action::Catalogue;
use codex32_model::fact::{Address, Fact, LogLine};
use codex32_model::ids::{ActorId, BotId, RunId, WorkspaceId};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::memory::Memory;
use super::{By, Emitted, Live, Need, Script};
use crate::executor::{StepExecutor, Task, TaskKind, TaskOutcome};
use crate::run::{Cause, Command, Decision, Failure, Machine, State};

const TIMEOUT: Duration = Duration::from_secs(60);

/// What a step asked of the world, and who answered.
#[derive(Debug, Default)]
pub struct Asked {
    pub what: Option<String>,
    pub connection: Option<String>,
    pub input: Value,
    pub by: Option<By>,
}

pub struct Stage<'a> {
    pub machine: Machine,
    now: Timestamp,
    draws: u64,
    memory: Memory,
    samples: HashMap<String, Value>,
    recorded: HashMap<String, Value>,
    live: Live,
    catalogue: &'a dyn Catalogue,
    check: &'a (dyn Fn(&str, &Value) -> Result<(), StepError> + Sync),
    executor: &'a dyn StepExecutor,
    /// Waits whose sample has been given; it is given once.
    signalled: HashSet<Address>,
    pub facts: Vec<Fact>,
    pub asked: HashMap<Address, Asked>,
    pub events: Vec<Emitted>,
}

type Outcome = Result<(Value, Vec<LogLine>), Failure>;

/// What is known of an attempt that would leave the run.
struct Attempt {
    address: Address,
    number: u32,
    key: Option<String>,
    timeout: Option<Duration>,
}

impl<'a> Stage<'a> {
    pub fn new(script: Script<'a>, now: Timestamp) -> Self {
        let run = RunId::from_bytes([0; 16]);
        let about = Value::object([
            ("id", Value::from(run.to_string())),
            ("bot", Value::from(script.flow.bot.bot.as_str())),
            ("version", Value::Int(0)),
        ]);
        let mut machine = Machine {
            workspace: WorkspaceId::from_bytes([0; 16]),
            run,
            flow: Arc::new(script.flow),
            state: State::default(),
            about,
            zone: script.zone.into(),
        };
        machine.fold(std::slice::from_ref(&script.started));
        Self {
            machine,
            now,
            draws: 0,
            memory: Memory::default(),
            samples: script.samples,
            recorded: script.recorded,
            live: script.live,
            catalogue: script.catalogue,
            check: script.check,
            executor: script.executor,
            signalled: HashSet::new(),
            facts: vec![script.started],
            asked: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// Goes on until the run has ended.
    pub async fn play(&mut self) -> Result<(), Need> {
        let mut causes = VecDeque::from([Cause::Begin]);
        while self.machine.state.ended.is_none() {
            let cause = match causes.pop_front() {
                Some(cause) => cause,
                None => self.jump()?,
            };
            let draws = &mut self.draws;
            // Jitter and ids of a rehearsal need no randomness, only numbers that differ.
            let mut draw = || {
                *draws = draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
                *draws
            };
            let decision = self.machine.decide(cause, self.now, &mut draw);
            self.carry_out(decision, &mut causes).await?;
        }
        Ok(())
    }

    async fn carry_out(
        &mut self,
        decision: Decision,
        causes: &mut VecDeque<Cause>,
    ) -> Result<(), Need> {
        self.facts.extend(decision.facts);
        for op in &decision.ops {
            let fact = self.memory.execute(op);
            self.facts.push(fact.clone());
            causes.push_back(Cause::Committed(vec![fact]));
        }
        let events = decision.events.into_iter();
        self.events.extend(events.map(|event| Emitted { name: event.kind, data: event.data }));
        if decision.more {
            causes.push_back(Cause::Continue);
        }
        for command in decision.commands {
            self.answer(command, causes).await?;
        }
        Ok(())
    }

    async fn answer(&mut self, command: Command, causes: &mut VecDeque<Cause>) -> Result<(), Need> {
        match command {
            Command::Action {
                address,
                attempt: number,
                key,
                action,
                connection,
                input,
                timeout,
            } => {
                let asked = self.asked.entry(address.clone()).or_default();
                asked.what = Some(action.clone());
                asked.connection.clone_from(&connection);
                asked.input = input.clone();
                let attempt = Attempt { address, number, key, timeout };
                let outcome = self.action(&attempt, action, connection, input.clone()).await?;
                causes.push_back(self.outcome(attempt, input, outcome));
            }
            Command::Code { address, attempt: number, key, code, scope, now, timeout } => {
                let attempt = Attempt { address, number, key, timeout };
                let outcome = if let Some(value) = self.given(&attempt.address) {
                    Ok((value, Vec::new()))
                } else if code.network.is_empty() || self.live == Live::All {
                    let seed = crate::driver::seed(self.machine.run, &attempt.address);
                    self.execute(&attempt, TaskKind::Code { code, scope, now, seed }).await
                } else {
                    let why = "its code reaches the network, which a rehearsal does not let it";
                    return Err(need(&attempt.address, why.to_owned()));
                };
                causes.push_back(self.outcome(attempt, Value::Null, outcome));
            }
            Command::Call { address, bot, input, detach, .. } => {
                let run = RunId::from_bytes([1; 16]);
                let asked = self.asked.entry(address.clone()).or_default();
                asked.what = Some(format!("call {bot}"));
                asked.input = input;
                let given = if detach { None } else { self.given(&address) };
                if given.is_none() && !detach {
                    let why =
                        format!("it calls the bot `{bot}`, which is not rehearsed with this one");
                    return Err(need(&address, why));
                }
                causes.push_back(Cause::ChildStarted { address: address.clone(), run });
                match given {
                    Some(output) => {
                        let state = RunState::Succeeded;
                        let error = None;
                        causes.push_back(Cause::ChildEnded { address, run, state, output, error });
                    }
                    None => self.by(&address, By::Shown),
                }
            }
        }
        Ok(())
    }

    async fn action(
        &mut self,
        attempt: &Attempt,
        action: String,
        connection: Option<String>,
        input: Value,
    ) -> Result<Outcome, Need> {
        let address = &attempt.address;
        let writes = attempt.key.is_some();
        let spec = self.catalogue.action(&action);
        if spec.is_some()
            && let Err(error) = (self.check)(&action, &input)
        {
            let (retryable, retry_after, unknown, logs) = (false, None, false, Vec::new());
            return Ok(Err(Failure { error, retryable, retry_after, unknown, logs }));
        }
        if let Some(value) = self.given(address) {
            return Ok(Ok((value, Vec::new())));
        }
        let Some(spec) = spec else {
            let why = format!("`{action}` cannot run on this server yet");
            return Err(need(address, why));
        };
        if self.live == Live::All || (self.live == Live::Reads && !writes) {
            if let Some(connection) = connection {
                let why = format!(
                    "it uses the connection `{connection}`, whose secret only the server has"
                );
                return Err(need(address, why));
            }
            self.by(address, By::Live);
            let kind = TaskKind::Action { action, connection, input };
            return Ok(self.execute(attempt, kind).await);
        }
        let example = spec.examples.first().map(|example| example.output.clone());
        if example.is_none() && !writes {
            return Err(need(address, format!("`{action}` reads, and has no example")));
        }
        self.by(address, if writes { By::Shown } else { By::Example });
        Ok(Ok((example.unwrap_or_default(), Vec::new())))
    }

    /// A sample or a recorded output of a step.
    fn given(&mut self, address: &Address) -> Option<Value> {
        let sample = self.sample(address).map(|value| (value, By::Sample));
        let recorded = || self.recorded.get(&**address).map(|value| (value.clone(), By::Run));
        let (value, by) = sample.or_else(recorded)?;
        self.by(address, by);
        Some(value)
    }

    fn sample(&self, address: &str) -> Option<Value> {
        let id = address.rsplit('/').next().unwrap_or(address);
        self.samples.get(address).or_else(|| self.samples.get(id)).cloned()
    }

    fn by(&mut self, address: &Address, by: By) {
        self.asked.entry(address.clone()).or_default().by = Some(by);
    }

    async fn execute(&self, attempt: &Attempt, kind: TaskKind) -> Outcome {
        let workspace = self.machine.workspace;
        let task = Task {
            scope: Scope::new(workspace, ActorId::from_bytes([0; 16])),
            bot: BotId::from_bytes([0; 16]),
            run: self.machine.run,
            address: attempt.address.clone(),
            attempt: attempt.number,
            key: attempt.key.clone(),
            kind,
            timeout: attempt.timeout.unwrap_or(TIMEOUT),
        };
        match self.executor.execute(task).await {
            TaskOutcome::Done { output, logs } => Ok((output, logs)),
            TaskOutcome::Failed { error, retryable, retry_after, unknown, logs } => {
                Err(Failure { error, retryable, retry_after, unknown, logs })
            }
        }
    }

    fn outcome(&self, attempt: Attempt, input: Value, outcome: Outcome) -> Cause {
        let Attempt { address, number: attempt, key, .. } = attempt;
        match outcome {
            Ok((output, logs)) => {
                // Of a write the journal has the input already.
                let input = if key.is_none() { input } else { Value::Null };
                Cause::Done { address, attempt, output, input, began: self.now, logs }
            }
            Err(failure) => Cause::Failed { address, attempt, failure },
        }
    }

    /// What happens next when nothing is at hand: a sample for a wait, or what is due next.
    fn jump(&mut self) -> Result<Cause, Need> {
        let waits = self.machine.waits();
        for (address, event) in &waits {
            if let Some(data) = self.sample(address)
                && self.signalled.insert(address.clone())
            {
                self.by(address, By::Sample);
                let value = Value::object([
                    ("id", Value::from("evt_00000000000000000000000000000000")),
                    ("type", Value::from(event.as_str())),
                    ("time", Value::from(self.now.to_string())),
                    ("source", Value::from("rehearsal")),
                    ("data", data),
                ]);
                return Ok(Cause::Event(value, event.clone()));
            }
        }
        let state = &self.machine.state;
        let deadline = state.started.as_ref().map(|started| started.deadline);
        let due = state.next_timer();
        if let Some((address, event)) = waits.first()
            && state.ending.is_none()
            && due >= deadline
        {
            let why = if self.signalled.contains(address) {
                format!("the sample given does not match the event `{event}` it waits for")
            } else {
                format!("it waits for the event `{event}`")
            };
            return Err(need(address, why));
        }
        self.now = due.map_or(self.now, |due| due.max(self.now));
        Ok(Cause::Tick)
    }
}

fn need(address: &Address, why: String) -> Need {
    Need { step: address.to_string(), why }
}
