//! Retry from a step: a new run that takes over what was recorded before that step.

use std::collections::HashMap;

use codex32_flow::flow::{Flow, Op};
use codex32_model::fact::{Address, Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::time::Timestamp;

/// The beginning of the new run's journal, and what will happen again.
#[derive(Debug, Clone)]
pub struct Rerun {
    pub facts: Vec<Fact>,
    /// Writes that had been done, or may have been, and will be done again.
    pub again: Vec<Address>,
}

/// Why a run cannot be retried from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RerunError {
    #[error("the run never began")]
    NotBegun,
    #[error("the run never came to the step `{0}`")]
    NoStep(String),
}

/// The facts of `journal` that stand before `from` (the whole run again if `None`), for a new run
/// that begins at `at` with its own deadline.
///
/// # Errors
/// When the run never came to that step.
pub fn rerun(
    flow: &Flow,
    run: RunId,
    journal: &[Fact],
    from: Option<&str>,
    at: Timestamp,
) -> Result<Rerun, RerunError> {
    let Some(FactKind::Started { input, trigger, event, env, origin, generations, hops, .. }) =
        journal.first().map(|fact| &fact.kind)
    else {
        return Err(RerunError::NotBegun);
    };
    if let Some(from) = from
        && !journal.iter().any(|fact| {
            address(&fact.kind).is_some_and(|a| {
                **a == *from
                    || a.starts_with(&format!("{from}."))
                    || a.starts_with(&format!("{from}["))
            })
        })
    {
        return Err(RerunError::NoStep(from.to_owned()));
    }
    let order = Order::of(flow);
    let mut kept = Vec::new();
    let mut again = Vec::new();
    let mut counts: HashMap<Address, u32> = generations.iter().cloned().collect();
    for fact in &journal[1..] {
        let Some(a) = address(&fact.kind) else { continue };
        let keep = from.is_some_and(|from| order.before(a, from));
        if keep {
            kept.push(fact.clone());
            continue;
        }
        match &fact.kind {
            FactKind::AttemptStarted { a, .. } if !again.contains(a) => again.push(a.clone()),
            // A definite outcome: the next attempt is another effect and carries another key.
            FactKind::StepDone { a, .. } | FactKind::AttemptFailed { a, unknown: false, .. }
                if again.contains(a) =>
            {
                *counts.entry(a.clone()).or_default() += 1;
            }
            _ => {}
        }
    }
    let mut generations: Vec<(Address, u32)> = counts.into_iter().collect();
    generations.sort();
    let deadline = at.plus(flow.run_timeout());
    let started = FactKind::Started {
        input: input.clone(),
        trigger: trigger.clone(),
        event: event.clone(),
        env: env.clone(),
        deadline,
        origin: Some(origin.unwrap_or(run)),
        generations,
        hops: *hops,
    };
    let mut facts = vec![Fact { at, kind: started }];
    facts.extend(kept);
    Ok(Rerun { facts, again })
}

pub(super) const fn address(fact: &FactKind) -> Option<&Address> {
    match fact {
        FactKind::Choice { a, .. }
        | FactKind::StepDone { a, .. }
        | FactKind::AttemptStarted { a, .. }
        | FactKind::AttemptFailed { a, .. }
        | FactKind::WaitSet { a, .. }
        | FactKind::TimerFired { a }
        | FactKind::Signal { a, .. }
        | FactKind::ChildStarted { a, .. }
        | FactKind::ChildEnded { a, .. }
        | FactKind::Responded { a, .. } => Some(a),
        FactKind::Started { .. }
        | FactKind::CancelRequested { .. }
        | FactKind::DeadlinePassed
        | FactKind::Ended { .. } => None,
    }
}

/// Program order of addresses.
struct Order<'a> {
    flow: &'a Flow,
}

impl<'a> Order<'a> {
    const fn of(flow: &'a Flow) -> Self {
        Self { flow }
    }

    /// Whether the step at `a` comes before the one at `from`, or beside it in another branch or
    /// another turn of the same loop; such results are taken over.
    fn before(&self, a: &str, from: &str) -> bool {
        if a.starts_with("on_error/") {
            return false;
        }
        let (mut left, mut right) = (a.split('/'), from.split('/'));
        let mut block = self.flow.root;
        loop {
            let (Some(here), Some(there)) = (left.next(), right.next()) else { return false };
            let (label, branch) = split(here);
            let (other, other_branch) = split(there);
            let steps = &self.flow.blocks[block].steps;
            let place =
                |label: &str| steps.iter().position(|step| *self.flow.steps[*step].label == *label);
            let (Some(at), Some(wanted)) = (place(label), place(other)) else { return false };
            if at != wanted {
                return at < wanted;
            }
            match (branch, other_branch) {
                // The block that contains `from` has been entered; its own choice is taken over.
                ("", other) => return !other.is_empty() && left.next().is_none(),
                (_, "") => return false,
                (branch, other) if branch != other => {
                    let rank = |name: &str| match name {
                        ".catch" => 1,
                        ".finally" => 2,
                        _ => 0,
                    };
                    let is_try = matches!(self.flow.steps[steps[at]].op, Op::Try { .. });
                    return !is_try || rank(branch) < rank(other);
                }
                (branch, _) => {
                    let Some(inner) = self.inner(steps[at], branch) else { return false };
                    block = inner;
                }
            }
        }
    }

    fn inner(&self, step: usize, branch: &str) -> Option<usize> {
        let name = branch.trim_start_matches('.');
        match &self.flow.steps[step].op {
            Op::If { then, otherwise, .. } => Some(if name == "then" { *then } else { *otherwise }),
            Op::Switch { cases, default, .. } => cases.get(name).copied().or(*default),
            Op::ForEach { body, .. } => Some(*body),
            Op::Parallel(branches) => branches.get(name).copied(),
            Op::Try { body, catch, finally } => match name {
                "try" => Some(*body),
                "catch" => *catch,
                _ => *finally,
            },
            _ => None,
        }
    }
}

/// `lines[3]` into `lines` and `[3]`, `size.then` into `size` and `.then`, `line` into `line` and nothing.
fn split(part: &str) -> (&str, &str) {
    part.find(['[', '.']).map_or((part, ""), |at| part.split_at(at))
}
