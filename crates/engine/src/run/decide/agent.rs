//! Agents: what their model's answers mean, and what a turn is told.

use codex32_flow::expr::nearest;
use codex32_flow::flow::agent::ARGUMENTS;
use codex32_flow::flow::{AgentOp, McpWay};
use codex32_model::definition::{Agent, Tool};
use codex32_model::fact::CallChoice;
use codex32_model::schema::Fields;

use super::*;
use crate::run::agent::{AgentRun, ToolCall, Turn};

/// Most uses of tools that one turn may ask for; the others are refused.
const MOST_CALLS: usize = 16;
/// Turns in a row of which nothing can be meant, after which the agent gives up.
const MOST_ASTRAY: u32 = 3;
/// Faults named at once.
const FAULTS: usize = 8;

/// What a turn of an agent's model needs to know.
#[derive(Debug, Clone)]
pub struct Briefing {
    /// Model, output and limits.
    pub agent: Agent,
    pub task: String,
    /// `[{name, description, parameters, …}]`.
    pub tools: Value,
    /// What was said and done before.
    pub turns: Vec<Turn>,
    /// Most that this turn may cost, in micro-dollars.
    pub left: Option<i64>,
    /// Most that the run may cost, in dollars.
    pub run_limit: Option<f64>,
}

/// A tool as the definition has it, to be described to the model.
#[derive(Debug, Clone)]
pub enum Wanted {
    Action {
        action: String,
        /// Parameters that the model does not choose.
        fixed: Vec<String>,
        /// What stands for it in addresses.
        to: String,
    },
    Bot {
        bot: String,
        fixed: Vec<String>,
        to: String,
        /// What is known of its live version.
        about: Option<(Option<String>, Fields)>,
    },
    Mcp {
        /// The workspace's connection.
        server: String,
        allow: Vec<String>,
        approve: Option<bool>,
        /// For tools that only read, for those that write, and for those that people approve.
        to: [String; 3],
    },
    /// A knowledge base.
    Search { base: String, to: String },
}

/// A tool as it was offered.
struct Offered<'a> {
    to: &'a str,
    tool: Option<&'a str>,
    parameters: serde_json::Value,
}

impl<'a> Offered<'a> {
    fn find(tools: &'a Value, name: &str) -> Option<Self> {
        let field = |tool: &'a Value, field: &str| tool.get(field).and_then(Value::as_str);
        let mut all = tools.as_list()?.iter();
        let tool = all.find(|tool| field(tool, "name") == Some(name))?;
        let parameters = tool.get("parameters").map(Value::to_json);
        Some(Self {
            to: field(tool, "to")?,
            tool: field(tool, "tool"),
            parameters: parameters
                .and_then(|json| serde_json::from_str(&json).ok())
                .unwrap_or(serde_json::Value::Bool(true)),
        })
    }
}

