//! How each provider does, as this server sees it: who is left alone for a while, and when it is tried
//! again.
//!
//! A provider that fails three times in a row is left (the circuit is open). After a pause one call
//! probes it: if that goes well, all come back; if not, the pause doubles, up to five minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use codex32_model::ids::WorkspaceId;
use serde::Serialize;
use tokio::time::Instant;

/// Failures in a row after which a provider is left.
const FAILURES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A key that was refused is not mended in a moment.
const MISCONFIGURED: Duration = Duration::from_secs(60);
/// Most providers that are remembered.
const MOST: usize = 4_096;
/// The weight of the newest call in rates and times.
const WEIGHT: f64 = 0.1;

type Key = (WorkspaceId, String, String);

#[derive(Debug, Default)]
pub struct Health(Mutex<HashMap<Key, State>>);

#[derive(Debug, Clone, Default)]
struct State {
    calls: u64,
    failures: u64,
    in_a_row: u32,
    error_rate: f64,
    latency: Option<f64>,
    pause: Duration,
    left_until: Option<Instant>,
    /// When the call that probes it began.
    probe: Option<Instant>,
    last_error: Option<String>,
}

/// How a provider did in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Well(Duration),
    /// It failed, or could not be reached.
    Failed(String),
    /// It asks to be left alone; for so long, if it said.
    Busy(Option<Duration>, String),
    /// It refuses the key, or knows no such model.
    Misconfigured(String),
    /// It refused this request; another one may go well.
    Refused,
}

/// For people and programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    pub connection: String,
    pub model: String,
    pub calls: u64,
    pub failures: u64,
    /// Of the last calls, 0 to 1.
    pub error_rate: f64,
    /// Of the last answers, in milliseconds.
    pub latency_ms: Option<u64>,
    /// Left alone for so many seconds yet.
    pub left_for_s: Option<u64>,
    pub last_error: Option<String>,
}

impl Health {
    fn with<T>(
        &self,
        (workspace, connection, model): (WorkspaceId, &str, &str),
        look: impl FnOnce(&mut State) -> T,
    ) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Programs name models as they like: what is remembered has an end.
        if all.len() >= MOST {
            all.retain(|_, state| state.left_until.is_some_and(|until| until > Instant::now()));
            if all.len() >= MOST {
                all.clear();
            }
        }
        look(all.entry((workspace, connection.to_owned(), model.to_owned())).or_default())
    }

    /// Whether a call may go there now. Where a pause is over, one call at a time may, to see.
    pub fn admits(&self, who: (WorkspaceId, &str, &str), now: Instant) -> bool {
        self.with(who, |state| match state.left_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                // A probe that was never told of is forgotten after a while.
                let free = state.probe.is_none_or(|began| now - began > LONGEST_PAUSE);
                if free {
                    state.probe = Some(now);
                }
                free
            }
        })
    }

    /// When the pause of a provider ends, if it is left.
    pub fn left_until(&self, who: (WorkspaceId, &str, &str)) -> Option<Instant> {
        self.with(who, |state| state.left_until)
    }

    pub fn record(&self, who: (WorkspaceId, &str, &str), outcome: Outcome, now: Instant) {
        self.with(who, |state| {
            state.calls += 1;
            let failed = !matches!(outcome, Outcome::Well(_) | Outcome::Refused);
            state.error_rate += WEIGHT * (f64::from(u8::from(failed)) - state.error_rate);
            match outcome {
                Outcome::Well(took) => {
                    let took = took.as_secs_f64() * 1e3;
                    let so_far = state.latency.unwrap_or(took);
                    state.latency = Some(so_far + WEIGHT * (took - so_far));
                    state.back();
                }
                // It answers: that is what counts here.
                Outcome::Refused => state.back(),
                Outcome::Failed(why) => {
                    state.fail(why);
                    // Calls that were on their way when it was left tell nothing new.
                    let enough = state.left_until.is_none() && state.in_a_row >= FAILURES;
                    if enough || state.probe.is_some() {
                        state.leave(now, None);
                    }
                }
                Outcome::Busy(pause, why) => {
                    state.fail(why);
                    state.leave(now, pause);
                }
                Outcome::Misconfigured(why) => {
                    state.fail(why);
                    state.leave(now, Some(MISCONFIGURED));
                }
            }
        });
    }

    /// A connection was changed: what was known of it is over.
    pub fn forget(&self, workspace: WorkspaceId, connection: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(of, name, _), _| *of != workspace || name != connection);
    }

    pub fn view(&self, workspace: WorkspaceId, now: Instant) -> Vec<View> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut views: Vec<View> = all
            .iter()
            .filter(|((of, ..), _)| *of == workspace)
            .map(|((_, connection, model), state)| View {
                connection: connection.clone(),
                model: model.clone(),
                calls: state.calls,
                failures: state.failures,
                error_rate: (state.error_rate * 1e3).round() / 1e3,
                latency_ms: state.latency.map(|ms| ms.round() as u64),
                left_for_s: state
                    .left_until
                    .map(|until| until.saturating_duration_since(now).as_secs_f64().ceil() as u64)
                    .filter(|left| *left > 0),
                last_error: state.last_error.clone(),
            })
            .collect();
        views.sort_by(|a, b| (&a.connection, &a.model).cmp(&(&b.connection, &b.model)));
        views
    }
}

