//! The clocks of the simulation: one true time, and what each machine takes it for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use codex32_model::time::{Clock, Timestamp};

/// 2026-11-22T10:00:00Z
const BEGIN: i64 = 1_795_341_600_000_000;

/// The true time since the beginning, which only the simulation moves.
#[derive(Clone, Default)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst))
    }

    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(span.as_micros() as u64, Ordering::SeqCst);
    }
}

/// The clock of one machine.
pub struct MachineClock {
    time: Time,
    off: AtomicI64,
}

impl MachineClock {
    pub fn new(time: &Time) -> Arc<Self> {
        Arc::new(Self { time: time.clone(), off: AtomicI64::new(0) })
    }

    /// Somebody sets it: so many seconds from the true time.
    pub fn set_off(&self, seconds: i64) {
        self.off.store(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let time = self.time.now().as_micros() as i64;
        Timestamp::from_micros(BEGIN + time + self.off.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.time.now()
    }
}
