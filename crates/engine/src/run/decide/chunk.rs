//! Code at the beginning of a loop's turns, computed in chunks: see [`crate::run::ahead`].

use super::*;
use crate::run::blocks::turn_bindings;

/// Most bytes of items in one chunk; the item that passes it is the last.
const MOST_BYTES: usize = 256 << 10;

/// A loop whose turns begin with code, as chunks need it.
struct Coded<'a> {
    /// The step that its turns begin with.
    step: &'a FlowStep,
    code: &'a CodeStep,
    bind: &'a Arc<str>,
    /// The address of the loop.
    base: Address,
    items: Arc<Vec<Value>>,
    /// The first turn that has not begun.
    next: usize,
    /// Whether no further turn begins.
    failed: bool,
}

impl Step<'_> {
    /// Whether the code of a turn is begun, or over, by means of chunks.
    pub(super) fn begin_in_chunk(
        &mut self,
        id: FrameId,
        step: &FlowStep,
        address: &Address,
        attempt: &Attempt,
    ) -> bool {
        let state = &mut self.machine.state;
        let Some(frame) = state.frame(id) else { return false };
        let (Some(of), Role::Item(turn), Current::Ready) =
            (frame.parent, &frame.role, &frame.current)
        else {
            return false;
        };
        let turn = *turn;
        if !self.machine.looks_ahead || frame.position > 0 || !may_look_ahead(step) {
            return false;
        }
        match &state.frame(of).map(|frame| &frame.current) {
            Some(Current::Block(Progress::ForEach { items, .. })) if items.len() > 1 => {}
            _ => return false,
        }
        if let Some(known) = state.ahead.take(of, turn) {
            self.take_known(id, address, known);
            self.look_ahead(of);
            return true;
        }
        let ahead = state.ahead.of(of);
        if !ahead.has(turn) {
            ahead.again.insert(turn);
        }
        state.set(id, Current::Running(attempt.clone()));
        self.look_ahead(of);
        true
    }

    /// A chunk has ended: turns that wait for its outcomes go on.
    pub(super) fn computed(&mut self, chunk: ChunkId, outcomes: Vec<Computed>, took: Duration) {
        let Some((of, turns)) = self.machine.state.ahead.end(chunk, outcomes, took) else { return };
        let flow = Arc::clone(&self.machine.flow);
        let Some(coded) = self.coded(&flow, of) else { return };
        for turn in turns {
            let address = coded.address(turn);
            if let Some(id) = self.attempt_at(&address, 1)
                && let Some(known) = self.machine.state.ahead.take(of, turn)
            {
                self.take_known(id, &address, known);
            }
        }
        self.look_ahead(of);
    }

    fn take_known(&mut self, id: FrameId, address: &Address, known: Known) {
        let address = address.clone();
        match known.outcome {
            Computed::Done { output, logs } => {
                self.done(id, address, 1, output, Value::Null, known.now, logs);
            }
            Computed::Failed(failure) => self.failed(id, address, 1, failure),
        }
    }

    /// Issues the chunks that may be on their way now.
    fn look_ahead(&mut self, of: FrameId) {
        if !self.may_issue(of) {
            return;
        }
        let flow = Arc::clone(&self.machine.flow);
        let Some(coded) = self.coded(&flow, of) else { return };
        let mut shared = None;
        while self.may_issue(of) {
            let turns = self.turns(of, &coded);
            if turns.is_empty() {
                return;
            }
            let times = turns.iter().map(|(turn, made)| (*turn, made.now)).collect();
            let scope = shared.get_or_insert_with(|| {
                let (state, run) = (&self.machine.state, self.machine.about());
                let scope = StepScope { state, frame: of, now: self.at, run, extra: None };
                // Of these each turn has its own.
                scope.snapshot_without(&["now", "loop", coded.bind])
            });
            let chunk = Chunk {
                id: self.machine.state.ahead.issue(of, times),
                code: coded.code.clone(),
                scope: scope.clone(),
                turns: turns.into_iter().map(|(_, turn)| turn).collect(),
                timeout: coded.step.timeout,
            };
            self.out.commands.push(Command::Chunk(chunk));
        }
    }

    /// Whether a chunk of this loop's turns may be issued, as far as can be told at once.
    fn may_issue(&self, of: FrameId) -> bool {
        let Machine { state, flow, .. } = &*self.machine;
        let Some(frame) = state.frame(of) else { return false };
        let Some(step) = flow.blocks[frame.block].steps.get(frame.position) else { return false };
        match (&flow.steps[*step].op, &frame.current) {
            (
                Op::ForEach { concurrency, .. },
                Current::Block(Progress::ForEach { items, failed, .. }),
            ) => state.ahead.may_issue(
                of,
                *concurrency,
                if failed.is_some() { 0 } else { items.len() },
            ),
            _ => false,
        }
    }

    /// The turns of the next chunk: first those that wait, then those that will begin next.
    fn turns(&mut self, of: FrameId, coded: &Coded<'_>) -> Vec<(usize, ChunkTurn)> {
        let mut turns = Vec::new();
        let mut bytes = 0;
        while bytes < MOST_BYTES && turns.len() < self.machine.state.ahead.of(of).size {
            let ahead = self.machine.state.ahead.of(of);
            let (turn, waits) = match ahead.again.pop_first() {
                Some(turn) => (turn, true),
                None if ahead.next < coded.items.len() => {
                    ahead.next += 1;
                    (ahead.next - 1, false)
                }
                None => break,
            };
            let ahead = &*ahead;
            if !waits && ahead.has(turn) {
                continue;
            }
            let frame = self.machine.state.frame_at(&coded.address(turn));
            let frame = frame.and_then(|id| self.machine.state.frame(id));
            let begins = match frame {
                // One that has begun, and waits, was among those that wait.
                Some(frame) => match frame.current {
                    Current::Running(_) => waits,
                    Current::Ready => frame.position == 0,
                    _ => false,
                },
                None => turn >= coded.next && !coded.failed,
            };
            if begins {
                bytes += coded.items.get(turn).map_or(0, Value::weight);
                let now = frame.map_or(self.at, |frame| frame.ready_at);
                turns.push((turn, coded.turn(turn, now)));
            }
        }
        turns
    }

    fn coded<'a>(&self, flow: &'a Flow, of: FrameId) -> Option<Coded<'a>> {
        let frame = self.machine.state.frame(of)?;
        let around = &flow.steps[*flow.blocks[frame.block].steps.get(frame.position)?];
        let (
            Op::ForEach { bind, body, .. },
            Current::Block(Progress::ForEach { items, next, failed, .. }),
        ) = (&around.op, &frame.current)
        else {
            return None;
        };
        let step = &flow.steps[*flow.blocks[*body].steps.first()?];
        let Op::Code(code) = &step.op else { return None };
        may_look_ahead(step).then(|| Coded {
            step,
            code,
            bind,
            base: State::address(frame, &around.label),
            items: Arc::clone(items),
            next: *next,
            failed: failed.is_some(),
        })
    }

    /// Says which chunks nobody waits for any more.
    pub(super) fn leave_chunks(&mut self) {
        let mut left = self.machine.state.ahead.take_left();
        if left.is_empty() {
            return;
        }
        // Those of this very decision never leave it.
        self.out.commands.retain(|command| {
            let Command::Chunk(chunk) = command else { return true };
            let known = left.len();
            left.retain(|id| *id != chunk.id);
            known == left.len()
        });
        self.out.cut_chunks = left;
    }
}

/// Whether the step is code without an effect that every turn comes to.
fn may_look_ahead(step: &FlowStep) -> bool {
    step.when.is_none() && matches!(&step.op, Op::Code(code) if code.network.is_empty())
}

impl Coded<'_> {
    fn address(&self, turn: usize) -> Address {
        format!("{}[{turn}]/{}", self.base, self.step.label).into()
    }

    fn turn(&self, turn: usize, now: Timestamp) -> ChunkTurn {
        let mut fields = turn_bindings(self.bind, &self.items, turn);
        fields.push(("now".into(), Value::from(now.to_string())));
        ChunkTurn { address: self.address(turn), scope: Value::object(fields), now }
    }
}
