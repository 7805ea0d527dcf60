//! Suites with their versions, and evaluations under claims.

use std::time::Duration;

use codex32_model::ids::{ActorId, EvaluationId, NodeId, WorkspaceId};
use codex32_model::{Scope, Timestamp};
use codex32_store::Store;
use codex32_store::evaluations::{Evaluation, Outcome};
use codex32_testkit::place::Place;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LEASE: Duration = Duration::from_secs(60);

fn store() -> (Place, Store, Scope) {
    let place = Place::new();
    let store = place.open();
    let scope = Scope::new(WorkspaceId::from_bytes([1; 16]), ActorId::from_bytes([0; 16]));
    (place, store, scope)
}

#[tokio::test]
async fn a_suite_has_versions_and_a_change_counts_from_the_one_it_was_made_of() {
    let (_place, store, scope) = store();
    let set = |text: &str, after| {
        store.set_evaluation_suite(scope, ("labels".into(), text.into()), after, NOW)
    };
    assert_eq!(set("{}", Some(0)).await.unwrap(), Some(1));
    assert_eq!(set("{}", None).await.unwrap(), Some(1), "what is the same is no version");
    assert_eq!(set("[1]", Some(1)).await.unwrap(), Some(2));
    assert_eq!(set("[2]", Some(1)).await.unwrap(), None, "somebody was faster");
    let read = |version| store.evaluation_suite(scope, "labels".into(), version);
    assert_eq!(read(None).await.unwrap().unwrap().definition, "[1]");
    assert_eq!(read(Some(1)).await.unwrap().unwrap().definition, "{}");
    let other = Scope { workspace: WorkspaceId::from_bytes([2; 16]), ..scope };
    assert!(store.evaluation_suite(other, "labels".into(), None).await.unwrap().is_none());
    store.set_evaluation_suite(scope, ("a".into(), "{}".into()), None, NOW).await.unwrap();
    let listed = store.evaluation_suites(scope, None, 10).await.unwrap();
    let names: Vec<_> = listed.iter().map(|suite| (suite.name.as_str(), suite.version)).collect();
    assert_eq!(names, [("a", 1), ("labels", 2)]);
    assert!(store.remove_evaluation_suite(scope, "labels".into()).await.unwrap());
    assert!(read(Some(1)).await.unwrap().is_none());
}

fn outcome(number: u32, verdict: &str) -> Outcome {
    Outcome {
        variant: 0,
        number,
        repeat: 0,
        verdict: verdict.into(),
        cost: 3,
        judging: 1,
        input: 10,
        output: 2,
        duration_ms: 7,
        sealed: vec![1],
    }
}

#[tokio::test]
async fn results_count_once_and_only_under_the_claim() {
    let (_place, store, scope) = store();
    let new = Evaluation {
        id: EvaluationId::from_bytes([5; 16]),
        workspace: scope.workspace,
        actor: scope.actor,
        suite: "labels".into(),
        version: Some(1),
        plan: "{}".into(),
        state: "running".into(),
        message: None,
        total: 2,
        epoch: 0,
        created_at: NOW,
        ended_at: None,
        answered: 0,
        passed: 0,
    };
    store.begin_evaluation(scope, new.clone()).await.unwrap();
    let claim =
        |node: u8, at| store.all_claim_evaluation(NodeId::from_bytes([node; 16]), LEASE, at);
    let first = claim(1, NOW).await.unwrap().unwrap();
    assert!(claim(2, NOW).await.unwrap().is_none(), "it is held");
    assert!(store.keep_evaluation_result(&first, outcome(0, "passed"), LEASE, NOW).await.unwrap());
    // It is let go of: whoever comes next has it, and the first one has no say any more.
    store.release_evaluation(&first).await.unwrap();
    let second = claim(2, NOW).await.unwrap().unwrap();
    assert!(!store.keep_evaluation_result(&first, outcome(1, "passed"), LEASE, NOW).await.unwrap());
    assert!(!store.hold_evaluation(&first, LEASE, NOW).await.unwrap());
    for verdict in ["failed", "passed"] {
        let kept = store.keep_evaluation_result(&second, outcome(1, verdict), LEASE, NOW);
        assert!(kept.await.unwrap());
    }
    let results = store.evaluation_results(scope, new.id).await.unwrap();
    assert_eq!(results, [outcome(0, "passed"), outcome(1, "failed")], "the first answer counts");
    assert!(!store.end_evaluation(&first, ("done", None), NOW).await.unwrap());
    assert!(!store.remove_evaluation(scope, new.id).await.unwrap(), "it is under way");
    assert!(store.end_evaluation(&second, ("done", None), NOW).await.unwrap());
    let shown = store.evaluation(scope, new.id).await.unwrap().unwrap();
    assert_eq!((shown.state.as_str(), shown.answered, shown.passed), ("done", 2, 1));
    let none = store.evaluations(scope, Some("other".into()), None, 10).await.unwrap();
    assert!(none.is_empty());
    assert!(!store.cancel_evaluation(scope, new.id, NOW).await.unwrap(), "it is over");
    assert!(store.remove_evaluation(scope, new.id).await.unwrap());
    assert!(store.evaluation_results(scope, new.id).await.unwrap().is_empty());
}
