//! JavaScript in QuickJS: one runtime per job, made ahead.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use codex32_model::codes::sandbox as codes;
use codex32_model::fact::LogLevel;
use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Function, Object, Persistent, Runtime};

use super::link::Link;
use super::restrict::Cap;
use super::strip::Source;
use crate::Failure;
use crate::wire::{self, Kind};

/// The file name in stack traces.
const FILE: &str = "step";
/// Of the eight megabytes that the main thread has.
const STACK: usize = 2 << 20;

/// A context with the prelude run, waiting for its one job.
pub struct Engine {
    // Before the runtime it belongs to, so that it is dropped first.
    prelude: Persistent<Object<'static>>,
    context: Context,
    runtime: Runtime,
    link: Rc<Link>,
    watch: Rc<Watch>,
    /// The most memory that the process has held when it had not done anything yet.
    peak_kib: u64,
}

/// What the functions that code can call, and the interrupt, share with the job.
#[derive(Default)]
struct Watch {
    deadline: Cell<Option<Instant>>,
    interrupted: Cell<bool>,
    /// `fetch` calls without an answer yet.
    asked: Cell<u32>,
}

impl Engine {
    pub fn new(link: &Rc<Link>, peak_kib: u64) -> io::Result<Self> {
        Self::make(link, peak_kib).map_err(|error| io::Error::other(format!("QuickJS: {error}")))
    }

    fn make(link: &Rc<Link>, peak_kib: u64) -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_max_stack_size(STACK);
        let watch = Rc::new(Watch::default());
        let seen = Rc::clone(&watch);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let late = seen.deadline.get().is_some_and(|deadline| Instant::now() >= deadline);
            seen.interrupted.set(seen.interrupted.get() || late);
            late
        })));
        let context = Context::full(&runtime)?;
        let prelude = context.with(|ctx| {
            let logger = Rc::clone(link);
            let log = Function::new(ctx.clone(), move |level: i32, message: String| {
                let level = match level {
                    0 => LogLevel::Debug,
                    2 => LogLevel::Warn,
                    3 => LogLevel::Error,
                    _ => LogLevel::Info,
                };
                logger.log(level, &message);
            })?;
            let send = Function::new(ctx.clone(), asker(Rc::clone(link), Rc::clone(&watch)))?;
            let make: Function = ctx.eval(include_str!("prelude.js"))?;
            let prelude: Object = make.call((log, send))?;
            rquickjs::Result::Ok(Persistent::save(&ctx, prelude))
        })?;
        Ok(Self { prelude, context, runtime, link: Rc::clone(link), watch, peak_kib })
    }

    /// Compiles without running.
    pub fn check(self, source: &Source) -> Result<(), Failure> {
        let nothing = Seen { interrupted: false, full: false };
        self.context
            .with(|ctx| compile(&ctx, source).map(drop).map_err(|f| f.failure(source, nothing)))
    }

    /// The value as JSON.
    pub fn run(self, head: &wire::Run, source: &Source, scope: &[u8]) -> Result<Vec<u8>, Failure> {
        self.runtime.set_memory_limit(head.memory);
        let wall = Duration::from_millis(head.wall_ms);
        self.watch.deadline.set(Instant::now().checked_add(wall));
        let Self { prelude, context, link, watch, .. } = &self;
        let outcome =
            context.with(|ctx| job(&ctx, prelude.clone(), head, source, scope, link, watch));
        outcome.map_err(|fault| {
            // There may have been no room even for the exception; by now the memory is free again.
            let grown = Cap::peak_kib().saturating_sub(self.peak_kib) << 10;
            let full = grown > head.memory as u64 / 2;
            let seen = Seen { interrupted: watch.interrupted.get(), full };
            fault.failure(source, seen)
        })
    }
}

