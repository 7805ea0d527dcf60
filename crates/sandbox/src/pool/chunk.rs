//! Chunks: the same code for many items, in one child.

use std::time::Instant;

use super::*;
use crate::job::{Chunk, ChunkDone, ChunkItem};
use crate::worker::{ChunkReply, ItemReply};

/// A chunk whose items share more than this goes item by item: it would be put back for each.
const MOST_SHARED: usize = 1 << 20;

impl Pool {
    /// Runs the items of a chunk one after the other, as many as its time allows; waits for a free
    /// child first. Each is isolated from the others and bounded as a job of its own is. Dropping
    /// the future kills them.
    pub async fn run_chunk(&self, chunk: Chunk) -> ChunkDone {
        let begun = Instant::now();
        let (outcomes, elapsed) = match self.in_one_child(&chunk).await {
            Ok(done) => done,
            // Nothing can be said of one that does not hold for all.
            Err(failure) => {
                (chunk.items.iter().map(|_| Err(failure.clone())).collect(), begun.elapsed())
            }
        };
        ChunkDone { outcomes, elapsed }
    }

    async fn in_one_child(
        &self,
        chunk: &Chunk,
    ) -> Result<(Vec<Result<Done, Failure>>, Duration), Failure> {
        let Chunk { language, code, scope, items, limits, budget } = chunk;
        let shared = named(scope, code).to_json();
        if shared.len() > MOST_SHARED {
            return Ok(self.one_by_one(chunk, &chunk.items, Some(*budget)).await);
        }
        let own: Vec<String> =
            items.iter().map(|item| named(&item.scope, code).to_json()).collect();
        let mut body = Vec::new();
        let sent = items.iter().zip(&own).map(|(item, own)| wire::Item {
            now: item.now.millis(),
            seed: item.seed,
            scope: own.as_bytes(),
        });
        wire::put_items(&mut body, shared.as_bytes(), sent)
            .map_err(|error| Failure::new(codes::INPUT, error.to_string()))?;
        if body.len() > wire::MAX_BODY {
            return Ok(self.one_by_one(chunk, &chunk.items, Some(*budget)).await);
        }
        let head = wire::Chunk {
            terms: terms(*language, code.clone(), limits)?,
            budget_ms: u64::try_from(budget.as_millis()).unwrap_or(u64::MAX),
        };
        let (slot, mut worker) = self.inner.acquire().await?;
        let started = Instant::now();
        let ChunkReply { outcomes, broken, reusable } =
            worker.run_chunk(&head, &body, limits).await;
        let elapsed = started.elapsed();
        self.inner.release(slot, worker, reusable);
        let share = elapsed / u32::try_from(outcomes.len().max(1)).unwrap_or(u32::MAX);
        let mut done: Vec<Result<Done, Failure>> = outcomes
            .into_iter()
            .map(|ItemReply { outcome, logs }| match outcome {
                Ok(value) => Ok(Done { value, logs, elapsed: share }),
                Err(failure) => Err(Failure { logs, ..failure }),
            })
            .collect();
        if broken {
            // One of the next has killed the child; which one is seen when each runs alone.
            let rest = items.get(done.len()..).unwrap_or_default();
            done.extend(self.one_by_one(chunk, rest, None).await.0);
        }
        Ok((done, elapsed))
    }

    /// Each item as a job of its own, until one is stopped, or the time is over.
    async fn one_by_one(
        &self,
        chunk: &Chunk,
        items: &[ChunkItem],
        budget: Option<Duration>,
    ) -> (Vec<Result<Done, Failure>>, Duration) {
        let mut outcomes = Vec::new();
        let mut elapsed = Duration::ZERO;
        for item in items {
            let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
            let mut scope = fields(&chunk.scope);
            scope.extend(fields(&item.scope));
            let begun = Instant::now();
            let job = Job {
                language: chunk.language,
                code: chunk.code.clone(),
                scope: Value::from(scope),
                now: item.now,
                seed: item.seed,
                limits: chunk.limits,
                network: Vec::new(),
            };
            let outcome = Box::pin(self.run(job, None)).await;
            elapsed += outcome.as_ref().map_or_else(|_| begun.elapsed(), |done| done.elapsed);
            let stops = [codes::TIME, codes::MEMORY, codes::CRASHED, codes::UNAVAILABLE];
            let stopped = outcome.as_ref().is_err_and(|failure| stops.contains(&failure.code));
            outcomes.push(outcome);
            if stopped || budget.is_some_and(|budget| elapsed >= budget) {
                break;
            }
        }
        (outcomes, elapsed)
    }
}
