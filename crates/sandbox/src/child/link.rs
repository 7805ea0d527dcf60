//! The child's end of the pipes, and the log of the job that runs.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use codex32_model::fact::LogLevel;
use serde::Serialize;

use crate::Failure;
use crate::wire::{self, Frame, Kind};

/// Outcomes of a chunk are passed on after this time, or so many bytes. What is not passed on is done
/// again one by one when the server has to kill the child.
const PASS_ON: Duration = Duration::from_millis(2);
const MOST_HELD: usize = 64 << 10;

/// Shared by the loop and the functions that code can call.
pub struct Link {
    input: RefCell<File>,
    output: RefCell<File>,
    log_bytes: Cell<usize>,
    log_lines: Cell<usize>,
    /// Outcomes of a chunk that are not passed on yet, and when the last were.
    outcomes: RefCell<Vec<u8>>,
    passed_on: Cell<Instant>,
}

impl Link {
    /// Takes duplicates, since the standard library buffers its own.
    pub fn open() -> io::Result<Self> {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self {
            input: RefCell::new(input),
            output: RefCell::new(output),
            log_bytes: Cell::new(0),
            log_lines: Cell::new(0),
            outcomes: RefCell::new(Vec::new()),
            passed_on: Cell::new(Instant::now()),
        })
    }

    pub fn begin(&self, head: &wire::Terms) {
        self.log_bytes.set(head.log_bytes);
        self.log_lines.set(head.log_lines);
    }

    pub fn send<T: Serialize>(&self, kind: Kind, header: &T, body: &[u8]) -> io::Result<()> {
        wire::send(&mut *self.output.borrow_mut(), kind, header, body)
    }

    pub fn receive(&self, cap: usize) -> io::Result<Option<Frame>> {
        Frame::read(&mut *self.input.borrow_mut(), cap)
    }

    /// Keeps the outcome of one item of a chunk for a moment.
    pub fn outcome(&self, outcome: Result<Vec<u8>, Failure>) -> io::Result<()> {
        let full = {
            let mut outcomes = self.outcomes.borrow_mut();
            wire::put_outcome(&mut outcomes, outcome.map_err(|failure| super::failed(failure, 0)))?;
            outcomes.len() >= MOST_HELD
        };
        let now = Instant::now();
        if full { self.send_outcomes(now) } else { self.pass_on(now) }
    }

    /// Sends the outcomes that were kept for long enough.
    pub fn pass_on(&self, now: Instant) -> io::Result<()> {
        if now.saturating_duration_since(self.passed_on.get()) < PASS_ON {
            return Ok(());
        }
        self.send_outcomes(now)
    }

    fn send_outcomes(&self, now: Instant) -> io::Result<()> {
        self.passed_on.set(now);
        let outcomes = self.outcomes.take();
        if outcomes.is_empty() {
            return Ok(());
        }
        self.send(Kind::Outcomes, &wire::Outcomes { ended: None }, &outcomes)
    }

    /// The chunk is over: sends what is left.
    pub fn end_chunk(&self, peak_kib: u64) -> io::Result<()> {
        self.send(Kind::Outcomes, &wire::Outcomes { ended: Some(peak_kib) }, &self.outcomes.take())
    }

    /// Sent at once, so that the lines before an endless loop are seen.
    pub fn log(&self, level: LogLevel, message: &str) {
        let (bytes, lines) = (self.log_bytes.get(), self.log_lines.get());
        if lines == 0 {
            return;
        }
        // The line is the next item's.
        let _ = self.send_outcomes(Instant::now());
        let log = if lines == 1 || message.len() > bytes {
            self.log_lines.set(0);
            let bytes = if lines == 1 { 0 } else { bytes };
            let message = message.get(..message.floor_char_boundary(bytes)).unwrap_or_default();
            if !message.is_empty() {
                let cut = wire::Log { level, message: message.to_owned() };
                let _ = self.send(Kind::Log, &cut, &[]);
            }
            let message = "the log is full: what follows is left out".to_owned();
            wire::Log { level: LogLevel::Warn, message }
        } else {
            self.log_lines.set(lines - 1);
            self.log_bytes.set(bytes - message.len());
            wire::Log { level, message: message.to_owned() }
        };
        // A pipe that is closed ends the loop at its next read.
        let _ = self.send(Kind::Log, &log, &[]);
    }
}
