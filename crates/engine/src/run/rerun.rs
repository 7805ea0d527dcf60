//! Retry from a step: a new run that takes over what was recorded before that step.

use std::collections::{HashMap, HashSet};

use codex32_flow::flow::{Flow, Op};
use codex32_model::definition::{Decision, OnError};
use codex32_model::fact::{Address, Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;
use indexmap::IndexSet;

use super::state::State;

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
    #[error(
        "`{0}` belongs to `on_error`, which runs when the run fails again; choose a step of the bot"
    )]
    OnError(String),
}

/// The facts of `journal` that stand before `from` (the whole run again if `None`), for a new run
/// that begins at `at` with its own deadline.
///
/// Taken over are results, and only those that follow from what was taken over before: a step that
/// was on its way, or that waited, begins anew, and so does one beside `from` that failed.
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
    if let Some(from) = from {
        if from.starts_with("on_error/") {
            return Err(RerunError::OnError(from.to_owned()));
        }
        if !journal
            .iter()
            .any(|fact| address(&fact.kind).is_some_and(|a| **a == *from || inside(a, from)))
        {
            return Err(RerunError::NoStep(from.to_owned()));
        }
    }
    let order = Order::of(flow);
    let mut counts: HashMap<Address, u32> = generations.iter().cloned().collect();
    let deadline = at.plus(flow.run_timeout());
    let started = |generations: Vec<(Address, u32)>| Fact {
        at,
        kind: FactKind::Started {
            input: input.clone(),
            trigger: trigger.clone(),
            event: event.clone(),
            env: env.clone(),
            deadline,
            origin: Some(origin.unwrap_or(run)),
            generations,
            hops: *hops,
        },
    };
    let taken = from.map_or_else(HashSet::new, |from| order.taken_over(journal, from));
    let mut state = State::default();
    state.apply(flow, run, &started(Vec::new()));
    let mut facts = vec![started(Vec::new())];
    let mut again = IndexSet::new();
    for fact in &journal[1..] {
        let Some(a) = address(&fact.kind) else { continue };
        if taken.contains(a) && state.apply(flow, run, fact) {
            facts.push(fact.clone());
            continue;
        }
        match &fact.kind {
            FactKind::AttemptStarted { a, .. } => {
                again.insert(a.clone());
            }
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
    facts[0] = started(generations);
    Ok(Rerun { facts, again: again.into_iter().collect() })
}

/// The step that a fact is about.
pub(crate) const fn address(fact: &FactKind) -> Option<&Address> {
    match fact {
        FactKind::Choice { a, .. }
        | FactKind::StepDone { a, .. }
        | FactKind::AttemptStarted { a, .. }
        | FactKind::AttemptFailed { a, .. }
        | FactKind::WaitSet { a, .. }
        | FactKind::Asked { a, .. }
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

/// What the step at an address does.
pub(crate) fn op_at<'f>(flow: &'f Flow, a: &str) -> Option<&'f Op> {
    Order::of(flow).op(a)
}

/// Program order of addresses.
struct Order<'a> {
    flow: &'a Flow,
}

impl<'a> Order<'a> {
    const fn of(flow: &'a Flow) -> Self {
        Self { flow }
    }

