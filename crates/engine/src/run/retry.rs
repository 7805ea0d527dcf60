//! When a failed attempt is tried again: back-off with jitter.

use std::time::Duration;

use codex32_model::definition::{Backoff, Retry};

/// The pause before attempt `next` (from 2), or `None` if there is to be no more. `jitter` is in
/// 0..1 and takes up to a quarter off, so that what failed together does not return together.
/// `after` is what the other side asked for; it is honoured up to an hour.
pub fn pause(
    retry: Option<&Retry>,
    next: u32,
    jitter: f64,
    after: Option<Duration>,
) -> Option<Duration> {
    let retry = retry?;
    if next > retry.attempts {
        return None;
    }
    let steps = next.saturating_sub(2);
    let factor = match retry.backoff {
        Backoff::Constant => 1,
        Backoff::Linear => steps.saturating_add(1),
        Backoff::Exponential => 2_u32.saturating_pow(steps.min(30)),
    };
    let pause = retry.first.saturating_mul(factor).min(retry.most).mul_f64(1.0 - 0.25 * jitter);
    Some(pause.max(after.unwrap_or_default().min(Duration::from_secs(3_600))))
}
