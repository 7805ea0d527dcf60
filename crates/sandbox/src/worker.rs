//! One child process, seen from the server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use codex32_model::Value;
use codex32_model::codes::sandbox as codes;
use codex32_model::fact::LogLine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::network::{Fetch, FetchRequest, FetchResponse, allowed};
use crate::spawn::Spawner;
use crate::wire::{self, Frame, Kind};
use crate::{Defences, Failure, Limits};

/// How long a child may take from start to ready.
const START: Duration = Duration::from_secs(15);
/// What the child is given on top of the wall limit to say itself that time is up.
const GRACE: Duration = Duration::from_millis(200);
/// A child serves that many jobs, then a fresh one takes its place.
const MOST_JOBS: u32 = 2_000;
/// A child that ever held that much more than when it was ready is replaced, in KiB.
const MOST_GROWTH: u64 = 96 << 10;
/// Largest response body that reaches the code.
const MOST_FETCHED: usize = 8 << 20;
/// `fetch` calls in one job.
const MOST_FETCHES: u32 = 100;

mod chunk;

/// What a job came to, and whether its child may serve another.
pub struct Reply {
    pub outcome: Result<Value, Failure>,
    pub logs: Vec<LogLine>,
    pub reusable: bool,
}

pub use chunk::{ChunkReply, ItemReply};

pub struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    /// Bytes read that are no whole frame yet.
    inbox: Vec<u8>,
    /// Bytes not written yet; a late answer to a `fetch` may stay over from the job before.
    outbox: Vec<u8>,
    /// How much of `outbox` is written.
    sent: usize,
    jobs: u32,
    /// What the child held when it was ready, in KiB.
    base_kib: u64,
    pub defences: Defences,
}

/// What a job may use on the server's side.
pub struct Terms<'a> {
    pub limits: Limits,
    pub network: &'a [String],
    pub fetch: Option<Arc<dyn Fetch>>,
}

