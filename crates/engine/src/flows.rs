//! Compiled versions, kept in memory: a run never parses its definition.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use codex32_flow::flow::Flow;
use codex32_model::Catalogue;
use codex32_model::ids::{BotId, WorkspaceId};
use codex32_model::value::Value;
use codex32_store::Store;
use indexmap::IndexMap;

use crate::error::EngineError;

/// Versions kept; beyond, those that nobody uses are dropped.
const KEPT: usize = 4_096;

/// A version that can run.
#[derive(Debug)]
pub struct Live {
    pub workspace: WorkspaceId,
    pub bot: BotId,
    pub version: u32,
    pub flow: Arc<Flow>,
    /// Connection names of the definition to names of the workspace's connections.
    pub bindings: IndexMap<String, String>,
}

impl Live {
    /// The workspace's connection that the definition's name stands for.
    pub fn bound(&self, name: &str) -> String {
        self.bindings.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

type Versions = HashMap<(BotId, u32), Arc<Live>>;

#[derive(Clone)]
pub struct Flows {
    store: Store,
    catalogue: Arc<dyn Catalogue>,
    kept: Arc<RwLock<Versions>>,
}

impl Flows {
    pub fn new(store: Store, catalogue: Arc<dyn Catalogue>) -> Self {
        Self { store, catalogue, kept: Arc::default() }
    }

    pub fn catalogue(&self) -> &dyn Catalogue {
        &*self.catalogue
    }

    /// A version, from memory if it is there.
    pub fn cached(&self, bot: BotId, version: u32) -> Option<Arc<Live>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&(bot, version)).cloned()
    }

    /// A version, compiled now if it was not yet.
    pub async fn load(
        &self,
        workspace: WorkspaceId,
        bot: BotId,
        version: u32,
    ) -> Result<Arc<Live>, EngineError> {
        if let Some(live) = self.cached(bot, version) {
            return Ok(live);
        }
        let row = self
            .store
            .version(workspace, bot, version)
            .await?
            .ok_or_else(|| EngineError::NoBot(format!("{bot} version {version}")))?;
        let value = Value::from_json(&row.definition)
            .map_err(|error| EngineError::Definition(error.to_string()))?;
        let parsed = codex32_flow::parse::bot_from_value(&value);
        let definition = parsed.bot.ok_or_else(|| {
            let first = parsed.diagnostics.first().map(|d| d.message.clone());
            EngineError::Definition(first.unwrap_or_else(|| "it cannot be read".to_owned()))
        })?;
        let flow = Flow::compile(&definition, &*self.catalogue)
            .map_err(|error| EngineError::Definition(error.to_string()))?;
        let live = Arc::new(Live {
            workspace,
            bot,
            version,
            flow: Arc::new(flow),
            bindings: row.bindings,
        });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, live| Arc::strong_count(live) > 1);
        }
        kept.insert((bot, version), Arc::clone(&live));
        Ok(live)
    }
}
