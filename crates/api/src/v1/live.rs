//! A run's facts as they are committed: server-sent events (WHATWG HTML, section 9.2).
//!
//! Every event is read from the journal, so nothing is told that is not on disk. The id of an event is
//! its place in the journal (`row.fact`); `Last-Event-ID` goes on after it. The stream ends when the
//! run has.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use codex32_engine::{LargeView, Watching};
use codex32_model::fact::{Choice, Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::large::JournalRow;
use codex32_model::{Scope, Timestamp, Value};
use futures::Stream;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::auth::{Allowed, ReadRuns};
use crate::problem::{Answer, Problem};
use crate::request::Path;
use crate::state::Api;

/// A comment so often keeps proxies from closing an idle stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the journal is read without a notice: another process may have ended the run.
const RECHECK: Duration = Duration::from_secs(10);

/// Follow a run: what is committed so far, then live
///
/// Server-sent events named by the kind of fact: `started`, `choice`, `done`, `attempt`, `failed`,
/// `wait`, `timer`, `signal`, `child`, `child_ended`, `responded`, `cancel`, `deadline`, `ended`. The
/// data is `{at, address?, state?, …}`; for a value too large to be told stands `null`, and `large` says
/// how large it is and how it begins. `Last-Event-ID` goes on where a stream broke off.
#[utoipa::path(get, path = "/runs/{id}/events", operation_id = "follow_run", tag = "Runs",
    params(("id" = String, Path), ("Last-Event-ID" = Option<String>, Header)),
    security(("token" = ["runs:read"])),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    allowed: Allowed<ReadRuns>,
    State(api): State<Api>,
    Path(id): Path<RunId>,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    // Before the first reading, so that nothing falls between the two.
    let notices = api.options.engine.watch(id);
    if api.options.store.run(allowed.scope, id).await?.is_none() {
        return Err(Problem::not_found(format!("run `{id}`")));
    }
    let follower = Follower {
        closing: api.options.closing.clone(),
        api,
        scope: allowed.scope,
        run: id,
        seen: last_event(&headers).unwrap_or(Place { row: -1, fact: u32::MAX }),
        pending: VecDeque::new(),
        notices,
        over: false,
    };
    let stream = futures::stream::unfold(follower, |mut follower| async {
        follower.next().await.map(|event| (Ok(event), follower))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// A fact's place: its row of the journal, and its number in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    row: i64,
    fact: u32,
}

fn last_event(headers: &HeaderMap) -> Option<Place> {
    let (row, fact) = headers.get("last-event-id")?.to_str().ok()?.split_once('.')?;
    Some(Place { row: row.parse().ok()?, fact: fact.parse().ok()? })
}

struct Follower {
    api: Api,
    scope: Scope,
    run: RunId,
    /// The last fact that was told.
    seen: Place,
    pending: VecDeque<Event>,
    notices: Watching,
    closing: watch::Receiver<bool>,
    over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            // The row before the journal: if it has ended, the journal read after it is whole.
            let store = &self.api.options.store;
            let ended = match store.run(self.scope, self.run).await {
                Ok(Some(run)) => run.state.is_terminal(),
                Ok(None) => return None,
                Err(error) => return self.broken(&error),
            };
            match store.journal_from(self.scope, self.run, self.seen.row).await {
                Ok(rows) => {
                    // A full page may not be the last.
                    self.over = ended && rows.len() < codex32_store::runs::JOURNAL_PAGE;
                    self.take(rows);
                }
                Err(error) => return self.broken(&error),
            }
            if self.pending.is_empty() && !self.over && !self.wait().await {
                return None;
            }
        }
    }

    fn take(&mut self, rows: Vec<(u32, JournalRow)>) {
        for (row, JournalRow { facts, kept }) in rows {
            for (number, fact) in (0..).zip(facts) {
                let kept = kept.iter().filter(|kept| kept.fact == number as usize);
                let large: Vec<_> = kept.map(|kept| LargeView::of(&fact.kind, kept)).collect();
                let place = Place { row: i64::from(row), fact: number };
                if place > self.seen {
                    self.seen = place;
                    self.pending.push_back(told(&fact, &large, place));
                }
            }
        }
    }

    /// Until something may have been committed; `false` when the server stops.
    async fn wait(&mut self) -> bool {
        let told = tokio::select! {
            told = self.notices.recv() => told.map(drop),
            () = tokio::time::sleep(RECHECK) => Ok(()),
            _ = self.closing.wait_for(|closing| *closing) => return false,
        };
        if told == Err(RecvError::Closed) {
            // Whoever told us is gone; whoever takes the run next tells those who ask again.
            self.notices = self.api.options.engine.watch(self.run);
        }
        true
    }

    fn broken(&mut self, error: &codex32_store::StoreError) -> Option<Event> {
        tracing::warn!(%error, run = %self.run, "a live stream broke off");
        None
    }
}