fn job<'js>(
    ctx: &Ctx<'js>,
    prelude: Persistent<Object<'static>>,
    head: &wire::Run,
    source: &Source,
    scope: &[u8],
    link: &Link,
    watch: &Watch,
) -> Result<Vec<u8>, Fault> {
    let function = compile(ctx, source)?;
    let prelude = prelude.restore(ctx).catch(ctx)?;
    let method = |name: &str| prelude.get::<_, Function>(name).catch(ctx);
    let seed: Vec<f64> = head
        .seed
        .as_chunks::<4>()
        .0
        .iter()
        .map(|four| f64::from(u32::from_le_bytes(*four)))
        .collect();
    method("begin")?.call::<_, ()>((head.now as f64, seed, head.network)).catch(ctx)?;
    let scope = ctx.json_parse(scope).catch(ctx)?;
    method("install")?.call::<_, ()>((scope,)).catch(ctx)?;
    let encode = method("encode")?;
    let respond = method("respond")?;

    let mut value: rquickjs::Value = function.call(()).catch(ctx)?;
    if let Some(promise) = value.as_promise().cloned() {
        loop {
            while !watch.interrupted.get() && ctx.execute_pending_job() {}
            if watch.interrupted.get() {
                return Err(Fault::Time);
            }
            if promise.state() != PromiseState::Pending {
                break;
            }
            if watch.asked.get() == 0 {
                return Err(Fault::Pending);
            }
            listen(&respond, link, watch, ctx)?;
        }
        value = match promise.result::<rquickjs::Value>() {
            Some(result) => result.catch(ctx)?,
            None => return Err(Fault::Pending),
        };
    }
    let json: String = match encode.call((value,)).catch(ctx) {
        Ok(json) => json,
        Err(error) => return Err(Fault::Result(Thrown::of(&error))),
    };
    Ok(well_formed(json.into_bytes()))
}

/// Waits for the answer to one `fetch`, and hands it over.
fn listen(respond: &Function, link: &Link, watch: &Watch, ctx: &Ctx) -> Result<(), Fault> {
    let frame = link.receive(wire::MAX_FRAME).ok().flatten().ok_or(Fault::Pending)?;
    if frame.kind != Kind::Answer {
        return Err(Fault::Pending);
    }
    let head: wire::Answer = frame.header().map_err(|_| Fault::Pending)?;
    watch.asked.set(watch.asked.get().saturating_sub(1));
    let headers = serde_json::to_string(&head.headers).unwrap_or_default();
    let body = String::from_utf8_lossy(frame.body()).into_owned();
    respond.call::<_, ()>((head.id, head.error, head.status, headers, body)).catch(ctx)?;
    Ok(())
}

/// What `fetch` calls to get its request out.
fn asker(
    link: Rc<Link>,
    watch: Rc<Watch>,
) -> impl Fn(u32, String, String, String, Option<String>) -> rquickjs::Result<()> {
    move |id, method, url, headers, body| {
        let headers = serde_json::from_str(&headers).unwrap_or_default();
        let body = body.map(String::into_bytes);
        let ask = wire::Ask { id, method, url, headers, has_body: body.is_some() };
        link.send(Kind::Fetch, &ask, body.as_deref().unwrap_or_default())?;
        watch.asked.set(watch.asked.get() + 1);
        Ok(())
    }
}

/// The body as a function. What is put before it stays on its first line, so that lines keep their
/// numbers; [`Fault::failure`] takes its length off the columns of that line.
fn compile<'js>(ctx: &Ctx<'js>, source: &Source) -> Result<Function<'js>, Fault> {
    let text = format!("{}{}\n}})", opening(source.is_async), source.text);
    let mut options = EvalOptions::default();
    options.filename = Some(FILE.to_owned());
    ctx.eval_with_options(text, options).catch(ctx).map_err(|error| {
        let thrown = Thrown::of(&error);
        match thrown.name.as_deref() {
            Some("SyntaxError") => Fault::Syntax(thrown),
            _ => Fault::Thrown(thrown),
        }
    })
}

const fn opening(is_async: bool) -> &'static str {
    if is_async { "(async function(){\"use strict\";" } else { "(function(){\"use strict\";" }
}

/// What ended a job without a value.
enum Fault {
    Syntax(Thrown),
    Thrown(Thrown),
    Result(Thrown),
    Pending,
    Time,
}

