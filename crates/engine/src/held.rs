//! A held store: it was restored or copied, and its original may still run. The engine reads and lets
//! people change bots, and runs nothing until somebody releases the store.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;

/// How often a node looks whether another one has released the store.
const LOOK: Duration = Duration::from_secs(1);

impl Engine {
    /// Whether nothing runs because the store is held.
    pub fn is_held(&self) -> bool {
        self.inner.is_held()
    }

    /// Lets a held store run; whether it was held.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn release(&self) -> Result<bool, EngineError> {
        let was_held = self.inner.store.release_hold().await?;
        self.inner.go_on();
        Ok(was_held)
    }
}

impl Inner {
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// # Errors
    /// [`EngineError::Held`] while the store is held.
    pub fn refuse_held(&self) -> Result<(), EngineError> {
        if self.is_held() { Err(EngineError::Held) } else { Ok(()) }
    }

    /// Begins once, whoever says so first.
    fn go_on(self: &Arc<Self>) {
        if self.held.swap(false, Ordering::SeqCst) {
            tracing::info!("the store was released; runs go on");
            self.released.notify_waiters();
            Engine::begin(self);
        }
    }

    pub async fn wait_for_release(self: Arc<Self>) {
        tracing::warn!("the store is held: nothing runs until it is released");
        loop {
            let (stop, released) = (self.stop.notified(), self.released.notified());
            if self.is_stopping() || !self.is_held() {
                return;
            }
            if matches!(self.store.held().await, Ok(None)) {
                return self.go_on();
            }
            tokio::select! {
                biased;
                () = stop => return,
                () = released => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}
