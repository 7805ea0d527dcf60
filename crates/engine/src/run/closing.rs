//! The end of a run, once it is decided: what still runs is left, `finally` blocks run, innermost
//! first, and those that were running already go on; then `on_error`, after a failure or a time-out.

use std::collections::HashSet;
use std::time::Duration;

use codex32_flow::flow::{Flow, Op};
use codex32_model::codes;
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{
    Current, Ending, Exports, FrameId, NewFrame, OnErrorBlock, Progress, Role, State,
};

/// How long `finally` may take once a run is to end, and how long `on_error`.
const CLOSING_TIME: Duration = Duration::from_secs(30);
const ON_ERROR_TIME: Duration = Duration::from_secs(300);

impl State {
    /// Whether a cancel changes anything: not once the run closes, but while `on_error` runs.
    pub fn can_cancel(&self) -> bool {
        self.started.is_some()
            && self.ended.is_none()
            && (self.ending.is_none() || self.is_in_on_error())
    }

    /// Cancels the run; one that failed already ends failed, without the rest of its `on_error`.
    pub(super) fn cancel(&mut self, flow: &Flow, error: StepError, at: Timestamp) -> bool {
        if !self.can_cancel() {
            return false;
        }
        if self.ending.is_none() || !self.cut_on_error(flow, at) {
            self.close(flow, Ending::Cancelled(error), None, at);
        }
        true
    }

    /// Whether `on_error` runs, and has steps that can be left.
    pub fn is_in_on_error(&self) -> bool {
        self.on_error == OnErrorBlock::Running && !self.handled
    }

    /// Leaves the rest of `on_error`; the `finally` blocks inside it still run.
    pub(super) fn cut_on_error(&mut self, flow: &Flow, at: Timestamp) -> bool {
        let boundary = self.by_role(&Role::OnError).filter(|_| self.is_in_on_error());
        let Some(boundary) = boundary else { return false };
        self.on_error = OnErrorBlock::Left;
        self.leave(flow, Some(boundary), None, at);
        true
    }

    /// The run is to end so. `by` is the frame of a `return`; one inside closing steps ends only the
    /// block that closes, since how the run ends is decided.
    pub(super) fn close(
        &mut self,
        flow: &Flow,
        ending: Ending,
        by: Option<FrameId>,
        at: Timestamp,
    ) {
        if self.ending.is_none() {
            self.ending = Some(ending);
            return self.leave(flow, None, by, at);
        }
        let boundary = by.and_then(|by| {
            self.lineage(by).find(|id| {
                let role = self.frame(*id).map(|frame| &frame.role);
                matches!(role, Some(Role::Closing | Role::OnError))
            })
        });
        let Some(boundary) = boundary else { return };
        match self.frame(boundary).map(|frame| &frame.role) {
            Some(Role::OnError) => self.on_error = OnErrorBlock::Left,
            _ => self.closing_running = self.closing_running.saturating_sub(1),
        }
        self.leave(flow, Some(boundary), by, at);
    }

