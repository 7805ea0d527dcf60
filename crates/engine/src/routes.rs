//! Which webhook path leads to which trigger, in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use codex32_model::definition::{TriggerKind, Webhook};
use codex32_model::ids::{BotId, WorkspaceId};

use crate::flows::Live;

/// A webhook that somebody listens to.
#[derive(Debug, Clone)]
pub struct Route {
    pub live: Arc<Live>,
    pub trigger: String,
    pub paused: bool,
}

impl Route {
    pub fn webhook(&self) -> Option<&Webhook> {
        match &self.live.flow.triggers.get(&self.trigger)?.definition.kind {
            TriggerKind::Webhook(hook) => Some(hook),
            _ => None,
        }
    }
}

/// What a look-up gives.
#[derive(Debug, Clone)]
pub enum Found {
    Route(Arc<Route>),
    /// Somebody listens there, for these methods.
    OtherMethod(Vec<String>),
    Nothing,
}

/// By path.
type Paths = HashMap<String, Vec<Arc<Route>>, ahash::RandomState>;

#[derive(Default)]
struct Table {
    paths: HashMap<WorkspaceId, Paths, ahash::RandomState>,
    /// Where a bot listens.
    of_bots: HashMap<BotId, (WorkspaceId, Vec<String>), ahash::RandomState>,
}

impl Table {
    fn remove(&mut self, bot: BotId) {
        let Some((workspace, listened)) = self.of_bots.remove(&bot) else { return };
        let Some(paths) = self.paths.get_mut(&workspace) else { return };
        for path in listened {
            if let Some(routes) = paths.get_mut(&path) {
                routes.retain(|route| route.live.bot != bot);
                if routes.is_empty() {
                    paths.remove(&path);
                }
            }
        }
        if paths.is_empty() {
            self.paths.remove(&workspace);
        }
    }
}

#[derive(Clone, Default)]
pub struct Routes {
    table: Arc<RwLock<Table>>,
}

impl Routes {
    pub fn find(&self, workspace: WorkspaceId, method: &str, path: &str) -> Found {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let Some(routes) = table.paths.get(&workspace).and_then(|paths| paths.get(path)) else {
            return Found::Nothing;
        };
        let takes = |route: &&Arc<Route>| {
            route.webhook().is_some_and(|hook| hook.method == method || hook.method == "ANY")
        };
        match routes.iter().find(takes) {
            Some(route) => Found::Route(Arc::clone(route)),
            None => Found::OtherMethod(
                routes
                    .iter()
                    .filter_map(|route| route.webhook())
                    .map(|hook| hook.method.clone())
                    .collect(),
            ),
        }
    }

    /// Everybody who listens at a path.
    pub fn at(&self, workspace: WorkspaceId, path: &str) -> Vec<Arc<Route>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.paths.get(&workspace).and_then(|paths| paths.get(path)).cloned().unwrap_or_default()
    }

    /// Takes away what a bot listened to.
    pub fn remove(&self, bot: BotId) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).remove(bot);
    }

    /// Replaces what a bot listens to; `None` takes it away.
    pub fn set(&self, workspace: WorkspaceId, bot: BotId, live: Option<(&Arc<Live>, bool)>) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.remove(bot);
        let Some((live, paused)) = live else { return };
        let mut listened = Vec::new();
        for (name, trigger) in &live.flow.triggers {
            if let TriggerKind::Webhook(hook) = &trigger.definition.kind {
                let route = Route { live: Arc::clone(live), trigger: name.clone(), paused };
                let paths = table.paths.entry(workspace).or_default();
                paths.entry(hook.path.clone()).or_default().push(Arc::new(route));
                listened.push(hook.path.clone());
            }
        }
        if !listened.is_empty() {
            table.of_bots.insert(bot, (workspace, listened));
        }
    }
}
