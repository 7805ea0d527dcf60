//! `doctor`: looks at this machine and the server, and says for each thing what to do.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use clap::Args;
use codex32_sandbox::Defences;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Client, view};
use crate::config::{Listening, Settings, Zone};
use crate::failure::{Exit, Outcome};
use crate::output::{Output, Paint, plain};

/// Check this machine and the server: folder, permissions, port, disk space, time zone, versions
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    listening: Listening,
    #[command(flatten)]
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    message: String,
    /// What to do.
    help: Option<String>,
}

const ENOUGH_SPACE: u64 = 1 << 30;
const LEAST_SPACE: u64 = 64 << 20;

pub fn run(args: &DoctorArgs, settings: &Settings, out: &Output) -> Outcome {
    let mut findings = vec![finding("program", State::Good, program(), None)];
    findings.extend(data_folder(&settings.data));
    findings.extend(secret_file("key file", &settings.key_file(), KEY_HELP));
    findings.extend(secret_file("owner's token", &settings.token_file(), TOKEN_HELP));
    findings.extend(disk(&settings.data));
    findings.push(zone(&args.zone));
    findings.push(sandbox());
    findings.extend(server(settings, args.listening.listen));
    let bad = findings.iter().any(|finding| finding.state == State::Bad);
    if out.json {
        out.document(&json!({ "ok": !bad, "items": findings }));
    } else {
        for finding in &findings {
            print(out, finding);
        }
    }
    Ok(if bad { Exit::No } else { Exit::Well })
}

fn print(out: &Output, finding: &Finding) {
    let (paint, mark) = match finding.state {
        State::Good => (Paint::Green, "good   "),
        State::Warning => (Paint::Yellow, "warning"),
        State::Bad => (Paint::Red, "bad    "),
    };
    out.line(format!("{}  {}: {}", out.paint(paint, mark), finding.check, plain(&finding.message)));
    if let Some(help) = &finding.help {
        out.line(format!("         {}", plain(help)));
    }
}

fn finding(
    check: &'static str,
    state: State,
    message: impl Into<String>,
    help: Option<&str>,
) -> Finding {
    Finding { check, state, message: message.into(), help: help.map(ToOwned::to_owned) }
}

fn program() -> String {
    let (os, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("codex32 {} on {os} {machine}", env!("CARGO_PKG_VERSION"))
}

const KEY_HELP: &str = "without it the credentials in connections cannot be read: keep a copy apart \
                        from the backups of the database";
const TOKEN_HELP: &str = "the server makes a new one when it starts";

fn data_folder(folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    let meta = match std::fs::metadata(folder) {
        Ok(meta) if meta.is_dir() => meta,
        Ok(_) => {
            let help = Some("name another folder with --data or CODEX32_DATA");
            return vec![finding("data folder", State::Bad, format!("{shown} is no folder"), help)];
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let help = Some("`codex32 serve` makes it; --data or CODEX32_DATA names another");
            let message = format!("{shown} does not exist yet");
            return vec![finding("data folder", State::Warning, message, help)];
        }
        Err(error) => {
            let help = Some("run this as the user that runs the server");
            let message = format!("{shown} cannot be read: {error}");
            return vec![finding("data folder", State::Bad, message, help)];
        }
    };
    let mut findings = Vec::new();
    if let Some(mode) = open_to_others(&meta) {
        let message =
            format!("other users of this machine can look into {shown} (mode {mode:03o})");
        let help = format!("chmod 700 {shown}");
        findings.push(finding("permissions", State::Warning, message, Some(&help)));
    }
    findings.push(match tempfile_in(folder) {
        Ok(()) => finding("data folder", State::Good, format!("{shown} can be written"), None),
        Err(error) => {
            let help = Some("give the folder to the user that runs the server, or name another");
            finding("data folder", State::Bad, format!("{shown} cannot be written: {error}"), help)
        }
    });
    findings
}

/// Writes a file and removes it again: permission bits alone do not tell of full or read-only disks.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&file, b"codex32 doctor")?;
    std::fs::remove_file(&file)
}

/// A file that only its owner may read.
fn secret_file(check: &'static str, file: &Path, help: &str) -> Vec<Finding> {
    let shown = file.display();
    match std::fs::metadata(file) {
        Ok(meta) => match open_to_others(&meta) {
            Some(mode) => {
                let message =
                    format!("other users of this machine can read {shown} (mode {mode:03o})");
                let help = format!("chmod 600 {shown}");
                vec![finding(check, State::Bad, message, Some(&help))]
            }
            None => vec![finding(check, State::Good, format!("{shown} is there; {help}"), None)],
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let message = format!("{shown} does not exist yet");
            vec![finding(
                check,
                State::Warning,
                message,
                Some("the server makes it at its first start"),
            )]
        }
        Err(error) => vec![finding(
            check,
            State::Bad,
            format!("{shown} cannot be read: {error}"),
            Some("run this as the user that runs the server"),
        )],
    }
}

