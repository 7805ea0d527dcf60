//! `apply`: one fact changes the state. Total: a fact that does not fit the state is ignored and
//! reported as such, so that a damaged or foreign journal cannot bring a server down.

use std::sync::Arc;
use std::time::Duration;

use codex32_flow::flow::{BlockId, Flow, Op};
use codex32_model::codes;
use codex32_model::definition::OnError;
use codex32_model::fact::{Choice, Fact, FactKind};
use codex32_model::run::{RunState, StepError};
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::state::{
    Attempt, Current, Ending, Exports, Frame, FrameId, Progress, Role, Started, State,
};

/// How long `finally` may take once a run is to end, and how long `on_error`.
pub const CLOSING_TIME: Duration = Duration::from_secs(30);
pub const ON_ERROR_TIME: Duration = Duration::from_secs(300);

impl State {
    /// Folds one fact in; whether it fitted.
    pub fn apply(&mut self, flow: &Flow, run: codex32_model::ids::RunId, fact: &Fact) -> bool {
        self.facts += 1;
        if self.ended.is_some() {
            return false;
        }
        let at = fact.at;
        match &fact.kind {
            FactKind::Started {
                input,
                trigger,
                event,
                env,
                deadline,
                origin,
                generations,
                hops,
            } => {
                if self.started.is_some() {
                    return false;
                }
                self.started = Some(Started {
                    at,
                    input: input.clone(),
                    trigger: trigger.clone(),
                    event: event.clone(),
                    env: env.clone(),
                    deadline: *deadline,
                    origin: origin.unwrap_or(run),
                    hops: *hops,
                    generations: generations.iter().cloned().collect(),
                });
                self.push(flow, None, flow.root, "".into(), Role::Root, Vec::new(), at);
                true
            }
            FactKind::Ended { state, output, error } => {
                self.ended = Some((*state, output.clone(), error.clone()));
                self.frames.clear();
                self.by_prefix.clear();
                self.ready.clear();
                true
            }
            FactKind::CancelRequested { reason, .. } => {
                let error = StepError::new(codes::run::CANCELLED, reason.clone());
                self.close(flow, Ending::Cancelled(error), at);
                true
            }
            FactKind::DeadlinePassed => {
                let error = StepError::new(codes::run::TIMED_OUT, codes::run::TIMED_OUT.title);
                self.close(flow, Ending::TimedOut(error), at);
                true
            }
            other => self.apply_step(flow, other, at),
        }
    }

