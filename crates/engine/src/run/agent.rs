//! An agent in execution: its transcript, folded from facts. Its turns and the uses of its tools are
//! frames like those of any block; what is here says which comes next.

use std::fmt::Write as _;

use codex32_flow::flow::agent::{ARGUMENTS, TOOL};
use codex32_flow::flow::{AgentOp, Flow, Op};
use codex32_model::codes;
use codex32_model::fact::{CallChoice, Choice};
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{Current, Frame, FrameId, NewFrame, Role, State};

/// An agent that works.
#[derive(Debug, Clone)]
pub struct AgentRun {
    pub task: Value,
    /// `[{name, description, parameters, to, tool?}]`, as its listing gave them.
    pub tools: Value,
    pub phase: Phase,
    pub turns: Vec<Turn>,
    /// Turns in a row of which nothing could be meant.
    pub astray: u32,
    pub began: Timestamp,
    /// When its time is over; what people take does not count.
    pub until: Timestamp,
    /// How many of its tools wait for people, and since when.
    asking: usize,
    asking_since: Timestamp,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Finds out what tools there are.
    Listing,
    /// Its model has its turn.
    Thinking,
    /// The model has answered: what that means is to be decided.
    Answered,
    /// Tools are in use.
    Acting { running: usize },
}

/// A turn of the model, and what came of it.
#[derive(Debug, Clone)]
pub struct Turn {
    /// `{message, finish, model, tokens, cost_micros, …}`.
    pub said: Value,
    /// What its calls gave, in their order; none: not yet.
    pub results: Vec<Option<Result<Value, StepError>>>,
    /// Why its answer did not do, in place of results.
    pub note: Option<String>,
}

/// One use of a tool, as a model asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    pub name: String,
    /// JSON, if the model did well.
    pub arguments: String,
}

impl Turn {
    /// The uses of tools that it asks for.
    pub fn calls(&self) -> Vec<ToolCall> {
        let calls = self.said.get("message").and_then(|message| message.get("tool_calls"));
        let text = |call: &Value, field: &str| {
            let function = call.get("function");
            function.and_then(|function| function.get(field)).map(Value::to_text)
        };
        let call = |call: &Value| ToolCall {
            name: text(call, "name").unwrap_or_default(),
            arguments: text(call, "arguments").unwrap_or_default(),
        };
        calls.and_then(Value::as_list).unwrap_or_default().iter().map(call).collect()
    }

    /// What it says besides.
    pub fn text(&self) -> String {
        let message = self.said.get("message");
        message.and_then(|message| message.get("content")).map(Value::to_text).unwrap_or_default()
    }

    pub fn number(&self, path: [&str; 2]) -> i64 {
        let value = self.said.get(path[0]);
        let value = if path[1].is_empty() { value } else { value.and_then(|v| v.get(path[1])) };
        value.and_then(Value::as_i64).unwrap_or(0)
    }

    pub fn cost(&self) -> i64 {
        self.number(["cost_micros", ""])
    }

    /// What it read and wrote.
    pub fn tokens(&self) -> i64 {
        self.number(["tokens", "input"]).saturating_add(self.number(["tokens", "output"]))
    }
}

impl ToolCall {
    /// What the model chose.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn chosen(&self) -> Result<Value, String> {
        let text = if self.arguments.trim().is_empty() { "{}" } else { &self.arguments };
        let value = Value::from_json(text)
            .map_err(|error| format!("the arguments are no JSON: {error}"))?;
        match value {
            Value::Object(_) => Ok(value),
            other => Err(format!("the arguments are an object, and not {}", other.kind())),
        }
    }
}

impl AgentRun {
    /// Whether what its model said is to be decided upon.
    pub fn has_answered(&self) -> bool {
        self.phase == Phase::Answered
    }

    /// When it is to end by itself; nothing while people are asked.
    pub fn timer(&self) -> Option<Timestamp> {
        (self.asking == 0).then_some(self.until)
    }

    /// What its turns cost, in micro-dollars.
    pub fn cost(&self) -> i64 {
        self.turns.iter().fold(0, |sum, turn| sum.saturating_add(turn.cost()))
    }