    /// Steps before `from` whose result stands in the journal.
    fn taken_over(&self, journal: &[Fact], from: &str) -> HashSet<Address> {
        let mut taken = HashSet::new();
        let mut retrying = HashSet::new();
        for fact in journal {
            // What comes after the run was to end did not follow from its steps.
            if matches!(fact.kind, FactKind::CancelRequested { .. } | FactKind::DeadlinePassed) {
                break;
            }
            let Some(a) = address(&fact.kind) else { continue };
            let op = self.op(a);
            if let Some(Op::Agent(_)) = op
                && inside(from, a)
                && !matches!(fact.kind, FactKind::Choice { .. })
            {
                // How an agent ended follows from turns that come again.
                continue;
            }
            if matches!((&fact.kind, op), (FactKind::StepDone { .. }, Some(Op::Return(_)))) {
                break;
            }
            if let Some(Op::Approve { approve, .. }) = op {
                let approved = match &fact.kind {
                    FactKind::Signal { data, .. } => {
                        data.get("approved").is_some_and(Value::truthy)
                    }
                    FactKind::TimerFired { .. } => approve.silence() == Decision::Approve,
                    _ => true,
                };
                if approve.ends_with(approved) {
                    break;
                }
            }
            let over = match &fact.kind {
                FactKind::Choice { .. }
                | FactKind::StepDone { .. }
                | FactKind::Signal { .. }
                | FactKind::Responded { .. } => true,
                FactKind::ChildStarted { .. } => matches!(op, Some(Op::Call { detach: true, .. })),
                FactKind::ChildEnded { state, .. } => {
                    *state == RunState::Succeeded || !self.fails_beside(a, from)
                }
                FactKind::AttemptFailed { retry_at: Some(_), .. } => {
                    retrying.insert(a.clone());
                    false
                }
                FactKind::AttemptFailed { retry_at: None, .. } => !self.fails_beside(a, from),
                FactKind::TimerFired { .. } => !retrying.remove(a),
                _ => false,
            };
            if over && self.before(a, from) {
                taken.insert(a.clone());
            }
        }
        taken
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
                    if let Op::Agent(_) = self.flow.steps[steps[at]].op {
                        let (a, from) = (agent_turn(branch), agent_turn(other));
                        return a < from || (a == from && a.1);
                    }
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

    /// Whether a failure at `a`, beside `from` in another branch or turn, has nothing there to catch
    /// it: then the block would fail again whatever `from` comes to.
    fn fails_beside(&self, a: &str, from: &str) -> bool {
        let mut block = self.flow.root;
        let mut beside = false;
        let mut there = from.split('/');
        for part in a.split('/') {
            let (label, branch) = split(part);
            let Some(id) = self.step(block, label) else { return false };
            let step = &self.flow.steps[id];
            if beside {
                let caught = matches!(step.op, Op::Try { catch: Some(_), .. }) && branch == ".try";
                if caught || step.on_error == OnError::Continue {
                    return false;
                }
            } else {
                let (other, other_branch) = there.next().map_or(("", ""), split);
                if label != other {
                    return false;
                }
                beside = branch != other_branch
                    && matches!(step.op, Op::Parallel(_) | Op::ForEach { .. });
            }
            if branch.is_empty() {
                return beside;
            }
            let Some(inner) = self.inner(id, branch) else { return false };
            block = inner;
        }
        false
    }

    /// What the step at an address does.
    fn op(&self, a: &str) -> Option<&'a Op> {
        let mut block = self.flow.root;
        for part in a.split('/') {
            let (label, branch) = split(part);
            let id = self.step(block, label)?;
            if branch.is_empty() {
                return Some(&self.flow.steps[id].op);
            }
            block = self.inner(id, branch)?;
        }
        None
    }

    fn step(&self, block: usize, label: &str) -> Option<usize> {
        let steps = &self.flow.blocks[block].steps;
        steps.iter().copied().find(|step| *self.flow.steps[*step].label == *label)
    }

    fn inner(&self, step: usize, branch: &str) -> Option<usize> {
        let name = branch.trim_start_matches('.');
        match &self.flow.steps[step].op {
            Op::If { then, otherwise, .. } => Some(if name == "then" { *then } else { *otherwise }),
            Op::Switch { cases, default, .. } => cases.get(name).copied().or(*default),
            Op::ForEach { body, .. } => Some(*body),
            Op::Parallel(branches) => branches.get(name).copied(),
            Op::Agent(agent) => agent.inner(branch),
            Op::Try { body, catch, finally } => match name {
                "try" => Some(*body),
                "catch" => *catch,
                _ => *finally,
            },
            _ => None,
        }
    }
}

/// Whether the step at `a` is inside the one at `around`.
fn inside(a: &str, around: &str) -> bool {
    a.strip_prefix(around).is_some_and(|rest| rest.starts_with(['.', '[', '/']))
}

/// The order of an agent's blocks: its listing, the turns of its model, and after each all uses of tools,
/// which stand beside each other.
fn agent_turn(branch: &str) -> (usize, bool) {
    let turn = branch.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    turn.map_or((0, false), |(turn, rest)| {
        (turn.parse::<usize>().map_or(0, |turn| turn + 1), !rest.is_empty())
    })
}

/// `lines[3]` into `lines` and `[3]`, `size.then` into `size` and `.then`, `line` into `line` and nothing.
fn split(part: &str) -> (&str, &str) {
    part.find(['[', '.']).map_or((part, ""), |at| part.split_at(at))
}
