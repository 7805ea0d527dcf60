//! Concurrency: how many runs of a bot, of a workspace and of the whole node go on at once, and how
//! many wait.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex32_model::ids::{BotId, WorkspaceId};
use tokio::sync::Notify;

/// What a slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Node,
    /// Counted, to share the node's slots between workspaces.
    Workspace(WorkspaceId),
    Bot(BotId),
}

#[derive(Clone, Default)]
pub struct Slots {
    inner: Arc<Inner>,
}

/// Queued runs: who comes now must not pass those who came before.
type Queued = HashMap<WorkspaceId, HashMap<BotId, u32>>;

/// What one run needs, each with its limit.
pub type Wanted = [Option<(Key, u32)>; 3];

#[derive(Default)]
struct Inner {
    held: Mutex<HashMap<Key, u32, ahash::RandomState>>,
    queued: Mutex<Queued>,
    freed: Notify,
    /// Told only while somebody queues: under load slots are freed all the time.
    room: Notify,
}

/// Held slots; dropping them frees them.
pub struct Held {
    slots: Slots,
    keys: [Option<Key>; 3],
}

/// Why no slot was taken: the first key that has no more.
#[derive(Debug, PartialEq, Eq)]
pub struct NoMore(pub Key);

impl Slots {
    /// Takes all of the slots, each with its limit, or none.
    pub fn take(&self, wanted: &Wanted) -> Result<Held, NoMore> {
        let mut held = self.held();
        let taken = |key: &Key| held.get(key).copied().unwrap_or(0);
        if let Some((key, _)) = wanted.iter().flatten().find(|(key, limit)| taken(key) >= *limit) {
            return Err(NoMore(*key));
        }
        for (key, _) in wanted.iter().flatten() {
            *held.entry(*key).or_default() += 1;
        }
        let keys = wanted.map(|wanted| wanted.map(|(key, _)| key));
        Ok(Held { slots: self.clone(), keys })
    }

    /// How many are taken.
    pub fn taken(&self, key: &Key) -> u32 {
        self.held().get(key).copied().unwrap_or(0)
    }

    pub fn has_queued(&self, workspace: WorkspaceId, bot: BotId) -> bool {
        self.queued().get(&workspace).is_some_and(|bots| bots.contains_key(&bot))
    }

    pub fn any_queued(&self) -> bool {
        !self.queued().is_empty()
    }

    /// Whether runs of other workspaces wait while this one has its part of the node's slots.
    pub fn is_above_share(&self, workspace: WorkspaceId, slots: u32) -> bool {
        let waiting = {
            let queued = self.queued();
            let others = queued.keys().filter(|other| **other != workspace).count();
            u32::try_from(others).unwrap_or(u32::MAX)
        };
        waiting > 0 && self.taken(&Key::Workspace(workspace)) >= slots / waiting.saturating_add(1)
    }

    /// How many runs of a workspace wait.
    pub fn queued_in(&self, workspace: WorkspaceId) -> u32 {
        self.queued()
            .get(&workspace)
            .map_or(0, |bots| bots.values().fold(0, |sum, count| sum.saturating_add(*count)))
    }

    pub fn add_queued(&self, workspace: WorkspaceId, bot: BotId, count: u32) {
        if count > 0 {
            *self.queued().entry(workspace).or_default().entry(bot).or_default() += count;
        }
    }

    pub fn remove_queued(&self, workspace: WorkspaceId, bot: BotId, count: u32) {
        let mut queued = self.queued();
        let Some(bots) = queued.get_mut(&workspace) else { return };
        if let Some(waiting) = bots.get_mut(&bot) {
            *waiting = waiting.saturating_sub(count);
            if *waiting == 0 {
                bots.remove(&bot);
            }
        }
        if bots.is_empty() {
            queued.remove(&workspace);
        }
    }

    /// Which bots have queued runs, however many.
    pub fn see_queued(&self, seen: impl Iterator<Item = (WorkspaceId, BotId)>) {
        let mut queued = self.queued();
        let mut before = std::mem::take(&mut *queued);
        for (workspace, bot) in seen {
            let count = before.get_mut(&workspace).and_then(|bots| bots.remove(&bot));
            queued.entry(workspace).or_default().insert(bot, count.unwrap_or(1));
        }
    }

    /// What the database has; of queues that other servers fill and empty too.
    pub fn set_queued(&self, counts: Vec<(WorkspaceId, BotId, u32)>) {
        let mut queued = Queued::new();
        for (workspace, bot, count) in counts {
            queued.entry(workspace).or_default().insert(bot, count);
        }
        *self.queued() = queued;
    }

    /// Waits until some slot was freed since the future was made.
    pub fn freed(&self) -> tokio::sync::futures::Notified<'_> {
        self.inner.freed.notified()
    }

    /// Waits until some slot was freed while somebody queued, since the last time.
    pub fn room(&self) -> tokio::sync::futures::Notified<'_> {
        self.inner.room.notified()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Key, u32, ahash::RandomState>> {
        self.inner.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queued(&self) -> MutexGuard<'_, Queued> {
        self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.slots.held();
        for key in self.keys.iter().flatten() {
            if let Some(count) = held.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    held.remove(key);
                }
            }
        }
        drop(held);
        self.slots.inner.freed.notify_waiters();
        // Who begins to queue now looks by itself once it is written down.
        if self.slots.any_queued() {
            self.slots.inner.room.notify_one();
        }
    }
}
