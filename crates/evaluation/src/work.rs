//! Evaluations at work: begun by whoever asks, carried out by a server that claims them, a row for each answer.
//!
//! A server that dies or stops leaves a claim that ends; whoever comes next asks what has no row. What was on its
//! way then is asked again, and both stand in the costs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use codex32_engine::StepExecutor;
use codex32_identity::secrets::KeyFile;
use codex32_model::codes::{evaluation as codes, llm};
use codex32_model::definition::Tool;
use codex32_model::ids::{EvaluationId, NodeId};
use codex32_model::random::{Random, ten};
use codex32_model::{Catalogue, Clock, Fields, Scope};
use codex32_sandbox::Pool;
use codex32_store::Store;
use codex32_store::evaluations::{Evaluation, Outcome};
use futures::StreamExt as _;
use secrecy::ExposeSecret as _;
use tokio::sync::{Notify, watch};
use tokio::time::{interval, sleep};

use crate::asking::{self, Asking, Came, Desk, Told};
use crate::error::Error;
use crate::figures::Sample;
use crate::plan::{NewPlan, Plan, Question};
use crate::subject::{Kind, Subject};
use crate::suite::Suite;

/// How long a claim holds without news, and how often it is held on to.
const LEASE: Duration = Duration::from_secs(60);
const BEAT: Duration = Duration::from_secs(10);
/// Without news it is looked for work so often.
const LOOK: Duration = Duration::from_secs(15);
/// Evaluations at once on one server.
const AT_ONCE: usize = 2;

pub struct Options {
    pub store: Store,
    /// Seals prompts and answers.
    pub keys: Arc<KeyFile>,
    /// Asks as steps ask.
    pub executor: Arc<dyn StepExecutor>,
    pub catalogue: Arc<dyn Catalogue>,
    /// Runs the code of checks.
    pub pool: Pool,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub node: NodeId,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Evaluations(Arc<Inner>);

struct Inner {
    options: Options,
    told: Notify,
}

/// One answer as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    pub question: Question,
    pub variant: String,
    pub case: String,
    pub outcome: Outcome,
}