impl Worker {
    pub async fn start(spawner: &Spawner) -> Result<Self, Failure> {
        let unavailable = |why: String| {
            tracing::error!(why, "a process for code steps could not be started");
            Failure::new(codes::UNAVAILABLE, "the process for code steps could not be started")
        };
        let mut child = spawner.spawn().await.map_err(|error| unavailable(error.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(unavailable("it has no pipes".to_owned()));
        };
        let mut worker = Self {
            child,
            stdin,
            stdout,
            stderr,
            inbox: Vec::new(),
            outbox: Vec::new(),
            sent: 0,
            jobs: 0,
            base_kib: 0,
            defences: Defences { seccomp: false, landlock: false, limits: false },
        };
        match timeout(START, worker.next_frame(1 << 16)).await {
            Ok(Ok(frame)) if frame.kind == Kind::Ready => {
                let ready: wire::Ready =
                    frame.header().map_err(|error| unavailable(error.to_string()))?;
                (worker.defences, worker.base_kib) = (ready.defences, ready.peak_kib);
                Ok(worker)
            }
            Ok(Ok(_)) => Err(unavailable("it did not begin with being ready".to_owned())),
            Ok(Err(error)) => {
                let said = worker.last_words().await;
                Err(unavailable(format!("it ended at its start ({error}): {said}")))
            }
            Err(_) => Err(unavailable("it was not ready in time".to_owned())),
        }
    }

    /// Does one job. Dropping the future half-way leaves the worker unusable: drop it too, which
    /// kills the child.
    pub async fn run(&mut self, head: &wire::Run, scope: &[u8], terms: Terms<'_>) -> Reply {
        if let Err(error) = wire::put(&mut self.outbox, Kind::Run, head, scope) {
            return refused(&error);
        }
        self.converse(terms).await
    }

    pub async fn check(&mut self, head: &wire::Check, terms: Terms<'_>) -> Reply {
        if let Err(error) = wire::put(&mut self.outbox, Kind::Check, head, &[]) {
            return refused(&error);
        }
        self.converse(terms).await
    }

    async fn converse(&mut self, terms: Terms<'_>) -> Reply {
        self.jobs += 1;
        let mut logs = Logs::new(&terms.limits);
        let wall = terms.limits.wall + GRACE;
        let ended = timeout(wall, self.exchange(&terms, &mut logs)).await;
        let (outcome, reusable) = match ended {
            Ok(Ok((frame, peak_kib))) => (settle(frame, &terms.limits), self.is_fit(peak_kib)),
            Ok(Err(Broken::Breach(failure))) => (Err(failure), false),
            Ok(Err(Broken::Gone)) => (Err(self.autopsy(&terms.limits).await), false),
            Err(_) => (Err(out_of_time(&terms.limits)), false),
        };
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
        Reply { outcome, logs: logs.lines, reusable }
    }

    /// Whether the child may serve another job.
    const fn is_fit(&self, peak_kib: u64) -> bool {
        self.jobs < MOST_JOBS && peak_kib.saturating_sub(self.base_kib) <= MOST_GROWTH
    }

    /// Moves frames both ways until the job has ended.
    async fn exchange(
        &mut self,
        terms: &Terms<'_>,
        logs: &mut Logs,
    ) -> Result<(Frame, u64), Broken> {
        let mut asked = 0;
        let mut fetches: JoinSet<(u32, Result<FetchResponse, String>)> = JoinSet::new();
        let cap = terms.limits.output.min(wire::MAX_BODY) + (1 << 20);
        loop {
            while let Some(frame) = Frame::take(&mut self.inbox, cap)? {
                match frame.kind {
                    Kind::Log => logs.push(frame.header()?),
                    Kind::Fetch => {
                        asked += 1;
                        let ask: wire::Ask = frame.header()?;
                        let body = ask.has_body.then(|| frame.body().to_vec());
                        let planned = plan(ask, body, terms, asked);
                        fetches.spawn(perform(planned, terms.fetch.clone()));
                    }
                    Kind::Value => {
                        let peak = frame.header::<wire::Value>()?.peak_kib;
                        return Ok((frame, peak));
                    }
                    Kind::Failed => {
                        let peak = frame.header::<wire::Failed>()?.peak_kib;
                        return Ok((frame, peak));
                    }
                    Kind::Run
                    | Kind::Chunk
                    | Kind::Check
                    | Kind::Answer
                    | Kind::Ready
                    | Kind::Outcomes => {
                        return Err(io::Error::from(io::ErrorKind::InvalidData).into());
                    }
                }
            }
            tokio::select! {
                read = self.stdout.read_buf(&mut self.inbox) => {
                    if read? == 0 {
                        return Err(Broken::Gone);
                    }
                }
                wrote = self.stdin.write(&self.outbox[self.sent..]), if self.sent < self.outbox.len() => {
                    self.wrote(wrote)?;
                }
                Some(fetched) = fetches.join_next() => {
                    let (id, result) = fetched.map_err(io::Error::other)?;
                    self.answer(id, result)?;
                }
            }
        }
    }

    fn wrote(&mut self, wrote: io::Result<usize>) -> Result<(), Broken> {
        self.sent += wrote.map_err(|_| Broken::Gone)?;
        if self.sent == self.outbox.len() {
            self.outbox = Vec::new();
            self.sent = 0;
        }
        Ok(())
    }

    fn answer(&mut self, id: u32, result: Result<FetchResponse, String>) -> io::Result<()> {
        let result = match result {
            Ok(response) if response.body.len() > MOST_FETCHED => {
                Err("the response is larger than 8 MiB".to_owned())
            }
            other => other,
        };
        let (head, body) = match result {
            Ok(FetchResponse { status, headers, body }) => {
                (wire::Answer { id, error: None, status, headers }, body)
            }
            Err(error) => {
                let error = Some(error);
                (wire::Answer { id, error, status: 0, headers: Vec::new() }, Vec::new())
            }
        };
        wire::put(&mut self.outbox, Kind::Answer, &head, &body)
    }

    async fn next_frame(&mut self, cap: usize) -> Result<Frame, io::Error> {
        loop {
            if let Some(frame) = Frame::take(&mut self.inbox, cap)? {
                return Ok(frame);
            }
            if self.stdout.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Tells why the child is gone, as far as that can be told.
    async fn autopsy(&mut self, limits: &Limits) -> Failure {
        let said = self.last_words().await;
        let status = timeout(Duration::from_secs(2), self.child.wait()).await;
        let status = status.ok().and_then(Result::ok);
        tracing::warn!(?status, said, "a process for code steps ended during a job");
        #[cfg(unix)]
        if let Some(signal) = status.and_then(|s| std::os::unix::process::ExitStatusExt::signal(&s))
        {
            use nix::sys::signal::Signal;
            if signal == Signal::SIGXCPU as i32 {
                return out_of_time(limits);
            }
            // Not from us: the kernel ran out of memory.
            if signal == Signal::SIGKILL as i32 {
                return out_of_memory(limits);
            }
            if signal == Signal::SIGSYS as i32 {
                return crashed("it tried something that is forbidden");
            }
        }
        if said.contains("memory allocation of") || said.contains("capacity overflow") {
            return out_of_memory(limits);
        }
        if said.starts_with("panic at") {
            return crashed("the interpreter has a mistake");
        }
        crashed("it may have been nested too deeply")
    }

    /// What the child wrote to its standard error, bounded.
    async fn last_words(&mut self) -> String {
        let mut said = Vec::new();
        let mut bounded = (&mut self.stderr).take(4096);
        let _ = timeout(Duration::from_millis(500), bounded.read_to_end(&mut said)).await;
        String::from_utf8_lossy(&said).trim().to_owned()
    }

    /// Whether the child is still there; somebody may have killed it while it was idle.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the child and waits until it is gone.
    pub async fn end(mut self) {
        let _ = self.child.kill().await;
    }
}

fn settle(frame: Frame, limits: &Limits) -> Result<Value, Failure> {
    if frame.kind == Kind::Failed {
        return Err(failure(frame.header().map_err(|_| crashed("it spoke nonsense"))?));
    }
    read(frame.body(), limits)
}

fn failure(failed: wire::Failed) -> Failure {
    let code = codes::ALL.iter().find(|code| code.text == failed.code);
    let code = code.copied().unwrap_or(codes::CRASHED);
    let (line, column) = (failed.line, failed.column);
    Failure { line, column, ..Failure::new(code, failed.message) }
}

fn read(value: &[u8], limits: &Limits) -> Result<Value, Failure> {
    if value.len() > limits.output {
        return Err(too_much(limits));
    }
    Value::from_json_slice(value).map_err(|error| {
        if error.to_string().contains("recursion limit") {
            Failure::new(codes::OUTPUT, "the returned value is nested too deeply")
        } else {
            crashed("its result cannot be read")
        }
    })
}

/// Why there is no answer to the job.
enum Broken {
    Gone,
    Breach(Failure),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => {
                Self::Breach(Failure::new(codes::OUTPUT, "the code returned more than it may"))
            }
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Self::Gone,
            _ => Self::Breach(crashed("it spoke nonsense")),
        }
    }
}

/// The log of one job, bounded here as well as in the child.
struct Logs {
    lines: Vec<LogLine>,
    bytes_left: usize,
    lines_left: usize,
}

impl Logs {
    fn new(limits: &Limits) -> Self {
        // One line and some bytes more, for the child's note that it dropped the rest.
        let (bytes_left, lines_left) = (limits.log_bytes + 200, limits.log_lines + 1);
        Self { lines: Vec::new(), bytes_left, lines_left }
    }

