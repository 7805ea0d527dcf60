//! Blocks in execution: entering them, their turns and branches, and what becomes of them when an
//! inner step is done or fails.

use std::sync::Arc;

use codex32_flow::flow::{BlockId, Flow, FlowStep, Op, inner_blocks};
use codex32_model::definition::OnError;
use codex32_model::fact::Choice;
use codex32_model::run::StepError;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{Current, Ending, Exports, Frame, FrameId, NewFrame, Progress, Role, State};

impl State {
    pub(super) fn choose(
        &mut self,
        flow: &Flow,
        id: FrameId,
        choice: &Choice,
        at: Timestamp,
    ) -> bool {
        let Some(frame) = self.frame_mut(id) else { return false };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let base = State::address(frame, &step.label);
        let inner = |name: &str, block: BlockId, role: Role| NewFrame {
            parent: Some(id),
            block,
            prefix: format!("{base}.{name}").into(),
            role,
            bindings: Vec::new(),
            at,
        };
        let enter = |state: &mut Self, new: NewFrame, progress: Progress| {
            state.set(id, Current::Block(progress));
            state.push(flow, new);
        };
        match (choice, &step.op) {
            (Choice::Agent(_) | Choice::Calls(_) | Choice::Again(_), Op::Agent(_)) => {
                return self.choose_for_agent(flow, id, choice, at);
            }
            (Choice::Skip | Choice::Branch(None), _) => self.skip_step(flow, id, at),
            (Choice::Branch(Some(name)), Op::If { then, otherwise, .. }) => {
                let block = if name == "then" { *then } else { *otherwise };
                enter(self, inner(name, block, Role::Branch), Progress::One);
            }
            (Choice::Branch(Some(name)), Op::Switch { cases, default, .. }) => {
                let Some(block) = cases.get(name).copied().or(*default) else { return false };
                enter(self, inner(name, block, Role::Branch), Progress::One);
            }
            (Choice::Branch(Some(_)), Op::Try { body, .. }) => {
                enter(self, inner("try", *body, Role::Try), Progress::Try { pending: None });
            }
            (Choice::Items(items), Op::ForEach { concurrency, body, .. }) => {
                if items.is_empty() || flow.blocks[*body].steps.is_empty() {
                    let output = Value::list(items.iter().map(|_| Value::Null));
                    self.export_lists(flow, id, *body, &[]);
                    self.complete_step(flow, id, output, at);
                    return true;
                }
                let first = items.len().min(*concurrency);
                let progress = Progress::ForEach {
                    results: vec![None; items.len()],
                    items: Arc::new(items.clone()),
                    next: first,
                    running: first,
                    failed: None,
                };
                self.set(id, Current::Block(progress));
                for index in 0..first {
                    self.push_item(flow, id, index, at);
                }
            }
            (Choice::All, Op::Parallel(branches)) => {
                let progress = Progress::Parallel {
                    running: branches.len(),
                    results: Vec::new(),
                    failed: None,
                };
                self.set(id, Current::Block(progress));
                if branches.is_empty() {
                    self.complete_step(flow, id, Value::object::<Arc<str>>([]), at);
                    return true;
                }
                for (name, block) in branches {
                    let role = Role::Parallel(name.as_str().into());
                    self.push(flow, inner(name, *block, role));
                }
            }
            _ => return false,
        }
        true
    }

    /// Begins turn `index` of the loop that is the current step of frame `id`.
    fn push_item(&mut self, flow: &Flow, id: FrameId, index: usize, at: Timestamp) {
        let Some(frame) = self.frame(id) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let (Op::ForEach { bind, body, .. }, Current::Block(Progress::ForEach { items, .. })) =
            (&step.op, &frame.current)
        else {
            return;
        };
        let bindings = turn_bindings(bind, items, index);
        let prefix = format!("{}[{index}]", State::address(frame, &step.label)).into();
        let (block, role) = (*body, Role::Item(index));
        self.push(flow, NewFrame { parent: Some(id), block, prefix, role, bindings, at });
    }

    /// Begins a block; one without steps is over at once.
    pub(super) fn push(&mut self, flow: &Flow, new: NewFrame) {
        let (block, at) = (new.block, new.at);
        let id = self.insert(new);
        if flow.blocks[block].steps.is_empty() {
            self.complete_frame(flow, id, at);
        }
    }

