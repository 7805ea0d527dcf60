//! Trying a proposal before anybody sees it: code steps are read where they would run, and run there
//! with the connectors' examples.

use std::collections::HashMap;
use std::time::Duration;

use codex32_flow::flow::Flow;
use codex32_flow::parse::Parsed;
use codex32_model::codes::builder as codes;
use codex32_model::definition::{Bot, Verb};
use codex32_model::fact::FactKind;
use codex32_model::{Catalogue, Diagnostic, Place, Timestamp, Value};
use codex32_rehearsal::{Answers, Given, Stage, begin, code_steps, only_trigger, with_example};
use codex32_sandbox::Pool;

/// How long trying a proposal may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Somebody who tries proposals.
#[async_trait::async_trait]
pub trait Trial: Send + Sync {
    /// Errors in code, and as warnings what failed with sample data.
    async fn faults(&self, parsed: &Parsed, catalogue: &dyn Catalogue) -> Vec<Diagnostic>;
}

/// Tries nothing: where there is no sandbox.
pub struct NoTrial;

#[async_trait::async_trait]
impl Trial for NoTrial {
    async fn faults(&self, _: &Parsed, _: &dyn Catalogue) -> Vec<Diagnostic> {
        Vec::new()
    }
}

/// Tries in the sandbox.
pub struct Sandboxed {
    pub pool: Pool,
    pub zone: String,
    pub now: Timestamp,
    pub seed: [u8; 32],
}

#[async_trait::async_trait]
impl Trial for Sandboxed {
    async fn faults(&self, parsed: &Parsed, catalogue: &dyn Catalogue) -> Vec<Diagnostic> {
        let mut faults = code_steps::check(&self.pool, parsed).await;
        let Some(bot) = &parsed.bot else { return faults };
        let mut has_code = false;
        bot.each_step(&mut |step| has_code |= matches!(step.verb, Verb::Code(_)));
        if has_code && faults.is_empty() {
            let played = tokio::time::timeout(LIMIT, self.play(bot, catalogue)).await;
            faults.extend(played.unwrap_or_default());
        }
        faults
    }
}

impl Sandboxed {
    /// What failed in a rehearsal with the connectors' examples.
    async fn play(&self, bot: &Bot, catalogue: &dyn Catalogue) -> Option<Diagnostic> {
        let flow = Flow::compile(bot, catalogue).ok()?;
        let trigger = only_trigger(&flow).map(ToOwned::to_owned);
        let given = with_example(&flow, catalogue, trigger.as_deref(), Given::Data(Value::Null));
        let env = Value::object(std::iter::empty::<(&str, Value)>());
        // Inputs that nobody has an example of are no fault of the proposal's.
        let begun = begin(&flow, trigger.as_deref(), given, env, self.now).ok()??;
        let answers = Answers {
            samples: HashMap::new(),
            recorded: HashMap::new(),
            live: None,
            agents: None,
            pool: self.pool.clone(),
            seed: self.seed,
        };
        let mut stage = Stage::new(flow, begun, self.now, &self.zone, answers);
        stage.play().await;
        stage.facts.iter().find_map(|fact| {
            let FactKind::AttemptFailed { a, error, .. } = &fact.kind else { return None };
            let id = (**a).rsplit('/').next()?;
            let mut is_code = false;
            bot.each_step(&mut |step| {
                is_code |= step.id.as_deref() == Some(id) && matches!(step.verb, Verb::Code(_));
            });
            let message = format!("The code of `{id}` failed with sample data: {}", error.message);
            is_code.then(|| Diagnostic::warning(codes::TRIED, Place::default(), message))
        })
    }
}
