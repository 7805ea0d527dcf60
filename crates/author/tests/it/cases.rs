//! Accuracy on our own sentences: one half was tuned on, the other half was not.

use codex32_author::eval;

const TUNED: &str = include_str!("../cases/tuned.jsonl");
const HELD: &str = include_str!("../cases/held.jsonl");

/// Freer wording over all connectors.
const WIDER: &str = include_str!("../cases/wider.jsonl");

fn share(cases: &str) -> (f64, eval::Report) {
    let report = eval::run(cases, codex32_connectors::builtin(), "UTC").unwrap();
    (report.right() as f64 / report.outcomes.len() as f64, report)
}

#[test]
fn most_tuned_sentences_are_wholly_right() {
    let (share, report) = share(TUNED);
    assert!(share >= 0.95, "{}", report.table());
}

#[test]
fn most_kept_apart_sentences_are_wholly_right() {
    let (share, report) = share(HELD);
    assert!(share >= 0.85, "{}", report.table());
}

#[test]
fn freer_wording_over_all_connectors_is_mostly_wholly_right() {
    let (share, report) = share(WIDER);
    assert!(share >= 0.9, "{}", report.table());
}

#[test]
fn no_action_is_ever_invented_and_every_draft_passes_the_checker() {
    for cases in [TUNED, HELD, WIDER] {
        let (_, report) = share(cases);
        for outcome in &report.outcomes {
            assert!(outcome.invented.is_empty(), "{}: {:?}", outcome.id, outcome.invented);
            let refused = outcome.draft.diagnostics.iter().any(codex32_model::Diagnostic::is_error);
            assert!(!(refused && outcome.draft.definition.is_some()), "{}", outcome.id);
        }
    }
}

#[test]
fn the_table_tells_each_kind_of_demand() {
    let case = r#"{"id": "x", "text": "every hour post \"hi\" to #a", "trigger": "schedule", "cron": "30 * * * *", "actions": [["slack."]], "contains": ["hi"]}"#;
    let report = eval::run(case, codex32_connectors::builtin(), "UTC").unwrap();
    assert_eq!(report.right(), 0, "it fires on the full hour, not at half past");
    let table = report.table();
    assert!(table.contains("fire times                    0 of 1"), "{table}");
    assert!(table.contains("actions                       1 of 1"), "{table}");
    assert!(eval::run("{\"id\": 1}", codex32_connectors::builtin(), "UTC").is_err());
}

#[test]
fn schedules_are_compared_by_when_they_fire() {
    let right = |gold: &str| {
        let case = format!(
            r#"{{"id": "x", "text": "every day at 9 post hi to #a", "trigger": "schedule", {gold}}}"#
        );
        eval::run(&case, codex32_connectors::builtin(), "UTC").unwrap().right() == 1
    };
    assert!(right(r#""cron": "0 9 * * *""#));
    assert!(right(r#""rrule": "FREQ=DAILY;BYHOUR=9;BYMINUTE=0""#));
    assert!(!right(r#""cron": "0 9 * * 1-5""#));
    assert!(!right(r#""cron": "0 9 * * *", "tz": "Europe/Berlin""#));
}