impl From<CaughtError<'_>> for Fault {
    fn from(error: CaughtError<'_>) -> Self {
        Self::Thrown(Thrown::of(&error))
    }
}

#[derive(Clone, Copy)]
struct Seen {
    interrupted: bool,
    full: bool,
}

impl Fault {
    fn failure(self, source: &Source, seen: Seen) -> Failure {
        if seen.interrupted {
            return Failure::new(codes::TIME, "the code ran longer than its time limit");
        }
        let (code, thrown) = match self {
            Self::Time => {
                return Failure::new(codes::TIME, "the code ran longer than its time limit");
            }
            Self::Pending => {
                let message = "the code awaits a promise that nothing can settle";
                return Failure::new(codes::PENDING, message);
            }
            Self::Syntax(thrown) => (codes::SYNTAX, thrown),
            Self::Thrown(thrown) => (codes::THREW, thrown),
            Self::Result(thrown) => (codes::RESULT, thrown),
        };
        let Thrown { name, message, mut line, mut column } = thrown;
        if line == Some(1) {
            let opening = u32::try_from(opening(source.is_async).len()).unwrap_or(0);
            column = column.and_then(|column| column.checked_sub(opening)).filter(|&at| at > 0);
            // Before the code: the interpreter names the function where it has no closer place.
            line = column.map(|_| 1);
        }
        let too_large = matches!(message.as_str(), "out of memory" | "string too long");
        if too_large || (seen.full && message == "null") {
            return Failure::new(codes::MEMORY, "the code needed more memory than its limit");
        }
        let code = match (code, message.as_str()) {
            (codes::THREW, "fetch is not defined") => codes::NETWORK,
            (codes::THREW, message) if message.ends_with(crate::network::NOT_LISTED) => {
                codes::NETWORK
            }
            _ => code,
        };
        let message = match (&name, code) {
            (Some(name), codes::THREW) => format!("{name}: {message}"),
            _ => message,
        };
        Failure { line, column, ..Failure::new(code, message) }
    }
}

/// An exception, as text.
struct Thrown {
    name: Option<String>,
    message: String,
    line: Option<u32>,
    column: Option<u32>,
}

impl Thrown {
    fn of(error: &CaughtError<'_>) -> Self {
        match error {
            CaughtError::Exception(exception) => {
                let name = exception.as_object().get::<_, String>("name").ok();
                let message = exception.message().unwrap_or_default();
                let place = exception.stack().as_deref().and_then(place);
                let (line, column) = place.unzip();
                Self { name, message, line, column }
            }
            CaughtError::Value(value) => {
                let json = value.ctx().json_stringify(value.clone()).ok().flatten();
                let text = json.and_then(|json| json.to_string().ok());
                let message = text.unwrap_or_else(|| "a value that cannot be shown".to_owned());
                Self { name: None, message, line: None, column: None }
            }
            CaughtError::Error(error) => {
                Self { name: None, message: error.to_string(), line: None, column: None }
            }
        }
    }
}

/// The first place in the step's own code: `at name (step:3:5)` or `at step:3:5`.
fn place(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|frame| {
        let (before, after) = frame.rsplit_once("step:")?;
        if !before.ends_with(['(', ' ']) {
            return None;
        }
        let (line, column) = after.trim_end_matches(')').split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    })
}

/// `JSON.stringify` writes half a surrogate pair as an escape, which is no text in UTF-8: it becomes
/// the replacement character. Whole pairs are never escaped.
fn well_formed(mut json: Vec<u8>) -> Vec<u8> {
    let mut at = 0;
    while at + 1 < json.len() {
        if json[at] != b'\\' {
            at += 1;
            continue;
        }
        let lone = json[at + 1] == b'u'
            && matches!(json.get(at + 2), Some(b'd' | b'D'))
            && matches!(json.get(at + 3), Some(b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'));
        if lone && at + 6 <= json.len() {
            json[at + 2..at + 6].copy_from_slice(b"fffd");
        }
        at += 2;
    }
    json
}