impl Evaluations {
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Inner { options, told: Notify::new() }))
    }

    /// Begins one, of a suite that was stored as `version` or was not.
    ///
    /// # Errors
    /// When the suite, the step or the cases do not do.
    pub async fn begin(
        &self,
        scope: Scope,
        (suite, version): (Suite, Option<u32>),
        new: NewPlan,
    ) -> Result<Evaluation, Error> {
        let options = &self.0.options;
        let name = suite.name.clone();
        let plan = Plan::new(suite, new)?;
        Subject::of(&plan, &*options.catalogue)?;
        let now = options.clock.now();
        let evaluation = Evaluation {
            id: EvaluationId::new(now, ten(&*options.random)),
            workspace: scope.workspace,
            actor: scope.actor,
            suite: name,
            version,
            plan: serde_json::to_string(&plan).unwrap_or_default(),
            state: "running".to_owned(),
            message: None,
            total: u32::try_from(plan.size()).unwrap_or(u32::MAX),
            epoch: 0,
            created_at: now,
            ended_at: None,
            answered: 0,
            passed: 0,
        };
        options.store.begin_evaluation(scope, evaluation.clone()).await?;
        self.0.told.notify_one();
        Ok(evaluation)
    }

    /// The plan and the answers of an evaluation.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kept(&self, scope: Scope, of: &Evaluation) -> Result<(Plan, Vec<Kept>), Error> {
        let plan = plan_of(of)?;
        let rows = self.0.options.store.evaluation_results(scope, of.id).await?;
        let kept = rows.into_iter().filter_map(|outcome| {
            let question = Question {
                variant: outcome.variant,
                number: outcome.number,
                repeat: outcome.repeat,
            };
            Some(Kept {
                question,
                variant: plan.variants.get(outcome.variant as usize)?.name.clone(),
                case: plan.suite.cases.get(outcome.number as usize)?.name.clone(),
                outcome,
            })
        });
        let kept = kept.collect();
        Ok((plan, kept))
    }

    /// Prompt, answer and faults; none when they were sealed with a key that is gone.
    pub fn open(&self, id: EvaluationId, kept: &Kept) -> Option<Told> {
        let sealed = &kept.outcome.sealed;
        let plain = self.0.options.keys.open(&context(id, kept.question), sealed).ok()?;
        serde_json::from_slice(plain.expose_secret()).ok()
    }

    /// Carries out what is due, until it is closed.
    pub async fn work(self, mut closed: watch::Receiver<bool>) {
        if let Err(error) = self.0.options.store.all_release_evaluations().await {
            tracing::warn!(%error, "evaluations that were under way wait for their claims to end");
        }
        let others = self.0.options.store.told();
        let mut working = tokio::task::JoinSet::new();
        loop {
            while working.try_join_next().is_some() {}
            while working.len() < AT_ONCE {
                match self.claim().await {
                    Ok(Some(claimed)) => {
                        let (own, closed) = (self.clone(), closed.clone());
                        working.spawn(async move { own.carry_out(claimed, closed).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "no evaluation was taken; that is tried again");
                        break;
                    }
                }
            }
            tokio::select! {
                () = self.0.told.notified() => {}
                () = others.notified() => {}
                Some(_) = working.join_next() => {}
                () = sleep(LOOK) => {}
                _ = closed.wait_for(|closed| *closed) => break,
            }
        }
        while working.join_next().await.is_some() {}
    }

    async fn claim(&self) -> Result<Option<Evaluation>, Error> {
        let options = &self.0.options;
        let now = options.clock.now();
        Ok(options.store.all_claim_evaluation(options.node, LEASE, now).await?)
    }

    async fn carry_out(&self, claimed: Evaluation, mut closed: watch::Receiver<bool>) {
        let store = &self.0.options.store;
        let stopped = tokio::select! {
            stopped = self.ask_all(&claimed) => Some(stopped),
            lost = self.hold(&claimed) => Some(lost),
            _ = closed.wait_for(|closed| *closed) => None,
        };
        let Some(stopped) = stopped else {
            if let Err(error) = store.release_evaluation(&claimed).await {
                tracing::warn!(%error, "an evaluation goes on when its claim ends");
            }
            return;
        };
        let ended = match stopped {
            Ok(()) => ("done", None),
            Err(Stopped::Lost) => return,
            Err(Stopped::Failed(message)) => ("failed", Some(message)),
        };
        let now = self.0.options.clock.now();
        if let Err(error) = store.end_evaluation(&claimed, ended, now).await {
            tracing::warn!(%error, "the end of an evaluation was not written; that is tried again");
        }
    }

    /// Holds on to a claim; ends when it is lost.
    async fn hold(&self, of: &Evaluation) -> Result<(), Stopped> {
        let options = &self.0.options;
        let mut beat = interval(BEAT);
        loop {
            beat.tick().await;
            match options.store.hold_evaluation(of, LEASE, options.clock.now()).await {
                Ok(true) => {}
                Ok(false) => return Err(Stopped::Lost),
                Err(error) => tracing::warn!(%error, "a claim on an evaluation was not extended"),
            }
        }
    }

    async fn ask_all(&self, of: &Evaluation) -> Result<(), Stopped> {
        let options = &self.0.options;
        let scope = Scope::new(of.workspace, of.actor);
        let plan = plan_of(of)?;
        let subject = Subject::of(&plan, &*options.catalogue)?;
        let there = options.store.evaluation_results(scope, of.id).await.map_err(Error::from)?;
        let there: HashSet<Question> = there
            .into_iter()
            .map(|row| Question { variant: row.variant, number: row.number, repeat: row.repeat })
            .collect();
        let desk = Arc::new(Desk {
            scope,
            evaluation: of.id,
            executor: Arc::clone(&options.executor),
            catalogue: Arc::clone(&options.catalogue),
            pool: options.pool.clone(),
            bot: subject.bot,
            bots: self.bots(scope, &subject).await?,
        });
        let left = plan.questions().filter(|question| !there.contains(question));
        let asked = futures::stream::iter(left)
            .map(|question| self.ask_one(of, &desk, (&plan, &subject), question))
            .buffer_unordered(plan.at_once as usize);
        let mut asked = std::pin::pin!(asked);
        while let Some(kept) = asked.next().await {
            kept?;
        }
        Ok(())
    }

    /// What the bots take that the agent may call.
    async fn bots(
        &self,
        scope: Scope,
        subject: &Subject,
    ) -> Result<HashMap<String, (Option<String>, Fields)>, Error> {
        let mut known = HashMap::new();
        let Kind::Agent(agent) = &subject.kind else { return Ok(known) };
        let calls = agent.tools.iter().any(|tool| matches!(tool, Tool::Call { .. }));
        if !calls {
            return Ok(known);
        }
        for (name, text) in self.0.options.store.live_definitions(scope).await? {
            let called = |tool: &Tool| matches!(tool, Tool::Call { bot, .. } if *bot == name);
            if !agent.tools.iter().any(called) {
                continue;
            }
            if let Some(bot) = codex32_flow::parse::bot(&text).bot {
                known.insert(name, (bot.description, bot.inputs));
            }
        }
        Ok(known)
    }

    async fn ask_one(
        &self,
        of: &Evaluation,
        desk: &Arc<Desk>,
        (plan, subject): (&Plan, &Subject),
        question: Question,
    ) -> Result<(), Stopped> {
        let options = &self.0.options;
        let mut seed = [0; 32];
        options.random.fill(&mut seed);
        let name = asking::name(plan, question);
        let now = options.clock.now();
        let asking = Asking { desk: Arc::clone(desk), name: name.clone(), now, seed };
        let Came { verdict, told, took, error } =
            asking::ask(&asking, plan, subject, question).await;
        if let Some(error) = error.filter(|error| error.code == llm::BUDGET.text) {
            // Whatever would be asked next is refused as well.
            return Err(Stopped::Failed(error.message));
        }
        let spent = |step| options.store.evaluation_spent(desk.scope, of.id, step);
        let judged = spent(asking::judging(&name)).await.map_err(Error::from)?;
        let spent = spent(name).await.map_err(Error::from)?;
        let plain = serde_json::to_vec(&told).unwrap_or_default();
        let sealed = options
            .keys
            .seal(&context(of.id, question), &plain)
            .map_err(|error| Error::Other(error.code(), error.to_string()))?;
        let outcome = Outcome {
            variant: question.variant,
            number: question.number,
            repeat: question.repeat,
            verdict: verdict.to_owned(),
            cost: spent.cost,
            judging: judged.cost,
            input: spent.input,
            output: spent.output,
            duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            sealed,
        };
        let now = options.clock.now();
        let kept = options.store.keep_evaluation_result(of, outcome, LEASE, now).await;
        if kept.map_err(Error::from)? { Ok(()) } else { Err(Stopped::Lost) }
    }
}

/// Why an evaluation does not go on here.
enum Stopped {
    /// Somebody else has it now, or it was cancelled.
    Lost,
    Failed(String),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        match error {
            // The claim ends by itself, and whoever comes next goes on.
            Error::Store(error) => {
                tracing::warn!(%error, "an evaluation pauses");
                Self::Lost
            }
            other => Self::Failed(other.to_string()),
        }
    }
}

fn plan_of(of: &Evaluation) -> Result<Plan, Error> {
    serde_json::from_str(&of.plan).map_err(|error| Error::Other(codes::STOPPED, error.to_string()))
}

/// What seals an answer to its place.
fn context(id: EvaluationId, question: Question) -> Vec<u8> {
    let Question { variant, number, repeat } = question;
    format!("{id} {variant} {number} {repeat}").into_bytes()
}

impl Kept {
    pub fn sample(&self) -> Sample {
        let Outcome { verdict, cost, judging, input, output, duration_ms, .. } = &self.outcome;
        Sample {
            variant: self.variant.clone(),
            case: self.case.clone(),
            passed: verdict == "passed",
            error: verdict == "error",
            cost: *cost,
            judging: *judging,
            input: *input,
            output: *output,
            duration_ms: *duration_ms,
        }
    }
}
