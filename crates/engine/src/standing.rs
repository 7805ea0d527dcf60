//! Why a run waits in the queue, as it is at the moment somebody asks.

use codex32_model::Scope;
use codex32_model::definition::Rate;
use codex32_model::ids::{BotId, RunId};
use codex32_model::run::RunState;
use codex32_model::time::Timestamp;
use codex32_store::queue::{COUNTED, Standing};
use codex32_store::runs::Run;

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::flows::Live;

impl Engine {
    /// Fills in why queued runs wait, by what goes on now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn explain_waits(&self, scope: Scope, runs: &mut [Run]) -> Result<(), EngineError> {
        for run in runs.iter_mut().filter(|run| run.state == RunState::Queued) {
            run.reason = self.inner.why_queued(scope, run.bot, run.id, &run.trigger).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Why a queued run waits; none when it does not any more.
    pub async fn why_queued(
        &self,
        scope: Scope,
        bot: BotId,
        run: RunId,
        trigger: &str,
    ) -> Result<Option<String>, EngineError> {
        if self.is_held() {
            return Ok(Some("waits for the release of the held store".to_owned()));
        }
        let Some(row) = self.store.bot_by_id(scope.workspace, bot).await? else { return Ok(None) };
        let live = self.flows.load(scope.workspace, bot, row.version).await?;
        let now = self.now();
        let rate = live.flow.limits.rate;
        let standing = self.store.standing(scope, run, rate.map(|rate| (rate, now))).await?;
        let Some(standing) = standing else { return Ok(None) };
        if self.must_wait(&live, trigger, run).await? {
            return Ok(Some("waits for the run of its schedule before it".to_owned()));
        }
        Ok(Some(self.why(&live, &standing, now)))
    }

    fn why(&self, live: &Live, standing: &Standing, now: Timestamp) -> String {
        let limits = &live.flow.limits;
        let Standing { concurrency_key, before, going, starts } = standing;
        let mut why = match (limits.rate, limits.concurrency, concurrency_key) {
            (_, Some(limit), Some(key)) if *going >= limit => {
                let key: String = key.chars().take(60).collect();
                format!("waits: {going} of {limit} runs with the key `{key}` are going on")
            }
            (_, Some(limit), None) if *going >= limit => {
                format!("waits: {going} of {limit} runs of this bot are going on")
            }
            (Some(rate), ..) if begins_at(rate, starts, *before, now) > now => {
                let at = begins_at(rate, starts, *before, now);
                return format!("waits until {at}: this bot begins at most {rate}");
            }
            _ if self.slots.is_above_share(live.workspace, self.limits.active) => {
                "waits behind other workspaces".to_owned()
            }
            _ => "waits for a free slot".to_owned(),
        };
        match *before {
            0 => {}
            COUNTED => why.push_str(&format!(", with more than {COUNTED} before it")),
            before => why.push_str(&format!(", with {before} before it")),
        }
        why
    }
}

/// When the run with so many before it begins, by the rate alone.
fn begins_at(rate: Rate, starts: &[Timestamp], before: u32, now: Timestamp) -> Timestamp {
    let count = rate.count.max(1) as usize;
    // The run `count` before it, among those that have begun and those that will.
    let place = starts.len() + before as usize;
    let Some(after) = place.checked_sub(count) else { return now };
    match starts.get(after) {
        Some(at) => at.plus(rate.within),
        None => {
            // That one has not begun itself: whole spans later than the one that it waits for.
            let spans = (after - starts.len()) / count + 1;
            let first = starts.get((after - starts.len()) % count).copied().unwrap_or(now);
            let spans = u32::try_from(spans).unwrap_or(u32::MAX);
            first.max(now.minus(rate.within)).plus(rate.within.saturating_mul(spans + 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn a_rate_says_when_each_begins() {
        let rate = Rate { count: 2, within: Duration::from_secs(60) };
        let starts = [at(10), at(30)];
        let begins = |before| begins_at(rate, &starts, before, at(40));
        assert_eq!([begins(0), begins(1)], [at(70), at(90)], "as the starts leave the span");
        assert_eq!([begins(2), begins(3)], [at(130), at(150)], "a span after those before them");
        assert_eq!(begins_at(rate, &[], 1, at(40)), at(40), "nothing has begun");
        assert_eq!(begins_at(rate, &starts[..1], 0, at(40)), at(40), "one more may begin");
    }
}
