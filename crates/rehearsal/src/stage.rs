//! The rehearsal itself: the engine's `decide` with answers in place of a world, and a clock that jumps
//! to whatever is due next.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use codex32_engine::run::view::{StepView, Told, tell};
use codex32_engine::run::{Bounds, Cause, Command, Decision, Machine, State};
use codex32_flow::flow::{Flow, Op};
use codex32_model::definition::{Agent, Tool};
use codex32_model::fact::{Address, Fact, FactKind};
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::run::RunState;
use codex32_model::{Fields, Timestamp, Value};
use codex32_store::approvals::ApprovalChange;

use crate::answers::{Answers, By, Came, Need};
use crate::begin;
use crate::memory::Memory;

/// More facts than this are no rehearsal any more.
const MOST_FACTS: usize = 20_000;

/// One rehearsal.
pub struct Stage {
    machine: Machine,
    now: Timestamp,
    draws: u64,
    memory: Memory,
    answers: Answers,
    /// Steps that wait for an event.
    waits: Vec<(Address, String)>,
    /// Steps that ask people.
    asking: VecDeque<Address>,
    /// Waits whose sample was given to them.
    tried: HashSet<Address>,
    pub facts: Vec<Fact>,
    /// Who answered which step.
    pub by: HashMap<Address, By>,
    /// What steps asked of the world: the action or the bot called.
    pub asked: HashMap<Address, String>,
    /// Events that would have been emitted: name and data.
    pub events: Vec<(String, Value)>,
}