impl State {
    fn fail(&mut self, why: String) {
        self.failures += 1;
        self.in_a_row += 1;
        self.last_error = Some(why);
    }

    fn leave(&mut self, now: Instant, pause: Option<Duration>) {
        self.probe = None;
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.left_until = Some(now + pause.map_or(self.pause, |pause| pause.min(LONGEST_PAUSE)));
    }

    fn back(&mut self) {
        self.in_a_row = 0;
        self.pause = Duration::ZERO;
        self.left_until = None;
        self.probe = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: (WorkspaceId, &str, &str) = (WorkspaceId::from_bytes([1; 16]), "a", "m");

    fn failed() -> Outcome {
        Outcome::Failed("503".to_owned())
    }

    #[test]
    fn who_fails_is_left_and_comes_back_by_one_probe() {
        let health = Health::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        health.record(WHO, failed(), start);
        health.record(WHO, failed(), start);
        assert!(health.admits(WHO, start));
        health.record(WHO, failed(), start);
        assert!(!health.admits(WHO, after(4)));
        assert!(health.admits(WHO, after(5)));
        assert!(!health.admits(WHO, after(5)), "one probe at a time");
        health.record(WHO, failed(), after(6));
        assert!(!health.admits(WHO, after(15)), "the pause has doubled");
        assert!(health.admits(WHO, after(16)));
        health.record(WHO, Outcome::Well(Duration::from_millis(80)), after(17));
        assert!(health.admits(WHO, after(17)) && health.admits(WHO, after(17)));
        let view = &health.view(WHO.0, after(17))[0];
        assert_eq!((view.calls, view.failures, view.latency_ms), (5, 4, Some(80)));
        assert_eq!(view.left_for_s, None);
    }

    #[test]
    fn who_asks_to_be_left_is_left_at_once_for_as_long() {
        let health = Health::default();
        let start = Instant::now();
        let pause = Some(Duration::from_secs(40));
        health.record(WHO, Outcome::Busy(pause, "429".to_owned()), start);
        assert!(!health.admits(WHO, start + Duration::from_secs(39)));
        assert!(health.admits(WHO, start + Duration::from_secs(40)));
        assert!(health.admits((WHO.0, "b", "m"), start), "another key is another matter");
    }

    #[test]
    fn a_refused_request_is_no_failure_of_the_provider() {
        let health = Health::default();
        let now = Instant::now();
        for _ in 0..10 {
            health.record(WHO, Outcome::Refused, now);
        }
        assert!(health.admits(WHO, now));
    }
}