    fn apply_step(&mut self, flow: &Flow, fact: &FactKind, at: Timestamp) -> bool {
        let (FactKind::Choice { a, .. }
        | FactKind::StepDone { a, .. }
        | FactKind::AttemptStarted { a, .. }
        | FactKind::AttemptFailed { a, .. }
        | FactKind::WaitSet { a, .. }
        | FactKind::TimerFired { a }
        | FactKind::Signal { a, .. }
        | FactKind::ChildStarted { a, .. }
        | FactKind::ChildEnded { a, .. }
        | FactKind::Responded { a, .. }) = fact
        else {
            return false;
        };
        let Some(id) = self.frame_at(a) else { return false };
        let Some(frame) = self.frames.get_mut(&id) else { return false };
        let Some(&step) = flow.blocks[frame.block].steps.get(frame.position) else { return false };
        let step = &flow.steps[step];
        if State::address(frame, &step.label) != *a || matches!(frame.current, Current::Stopped) {
            return false;
        }
        match fact {
            FactKind::Choice { c, .. } => return self.choose(flow, id, c, at),
            FactKind::StepDone { o, .. } => {
                if let Op::Action { action, .. } = &step.op
                    && action == "state.new_items"
                {
                    self.reserved_items = true;
                }
                if matches!(step.op, Op::Return(_)) {
                    self.close(flow, Ending::Returned(o.clone()), at);
                } else {
                    self.complete_step(flow, id, o.clone(), at);
                }
            }
            FactKind::AttemptStarted { n, key, input, .. } => {
                frame.current = Current::Running(Attempt {
                    number: *n,
                    key: Some(key.clone()),
                    generation: frame.generation(),
                    input: Some(input.clone()),
                });
            }
            FactKind::AttemptFailed { n, error, retry_at, unknown, .. } => match retry_at {
                Some(retry_at) => {
                    let generation = frame.generation() + u32::from(!unknown);
                    let begun = frame.attempt_ref().filter(|_| *unknown).cloned();
                    let (key, input) = begun.map_or((None, None), |begun| (begun.key, begun.input));
                    let attempt = Attempt { number: *n, key, generation, input };
                    frame.current =
                        Current::Retry { attempt, at: Timestamp::from_micros(*retry_at) };
                }
                None => {
                    let mut error = error.clone();
                    error.step.get_or_insert_with(|| a.to_string());
                    self.fail_step(flow, id, error, at);
                }
            },
            FactKind::WaitSet { until, event, since, .. } => {
                let until = until.map(Timestamp::from_micros);
                let began = self.started.as_ref().map_or(at, |started| started.at);
                let since = since.map_or(began, Timestamp::from_micros);
                frame.current = Current::Waiting { until, event: event.clone(), since };
            }
            FactKind::TimerFired { .. } => match &frame.current {
                Current::Retry { attempt, .. } => {
                    let next = Attempt { number: attempt.number + 1, ..attempt.clone() };
                    frame.current = Current::Again(next);
                    frame.ready_at = at;
                    self.ready.push_back(id);
                }
                Current::Waiting { event, .. } => {
                    let output = match event {
                        Some(_) => Value::object([
                            ("timed_out", Value::Bool(true)),
                            ("event", Value::Null),
                        ]),
                        None => Value::Null,
                    };
                    self.complete_step(flow, id, output, at);
                }
                _ => return false,
            },
            FactKind::Signal { data, .. } => {
                if !matches!(frame.current, Current::Waiting { .. }) {
                    return false;
                }
                let output =
                    Value::object([("timed_out", Value::Bool(false)), ("event", data.clone())]);
                self.complete_step(flow, id, output, at);
            }
            FactKind::ChildStarted { run, .. } => {
                let attempt = frame.attempt();
                let detached = matches!(step.op, Op::Call { detach: true, .. });
                if detached {
                    let output = Value::object([("run", Value::from(run.to_string()))]);
                    self.complete_step(flow, id, output, at);
                } else {
                    frame.current = Current::Child { run: *run, attempt };
                }
            }
            FactKind::ChildEnded { run, state, output, error, .. } => {
                if !matches!(&frame.current, Current::Child { run: current, .. } if current == run)
                {
                    return false;
                }
                if *state == RunState::Succeeded {
                    self.complete_step(flow, id, output.clone(), at);
                } else {
                    let why = error
                        .as_ref()
                        .map_or_else(|| state.as_str().to_owned(), |e| e.message.clone());
                    let mut failed = StepError::new(
                        codes::run::CHILD_FAILED,
                        format!("the called run {run} ended {}: {why}", state.as_str()),
                    );
                    failed.attempts = frame.attempt();
                    failed.step = Some(a.to_string());
                    self.fail_step(flow, id, failed, at);
                }
            }
            FactKind::Responded { .. } => {
                self.responded = true;
                self.complete_step(flow, id, Value::Null, at);
            }
            _ => return false,
        }
        true
    }

    fn choose(&mut self, flow: &Flow, id: FrameId, choice: &Choice, at: Timestamp) -> bool {
        let Some(frame) = self.frames.get_mut(&id) else { return false };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let base = State::address(frame, &step.label);
        let enter =
            |state: &mut Self, name: &str, block: BlockId, role: Role, progress: Progress| {
                if let Some(frame) = state.frames.get_mut(&id) {
                    frame.current = Current::Block(progress);
                }
                state.push(
                    flow,
                    Some(id),
                    block,
                    format!("{base}.{name}").into(),
                    role,
                    Vec::new(),
                    at,
                );
            };
        match (choice, &step.op) {
            (Choice::Skip | Choice::Branch(None), _) => self.skip_step(flow, id, at),
            (Choice::Branch(Some(name)), Op::If { then, otherwise, .. }) => {
                let block = if name == "then" { *then } else { *otherwise };
                enter(self, name, block, Role::Branch, Progress::One);
            }
            (Choice::Branch(Some(name)), Op::Switch { cases, default, .. }) => {
                let Some(block) = cases.get(name).copied().or(*default) else { return false };
                enter(self, name, block, Role::Branch, Progress::One);
            }
            (Choice::Branch(Some(_)), Op::Try { body, .. }) => {
                enter(self, "try", *body, Role::Try, Progress::Try { pending: None });
            }
            (Choice::Items(items), Op::ForEach { concurrency, body, .. }) => {
                if items.is_empty() || flow.blocks[*body].steps.is_empty() {
                    let output = Value::list(items.iter().map(|_| Value::Null));
                    self.export_lists(flow, id, *body, &[]);
                    self.complete_step(flow, id, output, at);
                    return true;
                }
                let first = items.len().min(*concurrency);
                frame.current = Current::Block(Progress::ForEach {
                    results: vec![None; items.len()],
                    items: Arc::new(items.clone()),
                    next: first,
                    running: first,
                    failed: None,
                });
                for index in 0..first {
                    self.push_item(flow, id, index, at);
                }
            }
            (Choice::All, Op::Parallel(branches)) => {
                frame.current = Current::Block(Progress::Parallel {
                    running: branches.len(),
                    results: Vec::new(),
                    failed: None,
                });
                if branches.is_empty() {
                    self.complete_step(flow, id, Value::object::<Arc<str>>([]), at);
                    return true;
                }
                for (name, block) in branches {
                    let role = Role::Parallel(name.as_str().into());
                    self.push(
                        flow,
                        Some(id),
                        *block,
                        format!("{base}.{name}").into(),
                        role,
                        Vec::new(),
                        at,
                    );
                }
            }
            _ => return false,
        }
        true
    }

