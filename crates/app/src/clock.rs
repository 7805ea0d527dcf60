//! The system's clock: the one place of the program that asks what time it is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use codex32_model::{Clock, Timestamp};
use rustix::time::{ClockId, clock_gettime};

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else gets this clock by argument")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        // Linux stops its monotonic clock while the machine sleeps; others let it go on.
        #[cfg(target_os = "linux")]
        let id = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let id = ClockId::Monotonic;
        Duration::try_from(clock_gettime(id)).unwrap_or_default()
    }
}
