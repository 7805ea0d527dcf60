//! Telling people of approvals, by the server that leads: each person or channel once, by a row that is due
//! until it is sent. What was on its way when a server died is sent again, under the same key.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::ids::ApprovalId;
use codex32_model::time::Timestamp;
use codex32_store::StoreError;
use codex32_store::approvals::{ApprovalState, Attempt, Due};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use crate::engine::Inner;
use crate::executor::{Notice, Unsent};

/// How many are sent at once, and how long one may take.
const AT_ONCE: usize = 8;
const TIMEOUT: Duration = Duration::from_secs(60);
/// Whoever took one and says nothing for so long is taken for dead.
const TAKEN_FOR: Duration = Duration::from_secs(180);
const PAGE: u32 = 64;
/// The first and the longest pause between attempts, and how many there are: for about two days.
const PAUSES: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(6 * 3_600));
const ATTEMPTS: u32 = 16;
/// A link serves at most so long: as long as a run may last.
const LINK_LIFE: Duration = Duration::from_secs(30 * 86_400);

impl Inner {
    pub async fn run_notices(self: Arc<Self>) {
        loop {
            let next = if self.lease.leads() {
                match self.send_due().await {
                    Ok(true) => continue,
                    Ok(false) => self.store.all_next_notice().await.ok().flatten(),
                    Err(error) => {
                        tracing::warn!(%error, "people are told of approvals later");
                        None
                    }
                }
            } else {
                None
            };
            if !self.sleep(next, &self.notices).await {
                return;
            }
        }
    }

    /// Sends what is due; whether any of it was, so that there may be more.
    async fn send_due(self: &Arc<Self>) -> Result<bool, StoreError> {
        let due = self.store.all_due_notices(self.now(), PAGE).await?;
        let (mut sending, mut any) = (JoinSet::new(), false);
        for due in due {
            if self.is_stopping() {
                return Ok(false);
            }
            if sending.len() >= AT_ONCE {
                any |= matches!(sending.join_next().await, Some(Ok(true)));
            }
            sending.spawn(Arc::clone(self).send_notice(due));
        }
        while let Some(sent) = sending.join_next().await {
            any |= matches!(sent, Ok(true));
        }
        Ok(any)
    }

    /// Whether an attempt was made.
    async fn send_notice(self: Arc<Self>, mut due: Due) -> bool {
        let taken = self.store.take_notice(due.clone(), self.now().plus(TAKEN_FOR)).await;
        if !matches!(taken, Ok(true)) {
            return false;
        }
        due.notice.attempts += 1;
        let scope = self.scope(due.workspace);
        let approval = match self.store.approval(scope, due.approval).await {
            Ok(Some(approval)) if approval.state == ApprovalState::Open => approval,
            // Its end dropped the notice.
            Ok(_) => return false,
            Err(error) => {
                tracing::warn!(%error, "an approval could not be read");
                return false;
            }
        };
        if !self.lease.hold(self.node()).await {
            return false;
        }
        let now = self.now();
        let longest = now.plus(LINK_LIFE);
        let notice = Notice {
            scope,
            approval: due.approval,
            number: due.notice.number,
            recipient: due.notice.recipient.clone(),
            named_by: due.notice.named_by.clone(),
            question: approval.text,
            bot: approval.bot_name,
            run: due.run,
            expires_at: approval.expires_at,
            silence: approval.silence,
            link_until: approval.expires_at.map_or(longest, |at| at.min(longest)),
            key: key(due.approval, due.notice.number),
            timeout: TIMEOUT,
        };
        let sent = tokio::time::timeout(TIMEOUT, self.executor.notify(notice)).await;
        let sent = sent.unwrap_or_else(|_| {
            let why = "no answer within a minute".to_owned();
            Err(Unsent { why, retryable: true, retry_after: None })
        });
        let attempt = outcome(sent, due.notice.attempts, self.now());
        let (recipient, approval) = (due.notice.recipient.clone(), due.approval);
        if let Attempt::Failed(why) = &attempt {
            tracing::warn!(%approval, recipient, why, "somebody could not be told of an approval");
        }
        let at = self.now();
        let end = || self.store.end_notice(due.clone(), attempt.clone(), at);
        if let Err(error) = self.patiently(end).await {
            tracing::warn!(%approval, %error, "how a notice went could not be written down");
        }
        true
    }
}

fn outcome(sent: Result<String, Unsent>, attempts: u32, now: Timestamp) -> Attempt {
    match sent {
        Ok(how) => Attempt::Sent(how),
        Err(Unsent { why, retryable: true, retry_after }) if attempts < ATTEMPTS => {
            let pause = PAUSES.0.saturating_mul(1 << attempts.saturating_sub(1).min(20));
            let pause = pause.min(PAUSES.1).max(retry_after.unwrap_or_default());
            Attempt::Later(now.plus(pause), why)
        }
        Err(Unsent { why, .. }) => Attempt::Failed(why),
    }
}

/// The idempotency key of a notice: of the approval, which is one step of one run, and who is told.
fn key(approval: ApprovalId, number: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(approval.as_bytes());
    hash.update(number.to_be_bytes());
    let digits = hash.finalize();
    digits.iter().take(24).fold(String::from("apr-"), |text, byte| format!("{text}{byte:02x}"))
}
