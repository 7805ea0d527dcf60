//! A run as people see it.

use codex32_model::Scope;
use codex32_model::ids::RunId;
use codex32_store::runs::Run;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::run::RunView;
use crate::run::view::{Told, tell};

impl Engine {
    /// Everything that is on disk of a run.
    ///
    /// # Errors
    /// When there is no such run.
    pub async fn view(&self, scope: Scope, run: RunId) -> Result<RunView, EngineError> {
        let mut row = self.inner.store.run(scope, run).await?.ok_or(EngineError::NoRun(run))?;
        self.explain_waits(scope, std::slice::from_mut(&mut row)).await?;
        let facts = self.inner.store.journal(scope, run).await?;
        let live = self.inner.flows.load(row.workspace, row.bot, row.version).await?;
        let told = tell(&live.flow, &facts);
        Ok(view(row, told))
    }
}

fn view(row: Run, told: Told) -> RunView {
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
    }
}