    fn push(&mut self, log: wire::Log) {
        if self.lines_left > 0 && log.message.len() <= self.bytes_left {
            self.lines_left -= 1;
            self.bytes_left -= log.message.len();
            self.lines.push(LogLine { level: log.level, message: log.message });
        }
    }
}

/// Checks what the code wants to fetch.
fn plan(
    ask: wire::Ask,
    body: Option<Vec<u8>>,
    terms: &Terms<'_>,
    asked: u32,
) -> (u32, Result<FetchRequest, String>) {
    let request = if asked > MOST_FETCHES {
        Err(format!("a job may fetch at most {MOST_FETCHES} times"))
    } else {
        allowed(terms.network, &ask.url).map_err(|failure| failure.message).map(|url| {
            let (method, headers) = (ask.method, ask.headers);
            FetchRequest { method, url: url.to_string(), headers, body }
        })
    };
    (ask.id, request)
}

async fn perform(
    (id, request): (u32, Result<FetchRequest, String>),
    fetch: Option<Arc<dyn Fetch>>,
) -> (u32, Result<FetchResponse, String>) {
    let result = match (request, fetch) {
        (Err(why), _) => Err(why),
        (Ok(_), None) => Err("this server does not let code reach the network".to_owned()),
        (Ok(request), Some(fetch)) => fetch.fetch(request).await,
    };
    (id, result)
}

fn refused(error: &io::Error) -> Reply {
    let outcome = Err(Failure::new(codes::INPUT, error.to_string()));
    Reply { outcome, logs: Vec::new(), reusable: false }
}

fn out_of_time(limits: &Limits) -> Failure {
    let most = codex32_model::time::format_duration(limits.wall.min(limits.cpu));
    Failure::new(codes::TIME, format!("the code ran longer than {most} and was stopped"))
}

fn out_of_memory(limits: &Limits) -> Failure {
    let most = limits.memory >> 20;
    Failure::new(codes::MEMORY, format!("the code needed more than {most} MiB and was stopped"))
}

fn too_much(limits: &Limits) -> Failure {
    let most = limits.output >> 10;
    Failure::new(codes::OUTPUT, format!("the returned value is larger than {most} KiB"))
}

fn crashed(how: &str) -> Failure {
    Failure::new(codes::CRASHED, format!("the process that ran the code ended: {how}"))
}
