//! What is kept, and what goes: by age, by number, and never what others need.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use codex32_model::Timestamp;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::{ActorId, CallId, DeadLetterId, EventId, MailId, ReplayId, RunId};
use codex32_model::run::RunState;
use codex32_model::{Scope, Value};
use codex32_store::dead_letters::FailedStart;
use codex32_store::events::Cursor;
use codex32_store::meta::Workspace;
use codex32_store::model_calls::{By, Which};
use codex32_store::replays::{NewReplay, What};
use codex32_store::retention::{Deleted, Retention};
use codex32_store::runs::Filter;
use codex32_store::spend::{Attempt, Ending, NewCall, Settlement};
use codex32_store::{Entry, NewEvent, NewRun, Outcome, Rows, Store, Target, outbox};
use codex32_testkit::place::Place;

use crate::blobs::large;
use crate::entries::{BOT, NOW, WORKSPACE, new_run, summary};

const SCOPE: Scope = Scope::new(WORKSPACE, ActorId::from_bytes([3; 16]));
const DAY: Duration = Duration::from_secs(86_400);

fn days_ago(days: u32) -> Timestamp {
    NOW.minus(DAY * days)
}

fn id(number: u32, at: Timestamp) -> RunId {
    RunId::new(at, [&number.to_be_bytes()[..], &[0; 6]].concat().try_into().unwrap())
}

/// A run that began `days` ago, and has ended at once unless it is `live`.
async fn run(store: &Store, number: u32, days: u32, live: bool, parent: Option<RunId>) -> RunId {
    let at = days_ago(days);
    let state = if live { RunState::Waiting } else { RunState::Succeeded };
    let id = id(number, at);
    let new = NewRun { id, state, created_at: at, parent, ..new_run(number) };
    let kind = FactKind::Ended { state, output: Value::from(number), error: None };
    let mut summary = summary(state);
    summary.ended_at = (!live).then_some(at);
    let entry = Entry {
        target: Target::New(Box::new(new)),
        bot: BOT,
        nonce: i64::from(number),
        facts: vec![Fact { at, kind }],
        summary,
        rows: Rows::default(),
    };
    let outcome = store.committer().commit(entry).await.unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    id
}

pub async fn store() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    let workspace =
        Workspace { id: WORKSPACE, name: "main".into(), timezone: "UTC".into(), created_at: NOW };
    store.first_workspace(workspace).await.unwrap();
    store
        .write(|tx| {
            tx.execute(
                "INSERT INTO bots (id, workspace, name, state, version, created_at, updated_at)
                 VALUES (?1, ?2, 'b', 'active', 1, 0, 0)",
                codex32_store::params![BOT, WORKSPACE],
            )
        })
        .await
        .unwrap();
    (place, store)
}

async fn left(store: &Store) -> Vec<RunId> {
    let filter = Filter { limit: 200, ..Filter::default() };
    store.runs(SCOPE, filter).await.unwrap().into_iter().map(|run| run.id).rev().collect()
}

pub async fn count(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    store.read(move |reader| reader.first(&sql, &[], |row| row.get(0))).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_old_goes_and_what_others_need_stays() {
    let (_place, store) = store().await;
    let (kept, deleted) = store.retention(SCOPE).await.unwrap();
    assert_eq!((kept.days, kept.runs, deleted), (30, 1_000_000, Deleted::default()));

    let _old = run(&store, 1, 40, false, None).await;
    let live = run(&store, 2, 39, true, None).await;
    let child_of_live = run(&store, 3, 38, false, Some(live)).await;
    let parent_of_live = run(&store, 4, 37, false, None).await;
    let live_child = run(&store, 5, 36, true, Some(parent_of_live)).await;
    let over = run(&store, 6, 35, false, None).await;
    let _child_of_over = run(&store, 7, 34, false, Some(over)).await;
    let young = run(&store, 8, 29, false, None).await;
    store.keep_late_result(over, "a".into(), 1, days_ago(35), "1".into()).await.unwrap();

    let gone = store.all_expire(NOW, || true).await.unwrap();
    assert_eq!(gone.runs, 3);
    assert_eq!(left(&store).await, [live, child_of_live, parent_of_live, live_child, young]);
    assert_eq!((count(&store, "journal").await, count(&store, "late_results").await), (5, 0));
    let (_, told) = store.retention(SCOPE).await.unwrap();
    assert_eq!((told.runs, told.last_at), (3, Some(NOW)));
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().runs, 0);

    // For good, and again for a while.
    store.set_retention(SCOPE, Retention { days: 0, runs: 0, calls: 0 }).await.unwrap();
    assert_eq!(store.all_expire(NOW.plus(DAY * 1_000), || true).await.unwrap().runs, 0);
    store.set_retention(SCOPE, Retention { days: 1, runs: 0, calls: 0 }).await.unwrap();
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().runs, 1);
    assert_eq!(store.retention(SCOPE).await.unwrap().1.runs, 4);
}