    /// The current step of a frame, which is not at its end.
    pub(super) fn current_step<'f>(flow: &'f Flow, frame: &Frame) -> &'f FlowStep {
        &flow.steps[flow.blocks[frame.block].steps[frame.position]]
    }

    /// The current step gives `null`, and so does everything inside it that was not run.
    fn skip_step(&mut self, flow: &Flow, id: FrameId, at: Timestamp) {
        let Some(frame) = self.frame_mut(id) else { return };
        let step = Self::current_step(flow, frame);
        frame.fill(flow, step);
        self.complete_step(flow, id, Value::Null, at);
    }

    pub(super) fn complete_step(&mut self, flow: &Flow, id: FrameId, output: Value, at: Timestamp) {
        let Some(frame) = self.frame_mut(id) else { return };
        let block = &flow.blocks[frame.block];
        let step = &flow.steps[block.steps[frame.position]];
        if let Some(name) = &step.id {
            put(&mut frame.outputs, name, output.clone());
        }
        let over = output.clone();
        frame.last = output;
        frame.position += 1;
        frame.ready_at = at;
        let complete = frame.position == block.steps.len();
        self.tell(id, &step.label, || Ok(over));
        if complete {
            self.complete_frame(flow, id, at);
        } else {
            self.set(id, Current::Ready);
        }
    }

    /// All steps of a frame are done.
    fn complete_frame(&mut self, flow: &Flow, id: FrameId, at: Timestamp) {
        let Some(role) = self.frame(id).map(|frame| frame.role.clone()) else { return };
        if role == Role::Root {
            // The frame stays: the end of the run is a fact of its own.
            self.set(id, Current::Stopped);
            return;
        }
        let Some(frame) = self.remove(id) else { return };
        let Some(parent) = frame.parent else { return };
        let last = frame.last;
        let exports = Exports { outputs: frame.outputs, errors: frame.errors };
        match role {
            Role::Branch => {
                self.export(flow, parent, exports);
                self.complete_step(flow, parent, last, at);
            }
            Role::Item(index) => self.item_over(flow, parent, index, Ok((last, exports)), at),
            Role::Parallel(name) => {
                self.export(flow, parent, exports);
                self.branch_over(flow, parent, name, Ok(last), at);
            }
            Role::Try | Role::Catch => {
                self.export(flow, parent, exports);
                self.try_over(flow, parent, Ok(last), at);
            }
            Role::Finally => {
                self.export(flow, parent, exports);
                let pending = match self.frame(parent).map(|frame| &frame.current) {
                    Some(Current::Block(Progress::Try { pending })) => pending.clone(),
                    _ => None,
                };
                match pending {
                    Some(Err(error)) => self.fail_step(flow, parent, error, at),
                    Some(Ok(value)) => self.complete_step(flow, parent, value, at),
                    None => self.complete_step(flow, parent, Value::Null, at),
                }
            }
            Role::Listing | Role::Turn | Role::ToolCall(_) => {
                self.agent_block_over(flow, parent, &role, Ok(last), at);
            }
            Role::Closing => self.closing_over(flow, at),
            Role::OnError => self.handled = true,
            Role::Root => {}
        }
    }

    /// Makes what an inner block knows visible in the frame around it; ids of branches that were not
    /// taken are `null`.
    pub(super) fn export(&mut self, flow: &Flow, parent: FrameId, exports: Exports) {
        let Some(frame) = self.frame_mut(parent) else { return };
        let step = Self::current_step(flow, frame);
        for (name, value) in exports.outputs {
            put(&mut frame.outputs, &name, value);
        }
        for (name, error) in exports.errors {
            put(&mut frame.errors, &name, error);
        }
        if matches!(step.op, Op::If { .. } | Op::Switch { .. } | Op::Try { .. }) {
            frame.fill(flow, step);
        }
    }

    /// After a loop an inner id is the list of its values in input order, and so are its errors.
    fn export_lists(
        &mut self,
        flow: &Flow,
        id: FrameId,
        body: BlockId,
        results: &[Option<(Value, Exports)>],
    ) {
        let Some(frame) = self.frame_mut(id) else { return };
        let list = |name: &Arc<str>, place: usize, errors: bool| {
            Value::list(results.iter().map(|result| {
                let known = result.as_ref().map_or(&[][..], |(_, exports)| {
                    if errors { &exports.errors } else { &exports.outputs }
                });
                // Usually the exports stand in the block's order; else they are looked for.
                match known.get(place) {
                    Some((found, value)) if found == name => value.clone(),
                    _ => known
                        .iter()
                        .find(|(found, _)| found == name)
                        .map_or(Value::Null, |(_, value)| value.clone()),
                }
            }))
        };
        for (place, name) in flow.blocks[body].exports.iter().enumerate() {
            put(&mut frame.outputs, name, list(name, place, false));
        }
        let mut continuing = Vec::new();
        continuing_ids(flow, body, &mut continuing);
        for (place, name) in continuing.iter().enumerate() {
            put(&mut frame.errors, name, list(name, place, true));
        }
    }

    fn item_over(
        &mut self,
        flow: &Flow,
        parent: FrameId,
        index: usize,
        result: Result<(Value, Exports), StepError>,
        at: Timestamp,
    ) {
        let Some(frame) = self.frame_mut(parent) else { return };
        let block = frame.block;
        let position = frame.position;
        let Current::Block(Progress::ForEach { items, next, running, results, failed }) =
            &mut frame.current
        else {
            return;
        };
        *running -= 1;
        match result {
            Ok(done) => results[index] = Some(done),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
        if failed.is_none() && *next < items.len() {
            let begin = *next;
            *next += 1;
            *running += 1;
            return self.push_item(flow, parent, begin, at);
        }
        if *running > 0 {
            return;
        }
        if let Some(error) = failed.take() {
            return self.fail_step(flow, parent, error, at);
        }
        let results = std::mem::take(results);
        let output = Value::list(
            results
                .iter()
                .map(|result| result.as_ref().map_or(Value::Null, |(last, _)| last.clone())),
        );
        if let Op::ForEach { body, .. } = &flow.steps[flow.blocks[block].steps[position]].op {
            self.export_lists(flow, parent, *body, &results);
        }
        self.complete_step(flow, parent, output, at);
    }

    fn branch_over(
        &mut self,
        flow: &Flow,
        parent: FrameId,
        name: Arc<str>,
        result: Result<Value, StepError>,
        at: Timestamp,
    ) {
        let Some(frame) = self.frame_mut(parent) else { return };
        let step = flow.blocks[frame.block].steps[frame.position];
        let Current::Block(Progress::Parallel { running, results, failed }) = &mut frame.current
        else {
            return;
        };
        *running -= 1;
        match result {
            Ok(value) => results.push((name, value)),
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
        if *running > 0 {
            return;
        }
        if let Some(error) = failed.take() {
            return self.fail_step(flow, parent, error, at);
        }
        let results = std::mem::take(results);
        let Op::Parallel(branches) = &flow.steps[step].op else { return };
        let output = Value::object(branches.keys().map(|branch| {
            let value = results.iter().find(|(name, _)| **name == **branch);
            (branch.as_str(), value.map_or(Value::Null, |(_, value)| value.clone()))
        }));
        self.complete_step(flow, parent, output, at);
    }

    /// The body or the catch of a `try` is over.
    fn try_over(
        &mut self,
        flow: &Flow,
        parent: FrameId,
        result: Result<Value, StepError>,
        at: Timestamp,
    ) {
        let Some(frame) = self.frame(parent) else { return };
        let step = Self::current_step(flow, frame);
        let Op::Try { finally, .. } = &step.op else { return };
        match (finally, result) {
            (Some(finally), result) => {
                let prefix = format!("{}.finally", State::address(frame, &step.label)).into();
                self.set(parent, Current::Block(Progress::Try { pending: Some(result) }));
                let (block, role, bindings) = (*finally, Role::Finally, Vec::new());
                self.push(
                    flow,
                    NewFrame { parent: Some(parent), block, prefix, role, bindings, at },
                );
            }
            (None, Ok(value)) => self.complete_step(flow, parent, value, at),
            (None, Err(error)) => self.fail_step(flow, parent, error, at),
        }
    }

    /// The current step of a frame failed for good.
    pub(super) fn fail_step(&mut self, flow: &Flow, id: FrameId, error: StepError, at: Timestamp) {
        if self.agent(id).is_some() {
            self.drop_inside(flow, id);
        }
        if let Some(frame) = self.frame(id) {
            self.tell(id, &Self::current_step(flow, frame).label, || Err(error.clone()));
        }
        let Some(frame) = self.frame_mut(id) else { return };
        let step = Self::current_step(flow, frame);
        if step.on_error == OnError::Continue {
            if let Some(name) = &step.id {
                put(&mut frame.errors, name, error.to_value());
            }
            return self.skip_step(flow, id, at);
        }
        let (role, parent) = (frame.role.clone(), frame.parent);
        let parent = match (&role, parent) {
            (Role::Root, _) | (_, None) => {
                self.set(id, Current::Stopped);
                self.ending = Some(Ending::Failed(error));
                return self.begin_on_error(flow, at);
            }
            (_, Some(parent)) => parent,
        };
        let Some(frame) = self.remove(id) else { return };
        let exports = Exports { outputs: frame.outputs, errors: frame.errors };
        match role {
            Role::OnError => self.handled = true,
            Role::Closing => self.closing_failed(flow, error, at),
            Role::Item(index) => self.item_over(flow, parent, index, Err(error), at),
            Role::Listing | Role::Turn | Role::ToolCall(_) => {
                self.agent_block_over(flow, parent, &role, Err(error), at);
            }
            Role::Parallel(name) => {
                self.export(flow, parent, exports);
                self.branch_over(flow, parent, name, Err(error), at);
            }
            Role::Try => {
                self.export(flow, parent, exports);
                self.body_failed(flow, parent, error, at);
            }
            Role::Catch => {
                self.export(flow, parent, exports);
                self.try_over(flow, parent, Err(error), at);
            }
            Role::Branch | Role::Finally | Role::Root => {
                self.export(flow, parent, exports);
                self.fail_step(flow, parent, error, at);
            }
        }
    }

    fn body_failed(&mut self, flow: &Flow, parent: FrameId, error: StepError, at: Timestamp) {
        let Some(frame) = self.frame(parent) else { return };
        let step = Self::current_step(flow, frame);
        let Op::Try { catch, .. } = &step.op else { return };
        match catch {
            Some(catch) => {
                let prefix = format!("{}.catch", State::address(frame, &step.label)).into();
                let bindings = vec![("error".into(), error.to_value())];
                let (block, role) = (*catch, Role::Catch);
                self.push(
                    flow,
                    NewFrame { parent: Some(parent), block, prefix, role, bindings, at },
                );
            }
            None => self.try_over(flow, parent, Err(error), at),
        }
    }
}

impl Frame {
    /// Ids inside a step that have no value yet are `null`.
    fn fill(&mut self, flow: &Flow, step: &FlowStep) {
        for block in inner_blocks(&step.op) {
            for name in &flow.blocks[block].exports {
                if !self.outputs.iter().any(|(known, _)| known == name) {
                    self.outputs.push((name.clone(), Value::Null));
                }
            }
        }
    }
}

/// What is in scope in a turn of a loop alone: its item and `loop`.
pub(super) fn turn_bindings(
    bind: &Arc<str>,
    items: &[Value],
    turn: usize,
) -> Vec<(Arc<str>, Value)> {
    let position = Value::object([
        ("index", Value::from(turn)),
        ("first", Value::Bool(turn == 0)),
        ("last", Value::Bool(turn + 1 == items.len())),
        ("length", Value::from(items.len())),
    ]);
    vec![(bind.clone(), items[turn].clone()), ("loop".into(), position)]
}

fn put(list: &mut Vec<(Arc<str>, Value)>, name: &Arc<str>, value: Value) {
    match list.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => list.push((name.clone(), value)),
    }
}

/// Ids of steps in a block, and in those inside it, whose failure does not end the block.
fn continuing_ids(flow: &Flow, block: BlockId, ids: &mut Vec<Arc<str>>) {
    for step in &flow.blocks[block].steps {
        let step = &flow.steps[*step];
        for inner in inner_blocks(&step.op) {
            continuing_ids(flow, inner, ids);
        }
        if step.on_error == OnError::Continue
            && let Some(id) = &step.id
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
}