    /// What it has done, for people.
    pub fn summary(&self) -> String {
        let mut used: Vec<(String, usize)> = Vec::new();
        for turn in &self.turns {
            for (call, result) in turn.calls().into_iter().zip(&turn.results) {
                if result.is_some() {
                    match used.iter_mut().find(|(name, _)| *name == call.name) {
                        Some((_, count)) => *count += 1,
                        None => used.push((call.name, 1)),
                    }
                }
            }
        }
        let times =
            |count: usize| if count == 1 { "once".into() } else { format!("{count} times") };
        let mut out = format!("asked its model {}", times(self.turns.len()));
        if !used.is_empty() {
            let list: Vec<_> = used
                .iter()
                .take(8)
                .map(|(name, count)| format!("{name} {}", times(*count)))
                .collect();
            let more = if used.len() > 8 { ", …" } else { "" };
            let _ = write!(out, ", used {}{more}", list.join(", "));
        }
        let _ = write!(out, ", and cost ${:.6}", self.cost() as f64 / 1e6);
        out
    }

    /// Values that it holds.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let turns = self.turns.iter().flat_map(|turn| {
            let results = turn.results.iter().flatten().filter_map(|result| result.as_ref().ok());
            std::iter::once(&turn.said).chain(results)
        });
        [&self.task, &self.tools].into_iter().chain(turns)
    }
}

/// The agent that a step is.
fn op<'f>(flow: &'f Flow, frame: &Frame) -> Option<&'f AgentOp> {
    match &State::current_step(flow, frame).op {
        Op::Agent(op) => Some(op),
        _ => None,
    }
}

impl State {
    /// The agent that a frame is in the middle of.
    pub fn agent(&self, id: FrameId) -> Option<&AgentRun> {
        match &self.frame(id)?.current {
            Current::Agent(agent) => Some(agent),
            _ => None,
        }
    }

    /// What was chosen for the agent at frame `id`; whether it fits.
    pub(super) fn choose_for_agent(
        &mut self,
        flow: &Flow,
        id: FrameId,
        choice: &Choice,
        at: Timestamp,
    ) -> bool {
        match choice {
            Choice::Agent(task) => self.begin_agent(flow, id, task, at),
            Choice::Calls(calls) => self.begin_calls(flow, id, calls, at),
            Choice::Again(why) => {
                self.change_agent(id, |agent| {
                    agent.astray += 1;
                    if let Some(turn) = agent.turns.last_mut() {
                        turn.note = Some(why.clone());
                    }
                });
                self.begin_turn(flow, id, at)
            }
            _ => false,
        }
    }

    fn begin_agent(&mut self, flow: &Flow, id: FrameId, task: &Value, at: Timestamp) -> bool {
        let Some(frame) = self.frame(id) else { return false };
        if !matches!(frame.current, Current::Ready | Current::Again(_)) {
            return false;
        }
        let Some(op) = op(flow, frame) else { return false };
        let base = Self::address(frame, &Self::current_step(flow, frame).label);
        let agent = AgentRun {
            task: task.clone(),
            tools: Value::list([]),
            phase: Phase::Listing,
            turns: Vec::new(),
            astray: 0,
            began: at,
            until: at.plus(op.agent.timeout()),
            asking: 0,
            asking_since: at,
        };
        self.set(id, Current::Agent(Box::new(agent)));
        match op.listing {
            Some(block) => {
                let (prefix, role) = (format!("{base}.tools").into(), Role::Listing);
                let (parent, bindings) = (Some(id), Vec::new());
                self.push(flow, NewFrame { parent, block, prefix, role, bindings, at });
                true
            }
            None => self.begin_turn(flow, id, at),
        }
    }

    fn begin_turn(&mut self, flow: &Flow, id: FrameId, at: Timestamp) -> bool {
        self.change_agent(id, |agent| agent.phase = Phase::Thinking);
        let (Some(frame), Some(agent)) = (self.frame(id), self.agent(id)) else { return false };
        let Some(op) = op(flow, frame) else { return false };
        let base = Self::address(frame, &Self::current_step(flow, frame).label);
        let prefix = format!("{base}[{}]", agent.turns.len()).into();
        let (parent, block, role, bindings) = (Some(id), op.turn, Role::Turn, Vec::new());
        self.push(flow, NewFrame { parent, block, prefix, role, bindings, at });
        true
    }