#[tokio::test]
async fn of_many_runs_the_newest_stay() {
    let (_place, store) = store().await;
    let mut runs = Vec::new();
    for number in 0..12 {
        runs.push(run(&store, number, 20 - number, number == 1, None).await);
    }
    store.set_retention(SCOPE, Retention { days: 0, runs: 5, calls: 0 }).await.unwrap();
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().runs, 6);
    let wanted: Vec<_> = [&runs[1..2], &runs[7..]].concat();
    assert_eq!(left(&store).await, wanted, "the live one and the five newest");
}

#[tokio::test]
async fn a_deletion_is_broken_off_and_gone_on_with() {
    let (_place, store) = store().await;
    for number in 0..150 {
        run(&store, number, 40, false, None).await;
    }
    // One with a long journal goes by pieces.
    let long = id(149, days_ago(40));
    store
        .write(move |tx| {
            for seq in 2..=1_200_u32 {
                tx.execute(
                    "INSERT INTO journal (run, seq, facts) VALUES (?1, ?2, ?3)",
                    codex32_store::params![long, seq, &[1_u8, b'[', b']'][..]],
                )?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let (asked, commits) = (AtomicU32::new(0), store.committer().commits());
    let gone = store.all_expire(NOW, || asked.fetch_add(1, Ordering::SeqCst) < 2).await.unwrap();
    assert!(gone.runs > 0 && gone.runs < 150, "{gone:?}");
    assert_eq!(count(&store, "runs").await, 150 - i64::try_from(gone.runs).unwrap());
    let rest = store.all_expire(NOW, || true).await.unwrap();
    assert_eq!(gone.runs + rest.runs, 150);
    assert_eq!((count(&store, "runs").await, count(&store, "journal").await), (0, 0));
    assert!(store.committer().commits() - commits >= 5, "in batches");
}

#[tokio::test]
async fn events_and_mails_go_with_their_age() {
    let (_place, store) = store().await;
    for (number, days) in [(1_u8, 50), (2, 40), (3, 35), (4, 10)] {
        let at = days_ago(days);
        let event = NewEvent {
            id: EventId::new(at, [number; 10]),
            kind: "told".into(),
            source: "api".into(),
            data: Value::Null,
            key: None,
            hops: 0,
            at,
        };
        store.emit(SCOPE, event).await.unwrap();
        let id = MailId::new(at, [number; 10]);
        let mail = outbox::Mail { id, key: number.to_string(), mail: Value::Null, at };
        store.keep_mail(WORKSPACE, mail).await.unwrap();
    }
    let events = store.all_events_after(Cursor::default(), 10).await.unwrap();
    let (event, at) = (events[0].seq, days_ago(50));
    let (code, error) = ("E-RUN-005".to_owned(), "no".to_owned());
    let id = DeadLetterId::new(at, [9; 10]);
    let failed = FailedStart { id, event, bot: BOT, trigger: "t".into(), code, error, at };
    store.keep_dead_letter(WORKSPACE, failed).await.unwrap();

    // None was dispatched yet.
    let gone = store.all_expire(NOW, || true).await.unwrap();
    assert_eq!((gone.events, gone.mails), (0, 3));
    let last = Cursor { tx: events[3].tx, seq: events[3].seq };
    store.set_cursor("dispatcher", last).await.unwrap();
    // A run that goes on may wait for what came since it began.
    let waits = run(&store, 1, 41, true, None).await;
    assert_eq!(
        store.all_expire(NOW, || true).await.unwrap().events,
        0,
        "the only one is a dead letter"
    );
    assert!(store.drop_dead_letter(WORKSPACE, id).await.unwrap());
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().events, 1);
    // What is being replayed waits for its turn.
    let replay = NewReplay {
        id: ReplayId::new(NOW, [1; 10]),
        what: What::Events,
        name: Some("told".into()),
        bot: None,
        since: days_ago(100),
        until: NOW,
        again: false,
        at: NOW,
    };
    let replayed = replay.id;
    store.begin_replay(SCOPE, replay).await.unwrap();
    store
        .write(move |tx| {
            tx.execute(
                "UPDATE runs SET ended_at = ?2, state = 'failed' WHERE id = ?1",
                codex32_store::params![waits, NOW],
            )
        })
        .await
        .unwrap();
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().events, 0);
    assert!(store.cancel_replay(SCOPE, replayed, NOW).await.unwrap());
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().events, 2);
    assert_eq!((count(&store, "events").await, count(&store, "outbox").await), (1, 1));
    // The replay itself goes with what it brought.
    store.all_expire(NOW.plus(DAY * 29), || true).await.unwrap();
    assert_eq!(count(&store, "replays").await, 1);
    store.all_expire(NOW.plus(DAY * 31), || true).await.unwrap();
    assert_eq!(count(&store, "replays").await, 0);
}

