//! Code steps: TypeScript, JavaScript and a subset of Python, in a child process that can be killed.
//!
//! The layers of defence, from the inside out. No one of them is trusted alone:
//!
//! 1. **The interpreter has nothing to reach.** QuickJS without its `std` and `os` modules, and
//!    monty, a Python without operating system. Each job finds the interpreter as the first one did:
//!    the memory of QuickJS is put back byte for byte (`child/heap.rs`), of monty each job has a new
//!    one; values come in and go out as JSON text. Limits on memory, stack and time inside give good error messages and
//!    are not relied on (`new Array(3e8)+''` ignores them).
//! 2. **The process can do nothing.** Before the first job the child closes every file but its
//!    three pipes, lowers its limits (memory, processor time, no files, no processes, no core),
//!    and puts on Landlock (no file, no network) and seccomp (only memory, its pipes, its exit; a
//!    try at `execve`, `fork`, `socket`, `ptrace` and the like kills it). Its environment is empty.
//!    A child that cannot do this does not start.
//! 3. **The server decides.** It measures the time and kills with SIGKILL, caps every frame that
//!    it reads, checks every host that `fetch` names, and replaces a child that died, grew or
//!    served long enough. A child dies with the server.
//!
//! Where the system is not Linux only the process limits of layer 2 hold.
//!
//! What is not defended: children serve jobs of many bots one after another, so a hole in the
//! interpreter that runs native code could read the jobs that follow in the same child.

mod child;
mod job;
mod network;
mod pool;
mod spawn;
mod wire;
mod worker;

pub use child::{child_main, restrict};
pub use job::{Chunk, ChunkDone, ChunkItem, Done, Failure, Job, Limits};
pub use network::{Fetch, FetchRequest, FetchResponse, allowed};
pub use pool::{Options, Pool};
pub use wire::Defences;

/// The most memory that a job may be given, in bytes.
pub const MAX_MEMORY: usize = 1 << 30;
