//! Group commit: flushes are shared, outcomes are not.

use codex32_model::run::RunState;
use codex32_store::{Child, Outcome, Store, StoreError};
use codex32_testkit::place::Place;

use crate::entries::{accept, commit_together, go_on, new_run, on_disk, run_id};

fn open() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    (place, store)
}

fn short(outcome: &Result<Outcome, StoreError>) -> String {
    match outcome {
        Ok(Outcome::Done { .. }) => "done".into(),
        Ok(Outcome::Again) => "again".into(),
        Ok(Outcome::Duplicate(run)) => format!("duplicate of {run}"),
        Ok(Outcome::Gone) => "gone".into(),
        Ok(Outcome::Fenced) => "fenced".into(),
        Ok(Outcome::Bad(error)) => format!("bad: {}", error.code().text),
        Ok(Outcome::Whole) => "whole".into(),
        Err(error) => format!("error: {}", error.code().text),
    }
}

/// Commits of what waits while a change holds the committer, that change's own included: on SQLite it
/// is taken into the transaction that is being written, on PostgreSQL it is the next one.
fn together(store: &Store) -> u64 {
    let sqlite = store.committer().wal_pages() > 0;
    if sqlite { 1 } else { 2 }
}

#[tokio::test]
async fn what_waits_together_shares_one_flush() {
    let (_place, store) = open();
    let before = store.committer().commits();
    let entries = (0..300).map(|number| accept(new_run(number), number)).collect();
    let outcomes = commit_together(&store, entries).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Outcome::Done { .. }))));
    assert_eq!(store.committer().commits() - before, together(&store));
    assert_eq!(on_disk(&store).await.len(), 300);
}

#[tokio::test]
async fn every_entry_of_a_batch_has_its_own_outcome() {
    let (_place, store) = open();
    let keyed = |number| {
        let mut run = new_run(number);
        run.key = Some("order-1".into());
        accept(run, number)
    };
    let mut dead = new_run(20);
    dead.must_be_live = true;
    let queued = |number| {
        let mut run = new_run(number);
        run.state = RunState::Queued;
        accept(run, number)
    };
    let before = store.committer().commits();
    let outcomes = commit_together(
        &store,
        vec![
            accept(new_run(1), 1),
            keyed(2),
            keyed(3),
            go_on(1, 2, 1, 100, RunState::Running),
            go_on(1, 1, 9, 101, RunState::Running),
            go_on(1, 1, 1, 102, RunState::Succeeded),
            // The same again, as after an outcome that got lost.
            go_on(1, 1, 1, 102, RunState::Succeeded),
            go_on(1, 1, 2, 103, RunState::Running),
            accept(new_run(1), 1),
            accept(new_run(1), 104),
            accept(dead, 20),
            queued(21),
            // Its place in the queue is not taken a second time.
            queued(21),
            accept(new_run(23), 23),
        ],
    )
    .await;
    let outcomes: Vec<_> = outcomes.iter().map(short).collect();
    let duplicate = format!("duplicate of {}", run_id(2));
    assert_eq!(
        outcomes,
        [
            "done", "done", &duplicate, // a key starts one run
            "fenced", "fenced", "done", "again",  // epoch, sequence, the right ones, repeated
            "fenced", // it has ended
            "fenced", // its nonce is not its last one any more
            "fenced", // somebody else's id
            "gone", "done", "again", "done",
        ]
    );
    let flushes = store.committer().commits() - before;
    assert_eq!(flushes, together(&store), "no outcome costs a flush of its own");
    let expected: Vec<_> = [1, 2, 21, 23].map(run_id).into();
    assert_eq!(on_disk(&store).await, expected);
}

#[tokio::test]
async fn an_acceptance_that_comes_again_is_known_by_its_nonce() {
    let (_place, store) = open();
    let outcomes = commit_together(
        &store,
        vec![accept(new_run(1), 7), accept(new_run(1), 7), accept(new_run(1), 8)],
    )
    .await;
    assert_eq!(outcomes.iter().map(short).collect::<Vec<_>>(), ["done", "again", "fenced"]);
    let rows = store
        .read(|reader| reader.first("SELECT count(*) FROM journal", &[], |row| row.get::<u32>(0)));
    assert_eq!(rows.await.unwrap(), Some(1), "written once");
}

#[tokio::test]
async fn a_neighbour_of_a_bad_entry_does_not_suffer() {
    let (_place, store) = open();
    // A child with an id that exists already breaks a constraint, after the run's own row was written.
    let mut bad = accept(new_run(2), 2);
    bad.rows.children = vec![Child { run: new_run(1), facts: Vec::new() }];
    let outcomes = commit_together(
        &store,
        vec![
            accept(new_run(1), 1),
            bad,
            accept(new_run(3), 3),
            go_on(2, 1, 1, 4, RunState::Running),
        ],
    )
    .await;
    let outcomes: Vec<_> = outcomes.iter().map(short).collect();
    assert_eq!(outcomes, ["done", "bad: E-STORE-003", "done", "fenced"]);
    let expected: Vec<_> = [1, 3].map(run_id).into();
    assert_eq!(on_disk(&store).await, expected, "nothing of the bad one is left");
}

#[tokio::test]
async fn what_waits_at_the_close_is_committed_and_what_comes_later_refused() {
    let (place, store) = open();
    let outcomes = commit_together(&store, vec![accept(new_run(1), 1)]).await;
    assert_eq!(short(&outcomes[0]), "done");
    store.close().await;
    let late = store.committer().commit(accept(new_run(2), 2)).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    drop(store);
    let again = place.open();
    assert_eq!(on_disk(&again).await.len(), 1);
}

/// A log that grows costs each flush twice, and one that begins anew all the time a flush of the
/// database each time.
#[tokio::test]
async fn the_log_of_one_who_commits_one_by_one_begins_anew() {
    let (_place, store) = open();
    let (mut longest, mut anew, mut before) = (0, 0, 0);
    for number in 0..4_000 {
        let outcome = store.committer().commit(accept(new_run(number), number)).await;
        assert!(matches!(outcome, Ok(Outcome::Done { .. })));
        let pages = store.committer().wal_pages();
        anew += u32::from(pages < before);
        longest = longest.max(pages);
        before = pages;
    }
    if longest == 0 {
        return; // PostgreSQL
    }
    assert!((4_000..10_000).contains(&longest), "{longest} pages");
    assert!((1..20).contains(&anew), "began anew {anew} times");
}
