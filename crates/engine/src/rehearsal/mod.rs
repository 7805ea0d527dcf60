//! A rehearsal: what a bot would do, without doing it. The engine's own `decide` runs the flow; what it
//! would ask of the world is answered by samples, a recorded run or the connector's examples, and
//! the time jumps over waits. No store, and nothing leaves the process unless [`Live`] says so.

mod memory;
mod stage;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use codex32_flow::flow::{Flow, Op};
use codex32_model::action::{Catalogue, Effect, OnUnknown};
use codex32_model::fact::Fact;
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use serde::Serialize;

use crate::executor::StepExecutor;
use crate::run::view::{AnswerView, StepView, tell};

/// What is rehearsed, and who answers.
pub struct Script<'a> {
    pub flow: Flow,
    /// The fact that begins the run: its input and what the trigger brought.
    pub started: Fact,
    /// The workspace's zone.
    pub zone: &'a str,
    /// What steps give, by address or by the id at its end; of a wait for an event its data.
    pub samples: HashMap<String, Value>,
    /// Outputs of a recorded run, by address.
    pub recorded: HashMap<String, Value>,
    pub live: Live,
    pub catalogue: &'a dyn Catalogue,
    /// Whether the parameters of an action fit, as its connector would say.
    pub check: &'a (dyn Fn(&str, &Value) -> Result<(), StepError> + Sync),
    /// Runs code steps without network; with [`Live`] also actions.
    pub executor: &'a dyn StepExecutor,
}

/// What is really done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Live {
    #[default]
    Nothing,
    /// Reads that need no connection.
    Reads,
    /// Reads, writes and code with network, that need no connection.
    All,
}

/// What a rehearsal came to.
#[derive(Debug, Serialize)]
pub struct Rehearsal {
    pub bot: String,
    /// `None` when it could not go on: see `needs`.
    pub state: Option<RunState>,
    pub input: Value,
    pub output: Value,
    pub error: Option<StepError>,
    pub answer: Option<AnswerView>,
    pub steps: Vec<RehearsedStep>,
    /// Events that would have been emitted.
    pub events: Vec<Emitted>,
    pub needs: Option<Need>,
}

#[derive(Debug, Serialize)]
pub struct RehearsedStep {
    #[serde(flatten)]
    pub step: StepView,
    /// The action, or `call` and the bot.
    pub asked: Option<String>,
    pub connection: Option<String>,
    pub answered_by: Option<By>,
}

#[derive(Debug, Serialize)]
pub struct Emitted {
    pub name: String,
    pub data: Value,
}

/// Who gave a step's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Sample,
    Run,
    Example,
    /// The world itself.
    Live,
    /// Nobody: a write or a detached call that was shown and not done.
    Shown,
}

/// A step that cannot go on without a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The address.
    pub step: String,
    /// Why, as the end of a sentence.
    pub why: String,
}

/// Plays the run from its first fact to its end, or until a step needs a sample. `now` is the time
/// at which it begins.
pub async fn rehearse(mut script: Script<'_>, now: Timestamp) -> Rehearsal {
    // A verb that no server runs yet is answered like a read that has no example.
    for step in &mut script.flow.steps {
        if let Op::Later(verb) = step.op
            && let Ok(with) = codex32_flow::expr::Compiled::compile(&Value::Null)
        {
            step.op = Op::Action {
                action: verb.to_owned(),
                effect: Effect::Read,
                on_unknown: OnUnknown::Repeat,
                connection: None,
                with,
            };
        }
    }
    let bot = script.flow.bot.bot.clone();
    let mut stage = stage::Stage::new(script, now);
    let needs = stage.play().await.err();
    let told = tell(&stage.machine.flow, &stage.facts);
    let mut asked = stage.asked;
    let steps = told.steps.into_iter().map(|mut step| {
        let asked = asked.remove(step.address.as_str()).unwrap_or_default();
        if step.input.is_null() {
            step.input = asked.input;
        }
        let (connection, answered_by) = (asked.connection, asked.by);
        RehearsedStep { step, asked: asked.what, connection, answered_by }
    });
    Rehearsal {
        bot,
        state: stage.machine.state.ended.as_ref().map(|(state, ..)| *state),
        input: told.input,
        output: told.output,
        error: told.error,
        answer: told.answer,
        steps: steps.collect(),
        events: stage.events,
        needs,
    }
}
