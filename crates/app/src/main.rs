//! The `codex32` binary: the server, the command line that people and scripts meet, and the child
//! process in which code steps run.
//!
//! [`cli`] reads the command, one file per group of commands carries it out; [`client`] speaks to a
//! running server; [`output`] is the only place that prints.

mod cli;
mod client;
mod clock;
mod config;
mod docs;
mod failure;
mod output;
mod paste;
mod sandboxed;
mod serve;
mod spelling;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // First of all: the child closes its files and gives up its rights before anything else is done.
    if sandboxed::is_child() {
        return codex32_sandbox::child_main();
    }
    cli::main()
}