    fn begin_calls(&mut self, flow: &Flow, id: FrameId, to: &[CallChoice], at: Timestamp) -> bool {
        let (Some(frame), Some(agent)) = (self.frame(id), self.agent(id)) else { return false };
        let (Some(op), Some(turn)) = (op(flow, frame), agent.turns.last()) else { return false };
        let calls = turn.calls();
        if calls.len() != to.len() {
            return false;
        }
        let base = Self::address(frame, &Self::current_step(flow, frame).label);
        let number = agent.turns.len() - 1;
        let mut results = vec![None; to.len()];
        let mut begun = Vec::new();
        for (index, (call, to)) in calls.iter().zip(to).enumerate() {
            let refused = match to {
                CallChoice::No { why } => why.clone(),
                CallChoice::To { to, tool } => match (op.targets.get(&**to), call.chosen()) {
                    (Some(target), Ok(chosen)) => {
                        let mut bindings = vec![(ARGUMENTS.into(), chosen)];
                        if let Some(tool) = tool {
                            bindings.push((TOOL.into(), Value::from(tool.as_str())));
                        }
                        let prefix = format!("{base}[{number}].{to}.{index}").into();
                        let (parent, block, role) = (Some(id), target.block, Role::ToolCall(index));
                        begun.push(NewFrame { parent, block, prefix, role, bindings, at });
                        continue;
                    }
                    _ => format!("there is no tool `{}`", call.name),
                },
            };
            results[index] = Some(Err(StepError::new(codes::run::TOOL_CALL, refused)));
        }
        let running = begun.len();
        self.change_agent(id, |agent| {
            agent.astray = if running == 0 { agent.astray + 1 } else { 0 };
            agent.phase = Phase::Acting { running };
            if let Some(turn) = agent.turns.last_mut() {
                turn.results = results;
            }
        });
        if running == 0 {
            return self.begin_turn(flow, id, at);
        }
        for new in begun {
            self.push(flow, new);
        }
        true
    }

    /// A block inside the agent at frame `id` is over.
    pub(super) fn agent_block_over(
        &mut self,
        flow: &Flow,
        id: FrameId,
        role: &Role,
        result: Result<Value, StepError>,
        at: Timestamp,
    ) {
        let Some(agent) = self.agent(id) else { return };
        let (begins_turn, failed) = match (role, result) {
            (Role::ToolCall(index), result) => {
                let mut left = 0;
                self.change_agent(id, |agent| {
                    let turn = agent.turns.last_mut();
                    if let Some(place) = turn.and_then(|turn| turn.results.get_mut(*index)) {
                        *place = Some(result);
                    }
                    if let Phase::Acting { running } = &mut agent.phase {
                        *running = running.saturating_sub(1);
                        left = *running;
                    }
                });
                (left == 0, None)
            }
            (Role::Listing, Ok(tools)) => {
                self.change_agent(id, |agent| agent.tools = tools);
                (true, None)
            }
            (_, Ok(said)) => {
                self.change_agent(id, |agent| {
                    agent.turns.push(Turn { said, results: Vec::new(), note: None });
                    agent.phase = Phase::Answered;
                });
                (false, None)
            }
            (Role::Listing, Err(error)) => (false, Some(error)),
            (_, Err(mut error)) => {
                let limit = error.code == codes::llm::LIMIT.text;
                if limit {
                    error.code = codes::run::AGENT_LIMIT.text.to_owned();
                }
                error.message = format!("{}; the agent had {}", error.message, agent.summary());
                (false, Some(error))
            }
        };
        if let Some(error) = failed {
            return self.fail_step(flow, id, error, at);
        }
        if begins_turn {
            self.begin_turn(flow, id, at);
        }
    }

    /// A tool waits for people, or does so no more: the agent's time stands still meanwhile.
    pub(super) fn agent_asks(&mut self, frame: FrameId, begins: bool, at: Timestamp) {
        let Some(frame) = self.frame(frame) else { return };
        let (Role::ToolCall(_), Some(parent)) = (&frame.role, frame.parent) else { return };
        self.change_agent(parent, |agent| {
            if begins {
                if agent.asking == 0 {
                    agent.asking_since = at;
                }
                agent.asking += 1;
            } else {
                agent.asking = agent.asking.saturating_sub(1);
                if agent.asking == 0 {
                    agent.until = agent.until.plus(at.since(agent.asking_since));
                }
            }
        });
    }

    /// Removes everything inside a frame's step; what was on its way is told as cut off, and in the case of
    /// a write its attempt marked as such after that.
    pub(super) fn drop_inside(&mut self, flow: &Flow, id: FrameId) {
        let inside: Vec<FrameId> = self
            .frames()
            .map(|(inner, _)| inner)
            .filter(|inner| *inner != id && self.lineage(*inner).any(|around| around == id))
            .collect();
        for inner in inside {
            let Some(frame) = self.frame(inner) else { continue };
            if let Some(attempt) = frame.begun() {
                let label = &Self::current_step(flow, frame).label;
                let address = Self::address(frame, label);
                let writes = attempt.key.is_some() && matches!(frame.current, Current::Running(_));
                self.tell(inner, label, || {
                    let why = "the agent ended while this was on its way";
                    Err(StepError::new(codes::run::UNKNOWN_OUTCOME, why))
                });
                if writes {
                    self.left_writes.insert(address);
                }
            }
            self.remove(inner);
        }
    }
}
