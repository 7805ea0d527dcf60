//! One question: asked as a step asks it, then held against its checks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use codex32_engine::{StepExecutor, Task, TaskKind, TaskOutcome};
use codex32_model::definition::Ask;
use codex32_model::fact::Address;
use codex32_model::ids::{BotId, EvaluationId, RunId};
use codex32_model::{Catalogue, Fields, Scope, StepError, Timestamp, Value};
use codex32_sandbox::Pool;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::agent::{self, Use};
use crate::check::{Checker, Fault, Judges};
use crate::plan::{Plan, Question};
use crate::scope::Values;
use crate::subject::{Kind, Subject};

/// How long one answer may take, fallbacks included; the gateway ends before.
const LONGEST: Duration = Duration::from_secs(200);
/// Most of a prompt and of an answer that are kept, in bytes.
const MOST_KEPT: usize = 1 << 20;

/// What questions share.
pub struct Desk {
    pub scope: Scope,
    pub evaluation: EvaluationId,
    pub executor: Arc<dyn StepExecutor>,
    pub catalogue: Arc<dyn Catalogue>,
    pub pool: Pool,
    pub bot: BotId,
    /// What the bots take that an agent may call, by name: description and inputs.
    pub bots: HashMap<String, (Option<String>, Fields)>,
}

/// The asking of one question: its calls stand in the costs under its name.
#[derive(Clone)]
pub struct Asking {
    pub desk: Arc<Desk>,
    pub name: String,
    pub now: Timestamp,
    pub seed: [u8; 32],
}

/// What came of it, as it is sealed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub prompt: String,
    #[serde(default)]
    pub answer: Value,
    pub faults: Vec<Fault>,
    /// Uses of tools, of an agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
}

pub struct Came {
    pub verdict: &'static str,
    pub told: Told,
    pub took: Duration,
    /// Why nobody answered.
    pub error: Option<StepError>,
}

impl Asking {
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn seed(&self) -> [u8; 32] {
        self.seed
    }

    pub fn catalogue(&self) -> &dyn Catalogue {
        &*self.desk.catalogue
    }

    pub fn pool(&self) -> &Pool {
        &self.desk.pool
    }

    pub async fn execute(&self, kind: TaskKind) -> TaskOutcome {
        self.execute_as(self.name.clone(), kind).await
    }

    async fn execute_as(&self, name: String, kind: TaskKind) -> TaskOutcome {
        let task = Task {
            scope: self.desk.scope,
            bot: self.desk.bot,
            // It belongs to none: `evaluation` says so.
            run: RunId::from_bytes([0; 16]),
            address: Address::from(name),
            attempt: 1,
            key: None,
            kind,
            timeout: LONGEST,
            evaluation: Some(self.desk.evaluation),
        };
        self.desk.executor.execute(task).await
    }
}

/// What judges cost stands beside the question.
pub fn judging(name: &str) -> String {
    format!("{name}, judged")
}

#[async_trait::async_trait]
impl Judges for Asking {
    async fn judge(&self, ask: Ask, system: &str, prompt: String) -> TaskOutcome {
        let kind = TaskKind::Ask { ask, system: Some(system.to_owned()), prompt, run_limit: None };
        self.execute_as(judging(&self.name), kind).await
    }
}

/// The name of a question in costs.
pub fn name(plan: &Plan, question: Question) -> String {
    let variant = plan.variants.get(question.variant as usize).map(|it| it.name.as_str());
    let case = plan.suite.cases.get(question.number as usize).map(|it| it.name.as_str());
    format!(
        "{}: {} #{}",
        variant.unwrap_or_default(),
        case.unwrap_or_default(),
        question.repeat + 1
    )
}

pub async fn ask(asking: &Asking, plan: &Plan, subject: &Subject, question: Question) -> Came {
    let Some(case) = plan.suite.cases.get(question.number as usize) else {
        return nothing(String::new(), "answer", "there is no such case".to_owned());
    };
    let values = Values::of(case, asking.now);
    let prompt = match values.text(subject.prompt_of(question.variant)) {
        Ok(prompt) => prompt,
        Err(error) => return nothing(String::new(), "answer", format!("the prompt: {error}")),
    };
    let system = match subject.system.as_ref().map(|system| values.text(system)).transpose() {
        Ok(system) => system,
        Err(error) => return nothing(prompt, "answer", format!("the system message: {error}")),
    };
    let model = plan.variants.get(question.variant as usize).and_then(|it| it.model.clone());
    let began = Instant::now();
    let (answer, uses) = match &subject.kind {
        Kind::Ask(step) => {
            let step = Ask { model: model.or_else(|| step.model.clone()), ..step.clone() };
            let kind = TaskKind::Ask { ask: step, system, prompt: prompt.clone(), run_limit: None };
            let answer = match asking.execute(kind).await {
                TaskOutcome::Done { output, .. } => Ok(output),
                TaskOutcome::Failed { error, .. } => Err(error),
            };
            (answer, Vec::new())
        }
        Kind::Agent(step) => {
            let mut step = step.clone();
            step.model = model.or(step.model);
            let worked = agent::work(asking, subject, &step, &prompt, &case.tools).await;
            (worked.answer, worked.uses)
        }
    };
    let took = began.elapsed();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            // An answer that does not keep the step's schema is a wrong one; all else is none.
            let wrong = error.code == codex32_model::codes::llm::OUTPUT.text
                || error.code == codex32_model::codes::run::AGENT_ASTRAY.text;
            let check = if wrong { "schema" } else { "answer" };
            let mut came = nothing(prompt, check, error.message.clone());
            came.verdict = if wrong { "failed" } else { "error" };
            came.told.uses = uses;
            (came.took, came.error) = (took, (!wrong).then_some(error));
            return came;
        }
    };
    let used = uses.iter().map(|used| {
        Value::object([("tool", Value::from(used.tool.as_str())), ("with", used.with.clone())])
    });
    let about = Value::object([
        ("name", Value::from(case.name.as_str())),
        ("inputs", case.inputs.clone()),
        ("values", Value::object(case.values.iter().map(|(name, it)| (name.as_str(), it.clone())))),
    ]);
    let values =
        values.with("answer", answer.clone()).with("uses", Value::list(used)).with("case", about);
    let checker = Checker {
        pool: &asking.desk.pool,
        judges: asking,
        now: asking.now,
        seed: asking.seed,
        prompt: &prompt,
    };
    let mut faults = Vec::new();
    for check in plan.suite.checks.iter().chain(&case.checks) {
        faults.extend(checker.fault(check, &values, &answer).await);
    }
    let verdict = if faults.is_empty() { "passed" } else { "failed" };
    let told = Told { prompt: cut(prompt), answer: bounded(answer), faults, uses };
    Came { verdict, told, took, error: None }
}

fn nothing(prompt: String, check: &str, reason: String) -> Came {
    let faults = vec![Fault { check: check.to_owned(), reason }];
    let told = Told { prompt: cut(prompt), faults, ..Told::default() };
    Came { verdict: "error", told, took: Duration::ZERO, error: None }
}

fn cut(mut text: String) -> String {
    if text.len() > MOST_KEPT {
        let end = (0..=MOST_KEPT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn bounded(answer: Value) -> Value {
    if answer.is_within(MOST_KEPT) { answer } else { Value::from(cut(answer.to_json())) }
}
