//! The sentences: the project's own with the author, harder ones here, and those beside the checkout
//! where there are any.

use codex32_author::eval::{self, Case};
use codex32_author::{Draft, Request};
use indexmap::IndexMap;
use serde::Deserialize;

pub const ZONE: &str = "UTC";

const OWN: [&str; 3] = [
    include_str!("../../../author/tests/cases/tuned.jsonl"),
    include_str!("../../../author/tests/cases/held.jsonl"),
    include_str!("../../../author/tests/cases/wider.jsonl"),
];

/// Sentences that the compiler gets wrong, with definitions that are right.
const HARD: &str = include_str!("../cases/hard.jsonl");

/// The sentences kept beside the checkout; none on other machines.
pub fn beside() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/nl/cases-dev.jsonl");
    std::fs::read_to_string(path).map(|text| eval::read(&text).unwrap()).unwrap_or_default()
}

pub fn own() -> Vec<Case> {
    OWN.iter().flat_map(|text| eval::read(text).unwrap()).collect()
}

#[derive(Deserialize)]
struct Hard {
    case: Case,
    answer: serde_json::Value,
}

/// Each with the right answer.
pub fn hard() -> Vec<(Case, serde_json::Value)> {
    let lines = HARD.lines().filter(|line| !line.trim().is_empty());
    let read = lines.map(|line| serde_json::from_str::<Hard>(line).unwrap());
    read.map(|hard| (hard.case, hard.answer)).collect()
}

pub fn request(case: &Case) -> Request<'_> {
    Request {
        sentence: &case.text,
        answers: IndexMap::new(),
        catalogue: codex32_connectors::builtin(),
        zone: ZONE,
        connections: &[],
        now: case.now,
    }
}

/// What the case's demands say of a draft: those that it misses.
pub fn missed(case: &Case, draft: &Draft) -> Vec<&'static str> {
    let took = std::time::Duration::ZERO;
    let outcome =
        eval::score(case.clone(), draft.clone(), took, codex32_connectors::builtin(), ZONE);
    outcome.missed().into_iter().map(eval::Demand::name).collect()
}
