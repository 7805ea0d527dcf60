//! Going through the providers of a call until one answers.
//!
//! Each attempt is a task of its own, which ends and is counted whether or not anybody still waits for
//! it. Invariant: every attempt that began is settled exactly once, with its call or by itself.

use std::collections::{HashSet, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use codex32_model::ids::WorkspaceId;
use codex32_store::spend::{Attempt, NewCall, Settlement};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::chat::Reply;
use crate::error::{Error, Reason};
use crate::exchange::{self, Failed, Patience, Why};
use crate::gateway::Inner;
use crate::gateway::call::{counted, granted, warn};
use crate::gateway::plan::{Candidate, Plan};
use crate::health::Outcome;
use crate::price::Price;
use crate::provider::To;
use crate::replay;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What attempts need besides the plan.
#[derive(Clone)]
pub struct Context {
    pub inner: Arc<Inner>,
    pub new: NewCall,
    /// What is reserved for one attempt: before the call for the first one, before each other for it.
    pub share: i64,
}

pub struct Won {
    pub candidate: usize,
    pub done: Reply,
    pub first: Option<Duration>,
}

/// What the race came to.
pub struct Ran {
    pub won: Result<Won, Error>,
    pub attempts: Vec<Attempt>,
    /// What was reserved in all.
    pub reserved: i64,
    /// Attempts that go on, and settle themselves.
    pub running: i64,
}

/// An attempt that has ended.
struct Tried {
    attempt: Attempt,
    result: Result<exchange::Done, Failed>,
}

/// An attempt that goes on.
struct Running {
    candidate: usize,
    pieces: UnboundedReceiver<Value>,
    silent: bool,
    told: oneshot::Receiver<Tried>,
}

enum Event {
    Piece(Value),
    Ended(Option<Box<Tried>>),
}

/// What is known while it goes on.
#[derive(Default)]
struct Course {
    reserved: i64,
    /// Why no other attempt can be paid.
    unpaid: Option<Error>,
    attempts: Vec<Attempt>,
    reasons: Vec<Reason>,
    running: Vec<Running>,
    /// Candidates that will not answer this request.
    out: HashSet<usize>,
    retry_after: Option<Duration>,
    /// Something was shown: nobody else can take over.
    shown: bool,
}

pub async fn run(context: &Context, plan: &Plan, pieces: Option<UnboundedSender<Value>>) -> Ran {
    let deadline = Instant::now() + plan.total;
    let mut course = Course { reserved: context.share, ..Course::default() };
    let mut pause = FIRST_PAUSE;
    let mut won = None;
    for round in 0..plan.definition.rounds {
        if round > 0 {
            let wait = course.retry_after.take().unwrap_or(pause).max(pause);
            if course.shown || course.out.len() == plan.candidates.len() {
                break;
            }
            if Instant::now() + wait >= deadline {
                break;
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        won = once_through(context, plan, pieces.as_ref(), &mut course, deadline).await;
        if won.is_some() || course.unpaid.is_some() || Instant::now() >= deadline {
            break;
        }
    }
    finish(plan, course, won)
}

/// Asks one after the other; the next begins when one has failed, or is late.
async fn once_through(
    context: &Context,
    plan: &Plan,
    pieces: Option<&UnboundedSender<Value>>,
    course: &mut Course,
    deadline: Instant,
) -> Option<Won> {
    let mut queue = Queue::new(context, plan, course);
    let mut hedge = plan.definition.hedge;
    loop {
        while course.running.is_empty() {
            let next = queue.next(context, plan)?;
            if let Err(error) = pay(context, course).await {
                course.unpaid = Some(error);
                return None;
            }
            begin(context, plan, pieces.is_some(), course, next, deadline);
        }
        let alone = course.running.len() == 1 && !queue.places.is_empty();
        let late = match hedge.filter(|_| alone) {
            Some(hedge) => deadline.min(Instant::now() + hedge),
            None => deadline,
        };
        let (at, event) = match tokio::time::timeout_at(late, next(&mut course.running)).await {
            Ok(event) => event,
            Err(_) if Instant::now() >= deadline => {
                for running in &course.running {
                    let candidate = &plan.candidates[running.candidate];
                    course.reasons.push(reason(candidate, "no answer in time"));
                }
                return None;
            }
            Err(_) => {
                // Where there is no money for a second one, the first is waited for.
                if pay(context, course).await.is_err() {
                    hedge = None;
                } else if let Some(next) = queue.next(context, plan) {
                    begin(context, plan, pieces.is_some(), course, next, deadline);
                }
                continue;
            }
        };
        match event {
            Event::Piece(first) => {
                course.shown = true;
                let running = course.running.swap_remove(at);
                return show(plan, course, pieces, running, first).await;
            }
            Event::Ended(tried) => {
                let running = course.running.swap_remove(at);
                if let Some(won) = take(plan, course, running.candidate, tried) {
                    return Some(won);
                }
            }
        }
    }
}

/// Passes on what a stream brings, to its end.
async fn show(
    plan: &Plan,
    course: &mut Course,
    pieces: Option<&UnboundedSender<Value>>,
    mut running: Running,
    first: Value,
) -> Option<Won> {
    let mut piece = Some(first);
    while let Some(chunk) = piece {
        if let Some(pieces) = pieces {
            let _ = pieces.send(chunk);
        }
        piece = running.pieces.recv().await;
    }
    let tried = running.told.await.ok().map(Box::new);
    take(plan, course, running.candidate, tried)
}

/// Reserves for one more attempt. What failed ones cost, and what running ones hold, is not there for
/// it any more.
async fn pay(context: &Context, course: &mut Course) -> Result<(), Error> {
    let spent = course.attempts.iter().fold(0_i64, |sum, one| sum.saturating_add(one.cost));
    let open = i64::try_from(course.running.len() + 1).unwrap_or(i64::MAX);
    let needed = spent.saturating_add(context.share.saturating_mul(open));
    let more = needed.saturating_sub(course.reserved);
    if more <= 0 {
        return Ok(());
    }
    let call = NewCall { reserve: more, ..context.new.clone() };
    granted(context.inner.options.store.extend_call(call).await?, more)?;
    course.reserved = needed;
    Ok(())
}

/// Whom to ask in a round, in the order of the definition; who is left alone comes last, the one whose
/// pause ends first before the others.
struct Queue {
    places: VecDeque<usize>,
    /// Asked all the same when nobody else is there.
    last: HashSet<usize>,
}

impl Queue {
    fn new(context: &Context, plan: &Plan, course: &Course) -> Self {
        let now = Instant::now();
        let until = |at: &usize| context.inner.health.left_until(who(context, plan, *at));
        let left = (0..plan.candidates.len()).filter(|at| !course.out.contains(at));
        let (mut resting, well): (Vec<usize>, Vec<usize>) =
            left.partition(|at| until(at).is_some_and(|until| until > now));
        resting.sort_by_key(until);
        let last = resting.iter().copied().collect();
        Self { places: well.into_iter().chain(resting).collect(), last }
    }

    /// The next one. Whether a probe is due is asked only now: one that is ordered and not made would
    /// keep all others away.
    fn next(&mut self, context: &Context, plan: &Plan) -> Option<usize> {
        loop {
            let at = self.places.pop_front()?;
            let admitted = context.inner.health.admits(who(context, plan, at), Instant::now());
            if admitted || !self.last.insert(at) {
                return Some(at);
            }
            self.places.push_back(at);
        }
    }
}

fn who<'a>(context: &Context, plan: &'a Plan, at: usize) -> (WorkspaceId, &'a str, &'a str) {
    let Candidate { connection, target, .. } = &plan.candidates[at];
    (context.new.scope.workspace, connection, &target.model)
}

fn begin(
    context: &Context,
    plan: &Plan,
    stream: bool,
    course: &mut Course,
    at: usize,
    deadline: Instant,
) {
    let candidate = &plan.candidates[at];
    let (credentials, adapter) = match &candidate.way {
        Ok(way) => way.clone(),
        Err(why) => {
            course.out.insert(at);
            course.reasons.push(reason(candidate, why));
            return;
        }
    };
    let (show, pieces) = unbounded_channel();
    let (tell, told) = oneshot::channel();
    course.running.push(Running { candidate: at, pieces, silent: false, told });
    let patience = Patience {
        whole: plan.definition.timeout.min(deadline.saturating_duration_since(Instant::now())),
        first: plan.definition.first_token,
    };
    let (context, ask) = (context.clone(), plan.ask.clone());
    let Candidate { connection, target, provider, price, .. } = candidate;
    let (connection, target) = (connection.clone(), target.clone());
    let (provider, price) = (provider.clone(), *price);
    tokio::spawn(async move {
        let Context { inner, new, .. } = &context;
        let started_at = inner.options.clock.now();
        let began = Instant::now();
        let to = To { credentials: &credentials, model: &target.model, options: &target.options };
        let show = stream.then_some(show);
        let http = &inner.options.http;
        let mut free = false;
        let result = if provider == "replay" {
            let workspace = new.scope.workspace;
            let done = replay::send(inner, workspace, to, &ask, patience, started_at).await;
            if let (Ok((done, _)), Some(show)) = (&done, &show) {
                for chunk in done.reply.to_chunks() {
                    let _ = show.send(chunk);
                }
            }
            done.map(|(done, from_file)| {
                free = from_file;
                done
            })
        } else {
            exchange::send(http, adapter, to, &ask, patience, show.as_ref(), started_at).await
        };
        let took = began.elapsed();
        let outcome = match &result {
            Ok(_) => Outcome::Well(took),
            Err(failed) => failed.outcome(),
        };
        let who = (new.scope.workspace, connection.as_str(), target.model.as_str());
        inner.health.record(who, outcome, Instant::now());
        let (usage, counted) = match &result {
            Ok(done) => {
                let calls = done.reply.tool_calls().iter().map(|call| call.to_string().len());
                let written = done.reply.text().len() + calls.sum::<usize>();
                counted(&ask, done.reply.usage, Some(written))
            }
            Err(failed) => counted(&ask, failed.usage, failed.received),
        };
        let failed = result.as_ref().err();
        let price = if free { Some(Price::default()) } else { price };
        let attempt = Attempt {
            outcome: failed.map_or("done", |failed| failed.why.as_str()),
            message: failed.map(|failed| failed.message.clone()),
            status: failed.and_then(|failed| failed.status),
            input: usage.input,
            output: usage.output,
            cached: usage.cached,
            cache_write: usage.cache_write,
            counted,
            cost: price.map_or(0, |price| price.cost(usage)),
            priced: price.is_some(),
            started_at,
            duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            model: target.model.clone(),
            connection,
            provider,
        };
        drop(show);
        if let Err(tried) = tell.send(Tried { attempt, result }) {
            settle_late(&context, tried.attempt).await;
        }
    });
}

/// Nobody waited for it any more.
async fn settle_late(context: &Context, attempt: Attempt) {
    let Context { inner, new, share } = context;
    let settlement = Settlement {
        call: new.id,
        scope: new.scope,
        bot: new.bot,
        day: new.day,
        month: new.month,
        release: *share,
        attempts: vec![attempt],
        ending: None,
        keep: Vec::new(),
        at: inner.options.clock.now(),
    };
    match inner.options.store.settle_call(settlement).await {
        Ok(standings) => warn(&standings),
        // Its reservation stays, and counts in its place.
        Err(error) => tracing::error!(%error, call = %new.id, "an attempt was not settled"),
    }
}

/// The next thing that any attempt does.
async fn next(running: &mut [Running]) -> (usize, Event) {
    poll_fn(|cx| {
        for (at, attempt) in running.iter_mut().enumerate() {
            if !attempt.silent {
                match attempt.pieces.poll_recv(cx) {
                    Poll::Ready(Some(piece)) => return Poll::Ready((at, Event::Piece(piece))),
                    Poll::Ready(None) => attempt.silent = true,
                    Poll::Pending => continue,
                }
            }
            if let Poll::Ready(told) = Pin::new(&mut attempt.told).poll(cx) {
                return Poll::Ready((at, Event::Ended(told.ok().map(Box::new))));
            }
        }
        Poll::Pending
    })
    .await
}

/// Takes an attempt that has ended.
fn take(plan: &Plan, course: &mut Course, at: usize, tried: Option<Box<Tried>>) -> Option<Won> {
    let candidate = &plan.candidates[at];
    let Some(tried) = tried else {
        course.out.insert(at);
        course.reasons.push(reason(candidate, "the attempt panicked"));
        return None;
    };
    let Tried { attempt, result } = *tried;
    course.attempts.push(attempt);
    match result {
        Ok(done) => Some(Won { candidate: at, done: done.reply, first: done.first }),
        Err(failed) => {
            if !failed.may_pass() {
                course.out.insert(at);
            }
            if let Some(wait) = failed.retry_after {
                course.retry_after = Some(course.retry_after.map_or(wait, |least| least.min(wait)));
            }
            course.reasons.push(reason(candidate, &failed.message));
            None
        }
    }
}

fn reason(candidate: &Candidate, message: &str) -> Reason {
    Reason {
        connection: candidate.connection.clone(),
        model: candidate.target.model.clone(),
        message: message.to_owned(),
    }
}

fn finish(plan: &Plan, mut course: Course, won: Option<Won>) -> Ran {
    let mut running = 0;
    for mut attempt in course.running {
        // From here on an attempt that ends settles itself; one that has just ended is taken along.
        attempt.told.close();
        match attempt.told.try_recv() {
            Ok(tried) => course.attempts.push(tried.attempt),
            Err(_) => running += 1,
        }
    }
    let refused = course
        .attempts
        .iter()
        .all(|attempt| [Why::Refused.as_str(), Why::Unfit.as_str()].contains(&attempt.outcome));
    let refused = refused && !course.attempts.is_empty();
    let reasons = latest(course.reasons);
    let retry_after = course.retry_after;
    let model = plan.name.clone();
    let failed = || Error::AllFailed { model, reasons, retry_after, refused };
    let won = won.ok_or_else(|| course.unpaid.unwrap_or_else(failed));
    Ran { won, attempts: course.attempts, reserved: course.reserved, running }
}

/// The last reason of each provider.
fn latest(reasons: Vec<Reason>) -> Vec<Reason> {
    let mut out: Vec<Reason> = Vec::new();
    for reason in reasons {
        out.retain(|old| (&old.connection, &old.model) != (&reason.connection, &reason.model));
        out.push(reason);
    }
    out
}
