//! The child's end of the pipes, and the log of the job that runs.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use codex32_model::fact::LogLevel;
use serde::Serialize;

use crate::wire::{self, Frame, Kind};

/// Shared by the loop and the functions that code can call.
pub struct Link {
    input: RefCell<File>,
    output: RefCell<File>,
    log_bytes: Cell<usize>,
    log_lines: Cell<usize>,
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
        })
    }

    pub fn begin(&self, head: &wire::Run) {
        self.log_bytes.set(head.log_bytes);
        self.log_lines.set(head.log_lines);
    }

    pub fn send<T: Serialize>(&self, kind: Kind, header: &T, body: &[u8]) -> io::Result<()> {
        wire::send(&mut *self.output.borrow_mut(), kind, header, body)
    }

    pub fn receive(&self, cap: usize) -> io::Result<Option<Frame>> {
        Frame::read(&mut *self.input.borrow_mut(), cap)
    }

    /// Sent at once, so that the lines before an endless loop are seen.
    pub fn log(&self, level: LogLevel, message: &str) {
        let (bytes, lines) = (self.log_bytes.get(), self.log_lines.get());
        if lines == 0 {
            return;
        }
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
