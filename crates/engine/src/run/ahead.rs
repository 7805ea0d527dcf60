//! Turns of a loop whose next step is code are computed in chunks, ahead of the turn that is reached.
//!
//! A code step without a network is a function of what it sees, the time and its seed, and has no
//! effect; so it may be called before its turn has come, and its outcome be kept until then. Nothing
//! else changes by it: a turn begins when it would have begun, takes the outcome that is known by then
//! or waits for it, and becomes the same facts. What is kept here is no fact; after a crash it is
//! computed again, for the turns that have no outcome in the journal.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use codex32_model::fact::LogLine;
use codex32_model::time::Timestamp;
use codex32_model::value::Value;

use super::decide::Failure;
use super::state::FrameId;

/// Names a chunk among those of its run in memory.
pub type ChunkId = u64;

/// Most turns in one chunk; how long one is meant to take, and how much faster the next may be.
const MOST_TURNS: usize = 256;
const MEANT: Duration = Duration::from_millis(8);
const GROWTH: usize = 8;
/// Chunks on their way before it is known how long a turn takes.
const FIRST: usize = 8;

/// Chunks of all loops of a run.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    loops: HashMap<FrameId, Loop>,
    chunks: HashMap<ChunkId, Chunk>,
    /// On their way for loops that are over.
    left: Vec<ChunkId>,
    next: ChunkId,
}

/// A loop, by the frame that it is the current step of.
#[derive(Debug, Clone)]
pub struct Loop {
    /// No chunk has had this turn or one after it.
    pub next: usize,
    /// Turns that were in a chunk that ended before their time came.
    pub again: BTreeSet<usize>,
    turns: HashMap<usize, Turn>,
    /// Turns in the next chunk; one, until it is known how long they take.
    pub size: usize,
    is_known: bool,
    /// Chunks and turns on their way.
    chunks: usize,
    on_their_way: usize,
}

#[derive(Debug, Clone)]
enum Turn {
    OnItsWay,
    Known(Known),
}

/// What the code of a turn came to.
#[derive(Debug, Clone)]
pub struct Known {
    pub now: Timestamp,
    pub outcome: Computed,
}

#[derive(Debug, Clone)]
pub enum Computed {
    Done { output: Value, logs: Vec<LogLine> },
    Failed(Failure),
}

#[derive(Debug, Clone)]
struct Chunk {
    of: FrameId,
    /// Turns with the time that their code sees.
    turns: Vec<(usize, Timestamp)>,
}

impl Default for Loop {
    fn default() -> Self {
        Self {
            next: 0,
            again: BTreeSet::new(),
            turns: HashMap::new(),
            size: 1,
            is_known: false,
            chunks: 0,
            on_their_way: 0,
        }
    }
}

impl Loop {
    /// Whether another chunk may be on its way: as many turns as may run at once, and where they are
    /// quick a second chunk, so that one is computed while the outcomes of the other are taken. What
    /// is known and not taken yet is bounded by the same.
    fn may_issue(&self, concurrency: usize, turns: usize) -> bool {
        if self.again.is_empty() && self.next >= turns {
            return false;
        }
        if self.chunks == 0 {
            return !self.again.is_empty() || self.turns.len() < 2 * self.size.max(concurrency);
        }
        if !self.is_known {
            return self.chunks < FIRST.min(concurrency);
        }
        self.on_their_way + self.size <= concurrency
            || (self.size > 1 && self.chunks < 2 && self.turns.len() < 2 * self.size)
    }

    /// Whether a chunk has the turn, or is to have it.
    pub fn has(&self, turn: usize) -> bool {
        self.turns.contains_key(&turn) || self.again.contains(&turn)
    }

    /// What a chunk of so many turns took says how large the next may be.
    fn learn(&mut self, turns: usize, took: Duration) {
        self.is_known = true;
        let turns = turns.max(1);
        let each = (took.as_nanos() / turns as u128).max(1);
        let fit = usize::try_from(MEANT.as_nanos() / each).unwrap_or(MOST_TURNS);
        self.size = fit.clamp(1, MOST_TURNS.min(self.size.max(turns) * GROWTH));
    }
}

impl Ahead {
    pub fn of(&mut self, id: FrameId) -> &mut Loop {
        self.loops.entry(id).or_default()
    }

    /// Whether another chunk of a loop with so many turns may be on its way.
    pub fn may_issue(&self, id: FrameId, concurrency: usize, turns: usize) -> bool {
        self.loops.get(&id).is_some_and(|of| of.may_issue(concurrency, turns))
    }

    /// The outcome of a turn, once.
    pub fn take(&mut self, id: FrameId, turn: usize) -> Option<Known> {
        let turns = &mut self.loops.get_mut(&id)?.turns;
        match turns.get(&turn)? {
            Turn::OnItsWay => None,
            Turn::Known(_) => match turns.remove(&turn)? {
                Turn::Known(known) => Some(known),
                Turn::OnItsWay => None,
            },
        }
    }

    /// Notes that a chunk is on its way.
    pub fn issue(&mut self, id: FrameId, turns: Vec<(usize, Timestamp)>) -> ChunkId {
        let chunk = self.next;
        self.next += 1;
        let of = self.loops.entry(id).or_default();
        of.chunks += 1;
        of.on_their_way += turns.len();
        of.turns.extend(turns.iter().map(|(turn, _)| (*turn, Turn::OnItsWay)));
        self.chunks.insert(chunk, Chunk { of: id, turns });
        chunk
    }

    /// A chunk has ended: the loop, and the turns that have an outcome now. The others are to be
    /// computed again. Nothing if its loop is over.
    pub fn end(
        &mut self,
        chunk: ChunkId,
        outcomes: Vec<Computed>,
        took: Duration,
    ) -> Option<(FrameId, Vec<usize>)> {
        let Chunk { of: id, turns } = self.chunks.remove(&chunk)?;
        let of = self.loops.get_mut(&id)?;
        of.chunks = of.chunks.saturating_sub(1);
        of.on_their_way = of.on_their_way.saturating_sub(turns.len());
        of.learn(outcomes.len(), took);
        let mut known = Vec::with_capacity(outcomes.len());
        let mut outcomes = outcomes.into_iter();
        for (turn, now) in turns {
            match outcomes.next() {
                Some(outcome) => {
                    of.turns.insert(turn, Turn::Known(Known { now, outcome }));
                    known.push(turn);
                }
                None => {
                    of.turns.remove(&turn);
                    of.again.insert(turn);
                }
            }
        }
        Some((id, known))
    }

    /// The loop is over.
    pub fn leave(&mut self, id: FrameId) {
        if !self.loops.is_empty() && self.loops.remove(&id).is_some() {
            let left = &mut self.left;
            self.chunks.retain(|chunk, of| {
                let stays = of.of != id;
                if !stays {
                    left.push(*chunk);
                }
                stays
            });
        }
    }

    pub fn leave_all(&mut self) {
        self.loops.clear();
        self.left.extend(self.chunks.drain().map(|(chunk, _)| chunk));
    }

    /// Chunks that nobody waits for any more, once.
    pub fn take_left(&mut self) -> Vec<ChunkId> {
        std::mem::take(&mut self.left)
    }
}