    /// Stops everything inside `boundary` (everything, if none), but for `finally` blocks that are
    /// running and do not themselves contain `by`; then runs those of the blocks that were left.
    fn leave(
        &mut self,
        flow: &Flow,
        boundary: Option<FrameId>,
        by: Option<FrameId>,
        at: Timestamp,
    ) {
        let left: HashSet<FrameId> = by.into_iter().flat_map(|by| self.lineage(by)).collect();
        let mut stopped: Vec<(usize, FrameId)> = Vec::new();
        let mut going_on: HashSet<FrameId> = HashSet::new();
        let all: Vec<FrameId> = self.frames().map(|(id, _)| id).collect();
        for id in all {
            let lineage: Vec<FrameId> = self.lineage(id).collect();
            if boundary.is_some_and(|boundary| !lineage.contains(&boundary)) {
                continue;
            }
            // The outermost `finally` that goes on keeps all that is inside it.
            let inside = boundary.and_then(|b| lineage.iter().position(|id| *id == b));
            let inside = &lineage[..inside.unwrap_or(lineage.len())];
            let keeper = inside.iter().rev().find(|id| {
                !left.contains(id)
                    && self.frame(**id).is_some_and(|frame| frame.role == Role::Finally)
            });
            match keeper {
                Some(keeper) => {
                    going_on.insert(*keeper);
                }
                None => stopped.push((lineage.len(), id)),
            }
        }
        stopped.sort_unstable();
        // What a block has given by now is visible in its `finally`, as after a failure.
        for (_, id) in stopped.iter().rev() {
            let Some(frame) = self.frame(*id) else { continue };
            if let Some(parent) = frame.parent
                && matches!(
                    frame.role,
                    Role::Branch | Role::Parallel(_) | Role::Try | Role::Catch | Role::Finally
                )
            {
                let exports =
                    Exports { outputs: frame.outputs.clone(), errors: frame.errors.clone() };
                self.export(flow, parent, exports);
            }
        }
        // Outermost first, so that the innermost is taken first from the end.
        for (_, id) in stopped {
            let Some(frame) = self.frame(id) else { continue };
            let begun = matches!(
                frame.current,
                Current::Running(_)
                    | Current::Retry { .. }
                    | Current::Waiting { .. }
                    | Current::Asking { .. }
                    | Current::Child { .. }
            );
            if begun {
                let label = &Self::current_step(flow, frame).label;
                self.tell(id, label, || Err(cut_off()));
                self.set(id, Current::Stopped);
                continue;
            }
            let step = flow.blocks[frame.block].steps.get(frame.position).copied();
            if let (Some(step), Current::Block(Progress::Try { pending: None })) =
                (step, &frame.current)
                && let Op::Try { finally: Some(finally), .. } = &flow.steps[step].op
            {
                self.closing.push((id, step, *finally));
            }
            self.set(id, Current::Stopped);
        }
        for id in going_on {
            if let Some(frame) = self.frame_mut(id) {
                frame.role = Role::Closing;
                self.closing_running += 1;
            }
        }
        self.closing_until = Some(at.plus(CLOSING_TIME));
        self.next_closing(flow, at);
    }

    fn by_role(&self, role: &Role) -> Option<FrameId> {
        self.frames().find(|(_, frame)| frame.role == *role).map(|(id, _)| id)
    }

    /// A closing block is over.
    pub(super) fn closing_over(&mut self, flow: &Flow, at: Timestamp) {
        self.closing_running = self.closing_running.saturating_sub(1);
        self.next_closing(flow, at);
    }

    /// A closing block failed: a run that was to succeed did not clean up, and so it fails.
    pub(super) fn closing_failed(&mut self, flow: &Flow, error: StepError, at: Timestamp) {
        if let Some(ending @ Ending::Returned(_)) = &mut self.ending {
            *ending = Ending::Failed(error);
        }
        self.closing_over(flow, at);
    }

    fn next_closing(&mut self, flow: &Flow, at: Timestamp) {
        if self.closing_running > 0 {
            return;
        }
        while let Some((parent, step, block)) = self.closing.pop() {
            let Some(frame) = self.frame(parent) else { continue };
            let prefix =
                format!("{}.finally", State::address(frame, &flow.steps[step].label)).into();
            self.closing_running += 1;
            let (role, bindings) = (Role::Closing, Vec::new());
            return self
                .push(flow, NewFrame { parent: Some(parent), block, prefix, role, bindings, at });
        }
        self.begin_on_error(flow, at);
    }

    pub(super) fn begin_on_error(&mut self, flow: &Flow, at: Timestamp) {
        let error = match &self.ending {
            Some(Ending::Failed(error) | Ending::TimedOut(error)) => error.to_value(),
            _ => {
                self.handled = true;
                return;
            }
        };
        match flow.on_error {
            Some(block) if self.on_error == OnErrorBlock::Before => {
                self.on_error = OnErrorBlock::Running;
                self.closing_until = Some(at.plus(ON_ERROR_TIME));
                let bindings = vec![("error".into(), error)];
                let (parent, prefix, role) = (self.root(), "on_error".into(), Role::OnError);
                self.push(flow, NewFrame { parent, block, prefix, role, bindings, at });
            }
            _ => self.handled = true,
        }
    }

    /// How the run ends, once everything that had to run has run.
    pub fn finished(&self) -> Option<Ending> {
        if self.ended.is_some() || self.started.is_none() {
            return None;
        }
        if let Some(ending) = &self.ending {
            return self.handled.then(|| ending.clone());
        }
        let root = self.root().and_then(|id| self.frame(id))?;
        matches!(root.current, Current::Stopped).then_some(Ending::Returned(Value::Null))
    }
}

/// What is said of a step that had begun when the run was to end.
pub(super) fn cut_off() -> StepError {
    StepError::new(codes::run::CANCELLED, "the run ended before this step did")
}
