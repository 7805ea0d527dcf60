//! How well drafts meet what people asked for: cases in JSONL, a score per kind of demand.
//!
//! A case names what a right bot must have, not how it is spelled: schedules are compared by the
//! times at which they fire, actions by prefixes, values by where they stand in what runs.

use std::time::Instant;

use codex32_model::Catalogue;
use indexmap::IndexMap;

use crate::{Draft, Request, draft};

mod case;
mod fires;
mod score;
mod table;

pub use case::{Case, CaseError, read};
pub use score::{Demand, Outcome, score};

/// The result of a set of cases.
#[derive(Debug, Clone)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
}

/// Drafts every case and scores it. `zone` is the workspace's zone.
pub fn run(cases: &str, catalogue: &dyn Catalogue, zone: &str) -> Result<Report, CaseError> {
    let by_compiler = |case: &Case| {
        draft(&Request {
            sentence: &case.text,
            answers: IndexMap::new(),
            catalogue,
            zone,
            connections: &[],
            now: case.now,
        })
    };
    let drafts = |case: &Case| Ok::<_, CaseError>(by_compiler(case));
    run_with(case::read(cases)?, catalogue, zone, drafts)
}

/// Scores the drafts that somebody else makes of the cases: a language model, a server. The first
/// failure to make one ends it.
///
/// # Errors
/// What `make` says.
pub fn run_with<E>(
    cases: Vec<Case>,
    catalogue: &dyn Catalogue,
    zone: &str,
    mut make: impl FnMut(&Case) -> Result<Draft, E>,
) -> Result<Report, E> {
    let scored = cases.into_iter().map(|case| {
        let begun = Instant::now();
        let made = make(&case)?;
        let took = begun.elapsed();
        Ok(score::score(case, made, took, catalogue, zone))
    });
    Ok(Report { outcomes: scored.collect::<Result<_, E>>()? })
}

impl Report {
    /// The cases that meet all their demands.
    pub fn right(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.is_right()).count()
    }

    /// The drafts of the cases that are not wholly right, with their questions.
    pub fn drafts(&self) -> String {
        let wrong = self.outcomes.iter().filter(|outcome| !outcome.is_right());
        wrong.map(table::draft).collect()
    }

    /// The table that `codex32 eval draft` prints.
    pub fn table(&self) -> String {
        table::table(self)
    }
}
