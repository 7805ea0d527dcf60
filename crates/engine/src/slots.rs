//! Concurrency: how many runs of a bot and of the whole node go on at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use codex32_model::ids::BotId;
use tokio::sync::Notify;

/// What a slot is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Node,
    Bot(BotId),
}

#[derive(Clone, Default)]
pub struct Slots {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    held: Mutex<HashMap<Key, u32>>,
    /// Queued runs by bot: who comes now must not pass those who came before.
    queued: Mutex<HashMap<BotId, u32>>,
    freed: Notify,
}

/// Held slots; dropping them frees them.
pub struct Held {
    slots: Slots,
    keys: Vec<Key>,
}

impl Slots {
    /// Takes all of the slots, each with its limit, or none.
    pub fn take(&self, wanted: &[(Key, u32)]) -> Option<Held> {
        let mut held = self.inner.held.lock().unwrap_or_else(PoisonError::into_inner);
        if wanted.iter().any(|(key, limit)| held.get(key).copied().unwrap_or(0) >= *limit) {
            return None;
        }
        for (key, _) in wanted {
            *held.entry(key.clone()).or_default() += 1;
        }
        Some(Held {
            slots: self.clone(),
            keys: wanted.iter().map(|(key, _)| key.clone()).collect(),
        })
    }

    pub fn has_queued(&self, bot: BotId) -> bool {
        self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&bot)
    }

    pub fn any_queued(&self) -> bool {
        !self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub fn add_queued(&self, bot: BotId, count: u32) {
        if count == 0 {
            return;
        }
        let mut queued = self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner);
        *queued.entry(bot).or_default() += count;
    }

    /// What the database has; of queues that other servers fill and empty too.
    pub fn set_queued(&self, counts: HashMap<BotId, u32>) {
        *self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    pub fn remove_queued(&self, bot: BotId) {
        let mut queued = self.inner.queued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = queued.get_mut(&bot) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                queued.remove(&bot);
            }
        }
    }

    /// Waits until some slot was freed since the future was made.
    pub fn freed(&self) -> tokio::sync::futures::Notified<'_> {
        self.inner.freed.notified()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.slots.inner.held.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            if let Some(count) = held.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    held.remove(key);
                }
            }
        }
        drop(held);
        self.slots.inner.freed.notify_waiters();
    }
}