impl Step<'_> {
    /// The agent that the block of frame `id` is of.
    fn agent_around(&self, id: FrameId) -> Option<(&AgentOp, &AgentRun)> {
        let parent = self.machine.state.frame(id)?.parent?;
        let (step, _) = self.machine.current(parent)?;
        let Op::Agent(op) = &step.op else { return None };
        Some((op, self.machine.state.agent(parent)?))
    }

    /// The tools of the agent around frame `id`.
    pub(super) fn wanted(&self, id: FrameId) -> Vec<Wanted> {
        let Some((op, _)) = self.agent_around(id) else { return Vec::new() };
        let tools = op.agent.tools.iter().enumerate();
        let wanted = tools.filter_map(|(place, tool)| {
            let (name, target) = op.target(place)?;
            let (to, fixed) = (name.to_string(), target.fixed.clone());
            Some(match tool {
                Tool::Do { action, .. } => Wanted::Action { action: action.clone(), fixed, to },
                Tool::Call { bot, .. } => Wanted::Bot { bot: bot.clone(), fixed, to, about: None },
                Tool::Mcp { server, allow, approve } => {
                    let way = |way| op.mcp_target(place, way).map(ToString::to_string);
                    let to = [way(McpWay::Reads)?, way(McpWay::Writes)?, way(McpWay::Asks)?];
                    let (server, allow) = (server.clone(), allow.clone());
                    Wanted::Mcp { server, allow, approve: *approve, to }
                }
                Tool::Search { base } => Wanted::Search { base: base.clone(), to },
            })
        });
        wanted.collect()
    }

    /// Begins a turn: the model is told everything that was said and done before.
    pub(super) fn turn(
        &self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: &Attempt,
    ) -> Option<Command> {
        let (op, run) = self.agent_around(id)?;
        let most = op.agent.limits.cost_usd.map(|dollars| (dollars * 1e6).floor() as i64);
        let briefing = Briefing {
            agent: op.agent.clone(),
            task: run.task.to_text(),
            tools: run.tools.clone(),
            turns: run.turns.clone(),
            left: most.map(|most| most.saturating_sub(run.cost()).max(0)),
            run_limit: self.machine.flow.limits.cost_usd,
        };
        // A turn does not go on longer than its agent may.
        let left = run.until.since(self.at).max(Duration::from_millis(1));
        Some(Command::Turn {
            address: address.clone(),
            attempt: attempt.number,
            key: self.key(address, attempt),
            briefing: Box::new(briefing),
            timeout: Some(step.timeout.map_or(left, |timeout| timeout.min(left))),
        })
    }

    /// What a tool is given: what the definition fixes, and for the rest what the model chose.
    pub(super) fn chosen(&self, id: FrameId, fixed: Value) -> Value {
        let Some(frame) = self.machine.state.frame(id) else { return fixed };
        let (Role::ToolCall(_), Some(fields)) = (&frame.role, fixed.as_object()) else {
            return fixed;
        };
        let chosen = frame.bindings.iter().find(|(name, _)| **name == *ARGUMENTS);
        let Some(chosen) = chosen.and_then(|(_, value)| value.as_object()) else { return fixed };
        let mut all = fields.clone();
        for (name, value) in chosen {
            if !all.contains_key(name) {
                all.insert(name.clone(), value.clone());
            }
        }
        Value::from(all)
    }

    /// The model has had its turn: it is done, uses tools, or is told what was wrong.
    pub(super) fn agent_answered(&mut self, id: FrameId) {
        let flow = Arc::clone(&self.machine.flow);
        let Some((step, a)) = self.machine.current(id).map(|(step, a)| (step.label.clone(), a))
        else {
            return;
        };
        let Some(Op::Agent(op)) = self.step_of(id).map(|step| &flow.steps[step].op) else { return };
        let Some(run) = self.machine.state.agent(id) else { return };
        let Some(turn) = run.turns.last() else { return };
        let calls = turn.calls();
        if calls.is_empty() {
            match answer(op, turn) {
                Ok(o) => {
                    let s = Some(run.began.micros());
                    if let Err(error) = self.machine.bounds.fits(&o) {
                        return self.fail(a, 1, error, Vec::new());
                    }
                    self.fact(FactKind::StepDone { a, o, i: Value::Null, s, logs: Vec::new() });
                }
                Err(why) => {
                    let stop = self.spent(op, run, &step).or_else(|| astray(run, &why));
                    match stop {
                        Some(error) => self.fail(a, 1, error, Vec::new()),
                        None => {
                            self.fact(FactKind::Choice { a, c: Choice::Again(why) });
                        }
                    }
                }
            }
            return;
        }
        let choices: Vec<CallChoice> =
            calls.iter().enumerate().map(|(index, call)| choose(op, run, index, call)).collect();
        let refused = choices.iter().find_map(|choice| match choice {
            CallChoice::No { why } => Some(why.clone()),
            CallChoice::To { .. } => None,
        });
        let all = !choices.iter().any(|choice| matches!(choice, CallChoice::To { .. }));
        let stop = self
            .spent(op, run, &step)
            .or_else(|| refused.filter(|_| all).and_then(|why| astray(run, &why)));
        match stop {
            Some(error) => self.fail(a, 1, error, Vec::new()),
            None => {
                self.fact(FactKind::Choice { a, c: Choice::Calls(choices) });
            }
        }
    }

    /// Whether one of the agent's limits is reached, so that there cannot be another turn.
    fn spent(&self, op: &AgentOp, run: &AgentRun, label: &str) -> Option<StepError> {
        let agent = &op.agent;
        let turns = agent.turns() as usize;
        let tokens = run.turns.last().map_or(0, Turn::tokens);
        let most = agent.limits.cost_usd;
        if run.turns.len() >= turns {
            return Some(self.limit(run, label, format!("limit of {turns} turns")));
        }
        if most.is_some_and(|most| run.cost() as f64 >= most * 1e6) {
            return Some(self.limit(run, label, format!("limit of ${}", most.unwrap_or(0.0))));
        }
        if tokens >= i64::from(agent.tokens()) {
            let what = format!("limit of {} tokens a turn: the last had {tokens}", agent.tokens());
            return Some(self.limit(run, label, what));
        }
        (run.timer().is_some_and(|until| until <= self.at)).then(|| self.late(op, run, label))
    }

    fn limit(&self, run: &AgentRun, label: &str, what: String) -> StepError {
        let message = format!(
            "the agent reached its {what}. It {}. `codex32 run show {} --step {label}` shows what was said",
            run.summary(),
            self.machine.run
        );
        StepError::new(codes::run::AGENT_LIMIT, message)
    }

    fn late(&self, op: &AgentOp, run: &AgentRun, label: &str) -> StepError {
        let most = codex32_model::time::format_duration(op.agent.timeout());
        self.limit(run, label, format!("limit of {most}"))
    }

    /// The time of an agent is over: what it has on its way is left.
    pub(super) fn agent_out_of_time(&mut self, id: FrameId) {
        let flow = Arc::clone(&self.machine.flow);
        let Some((label, a)) = self.machine.current(id).map(|(step, a)| (step.label.clone(), a))
        else {
            return;
        };
        let Some(Op::Agent(op)) = self.step_of(id).map(|step| &flow.steps[step].op) else { return };
        let Some(run) = self.machine.state.agent(id) else { return };
        let error = self.late(op, run, &label);
        let (attempts, children) = self.on_its_way();
        self.fail(a, 1, error, Vec::new());
        let state = &self.machine.state;
        self.out.left.extend(
            children.iter().filter(|(_, frame)| state.frame(*frame).is_none()).map(|(run, _)| *run),
        );
        let gone = attempts.into_iter().filter(|attempt| state.frame(attempt.frame).is_none());
        let gone = gone.collect();
        self.cut_off(gone);
    }
}

