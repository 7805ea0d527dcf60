//! What a list of bots shows beside each: what it listens to, its last run, its last failure. A fixed
//! number of statements for a whole page, in one read.

use std::collections::HashMap;

use codex32_model::Scope;
use codex32_model::ids::BotId;

use crate::bots::{TRIGGER, TRIGGER_WIDTH, TRIGGERS, TriggerRow, read_trigger};
use crate::error::StoreError;
use crate::open::Store;
use crate::runs::{self, COLUMNS, Run};
use crate::sql::{Param, Reader};

/// By bot; a bot that has none is not in the map.
#[derive(Debug, Default)]
pub struct Overview {
    pub triggers: HashMap<BotId, Vec<TriggerRow>>,
    pub last_run: HashMap<BotId, Run>,
    /// Failed or timed out.
    pub last_failure: HashMap<BotId, Run>,
}

impl Store {
    /// For at most 1,000 bots of the workspace.
    pub async fn overview(&self, scope: Scope, bots: Vec<BotId>) -> Result<Overview, StoreError> {
        if bots.is_empty() {
            return Ok(Overview::default());
        }
        self.read(move |reader| {
            let mut params = vec![Param::from(scope.workspace)];
            params.extend(bots.iter().take(1_000).map(|bot| Param::from(*bot)));
            let marks: Vec<_> = (2..=params.len()).map(|number| format!("?{number}")).collect();
            let marks = marks.join(", ");
            let triggers = reader.query(
                &format!(
                    "SELECT {TRIGGER}, t.bot FROM {TRIGGERS}
                     WHERE t.workspace = ?1 AND t.bot IN ({marks}) ORDER BY t.bot, t.name"
                ),
                &params,
                |row| Ok((row.get::<BotId>(TRIGGER_WIDTH)?, read_trigger(row)?)),
            )?;
            let mut overview = Overview::default();
            for (bot, trigger) in triggers {
                overview.triggers.entry(bot).or_default().push(trigger);
            }
            overview.last_run = last(reader, &params, &marks, "1 = 1")?;
            let failed = "x.state IN ('failed', 'timed_out')";
            overview.last_failure = last(reader, &params, &marks, failed)?;
            Ok(overview)
        })
        .await
    }
}

/// The newest run of each bot that fits `condition`: one step in an index for each.
fn last(
    reader: &Reader<'_>,
    params: &[Param],
    marks: &str,
    condition: &str,
) -> Result<HashMap<BotId, Run>, StoreError> {
    let runs = reader.query(
        &format!(
            "SELECT {COLUMNS} FROM bots b JOIN runs r ON r.workspace = b.workspace
               AND r.id = (SELECT x.id FROM runs x WHERE x.bot = b.id AND {condition}
                         ORDER BY x.id DESC LIMIT 1)
             WHERE b.workspace = ?1 AND b.id IN ({marks})"
        ),
        params,
        runs::read,
    )?;
    Ok(runs.into_iter().map(|run| (run.bot, run)).collect())
}
