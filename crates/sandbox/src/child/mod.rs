//! What runs in the child process: restrict ourselves, then serve one job after another.

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
    let (defences, mut cap) = restrict::apply()?;
    let mut sources = Sources::default();
    let peak_kib = Cap::peak_kib();
    let fresh = || javascript::Engine::new(&link, peak_kib);
    let mut spare = Some(fresh()?);
    link.send(Kind::Ready, &wire::Ready { defences, peak_kib }, &[])?;
    while let Some(frame) = link.receive(wire::MAX_FRAME)? {
        match frame.kind {
            Kind::Run => {
                let head: wire::Run = frame.header()?;
                let scope = frame.body();
                cap.set(&head)?;
                link.begin(&head);
                let outcome = match head.language {
                    Tongue::Python => python::run(&head, scope, &link),
                    Tongue::TypeScript | Tongue::JavaScript => {
                        let engine = spare.take().map_or_else(fresh, Ok)?;
                        sources
                            .get(head.language, &head.code)
                            .and_then(|source| engine.run(&head, &source, scope))
                    }
                };
                answer(&link, outcome, head.output)?;
            }
            Kind::Check => {
                let head: wire::Check = frame.header()?;
                let outcome = match head.language {
                    Tongue::Python => python::check(&head.code),
                    Tongue::TypeScript | Tongue::JavaScript => {
                        let engine = spare.take().map_or_else(fresh, Ok)?;
                        sources
                            .get(head.language, &head.code)
                            .and_then(|source| engine.check(&source))
                    }
                };
                answer(&link, outcome.map(|()| b"null".to_vec()), usize::MAX)?;
            }
            // To a `fetch` that the job before did not wait for.
            Kind::Answer => {}
            Kind::Ready | Kind::Log | Kind::Fetch | Kind::Value | Kind::Failed => {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        // Made ahead, while nobody waits.
        if spare.is_none() {
            spare = Some(fresh()?);
        }
    }
    Ok(())
}

fn answer(link: &Link, outcome: Result<Vec<u8>, Failure>, most: usize) -> io::Result<()> {
    let peak_kib = Cap::peak_kib();
    let outcome = outcome.and_then(|value| {
        if value.len() > most {
            let most = most >> 10;
            let message = format!("the returned value is larger than {most} KiB");
            return Err(Failure::new(codes::OUTPUT, message));
        }
        Ok(value)
    });
    match outcome {
        Ok(value) => link.send(Kind::Value, &wire::Value { peak_kib }, &value),
        Err(failure) => {
            let Failure { code, mut message, line, column, .. } = failure;
            if let Some((end, _)) = message.char_indices().nth(2_000) {
                message.truncate(end);
                message.push('…');
            }
            let code = code.text.to_owned();
            let failed = wire::Failed { code, message, line, column, peak_kib };
            link.send(Kind::Failed, &failed, &[])
        }
    }
}
