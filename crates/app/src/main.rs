//! The `codex32` binary: the server, and the command line that people and scripts meet.
//!
//! Everything is in the modules: [`cli`] reads the command, one file per group of commands carries it
//! out, [`client`] speaks to a running server, [`output`] is the only place that prints.

mod cli;
mod client;
mod clock;
mod config;
mod docs;
mod failure;
mod output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
