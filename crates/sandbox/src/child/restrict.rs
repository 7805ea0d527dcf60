//! The child's own chains, put on before its first job and never taken off.

use std::io;

use nix::sys::resource::{Resource, UsageWho, getrusage, rlim_t, setrlimit};

use crate::Defences;
use crate::wire;

#[cfg(target_os = "linux")]
mod linux;

/// What the interpreters need besides what the code holds: its text, its values as JSON twice.
const SLACK: u64 = 64 << 20;
/// No child works longer than this in all, in seconds.
const LIFETIME: rlim_t = 24 * 3600;

/// Closes every file but standard input, output and error: what the server had open without meaning
/// to pass it on.
pub fn close_files() {
    let listed: Vec<i32> = std::fs::read_dir("/proc/self/fd")
        .map(|dir| dir.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).collect())
        .unwrap_or_else(|_| (3..1024).collect());
    for file in listed.into_iter().filter(|&file| file > 2) {
        // The one that listed them is closed by now.
        let _ = nix::unistd::close(file);
    }
}

/// Restricts this process for good. On Linux every layer but Landlock is required.
pub fn apply() -> io::Result<(Defences, Cap)> {
    let cap = Cap { base: private_memory(), memory: None };
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
        nix::sys::prctl::set_dumpable(false)?;
        nix::sys::prctl::set_no_new_privs()?;
    }
    #[cfg(target_os = "linux")]
    let landlock = linux::landlock();
    #[cfg(not(target_os = "linux"))]
    let landlock = false;
    for nothing in [Resource::RLIMIT_CORE, Resource::RLIMIT_FSIZE, Resource::RLIMIT_NOFILE] {
        setrlimit(nothing, 0, 0)?;
    }
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    setrlimit(Resource::RLIMIT_NPROC, 0, 0)?;
    setrlimit(Resource::RLIMIT_CPU, LIFETIME, LIFETIME)?;
    let most = cap.base + crate::MAX_MEMORY as u64 + SLACK;
    setrlimit(Resource::RLIMIT_DATA, most, most)?;
    #[cfg(target_os = "linux")]
    linux::seccomp()?;
    Ok((Defences { seccomp: cfg!(target_os = "linux"), landlock, limits: true }, cap))
}

/// The limits that a job sets anew, within those that hold for good.
pub struct Cap {
    /// Private memory before the first job, in bytes.
    base: u64,
    /// What the last job was given.
    memory: Option<usize>,
}

impl Cap {
    pub fn set(&mut self, head: &wire::Terms) -> io::Result<()> {
        if self.memory != Some(head.memory) {
            let memory = head.memory.min(crate::MAX_MEMORY);
            let hard = self.base + crate::MAX_MEMORY as u64 + SLACK;
            setrlimit(Resource::RLIMIT_DATA, self.base + memory as u64 + SLACK, hard)?;
            self.memory = Some(head.memory);
        }
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        let used = usage.user_time().tv_sec() + usage.system_time().tv_sec();
        let used = rlim_t::try_from(used).unwrap_or(0);
        // One second more, since used time is rounded down.
        let soft = used.saturating_add(head.cpu_secs).saturating_add(1).min(LIFETIME);
        setrlimit(Resource::RLIMIT_CPU, soft, LIFETIME)?;
        Ok(())
    }

    /// The most memory that this process has held so far.
    pub fn peak_kib() -> u64 {
        getrusage(UsageWho::RUSAGE_SELF)
            .ok()
            .and_then(|usage| u64::try_from(usage.max_rss()).ok())
            .map_or(0, |peak| if cfg!(target_os = "macos") { peak >> 10 } else { peak })
    }
}

/// What `RLIMIT_DATA` counts already; an allocator may have set much aside.
fn private_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kib = data.and_then(|data| data.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
