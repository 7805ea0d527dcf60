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
    // The allocator's huge pages hold memory that nobody asked for: 16 MB of an idle server, and no request
    // is faster for them. Where the kernel refuses, it is only memory.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    // First of all: the child closes its files and gives up its rights before anything else is done.
    if let Some(kind) = sandboxed::document() {
        return codex32_knowledge::extract::child_main(&kind);
    }
    if sandboxed::is_child() {
        return codex32_sandbox::child_main();
    }
    cli::main()
}
