//! An agent in a case: its model is asked for real, turn by turn, under the engine's own rules, and its tools
//! give what the case says. Nothing is done outside.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use codex32_engine::run::Failure;
use codex32_engine::{Briefing, TaskKind, TaskOutcome, Wanted};
use codex32_flow::flow::Flow;
use codex32_model::codes::{evaluation as codes, run};
use codex32_model::definition::{Agent, Bot, Tool, Verb};
use codex32_model::{StepError, Value};
use codex32_rehearsal::{Agents, Answers, Came, Given, Stage, begin};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::asking::Asking;
use crate::error::Error;
use crate::subject::Subject;
use crate::suite::ToolGives;

/// One use of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Use {
    pub tool: String,
    pub with: Value,
}

/// What becomes of it.
pub struct Worked {
    pub answer: Result<Value, StepError>,
    pub uses: Vec<Use>,
}

/// The world of an agent in a case.
struct World {
    asking: Asking,
    gives: Vec<ToolGives>,
    bindings: IndexMap<String, String>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    uses: Vec<Use>,
    /// What of the case was given already.
    given: Vec<bool>,
}

pub async fn work(
    asking: &Asking,
    subject: &Subject,
    agent: &Agent,
    task: &str,
    gives: &[ToolGives],
) -> Worked {
    let failed = |error: Error| Worked {
        answer: Err(StepError::new(error.code(), error.to_string())),
        uses: Vec::new(),
    };
    let bot = match alone(&subject.id, agent) {
        Ok(bot) => bot,
        Err(error) => return failed(error),
    };
    let now = asking.now();
    let flow = match Flow::compile(&bot, asking.catalogue()) {
        Ok(flow) => flow,
        Err(error) => return failed(Error::Subject(error.to_string())),
    };
    let seen = Arc::new(Mutex::new(Seen { uses: Vec::new(), given: vec![false; gives.len()] }));
    let world = World {
        asking: asking.clone(),
        gives: gives.to_vec(),
        bindings: subject.bindings.clone(),
        seen: Arc::clone(&seen),
    };
    let given = Given::Data(Value::object([("task", Value::from(task))]));
    let begun = begin(&flow, None, given, Value::object::<&str>([]), now);
    let begun = match begun {
        Ok(Some(begun)) => begun,
        Ok(None) => return failed(Error::Subject("the agent does not begin".to_owned())),
        Err(error) => return failed(Error::Subject(error.to_string())),
    };
    let answers = Answers {
        samples: HashMap::new(),
        recorded: HashMap::new(),
        live: None,
        agents: Some(Box::new(world)),
        pool: asking.pool().clone(),
        seed: asking.seed(),
    };
    let mut stage = Stage::new(flow, begun, now, "UTC", answers);
    let played = tokio::time::timeout(agent.timeout(), stage.play()).await;
    let answer = answer(&stage, &subject.id, played.is_err());
    let uses = std::mem::take(&mut seen.lock().unwrap_or_else(PoisonError::into_inner).uses);
    Worked { answer, uses }
}

/// What the agent came to.
fn answer(stage: &Stage, id: &str, late: bool) -> Result<Value, StepError> {
    if late {
        let message = "the agent took longer than it may";
        return Err(StepError::new(run::AGENT_LIMIT, message));
    }
    let told = stage.told();
    let step = told.steps.iter().find(|step| step.address == id);
    if let Some(error) = step.and_then(|step| step.error.clone()).or_else(|| told.error.clone()) {
        return Err(error);
    }
    step.map(|step| step.output.clone())
        .ok_or_else(|| StepError::new(codes::SUBJECT, "the agent did not come to its end"))
}

/// A bot of this agent alone. What its tools have fixed is left out of what they are given, and stays what
/// the model does not choose.
fn alone(id: &str, agent: &Agent) -> Result<Bot, Error> {
    let text = Value::object([
        ("bot", Value::from("evaluation")),
        ("inputs", Value::object([("task", Value::from("string"))])),
        (
            "steps",
            Value::list([Value::object([
                ("id", Value::from(id)),
                ("agent", Value::from("{{ inputs.task }}")),
            ])]),
        ),
    ]);
    let mut bot = codex32_flow::parse::bot_from_value(&text)
        .bot
        .ok_or_else(|| Error::Subject("the agent cannot be asked alone".to_owned()))?;
    let mut agent = Agent { prompt: "{{ inputs.task }}".to_owned(), ..agent.clone() };
    for tool in &mut agent.tools {
        if let Tool::Do { with, approve, .. } | Tool::Call { with, approve, .. } = tool {
            with.values_mut().for_each(|value| *value = Value::Null);
            *approve = Some(false);
        } else if let Tool::Mcp { approve, .. } = tool {
            *approve = Some(false);
        }
    }
    for step in &mut bot.steps {
        step.verb = Verb::Agent(agent.clone());
    }
    Ok(bot)
}

#[async_trait::async_trait]
impl Agents for World {
    async fn listing(&self, tools: Vec<Wanted>) -> Came {
        let bound = |tool| match tool {
            Wanted::Mcp { server, allow, approve, to } => {
                let server = self.bindings.get(&server).cloned().unwrap_or(server);
                Wanted::Mcp { server, allow, approve, to }
            }
            Wanted::Bot { bot, fixed, to, .. } => {
                let about = self.asking.desk.bots.get(&bot).cloned();
                Wanted::Bot { bot, fixed, to, about }
            }
            other => other,
        };
        let tools = tools.into_iter().map(bound).collect();
        came(self.asking.execute(TaskKind::Listing { tools }).await)
    }

    async fn turn(&self, briefing: Briefing) -> Came {
        came(self.asking.execute(TaskKind::Turn { briefing: Box::new(briefing) }).await)
    }

    async fn tool(&self, name: &str, with: &Value) -> Came {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.uses.push(Use { tool: name.to_owned(), with: with.clone() });
        let of = || self.gives.iter().enumerate().filter(|(_, given)| same(&given.tool, name));
        let meant = of()
            .find(|(_, given)| !given.with.is_null() && fits(&given.with, with))
            .or_else(|| of().find(|(index, _)| !seen.given[*index]))
            .or_else(|| of().next_back());
        match meant {
            Some((index, given)) => {
                seen.given[index] = true;
                Came::done(given.gives.clone())
            }
            None => {
                let message = format!("the case gives nothing for the tool `{name}`");
                Came::Failed(Failure {
                    error: StepError::new(codes::VALUES, message),
                    retryable: false,
                    retry_after: None,
                    unknown: false,
                    logs: Vec::new(),
                })
            }
        }
    }
}

/// Whether two names mean the same tool: models are told names without dots.
fn same(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
    };
    plain(one) == plain(other)
}

/// Whether the arguments have what the case names.
fn fits(wanted: &Value, with: &Value) -> bool {
    match wanted.as_object() {
        Some(fields) => fields.iter().all(|(name, value)| with.get(name) == Some(value)),
        None => wanted == with,
    }
}

fn came(outcome: TaskOutcome) -> Came {
    match outcome {
        TaskOutcome::Done { output, logs } => Came::Done { output, logs },
        TaskOutcome::Failed { error, retryable, retry_after, unknown, logs } => {
            Came::Failed(Failure { error, retryable, retry_after, unknown, logs })
        }
    }
}