/// The agent's result, if this is one.
fn answer(op: &AgentOp, turn: &Turn) -> Result<Value, String> {
    let text = turn.text();
    if turn.said.get("finish").and_then(Value::as_str) == Some("length") {
        return Err(
            "Your answer was cut off because it was too long. Answer again, shorter.".into()
        );
    }
    let Some(schema) = op.agent.output.as_ref().filter(|schema| **schema != Schema::String) else {
        if text.trim().is_empty() {
            return Err("Your answer was empty. Use a tool, or answer with the result.".into());
        }
        return Ok(Value::from(text));
    };
    let again = |why: String| {
        format!(
            "That is not the result that is wanted: {why}. Answer again with nothing but JSON that fits the schema."
        )
    };
    let value = Value::from_json(unfenced(&text))
        .map_err(|error| again(format!("it is no JSON: {error}")))?;
    fits(schema, &value).map_err(again)?;
    Ok(value)
}

/// JSON out of the fence that models like to put around it.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
    inside.and_then(|rest| rest.trim_end().strip_suffix("```")).unwrap_or(text).trim()
}

/// The agent gives up when its model does not find back.
fn astray(run: &AgentRun, why: &str) -> Option<StepError> {
    (run.astray >= MOST_ASTRAY).then(|| {
        let message = format!(
            "nothing of what the model said in {} turns in a row could be meant; at last: {why}. \
             The agent {}",
            run.astray + 1,
            run.summary()
        );
        StepError::new(codes::run::AGENT_ASTRAY, message)
    })
}

/// What becomes of a use of a tool: checked against what was offered before anything is sent.
fn choose(op: &AgentOp, run: &AgentRun, index: usize, call: &ToolCall) -> CallChoice {
    match checked(op, run, index, call) {
        Ok(choice) => choice,
        Err(why) => CallChoice::No { why },
    }
}

fn checked(
    op: &AgentOp,
    run: &AgentRun,
    index: usize,
    call: &ToolCall,
) -> Result<CallChoice, String> {
    if index >= MOST_CALLS {
        return Err(format!(
            "at most {MOST_CALLS} tools are used at once; ask again for the others"
        ));
    }
    let offered =
        Offered::find(&run.tools, &call.name).filter(|tool| op.targets.contains_key(tool.to));
    let Some(Offered { to, tool, parameters }) = offered else {
        let all = run.tools.as_list().unwrap_or_default().iter();
        let names: Vec<_> = all.filter_map(|tool| tool.get("name")?.as_str()).collect();
        let near = nearest(&call.name, names.iter().copied());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(format!("there is no tool `{}`{near} There are: {there}", call.name));
    };
    let chosen = call.chosen()?;
    let chosen: serde_json::Value =
        serde_json::from_str(&chosen.to_json()).map_err(|error| error.to_string())?;
    // A schema that cannot be used is its server's to check.
    if let Ok(validator) = jsonschema::validator_for(&parameters) {
        let faults: Vec<String> = validator
            .iter_errors(&chosen)
            .take(FAULTS)
            .map(|fault| match fault.instance_path().as_str() {
                "" => fault.to_string(),
                place => format!("{place}: {fault}"),
            })
            .collect();
        if !faults.is_empty() {
            return Err(format!("the arguments do not fit: {}", faults.join("; ")));
        }
    }
    Ok(CallChoice::To { to: to.to_owned(), tool: tool.map(str::to_owned) })
}
