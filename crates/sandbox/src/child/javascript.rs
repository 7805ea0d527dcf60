//! JavaScript in QuickJS: one runtime, put back after each job to where it was before the first.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use codex32_model::fact::LogLevel;
use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{CatchResultExt, Context, Ctx, Function, Object, Persistent, Runtime};

use super::heap::Heap;
use super::link::Link;
use super::restrict::Cap;
use super::strip::Source;
use crate::Failure;
use crate::wire::{self, Kind};

mod fault;

use fault::{Fault, Seen, Thrown, well_formed};

/// The file name in stack traces.
const FILE: &str = "step";
/// Of the eight megabytes that the main thread has.
const STACK: usize = 2 << 20;
/// Marks of the heap: with the prelude run, and with the code of a chunk and what its items share.
const READY: usize = 1;
const PREPARED: usize = 2;

/// A context with the prelude run. Every job finds it as the first one did, see [`Heap`].
pub struct Engine {
    // Before the runtime they belong to, so that they are dropped first.
    prelude: Prelude,
    /// The functions that code can call, held so that it cannot let go of the last one.
    _doors: [Held; 2],
    context: Context,
    runtime: Runtime,
    heap: Heap,
    link: Rc<Link>,
    watch: Rc<Watch>,
    /// The most memory that the process has held when it had not done anything yet.
    peak_kib: u64,
}

/// The functions of the prelude.
struct Prelude {
    begin: Held,
    install: Held,
    encode: Held,
    respond: Held,
}

type Held = Persistent<Function<'static>>;

/// What one execution is given.
pub struct Turn<'a> {
    /// Milliseconds since 1970.
    pub now: i64,
    pub seed: &'a [u8; 32],
    pub network: bool,
    /// An object as JSON; its fields become globals.
    pub scope: &'a [u8],
}

/// What the functions that code can call, and the interrupt, share with the job.
#[derive(Default)]
struct Watch {
    deadline: Cell<Option<Instant>>,
    interrupted: Cell<bool>,
    /// `fetch` calls without an answer yet.
    asked: Cell<u32>,
}

impl Watch {
    fn begin(&self, wall_ms: u64) {
        self.deadline.set(Instant::now().checked_add(Duration::from_millis(wall_ms)));
        self.interrupted.set(false);
        self.asked.set(0);
    }
}

impl Engine {
    pub fn new(link: &Rc<Link>, peak_kib: u64) -> io::Result<Self> {
        Self::make(link, peak_kib).map_err(|error| io::Error::other(format!("QuickJS: {error}")))
    }

