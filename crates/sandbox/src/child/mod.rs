//! What runs in the child process: restrict ourselves, then serve one job after another.

mod chunk;
mod heap;
mod javascript;
mod link;
mod python;
pub mod restrict;
mod source;
mod strip;

use std::io;
use std::process::ExitCode;
use std::rc::Rc;

use codex32_model::codes::sandbox as codes;

use crate::Failure;
use crate::wire::{self, Kind, Tongue};
use javascript::{Engine, Turn};
use link::Link;
use restrict::Cap;
use source::Sources;

/// What the hidden subcommand calls, first thing in `main`, before any thread is started: closes
/// all files but the three pipes, restricts the process, then serves jobs until its input closes.
pub fn child_main() -> ExitCode {
    // A panic message may hold a piece of the code's data; the place alone tells enough.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("panic at {place}");
    }));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    restrict::close_files();
    let link = Rc::new(Link::open()?);
    let (defences, cap) = restrict::apply()?;
    let peak_kib = Cap::peak_kib();
    let engine = Engine::new(&link, peak_kib)?;
    let mut child = Child { link, cap, sources: Sources::default(), engine };
    child.link.send(Kind::Ready, &wire::Ready { defences, peak_kib }, &[])?;
    while let Some(frame) = child.link.receive(wire::MAX_FRAME)? {
        match frame.kind {
            Kind::Run => {
                let head: wire::Run = frame.header()?;
                child.cap.set(&head.terms)?;
                child.link.begin(&head.terms);
                let outcome = child.run(&head, frame.body());
                answer(&child.link, outcome, head.terms.output)?;
            }
            Kind::Chunk => child.run_chunk(&frame)?,
            Kind::Check => {
                let head: wire::Check = frame.header()?;
                let outcome = child.check(&head);
                answer(&child.link, outcome.map(|()| b"null".to_vec()), usize::MAX)?;
            }
            // To a `fetch` that the job before did not wait for.
            Kind::Answer => {}
            Kind::Ready | Kind::Log | Kind::Fetch | Kind::Value | Kind::Failed | Kind::Outcomes => {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
    Ok(())
}

/// What jobs are done with.
struct Child {
    link: Rc<Link>,
    cap: Cap,
    sources: Sources,
    engine: Engine,
}

impl Child {
    fn run(&mut self, head: &wire::Run, scope: &[u8]) -> Result<Vec<u8>, Failure> {
        let wire::Run { terms, now, seed, network } = head;
        match terms.language {
            Tongue::Python => {
                let scope = python::read(scope)?;
                python::run(terms, *now, &scope, &self.link)
            }
            Tongue::TypeScript | Tongue::JavaScript => {
                let source = self.sources.get(terms.language, &terms.code)?;
                let turn = Turn { now: *now, seed, network: *network, scope };
                self.engine.run(terms, &source, &turn)
            }
        }
    }

    fn check(&mut self, head: &wire::Check) -> Result<(), Failure> {
        match head.language {
            Tongue::Python => python::check(&head.code),
            Tongue::TypeScript | Tongue::JavaScript => {
                let source = self.sources.get(head.language, &head.code)?;
                self.engine.check(&source)
            }
        }
    }
}

/// The value, if it is not too large.
fn bounded(outcome: Result<Vec<u8>, Failure>, most: usize) -> Result<Vec<u8>, Failure> {
    match outcome {
        Ok(value) if value.len() > most => {
            let most = most >> 10;
            let message = format!("the returned value is larger than {most} KiB");
            Err(Failure::new(codes::OUTPUT, message))
        }
        other => other,
    }
}

/// A failure as it is sent.
fn failed(failure: Failure, peak_kib: u64) -> wire::Failed {
    let Failure { code, mut message, line, column, .. } = failure;
    if let Some((end, _)) = message.char_indices().nth(2_000) {
        message.truncate(end);
        message.push('…');
    }
    wire::Failed { code: code.text.to_owned(), message, line, column, peak_kib }
}

fn answer(link: &Link, outcome: Result<Vec<u8>, Failure>, most: usize) -> io::Result<()> {
    let peak_kib = Cap::peak_kib();
    match bounded(outcome, most) {
        Ok(value) => link.send(Kind::Value, &wire::Value { peak_kib }, &value),
        Err(failure) => link.send(Kind::Failed, &failed(failure, peak_kib), &[]),
    }
}
