//! What a webhook that waits for its run is answered.

use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::run::{RunState, StepError};
use codex32_model::value::Value;

/// The run's answer, as far as the engine knows it; `hooks` makes HTTP of it.
#[derive(Debug, Clone)]
pub enum Answer {
    Responded { status: u16, headers: Value, body: Value },
    Returned(Value),
    Ended { run: RunId, state: RunState, error: Option<StepError> },
}

impl Answer {
    /// The first answer in committed facts, if there is one.
    pub fn of(run: RunId, facts: &[Fact]) -> Option<Self> {
        facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Responded { status, headers, body, .. } => Some(Self::Responded {
                status: *status,
                headers: headers.clone(),
                body: body.clone(),
            }),
            FactKind::Ended { state: RunState::Succeeded, output, .. } => {
                Some(Self::Returned(output.clone()))
            }
            FactKind::Ended { state, error, .. } => {
                Some(Self::Ended { run, state: *state, error: error.clone() })
            }
            _ => None,
        })
    }
}
