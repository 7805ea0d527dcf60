//! What waits for the committer, and how it is gathered into a transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::flush::Busy;
use super::{Options, Piece, Shared};

/// How long a piece is looked out for before the thread sleeps.
const SOON: Duration = Duration::from_micros(100);

pub(crate) struct Intake {
    incoming: Receiver<Piece>,
    options: Options,
    shared: Arc<Shared>,
    /// Whom to tell when the batch that is being gathered, the last one, is settled.
    pub closing: Option<oneshot::Sender<()>>,
    /// Whether the next piece is likely to come at once.
    soon: bool,
}

/// Pieces for one transaction, and the bytes of journal in them.
#[derive(Default)]
pub(crate) struct Gathered {
    pub pieces: Vec<Piece>,
    bytes: usize,
}

impl Gathered {
    pub fn one(piece: Piece) -> Self {
        Self { pieces: vec![piece], bytes: 0 }
    }
}

impl Intake {
    pub(super) const fn new(
        incoming: Receiver<Piece>,
        options: Options,
        shared: Arc<Shared>,
    ) -> Self {
        Self { incoming, options, shared, closing: None, soon: false }
    }

    /// The next piece, and those that wait behind it; nothing when nobody can send one any more.
    /// Whoever commits one thing after the other is back in less time than it takes to wake a thread:
    /// while pieces come like that they are looked out for, a little.
    pub fn next(&mut self) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        while gathered.pieces.is_empty() && self.closing.is_none() {
            let piece = self.wait()?;
            self.put(&mut gathered, piece);
            self.take_waiting(&mut gathered);
        }
        Some(gathered)
    }

    fn wait(&mut self) -> Option<Piece> {
        let began = Instant::now();
        while self.soon && began.elapsed() < SOON {
            if let Ok(piece) = self.incoming.try_recv() {
                return Some(piece);
            }
            std::hint::spin_loop();
        }
        let piece = self.incoming.recv().ok();
        self.soon = began.elapsed() < SOON * 2;
        piece
    }

    /// Pieces that came while a transaction is written, or that come while an earlier one is being
    /// flushed: whether there are any. They are written into it as they come, so that what is left to
    /// do when the disk is free is the commit.
    pub fn more(&mut self, gathered: &mut Gathered, flush: &Busy) -> bool {
        let before = gathered.pieces.len();
        loop {
            self.take_waiting(gathered);
            if gathered.pieces.len() > before {
                return true;
            }
            if self.is_full(gathered) || !flush.tell_when_idle() {
                return false;
            }
            match self.incoming.recv() {
                Ok(piece) => self.put(gathered, piece),
                Err(_) => return false,
            }
        }
    }

    /// Without waiting: for who admits pieces by hand.
    #[cfg(feature = "simulation")]
    pub fn at_hand(&mut self) -> Gathered {
        let mut gathered = Gathered::default();
        self.take_waiting(&mut gathered);
        gathered
    }

    /// For the flusher to tell that it is idle.
    pub fn sender(&self) -> Option<Sender<Piece>> {
        self.shared.pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn is_full(&self, gathered: &Gathered) -> bool {
        self.closing.is_some()
            || gathered.pieces.len() >= self.options.batch
            || gathered.bytes >= self.options.bytes
    }

    fn take_waiting(&mut self, gathered: &mut Gathered) {
        while !self.is_full(gathered)
            && let Ok(piece) = self.incoming.try_recv()
        {
            self.put(gathered, piece);
        }
    }

    fn put(&mut self, gathered: &mut Gathered, piece: Piece) {
        match piece {
            Piece::Close(done) => self.closing = Some(done),
            Piece::Flushed => {}
            piece => {
                if let Piece::Entry(_, encoded, _) = &piece {
                    gathered.bytes += encoded.row.len();
                }
                gathered.pieces.push(piece);
                self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}
