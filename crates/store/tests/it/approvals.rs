//! Approvals: opened and closed by the commits of their runs, answered once, told once, gone with their runs.

use std::time::Duration;

use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::{ActorId, ApprovalId, RunId};
use codex32_model::run::RunState;
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::approvals::{
    ApprovalChange, ApprovalEnd, ApprovalState, Attempt, Filter, NewApproval, NoticeState,
};
use codex32_store::{Entry, Outcome, Rows, Store, Target};

use crate::entries::{BOT, NOW, WORKSPACE, new_run, run_id, summary};
use crate::retention::{count, store};

const SCOPE: Scope = Scope::new(WORKSPACE, ActorId::from_bytes([3; 16]));
const TABLES: [&str; 3] = ["approvals", "approval_notices", "approval_log"];

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn approval(number: u8) -> ApprovalId {
    ApprovalId::new(NOW, [number; 10])
}

fn asks(number: u8, address: &str) -> ApprovalChange {
    ApprovalChange::Asked(Box::new(NewApproval {
        id: approval(number),
        address: address.into(),
        text: "Go?".to_owned(),
        to: vec!["a@x.example".to_owned(), "b@x.example".to_owned()],
        form: "{}".to_owned(),
        at: NOW,
        expires_at: Some(at(100)),
        silence: false,
    }))
}

fn over(address: &str, end: ApprovalEnd, when: Timestamp) -> ApprovalChange {
    ApprovalChange::Over { address: address.into(), end, at: when }
}

