//! The queue: pages are claimed once, in order, and by whoever may.

use codex32_model::ids::{NodeId, RunId};
use codex32_model::run::RunState;
use codex32_store::nodes::Node;
use codex32_store::queue::{Take, Taken};
use codex32_store::{Outcome, Store};
use codex32_testkit::place::Place;

use crate::entries::{BOT, NOW, WORKSPACE, accept, commit_together, go_on, new_run, run_id};

const HERE: NodeId = NodeId::from_bytes([7; 16]);

async fn register(store: &Store, id: NodeId) {
    let node = Node {
        id,
        name: "test".into(),
        version: "1".into(),
        roles: "worker".into(),
        active: 0,
        started_at: NOW,
        seen_at: NOW,
    };
    store.register_node(node).await.unwrap();
}

async fn with_queued(runs: std::ops::RangeInclusive<u32>) -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    register(&store, HERE).await;
    let queued = runs.map(|number| {
        let mut run = new_run(number);
        run.state = RunState::Queued;
        accept(run, number)
    });
    for outcome in commit_together(&store, queued.collect()).await {
        assert!(matches!(outcome, Ok(Outcome::Done { .. })), "{outcome:?}");
    }
    (place, store)
}

const fn some(count: u32) -> Take {
    Take { bot: BOT, count, limit: None, limit_by_key: None, rate: None }
}

fn ids(taken: &[Taken]) -> Vec<RunId> {
    taken.iter().map(|run| run.id).collect()
}

async fn left(store: &Store) -> u32 {
    let lengths = store.all_queue_lengths().await.unwrap();
    lengths.iter().map(|(_, _, count)| count).sum()
}

/// (state, epoch, claims) of a run.
async fn row(store: &Store, run: RunId) -> (String, u32, u32) {
    store
        .read(move |reader| {
            reader.first(
                "SELECT state, epoch, claims FROM runs WHERE workspace = ?1 AND id = ?2",
                codex32_store::params![WORKSPACE, run],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
        })
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_page_is_claimed_in_order_under_a_new_epoch_by_one_commit() {
    let (_place, store) = with_queued(1..=5).await;
    let before = store.committer().commits();
    let page = store.take(HERE, NOW, vec![some(3)]).await.unwrap().runs;
    assert_eq!(store.committer().commits() - before, 1);
    assert_eq!(ids(&page), [run_id(1), run_id(2), run_id(3)]);
    assert!(page.iter().all(|run| (run.epoch, run.seq) == (2, 1)));
    assert_eq!(row(&store, run_id(2)).await, ("running".into(), 2, 1));
    assert_eq!(
        ids(&store.take(HERE, NOW, vec![some(3)]).await.unwrap().runs),
        [run_id(4), run_id(5)]
    );
    assert!(store.take(HERE, NOW, vec![some(3)]).await.unwrap().runs.is_empty());
    assert_eq!(left(&store).await, 0);

    let late = go_on(1, 1, 1, 100, RunState::Succeeded);
    let end = go_on(1, 2, 1, 101, RunState::Succeeded);
    let outcomes = commit_together(&store, vec![late, end]).await;
    assert!(matches!(outcomes[0], Ok(Outcome::Fenced)), "who had it before is fenced");
    assert!(matches!(outcomes[1], Ok(Outcome::Done { .. })));
    assert_eq!(row(&store, run_id(1)).await, ("succeeded".into(), 2, 0));
}

#[tokio::test]
async fn a_claim_by_a_server_that_is_gone_is_counted_and_free() {
    let (_place, store) = with_queued(1..=2).await;
    let gone = NodeId::from_bytes([8; 16]);
    assert_eq!(store.take(gone, NOW, vec![some(2)]).await.unwrap().runs.len(), 2);
    let orphans = store.all_orphans(RunId::from_bytes([0; 16]), 10).await.unwrap();
    let expected = [(WORKSPACE, run_id(1), 1), (WORKSPACE, run_id(2), 1)];
    assert_eq!(orphans, expected);
}

#[tokio::test]
async fn a_run_that_has_ended_meanwhile_only_leaves_the_queue() {
    let (_place, store) = with_queued(1..=3).await;
    let outcomes = commit_together(&store, vec![go_on(2, 1, 1, 100, RunState::Cancelled)]).await;
    assert!(matches!(outcomes[0], Ok(Outcome::Done { .. })));
    let page = store.take(HERE, NOW, vec![some(3)]).await.unwrap().runs;
    assert_eq!(ids(&page), [run_id(1), run_id(3)]);
    assert_eq!(left(&store).await, 0);
    assert_eq!(row(&store, run_id(2)).await.0, "cancelled");
}

#[tokio::test]
async fn a_limit_counts_what_goes_on() {
    let (_place, store) = with_queued(1..=5).await;
    let two = Take { limit: Some(2), ..some(5) };
    assert_eq!(store.take(HERE, NOW, vec![two]).await.unwrap().runs.len(), 2);
    assert!(store.take(HERE, NOW, vec![two]).await.unwrap().runs.is_empty());
    let end = go_on(1, 2, 1, 100, RunState::Succeeded);
    assert!(matches!(commit_together(&store, vec![end]).await[0], Ok(Outcome::Done { .. })));
    assert_eq!(ids(&store.take(HERE, NOW, vec![two]).await.unwrap().runs), [run_id(3)]);
}

#[tokio::test]
async fn the_journals_of_a_page_come_in_its_order() {
    let (_place, store) = with_queued(1..=3).await;
    store.request_cancel(WORKSPACE, run_id(1), "enough".into()).await.unwrap();
    let asked = [3, 1, 9].map(|number| (WORKSPACE, run_id(number))).into();
    let pasts = store.all_pasts(asked).await.unwrap();
    let found: Vec<_> = pasts
        .iter()
        .map(|(run, past)| (*run, past.journal.len(), past.cancel.as_deref()))
        .collect();
    assert_eq!(found, [(run_id(3), 1, None), (run_id(1), 1, Some("enough"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_take_at_the_same_time_get_different_runs() {
    let (place, first) = with_queued(1..=200).await;
    if place.is_sqlite() {
        return;
    }
    let second = place.open();
    let there = NodeId::from_bytes([9; 16]);
    register(&second, there).await;
    let drain = async |store: &Store, node| {
        let mut all = Vec::new();
        loop {
            let page = store.take(node, NOW, vec![some(20)]).await.unwrap().runs;
            if page.is_empty() && left(store).await == 0 {
                return all;
            }
            all.extend(ids(&page));
        }
    };
    let (here, there) = tokio::join!(drain(&first, HERE), drain(&second, there));
    let mut all = [here, there].concat();
    all.sort();
    assert_eq!(all, (1..=200).map(run_id).collect::<Vec<_>>());
}