fn told(fact: &Fact, large: &[LargeView], place: Place) -> Event {
    let (name, mut data) = describe(fact);
    if !large.is_empty() {
        data["large"] = json!(large);
    }
    Event::default().id(format!("{}.{}", place.row, place.fact)).event(name).data(data.to_string())
}

fn describe(fact: &Fact) -> (&'static str, serde_json::Value) {
    let at = fact.at;
    let time = |micros: i64| Timestamp::from_micros(micros);
    match &fact.kind {
        FactKind::Started { input, trigger, .. } => {
            ("started", json!({ "at": at, "state": "running", "input": input, "trigger": trigger }))
        }
        FactKind::Choice { a, c } => {
            let (state, choice) = match c {
                Choice::Skip => ("skipped", Value::Null),
                Choice::Branch(name) => ("running", Value::from(name.as_deref())),
                Choice::Items(items) => ("running", Value::from(items.len())),
                Choice::All => ("running", Value::Null),
                // As the run's steps tell it.
                Choice::Agent(_) => ("running", Value::from("agent at work")),
                Choice::Calls(_) => ("running", Value::from("agent uses tools")),
                Choice::Again(_) => ("running", Value::from("agent answers again")),
            };
            ("choice", json!({ "at": at, "address": a, "state": state, "choice": choice }))
        }
        FactKind::StepDone { a, o, logs, .. } => {
            let state = "succeeded";
            ("done", json!({ "at": at, "address": a, "state": state, "output": o, "logs": logs }))
        }
        FactKind::AttemptStarted { a, n, input, .. } => {
            let state = "running";
            (
                "attempt",
                json!({ "at": at, "address": a, "state": state, "attempt": n, "input": input }),
            )
        }
        FactKind::AttemptFailed { a, n, error, retry_at, logs, .. } => {
            let state = if retry_at.is_some() { "retrying" } else { "failed" };
            let retry_at = retry_at.map(time);
            (
                "failed",
                json!({ "at": at, "address": a, "state": state, "attempt": n, "error": error,
                "retry_at": retry_at, "logs": logs }),
            )
        }
        FactKind::WaitSet { a, until, event, .. } => {
            let until = until.map(time);
            (
                "wait",
                json!({ "at": at, "address": a, "state": "waiting", "until": until, "event": event }),
            )
        }
        FactKind::Asked { a, q, to, until } => {
            let until = until.map(time);
            (
                "asked",
                json!({ "at": at, "address": a, "state": "waiting", "until": until,
                "input": { "question": q, "to": to } }),
            )
        }
        FactKind::TimerFired { a } => {
            ("timer", json!({ "at": at, "address": a, "state": "running" }))
        }
        FactKind::Signal { a, data } => {
            ("signal", json!({ "at": at, "address": a, "state": "succeeded", "data": data }))
        }
        FactKind::ChildStarted { a, run } => {
            ("child", json!({ "at": at, "address": a, "state": "waiting", "run": run }))
        }
        FactKind::ChildEnded { a, run, state, output, error } => (
            "child_ended",
            json!({ "at": at, "address": a, "state": state.as_str(), "run": run,
                "output": output, "error": error }),
        ),
        FactKind::Responded { a, status, body, .. } => {
            ("responded", json!({ "at": at, "address": a, "status": status, "body": body }))
        }
        FactKind::CancelRequested { reason, by } => {
            ("cancel", json!({ "at": at, "reason": reason, "by": by }))
        }
        FactKind::Ended { state, output, error } => (
            "ended",
            json!({ "at": at, "state": state.as_str(), "output": output, "error": error }),
        ),
        FactKind::DeadlinePassed => ("deadline", json!({ "at": at })),
    }
}
