//! A run as people see it.

use std::sync::Arc;

use codex32_flow::flow::Flow;
use codex32_model::fact::{Choice, Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::large::{Kept, Slot};
use codex32_model::{Scope, Value};
use codex32_store::StoreError;
use codex32_store::runs::Run;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::flows::Live;
use crate::run::transcript::transcript;
use crate::run::view::{LargeView, StepState, Told, tell};
use crate::run::{About, RunView, State, StepScope, Transcript};

/// What a step saw, and gave.
#[derive(Debug)]
pub struct Moment {
    pub bot: String,
    pub version: u32,
    pub flow: Arc<Flow>,
    /// The step's id.
    pub id: String,
    /// Every name in its scope, as one object.
    pub scope: Value,
    /// None: it did not succeed.
    pub output: Option<Value>,
}

/// Bytes of large values that one view brings; beyond, only their beginnings are shown.
const WHOLE: u64 = 64 << 20;

impl Engine {
    /// Everything that is on disk of a run; large values as far as [`WHOLE`] goes.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn view(&self, scope: Scope, run: RunId) -> Result<RunView, EngineError> {
        self.view_within(scope, run, WHOLE).await
    }

    /// As [`Engine::view`], of large values only their beginnings.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn preview(&self, scope: Scope, run: RunId) -> Result<RunView, EngineError> {
        self.view_within(scope, run, 0).await
    }

    /// What the agent at this address and its tools said to each other.
    ///
    /// # Errors
    /// When there is no such run, or no agent at that address of it.
    pub async fn transcript(
        &self,
        scope: Scope,
        run: RunId,
        address: &str,
    ) -> Result<Transcript, EngineError> {
        let (_, told, _, facts) = self.read(scope, run, WHOLE).await?;
        transcript(&facts, &told.steps, address)
            .ok_or_else(|| EngineError::NoStep(format!("the run has no agent at `{address}`")))
    }

    /// What the step at this address saw when it was asked first, and what it gave: of one that asks a language
    /// model.
    ///
    /// # Errors
    /// When there is no such run, or it did not come to that step.
    pub async fn moment(
        &self,
        scope: Scope,
        run: RunId,
        address: &str,
    ) -> Result<Moment, EngineError> {
        let (row, told, _, facts) = self.read(scope, run, WHOLE).await?;
        let live = self.inner.flows.load(row.workspace, row.bot, row.version).await?;
        let seen = seen(&live, run, &facts, address);
        let label = address.rsplit('/').next().unwrap_or(address);
        let step = seen.map(|scope| (scope, label.split(['[', '.']).next().unwrap_or(label)));
        let (scope, id) = step.ok_or_else(|| {
            EngineError::NoStep(format!("the run asked no language model at `{address}`"))
        })?;
        let step = told.steps.into_iter().find(|step| step.address == address);
        let output = step.filter(|step| step.state == StepState::Succeeded).map(|it| it.output);
        Ok(Moment {
            bot: row.bot_name,
            version: row.version,
            flow: Arc::clone(&live.flow),
            id: id.to_owned(),
            scope,
            output,
        })
    }

    async fn view_within(
        &self,
        scope: Scope,
        run: RunId,
        room: u64,
    ) -> Result<RunView, EngineError> {
        let (row, told, large, _) = self.read(scope, run, room).await?;
        Ok(view(row, told, large))
    }

    async fn read(
        &self,
        scope: Scope,
        run: RunId,
        mut room: u64,
    ) -> Result<(Run, Told, Vec<LargeView>, Vec<Fact>), EngineError> {
        let store = &self.inner.store;
        let mut row = store.run(scope, run).await?.ok_or(EngineError::NoRun(run))?;
        self.explain_waits(scope, std::slice::from_mut(&mut row)).await?;
        let (mut facts, mut large) = (Vec::new(), Vec::new());
        for mut journaled in store.journal_rows(scope, run).await? {
            // What a model said decides which tools were used.
            let turns: Vec<bool> = journaled.facts.iter().map(is_turn).collect();
            let wanted = |kept: &Kept| {
                // Without its list a loop cannot be told.
                let needed = kept.slot == Slot::Items || turns.get(kept.fact) == Some(&true);
                let fits = kept.size <= room || needed;
                room = room.saturating_sub(if fits { kept.size } else { 0 });
                fits
            };
            match store.blobs().restore(scope.workspace, &mut journaled, wanted).await {
                // What is lost is shown as what is not.
                Ok(()) | Err(StoreError::BlobLost(_)) => {}
                Err(error) => return Err(error.into()),
            }
            let shown = |kept: &Kept| {
                journaled.facts.get(kept.fact).map(|fact| LargeView::of(&fact.kind, kept))
            };
            large.extend(journaled.kept.iter().filter_map(shown));
            facts.append(&mut journaled.facts);
        }
        let live = self.inner.flows.load(row.workspace, row.bot, row.version).await?;
        let told = tell(&live.flow, &facts);
        Ok((row, told, large, facts))
    }
}

/// What was in scope where a model was asked first.
fn seen(live: &Live, run: RunId, facts: &[Fact], address: &str) -> Option<Value> {
    let about = About { id: run, bot: &live.flow.bot.bot, version: live.version };
    let mut state = State::default();
    for fact in facts {
        let asks = match &fact.kind {
            FactKind::AttemptStarted { a, .. } => **a == *address,
            FactKind::Choice { a, c: Choice::Agent(_) } => **a == *address,
            _ => false,
        };
        if asks {
            let frame = state.frame_at(address)?;
            let now = state.frame(frame)?.ready_at;
            let scope = StepScope { state: &state, frame, now, run: about, extra: None };
            return Some(scope.snapshot());
        }
        state.apply(&live.flow, run, fact);
    }
    None
}

fn is_turn(fact: &Fact) -> bool {
    matches!(&fact.kind, FactKind::StepDone { a, .. } if a.ends_with("/model"))
}

fn view(row: Run, told: Told, large: Vec<LargeView>) -> RunView {
    RunView {
        id: row.id,
        bot: row.bot_name,
        version: row.version,
        state: row.state,
        input: told.input,
        output: told.output,
        error: told.error.or(row.error),
        steps: told.steps,
        trigger: row.trigger,
        reason: row.reason,
        created_at: row.created_at,
        ended_at: row.ended_at,
        deadline: row.deadline,
        parent: row.parent,
        retry_of: row.retry_of,
        answer: told.answer,
        large,
    }
}