    /// Begins turn `index` of the loop that is the current step of frame `id`.
    fn push_item(&mut self, flow: &Flow, id: FrameId, index: usize, at: Timestamp) {
        let Some(frame) = self.frames.get(&id) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let (Op::ForEach { bind, body, .. }, Current::Block(Progress::ForEach { items, .. })) =
            (&step.op, &frame.current)
        else {
            return;
        };
        let position = Value::object([
            ("index", Value::from(index)),
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(index + 1 == items.len())),
            ("length", Value::from(items.len())),
        ]);
        let bindings = vec![(bind.clone(), items[index].clone()), ("loop".into(), position)];
        let prefix = format!("{}[{index}]", State::address(frame, &step.label)).into();
        let body = *body;
        self.push(flow, Some(id), body, prefix, Role::Item(index), bindings, at);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a frame")]
    fn push(
        &mut self,
        flow: &Flow,
        parent: Option<FrameId>,
        block: BlockId,
        prefix: Arc<str>,
        role: Role,
        bindings: Vec<(Arc<str>, Value)>,
        at: Timestamp,
    ) {
        let id = self.next_frame;
        self.next_frame += 1;
        self.by_prefix.insert(prefix.clone(), id);
        self.frames.insert(
            id,
            Frame {
                parent,
                block,
                prefix,
                role,
                position: 0,
                current: Current::Ready,
                outputs: Vec::new(),
                errors: Vec::new(),
                bindings,
                last: Value::Null,
                ready_at: at,
            },
        );
        if flow.blocks[block].steps.is_empty() {
            self.complete_frame(flow, id, at);
        } else {
            self.ready.push_back(id);
        }
    }