/// The permission bits when others than the owner have any.
#[cfg(unix)]
fn open_to_others(meta: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = meta.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

/// Free space where the data folder is, or will be.
fn disk(folder: &Path) -> Option<Finding> {
    let absolute = std::path::absolute(folder).ok()?;
    let there = absolute.ancestors().find(|path| path.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let message = format!("{} MiB free", free >> 20);
    Some(if free < LEAST_SPACE {
        finding("disk space", State::Bad, message, Some("free some: a full disk stops the server"))
    } else if free < ENOUGH_SPACE {
        let help = Some("runs are kept on this disk: 1 GiB and more is comfortable");
        finding("disk space", State::Warning, message, help)
    } else {
        finding("disk space", State::Good, message, None)
    })
}

fn zone(zone: &Zone) -> Finding {
    match zone.name() {
        Ok(name) if zone.timezone.is_none() => {
            let help = Some("CODEX32_TIMEZONE sets that of a new workspace");
            finding(
                "time zone",
                State::Good,
                format!("{name}, unless a schedule names another"),
                help,
            )
        }
        Ok(name) => finding("time zone", State::Good, name, None),
        Err(failure) => finding("time zone", State::Bad, failure.message, failure.help.as_deref()),
    }
}

/// Whether code steps can run here, and how well they are locked in.
fn sandbox() -> Finding {
    let asked =
        tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
            let pool = crate::sandboxed::pool(0)?;
            runtime.block_on(async {
                let defences = pool.defences().await;
                pool.shutdown().await;
                defences.map_err(std::io::Error::other)
            })
        });
    match asked {
        Ok(Defences { landlock: true, seccomp: true, .. }) => {
            finding("code steps", State::Good, "locked in by landlock and seccomp", None)
        }
        Ok(_) => {
            let help =
                Some("a Linux kernel 5.13 or newer with Landlock switched on adds a second wall");
            finding("code steps", State::Warning, "this kernel lacks a part of the sandbox", help)
        }
        Err(error) => {
            let help = Some("bots without code steps run all the same");
            finding("code steps", State::Bad, format!("they cannot run here: {error}"), help)
        }
    }
}

#[derive(Debug, Deserialize)]
struct Server {
    version: String,
    #[serde(default)]
    held: Option<Held>,
}

#[derive(Debug, Deserialize)]
struct Held {
    why: String,
}

fn server(settings: &Settings, listen: SocketAddr) -> Vec<Finding> {
    let reached = Client::new(settings).and_then(|client| Ok((client.health("ready")?, client)));
    let (status, client) = match reached {
        Ok(reached) => reached,
        Err(failure) => {
            let help = Some("start it with `codex32 serve`, or say where it is with --url");
            let mut findings = vec![finding("server", State::Warning, failure.message, help)];
            findings.push(port(listen));
            return findings;
        }
    };
    let url = settings.url();
    let shown = || client.get(&["server"], &[]).and_then(|answer| view::<Server>(&answer));
    if !status.is_success() {
        if let Ok(Server { held: Some(Held { why }), .. }) = shown() {
            let message = format!("at {url}, its store is held and nothing runs: {why}");
            let help = Some("once the original is stopped: `codex32 release`");
            return vec![finding("server", State::Warning, message, help)];
        }
        let help = Some("it may be starting or stopping: look at what it prints");
        let message = format!("the server at {url} is not ready (status {status})");
        return vec![finding("server", State::Bad, message, help)];
    }
    match shown() {
        Ok(server) if server.version == env!("CARGO_PKG_VERSION") => {
            vec![finding("server", State::Good, format!("ready at {url}, same version"), None)]
        }
        Ok(server) => {
            let message = format!("ready at {url}, version {}", server.version);
            vec![finding(
                "server",
                State::Warning,
                message,
                Some("use this program in the same version"),
            )]
        }
        Err(failure) => {
            let help = failure.help.as_deref();
            vec![finding("server", State::Bad, format!("at {url}: {}", failure.message), help)]
        }
    }
}

/// Whether a server could listen there.
fn port(listen: SocketAddr) -> Finding {
    match TcpListener::bind(listen) {
        Ok(_) => finding("port", State::Good, format!("{listen} is free"), None),
        Err(error) => {
            let help = Some("stop the program that has it, or listen elsewhere with --listen");
            finding("port", State::Bad, format!("{listen} cannot be used: {error}"), help)
        }
    }
}