    fn make(link: &Rc<Link>, peak_kib: u64) -> rquickjs::Result<Self> {
        let heap = Heap::new();
        let runtime = Runtime::new_with_alloc(heap.clone())?;
        runtime.set_max_stack_size(STACK);
        let watch = Rc::new(Watch::default());
        let (seen, told) = (Rc::clone(&watch), Rc::clone(link));
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let now = Instant::now();
            // A pipe that is closed ends the loop at its next read.
            let _ = told.pass_on(now);
            let late = seen.deadline.get().is_some_and(|deadline| now >= deadline);
            seen.interrupted.set(seen.interrupted.get() || late);
            late
        })));
        let context = Context::full(&runtime)?;
        let (prelude, doors) = context.with(|ctx| {
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
            let prelude: Object = make.call((log.clone(), send.clone()))?;
            let method = |name: &str| prelude.get(name).map(|method| hold(&ctx, method));
            let prelude = Prelude {
                begin: method("begin")?,
                install: method("install")?,
                encode: method("encode")?,
                respond: method("respond")?,
            };
            rquickjs::Result::Ok((prelude, [hold(&ctx, log), hold(&ctx, send)]))
        })?;
        runtime.run_gc();
        heap.mark();
        let link = Rc::clone(link);
        Ok(Self { prelude, _doors: doors, context, runtime, heap, link, watch, peak_kib })
    }

    /// Compiles without running.
    pub fn check(&mut self, source: &Source) -> Result<(), Failure> {
        let nothing = Seen { interrupted: false, full: false };
        let checked = self
            .context
            .with(|ctx| compile(&ctx, source).map(drop).map_err(|f| f.failure(source, nothing)));
        self.rewind(READY);
        checked
    }

    /// The value as JSON.
    pub fn run(
        &mut self,
        head: &wire::Terms,
        source: &Source,
        turn: &Turn<'_>,
    ) -> Result<Vec<u8>, Failure> {
        self.runtime.set_memory_limit(head.memory);
        self.watch.begin(head.wall_ms);
        let outcome = self.context.with(|ctx| {
            let function = compile(&ctx, source)?;
            self.turn(&ctx, &function, turn)
        });
        self.rewind(READY);
        outcome.map_err(|fault| self.failure(fault, head, source))
    }

    /// Runs the code for one turn after the other, each as if it were alone: what one of them does
    /// to the interpreter is undone before the next. `over` takes each value as JSON and says
    /// whether to go on.
    pub fn run_each<'a>(
        &mut self,
        head: &wire::Terms,
        source: &Source,
        shared: &[u8],
        turns: impl Iterator<Item = Turn<'a>>,
        mut over: impl FnMut(Result<Vec<u8>, Failure>) -> io::Result<bool>,
    ) -> io::Result<()> {
        self.heap.keep();
        self.runtime.set_memory_limit(head.memory);
        self.watch.begin(head.wall_ms);
        let prepared = self.context.with(|ctx| {
            let function = compile(&ctx, source)?;
            let shared = ctx.json_parse(shared).catch(&ctx)?;
            open(&ctx, &self.prelude.install)?.call::<_, ()>((shared,)).catch(&ctx)?;
            Ok(hold(&ctx, function))
        });
        self.heap.mark();
        let mut ended = Ok(());
        match prepared {
            Ok(function) => {
                for turn in turns {
                    self.watch.begin(head.wall_ms);
                    let outcome =
                        self.context.with(|ctx| self.turn(&ctx, &open(&ctx, &function)?, &turn));
                    self.rewind(PREPARED);
                    let outcome = outcome.map_err(|fault| self.failure(fault, head, source));
                    ended = match over(outcome) {
                        Ok(true) => continue,
                        other => other.map(drop),
                    };
                    break;
                }
            }
            Err(fault) => {
                let failure = self.failure(fault, head, source);
                for _ in turns {
                    match over(Err(failure.clone())) {
                        Ok(true) => {}
                        other => {
                            ended = other.map(drop);
                            break;
                        }
                    }
                }
            }
        }
        self.rewind(READY);
        ended
    }

    /// Undoes all that was done to the interpreter since that mark.
    #[expect(unsafe_code, reason = "see the promise below")]
    fn rewind(&mut self, marks: usize) {
        // SAFETY: values of the interpreter live inside `Context::with` only, and none of the calls
        // to it is open here. What outlives them is saved before the mark and kept until the end:
        // the prelude and the doors before the first; the function of a chunk before the second, and
        // it is gone when the heap goes back to the first. The Rust closures inside the interpreter
        // are the doors', which are held; nothing else in it points outside.
        unsafe { self.heap.rewind(marks) }
    }

    fn failure(&self, fault: Fault, head: &wire::Terms, source: &Source) -> Failure {
        // There may have been no room even for the exception; by now the memory is free again.
        let grown = Cap::peak_kib().saturating_sub(self.peak_kib) << 10;
        let full = grown > head.memory as u64 / 2;
        fault.failure(source, Seen { interrupted: self.watch.interrupted.get(), full })
    }

    /// Calls the function once.
    fn turn<'js>(
        &self,
        ctx: &Ctx<'js>,
        function: &Function<'js>,
        turn: &Turn<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let (link, watch) = (&*self.link, &*self.watch);
        let Prelude { begin, install, encode, respond } = &self.prelude;
        let [a, b, c, d] = std::array::from_fn(|at| {
            let four = turn.seed.as_chunks::<4>().0.get(at).copied().unwrap_or_default();
            i32::from_le_bytes(four)
        });
        let begun = (turn.now as f64, a, b, c, d, turn.network);
        open(ctx, begin)?.call::<_, ()>(begun).catch(ctx)?;
        let scope = ctx.json_parse(turn.scope).catch(ctx)?;
        open(ctx, install)?.call::<_, ()>((scope,)).catch(ctx)?;
        let encode = open(ctx, encode)?;
        let respond = open(ctx, respond)?;

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
}

fn hold<'js>(ctx: &Ctx<'js>, function: Function<'js>) -> Held {
    Persistent::save(ctx, function)
}

fn open<'js>(ctx: &Ctx<'js>, function: &Held) -> Result<Function<'js>, Fault> {
    Ok(function.clone().restore(ctx).catch(ctx)?)
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