    fn skip_step(&mut self, flow: &Flow, id: FrameId, at: Timestamp) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        for block in codex32_flow::flow::inner_blocks(&step.op) {
            for name in &flow.blocks[block].exports {
                if !frame.outputs.iter().any(|(known, _)| known == name) {
                    frame.outputs.push((name.clone(), Value::Null));
                }
            }
        }
        self.complete_step(flow, id, Value::Null, at);
    }

    pub(super) fn complete_step(&mut self, flow: &Flow, id: FrameId, output: Value, at: Timestamp) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        let block = &flow.blocks[frame.block];
        let step = &flow.steps[block.steps[frame.position]];
        if let Some(name) = &step.id {
            frame.outputs.push((name.clone(), output.clone()));
        }
        frame.last = output;
        frame.position += 1;
        frame.current = Current::Ready;
        frame.ready_at = at;
        if frame.position == block.steps.len() {
            self.complete_frame(flow, id, at);
        } else {
            self.ready.push_back(id);
        }
    }

    fn remove(&mut self, id: FrameId) -> Option<Frame> {
        let frame = self.frames.remove(&id)?;
        self.by_prefix.remove(&frame.prefix);
        Some(frame)
    }

    /// All steps of a frame are done.
    fn complete_frame(&mut self, flow: &Flow, id: FrameId, at: Timestamp) {
        let Some(role) = self.frames.get(&id).map(|frame| frame.role.clone()) else { return };
        if role == Role::Root {
            // The frame stays: the end of the run is a fact of its own.
            if let Some(frame) = self.frames.get_mut(&id) {
                frame.current = Current::Stopped;
            }
            return;
        }
        let Some(frame) = self.remove(id) else { return };
        let Some(parent) = frame.parent else { return };
        let (last, exports) = (frame.last, frame.outputs);
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
                let pending = match self.frames.get(&parent).map(|frame| &frame.current) {
                    Some(Current::Block(Progress::Try { pending })) => pending.clone(),
                    _ => None,
                };
                match pending {
                    Some(Err(error)) => self.fail_step(flow, parent, error, at),
                    Some(Ok(value)) => self.complete_step(flow, parent, value, at),
                    None => self.complete_step(flow, parent, Value::Null, at),
                }
            }
            Role::Closing => self.next_closing(flow, at),
            Role::OnError => self.handled = true,
            Role::Root => {}
        }
    }

    /// Makes ids of an inner block visible in the frame around it; those of branches that were not
    /// taken are `null`.
    fn export(&mut self, flow: &Flow, parent: FrameId, exports: Exports) {
        let Some(frame) = self.frames.get_mut(&parent) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let exclusive = matches!(step.op, Op::If { .. } | Op::Switch { .. } | Op::Try { .. });
        for (name, value) in exports {
            frame.outputs.retain(|(known, _)| *known != name);
            frame.outputs.push((name, value));
        }
        if exclusive {
            for block in codex32_flow::flow::inner_blocks(&step.op) {
                for name in &flow.blocks[block].exports {
                    if !frame.outputs.iter().any(|(known, _)| known == name) {
                        frame.outputs.push((name.clone(), Value::Null));
                    }
                }
            }
        }
    }

    /// After a loop an inner id is the list of its values in input order.
    fn export_lists(
        &mut self,
        flow: &Flow,
        id: FrameId,
        body: BlockId,
        results: &[Option<(Value, Exports)>],
    ) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        for (place, name) in flow.blocks[body].exports.iter().enumerate() {
            let list = Value::list(results.iter().map(|result| {
                let exports = result.as_ref().map_or(&[][..], |(_, exports)| exports);
                // Usually the exports stand in the block's order; else they are looked for.
                match exports.get(place) {
                    Some((found, value)) if found == name => value.clone(),
                    _ => exports
                        .iter()
                        .find(|(found, _)| found == name)
                        .map_or(Value::Null, |(_, value)| value.clone()),
                }
            }));
            frame.outputs.retain(|(known, _)| known != name);
            frame.outputs.push((name.clone(), list));
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
        let Some(frame) = self.frames.get_mut(&parent) else { return };
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
        let Some(frame) = self.frames.get_mut(&parent) else { return };
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
        let Some(frame) = self.frames.get_mut(&parent) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let Op::Try { finally, .. } = &step.op else { return };
        match (finally, result) {
            (Some(finally), result) => {
                let prefix = format!("{}.finally", State::address(frame, &step.label)).into();
                frame.current = Current::Block(Progress::Try { pending: Some(result) });
                self.push(flow, Some(parent), *finally, prefix, Role::Finally, Vec::new(), at);
            }
            (None, Ok(value)) => self.complete_step(flow, parent, value, at),
            (None, Err(error)) => self.fail_step(flow, parent, error, at),
        }
    }

    /// The current step of a frame failed for good.
    pub(super) fn fail_step(&mut self, flow: &Flow, id: FrameId, error: StepError, at: Timestamp) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        if step.on_error == OnError::Continue {
            if let Some(name) = &step.id {
                frame.errors.push((name.clone(), error.to_value()));
            }
            return self.skip_step(flow, id, at);
        }
        frame.current = Current::Stopped;
        let (role, parent) = (frame.role.clone(), frame.parent);
        match (role, parent) {
            (Role::Root, _) => {
                self.ready.retain(|ready| *ready != id);
                self.ending = Some(Ending::Failed(error));
                self.begin_on_error(flow, at);
            }
            (Role::OnError, _) => {
                self.remove(id);
                self.handled = true;
            }
            (Role::Closing, _) => {
                self.remove(id);
                self.next_closing(flow, at);
            }
            (role, Some(parent)) => {
                let exports = self.remove(id).map(|frame| frame.outputs).unwrap_or_default();
                match role {
                    Role::Item(index) => self.item_over(flow, parent, index, Err(error), at),
                    Role::Parallel(name) => self.branch_over(flow, parent, name, Err(error), at),
                    Role::Try => self.body_failed(flow, parent, exports, error, at),
                    Role::Catch => self.try_over(flow, parent, Err(error), at),
                    _ => self.fail_step(flow, parent, error, at),
                }
            }
            (_, None) => {}
        }
    }

    fn body_failed(
        &mut self,
        flow: &Flow,
        parent: FrameId,
        exports: Exports,
        error: StepError,
        at: Timestamp,
    ) {
        self.export(flow, parent, exports);
        let Some(frame) = self.frames.get(&parent) else { return };
        let step = &flow.steps[flow.blocks[frame.block].steps[frame.position]];
        let Op::Try { catch, .. } = &step.op else { return };
        match catch {
            Some(catch) => {
                let prefix = format!("{}.catch", State::address(frame, &step.label)).into();
                let bindings = vec![("error".into(), error.to_value())];
                self.push(flow, Some(parent), *catch, prefix, Role::Catch, bindings, at);
            }
            None => self.try_over(flow, parent, Err(error), at),
        }
    }

    /// The run is to end: everything stops, but `finally` blocks run, innermost first.
    fn close(&mut self, flow: &Flow, ending: Ending, at: Timestamp) {
        if self.ending.is_some() {
            // A cancel while `on_error` runs cuts that short; the run ends as it was to end.
            if matches!(ending, Ending::Cancelled(_)) {
                self.closing_until = Some(at);
            }
            return;
        }
        let mut finals: Vec<(usize, FrameId, usize, BlockId)> = Vec::new();
        for (id, frame) in &mut self.frames {
            let step = flow.blocks[frame.block].steps.get(frame.position).copied();
            if let (Some(step), Current::Block(Progress::Try { pending: None })) =
                (step, &frame.current)
                && let Op::Try { finally: Some(finally), .. } = &flow.steps[step].op
            {
                finals.push((frame.prefix.len(), *id, step, *finally));
            }
            frame.current = Current::Stopped;
        }
        // Outermost first, so that the innermost is taken first from the end.
        finals.sort_unstable_by_key(|(depth, id, ..)| (*depth, *id));
        self.closing = finals.into_iter().map(|(_, id, step, block)| (id, step, block)).collect();
        self.ready.clear();
        self.ending = Some(ending);
        self.closing_until = Some(at.plus(CLOSING_TIME));
        self.next_closing(flow, at);
    }

    fn next_closing(&mut self, flow: &Flow, at: Timestamp) {
        if let Some((parent, step, block)) = self.closing.pop() {
            let Some(frame) = self.frames.get(&parent) else { return self.next_closing(flow, at) };
            let prefix =
                format!("{}.finally", State::address(frame, &flow.steps[step].label)).into();
            self.push(flow, Some(parent), block, prefix, Role::Closing, Vec::new(), at);
        } else {
            self.begin_on_error(flow, at);
        }
    }

    fn begin_on_error(&mut self, flow: &Flow, at: Timestamp) {
        let error = match &self.ending {
            Some(Ending::Failed(error) | Ending::TimedOut(error)) => error.to_value(),
            _ => {
                self.handled = true;
                return;
            }
        };
        match flow.on_error {
            Some(block) => {
                self.closing_until = Some(at.plus(ON_ERROR_TIME));
                let root = self.by_prefix.get("").copied();
                let bindings = vec![("error".into(), error)];
                self.push(flow, root, block, "on_error".into(), Role::OnError, bindings, at);
            }
            None => self.handled = true,
        }
    }

    /// Whether everything that had to run has run, so that the end can be recorded.
    pub fn finished(&self) -> Option<Ending> {
        if self.ended.is_some() || self.started.is_none() {
            return None;
        }
        if let Some(ending) = &self.ending {
            return self.handled.then(|| ending.clone());
        }
        let root = self.by_prefix.get("").and_then(|id| self.frames.get(id))?;
        matches!(root.current, Current::Stopped).then_some(Ending::Returned(Value::Null))
    }
}

impl Frame {
    fn attempt_ref(&self) -> Option<&Attempt> {
        match &self.current {
            Current::Running(attempt)
            | Current::Again(attempt)
            | Current::Retry { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// The number of the current attempt; 1 for a step that has not begun.
    pub fn attempt(&self) -> u32 {
        self.attempt_ref().map_or(1, |attempt| attempt.number)
    }

    pub fn generation(&self) -> u32 {
        self.attempt_ref().map_or(0, |attempt| attempt.generation)
    }
}
