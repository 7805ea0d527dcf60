//! Deleting what is of no use any more, a little at a time, by the one server that leads.

use std::sync::Arc;
use std::time::Duration;

use codex32_store::retention::Deleted;

use crate::engine::{Engine, Inner};

/// How often it is looked for, and how many rows go at once.
const EVERY: Duration = Duration::from_secs(600);
const ROWS: u32 = 1_000;
/// How often the whole blob storage is gone through.
const COLLECT_EVERY: Duration = Duration::from_secs(6 * 3_600);
/// A blob that is younger may be named by a commit that is on its way.
const YOUNG: Duration = Duration::from_secs(24 * 3_600);

impl Engine {
    /// Deletes soon what is kept no longer, if this server leads; else the one that does comes to it.
    pub fn tidy(&self) {
        self.inner.tidying.notify_one();
    }
}

impl Inner {
    pub async fn run_tidying(self: Arc<Self>) {
        let mut collect_at = self.now().plus(EVERY);
        loop {
            let stop = self.stop.notified();
            if self.is_stopping() {
                return;
            }
            tokio::select! {
                () = stop => return,
                () = self.tidying.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
            if !self.may_delete() {
                continue;
            }
            while self.may_delete()
                && self
                    .store
                    .all_tidy(self.now(), ROWS)
                    .await
                    .is_ok_and(|gone| gone >= ROWS as usize)
            {}
            self.expire().await;
            if self.now() >= collect_at {
                collect_at = self.now().plus(COLLECT_EVERY);
                self.collect_blobs().await;
            }
        }
    }

    fn may_delete(&self) -> bool {
        self.lease.leads() && !self.is_stopping()
    }

    /// Deletes what no workspace keeps any longer.
    async fn expire(&self) {
        match self.store.all_expire(self.now(), || self.may_delete()).await {
            Ok(Deleted { runs, events, mails, calls, .. }) if runs + events + mails + calls > 0 => {
                tracing::info!(runs, events, mails, calls, "deleted what is kept no longer");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "what is kept no longer is deleted later"),
        }
    }

    /// Removes values from blob storage that no run refers to.
    async fn collect_blobs(&self) {
        let collected = self.store.all_collect_blobs(self.now(), YOUNG, || self.may_delete()).await;
        match collected {
            Ok(gone) if gone.blobs > 0 => {
                tracing::info!(
                    blobs = gone.blobs,
                    bytes = gone.bytes,
                    "removed unused large values"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "unused large values are removed later"),
        }
    }
}
