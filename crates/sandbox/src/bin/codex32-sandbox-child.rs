//! A program that is nothing but the child, for the tests and the benchmark of this crate. The
//! product's own binary has a hidden subcommand instead.
//!
//! With the name of a deed as its argument it restricts itself and then tries that deed, which is
//! how the tests see that the restrictions hold: code cannot even try. It exits with 0 if the deed
//! was done and with 1 if it was refused.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1) {
        None => codex32_sandbox::child_main(),
        Some(deed) => match attempt(&deed) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn attempt(deed: &str) -> io::Result<()> {
    codex32_sandbox::restrict::close_files();
    codex32_sandbox::restrict::apply()?;
    match deed {
        "nothing" => Ok(()),
        "read a file" => std::fs::File::open("/etc/passwd").map(drop),
        "write a file" => std::fs::File::create("/tmp/codex32-sandbox-probe").map(drop),
        "list a folder" => std::fs::read_dir("/").map(drop),
        "connect" => std::net::TcpStream::connect("127.0.0.1:9").map(drop),
        "start a process" => std::process::Command::new("/bin/true").status().map(drop),
        "start a thread" => std::thread::Builder::new().spawn(|| ()).map(drop),
        "use much memory" => {
            let mut much: Vec<u8> = Vec::new();
            much.try_reserve_exact(2 << 30).map_err(io::Error::other)
        }
        other => Err(io::Error::other(format!("unknown deed {other}"))),
    }
}
