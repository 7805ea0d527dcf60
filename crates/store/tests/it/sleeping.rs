//! Many runs that sleep are rows and nothing else: what a server does at its start and for its timers
//! takes the same memory and about the same time whatever their number.
//!
//! `CODEX32_SLEEPING=1000000 cargo test -p codex32-store --test it -- --nocapture sleeping` prints
//! figures.

use std::time::{Duration, Instant};

use codex32_model::ids::RunId;
use codex32_model::run::RunState;
use codex32_store::{NewRun, Store};
use codex32_testkit::place::Place;
use futures::future::try_join_all;

use crate::blobs::reopened;
use crate::entries::{NOW, accept, new_run, run_id, summary};

/// Runs that sleep, unless told.
const USUALLY: u32 = 20_000;
/// How many are committed at once.
const TOGETHER: u32 = 2_000;
const HOUR: Duration = Duration::from_secs(3_600);

fn wanted() -> u32 {
    let told = std::env::var_os("CODEX32_SLEEPING");
    told.and_then(|told| told.to_str()?.parse().ok()).unwrap_or(USUALLY)
}

/// Run `number` sleeps for so many hours.
async fn sleep(store: &Store, numbers: std::ops::Range<u32>) {
    let mut from = numbers.start;
    while from < numbers.end {
        let to = numbers.end.min(from + TOGETHER);
        let entries = (from..to).map(|number| {
            let deadline = NOW.plus(HOUR * (number + 1_000));
            let run = NewRun { state: RunState::Waiting, deadline, ..new_run(number) };
            let mut entry = accept(run, number);
            entry.summary = summary(RunState::Waiting);
            entry.summary.wake_at = Some(NOW.plus(HOUR * (number + 1)));
            entry.summary.release = true;
            store.committer().commit(entry)
        });
        try_join_all(entries).await.unwrap();
        from = to;
    }
}

/// Anonymous memory of this process, in KiB.
fn memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

struct Figures {
    open: Duration,
    due: Duration,
    memory: i64,
}

/// What a server does at its start, and each time a timer is due.
async fn figures(place: &Place, at: u32) -> Figures {
    let before = memory();
    let began = Instant::now();
    let store = reopened(place).await;
    assert!(store.all_orphans(RunId::from_bytes([0; 16]), 1_000).await.unwrap().is_empty());
    assert!(store.all_queue_lengths().await.unwrap().is_empty());
    assert!(store.all_cancelling(1_000).await.unwrap().is_empty());
    assert!(store.all_parents_to_wake().await.unwrap().is_empty());
    let open = began.elapsed();
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(store.all_next_timer().await.unwrap(), Some(NOW.plus(HOUR)));
        let due = store.all_due_timers(NOW.plus(HOUR * 3), 1_000).await.unwrap();
        let due: Vec<_> = due.into_iter().map(|(_, run)| run).collect();
        assert_eq!(due, [run_id(0), run_id(1), run_id(2)]);
        assert!(store.all_overdue(NOW, 1_000).await.unwrap().is_empty());
    }
    let due = began.elapsed() / 20;
    let memory = memory() - before;
    eprintln!("{at} sleep: start {open:?}, due timers {due:?}, memory {memory} KiB");
    store.close().await;
    Figures { open, due, memory }
}

#[tokio::test]
async fn runs_that_sleep_cost_rows_only() {
    let (few, many) = (1_000, wanted());
    let place = Place::new();
    let store = place.open();
    sleep(&store, 0..few).await;
    store.close().await;
    drop(store);
    let with_few = figures(&place, few).await;
    let store = reopened(&place).await;
    sleep(&store, few..many).await;
    store.close().await;
    drop(store);
    let with_many = figures(&place, many).await;
    // Flat, but for what a busy machine adds: what grows with the runs would pass this by far.
    let slower = |many: Duration, few: Duration| many > few * 8 + Duration::from_millis(150);
    assert!(!slower(with_many.open, with_few.open), "the start");
    assert!(!slower(with_many.due, with_few.due), "due timers");
    // A run in memory takes some KiB.
    assert!(with_many.memory < 16 << 10, "{} KiB", with_many.memory);
}