/// Commits a run that begins or goes on.
async fn commit(
    store: &Store,
    number: u32,
    seq: u32,
    state: RunState,
    approvals: Vec<ApprovalChange>,
) {
    let target = match seq {
        0 => Target::New(Box::new(new_run(number))),
        seq => Target::Existing { workspace: WORKSPACE, id: run_id(number), epoch: 1, seq },
    };
    let kind = FactKind::TimerFired { a: "a".into() };
    let entry = Entry {
        target,
        bot: BOT,
        nonce: i64::from(number * 100 + seq),
        facts: vec![Fact { at: NOW, kind }],
        summary: summary(state),
        rows: Rows { approvals, asked: true, ..Rows::default() },
    };
    let outcome = store.committer().commit(entry).await.unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

async fn states(store: &Store, run: RunId) -> Vec<(String, ApprovalState)> {
    let filter = Filter { run: Some(run), limit: 50, ..Filter::default() };
    let found = store.approvals(SCOPE, filter).await.unwrap();
    let mut all: Vec<_> = found.into_iter().map(|it| (it.address, it.state)).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

async fn log(store: &Store, number: u8) -> Vec<String> {
    let log = store.approval_log(SCOPE, approval(number)).await.unwrap();
    let line = |who: Option<String>| who.map(|who| format!(" {who}")).unwrap_or_default();
    log.into_iter().map(|entry| format!("{}{}", entry.what, line(entry.who))).collect()
}

#[tokio::test]
async fn the_commits_of_a_run_open_and_close_them() {
    let (_place, store) = store().await;
    let said = Value::from_json(r#"{"approved": true, "by": "ann", "comment": "well"}"#).unwrap();
    commit(
        &store,
        1,
        0,
        RunState::Waiting,
        vec![asks(1, "a"), asks(2, "b"), asks(3, "c"), asks(4, "d")],
    )
    .await;
    // The first answer in time is written down, and only that.
    assert!(store.answer_approval(SCOPE, approval(1), said.clone(), at(1)).await.unwrap());
    assert!(!store.answer_approval(SCOPE, approval(1), said.clone(), at(2)).await.unwrap());
    assert!(!store.answer_approval(SCOPE, approval(2), said.clone(), at(100)).await.unwrap());
    let elsewhere =
        Scope { workspace: codex32_model::ids::WorkspaceId::from_bytes([7; 16]), ..SCOPE };
    assert!(!store.answer_approval(elsewhere, approval(2), said.clone(), at(1)).await.unwrap());
    assert!(store.approval(elsewhere, approval(2)).await.unwrap().is_none());
    assert_eq!(
        store.answers_to(WORKSPACE, run_id(1)).await.unwrap(),
        [("a".to_owned(), said.clone())]
    );
    assert_eq!(store.all_answered(10).await.unwrap(), [(WORKSPACE, run_id(1))]);
    // One that lost against the end of its time is told as late.
    assert!(store.answer_approval(SCOPE, approval(3), said.clone(), at(99)).await.unwrap());
    let changes = vec![
        over("a", ApprovalEnd::Decided(said.clone()), at(3)),
        over("c", ApprovalEnd::Expired, at(100)),
        over("c", ApprovalEnd::Cancelled, at(101)),
    ];
    commit(&store, 1, 1, RunState::Waiting, changes).await;
    let open = ApprovalState::Open;
    let of = |address: &str, state| (address.to_owned(), state);
    assert_eq!(
        states(&store, run_id(1)).await,
        [
            of("a", ApprovalState::Approved),
            of("b", open),
            of("c", ApprovalState::Expired),
            of("d", open)
        ]
    );
    assert_eq!(log(&store, 1).await, ["asked", "approved ann"]);
    assert_eq!(log(&store, 3).await, ["asked", "late ann", "expired"]);
    assert!(store.all_answered(10).await.unwrap().is_empty());
    // The end of the run is the end of what it asks.
    commit(&store, 1, 2, RunState::Cancelled, Vec::new()).await;
    let cancelled = states(&store, run_id(1))
        .await
        .into_iter()
        .filter(|(_, state)| *state == ApprovalState::Cancelled);
    assert_eq!(cancelled.count(), 2);
    assert!(!store.answer_approval(SCOPE, approval(2), said, at(5)).await.unwrap());
}

#[tokio::test]
async fn each_notice_is_taken_by_one_and_dropped_with_its_approval() {
    let (_place, store) = store().await;
    commit(&store, 1, 0, RunState::Waiting, vec![asks(1, "a")]).await;
    assert_eq!(store.all_next_notice().await.unwrap(), Some(NOW));
    let due = store.all_due_notices(NOW, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    assert!(store.take_notice(due[0].clone(), at(60)).await.unwrap());
    assert!(!store.take_notice(due[0].clone(), at(60)).await.unwrap(), "somebody was faster");
    assert_eq!(store.all_due_notices(at(59), 10).await.unwrap().len(), 1);
    // Whoever took it died: somebody else may, after a while.
    let again = store.all_due_notices(at(60), 10).await.unwrap();
    let again = again.into_iter().find(|due| due.notice.number == 0).unwrap();
    assert_eq!(again.notice.attempts, 1);
    assert!(store.take_notice(again.clone(), at(120)).await.unwrap());
    store.end_notice(again, Attempt::Sent("by mail".into()), at(61)).await.unwrap();
    // Handed on to somebody new, and only while it is open.
    let to = |who: &str| (who.to_owned(), "a@x.example".to_owned());
    assert!(store.hand_on(SCOPE, approval(1), to("c@x.example"), 4, at(62)).await.unwrap());
    assert!(!store.hand_on(SCOPE, approval(1), to("c@x.example"), 4, at(62)).await.unwrap());
    assert!(
        !store.hand_on(SCOPE, approval(1), to("d@x.example"), 3, at(62)).await.unwrap(),
        "too many"
    );
    commit(&store, 1, 1, RunState::Succeeded, Vec::new()).await;
    assert!(!store.hand_on(SCOPE, approval(1), to("d@x.example"), 4, at(63)).await.unwrap());
    let notices = store.notices(SCOPE, approval(1)).await.unwrap();
    let states: Vec<_> = notices.iter().map(|notice| (notice.number, notice.state)).collect();
    assert_eq!(
        states,
        [(0, NoticeState::Sent), (1, NoticeState::Dropped), (2, NoticeState::Dropped)]
    );
    assert_eq!(notices[2].named_by.as_deref(), Some("a@x.example"));
    assert!(store.all_due_notices(at(1_000), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn they_go_with_their_runs_and_with_their_bots() {
    let (_place, store) = store().await;
    commit(&store, 1, 0, RunState::Succeeded, vec![asks(1, "a")]).await;
    commit(&store, 2, 0, RunState::Waiting, vec![asks(2, "a")]).await;
    let later = NOW.plus(Duration::from_secs(40 * 86_400));
    assert_eq!(store.all_expire(later, || true).await.unwrap().runs, 1);
    assert_eq!(states(&store, run_id(1)).await, []);
    for (table, rows) in TABLES.into_iter().zip([1, 2, 1]) {
        assert_eq!(count(&store, table).await, rows, "{table}");
    }
    commit(&store, 2, 1, RunState::Succeeded, Vec::new()).await;
    store.delete_bot(SCOPE, "b".to_owned()).await.unwrap();
    for table in TABLES {
        assert_eq!(count(&store, table).await, 0, "{table}");
    }
}