/// A call of a model for 7 micro-dollars, so many days ago; `open` ones are not settled.
async fn call(store: &Store, number: u32, days: u32, run: Option<RunId>, open: bool) {
    let at = days_ago(days);
    let bytes = [&number.to_be_bytes()[..], &[0; 6]].concat().try_into().unwrap();
    let new = NewCall {
        id: CallId::new(at, bytes),
        scope: SCOPE,
        bot: None,
        run,
        step: None,
        evaluation: None,
        key: None,
        kind: "chat",
        asked: "fast".into(),
        reserve: 30,
        run_limit: None,
        at,
        day: at,
        month: at,
    };
    store.reserve_call(new.clone()).await.unwrap();
    if open {
        return;
    }
    let attempt = Attempt {
        connection: "first".into(),
        provider: "openai".into(),
        model: "m".into(),
        outcome: "done",
        message: None,
        status: Some(200),
        input: 1,
        output: 1,
        cached: 0,
        cache_write: 0,
        counted: "provider",
        cost: 7,
        priced: true,
        started_at: at,
        duration_ms: 1,
    };
    let settlement = Settlement {
        call: new.id,
        scope: SCOPE,
        bot: None,
        day: at,
        month: at,
        release: 30,
        attempts: vec![attempt],
        ending: Some(Ending { state: "done", ..Ending::default() }),
        keep: Vec::new(),
        at,
    };
    store.settle_call(settlement).await.unwrap();
}

#[tokio::test]
async fn calls_of_models_go_by_their_age_and_what_was_spent_stays() {
    let (_place, store) = store().await;
    let goes_on = run(&store, 1, 450, true, None).await;
    let over = run(&store, 2, 450, false, None).await;
    call(&store, 1, 449, Some(goes_on), false).await;
    call(&store, 2, 448, Some(over), false).await;
    call(&store, 3, 447, None, true).await;
    for number in 0..1_100 {
        call(&store, 10 + number, 401, None, false).await;
    }
    call(&store, 4, 399, None, false).await;
    let commits = store.committer().commits();
    let gone = store.all_expire(NOW, || true).await.unwrap();
    assert_eq!(gone.calls, 1_101);
    assert!(store.committer().commits() - commits >= 3, "in batches");
    assert_eq!((count(&store, "model_calls").await, count(&store, "model_attempts").await), (3, 2));
    let told = store.retention(SCOPE).await.unwrap();
    assert_eq!((told.0.calls, told.1.calls), (400, 1_101));
    let sums = store.model_costs(SCOPE, Which::default(), By::Actor).await.unwrap();
    assert_eq!(sums[0].cost, 14);
    // What budgets count is not in those rows.
    let day = days_ago(401);
    let spent = store
        .read(move |reader| {
            let sql = "SELECT cost FROM spend WHERE scope = 'workspace' AND period = 'day' AND began = ?1";
            reader.first(sql, codex32_store::params![day], |row| row.get::<i64>(0))
        })
        .await
        .unwrap();
    assert_eq!(spent, Some(7_700));

    // This month and the one before are never deleted; 0 keeps all.
    store.set_retention(SCOPE, Retention { days: 0, runs: 0, calls: 1 }).await.unwrap();
    call(&store, 5, 61, None, false).await;
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().calls, 1);
    store.set_retention(SCOPE, Retention { days: 0, runs: 0, calls: 0 }).await.unwrap();
    assert_eq!(store.all_expire(NOW.plus(DAY * 9_000), || true).await.unwrap().calls, 0);
}

#[tokio::test]
async fn large_values_go_after_their_runs() {
    let (_place, store) = store().await;
    let at = days_ago(40);
    for (number, letters) in [(1, ["a", "b"]), (2, ["b", "c"])] {
        let new = NewRun { id: id(number, at), created_at: at, ..new_run(number) };
        let facts = letters.map(|letter| Fact {
            at,
            kind: FactKind::Signal { a: "a".into(), data: large(letter) },
        });
        let state = if number == 1 { RunState::Succeeded } else { RunState::Waiting };
        let mut summary = summary(state);
        summary.ended_at = (number == 1).then_some(at);
        let target = Target::New(Box::new(NewRun { state, ..new }));
        let nonce = i64::from(number);
        let rows = Rows::default();
        let entry = Entry { target, bot: BOT, nonce, facts: facts.into(), summary, rows };
        store.committer().commit(entry).await.unwrap();
    }
    assert_eq!(store.all_expire(NOW, || true).await.unwrap().runs, 1);
    let blobs = || store.blobs().figures();
    assert_eq!(blobs().await.unwrap().0, 3);
    let collect = |at| store.all_collect_blobs(at, Duration::ZERO, || true);
    // A backup that began before may be reading it.
    assert_eq!(collect(NOW.plus(DAY / 2)).await.unwrap().blobs, 0);
    assert_eq!(collect(NOW.plus(DAY * 2)).await.unwrap().blobs, 1);
    assert_eq!(blobs().await.unwrap().0, 2);
}
