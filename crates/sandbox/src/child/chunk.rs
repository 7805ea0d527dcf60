//! Many turns of one code step, one after the other.

use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use codex32_model::Value;
use codex32_model::codes::sandbox as codes;

use super::javascript::Turn;
use super::link::Link;
use super::restrict::Cap;
use super::{Child, bounded, python};
use crate::Failure;
use crate::wire::{self, Frame, Item, Tongue};

/// Most bytes of values in one chunk; the item that passes it is the last.
const MOST_BYTES: usize = 1 << 20;

/// When a chunk is over before all its items are.
struct Bounds<'a> {
    link: Rc<Link>,
    terms: &'a wire::Terms,
    until: Option<Instant>,
    bytes: usize,
}

impl Child {
    /// Runs the items of a chunk until its time is over; at least one.
    pub fn run_chunk(&mut self, frame: &Frame) -> io::Result<()> {
        let head: wire::Chunk = frame.header()?;
        let (shared, items) = wire::items(frame.body())?;
        self.cap.set(&head.terms)?;
        self.link.begin(&head.terms);
        let until = Instant::now().checked_add(Duration::from_millis(head.budget_ms));
        match head.terms.language {
            Tongue::Python => self.each_in_python(&head.terms, shared, &items, until)?,
            Tongue::TypeScript | Tongue::JavaScript => {
                self.each_in_javascript(&head.terms, shared, &items, until)?;
            }
        }
        self.link.end_chunk(Cap::peak_kib())
    }

    fn each_in_javascript(
        &mut self,
        terms: &wire::Terms,
        shared: &[u8],
        items: &[Item<'_>],
        until: Option<Instant>,
    ) -> io::Result<()> {
        let mut bounds = Bounds { link: Rc::clone(&self.link), terms, until, bytes: 0 };
        match self.sources.get(terms.language, &terms.code) {
            Ok(source) => {
                let turns = items.iter().map(|item| Turn {
                    now: item.now,
                    seed: &item.seed,
                    network: false,
                    scope: item.scope,
                });
                self.engine.run_each(terms, &source, shared, turns, |outcome| bounds.over(outcome))
            }
            // It is none of them, and the same for all.
            Err(failure) => {
                items.iter().try_for_each(|_| bounds.over(Err(failure.clone())).map(drop))
            }
        }
    }

    /// Each item in an interpreter of its own, which is made quickly.
    fn each_in_python(
        &self,
        terms: &wire::Terms,
        shared: &[u8],
        items: &[Item<'_>],
        until: Option<Instant>,
    ) -> io::Result<()> {
        let mut bounds = Bounds { link: Rc::clone(&self.link), terms, until, bytes: 0 };
        let shared = python::read(shared);
        for item in items {
            let outcome = shared.clone().and_then(|shared| {
                let scope = together(&shared, &python::read(item.scope)?);
                python::run(terms, item.now, &scope, &self.link)
            });
            if !bounds.over(outcome)? {
                break;
            }
        }
        Ok(())
    }
}

fn together(shared: &Value, own: &Value) -> Value {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut all = fields(shared);
    all.extend(fields(own));
    Value::from(all)
}

impl Bounds<'_> {
    /// One item is over; whether the next may begin.
    fn over(&mut self, outcome: Result<Vec<u8>, Failure>) -> io::Result<bool> {
        let outcome = bounded(outcome, self.terms.output);
        self.bytes += outcome.as_ref().map_or(0, Vec::len);
        // After these the next begins in a chunk of its own, in a child that the server has looked at.
        let severe = matches!(&outcome, Err(failure) if [codes::TIME, codes::MEMORY].contains(&failure.code));
        self.link.outcome(outcome)?;
        self.link.begin(self.terms);
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        Ok(!severe && !late && self.bytes < MOST_BYTES)
    }
}