impl Stage {
    pub fn new(flow: Flow, begun: Fact, now: Timestamp, zone: &str, answers: Answers) -> Self {
        let run = RunId::from_bytes([0; 16]);
        let mut machine = Machine {
            workspace: WorkspaceId::from_bytes([0; 16]),
            run,
            flow: Arc::new(flow),
            state: State::default(),
            version: 0,
            zone: zone.into(),
            // Each step is answered when its turn has come.
            looks_ahead: false,
            bounds: Bounds::default(),
        };
        machine.fold(std::slice::from_ref(&begun));
        Self {
            machine,
            now,
            draws: 0,
            memory: Memory::default(),
            answers,
            waits: Vec::new(),
            asking: VecDeque::new(),
            tried: HashSet::new(),
            facts: vec![begun],
            by: HashMap::new(),
            asked: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// The bot's name.
    pub fn bot(&self) -> &str {
        &self.machine.flow.bot.bot
    }

    pub fn flow(&self) -> &Flow {
        &self.machine.flow
    }

    /// What happened, step by step. Of an agent the step itself: nothing is asked, so it has no turns to
    /// speak of.
    pub fn told(&self) -> Told {
        let mut told = tell(self.flow(), &self.facts);
        let is_agent = |step: &&StepView| {
            step.detail.as_deref().is_some_and(|detail| detail.starts_with("agent "))
        };
        let agents: Vec<String> =
            told.steps.iter().filter(is_agent).map(|step| step.address.clone()).collect();
        told.steps.retain(|step| {
            !agents.iter().any(|agent| {
                let inside = step.address.strip_prefix(agent.as_str());
                inside.is_some_and(|rest| rest.starts_with(['[', '.']))
            })
        });
        told
    }

    /// The state in which the run ended, if it did.
    pub fn ended(&self) -> Option<RunState> {
        self.machine.state.ended.as_ref().map(|(state, _, _)| *state)
    }

    /// Goes on until the run has ended, or a step needs a sample.
    ///
    /// Other tasks get their turn between two decisions; dropping the future ends it.
    pub async fn play(&mut self) -> Option<Need> {
        let mut causes = VecDeque::from([Cause::Begin]);
        loop {
            if self.facts.len() > MOST_FACTS {
                let step = self.facts.last().and_then(|fact| address(&fact.kind));
                let why = format!("the rehearsal ends here, after {MOST_FACTS} facts");
                return Some(Need { step: step.unwrap_or_default(), why });
            }
            tokio::task::yield_now().await;
            let cause = match causes.pop_front() {
                Some(cause) => cause,
                None if self.ended().is_some() => return None,
                None => match self.jump() {
                    Ok(cause) => cause,
                    Err(need) => return Some(need),
                },
            };
            let decision = self.decide(cause);
            if let Err(need) = self.carry_out(decision, &mut causes).await {
                return Some(need);
            }
        }
    }

    fn decide(&mut self, cause: Cause) -> Decision {
        let draws = &mut self.draws;
        // Jitter and ids of a rehearsal need no randomness, only numbers that differ.
        let mut draw = || {
            *draws = draws.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *draws
        };
        self.machine.decide(cause, self.now, &mut draw)
    }

    async fn carry_out(
        &mut self,
        decision: Decision,
        causes: &mut VecDeque<Cause>,
    ) -> Result<(), Need> {
        self.facts.extend(decision.facts);
        for op in decision.ops {
            let remembered = self.memory.execute(&op.kind, op.at);
            let o = match self.answers.given(&op.address) {
                Some((given, by)) => {
                    self.by.insert(op.address.clone(), by);
                    given
                }
                None => remembered,
            };
            let a = op.address;
            let kind = FactKind::StepDone { a, o, i: Value::Null, s: None, logs: Vec::new() };
            let fact = Fact { at: op.at, kind };
            self.facts.push(fact.clone());
            causes.push_back(Cause::Committed(vec![fact]));
        }
        self.waits.extend(decision.waits);
        self.waits.retain(|wait| !decision.waits_over.contains(wait));
        for change in decision.approvals {
            match change {
                ApprovalChange::Asked(new) => {
                    self.asked.insert(new.address.clone(), "approve".to_owned());
                    self.asking.push_back(new.address);
                }
                ApprovalChange::Over { address, .. } => {
                    self.asking.retain(|asking| *asking != address);
                }
            }
        }
        self.events.extend(decision.events.into_iter().map(|event| (event.kind, event.data)));
        for command in decision.commands {
            self.answer(command, causes).await?;
        }
        if decision.more {
            causes.push_back(Cause::Continue);
        }
        Ok(())
    }

    async fn answer(&mut self, command: Command, causes: &mut VecDeque<Cause>) -> Result<(), Need> {
        match command {
            Command::Action { address, attempt, key, action, connection, input, .. } => {
                self.asked.insert(address.clone(), action.clone());
                if let Some(came) = self.answers.tool(&address, &action, &input).await {
                    self.by.insert(address.clone(), By::Sample);
                    causes.push_back(self.outcome(address, attempt, input, came));
                    return Ok(());
                }
                let (connection, key) = (connection.as_deref(), key.as_deref());
                let (result, by) =
                    self.answers.action(&address, &action, connection, &input, key).await?;
                self.by.insert(address.clone(), by);
                causes.push_back(self.outcome(address, attempt, input, result));
            }
            Command::Code { address, attempt, code, scope, now, .. } => {
                let (result, by) = self.answers.code(&address, &code, scope, now).await?;
                if let Some(by) = by {
                    self.by.insert(address.clone(), by);
                }
                causes.push_back(self.outcome(address, attempt, Value::Null, result));
            }
            // Of a machine that looks ahead.
            Command::Chunk(_) => {}
            Command::Ask { address, attempt, ask, input, .. } => {
                let model = ask.model.as_deref().map_or(String::new(), |name| format!(" {name}"));
                self.asked.insert(address.clone(), format!("ask{model}"));
                let prompt = input.get("prompt").map(Value::to_text).unwrap_or_default();
                let (result, by) = self.answers.ask(&address, &ask, &prompt).await;
                self.by.insert(address.clone(), by);
                causes.push_back(self.outcome(address, attempt, input, result));
            }
            // Where nothing is asked, nothing has to be known.
            Command::Listing { address, attempt, wanted, .. } => {
                let listed = match &self.answers.agents {
                    Some(agents) => agents.listing(wanted).await,
                    None => Came::done(Value::list([])),
                };
                causes.push_back(self.outcome(address, attempt, Value::Null, listed));
            }
            Command::Turn { address, attempt, briefing, .. } if self.answers.agents.is_some() => {
                let Some(agents) = &self.answers.agents else { return Ok(()) };
                let input = Value::from(briefing.task.as_str());
                let came = agents.turn(*briefing).await;
                self.by.insert(address.clone(), By::Live);
                causes.push_back(self.outcome(address, attempt, input, came));
            }
            Command::Turn { address, attempt, briefing, .. } => {
                let (agent, input) = (&briefing.agent, Value::from(briefing.task.as_str()));
                let outer = address.rsplit_once('[').map_or(&*address, |(outer, _)| outer);
                let outer = Address::from(outer);
                self.asked.insert(outer.clone(), told(agent));
                let (said, by) = self.answers.agent(&outer, agent);
                self.by.insert(outer, by);
                causes.push_back(self.outcome(address, attempt, input, Came::done(said)));
            }
            Command::Call { address, attempt, bot, input, detach } => {
                self.asked.insert(address.clone(), format!("call {bot}"));
                let run = RunId::from_bytes([1; 16]);
                if detach {
                    self.by.insert(address.clone(), By::Shown);
                    let output = Value::object([("run", Value::from(run.to_string()))]);
                    let done = Came::done(output);
                    causes.push_back(self.outcome(address, attempt, input, done));
                    return Ok(());
                }
                if let Some(came) = self.answers.tool(&address, "call", &input).await {
                    self.by.insert(address.clone(), By::Sample);
                    causes.push_back(Cause::ChildStarted { address: address.clone(), run });
                    let (state, output, error) = match came {
                        Came::Done { output, .. } => (RunState::Succeeded, output, None),
                        Came::Failed(failure) => {
                            (RunState::Failed, Value::Null, Some(failure.error))
                        }
                    };
                    causes.push_back(Cause::ChildEnded { address, run, state, output, error });
                    return Ok(());
                }
                let (output, by) = self.answers.call(&address, &bot)?;
                self.by.insert(address.clone(), by);
                causes.push_back(Cause::ChildStarted { address: address.clone(), run });
                let state = RunState::Succeeded;
                causes.push_back(Cause::ChildEnded { address, run, state, output, error: None });
            }
        }
        Ok(())
    }

    fn outcome(&self, address: Address, attempt: u32, input: Value, came: Came) -> Cause {
        match came {
            Came::Done { output, logs } => {
                Cause::Done { address, attempt, output, input, began: self.now, logs }
            }
            Came::Failed(failure) => Cause::Failed { address, attempt, failure },
        }
    }

    /// The fields that a step asks for.
    fn form(&self, address: &str) -> Fields {
        let label = address.rsplit('/').next().unwrap_or(address);
        let mut steps = self.machine.flow.steps.iter().filter(|step| *step.label == *label);
        steps
            .find_map(|step| match &step.op {
                Op::Approve { approve, .. } => Some(approve.form.clone()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// What happens next when nothing is at hand: a sample for a wait, or the next time that is due.
    fn jump(&mut self) -> Result<Cause, Need> {
        while let Some(address) = self.asking.pop_front() {
            let (said, by) = self.answers.approval(&address, &self.form(&address), self.now);
            self.by.insert(address.clone(), by);
            if let Some(said) = said {
                return Ok(Cause::Answered { address, said });
            }
        }
        for (address, event) in &self.waits {
            if let Some(data) = self.answers.sample(address) {
                if !self.tried.insert(address.clone()) {
                    let why = format!("its sample does not match what it waits for (`{event}`)");
                    return Err(Need { step: address.to_string(), why });
                }
                self.by.insert(address.clone(), By::Sample);
                return Ok(Cause::Event(begin::event(event, data, self.now), event.clone()));
            }
        }
        let deadline = self.machine.state.started.as_ref().map(|started| started.deadline);
        let due = self.machine.state.next_timer();
        if let (Some((address, event)), true) = (self.waits.first(), due >= deadline) {
            let why = format!("it waits for the event `{event}`");
            return Err(Need { step: address.to_string(), why });
        }
        if let Some(due) = due {
            self.now = self.now.max(due);
        }
        Ok(Cause::Tick)
    }
}

/// An agent's model and what it may use.
fn told(agent: &Agent) -> String {
    let tools = agent.tools.iter().map(|tool| match tool {
        Tool::Do { action, .. } => action.clone(),
        Tool::Call { bot, .. } => format!("call {bot}"),
        Tool::Mcp { server, allow, .. } if allow.is_empty() => format!("mcp {server}"),
        Tool::Mcp { server, allow, .. } => format!("mcp {server} ({})", allow.join(", ")),
        Tool::Search { base } => format!("search {base}"),
    });
    let model = agent.model.as_deref().map_or(String::new(), |name| format!(" {name}"));
    match tools.collect::<Vec<_>>() {
        none if none.is_empty() => format!("agent{model}"),
        tools => format!("agent{model} with {}", tools.join(", ")),
    }
}

/// Where a step got to.
fn address(kind: &FactKind) -> Option<String> {
    match kind {
        FactKind::StepDone { a, .. }
        | FactKind::AttemptStarted { a, .. }
        | FactKind::AttemptFailed { a, .. } => Some(a.to_string()),
        _ => None,
    }
}
